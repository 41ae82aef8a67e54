/** The series of the archives of a window: the pending ones in memory, all others from the index. */
import { statSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import type { UnusedDiff } from "../core/postings/assembleMails";
import type { Correction } from "../core/postings/corrections";
import { isStableMail, type Problem, type Revision, type Series } from "../core/series/series";
import type { Touch } from "../core/series/touches";
import { verifySoon } from "../index/checksum";
import { isDamage } from "../index/damage";
import { type IndexReader, openIndex } from "../index/reader";
import { touchesBelow, touchesOf } from "./library";
import { makeSlicer } from "./slices";

export interface ArchiveSeriesOptions {
  /** The index; it need not be there yet. */
  readonly file: string;
  readonly git?: string | undefined;
  readonly corrections: readonly Correction[];
  /**
   * Whether `verify` is called before each `refresh`: then what is asked in between trusts what was verified, where the whole of a large
   * index would be read at the next hover after anything was written to it.
   */
  readonly isVerified?: boolean;
}

/** Assembling pauses after so long, so that the editor stays quick. */
const sliceMilliseconds = 8;

export class ArchiveSeries {
  readonly #options: ArchiveSeriesOptions;
  #reader: IndexReader | null = null;
  #assembled: readonly Series[] = [];
  #series: readonly Series[] = [];
  #subsystemOf: (revision: Revision) => string = () => "";
  /** Each series with its subsystem, by the series the reader gave. */
  #named = new WeakMap<Series, Series>();
  #load: object | null = null;
  #loaded = false;
  /** The file that turned out to be damaged, told from another one in its place; null while all is well. */
  #damaged: string | null = null;

  constructor(options: ArchiveSeriesOptions) {
    this.#options = options;
  }

  /** The pending series, newest first; [] until they were loaded. */
  get series(): readonly Series[] {
    return this.#series;
  }
  /** Whether `series` holds all pending series; until then only `touching` and `find` know them. */
  get loaded(): boolean {
    return this.#loaded;
  }
  /** Whether the index cannot be read: what was read of it before stays, and it must be built again. */
  get damaged(): boolean {
    return this.#damaged !== null;
  }
  get problems(): readonly Problem[] {
    return this.#ask([], (reader) => reader.problems);
  }
  /** When the newest mail came in, in seconds; 0 without an index. */
  get arrived(): number {
    return this.#ask(0, (reader) => reader.arrived);
  }

  /** Looks in pieces, beside everything else, whether the index is what was written. */
  async verify(): Promise<void> {
    const stamp = this.#fileStamp();
    if (stamp === "" || this.#damaged === stamp) return;
    if (await verifySoon(this.#options.file)) return;
    this.#damaged = this.#fileStamp();
    this.#reader?.close();
    this.#reader = null;
  }

  /** Opens the index, or notices what was written to it. True where there is something new to load. */
  refresh(): boolean {
    const state = this.#ask<boolean | null>(null, (reader) => reader.refresh(this.#options.isVerified));
    if (state !== null) return state;
    // A damaged file stays closed until there is another one in its place.
    if (this.#damaged !== null && this.#damaged === this.#fileStamp()) return false;
    this.#reader?.close();
    this.#reader = null;
    this.#damaged = null;
    this.#named = new WeakMap();
    try {
      this.#reader = openIndex(this.#options.file, { git: this.#options.git, corrections: this.#options.corrections });
    } catch (error) {
      this.#noteDamage(error);
    }
    return this.#reader !== null;
  }

  /** Asks the index; a damaged one is closed and answers no more. */
  #ask<T>(otherwise: T, ask: (reader: IndexReader) => T): T {
    if (!this.#reader) return otherwise;
    try {
      if (!this.#options.isVerified) this.#reader.check();
      return ask(this.#reader);
    } catch (error) {
      this.#noteDamage(error);
      return otherwise;
    }
  }

  #noteDamage(error: unknown): void {
    if (!isDamage(error)) throw error;
    this.#damaged = this.#fileStamp();
    this.#reader?.close();
    this.#reader = null;
  }

  #fileStamp(): string {
    const stats = statSync(this.#options.file, { throwIfNoEntry: false });
    // The number of a file that is gone is given again.
    return stats ? `${stats.ino} ${stats.size} ${stats.mtimeMs}` : "";
  }

  /** Assembles the pending series, in slices; false where a later call took over. */
  async load(): Promise<boolean> {
    const load = {};
    this.#load = load;
    const assembled: Series[] = [];
    let until = performance.now() + sliceMilliseconds;
    const slices = this.#ask(null, (reader) => reader.pendingSlices())?.[Symbol.iterator]();
    for (let next = this.#ask(null, () => slices?.next()); next && next.done !== true; next = this.#ask(null, () => slices?.next())) {
      assembled.push(...next.value.filter((one) => !isStableMail(one)));
      if (performance.now() < until) continue;
      await setImmediate();
      if (this.#load !== load) return false;
      until = performance.now() + sliceMilliseconds;
    }
    // Of a damaged index what was there before is more than the part that could be read.
    if (this.damaged) return true;
    this.#assembled = assembled;
    this.#loaded = true;
    return this.#name(load);
  }

  /** Gives the series their subsystems by other rules, in slices; false where a later call took over. */
  async surround(subsystemOf: (revision: Revision) => string): Promise<boolean> {
    this.#subsystemOf = subsystemOf;
    this.#named = new WeakMap();
    const load = {};
    this.#load = load;
    return this.#name(load);
  }

  async #name(load: object): Promise<boolean> {
    const named: Series[] = [];
    let until = performance.now() + sliceMilliseconds;
    for (const one of this.#assembled) {
      named.push(this.#withSubsystem(one));
      if (performance.now() < until) continue;
      await setImmediate();
      if (this.#load !== load) return false;
      until = performance.now() + sliceMilliseconds;
    }
    this.#series = named;
    return true;
  }

  #withSubsystem(series: Series): Series {
    const known = this.#named.get(series);
    if (known) return known;
    const newest = series.revisions.at(-1);
    const named = newest ? { ...series, subsystem: this.#subsystemOf(newest) } : series;
    this.#named.set(series, named);
    return named;
  }

  /** The pending series that touch a path, or anything below a folder (which ends with `/`), newest first. */
  touching(path: string): readonly Touch[] {
    const touches = this.#ask([], (reader) => (path.endsWith("/") ? touchesBelow(reader, { folder: path }) : touchesOf(reader, path)));
    return touches.map((touch) => ({ ...touch, series: this.#withSubsystem(touch.series) }));
  }

  /** By an id, a former id, or any Message-ID. */
  find(id: string): Series | undefined {
    const series = this.#ask(undefined, (reader) => reader.series(id));
    return series && this.#withSubsystem(series);
  }

  /** Found by lore's prefixes and plain words, among all series and not only the pending ones. */
  search(query: string): readonly Series[] {
    return this.#ask<readonly Series[]>([], (reader) => reader.search(query)).map((series) => this.#withSubsystem(series));
  }

  /** As `search`, in slices; [] where it was stopped. */
  async searchSoon(query: string, signal: AbortSignal): Promise<readonly Series[]> {
    const found = new Map<string, Series>();
    const pause = makeSlicer(() => signal.aborted);
    const steps = this.#ask(null, (reader) => reader.searchSteps(query));
    for (let next = this.#ask(null, () => steps?.next()); next && next.done !== true; next = this.#ask(null, () => steps?.next())) {
      if (next.value) found.set(next.value.id, next.value);
      if (await pause()) return [];
    }
    return [...found.values()].map((series) => this.#withSubsystem(series));
  }

  /** The ids of the series in which something came in after a moment, see `arrived`. */
  changedSince(moment: number): readonly string[] {
    return this.#ask([], (reader) => reader.unread(moment));
  }

  /** The mails whose diffs are in no series, see `unusedDiffs`. */
  untaken(): readonly UnusedDiff[] {
    return this.#ask([], (reader) => reader.untaken());
  }

  /** Mails as they lie in the archives, by Message-ID; those that are gone are absent. */
  async mailBytes(messageIds: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> {
    try {
      if (!this.#options.isVerified) this.#reader?.check();
      return (await this.#reader?.mails(messageIds)) ?? new Map<string, Uint8Array>();
    } catch (error) {
      this.#noteDamage(error);
      return new Map();
    }
  }

  dispose(): void {
    this.#load = null;
    this.#reader?.close();
    this.#reader = null;
  }
}
