/** Encoded words of headers (RFC 2047): `=?utf-8?Q?J=C3=B6rg?=`. */
import { decodeDeclared } from "./charset";
import { RecentValues } from "../memory/recentValues";
import { decodeBase64 } from "./transferEncoding";

/** Blanks inside the text are not allowed but written; a language behind `*` is allowed and ignored. */
const word = /=\?([^?*\s]+)(?:\*[^?\s]*)?\?([bBqQ])\?([^?]*)\?=/g;
const onlyBlanks = /^\s*$/;

/** Decodes the encoded words of a header value. White space between two of them is no part of the text. */
export function decodeEncodedWords(value: string): string {
  if (!value.includes("=?")) return value;
  const known = decodedValues.get(value);
  if (known !== undefined) return known;
  const decoded = decodeAll(value);
  if (value.length <= longestKept) decodedValues.set(value, decoded);
  return decoded;
}

/** Names that need decoding stand in many mails. */
const decodedValues = new RecentValues<string, string>(500);
const longestKept = 200;

function decodeAll(value: string): string {
  let text = "";
  let at = 0;
  // Words of one charset are joined before they are decoded: many mailers cut a character in two between words.
  let charset = "";
  let pieces: Uint8Array[] = [];
  const flush = (): void => {
    if (pieces.length > 0) text += decodeDeclared(joinBytes(pieces), charset).text;
    pieces = [];
  };
  for (const match of value.matchAll(word)) {
    const between = value.slice(at, match.index);
    const label = (match[1] ?? "").toLowerCase();
    const follows = pieces.length > 0 && onlyBlanks.test(between);
    // Words of a charset with shift states each begin and end in ASCII, which makes no sound text when joined.
    if (!follows || label !== charset || label.startsWith("iso-2022")) flush();
    if (!follows) text += between;
    charset = label;
    pieces.push(match[2]?.toLowerCase() === "b" ? decodeBase64(bytesOf(match[3] ?? "")).bytes : decodeQ(match[3] ?? ""));
    at = match.index + match[0].length;
  }
  flush();
  return text + value.slice(at);
}

const encoder = new TextEncoder();

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}

/** `Q` is quoted-printable of one line in which `_` is a space. */
function decodeQ(text: string): Uint8Array {
  const encoded = bytesOf(text);
  let length = 0;
  for (let at = 0; at < encoded.length; at++) {
    const code = encoded[at] ?? 0;
    const digits = code === 0x3d ? String.fromCharCode(encoded[at + 1] ?? 0, encoded[at + 2] ?? 0) : "";
    if (/^[0-9a-f]{2}$/i.test(digits)) {
      encoded[length++] = parseInt(digits, 16);
      at += 2;
    } else encoded[length++] = code === 0x5f ? 0x20 : code;
  }
  return encoded.subarray(0, length);
}

function joinBytes(pieces: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}
