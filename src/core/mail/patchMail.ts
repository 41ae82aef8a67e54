/** The patches in a mail: their texts, decoded and exact, and each of them as a mail that `git am` takes. */
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
 * The texts of the patches in a mail: its body, then each attachment that has a diff. Where several files of `git format-patch` are
 * in one text, each becomes a text of its own, as for `git am`.
 *
 * @param bodyDiff the diff of the body, where it has been read already
 */
export function patchTexts({ body, patches }: Mail, bodyDiff?: Diff): string[] {
  return [...cutAt(body, cutsIn(body, bodyDiff)), ...patches.filter(holdsDiff).flatMap((text) => cutAt(text, cutsIn(text)))];
}

/** The exact texts of the same patches, see charset.ts: what git takes, byte for byte. */
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
 * The same patches as an editor reads the lines of the patched files: as UTF-8, whatever they are.
 *
 * @param isTold the editor was told the charset of the file, so that it reads the lines as the mail is read
 */
export function editorPatchTexts(mail: Mail, isTold = false): string[] {
  const texts = patchTexts(mail);
  if (!mail.exact) return texts;
  return exactPatchTexts(mail).map((raw, at) => utf8OfRaw(raw) ?? (isTold ? (texts[at] ?? "") : lossyUtf8.decode(bytesOfRaw(raw))));
}

function holdsDiff(text: string): boolean {
  return readDiff(text).files.length > 0;
}

/** The first line of a file of `git format-patch`. With a `>` in front of it git takes it for text. */
const formatPatchLine = /^From [0-9a-f]{40,64} Mon Sep 17 00:00:00 2001\r?$/gm;
const formatPatchDate = " Mon Sep 17 00:00:00 2001";

/**
 * Which of these lines divide two patches, counted from 0: those that have a diff above and below them. A patch file below a mere
 * introduction is not divided from it.
 */
function cutsIn(text: string, known?: Diff): number[] {
  // A long text is searched for in strides, and so many times as fast as one that begins with a line end.
  if (!text.includes(formatPatchDate)) return [];
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

// A patch as a mail of an mbox that `git am` takes. It is text that survives a clipboard, whatever the bytes of its diff.

interface PatchMailOptions {
  /** Lines to add below the trailers of the message: `Reviewed-by: Ada Lind <ada@example.org>`. */
  readonly trailers?: readonly string[];
  /** The author of the patch, for a mail in which a list put its own address in the sender's place. */
  readonly author?: Author;
  /** The date, for a mail whose own one is unreadable: `2026-10-01T09:00:00Z`. */
  readonly date?: string | null;
}

/** A mail that is read once to write any number of its patches. */
export interface PatchMail {
  readonly mail: Mail;
  readonly fields: HeaderFields;
  /** The decoded and the exact texts of its patches, in their order. */
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
 * Writes a patch as mbox text. Git takes the same of it as of the mail, byte for byte.
 *
 * @param place the number of the patch in the mail, from 0
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
 * The head of a file of `git format-patch` that was pasted into a mail: all above its message is an introduction and the file's own
 * headers, which `git am` takes from the file. Null where there is no such file.
 */
function fileHead(text: string, { messageStart }: PatchBody): { readonly date: string | null } | null {
  const head = text.slice(0, messageStart);
  const line = quotedFileLine.exec(head);
  return line && { date: /^Date:[ \t]*(\S.*)$/im.exec(head.slice(line.index))?.[1] ?? null };
}

/** The field Content-Transfer-Encoding, an empty line, and the body. */
function encoded(raw: string): [field: string, blank: string, body: string] {
  // Blank lines at its end stay: they may be empty context lines of the last hunk that lost their space.
  const body = raw.endsWith("\n") ? raw : `${raw}\n`;
  const name = "Content-Transfer-Encoding";
  // Unencoded, git would drop the CR of each line, a line `From ` would begin another mail, and a clipboard would change all that is
  // not UTF-8.
  const text = body.includes("\r\n") || body.includes("\0") || hasFromLine(body) ? null : utf8OfRaw(body);
  return text === null ? [`${name}: quoted-printable`, "", encodeQuotedPrintable(body)] : [`${name}: 8bit`, "", text];
}

/** Whether the header has somebody else's address. Where a `From:` opens the body, git reads that one anyway. */
function isMunged(mail: Mail, { email }: Author): boolean {
  return email !== "" && email.toLowerCase() !== mail.from.email.toLowerCase() && readPatchBody(mail.body).author === null;
}

/**
 * Adds lines below the trailers of a message, or in a paragraph of their own where it has none.
 *
 * @param isFile whether the headers of a patch file are above the message; they are left out
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

/** Removes the ASCII blanks at the end of raw text; other bytes may be parts of characters. */
function withoutLastBlanks(raw: string): string {
  let end = raw.length;
  while (end > 0 && raw.charCodeAt(end - 1) <= space) end--;
  return raw.slice(0, end);
}

const space = 32;

function messageIdLine({ messageId }: Mail): string[] {
  return messageId === null ? [] : [`Message-ID: <${oneLine(messageId)}>`];
}

/** An encoded word in a charset that an older git may not know; it would refuse the mail. */
const strangeWord = /=\?(?!(?:utf-?8|iso-8859-\d{1,2}|windows-125\d|koi8-[ru])\?)([^?\s]{1,40})\?/i;

/** A field as the mail has it, with unencoded bytes decoded as git does it. A field with strange encoded words is decoded as a whole. */
function readableOr(field: string | null, decoded: string): string {
  const strange = strangeWord.exec(field ?? "")?.[1];
  if (field === null || strange !== undefined || field.includes("\0")) return oneLine(asIconv(decoded, strange?.toLowerCase() ?? ""));
  return oneLine(/^[\0-\x7f]*$/.test(field) ? field : decodeAsGit(bytesOfRaw(field)));
}

/** An author for a From field; the name is quoted where it has a character that means something there. */
function sender(author: Author): string {
  const { name, email } = author;
  if (!email || !/["\\()<>@,;:]/.test(name)) return oneLine(formatAuthor(author));
  return oneLine(`"${name.replace(/["\\]/g, "\\$&")}" <${email}>`);
}

/** With a year of four digits and a zone, git reads a date as everyone else does. */
const fullYear = /(?:^|\D)(?:19[7-9]|20)\d\d(?:\D|$)/;
const zone = /[+-](?:0\d|1[0-4]):?[0-5]\d(?!\d)|\b(?:GMT|UTC|[ECMP][SD]T)\b|\dZ\s*$/;

/**
 * A date that git reads as we do; null where it is unreadable. Git refuses a mail with an odd date, and takes a missing zone for that
 * of the person who applies it.
 */
function gitDate(field: string | null): string | null {
  const date = field === null ? null : parseMailDate(field);
  if (field === null || date === null || date < 0) return null;
  return /^[\x01-\x7f]*$/.test(field) && fullYear.test(field) && zone.test(field) ? oneLine(field) : new Date(date).toUTCString();
}

/** Turns runs of ASCII blanks into one space; a no-break space may belong to a title and stays. */
function oneLine(text: string): string {
  return text.replace(/[\t-\r ]+/g, " ").replace(/^ | $/g, "");
}
