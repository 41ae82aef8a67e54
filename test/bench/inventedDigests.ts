/** Digests of the size of real ones, invented word by word; the same numbers always give the same text. */
import { formatDigest, type Digest, type DigestEntry } from "../../src/core/digest/digest";

const people = ["Ada Lind", "Bruno Vale", "Chen Ming", "Dora Novak", "Emil Sand", "Fumi Aoki", "Gert Holm", "Hana Ruz"];
const areas = ["KVM: x86/mmu", "KVM: VMX", "KVM: SVM", "KVM: arm64", "KVM: selftests", "KVM: x86/pmu", "KVM: s390", "RISC-V: KVM"];
const verbs = ["Move", "Fold", "Drop", "Track", "Bound", "Split", "Rework", "Expose", "Guard", "Cache"];
const things = [
  "the request bitmap",
  "vCPU state",
  "guest mode checks",
  "the dirty ring",
  "exit handlers",
  "shadow roots",
  "event windows",
];
const folders = ["arch/x86/kvm", "arch/x86/kvm/vmx", "arch/x86/kvm/svm", "arch/arm64/kvm", "virt/kvm", "include/linux", "arch/s390/kvm"];
const files = ["x86.c", "main.c", "lapic.c", "mmu.c", "nested.c", "pmu.c", "irq.c", "exit.c", "kvm_host.h", "trace.h"];

/** A small generator of numbers below a bound (mulberry32), so that every run measures the same bytes. */
function numbersFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

function pick(from: readonly string[], number: (below: number) => number): string {
  return from[number(from.length)] ?? "";
}

function emailOf(name: string): string {
  return `${name} <${name.toLowerCase().replace(" ", ".")}@example.org>`;
}

/** A digest of seven postings, about 20 kB; every third series is the next revision of one in an earlier digest. */
export function inventDigest(place: number): Digest {
  const number = numbersFrom(place + 1);
  const entries: DigestEntry[] = [];
  for (let posting = 0; posting < 7; posting++) {
    const rerolls = place > 0 && posting % 3 === 0;
    entries.push(...inventPosting(rerolls ? place - 1 - ((place - 1) % 2) : place, posting, rerolls ? 2 + (place % 4) : 1, number));
  }
  const authors = [...new Set(entries.map(({ author }) => author))];
  return {
    from: String(place).padStart(9, "a"),
    to: String(place + 1).padStart(9, "a"),
    list: "KVM",
    domains: [{ count: entries.length, name: "example.org" }],
    contributors: authors.map((name) => ({ count: entries.filter(({ author }) => author === name).length, name })),
    patchList: [],
    entries,
  };
}

function inventPosting(origin: number, posting: number, version: number, number: (below: number) => number): DigestEntry[] {
  const fixed = numbersFrom(origin * 31 + posting);
  const name = pick(people, fixed);
  const area = pick(areas, fixed);
  const subject = `${area}: ${pick(verbs, fixed)} ${pick(things, fixed)} (${origin}.${posting})`;
  const count = 4 + fixed(12);
  const titles = Array.from(
    { length: count },
    (_, at) => `${area}: ${pick(verbs, fixed)} ${pick(things, fixed)}, part ${origin}.${posting}.${at}`,
  );
  const mark = `PATCH${version > 1 ? ` v${version}` : ""}`;
  const prose = Array.from(
    { length: 12 + number(20) },
    () => `Then ${pick(verbs, number)} ${pick(things, number)} since ${pick(things, number)} need not.`,
  );
  const paths = [...new Set(Array.from({ length: 6 + number(20) }, () => `${pick(folders, number)}/${pick(files, number)}`))].sort();
  const stat = (shown: readonly string[]): string[] => [
    ...shown.map((path) => ` ${path.padEnd(36)} | ${String(1 + number(9)).padStart(3)} ${"+".repeat(1)}`),
    ` ${shown.length} files changed, ${shown.length * 3} insertions(+), ${shown.length} deletions(-)`,
  ];
  const history =
    version > 1
      ? [
          `v${version}:`,
          ` - https://lore.kernel.org/all/2026.${origin}-${posting}-${version - 1}@example.org`,
          " - Rework the second half.",
          "",
        ]
      : [];
  const cover = [...prose, "", ...history, `${name} (${count}):`, ...titles.map((title) => `  ${title}`), "", ...stat(paths)];
  const first = [...prose.slice(0, 8), "", `Signed-off-by: ${emailOf(name)}`, "---", ...stat(paths.slice(0, 3))];
  const width = String(count).length;
  return [
    { subject: `[${mark} ${"1".padStart(width, "0")}/${count}] ${titles[0] ?? ""}`, author: emailOf(name), body: first.join("\n") },
    { subject: `[${mark} ${"0".padStart(width, "0")}/${count}] ${subject}`, author: emailOf(name), body: cover.join("\n") },
  ];
}

/** The text of an invented digest. */
export function inventDigestText(place: number): string {
  return formatDigest(inventDigest(place));
}
