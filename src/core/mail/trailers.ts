/** The trailers of a patch, `Reviewed-by: Name <mail>` and the like, in the last paragraphs of its message, and the people they name. */
import type { Author } from "./author";

export interface Trailer {
  readonly key: string;
  readonly value: string;
  /** Where it was read: in the patch itself, in a reply to it, or in the cover letter, where it counts for every patch. */
  readonly via: "patch" | "reply" | "cover";
  /** The reply it was given in; absent where it is in the patch or cover letter itself. */
  readonly messageId?: string;
  /** Who wrote the reply, where that is not the address in the trailer: the same person from another address, or somebody else. */
  readonly giver?: Exclude<TrailerGiver, "sender">;
  /** The older revision (`v1`) whose patch, the same change, it was given to; absent where it was given to this one. */
  readonly revision?: string;
}

/** Keys without a hyphen that are trailers and do not begin a sentence. */
const plainKeys: ReadonlySet<string> = new Set(["fixes", "closes", "link", "cc", "references", "bugzilla", "buglink"]);
/** The line that git appends to a cherry-picked patch. */
const origin = /^\((?:cherry picked|backported) from commit [0-9a-f]/;
/** b4 writes the addressees of a mail among the trailers. They are neither trailers nor prose. */
const addressee = "To: ";
/** A changelog that the author wrote below the trailers but above `---`, where it does not belong: `v3: fix the message.` */
const changelog = /^(?:(?:changes?|changelog|history|diff)\b[^\n:]{0,30}\s)?v\d+\b[^\n:]{0,20}:/i;
/** As in git, a signed-off paragraph may have other lines too, up to three for each trailer. */
const otherLinesPerTrailer = 3;

/**
 * Paragraphs that may follow the signed-off one: a hint for whoever squashes the patch, or a changelog under a heading of its own.
 * A sign-off further up belongs to a text that was pasted.
 */
const mostBelow = 5;
/** Characters of the heading of a changelog. */
const longestHeading = 80;

/**
 * Reads the trailers of a commit message, top to bottom. Only paragraphs at its end count that have nothing but trailers, or that are
 * signed off: there the author may have forgotten a blank line below the prose. A quoted trailer (`> `) never counts. A folded
 * trailer, which continues indented, is joined.
 */
export function parseTrailers(message: string, via: Trailer["via"]): Trailer[] {
  const found: Trailer[][] = [];
  let below = 0;
  // From the end on, since most of a message is prose that need not be parsed.
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

/** Where the last paragraph of a text begins; the text has no white space at its end. */
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

/** The trailers of a paragraph that has nothing else, or is signed off; [] for a paragraph of notes alone; null for prose. */
function trailersOfParagraph(paragraph: string, via: Trailer["via"]): Trailer[] | null {
  const trailers: Trailer[] = [];
  let inNote = false;
  // An indented line continues a trailer only right below it.
  let mayFold = false;
  let otherLines = 0;
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
    } else if (!line.startsWith(addressee) && !(line.startsWith("(") && origin.test(line))) otherLines++;
    mayFold = false;
  }
  if (otherLines === 0) return trailers;
  return isSignedOff(trailers) && otherLines <= trailers.length * otherLinesPerTrailer ? trailers : null;
}

function isSignedOff(trailers: readonly Trailer[]): boolean {
  return trailers.some(({ key }) => key.toLowerCase() === "signed-off-by");
}

/** Where the colon is in `Key: value`; -1 in any other line. It is called for every line, so it uses no pattern. */
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
  // A value begins with a visible character, and has no odd line end in it.
  return colon > 0 && line.slice(value, value + 1).trim() !== "" && !/[\r\u2028\u2029]/.test(line) ? colon : -1;
}

const hyphen = 45;

/** Whether a line begins a note of the maintainer who applied the patch: `[sean: tweak comment]`. It may take several lines. */
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

// The person that a trailer names, `Name <mail> # note`: read in spite of what mail programs do to an address, and compared with the
// sender of the mail that has the trailer.

/** Who gave a trailer: the person whose address it has, that person from another address, or somebody else. */
export type TrailerGiver = "sender" | "sender-elsewhere" | "other";

/** The sender of a mail. */
export interface Sender extends Author {
  /** A list replaced the address by its own, so that only the name tells who it is. */
  readonly isMunged: boolean;
}

interface NamedPerson extends Author {
  /** The text behind the address: `# arm64`, `(for the x86 part)`. */
  readonly note: string;
}

/**
 * The value of a trailer as it belongs into a commit: `Name <mail>` for each person it names, the last one with the note behind it.
 * It is cleaned of links that mail programs make of an address (`<a@b<mailto:a@b>>`, `[a@b](mailto:a@b)`, `<mailto:a@b>`), HTML
 * entities, no-break spaces, the backslashes of Markdown, missing brackets, a full stop at the end, and the `a at b` of archives.
 *
 * @returns [] where it has no address
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

/** People that are read of one trailer. */
const mostPeople = 10;

