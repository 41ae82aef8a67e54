/** Writes components into the tables and takes them out again. */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Series } from "../core/series";
import { hashedKeys } from "./assembling";
import { packComponent, readComponent, type StoredComponent } from "./componentBody";
import type { Entry, RecordContext } from "./entry";
import { keyHash } from "./keyHash";
import { forgetDocuments } from "./search";
import { seriesDate, seriesNumber, touchRows, type TouchRow } from "./touchInfo";

/** A component while it is worked on: each mail, how it is packed, and the series made of them. */
export interface Component {
  readonly entries: readonly Entry[];
  readonly records: readonly Buffer[];
  readonly series: readonly Series[];
}

/** All that is done to components within one transaction. */
export class ComponentTables {
  readonly #db: DatabaseSync;
  readonly #context: RecordContext;
  readonly #insert: StatementSync;
  readonly #insertSeries: StatementSync;
  readonly #insertTouch: StatementSync;
  readonly #insertKey: StatementSync;
  readonly #findKey: StatementSync;
  #next: number;

  constructor(db: DatabaseSync, context: RecordContext) {
    this.#db = db;
    this.#context = context;
    this.#insert = db.prepare("INSERT INTO component (id, arrived, places, body) VALUES (?, ?, ?, ?)");
    this.#insertSeries = db.prepare("INSERT OR REPLACE INTO series VALUES (?, ?, ?)");
    this.#insertTouch = db.prepare("INSERT OR REPLACE INTO touch VALUES (?, ?, ?, ?)");
    this.#insertKey = db.prepare("INSERT OR REPLACE INTO link_key VALUES (?, ?)");
    this.#findKey = db.prepare("SELECT component FROM link_key WHERE key = ?");
    this.#next = Number(db.prepare("SELECT coalesce(max(id), 0) AS last FROM component").get()?.["last"]) + 1;
  }

  /** The component a link key leads to. */
  componentOf(key: number): number | null {
    const found = this.#findKey.get(key)?.["component"];
    return typeof found === "number" ? found : null;
  }

  read(id: number): { entries: Entry[]; records: Buffer[] } {
    const row = this.#db.prepare("SELECT places, body FROM component WHERE id = ?").get(id);
    if (!row) throw new Error("a link key leads to no component");
    return readComponent(row as unknown as StoredComponent, this.#context);
  }

  /** Takes a component with all its rows out; the caller has read it. */
  remove(id: number, { series, entries }: Pick<Component, "series" | "entries">): void {
    const deleteTouch = this.#db.prepare("DELETE FROM touch WHERE path = ? AND date = ? AND series = ?");
    const deleteSeries = this.#db.prepare("DELETE FROM series WHERE id = ? AND component = ?");
    const deleteKey = this.#db.prepare("DELETE FROM link_key WHERE key = ? AND component = ?");
    for (const one of series) {
      deleteSeries.run(seriesNumber(one.id), id);
      for (const row of touchRows(one)) deleteTouch.run(row.path, row.date, row.series);
      for (const key of formerIdKeys(one)) deleteKey.run(key, id);
    }
    for (const { facts } of entries) for (const key of hashedKeys(facts)) deleteKey.run(key, id);
    forgetDocuments(this.#db, id);
    this.#db.prepare("DELETE FROM component WHERE id = ?").run(id);
  }

  /** Stores a component without its link keys, series and touches; says its id. */
  addBody({ entries, records }: Pick<Component, "entries" | "records">): number {
    const id = this.#next++;
    const { places, body } = packComponent(records);
    let arrived = 0;
    for (const entry of entries) if (entry.arrived > arrived) arrived = entry.arrived;
    this.#insert.run(id, arrived, places, body);
    return id;
  }

  addKey(key: number, component: number): void {
    this.#insertKey.run(key, component);
  }

  addSeries(number: number, component: number, date: number): void {
    this.#insertSeries.run(number, component, date);
  }

  addTouch({ path, date, series, info }: TouchRow): void {
    this.#insertTouch.run(path, date, series, info);
  }

  /** Stores a component with everything that belongs to it. */
  add(component: Component): void {
    const id = this.addBody(component);
    for (const one of component.series) {
      this.addSeries(seriesNumber(one.id), id, seriesDate(one));
      for (const row of touchRows(one)) this.addTouch(row);
      for (const key of formerIdKeys(one)) this.addKey(key, id);
    }
    for (const { facts } of component.entries) for (const key of hashedKeys(facts)) this.addKey(key, id);
  }
}

/** By these keys a series is found by the ids it had when fewer of its revisions were known. */
export function formerIdKeys({ aliases }: Series): number[] {
  return aliases.filter((alias) => /^[0-9a-f]{12}$/.test(alias)).map((alias) => keyHash(`id:${alias}`));
}
