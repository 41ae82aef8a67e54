/** What the editor and the command line ask of an index: answered from a read-only connection and from memory. */
import { statSync } from "node:fs";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Correction } from "../core/corrections";
import { findSeries } from "../core/findSeries";
import type { MailFacts } from "../core/mailFacts";
import { pendingDays } from "../core/pending";
import type { Problem, Revision, Series } from "../core/series";
import { findEpochs } from "../sources/publicInbox";
import { assembleComponents } from "./assembling";
import { readComponent, type StoredComponent } from "./componentBody";
import { readCounts, type IndexCounts } from "./counts";
import type { Entry, RecordContext } from "./entry";
import { keyHash } from "./keyHash";
import { readMails, type WantedMail } from "./mailBytes";
import { openForReading, readSourceNames, readWords } from "./schema";
import { searchDocuments } from "./search";
import { readInfo, seriesNumber, touchRows } from "./touchInfo";

export interface ReaderOptions {
  /** The git binary of the user's setting. */
  readonly git?: string | undefined;
  /** What subsystem a series belongs to, by the user's rules and the open trees. */
  readonly subsystemOf?: (revision: Revision) => string;
  /** What was joined and split by hand. */
  readonly corrections?: readonly Correction[];
}

/** A series whose newest revision touches a path. */
export interface TouchHit {
  /** 12 hex digits; `IndexReader.series` gives the series. */
  readonly id: string;
  /** Of the newest revision, in seconds since 1970. */
  readonly date: number;
  readonly patches: readonly number[];
  /** First and last lines, of the file as it was before the patches; [] where they are not known. */
  readonly lines: ReadonlyArray<readonly [number, number]>;
}

const day = 86_400;
/** Paths and components remembered; an editor asks for the same few again and again. */
const mostPaths = 4096;
const mostComponents = 16_384;

/** What a component was assembled to, alone or together with those a correction joins it with. */
interface AssembledGroup {
  readonly mails: string;
  readonly series: readonly Series[];
  /** Whether it is known to be what the index holds now. */
  checked: boolean;
}

