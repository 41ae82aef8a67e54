/** The contents of an index without the numbers that depend on the order things came in, to compare two of them. */
import { DatabaseSync } from "node:sqlite";
import { readComponent, type StoredComponent } from "../../src/index/componentFormat";

/** A line for each row of each table, sorted. Equal dumps mean equal indexes. */
export function dumpIndex(file: string): string[] {
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    const epochs = new Map(
      db
        .prepare("SELECT epoch.id, path, name, cursor FROM epoch JOIN archive ON archive.id = archive")
        .all()
        .map(({ id, path, name, cursor }) => [Number(id), `${String(path)} ${String(name)} ${String(cursor)}`]),
    );
    const lines = [...epochs.values()].map((text) => `epoch ${text}`);
    const names = new Map<number, string>();
    for (const row of db.prepare("SELECT id, arrived, places, body FROM component").all()) {
      const entries = readComponent(row as unknown as StoredComponent, (epoch) => epochs.get(epoch) ?? "");
      const mails = entries.map((entry) => JSON.stringify({ ...entry, epoch: epochs.get(entry.epoch) }));
      names.set(Number(row["id"]), entries[0]?.oid ?? "none");
      lines.push(`component ${String(row["arrived"])} ${mails.join(" ")}`);
    }
    const nameOf = (id: unknown): string => names.get(Number(id)) ?? `no component ${String(id)}`;
    for (const { key, component } of db.prepare("SELECT * FROM link_key").all()) lines.push(`key ${String(key)} ${nameOf(component)}`);
    for (const { id, component, date } of db.prepare("SELECT * FROM series").all())
      lines.push(`series ${String(id)} ${nameOf(component)} ${String(date)}`);
    for (const { path, date, series, info } of db.prepare("SELECT * FROM touch").all()) {
      lines.push(`touch ${String(path)} ${String(date)} ${String(series)} ${Buffer.from(info as Uint8Array).toString("hex")}`);
    }
    for (const { key, value } of db.prepare("SELECT * FROM meta").all()) lines.push(`meta ${String(key)} ${String(value)}`);
    const check = db.prepare("PRAGMA integrity_check").all();
    lines.push(`integrity ${JSON.stringify(check)}`);
    return lines.sort();
  } finally {
    db.close();
  }
}
