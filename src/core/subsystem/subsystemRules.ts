/** The rules that put a series into a group: the table of defaults, the form of rules in the settings, and how words and path patterns match. */

/** A rule of the settings. The first rule that fits wins. */
export interface SubsystemRule {
  readonly name: string;
  /** Words or phrases in the title: whole words, in any case, also in the plural. */
  readonly titles?: readonly string[];
  /** Files or folders of the tree; `*` matches anything within a name, `**` any number of folders. */
  readonly paths?: readonly string[];
}

/**
 * The kind of a default group: `support` (tests, documentation) wins where the title opens with it; an `area` is an architecture or a
 * driver framework; a `part` is a part of the area x86; a `topic` comes before the areas.
 */
type RuleKind = "support" | "area" | "part" | "topic";

export interface DefaultRule extends SubsystemRule {
  readonly kind: RuleKind;
  /** Words that count only in front of a colon, because in a sentence they are plain English. */
  readonly heads?: readonly string[];
  /** Words that count only where the title also says x86, because others use them too. */
  readonly afterX86?: readonly string[];
}

/** The table of defaults. The first rule that fits a path counts, so more exact rules come first. */
export const DEFAULT_RULES: readonly DefaultRule[] = [
  // The folders below kvm/ are listed so that a path which git shortened to `.../kvm/x86/foo.c` is recognised by its tail.
  rule(
    "selftests",
    "support",
    { heads: "selftest|kselftest" },
    "tools/testing/selftests/ tools/testing/selftests/kvm/x86/ tools/testing/selftests/kvm/arm64/ tools/testing/selftests/kvm/s390/ " +
      "tools/testing/selftests/kvm/riscv/ tools/testing/selftests/kvm/loongarch/ tools/testing/selftests/kvm/include/ " +
      "tools/testing/selftests/kvm/lib/",
  ),
  rule("docs", "support", { heads: "doc|documentation" }, "Documentation/ Documentation/virt/kvm/ Documentation/admin-guide/"),
  rule(
    "x86/tdx",
    "part",
    { titles: "tdx" },
    "arch/x86/kvm/vmx/tdx* arch/x86/virt/vmx/tdx/ arch/x86/coco/tdx/ arch/x86/include/asm/tdx* arch/x86/include/asm/shared/tdx* " +
      "drivers/virt/coco/tdx-*",
  ),
  rule(
    "pmu",
    "part",
    { titles: "pmu|vpmu", heads: "perf/x86|perf/core", afterX86: "pebs|lbr" },
    "arch/x86/kvm/pmu* arch/x86/kvm/*/pmu* arch/x86/events/ arch/x86/include/asm/kvm-x86-pmu-ops.h arch/x86/include/asm/perf_event.h " +
      "include/linux/perf_event.h kernel/events/",
  ),
  rule(
    "x86/hyper-v",
    "part",
    { titles: "hyper-v|hyperv" },
    "arch/x86/kvm/hyperv* arch/x86/kvm/*/hyperv* arch/x86/kvm/*onhyperv* arch/x86/kvm/*/*onhyperv* arch/x86/hyperv/",
  ),
  rule("x86/xen", "part", { heads: "x86/xen", afterX86: "xen" }, "arch/x86/kvm/xen* arch/x86/xen/"),
  rule("x86/mmu", "part", { titles: "tdp mmu|shadow mmu", heads: "x86/mmu", afterX86: "mmu|spte" }, "arch/x86/kvm/mmu/ arch/x86/kvm/mmu*"),
  rule(
    "x86/apic",
    "part",
    { titles: "apic|lapic|ioapic|x2apic|xapic" },
    "arch/x86/kvm/lapic* arch/x86/kvm/ioapic* arch/x86/kernel/apic/ arch/x86/include/asm/apic*",
  ),
  rule(
    "x86/svm",
    "part",
    { titles: "svm|nsvm|sev|sev-es|snp|avic" },
    "arch/x86/kvm/svm/ arch/x86/include/asm/svm.h arch/x86/include/asm/sev* arch/x86/include/uapi/asm/svm.h arch/x86/coco/sev/ " +
      "arch/x86/virt/svm/ drivers/crypto/ccp/sev* include/linux/psp-sev.h include/uapi/linux/psp-sev.h drivers/virt/coco/sev-guest/",
  ),
  rule("x86/vmx", "part", { titles: "vmx|nvmx" }, "arch/x86/kvm/vmx/ arch/x86/include/asm/vmx* arch/x86/include/uapi/asm/vmx.h"),
  rule("guest_memfd", "topic", { titles: "guest_memfd|guest-memfd|guest memfd|gmem" }, "virt/kvm/guest_memfd*"),
  rule("x86", "area", { titles: "x86|x86_64" }, "arch/x86/"),
  rule(
    "arm64",
    "area",
    { titles: "arm64|kvmarm|vgic|pkvm", heads: "arm" },
    "arch/arm64/ arch/arm/ include/kvm/arm_* drivers/irqchip/irq-gic*",
  ),
  rule("loongarch", "area", { titles: "loongarch" }, "arch/loongarch/ drivers/irqchip/irq-loongarch* drivers/irqchip/irq-loongson*"),
  rule("riscv", "area", { titles: "riscv|risc-v" }, "arch/riscv/ drivers/irqchip/irq-riscv*"),
  rule("s390", "area", { titles: "s390|s390x|vfio-ap|vfio-ccw" }, "arch/s390/ drivers/s390/"),
  rule("ppc", "area", { titles: "ppc|ppc64|ppc64le|powerpc|book3s|book3s_64|book3s_hv|pseries|powernv" }, "arch/powerpc/"),
  rule("mips", "area", { titles: "mips" }, "arch/mips/"),
  rule(
    "vfio",
    "area",
    { titles: "vfio|vfio_device|vfio_pci|mdev" },
    "drivers/vfio/ include/linux/vfio* include/uapi/linux/vfio* samples/vfio-mdev/ virt/kvm/vfio*",
  ),
  rule("iommu", "area", { titles: "iommu|iommufd" }, "drivers/iommu/ include/linux/iommu* include/uapi/linux/iommu*"),
  rule("vsock", "area", { titles: "vsock" }, "net/vmw_vsock/ drivers/vhost/vsock*"),
  rule("vhost", "area", { titles: "vhost" }, "drivers/vhost/ include/uapi/linux/vhost*"),
  rule("virtio", "area", { heads: "virtio" }, "drivers/virtio/ include/linux/virtio* include/uapi/linux/virtio*"),
  rule("generic", "topic", {}, "virt/ include/linux/kvm* include/uapi/linux/kvm* include/kvm/ include/trace/events/kvm.h"),
];

