/** A patch as a mail in mbox form that `git am` takes, with its text decoded, so that it survives a clipboard. */
import { rawText } from "./charset";
import { readHeader } from "./header";
import { readMail, type Mail } from "./mail";
import { patchTexts } from "./patchFiles";
import { readPatchText } from "./mailText";
import { formatAuthor, type Author } from "./series";
import { parseTrailers } from "./trailers";
import { quoteFromLines } from "./fromLine";

export interface PatchMailOptions {
  /** Lines that are put below the trailers of the message: `Reviewed-by: Ada Lind <ada@example.org>`. */
  readonly trailers?: readonly string[];
  /** Whose patch it is: where a list put its own address into the sender's place, git would take that. */
  readonly author?: Author;
}

/**
 * Writes a patch as mbox text.
 *
 * @param place which of the patches in the mail it is
 */
export function patchMbox(bytes: Uint8Array, place: number, { trailers = [], author }: PatchMailOptions = {}): string | null {
  const mail = readMail(bytes);
  const text = patchTexts(mail)[place];
  if (text === undefined) return null;
  const { fields } = readHeader(rawText(bytes), 0, bytes.length);
  const subject = place > 0 ? (readPatchText(text).subject ?? mail.subject) : null;
  const from = author && isMunged(mail, author) ? formatAuthor(author) : asciiOr(fields.from, formatAuthor(mail.from));
  const headers = [
    "From mboxrd@z Thu Jan  1 00:00:00 1970",
    `From: ${oneLine(from)}`,
    ...(fields.date === null ? [] : [`Date: ${asciiOr(fields.date, "")}`]),
    `Subject: ${subject === null ? asciiOr(fields.subject, mail.subject) : oneLine(subject)}`,
    ...messageIdLine(mail),
    "MIME-Version: 1.0",
    `Content-Type: text/plain; charset=UTF-8${flow(fields.contentType)}`,
    "Content-Transfer-Encoding: 8bit",
  ];
  return `${headers.join("\n")}\n\n${quoteFromLines(endedOnce(withTrailers(text, trailers)))}`;
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

/** With one line end behind the last line. A loop, since a pattern would look at each run of blank lines from each of its lines. */
function endedOnce(text: string): string {
  let end = text.length;
  while (text[end - 1] === "\n") end--;
  return `${text.slice(0, end)}\n`;
}

/** Of a mail whose lines flow git takes off the space that was put in front of some; so it has to be told. */
function flow(contentType: string | null): string {
  const isFlowed = /^text\/plain\b.*;\s*format\s*=\s*"?flowed\b/is.test(contentType ?? "");
  return isFlowed ? `; format=flowed${/;\s*delsp\s*=\s*"?yes\b/i.test(contentType ?? "") ? "; delsp=yes" : ""}` : "";
}

function messageIdLine({ messageId }: Mail): string[] {
  return messageId === null ? [] : [`Message-ID: <${oneLine(messageId)}>`];
}

/** A field as the mail has it, with its encoded words; decoded where it was sent as bytes that nobody encoded. */
function asciiOr(field: string | null, decoded: string): string {
  return oneLine(field !== null && /^[\x01-\x7f]*$/.test(field) ? field : decoded);
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
