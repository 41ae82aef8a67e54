/**
 * What an error in reading or writing an index means, judged by its code: texts differ from one version of SQLite or Node to the
 * next.
 */

import { errorCode } from "../core/humanError";

/** Thrown where an index is not what was written. */
export class DamagedIndex extends Error {
  override readonly name = "DamagedIndex";
}

/** The result codes of SQLite (https://sqlite.org/rescode.html); the extended ones have these in their lowest byte. */
const sqlite = {
  busy: 5,
  locked: 6,
  readOnly: 8,
  ioError: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  notADatabase: 26,
  /** A file ends too early. */
  shortRead: 522,
  /** A journal was left behind, and only a writer can deal with it. */
  readOnlyRollback: 776,
} as const;

/** The extended result code of an error of node:sqlite; null for any other error. */
function sqliteCode(error: unknown): number | null {
  return error instanceof Error && "errcode" in error && typeof error.errcode === "number" ? error.errcode : null;
}

function isSqlite(error: unknown, ...codes: readonly number[]): boolean {
  const code = sqliteCode(error);
  return code !== null && (codes.includes(code) || codes.includes(code & 0xff));
}

/**
 * Whether an error in reading an index tells of damage: a wrong checksum, broken pages found by SQLite, or a packed value that
 * cannot be unpacked.
 */
export function isDamage(error: unknown): boolean {
  if (error instanceof DamagedIndex) return true;
  if (sqliteCode(error) !== null) return isSqlite(error, sqlite.corrupt, sqlite.notADatabase, sqlite.shortRead, sqlite.readOnlyRollback);
  const code = errorCode(error);
  // Numbers that lead out of a record meet Node's own bounds. A RangeError without a code is a bug of ours.
  return (error instanceof RangeError && code !== "") || /^Z_|^ZSTD_/i.test(code);
}

/** Whether a killed writer left a journal behind, which only a process that may write can deal with. */
export function isHalfWritten(error: unknown): boolean {
  const code = sqliteCode(error);
  return code === sqlite.readOnlyRollback || code === sqlite.cannotOpen;
}

/** Whether another process holds the lock. */
export function isLocked(error: unknown): boolean {
  return isSqlite(error, sqlite.busy, sqlite.locked);
}

/** Whether the disk is full or failing. */
export function isDiskFull(error: unknown): boolean {
  return ["ENOSPC", "EDQUOT", "EFBIG"].includes(errorCode(error)) || (isSqlite(error, sqlite.full, sqlite.ioError) && !isDamage(error));
}

/** Whether the index or its folder cannot be written. */
export function isNotWritable(error: unknown): boolean {
  const code = errorCode(error);
  if (["EACCES", "EROFS", "EPERM", "ENOTDIR", "EISDIR", "EEXIST"].includes(code)) return true;
  // A folder cannot be made. A file that is absent anywhere else is a bug of ours.
  if (code === "ENOENT") return error instanceof Error && "syscall" in error && error.syscall === "mkdir";
  return isSqlite(error, sqlite.readOnly, sqlite.cannotOpen);
}
