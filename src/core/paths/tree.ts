/** What is known of an open tree: which files it has, so that shortened and foreign paths can be told. */
import { projectOfTree, type Project } from "./project";
import type { Revision, Series } from "../series/series";
import { type TouchedFile, touchedPaths } from "../diff/touchedFile";

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
      const [only, ...others] = (byName.get(nameOf(shortened)) ?? []).filter((path) => path.endsWith(tail));
      return only !== undefined && others.length === 0 ? only : null;
    },
  };
}

/** A kernel has 90,000 files and few of one name, so that is where looking for a tail begins. */
function groupByName(paths: Iterable<string>): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const path of paths) {
    const group = groups.get(nameOf(path));
    if (group) group.push(path);
    else groups.set(nameOf(path), [path]);
  }
  return groups;
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** Whether a diffstat cut the front of this path off to fit the line. */
export function isShortened(path: string): boolean {
  return path.startsWith(shortening);
}

/** Replaces shortened paths of a series by the files of an open tree they mean; the others stay as printed. */
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
