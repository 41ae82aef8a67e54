/**
 * Fills the full text of titles, people, files and cover letters, in slices, once everything else can be used. It follows the
 * components as they change.
 */
import { hash } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import { patchId } from "../core/diff/patchId";
import type { Author } from "../core/mail/author";
import { type Mail, readMail } from "../core/mail/mail";
import { exactPatchTexts } from "../core/mail/patchMail";
import { storeSum } from "./checksum";
import { type IndexEntry, readComponent, type StoredComponent } from "./componentFormat";
import { openForWriting, readDictionary, readSourceNames, sourcesOf, takeWriterLock } from "./database";
import { columns } from "./searchQuery";

/** How much of a cover letter is indexed; people seldom search for the rest of a longer one. */
const longestBody = 64 * 1024;

function createTable(db: DatabaseSync): void {
  db.exec(
    `CREATE VIRTUAL TABLE IF NOT EXISTS mail_text USING fts5 (${columns.join(", ")}, content = '', contentless_delete = 1, tokenize = "unicode61 remove_diacritics 2 tokenchars '_'")`,
  );
}

/** Removes a component's mails from the full text. */
export function forgetDocuments(db: DatabaseSync, component: number): void {
  const documents = db.prepare("SELECT id FROM search_doc WHERE component = ?").all(component);
  if (documents.length === 0) return;
  const remove = db.prepare("DELETE FROM mail_text WHERE rowid = ?");
  for (const { id } of documents) remove.run(Number(id));
  db.prepare("DELETE FROM search_doc WHERE component = ?").run(component);
}

interface FillOptions {
  readonly git?: string | undefined;
  /** How many components are added at once. */
  readonly slice?: number;
}

/** Adds the mails of the next components to the full text. @returns how many components are left; null where another process is writing */
export async function fillSearch(file: string, { git, slice = 500 }: FillOptions = {}): Promise<number | null> {
  const lock = takeWriterLock(file);
  if (!lock) return null;
  let db: DatabaseSync | null = null;
  try {
    db = openForWriting(file, { fresh: false });
    if (!db) return 0;
    const rows = db.prepare("SELECT id, places, body FROM component WHERE searched = 0 ORDER BY id DESC LIMIT ?").all(slice);
    if (rows.length > 0) await addToSearch(db, file, rows as unknown as Array<StoredComponent & { id: number }>, git);
    return Number(db.prepare("SELECT count(*) AS left FROM component WHERE searched = 0").get()?.["left"]);
  } finally {
    db?.close();
    lock.release();
  }
}

async function addToSearch(
  db: DatabaseSync,
  file: string,
  rows: ReadonlyArray<StoredComponent & { id: number }>,
  git: string | undefined,
): Promise<void> {
  const names = readSourceNames(db);
  const sourceOf = (epoch: number): string => names.get(epoch) ?? "";
  const dictionary = readDictionary(db);
  const documents = rows.flatMap((row) =>
    uniqueMails(readComponent(row, dictionary, sourceOf)).map((entry) => ({ component: row.id, entry })),
  );
  const texts = await readTexts(
    db,
    documents.map(({ entry }) => entry),
    git,
  );
  db.exec("BEGIN IMMEDIATE");
  try {
    createTable(db);
    const note = db.prepare("INSERT INTO search_doc (component, message_id, date) VALUES (?, ?, ?)");
    const insert = db.prepare(`INSERT INTO mail_text (rowid, ${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")}, ?)`);
    for (const { component, entry } of documents) {
      const { facts } = entry;
      const id = note.run(component, facts.messageId, Math.floor(facts.date / 1000)).lastInsertRowid;
      const files = facts.patches.flatMap((patch) =>
        patch.files.flatMap(({ path, oldPath }) => (oldPath === undefined ? [path] : [path, oldPath])),
      );
      insert.run(
        id,
        facts.subject.title,
        people([facts.author, facts.sender]),
        people(facts.to),
        people(facts.cc),
        files.join("\n"),
        facts.lists.join(" "),
        texts.get(entry.oid)?.body ?? "",
        texts.get(entry.oid)?.patchIds ?? "",
      );
    }
    const done = db.prepare("UPDATE component SET searched = 1 WHERE id = ?");
    for (const { id } of rows) done.run(id);
    db.exec("COMMIT");
    storeSum(db, file);
  } catch (error) {
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}

/** Mails that people search for: patches and cover letters, each once. Replies are found through the mail they answer. */
function uniqueMails(entries: readonly IndexEntry[]): IndexEntry[] {
  const kept = new Map<string, IndexEntry>();
  for (const entry of entries) {
    const { kind, messageId, fingerprint } = entry.facts;
    if (kind === "patch" || kind === "cover" || kind === "pull") kept.set(`${messageId} ${fingerprint}`, entry);
  }
  return [...kept.values()];
}

function people(authors: readonly Author[]): string {
  return [...new Set(authors.map(({ name, email }) => `${name} ${email}`))].join("\n");
}

/** The parts of a mail that are read only for the full text. */
interface SearchText {
  /** The text of a cover letter. */
  readonly body: string;
  /** As `git patch-id --stable`, with blanks between; they take too long to compute while series are waited for. */
  readonly patchIds: string;
}

async function readTexts(db: DatabaseSync, entries: readonly IndexEntry[], git: string | undefined): Promise<Map<string, SearchText>> {
  const texts = new Map<string, SearchText>();
  for (const [source, mails] of sourcesOf(db, entries, { git })) {
    try {
      await source.read(mails, ({ oid, facts }, bytes) => void texts.set(oid, searchText(readMail(bytes), facts.kind === "patch")));
    } catch {
      // An archive cannot be read just now, so its letters are found only by their titles.
    }
  }
  return texts;
}

function searchText(mail: Mail, isPatch: boolean): SearchText {
  if (!isPatch) return { body: mail.body.slice(0, longestBody), patchIds: "" };
  return {
    body: "",
    patchIds: exactPatchTexts(mail)
      .flatMap((text) => patchId(text, sha1) ?? [])
      .join(" "),
  };
}

function sha1(bytes: Uint8Array): Uint8Array {
  return hash("sha1", bytes, "buffer");
}
