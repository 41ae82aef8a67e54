/** The header fields of a mail or of one of its parts: found, unfolded, not yet decoded. */
import { decodeDeclared } from "./charset";
import { bytesOfRaw } from "../rawText";
import { decodeEncodedWords } from "./encodedWord";
import { mailLimits } from "./mailLimits";
import { ownCopy } from "../memory/ownCopy";
import { RecentTexts } from "../memory/recentTexts";

/**
 * Fields that are read, and the names they have in a mail. Of a field that may stand once the first is taken, but of those git
 * makes a commit of (From, Subject, Date) the last, as git does it.
 */
export interface HeaderFields {
  from: string | null;
  /** Several of these are joined by a comma. */
  to: string | null;
  cc: string | null;
  replyTo: string | null;
  originalFrom: string | null;
  subject: string | null;
  date: string | null;
  messageId: string | null;
  inReplyTo: string | null;
  references: string | null;
  lists: string[];
  contentType: string | null;
  encoding: string | null;
  disposition: string | null;
}

export interface Header {
  readonly fields: HeaderFields;
  /** Where the body begins. */
  readonly end: number;
  readonly problems: readonly string[];
}

type Single = Exclude<keyof HeaderFields, "lists" | "to" | "cc">;

type Name = readonly [name: string, field: Single | "to" | "cc" | "lists", repeats: boolean];

/** With whether many mails have the same there. */
const names: readonly Name[] = [
  ["from", "from", true],
  ["to", "to", true],
  ["cc", "cc", true],
  ["reply-to", "replyTo", true],
  ["x-original-from", "originalFrom", true],
  ["subject", "subject", false],
  ["date", "date", false],
  ["message-id", "messageId", false],
  ["in-reply-to", "inReplyTo", false],
  ["references", "references", false],
  ["list-id", "lists", true],
  ["content-type", "contentType", true],
  ["content-transfer-encoding", "encoding", true],
  ["content-disposition", "disposition", false],
];
/** By length and first letter, so that most of the fifty fields of a mail are passed over without cutting out their names. */
const namesByShape = shapeTable();
const longestName = Math.max(...names.map(([name]) => name.length));

function shapeOf(length: number, first: number): number {
  return length * 32 + (first & 31);
}

function shapeTable(): ReadonlyArray<Name | undefined> {
  const table = Array.from<Name | undefined>({ length: 1024 }).fill(undefined);
  for (const entry of names) table[shapeOf(entry[0].length, entry[0].charCodeAt(0))] = entry;
  return table;
}

const lineFeed = 10;
const carriageReturn = 13;
const space = 32;
const tab = 9;
const colon = 58;

/**
 * Reads the fields from an offset on, up to the empty line. As git and Python do it, a line that can be no header ends
 * them too, and belongs to the body.
 *
 * @param end where the mail or part ends
 */
export function readHeader(text: string, start: number, end: number): Header {
  const fields = emptyFields();
  const problems: string[] = [];
  const limit = Math.min(end, start + mailLimits.headers);
  let at = start;
  while (at < limit) {
    let lineEnd = text.indexOf("\n", at);
    if (lineEnd < 0 || lineEnd > end) lineEnd = end;
    const first = text.charCodeAt(at);
    if (first === lineFeed || (first === carriageReturn && at + 1 === lineEnd)) return { fields, end: lineEnd + 1, problems };
    const nameEnd = endOfName(text, at, lineEnd);
    if (nameEnd < 0 && !isMailboxLine(text, at, start)) {
      problems.push("The headers end without an empty line.");
      return { fields, end: at, problems };
    }
    const known = nameEnd < 0 ? undefined : knownField(text, at, text.charCodeAt(nameEnd - 1) <= space ? endOfWord(text, at) : nameEnd);
    let isFolded = false;
    for (at = lineEnd + 1; at < end; at = lineEnd + 1) {
      const fold = text.charCodeAt(at);
      if (fold !== space && fold !== tab) break;
      isFolded = true;
      lineEnd = text.indexOf("\n", at);
      if (lineEnd < 0 || lineEnd > end) lineEnd = end;
    }
    if (!known) continue;
    // A field that does not end is cut where the headers end.
    const raw = text.slice(nameEnd + 1, Math.min(lineEnd, limit));
    // A copy, since ids and names are kept long after the mail itself is gone; a folded value is one already.
    const isIds = idFields.has(known[1]);
    const value = known[2] ? repeatedValue(raw, isFolded) : isFolded ? unfolded(raw, isIds) : ownCopy(lineText(raw, 0, raw.length));
    addField(fields, known[1], value);
  }
  if (at < end || end > limit) {
    problems.push(`The headers are longer than ${mailLimits.headers} characters; the rest of them was not read.`);
    const blank = text.indexOf("\n\n", at - 1);
    return { fields, end: blank < 0 || blank > end ? end : blank + 2, problems };
  }
  return { fields, end, problems };
}

