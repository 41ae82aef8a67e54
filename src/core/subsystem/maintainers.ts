/**
 * The MAINTAINERS file of a kernel tree: which sections a path belongs to. It follows scripts/get_maintainer.pl exactly, oddities
 * included, because everybody addresses patches with that script.
 */

export interface MaintainersSection {
  readonly title: string;
  /** `F:` as written. */
  readonly files: readonly string[];
  /** `X:` as written. */
  readonly excludes: readonly string[];
  /** `N:` as written. */
  readonly regexes: readonly string[];
}

/** Returns the sections that a path belongs to, the closest first. */
export type MaintainersMatcher = (path: string) => readonly MaintainersSection[];

interface OpenSection {
  title: string;
  files: string[];
  excludes: string[];
  regexes: string[];
}

/** Reads MAINTAINERS. A line that is neither a field nor blank nor a comment is the title of the fields below it. */
export function parseMaintainers(text: string): readonly MaintainersSection[] {
  const sections: OpenSection[] = [];
  let title = "";
  let open: OpenSection | null = null;
  for (const line of text.split(/\r?\n/)) {
    const field = /^([A-Z]):(.*)$/.exec(line);
    if (!field) {
      if (line.trim() === "" || line.trimStart().startsWith("#")) continue;
      title = line.trim();
      open = null;
      continue;
    }
    if (!open) sections.push((open = { title, files: [], excludes: [], regexes: [] }));
    addField(open, field[1] ?? "", (field[2] ?? "").trim());
  }
  return sections;
}

function addField(section: OpenSection, type: string, value: string): void {
  if (value === "") return;
  if (type === "F") section.files.push(value);
  else if (type === "X") section.excludes.push(value);
  else if (type === "N") section.regexes.push(value);
}

/** One compiled `F:` or `X:` line. */
interface FilePattern {
  readonly section: number;
  /** Its number in the section: of several matching patterns, the last one gives the depth. */
  readonly order: number;
  readonly depth: number;
  readonly matches: (path: string, slashes: number) => boolean;
}

/** Patterns by the folder in front of their first wildcard, so that only the folders above a path are looked up. */
type PatternIndex = ReadonlyMap<string, readonly FilePattern[]>;

const REGEX_CHARACTERS = /[*?[\](){}+|^$\\]/;
/** MAINTAINERS is part of the tree and may be hostile, so patterns that could keep the matcher busy for ever are left out. */
const MAX_WILDCARDS = 8;

function countSlashes(text: string): number {
  let count = 0;
  for (let at = text.indexOf("/"); at >= 0; at = text.indexOf("/", at + 1)) count++;
  return count;
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/") + 1);
}

function compileRegex(source: string): RegExp | null {
  // A repeated group can backtrack exponentially, and no real line needs one.
  if (/\)[*+{]/.test(source) || (source.match(/[*+]/g)?.length ?? 0) > MAX_WILDCARDS) return null;
  try {
    return new RegExp(source);
  } catch {
    return null;
  }
}

/** Translates a pattern as the script does: dots are literal, `**` and `*` are `.*`, `?` is any character, and all else is Perl. */
function translate(pattern: string): string {
  return pattern.replace(/\./g, "\\.").replace(/\*\*/g, "\0").replace(/\*/g, ".*").replace(/\?/g, ".").replace(/\0/g, "(?:.*)");
}

