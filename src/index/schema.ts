/** The tables of the index. Any other version than ours is built again from the archives, which hold everything. */
import { DatabaseSync } from "node:sqlite";
import { Words } from "./words";

/** Raised with every change of the tables, of the packed values, or of what series are made of mails. */
export const schemaVersion = 6;

/*
 * A component is a set of mails that may stand in one series: all that hangs together by link keys. It is stored whole and
 * packed, because that is how it is read and how it changes. The series are made of it anew when they are asked for, which
 * takes microseconds, and so they always follow the rules of the running version and the corrections made by hand.
 *  - word: people, lists of people, paths and trailers, which the packed mails name by number
 *  - component.places: for each mail its blob (20 bytes) and its epoch (2 bytes), in the order of the packed mails
 *  - component.body: the facts of the mails (see componentBody.ts)
 *  - link_key: 40 bits of a hash of a Message-ID, title or other link key, and the component it leads to
 *  - series: the 12 hex digits of a series' id as a number, and the date of its newest revision in seconds
 *  - search_doc: the mails that search.ts has taken up, filled in the background; component.searched says which are done
 *  - touch: the paths that the newest revision of a series touches, with patches and lines (see touchInfo.ts)
 */
const tables = `
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE word (id INTEGER PRIMARY KEY, text TEXT NOT NULL);
CREATE TABLE archive (id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, kind TEXT NOT NULL);
CREATE TABLE epoch (id INTEGER PRIMARY KEY, archive INTEGER NOT NULL, name TEXT NOT NULL, cursor TEXT NOT NULL, problems TEXT NOT NULL, UNIQUE (archive, name));
CREATE TABLE component (id INTEGER PRIMARY KEY, arrived INTEGER NOT NULL, mails INTEGER NOT NULL, patches INTEGER NOT NULL, revisions INTEGER NOT NULL, series INTEGER NOT NULL, places BLOB NOT NULL, body BLOB NOT NULL, searched INTEGER NOT NULL DEFAULT 0);
CREATE TABLE link_key (key INTEGER PRIMARY KEY, component INTEGER NOT NULL);
CREATE TABLE series (id INTEGER NOT NULL, component INTEGER NOT NULL, date INTEGER NOT NULL, PRIMARY KEY (id, component)) WITHOUT ROWID;
CREATE INDEX series_date ON series (date);
CREATE INDEX series_component ON series (component);
CREATE TABLE touch (path TEXT NOT NULL, date INTEGER NOT NULL, series INTEGER NOT NULL, info BLOB NOT NULL, PRIMARY KEY (path, date, series)) WITHOUT ROWID;
CREATE TABLE search_doc (id INTEGER PRIMARY KEY, component INTEGER NOT NULL, message_id TEXT NOT NULL, date INTEGER NOT NULL);
CREATE INDEX search_doc_component ON search_doc (component);
`;

/** Opens an index for writing, or makes its tables in an empty file. Null where it is of another version. */
export function openForWriting(file: string, options: { fresh: boolean }): DatabaseSync | null {
  const db = new DatabaseSync(file);
  try {
    db.exec("PRAGMA busy_timeout = 2000");
    if (options.fresh) {
      // Until it is renamed into place nobody reads it, and after a crash it is thrown away: neither journal nor syncing is needed.
      db.exec("PRAGMA page_size = 8192; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE");
      db.exec(`BEGIN; ${tables} PRAGMA user_version = ${schemaVersion}`);
      return db;
    }
    if (versionOf(db) === schemaVersion) {
      db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 2000");
      return db;
    }
  } catch (error) {
    db.close();
    throw error;
  }
  db.close();
  return null;
}

/** Opens an index for reading; null where there is none of our version. */
export function openForReading(file: string): DatabaseSync | null {
  let db: DatabaseSync;
  try {
    db = new DatabaseSync(file, { readOnly: true });
  } catch {
    return null;
  }
  try {
    db.exec("PRAGMA busy_timeout = 2000");
    if (versionOf(db) === schemaVersion) return db;
  } catch {
    // Not a database, or one cut short: as good as none.
  }
  db.close();
  return null;
}

function versionOf(db: DatabaseSync): number {
  return Number(db.prepare("PRAGMA user_version").get()?.["user_version"]);
}

/** The words stored with an index. */
export function readWords(db: DatabaseSync): Words {
  return new Words(
    db
      .prepare("SELECT text FROM word ORDER BY id")
      .all()
      .map(({ text }) => String(text)),
  );
}

/** Stores the words that were added since there were `stored` of them. */
export function storeWords(db: DatabaseSync, words: Words, stored: number): void {
  const insert = db.prepare("INSERT INTO word VALUES (?, ?)");
  for (let at = stored; at < words.size; at++) insert.run(at, words.textOf(at));
}

/** The names of the sources, by the numbers of their epochs. */
export function readSourceNames(db: DatabaseSync): Map<number, string> {
  const rows = db.prepare("SELECT epoch.id AS id, archive.path AS path FROM epoch JOIN archive ON archive.id = epoch.archive").all();
  return new Map(rows.map(({ id, path }) => [Number(id), String(path)]));
}
