/** A patch as a mail in mbox form that `git am` takes, as text that survives a clipboard, whatever the bytes of its diff. */
import { decodeAsGit } from "./charset";
import { bytesOfRaw, rawText } from "../rawText";
import { asIconv, rawOf, utf8OfRaw } from "./exactText";
import { readHeader, type HeaderFields } from "./header";
import { parseMailDate } from "./mailDate";
import { readMail, type Mail } from "./mail";
import { mailLimits } from "./mailLimits";
import { exactPatchTexts, patchTexts } from "./mailPatches";
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

/** A mail that patches are written out of, read once however many they are. */
export interface PatchMail {
  readonly mail: Mail;
  readonly fields: HeaderFields;
  /** Of its patches, in their order, as they are read and as git is to take them. */
  readonly texts: readonly string[];
  readonly exact: readonly string[];
}

/** Opens a mail for `patchMbox`. */
export function openPatchMail(bytes: Uint8Array): PatchMail {
  const mail = readMail(bytes);
  const { fields } = readHeader(rawText(bytes.subarray(0, mailLimits.headers)), 0, Math.min(bytes.length, mailLimits.headers));
  return { mail, fields, texts: patchTexts(mail), exact: exactPatchTexts(mail) };
}

/**
 * Writes a patch as mbox text. What git takes of it is what it would take of the mail, byte for byte.
 *
 * @param place which of the patches in the mail it is
 */
export function patchMbox(
  { mail, fields, texts, exact }: PatchMail,
  place: number,
  { trailers = [], author, date: sent }: PatchMailOptions = {},
): string | null {
  const [text, raw] = [texts[place], exact[place]];
  if (text === undefined || raw === undefined) return null;
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
  return [...headers, ...encoded(withTrailers(raw, file !== null, trailers))].join("\n");
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
function encoded(raw: string): [field: string, blank: string, body: string] {
  // Blank lines at its end stay, since the last hunk may need them: a mailer may have taken the space off an empty line.
  const body = raw.endsWith("\n") ? raw : `${raw}\n`;
  const name = "Content-Transfer-Encoding";
  // As it is git would take the CR off each line, another mail would begin in the midst of this one, and as text, in a clipboard or
  // a file, only UTF-8 stays what it is.
  const text = body.includes("\r\n") || body.includes("\0") || hasFromLine(body) ? null : utf8OfRaw(body);
  return text === null ? [`${name}: quoted-printable`, "", encodeQuotedPrintable(body)] : [`${name}: 8bit`, "", text];
}

/** Whether somebody else's address stands in the header; a `From:` that opens the body git reads by itself. */
function isMunged(mail: Mail, { email }: Author): boolean {
  return email !== "" && email.toLowerCase() !== mail.from.email.toLowerCase() && readPatchText(mail.body).author === null;
}

/**
 * Puts lines below the trailers of a patch's message, or in a paragraph of their own where it has none.
 *
 * @param isFile the message begins below the headers of a patch file, which are left out
 */
function withTrailers(raw: string, isFile: boolean, trailers: readonly string[]): string {
  if (!isFile && trailers.length === 0) return raw;
  const { message, messageStart, messageEnd } = readPatchText(raw);
  const start = isFile ? messageStart : 0;
  if (trailers.length === 0) return raw.slice(start);
  const last = message.slice(message.lastIndexOf("\n\n") + 1);
  const above = withoutLastBlanks(raw.slice(start, messageEnd));
  const gap = above === "" ? "" : parseTrailers(last, "patch").length > 0 ? "\n" : "\n\n";
  return `${above}${gap}${rawOf(trailers.map(oneLine).join("\n"))}\n${raw.slice(messageEnd)}`;
}

/** Of bytes only those that are blank in ASCII: others are halves of letters. */
function withoutLastBlanks(raw: string): string {
  let end = raw.length;
  while (end > 0 && raw.charCodeAt(end - 1) <= space) end--;
  return raw.slice(0, end);
}

const space = 32;

function messageIdLine({ messageId }: Mail): string[] {
  return messageId === null ? [] : [`Message-ID: <${oneLine(messageId)}>`];
}

/** An encoded word in a charset that some git may not know, so that it would refuse the mail. */
const strangeWord = /=\?(?!(?:utf-?8|iso-8859-\d{1,2}|windows-125\d|koi8-[ru])\?)([^?\s]{1,40})\?/i;

/** A field as the mail has it, with its encoded words, bytes that nobody encoded as git reads them; decoded where it has strange words. */
function readableOr(field: string | null, decoded: string): string {
  const strange = strangeWord.exec(field ?? "")?.[1];
  if (field === null || strange !== undefined || field.includes("\0")) return oneLine(asIconv(decoded, strange?.toLowerCase() ?? ""));
  return oneLine(/^[\0-\x7f]*$/.test(field) ? field : decodeAsGit(bytesOfRaw(field)));
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

/** With the blanks of ASCII alone: a no-break space is a letter of a title. */
function oneLine(text: string): string {
  return text.replace(/[\t-\r ]+/g, " ").replace(/^ | $/g, "");
}
