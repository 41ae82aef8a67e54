/** Reads one mail. Hostile input is read as far as possible, and `problems` say what is wrong with it. */
import { parseAddress, parseAddresses, type RecentAddresses, unobscured } from "./address";
import { type Author, formatAuthor } from "./author";
import { decodeUtf8, rawOf, rawText, readsAsAscii, readsAsUtf8 } from "./charset";
import {
  decodeFieldText,
  decodeRawField,
  type Header,
  type HeaderFields,
  mailLimits,
  parseListId,
  parseMessageIds,
  readHeader,
} from "./header";
import { parseMailDate } from "./mailDate";
import { type InnerText, isPlainPart, type MailParts, parseContentType, readParts, unflowed, withLineFeeds } from "./mime";

export interface Mail {
  /** Without angle brackets; null where there is none. */
  readonly messageId: string | null;
  readonly inReplyTo: string | null;
  /** Oldest first; `inReplyTo` is not repeated. */
  readonly references: readonly string[];
  /** The From field, decoded. A `From:` in the body may name another author of the patch, see mailinfo.ts. */
  readonly from: Author;
  readonly to: readonly Author[];
  readonly cc: readonly Author[];
  readonly replyTo: readonly Author[];
  /** X-Original-From: the sender, where a list replaced From for the sake of DMARC. */
  readonly originalFrom: Author | null;
  /** The ids of the lists it came through: `kvm.vger.kernel.org`. */
  readonly lists: readonly string[];
  /** Decoded and in one line; a trailing space stays. */
  readonly subject: string;
  /** The Date field in milliseconds since 1970, unclamped; null where it is unreadable. */
  readonly date: number | null;
  /** Decoded, with LF at the ends of lines and the first attached patch at its end. It shares memory with the whole mail: copy what you keep. */
  readonly body: string;
  /** The charset of the body, by its WHATWG name. */
  readonly charset: string;
  /** The text does not fit the declared charset, or has a NUL, so that part of it was guessed. */
  readonly repaired: boolean;
  /** Further attached patches. */
  readonly patches: readonly string[];
  /**
   * The exact texts of `body` and `patches`, see charset.ts; absent where `rawOf` makes them of these. It does not where the mail is
   * in another charset, is damaged, or patches a file whose lines end in CR LF.
   */
  readonly exact?: readonly string[];
  readonly problems: readonly string[];
}

/**
 * Reads a mail. Never throws; the time it takes grows with the length of the mail and no faster.
 *
 * @param recent the addresses read before it, where many mails are read
 */
export function readMail(bytes: Uint8Array, recent?: RecentAddresses): Mail {
  return readNested(bytes, 0, recent);
}

function readNested(given: Uint8Array, nesting: number, recent?: RecentAddresses): Mail {
  const bytes = given.length > mailLimits.bytes ? given.subarray(0, mailLimits.bytes) : given;
  const utf8 = decodeUtf8(bytes);
  let text = utf8 ?? rawText(bytes);
  let header = readHeader(text, 0, text.length);
  const content = parseContentType(header.fields.contentType);
  const isAscii = utf8?.length === bytes.length;
  const fits = isAscii ? readsAsAscii(content.charset) : utf8 !== null && readsAsUtf8(content.charset);
  let parts: MailParts;
  const problems = new Set<string>();
  if (fits && isPlainPart(header.fields, content)) {
    parts = {
      body: unflowed(withLineFeeds(text.slice(header.end)), content.flow),
      patches: [],
      exact: null,
      charset: "utf-8",
      repaired: false,
    };
  } else {
    // Parts are cut out of the bytes, so offsets into the text have to be offsets into the bytes.
    if (utf8 !== null && !isAscii) {
      text = rawText(bytes);
      header = readHeader(text, 0, text.length);
    }
    if (!isAscii) decodeFields(header.fields);
    parts = readParts({ raw: text, bytes, start: header.end, nesting }, header.fields, problems, readInnerText);
  }
  if (bytes !== given) problems.add(`The mail is larger than ${mailLimits.bytes} bytes; the rest of it was not read.`);
  return mailOf(header, parts, problems, recent);
}

