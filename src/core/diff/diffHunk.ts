/** The lines of a hunk, taken by the counts of its `@@` line, and what is wrong with them. */
import { afterLine } from "./diffStart";

/** Lines in a row that belong to no hunk; a wrapped line leaves one or two. */
const strayLimit = 5;

const lineFeed = 10;
const space = 32;
const plus = 43;
const minus = 45;
const backslash = 92;

export interface HunkLines {
  readonly end: number;
  readonly added: number;
  readonly deleted: number;
  /** It ends before its counts are used up. */
  readonly isShort: boolean;
  /** Lines stand in it that can be no part of it. */
  readonly hasStrays: boolean;
  /** Changed lines follow that the counts leave out. */
  readonly goesOn: boolean;
}

/** Takes lines until the counts are used up. A line that can be none of them is the rest of a wrapped one, or the end. */
export function readHunkLines(text: string, from: number, oldLines: number, newLines: number): HunkLines {
  let at = from;
  let end = from;
  let oldLeft = oldLines;
  let newLeft = newLines;
  let added = 0;
  let deleted = 0;
  let strays = 0;
  let hasStrays = false;
  /** The last line taken that could be a signature, and how many lines had changed with it. */
  let signature = -1;
  let changedThen = 0;
  while ((oldLeft > 0 || newLeft > 0) && at < text.length) {
    const code = text.charCodeAt(at);
    if (code === plus && newLeft > 0) {
      newLeft--;
      added++;
    } else if (code === minus && oldLeft > 0) {
      oldLeft--;
      deleted++;
      if (isSignature(text, at)) {
        signature = at;
        changedThen = added + deleted;
      }
    } else if ((code === space || code === lineFeed) && oldLeft > 0 && newLeft > 0) {
      oldLeft--;
      newLeft--;
    } else if (code !== backslash) {
      const isTail = signature >= 0 && changedThen === added + deleted;
      if (isTail || startsNext(text, at) || ++strays > strayLimit) break;
      hasStrays = true;
      at = afterLine(text, at);
      continue;
    }
    strays = 0;
    const lineEnd = text.indexOf("\n", at);
    end = at = lineEnd < 0 ? text.length : lineEnd + 1;
  }
  const isShort = oldLeft > 0 || newLeft > 0;
  if (isShort && signature >= 0 && changedThen === added + deleted) {
    // The hunk ends early, and the signature below it was taken for the removal of a line `- `.
    return { end: signature, added, deleted: deleted - 1, isShort, hasStrays, goesOn: false };
  }
  const header = isShort ? headerAbove(text, end) : -1;
  if (header >= from) return { end: header, added: added - 1, deleted: deleted - 1, isShort, hasStrays, goesOn: false };
  if (end < text.length && text.charCodeAt(end) === backslash) end = afterLine(text, end);
  return { end, added, deleted, isShort, hasStrays, goesOn: !isShort && isMoreOfHunk(text, end) };
}

/** `-- `, with or without its space, which mailers and editors take off. */
function isSignature(text: string, at: number): boolean {
  return (
    at + 1 < text.length &&
    text.charCodeAt(at + 1) === minus &&
    (text.startsWith("-- \n", at) || text.startsWith("--\n", at) || at + 3 >= text.length)
  );
}

function startsNext(text: string, at: number): boolean {
  return text.startsWith("@@ -", at) || text.startsWith("diff --git ", at) || text.startsWith("Index: ", at);
}

/** Where the two header lines of a plain diff begin that were taken for changed lines of a hunk that ends early; else -1. */
function headerAbove(text: string, end: number): number {
  if (!text.startsWith("@@ -", end) || end < 2) return -1;
  const plusLine = text.lastIndexOf("\n", end - 2) + 1;
  const minusLine = plusLine < 2 ? -1 : text.lastIndexOf("\n", plusLine - 2) + 1;
  return minusLine >= 0 && text.startsWith("+++ ", plusLine) && text.startsWith("--- ", minusLine) ? minusLine : -1;
}

/** Whether changed lines follow that the counts leave out. */
function isMoreOfHunk(text: string, at: number): boolean {
  if (at + 1 >= text.length) return false;
  const code = text.charCodeAt(at);
  return code === plus || (code === minus && text.charCodeAt(at + 1) !== minus);
}
