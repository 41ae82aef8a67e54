/** The two transfer encodings of mail, quoted-printable and base64 (RFC 2045). They work on bytes and never throw. */
import { bytesOfRaw } from "./charset";

interface DecodedBytes {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** What is wrong with the encoded text; null where it is sound. */
  readonly problem: string | null;
}

const notADigit = 0xff;
const padding = 0x3d;
const hexValues = digitTable("0123456789ABCDEF");
const base64Values = digitTable("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
hexValues.set(hexValues.subarray(0x41, 0x47), 0x61);

function digitTable(digits: string): Uint8Array {
  const table = new Uint8Array(256).fill(notADigit);
  for (let value = 0; value < digits.length; value++) table[digits.charCodeAt(value)] = value;
  return table;
}

/** Decodes quoted-printable. As in git, blanks at the end of a line stay, since a patch may need them, and so does a wrong `=XY`. */
export function decodeQuotedPrintable(encoded: Uint8Array): DecodedBytes {
  const bytes = new Uint8Array(encoded.length);
  let length = 0;
  let at = 0;
  let isSound = true;
  while (at < encoded.length) {
    const code = encoded[at] ?? 0;
    // Byte by byte: a search for the next `=` costs more than it saves where every word has one.
    if (code !== padding) {
      bytes[length++] = code;
      at++;
      continue;
    }
    const mark = at;
    const byte = hexByte(encoded, mark + 1);
    if (byte >= 0) {
      bytes[length++] = byte;
      at = mark + 3;
      continue;
    }
    const lineEnd = softBreak(encoded, mark + 1);
    if (lineEnd === null) {
      isSound = false;
      bytes[length++] = padding;
    }
    at = lineEnd ?? mark + 1;
  }
  return { bytes: bytes.slice(0, length), problem: isSound ? null : "The quoted-printable text is damaged." };
}

/** Blanks that are accepted behind the `=` of a soft line break, where some mailers leave them. */
const blanksBehindBreak = 100;

/** The byte that two hex digits stand for; -1 where something else is there. */
export function hexByte(encoded: Uint8Array, at: number): number {
  if (at + 1 >= encoded.length) return -1;
  const high = hexValues[encoded[at] ?? 0] ?? notADigit;
  const low = hexValues[encoded[at + 1] ?? 0] ?? notADigit;
  return high === notADigit || low === notADigit ? -1 : high * 16 + low;
}

/** Where the text goes on behind a `=` at the end of a line; null where other text follows the `=`. */
function softBreak(encoded: Uint8Array, from: number): number | null {
  let at = from;
  while (at - from < blanksBehindBreak && (encoded[at] === 0x20 || encoded[at] === 0x09 || encoded[at] === 0x0d)) at++;
  if (at >= encoded.length) return encoded.length;
  return encoded[at] === 0x0a ? at + 1 : null;
}

/** Decodes base64 up to its padding; what a list adds behind it is not base64 and is left out. Strange bytes are skipped. */
export function decodeBase64(encoded: Uint8Array): DecodedBytes {
  const bytes = new Uint8Array(Math.ceil((encoded.length * 3) / 4) + 3);
  let length = 0;
  let bits = 0;
  let held = 0;
  let strange = 0;
  let at = 0;
  for (; at < encoded.length; at++) {
    const code = encoded[at] ?? 0;
    const value = base64Values[code] ?? notADigit;
    if (value !== notADigit) {
      bits = (bits << 6) | value;
      if (++held < 4) continue;
      bytes[length++] = (bits >> 16) & 0xff;
      bytes[length++] = (bits >> 8) & 0xff;
      bytes[length++] = bits & 0xff;
      bits = held = 0;
    } else if (code === padding && held > 1) break;
    else if (code > 0x20) strange++;
  }
  if (held > 1) bytes[length++] = (bits >> (held === 2 ? 4 : 10)) & 0xff;
  if (held > 2) bytes[length++] = (bits >> 2) & 0xff;
  const rest = encoded.subarray(at).some((code) => code > 0x20 && code !== padding);
  const problem = rest ? "There is other text after the base64 text." : strange > 0 || held === 1 ? "The base64 text is damaged." : null;
  return { bytes: bytes.slice(0, length), problem };
}

const notPlain = /[^\t\n\x20-\x3c\x3e-\x7e]+/g;
/** The standard allows 76 characters. A line that goes on ends with `=`, and a `From ` at its beginning grows by two. */
const longestLine = 73;

/**
 * Encodes bytes as quoted-printable, so that each line arrives unchanged, even with a CR at its end or `From ` at its beginning.
 *
 * @param raw one character for each byte, see `rawText`
 */
export function encodeQuotedPrintable(raw: string): string {
  return raw
    .replace(notPlain, octets)
    .replace(/[\t ]$/gm, octets)
    .split("\n")
    .map(foldedLine)
    .join("\n");
}

function octets(letters: string): string {
  return Array.from(bytesOfRaw(letters), (byte) => `=${byte.toString(16).toUpperCase().padStart(2, "0")}`).join("");
}

function foldedLine(line: string): string {
  const pieces: string[] = [];
  for (let at = 0; at < line.length || at === 0;) {
    let end = Math.min(at + longestLine, line.length);
    // An encoded byte is not split. It is looked for in this piece alone, so that a long line is not searched once for each of its pieces.
    const mark = line.slice(at, end).lastIndexOf("=");
    if (end < line.length && at + mark > end - "=XX".length) end = at + mark;
    pieces.push(line.slice(at, end).replace(/^F(?=rom )/, octets));
    at = Math.max(end, 1);
  }
  return pieces.join("=\n");
}
