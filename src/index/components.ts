/** Assembles the components that new mails are in or were removed from, and writes them to the tables. */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { MailFacts } from "../core/postings/mailFacts";
import type { Series } from "../core/series/series";
import {
  addCounts,
  assembleComponent,
  countComponent,
  hashedKeys,
  type IndexCounts,
  noCounts,
  readCounts,
  seriesDate,
  seriesNumber,
  storeCounts,
  type TouchRow,
  touchRows,
} from "./assembling";
import {
  type IndexEntry,
  type MailPlace,
  packComponent,
  readComponent,
  readPlaces,
  type RecordContext,
  type StoredComponent,
  type StoredEntry,
} from "./componentFormat";
import { DamagedIndex } from "./damage";
import { type EntryStore, LinkTable } from "./entryStore";
import { keyHash, sha256 } from "./hashes";
import { forgetDocuments } from "./search";
import type { EpochRead } from "./sourceChanges";

/** Of a long list of keys, so that it need not stand in memory twice. */
const rowsTogether = 6400;

/** Fills an empty index. The rows of each table are put in in the order of their keys, which is fastest and smallest. */
export function writeComponents(db: DatabaseSync, store: EntryStore, context: RecordContext): void {
  const tables = new ComponentTables(db, context);
  const links = store.links;
  const idOf = new Int32Array(links.count);
  const series: Array<{ number: number; id: number; date: number }> = [];
  const touches: TouchRow[] = [];
  const formerIds: Array<{ key: number; id: number }> = [];
  let total = noCounts;
  for (const members of links.components()) {
    const stored = sorted(members.map((member) => store.get(member)));
    const facts = stored.map(({ entry }) => entry.facts);
    const assembled = assembleComponent(facts);
    const counts = countComponent(facts, assembled);
    const id = tables.newId();
    tables.addBody(id, stored, counts);
    idOf[links.find(members[0] ?? 0)] = id;
    total = addCounts(total, counts);
    for (const one of assembled.series) {
      series.push({ number: seriesNumber(one.id), id, date: seriesDate(one) });
      for (const row of touchRows(one)) touches.push(row);
      for (const key of formerIdKeys(one)) formerIds.push({ key, id });
    }
  }
  series.sort((a, b) => a.number - b.number);
  for (const { number, id, date } of series) tables.addSeriesRow(number, id, date);
  // SQLite compares text by its bytes; for other than ASCII paths the order is only nearly right, which costs nothing but space.
  touches.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : a.date - b.date || a.series - b.series));
  tables.addRows(
    "touch",
    4,
    touches.flatMap(({ path, date, series, info }) => [path, date, series, info]),
  );
  const { keys, owners } = links.sortedKeys();
  const rows: number[] = [];
  for (let at = 0; at < keys.length; at++) {
    rows.push(keys[at] ?? 0, idOf[links.find(owners[at] ?? 0)] ?? 0);
    if (rows.length < rowsTogether && at + 1 < keys.length) continue;
    tables.addRows("link_key", 2, rows);
    rows.length = 0;
  }
  for (const { key, id } of formerIds) tables.addKey(key, id);
  storeCounts(db, total);
}

/** A mail of a refresh: new, or of a component that changes. */
interface Moving extends StoredEntry {
  /** The component it was in; null for a new one. */
  readonly from: number | null;
}

/** What a refresh takes over: epochs that were read, and the ids of those that are no longer asked for. */
interface AppliedChanges {
  readonly epochs: readonly EpochRead[];
  readonly gone: readonly number[];
}

