/**
 * The group a series is shown under: the one its author names in the title, else the one most of its lines are in, else the
 * section of MAINTAINERS in the open tree, else the first words of its title.
 */
import { ownCopy } from "../text";
import type { MaintainersMatcher, MaintainersSection } from "./maintainers";
import { projectOfPatches } from "./project";
import {
  type CompiledRule,
  compileRule,
  DEFAULT_RULES,
  foldWords,
  OTHER_SUBSYSTEMS,
  ruleOfPath,
  type SubsystemRule,
} from "./subsystemRules";

export interface SubsystemFile {
  readonly path: string;
  readonly oldPath?: string;
  readonly changed: number | null;
}

interface SubsystemEvidence {
  readonly title: string;
  /** The words of the subject's brackets. */
  readonly prefixes: readonly string[];
  readonly files: readonly SubsystemFile[];
}

export interface SubsystemContext {
  /** The rules of the settings, which come before the defaults. */
  readonly userRules: readonly SubsystemRule[];
  /** MAINTAINERS of the open tree. */
  readonly maintainers?: MaintainersMatcher;
}

/**
 * Makes the function that names the group a series belongs to; the name is never empty. The rules of the settings are compiled
 * once for it, so make it once for many series.
 */
export function subsystemNamer({ userRules, maintainers }: SubsystemContext): (evidence: SubsystemEvidence) => string {
  const user = userRules.length === 0 ? null : compileUserRules(userRules);
  const defaultGroup = groupOfPath(defaultRules);
  return ({ title: printed, prefixes, files }) => {
    const wished = user && userSubsystem({ title: printed, prefixes, files }, user);
    if (wished !== null) return wished;
    const title = titleOfUndone(printed);
    const project = projectOfPatches({ prefixes, title, paths: files.map((file) => file.path) });
    if (project !== "kernel") return project;

    const { heads, sentence } = splitTitle(title);
    const lines = linesBy(files, defaultGroup);
    // Without a head the paths have to tell; then it is for KVM when most of them are known here.
    const forKvm = heads.length > 0 ? heads.some((head) => /\bkvm/i.test(head)) : !hasMost("", lines);
    return (
      subsystemOfTitle(heads.join(": "), sentence, lines) ??
      subsystemOfPaths(lines, forKvm) ??
      subsystemOfMaintainers(files, maintainers) ??
      subsystemOfHeads(heads) ??
      (/\bkvm\b/i.test(title) ? "generic" : "other")
    );
  };
}

const defaultRules: readonly CompiledRule[] = DEFAULT_RULES.map(compileRule);
const supportRules = defaultRules.filter(({ kind }) => kind === "support");
const supportNames: ReadonlySet<string> = new Set(supportRules.map(({ name }) => name));
const partNames: ReadonlySet<string> = new Set(defaultRules.filter(({ kind }) => kind === "part").map(({ name }) => name));
const ARCHITECTURES = ["x86", "arm64", "loongarch", "riscv", "s390", "ppc", "mips"];

/** How many paths have their group remembered: all files of a kernel's subsystem, in no more memory than a few mails. */
const mostRemembered = 20_000;

/**
 * The name of the rule that a path falls under; see `ruleOfPath`. The rules are sorted when the first path is asked for, and what
 * was found is remembered, since series of one list touch the same files again and again.
 */
function groupOfPath(rules: readonly CompiledRule[]): (path: string) => string | null {
  let find: ReturnType<typeof ruleOfPath> | null = null;
  const known = new Map<string, string | null>();
  return (path) => {
    const before = known.get(path);
    if (before !== undefined) return before;
    const name = (find ??= ruleOfPath(rules))(path)?.name ?? null;
    if (known.size >= mostRemembered) known.clear();
    known.set(ownCopy(path), name);
    return name;
  };
}

// The rules of the settings.

interface UserRules {
  readonly rules: readonly CompiledRule[];
  /** The group of a path by all rules, the defaults below the user's. */
  readonly groupOf: (path: string) => string | null;
}

function compileUserRules(rules: readonly SubsystemRule[]): UserRules {
  const compiled = rules.map(compileRule);
  return { rules: compiled, groupOf: groupOfPath([...compiled, ...defaultRules]) };
}

/**
 * The rule of the settings whose words the title has, else the one with more lines than any other group: a rule for a folder
 * is not to catch every change that also touches it.
 */
function userSubsystem(evidence: SubsystemEvidence, { rules, groupOf }: UserRules): string | null {
  const said = rules.find((candidate) => candidate.titles?.test(evidence.title));
  if (said) return said.name;
  const lines = linesBy(evidence.files, groupOf);
  const most = heaviest(lines.keys(), lines);
  return rules.some((candidate) => candidate.name === most) ? most : null;
}

// The words of the title.

