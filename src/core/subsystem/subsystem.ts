/**
 * The group a series is shown under. A series is put where its author says it belongs (the title), else where its lines
 * are, else where MAINTAINERS of the open tree says, else under the first words of its title.
 */
import { remembering } from "../mail/mailCache";
import type { MaintainersMatcher, MaintainersSection } from "./maintainers";
import { type Project, projectOfPatches } from "./project";
import {
  type CompiledRule,
  compileRule,
  DEFAULT_RULES,
  foldWords,
  OTHER_SUBSYSTEMS,
  ruleOfPath,
  type SubsystemRule,
} from "./subsystemRules";

export type { SubsystemRule } from "./subsystemRules";

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

/** The name of the rule that has a path; see `ruleOfPath`. */
function groupOfPath(rules: readonly CompiledRule[]): (path: string) => string | null {
  // The rules are sorted when the first path is asked for, not while the code is loaded.
  let find: ReturnType<typeof ruleOfPath> | null = null;
  return remembering((path) => (find ??= ruleOfPath(rules))(path)?.name ?? null);
}

/** Tests and documentation come along with any change; only by far outweighing it do they say what it is about. */
const SUPPORT_SHARE = 0.1;

/** Lines changed for each group; a binary file or a bare rename counts as one line. Under "" what no rule knows. */
function linesBy(files: readonly SubsystemFile[], groupOf: (path: string) => string | null): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  for (const file of files) {
    const group = groupOf(file.path) ?? (file.oldPath === undefined ? null : groupOf(file.oldPath)) ?? "";
    const weight = supportNames.has(group) ? SUPPORT_SHARE : 1;
    lines.set(group, (lines.get(group) ?? 0) + weight * Math.max(1, file.changed ?? 1));
  }
  // Sorted, so that among equals the order of the files decides nothing.
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

/** `KVM: x86/tdx: Have TDX ...` opens with two heads; a long piece before a colon is already the sentence. */
function splitTitle(title: string): { heads: readonly string[]; sentence: string } {
  const pieces = title.trim().split(/:(?=\s|$)\s*/);
  let count = pieces.slice(0, -1).findIndex((piece) => piece.split(/\s+/).length > 4);
  if (count < 0) count = pieces.length - 1;
  return { heads: pieces.slice(0, count).filter(Boolean), sentence: pieces.slice(count).join(": ") };
}

/** What the words of a title say, or null; lines decide between several groups it names. */
function subsystemOfTitle(heads: string, sentence: string, lines: ReadonlyMap<string, number>): string | null {
  const before = foldWords(heads);
  const inHeads = heads === "" ? [] : defaultRules.filter((candidate) => ruleSays(candidate, "heads", before));
  // "KVM selftests for s390x" has no head, so there the first two words stand for it.
  const opening = heads === "" ? foldWords(sentence.split(/\s+/, 2).join(" ")) : before;
  const opened = supportRules.find((candidate) => ruleSays(candidate, "heads", opening));
  if (opened) return opened.name;
  const folded = foldWords(sentence);
  if (inHeads.length > 0) return mostExact(inHeads, folded, lines);

  // "mm: ... on arm64" is about mm. Only a title that opens with nothing, or with KVM, is judged by its sentence.
  if (heads !== "" && !NEUTRAL_HEADS.test(heads)) return isElsewhere(heads) ? subsystemOfHeads(heads.split(": ")) : null;
  if (ALL_ARCHITECTURES.test(folded) && ARCHITECTURES.filter((name) => lines.has(name)).length > 1) return "generic";
  const named = defaultRules.filter((candidate) => candidate.titles?.testFolded(folded));
  // A sentence about several architectures names what it passes through; the lines tell what it is about.
  if (named.filter((candidate) => candidate.kind === "area").length > 1) {
    return subsystemOfPaths(lines, true) ?? mostExact(named, folded, lines);
  }
  const said = mostExact(named, folded, lines);
  const most = heaviest(lines.keys(), lines);
  // PMU and SVM are words of other architectures too: without a line in x86, the one with the lines means it.
  const elsewhere = said !== null && partNames.has(said) && ![...lines.keys()].some((group) => group === "x86" || partNames.has(group));
  return elsewhere && most !== null && ARCHITECTURES.includes(most) ? most : said;
}