/**
 * Other parts of the kernel. A title that opens with one is about it, even where most lines are in a folder of KVM, which they only
 * prepare. Words such as `irqchip` and `perf` are missing, since work on KVM itself is often called so.
 */
export const OTHER_SUBSYSTEMS: ReadonlySet<string> = new Set(
  (
    "mm slub slab memcg memblock hugetlb thp madvise mremap vmalloc sched net netdev bpf block blk fs ext4 xfs btrfs nfs pci acpi crypto drm " +
    "rcu locking lockdep tracing ftrace cgroup workqueue kbuild modules rust usb scsi nvme rdma genirq cpufreq cpuidle dma swiotlb kasan"
  ).split(" "),
);

function rule(name: string, kind: RuleKind, words: { titles?: string; heads?: string; afterX86?: string }, paths: string): DefaultRule {
  const list = (text: string | undefined): readonly string[] => text?.split("|") ?? [];
  return { name, kind, titles: list(words.titles), heads: list(words.heads), afterX86: list(words.afterX86), paths: paths.split(" ") };
}

/**
 * Words and phrases to find in a title: whole words, in any case, also in the plural. Regular expressions that ignore case in all of
 * Unicode would take longer to compile than a year of digests takes to read.
 */
interface WordList {
  /** Whether a text has one of the words. */
  test(text: string): boolean;
  /** As `test`, for a text that `foldWords` made: one text is looked through for the words of many lists. */
  testFolded(folded: string): boolean;
}

