/** An index that a failing disk, a full one or another program has damaged. */
import { DamagedIndex } from "./fileSum";

/** In the words of SQLite and of those who unpack records. */
const said = /malformed|not a database|no such (?:table|column)|^a record of the index is cut off|^the index names a word/;
/** SQLITE_CORRUPT, SQLITE_NOTADB, and of the extended codes a file that ends too early and a journal nobody took back. */
const sqliteCodes = new Set([11, 26]);
const extendedCodes = new Set([522, 776]);

/** Whether an error in reading an index tells of damage: its checksum is wrong, SQLite found its pages broken, or what was packed cannot be unpacked. */
export function isDamage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof DamagedIndex || said.test(error.message)) return true;
  if ("errcode" in error && typeof error.errcode === "number")
    return sqliteCodes.has(error.errcode & 0xff) || extendedCodes.has(error.errcode);
  if (!("code" in error) || typeof error.code !== "string") return false;
  // Node's own bounds are met by numbers that lead out of a record; a RangeError without a code is a mistake of ours.
  return error instanceof RangeError || /^Z_|^ZSTD_/i.test(error.code);
}
