/**
 * Cuts the text of a patch mail as `git mailinfo` does: the headers that open the body, the message, `---`, the notes for the list,
 * the diff, and the signature.
 */
import { type Diff, findDiff, readDiff } from "../diff/diff";
import { type Diffstat, parseDiffstat } from "../diff/diffstat";
import { lineAbove } from "../text";
import { parseAddress } from "./address";
import type { Author } from "./author";
import { decodeFieldText } from "./header";
import { parseMailDate } from "./mailDate";

export interface PatchBody {
  /** The `From:` that opens the body; null where there is none. */
  readonly author: Author | null;
  /** The `Subject:` that opens the body, brackets included; null where there is none. */
  readonly subject: string | null;
  /** The `Date:` that opens the body, in milliseconds since 1970; null where there is none. */
  readonly date: number | null;
  /** The commit message as git keeps it, without the subject and without blank lines around it. */
  readonly message: string;
  /** The text between `---` and the diff, without the diffstat. */
  readonly notes: string;
  readonly diffstat: Diffstat | null;
  /** From the first file to the end of the last one; null where there is none. */
  readonly diff: string | null;
  /** The text between diff and signature: `base-commit:` and the like. */
  readonly tail: string;
  /** The files of the diff; their ranges are offsets into the body. */
  readonly files: Diff["files"];
  /** Where the message begins in the body, below the headers that open it. */
  readonly messageStart: number;
  /** Where the message ends: at `---`, at the diff, or at the signature. */
  readonly messageEnd: number;
  /** Where the signature begins; the length of the body where there is none. */
  readonly signatureStart: number;
}

interface PatchBodyOptions {
  /** Leaves out all above a scissors line, as `git mailinfo --scissors` does; without that option git keeps it. */
  readonly scissors?: boolean;
  /** The body's diff, where it has been read already. */
  readonly diff?: Diff;
}

/** Cuts the body of a patch mail, or the text of an attached patch. Any text will do: parts that are missing are empty or null. */
export function readPatchBody(body: string, options: PatchBodyOptions = {}): PatchBody {
  const diff = options.diff ?? readDiff(body);
  const hasDiff = diff.files.length > 0;
  const { limit, signatureStart, ...message } = readPatchMessage(body, diff, options.scissors);
  const below = body.slice(afterBreak(body, message.messageEnd, limit), limit);
  const diffstat = parseDiffstat(below);
  return {
    ...message,
    notes: trimLines(diffstat ? below.slice(0, diffstat.start) + below.slice(diffstat.end) : below),
    diffstat,
    diff: hasDiff ? body.slice(diff.start, diff.end) : null,
    tail: hasDiff ? trimLines(body.slice(diff.end, signatureStart)) : "",
    files: diff.files,
    signatureStart,
  };
}

/** The parts of a patch that become the commit. */
interface PatchMessage extends Pick<PatchBody, "author" | "subject" | "date" | "message" | "messageStart" | "messageEnd"> {
  /** Where the diff begins, or the signature where there is no diff. */
  readonly limit: number;
  readonly signatureStart: number;
}

/** Reads only the parts of `readPatchBody` that the index needs of every patch. */
export function readPatchMessage(body: string, diff: Diff, scissors = false): PatchMessage {
  const hasDiff = diff.files.length > 0;
  const head = readInnerHead(body, Math.min(startOfText(body, scissors, hasDiff ? diff.start : body.length), diff.start));
  const signatureStart = findSignature(body, hasDiff ? diff.end : head.end);
  const limit = hasDiff ? diff.start : signatureStart;
  // The diff is cut off, so that it is not searched for the end of the message.
  const messageEnd = Math.min(findPatchBreak(limit < body.length ? body.slice(0, limit) : body, Math.min(head.end, limit)), limit);
  return {
    author: head.from === null ? null : parseAddress(head.from),
    subject: head.subject === null ? null : decodeFieldText(head.subject),
    date: head.date === null ? null : parseMailDate(head.date),
    message: trimLines(body.slice(head.end, messageEnd)),
    messageStart: head.end,
    messageEnd,
    limit,
    signatureStart,
  };
}

