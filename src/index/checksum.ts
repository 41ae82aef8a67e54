/**
 * A checksum over the whole index, kept in its own first page. A b-tree with damaged pages may lose rows silently, so a checksum
 * of each row would not do: an index is read only if all of it is what was written.
 */
import { closeSync, openSync, read, readSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { crc32 } from "node:zlib";
import { throwBug } from "../core/humanError";
import { DamagedIndex } from "./damage";

/** The fields of the first page that SQLite itself counts up with each change, and the place of the checksum. */
const uncounted: ReadonlyArray<readonly [from: number, end: number]> = [
  [24, 28],
  [68, 72],
  [92, 100],
];
const pieceBytes = 1024 * 1024;

/**
 * Files that were read here, by their paths. They stay open, because POSIX drops all locks that a process has on a file, also
 * those of SQLite, as soon as the process closes the file once. So the map belongs to the process, and a map for each reader
 * would be wrong.
 */
const openFiles = new Map<string, { readonly identity: string; readonly fd: number }>();
/** The stamps of files when they were found sound. They belong to the process too: one check serves all readers of a file. */
const soundFiles = new Map<string, string>();

/** A text that differs between two states of a file. */
function fileStamp(file: string): string {
  const { dev, ino, size, mtimeMs, ctimeMs } = statSync(file);
  return `${dev} ${ino} ${size} ${mtimeMs} ${ctimeMs}`;
}

/** Throws a `DamagedIndex` if the file is not what was written. Quick for a file that has not changed since the last check. */
export function assertSound(db: DatabaseSync, file: string): void {
  if (soundFiles.get(file) === fileStamp(file)) return;
  // From the first read on, nobody can write.
  db.exec("BEGIN");
  try {
    const said = storedSum(db);
    const stamp = fileStamp(file);
    soundFiles.delete(file);
    if (sumOf(file) !== said) throw new DamagedIndex("the index is not what was written");
    soundFiles.set(file, stamp);
  } finally {
    db.exec("COMMIT");
  }
}

/**
 * Checks without blocking whether a file is what was written: it is read in pieces, and `assertSound` then knows the result. If
 * somebody writes the file meanwhile, or it cannot be read, the check has no result and the next question tells.
 *
 * @returns false if the file is certainly damaged
 */
export async function verifySoon(file: string): Promise<boolean> {
  try {
    const stamp = fileStamp(file);
    if (soundFiles.get(file) === stamp) return true;
    const { sum, said } = await sumInPieces(descriptorOf(file));
    // Earlier versions had no checksum; nobody opens their files.
    if (said === 0 || !mayBeRead(file) || fileStamp(file) !== stamp) return true;
    if (sum !== said) return false;
    soundFiles.set(file, stamp);
  } catch (error) {
    throwBug(error);
  }
  return true;
}

/** Nobody may read between a write and its checksum; throws then. */
function mayBeRead(file: string): boolean {
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    return storedSum(db) !== 0;
  } finally {
    db.close();
  }
}

/** The checksum of a file, and the one that its first page states. */
interface Sums {
  readonly sum: number;
  readonly said: number;
}

async function sumInPieces(fd: number): Promise<Sums> {
  const piece = Buffer.allocUnsafe(pieceBytes);
  const next = (at: number): Promise<number> =>
    new Promise((resolve, reject) => {
      read(fd, piece, 0, pieceBytes, at, (error, count) => {
        if (error) reject(error);
        else resolve(count);
      });
    });
  let [sum, at, said] = [0, 0, 0];
  for (let count = await next(at); count > 0; count = await next(at)) {
    if (at === 0) said = count >= 72 ? piece.readInt32BE(68) : 0;
    sum = addPiece(sum, piece.subarray(0, count), at);
    at += count;
  }
  return { sum: storable(sum), said };
}

/** The checksum with another piece of the file. */
function addPiece(sum: number, piece: Buffer, at: number): number {
  if (at === 0) for (const [from, end] of uncounted) piece.subarray(from, end).fill(0);
  return crc32(piece, sum);
}

/** SQLite stores numbers of the header as signed 32 bits, and 0 says that there is none. */
function storable(sum: number): number {
  return sum | 0 || 1;
}

/** Stores the checksum of what was written. The connection must be the only one that may read or write. */
export function storeSum(db: DatabaseSync, file: string): void {
  db.exec(`PRAGMA application_id = ${sumOf(file)}`);
  soundFiles.set(file, fileStamp(file));
}

/** Closes a file that was read here before it gets another name. */
export function forgetFile(file: string): void {
  const before = openFiles.get(file);
  if (before) closeSync(before.fd);
  openFiles.delete(file);
  soundFiles.delete(file);
}

/** The checksum that an index states for itself; 0 without one. */
export function storedSum(db: DatabaseSync): number {
  return Number(db.prepare("PRAGMA application_id").get()?.["application_id"]);
}

function sumOf(file: string): number {
  const fd = descriptorOf(file);
  const piece = Buffer.allocUnsafe(pieceBytes);
  let [sum, at] = [0, 0];
  for (let read = readSync(fd, piece, 0, pieceBytes, at); read > 0; read = readSync(fd, piece, 0, pieceBytes, at)) {
    sum = addPiece(sum, piece.subarray(0, read), at);
    at += read;
  }
  return storable(sum);
}

function descriptorOf(file: string): number {
  const { dev, ino } = statSync(file);
  const identity = `${dev} ${ino}`;
  const before = openFiles.get(file);
  if (before?.identity === identity) return before.fd;
  // Another file stands in its place, and nobody locks the one that is gone.
  if (before) closeSync(before.fd);
  const fd = openSync(file, "r");
  openFiles.set(file, { identity, fd });
  return fd;
}
