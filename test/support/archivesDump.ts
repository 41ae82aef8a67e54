/** The contents of an index without the numbers that depend on the order things came in, to compare two of them. */
import { DatabaseSync } from "node:sqlite";
import { readComponent, type StoredComponent } from "../../src/index/componentFormat";
import { readDictionary } from "../../src/index/database";

type Row = Record<string, unknown>;

/** A line for each row of each table, sorted. Equal dumps mean equal indexes. */
export function dumpIndex(file: string): string[] {
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    const rows = (sql: string): Row[] => db.prepare(sql).all();
    const line = (kind: string, values: Row): string => `${kind} ${JSON.stringify(Object.values(values))}`;
    const epochs = new Map(
      rows("SELECT epoch.id, path, name, cursor FROM epoch JOIN archive ON archive.id = archive").map(({ id, path, name, cursor }) => [
        Number(id),
        `${String(path)} ${String(name)} ${String(cursor)}`,
      ]),
    );
    const lines: string[] = [];
    const names = new Map<number, string>();
    const dictionary = readDictionary(db);
    for (const row of rows("SELECT * FROM component")) {
      const { id, places, body, ...counts } = row as Row & StoredComponent & { id: number };
      const entries = readComponent({ places, body }, dictionary, (epoch) => epochs.get(epoch) ?? "");
      const mails = entries.map((entry) => JSON.stringify({ ...entry, epoch: epochs.get(entry.epoch) }));
      names.set(id, entries[0]?.oid ?? "none");
      lines.push(`component ${JSON.stringify(counts)} ${mails.join(" ")}`);
    }
    /** With the first mail of a component instead of its number. */
    const named = (kind: string, sql: string): string[] =>
      rows(sql).map((row) => line(kind, { ...row, component: names.get(Number(row["component"])) ?? "none" }));
    lines.push(
      ...rows("SELECT path, kind FROM archive").map((row) => line("archive", row)),
      ...rows("SELECT path, name, cursor, problems FROM epoch JOIN archive ON archive.id = archive").map((row) => line("epoch", row)),
      ...named("key", "SELECT * FROM link_key"),
      ...named("series", "SELECT * FROM series"),
      ...rows("SELECT path, date, series, hex(info) FROM touch").map((row) => line("touch", row)),
      // The dictionary is of the mails that were there at first, and only the compression depends on it.
      ...rows("SELECT * FROM meta WHERE key <> 'dictionary'").map((row) => line("meta", row)),
      ...named("document", "SELECT component, message_id, date FROM search_doc"),
      ...words(db),
      line("integrity", db.prepare("PRAGMA integrity_check").get() ?? {}),
    );
    return lines.sort();
  } finally {
    db.close();
  }
}

/** Each word of the full text, with the mail and the place it stands at. */
function words(db: DatabaseSync): string[] {
  if (!db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'mail_text'").get()) return [];
  db.exec("CREATE VIRTUAL TABLE temp.word USING fts5vocab(main, mail_text, instance)");
  return db
    .prepare("SELECT term, message_id, col, offset FROM temp.word JOIN search_doc ON search_doc.id = word.doc")
    .all()
    .map((row) => JSON.stringify(Object.values(row)));
}
