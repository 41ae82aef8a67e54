/** When an archive took a mail in. */
import { parseMailDate } from "../core/mail/mailDate";

/** Received fields are among the first of a mail; the archive's own never stands farther down. */
const searched = 8192;
const longestField = 4096;

const day = 24 * 60 * 60 * 1000;

/**
 * The latest time at which a mail in a file can have arrived, in milliseconds. A Date in the future that no server contradicts
 * does not count, because one mail of 2099 would make all others stale; the result then is 0, the unknown date.
 */
export function latestArrival(bytes: Uint8Array, date: number | null): number | null {
  return receivedDate(bytes) ?? (date !== null && date > Date.now() + day ? 0 : null);
}

const receivedName = Buffer.from("Received:");
const lineFeed = 10;
const space = 32;
const tab = 9;
const semicolon = 59;

/**
 * The date of a mail's first Received field in milliseconds; null without one. public-inbox dates its commits by the same field,
 * so this spares a walk through the history.
 */
export function receivedDate(bytes: Uint8Array): number | null {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, searched));
  // It reads line by line only to the first Received field, which in most archives is the first line of all.
  let start = 0;
  while (!startsWith(buffer, start)) {
    const end = buffer.indexOf(lineFeed, start);
    if (end < 0 || buffer[end + 1] === lineFeed) return null;
    start = end + 1;
  }
  let end = buffer.indexOf(lineFeed, start);
  while (end > 0 && end - start < longestField && (buffer[end + 1] === space || buffer[end + 1] === tab))
    end = buffer.indexOf(lineFeed, end + 1);
  if (end < 0) return null;
  const mark = buffer.lastIndexOf(semicolon, end);
  if (mark < start) return null;
  const date = buffer.toString("latin1", mark + 1, end).trim();
  return parseMailDate(/\s\s|[^\S ]/.test(date) ? date.replace(/\s+/g, " ") : date);
}

function startsWith(bytes: Buffer, at: number): boolean {
  for (let offset = 0; offset < receivedName.length; offset++) if (bytes[at + offset] !== receivedName[offset]) return false;
  return true;
}
