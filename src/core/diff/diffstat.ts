/** The files that a patch touches, and the diffstat (`git diff --stat`) that lists them: a row for each file, and a last line with the sums. */
import { parseDiffstatPath } from "./diffPath";

/** A file that a patch touches. Counts are lines; null where the source does not tell them (binary file, scaled graph). */
export interface TouchedFile {
  /** The new name, relative to the tree; `.../tail` where a diffstat shortened it and no open tree completes it. */
  readonly path: string;
  /** The old name of a rename or copy. */
  readonly oldPath?: string;
  /** It is a copy: the file of the old name stays as it is. A diffstat does not tell. */
  readonly copied?: true;
  readonly changed: number | null;
  readonly added: number | null;
  readonly deleted: number | null;
  /** The ranges of its hunks, in order; absent where no diff was read. */
  readonly hunks?: readonly HunkRange[];
}

/** The numbers in the `@@` line of a hunk: first line and number of lines, before and after. */
export type HunkRange = readonly [oldStart: number, oldLines: number, newStart: number, newLines: number];

/** The names of the file that a patch changes, the old one included. A copy leaves its source unchanged, so that is not one of them. */
export function namesOfTouched({ path, oldPath, copied }: TouchedFile): string[] {
  return oldPath === undefined || oldPath === path || copied ? [path] : [path, oldPath];
}

/** All paths of some files, old names included, each once and sorted. */
export function touchedPaths(files: readonly TouchedFile[]): string[] {
  const paths = files.flatMap(namesOfTouched);
  // Git writes them sorted.
  return paths.every((path, at) => at === 0 || (paths[at - 1] ?? "") < path) ? paths : [...new Set(paths)].sort();
}

export interface Diffstat {
  readonly files: readonly TouchedFile[];
  /** The sums of the last line. */
  readonly total: { readonly files: number; readonly added: number; readonly deleted: number };
  /** Where its first row begins in the text, and where its last line ends, without the final LF. */
  readonly start: number;
  readonly end: number;
}

const summaryLine = /^ (\d+) files? changed(?:, (\d+) insertions?\(\+\))?(?:, (\d+) deletions?\(-\))?\s*$/;
/** The text behind the bar in a row without a count. */
const uncounted = /^(?:Bin(?: \d+ -> \d+ bytes)?|Unmerged)$/;

/**
 * Finds the last diffstat of a text: rows directly above ` N files changed`.
 * Counts are exact only where the graph is not scaled to the width of the line; else `added` and `deleted` are null.
 */
export function parseDiffstat(text: string): Diffstat | null {
  // Most texts have no such line, and a search for its words is many times faster than a look at every line.
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

/** Characters of a line with the sums; a longer line is something else. */
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
 * Reads a row, ` name | 12 +++---`; the last bar counts, since a name may have one too. It is read in place, character by character:
 * a digest has more such rows than anything else.
 */
function parseRow(text: string, start: number, lineEnd: number): TouchedFile | null {
  // The row is cut out, or the search for a missing bar would go on above it.
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

/** Where a run of characters between two codes ends. */
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

/** Where there is only one file, the sums are its counts, even if its graph is scaled. */
function withTotals(files: TouchedFile[], total: Diffstat["total"]): TouchedFile[] {
  const only = files[0];
  if (files.length !== 1 || only?.changed !== total.added + total.deleted) return files;
  return [{ ...only, added: total.added, deleted: total.deleted }];
}
