/**
 * The tables of the index, how it is opened, and its lock, which lets one writer work at a time over all windows and the command
 * line. An index of any other version is built again from the archives.
 */
import { rmSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { isArchiveKind } from "../sources/detect";
import { type MailSource, mailSources, type SourceOptions } from "../sources/mailSource";
import { assertSound, storedSum } from "./checksum";
import { compress, decompress, type Dictionary, type IndexEntry } from "./componentFormat";
import { DamagedIndex, isDamage, isHalfWritten, isLocked } from "./damage";

/** Goes up with every change of the tables, of the packed values, or of how series are made of mails. */
export const schemaVersion = 9;

/** The size of a page of the file, in bytes. */
export const indexPageBytes = 2048;

/*
 * A component is a set of mails that may stand in one series: all that hangs together by link keys. It is stored whole and
 * packed, because that is how it is read and how it changes. The series are made of it anew when they are asked for, which
 * takes microseconds, and so they always follow the rules of the running version and the corrections made by hand.
 *  - meta: how much the index holds, and the dictionary of its compression
 *  - component.places: for each mail its blob (20 bytes) and its epoch (2 bytes), in the order of the packed mails
 *  - component.body: the facts of the mails (see componentFormat.ts)
 *  - link_key: 40 bits of a hash of a Message-ID, title or other link key, and the component it leads to
 *  - series: the 12 hex digits of a series' id as a number, and the date of its newest revision in seconds
 *  - search_doc: the mails whose texts stand in the full text (see search.ts), filled in the background; component.searched says which are done
 *  - touch: the paths that the newest revision of a series touches, with patches and lines (see assembling.ts)
 */
const tables = `
CREATE TABLE meta (key TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
CREATE TABLE archive (id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, kind TEXT NOT NULL);
CREATE TABLE epoch (id INTEGER PRIMARY KEY, archive INTEGER NOT NULL, name TEXT NOT NULL, cursor TEXT NOT NULL, problems TEXT NOT NULL, UNIQUE (archive, name));
CREATE TABLE component (id INTEGER PRIMARY KEY, arrived INTEGER NOT NULL, mails INTEGER NOT NULL, patches INTEGER NOT NULL, revisions INTEGER NOT NULL, series INTEGER NOT NULL, untaken INTEGER NOT NULL, places BLOB NOT NULL, body BLOB NOT NULL, searched INTEGER NOT NULL DEFAULT 0);
CREATE TABLE link_key (key INTEGER PRIMARY KEY, component INTEGER NOT NULL);
CREATE TABLE series (id INTEGER NOT NULL, component INTEGER NOT NULL, date INTEGER NOT NULL, PRIMARY KEY (id, component)) WITHOUT ROWID;
CREATE INDEX series_date ON series (date);
CREATE INDEX series_component ON series (component);
CREATE TABLE touch (path TEXT NOT NULL, date INTEGER NOT NULL, series INTEGER NOT NULL, info BLOB NOT NULL, PRIMARY KEY (path, date, series)) WITHOUT ROWID;
CREATE TABLE search_doc (id INTEGER PRIMARY KEY, component INTEGER NOT NULL, message_id TEXT NOT NULL, date INTEGER NOT NULL);
CREATE INDEX search_doc_component ON search_doc (component);
`;

/**
 * Opens an index for writing, or makes its tables in an empty file. Null if it is of another version; throws if it is damaged. It
 * has no log of SQLite (WAL) beside it, which would have to be written before it can be read, and could be damaged unseen.
 */
export function openForWriting(file: string, options: { fresh: boolean }): DatabaseSync | null {
  const db = new DatabaseSync(file);
  try {
    db.exec("PRAGMA busy_timeout = 2000");
    if (options.fresh) {
      // Nobody reads it before it is renamed into place, and a crash throws it away, so it needs neither a journal nor syncing.
      db.exec(`PRAGMA page_size = ${indexPageBytes}; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE`);
      db.exec(`BEGIN; ${tables} PRAGMA user_version = ${schemaVersion}`);
      return db;
    }
    if (isOurs(db, file)) {
      // Others read up to the commit, and again when the connection is closed; the checksum is written in between. The checksum
      // reveals what a crash of the machine leaves half written, so no write waits for the disk.
      db.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = OFF; PRAGMA cache_spill = OFF");
      return db;
    }
  } catch (error) {
    db.close();
    throw error;
  }
  db.close();
  return null;
}

/** Opens an index for reading; null if there is none of our version. Throws a `DamagedIndex` if it is not what was written. */
export function openForReading(file: string): DatabaseSync | null {
  if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) return null;
  try {
    return openSound(file, file);
  } catch (error) {
    if (!isHalfWritten(error)) throw error;
  }
  try {
    // A writer was killed while writing. A process that may write rolls its work back.
    const db = new DatabaseSync(file);
    db.exec("SELECT 1 FROM sqlite_schema");
    db.close();
    return openSound(file, file);
  } catch {
    // Nobody can write here. If the file is still what was written, it can be read as a file that nobody changes.
    return openSound(file, `${pathToFileURL(file).href}?immutable=1`);
  }
}

