/** The series of the archives of a window: the pending ones in memory, all others from the index. */
import { setImmediate } from "node:timers/promises";
import type { Correction } from "../core/corrections";
import { isStableMail } from "../core/pending";
import type { Problem, Revision, Series } from "../core/series";
import type { Touch } from "../core/touches";
import { openIndex, type IndexReader } from "./reader";
import { touchesBelow, touchesOf } from "./touching";

export interface ArchiveSeriesOptions {
  /** The index; it need not be there yet. */
  readonly file: string;
  readonly git?: string | undefined;
  readonly corrections: readonly Correction[];
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
  get problems(): readonly Problem[] {
    return this.#reader?.problems ?? [];
  }
  /** When the newest mail came in, in seconds; 0 without an index. */
  get arrived(): number {
    return this.#reader?.arrived ?? 0;
  }

  /** Opens the index, or notices what was written to it. True where there is something new to load. */
  refresh(): boolean {
    const state = this.#reader?.refresh() ?? null;
    if (state !== null) return state;
    this.#reader?.close();
    this.#reader = openIndex(this.#options.file, { git: this.#options.git, corrections: this.#options.corrections });
    this.#named = new WeakMap();
    return this.#reader !== null;
  }

  /** Assembles the pending series, in slices; false where a later call took over. */
  async load(): Promise<boolean> {
    const load = {};
    this.#load = load;
    const assembled: Series[] = [];
    let until = performance.now() + sliceMilliseconds;
    for (const slice of this.#reader?.pendingSlices() ?? []) {
      assembled.push(...slice.filter((one) => !isStableMail(one)));
      if (performance.now() < until) continue;
      await setImmediate();
      if (this.#load !== load) return false;
      until = performance.now() + sliceMilliseconds;
    }
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
    if (!this.#reader) return [];
    const touches = path.endsWith("/") ? touchesBelow(this.#reader, { folder: path }) : touchesOf(this.#reader, path);
    return touches.map((touch) => ({ ...touch, series: this.#withSubsystem(touch.series) }));
  }

  /** By an id, a former id, or any Message-ID. */
  find(id: string): Series | undefined {
    const series = this.#reader?.series(id);
    return series && this.#withSubsystem(series);
  }

  /** Found by lore's prefixes and plain words, among all series and not only the pending ones. */
  search(query: string): readonly Series[] {
    return (this.#reader?.search(query) ?? []).map((series) => this.#withSubsystem(series));
  }

  /** The ids of the series in which something came in after a moment, see `arrived`. */
  changedSince(moment: number): readonly string[] {
    return this.#reader?.unread(moment) ?? [];
  }

  /** Mails as they lie in the archives, by Message-ID; those that are gone are absent. */
  async mailBytes(messageIds: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> {
    return (await this.#reader?.mails(messageIds)) ?? new Map<string, Uint8Array>();
  }

  dispose(): void {
    this.#load = null;
    this.#reader?.close();
    this.#reader = null;
  }
}
