/**
 * Reads the diffs in a mail. The counts in the `@@` lines say where a hunk ends, so a removed line that looks like a header
 * stays a removed line and a signature never becomes one. Mail that was damaged on its way is read as far as it tells.
 */
import { afterLine, lineFrom, lineStart, ownCopy } from "../text";
import { gitLineNames, sideName, type SideNames, withoutPrefixes } from "./diffPath";

export interface DiffHunk {
  readonly oldStart: number;
  readonly oldLines: number;
  readonly newStart: number;
  readonly newLines: number;
  /** What stands behind the second `@@`: the function the hunk is in. */
  readonly heading: string;
  /** Its place in the text, from `@@` on. */
  readonly start: number;
  readonly end: number;
}

export interface FileDiff {
  /** The new name; the old one of a deleted file. */
  readonly path: string;
  /** The old name of a rename or copy. */
  readonly oldPath?: string;
  readonly change: "modified" | "new" | "deleted" | "renamed" | "copied";
  readonly oldMode: string | null;
  readonly newMode: string | null;
  /** Abbreviated as the diff has it; null where there is none. */
  readonly oldBlob: string | null;
  readonly newBlob: string | null;
  readonly binary: boolean;
  readonly added: number;
  readonly deleted: number;
  readonly hunks: readonly DiffHunk[];
  readonly start: number;
  readonly end: number;
  /** Its hunks do not have the lines they say they have: wrapped or cut on the way. */
  readonly mangled: boolean;
}

export interface Diff {
  readonly files: readonly FileDiff[];
  /** Where the first file begins and the last one ends; both the length of the text where there is no file. */
  readonly start: number;
  readonly end: number;
  readonly problems: readonly string[];
}

/** More than enough to see what happened to a patch. */
const problemLimit = 20;

interface OpenDiff extends OpenFile {
  readonly hunks: DiffHunk[];
}

/** Reads every diff in a text, whatever stands before, between and behind them. Never throws. */
export function readDiff(text: string): Diff {
  const reading: DiffReading = { text, at: 0, problems: [] };
  const files: FileDiff[] = [];
  const find = diffFinder(text);
  for (let start = find(0); start >= 0; start = text.startsWith("diff --git ", reading.at) ? reading.at : find(reading.at)) {
    reading.at = start;
    const file = readFile(reading, find);
    if (file) files.push(file);
  }
  return { files, start: files[0]?.start ?? text.length, end: files.at(-1)?.end ?? text.length, problems: reading.problems };
}

function readFile(reading: DiffReading, find: (from: number) => number): FileDiff | null {
  const { text } = reading;
  const file: OpenDiff = { ...openFile(reading.at), hunks: [] };
  if (text.startsWith("diff --git ", reading.at)) readGitLine(reading, file);
  else while (!text.startsWith("--- ", reading.at)) reading.at = afterLine(text, reading.at);
  readHeaderLines(reading, file);
  readHunks(reading, file, find);
  const read = closeFile(reading, file, "");
  if (read.path !== "") return read;
  addProblem(reading, "A file of the diff has no name.");
  return null;
}

function readHunks(reading: DiffReading, file: OpenDiff, find: (from: number) => number): void {
  const { text } = reading;
  while (text.startsWith("@@ -", reading.at)) {
    if (!readHunk(reading, file)) break;
    if (!file.mangled || text.startsWith("@@ -", reading.at)) continue;
    // Behind a damaged hunk there may be more of the same file, after lines that nobody can place.
    const next = lineStart(text, "\n@@ -", reading.at - 1);
    const other = find(reading.at);
    if (next >= 0 && (other < 0 || next < other)) reading.at = next;
  }
}

/** Reads the diff of one file, whose first lines may be missing; `path` is its name where it does not tell one. */
export function readFileDiff(text: string, path: string): FileDiff {
  const reading: DiffReading = { text, at: 0, problems: [] };
  const file: OpenDiff = { ...openFile(0), hunks: [] };
  if (text.startsWith("diff --git ")) readGitLine(reading, file);
  readHeaderLines(reading, file);
  readHunks(reading, file, () => -1);
  return closeFile(reading, file, path);
}

const digitZero = 48;

/** Where reading a number left off; a function can give back only one of the two. */
let numberEnd = 0;