/** Whether a folded text has a word of a rule: one that counts anywhere, or in this place. */
function ruleSays(rule: CompiledRule, place: "heads" | "afterX86", folded: string): boolean {
  return (rule.titles?.testFolded(folded) ?? false) || (rule[place]?.testFolded(folded) ?? false);
}

/** Of the groups a title names the most exact one; lines decide between several. */
function mostExact(named: readonly CompiledRule[], folded: string, lines: ReadonlyMap<string, number>): string | null {
  const pick = (candidates: readonly CompiledRule[]): string | null => {
    const names = candidates.map((candidate) => candidate.name);
    return heaviest(names, lines);
  };
  const areas = named.filter((candidate) => candidate.kind === "area");
  // An x86 part named along with another architecture is shared work: "KVM: arm64: PMU: ..." is for arm64.
  if (areas.some((candidate) => candidate.name !== "x86")) return pick(areas);
  const exact = named.filter((candidate) => candidate.kind !== "area");
  if (exact.length > 0 || areas.length === 0) return pick(exact);
  return pick(defaultRules.filter((candidate) => candidate.kind === "part" && ruleSays(candidate, "afterX86", folded))) ?? "x86";
}

/** Whether a title opens with a part of the kernel of which KVM is none: `mm: madvise`, `PCI/ASPM`. */
function isElsewhere(heads: string): boolean {
  return OTHER_SUBSYSTEMS.has(foldWords(heads).split(/[^a-z0-9]/, 1)[0] ?? "");
}

/** What was undone, done again or is to be squashed into something: `Revert "drm/foo: Add it"` is about drm/foo. */
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
const ALL_ARCHITECTURES = /\b(?:all|every|each|other|several|multiple|various) (?:the |other |supported |kvm )?arch(?:s|es|itectures?)?\b/;
const NEUTRAL_HEADS = /\b(?:kvm|maintainers$|treewide$)/i;
const defaultRules: readonly CompiledRule[] = DEFAULT_RULES.map(compileRule);
const supportRules = defaultRules.filter(({ kind }) => kind === "support");
const defaultGroup = groupOfPath(defaultRules);
const supportNames = new Set(DEFAULT_RULES.filter((candidate) => candidate.kind === "support").map((candidate) => candidate.name));
const partNames = new Set(DEFAULT_RULES.filter((candidate) => candidate.kind === "part").map((candidate) => candidate.name));
const ARCHITECTURES = ["x86", "arm64", "loongarch", "riscv", "s390", "ppc", "mips"];

interface UserRules {
  readonly rules: readonly CompiledRule[];
  /** Of all rules, the defaults below the user's. */
  readonly groupOf: (path: string) => string | null;
}

const compiledUserRules = new WeakMap<readonly SubsystemRule[], UserRules>();

function compileUserRules(rules: readonly SubsystemRule[]): UserRules {
  const known = compiledUserRules.get(rules);
  if (known) return known;
  const compiled = rules.map(compileRule);
  const made = { rules: compiled, groupOf: groupOfPath([...compiled, ...defaultRules]) };
  compiledUserRules.set(rules, made);
  return made;
}

/**
 * A rule of the settings by title, else by paths: it must have more lines than any other group, so that a rule for a folder
 * does not catch every change that passes through it.
 */
function userSubsystem(evidence: SubsystemEvidence, { rules, groupOf }: UserRules): string | null {
  const said = rules.find((candidate) => candidate.titles?.test(evidence.title));
  if (said) return said.name;
  const lines = linesBy(evidence.files, groupOf);
  const most = heaviest(lines.keys(), lines);
  return rules.some((candidate) => candidate.name === most) ? most : null;
}

/** What the paths say: the group with the most lines, or generic for a change to what many architectures share. */
function subsystemOfPaths(lines: ReadonlyMap<string, number>, forKvm: boolean): string | null {
  const most = heaviest(lines.keys(), lines);
  if (most === null) return null;
  // What changes a part of x86 along with much else of x86 is about x86.
  const group = partNames.has(most) && !outweighs(most, lines) ? "x86" : most;
  // A change that is mostly elsewhere only passes through here, unless its title says KVM.
  if (hasMost(most, lines)) return group;
  if (!forKvm) return null;
  return ARCHITECTURES.filter((name) => lines.has(name)).length >= 3 ? "generic" : group;
}

