/** From mails that were read to the tables: assembles the components they are in, and stores them. */
import type { DatabaseSync } from "node:sqlite";
import { assembleComponent, hashedKeys } from "./assembling";
import { readPlaces } from "./componentBody";
import { ComponentTables, formerIdKeys, type StoredEntry } from "./componentTables";
import { addCounts, countComponent, noCounts, readCounts, storeCounts } from "./counts";
import type { Entry, Place, RecordContext } from "./entry";
import type { EntryStore } from "./entryStore";
import { LinkTable } from "./linkTable";
import type { IndexPlan } from "./plan";
import { seriesDate, seriesNumber, touchRows, type TouchRow } from "./touchInfo";

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

/** Brings an index up to date within the transaction under way; says how many mails went. */
export function refreshComponents(db: DatabaseSync, store: EntryStore, plan: IndexPlan, context: RecordContext): number {
  const tables = new ComponentTables(db, context);
  const isRemoved = removal(plan);
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
function removal({ feeds, gone }: IndexPlan): ((place: Place) => boolean) | null {
  const goneEpochs = new Set(gone);
  const removed = new Map(feeds.filter((feed) => feed.removed.size > 0).map((feed) => [feed.id, feed.removed]));
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

function compareEntries(a: Entry, b: Entry): number {
  return a.facts.date - b.facts.date || compareText(a.facts.messageId, b.facts.messageId) || compareText(a.oid, b.oid) || a.epoch - b.epoch;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
