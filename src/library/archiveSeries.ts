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
import type { Searcher } from "../index/searcher";
import type { ArchivedSeries } from "./library";
import { makeSlicer } from "./slices";
import { type PathQuestion, touchesInIndex } from "./touching";

export interface ArchiveSeriesOptions {
  /** The index; it need not be there yet. */
  readonly file: string;
  readonly git?: string | undefined;
  readonly corrections: readonly Correction[];
  /**
   * Whether the index is known to be sound, because `verify` is called before each `refresh` or the index is used for a moment only.
   * Questions then trust it. Otherwise the first question after each write reads the whole of a large index.
   */
  readonly isVerified?: boolean;
  /** Whether all series count as known, not only the pending ones; they are then read when they are first asked for. */
  readonly whole?: boolean;
  /** Names the subsystem of a revision until `surround` gives another function. */
  readonly subsystemOf?: (revision: Revision) => string;
  /** Asks the full text in a thread of its own, which ends with these series; where it is absent, the index is asked in this one. */
  readonly searcher?: Searcher;
  /** Called when the index turns out to be damaged. Without it, answers are empty and `damaged` is set. */
  readonly onDamage?: () => never;
}

export class ArchiveSeries implements ArchivedSeries {
  readonly #options: ArchiveSeriesOptions;
  #reader: IndexReader | null = null;
  #assembled: readonly Series[] = [];
  #series: readonly Series[] = [];
  #subsystemOf: (revision: Revision) => string;
  /** The series with their subsystems, by the series of the reader. */
  #named = new WeakMap<Series, Series>();
  #load: object | null = null;
  /** The running naming of subsystems; a newer one takes over. */
  #naming: object | null = null;
  #loaded = false;
  /** The stamp of the damaged file, which tells it from a new file in its place; null while the index is sound. */
  #damaged: string | null = null;

  constructor(options: ArchiveSeriesOptions) {
    this.#options = options;
    this.#subsystemOf = options.subsystemOf ?? (() => "");
  }

  /** The pending series, newest first; [] until they are loaded. With `whole`, all series. */
  get series(): readonly Series[] {
    if (this.#options.whole === true && !this.#loaded) {
      this.#series = this.#ask<readonly Series[]>([], (reader) => reader.pending(Infinity)).map((one) => this.#withSubsystem(one));
      this.#loaded = true;
    }
    return this.#series;
  }
  /** Whether `series` holds all pending series; until then only `touching` and `find` know them. */
  get loaded(): boolean {
    return this.#loaded;
  }
  /** Whether the index is damaged and must be built again; series that were read before stay. */
  get damaged(): boolean {
    return this.#damaged !== null;
  }
  /** When the newest of all series was posted, in milliseconds. */
  get newest(): number | null {
    return this.#ask(0, (reader) => reader.newest) * 1000 || null;
  }
  get problems(): readonly Problem[] {
    return this.#ask([], (reader) => reader.problems);
  }
  /** When the newest mail came in, in seconds; 0 without an index. */
  get arrived(): number {
    return this.#ask(0, (reader) => reader.arrived);
  }

