/** What an error in reading or writing an index means, told by its code: texts differ from one version of SQLite or Node to the next. */

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
  /** A journal was left behind that only a writer can deal with. */
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

function nodeCode(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

/** Whether an error in reading an index tells of damage: its checksum is wrong, SQLite found its pages broken, or what was packed cannot be unpacked. */
export function isDamage(error: unknown): boolean {
  if (error instanceof DamagedIndex) return true;
  if (sqliteCode(error) !== null) return isSqlite(error, sqlite.corrupt, sqlite.notADatabase, sqlite.shortRead, sqlite.readOnlyRollback);
  const code = nodeCode(error);
  // Node's own bounds are met by numbers that lead out of a record; a RangeError without a code is a mistake of ours.
  return (error instanceof RangeError && code !== "") || /^Z_|^ZSTD_/i.test(code);
}

/** Whether a writer that was killed left a journal behind, with which only somebody who may write can deal. */
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
  return ["ENOSPC", "EDQUOT", "EFBIG"].includes(nodeCode(error)) || (isSqlite(error, sqlite.full, sqlite.ioError) && !isDamage(error));
}

/** Whether the index or its folder cannot be written. */
export function isNotWritable(error: unknown): boolean {
  const code = nodeCode(error);
  if (["EACCES", "EROFS", "EPERM", "ENOTDIR", "EISDIR", "EEXIST"].includes(code)) return true;
  // A folder that cannot be made; a file that is absent elsewhere is a mistake of ours.
  if (code === "ENOENT") return error instanceof Error && "syscall" in error && error.syscall === "mkdir";
  return isSqlite(error, sqlite.readOnly, sqlite.cannotOpen);
}
