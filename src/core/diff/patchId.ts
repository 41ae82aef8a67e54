/** Two keys that are equal for equal changes: `git patch-id --stable`, and a quicker one for assembling series. */
import { bytesOfRaw } from "../mail/charset";
import { afterLine } from "../text";
import { type FileDiff, findDiff } from "./diff";

/** A line that begins the next commit, or a commit's id alone. */
const nextCommit = /(?:diff-tree |commit |From )?[0-9a-f]{40}/y;
const spans = /@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))?/y;
const blobs = /index ([0-9a-f]+)\.\.([0-9a-f]+)/y;
/** The line `\ No newline at end of file` does not count, in any language; no translation is shorter than this. */
const shortestNoNewline = 12;

const tab = 9;
const lineFeed = 10;
const carriageReturn = 13;
const space = 32;
const plus = 43;
const minus = 45;

/**
 * The id of the first patch in a text, as `git patch-id --stable` computes it, 40 hex digits. Null where there is no patch, or only
 * one without a `diff` line, which git does not recognise. The message is not searched for a diff.
 *
 * @param text the exact text, see charset.ts, since the id is computed from bytes
 * @param sha1 the hash function; core has none
 */
export function patchId(text: string, sha1: (bytes: Uint8Array) => Uint8Array): string | null {
  const found = findDiff(text, 0);
  const start = found < 0 || text.startsWith("diff ", found) ? found : text.indexOf("\ndiff ", found) + 1;
  if (start < 0 || !text.startsWith("diff ", start)) return null;
  const sum = new Uint8Array(20);
  // The pieces of the current file that count; white space is removed from all of them at once.
  let pieces: string[] = [];
  let from = start;
  let at = start;
  // Lines of the hunk that are left, as git counts them; -1 in the headers of a file.
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
      // Git leaves out the line that begins the next file too.
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

/** Removes what git takes for white space, in place. */
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

/** Hex digits of a key: enough that no two patches of a list share one by chance. */
const keyDigits = 20;

/**
 * A key for a change when series are assembled: a hash of the names of the files and the lines of the hunks, without their line
 * numbers. Unlike `git patch-id` it includes white space; it takes a tenth of the time.
 *
 * @param text the text that the files were read from
 * @param hash the hash function, which returns hex digits; core has none
 * @returns null where nothing but names or modes change
 */
export function diffKey(text: string, files: readonly FileDiff[], hash: (text: string) => string): string | null {
  let changed = "";
  let count = 0;
  for (const { path, hunks } of files) {
    changed += `${path}\n`;
    for (const { start, end } of hunks) {
      // The `@@` line is left out.
      changed += text.slice(text.indexOf("\n", start) + 1, end);
      count++;
    }
  }
  return count === 0 ? null : hash(changed).slice(0, keyDigits);
}
