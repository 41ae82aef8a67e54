/** Answers the questions of the editor and the command line about an index, from a read-only connection and from memory. */
import { LRUCache } from "lru-cache";
import { statSync } from "node:fs";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { compareUnused, type UnusedDiff } from "../core/postings/assembleMails";
import type { Correction } from "../core/postings/corrections";
import type { MailFacts } from "../core/postings/mailFacts";
import { copyMeant } from "../core/postings/threads";
import { findSeries } from "../core/series/findSeries";
import { problemsOf } from "../core/series/problems";
import { pendingDays, type Problem, type Revision, type Series } from "../core/series/series";
import { touchesOfLines } from "../core/series/touches";
import { isShortened, mayEndWith, mayLieBelow, shortenedNames } from "../core/series/treePaths";
import {
  assembleComponent,
  assembleComponents,
  type IndexCounts,
  readCounts,
  readInfo,
  seriesNumber,
  type TouchRow,
  touchRows,
} from "./assembling";
import { assertSound } from "./checksum";
import { type Dictionary, type IndexEntry, readComponent, type StoredComponent } from "./componentFormat";
import { openForReading, readDictionary, readSourceNames, sourcesOf } from "./database";
import { keyHash } from "./hashes";
import { type FoundDocument, searchDocuments } from "./searchQuery";

export interface ReaderOptions extends AssemblingOptions {
  /** The git binary of the user's setting. */
  readonly git?: string | undefined;
}

/** A series whose newest revision touches a path. */
interface TouchHit {
  /** 12 hex digits; `IndexReader.series` returns the series. */
  readonly id: string;
  /** The date of the newest revision, in seconds since 1970. */
  readonly date: number;
  readonly patches: readonly number[];
  /** First and last lines of the file before the patches; [] if they are not known. */
  readonly lines: ReadonlyArray<readonly [number, number]>;
}

const day = 86_400;
/** How many paths are remembered; an editor asks for the same few again and again. */
const mostPaths = 2048;

/** Opens an index; null if there is none, or if it must be built again. */
export function openIndex(file: string, options: ReaderOptions = {}): IndexReader | null {
  const db = openForReading(file);
  return db ? new IndexReader(file, db, options) : null;
}

export class IndexReader {
  readonly #file: string;
  readonly #inode: number;
  readonly #db: DatabaseSync;
  readonly #options: ReaderOptions;
  readonly #statements = new Map<string, StatementSync>();
  #version = -1;
  readonly #hits = new LRUCache<string, readonly TouchHit[]>({ max: mostPaths });
  readonly #components: AssembledComponents;

  constructor(file: string, db: DatabaseSync, options: ReaderOptions) {
    this.#file = file;
    this.#db = db;
    this.#options = options;
    this.#components = new AssembledComponents(db, options);
    this.#inode = statSync(file).ino;
    this.refresh();
  }

  close(): void {
    this.#db.close();
  }

