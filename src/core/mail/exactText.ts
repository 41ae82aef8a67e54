/**
 * What git is to take of a mail, byte for byte: texts with one character for each byte, as `rawText` makes them, that are read like
 * any other, since all that cuts a patch is ASCII. Below the message stand the bytes that were sent, whatever the charset of the
 * mail: a diff has that of its file. The message is UTF-8, as git makes it for the commit.
 */
import { readDiff } from "../diff/diff";
import { decodeDeclared, decodeUtf8, readsAsAscii, type DecodedText } from "./charset";
import { bytesOfRaw, rawText } from "../rawText";
import { readPatchMessage } from "./mailText";

const encoder = new TextEncoder();

/** A decoded text as one with a character for each byte of it in UTF-8. */
export function rawOf(text: string): string {
  return isAscii(text) ? text : rawText(encoder.encode(text));
}

function isAscii(text: string): boolean {
  return /^[\0-\x7f]*$/.test(text);
}

/** Whether a part's text tells all of its bytes: `rawOf` gives them back. */
export function tellsAll(bytes: Uint8Array, { text, charset }: DecodedText): boolean {
  if (text.includes("\0")) return false;
  return charset === "utf-8" ? !hasMark(bytes) : text.length === bytes.length && isAscii(text);
}

/** A byte order mark, which decoding takes away. */
function hasMark(bytes: Uint8Array): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

/**
 * What git is to take of a part of a mail.
 *
 * @param raw the part as it was sent, transfer encoding undone, one character for each byte
 * @param label the charset it declares
 */
export function exactPart(raw: string, label: string | null): string {
  const wanted = label?.trim().toLowerCase() ?? "";
  // Git leaves what declares nothing as it is, and what is not UTF-8 though it says so.
  if (wanted === "" || wanted === "utf-8" || wanted === "utf8") return raw;
  const bytes = bytesOfRaw(raw);
  // Neither lines nor a diff could be found in what has two bytes for each letter.
  if (!readsAsAscii(wanted) && !wanted.startsWith("iso-2022")) return rawOf(decodeDeclared(bytes, wanted).text);
  const diff = readDiff(raw);
  const { messageEnd } = readPatchMessage(raw, diff);
  const end = diff.files.length > 0 ? messageEnd : raw.length;
  return rawOf(messageAsGit(bytes.subarray(0, end), wanted)) + raw.slice(end);
}

/** Letters that the tables of git's iconv read in another way than the standard of the web. */
const japanese = /^(?:x-)?(?:shift[-_]?jis|sjis|ms_kanji|csshiftjis|euc-?jp|iso-2022-jp)$/;
const japaneseLetters = new Map([
  ["\uFF5E", "\u301C"],
  ["\u2225", "\u2016"],
  ["\uFF0D", "\u2212"],
  ["\uFFE0", "\u00A2"],
  ["\uFFE1", "\u00A3"],
  ["\uFFE2", "\u00AC"],
]);

/** Decodes a message as git would; where it would refuse the mail, since the bytes do not fit the charset, as we read it. */
function messageAsGit(bytes: Uint8Array, label: string): string {
  const { text, repaired } = decodeDeclared(bytes, label);
  if (repaired) return text;
  // For the web all of Latin-1 is windows-1252; for git the bytes between are control characters.
  if (/^(?:cs)?(?:iso[-_]?8859|iso[-_]ir-100|latin|l1$)/.test(label) && text.length === bytes.length)
    return Array.from(bytes, (byte, at) => (byte >= 0x80 && byte < 0xa0 ? String.fromCharCode(byte) : text.charAt(at))).join("");
  return asIconv(text, label);
}

/** Text that was decoded from a charset, with the letters that git's iconv has for it. */
export function asIconv(text: string, label: string): string {
  if (!japanese.test(label)) return text;
  return text.replace(/[\uFF5E\u2225\uFF0D\uFFE0-\uFFE2]/g, (letter) => japaneseLetters.get(letter) ?? letter);
}

/** The text of such bytes where they are UTF-8, byte order marks and all; null where they are not. */
export function utf8OfRaw(raw: string): string | null {
  if (isAscii(raw)) return raw;
  const bytes = bytesOfRaw(raw);
  const text = decodeUtf8(bytes);
  return text !== null && hasMark(bytes) ? `\uFEFF${text}` : text;
}

/**
 * A path as `readDiff` finds it in such a text. Git quotes letters that are not ASCII, so that they are decoded already, unless it was
 * told not to.
 */
export function pathOfRaw(path: string): string {
  const decoded = utf8OfRaw(path);
  return decoded !== null && rawOf(decoded) === path ? decoded : path;
}