/** Makes a word list; null where there are no words. `APIC` matches in `I/O APICs` and not in `APICv`; `tdx` matches in `x86/tdx`. */
export function compileWords(words: readonly string[]): WordList | null {
  const wanted = words.map(foldWords).filter((word) => word !== "");
  if (wanted.length === 0) return null;
  const testFolded = (folded: string): boolean => wanted.some((word) => hasWord(folded, word));
  return { test: (text) => testFolded(foldWords(text)), testFolded };
}

/** A text in lower case with single spaces, as the search needs it. */
export function foldWords(text: string): string {
  const lower = text.trim().toLowerCase();
  return /\s\s|[^\S ]/.test(lower) ? lower.replace(/\s+/g, " ") : lower;
}

function hasWord(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    const end = at + word.length;
    const begins = !endsInWord(word.slice(0, 1)) || !endsInWord(text.slice(Math.max(0, at - 2), at));
    if (
      begins &&
      (!endsInWord(word) || ["", "s", "es"].some((plural) => text.startsWith(plural, end) && isEnd(text, end + plural.length)))
    ) {
      return true;
    }
  }
  return false;
}

function isEnd(text: string, at: number): boolean {
  if (at >= text.length) return true;
  const code = text.charCodeAt(at);
  return code < firstBeyondAscii ? !isAsciiWord(code) : !/^[\p{L}\p{N}_]/u.test(text.slice(at, at + 2));
}

function endsInWord(text: string): boolean {
  if (text === "") return false;
  const code = text.charCodeAt(text.length - 1);
  return code < firstBeyondAscii ? isAsciiWord(code) : /[\p{L}\p{N}_]$/u.test(text);
}

const firstBeyondAscii = 0x80;

/** Whether a code is a lower-case letter, a digit or `_`. Almost every character is ASCII, and a pattern for each is slow. */
function isAsciiWord(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39) || code === 0x5f;
}

// Patterns of files and folders, as people write them in settings: `*` matches anything within a name, `**` any number of folders, and
// a pattern for a folder matches everything below it.

/** A pattern: names with single slashes between them. */
type PathPattern = string;

/** Makes a pattern of what a person wrote; empty where it has no names, so that it would match every path. */
export function readPathPattern(written: string): PathPattern {
  const text = written.trim();
  if (!text.startsWith(".") && !text.startsWith("/") && !text.includes("//")) return text.endsWith("/") ? text.slice(0, -1) : text;
  return text
    .replace(/^(?:\.?\/)+/, "")
    .split("/")
    .filter((name) => name !== "")
    .join("/");
}

interface PlacedPattern {
  readonly names: readonly string[];
  readonly place: number;
}

/**
 * Makes a function that finds the first pattern that matches a path.
 *
 * @returns the number of the pattern; -1 where none matches
 */
export function firstPattern(patterns: readonly PathPattern[]): (path: string) => number {
  // Most patterns have no stars and need only be looked up; most others have stars in the last name only.
  const plain = new Map<string, number>();
  const inFolder = new Map<string, PlacedPattern[]>();
  const other: PlacedPattern[] = [];
  for (const [place, pattern] of patterns.entries()) {
    const star = pattern.indexOf("*");
    const slash = pattern.lastIndexOf("/");
    if (star < 0) plain.set(pattern, Math.min(place, plain.get(pattern) ?? place));
    else if (star < slash || pattern.endsWith("**")) other.push({ names: pattern.split("/"), place });
    else {
      const folder = pattern.slice(0, slash + 1);
      const known = inFolder.get(folder);
      const placed = { names: [pattern.slice(slash + 1)], place };
      if (known) known.push(placed);
      else inFolder.set(folder, [placed]);
    }
  }
  return (path) => {
    let least = Infinity;
    for (let from = 0, end = 0; end < path.length; from = end + 1) {
      const slash = path.indexOf("/", from);
      end = slash < 0 ? path.length : slash;
      least = Math.min(least, plain.get(path.slice(0, end)) ?? Infinity);
      const [found] = (inFolder.get(path.slice(0, from)) ?? []).filter(({ names }) => fitsName(names[0] ?? "", path.slice(from, end)));
      if (found && found.place < least) least = found.place;
    }
    const names = path.split("/");
    for (const { names: expected, place } of other) if (place < least && beginsWith(names, expected)) least = place;
    return least === Infinity ? -1 : least;
  };
}