function emptyFields(): HeaderFields {
  return {
    from: null,
    to: null,
    cc: null,
    replyTo: null,
    originalFrom: null,
    subject: null,
    date: null,
    messageId: null,
    inReplyTo: null,
    references: null,
    lists: [],
    contentType: null,
    encoding: null,
    disposition: null,
  };
}

/** A line without its leading blanks and its CR; blanks at its end may be part of a subject. */
function lineText(text: string, from: number, lineEnd: number): string {
  const end = lineEnd > from && text.charCodeAt(lineEnd - 1) === carriageReturn ? lineEnd - 1 : lineEnd;
  let start = from;
  while (start < end && (text.charCodeAt(start) === space || text.charCodeAt(start) === tab)) start++;
  return text.slice(start, end);
}

/** Where the colon behind a field's name stands; -1 for a line that has no name. */
function endOfName(text: string, from: number, lineEnd: number): number {
  for (let at = from; at < lineEnd; at++) {
    const code = text.charCodeAt(at);
    if (code === colon) return at > from ? at : -1;
    if (code === space || code === tab) return spacedColon(text, from, at, lineEnd);
    if (code < space || code >= 127) return -1;
  }
  return -1;
}

/** `MESSAGE-ID : <id>`: old mail may have blanks there. Behind any other word they are those of a sentence. */
function spacedColon(text: string, from: number, blank: number, lineEnd: number): number {
  let at = blank;
  while (at < lineEnd && (text.charCodeAt(at) === space || text.charCodeAt(at) === tab)) at++;
  return at > from && text.charCodeAt(at) === colon && knownField(text, from, blank) ? at : -1;
}

function endOfWord(text: string, from: number): number {
  let at = from;
  while (text.charCodeAt(at) > space) at++;
  return at;
}

/** The `From ` line of an mbox, which stands in front of the headers and is none; some tools quote it. */
function isMailboxLine(text: string, at: number, start: number): boolean {
  return at === start && (text.startsWith("From ", at) || text.startsWith(">From ", at));
}

function knownField(text: string, from: number, nameEnd: number): Name | undefined {
  const length = nameEnd - from;
  if (length > longestName) return undefined;
  const known = namesByShape[shapeOf(length, text.charCodeAt(from))];
  if (!known) return undefined;
  // Letters in any case: the sixth bit is all that parts them, and it is set in `-` as well.
  for (let at = 1; at < length; at++) if ((text.charCodeAt(from + at) | 0x20) !== known[0].charCodeAt(at)) return undefined;
  return known;
}

/**
 * Values read last, as they stand in the mail: the mails of a series and the answers to them name the same people, so that
 * on real lists three of four were read before. The same text each time is also what later look-ups by it are fastest with.
 */
const repeatedValues = new RecentTexts<string>();
/** Longer ones are not worth their memory. */
const longestRepeated = 8000;

function repeatedValue(raw: string, isFolded: boolean): string {
  const known = repeatedValues.get(raw);
  if (known !== undefined) return known;
  const own = ownCopy(raw);
  const value = isFolded ? unfolded(own) : lineText(own, 0, own.length);
  if (own.length <= longestRepeated) repeatedValues.set(own, value);
  return value;
}

