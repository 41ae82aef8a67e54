/** When an archive took a mail in. */
import { parseMailDate } from "../core/mailDate";

/** Received fields are among the first of a mail; one that stands farther down is not the archive's. */
const searched = 8192;
const longestField = 4096;

const receivedName = Buffer.from("Received:");
const lineFeed = 10;
const space = 32;
const tab = 9;
const semicolon = 59;

/**
 * The date of a mail's first Received field in milliseconds, null where it has none. public-inbox dates its commits by the
 * same field, so this spares walking the history for them.
 */
export function receivedDate(bytes: Uint8Array): number | null {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, searched));
  // Line by line only up to the first one, which in most archives is the first line of all.
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
  return (
    usualDate(buffer, mark + 1) ??
    parseMailDate(
      buffer
        .toString("latin1", mark + 1, end)
        .replace(/\s+/g, " ")
        .trim(),
    )
  );
}

function startsWith(bytes: Buffer, at: number): boolean {
  for (let offset = 0; offset < receivedName.length; offset++) if (bytes[at + offset] !== receivedName[offset]) return false;
  return true;
}

const months = "JanFebMarAprMayJunJulAugSepOctNovDec";

/** ` Sat, 30 Mar 2024 10:15:08 +0000` without making a text of it; null for every other form. */
function usualDate(bytes: Buffer, from: number): number | null {
  let at = from;
  while (bytes[at] === space || bytes[at] === tab || bytes[at] === lineFeed) at++;
  if (bytes[at + 3] !== 44 || bytes[at + 4] !== space) return null;
  at += 5;
  if (bytes[at] === space) at++;
  const dayDigits = bytes[at + 1] === space ? 1 : 2;
  const day = digits(bytes, at, dayDigits);
  at += dayDigits + 1;
  const month = months.indexOf(String.fromCharCode(bytes[at] ?? 0, bytes[at + 1] ?? 0, bytes[at + 2] ?? 0)) / 3;
  const [year, hour, minute, second] = [
    digits(bytes, at + 4, 4),
    digits(bytes, at + 9, 2),
    digits(bytes, at + 12, 2),
    digits(bytes, at + 15, 2),
  ];
  const [sign, zoneHour, zoneMinute] = [bytes[at + 18], digits(bytes, at + 19, 2), digits(bytes, at + 21, 2)];
  const isForm =
    bytes[at + 3] === space && bytes[at + 8] === space && bytes[at + 11] === 58 && bytes[at + 14] === 58 && bytes[at + 17] === space;
  const isValid =
    day >= 1 && day <= 28 && Number.isInteger(month) && month >= 0 && year >= 1990 && hour >= 0 && hour < 24 && minute >= 0 && minute < 60;
  if (!isForm || !isValid || second < 0 || second >= 60 || zoneHour < 0 || zoneHour > 13 || zoneMinute < 0 || zoneMinute > 59) return null;
  if (sign !== 43 && sign !== 45) return null;
  const zone = (zoneHour * 60 + zoneMinute) * 60_000;
  return Date.UTC(year, month, day, hour, minute, second) - (sign === 45 ? -zone : zone);
}

/** So many digits as a number; below 0 where there are others. */
function digits(bytes: Buffer, at: number, count: number): number {
  let value = 0;
  for (let end = at + count; at < end; at++) {
    const digit = (bytes[at] ?? 0) - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}
