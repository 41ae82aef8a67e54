/**
 * Reads the diffs in a mail. The counts in the `@@` lines say where a hunk ends, so a removed line that looks like a header
 * stays a removed line and a signature never becomes one. A diff that was damaged on its way is read as far as possible.
 */
import { afterLine, lineFrom, lineStart, ownCopy } from "../text";
import { sideName, sideNames, type SideNames } from "./diffPath";

export interface DiffHunk {
  readonly oldStart: number;
  readonly oldLines: number;
  readonly newStart: number;
  readonly newLines: number;
  /** The text behind the second `@@`: the function that the hunk is in. */
  readonly heading: string;
  /** The range of the text that it takes up, from its `@@` on. */
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
  /** Its hunks do not have the lines that their counts promise: the mail was wrapped or cut on its way. */
  readonly mangled: boolean;
}

export interface Diff {
  readonly files: readonly FileDiff[];
  /** Where the first file begins and the last one ends; both are the length of the text where there is no file. */
  readonly start: number;
  readonly end: number;
  readonly problems: readonly string[];
}

/** Reads every diff in a text, whatever is written before, between and behind them. Never throws. */
export function readDiff(text: string): Diff {
  const reader = new DiffReader(text);
  const files = reader.readAll();
  return { files, start: files[0]?.start ?? text.length, end: files.at(-1)?.end ?? text.length, problems: reader.problems };
}

/** Reads the diff of one file, whose first lines may be missing; `path` is its name where the diff does not tell one. */
export function readFileDiff(text: string, path = ""): FileDiff {
  return new DiffReader(text).readOne(path);
}

/** Where the first diff at or behind the beginning of a line starts; -1 where there is none. Quoted diffs do not count. */
export function findDiff(text: string, from: number): number {
  return new DiffFinder(text).next(from);
}

/** Problems that are kept of one text: more than enough to see what happened to a patch. */
const mostProblems = 20;

