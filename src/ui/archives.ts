/** The archives of the settings: fetched, indexed and handed to the library. */
import { createHash } from "node:crypto";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import * as vscode from "vscode";
import type { RangeEnds, ReadRange } from "../core/digest/digestOfMails";
import { HumanError, humanMessage } from "../core/humanError";
import type { Correction } from "../core/postings/corrections";
import type { Problem, Series } from "../core/series/series";
import type { ArchiveEngine } from "../engines/archiveEngine";
import type { Indexer } from "../index/indexer";
import type { ArchiveSeries } from "../library/archiveSeries";
import { type Library, subsystemIn, type Surroundings } from "../library/library";
import { untakenSentence } from "../render/seriesText";
import { isAddress, readSettings } from "./settings";
import type { Arrivals } from "./unread";

export interface ArchivesParts {
  readonly library: Library;
  readonly arrivals: Arrivals;
  readonly progress: SyncProgress;
  readonly log: vscode.LogOutputChannel;
  /** The extension's folder for all windows. */
  readonly storage: string;
  readonly engine: ArchiveEngine;
}

const noSqlite =
  "This version of VS Code cannot open archives, because its Node.js has no SQLite; update VS Code to 1.127 or newer. Digests are read all the same.";

const damagedAgain = "The index cannot be read although it was built again, so the disk may be failing; see the log.";

/** How often it is looked whether another window has done with the index. */
const busyMilliseconds = 500;

export class Archives {
  readonly #parts: ArchivesParts;
  #indexer: Indexer | null = null;
  #series: ArchiveSeries | null = null;
  /** What the open index is of, so that a change of settings or corrections is noticed. */
  #opened = "";
  #surroundings: Surroundings = { rules: [], trees: [] };
  #corrections: readonly Correction[] = [];
  #problems: readonly Problem[] = [];
  /** Of the file of corrections. */
  #correctionProblems: readonly Problem[] = [];
  /** A damaged index is built again once and not for ever. */
  #isRepaired = false;
  #sources: readonly string[] = [];
  #folders: readonly string[] = [];
  #run: AbortController | null = null;

  constructor(parts: ArchivesParts) {
    this.#parts = parts;
  }

