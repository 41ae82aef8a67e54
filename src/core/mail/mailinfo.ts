/**
 * The text of a patch mail cut as `git mailinfo` cuts it: headers of the author's own, the message, `---`, what is for the
 * list alone, the diff, the signature.
 */
import { type Diff, findDiff, readDiff } from "../diff/diff";
import { type Diffstat, parseDiffstat } from "../diff/diffstat";
import { parseAddress } from "./address";
import type { Author } from "./author";
import { decodeFieldText } from "./header";
import { parseMailDate } from "./mailDate";

export interface PatchBody {
  /** Of a `From:` that opens the body; null where there is none. */
  readonly author: Author | null;
  /** Of a `Subject:` that opens the body, brackets included; null where there is none. */
  readonly subject: string | null;
  /** Of a `Date:` that opens the body, as in a mail's header. */
  readonly date: number | null;
  /** What git keeps as the commit message, without the subject and without blank lines around it. */
  readonly message: string;
  /** What stands between `---` and the diff, without the diffstat. */
  readonly notes: string;
  readonly diffstat: Diffstat | null;
  /** From the first file to the end of the last one; null where there is none. */
  readonly diff: string | null;
  /** What stands between diff and signature: `base-commit:` and the like. */
  readonly tail: string;
  /** The files of the diff; their places are places in the body. */
  readonly files: Diff["files"];
  /** Where the message begins in the body, behind the headers of its own. */
  readonly messageStart: number;
  /** Where the message ends: at `---`, at the diff, or at the signature. */
  readonly messageEnd: number;
  /** Where the signature begins; the length of the body where there is none. */
  readonly signatureStart: number;
}

export interface PatchBodyOptions {
  /** Start anew below a scissors line, as `git mailinfo --scissors`; git does not by itself. */
  readonly scissors?: boolean;
  /** The body's diff, where it has been read already. */
  readonly diff?: Diff;
}

/** Cuts the body of a patch mail, or the text of an attached patch. Any text will do; what is missing is empty or null. */
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

/** What becomes the commit, and where what stands below it ends. */
export interface PatchMessage extends Pick<PatchBody, "author" | "subject" | "date" | "message" | "messageStart" | "messageEnd"> {
  /** Where the diff or, where there is none, the signature begins. */
  readonly limit: number;
  readonly signatureStart: number;
}

/** The part of `readPatchText` that every patch of a list is read for. */
export function readPatchMessage(body: string, diff: Diff, scissors = false): PatchMessage {
  const hasDiff = diff.files.length > 0;
  const head = readInnerHead(body, Math.min(startOfText(body, scissors, hasDiff ? diff.start : body.length), diff.start));
  const signatureStart = findSignature(body, hasDiff ? diff.end : head.end);
  const limit = hasDiff ? diff.start : signatureStart;
  // Cut off, so that a long diff is not searched for the end of the message.
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

/** Where git ends the message of a text: at `---`, a diff or what looks like the first line of one; else its length. */
export function findPatchBreak(text: string, from: number): number {
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

/** Below the line of dashes; a line that may open a diff is not passed over. */
function afterBreak(body: string, messageEnd: number, limit: number): number {
  if (!body.startsWith("---", messageEnd) || /^--- \S/.test(body.slice(messageEnd, messageEnd + 5))) return Math.min(messageEnd, limit);
  const end = body.indexOf("\n", messageEnd);
  return end < 0 ? limit : Math.min(end + 1, limit);
}

/** The first line of what `git format-patch` writes; it is no header, and what stands above it is no message. */
const formatPatchLine = /^>?From [0-9a-f]{40,64} Mon Sep 17 00:00:00 2001$/;

/** Where the patch's own text begins: at the top, below scissors where they count, at a patch file below an introduction. */
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

/** No one draws a longer line to cut along, and looking at a line again for each mark in it must stay cheap. */
const longestScissors = 500;

/** Git's rule: the perforation is over a third of the line, and marks and dashes are over half of the perforation. */
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
/** What else heads the files of `git format-patch`, and their folded lines. */
const fileField = /^(?:[A-Za-z][A-Za-z-]*: |[ \t]+\S)/;
const blankLine = /[^\S\n]*(?:\n|$)/y;

/** Headers that open a body: each may stand once, folded lines go on indented, the first line that is none ends them. */
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

function lineAbove(text: string, lineStart: number): string {
  return text.slice(text.lastIndexOf("\n", lineStart - 2) + 1, lineStart - 1);
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

/** Where the signature begins behind an offset: the last line `-- `; the length of the text where there is none. */
function findSignature(text: string, from: number): number {
  for (const line of ["\n-- \n", "\n--\n"]) {
    // Forward from there, which is near the end of a patch, and not backward from the end through all of a text that has none.
    let last = -1;
    // Behind a diff the line end in front of it belongs to the diff's last line.
    for (let at = text.indexOf(line, Math.max(0, from - 1)); at >= 0; at = text.indexOf(line, at + 1)) last = at;
    if (last >= 0) return last + 1;
  }
  return /^-- ?(?:\n|$)/.test(text.slice(from, from + 4)) ? from : text.length;
}

/** Takes the blank lines off both ends, but no indentation. */
function trimLines(text: string): string {
  return text.slice(skipBlankLines(text, 0)).trimEnd();
}

/** The part of a mail body above the diff: the commit message and, below `---`, what is for the list alone. */
export function textAboveDiff(body: string): string {
  const start = findDiff(body, 0);
  let from = 0;
  while (body[from] === "\n") from++;
  return body.slice(from, start < 0 ? body.length : start).trimEnd();
}

/** What git keeps of a mail body as the commit message: the part above `---`, the diffstat and the diff. */
export function commitMessage(body: string): string {
  return readPatchMessage(body, readDiff(body)).message;
}
