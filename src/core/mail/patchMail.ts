/** The patches a mail carries: their texts, as read and as git takes them, and each written as a mail that `git am` takes. */
import { type Diff, readDiff } from "../diff/diff";
import { type Author, formatAuthor } from "./author";
import { asIconv, bytesOfRaw, decodeAsGit, rawOf, rawText, utf8OfRaw } from "./charset";
import { type HeaderFields, mailLimits, readHeader } from "./header";
import { type Mail, readMail } from "./mail";
import { parseMailDate } from "./mailDate";
import { type PatchBody, readPatchBody } from "./mailinfo";
import { hasFromLine } from "./mbox";
import { parseTrailers } from "./trailers";
import { encodeQuotedPrintable } from "./transferEncoding";

/**
 * The texts of the patches in a mail: its body, then each attachment that has a diff; see `patchesOf` in mailFacts.ts. Where
 * files of `git format-patch` stand one below the other, each is a text of its own, as it is for `git am`.
 *
 * @param bodyDiff the body's diff, where it has been read already
 */
export function patchTexts({ body, patches }: Mail, bodyDiff?: Diff): string[] {
  return [...cutAt(body, cutsIn(body, bodyDiff)), ...patches.filter(holdsDiff).flatMap((text) => cutAt(text, cutsIn(text)))];
}

/** The same as git is to take them, byte for byte; see exactText.ts. */
export function exactPatchTexts({ body, patches, exact }: Mail): string[] {
  const [first = "", ...attached] = exact ?? [body, ...patches].map(rawOf);
  const further = attached.flatMap((raw, at) => {
    const text = patches[at] ?? "";
    return holdsDiff(text) ? cutAt(raw, cutsIn(text)) : [];
  });
  return [...cutAt(first, cutsIn(body)), ...further];
}

const lossyUtf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * The same as an editor shows the lines of the files they are for, which it takes for UTF-8 whatever they are.
 *
 * @param isTold the editor was told what the file is, so that its letters are those that the mail is read with
 */
export function editorPatchTexts(mail: Mail, isTold = false): string[] {
  const texts = patchTexts(mail);
  if (!mail.exact) return texts;
  return exactPatchTexts(mail).map((raw, at) => utf8OfRaw(raw) ?? (isTold ? (texts[at] ?? "") : lossyUtf8.decode(bytesOfRaw(raw))));
}

function holdsDiff(text: string): boolean {
  return readDiff(text).files.length > 0;
}

/** The first line of a file of `git format-patch`; with a `>` in front of it git takes it for text. */
const formatPatchLine = /^From [0-9a-f]{40,64} Mon Sep 17 00:00:00 2001\r?$/gm;

/** Which of those lines part two patches, counted from 0: a diff stands above and below. One that only words introduce is none. */
function cutsIn(text: string, known?: Diff): number[] {
  if (!text.includes("\nFrom ")) return [];
  const lines = [...text.matchAll(formatPatchLine)];
  const { files } = lines.length === 0 ? { files: [] } : (known ?? readDiff(text));
  const cuts: number[] = [];
  let next = 0;
  for (const [place, { index }] of lines.entries()) {
    const first = next;
    while ((files[next]?.end ?? Infinity) <= index) next++;
    if (next > first && next < files.length) cuts.push(place);
  }
  return cuts;
}

function cutAt(text: string, cuts: readonly number[]): string[] {
  if (cuts.length === 0) return [text];
  const lines = [...text.matchAll(formatPatchLine)];
  const starts = [0, ...cuts.map((place) => lines[place]?.index ?? text.length)];
  return starts.map((start, at) => text.slice(start, starts[at + 1]));
}

// A patch as a mail in mbox form that `git am` takes, as text that survives a clipboard, whatever the bytes of its diff.

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
  const own = readPatchBody(text);
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

const quotedFileLine = /^>?From [0-9a-f]{40,64} Mon Sep 17 00:00:00 2001$/m;

/**
 * Of a file of `git format-patch` that was put into a mail as it is: what stands above its message is an answer and the file's
 * headers, which `git am` takes of the file alone. Null where there is none.
 */
function fileHead(text: string, { messageStart }: PatchBody): { readonly date: string | null } | null {
  const head = text.slice(0, messageStart);
  const line = quotedFileLine.exec(head);
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
  return email !== "" && email.toLowerCase() !== mail.from.email.toLowerCase() && readPatchBody(mail.body).author === null;
}

/**
 * Puts lines below the trailers of a patch's message, or in a paragraph of their own where it has none.
 *
 * @param isFile the message begins below the headers of a patch file, which are left out
 */
function withTrailers(raw: string, isFile: boolean, trailers: readonly string[]): string {
  if (!isFile && trailers.length === 0) return raw;
  const { message, messageStart, messageEnd } = readPatchBody(raw);
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
