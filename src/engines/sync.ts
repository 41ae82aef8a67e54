/** Decides when the sources of the settings are read: at the start, by command, at intervals, and when one of them changes on disk. */
import { basename, dirname, join } from "node:path";
import { singleProblems } from "../core/series/problems";
import type { Library, Source, Surroundings } from "../library/library";
import type { Archives, SyncProgress } from "./archives";
import { type Clock, type Disposable, disposeAll, Emitter, type Event, inBackground, type Log, Quiet } from "./ports";
import { isAddress, type Settings } from "./settings";

/** A program that writes a digest or fetches mail does so in several steps; reading waits for a pause of this length. */
const quietMilliseconds = 300;

/** How often to look for changes by other windows; a look costs microseconds. */
const noticeMilliseconds = 3000;

const minute = 60_000;

/** Files in a folder, by a glob that is relative to it. */
export interface WatchedFiles {
  readonly folder: string;
  readonly glob: string;
}

export interface SyncParts {
  readonly library: Pick<Library, "sync" | "surround" | "series" | "problems" | "digests" | "synced" | "onDidChange">;
  readonly archives: Pick<Archives, "sync" | "stop" | "noticeOthers" | "surround">;
  readonly progress: Pick<SyncProgress, "set">;
  readonly trees: { readonly trees: Surroundings["trees"]; readonly onDidChange: Event<void> };
  readonly log: Log;
  readonly clock: Clock;
  readonly settings: () => Pick<Settings, "sources" | "syncMinutes" | "subsystems">;
  /** Reports each change of files; a missing file raises no event. */
  readonly watch: (files: WatchedFiles, changed: () => void) => Disposable;
  /** Shows that something is running, as long as it runs. */
  readonly showing: (run: () => Promise<void>) => PromiseLike<void>;
  /** Makes the digest source for a path of the settings. */
  readonly sourceOf: (path: string) => Source;
  /** Whether a path of the settings is an archive of mail, not a digest. */
  readonly isArchive: (path: string) => boolean;
}

/** The states that the welcome texts of the views depend on. */
export type SyncState = "noSources" | "syncing" | "empty" | "ready";

export class Sync {
  readonly #parts: SyncParts;
  readonly #changed = new Emitter<void>();
  /** Fires when `state` or `isRunning` may have changed. */
  readonly onDidChange = this.#changed.event;
  readonly #soon: Quiet;
  readonly #subscriptions: readonly Disposable[];
  #watchers: readonly Disposable[] = [];
  #repeated: Disposable | null = null;
  #notices: Disposable | null = null;
  #running = 0;
  #isDisposed = false;

  constructor(parts: SyncParts) {
    this.#parts = parts;
    this.#soon = new Quiet(parts.clock, quietMilliseconds, () => this.syncInBackground());
    this.#subscriptions = [
      parts.library.onDidChange(() => this.#changed.fire()),
      parts.trees.onDidChange(() => this.#surround()),
      this.#changed,
      this.#soon,
    ];
  }

  get isRunning(): boolean {
    return this.#running > 0;
  }

  get state(): SyncState {
    const { library, settings } = this.#parts;
    if (settings().sources.length === 0) return "noSources";
    if (library.series.length > 0) return "ready";
    return library.synced && !this.isRunning ? "empty" : "syncing";
  }

  /** Starts reading, watching and repeating. */
  begin(): void {
    const { archives, clock, log } = this.#parts;
    this.#surround();
    this.#watch();
    this.#repeat();
    this.syncInBackground();
    this.#notices = clock.every(noticeMilliseconds, () => inBackground(log, () => archives.noticeOthers()));
  }

  /** Reads all sources. */
  async sync(): Promise<void> {
    const { library, archives, progress, log, showing, settings, sourceOf, isArchive } = this.#parts;
    if (this.#isDisposed) return;
    const { sources } = settings();
    const ofMail = sources.filter((source) => isAddress(source) || isArchive(source));
    this.#running++;
    this.#changed.fire();
    try {
      await showing(async () => {
        const digests = library.sync(sources.filter((source) => !ofMail.includes(source)).map(sourceOf));
        await Promise.all([digests, archives.sync(ofMail)]);
      });
    } finally {
      this.#running--;
      if (this.#running === 0) progress.set("");
      this.#changed.fire();
    }
    for (const { source, message } of singleProblems(library.problems)) log.warn(`${source}: ${message}`);
    log.info(`${library.series.length} series from ${library.digests.length} digests and ${ofMail.length} archives`);
  }

  /** Like `sync`, without waiting for it. */
  syncInBackground(): void {
    inBackground(this.#parts.log, () => this.sync());
  }

  /** Stops a running sync; what was read is kept for the next one. */
  stop(): void {
    this.#parts.archives.stop();
  }

  /** Reacts to changed settings. */
  settingsChanged(changed: (name: keyof Settings) => boolean): void {
    if (changed("subsystems")) this.#surround();
    if (changed("syncMinutes")) this.#repeat();
    if (changed("sources")) this.#watch();
    if (changed("sources") || changed("archiveMonths") || changed("gitPath")) this.syncInBackground();
  }

  #surround(): void {
    const { library, archives, trees, settings, log } = this.#parts;
    const surroundings = { rules: settings().subsystems, trees: trees.trees };
    library.surround(surroundings);
    inBackground(log, () => archives.surround(surroundings));
  }

  #watch(): void {
    disposeAll(this.#watchers);
    const files = this.#parts
      .settings()
      .sources.filter((source) => !isAddress(source))
      .flatMap(watchedFiles);
    this.#watchers = files.map((one) => this.#parts.watch(one, () => this.#soon.later()));
  }

  #repeat(): void {
    this.#repeated?.dispose();
    this.#repeated = null;
    const { syncMinutes } = this.#parts.settings();
    if (syncMinutes > 0) this.#repeated = this.#parts.clock.every(syncMinutes * minute, () => this.syncInBackground());
  }

  dispose(): void {
    this.#isDisposed = true;
    disposeAll([...this.#subscriptions, ...this.#watchers, this.#repeated, this.#notices]);
  }
}

/** The files to watch for a source. A file may become a folder and the other way round, so both are watched. */
function watchedFiles(path: string): WatchedFiles[] {
  return [
    { folder: dirname(path), glob: basename(path) },
    { folder: path, glob: "{*.txt,*.eml,*.patch,*.mbox,*.gz,packed-refs}" },
    // In a repository or its newest epochs, the files in which git records what it fetched.
    { folder: join(path, "refs", "heads"), glob: "*" },
    { folder: join(path, "git"), glob: "*/{packed-refs,refs/heads/*}" },
    { folder: join(path, "new"), glob: "*" },
  ];
}
