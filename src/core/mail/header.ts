/** The header fields of a mail or of one of its parts: found, unfolded and, when asked, decoded (RFC 2047); and how much of a hostile mail is read. */
import { ownCopy } from "../text";
import { bytesOfRaw, decodeDeclared } from "./charset";
import { decodeBase64, hexByte } from "./transferEncoding";

/** How much of a hostile mail is read. What exceeds a limit is left out and named in the mail's problems; nothing throws. */
export const mailLimits = {
  /** Bytes of one mail; the largest patch ever sent to the kernel's lists is far smaller. */
  bytes: 32 * 1024 * 1024,
  /** Characters of all headers of a mail or part together. */
  headers: 1024 * 1024,
  /** Addresses in one header. */
  addresses: 2000,
  /** Message-IDs in one header; the newest are kept. */
  references: 1000,
  /** Characters of one Message-ID. */
  messageId: 1000,
  /** Parts of a multipart mail, over all levels. */
  parts: 1000,
  /** Levels of multiparts and of mails inside mails. */
  nesting: 20,
  /** Characters of a boundary; the standard allows 70. */
  boundary: 200,
  /** Characters of a line of the body; the rest of a longer one is cut off. */
  line: 1024 * 1024,
} as const;

/**
 * The fields that are read, unfolded and not yet decoded. Where a field that may be there once is repeated, the first one counts,
 * except From, Subject and Date: git makes the commit from the last one.
 */