function openSound(file: string, location: string): DatabaseSync | null {
  const db = new DatabaseSync(location, { readOnly: true });
  try {
    db.exec("PRAGMA busy_timeout = 2000");
    if (isOurs(db, file)) return db;
    db.close();
    return null;
  } catch (error) {
    db.close();
    throw isDamage(error) && !isHalfWritten(error) ? new DamagedIndex("the index is not what was written") : error;
  }
}

/** Whether an index is of our version; throws where it is damaged. */
function isOurs(db: DatabaseSync, file: string): boolean {
  const isVersion = Number(db.prepare("PRAGMA user_version").get()?.["user_version"]) === schemaVersion;
  // Earlier versions had no checksum, and nothing of them is read.
  if (!isVersion && storedSum(db) === 0) return false;
  assertSound(db, file);
  return isVersion;
}

/** The names of the sources, by the numbers of their epochs. */
export function readSourceNames(db: DatabaseSync): Map<number, string> {
  const rows = db.prepare("SELECT epoch.id AS id, archive.path AS path FROM epoch JOIN archive ON archive.id = epoch.archive").all();
  return new Map(rows.map(({ id, path }) => [Number(id), String(path)]));
}

/** The dictionary that the components of an index are compressed with; null if it has none. */
export function readDictionary(db: DatabaseSync): Dictionary {
  const stored = db.prepare("SELECT value FROM meta WHERE key = 'dictionary'").get()?.["value"];
  return stored instanceof Uint8Array ? decompress(stored, null) : null;
}

/** Writes the dictionary of a new index. It stays the same as long as the index is there. */
export function storeDictionary(db: DatabaseSync, dictionary: Dictionary): void {
  if (dictionary) db.prepare("INSERT INTO meta VALUES ('dictionary', ?)").run(compress(dictionary, null));
}

/** The repositories, files and folders that mails lie in, each with its mails; without those that are gone. */
export function sourcesOf(
  db: DatabaseSync,
  mails: readonly IndexEntry[],
  options: SourceOptions,
): ReadonlyArray<readonly [MailSource, readonly IndexEntry[]]> {
  const byEpoch = new Map<number, IndexEntry[]>();
  for (const mail of mails) {
    const known = byEpoch.get(mail.epoch);
    if (known) known.push(mail);
    else byEpoch.set(mail.epoch, [mail]);
  }
  return [...byEpoch].flatMap(([epoch, own]) => {
    const source = sourceOfEpoch(db, epoch, options);
    return source ? [[source, own] as const] : [];
  });
}

function sourceOfEpoch(db: DatabaseSync, epoch: number, options: SourceOptions): MailSource | undefined {
  const row = db.prepare("SELECT path, kind, name FROM epoch JOIN archive ON archive.id = archive WHERE epoch.id = ?").get(epoch);
  const kind = String(row?.["kind"]);
  if (!row || !isArchiveKind(kind)) return undefined;
  return mailSources(String(row["path"]), kind, options).find(({ name }) => name === row["name"]);
}

// One writer at a time, over all windows and the command line.

export interface WriterLock {
  release(): void;
}

/**
 * Takes the right to write an index; null if another process has it. It is an exclusive transaction on a small database beside
 * the index. The operating system ends it with its process, however that ends, so none is ever left behind.
 */
export function takeWriterLock(file: string): WriterLock | null {
  try {
    return lock(`${file}.lock`);
  } catch (error) {
    if (!isDamage(error)) throw error;
    // A file that a failing disk has ruined cannot be locked, so nobody has the lock.
    rmSync(`${file}.lock`, { force: true });
    return lock(`${file}.lock`);
  }
}

function lock(file: string): WriterLock | null {
  const db = new DatabaseSync(file);
  try {
    db.exec("PRAGMA busy_timeout = 0; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
  } catch (error) {
    db.close();
    if (isLocked(error)) return null;
    throw error;
  }
  return {
    release() {
      db.exec("ROLLBACK");
      db.close();
    },
  };
}
