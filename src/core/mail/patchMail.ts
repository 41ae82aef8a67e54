/** A patch as a mail in mbox form that `git am` takes, with its text decoded, so that it survives a clipboard. */
import { rawText } from "./charset";
import { readHeader } from "./header";
import { parseMailDate } from "./mailDate";
import { readMail, type Mail } from "./mail";
import { exactPatchTexts } from "./mailPatches";
import { formatAuthor, type Author } from "./author";
import { readPatchText, type PatchText } from "./mailText";
import { encodeQuotedPrintable } from "./transferEncoding";
import { parseTrailers } from "./trailers";
import { hasFromLine } from "./fromLine";

export interface PatchMailOptions {
  /** Lines that are put below the trailers of the message: `Reviewed-by: Ada Lind <ada@example.org>`. */
  readonly trailers?: readonly string[];
  /** Whose patch it is: where a list put its own address into the sender's place, git would take that. */
  readonly author?: Author;
  /** When it was sent, for a mail whose own date cannot be read: `2026-10-01T09:00:00Z`. */
  readonly date?: string | null;
}

/**
 * Writes a patch as mbox text.
 *
 * @param place which of the patches in the mail it is
 */
export function patchMbox(bytes: Uint8Array, place: number, { trailers = [], author, date: sent }: PatchMailOptions = {}): string | null {
  const mail = readMail(bytes);
  const text = exactPatchTexts(mail)[place];
  if (text === undefined) return null;
  const { fields } = readHeader(rawText(bytes), 0, bytes.length);
  const own = readPatchText(text);
  const file = fileHead(text, own);
  const subject = file || place > 0 ? own.subject : null;
  const from = file && own.author ? own.author : author && isMunged(mail, author) ? author : null;
  const date = gitDate(file?.date ?? null) ?? gitDate(fields.date) ?? gitDate(sent ?? null);
  const headers = [
    "From mboxrd@z Thu Jan  1 00:00:00 1970",
    `From: ${from ? sender(from) : readableOr(fields.from, sender(mail.from))}`,
    ...(date === null ? [] : [`Date: ${date}`]),
    `Subject: ${subject === null ? readableOr(fields.subject, mail.subject) : oneLine(subject)}`,
    ...messageIdLine(mail),
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=UTF-8",
  ];
  return [...headers, ...encoded(withTrailers(file ? text.slice(own.messageStart) : text, trailers))].join("\n");
}

const fileLine = /^>?From [0-9a-f]{40,64} Mon Sep 17 00:00:00 2001$/m;

/**
 * Of a file of `git format-patch` that was put into a mail as it is: what stands above its message is an answer and the file's
 * headers, which `git am` takes of the file alone. Null where there is none.
 */
function fileHead(text: string, { messageStart }: PatchText): { readonly date: string | null } | null {
  const head = text.slice(0, messageStart);
  const line = fileLine.exec(head);
  return line && { date: /^Date:[ \t]*(\S.*)$/im.exec(head.slice(line.index))?.[1] ?? null };
}

/** The field that says how the body is encoded, an empty line, and the body. */
function encoded(text: string): [field: string, blank: string, body: string] {
  // Blank lines at its end stay, since the last hunk may need them: a mailer may have taken the space off an empty line.
  const body = text.endsWith("\n") ? text : `${text}\n`;
  const name = "Content-Transfer-Encoding";
  // As it is git would take the CR off each line, and another mail would begin in the midst of this one.
  return body.includes("\r\n") || hasFromLine(body)
    ? [`${name}: quoted-printable`, "", encodeQuotedPrintable(body)]
    : [`${name}: 8bit`, "", body];
}

/** Whether somebody else's address stands in the header; a `From:` that opens the body git reads by itself. */
function isMunged(mail: Mail, { email }: Author): boolean {
  return email !== "" && email.toLowerCase() !== mail.from.email.toLowerCase() && readPatchText(mail.body).author === null;
}

/** Puts lines below the trailers of a patch's message, or in a paragraph of their own where it has none. */
function withTrailers(text: string, trailers: readonly string[]): string {
  if (trailers.length === 0) return text;
  const { message, messageEnd } = readPatchText(text);
  const last = message.slice(message.lastIndexOf("\n\n") + 1);
  const above = text.slice(0, messageEnd).trimEnd();
  const gap = above === "" ? "" : parseTrailers(last, "patch").length > 0 ? "\n" : "\n\n";
  return `${above}${gap}${trailers.map(oneLine).join("\n")}\n${text.slice(messageEnd)}`;
}

function messageIdLine({ messageId }: Mail): string[] {
  return messageId === null ? [] : [`Message-ID: <${oneLine(messageId)}>`];
}

/**
 * A field as the mail has it, with its encoded words; decoded where it was sent as bytes that nobody encoded, or in a charset
 * that git may not know, for then it would refuse the mail.
 */
function readableOr(field: string | null, decoded: string): string {
  const isReadable = field !== null && /^[\x01-\x7f]*$/.test(field) && !/=\?(?!utf-?8\?)[^?\s]{1,40}\?/i.test(field);
  return oneLine(isReadable ? field : decoded);
}

/** An author as a From field names them: in quotes where a letter of the name would mean something there. */
function sender(author: Author): string {
  const { name, email } = author;
  if (!email || !/["\\()<>@,;:]/.test(name)) return oneLine(formatAuthor(author));
  return oneLine(`"${name.replace(/["\\]/g, "\\$&")}" <${email}>`);
}

/** A year of four digits and a zone: all that git needs to read a date the way everyone else does. */
const fullYear = /(?:^|\D)(?:19[7-9]|20)\d\d(?:\D|$)/;
const zone = /[+-](?:0\d|1[0-4]):?[0-5]\d(?!\d)|\b(?:GMT|UTC|[ECMP][SD]T)\b|\dZ\s*$/;

/** A date that git reads as we do; null where nobody can. Git refuses a mail for its date, and guesses the zone of whoever applies it. */
function gitDate(field: string | null): string | null {
  const date = field === null ? null : parseMailDate(field);
  if (field === null || date === null || date < 0) return null;
  return /^[\x01-\x7f]*$/.test(field) && fullYear.test(field) && zone.test(field) ? oneLine(field) : new Date(date).toUTCString();
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
