/**
 * Reads the diffs in a mail. The counts in the `@@` lines say where a hunk ends, so a removed line that looks like a header
 * stays a removed line and a signature never becomes one. Mail that was damaged on its way is read as far as it tells.
 */
import { changeOf, namesOf, openFile, readGitLine, readHeaderLines, type OpenFile, type Reading } from "./diffHeader";
import { readHunkLines, type HunkLines } from "./diffHunk";
import { afterLine, diffFinder, lineStart } from "./diffStart";
import { ownCopy } from "../memory/ownCopy";

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
  const reading: Reading = { text, at: 0, problems: [] };
  const files: FileDiff[] = [];
  const find = diffFinder(text);
  for (let start = find(0); start >= 0; start = text.startsWith("diff --git ", reading.at) ? reading.at : find(reading.at)) {
    reading.at = start;
    const file = readFile(reading, find);
    if (file) files.push(file);
  }
  return { files, start: files[0]?.start ?? text.length, end: files.at(-1)?.end ?? text.length, problems: reading.problems };
}

function readFile(reading: Reading, find: (from: number) => number): FileDiff | null {
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

function readHunks(reading: Reading, file: OpenDiff, find: (from: number) => number): void {
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
  const reading: Reading = { text, at: 0, problems: [] };
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
function readHunk(reading: Reading, file: OpenDiff): boolean {
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
  const body = readHunkLines(text, Math.min(headerEnd + 1, text.length), oldLines, newLines);
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

function damage({ isShort, hasStrays }: HunkLines): string {
  if (isShort) return "is shorter than it says";
  return hasStrays ? "has wrapped lines" : "goes on longer than it says";
}

function addProblem({ problems }: Reading, problem: string): void {
  if (problems.length < problemLimit) problems.push(problem);
  else if (problems.length === problemLimit) problems.push("More hunks are damaged.");
}

function nameOf(file: OpenDiff): string {
  return file.sides?.new ?? file.sides?.old ?? file.gitLine ?? "a file";
}

function closeFile(reading: Reading, file: OpenDiff, fallback: string): FileDiff {
  const names = namesOf(file);
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
