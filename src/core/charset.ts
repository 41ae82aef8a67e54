/** Bytes of a text file to text: byte order mark, else strict UTF-8, else windows-1252, which every byte sequence is. */

export interface DecodedText {
  readonly text: string;
  /** The charset that was found, in the WHATWG encoding names. */
  readonly charset: string;
}

/** Decodes a file of unknown charset. Never throws. */
export function decodeText(bytes: Uint8Array): DecodedText {
  const marked = bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : bytes[0] === 0xfe && bytes[1] === 0xff ? "utf-16be" : null;
  if (marked) return { text: new TextDecoder(marked).decode(bytes), charset: marked };
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes), charset: "utf-8" };
  } catch {
    return { text: new TextDecoder("windows-1252").decode(bytes), charset: "windows-1252" };
  }
}

/** How far a file is looked at to tell text from other data; git looks as far. */
const binaryProbe = 8000;

/** Whether a file holds something other than text: a NUL early on, as git decides it, unless it is UTF-16. */
export function looksBinary(bytes: Uint8Array): boolean {
  const utf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  return !utf16 && bytes.subarray(0, binaryProbe).includes(0);
}