/** A number of at most nine digits; -1 where none stands. */
function readNumber(text: string, from: number): number {
  let value = 0;
  let at = from;
  for (const end = Math.min(from + 9, text.length); at < end; at++) {
    const digit = text.charCodeAt(at) - digitZero;
    if (!(digit >= 0 && digit <= 9)) break;
    value = value * 10 + digit;
  }
  numberEnd = at;
  return at === from ? -1 : value;
}

/** `12,3`, or `12` for one line. */
function readSpan(text: string, from: number): readonly [start: number, lines: number] {
  const start = readNumber(text, from);
  const lines = start >= 0 && text.startsWith(",", numberEnd) ? readNumber(text, numberEnd + 1) : 1;
  return [start, lines];
}

/** Reads a hunk; false where the line is none after all. */
function readHunk(reading: DiffReading, file: OpenDiff): boolean {
  const { text } = reading;
  const start = reading.at;
  const [oldStart, oldLines] = readSpan(text, start + "@@ -".length);
  const isOpen = text.startsWith(" +", numberEnd);
  const [newStart, newLines] = isOpen ? readSpan(text, numberEnd + 2) : [-1, -1];
  if (oldStart < 0 || oldLines < 0 || newStart < 0 || newLines < 0 || !text.startsWith(" @@", numberEnd)) {
    file.mangled = true;
    return false;
  }
  const next = text.indexOf("\n", numberEnd);
  const headerEnd = next < 0 ? text.length : next;
  const heading = text.slice(numberEnd + " @@".length, headerEnd).trim();
  const body = readHunkBody(text, Math.min(headerEnd + 1, text.length), oldLines, newLines);
  file.added += body.added;
  file.deleted += body.deleted;
  if (body.isShort || body.hasStrays || body.goesOn) {
    file.mangled = true;
    addProblem(reading, `Hunk ${file.hunks.length + 1} of ${nameOf(file)} ${damage(body)}.`);
  }
  file.hunks.push({ oldStart, oldLines, newStart, newLines, heading, start, end: body.end });
  reading.at = body.end;
  return true;
}

function damage({ isShort, hasStrays }: HunkBody): string {
  if (isShort) return "is shorter than it says";
  return hasStrays ? "has wrapped lines" : "goes on longer than it says";
}

function addProblem({ problems }: DiffReading, problem: string): void {
  if (problems.length < problemLimit) problems.push(problem);
  else if (problems.length === problemLimit) problems.push("More hunks are damaged.");
}

function nameOf(file: OpenDiff): string {
  return file.sides?.new ?? file.sides?.old ?? file.gitLine ?? "a file";
}

function closeFile(reading: DiffReading, file: OpenDiff, fallback: string): FileDiff {
  const names = sideNamesOf(file);
  const path = names.new ?? names.old ?? fallback;
  const oldPath = file.renamedFrom !== null && names.old !== null && names.old !== path ? ownCopy(names.old) : undefined;
  const { oldMode, newMode, oldBlob, newBlob, binary, added, deleted, hunks, start, mangled } = file;
  return {
    path: ownCopy(path),
    ...(oldPath === undefined ? {} : { oldPath }),
    change: oldPath === undefined ? changeOf(file, names) : file.copied ? "copied" : "renamed",
    oldMode,
    newMode,
    oldBlob,
    newBlob,
    binary,
    added,
    deleted,
    hunks,
    start,
    end: hunks.at(-1)?.end ?? reading.at,
    mangled,
  };
}

// The lines of a diff between the beginning of a file and its first hunk: names, modes, what happened to it.

const minusSign = 45;
const atSign = 64;

/** What is known of a file while its diff is read. */
export interface OpenFile {
  start: number;
  gitLine: string | null;
  sides: SideNames | null;
  renamedFrom: string | null;
  renamedTo: string | null;
  copied: boolean;
  isNew: boolean;
  isDeleted: boolean;
  oldMode: string | null;
  newMode: string | null;
  oldBlob: string | null;
  newBlob: string | null;
  binary: boolean;
  added: number;
  deleted: number;
  mangled: boolean;
}

export interface DiffReading {
  readonly text: string;
  at: number;
  readonly problems: string[];
}