/** The title of the patch that is reverted, applied again, or to be squashed into: `Revert "drm/foo: Add it"` is about drm/foo. */
function titleOfUndone(title: string): string {
  let undone = title.trim();
  for (let depth = 0; depth < mostUndone; depth++) {
    const begin = undoing.exec(undone)?.[0];
    if (begin === undefined) break;
    undone = undone.slice(begin.length);
    let end = undone.length;
    while (end > 0 && " \"'`”’".includes(undone.charAt(end - 1))) end--;
    undone = undone.slice(0, end);
  }
  return undone;
}

const undoing =
  /^(?:(?:partially |partial )?(?:revert|reapply|re-apply|reland)(?:: ?| ?["'`“‘](?:\[[^\]]{0,40}\] ?)?)|(?:fixup|squash|amend)! ?)/i;
const mostUndone = 16;

/** `KVM: x86/tdx: Have TDX ...` opens with two heads. A long piece before a colon belongs to the sentence already. */
function splitTitle(title: string): { heads: readonly string[]; sentence: string } {
  const pieces = title.trim().split(/:(?=\s|$)\s*/);
  let count = pieces.slice(0, -1).findIndex((piece) => piece.split(/\s+/).length > 4);
  if (count < 0) count = pieces.length - 1;
  return { heads: pieces.slice(0, count).filter(Boolean), sentence: pieces.slice(count).join(": ") };
}

/** The group that the words of a title name; null where they name none. Of several, the one with the most lines is taken. */
function subsystemOfTitle(heads: string, sentence: string, lines: ReadonlyMap<string, number>): string | null {
  const before = foldWords(heads);
  const inHeads = heads === "" ? [] : defaultRules.filter((candidate) => ruleSays(candidate, "heads", before));
  // "KVM selftests for s390x" has no head, so its first two words are taken for one.
  const opening = heads === "" ? foldWords(sentence.split(/\s+/, 2).join(" ")) : before;
  const opened = supportRules.find((candidate) => ruleSays(candidate, "heads", opening));
  if (opened) return opened.name;
  const folded = foldWords(sentence);
  if (inHeads.length > 0) return mostExact(inHeads, folded, lines);

  // "mm: ... on arm64" is about mm. The sentence counts only where the title has no head, or one that says KVM.
  if (heads !== "" && !NEUTRAL_HEADS.test(heads)) return isElsewhere(heads) ? subsystemOfHeads(heads.split(": ")) : null;
  if (ALL_ARCHITECTURES.test(folded) && ARCHITECTURES.filter((name) => lines.has(name)).length > 1) return "generic";
  const named = defaultRules.filter((candidate) => candidate.titles?.testFolded(folded));
  // A sentence may mention architectures in passing; of several, the lines tell which it is about.
  if (named.filter((candidate) => candidate.kind === "area").length > 1) {
    return subsystemOfPaths(lines, true) ?? mostExact(named, folded, lines);
  }
  const said = mostExact(named, folded, lines);
  const most = heaviest(lines.keys(), lines);
  // Other architectures have a PMU and an SVM too: without a line in x86, the architecture with the most lines is meant.
  const elsewhere = said !== null && partNames.has(said) && ![...lines.keys()].some((group) => group === "x86" || partNames.has(group));
  return elsewhere && most !== null && ARCHITECTURES.includes(most) ? most : said;
}

/** Whether a folded text has a word of a rule that counts anywhere, or in this place. */
function ruleSays(rule: CompiledRule, place: "heads" | "afterX86", folded: string): boolean {
  return (rule.titles?.testFolded(folded) ?? false) || (rule[place]?.testFolded(folded) ?? false);
}

/** The most exact of the groups that a title names; of several, the one with the most lines. */
function mostExact(named: readonly CompiledRule[], folded: string, lines: ReadonlyMap<string, number>): string | null {
  const pick = (candidates: readonly CompiledRule[]): string | null =>
    heaviest(
      candidates.map(({ name }) => name),
      lines,
    );
  const areas = named.filter((candidate) => candidate.kind === "area");
  // An x86 part named along with another architecture is shared work: "KVM: arm64: PMU: ..." is for arm64.
  if (areas.some((candidate) => candidate.name !== "x86")) return pick(areas);
  const exact = named.filter((candidate) => candidate.kind !== "area");
  if (exact.length > 0 || areas.length === 0) return pick(exact);
  return pick(defaultRules.filter((candidate) => candidate.kind === "part" && ruleSays(candidate, "afterX86", folded))) ?? "x86";
}

/** Whether a title opens with another part of the kernel than KVM: `mm: madvise`, `PCI/ASPM`. */
function isElsewhere(heads: string): boolean {
  return OTHER_SUBSYSTEMS.has(foldWords(heads).split(/[^a-z0-9]/, 1)[0] ?? "");
}

const ALL_ARCHITECTURES = /\b(?:all|every|each|other|several|multiple|various) (?:the |other |supported |kvm )?arch(?:s|es|itectures?)?\b/;
const NEUTRAL_HEADS = /\b(?:kvm|maintainers$|treewide$)/i;

/** The file at the end of a path, which does not belong to the name of a group: `/gup.c`. */
const fileOfPath = /\/[^/\s]{1,60}\.[a-z]{1,5}$/;

/** The first head that says more than that this is a kernel patch: `mm/slub: fix` is of mm/slub, `mm/gup.c: fix` of mm. */
function subsystemOfHeads(heads: readonly string[]): string | null {
  const head = heads
    .map((piece) => piece.trim().toLowerCase().replace(fileOfPath, ""))
    .find((piece) => !/^(?:kvm|drivers?|arch|uapi|linux)$/.test(piece));
  return head !== undefined && head.length <= 40 ? head : null;
}

// The lines that are changed.

/** The group with the most lines; `generic` for a change to what many architectures share. */
function subsystemOfPaths(lines: ReadonlyMap<string, number>, forKvm: boolean): string | null {
  const most = heaviest(lines.keys(), lines);
  if (most === null) return null;
  // A change to one part of x86 and to much else of x86 is about x86.
  const group = partNames.has(most) && !outweighs(most, lines) ? "x86" : most;
  // A change that is mostly elsewhere only touches this group, unless its title says KVM.
  if (hasMost(most, lines)) return group;
  if (!forKvm) return null;
  return ARCHITECTURES.filter((name) => lines.has(name)).length >= 3 ? "generic" : group;
}

/** Whether a part of x86 has at least two thirds of the lines that x86 and its parts have together. */
function outweighs(part: string, lines: ReadonlyMap<string, number>): boolean {
  let all = 0;
  for (const [group, count] of lines) if (group === "x86" || partNames.has(group)) all += count;
  return (lines.get(part) ?? 0) * 3 >= all * 2;
}

/** Tests and documentation come along with any change: their lines count for less, so that they must far outnumber the rest. */
const SUPPORT_SHARE = 0.1;

/** The lines changed in each group; those that no rule knows are under "". A binary file or a bare rename counts as one line. */
function linesBy(files: readonly SubsystemFile[], groupOf: (path: string) => string | null): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  for (const file of files) {
    const group = groupOf(file.path) ?? (file.oldPath === undefined ? null : groupOf(file.oldPath)) ?? "";
    const weight = supportNames.has(group) ? SUPPORT_SHARE : 1;
    lines.set(group, (lines.get(group) ?? 0) + weight * Math.max(1, file.changed ?? 1));
  }
  // Sorted, so that the order of the files does not decide between equals.
  return lines.size < 2 ? lines : new Map([...lines].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Whether a group has more than half of all lines. */
function hasMost(group: string | null, lines: ReadonlyMap<string, number>): boolean {
  let total = 0;
  for (const count of lines.values()) total += count;
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

// MAINTAINERS of the open tree.

/** The section of MAINTAINERS that more than half of the lines are in; null where there is none. */
export function maintainersSection(files: readonly SubsystemFile[], maintainers: MaintainersMatcher): MaintainersSection | null {
  const sections = new Map<string, MaintainersSection>();
  const lines = linesBy(
    files.filter((file) => !file.path.startsWith(".../")),
    (path) => {
      const section = maintainers(path).find(({ title }) => title !== "THE REST");
      if (!section) return null;
      sections.set(section.title, section);
      return section.title;
    },
  );
  const most = heaviest(lines.keys(), lines);
  return hasMost(most, lines) ? (sections.get(most ?? "") ?? null) : null;
}

/** Folders that hold drivers, headers or documents of every kind; the name of a subsystem does not begin with them. */
const commonFolders =
  /^(?:drivers|arch|kernel|include\/(?:uapi\/)?(?:linux|asm-generic|dt-bindings)|include|Documentation(?:\/[^/]+)?|tools|lib|sound)\//;

/**
 * The name of a section beside groups that are named by prefixes: `mm` for MEMORY MAPPING, `iommu` for IOMMU SUBSYSTEM. It is
 * the folder that most of its `F:` lines name, else its title in lower case.
 */
function sectionName({ title, files }: MaintainersSection): string {
  const counts = new Map<string, number>();
  for (const pattern of files) {
    const fixed = pattern.split(/[*?[]/, 1)[0] ?? "";
    const folder = fixed.slice(0, fixed.lastIndexOf("/") + 1);
    const name = folder.replace(commonFolders, "").replace(/\/$/, "");
    // These folders hold the headers and documents of every subsystem.
    if (name !== "" && !/^(?:include|Documentation)\//.test(folder)) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return heaviest(counts.keys(), counts) ?? title.toLowerCase();
}

function subsystemOfMaintainers(files: readonly SubsystemFile[], maintainers: MaintainersMatcher | undefined): string | null {
  const section = maintainers ? maintainersSection(files, maintainers) : null;
  return section && sectionName(section);
}
