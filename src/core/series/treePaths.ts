/** Paths as mail and source text write them (in full, shortened by a diffstat, in an #include), and the files of an open tree that they mean. */
import { type TouchedFile, touchedPaths } from "../diff/diffstat";
import { type Project, projectOfTree } from "../subsystem/project";
import type { Revision, Series } from "./series";

export interface Tree {
  readonly project: Project | null;
  has(path: string): boolean;
  /** The one file that a shortened path (`.../kvm/x86/apic.h`) can mean; null where none or several could be. */
  resolve(shortened: string): string | null;
}

const shortening = ".../";

/** Makes a tree from its files, paths relative to its top with `/` between folders. */
export function makeTree(paths: Iterable<string>): Tree {
  const files = new Set(paths);
  let byName: Map<string, string[]> | null = null;
  const has = (path: string): boolean => files.has(path);
  return {
    project: projectOfTree(has),
    has,
    resolve(shortened) {
      byName ??= groupByName(files);
      const tail = shortened.slice(shortening.length - 1);
      const [only, ...others] = (byName.get(baseNameOf(shortened)) ?? []).filter((path) => path.endsWith(tail));
      return only !== undefined && others.length === 0 ? only : null;
    },
  };
}

/** The files by their names: a kernel has 90,000 files and few of one name, so the search for a tail begins there. */
function groupByName(paths: Iterable<string>): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const path of paths) {
    const group = groups.get(baseNameOf(path));
    if (group) group.push(path);
    else groups.set(baseNameOf(path), [path]);
  }
  return groups;
}

function baseNameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** Whether a diffstat cut off the front of this path to fit the line. */
export function isShortened(path: string): boolean {
  return path.startsWith(shortening);
}

/** Replaces shortened paths of a series by the files of an open tree that they mean; others stay as they are. */
export function resolvePaths(series: Series, trees: readonly Tree[]): Series {
  if (!series.revisions.some(({ files }) => files.some(isShortened))) return series;
  const resolve = (path: string): string => {
    if (!isShortened(path)) return path;
    const found = new Set(trees.map((tree) => tree.resolve(path)).filter((name) => name !== null));
    const [only] = found;
    return found.size === 1 && only !== undefined ? only : path;
  };
  return { ...series, revisions: series.revisions.map((revision) => resolveRevision(revision, resolve)) };
}

function resolveRevision(revision: Revision, resolve: (path: string) => string): Revision {
  const file = (touched: TouchedFile): TouchedFile => ({
    ...touched,
    path: resolve(touched.path),
    ...(touched.oldPath === undefined ? {} : { oldPath: resolve(touched.oldPath) }),
  });
  const patches = revision.patches.map((patch) => ({ ...patch, files: patch.files.map(file) }));
  const diffstat = revision.diffstat.map(file);
  return { ...revision, patches, diffstat, files: touchedPaths([...diffstat, ...patches.flatMap(({ files }) => files)]) };
}

/** Whether a path from a mail may be joined to a folder: relative, without `..`, NUL or a drive. Mail is hostile input. */
export function isSafePath(path: string): boolean {
  return (
    path !== "" && !/^[/\\~]|^[a-z]:|\0|\\/i.test(path) && !path.split("/").some((part) => part === ".." || part === "." || part === "")
  );
}

/** A path in text: in an #include, a diffstat, a pattern of MAINTAINERS, or a comment. */

interface PathInText {
  /** As written, without quotes or brackets. */
  readonly path: string;
  /** Columns in the line, the end excluded. */
  readonly start: number;
  readonly end: number;
  readonly include: boolean;
}

const includeLine = /^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)/d;
/** A text with a folder and a name: a path, and not a word, a date or an address. */
const writtenPath = /(?<![\w.+/-])(?:[\w.+-]+\/)+[\w.+-]*[\w+-]/g;
/** Characters of a line; a longer one is data, at which nobody points. */
const longestLine = 2000;

/** The path at a column of a line; null where there is none. */
export function pathInText(line: string, column: number): PathInText | null {
  if (line.length > longestLine) return null;
  const included = includeLine.exec(line);
  if (included) {
    const [start, end] = included.indices?.[1] ?? included.indices?.[2] ?? [0, 0];
    return column >= start && column <= end ? { path: line.slice(start, end), start, end, include: true } : null;
  }
  for (const match of line.matchAll(writtenPath)) {
    const start = match.index;
    const end = start + match[0].length;
    // `https://host/a/b` and `/usr/include` are not paths of a tree; `a/arch/x86` in the header of a diff is one, without its prefix.
    if (/[\w:/]$/.test(line.slice(0, start)) || column < start || column > end) continue;
    const side = /^(?:diff --git|---|\+\+\+) /.test(line) && /^[ab]\//.test(match[0]) ? 2 : 0;
    return { path: match[0].slice(side), start: start + side, end, include: false };
  }
  return null;
}

/**
 * The paths of the tree that a path in text can mean, likeliest first.
 * @param from the path of the file with the text; an #include is searched for as in the build of the kernel
 */
export function candidatePaths(found: PathInText, from: string): string[] {
  if (!found.include) return [found.path];
  const folder = from.slice(0, from.lastIndexOf("/") + 1);
  const arch = /^arch\/[^/]+\//.exec(from)?.[0];
  const roots = ["include/", "include/uapi/", ...(arch ? [`${arch}include/`, `${arch}include/uapi/`, arch, `${arch}kvm/`] : []), ""];
  return [...new Set([folder, ...roots].map((root) => normalise(root + found.path)).filter((name) => name !== null))];
}

/** Resolves `..` in a path; null where it leaves the tree. */
function normalise(name: string): string | null {
  const parts: string[] = [];
  for (const part of name.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === ".." && parts.pop() === undefined) return null;
    if (part !== "..") parts.push(part);
  }
  return parts.join("/");
}

/** The path `.../kvm/x86/apic.h` without its dots: `/kvm/x86/apic.h`. */
export function tailOf(shortened: string): string {
  return shortened.slice(3);
}

/** The shortened names that a path may have in a diffstat: `.../kvm/x86.c`, `.../x86.c`. */
export function shortenedNames(path: string): string[] {
  const names: string[] = [];
  for (let slash = path.indexOf("/"); slash >= 0; slash = path.indexOf("/", slash + 1)) names.push(`...${path.slice(slash)}`);
  return names;
}

/** Whether a shortened path may mean one that ends with some components. */
export function mayEndWith(shortened: string, tail: string): boolean {
  return shortened.endsWith(`/${tail}`) || `/${tail}`.endsWith(tailOf(shortened));
}

/** Whether a folder may contain a shortened path: `.../kvm/x86/a.c` may be in `t/kvm/` and `t/kvm/x86/`. */
export function mayLieBelow(shortened: string, folder: string): boolean {
  const tail = tailOf(shortened);
  for (let slash = tail.indexOf("/", 1); slash > 0; slash = tail.indexOf("/", slash + 1)) {
    if (`/${folder}`.endsWith(tail.slice(0, slash + 1))) return true;
  }
  return false;
}
