/** Assembles the components that have new or removed mails, and writes them to the tables. */
import type { DatabaseSync, StatementSync } from "node:sqlite";
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
  touchRows,
} from "./assembling";
import {
  type Dictionary,
  type IndexEntry,
  type MailPlace,
  makeDictionary,
  packComponent,
  packedMails,
  readPlaces,
  type SourceOf,
  type StoredComponent,
  unpackMail,
} from "./componentFormat";
import { DamagedIndex } from "./damage";
import { readDictionary, storeDictionary } from "./database";
import { type EntryStore, LinkTable, type StoredMail } from "./entryStore";
import { keyHash, sha256 } from "./hashes";
import { forgetDocuments } from "./search";
import type { EpochRead } from "./sourceChanges";

/** The tables that are filled in the order of their keys, which is fastest and gives the smallest file. */
const keyOrders = { series: "id, component", touch: "path, date, series", link_key: "key" } as const;

/** Fills an empty index. */
export function writeComponents(db: DatabaseSync, store: EntryStore, sourceOf: SourceOf): void {
  // The rows first go to temporary tables of the same names, in the order they come. SQLite sorts them on the disk, so that the
  // rows of a long list are not in memory.
  for (const name of Object.keys(keyOrders)) db.exec(`CREATE TEMP TABLE ${name} AS SELECT * FROM main.${name}`);
  storeDictionary(
    db,
    makeDictionary(store.length, (number) => store.get(number).packed.json),
  );
  const tables = new ComponentTables(db, sourceOf);
  const componentOf = new Int32Array(store.length);
  let counts = noCounts;
  for (const members of store.links.components()) {
    const id = tables.newId();
    for (const member of members) componentOf[member] = id;
    counts = addCounts(counts, tables.add(id, sorted(members.map((member) => store.get(member)))));
  }
  for (const { key, mail } of store.links.keys()) tables.addKey(key, componentOf[mail] ?? 0);
  for (const [name, order] of Object.entries(keyOrders)) {
    db.exec(`INSERT OR REPLACE INTO main.${name} SELECT * FROM temp.${name} ORDER BY ${order}; DROP TABLE temp.${name}`);
  }
  storeCounts(db, counts);
}

/** A mail of a refresh: new, or of a component that changes. */
interface Moving extends StoredMail {
  /** The component it was in; null for a new one. */
  readonly from: number | null;
}

/** What a refresh applies: the epochs that were read, and the ids of those that are no longer asked for. */
interface AppliedChanges {
  readonly epochs: readonly EpochRead[];
  readonly gone: readonly number[];
}

/** Brings an index up to date within the current transaction; returns how many mails were removed. */
export function refreshComponents(db: DatabaseSync, store: EntryStore, changes: AppliedChanges, sourceOf: SourceOf): number {
  const tables = new ComponentTables(db, sourceOf);
  const isRemoved = removedPlaces(changes);
  const links = new LinkTable();
  const moving: Moving[] = [];
  const news = new Set<string>();
  const touched = new Set<number>();
  const firstOf = new Map<number, number>();
  /** A component that lost mails may have fallen apart, and its keys may lead nowhere. */
  const shrunk = new Set<number>();
  let counts = readCounts(db);
  let removed = 0;
  for (let at = 0; at < store.length; at++) {
    const mail = store.get(at);
    const keys = hashedKeys(mail.entry.facts);
    const node = links.add(keys);
    moving.push({ ...mail, from: null });
    news.add(placeKey(mail.packed));
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
      before.mails.map(({ entry }) => entry),
    );
    counts = addCounts(counts, before.counts, -1);
    for (const mail of before.mails) {
      const { entry } = mail;
      // A mail that its archive added again takes the place of the one that was read before.
      if (isRemoved?.(entry) || news.has(placeKey(entry))) {
        removed++;
        for (const key of hashedKeys(entry.facts)) tables.removeKey(key, id);
        continue;
      }
      // A component that lost no mail still hangs together, whatever its keys are.
      const node = links.add(shrunk.has(id) ? hashedKeys(entry.facts) : []);
      moving.push({ ...mail, from: id });
      if (shrunk.has(id)) continue;
      const first = firstOf.get(id);
      if (first === undefined) firstOf.set(id, node);
      else links.join(first, node);
    }
  }
  const taken = new Set<number>();
  for (const members of links.components()) {
    const moved = members.map((member) => moving[member]).filter((one) => one !== undefined);
    const id = moved.map(({ from }) => from).find((from) => from !== null && !taken.has(from)) ?? tables.newId();
    taken.add(id);
    // Keys that led to this component still do.
    for (const { from, entry } of moved) {
      if (from !== id || shrunk.has(id)) for (const key of hashedKeys(entry.facts)) tables.addKey(key, id);
    }
    counts = addCounts(counts, tables.add(id, sorted(moved)));
  }
  storeCounts(db, counts);
  return removed;
}

