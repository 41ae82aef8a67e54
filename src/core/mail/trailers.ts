/** Trailers of a patch: `Reviewed-by: Name <mail>` and its like, in the paragraphs that end the message, and the people they name. */
import type { Author } from "./author";

export interface Trailer {
  readonly key: string;
  readonly value: string;
  /** Where it was read: in the patch itself, in a reply to it, or on the cover letter (then it counts for every patch). */
  readonly via: "patch" | "reply" | "cover";
  /** The reply it was given in; absent where it stands in the patch or cover letter itself. */
  readonly messageId?: string;
  /** Who wrote the reply where it is not the address in the trailer: the same person from another address, or somebody else. */
  readonly giver?: Exclude<TrailerGiver, "sender">;
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

// The person a trailer names, `Name <mail> # note`: read out of what mail programs make of an address on its way, and compared
// with the sender of the mail the trailer stands in.

/** Who gave a trailer, seen from the address in it: the sender, the sender from another address of the same person, or somebody else. */
export type TrailerGiver = "sender" | "sender-elsewhere" | "other";

/** The sender of a mail, as far as the mail tells. */
export interface Sender extends Author {
  /** A list has put its own address in place of theirs, so that only the name tells who it is. */
  readonly isMunged: boolean;
}

interface NamedPerson extends Author {
  /** What stands behind the address: `# arm64`, `(for the x86 part)`. */
  readonly note: string;
}

/**
 * The value of a trailer as it belongs into a commit: `Name <mail>` for each person it names, the last with the note that follows. Undone are the link
 * that a mail program made of the address (`<a@b<mailto:a@b>>`, `[a@b](mailto:a@b)`, `<mailto:a@b>`), its entities, blanks that do not break,
 * the backslash that Markdown sets before a bracket, a missing bracket, the stop at the end of a sentence, and `a at b` of an archive that hides addresses.
 *
 * @returns [] where it holds no address
 */
export function cleanPeople(value: string): string[] {
  const people: string[] = [];
  for (let rest = value; rest !== "" && people.length < mostPeople;) {
    const person = readPerson(rest);
    if (!person) break;
    const { name, email, note } = person;
    const isMore = /^(?:[,;&]|and\b)/i.test(note) && note.includes("@");
    rest = isMore ? note.replace(/^(?:[,;&]|and)/i, "") : "";
    people.push([name, name === "" && note === "" ? email : `<${email}>`, isMore ? "" : note].filter(Boolean).join(" "));
  }
  return people;
}

/** One line names no more. */
const mostPeople = 10;

/** Whether the person of a trailer sent the mail it stands in. Case, `+tag`, and a sub-domain make no other address. */
export function giverOf(value: string, sender: Sender): TrailerGiver {
  const person = readPerson(value);
  if (!person) return "other";
  const isSame = sender.email !== "" && isNear(plainAddress(person.email), plainAddress(sender.email));
  const isNamed = nameKey(person.name) !== "" && nameKey(person.name) === nameKey(sender.name);
  if (isSame || (isNamed && sender.isMunged)) return "sender";
  return isNamed ? "sender-elsewhere" : "other";
}

/** One key for all the ways in which the address of a person is written. */
export function trailerPersonKey(value: string): string {
  const person = readPerson(value);
  return person ? plainAddress(person.email) : value.toLowerCase();
}

const anyBlank = /[\s\u00a0\u2007\u202f]+/g;
const unseen = /[\u200b-\u200f\u2060\ufeff]/g;
const entities: Readonly<Record<string, string>> = { "&lt;": "<", "&gt;": ">", "&quot;": '"', "&amp;": "&", "&nbsp;": " " };

function readPerson(value: string): NamedPerson | null {
  const text = withAt(
    withoutLinks(
      value
        .replace(unseen, "")
        .replace(/\\(?=[<>@_.[\]*])/g, "")
        .replace(/&(?:lt|gt|quot|amp|nbsp);/g, (entity) => entities[entity] ?? entity),
    ),
  )
    .replace(anyBlank, " ")
    .trim();
  const at = text.indexOf("@");
  if (at < 0) return null;
  const open = text.lastIndexOf("<", at);
  let start = at;
  while (start > 0 && !/[\s<>"'()[\],;]/.test(text.charAt(start - 1))) start--;
  let end = at + 1;
  // Inside brackets a comma is a slip of who typed it, and no end.
  const stop = open >= 0 && open + 1 === start ? /[\s<>"'()[\]]/ : /[\s<>"'()[\],;]/;
  while (end < text.length && !stop.test(text.charAt(end))) end++;
  const email = withoutStop(text.slice(start, end));
  if (email.length < at - start + 2 || start === at) return null;
  return { name: cleanName(text.slice(0, open >= 0 ? open : start)), email, note: cleanNote(text.slice(end)) };
}

/** Links that mail programs make: Outlook's `<mailto:...>` behind the address, Markdown's `[address](mailto:address)`, Lynx's `[1]`. */
function withoutLinks(text: string): string {
  if (!/mailto:|https?:|\[\d/i.test(text)) return text;
  const flat = text.replace(/\[([^[\]]*)\]\((?:mailto|https?):[^()]*\)/gi, "$1").replace(/\[\d{1,3}\]/g, "");
  const rest = flat.replace(/[<[]\s{0,3}(?:mailto|https?):[^<>[\]]*[>\]]?/gi, " ");
  return rest.includes("@") ? rest : flat.replace(/\[\s{0,3}mailto:([^<>[\]]*)\]?/gi, "<$1>").replace(/mailto:/gi, "");
}

/** Archives of Mailman write `ada at example.org`. */
function withAt(text: string): string {
  return text.includes("@") ? text : text.replace(/<([^<>\s]{1,80}) (?:at|\(at\)|\[at\]) ([^<>\s.]{1,80}\.[^<>\s]{1,80})>/i, "<$1@$2>");
}

function cleanName(text: string): string {
  const name = trimmed(text, "<*_ ");
  const first = name.charAt(0);
  return name.length > 1 && (first === '"' || first === "'") && name.endsWith(first) ? name.slice(1, -1).trim() : name;
}

/** What stands behind an address, without the brackets that close it and the stop of a sentence. */
function cleanNote(text: string): string {
  let from = 0;
  while (from < text.length && " >*_\"'])".includes(text.charAt(from))) from++;
  const note = text.slice(from).trim();
  return trimmed(note, ".,;:!") === "" ? "" : note;
}

function withoutStop(email: string): string {
  let end = email.length;
  while (end > 0 && ".:!*_".includes(email.charAt(end - 1))) end--;
  return email.slice(0, end);
}

/** A text without some letters at its ends. */
function trimmed(text: string, letters: string): string {
  let [start, end] = [0, text.length];
  while (start < end && letters.includes(text.charAt(start))) start++;
  while (end > start && letters.includes(text.charAt(end - 1))) end--;
  return text.slice(start, end);
}

/** `name+tag@host` is `name@host`, in any case; a list that munges writes `name=40host@list` or `name=host@list`. */
function plainAddress(address: string): string {
  const lower = address.toLowerCase();
  const at = lower.lastIndexOf("@");
  const local = at < 0 ? lower : lower.slice(0, at);
  const hidden = /^([^=]{1,64})=(?:40)?([^=@]{1,200}\.[^=@.]{2,24})$/.exec(local);
  if (hidden) return plainAddress(`${hidden[1] ?? ""}@${hidden[2] ?? ""}`);
  const plus = local.indexOf("+");
  return (plus > 0 ? local.slice(0, plus) : local) + (at < 0 ? "" : lower.slice(at));
}

/** Whether two addresses are one, or one of them in a sub-domain of the other's. */
function isNear(a: string, b: string): boolean {
  if (a === b) return true;
  const [local, domain = ""] = a.split("@", 2);
  const [otherLocal, otherDomain = ""] = b.split("@", 2);
  if (local !== otherLocal || !domain.includes(".") || !otherDomain.includes(".")) return false;
  return domain.endsWith(`.${otherDomain}`) || otherDomain.endsWith(`.${domain}`);
}

/** The words of a name without marks, initials and what stands in brackets, in one order: `Lind, Ada` is `Ada Lind`. */
function nameKey(name: string): string {
  const words = name
    .replace(/\([^()]*\)/g, " ")
    .normalize("NFKD")
    .replace(/\p{M}+/gu, "")
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);
  const long = words.filter((word) => word.length > 1);
  return (long.length > 0 ? long : words).sort().join(" ");
}