  /** Checks, in slices, that the index is still what was written. */
  async verify(): Promise<void> {
    const stamp = this.#fileStamp();
    if (stamp === "" || this.#damaged === stamp) return;
    if (!(await verifySoon(this.#options.file))) this.#closeDamaged();
  }

  /** Opens the index, or notices what was written to it; true when there is something new to load. */
  refresh(): boolean {
    const state = this.#ask<boolean | null>(null, (reader) => reader.refresh(this.#options.isVerified));
    if (state !== null) return state;
    // A damaged file stays closed until another file takes its place.
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

  /** Asks the index; closes it when it is damaged. */
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
    this.#closeDamaged();
    this.#options.onDamage?.();
  }

  #closeDamaged(): void {
    this.#damaged = this.#fileStamp();
    this.#reader?.close();
    this.#reader = null;
  }

  #fileStamp(): string {
    const stats = statSync(this.#options.file, { throwIfNoEntry: false });
    // The inode number alone is not enough: a new file may get that of a deleted one.
    return stats ? `${stats.ino} ${stats.size} ${stats.mtimeMs}` : "";
  }

  /** Assembles the pending series, in slices; false when a later call took over. */
  async load(): Promise<boolean> {
    const load = {};
    this.#load = load;
    const isOver = (): boolean => this.#load !== load;
    // Opening an index takes as long as a slice.
    await setImmediate();
    if (isOver()) return false;
    const pause = makeSlicer(isOver);
    const assembled: Series[] = [];
    for (const slice of this.#steps((reader) => reader.pendingSlices())) {
      assembled.push(...slice.filter((one) => !isStableMail(one)));
      if (await pause()) return false;
    }
    if (isOver()) return false;
    // When the index is damaged, the series that were loaded before are kept, since only some of them could be read now.
    if (this.damaged) return true;
    this.#assembled = assembled;
    this.#loaded = true;
    // Rules that change meanwhile restart the naming, not the load: loaded series stay valid until the index is written again.
    while (!(await this.#name())) if (isOver()) return false;
    return true;
  }

  /** Names the subsystems by other rules, in slices; false when a later call took over. */
  async surround(subsystemOf: (revision: Revision) => string): Promise<boolean> {
    this.#subsystemOf = subsystemOf;
    this.#named = new WeakMap();
    return this.#name();
  }

  /** Steps through an answer of the reader; each step is guarded, since damage may appear between two steps. */
  *#steps<T>(begin: (reader: IndexReader) => Iterator<T>): Generator<T> {
    const steps = this.#ask(null, begin);
    for (let next = this.#ask(null, () => steps?.next()); next && next.done !== true; next = this.#ask(null, () => steps?.next()))
      yield next.value;
  }

  async #name(): Promise<boolean> {
    const naming = {};
    this.#naming = naming;
    const pause = makeSlicer(() => this.#naming !== naming);
    const named: Series[] = [];
    for (const one of this.#assembled) {
      named.push(this.#withSubsystem(one));
      if (await pause()) return false;
    }
    if (this.#naming !== naming) return false;
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

  /** The series that touch a path, or anything below a folder (which ends with `/`), newest first. */
  touching(path: string, question?: PathQuestion): readonly Touch[] {
    const touches = this.#ask<readonly Touch[]>([], (reader) => touchesInIndex(reader, path, question));
    return touches.map((touch) => ({ ...touch, series: this.#withSubsystem(touch.series) }));
  }

  /**
   * Assembles what `touching` of a file answers with, a series a step: the first question about a file that many series touch takes
   * tenths of a second. Once the series were loaded there is nothing to do.
   */
  *touchingSteps(path: string): Generator {
    if (this.#loaded) return;
    for (const one of this.#steps((reader) => reader.touchedSeries(path))) yield this.#withSubsystem(one);
  }

  /** By an id, a former id, or any Message-ID. */
  find(id: string): Series | undefined {
    const series = this.#ask(undefined, (reader) => reader.series(id));
    return series && this.#withSubsystem(series);
  }

  /** Searches all series, not only the pending ones, by lore's prefixes and plain words. */
  search(query: string): readonly Series[] {
    return this.#ask<readonly Series[]>([], (reader) => reader.search(query)).map((series) => this.#withSubsystem(series));
  }

  /** Like `search`, in slices; [] when it was stopped. */
  async searchSoon(query: string, signal: AbortSignal): Promise<readonly Series[]> {
    const found = new Map<string, Series>();
    const { searcher, file } = this.#options;
    const documents = this.#reader && searcher ? await searcher.search({ file, query }, signal) : null;
    if (signal.aborted) return [];
    const pause = makeSlicer(() => signal.aborted);
    // If the thread found no answer, the index is asked here, where damage is noticed.
    for (const one of this.#steps((reader) => (documents ? reader.seriesOfFound(documents) : reader.searchSteps(query)))) {
      if (one) found.set(one.id, one);
      if (await pause()) return [];
    }
    return [...found.values()].map((series) => this.#withSubsystem(series));
  }

  /** The ids that begin with some hex digits, sorted, at most `most`. */
  idsBeginning(digits: string, most: number): readonly string[] {
    return this.#ask<readonly string[]>([], (reader) => reader.idsBeginning(digits, most));
  }

  /** All paths that the newest revisions change, each once. */
  touchedPaths(): readonly string[] {
    return this.#ask<readonly string[]>([], (reader) => reader.touchedPaths({ folder: "" }, Infinity));
  }

  /** The ids of the series with mail that came in after a moment; see `arrived`. */
  changedSince(moment: number): readonly string[] {
    return this.#ask([], (reader) => reader.unread(moment));
  }

  /** The mails whose diffs are in no series. */
  untaken(): readonly UnusedDiff[] {
    return this.#ask<readonly UnusedDiff[]>([], (reader) => reader.untaken());
  }
  get untakenCount(): number {
    return this.#ask(0, (reader) => reader.counts.untaken);
  }
  /** How many mails the index holds. */
  get mailCount(): number {
    return this.#ask(0, (reader) => reader.counts.mails);
  }

  /** Mails as they lie in the archives, by Message-ID; those that are gone are absent. */
  async mailBytes(messageIds: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> {
    try {
      if (this.#options.isVerified !== true) this.#reader?.check();
      const reader = this.#reader;
      return (
        (await reader?.mails(
          messageIds,
          makeSlicer(() => this.#reader !== reader),
        )) ?? new Map<string, Uint8Array>()
      );
    } catch (error) {
      this.#noteDamage(error);
      return new Map();
    }
  }

  dispose(): void {
    this.#options.searcher?.dispose();
    this.#load = null;
    this.#naming = null;
    this.#reader?.close();
    this.#reader = null;
  }
}