/** Tells whether a mail is to be removed; null if none is. */
function removedPlaces({ epochs, gone }: AppliedChanges): ((place: MailPlace) => boolean) | null {
  const goneEpochs = new Set(gone);
  const removed = new Map(epochs.filter(({ read }) => read.removed.size > 0).map(({ id, read }) => [id, read.removed]));
  if (goneEpochs.size === 0 && removed.size === 0) return null;
  return ({ oid, epoch }) => goneEpochs.has(epoch) || removed.get(epoch)?.has(oid) === true;
}

function placeKey({ oid, epoch }: MailPlace): string {
  return `${epoch} ${oid}`;
}

/** Sorted, so that the result is always the same. */
function sorted(mails: readonly StoredMail[]): StoredMail[] {
  return [...mails].sort((a, b) => compareEntries(a.entry, b.entry));
}

function compareEntries(a: IndexEntry, b: IndexEntry): number {
  return a.facts.date - b.facts.date || compareText(a.facts.messageId, b.facts.messageId) || compareText(a.oid, b.oid) || a.epoch - b.epoch;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

// Writes components into the tables and removes them again.

/** Everything that is done to components within one transaction. */
class ComponentTables {
  readonly #db: DatabaseSync;
  readonly #sourceOf: SourceOf;
  readonly #dictionary: Dictionary;
  readonly #statements = new Map<string, StatementSync>();
  #next: number;

  constructor(db: DatabaseSync, sourceOf: SourceOf) {
    this.#db = db;
    this.#sourceOf = sourceOf;
    this.#dictionary = readDictionary(db);
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

  read(id: number): { mails: StoredMail[]; counts: IndexCounts } {
    const row = this.#sql("SELECT places, body, mails, patches, revisions, series, untaken FROM component WHERE id = ?").get(id);
    if (!row) throw new DamagedIndex("a link key has no component");
    const packed = packedMails(row as unknown as StoredComponent, this.#dictionary);
    return { mails: packed.map((one) => ({ entry: unpackMail(one, this.#sourceOf), packed: one })), counts: row as unknown as IndexCounts };
  }

  /**
   * Removes a component with everything that was made of its mails, except its link keys. The mails tell what may have been made,
   * so they need not be assembled again for this.
   */
  remove(id: number, entries: readonly IndexEntry[]): void {
    const paths = new Set(
      entries.flatMap(({ facts: { patches, diffstat } }) =>
        [...patches.flatMap(({ files }) => files), ...diffstat].flatMap(({ path, oldPath }) => [path, oldPath ?? path]),
      ),
    );
    for (const { id: number, date } of this.#sql("SELECT id, date FROM series WHERE component = ?").all(id)) {
      for (const path of paths)
        this.#sql("DELETE FROM touch WHERE path = ? AND date = ? AND series = ?").run(path, Number(date), Number(number));
    }
    this.#sql("DELETE FROM series WHERE component = ?").run(id);
    for (const { kind, messageId } of entries.map(({ facts }) => facts)) {
      if (kind !== "reply" && kind !== "bot") this.removeKey(formerIdKey(sha256(messageId).slice(0, idDigits)), id);
    }
    forgetDocuments(this.#db, id);
    this.#sql("DELETE FROM component WHERE id = ?").run(id);
  }

  /** Stores the mails of a component and what they are assembled to; returns its size. The caller stores the mails' own link keys. */
  add(id: number, stored: readonly StoredMail[]): IndexCounts {
    const facts = stored.map(({ entry }) => entry.facts);
    const assembled = assembleComponent(facts);
    const counts = countComponent(facts, assembled);
    const { mails, patches, revisions, series, untaken } = counts;
    const arrived = stored.reduce((latest, { entry }) => Math.max(latest, entry.arrived), 0);
    const { places, body } = packComponent(
      stored.map(({ packed }) => packed),
      this.#dictionary,
    );
    this.#sql(
      "INSERT INTO component (id, arrived, mails, patches, revisions, series, untaken, places, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    ).run(id, arrived, mails, patches, revisions, series, untaken, places, body);
    for (const one of assembled.series) {
      this.#sql("INSERT OR REPLACE INTO series VALUES (?, ?, ?)").run(seriesNumber(one.id), id, seriesDate(one));
      for (const { path, date, series: number, info } of touchRows(one))
        this.#sql("INSERT OR REPLACE INTO touch VALUES (?, ?, ?, ?)").run(path, date, number, info);
      for (const key of formerIdKeys(one)) this.addKey(key, id);
    }
    return counts;
  }

  addKey(key: number, component: number): void {
    this.#sql("INSERT OR REPLACE INTO link_key VALUES (?, ?)").run(key, component);
  }

  removeKey(key: number, component: number): void {
    this.#sql("DELETE FROM link_key WHERE key = ? AND component = ?").run(key, component);
  }

  #sql(text: string): StatementSync {
    let statement = this.#statements.get(text);
    if (!statement) this.#statements.set(text, (statement = this.#db.prepare(text)));
    return statement;
  }
}

const idDigits = 12;

/** These keys find a series by the ids it had when fewer of its revisions were known. */
function formerIdKeys({ aliases }: Series): number[] {
  return aliases.filter((alias) => /^[0-9a-f]{12}$/.test(alias)).map(formerIdKey);
}

function formerIdKey(id: string): number {
  return keyHash(`id:${id}`);
}
