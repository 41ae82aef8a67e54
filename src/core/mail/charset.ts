/** Bytes to text and back: what a mail declares, else strict UTF-8, else windows-1252; and raw text, one character for each byte, which git takes byte for byte. */

interface DecodedText {
  readonly text: string;
  /** The charset that was found, by its WHATWG name. */
  readonly charset: string;
}

/** Text whose charset a mail declares. */
interface DeclaredText extends DecodedText {
  /** The declared charset is unknown or does not fit the bytes, so another one was guessed. */
  readonly repaired: boolean;
}

const strictUtf8 = new TextDecoder("utf-8", { fatal: true });
const encoder = new TextEncoder();
/** For pieces of a text, where a byte order mark is part of the text. */
const plainUtf8 = new TextDecoder("utf-8", { ignoreBOM: true });
const windows1252 = new TextDecoder("windows-1252");
/** What windows-1252 reads bytes from 128 on as; no two of them are the same character. */
const upperHalf = windows1252.decode(Uint8Array.from({ length: 0x80 }, (_, at) => at + 0x80));
/** The UTF-8 of each of these characters. */
const upperHalfUtf8: readonly Uint8Array[] = Array.from(upperHalf, (letter) => encoder.encode(letter));
/** The bytes of those that are beyond Latin-1. */
const rawBytes: ReadonlyMap<number, number> = new Map(Array.from(upperHalf, (letter, at) => [letter.charCodeAt(0), at + 0x80]));
/** The standard reads these as windows-1252, but a mail that says ASCII and has 8-bit bytes is more likely UTF-8. */
const asciiLabel = /^(?:us-?)?ascii$|^ansi_x3\.4-|^iso[-_]?646|^iso-ir-6$|^(?:7|8)bit$|^unknown(?:-8bit)?$|^x-unknown$|^default$/;
/** Charsets in which bytes below 128 may mean something other than ASCII. */
const notAscii = /^(?:utf-16|iso-2022|hz-gb|replacement|x-user)/;

/**
 * Decodes a file of unknown charset. Never throws. A file that is not UTF-8 throughout is read line by line, since a digest
 * holds mails in several charsets, and one wrong byte, or a cut in the middle of a letter, must not spoil every name in it.
 */
export function decodeText(bytes: Uint8Array): DecodedText {
  const marked = bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : bytes[0] === 0xfe && bytes[1] === 0xff ? "utf-16be" : null;
  if (marked) return { text: new TextDecoder(marked).decode(bytes), charset: marked };
  const text = decodeUtf8(bytes);
  return text === null ? { text: decodeLines(bytes), charset: "windows-1252" } : { text, charset: "utf-8" };
}

const lineFeed = 10;
/** Runs of lines that a declared charset is tried on; each takes as long as a hundred lines that are read by hand. */
const mostTries = 1000;

/** Lines that are UTF-8 as such, the others as declared where they fit, else as windows-1252. */
function decodeLines(bytes: Uint8Array, label: string | null = null): string {
  // All is made UTF-8 first and decoded at once: a decoder that is asked for each of a million lines takes seconds.
  const mended = new Uint8Array(bytes.length * longestLetter);
  let length = 0;
  let tries = label === null || readsAsUtf8(label) || !readsAsAscii(label) ? mostTries : 0;
  const take = (start: number, end: number, isUtf8: boolean): void => {
    const run = bytes.subarray(start, end);
    const declared = isUtf8 || label === null || tries++ >= mostTries ? null : decodeAs(run, label);
    if (declared !== null) length += encoder.encodeInto(declared.text, mended.subarray(length)).written;
    else if (!isUtf8) length = addWindows1252(run, mended, length);
    else {
      mended.set(run, length);
      length += run.length;
    }
  };
  let start = 0;
  let wasUtf8 = true;
  for (let line = 0; line < bytes.length;) {
    const newline = bytes.indexOf(lineFeed, line);
    const end = newline < 0 ? bytes.length : newline + 1;
    const isUtf8 = isUtf8Range(bytes, line, end);
    if (isUtf8 !== wasUtf8) {
      take(start, line, wasUtf8);
      start = line;
      wasUtf8 = isUtf8;
    }
    line = end;
  }
  take(start, bytes.length, wasUtf8);
  return decodeUtf8(mended.subarray(0, length)) ?? "";
}

/** Bytes that UTF-8 has for a letter of any charset that is decoded here, for each byte of it. */
const longestLetter = 3;

/** Writes bytes of windows-1252 as UTF-8; says where they end. */
function addWindows1252(run: Uint8Array, to: Uint8Array, from: number): number {
  let length = from;
  for (const byte of run) {
    if (byte < 0x80) to[length++] = byte;
    else for (const one of upperHalfUtf8[byte - 0x80] ?? []) to[length++] = one;
  }
  return length;
}

/** Looked at by hand, since a decoder says no by throwing, which takes a hundred times as long as a line. */
function isUtf8Range(bytes: Uint8Array, from: number, end: number): boolean {
  for (let at = from; at < end;) {
    const length = utf8Length(bytes, at);
    if (length === 0) return false;
    at += length;
  }
  return true;
}

