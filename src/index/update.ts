/** From mails that were read to the tables: assembles the components they are in, and stores them. */
import type { DatabaseSync } from "node:sqlite";
import { assembleComponent, hashedKeys } from "./assembling";
import { readPlaces } from "./componentBody";
import { ComponentTables, formerIdKeys } from "./componentTables";
import { addCounts, countComponent, noCounts, readCounts, storeCounts } from "./counts";
import type { Entry, Place, RecordContext } from "./entry";
import type { EntryStore, StoredEntry } from "./entryStore";
import { LinkTable } from "./linkTable";
import type { IndexPlan } from "./plan";
import { seriesDate, seriesNumber, touchRows, type TouchRow } from "./touchInfo";

/** Fills an empty index. The rows of each table are put in in the order of their keys, which is fastest and smallest. */
export function writeComponents(db: DatabaseSync, store: EntryStore, context: RecordContext): void {
  const tables = new ComponentTables(db, context);
  const links = store.links;
  const idOf = new Int32Array(links.count);
  const series: Array<{ number: number; id: number; date: number }> = [];
  const touches: TouchRow[] = [];
  const formerIds: Array<{ key: number; id: number }> = [];
  let counts = noCounts;
  for (const members of links.components()) {
    const stored = sorted(members.map((member) => store.get(member)));
    const entries = stored.map(({ entry }) => entry);
    const facts = entries.map((entry) => entry.facts);
    const assembled = assembleComponent(facts);
    const id = tables.addBody({ entries, records: stored.map(({ record }) => record) });
    idOf[links.find(members[0] ?? 0)] = id;
    counts = addCounts(counts, countComponent(facts, assembled.series));
    for (const one of assembled.series) {
      series.push({ number: seriesNumber(one.id), id, date: seriesDate(one) });
      for (const row of touchRows(one)) touches.push(row);
      for (const key of formerIdKeys(one)) formerIds.push({ key, id });
    }
  }
  series.sort((a, b) => a.number - b.number);
  for (const { number, id, date } of series) tables.addSeries(number, id, date);
  // SQLite compares text by its bytes; for other than ASCII paths the order is only nearly right, which costs nothing but space.
  touches.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : a.date - b.date || a.series - b.series));
  for (const row of touches) tables.addTouch(row);
  const { keys, owners } = links.sortedKeys();
  for (const [at, key] of keys.entries()) tables.addKey(key, idOf[links.find(owners[at] ?? 0)] ?? 0);
  for (const { key, id } of formerIds) tables.addKey(key, id);
  storeCounts(db, counts);
}

/** Brings an index up to date within the transaction under way; says how many mails went. */
export function refreshComponents(db: DatabaseSync, store: EntryStore, plan: IndexPlan, context: RecordContext): number {
  const tables = new ComponentTables(db, context);
  const touched = new Set<number>();
  for (const key of store.links.sortedKeys().keys) {
    const component = tables.componentOf(key);
    if (component !== null) touched.add(component);
  }
  const isRemoved = removal(plan);
  if (isRemoved) {
    for (const { id, places } of db.prepare("SELECT id, places FROM component").iterate()) {
      if (readPlaces(places as Uint8Array).some(isRemoved)) touched.add(Number(id));
    }
  }
  let counts = readCounts(db);
  let removed = 0;
  const all = Array.from({ length: store.length }, (_, at) => store.get(at));
  for (const id of touched) {
    const { entries, records } = tables.read(id);
    const facts = entries.map((entry) => entry.facts);
    const { series } = assembleComponent(facts);
    tables.remove(id, { series, entries });
    counts = addCounts(counts, countComponent(facts, series), -1);
    for (const [at, entry] of entries.entries()) {
      const record = records[at];
      if (isRemoved?.(entry)) removed++;
      else if (record) all.push({ entry, record });
    }
  }
  for (const members of connected(all)) {
    const entries = members.map(({ entry }) => entry);
    const facts = entries.map((entry) => entry.facts);
    const { series } = assembleComponent(facts);
    tables.add({ entries, records: members.map(({ record }) => record), series });
    counts = addCounts(counts, countComponent(facts, series));
  }
  storeCounts(db, counts);
  return removed;
}

/** Whether a mail is to go; null where none is. */
function removal({ feeds, gone }: IndexPlan): ((place: Place) => boolean) | null {
  const goneEpochs = new Set(gone);
  const removed = new Map(feeds.filter((feed) => feed.removed.size > 0).map((feed) => [feed.id, feed.removed]));
  if (goneEpochs.size === 0 && removed.size === 0) return null;
  return ({ oid, epoch }) => goneEpochs.has(epoch) || removed.get(epoch)?.has(oid) === true;
}

function* connected(all: readonly StoredEntry[]): Generator<StoredEntry[]> {
  const links = new LinkTable();
  for (const { entry } of all) links.add(hashedKeys(entry.facts));
  for (const members of links.components()) yield sorted(members.map((member) => all[member]).filter((one) => one !== undefined));
}

/** In an order that is always the same, and a mail that an archive added, took away and added again only once. */
function sorted(stored: readonly StoredEntry[]): StoredEntry[] {
  if (stored.length < 2) return [...stored];
  const unique = new Map(stored.map((one) => [`${one.entry.oid} ${one.entry.epoch}`, one]));
  return [...unique.values()].sort((a, b) => compareEntries(a.entry, b.entry));
}

function compareEntries(a: Entry, b: Entry): number {
  return a.facts.date - b.facts.date || compareText(a.facts.messageId, b.facts.messageId) || compareText(a.oid, b.oid) || a.epoch - b.epoch;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
