/**
 * The group a series is shown under. A series is put where its author says it belongs (the title), else where its lines
 * are, else where MAINTAINERS of the open tree says, else under the first words of its title.
 */
import { projectOfPatches } from "./project";
import type { MaintainersMatcher } from "./maintainers";
import type { Project } from "./project";

/** A rule of the settings. The first rule that fits wins. */
export interface SubsystemRule {
  readonly name: string;
  /** Words or phrases looked for in the title: whole words, any case, plural too. */
  readonly titles?: readonly string[];
  /** Files or folders of the tree; `*` stands for anything within a name, `**` for any number of folders. */
  readonly paths?: readonly string[];
}

export interface SubsystemFile {
  readonly path: string;
  readonly oldPath?: string;
  readonly changed: number | null;
}

export interface SubsystemEvidence {
  readonly title: string;
  /** The words of the subject's brackets. */
  readonly prefixes: readonly string[];
  readonly files: readonly SubsystemFile[];
}

export interface SubsystemContext {
  readonly userRules: readonly SubsystemRule[];
  /** MAINTAINERS of the open tree. */
  readonly maintainers?: MaintainersMatcher;
  /** Where it is known already; else prefixes, paths and title tell. */
  readonly project?: Project;
}

/**
 * How a default group lies among the others: `support` (tests, documentation) wins when the title opens with it; an `area`
 * is an architecture or driver framework; a `part` is a more exact word for the area x86; a `topic` is above the areas.
 */
type RuleKind = "support" | "area" | "part" | "topic";

interface DefaultRule extends SubsystemRule {
  readonly kind: RuleKind;
  /** Words that count only before a colon, because in a sentence they are English. */
  readonly heads?: readonly string[];
  /** Words that count only where the title also says x86, because elsewhere they are everybody's. */
  readonly afterX86?: readonly string[];
}