/** How many bytes the letter has that begins at a place; 0 where none does that is UTF-8. */
function utf8Length(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return 1;
  const length = first < 0xc2 || first > 0xf4 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  for (let next = 1; next < length; next++) if (((bytes[at + next] ?? 0) & 0xc0) !== 0x80) return 0;
  const second = bytes[at + 1] ?? 0;
  // Longer than need be, one half of a pair of UTF-16, or beyond the last letter there is.
  const isWrong = (first === 0xe0 && second < 0xa0) || (first === 0xed && second > 0x9f) || (first === 0xf0 && second < 0x90);
  return isWrong || (first === 0xf4 && second > 0x8f) ? 0 : length;
}

/** Decodes what is UTF-8 for the greater part as git does for a commit: a byte that belongs to no letter is one of Latin-1. */
export function decodeAsGit(bytes: Uint8Array): string {
  const whole = decodeUtf8(bytes);
  if (whole !== null) return whole;
  const letters: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = utf8Length(bytes, at);
    letters.push(length < 2 ? String.fromCharCode(bytes[at] ?? 0) : plainUtf8.decode(bytes.subarray(at, at + length)));
    at += Math.max(1, length);
  }
  return letters.join("");
}

/** Decodes strict UTF-8; null where the bytes are something else. */
export function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return null;
  }
}

/**
 * Decodes a part of a mail: as declared where that fits, else as a file of unknown charset, so that a footer in another charset,
 * or a line of a file that has one of its own, spoils no other line. Never throws.
 */
export function decodeDeclared(bytes: Uint8Array, label: string | null): DeclaredText {
  const wanted = label?.trim().toLowerCase() ?? "";
  const isDeclared = wanted !== "" && !asciiLabel.test(wanted);
  if (isDeclared) {
    const decoded = decodeAs(bytes, wanted);
    if (decoded !== null) return { ...decoded, repaired: false };
  }
  // No byte order mark is looked for: mail does not have one, and what declares nothing is not UTF-16.
  const text = decodeUtf8(bytes);
  if (text === null) return { text: decodeLines(bytes, isDeclared ? wanted : null), charset: "windows-1252", repaired: true };
  return { text, charset: "utf-8", repaired: wanted !== "" && text.length !== bytes.length };
}

/** Null where the charset is unknown, or does not fit the bytes. */
function decodeAs(bytes: Uint8Array, label: string): DecodedText | null {
  try {
    const decoder = label === "utf-8" ? strictUtf8 : new TextDecoder(label, { fatal: true });
    return { text: decoder.decode(bytes), charset: decoder.encoding };
  } catch {
    return null;
  }
}

/** Whether text that is plain ASCII reads the same under a declared charset. */
export function readsAsAscii(label: string | null): boolean {
  return label === null || label === "utf-8" || label === "us-ascii" || !notAscii.test(label.trim().toLowerCase());
}

/** Whether a declared charset leaves valid UTF-8 as it is. */
export function readsAsUtf8(label: string | null): boolean {
  if (label === null || label === "utf-8") return true;
  const wanted = label.trim().toLowerCase();
  return wanted === "utf-8" || wanted === "utf8" || wanted === "";
}

/** How far a file is looked at to tell text from other data; git looks as far. */
const binaryProbe = 8000;

/** Whether a file holds something other than text: a NUL early on, as git decides it, unless it is UTF-16. */
export function looksBinary(bytes: Uint8Array): boolean {
  const utf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  return !utf16 && bytes.subarray(0, binaryProbe).includes(0);
}

/** Text that stands for bytes, one character for each, so that bytes can be searched and cut like text and lose nothing. */

/** One character for each byte, so that offsets into the text are offsets into the bytes; see `bytesOfRaw`. */
export function rawText(bytes: Uint8Array): string {
  return windows1252.decode(bytes);
}

/** Undoes `rawText` for a piece of it: windows-1252 gives no two bytes the same character. */
export function bytesOfRaw(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    bytes[at] = code < 256 ? code : (rawBytes.get(code) ?? 0x3f);
  }
  return bytes;
}

// What git is to take of a mail, byte for byte: texts with one character for each byte, as `rawText` makes them, that are read like
// any other, since all that cuts a patch is ASCII. Below the message stand the bytes that were sent, whatever the charset of the
// mail: a diff has that of its file. The message is UTF-8, as git makes it for the commit.

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
  return charset === "utf-8" ? !hasByteOrderMark(bytes) : text.length === bytes.length && isAscii(text);
}

/** A byte order mark, which decoding takes away. */
function hasByteOrderMark(bytes: Uint8Array): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

/** Letters that the tables of git's iconv read in another way than the standard of the web. */
const japanese = /^(?:x-)?(?:shift[-_]?jis|sjis|ms_kanji|csshiftjis|euc-?jp|iso-2022-jp)$/;
const japaneseLetters: ReadonlyMap<string, string> = new Map([
  ["\uFF5E", "\u301C"],
  ["\u2225", "\u2016"],
  ["\uFF0D", "\u2212"],
  ["\uFFE0", "\u00A2"],
  ["\uFFE1", "\u00A3"],
  ["\uFFE2", "\u00AC"],
]);

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
  return text !== null && hasByteOrderMark(bytes) ? `\uFEFF${text}` : text;
}

/**
 * A path as `readDiff` finds it in such a text. Git quotes letters that are not ASCII, so that they are decoded already, unless it was
 * told not to.
 */
export function pathOfRaw(path: string): string {
  const decoded = utf8OfRaw(path);
  return decoded !== null && rawOf(decoded) === path ? decoded : path;
}