function decodeFields(fields: HeaderFields): void {
  const decoded = (value: string | null): string | null => (value === null ? null : decodeRawField(value));
  fields.from = decoded(fields.from);
  fields.to = decoded(fields.to);
  fields.cc = decoded(fields.cc);
  fields.replyTo = decoded(fields.replyTo);
  fields.originalFrom = decoded(fields.originalFrom);
  fields.subject = decoded(fields.subject);
}

/** Reads an attached mail as the text of a patch, with its headers where git looks for the author of a forwarded patch. */
function readInnerText(bytes: Uint8Array, nesting: number): InnerText {
  const { from, subject, body, exact } = readNested(bytes, nesting);
  const head = `From: ${formatAuthor(from)}\nSubject: ${subject}\n\n`;
  return { text: head + body, exact: exact?.[0] === undefined ? null : rawOf(head) + exact[0] };
}

function mailOf({ fields, problems: headerProblems }: Header, parts: MailParts, problems: Set<string>, recent?: RecentAddresses): Mail {
  for (const problem of headerProblems) problems.add(problem);
  const inReplyTo = pickReply(parseMessageIds(fields.inReplyTo));
  const references = parseMessageIds(fields.references).filter((id) => id !== inReplyTo);
  const messageId = parseMessageIds(fields.messageId)[0] ?? null;
  const date = fields.date === null ? null : parseMailDate(fields.date);
  if (messageId === null) problems.add(fields.messageId === null ? "The mail has no Message-ID." : "The Message-ID is unreadable.");
  if (date === null) problems.add(fields.date === null ? "The mail has no date." : "The date is unreadable.");
  const from = parseAddress(fields.from, recent);
  const hasNul = parts.body.includes("\0");
  if (hasNul) problems.add("The mail contains NUL characters, which are shown as U+FFFD.");
  const body = withinLines(withoutNul(parts.body), problems);
  // The body that is shown may have been cut or mended; git takes all of what came.
  const exact = parts.exact ?? (body === parts.body ? null : [parts.body, ...parts.patches].map(rawOf));
  const mail: Mail = {
    messageId,
    inReplyTo,
    references,
    from,
    to: parseAddresses(fields.to, recent),
    cc: parseAddresses(fields.cc, recent),
    replyTo: parseAddresses(fields.replyTo, recent),
    originalFrom: fields.originalFrom === null ? null : parseAddress(fields.originalFrom),
    lists: fields.lists.map(parseListId),
    subject: fields.subject === null ? "" : decodeFieldText(fields.subject),
    date,
    body: withAddresses(body, fields.from),
    charset: parts.charset,
    repaired: parts.repaired || hasNul,
    patches: parts.patches,
    problems: problems.size === 0 ? noTexts : [...problems],
  };
  return exact === null ? mail : { ...mail, exact };
}

const noTexts: readonly string[] = [];

/** The id in In-Reply-To. Old mailers also write the date and the person they answer; an id has an at sign. */
function pickReply(ids: readonly string[]): string | null {
  return ids.find((id) => id.includes("@")) ?? ids[0] ?? null;
}

/** Lines that name a person: `From: Bo Rask <bo at example.org>`. Those of a diff begin with a sign and do not match. */
const personLine = /^([A-Z][A-Za-z-]{1,40}:[^<>\n]{0,200}<)([^<>@\n]{1,200})>/gm;

/** Undoes `at` in the addresses of the text, where an archive of Mailman obscured that of the sender. */
function withAddresses(body: string, from: string | null): string {
  if (from === null || from.includes("@") || !from.includes(" at ")) return body;
  return body.replace(personLine, (line, start: string, address: string) => {
    const shown = unobscured(address);
    return shown === address ? line : `${start}${shown}>`;
  });
}