/** Brings an index up to date within the transaction under way; says how many mails went. */
export function refreshComponents(db: DatabaseSync, store: EntryStore, changes: AppliedChanges, context: RecordContext): number {
  const tables = new ComponentTables(db, context);
  const isRemoved = removedPlaces(changes);
  const links = new LinkTable();
  const moving: Moving[] = [];
  const touched = new Set<number>();
  const firstOf = new Map<number, number>();
  /** Components that lost mails: what is left may have fallen apart, and keys may lead nowhere. */
  const shrunk = new Set<number>();
  let counts = readCounts(db);
  let removed = 0;
  for (let at = 0; at < store.length; at++) {
    const stored = store.get(at);
    const keys = hashedKeys(stored.entry.facts);
    const node = links.add(keys);
    moving.push({ ...stored, from: null });
    for (const key of keys) {
      const component = tables.componentOf(key);
      if (component === null) continue;
      touched.add(component);
      const first = firstOf.get(component);
      if (first === undefined) firstOf.set(component, node);
      else links.join(first, node);
    }
  }
  if (isRemoved) {
    for (const { id, places } of db.prepare("SELECT id, places FROM component").iterate()) {
      if (!readPlaces(places as Uint8Array).some(isRemoved)) continue;
      shrunk.add(Number(id));
      touched.add(Number(id));
    }
  }
  for (const id of touched) {
    const before = tables.read(id);
    tables.remove(
      id,
      before.stored.map(({ entry }) => entry.facts),
    );
    counts = addCounts(counts, before.counts, -1);
    for (const stored of before.stored) {
      if (isRemoved?.(stored.entry)) {
        removed++;
        for (const key of hashedKeys(stored.entry.facts)) tables.removeKey(key, id);
        continue;
      }
      // The mails of a component that lost none still hang together, whatever their keys are.
      const node = links.add(shrunk.has(id) ? hashedKeys(stored.entry.facts) : []);
      moving.push({ ...stored, from: id });
      if (shrunk.has(id)) continue;
      const first = firstOf.get(id);
      if (first === undefined) firstOf.set(id, node);
      else links.join(first, node);
    }
  }
  const taken = new Set<number>();
  for (const members of links.components()) {
    const stored = sorted(members.map((member) => moving[member]).filter((one) => one !== undefined));
    const id = stored.map(({ from }) => from).find((from) => from !== null && !taken.has(from)) ?? tables.newId();
    taken.add(id);
    const facts = stored.map(({ entry }) => entry.facts);
    const assembled = assembleComponent(facts);
    const now = countComponent(facts, assembled);
    tables.addBody(id, stored, now);
    // Keys that led to this component still do.
    for (const { from, entry } of stored) {
      if (from !== id || shrunk.has(id)) for (const key of hashedKeys(entry.facts)) tables.addKey(key, id);
    }
    tables.addSeries(id, assembled.series);
    counts = addCounts(counts, now);
  }
  storeCounts(db, counts);
  return removed;
}

/** Whether a mail is to go; null where none is. */
function removedPlaces({ epochs, gone }: AppliedChanges): ((place: MailPlace) => boolean) | null {
  const goneEpochs = new Set(gone);
  const removed = new Map(epochs.filter(({ read }) => read.removed.size > 0).map(({ id, read }) => [id, read.removed]));
  if (goneEpochs.size === 0 && removed.size === 0) return null;
  return ({ oid, epoch }) => goneEpochs.has(epoch) || removed.get(epoch)?.has(oid) === true;
}

/** In an order that is always the same, and a mail that an archive added, took away and added again only once. */
function sorted<T extends StoredEntry>(stored: readonly T[]): T[] {
  const all = [...stored].sort((a, b) => compareEntries(a.entry, b.entry));
  return all.filter(({ entry }, at) => {
    const before = all[at - 1]?.entry;
    return before?.oid !== entry.oid || before.epoch !== entry.epoch;
  });
}

function compareEntries(a: IndexEntry, b: IndexEntry): number {
  return a.facts.date - b.facts.date || compareText(a.facts.messageId, b.facts.messageId) || compareText(a.oid, b.oid) || a.epoch - b.epoch;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

// Writes components into the tables and takes them out again.

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
    if (!row) throw new DamagedIndex("a link key has no component");
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