export function openFile(start: number): OpenFile {
  return {
    start,
    gitLine: null,
    sides: null,
    renamedFrom: null,
    renamedTo: null,
    copied: false,
    isNew: false,
    isDeleted: false,
    oldMode: null,
    newMode: null,
    oldBlob: null,
    newBlob: null,
    binary: false,
    added: 0,
    deleted: 0,
    mangled: false,
  };
}

/** Reads the line of `diff --git`, which some mailers wrap between the names. */
export function readGitLine(reading: DiffReading, file: OpenFile): void {
  const { text } = reading;
  file.gitLine = lineFrom(text, reading.at).slice("diff --git ".length);
  reading.at = afterLine(text, reading.at);
  if (!text.startsWith("b/", reading.at)) return;
  file.gitLine += " " + lineFrom(text, reading.at);
  file.mangled = true;
  reading.at = afterLine(text, reading.at);
}

/** Reads up to the first hunk, the next file or whatever is no header. */
export function readHeaderLines(reading: DiffReading, file: OpenFile): void {
  const { text } = reading;
  while (reading.at < text.length) {
    const first = text.charCodeAt(reading.at);
    if (first === atSign) return;
    if (first === minusSign) {
      const plusLine = afterLine(text, reading.at);
      if (!text.startsWith("--- ", reading.at) || !text.startsWith("+++ ", plusLine)) return;
      file.sides = { old: sideName(lineFrom(text, reading.at + 4)), new: sideName(lineFrom(text, plusLine + 4)) };
      reading.at = afterLine(text, plusLine);
      return;
    }
    const line = lineFrom(text, reading.at);
    if (line === "GIT binary patch") {
      file.binary = true;
      reading.at = afterBinaryPatch(text, afterLine(text, reading.at));
      return;
    }
    if (!readExtendedLine(line, file)) return;
    reading.at = afterLine(text, reading.at);
  }
}

const indexLine = /^index ([0-9a-f]+)\.\.([0-9a-f]+)(?: ([0-7]{6}))?\s*$/;
const noBlob = /^0+$/;

/** One of the lines git adds between `diff --git` and the hunks; false for any other. */
function readExtendedLine(line: string, file: OpenFile): boolean {
  if (line.startsWith("index ")) {
    const match = indexLine.exec(line);
    if (!match) return false;
    const [, oldBlob = "", newBlob = "", mode] = match;
    file.oldBlob = noBlob.test(oldBlob) ? null : oldBlob;
    file.newBlob = noBlob.test(newBlob) ? null : newBlob;
    if (mode !== undefined) file.oldMode = file.newMode = mode;
  } else if (line.startsWith("new file mode ")) {
    file.isNew = true;
    file.newMode = line.slice("new file mode ".length).trim();
  } else if (line.startsWith("deleted file mode ")) {
    file.isDeleted = true;
    file.oldMode = line.slice("deleted file mode ".length).trim();
  } else if (line.startsWith("old mode ")) file.oldMode = line.slice("old mode ".length).trim();
  else if (line.startsWith("new mode ")) file.newMode = line.slice("new mode ".length).trim();
  else if (line.startsWith("rename from ")) file.renamedFrom = sideName(line.slice("rename from ".length));
  else if (line.startsWith("rename to ")) file.renamedTo = sideName(line.slice("rename to ".length));
  else if (line.startsWith("copy from ")) {
    file.copied = true;
    file.renamedFrom = sideName(line.slice("copy from ".length));
  } else if (line.startsWith("copy to ")) file.renamedTo = sideName(line.slice("copy to ".length));
  else if (line.startsWith("Binary files ")) file.binary = true;
  else return line.startsWith("similarity index ") || line.startsWith("dissimilarity index ");
  return true;
}

/** Skips the blocks of a binary patch, each `literal` or `delta`, lines of letters, an empty line. */
function afterBinaryPatch(text: string, from: number): number {
  let at = from;
  while (text.startsWith("literal ", at) || text.startsWith("delta ", at)) {
    const end = text.indexOf("\n\n", at);
    if (end < 0) return text.length;
    at = end + 2;
  }
  return at;
}

/** What happened to a file that was not moved. */
export function changeOf({ isNew, isDeleted, sides }: OpenFile, names: SideNames): "modified" | "new" | "deleted" {
  if (isNew || (sides && names.old === null)) return "new";
  return isDeleted || (sides && names.new === null) ? "deleted" : "modified";
}