function withoutNul(text: string): string {
  return text.includes("\0") ? text.replaceAll("\0", "\uFFFD") : text;
}

/** Cuts lines that are longer than the limit. */
function withinLines(body: string, problems: Set<string>): string {
  if (body.length <= mailLimits.line) return body;
  const kept: string[] = [];
  let from = 0;
  for (let at = 0; at + mailLimits.line < body.length;) {
    // Jumps over all lines that end within the limit: a mail of empty lines has as many lines as characters.
    const last = body.lastIndexOf("\n", at + mailLimits.line);
    if (last >= at) {
      at = last + 1;
      continue;
    }
    problems.add(`A line of the mail is longer than ${mailLimits.line} characters and was cut.`);
    kept.push(body.slice(from, at + mailLimits.line));
    const lineEnd = body.indexOf("\n", at + mailLimits.line);
    from = lineEnd < 0 ? body.length : lineEnd;
    at = from + 1;
  }
  return kept.length > 0 ? kept.join("") + body.slice(from) : body;
}

// The text of an answer as a person reads it, and the names of its attachments.

export interface ReplyText {
  readonly text: string;
  /** The names of attachments, which are not shown. */
  readonly attachments: readonly string[];
  /** The end of a very long text was left out. */
  readonly cut: boolean;
}

/** Characters that are shown. What people write is far shorter; a longer text is a log or a dump. */
const textLimit = 120_000;
/** Names of attachments that are listed. */
const mostNames = 20;
const longestAttachmentName = 200;

/** Reads the text of an answer without its signature. */
export function replyText(bytes: Uint8Array): ReplyText {
  return { ...answerText(readMail(bytes)), attachments: attachmentNames(bytes) };
}

/** The same of a mail that was read, without the attachments. */
export function answerText({ body }: Mail): Pick<ReplyText, "text" | "cut"> {
  const text = withoutSignature(body).replace(/^\n+/, "").trimEnd();
  return { text: text.slice(0, textLimit), cut: text.length > textLimit };
}

function withoutSignature(body: string): string {
  const mark = `\n${body}`.lastIndexOf("\n-- \n");
  return mark >= 0 ? body.slice(0, mark) : body;
}

/** The names of the files attached to a mail. */
function attachmentNames(bytes: Uint8Array): string[] {
  const raw = rawText(bytes.length > mailLimits.bytes ? bytes.subarray(0, mailLimits.bytes) : bytes);
  const top = readHeader(raw, 0, raw.length);
  const { type, boundary } = parseContentType(top.fields.contentType);
  if (!type.startsWith("multipart/") || !boundary) return [];
  const names: string[] = [];
  let parts = 0;
  // Parts inside parts have boundaries of their own; every boundary is a line that begins with two dashes.
  for (let at = raw.indexOf("\n--", top.end - 1); at >= 0 && parts < mailLimits.parts; at = raw.indexOf("\n--", at + 1)) {
    const lineEnd = raw.indexOf("\n", at + 1);
    if (lineEnd < 0 || names.length >= mostNames) break;
    if (lineEnd - at > mailLimits.boundary + 4 || !/^Content-/i.test(raw.slice(lineEnd + 1, lineEnd + 9))) continue;
    parts++;
    const { fields } = readHeader(raw, lineEnd + 1, Math.min(raw.length, lineEnd + mailLimits.headers));
    const name = fileName(fields.disposition) ?? parseContentType(fields.contentType).name;
    const isAttached = name !== null || /^\s*attachment/i.test(fields.disposition ?? "");
    if (isAttached) names.push((name === null ? "a file without a name" : decodeFieldText(name)).slice(0, longestAttachmentName));
  }
  return names;
}

function fileName(disposition: string | null): string | null {
  const match = /;\s*filename\*?=(?:[\w-]*'[\w-]*')?(?:"([^"]*)"|([^;\s]+))/i.exec((disposition ?? "").slice(0, mailLimits.boundary * 10));
  return match?.[1] ?? match?.[2] ?? null;
}
