/** The files a patch touches, as its diff or diffstat tells. */

/** A file a patch touches. Counts are lines; null where the source does not tell (binary file, scaled graph). */
export interface TouchedFile {
  /** The new name, relative to the tree; `.../tail` when a diffstat shortened it and no open tree told the rest. */
  readonly path: string;
  /** The old name of a rename or copy. */
  readonly oldPath?: string;
  /** It is a copy: the file of the old name stays as it is. A diffstat does not tell. */
  readonly copied?: true;
  readonly changed: number | null;
  readonly added: number | null;
  readonly deleted: number | null;
  /** The places its hunks change, in order; absent where no diff was read. */
  readonly hunks?: readonly HunkRange[];
}

/** Where a hunk lands, as its `@@` line says: first line and number of lines, before and after. */
export type HunkRange = readonly [oldStart: number, oldLines: number, newStart: number, newLines: number];

/** The names of the file that a patch changes: the old one too, but of a copy, which changes nothing there. */
export function namesOfFile({ path, oldPath, copied }: TouchedFile): string[] {
  return oldPath === undefined || oldPath === path || copied ? [path] : [path, oldPath];
}

/** All paths some files go by, old names included, once each and sorted. */
export function touchedPaths(files: readonly TouchedFile[]): string[] {
  const paths = files.flatMap(namesOfFile);
  // Git prints them sorted.
  return paths.every((path, at) => at === 0 || (paths[at - 1] ?? "") < path) ? paths : [...new Set(paths)].sort();
}