/** Fields of Message-IDs, which some mailers fold in the midst of one. */
const idFields: ReadonlySet<string> = new Set<Single>(["messageId", "inReplyTo", "references"]);

/** A value of several lines as one. */
function unfolded(raw: string, isIds = false): string {
  const lines: string[] = [];
  for (let at = 0; at <= raw.length;) {
    const next = raw.indexOf("\n", at);
    const end = next < 0 ? raw.length : next;
    const line = lineText(raw, at, end);
    lines.push(next < 0 ? line : line.trimEnd());
    at = end + 1;
  }
  return isIds ? joinedIds(lines) : lines.join(" ");
}

function joinedIds(lines: readonly string[]): string {
  let joined = "";
  let isOpen = false;
  for (const line of lines) {
    joined += joined === "" || isOpen ? line : ` ${line}`;
    const [open, close] = [line.lastIndexOf("<"), line.lastIndexOf(">")];
    if (open !== close) isOpen = open > close;
  }
  return joined;
}

function addField(fields: HeaderFields, field: Single | "to" | "cc" | "lists", value: string): void {
  if (field === "lists") {
    if (fields.lists.length < mailLimits.addresses) fields.lists.push(value);
  } else if (field === "to" || field === "cc") {
    const known = fields[field];
    fields[field] = known === null ? value : `${known}, ${value}`;
  } else if (field === "from" || field === "subject" || field === "date") fields[field] = value;
  else fields[field] ??= value;
}

/** Whether a field holds anything that `decodeFieldText` would change. */
export function needsDecoding(value: string): boolean {
  return value.includes("=?") || /[\t\0\r\n]/.test(value);
}

/** What a field says to a person: 8-bit text and encoded words decoded, tabs as spaces; a NUL ends it, as it does for git. */
export function decodeFieldText(value: string): string {
  const text = decodeEncodedWords(value);
  if (!/[\t\0\r\n]/.test(text)) return text;
  const end = text.indexOf("\0");
  return (end < 0 ? text : text.slice(0, end)).replace(/[\t\r\n]+/g, " ");
}

/** A field cut out of `rawText`: its 8-bit characters are bytes of a charset that nobody declared. */
export function decodeRawField(value: string): string {
  return /[^\0-\x7f]/.test(value) ? decodeDeclared(bytesOfRaw(value), null).text : value;
}

const oldestKept = -mailLimits.references;

/**
 * The Message-IDs of a field, without angle brackets, in the order given and once each. A blank inside one stays, as public-inbox
 * and b4 have it. Where nothing stands in brackets, a single word is taken for an id.
 */
export function parseMessageIds(value: string | null): string[] {
  if (!value) return [];
  const ids: string[] = [];
  let open = value.indexOf("<");
  while (open >= 0) {
    const close = value.indexOf(">", open);
    if (close < 0) break;
    let next = value.indexOf("<", open + 1);
    // A bracket that never closes swallows the next id, unless the last opening one counts.
    for (; next >= 0 && next < close; next = value.indexOf("<", open + 1)) open = next;
    const id = messageIdText(value.slice(open + 1, close));
    if (id) ids.push(id);
    open = next;
  }
  if (ids.length === 0 && value.length <= mailLimits.messageId) {
    const bare = value.replace(/^[<\s]+|(?<![>\s])[>\s]+$/g, "");
    if (bare && !/[\s<>]/.test(bare)) ids.push(bare);
  }
  const distinct = ids.length > 1 ? [...new Set(ids)] : ids;
  return distinct.length > mailLimits.references ? distinct.slice(oldestKept) : distinct;
}

function messageIdText(text: string): string {
  const id = /[\s\0]/.test(text) ? text.replace(/[\t\r\n\0]+/g, "").trim() : text;
  return id.length <= mailLimits.messageId ? id : "";
}

/** The id of a List-Id field: `KVM list <kvm.vger.kernel.org>`. */
export function parseListId(value: string): string {
  const close = value.lastIndexOf(">");
  const open = value.lastIndexOf("<", close);
  return (close > open && open >= 0 ? value.slice(open + 1, close) : value).trim().toLowerCase();
}
