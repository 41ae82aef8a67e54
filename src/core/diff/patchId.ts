/** What tells equal changes: `git patch-id --stable`, and the quicker key by which series are assembled. */
import { bytesOfRaw } from "../mail/charset";
import { afterLine } from "../text";
import { type FileDiff, findDiff } from "./diff";

/** A line that begins the next commit, or a commit's id alone. */
const nextCommit = /(?:diff-tree |commit |From )?[0-9a-f]{40}/y;
const spans = /@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))?/y;
const blobs = /index ([0-9a-f]+)\.\.([0-9a-f]+)/y;
/** `\ No newline at end of file` counts for nothing, in any language; a shorter line cannot be it. */
const shortestNoNewline = 12;

const tab = 9;
const lineFeed = 10;
const carriageReturn = 13;
const space = 32;
const plus = 43;
const minus = 45;

/**
 * The id of the first patch in a text, 40 hex digits; null where there is none, or none that git would take for one because
 * no `diff` line begins it. It begins where the diff does: what the message says of a `diff` is not looked at.
 *
 * @param text one character for each byte, see exactText.ts: the id is that of the bytes
 * @param sha1 the hash function, which core has none of
 */
export function patchId(text: string, sha1: (bytes: Uint8Array) => Uint8Array): string | null {
  const found = findDiff(text, 0);
  const start = found < 0 || text.startsWith("diff ", found) ? found : text.indexOf("\ndiff ", found) + 1;
  if (start < 0 || !text.startsWith("diff ", start)) return null;
  const sum = new Uint8Array(20);
  // What counts of the file at hand; white space is taken out of all of it at once.
  let pieces: string[] = [];
  let from = start;
  let at = start;
  // Lines left of a hunk, as git counts them; -1 among the headers of a file.
  let before = -1;
  let after = -1;
  let isBinary = false;
  let hunks = 0;
  let blobNames = "";
  const leaveOut = (line: number, next: number): void => {
    if (line > from) pieces.push(text.slice(from, line));
    from = next;
  };
  const flush = (): void => {
    addHash(sum, sha1(withoutBlanks(bytesOfRaw(pieces.join("")))));
    pieces = [];
  };
  let next: number;
  for (; at < text.length; at = next) {
    next = afterLine(text, at);
    const code = text.charCodeAt(at);
    if (code !== space && code !== plus && code !== minus) {
      nextCommit.lastIndex = at;
      if (nextCommit.test(text)) break;
      if (text.startsWith("\\ ", at) && next - at > shortestNoNewline) {
        leaveOut(at, next);
        continue;
      }
    }
    if (before === -1) {
      if (text.startsWith("GIT binary patch", at) || text.startsWith("Binary files", at)) {
        leaveOut(at, next);
        isBinary = true;
        before = 0;
        pieces.push(blobNames);
        flush();
        continue;
      }
      if (text.startsWith("index ", at)) {
        blobs.lastIndex = at;
        blobNames = blobs.exec(text)?.slice(1).join("") ?? "";
        leaveOut(at, next);
        continue;
      }
      if (text.startsWith("--- ", at)) before = after = 1;
      else if (!/[A-Za-z]/.test(text[at] ?? "")) break;
    }
    if (isBinary) {
      if (text.startsWith("diff ", at)) {
        isBinary = false;
        before = -1;
      }
      // As git has it, the line that begins the next file is left out too.
      leaveOut(at, next);
      continue;
    }
    if (before === 0 && after === 0) {
      if (text.startsWith("@@ -", at)) {
        spans.lastIndex = at;
        const match = spans.exec(text);
        before = Number(match?.[1] ?? 1);
        after = Number(match?.[2] ?? 1);
        hunks++;
        leaveOut(at, next);
        continue;
      }
      if (!text.startsWith("diff ", at)) break;
      leaveOut(at, at);
      if (hunks > 0) flush();
      before = after = -1;
      hunks = 0;
    }
    if (code === minus || code === space) before--;
    if (code === plus || code === space) after--;
  }
  leaveOut(at, at);
  flush();
  return Array.from(sum, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Takes out what git calls white space, in place. */
function withoutBlanks(bytes: Uint8Array): Uint8Array {
  let length = 0;
  for (const byte of bytes) {
    if (byte > space || (byte !== space && byte !== tab && byte !== lineFeed && byte !== carriageReturn)) bytes[length++] = byte;
  }
  return bytes.subarray(0, length);
}

/** Adds two hashes as numbers, lowest byte first, so that the order of the files does not matter. */
function addHash(sum: Uint8Array, hash: Uint8Array): void {
  let carry = 0;
  for (let at = 0; at < sum.length; at++) {
    carry += (sum[at] ?? 0) + (hash[at] ?? 0);
    sum[at] = carry & 0xff;
    carry >>= 8;
  }
}

// A name for what a diff changes, equal for equal hunks whatever stands around them.

/** Digits kept: of a list's patches no two have the same by chance. */
const keyDigits = 20;

/**
 * Tells equal changes from others when series are assembled: names of the files and the hunks without their places. Unlike
 * `git patch-id` it minds white space, and takes a tenth of the time.
 *
 * @param text what the files were read of
 * @param hash the hash function as hex digits, which core has none of
 * @returns null where nothing but names or modes change
 */
export function diffKey(text: string, files: readonly FileDiff[], hash: (text: string) => string): string | null {
  let changed = "";
  let count = 0;
  for (const { path, hunks } of files) {
    changed += `${path}\n`;
    for (const { start, end } of hunks) {
      // The line with the places is left out.
      changed += text.slice(text.indexOf("\n", start) + 1, end);
      count++;
    }
  }
  return count === 0 ? null : hash(changed).slice(0, keyDigits);
}