/** Where git ends the message of a text: at `---`, or at a line that looks like the first one of a diff; else at the end of the text. */
function findPatchBreak(text: string, from: number): number {
  if (isPatchBreak(text, from)) return from;
  let end = text.length;
  for (const words of ["\ndiff -", "\nIndex: "]) {
    const at = text.indexOf(words, from);
    if (at >= 0 && at < end) end = at + 1;
  }
  for (let at = text.indexOf("\n---", from); at >= 0 && at < end; at = text.indexOf("\n---", at + 1)) {
    if (isPatchBreak(text, at + 1)) return at + 1;
  }
  return end;
}

const breakLine = /diff -|Index: |--- \S|---[^\S\n]*(?:\n|$)/y;

function isPatchBreak(text: string, at: number): boolean {
  breakLine.lastIndex = at;
  return breakLine.test(text);
}

/** Where the text below the line `---` begins. A `--- name` may open a diff and is not skipped. */
function afterBreak(body: string, messageEnd: number, limit: number): number {
  if (!body.startsWith("---", messageEnd) || /^--- \S/.test(body.slice(messageEnd, messageEnd + 5))) return Math.min(messageEnd, limit);
  const end = body.indexOf("\n", messageEnd);
  return end < 0 ? limit : Math.min(end + 1, limit);
}

/** The first line of a file of `git format-patch`. It is not a header, and the text above it does not belong to the message. */
const formatPatchLine = /^>?From [0-9a-f]{40,64} Mon Sep 17 00:00:00 2001$/;

/** Where the text of the patch begins: at the top, below scissors where they count, or at a patch file below an introduction. */
function startOfText(body: string, scissors: boolean, limit: number): number {
  let start = 0;
  for (let at = body.indexOf("From "); at >= 0 && at < limit; at = body.indexOf("\nFrom ", at) + 1 || -1) {
    const end = body.indexOf("\n", at);
    if ((at === 0 || body[at - 1] === "\n") && end > 0 && formatPatchLine.test(body.slice(at, end))) start = end + 1;
  }
  if (!scissors) return start;
  for (const mark of [">8", "8<", ">%", "%<"]) {
    let lineEnd: number;
    for (let at = body.indexOf(mark, start); at >= 0 && at < limit; at = body.indexOf(mark, lineEnd)) {
      const lineStart = body.lastIndexOf("\n", at) + 1;
      const next = body.indexOf("\n", at);
      lineEnd = next < 0 ? body.length : next;
      if (lineEnd - lineStart <= longestScissors && isScissors(body.slice(lineStart, lineEnd))) start = Math.max(start, lineEnd + 1);
    }
  }
  return Math.min(start, body.length);
}

/** Characters of a scissors line. Nobody draws a longer one, and the line is looked at again for each mark in it. */
const longestScissors = 500;

/** Whether a line is a scissors line by git's rule: the perforation takes over a third of it, and blanks less than half of that. */
function isScissors(line: string): boolean {
  const text = line.trim();
  let perforation = 0;
  let gap = 0;
  let marks = 0;
  let isInside = false;
  for (let at = 0; at < text.length; at++) {
    const letter = text[at] ?? "";
    if (/\s/.test(letter)) {
      if (isInside) perforation++;
      if (isInside) gap++;
    } else if (letter === "-") {
      isInside = true;
      perforation++;
    } else if (/^(?:>[8%]|[8%]<)/.test(text.slice(at, at + 2))) {
      isInside = true;
      perforation += 2;
      marks += 2;
      at++;
    } else isInside = false;
  }
  return marks > 0 && text.length >= 8 && text.length < perforation * 3 && gap * 2 < perforation;
}

interface InnerHead {
  from: string | null;
  subject: string | null;
  date: string | null;
  /** Where the message begins. */
  end: number;
}

