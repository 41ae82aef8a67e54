/** What a change consists of, to tell whether a commit is a patch, was made of it, or only has its name. */
import { bytesOfRaw } from "../mail/charset";
import { type FileDiff, readDiff } from "./diff";
import { patchId } from "./patchId";

export interface ChangeContent {
  /** As `git patch-id --stable` computes it; null where the text has no diff that git recognises. */
  readonly patchId: string | null;
  /**
   * A key for each line that is added or removed, by file and sign and without white space, sorted; neither context nor line numbers
   * count. Null where there are too many to compare.
   */
  readonly lines: readonly string[] | null;
}

/** Lines of a change that are compared; no patch that people review is longer. */
const mostLines = 20_000;
/** Hex digits of a key: enough that nobody finds two lines with the same one. */
const keyDigits = 20;

/**
 * Reads the first change in a text.
 *
 * @param text the exact text of a patch, see charset.ts: from a mail or from git
 * @param sha1 the hash function; core has none
 */
export function changeContent(text: string, sha1: (bytes: Uint8Array) => Uint8Array): ChangeContent {
  const lines: string[] = [];
  for (const file of readDiff(text).files) {
    for (const line of changedLines(text, file)) {
      if (lines.length === mostLines) return { patchId: patchId(text, sha1), lines: null };
      const hash = sha1(bytesOfRaw(`${file.path}\n${line}`));
      lines.push(Array.from(hash.subarray(0, keyDigits / 2), (byte) => byte.toString(16).padStart(2, "0")).join(""));
    }
  }
  return { patchId: patchId(text, sha1), lines: lines.sort() };
}

function* changedLines(text: string, { hunks }: FileDiff): Generator<string> {
  for (const { start, end } of hunks) {
    for (let at = text.indexOf("\n", start) + 1; at > 0 && at < end;) {
      const next = text.indexOf("\n", at);
      const stop = next < 0 || next > end ? end : next;
      const sign = text[at];
      // An empty line that is added or removed says nothing about what is done.
      const line = sign === "+" || sign === "-" ? text.slice(at, stop).replace(/\s+/g, "") : "";
      if (line.length > 1) yield line;
      at = stop + 1;
    }
  }
}

/** Whether two changes add and remove the same lines; false where nothing can be compared. */
export function hasSameLines(a: ChangeContent | null, b: ChangeContent | null): boolean {
  if (!a?.lines || !b?.lines || a.lines.length === 0 || a.lines.length !== b.lines.length) return false;
  return a.lines.every((line, at) => line === b.lines?.[at]);
}

/** The part of the longer of two changes that both have, from 0 to 1; null where nothing can be compared. */
export function sharedPart(a: ChangeContent | null, b: ChangeContent | null): number | null {
  if (!a?.lines || !b?.lines || a.lines.length === 0 || b.lines.length === 0) return null;
  let shared = 0;
  for (let [at, other] = [0, 0]; at < a.lines.length && other < b.lines.length;) {
    const [first = "", second = ""] = [a.lines[at], b.lines[other]];
    if (first === second) shared++;
    if (first <= second) at++;
    if (second <= first) other++;
  }
  return shared / Math.max(a.lines.length, b.lines.length);
}
