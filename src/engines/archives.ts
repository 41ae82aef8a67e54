/** The archives of the settings: fetched, indexed and handed to the library. */
import { createHash } from "node:crypto";
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { RangeEnds, ReadRange } from "../core/digest/digestOfMails";
import { HumanError, humanMessage } from "../core/humanError";
import type { Correction } from "../core/postings/corrections";
import type { Problem, Series } from "../core/series/series";
import type { Indexer } from "../index/indexer";
import type { ArchiveSeries, ArchiveSeriesOptions } from "../library/archiveSeries";
import { type Library, subsystemIn, type Surroundings } from "../library/library";
import { inSlices, makeSlicer } from "../library/slices";
import { type Clock, Emitter, type Log } from "./ports";
import { isAddress, type Settings } from "./settings";
import type { Arrivals } from "./unread";

export interface FetchOptions {
  readonly git: string | undefined;
  readonly storage: string;
  readonly months: number | null;
  readonly signal: AbortSignal;
  readonly progress: (text: string) => void;
}

/** An open index and its series. */
export type OpenIndex = Pick<ArchiveSeries, keyof ArchiveSeries>;

/** The parts that load SQLite or git, and only when there is an archive; see archiveEngine.ts. */
export interface ArchiveEngine {
  /** Opens the index; null in a host whose Node has no SQLite. */
  openSeries(options: ArchiveSeriesOptions): Promise<OpenIndex | null>;
  startIndexer(): Promise<Indexer>;
  readRange(folder: string, ends: RangeEnds, git: string | undefined): Promise<ReadRange>;
  /** Mirrors a remote archive and returns its folder, even when only part of it was fetched. */
  fetch(url: string, options: FetchOptions): Promise<{ readonly folder: string | null; readonly problems: readonly Problem[] }>;
}

export interface ArchivesParts {
  readonly library: Pick<Library, "archivesChanged">;
  readonly arrivals: Pick<Arrivals, "note">;
  readonly progress: SyncProgress;
  readonly log: Log;
  readonly clock: Clock;
  /** The extension's folder for all windows. */
  readonly storage: string;
  readonly settings: () => Pick<Settings, "gitPath" | "archiveMonths" | "sourcesOf">;
  readonly engine: ArchiveEngine;
  /** The paths, in their trees, of the files that the person sees. */
  readonly inView: () => readonly string[];
}

const noSqlite =
  "This version of VS Code cannot open archives, because its Node.js has no SQLite; update VS Code to 1.127 or newer. Digests still work.";

const damagedAgain = "The index cannot be read although it was built again, so the disk may be failing; see the log.";

/** How often to check whether another window has finished with the index. */
const busyMilliseconds = 500;

interface Opening {
  readonly of: string;
  readonly done: Promise<void>;
}

export class Archives {
  readonly #parts: ArchivesParts;
  #indexer: Promise<Indexer> | null = null;
  #series: OpenIndex | null = null;
  /** What the open index was made for, so that a change of settings, of git or of corrections is noticed; "" if none is open. */
  #opened = "";
  #opening: Opening | null = null;
  #surroundings: Surroundings = { rules: [], trees: [] };
  #corrections: readonly Correction[] = [];
  #problems: readonly Problem[] = [];
  /** The problems from the last successful reading of the index. */
  #indexProblems: readonly Problem[] = [];
  /** The problems of the file of corrections. */
  #correctionProblems: readonly Problem[] = [];
  /** Why the last reading of the index failed; null after a success. */
  #failure: Problem | null = null;
  /** A damaged index is built again only once. */
  #isRepaired = false;
  #sources: readonly string[] = [];
  #folders: readonly string[] = [];
  #run: AbortController | null = null;
  #isNoticing = false;
  #isDisposed = false;

  constructor(parts: ArchivesParts) {
    this.#parts = parts;
  }

