/** The diffstat of git (`diff --stat`): file rows and the line that sums them up. */
import type { TouchedFile } from "./series";

export interface Diffstat {
  readonly files: readonly TouchedFile[];
  /** What the last line counts; null where it does not say. */
  readonly total: { readonly files: number; readonly added: number; readonly deleted: number };
  /** Where its first row begins and its last line ends in the text, without the final LF. */
  readonly start: number;
  readonly end: number;
}

const summaryLine = /^ (\d+) files? changed(?:, (\d+) insertions?\(\+\))?(?:, (\d+) deletions?\(-\))?$/;
const row = /^ (.+?)\s+\|\s+(?:(\d+)(?: (\+*)(-*))?|(Bin)(?: \d+ -> \d+ bytes)?|(Unmerged))\s*$/;

/**
 * Finds the last diffstat of a text: rows directly above ` N files changed`.
 * Counts are exact only where the graph is not scaled to the width of the line; else `added` and `deleted` are null.
 */
export function parseDiffstat(text: string): Diffstat | null {
  for (let end = text.length; end > 0;) {
    const start = text.lastIndexOf("\n", end - 1) + 1;
    const summary = text.startsWith(" ", start) ? summaryLine.exec(text.slice(start, end)) : null;
    if (summary) {
      const total = { files: Number(summary[1]), added: Number(summary[2] ?? 0), deleted: Number(summary[3] ?? 0) };
      const rows = rowsAbove(text, start);
      return { files: withTotals(rows.files, total), total, start: rows.start, end };
    }
    end = start - 1;
  }
  return null;
}

function rowsAbove(text: string, from: number): { files: TouchedFile[]; start: number } {
  const files: TouchedFile[] = [];
  let start = from;
  while (start > 0) {
    const lineStart = text.lastIndexOf("\n", start - 2) + 1;
    if (!text.startsWith(" ", lineStart)) break;
    const match = row.exec(text.slice(lineStart, start - 1));
    if (!match) break;
    files.push(touchedFile(match));
    start = lineStart;
  }
  return { files: files.reverse(), start };
}

function touchedFile(match: RegExpExecArray): TouchedFile {
  const names = parseDiffstatPath(match[1] ?? "");
  if (match[2] === undefined) return { ...names, changed: null, added: null, deleted: null };
  const changed = Number(match[2]);
  const added = match[3]?.length ?? 0;
  const deleted = match[4]?.length ?? 0;
  const exact = added + deleted === changed;
  return { ...names, changed, added: exact ? added : null, deleted: exact ? deleted : null };
}

/** The total of a single file is that file's count, even where its graph is scaled. */
function withTotals(files: TouchedFile[], total: Diffstat["total"]): TouchedFile[] {
  const only = files[0];
  if (files.length !== 1 || !only || only.changed !== total.added + total.deleted) return files;
  return [{ ...only, added: total.added, deleted: total.deleted }];
}

/** The names a diffstat prints: plain, quoted as C strings, or a rename `a/{b => c}/d`. */
export function parseDiffstatPath(printed: string): { path: string; oldPath?: string } {
  const text = unquotePath(printed.trim());
  const braces = /^(.*?)\{(.*) => (.*)\}(.*)$/s.exec(text);
  if (braces) {
    const [, head = "", before = "", after = "", tail = ""] = braces;
    // An empty side leaves two slashes where git means one: `a/{ => b}/c`.
    const joined = (middle: string): string => head + (middle ? middle + tail : tail.replace(/^\//, ""));
    return { path: joined(after), oldPath: joined(before) };
  }
  const arrow = text.indexOf(" => ");
  if (arrow > 0) return { path: unquotePath(text.slice(arrow + 4)), oldPath: unquotePath(text.slice(0, arrow)) };
  return { path: text };
}

/** Undoes git's quoting of unusual names: `"a\303\244\tb"`, octal bytes read as UTF-8. */
export function unquotePath(name: string): string {
  if (!name.startsWith('"') || !name.endsWith('"') || name.length < 2) return name;
  const escapes: Record<string, number> = { a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13 };
  const bytes: number[] = [];
  for (const [, octal, escaped, plain] of name.slice(1, -1).matchAll(/\\([0-7]{3})|\\(.)|([^\\]+)/gs)) {
    if (octal !== undefined) bytes.push(parseInt(octal, 8) & 0xff);
    else if (escaped !== undefined) bytes.push(escapes[escaped] ?? escaped.charCodeAt(0));
    else bytes.push(...new TextEncoder().encode(plain));
  }
  return new TextDecoder().decode(new Uint8Array(bytes));
}
