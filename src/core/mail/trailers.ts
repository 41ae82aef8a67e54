/** Trailers of a patch: `Reviewed-by: Name <mail>` and its like, in the paragraphs that end the message. */
import { readDiff } from "../diff/diff";
import { findDiff } from "../diff/diffStart";
import { readPatchMessage } from "./mailText";
import type { Giver } from "./trailerPerson";

export interface Trailer {
  readonly key: string;
  readonly value: string;
  /** Where it was read: in the patch itself, in a reply to it, or on the cover letter (then it counts for every patch). */
  readonly via: "patch" | "reply" | "cover";
  /** The reply it was given in; absent where it stands in the patch or cover letter itself. */
  readonly messageId?: string;
  /** Who wrote the reply where it is not the address in the trailer: the same person from another address, or somebody else. */
  readonly giver?: Exclude<Giver, "sender">;
  /** The older revision (`v1`) whose patch it was given to, which is the same change; absent where it was given to this one. */
  readonly revision?: string;
}

/** Keys that are no sentence although they have no hyphen. */
const plainKeys = new Set(["fixes", "closes", "link", "cc", "references", "bugzilla", "buglink"]);
/** What git itself appends to a patch that was taken from elsewhere. */
const origin = /^\((?:cherry picked|backported) from commit [0-9a-f]/;
/** Whom b4 sends the mail to, which it writes among the trailers: none of them, but no prose either. */
const addressee = "To: ";
/** A changelog that an author put below the trailers and above `---`, where it does not belong: `v3: fix the message.` */
const changelog = /^(?:(?:changes?|changelog|history|diff)\b[^\n:]{0,30}\s)?v\d+\b[^\n:]{0,20}:/i;
/** As git does it, a paragraph that is signed off may hold other lines too, up to three for each trailer. */
const othersPerTrailer = 3;

/**
 * Paragraphs that may stand below a block that is signed off: a line for whoever squashes it, a changelog under a heading of its own. No
 * other place is below a sign-off, so what was signed there holds; a whole text that was pasted is longer.
 */
const mostBelow = 5;
/** The heading of a changelog is no longer than this. */
const longestHeading = 80;

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

/**
 * Reads the trailers of a commit message, top to bottom. Only whole paragraphs of trailers at its end count, several where
 * blank lines part them; a paragraph that is signed off may hold prose too, for want of a blank line. A quoted trailer
 * (`> `) never counts. A folded line (`Fixes: ...` going on indented) is joined.
 */
export function parseTrailers(message: string, via: Trailer["via"]): Trailer[] {
  const found: Trailer[][] = [];
  let below = 0;
  // From the end on, since most of a message is prose that need not be taken apart.
  for (let text = message.trimEnd(); text !== "";) {
    const start = lastParagraph(text);
    const trailers = trailersOfParagraph(text.slice(start), via);
    if (trailers && (below === 0 || found.length > 0 || isSignedOff(trailers))) found.push(trailers);
    else if (found.length > 0) break;
    else if (!changelog.test(text.slice(start, start + longestHeading)) && ++below > mostBelow) break;
    text = text.slice(0, start).trimEnd();
  }
  return found.length === 1 ? (found[0] ?? []) : found.reverse().flat();
}

/** Where the last paragraph of a text begins, which ends in no white space. */
function lastParagraph(text: string): number {
  for (let start = text.lastIndexOf("\n") + 1; start > 0;) {
    const above = start < 2 ? 0 : text.lastIndexOf("\n", start - 2) + 1;
    if (isBlankLine(text, above, start - 1)) return start;
    start = above;
  }
  return 0;
}

function isBlankLine(text: string, from: number, end: number): boolean {
  for (let at = from; at < end; at++) if (text.charCodeAt(at) > 32) return false;
  return true;
}

/** The trailers of a paragraph that holds nothing else, or is signed off; [] for one of notes alone; null for prose. */
function trailersOfParagraph(paragraph: string, via: Trailer["via"]): Trailer[] | null {
  const trailers: Trailer[] = [];
  let inNote = false;
  // Only right below a trailer does an indented line go on with it.
  let mayFold = false;
  let others = 0;
  for (const line of paragraph.split("\n")) {
    const colon = endOfKey(line);
    const last = trailers.at(-1);
    if (colon > 0 && isTrailerKey(line.slice(0, colon))) {
      inNote = false;
      mayFold = true;
      trailers.push({ key: line.slice(0, colon), value: line.slice(colon + 1).trim(), via });
      continue;
    }
    if (inNote || isNote(line)) inNote = !line.trimEnd().endsWith("]");
    else if (last && mayFold && isFolded(line)) {
      trailers[trailers.length - 1] = { ...last, value: `${last.value} ${line.trim()}` };
      continue;
    } else if (!line.startsWith(addressee) && !(line.startsWith("(") && origin.test(line))) others++;
    mayFold = false;
  }
  if (others === 0) return trailers;
  return isSignedOff(trailers) && others <= trailers.length * othersPerTrailer ? trailers : null;
}

function isSignedOff(trailers: readonly Trailer[]): boolean {
  return trailers.some(({ key }) => key.toLowerCase() === "signed-off-by");
}

/** Where the colon stands in `Key: value`; -1 in any other line. No pattern, since it is asked of every line there is. */
function endOfKey(line: string): number {
  const colon = line.indexOf(": ");
  for (let at = 0; at < colon; at++) {
    const code = line.charCodeAt(at);
    const letter = (code | 32) >= 97 && (code | 32) <= 122;
    const other = (code >= 48 && code <= 57) || code === hyphen;
    if (!letter && !(other && at > 0)) return -1;
  }
  let value = colon + 2;
  while (line[value] === " ") value++;
  // A value begins with something to be seen, and no odd end of a line stands in it.
  return colon > 0 && line.slice(value, value + 1).trim() !== "" && !/[\r\u2028\u2029]/.test(line) ? colon : -1;
}

const hyphen = 45;

/** A note of whoever applied the patch: `[sean: tweak comment]`, `[ bp: Massage. ]`; it may go on over several lines. */
function isNote(line: string): boolean {
  return line.startsWith("[") && line.slice(1).trim() !== "";
}

function isFolded(line: string): boolean {
  const text = line.trimStart();
  return text !== "" && text.length < line.length;
}

function isTrailerKey(key: string): boolean {
  return key.includes("-") || plainKeys.has(key.toLowerCase());
}