  /**
   * Fetches and indexes archives; the library gets the series as soon as the stored index is open, and again when it is up to date.
   * An index that cannot be read is not an error but a problem in the library.
   */
  async sync(sources: readonly string[]): Promise<void> {
    if (this.#isDisposed) return;
    this.#run?.abort();
    const run = new AbortController();
    this.#run = run;
    this.#sources = sources;
    if (sources.length === 0) this.#folders = [];
    const isOver = (): boolean => run.signal.aborted;
    try {
      await this.#show([]);
      if (sources.length === 0 || isOver() || this.#hasNoSqlite()) return;
      const { folders, problems } = await this.#fetchAll(sources, run.signal);
      if (isOver()) return;
      this.#folders = folders;
      const built = await this.#index(folders, run.signal);
      if (!isOver()) await this.#show([...problems, ...built]);
      if (!isOver() && this.#throwAwayDamaged()) await this.#show([...problems, ...(await this.#index(folders, run.signal))]);
    } finally {
      if (this.#run === run) {
        this.#run = null;
        this.#parts.progress.set("");
      }
    }
  }

  /** Stops a running sync; what was read is kept for the next one. */
  stop(): void {
    this.#run?.abort();
  }

  /** Looks for what other windows and the command line wrote to the index; does nothing during a sync or another such look. */
  async noticeOthers(): Promise<void> {
    if (this.#run || this.#opening || this.#isNoticing || this.#isDisposed) return;
    this.#isNoticing = true;
    try {
      // A failed opening is tried again.
      if (this.#failure && !this.#series) await this.#show(this.#problems);
      else
        await this.#reading(async () => {
          const before = this.#series?.series ?? [];
          if (await this.#notice()) await this.#load((now) => now.length !== before.length || now.some((one, at) => one !== before[at]));
        });
    } finally {
      this.#isNoticing = false;
    }
    // Damage is noticed when the damaged place is read, possibly long after the index was opened.
    if (this.#series?.damaged && !this.#isRepaired) await this.sync(this.#sources);
  }

  /** Regroups the series by new rules and trees. */
  async surround(surroundings: Surroundings): Promise<void> {
    this.#surroundings = surroundings;
    if (await this.#series?.surround(subsystemIn(surroundings))) this.#tell();
  }

  /** Uses these joins and splits from now on. */
  async correct(corrections: readonly Correction[], problems: readonly Problem[]): Promise<void> {
    if (JSON.stringify([corrections, problems]) === JSON.stringify([this.#corrections, this.#correctionProblems])) return;
    this.#correctionProblems = problems;
    this.#corrections = corrections;
    // An index that is being opened with the old corrections is opened again.
    if (this.#series || this.#opening) await this.#show(this.#problems);
    else this.#tell();
  }

  get series(): OpenIndex | null {
    return this.#series;
  }

  /** Where the archives of the last sync lie on disk. */
  get folders(): readonly string[] {
    return this.#folders;
  }

  /** The mails that came to an archive between two moments. */
  range(folder: string, ends: RangeEnds): Promise<ReadRange> {
    return this.#parts.engine.readRange(folder, ends, this.#parts.settings().gitPath);
  }

  /** Stops everything, closes the index, and waits for the thread that writes it. */
  async dispose(): Promise<void> {
    this.#isDisposed = true;
    this.stop();
    this.#series?.dispose();
    this.#series = null;
    await (await this.#indexer?.catch(() => null))?.dispose();
  }

  /** Opens the index of the sources if necessary, and gives its series to the library. */
  async #show(problems: readonly Problem[]): Promise<void> {
    this.#problems = problems;
    await this.#reading(async () => {
      const { gitPath = "" } = this.#parts.settings();
      const wanted = this.#sources.length === 0 ? "" : `${this.#file()}\n${gitPath}\n${JSON.stringify(this.#corrections)}`;
      if (wanted === this.#opened && !this.#opening) {
        if (await this.#notice()) await this.#load();
        else this.#tell();
        return;
      }
      await this.#open(wanted);
    });
  }

  /** Opens and loads the index for `wanted`. A later call with another value takes over; a call with the same value waits for the first. */
  async #open(wanted: string): Promise<void> {
    const opening = this.#opening?.of === wanted ? this.#opening : this.#begin(wanted);
    try {
      await opening.done;
    } finally {
      if (this.#opening === opening) this.#opening = null;
    }
  }

  #begin(wanted: string): Opening {
    const opening: Opening = { of: wanted, done: this.#openAndLoad(wanted, () => this.#opening === opening && !this.#isDisposed) };
    this.#opening = opening;
    return opening;
  }

  async #openAndLoad(wanted: string, isWanted: () => boolean): Promise<void> {
    this.#series?.dispose();
    this.#series = null;
    this.#opened = "";
    if (wanted !== "") {
      // The value is stored only after the index was opened, so that a failed opening is tried again.
      const options = { file: this.#file(), git: this.#parts.settings().gitPath, corrections: this.#corrections, isVerified: true };
      const series = await this.#parts.engine.openSeries(options);
      if (!isWanted()) {
        series?.dispose();
        return;
      }
      if (!series) this.#problems = [{ source: "VS Code", message: noSqlite }];
      this.#series = series;
      this.#opened = wanted;
      await series?.surround(subsystemIn(this.#surroundings));
      // An opening that took over meanwhile has closed this index, and reports its own result.
      if (!isWanted()) return;
    }
    await this.#notice();
    if (!isWanted()) return;
    await this.#load();
  }

  #hasNoSqlite(): boolean {
    return this.#opened !== "" && this.#series === null;
  }

  /** Notices changes of the index after verifying it; true when there is something new to load. */
  async #notice(): Promise<boolean> {
    const series = this.#series;
    await series?.verify();
    return series !== null && series === this.#series && series.refresh();
  }

  /** @param matters says whether the library is told; the full text, which fills in the background, changes no series */
  async #load(matters: (series: readonly Series[]) => boolean = () => true): Promise<void> {
    const { series } = this;
    // The series that touch the files in view are known before the long list is loaded.
    if (series && !series.loaded) {
      await this.#assembleInView(series);
      if (series !== this.#series) return;
      this.#tell();
    }
    if (series && !(await series.load())) return;
    // A page that shows a series marks it read when it hears of the change, so the new mail must be in the list by then.
    const noted = series && this.#note(series);
    if (matters(series?.series ?? [])) this.#tell();
    await noted;
  }

  /** Parts that show the files in view ask for their series all at once, as soon as they hear of the index. */
  async #assembleInView(series: OpenIndex): Promise<void> {
    const pause = makeSlicer(() => series !== this.#series);
    for (const path of this.#parts.inView()) await inSlices(series.touchingSteps(path), pause);
  }

  async #note(series: OpenIndex): Promise<void> {
    try {
      await this.#parts.arrivals.note(this.#file(), series.arrived, (moment) => series.changedSince(moment));
    } catch (error) {
      // The series are known anyway; the next change asks again which of them are new.
      this.#parts.log.error(error instanceof Error ? error : String(error));
    }
  }

  /** Runs a function that reads the index. A failure is reported once, until a reading succeeds again. */
  async #reading(read: () => Promise<void>): Promise<void> {
    try {
      await read();
      if (!this.#failure || (this.#series === null && this.#sources.length > 0) || !this.#askProblems()) return;
      this.#failure = null;
      this.#tell();
    } catch (error) {
      if (!this.#isDisposed && this.#isNewFailure(error)) this.#tell();
    }
  }

  /** Records an error of reading the index; true when it is a new one. */
  #isNewFailure(error: unknown): boolean {
    const message = `The index cannot be read (${humanMessage(error)}); it is tried again automatically. See the log if this row stays.`;
    if (this.#failure?.message === message) return false;
    this.#parts.log.error(error instanceof Error ? error : String(error));
    this.#failure = { source: this.#file(), message };
    return true;
  }

  /** Asks the index for its problems; false if it cannot be read. */
  #askProblems(): boolean {
    try {
      this.#indexProblems = this.#series?.problems ?? [];
      return true;
    } catch (error) {
      this.#isNewFailure(error);
      return false;
    }
  }

  #tell(): void {
    if (this.#isDisposed) return;
    this.#askProblems();
    const said = new Set(this.#problems.map(({ source, message }) => `${source}\n${message}`));
    const kept = this.#indexProblems.filter(({ source, message }) => !said.has(`${source}\n${message}`));
    const failure = this.#failure ? [this.#failure] : [];
    this.#parts.library.archivesChanged(this.#series, [...this.#correctionProblems, ...failure, ...this.#problems, ...kept]);
  }

  /** Whether the index was damaged and has been thrown away: the archives hold everything that was in it. */
  #throwAwayDamaged(): boolean {
    if (!this.#series?.damaged) return false;
    if (this.#isRepaired) {
      this.#problems = [...this.#problems, { source: this.#file(), message: damagedAgain }];
      this.#tell();
      return false;
    }
    this.#isRepaired = true;
    this.#parts.log.warn(`The index ${this.#file()} is damaged and is built again.`);
    try {
      for (const suffix of ["", "-journal"]) rmSync(this.#file() + suffix, { force: true });
      return true;
    } catch (error) {
      this.#parts.log.error(error instanceof Error ? error : String(error));
      this.#problems = [
        ...this.#problems,
        { source: this.#file(), message: "This index is damaged and could not be removed; delete the file, then sync." },
      ];
      this.#tell();
      return false;
    }
  }

  async #fetchAll(sources: readonly string[], signal: AbortSignal): Promise<{ folders: string[]; problems: Problem[] }> {
    const { engine, storage, progress, log, settings } = this.#parts;
    const { gitPath: git, archiveMonths: months } = settings();
    const folders: string[] = [];
    const problems: Problem[] = [];
    for (const source of sources) {
      if (!isAddress(source)) {
        folders.push(source);
        continue;
      }
      const fetched = await engine
        .fetch(source, { git, storage: join(storage, "archives"), months, signal, progress: (text) => progress.set(text) })
        .catch((error: unknown) => ({ folder: null, problems: [{ source, message: humanMessage(error) }] }));
      for (const { message } of fetched.problems) log.warn(`${source}: ${message}`);
      problems.push(...fetched.problems);
      if (fetched.folder !== null) folders.push(fetched.folder);
    }
    return { folders, problems };
  }

  async #index(folders: readonly string[], signal: AbortSignal): Promise<readonly Problem[]> {
    const { progress, log, settings } = this.#parts;
    const options = {
      git: settings().gitPath,
      signal,
      progress: (done: number, total: number | null) =>
        progress.set(`Reading mail ${done.toLocaleString("en-US")}${total === null ? "" : ` of ${total.toLocaleString("en-US")}`}`),
    };
    try {
      const indexer = await this.#startIndexer();
      let built = signal.aborted ? null : await indexer.sync(folders, this.#file(), options);
      // Another window writes the index. That window may be closed before it is done, so this one keeps checking.
      while (built?.busy && !signal.aborted) {
        progress.set("Another window is reading the mail");
        await this.#pause(busyMilliseconds);
        await this.#reading(async () => {
          if (await this.#notice()) await this.#load();
        });
        built = await indexer.sync(folders, this.#file(), options);
      }
      if (!built || built.busy) return [];
      const { mails, series, added, removed, seconds, untaken } = built;
      if (built.repaired) log.warn(`The index ${this.#file()} was damaged and has been built again.`);
      log.info(`${mails} mails, ${series} series; ${added} mails came, ${removed} went, ${seconds.toFixed(2)} s`);
      if (untaken > 0)
        log.info(`Mails with a diff outside any series: ${untaken}; “KVM Series: List Diffs Outside Any Series” lists them.`);
      return built.problems;
    } catch (error) {
      log.error(error instanceof Error ? error : String(error));
      return [{ source: "Index", message: error instanceof HumanError ? error.message : "The index could not be written; see the log." }];
    }
  }

  /** The thread that writes the index, started with the first sync; after a failed start the next sync starts it again. */
  async #startIndexer(): Promise<Indexer> {
    this.#indexer ??= this.#parts.engine.startIndexer();
    try {
      return await this.#indexer;
    } catch (error) {
      this.#indexer = null;
      throw error;
    }
  }

  #pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => this.#parts.clock.after(milliseconds, resolve));
  }

  /** The person's own sources have one index for all windows and worktrees; sources of a workspace have an index of their own. */
  #file(): string {
    const { sourcesOf } = this.#parts.settings();
    const name = sourcesOf === "user" ? "own" : createHash("sha256").update(JSON.stringify(this.#sources)).digest("hex").slice(0, 16);
    return join(this.#parts.storage, "index", `${name}.db`);
  }
}

/** The progress of a sync. */
export class SyncProgress {
  #text = "";
  readonly #changed = new Emitter<void>();
  readonly onDidChange = this.#changed.event;

  /** A few words for a person; "" when nothing is running. */
  get text(): string {
    return this.#text;
  }

  set(text: string): void {
    if (text === this.#text) return;
    this.#text = text;
    this.#changed.fire();
  }

  dispose(): void {
    this.#changed.dispose();
  }
}