function compilePattern(pattern: string, section: number, order: number): { folder: string; compiled: FilePattern } | null {
  const isFolder = pattern.endsWith("/");
  const slashes = countSlashes(pattern);
  const depth = pattern.startsWith("*") ? -1 : isFolder ? slashes : slashes + 1;
  const base = { section, order, depth };
  const special = REGEX_CHARACTERS.exec(pattern);
  if (!special) {
    const folder = folderOf(pattern);
    if (isFolder) return { folder, compiled: { ...base, matches: () => true } };
    // The script checks on disk whether a pattern without a slash is a folder. A path below it tells the same. The script
    // escapes dots before it checks, so it never finds a folder with a dot in its name.
    const below = pattern.includes(".") ? null : `${pattern}/`;
    // Perl does not anchor the end: `kvm/hyperv` also matches `kvm/hyperv.c`, as long as no slash follows.
    const matches = (path: string, count: number): boolean =>
      path.startsWith(pattern) && (count === slashes || (below !== null && path.startsWith(below)));
    return { folder, compiled: { ...base, matches } };
  }
  const regex = compileRegex(`^${translate(pattern)}`);
  if (!regex) return null;
  // Only the text in front of the first wildcard is literal, and an alternative may start anywhere.
  const folder = pattern.includes("|") ? "" : folderOf(pattern.slice(0, special.index));
  // A single `*` matches slashes too, but the path may have no more slashes than the pattern.
  const anyDepth = isFolder || pattern.includes("**") || pattern.includes("(?:");
  return { folder, compiled: { ...base, matches: (path, count) => (anyDepth || count === slashes) && regex.test(path) } };
}

function indexPatterns(
  sections: readonly MaintainersSection[],
  patternsOf: (section: MaintainersSection) => readonly string[],
): PatternIndex {
  const index = new Map<string, FilePattern[]>();
  sections.forEach((section, number) => {
    patternsOf(section).forEach((pattern, order) => {
      const made = compilePattern(pattern, number, order);
      if (!made) return;
      const list = index.get(made.folder);
      if (list) list.push(made.compiled);
      else index.set(made.folder, [made.compiled]);
    });
  });
  return index;
}

function* patternsFor(index: PatternIndex, path: string): Generator<FilePattern> {
  for (let end = path.lastIndexOf("/") + 1; end > 0; end = end > 1 ? path.lastIndexOf("/", end - 2) + 1 : 0) {
    yield* index.get(path.slice(0, end)) ?? [];
  }
  yield* index.get("") ?? [];
}

/** Compiles `N:`, which the script matches with /x: blanks and comments do not belong to the pattern. */
function compileName(source: string): RegExp | null {
  const parts: string[] = [];
  for (namePart.lastIndex = 0; namePart.lastIndex < source.length;) parts.push(namePart.exec(source)?.[0] ?? "");
  return compileRegex(parts.filter((part) => part.trim() !== "").join(""));
}

/** An escaped character, a class, or any other character. A class that is never closed takes the rest, which makes the pattern invalid. */
const namePart = /\\(?:.|$)|\[\^?\]?(?:\\(?:.|$)|[^\]\\])*(?:\]|$)|[^\\[]/sy;

/**
 * Compiles the sections once for any number of paths. The deepest pattern comes first, as in get_maintainer.pl; where that script
 * leaves the order of equals to chance, the order of the file counts.
 */
export function maintainersMatcher(sections: readonly MaintainersSection[]): MaintainersMatcher {
  const files = indexPatterns(sections, (section) => section.files);
  const excludes = indexPatterns(sections, (section) => section.excludes);
  const names = sections.flatMap((section, number) =>
    section.regexes.flatMap((source) => {
      const regex = compileName(source);
      return regex ? [{ section: number, regex }] : [];
    }),
  );

  return (path) => {
    const slashes = countSlashes(path);
    const excluded = new Set<number>();
    for (const pattern of patternsFor(excludes, path)) {
      if (pattern.matches(path, slashes)) excluded.add(pattern.section);
    }
    const found = new Map<number, FilePattern>();
    for (const pattern of patternsFor(files, path)) {
      if (excluded.has(pattern.section) || !pattern.matches(path, slashes)) continue;
      const earlier = found.get(pattern.section);
      if (!earlier || earlier.order < pattern.order) found.set(pattern.section, pattern);
    }
    const depths = new Map([...found].map(([section, pattern]) => [section, pattern.depth]));
    for (const { section, regex } of names) {
      // N: is always below F:, so a matching name sets the depth last, to 0.
      if (!excluded.has(section) && regex.test(path)) depths.set(section, 0);
    }
    return [...depths].sort(([a, depthA], [b, depthB]) => depthB - depthA || a - b).flatMap(([number]) => sections[number] ?? []);
  };
}
