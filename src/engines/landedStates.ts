/** Where series stand in the open trees: looked for in the background, so that what has landed is pending no more. */
import { basename } from "node:path";
import type { refsStamp } from "../checkout/remotes";
import type { PatchLanding, RemoteBranches, TreeRef } from "../core/series/landed";
import { newestRevision, newestRevisionKey, type Series, type SeriesStatus } from "../core/series/series";
import { seriesStatus, type StatusWithEvidence } from "../core/series/status";
import type { LookForSeries } from "../library/landedThread";
import type { Library } from "../library/library";
import { makeSlicer } from "../library/slices";
import type { MovedFiles } from "./movedFiles";
import type { OpenTrees } from "./openTrees";
import {
  type Clock,
  type Disposable,
  disposeAll,
  Emitter,
  errorText,
  type Event,
  type GitOf,
  inBackground,
  type Log,
  Quiet,
} from "./ports";

export interface LandedStatesPorts {
  readonly library: Pick<Library, "series" | "now" | "mailBytes" | "setTreeStatuses" | "onDidChange">;
  readonly trees: Pick<OpenTrees, "tops" | "topsForSeries" | "onDidChange">;
  readonly moved: Pick<MovedFiles, "movesIn" | "onDidChange">;
  readonly git: GitOf;
  /** The code that asks git; a bundle of its own. */
  readonly engine: () => Promise<{ readonly refsStamp: typeof refsStamp }>;
  readonly look: LookForSeries;
  /** A folder of the extension. */
  readonly storage: string;
  /** Whether the person wants to know. */
  readonly isWanted: () => boolean;
  readonly onDidChangeWish: Event<unknown>;
  readonly clock: Clock;
  readonly log: Log;
  /** What may change answers besides the library and the trees: a commit, a fetch, permission to run git. */
  readonly again: ReadonlyArray<Event<unknown>>;
}

/** What is known of a tree. */
interface KnownTree {
  /** Of its refs when it was looked at. */
  readonly stamp: string;
  readonly moves: string;
  readonly refs: readonly TreeRef[];
  readonly remotes: readonly RemoteBranches[];
  readonly since: string | null;
  /** By the key of the newest revision. */
  readonly patches: Map<string, readonly PatchLanding[]>;
}

/** A series in a tree. */
export interface SeriesInTree extends StatusWithEvidence {
  /** The top folder of the tree. */
  readonly top: string;
  /** Its name, where the series is for several open trees; "" for a single one. */
  readonly name: string;
  readonly patches: readonly PatchLanding[];
  readonly refs: readonly TreeRef[];
  readonly remotes: readonly RemoteBranches[];
  readonly since: string | null;
}

/** A sync reports several changes in a row, and a commit or fetch writes several files. */
const quietMilliseconds = 1500;

export class LandedStates {
  /** By the top of a tree. */
  readonly #known = new Map<string, KnownTree>();
  #statuses: ReadonlyMap<string, SeriesStatus> = new Map();
  readonly #ports: LandedStatesPorts;
  readonly #quiet: Quiet;
  readonly #changed = new Emitter<void>();
  readonly #subscriptions: readonly Disposable[];
  #running: AbortController | null = null;
  /** Whether something happened since the last look began. */
  #isAsked = false;
  #isDisposed = false;
  /** Whether more is known than was told. A row that is drawn again loses its open menu, so nobody is told in vain. */
  #isNews = false;
  /** While the library tells everybody what it was told here. */
  #isTelling = false;
  /** Fires when something else is known, also if no status changes by it. */
  readonly onDidChange = this.#changed.event;

  constructor(ports: LandedStatesPorts) {
    this.#ports = ports;
    this.#quiet = new Quiet(ports.clock, quietMilliseconds, () => inBackground(ports.log, () => this.#look()));
    const later = (): void => {
      if (!this.#isTelling) this.#quiet.later();
    };
    this.#subscriptions = [
      this.#changed,
      this.#quiet,
      ports.library.onDidChange(later),
      ports.trees.onDidChange(later),
      ports.moved.onDidChange(later),
      ports.onDidChangeWish(later),
      ...ports.again.map((event) => event(later)),
    ];
  }

  /**
   * Where a series stands in the open trees it is for: one in which it has not landed comes first, since it is pending there. Null where
   * no tree was looked at.
   */
  of(series: Series): SeriesInTree | null {
    const there = this.#inTrees(series);
    return there.find(({ status }) => status !== "landed") ?? there[0] ?? null;
  }

  #inTrees(series: Series): SeriesInTree[] {
    const { trees, library } = this.#ports;
    if (this.#known.size === 0) return [];
    const key = newestRevisionKey(series);
    const tops = trees.topsForSeries(series);
    return tops.flatMap((top): SeriesInTree[] => {
      const known = this.#known.get(top);
      const patches = known?.patches.get(key);
      if (!known || !patches) return [];
      const { refs, remotes, since } = known;
      const stands = seriesStatus(series, { patches, refs }, library.now);
      return [{ top, name: tops.length > 1 ? basename(top) : "", patches, refs, remotes, since, ...stands }];
    });
  }