  /** Fetches and indexes archives; the library is told as soon as the stored index is open, and again when it is up to date. */
  async sync(sources: readonly string[]): Promise<void> {
    this.#run?.abort();
    const run = new AbortController();
    this.#run = run;
    this.#sources = sources;
    const { progress } = this.#parts;
    const isOver = (): boolean => run.signal.aborted;
    try {
      await this.#show([]);
      if (sources.length === 0 || isOver() || !this.#series) return;
      const { folders, problems } = await this.#fetchAll(sources, run.signal);
      if (isOver()) return;
      this.#folders = folders;
      const built = await this.#index(folders, run.signal);
      if (!isOver()) await this.#show([...problems, ...built]);
      if (!isOver() && this.#throwAwayDamaged()) await this.#show([...problems, ...(await this.#index(folders, run.signal))]);
    } finally {
      if (this.#run === run) {
        this.#run = null;
        progress.set("");
      }
    }
  }

  /** Ends what is under way; what was read is kept for the next sync. */
  stop(): void {
    this.#run?.abort();
  }

  /** Other windows and the command line write the index too. */
  async noticeOthers(): Promise<void> {
    if (this.#run) return;
    const before = this.#series?.series ?? [];
    if (await this.#notice()) await this.#load((now) => now.length !== before.length || now.some((one, at) => one !== before[at]));
    // Damage shows when the damaged place is read, which may be long after the index was opened.
    if (this.#series?.damaged && !this.#isRepaired) await this.sync(this.#sources);
  }

  /** Whether the index was damaged and has been thrown away: the archives hold all that was in it. */
  #throwAwayDamaged(): boolean {
    if (!this.#series?.damaged) return false;
    if (this.#isRepaired) {
      this.#problems = [...this.#problems, { source: this.#file(), message: damagedAgain }];
      this.#tell();
      return false;
    }
    this.#isRepaired = true;
    this.#parts.log.warn(`The index ${this.#file()} is damaged and is built again.`);
    for (const suffix of ["", "-journal"]) rmSync(this.#file() + suffix, { force: true });
    return true;
  }

  async surround(surroundings: Surroundings): Promise<void> {
    this.#surroundings = surroundings;
    if (await this.#series?.surround(subsystemIn(surroundings))) this.#tell();
  }

  /** What was joined and split by hand holds from now on. */
  async correct(corrections: readonly Correction[], problems: readonly Problem[]): Promise<void> {
    if (JSON.stringify([corrections, problems]) === JSON.stringify([this.#corrections, this.#correctionProblems])) return;
    this.#correctionProblems = problems;
    this.#corrections = corrections;
    if (this.#series) await this.#show(this.#problems);
    else this.#tell();
  }

  async dispose(): Promise<void> {
    this.stop();
    this.#series?.dispose();
    await this.#indexer?.dispose();
  }

  /** Opens the index of the sources, where it is not open yet, and hands over what it holds. */
  async #show(problems: readonly Problem[]): Promise<void> {
    const file = this.#file();
    const wanted = this.#sources.length === 0 ? "" : `${file}\n${JSON.stringify(this.#corrections)}`;
    this.#problems = problems;
    if (wanted !== this.#opened) {
      this.#series?.dispose();
      this.#series = null;
      this.#opened = wanted;
      if (wanted !== "") {
        const series = await this.#parts.engine.openSeries({
          file,
          git: readSettings().gitPath,
          corrections: this.#corrections,
          isVerified: true,
        });
        if (this.#opened !== wanted) {
          series?.dispose();
          return;
        }
        if (!series) this.#problems = [{ source: "VS Code", message: noSqlite }];
        this.#series = series;
        await series?.surround(subsystemIn(this.#surroundings));
      }
      await this.#notice();
      await this.#load();
      return;
    }
    if (await this.#notice()) await this.#load();
    else this.#tell();
  }

  /** Notices what was written to the index, once it is known to be sound; true where there is something new to load. */
  async #notice(): Promise<boolean> {
    const series = this.#series;
    await series?.verify();
    return series !== null && series === this.#series && series.refresh();
  }

  /** @param matters says whether the library is told; the full text, which fills in the background, changes no series */
  async #load(matters: (series: readonly Series[]) => boolean = () => true): Promise<void> {
    // What touches the file at hand is answered before the long list is there.
    if (this.#series && !this.#series.loaded) this.#tell();
    if (this.#series && !(await this.#series.load())) return;
    const { series } = this;
    if (matters(series?.series ?? [])) this.#tell();
    if (series) await this.#parts.arrivals.note(this.#file(), series.arrived, (moment) => series.changedSince(moment));
  }

  get series(): ArchiveSeries | null {
    return this.#series;
  }

  /** Where the archives of the last sync lie on disk. */
  get folders(): readonly string[] {
    return this.#folders;
  }

  /** The mails that came to an archive between two moments. */
  range(folder: string, ends: RangeEnds): Promise<ReadRange> {
    return this.#parts.engine.readRange(folder, ends, readSettings().gitPath);
  }

  #tell(): void {
    const said = new Set(this.#problems.map(({ message }) => message));
    const kept = (this.#series?.problems ?? []).filter(({ message }) => !said.has(message));
    this.#parts.library.archivesChanged(this.#series, [...this.#correctionProblems, ...this.#problems, ...kept]);
  }

  async #fetchAll(sources: readonly string[], signal: AbortSignal): Promise<{ folders: string[]; problems: Problem[] }> {
    const { engine, storage, progress, log } = this.#parts;
    const { gitPath: git, archiveMonths: months } = readSettings();
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
    const { engine, progress, log } = this.#parts;
    this.#indexer ??= await engine.startIndexer();
    const options = {
      git: readSettings().gitPath,
      signal,
      progress: (done: number, total: number | null) =>
        progress.set(`Reading mail ${done.toLocaleString("en-US")}${total === null ? "" : ` of ${total.toLocaleString("en-US")}`}`),
    };
    try {
      let built = await this.#indexer.sync(folders, this.#file(), options);
      // Another window is at it. That window may also be closed on the way, so this one looks after it.
      while (built?.busy && !signal.aborted) {
        progress.set("Another window is reading the mail");
        await setTimeout(busyMilliseconds);
        if (await this.#notice()) await this.#load();
        built = await this.#indexer.sync(folders, this.#file(), options);
      }
      if (!built || built.busy) return [];
      const { mails, series, added, removed, seconds, untaken } = built;
      if (built.repaired) log.warn(`The index ${this.#file()} was damaged and has been built again.`);
      log.info(`${mails} mails, ${series} series; ${added} mails came, ${removed} went, ${seconds.toFixed(2)} s`);
      if (untaken > 0) log.info(`${untakenSentence(untaken)}; “KVM Series: List Diffs in No Series” lists them, with the reasons.`);
      return built.problems;
    } catch (error) {
      log.error(error instanceof Error ? error : String(error));
      return [{ source: "Index", message: error instanceof HumanError ? error.message : "The index could not be written; see the log." }];
    }
  }

  /** The person's own sources have one index for all windows and worktrees; those a workspace names have one of their own. */
  #file(): string {
    const { sourcesOf } = readSettings();
    const name = sourcesOf === "user" ? "own" : createHash("sha256").update(JSON.stringify(this.#sources)).digest("hex").slice(0, 16);
    return join(this.#parts.storage, "index", `${name}.db`);
  }
}

// How far a sync is, for whoever shows it.

export class SyncProgress {
  #text = "";
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.#changed.event;

  /** A few words for a person; "" when nothing is under way. */
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