/** Renames are named without prefixes; else what stands on `---` and `+++` counts, else the line of `diff --git`. */
export function sideNamesOf({ renamedFrom, renamedTo, sides, gitLine }: OpenFile): SideNames {
  if (renamedTo !== null) return { old: renamedFrom, new: renamedTo };
  if (sides?.old?.startsWith("a/") && sides.new?.startsWith("b/")) return { old: sides.old.slice(2), new: sides.new.slice(2) };
  const both = gitLine === null ? null : gitLineNames(gitLine);
  if (!sides) return both ? withoutPrefixes(both) : { old: null, new: null };
  const stripped = withoutPrefixes(both && (sides.old === null || sides.new === null) ? both : sides);
  return { old: sides.old === null ? null : stripped.old, new: sides.new === null ? null : stripped.new };
}

// The lines of a hunk, taken by the counts of its `@@` line, and what is wrong with them.

/** Lines in a row that belong to no hunk; a wrapped line leaves one or two. */
const strayLimit = 5;

const lineFeed = 10;
const space = 32;
const plus = 43;
const minus = 45;
const backslash = 92;

export interface HunkBody {
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
export function readHunkBody(text: string, from: number, oldLines: number, newLines: number): HunkBody {
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

// Finds where diffs begin in the text of a mail.

/** Where the first diff at or behind a line begins; -1 where there is none. Quoted diffs are none. */
export function findDiff(text: string, from: number): number {
  return diffFinder(text)(from);
}

/** Looks for diffs from places that only grow; what was found farther on is kept, so that no text is searched twice. */
export function diffFinder(text: string): (from: number) => number {
  const none = text.length + 1;
  let git = -1;
  let plain = -1;
  return (from) => {
    if (git < from) git = findGitLine(text, from) ?? none;
    if (plain < from) plain = findPlainHeader(text, from) ?? none;
    const first = Math.min(git, plain);
    return first === none ? -1 : first;
  };
}

function findGitLine(text: string, from: number): number | null {
  const mark = "\ndiff --git ";
  for (let at = text.startsWith("diff --git ", from) ? from : lineStart(text, mark, from); at >= 0; at = lineStart(text, mark, at)) {
    if (isGitHeader(text, at)) return at;
  }
  return null;
}

const gitHeaderLine =
  /(?:index [0-9a-f]|--- |old mode |new (?:file )?mode |deleted file mode |similarity index |dissimilarity index |rename |copy |Binary files |GIT binary patch|diff --git )/y;

/** One name twice can be nothing else, whatever was cut off below it. */
const sameNames = /^diff --git a\/(\S{1,500}) b\/\1\s*$/;

/** Someone may write about `diff --git`; what git prints is followed by more of its lines, sometimes after a wrapped name. */
function isGitHeader(text: string, at: number): boolean {
  let line = afterLine(text, at);
  if (text.startsWith("b/", line)) line = afterLine(text, line);
  gitHeaderLine.lastIndex = line;
  return gitHeaderLine.test(text) || sameNames.test(lineFrom(text, at));
}

/** `--- name`, `+++ name`, `@@`: what every unified diff begins with. */
function findPlainHeader(text: string, from: number): number | null {
  for (let plusLine = lineStart(text, "\n+++ ", from); plusLine >= 0; plusLine = lineStart(text, "\n+++ ", plusLine)) {
    const minusLine = text.lastIndexOf("\n", plusLine - 2) + 1;
    if (minusLine < from || !text.startsWith("--- ", minusLine) || !text.startsWith("@@ -", afterLine(text, plusLine))) continue;
    return plainStart(text, minusLine, from);
  }
  return null;
}

/** Tools print lines of their own in front of `---`; git ends the message at them. */
const toolLine = /(?:Index: |diff -|RCS file: )/y;
/** Lines that say nothing unless one of those stands above them. */
const ruleLine = /(?:={20}|retrieving revision )/y;
const toolLines = 5;

function plainStart(text: string, minusLine: number, from: number): number {
  let start = minusLine;
  let line = minusLine;
  for (let count = 0; count < toolLines && line > from; count++) {
    line = line >= 2 ? text.lastIndexOf("\n", line - 2) + 1 : 0;
    toolLine.lastIndex = ruleLine.lastIndex = line;
    if (line < from) break;
    if (toolLine.test(text)) start = line;
    else if (!ruleLine.test(text)) break;
  }
  return start;
}