/** Whether a name matches one of a pattern, without a regular expression, which is slow to compile. */
function fitsName(expected: string, name: string): boolean {
  return expected === name || (expected.includes("*") && fitsWithStars(expected.split("*"), name));
}

/** Matches each piece between stars at its first possible place, and the last one at the end. If any match exists, this finds one. */
function fitsWithStars(pieces: readonly string[], name: string): boolean {
  const [first = "", last = ""] = [pieces[0], pieces.at(-1)];
  const end = name.length - last.length;
  let at = first.length;
  if (end < at || !name.startsWith(first) || !name.endsWith(last)) return false;
  for (const piece of pieces.slice(1, -1)) {
    const found = name.indexOf(piece, at);
    if (found < 0 || found + piece.length > end) return false;
    at = found + piece.length;
  }
  return true;
}

/** Whether the names of a path, from `at` on, begin with those of a pattern, from `from` on. */
function beginsWith(names: readonly string[], pattern: readonly string[], at = 0, from = 0): boolean {
  const expected = pattern[from];
  if (expected === undefined) return true;
  if (expected === "**") {
    for (let next = at; next <= names.length; next++) {
      if (beginsWith(names, pattern, next, from + 1)) return true;
    }
    return false;
  }
  const name = names[at];
  return name !== undefined && fitsName(expected, name) && beginsWith(names, pattern, at + 1, from + 1);
}

/** How many names at the end of a pattern a shortened path begins with: for `.../kvm/x86/a.c` and `t/kvm/x86/` it is 2. */
export function tailOverlap(tail: readonly string[], pattern: PathPattern): number {
  const names = pattern.split("/");
  for (let size = Math.min(tail.length, names.length - 1); size > 0; size--) {
    const from = names.length - size;
    let same = 0;
    while (same < size && fitsName(names[from + same] ?? "", tail[same] ?? "")) same++;
    if (same === size) return size;
  }
  return 0;
}

/** A compiled rule; a word list is null where there are no words. */
export interface CompiledRule {
  readonly name: string;
  readonly kind: RuleKind | null;
  readonly titles: WordList | null;
  /** Words that count besides `titles` in front of a colon, and where the title says x86. */
  readonly heads: WordList | null;
  readonly afterX86: WordList | null;
  readonly paths: readonly PathPattern[];
}

export function compileRule(source: SubsystemRule | DefaultRule): CompiledRule {
  const own = "kind" in source ? source : null;
  return {
    name: source.name,
    kind: own?.kind ?? null,
    titles: compileWords(source.titles ?? []),
    heads: compileWords(own?.heads ?? []),
    afterX86: compileWords(own?.afterX86 ?? []),
    paths: (source.paths ?? []).map(readPathPattern).filter((pattern) => pattern !== ""),
  };
}

/** Makes a function that finds the rule of a path: the first one that matches, or for a shortened path the one that has most of its names. */
export function ruleOfPath(rules: readonly CompiledRule[]): (path: string) => CompiledRule | null {
  const owners = rules.flatMap((rule) => rule.paths.map(() => rule));
  const first = firstPattern(rules.flatMap(({ paths }) => paths));
  return (path) => (path.startsWith(".../") ? bestOverlap(rules, path.split("/").slice(1)) : (owners[first(path)] ?? null));
}

function bestOverlap(rules: readonly CompiledRule[], tail: readonly string[]): CompiledRule | null {
  let best: CompiledRule | null = null;
  let most = 0;
  for (const candidate of rules) {
    for (const pattern of candidate.paths) {
      const size = tailOverlap(tail, pattern);
      if (size > most) [best, most] = [candidate, size];
    }
  }
  return best;
}