/** Who gave a trailer in a mail. Addresses that differ in case, a `+tag` or a sub-domain are the same. */
export function giverOf(value: string, sender: Sender): TrailerGiver {
  const person = readPerson(value);
  if (!person) return "other";
  if (sender.email !== "" && (person.email === sender.email || isNear(plainAddress(person.email), plainAddress(sender.email))))
    return "sender";
  const name = nameKey(person.name);
  if (name === "" || name !== nameKey(sender.name)) return "other";
  return sender.isMunged ? "sender" : "sender-elsewhere";
}

/** A key that is equal for all spellings of a person's address. */
export function trailerPersonKey(value: string): string {
  const person = readPerson(value);
  return person ? plainAddress(person.email) : value.toLowerCase();
}

/** What somebody says of a patch, alone or joined: `Reviewed-and-tested-by`. */
const verdictKey = /^(?:(?:reviewed|acked|tested|nacked)-(?:and-)?)+by$/i;

/** Whether a key says what somebody thinks of a patch: a review, an ack, a test or an objection. */
export function isVerdict(key: string): boolean {
  return verdictKey.test(key);
}

/** A key that is equal for trailers that say the same of the same person, however the address is written. */
export function trailerMeaning({ key, value }: Pick<Trailer, "key" | "value">): string {
  return `${key}: ${/-by$/i.test(key) ? trailerPersonKey(value) : value}`.toLowerCase();
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
  // A comma inside brackets is a typing error and does not end the address.
  const stop = open >= 0 && open + 1 === start ? /[\s<>"'()[\]]/ : /[\s<>"'()[\],;]/;
  while (end < text.length && !stop.test(text.charAt(end))) end++;
  const email = withoutStop(text.slice(start, end));
  if (email.length < at - start + 2 || start === at) return null;
  return { name: cleanName(text.slice(0, open >= 0 ? open : start)), email, note: cleanNote(text.slice(end)) };
}

/** Removes the links that mail programs make: Outlook's `<mailto:...>` behind the address, Markdown's `[address](mailto:address)`, Lynx's `[1]`. */
function withoutLinks(text: string): string {
  if (!/mailto:|https?:|\[\d/i.test(text)) return text;
  const flat = text.replace(/\[([^[\]]*)\]\((?:mailto|https?):[^()]*\)/gi, "$1").replace(/\[\d{1,3}\]/g, "");
  const rest = flat.replace(/[<[]\s{0,3}(?:mailto|https?):[^<>[\]]*[>\]]?/gi, " ");
  return rest.includes("@") ? rest : flat.replace(/\[\s{0,3}mailto:([^<>[\]]*)\]?/gi, "<$1>").replace(/mailto:/gi, "");
}

/** Undoes `ada at example.org`, as archives of Mailman write it. */
function withAt(text: string): string {
  return text.includes("@") ? text : text.replace(/<([^<>\s]{1,80}) (?:at|\(at\)|\[at\]) ([^<>\s.]{1,80}\.[^<>\s]{1,80})>/i, "<$1@$2>");
}

function cleanName(text: string): string {
  const name = trimmed(text, "<*_ ");
  const first = name.charAt(0);
  return name.length > 1 && (first === '"' || first === "'") && name.endsWith(first) ? name.slice(1, -1).trim() : name;
}

/** The text behind an address, without closing brackets; empty where it is punctuation only. */
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

/** A text without some characters at its ends. */
function trimmed(text: string, letters: string): string {
  let [start, end] = [0, text.length];
  while (start < end && letters.includes(text.charAt(start))) start++;
  while (end > start && letters.includes(text.charAt(end - 1))) end--;
  return text.slice(start, end);
}

/** An address in lower case without its `+tag`; of `name=40host@list` or `name=host@list`, as lists write it for DMARC, the `name@host`. */
function plainAddress(address: string): string {
  const lower = address.toLowerCase();
  const at = lower.lastIndexOf("@");
  const local = at < 0 ? lower : lower.slice(0, at);
  const hidden = /^([^=]{1,64})=(?:40)?([^=@]{1,200}\.[^=@.]{2,24})$/.exec(local);
  if (hidden) return plainAddress(`${hidden[1] ?? ""}@${hidden[2] ?? ""}`);
  const plus = local.indexOf("+");
  return (plus > 0 ? local.slice(0, plus) : local) + (at < 0 ? "" : lower.slice(at));
}

/** Whether two addresses are equal, or one is in a sub-domain of the other. */
function isNear(a: string, b: string): boolean {
  if (a === b) return true;
  const [local, domain = ""] = a.split("@", 2);
  const [otherLocal, otherDomain = ""] = b.split("@", 2);
  if (local !== otherLocal || !domain.includes(".") || !otherDomain.includes(".")) return false;
  return domain.endsWith(`.${otherDomain}`) || otherDomain.endsWith(`.${domain}`);
}

/** The sorted words of a name, without accents, initials and text in brackets: equal for `Lind, Ada` and `Ada Lind`. */
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