/** Reads one text from its beginning to its end. */
class DiffReader {
  readonly problems: string[] = [];
  readonly #text: string;
  readonly #finder: DiffFinder;
  /** Up to where the text has been read. */
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.#finder = new DiffFinder(text);
  }

  readAll(): FileDiff[] {
    const files: FileDiff[] = [];
    for (let start = this.#finder.next(0); start >= 0; start = this.#nextFile()) {
      this.#at = start;
      const file = this.#readFile("", true);
      if (file.path !== "") files.push(file);
      else this.#addProblem("A file of the diff has no name.");
    }
    return files;
  }

  readOne(path: string): FileDiff {
    return this.#readFile(path, false);
  }

  #nextFile(): number {
    return this.#text.startsWith(gitLine, this.#at) ? this.#at : this.#finder.next(this.#at);
  }

  /** @param isOneOfMany other files may follow, and lines of a tool may stand above `---` */
  #readFile(fallback: string, isOneOfMany: boolean): FileDiff {
    const start = this.#at;
    const header = this.#readHeader(isOneOfMany);
    const { hunks, added, deleted, isDamaged } = this.#readHunks(header, isOneOfMany);
    const names = namesOf(header);
    const path = names.new ?? names.old ?? fallback;
    const oldPath = header.renamedFrom !== null && names.old !== null && names.old !== path ? ownCopy(names.old) : undefined;
    const file: FileDiff = {
      path: ownCopy(path),
      change: oldPath === undefined ? changeOf(header, names) : header.isCopy ? "copied" : "renamed",
      oldMode: header.oldMode,
      newMode: header.newMode,
      oldBlob: header.oldBlob,
      newBlob: header.newBlob,
      binary: header.isBinary,
      added,
      deleted,
      hunks,
      start,
      end: hunks.at(-1)?.end ?? this.#at,
      mangled: header.isWrapped || isDamaged,
    };
    return oldPath === undefined ? file : { ...file, oldPath };
  }

  /** Reads up to the first hunk, the next file, or whatever else is no line of a header. */
  #readHeader(isOneOfMany: boolean): FileHeader {
    const text = this.#text;
    const header = emptyHeader();
    if (text.startsWith(gitLine, this.#at)) this.#readGitLine(header);
    else if (isOneOfMany) while (!text.startsWith("--- ", this.#at)) this.#at = afterLine(text, this.#at);
    while (this.#at < text.length) {
      const first = text.charCodeAt(this.#at);
      if (first === atSign) break;
      if (first === minus) {
        const plusLine = afterLine(text, this.#at);
        if (!text.startsWith("--- ", this.#at) || !text.startsWith("+++ ", plusLine)) break;
        header.sides = { old: sideName(lineFrom(text, this.#at + 4)), new: sideName(lineFrom(text, plusLine + 4)) };
        this.#at = afterLine(text, plusLine);
        break;
      }
      const line = lineFrom(text, this.#at);
      if (line === "GIT binary patch") {
        header.isBinary = true;
        this.#at = afterBinaryPatch(text, afterLine(text, this.#at));
        break;
      }
      if (!readExtendedLine(line, header)) break;
      this.#at = afterLine(text, this.#at);
    }
    return header;
  }

  /** Reads the line `diff --git`, which some mailers wrap between the names. */
  #readGitLine(header: FileHeader): void {
    header.gitNames = lineFrom(this.#text, this.#at).slice(gitLine.length);
    this.#at = afterLine(this.#text, this.#at);
    if (!this.#text.startsWith("b/", this.#at)) return;
    header.gitNames += " " + lineFrom(this.#text, this.#at);
    header.isWrapped = true;
    this.#at = afterLine(this.#text, this.#at);
  }

  #readHunks(header: FileHeader, isOneOfMany: boolean): FileHunks {
    const text = this.#text;
    const read: FileHunks = { hunks: [], added: 0, deleted: 0, isDamaged: header.isWrapped };
    while (text.startsWith("@@ -", this.#at)) {
      if (!this.#readHunk(read, header)) break;
      if (!read.isDamaged || text.startsWith("@@ -", this.#at)) continue;
      // Below a damaged hunk there may be more of the same file, after lines that belong nowhere.
      const hunk = lineStart(text, "\n@@ -", this.#at - 1);
      const file = isOneOfMany ? this.#finder.next(this.#at) : -1;
      if (hunk >= 0 && (file < 0 || hunk < file)) this.#at = hunk;
    }
    return read;
  }

  /** Reads a hunk; false where the line is no head of one after all. */
  #readHunk(read: FileHunks, header: FileHeader): boolean {
    const text = this.#text;
    const start = this.#at;
    hunkHead.lastIndex = start;
    const head = hunkHead.exec(text);
    if (!head) {
      read.isDamaged = true;
      return false;
    }
    const [{ length }, oldStart, oldLines = 1, newStart, newLines = 1] = head;
    const counts = { oldStart: Number(oldStart), oldLines: Number(oldLines), newStart: Number(newStart), newLines: Number(newLines) };
    const body = readHunkBody(text, afterLine(text, start + length), counts.oldLines, counts.newLines);
    read.added += body.added;
    read.deleted += body.deleted;
    if (body.isShort || body.hasStrays || body.goesOn) {
      read.isDamaged = true;
      const name = header.sides?.new ?? header.sides?.old ?? header.gitNames ?? "a file";
      this.#addProblem(`Hunk ${read.hunks.length + 1} of ${name} ${damageIn(body)}.`);
    }
    read.hunks.push({ ...counts, heading: lineFrom(text, start + length).trim(), start, end: body.end });
    this.#at = body.end;
    return true;
  }

  #addProblem(problem: string): void {
    if (this.problems.length < mostProblems) this.problems.push(problem);
    else if (this.problems.length === mostProblems) this.problems.push("More hunks are damaged.");
  }
}

const gitLine = "diff --git ";

// The lines of a file between `diff --git` and its first hunk: names, modes, and what happened to it.

interface FileHeader {
  /** The rest of the line `diff --git`. */
  gitNames: string | null;
  /** The line `diff --git` was wrapped between its names. */
  isWrapped: boolean;
  /** The names on the lines `---` and `+++`. */
  sides: SideNames | null;
  renamedFrom: string | null;
  renamedTo: string | null;
  isCopy: boolean;
  isNew: boolean;
  isDeleted: boolean;
  oldMode: string | null;
  newMode: string | null;
  oldBlob: string | null;
  newBlob: string | null;
  isBinary: boolean;
}

function emptyHeader(): FileHeader {
  return {
    gitNames: null,
    isWrapped: false,
    sides: null,
    renamedFrom: null,
    renamedTo: null,
    isCopy: false,
    isNew: false,
    isDeleted: false,
    oldMode: null,
    newMode: null,
    oldBlob: null,
    newBlob: null,
    isBinary: false,
  };
}

const indexLine = /^index ([0-9a-f]+)\.\.([0-9a-f]+)(?: ([0-7]{6}))?\s*$/;
const noBlob = /^0+$/;

/** Reads one of the lines that git writes between `diff --git` and the hunks; false for any other. */
function readExtendedLine(line: string, header: FileHeader): boolean {
  if (line.startsWith("index ")) {
    const match = indexLine.exec(line);
    if (!match) return false;
    const [, oldBlob = "", newBlob = "", mode] = match;
    header.oldBlob = noBlob.test(oldBlob) ? null : oldBlob;
    header.newBlob = noBlob.test(newBlob) ? null : newBlob;
    if (mode !== undefined) header.oldMode = header.newMode = mode;
  } else if (line.startsWith("new file mode ")) {
    header.isNew = true;
    header.newMode = line.slice("new file mode ".length).trim();
  } else if (line.startsWith("deleted file mode ")) {
    header.isDeleted = true;
    header.oldMode = line.slice("deleted file mode ".length).trim();
  } else if (line.startsWith("old mode ")) header.oldMode = line.slice("old mode ".length).trim();
  else if (line.startsWith("new mode ")) header.newMode = line.slice("new mode ".length).trim();
  else if (line.startsWith("rename from ")) header.renamedFrom = sideName(line.slice("rename from ".length));
  else if (line.startsWith("rename to ")) header.renamedTo = sideName(line.slice("rename to ".length));
  else if (line.startsWith("copy from ")) {
    header.isCopy = true;
    header.renamedFrom = sideName(line.slice("copy from ".length));
  } else if (line.startsWith("copy to ")) header.renamedTo = sideName(line.slice("copy to ".length));
  else if (line.startsWith("Binary files ")) header.isBinary = true;
  else return line.startsWith("similarity index ") || line.startsWith("dissimilarity index ");
  return true;
}

/** Passes over the blocks of a binary patch: each is `literal` or `delta`, lines of encoded bytes, and an empty line. */
function afterBinaryPatch(text: string, from: number): number {
  let at = from;
  while (text.startsWith("literal ", at) || text.startsWith("delta ", at)) {
    const end = text.indexOf("\n\n", at);
    if (end < 0) return text.length;
    at = end + 2;
  }
  return at;
}

/** The lines of a rename have names without prefixes, so they count for most. */
function namesOf({ renamedFrom, renamedTo, sides, gitNames }: FileHeader): SideNames {
  return renamedTo === null ? sideNames(sides, gitNames) : { old: renamedFrom, new: renamedTo };
}

/** What happened to a file that was not moved. */
function changeOf({ isNew, isDeleted, sides }: FileHeader, names: SideNames): "modified" | "new" | "deleted" {
  if (isNew || (sides && names.old === null)) return "new";
  return isDeleted || (sides && names.new === null) ? "deleted" : "modified";
}

// The lines of a hunk, counted by its `@@` line, and what is wrong with them.

interface FileHunks {
  readonly hunks: DiffHunk[];
  added: number;
  deleted: number;
  isDamaged: boolean;
}

const hunkHead = /@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@/y;

/** Lines in a row that belong to no hunk; a wrapped line leaves one or two. */
const mostStrays = 5;

const lineFeed = 10;
const space = 32;
const plus = 43;
const minus = 45;
const atSign = 64;
const backslash = 92;

interface HunkBody {
  readonly end: number;
  readonly added: number;
  readonly deleted: number;
  /** It ends before its counts are used up. */
  readonly isShort: boolean;
  /** Some lines in it cannot belong to it. */
  readonly hasStrays: boolean;
  /** More changed lines follow than it counts. */
  readonly goesOn: boolean;
}

/** Takes lines until the counts are used up. A line that fits none of them is the rest of a wrapped line, or the end. */
function readHunkBody(text: string, from: number, oldLines: number, newLines: number): HunkBody {
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
      if (isTail || startsNext(text, at) || ++strays > mostStrays) break;
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
    // The hunk ends early, and the signature below it was taken for a removed line `- `.
    return { end: signature, added, deleted: deleted - 1, isShort, hasStrays, goesOn: false };
  }
  const header = isShort ? headerAbove(text, end) : -1;
  if (header >= from) return { end: header, added: added - 1, deleted: deleted - 1, isShort, hasStrays, goesOn: false };
  if (end < text.length && text.charCodeAt(end) === backslash) end = afterLine(text, end);
  return { end, added, deleted, isShort, hasStrays, goesOn: !isShort && isMoreOfHunk(text, end) };
}

/** A line `-- `, with or without its space, which mailers and editors remove. */
function isSignature(text: string, at: number): boolean {
  return (
    at + 1 < text.length &&
    text.charCodeAt(at + 1) === minus &&
    (text.startsWith("-- \n", at) || text.startsWith("--\n", at) || at + 3 >= text.length)
  );
}

/** Whether the next hunk or file begins at a line. */
function startsNext(text: string, at: number): boolean {
  return text.startsWith("@@ -", at) || text.startsWith("diff --git ", at) || text.startsWith("Index: ", at);
}

/**
 * Where the next file begins, whose lines `---` and `+++` were taken for changed lines of a hunk that ends early; -1 where
 * that did not happen.
 */
function headerAbove(text: string, end: number): number {
  if (!text.startsWith("@@ -", end) || end < 2) return -1;
  const plusLine = text.lastIndexOf("\n", end - 2) + 1;
  const minusLine = plusLine < 2 ? -1 : text.lastIndexOf("\n", plusLine - 2) + 1;
  return minusLine >= 0 && text.startsWith("+++ ", plusLine) && text.startsWith("--- ", minusLine) ? minusLine : -1;
}

/** Whether another changed line follows the last one that was counted. */
function isMoreOfHunk(text: string, at: number): boolean {
  if (at + 1 >= text.length) return false;
  const code = text.charCodeAt(at);
  return code === plus || (code === minus && text.charCodeAt(at + 1) !== minus);
}

function damageIn({ isShort, hasStrays }: HunkBody): string {
  if (isShort) return "is shorter than it says";
  return hasStrays ? "has wrapped lines" : "goes on longer than it says";
}

// Where diffs begin in the text of a mail.

/** Looks for diffs from places that only grow. It keeps what it found farther on, so no part of a text is searched twice. */
class DiffFinder {
  readonly #text: string;
  /** The nearest `diff --git` and the nearest plain diff; the length of the text and one more where there is none. */
  #git = -1;
  #plain = -1;

  constructor(text: string) {
    this.#text = text;
  }

  /** Where the first diff at or behind the beginning of a line starts; -1 where there is none. */
  next(from: number): number {
    const none = this.#text.length + 1;
    if (this.#git < from) this.#git = findGitLine(this.#text, from) ?? none;
    if (this.#plain < from) this.#plain = findPlainHeader(this.#text, from) ?? none;
    const first = Math.min(this.#git, this.#plain);
    return first === none ? -1 : first;
  }
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

/** A line with one name twice is a header for certain, even where all below it was cut off. */
const sameNames = /^diff --git a\/(\S{1,500}) b\/\1\s*$/;

/**
 * Whether git printed this line `diff --git`, and no one wrote it in a sentence: more lines of git follow it, sometimes after
 * a name that was wrapped.
 */
function isGitHeader(text: string, at: number): boolean {
  let line = afterLine(text, at);
  if (text.startsWith("b/", line)) line = afterLine(text, line);
  gitHeaderLine.lastIndex = line;
  return gitHeaderLine.test(text) || sameNames.test(lineFrom(text, at));
}

/** The lines `--- name`, `+++ name` and `@@`, which every unified diff begins with. */
function findPlainHeader(text: string, from: number): number | null {
  for (let plusLine = lineStart(text, "\n+++ ", from); plusLine >= 0; plusLine = lineStart(text, "\n+++ ", plusLine)) {
    const minusLine = text.lastIndexOf("\n", plusLine - 2) + 1;
    if (minusLine < from || !text.startsWith("--- ", minusLine) || !text.startsWith("@@ -", afterLine(text, plusLine))) continue;
    return plainStart(text, minusLine, from);
  }
  return null;
}

/** Tools write lines of their own above `---`; git ends the message at them. */
const toolLine = /(?:Index: |diff -|RCS file: )/y;
/** Lines that count only below one of those. */
const ruleLine = /(?:={20}|retrieving revision )/y;
const mostToolLines = 5;

/** Where a plain diff begins: at its `---`, or at the lines that a tool wrote above it. */
function plainStart(text: string, minusLine: number, from: number): number {
  let start = minusLine;
  let line = minusLine;
  for (let count = 0; count < mostToolLines && line > from; count++) {
    line = line >= 2 ? text.lastIndexOf("\n", line - 2) + 1 : 0;
    toolLine.lastIndex = ruleLine.lastIndex = line;
    if (line < from) break;
    if (toolLine.test(text)) start = line;
    else if (!ruleLine.test(text)) break;
  }
  return start;
}