  /** Looks once more where something happens meanwhile: to read a history takes its time, and to begin anew each time would never end. */
  async #look(): Promise<void> {
    this.#isAsked = true;
    if (!this.#mayLook()) this.#running?.abort();
    if (this.#running) return;
    while (this.#isAsked && !this.#isDisposed) {
      this.#isAsked = false;
      const running = new AbortController();
      this.#running = running;
      await this.#lookOnce(running.signal).finally(() => (this.#running = null));
    }
  }

  #mayLook(): boolean {
    return this.#ports.git() !== null && this.#ports.isWanted();
  }

  async #lookOnce(signal: AbortSignal): Promise<void> {
    const { trees, log } = this.#ports;
    const tops = this.#mayLook() ? trees.tops : [];
    for (const top of this.#known.keys()) if (!tops.includes(top)) this.#forget(top);
    for (const [top, series] of await this.#asked(tops, signal)) {
      try {
        await this.#lookIn(top, series, signal);
      } catch (error) {
        if (signal.aborted) return;
        // What was known of the tree is a better guess than nothing.
        log.warn(errorText(error));
      }
    }
    await this.#tell(signal);
  }

  /** The series for each tree. A digest has no mails to look for. */
  async #asked(tops: readonly string[], signal: AbortSignal): Promise<Map<string, Series[]>> {
    const { library, trees } = this.#ports;
    const asked = new Map<string, Series[]>(tops.map((top) => [top, []]));
    const pause = makeSlicer(() => signal.aborted);
    for (const series of tops.length === 0 ? [] : library.series) {
      const kind = newestRevision(series).posted?.kind;
      if (kind !== undefined && kind !== "stable") for (const top of trees.topsForSeries(series)) asked.get(top)?.push(series);
      if (await pause()) return new Map();
    }
    return asked;
  }

  async #lookIn(top: string, series: readonly Series[], signal: AbortSignal): Promise<void> {
    const { library, moved, git, engine, look, storage, log } = this.#ports;
    const options = git();
    if (series.length === 0 || !options) return;
    const stamp = await (await engine()).refsStamp(top, { ...options, signal });
    if (stamp === "") {
      // A folder without git is no fault.
      this.#forget(top);
      return;
    }
    const moves = JSON.stringify(moved.movesIn(top));
    const before = this.#known.get(top);
    const kept = before?.stamp === stamp && before.moves === moves ? before : null;
    const fresh = kept ? series.filter((one) => !kept.patches.has(newestRevisionKey(one))) : series;
    if (fresh.length === 0) return;
    const request = { tree: top, now: library.now, binary: options.binary, folder: storage, moved: moved.movesIn(top) };
    const found = await look(request, fresh, { mails: (ids) => library.mailBytes(ids), signal });
    if (signal.aborted) return;
    for (const { message } of found.problems) log.info(message);
    const patches = new Map(
      series.map((one) => {
        const key = newestRevisionKey(one);
        return [key, kept?.patches.get(key) ?? found.patches.get(one.id) ?? []] as const;
      }),
    );
    if (found.refs.length === 0) {
      this.#forget(top);
      return;
    }
    this.#isNews = true;
    this.#known.set(top, { stamp, moves, patches, refs: found.refs, remotes: found.remotes, since: found.since });
  }

  #forget(top: string): void {
    if (this.#known.delete(top)) this.#isNews = true;
  }

  /** Tells the library what the trees say, where they say more than mails do. */
  async #tell(signal: AbortSignal): Promise<void> {
    const { library, log } = this.#ports;
    const statuses = new Map<string, SeriesStatus>();
    const pause = makeSlicer(() => signal.aborted);
    const found = new Set(
      [...this.#known.values()].flatMap(({ patches }) => Array.from(patches).flatMap(([key, of]) => (of.some(isTold) ? key : []))),
    );
    for (const series of found.size === 0 ? [] : library.series) {
      const key = newestRevisionKey(series);
      const there = found.has(key) ? this.of(series) : null;
      if (there) statuses.set(key, there.status);
      if (await pause()) return;
    }
    if (signal.aborted) return;
    // Answers on the list change the status of a series too, of which a part is in a tree.
    const isOther = !isSame(statuses, this.#statuses);
    if (!isOther && !this.#isNews) return;
    this.#isNews = false;
    if (isOther) {
      const landed = [...statuses.values()].filter((status) => status === "landed").length;
      log.info(`${landed} of ${library.series.length} series have landed in the open trees`);
      this.#statuses = statuses;
      this.#isTelling = true;
      try {
        library.setTreeStatuses(statuses);
      } finally {
        this.#isTelling = false;
      }
    }
    this.#changed.fire();
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#running?.abort();
    disposeAll(this.#subscriptions);
  }
}

/** Whether a tree says anything of a patch. */
function isTold({ state, commits }: PatchLanding): boolean {
  return commits.length > 0 || (state !== "not-found" && state !== "unknown");
}

function isSame(a: ReadonlyMap<string, SeriesStatus>, b: ReadonlyMap<string, SeriesStatus>): boolean {
  return a.size === b.size && [...a].every(([key, status]) => b.get(key) === status);
}