const innerField = /(from|subject|date):[^\S\n]*/iy;
/** Other headers in a file of `git format-patch`, and their folded lines. */
const fileField = /^(?:[A-Za-z][A-Za-z-]*: |[ \t]+\S)/;
const blankLine = /[^\S\n]*(?:\n|$)/y;

/** Reads the headers that open a body. Each counts once, folded lines are indented, and the first line that is no header ends them. */
function readInnerHead(body: string, start: number): InnerHead {
  const isFile = start > 0 && formatPatchLine.test(lineAbove(body, start));
  const head: InnerHead = { from: null, subject: null, date: null, end: start };
  let at = skipBlankLines(body, start);
  while (at < body.length) {
    const end = body.indexOf("\n", at);
    const lineEnd = end < 0 ? body.length : end;
    innerField.lastIndex = at;
    const match = innerField.exec(body);
    const field = match?.[1]?.toLowerCase();
    if (match && (field === "from" || field === "subject" || field === "date") && head[field] === null) {
      const folded = foldedValue(body, at + match[0].length, lineEnd);
      head[field] = folded.value;
      at = folded.end;
    } else if (body.startsWith("[PATCH]", at) && isBlank(body[at + 7])) {
      head.subject ??= body.slice(at, lineEnd).trimEnd();
      at = lineEnd + 1;
    } else if (formatPatchLine.test(body.slice(at, Math.min(lineEnd, at + 120)))) at = lineEnd + 1;
    else if (isFile && match === null && fileField.test(body.slice(at, Math.min(lineEnd, at + 80)))) at = lineEnd + 1;
    else break;
    head.end = Math.min(at, body.length);
    blankLine.lastIndex = at;
    if (at < body.length && blankLine.test(body)) break;
  }
  head.end = skipBlankLines(body, head.end);
  return head;
}

function isBlank(letter: string | undefined): boolean {
  return letter === undefined || letter === " " || letter === "\t" || letter === "\n";
}

function foldedValue(body: string, from: number, lineEnd: number): { value: string; end: number } {
  let value = body.slice(from, lineEnd).trimEnd();
  let at = lineEnd + 1;
  while (at < body.length && (body[at] === " " || body[at] === "\t")) {
    const next = body.indexOf("\n", at);
    const end = next < 0 ? body.length : next;
    const more = body.slice(at, end).trim();
    if (more === "") break;
    value += " " + more;
    at = end + 1;
  }
  return { value, end: at };
}

function skipBlankLines(text: string, from: number): number {
  let start = from;
  for (let at = from; at < text.length; at++) {
    const letter = text[at];
    if (letter === "\n") start = at + 1;
    else if (letter !== " " && letter !== "\t" && letter !== "\r") break;
  }
  return start;
}

/** Where the signature begins behind an offset: at the last line `-- `; the length of the text where there is none. */
function findSignature(text: string, from: number): number {
  for (const line of ["\n-- \n", "\n--\n"]) {
    // The search goes forward from an offset near the end of the patch: backward, a text without a signature would be searched as a whole.
    let last = -1;
    // The line end in front of the signature may be that of the last line of the diff.
    for (let at = text.indexOf(line, Math.max(0, from - 1)); at >= 0; at = text.indexOf(line, at + 1)) last = at;
    if (last >= 0) return last + 1;
  }
  return /^-- ?(?:\n|$)/.test(text.slice(from, from + 4)) ? from : text.length;
}

/** Removes the blank lines at both ends, but no indentation. */
function trimLines(text: string): string {
  return text.slice(skipBlankLines(text, 0)).trimEnd();
}

/** The part of a mail body above the diff: the commit message and, below `---`, the notes for the list. */
export function textAboveDiff(body: string): string {
  const start = findDiff(body, 0);
  let from = 0;
  while (body[from] === "\n") from++;
  return body.slice(from, start < 0 ? body.length : start).trimEnd();
}

/** The commit message in a mail body, as git keeps it. */
export function commitMessage(body: string): string {
  return readPatchMessage(body, readDiff(body)).message;
}
