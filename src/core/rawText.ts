/** Text that stands for bytes, one character for each, so that bytes can be searched and cut like text and lose nothing. */

const windows1252 = new TextDecoder("windows-1252");

/** One character for each byte, so that offsets into the text are offsets into the bytes; see `bytesOfRaw`. */
export function rawText(bytes: Uint8Array): string {
  return windows1252.decode(bytes);
}

/** Undoes `rawText` for a piece of it: windows-1252 gives no two bytes the same character. */
export function bytesOfRaw(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    bytes[at] = code < 256 ? code : (rawBytes().get(code) ?? 0x3f);
  }
  return bytes;
}

let rawByteTable: Map<number, number> | null = null;

function rawBytes(): Map<number, number> {
  if (rawByteTable) return rawByteTable;
  const table = new Map<number, number>();
  for (let byte = 0x80; byte < 0xa0; byte++) table.set(windows1252.decode(new Uint8Array([byte])).charCodeAt(0), byte);
  return (rawByteTable = table);
}