/** Opens an index; null where there is none, or one that must be built again. */
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
  #context: RecordContext | null = null;
  readonly #hits = new Map<string, readonly TouchHit[]>();
  readonly #components = new Map<number, AssembledGroup>();
  /** Components joined with others by a correction, each with all of its group. */
  #joined: Map<number, readonly number[]> | null = null;
  #named: ReadonlySet<number> | null = null;

  constructor(file: string, db: DatabaseSync, options: ReaderOptions) {
    this.#file = file;
    this.#db = db;
    this.#options = options;
    this.#inode = statSync(file).ino;
    this.refresh();
  }

  close(): void {
    this.#db.close();
  }

  /**
   * Notices what other connections wrote; says whether there was anything. Null where the index was replaced by a new file,
   * which must be opened anew.
   */
  refresh(): boolean | null {
    try {
      if (statSync(this.#file).ino !== this.#inode) return null;
    } catch {
      return null;
    }
    const version = Number(this.#statement("PRAGMA data_version").get()?.["data_version"]);
    if (version === this.#version) return false;
    this.#version = version;
    this.#context = null;
    this.#joined = null;
    this.#named = null;
    this.#hits.clear();
    // Of a large list a sync changes a few components; the others are recognised and need not be assembled again.
    for (const group of this.#components.values()) group.checked = false;
    return true;
  }

  get counts(): IndexCounts {
    return readCounts(this.#db);
  }

  /** What was wrong with single mails and archives when they were read. */
  get problems(): readonly Problem[] {
    const rows = this.#all("SELECT path, name, problems FROM epoch JOIN archive ON archive.id = archive ORDER BY path, name");
    return rows.flatMap(({ path, name, problems }) =>
      (JSON.parse(String(problems)) as string[]).map((message) => ({
        source: [path, name].map(String).filter(Boolean).join("/"),
        message,
      })),
    );
  }

  /** The date of the newest revision of all, in seconds: what "now" is for an archive. */
  get newest(): number {
    return Number(this.#statement("SELECT max(date) AS newest FROM series").get()?.["newest"] ?? 0);
  }

  /** When the newest mail came in, in seconds: to be given to `unread` later. */
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
      // A revision that was split off by hand is a series of which the table knows nothing.
      const group = this.#correctedComponents().has(Number(component)) ? this.#seriesOf(Number(component)) : null;
      const slice = (group ?? [this.#findIn(Number(component), hexId(Number(id)))]).filter((one) => one && !given.has(one.id));
      for (const one of slice) if (one) given.add(one.id);
      const found = slice.filter((one) => one !== undefined);
      if (found.length > 0) yield found;
    }
  }

  /** A series by its id, one of its former ids, or a Message-ID in it. */
  series(wanted: string): Series | undefined {
    const id = wanted.trim().replace(/^<|>$/g, "");
    if (/^[0-9a-f]{12}$/.test(id)) {
      const row = this.#statement("SELECT component FROM series WHERE id = ?").get(seriesNumber(id));
      const one = row && this.#findIn(Number(row["component"]), id);
      if (one) return one;
      for (const corrected of this.#correctedComponents()) {
        const found = this.#seriesOf(corrected).find((each) => each.id === id);
        if (found) return found;
      }
    }
    const component = this.#componentOf(`<${id}>`) ?? this.#componentOf(`id:${id}`);
    return component === null ? undefined : this.#findIn(component, id);
  }

  /** The series whose newest revision touches a path, or lines of it, newest first. Answered from memory when asked again. */
  touching(path: string, lines?: readonly [number, number], days = pendingDays): readonly TouchHit[] {
    const hits = this.#hitsOf(path, days);
    if (!lines) return hits;
    const [first, last] = lines;
    return hits.filter(({ lines: ranges }) => ranges.length === 0 || ranges.some(([start, end]) => start <= last && first <= end));
  }

  #hitsOf(path: string, days: number): readonly TouchHit[] {
    const key = `${days} ${path}`;
    const known = this.#hits.get(key);
    if (known) return known;
    const rows = this.#all(
      "SELECT date, series, info FROM touch WHERE path = ? AND date >= ? ORDER BY date DESC, series",
      path,
      this.newest - days * day,
    );
    const hits = this.#corrected(
      path,
      rows.map(({ date, series, info }) => ({ id: hexId(Number(series)), date: Number(date), ...readInfo(info as Uint8Array) })),
    );
    if (this.#hits.size >= mostPaths) this.#hits.clear();
    this.#hits.set(key, hits);
    return hits;
  }

  /** Paths below a folder, or that end with some components, which pending series touch. */
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
    return rows.map(({ path }) => String(path)).filter((path) => "folder" in match || `/${path}`.endsWith(`/${match.tail}`));
  }

  /** Series in which something came in after a moment, see `arrived`. */
  unread(since: number): string[] {
    const rows = this.#all("SELECT series.id AS id FROM component JOIN series ON series.component = component.id WHERE arrived > ?", since);
    return rows.map(({ id }) => hexId(Number(id)));
  }

  /** Series found by lore's prefixes and plain words; see search.ts. */
  search(query: string, limit = 200): Series[] {
    const found = new Map<string, Series>();
    for (const { component, messageId } of searchDocuments(this.#db, query, limit)) {
      const one = this.#findIn(component, messageId);
      if (one) found.set(one.id, one);
    }
    return [...found.values()];
  }

  /** The facts of a mail, once for each list it was read on. */
  facts(messageId: string): MailFacts[] {
    return this.#entriesOf(messageId).map(({ facts }) => facts);
  }

  /** Mails as they lie in the archives, by Message-ID; those that are gone are absent. */
  async mails(messageIds: readonly string[]): Promise<Map<string, Uint8Array>> {
    const wanted: WantedMail[] = [];
    for (const messageId of messageIds) {
      const entry = this.#entriesOf(messageId)[0];
      const folder = entry && this.#folderOf(entry.epoch);
      if (entry && folder !== undefined) wanted.push({ messageId, folder, oid: entry.oid, spot: entry.spot });
    }
    return readMails(wanted, this.#options.git);
  }

  /** One mail; null where it is gone. */
  async mailBytes(messageId: string): Promise<Uint8Array | null> {
    return (await this.mails([messageId])).get(messageId) ?? null;
  }

  #entriesOf(messageId: string): Entry[] {
    const component = this.#componentOf(`<${messageId}>`);
    return component === null ? [] : this.#entries(component).filter(({ facts }) => facts.messageId === messageId);
  }

  #folderOf(epoch: number): string | undefined {
    const row = this.#statement("SELECT path, kind, name FROM epoch JOIN archive ON archive.id = archive WHERE epoch.id = ?").get(epoch);
    if (!row) return undefined;
    const path = String(row["path"]);
    return row["kind"] === "public-inbox" ? findEpochs(path).find(({ name }) => name === row["name"])?.folder : path;
  }

  #componentOf(key: string): number | null {
    const found = this.#statement("SELECT component FROM link_key WHERE key = ?").get(keyHash(key))?.["component"];
    return typeof found === "number" ? found : null;
  }

  #entries(component: number): Entry[] {
    const row = this.#statement("SELECT places, body FROM component WHERE id = ?").get(component);
    if (!row) return [];
    this.#context ??= this.#readContext();
    return readComponent(row as unknown as StoredComponent, this.#context).entries;
  }

  #readContext(): RecordContext {
    const [words, names] = [readWords(this.#db), readSourceNames(this.#db)];
    return { words, sourceOf: (epoch) => names.get(epoch) ?? "" };
  }

  #findIn(component: number, id: string): Series | undefined {
    return findSeries(this.#seriesOf(component), id);
  }

  #seriesOf(component: number): readonly Series[] {
    const known = this.#components.get(component);
    if (known?.checked) return known.series;
    const group = this.#joinedComponents().get(component) ?? [component];
    const mails = group.map((id) => this.#mailsIn(id)).join(" ");
    if (known?.mails === mails) {
      known.checked = true;
      return known.series;
    }
    const facts = group.map((id) => this.#entries(id).map((entry) => entry.facts));
    const { series } = assembleComponents(facts, this.#options.subsystemOf ?? (() => ""), this.#options.corrections ?? []);
    const [oldest] = this.#components.keys();
    if (this.#components.size >= mostComponents && oldest !== undefined) this.#components.delete(oldest);
    for (const id of group) this.#components.set(id, { mails, series, checked: true });
    return series;
  }

  /** Which mails are in a component: the places of all of them, which name their contents too. */
  #mailsIn(component: number): string {
    const places = this.#statement("SELECT places FROM component WHERE id = ?").get(component)?.["places"];
    return places instanceof Uint8Array ? Buffer.from(places.buffer, places.byteOffset, places.byteLength).toString("latin1") : "";
  }

  /** A correction may join postings that nothing else connects; then their components are assembled together. */
  #joinedComponents(): Map<number, readonly number[]> {
    if (this.#joined) return this.#joined;
    const groups = new Map<number, Set<number>>();
    for (const { kind, first, second } of this.#options.corrections ?? []) {
      const [a, b] = [this.#componentOf(`<${first}>`), this.#componentOf(`<${second}>`)];
      if (kind !== "join" || a === null || b === null || a === b) continue;
      const group = new Set([...(groups.get(a) ?? [a]), ...(groups.get(b) ?? [b])]);
      for (const member of group) groups.set(member, group);
    }
    this.#joined = new Map([...groups].map(([id, group]) => [id, [...group].sort((x, y) => x - y)]));
    return this.#joined;
  }

  /** The components that corrections speak of. */
  #correctedComponents(): ReadonlySet<number> {
    if (this.#named) return this.#named;
    const ids = (this.#options.corrections ?? []).flatMap(({ first, second }) => [first, second]);
    const components = ids.map((id) => this.#componentOf(`<${id}>`)).filter((component) => component !== null);
    return (this.#named = new Set(components));
  }

  /** The rows of the table know nothing of corrections: series these speak of are looked at themselves. */
  #corrected(path: string, hits: readonly TouchHit[]): readonly TouchHit[] {
    const named = this.#correctedComponents();
    if (named.size === 0) return hits;
    const touched = new Map<string, TouchHit>();
    for (const hit of hits) {
      const component = Number(this.#statement("SELECT component FROM series WHERE id = ?").get(seriesNumber(hit.id))?.["component"]);
      if (!named.has(component)) touched.set(hit.id, hit);
      else
        for (const one of this.#seriesOf(component))
          for (const row of touchRows(one))
            if (row.path === path) touched.set(one.id, { id: one.id, date: row.date, ...readInfo(row.info) });
    }
    return [...touched.values()].sort((a, b) => b.date - a.date);
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

function hexId(number: number): string {
  return number.toString(16).padStart(12, "0");
}
