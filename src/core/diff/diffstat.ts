/** The files a patch touches, and the diffstat of git (`diff --stat`) that lists them: file rows and the line that sums them up. */
import { parseDiffstatPath } from "./diffPath";

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
export function namesOfTouched({ path, oldPath, copied }: TouchedFile): string[] {
  return oldPath === undefined || oldPath === path || copied ? [path] : [path, oldPath];
}

/** All paths some files go by, old names included, once each and sorted. */
export function touchedPaths(files: readonly TouchedFile[]): string[] {
  const paths = files.flatMap(namesOfTouched);
  // Git prints them sorted.
  return paths.every((path, at) => at === 0 || (paths[at - 1] ?? "") < path) ? paths : [...new Set(paths)].sort();
}

// The diffstat of git (`diff --stat`): file rows and the line that sums them up.

export interface Diffstat {
  readonly files: readonly TouchedFile[];
  /** What the last line counts. */
  readonly total: { readonly files: number; readonly added: number; readonly deleted: number };
  /** Where its first row begins and its last line ends in the text, without the final LF. */
  readonly start: number;
  readonly end: number;
}

const summaryLine = /^ (\d+) files? changed(?:, (\d+) insertions?\(\+\))?(?:, (\d+) deletions?\(-\))?\s*$/;
/** What stands behind the bar of a row that has no count. */
const uncounted = /^(?:Bin(?: \d+ -> \d+ bytes)?|Unmerged)$/;

/**
 * Finds the last diffstat of a text: rows directly above ` N files changed`.
 * Counts are exact only where the graph is not scaled to the width of the line; else `added` and `deleted` are null.
 */
export function parseDiffstat(text: string): Diffstat | null {
  // Most texts have no such line, and looking for its words is many times faster than looking at every line.
  for (let word = text.lastIndexOf(" changed"); word >= 0; word = word > 0 ? text.lastIndexOf(" changed", word - 1) : -1) {
    const start = text.lastIndexOf("\n", word) + 1;
    const lineEnd = text.indexOf("\n", word);
    const end = lineEnd < 0 ? text.length : lineEnd;
    const summary = end - start < longestSummary ? summaryLine.exec(text.slice(start, end)) : null;
    const rows = summary ? rowsAbove(text, start) : null;
    if (summary && rows && rows.files.length > 0) {
      const total = { files: Number(summary[1]), added: Number(summary[2] ?? 0), deleted: Number(summary[3] ?? 0) };
      return { files: withTotals(rows.files, total), total, start: rows.start, end };
    }
    word = start;
  }
  return null;
}

/** Far more than any line that sums up a diffstat; longer ones are something else. */
const longestSummary = 200;

function rowsAbove(text: string, from: number): { files: TouchedFile[]; start: number } {
  const files: TouchedFile[] = [];
  let start = from;
  while (start > 0) {
    const lineStart = start > 1 ? text.lastIndexOf("\n", start - 2) + 1 : 0;
    const file = text.charCodeAt(lineStart) === space ? parseRow(text, lineStart, start - 1) : null;
    if (!file) break;
    files.push(file);
    start = lineStart;
  }
  return { files: files.reverse(), start };
}

/**
 * ` name | 12 +++---`; the last bar parts them, since a name may hold one too. It is read where it stands, letter by letter:
 * there are more such rows than anything else in a digest.
 */
function parseRow(text: string, start: number, lineEnd: number): TouchedFile | null {
  // Not in the text itself, where the search for a bar that is missing would not end with the row.
  const bar = start + text.slice(start, lineEnd).lastIndexOf("|");
  if (bar <= start || text.charCodeAt(bar - 1) !== space) return null;
  let end = lineEnd;
  while (isBlank(text, end - 1)) end--;
  let at = bar + 1;
  while (at < end && isBlank(text, at)) at++;
  const digits = endOfRun(text, at, end, zero, nine);
  if (digits === at) return uncounted.test(text.slice(at, end)) ? touchedFile(text.slice(start, bar).trim(), null, null, null) : null;
  if (digits < end && text.charCodeAt(digits) !== space) return null;
  const graph = Math.min(digits + 1, end);
  const middle = endOfRun(text, graph, end, plus, plus);
  if (endOfRun(text, middle, end, minus, minus) < end) return null;
  let from = start;
  while (from < bar && isBlank(text, from)) from++;
  let to = bar;
  while (to > from && isBlank(text, to - 1)) to--;
  const changed = Number(text.slice(at, digits));
  const exact = end - graph === changed;
  return touchedFile(text.slice(from, to), changed, exact ? middle - graph : null, exact ? end - middle : null);
}

function touchedFile(printed: string, changed: number | null, added: number | null, deleted: number | null): TouchedFile | null {
  if (printed === "") return null;
  if (!printed.startsWith('"') && !printed.includes(" => ")) return { path: printed, changed, added, deleted };
  return { ...parseDiffstatPath(printed), changed, added, deleted };
}

function isBlank(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code === space || (code >= tab && code <= carriageReturn) || (code > 127 && text.charAt(at).trim() === "");
}

/** Where the characters between two codes end that stand at a place. */
function endOfRun(text: string, from: number, end: number, first: number, last: number): number {
  let at = from;
  while (at < end && text.charCodeAt(at) >= first && text.charCodeAt(at) <= last) at++;
  return at;
}

const tab = 9;
const carriageReturn = 13;
const space = 32;
const plus = 43;
const minus = 45;
const zero = 48;
const nine = 57;

/** The total of a single file is that file's count, even where its graph is scaled. */
function withTotals(files: TouchedFile[], total: Diffstat["total"]): TouchedFile[] {
  const only = files[0];
  if (files.length !== 1 || only?.changed !== total.added + total.deleted) return files;
  return [{ ...only, added: total.added, deleted: total.deleted }];
}