/** Whether a part of x86 has nearly all lines that are of x86 or one of its parts. */
function outweighs(part: string, lines: ReadonlyMap<string, number>): boolean {
  let all = 0;
  for (const [group, count] of lines) if (group === "x86" || partNames.has(group)) all += count;
  return (lines.get(part) ?? 0) * 3 >= all * 2;
}

/** The section of MAINTAINERS that most of the lines are in; a change all over the tree has none. */
export function maintainersSection(files: readonly SubsystemFile[], maintainers: MaintainersMatcher): MaintainersSection | null {
  const sections = new Map<string, MaintainersSection>();
  const lines = linesBy(
    files.filter((file) => !file.path.startsWith(".../")),
    (path) => {
      const section = maintainers(path).find((match) => match.section.title !== "THE REST")?.section;
      if (!section) return null;
      sections.set(section.title, section);
      return section.title;
    },
  );
  const most = heaviest(lines.keys(), lines);
  return hasMost(most, lines) ? (sections.get(most ?? "") ?? null) : null;
}

/** Folders that a driver, an interface or a text is kept in, whatever it is about: no name of a subsystem begins with them. */
const commonFolders =
  /^(?:drivers|arch|kernel|include\/(?:uapi\/)?(?:linux|asm-generic|dt-bindings)|include|Documentation(?:\/[^/]+)?|tools|lib|sound)\//;

/**
 * What a section is called beside groups that are named by prefixes: `mm` for MEMORY MAPPING, `iommu` for IOMMU SUBSYSTEM. It is
 * the folder most of its `F:` lines are in; where they are all over the tree, its title in lower case.
 */
function sectionName({ title, files }: MaintainersSection): string {
  const counts = new Map<string, number>();
  for (const pattern of files) {
    const fixed = pattern.split(/[*?[]/, 1)[0] ?? "";
    const folder = fixed.slice(0, fixed.lastIndexOf("/") + 1);
    const name = folder.replace(commonFolders, "").replace(/\/$/, "");
    // Headers and texts lie beside those of everybody else.
    if (name !== "" && !/^(?:include|Documentation)\//.test(folder)) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return heaviest(counts.keys(), counts) ?? title.toLowerCase();
}

function subsystemOfMaintainers(files: readonly SubsystemFile[], maintainers: MaintainersMatcher | undefined): string | null {
  const section = maintainers ? maintainersSection(files, maintainers) : null;
  return section && sectionName(section);
}

/** The file at the end of a path, which is no group of patches: `/gup.c`. */
const fileOfPath = /\/[^/\s]{1,60}\.[a-z]{1,5}$/;

/** The first piece of the title that says more than that it is a kernel patch: `mm/slub: fix` is mm/slub, `mm/gup.c: fix` mm. */
function subsystemOfHeads(heads: readonly string[]): string | null {
  const head = heads
    .map((piece) => piece.trim().toLowerCase().replace(fileOfPath, ""))
    .find((piece) => !/^(?:kvm|drivers?|arch|uapi|linux)$/.test(piece));
  return head !== undefined && head.length <= 40 ? head : null;
}

/** The name of the group a series belongs to; never empty. */
export function subsystemOf(evidence: SubsystemEvidence, context: SubsystemContext): string {
  const { prefixes, files } = evidence;
  const title = titleOfUndone(evidence.title);
  const wished = context.userRules.length === 0 ? null : userSubsystem(evidence, compileUserRules(context.userRules));
  if (wished !== null) return wished;

  const project = context.project ?? projectOfPatches({ prefixes, title, paths: files.map((file) => file.path) });
  if (project !== "kernel") return project;

  const { heads, sentence } = splitTitle(title);
  const lines = linesBy(files, defaultGroup);
  // Without a head the paths have to tell; then it is for KVM when most of them are known here.
  const forKvm = heads.length > 0 ? heads.some((head) => /\bkvm/i.test(head)) : !hasMost("", lines);
  return (
    subsystemOfTitle(heads.join(": "), sentence, lines) ??
    subsystemOfPaths(lines, forKvm) ??
    subsystemOfMaintainers(files, context.maintainers) ??
    subsystemOfHeads(heads) ??
    (/\bkvm\b/i.test(title) ? "generic" : "other")
  );
}
