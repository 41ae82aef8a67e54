/** Writes text into mail as mail programs do: encoded words, quoted-printable, base64, Latin-1. */

/** How a header that is not ASCII is sent: as encoded words of one kind, or as bytes nobody encoded. */
export type HeaderCoding = "quoted" | "base64" | "iso-8859-1";

const isAscii = (text: string): boolean => /^[\x00-\x7f]*$/.test(text);

/** One header field, folded where it is long. */
export function encodeField(name: string, value: string, coding: HeaderCoding): string {
  if (name === "Subject") return fold(`Subject: ${coding === "iso-8859-1" ? value : encodeWords(value, coding)}`);
  const addresses = value.split(/, (?=[^,]*@)/).map((address) => {
    const at = address.lastIndexOf(" <");
    return at < 0 || coding === "iso-8859-1" ? address : `${encodeWords(address.slice(0, at), coding)}${address.slice(at)}`;
  });
  return `${name}: ${addresses.join(",\n\t")}`;
}

/** Encodes the whole of a text that is not ASCII, in words no longer than RFC 2047 allows; no character is cut in two. */
function encodeWords(text: string, coding: HeaderCoding): string {
  if (isAscii(text)) return text;
  const encode = (piece: string): string =>
    coding === "base64"
      ? `=?UTF-8?B?${Buffer.from(piece).toString("base64")}?=`
      : `=?UTF-8?q?${piece.replace(/[^A-Za-z0-9 ]/gu, escapeBytes).replaceAll(" ", "_")}?=`;
  const words: string[] = [];
  let piece = "";
  for (const character of text) {
    if (encode(piece + character).length > longestWord) {
      words.push(encode(piece));
      piece = "";
    }
    piece += character;
  }
  return [...words, encode(piece)].join("\n ");
}

const longestWord = 75;

function escapeBytes(text: string): string {
  return Array.from(Buffer.from(text), (byte) => `=${byte.toString(16).toUpperCase().padStart(2, "0")}`).join("");
}

/** Folds at a blank, as git does; encoded words are folded already. */
function fold(line: string): string {
  const cut = line.length > 76 && !line.includes("\n") ? line.lastIndexOf(" ", 76) : -1;
  return cut > "Subject: ".length ? `${line.slice(0, cut)}\n${fold(line.slice(cut))}` : line;
}

/** The body as bytes and the fields that describe them. `coding` is a transfer encoding or `iso-8859-1`; `type` a Content-Type of its own. */
export function encodeBody(body: string, coding: string | undefined, type: string | undefined): { coded: Buffer; headers: string[] } {
  const charset = isAscii(body) ? "us-ascii" : coding === "iso-8859-1" ? coding : "UTF-8";
  const transfer = coding === undefined || coding === "iso-8859-1" ? (isAscii(body) ? "7bit" : "8bit") : coding;
  const headers = [`Content-Type: ${type ?? `text/plain; charset=${charset}`}`, `Content-Transfer-Encoding: ${transfer}`];
  return { coded: encodeBytes(body, transfer, charset), headers };
}

function encodeBytes(body: string, transfer: string, charset: string): Buffer {
  if (transfer === "base64") return Buffer.from(Buffer.from(body).toString("base64").replace(/.{76}/g, "$&\n") + "\n");
  if (transfer === "quoted-printable") return Buffer.from(body.split("\n").map(quoteLine).join("\n"));
  return Buffer.from(body, charset === "iso-8859-1" ? "latin1" : "utf8");
}

/** A line of quoted-printable, with soft breaks where it gets too long. */
function quoteLine(line: string): string {
  const tokens =
    line
      .replace(/[^\t\x20-\x3c\x3e-\x7e]+|=/gu, escapeBytes)
      .replace(/[ \t]$/, escapeBytes)
      .match(/=[0-9A-F]{2}|[^]/g) ?? [];
  let quoted = "";
  let length = 0;
  for (const token of tokens) {
    if (length + token.length > 75) {
      quoted += "=\n";
      length = 0;
    }
    quoted += token;
    length += token.length;
  }
  return quoted;
}
