/** Words of invented kernel mail, and a seeded source of chance: the same seed always gives the same archive. */

/** A small fast generator (mulberry32): numbers in [0, 1). */
export type Random = () => number;

/** Mixes some numbers into one generator, so that any part of an archive can be made again by itself. */
export function seeded(...parts: readonly number[]): Random {
  let state = 0x9e3779b9;
  for (const part of parts) state = Math.imul(state ^ (part + 0x7f4a7c15), 0x85ebca6b) ^ (state >>> 13);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

export function pick<T>(random: Random, from: readonly T[]): T {
  return from[Math.floor(random() * from.length)]!;
}

export function between(random: Random, least: number, most: number): number {
  return least + Math.floor(random() * (most - least + 1));
}

const firstNames =
  "Ada Bo Cleo Dana Elif Finn Gita Hugo Ines Jan Kaya Liam Mira Noor Olga Pavel Quinn Rosa Sven Tara Uma Vito Wei Xenia Yuki Zora".split(
    " ",
  );
const lastNames =
  "Abel Berg Costa Dietz Eder Fabri Grau Holm Ivers Jung Klein Lund Moro Nagy Ortiz Pohl Quist Ruiz Sato Thorn Ueda Voss Wolf Xu Young Zeller".split(
    " ",
  );
const domains = "kernel.example.org corp.example.com lab.example.net cloud.example.org chips.example.com uni.example.edu".split(" ");

export interface Person {
  readonly name: string;
  readonly email: string;
}

/** Some hundred people, a few of whom do most of the work. */
export const people: readonly Person[] = Array.from({ length: 400 }, (_, at) => {
  const random = seeded(11, at);
  const first = pick(random, firstNames);
  const last = pick(random, lastNames);
  const name = at % 37 === 5 ? `${first} Müller-${last}` : `${first} ${last}`;
  return { name, email: `${first}.${last}${at}@${pick(random, domains)}`.toLowerCase() };
});

const folders =
  "arch/x86/kvm arch/x86/kvm/vmx arch/x86/kvm/svm arch/x86/kvm/mmu arch/arm64/kvm arch/arm64/kvm/vgic arch/riscv/kvm arch/s390/kvm arch/loongarch/kvm arch/powerpc/kvm virt/kvm include/linux include/uapi/linux drivers/vfio drivers/vfio/pci drivers/iommu/iommufd tools/testing/selftests/kvm/x86 tools/testing/selftests/kvm/lib Documentation/virt/kvm kernel/entry mm drivers/gpio drivers/net/wireless".split(
    " ",
  );
const stems =
  "page timer apic entry exits nested emulate irq mmio pmu lapic sev tdx vmenter tlb memslot dirty ring eventfd hyperv xen cpuid msr regs fault guest host pgtable reset debug trace steal sigframe ioapic posted main common core util ops".split(
    " ",
  );

/** Some thousand files; the first ones are touched most. */
export const paths: readonly string[] = Array.from({ length: 2500 }, (_, at) => {
  const random = seeded(13, at);
  const tail = at < 120 ? "" : `_${at}`;
  return `${pick(random, folders)}/${pick(random, stems)}${tail}.${random() < 0.8 ? "c" : "h"}`;
});

const verbs = "Fix Add Drop Move Rework Split Use Avoid Track Expose Handle Simplify Rename Validate Refactor Guard Defer".split(" ");
const nouns =
  "the exit path|a stale entry|dirty page tracking|nested state|the interrupt window|guest debug registers|vCPU creation|the slow path|TLB flushes|a use-after-free|memory slots|the error code|reserved bits|host state|timer migration|shadow roots|the ring size|lock ordering|the capability check|wakeups".split(
    "|",
  );
const areas =
  "KVM: x86|KVM: x86/mmu|KVM: VMX|KVM: SVM|KVM: arm64|KVM: RISC-V|KVM: s390|KVM|vfio/pci|iommufd|KVM: selftests|LoongArch: KVM|KVM: guest_memfd".split(
    "|",
  );

/** `KVM: x86/mmu: Track dirty page tracking on the slow path`; large enough a choice that two works rarely share one. */
export function makeTitle(random: Random): string {
  const tail = random() < 0.7 ? ` when ${pick(random, nouns)} is ${pick(random, ["set", "gone", "stale", "shared", "busy", "empty"])}` : "";
  return `${pick(random, areas)}: ${pick(random, verbs)} ${pick(random, nouns)} in ${pick(random, stems)}${tail}`;
}

const words =
  "the a of to is that this in when and not it we only if for be on with guest host vcpu page table entry lock path fault state which has been so as may already before after must both each every call caller return value error code flag bit mask root level memory region slot dirty young access write read exit enter inject pending event interrupt vector mode nested hypervisor hardware erratum spec section behavior change commit earlier removed introduced helper function because however instead otherwise without holding RCU walk".split(
    " ",
  );

/** Wrapped prose of about so many words. */
export function makeProse(random: Random, count: number): string {
  let line = "";
  let text = "";
  for (let at = 0; at < count; at++) {
    const word = random() < 0.06 ? `${pick(random, stems)}_${pick(random, stems)}()` : pick(random, words);
    if (line.length + word.length > 72) {
      text += `${line}\n`;
      line = word;
    } else line = line ? `${line} ${word}` : word;
  }
  return `${text}${line}.\n`;
}

const types = "int|u64|bool|struct kvm_vcpu *|struct kvm *|unsigned long|gpa_t|gfn_t|void *".split("|");

/** Lines of code to choose from: many, so that two files rarely share one by chance. */
const code: readonly string[] = Array.from({ length: 20000 }, (_, at) => {
  const random = seeded(17, at);
  const name = (): string => `${pick(random, stems)}_${pick(random, stems)}`;
  const tabs = "\t".repeat(between(random, 1, 3));
  const kinds = [
    () => `${tabs}if (${name()}(vcpu, ${name()}) < ${between(random, 0, 4096)})`,
    () => `${tabs}${name()}->${pick(random, stems)} = ${name()}(kvm, 0x${between(random, 0, 65535).toString(16)});`,
    () => `${tabs}return ${name()}(${pick(random, stems)}, &${name()});`,
    () => `static ${pick(random, types)} ${name()}(struct kvm_vcpu *vcpu, ${pick(random, types)} ${pick(random, stems)})`,
    () => `${tabs}${pick(random, types)} ${pick(random, stems)} = ${name()}[${between(random, 0, 64)}];`,
    () => `${tabs}WARN_ON_ONCE(${name()} & ~${name().toUpperCase()});`,
    () => `${tabs}/* ${makeProse(random, 7).trim().slice(0, 60)} */`,
    () => "",
    () => `${tabs}}`,
    () => `#define ${name().toUpperCase()}\t\t0x${between(random, 0, 1 << 30).toString(16)}`,
  ];
  return pick(random, kinds)();
});

export function codeLine(random: Random): string {
  return code[Math.floor(random() * code.length)]!;
}

/** One of `from`, the first ones far more often. */
export function pickHot<T>(random: Random, from: readonly T[]): T {
  return from[Math.floor(random() ** 2.5 * from.length)]!;
}