  /** Throws if the index was damaged since the last read; quick while nobody writes to it. */
  check(): void {
    // A replaced file stays unchanged for the process that has it open.
    if (statSync(this.#file, { throwIfNoEntry: false })?.ino === this.#inode) assertSound(this.#db, this.#file);
  }

  /**
   * Notices what other connections wrote and returns whether there was anything. Null if a new file replaced the index, which
   * must then be opened anew.
   *
   * @param isVerified whether what they wrote is already known to be sound
   */
  refresh(isVerified = false): boolean | null {
    try {
      if (statSync(this.#file).ino !== this.#inode) return null;
    } catch {
      return null;
    }
    if (!isVerified) this.check();
    const version = Number(this.#statement("PRAGMA data_version").get()?.["data_version"]);
    if (version === this.#version) return false;
    this.#version = version;
    this.#hits.clear();
    this.#components.indexChanged();
    return true;
  }

  get counts(): IndexCounts {
    return readCounts(this.#db);
  }

  /** Problems with single mails and archives when they were read, one problem for each repository or file. */
  get problems(): readonly Problem[] {
    const rows = this.#all("SELECT path, name, problems FROM epoch JOIN archive ON archive.id = archive ORDER BY path, name");
    return rows.flatMap(({ path, name, problems }) =>
      problemsOf([path, name].map(String).filter(Boolean).join("/"), JSON.parse(String(problems)) as string[]),
    );
  }

  /** The date of the newest revision of all, in seconds, which is "now" for an archive. */
  get newest(): number {
    return Number(this.#statement("SELECT max(date) AS newest FROM series").get()?.["newest"] ?? 0);
  }

  /** Mails with a diff that is in no series, oldest first; `counts` says how many. */
  untaken(): UnusedDiff[] {
    const rows = this.#all("SELECT id FROM component WHERE untaken > 0");
    return rows.flatMap(({ id }) => this.#components.untakenOf(Number(id))).sort(compareUnused);
  }

  /** When the newest mail came in, in seconds; a later call of `unread` gets it. */
  get arrived(): number {
    return Number(this.#statement("SELECT max(arrived) AS arrived FROM component").get()?.["arrived"] ?? 0);
  }

  /** The series touched within some days before the newest, newest first. */
  pending(days = pendingDays): Series[] {
    return [...this.pendingSlices(days)].flat();
  }

  /** The same in pieces, so that a long list need not be made at once. */
  *pendingSlices(days = pendingDays): Generator<readonly Series[]> {
    const rows = this.#all("SELECT id, component FROM series WHERE date >= ? ORDER BY date DESC, id", this.newest - days * day);
    const given = new Set<string>();
    for (const { id, component } of rows) {
      // The table does not know revisions that were split off by hand, which are series too.
      const group = this.#components.corrected.has(Number(component)) ? this.#components.seriesOf(Number(component)) : null;
      const found = group ?? [this.#components.find(Number(component), hexId(Number(id)))];
      const slice = found.flatMap((one) => (one && !given.has(one.id) ? [one] : []));
      for (const one of slice) given.add(one.id);
      if (slice.length > 0) yield slice;
    }
  }

  /** A series by its id, one of its former ids, or a Message-ID in it. */
  series(wanted: string): Series | undefined {
    const id = wanted.trim().replace(/^<|>$/g, "");
    if (/^[0-9a-f]{12}$/.test(id)) {
      const row = this.#statement("SELECT component FROM series WHERE id = ?").get(seriesNumber(id));
      const one = row && this.#components.find(Number(row["component"]), id);
      if (one) return one;
      for (const corrected of this.#components.corrected) {
        const found = this.#components.seriesOf(corrected).find((each) => each.id === id);
        if (found) return found;
      }
    }
    const component = this.#components.componentOf(`<${id}>`) ?? this.#components.componentOf(`id:${id}`);
    return component === null ? undefined : this.#components.find(component, id);
  }

  /** The ids of series that begin with some hex digits, in order. */
  idsBeginning(digits: string, most: number): string[] {
    const [least, greatest] = [seriesNumber(digits.padEnd(12, "0")), seriesNumber(digits.padEnd(12, "f"))];
    return this.#all("SELECT id FROM series WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ?", least, greatest, most).map(({ id }) =>
      hexId(Number(id)),
    );
  }

  /** The series whose newest revision touches a path, or lines of it, newest first. Answered from memory when asked again. */
  touching(path: string, lines?: readonly [number, number], days = pendingDays): readonly TouchHit[] {
    const hits = this.#hitsOf(path, days);
    return lines ? touchesOfLines(hits, lines) : hits;
  }

  /** Assembles the series that touch a path, one a step, so that other work can run in between; after that they are in memory. */
  *touchedSeries(path: string, days = pendingDays): Generator<Series> {
    for (const { id } of this.#hitsOf(path, days)) {
      const series = this.series(id);
      if (series) yield series;
    }
  }

  #hitsOf(path: string, days: number): readonly TouchHit[] {
    const key = `${days} ${path}`;
    const known = this.#hits.get(key);
    if (known) return known;
    const since = this.newest - days * day;
    // A path that a diffstat shortened may mean this file too.
    const names = [path, ...shortenedNames(path)];
    const marks = names.map(() => "?").join();
    const rows = this.#all(
      `SELECT date, series, info FROM touch WHERE path IN (${marks}) AND date >= ? ORDER BY date DESC, series, path = ? DESC`,
      ...names,
      since,
      path,
    );
    const found = new Map<string, TouchHit>();
    for (const { date, series, info } of rows) {
      const id = hexId(Number(series));
      if (!found.has(id)) found.set(id, { id, date: Number(date), ...readInfo(info as Uint8Array) });
    }
    const hits = this.#corrected(names, [...found.values()], since);
    this.#hits.set(key, hits);
    return hits;
  }

  /** Paths below a folder, or paths with a given tail, that pending series touch. */
  touchedPaths(match: { readonly folder: string } | { readonly tail: string }, days = pendingDays): string[] {
    const since = this.newest - days * day;
    const rows =
      "folder" in match
        ? this.#all(
            "SELECT DISTINCT path FROM touch WHERE path >= ? AND path < ? AND date >= ?",
            match.folder,
            `${match.folder}\u{10ffff}`,
            since,
          )
        : this.#all("SELECT DISTINCT path FROM touch WHERE (path = ? OR path LIKE '%/' || ?) AND date >= ?", match.tail, match.tail, since);
    const shortened = this.#all("SELECT DISTINCT path FROM touch WHERE path >= '.../' AND path < '...0' AND date >= ?", since);
    const paths = new Set([
      ...[...rows, ...shortened].map(({ path }) => String(path)),
      ...this.#correctedRows(since).map(({ path }) => path),
    ]);
    return [...paths].filter((path) => {
      if ("folder" in match) return path.startsWith(match.folder) || (isShortened(path) && mayLieBelow(path, match.folder));
      return isShortened(path) ? mayEndWith(path, match.tail) : `/${path}`.endsWith(`/${match.tail}`);
    });
  }

  /** Series in which something came in after a moment, see `arrived`. */
  unread(since: number): string[] {
    const rows = this.#all("SELECT series.id AS id FROM component JOIN series ON series.component = component.id WHERE arrived > ?", since);
    return rows.map(({ id }) => hexId(Number(id)));
  }

  /** Series found by lore's prefixes and plain words; see searchQuery.ts. */
  search(query: string, limit?: number): Series[] {
    const found = new Map<string, Series>();
    for (const one of this.seriesOfFound(searchDocuments(this.#db, query, limit))) if (one) found.set(one.id, one);
    return [...found.values()];
  }

  /** The series of found mails, a mail a step, so that other work can run in between; undefined for a mail in no series. */
  *seriesOfFound(documents: readonly FoundDocument[]): Generator<Series | undefined> {
    for (const { component, messageId } of documents) yield this.#components.find(component, messageId);
  }

  /** Like `search`, in such steps; the first one finds the mails. */
  *searchSteps(query: string): Generator<Series | undefined> {
    yield* this.seriesOfFound(searchDocuments(this.#db, query));
  }

  /** The facts of a mail, once for each list it was read on. */
  facts(messageId: string): MailFacts[] {
    return this.#entriesOf(messageId).map(({ facts }) => facts);
  }

  /**
   * Mails as they lie in the archives, by Message-ID; mails that are gone are absent.
   *
   * @param breathe awaited between the questions; once it says that the index is no longer wanted, no more mails are read
   */
  async mails(messageIds: readonly string[], breathe: () => Promise<boolean> = neverOver): Promise<Map<string, Uint8Array>> {
    const wanted: IndexEntry[] = [];
    for (const messageId of messageIds) {
      if (await breathe()) return new Map();
      const entries = this.#entriesOf(messageId);
      const meant = entries.length > 1 ? copyMeant(entries.map(({ facts }) => facts)) : entries[0]?.facts;
      wanted.push(...entries.filter(({ facts }) => facts === meant));
    }
    const found = new Map<string, Uint8Array>();
    for (const [source, mails] of sourcesOf(this.#db, wanted, this.#options))
      await source.read(mails, ({ facts }, bytes) => found.set(facts.messageId, Buffer.from(bytes)));
    return found;
  }

  #entriesOf(messageId: string): IndexEntry[] {
    const component = this.#components.componentOf(`<${messageId}>`);
    return component === null ? [] : this.#components.entries(component).filter(({ facts }) => facts.messageId === messageId);
  }

  /**
   * The table's rows know nothing of corrections. So all series that corrections name are looked at themselves: a split-off
   * series may touch paths that no newest revision in the table does.
   */
  #corrected(names: readonly string[], rows: readonly TouchHit[], since: number): readonly TouchHit[] {
    const { corrected } = this.#components;
    if (corrected.size === 0) return rows;
    const hits = new Map<string, TouchHit>();
    for (const hit of rows) {
      const component = this.#statement("SELECT component FROM series WHERE id = ?").get(seriesNumber(hit.id))?.["component"];
      if (!corrected.has(Number(component))) hits.set(hit.id, hit);
    }
    for (const row of this.#correctedRows(since)) {
      const id = hexId(row.series);
      if (names.includes(row.path)) hits.set(id, { id, date: row.date, ...readInfo(row.info) });
    }
    return [...hits.values()].sort((a, b) => b.date - a.date || (a.id < b.id ? -1 : 1));
  }

  /** What the series that corrections name touch. */
  #correctedRows(since: number): TouchRow[] {
    const series = [...this.#components.corrected].flatMap((component) => this.#components.seriesOf(component));
    return series.flatMap(touchRows).filter(({ date }) => date >= since);
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) this.#statements.set(sql, (statement = this.#db.prepare(sql)));
    return statement;
  }

  #all(sql: string, ...values: Array<string | number>): Array<Record<string, unknown>> {
    return this.#statement(sql).all(...values);
  }
}

function neverOver(): Promise<boolean> {
  return Promise.resolve(false);
}

function hexId(number: number): string {
  return number.toString(16).padStart(12, "0");
}

// Assembles the components of an index with the person's corrections, and remembers the results.

export interface AssemblingOptions {
  /** The subsystem of a series, by the user's rules and the open trees. */
  readonly subsystemOf?: (revision: Revision) => string;
  /** What was joined and split by hand. */
  readonly corrections?: readonly Correction[];
}

/** How many components are remembered; an editor asks for the same few again and again. */
const mostComponents = 8192;

/** What a component was assembled to, alone or together with those that a correction joins to it. */
interface AssembledGroup {
  readonly mails: string;
  readonly series: readonly Series[];
  /** The state (see `#state`) in which it was last found to match the index. */
  checkedIn: number;
}

class AssembledComponents {
  readonly #db: DatabaseSync;
  readonly #options: AssemblingOptions;
  readonly #component: StatementSync;
  readonly #dictionary: Dictionary;
  readonly #places: StatementSync;
  readonly #linkKey: StatementSync;
  readonly #groups = new LRUCache<number, AssembledGroup>({ max: mostComponents });
  /** Counts how often the index was written to since it was opened. */
  #state = 0;
  /** Names of the sources, by the numbers of their epochs. */
  #names: ReadonlyMap<number, string> | null = null;
  /** Components joined with others by a correction, each with its whole group. */
  #joined: Map<number, readonly number[]> | null = null;
  #corrected: ReadonlySet<number> | null = null;

  constructor(db: DatabaseSync, options: AssemblingOptions) {
    this.#db = db;
    this.#options = options;
    this.#dictionary = readDictionary(db);
    this.#component = db.prepare("SELECT places, body FROM component WHERE id = ?");
    this.#places = db.prepare("SELECT places FROM component WHERE id = ?");
    this.#linkKey = db.prepare("SELECT component FROM link_key WHERE key = ?");
  }

  /** Called when the index was written to: everything remembered is compared with the index before it is used again. */
  indexChanged(): void {
    this.#names = null;
    this.#joined = null;
    this.#corrected = null;
    // A sync changes a few components of a large list; the others match and need not be assembled again.
    this.#state++;
  }

  /** The component of a link key (`<Message-ID>`, `id:...`); null if there is none. */
  componentOf(key: string): number | null {
    const found = this.#linkKey.get(keyHash(key))?.["component"];
    return typeof found === "number" ? found : null;
  }

  /** The mails of a component. */
  entries(component: number): IndexEntry[] {
    const row = this.#component.get(component);
    if (!row) return [];
    const names = (this.#names ??= readSourceNames(this.#db));
    return readComponent(row as unknown as StoredComponent, this.#dictionary, (epoch) => names.get(epoch) ?? "");
  }

  /** A series of a component, by its id, a former one, or a Message-ID in it. */
  find(component: number, id: string): Series | undefined {
    return findSeries(this.seriesOf(component), id);
  }

  /** The series of a component, and of the components that corrections join to it. */
  seriesOf(component: number): readonly Series[] {
    const known = this.#groups.get(component);
    if (known?.checkedIn === this.#state) return known.series;
    const group = this.#joinedComponents().get(component) ?? [component];
    const mails = group.map((id) => this.#mailsIn(id)).join(" ");
    if (known?.mails === mails) {
      known.checkedIn = this.#state;
      return known.series;
    }
    const facts = group.map((id) => this.entries(id).map((entry) => entry.facts));
    const { series } = assembleComponents(facts, this.#options.subsystemOf ?? (() => ""), this.#options.corrections ?? []);
    for (const id of group) this.#groups.set(id, { mails, series, checkedIn: this.#state });
    return series;
  }

  /** The mails of a component whose diffs are in no series. */
  untakenOf(component: number): readonly UnusedDiff[] {
    return assembleComponent(this.entries(component).map(({ facts }) => facts)).untaken;
  }

  /** Which mails are in a component: the places of all of them, which identify their contents too. */
  #mailsIn(component: number): string {
    const places = this.#places.get(component)?.["places"];
    return places instanceof Uint8Array ? Buffer.from(places.buffer, places.byteOffset, places.byteLength).toString("latin1") : "";
  }

  /** A correction may join postings that nothing else connects; then their components are assembled together. */
  #joinedComponents(): Map<number, readonly number[]> {
    if (this.#joined) return this.#joined;
    const groups = new Map<number, Set<number>>();
    for (const { kind, first, second } of this.#options.corrections ?? []) {
      const [a, b] = [this.componentOf(`<${first}>`), this.componentOf(`<${second}>`)];
      if (kind !== "join" || a === null || b === null || a === b) continue;
      const group = new Set([...(groups.get(a) ?? [a]), ...(groups.get(b) ?? [b])]);
      for (const member of group) groups.set(member, group);
    }
    this.#joined = new Map([...groups].map(([id, group]) => [id, [...group].sort((x, y) => x - y)]));
    return this.#joined;
  }

  /** The components that corrections name. The rows of the tables know nothing of these corrections. */
  get corrected(): ReadonlySet<number> {
    if (this.#corrected) return this.#corrected;
    const ids = (this.#options.corrections ?? []).flatMap(({ first, second }) => [first, second]);
    const components = ids.map((id) => this.componentOf(`<${id}>`)).filter((component) => component !== null);
    return (this.#corrected = new Set(components));
  }
}
