/**
 * Bytes to text and back: by the charset that a mail declares, else as strict UTF-8, else as windows-1252, which every byte sequence
 * is. And raw text, with one character for each byte, which loses nothing of what was sent.
 */

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
/** Labels that the WHATWG standard reads as windows-1252. A mail that declares ASCII and has 8-bit bytes is more likely UTF-8. */
const asciiLabel = /^(?:us-?)?ascii$|^ansi_x3\.4-|^iso[-_]?646|^iso-ir-6$|^(?:7|8)bit$|^unknown(?:-8bit)?$|^x-unknown$|^default$/;
/** Charsets in which bytes below 128 may mean something other than ASCII. */
const notAscii = /^(?:utf-16|iso-2022|hz-gb|replacement|x-user)/;

/**
 * Decodes a file of unknown charset. Never throws. A file that is not UTF-8 throughout is read line by line: a digest holds mails in
 * several charsets, and one wrong byte, or a cut in the middle of a character, is not to spoil every name in it.
 */
export function decodeText(bytes: Uint8Array): DecodedText {
  const marked = bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : bytes[0] === 0xfe && bytes[1] === 0xff ? "utf-16be" : null;
  if (marked) return { text: new TextDecoder(marked).decode(bytes), charset: marked };
  const text = decodeUtf8(bytes);
  return text === null ? { text: decodeLines(bytes), charset: "windows-1252" } : { text, charset: "utf-8" };
}

const lineFeed = 10;
/** Runs of lines that a declared charset is tried on. Each try takes as long as reading a hundred lines by hand. */
const mostTries = 1000;