/** The one table of defaults. Of several rules that fit a path the first one has it, so the more exact ones stand first. */
const DEFAULT_RULES: readonly DefaultRule[] = [
  // The folders below kvm/ are named so that a path git shortened to `.../kvm/x86/foo.c` is recognised by its tail.
  rule(
    "selftests",
    "support",
    { heads: "selftest|kselftest" },
    "tools/testing/selftests/ " + "x86 arm64 s390 riscv loongarch include lib".replace(/\w+/g, "tools/testing/selftests/kvm/$&/"),
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
      "arch/x86/virt/svm/ drivers/crypto/ccp/sev* drivers/virt/coco/sev-guest/",
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
  rule("ppc", "area", { titles: "ppc|ppc64|powerpc|book3s" }, "arch/powerpc/"),
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

function rule(name: string, kind: RuleKind, words: { titles?: string; heads?: string; afterX86?: string }, paths: string): DefaultRule {
  const list = (text = ""): readonly string[] => text.split("|");
  return { name, kind, titles: list(words.titles), heads: list(words.heads), afterX86: list(words.afterX86), paths: paths.split(" ") };
}

/** A rule ready for use; a word list is one expression, null where there are no words. */
interface CompiledRule {
  readonly name: string;
  readonly kind: RuleKind | null;
  readonly titles: RegExp | null;
  readonly heads: RegExp | null;
  readonly afterX86: RegExp | null;
  readonly paths: ReadonlyArray<readonly RegExp[]>;
}

function compile(source: SubsystemRule | DefaultRule): CompiledRule {
  const own = "kind" in source ? source : null;
  return {
    name: source.name,
    kind: own?.kind ?? null,
    titles: wordsExpression(source.titles ?? []),
    heads: wordsExpression([...(source.titles ?? []), ...(own?.heads ?? [])]),
    afterX86: wordsExpression([...(source.titles ?? []), ...(own?.afterX86 ?? [])]),
    paths: (source.paths ?? []).map(compilePath).filter((segments) => segments.length > 0),
  };
}

function escapeExpression(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/** Whole words: `APIC` is in `I/O APICs` and not in `APICv`, `tdx` is in `x86/tdx`. */
function wordsExpression(words: readonly string[]): RegExp | null {
  const sources = words.flatMap((word) => {
    const trimmed = word.trim();
    if (trimmed === "") return [];
    const opens = /^[\p{L}\p{N}_]/u.test(trimmed) ? "(?<![\\p{L}\\p{N}_])" : "";
    const closes = /[\p{L}\p{N}_]$/u.test(trimmed) ? "(?:e?s)?(?![\\p{L}\\p{N}_])" : "";
    return [opens + trimmed.split(/\s+/).map(escapeExpression).join("\\s+") + closes];
  });
  return sources.length > 0 ? new RegExp(sources.join("|"), "iu") : null;
}

const ANY_FOLDERS = /^\*\*$/;

/** One expression for each name of the path; everything below what a pattern names belongs to it. */
function compilePath(pattern: string): readonly RegExp[] {
  const names = pattern
    .trim()
    .replace(/^(?:\.?\/)+/, "")
    .split("/")
    .filter(Boolean);
  return names.map((name) => (name === "**" ? ANY_FOLDERS : new RegExp(`^${name.split(/\*+/).map(escapeExpression).join("[^/]*")}$`, "u")));
}

/** Whether the names of a path, from `at` on, begin with the pattern. */
function beginsWith(names: readonly string[], pattern: readonly RegExp[], at = 0, from = 0): boolean {
  const expected = pattern[from];
  if (!expected) return true;
  if (expected === ANY_FOLDERS) {
    for (let next = at; next <= names.length; next++) if (beginsWith(names, pattern, next, from + 1)) return true;
    return false;
  }
  const name = names[at];
  return name !== undefined && expected.test(name) && beginsWith(names, pattern, at + 1, from + 1);
}

/** How many names at the end of the pattern are those a shortened path begins with: `.../kvm/x86/a.c` has 2 of `t/kvm/x86/`. */
function overlap(tail: readonly string[], pattern: readonly RegExp[]): number {
  for (let size = Math.min(tail.length, pattern.length - 1); size > 0; size--) {
    if (pattern.slice(-size).every((expected, at) => expected.test(tail[at] ?? ""))) return size;
  }
  return 0;
}

function ruleOfPath(rules: readonly CompiledRule[], path: string): CompiledRule | null {
  const names = path.split("/");
  if (names[0] !== "...") return rules.find((candidate) => candidate.paths.some((pattern) => beginsWith(names, pattern))) ?? null;
  let best: CompiledRule | null = null;
  let most = 0;
  for (const candidate of rules) {
    const size = Math.max(0, ...candidate.paths.map((pattern) => overlap(names.slice(1), pattern)));
    if (size > most) [best, most] = [candidate, size];
  }
  return best;
}

/** Tests and documentation come along with any change; only by far outweighing it do they say what it is about. */
const SUPPORT_SHARE = 0.1;

/** Lines changed for each group; a binary file or a bare rename counts as one line. Under "" what no rule knows. */
function linesBy(files: readonly SubsystemFile[], groupOf: (path: string) => string | null): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  for (const file of files) {
    const group = groupOf(file.path) ?? (file.oldPath === undefined ? null : groupOf(file.oldPath)) ?? "";
    const weight = support.has(group) ? SUPPORT_SHARE : 1;
    lines.set(group, (lines.get(group) ?? 0) + weight * Math.max(1, file.changed ?? 1));
  }
  return lines;
}

/** Whether a group has more than half of all lines. */
function hasMost(group: string | null, lines: ReadonlyMap<string, number>): boolean {
  const total = [...lines.values()].reduce((sum, count) => sum + count, 0);
  return group !== null && (lines.get(group) ?? 0) * 2 > total;
}

/** The name with the most lines; of equals the first. */
function heaviest(names: Iterable<string>, lines: ReadonlyMap<string, number>): string | null {
  let best: string | null = null;
  for (const name of names) {
    if (name !== "" && (best === null || (lines.get(name) ?? 0) > (lines.get(best) ?? 0))) best = name;
  }
  return best;
}

/** `KVM: x86/tdx: Have TDX ...` opens with two heads; a long piece before a colon is already the sentence. */
function splitTitle(title: string): { heads: readonly string[]; sentence: string } {
  const pieces = title.trim().split(/:(?=\s|$)\s*/);
  let count = pieces.slice(0, -1).findIndex((piece) => piece.split(/\s+/).length > 4);
  if (count < 0) count = pieces.length - 1;
  return { heads: pieces.slice(0, count).filter(Boolean), sentence: pieces.slice(count).join(": ") };
}

/** What the words of a title say, or null; lines decide between several groups it names. */
function subsystemOfTitle(heads: string, sentence: string, lines: ReadonlyMap<string, number>): string | null {
  const pick = (candidates: readonly CompiledRule[]): string | null =>
    heaviest(
      candidates.map((candidate) => candidate.name),
      lines,
    );
  const inHeads = defaults.filter((candidate) => candidate.heads?.test(heads));
  const support = inHeads.find((candidate) => candidate.kind === "support");
  if (support) return support.name;
  // "mm: ... on arm64" is about mm. Only a title that opens with nothing, or with KVM, is judged by its sentence.
  if (inHeads.length === 0 && heads !== "" && !NEUTRAL_HEADS.test(heads)) return null;

  const found = inHeads.length > 0 ? inHeads : defaults.filter((candidate) => candidate.titles?.test(sentence));
  const areas = found.filter((candidate) => candidate.kind === "area");
  // An x86 part named along with another architecture is shared work: "KVM: arm64: PMU: ..." is for arm64.
  if (areas.some((candidate) => candidate.name !== "x86")) return pick(areas);
  const exact = found.filter((candidate) => candidate.kind !== "area");
  if (exact.length > 0 || areas.length === 0) return pick(exact);
  const parts = defaults.filter((candidate) => candidate.kind === "part" && candidate.afterX86?.test(sentence));
  return pick(parts) ?? "x86";
}

const NEUTRAL_HEADS = /\b(?:kvm|maintainers|treewide)\b/i;
const defaults: readonly CompiledRule[] = DEFAULT_RULES.map(compile);
const support = new Set(DEFAULT_RULES.filter((candidate) => candidate.kind === "support").map((candidate) => candidate.name));
const ARCHITECTURES = ["x86", "arm64", "loongarch", "riscv", "s390", "ppc", "mips"];
const compiledUserRules = new WeakMap<readonly SubsystemRule[], readonly CompiledRule[]>();

function compileUserRules(rules: readonly SubsystemRule[]): readonly CompiledRule[] {
  const known = compiledUserRules.get(rules);
  if (known) return known;
  const made = rules.map(compile);
  compiledUserRules.set(rules, made);
  return made;
}

/**
 * A rule of the settings by title, else by paths: it must have more lines than any other group, so that a rule for a folder
 * does not catch every change that passes through it.
 */
function userSubsystem(evidence: SubsystemEvidence, userRules: readonly CompiledRule[]): string | null {
  if (userRules.length === 0) return null;
  const said = userRules.find((candidate) => candidate.titles?.test(evidence.title));
  if (said) return said.name;
  const all = [...userRules, ...defaults];
  const lines = linesBy(evidence.files, (path) => ruleOfPath(all, path)?.name ?? null);
  const most = heaviest(lines.keys(), lines);
  return userRules.some((candidate) => candidate.name === most) ? most : null;
}

/** What the paths say: the group with the most lines, or generic for a change to what many architectures share. */
function subsystemOfPaths(lines: ReadonlyMap<string, number>, forKvm: boolean): string | null {
  const most = heaviest(lines.keys(), lines);
  // A change that is mostly elsewhere only passes through here, unless its title says KVM.
  if (most === null || (!forKvm && (lines.get(most) ?? 0) <= (lines.get("") ?? 0))) return null;
  const shared = ARCHITECTURES.filter((name) => lines.has(name)).length >= 3;
  return forKvm && shared && !hasMost(most, lines) ? "generic" : most;
}

/** The section most of the lines are in; a change all over the tree has none. */
function subsystemOfMaintainers(files: readonly SubsystemFile[], maintainers: MaintainersMatcher | undefined): string | null {
  if (!maintainers) return null;
  const lines = linesBy(
    files.filter((file) => !file.path.startsWith(".../")),
    (path) => maintainers(path).find(({ section }) => section.title !== "THE REST")?.section.title ?? null,
  );
  const most = heaviest(lines.keys(), lines);
  return hasMost(most, lines) ? most : null;
}

/** The first piece of the title that says more than that it is a kernel patch: `mm/slub: fix` is mm/slub. */
function subsystemOfHeads(heads: readonly string[]): string | null {
  const head = heads.map((piece) => piece.trim().toLowerCase()).find((piece) => !/^(?:kvm|drivers?|arch|uapi|linux|fixup!.*)$/.test(piece));
  return head !== undefined && head.length <= 40 ? head : null;
}

/** The name of the group a series belongs to; never empty. */
export function subsystemOf(evidence: SubsystemEvidence, context: SubsystemContext): string {
  const { title, prefixes, files } = evidence;
  const wished = userSubsystem(evidence, compileUserRules(context.userRules));
  if (wished !== null) return wished;

  const project = context.project ?? projectOfPatches({ prefixes, title, paths: files.map((file) => file.path) });
  if (project !== "kernel") return project;

  const { heads, sentence } = splitTitle(title);
  const forKvm = /\bkvm\b/i.test(heads.join(" "));
  const lines = linesBy(files, (path) => ruleOfPath(defaults, path)?.name ?? null);
  return (
    subsystemOfTitle(heads.join(": "), sentence, lines) ??
    subsystemOfPaths(lines, forKvm) ??
    subsystemOfMaintainers(files, context.maintainers) ??
    subsystemOfHeads(heads) ??
    (/\bkvm\b/i.test(title) ? "generic" : "other")
  );
}
