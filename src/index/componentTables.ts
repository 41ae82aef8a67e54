/** Writes components into the tables and takes them out again. */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { MailFacts } from "../core/assembly/mailFacts";
import type { Series } from "../core/series/series";
import { sha256 } from "./assembling";
import { packComponent, readComponent, type StoredComponent } from "./componentBody";
import type { IndexCounts } from "./counts";
import type { Entry, RecordContext } from "./entry";
import { keyHash } from "./keyHash";
import { forgetDocuments } from "./search";
import { seriesDate, seriesNumber, touchRows, type TouchRow } from "./touchInfo";

/** A mail and how it is packed. */
export interface StoredEntry {
  readonly entry: Entry;
  readonly record: Buffer;
}

/** Rows put in at once: half as expensive as one by one. */
const rowsAtOnce = 32;

/** All that is done to components within one transaction. */
export class ComponentTables {
  readonly #db: DatabaseSync;
  readonly #context: RecordContext;
  readonly #statements = new Map<string, StatementSync>();
  #next: number;

  constructor(db: DatabaseSync, context: RecordContext) {
    this.#db = db;
    this.#context = context;
    this.#next = Number(db.prepare("SELECT coalesce(max(id), 0) AS last FROM component").get()?.["last"]) + 1;
  }

  /** A number no component has. */
  newId(): number {
    return this.#next++;
  }

  /** The component a link key leads to. */
  componentOf(key: number): number | null {
    const found = this.#sql("SELECT component FROM link_key WHERE key = ?").get(key)?.["component"];
    return typeof found === "number" ? found : null;
  }

  read(id: number): { stored: StoredEntry[]; counts: IndexCounts } {
    const row = this.#sql("SELECT places, body, mails, patches, revisions, series, untaken FROM component WHERE id = ?").get(id);
    if (!row) throw new Error("a link key leads to no component");
    const { entries, records } = readComponent(row as unknown as StoredComponent, this.#context);
    const stored = entries.map((entry, at) => ({ entry, record: records[at] ?? Buffer.alloc(0) }));
    const [mails = 0, patches = 0, revisions = 0, series = 0, untaken = 0] = ["mails", "patches", "revisions", "series", "untaken"].map(
      (name) => Number(row[name]),
    );
    return { stored, counts: { mails, patches, revisions, series, untaken } };
  }

  /**
   * Takes a component out with all that was made of its mails, but leaves its link keys. What may have been made is known
   * from the mails, so they need not be assembled again for it.
   */
  remove(id: number, facts: readonly MailFacts[]): void {
    const paths = new Set(
      facts.flatMap(({ patches, diffstat }) =>
        [...patches.flatMap(({ files }) => files), ...diffstat].flatMap(({ path, oldPath }) => [path, oldPath ?? path]),
      ),
    );
    for (const { id: number, date } of this.#sql("SELECT id, date FROM series WHERE component = ?").all(id)) {
      for (const path of paths)
        this.#sql("DELETE FROM touch WHERE path = ? AND date = ? AND series = ?").run(path, Number(date), Number(number));
    }
    this.#sql("DELETE FROM series WHERE component = ?").run(id);
    for (const { kind, messageId } of facts) {
      if (kind !== "reply" && kind !== "bot") this.removeKey(formerIdKey(sha256(messageId).slice(0, idDigits)), id);
    }
    forgetDocuments(this.#db, id);
    this.#sql("DELETE FROM component WHERE id = ?").run(id);
  }

  /** Stores the mails of a component. */
  addBody(id: number, stored: readonly StoredEntry[], counts: IndexCounts): void {
    const { places, body } = packComponent(stored.map(({ record }) => record));
    let arrived = 0;
    for (const { entry } of stored) if (entry.arrived > arrived) arrived = entry.arrived;
    const { mails, patches, revisions, series, untaken } = counts;
    this.#sql(
      "INSERT INTO component (id, arrived, mails, patches, revisions, series, untaken, places, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    ).run(id, arrived, mails, patches, revisions, series, untaken, places, body);
  }

  /** Stores what stands in a table of its own for each series. */
  addSeries(id: number, series: readonly Series[]): void {
    for (const one of series) {
      this.addSeriesRow(seriesNumber(one.id), id, seriesDate(one));
      for (const row of touchRows(one)) this.addTouch(row);
      for (const key of formerIdKeys(one)) this.addKey(key, id);
    }
  }

  addKey(key: number, component: number): void {
    this.#sql("INSERT OR REPLACE INTO link_key VALUES (?, ?)").run(key, component);
  }

  removeKey(key: number, component: number): void {
    this.#sql("DELETE FROM link_key WHERE key = ? AND component = ?").run(key, component);
  }

  addSeriesRow(number: number, component: number, date: number): void {
    this.#sql("INSERT OR REPLACE INTO series VALUES (?, ?, ?)").run(number, component, date);
  }

  /** Rows of an empty table, given one value behind the other. */
  addRows(table: "link_key" | "touch", columns: number, values: ReadonlyArray<string | number | Uint8Array>): void {
    const row = `(${Array<string>(columns).fill("?").join()})`;
    const step = columns * rowsAtOnce;
    const many = this.#sql(`INSERT OR REPLACE INTO ${table} VALUES ${Array<string>(rowsAtOnce).fill(row).join()}`);
    const single = this.#sql(`INSERT OR REPLACE INTO ${table} VALUES ${row}`);
    let at = 0;
    for (; at + step <= values.length; at += step) many.run(...values.slice(at, at + step));
    for (; at < values.length; at += columns) single.run(...values.slice(at, at + columns));
  }

  addTouch({ path, date, series, info }: TouchRow): void {
    this.#sql("INSERT OR REPLACE INTO touch VALUES (?, ?, ?, ?)").run(path, date, series, info);
  }

  #sql(text: string): StatementSync {
    let statement = this.#statements.get(text);
    if (!statement) this.#statements.set(text, (statement = this.#db.prepare(text)));
    return statement;
  }
}

const idDigits = 12;

/** By these keys a series is found by the ids it had when fewer of its revisions were known. */
export function formerIdKeys({ aliases }: Series): number[] {
  return aliases.filter((alias) => /^[0-9a-f]{12}$/.test(alias)).map(formerIdKey);
}

function formerIdKey(id: string): number {
  return keyHash(`id:${id}`);
}