/** Decodes each line as UTF-8 where it is UTF-8, else as declared where that fits, else as windows-1252. */
function decodeLines(bytes: Uint8Array, label: string | null = null): string {
  // All lines become UTF-8 first and are decoded at once: a decoder that is called for each of a million lines takes seconds.
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

/** UTF-8 has at most this many bytes for each byte of a charset that is decoded here. */
const longestLetter = 3;

/** Writes bytes of windows-1252 as UTF-8 and returns where they end. */
function addWindows1252(run: Uint8Array, to: Uint8Array, from: number): number {
  let length = from;
  for (const byte of run) {
    if (byte < 0x80) to[length++] = byte;
    else for (const one of upperHalfUtf8[byte - 0x80] ?? []) to[length++] = one;
  }
  return length;
}

/** Whether bytes are UTF-8. Checked by hand: a decoder answers no by throwing, which takes a hundred times as long as a line. */
function isUtf8Range(bytes: Uint8Array, from: number, end: number): boolean {
  for (let at = from; at < end;) {
    const length = utf8Length(bytes, at);
    if (length === 0) return false;
    at += length;
  }
  return true;
}

/** How many bytes the UTF-8 character at `at` has; 0 where there is none. */
function utf8Length(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return 1;
  const length = first < 0xc2 || first > 0xf4 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  for (let next = 1; next < length; next++) if (((bytes[at + next] ?? 0) & 0xc0) !== 0x80) return 0;
  const second = bytes[at + 1] ?? 0;
  // An overlong form, half of a UTF-16 pair, or a code beyond the last of Unicode.
  const isWrong = (first === 0xe0 && second < 0xa0) || (first === 0xed && second > 0x9f) || (first === 0xf0 && second < 0x90);
  return isWrong || (first === 0xf4 && second > 0x8f) ? 0 : length;
}

/** Decodes mostly UTF-8 text as git does for a commit: a byte that belongs to no UTF-8 character is read as Latin-1. */
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
 * Decodes a part of a mail as it declares, else line by line, so that a footer or a patched line in another charset spoils no other
 * line. Never throws.
 */
export function decodeDeclared(bytes: Uint8Array, label: string | null): DeclaredText {
  const wanted = label?.trim().toLowerCase() ?? "";
  const isDeclared = wanted !== "" && !asciiLabel.test(wanted);
  if (isDeclared) {
    const decoded = decodeAs(bytes, wanted);
    if (decoded !== null) return { ...decoded, repaired: false };
  }
  // Mail has no byte order mark, and text that declares nothing is not UTF-16, so no mark is looked for.
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

/** Whether plain ASCII reads the same in a declared charset. */
export function readsAsAscii(label: string | null): boolean {
  return label === null || label === "utf-8" || label === "us-ascii" || !notAscii.test(label.trim().toLowerCase());
}

/** Whether a declared charset is UTF-8, or none is declared. */
export function readsAsUtf8(label: string | null): boolean {
  if (label === null || label === "utf-8") return true;
  const wanted = label.trim().toLowerCase();
  return wanted === "utf-8" || wanted === "utf8" || wanted === "";
}

/** Bytes that are searched to tell text from other data, as many as git searches. */
const binaryProbe = 8000;

/** Whether a file is other than text: as in git, a NUL near its beginning tells, unless it is UTF-16. */
export function looksBinary(bytes: Uint8Array): boolean {
  const utf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  return !utf16 && bytes.subarray(0, binaryProbe).includes(0);
}

// Raw text: one character for each byte, so that bytes can be searched and cut like text and lose nothing.

/** The raw text of bytes: offsets into it are offsets into the bytes. `bytesOfRaw` undoes it. */
export function rawText(bytes: Uint8Array): string {
  return windows1252.decode(bytes);
}

/** The bytes of raw text, or of any piece of it: windows-1252 gives no two bytes the same character. */
export function bytesOfRaw(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    bytes[at] = code < 256 ? code : (rawBytes.get(code) ?? 0x3f);
  }
  return bytes;
}

// The exact text of a patch is raw text, made of the bytes that git takes. It is read like any other text, since everything that
// structures a patch is ASCII. The message is UTF-8, as git converts it for the commit; below it are the bytes that were sent,
// whatever the charset of the mail, since a diff has the charset of its file.

/** The raw text of a decoded text in UTF-8. */
export function rawOf(text: string): string {
  return isAscii(text) ? text : rawText(encoder.encode(text));
}

function isAscii(text: string): boolean {
  return /^[\0-\x7f]*$/.test(text);
}

/** Whether `rawOf` gives back exactly the bytes that a text was decoded from. */
export function tellsAll(bytes: Uint8Array, { text, charset }: DecodedText): boolean {
  if (text.includes("\0")) return false;
  return charset === "utf-8" ? !hasByteOrderMark(bytes) : text.length === bytes.length && isAscii(text);
}

/** Decoding drops a byte order mark. */
function hasByteOrderMark(bytes: Uint8Array): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

/** Charsets in which the iconv that git uses reads some characters in another way than the WHATWG standard. */
const japanese = /^(?:x-)?(?:shift[-_]?jis|sjis|ms_kanji|csshiftjis|euc-?jp|iso-2022-jp)$/;
const japaneseLetters: ReadonlyMap<string, string> = new Map([
  ["\uFF5E", "\u301C"],
  ["\u2225", "\u2016"],
  ["\uFF0D", "\u2212"],
  ["\uFFE0", "\u00A2"],
  ["\uFFE1", "\u00A3"],
  ["\uFFE2", "\u00AC"],
]);

/** Replaces the characters of a decoded text that the iconv of git would have decoded otherwise. */
export function asIconv(text: string, label: string): string {
  if (!japanese.test(label)) return text;
  return text.replace(/[\uFF5E\u2225\uFF0D\uFFE0-\uFFE2]/g, (letter) => japaneseLetters.get(letter) ?? letter);
}

/** Decodes raw text that is UTF-8 and keeps its byte order mark; null where it is not UTF-8. */
export function utf8OfRaw(raw: string): string | null {
  if (isAscii(raw)) return raw;
  const bytes = bytesOfRaw(raw);
  const text = decodeUtf8(bytes);
  return text !== null && hasByteOrderMark(bytes) ? `\uFEFF${text}` : text;
}

/**
 * Decodes a path that `readDiff` found in raw text. Git quotes characters beyond ASCII, and then the path is decoded already, unless
 * `core.quotePath` is off.
 */
export function pathOfRaw(path: string): string {
  const decoded = utf8OfRaw(path);
  return decoded !== null && rawOf(decoded) === path ? decoded : path;
}
