/** A patch as a mail in mbox form that `git am` takes, with its text decoded, so that it survives a clipboard. */
import { rawText } from "./charset";
import { readHeader } from "./header";
import { readMail, type Mail } from "./mail";
import { patchTexts } from "./patchFiles";
import { readPatchText } from "./mailText";
import { formatAuthor } from "./series";

/** What `git mailsplit` takes for the beginning of another mail. */
const fromLine = /^(?=From \S.*\d:\d\d.*\d{4}\s*$)/gm;

/**
 * Writes a patch as mbox text.
 *
 * @param place which of the patches in the mail it is
 */
export function patchMbox(bytes: Uint8Array, place: number): string | null {
  const mail = readMail(bytes);
  const text = patchTexts(mail)[place];
  if (text === undefined) return null;
  const { fields } = readHeader(rawText(bytes), 0, bytes.length);
  const subject = place > 0 ? (readPatchText(text).subject ?? mail.subject) : null;
  const headers = [
    "From mboxrd@z Thu Jan  1 00:00:00 1970",
    `From: ${asciiOr(fields.from, formatAuthor(mail.from))}`,
    ...(fields.date === null ? [] : [`Date: ${asciiOr(fields.date, "")}`]),
    `Subject: ${subject === null ? asciiOr(fields.subject, mail.subject) : oneLine(subject)}`,
    ...messageIdLine(mail),
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=UTF-8",
    "Content-Transfer-Encoding: 8bit",
  ];
  return `${headers.join("\n")}\n\n${text.replace(/\n*$/, "\n").replace(fromLine, ">")}`;
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