export interface HeaderFields {
  from: string | null;
  /** Several To fields are joined by commas; so are several Cc fields. */
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

type SingleField = Exclude<keyof HeaderFields, "lists" | "to" | "cc">;

type FieldName = readonly [name: string, field: SingleField | "to" | "cc" | "lists"];

const fieldNames: readonly FieldName[] = [
  ["from", "from"],
  ["to", "to"],
  ["cc", "cc"],
  ["reply-to", "replyTo"],
  ["x-original-from", "originalFrom"],
  ["subject", "subject"],
  ["date", "date"],
  ["message-id", "messageId"],
  ["in-reply-to", "inReplyTo"],
  ["references", "references"],
  ["list-id", "lists"],
  ["content-type", "contentType"],
  ["content-transfer-encoding", "encoding"],
  ["content-disposition", "disposition"],
];
/** The names by length and first letter: most of the fifty fields of a mail are passed over without cutting out their names. */
const namesByShape = shapeTable();
const longestName = Math.max(...fieldNames.map(([name]) => name.length));

function shapeOf(length: number, first: number): number {
  return length * 32 + (first & 31);
}

function shapeTable(): ReadonlyArray<FieldName | undefined> {
  const table = Array.from<FieldName | undefined>({ length: 1024 }).fill(undefined);
  for (const entry of fieldNames) table[shapeOf(entry[0].length, entry[0].charCodeAt(0))] = entry;
  return table;
}

const lineFeed = 10;
const carriageReturn = 13;
const space = 32;
const tab = 9;
const colon = 58;
const equals = 61;
const underscore = 95;

/**
 * Reads the fields from an offset on, up to the empty line. As in git and Python, a line that cannot be a header ends them too,
 * and belongs to the body.
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
    // Ids and names are kept long after the mail itself is gone, so they are copied; a folded value is a copy already.
    const isIds = idFields.has(known[1]);
    addField(fields, known[1], isFolded ? unfolded(raw, isIds) : ownCopy(lineText(raw, 0, raw.length)));
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

/** A line without its leading blanks and its CR. Blanks at its end stay, as they may belong to a subject. */
function lineText(text: string, from: number, lineEnd: number): string {
  const end = lineEnd > from && text.charCodeAt(lineEnd - 1) === carriageReturn ? lineEnd - 1 : lineEnd;
  let start = from;
  while (start < end && (text.charCodeAt(start) === space || text.charCodeAt(start) === tab)) start++;
  return text.slice(start, end);
}

/** Where the colon behind a field's name is; -1 for a line that has no name. */
function endOfName(text: string, from: number, lineEnd: number): number {
  for (let at = from; at < lineEnd; at++) {
    const code = text.charCodeAt(at);
    if (code === colon) return at > from ? at : -1;
    if (code === space || code === tab) return spacedColon(text, from, at, lineEnd);
    if (code < space || code >= 127) return -1;
  }
  return -1;
}

/** Where the colon of `MESSAGE-ID : <id>` is, as old mail may write it; -1 where the word is no field's name, but begins a sentence. */
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

/** Whether a line is the `From ` line of an mbox, which is above the headers and no header itself; some tools quote it. */
function isMailboxLine(text: string, at: number, start: number): boolean {
  return at === start && (text.startsWith("From ", at) || text.startsWith(">From ", at));
}

function knownField(text: string, from: number, nameEnd: number): FieldName | undefined {
  const length = nameEnd - from;
  if (length > longestName) return undefined;
  const known = namesByShape[shapeOf(length, text.charCodeAt(from))];
  if (!known) return undefined;
  // Letters match in either case, which the sixth bit tells apart; in `-` it is set too.
  for (let at = 1; at < length; at++) if ((text.charCodeAt(from + at) | 0x20) !== known[0].charCodeAt(at)) return undefined;
  return known;
}

/** Fields of Message-IDs, which some mailers fold in the middle of an id. */
const idFields: ReadonlySet<string> = new Set<SingleField>(["messageId", "inReplyTo", "references"]);

/** Joins the lines of a folded value. */
function unfolded(raw: string, isIds: boolean): string {
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

/** Joins lines without a blank where one ends inside angle brackets. */
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

function addField(fields: HeaderFields, field: SingleField | "to" | "cc" | "lists", value: string): void {
  if (field === "lists") {
    if (fields.lists.length < mailLimits.addresses) fields.lists.push(value);
  } else if (field === "to" || field === "cc") {
    const known = fields[field];
    fields[field] = known === null ? value : `${known}, ${value}`;
  } else if (field === "from" || field === "subject" || field === "date") fields[field] = value;
  else fields[field] ??= value;
}

// What fields say: text, Message-IDs, the id of a list.

/** Whether `decodeFieldText` would change anything in a field. */
export function needsDecoding(value: string): boolean {
  return value.includes("=?") || /[\t\0\r\n]/.test(value);
}

/** The text of a field for a person: encoded words are decoded and tabs become spaces; a NUL ends it, as in git. */
export function decodeFieldText(value: string): string {
  const text = decodeEncodedWords(value);
  if (!/[\t\0\r\n]/.test(text)) return text;
  const end = text.indexOf("\0");
  return (end < 0 ? text : text.slice(0, end)).replace(/[\t\r\n]+/g, " ");
}

/** Decodes a field that was cut out of `rawText`: its 8-bit characters are bytes of a charset that nobody declared. */
export function decodeRawField(value: string): string {
  return /[^\0-\x7f]/.test(value) ? decodeDeclared(bytesOfRaw(value), null).text : value;
}

const oldestKept = -mailLimits.references;

/**
 * The Message-IDs of a field, without angle brackets, each once and in the order given. A blank inside an id stays, as in
 * public-inbox and b4. Where nothing is in brackets, a single word is taken for an id.
 */
export function parseMessageIds(value: string | null): string[] {
  if (!value) return [];
  const ids: string[] = [];
  let open = value.indexOf("<");
  while (open >= 0) {
    const close = value.indexOf(">", open);
    if (close < 0) break;
    let next = value.indexOf("<", open + 1);
    // The last opening bracket counts, or one that never closes would swallow the next id.
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

/** The id in a List-Id field: `KVM list <kvm.vger.kernel.org>`. */
export function parseListId(value: string): string {
  const close = value.lastIndexOf(">");
  const open = value.lastIndexOf("<", close);
  return (close > open && open >= 0 ? value.slice(open + 1, close) : value).trim().toLowerCase();
}

// Encoded words of headers (RFC 2047): `=?utf-8?Q?J=C3=B6rg?=`.

/** The standard does not allow blanks inside the text, but some mailers write them. A language behind `*` is allowed, and ignored. */
const encodedWord = /=\?([^?*\s]+)(?:\*[^?\s]*)?\?([bBqQ])\?([^?]*)\?=/g;
const onlyBlanks = /^\s*$/;

/** Decodes the encoded words of a header value. White space between two of them is not part of the text. */
function decodeEncodedWords(value: string): string {
  if (!value.includes("=?")) return value;
  let text = "";
  let at = 0;
  // Words of one charset are joined before they are decoded, since many mailers split a character between two words.
  let charset = "";
  let pieces: Uint8Array[] = [];
  const flush = (): void => {
    if (pieces.length > 0) text += decodeDeclared(joinBytes(pieces), charset).text;
    pieces = [];
  };
  encodedWord.lastIndex = 0;
  for (let match = encodedWord.exec(value); match; match = encodedWord.exec(value)) {
    const between = value.slice(at, match.index);
    const label = (match[1] ?? "").toLowerCase();
    const follows = pieces.length > 0 && onlyBlanks.test(between);
    // In a charset with shift states each word begins and ends in ASCII, so joined words would not be valid text.
    if (!follows || label !== charset || label.startsWith("iso-2022")) flush();
    if (!follows) text += between;
    charset = label;
    pieces.push(match[2]?.toLowerCase() === "b" ? decodeBase64(asciiBytes(match[3] ?? "")).bytes : decodeQ(match[3] ?? ""));
    at = match.index + match[0].length;
  }
  flush();
  return text + value.slice(at);
}

const encoder = new TextEncoder();

function asciiBytes(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}

/** Decodes `Q`: quoted-printable of one line, in which `_` is a space. */
function decodeQ(text: string): Uint8Array {
  const encoded = asciiBytes(text);
  let length = 0;
  for (let at = 0; at < encoded.length; at++) {
    const code = encoded[at] ?? 0;
    const byte = code === equals ? hexByte(encoded, at + 1) : -1;
    if (byte >= 0) at += 2;
    encoded[length++] = byte >= 0 ? byte : code === underscore ? space : code;
  }
  return encoded.subarray(0, length);
}

function joinBytes(pieces: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}
