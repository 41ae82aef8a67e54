/** The diffstat of git (`diff --stat`): file rows and the line that sums them up. */
import { closingQuote } from "../quoted";
import type { TouchedFile } from "./touchedFile";

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

/** The names a diffstat prints: plain, quoted as C strings, or a rename `a/{b => c}/d`. */
export function parseDiffstatPath(printed: string): { path: string; oldPath?: string } {
  const text = printed.trim();
  const quoted = text.startsWith('"') ? closingQuote(text, 0) + 1 : 0;
  if (quoted > 0 && quoted === text.length) return { path: unquotePath(text) };
  const arrow = text.indexOf(" => ", quoted);
  if (arrow < 0) return { path: text };
  const open = quoted > 0 ? -1 : text.lastIndexOf("{", arrow);
  const close = text.indexOf("}", arrow);
  if (open < 0 || close < 0) return { path: unquotePath(text.slice(arrow + 4)), oldPath: unquotePath(text.slice(0, arrow)) };
  const head = text.slice(0, open);
  const tail = text.slice(close + 1);
  // An empty side leaves two slashes where git means one: `a/{ => b}/c`.
  const joined = (middle: string): string => head + (middle ? middle + tail : tail.replace(/^\//, ""));
  return { path: joined(text.slice(arrow + 4, close)), oldPath: joined(text.slice(open + 1, arrow)) };
}

const escapes: Readonly<Record<string, number>> = { a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13 };

/** Undoes git's quoting of unusual names: `"a\303\244\tb"`, octal bytes read as UTF-8. */
export function unquotePath(name: string): string {
  if (!name.startsWith('"') || !name.endsWith('"') || name.length < 2) return name;
  // A letter takes three bytes at most for each of its two halves.
  const bytes = new Uint8Array(name.length * 3);
  let length = 0;
  for (const [, octal, escaped, plain = ""] of name.slice(1, -1).matchAll(/\\([0-7]{3})|\\(.)|([^\\]+)/gs)) {
    if (octal !== undefined) bytes[length++] = parseInt(octal, 8) & 0xff;
    else if (escaped !== undefined) bytes[length++] = escapes[escaped] ?? escaped.charCodeAt(0);
    else length += encoder.encodeInto(plain, bytes.subarray(length)).written;
  }
  return new TextDecoder().decode(bytes.subarray(0, length));
}

const encoder = new TextEncoder();
