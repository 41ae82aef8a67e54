/** Whether pending series apply to the open trees: found out in the background, each tree for itself. */
import { basename } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { checkApplies } from "../checkout/applies";
import type { ApplyCache, openApplyCache } from "../checkout/cachedAnswers";
import type { ApplyAnswer } from "../core/series/applyAnswer";
import { movedIn } from "../core/series/movedFiles";
import { isPending, newestRevision, newestRevisionKey, type Series } from "../core/series/series";
import type { Library } from "../library/library";
import { makeSlicer } from "../library/slices";
import { trustedGit } from "./applyProgress";
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
  type Storage,
} from "./ports";
import type { SeriesNeeds } from "./seriesNeeds";

/** The code that asks git; a bundle of its own. */
export interface ApplyChecks {
  readonly checkApplies: typeof checkApplies;
  readonly openApplyCache: typeof openApplyCache;
}

export interface ApplyStatesPorts {
  readonly library: Pick<Library, "series" | "mailBytes" | "onDidChange">;
  readonly trees: Pick<OpenTrees, "tops" | "topsForSeries" | "onDidChange" | "onDidPrefer">;
  readonly moved: Pick<MovedFiles, "namesIn" | "onDidChange">;
  readonly needs: Pick<SeriesNeeds, "ofPatchId">;
  readonly git: GitOf;
  readonly engine: () => Promise<ApplyChecks>;
  /** Where the chosen commit is remembered for this workspace. */
  readonly storage: Storage;
  /** Keeps answers from one window to the next. */
  readonly cacheFile: string;
  /** Whether the person wants it to be found out in the background. */
  readonly isWanted: () => boolean;
  readonly onDidChangeWish: Event<unknown>;
  readonly clock: Clock;
  readonly log: Log;
  /** What may change answers beside the library and the trees: a commit, leave to run git, another git. */
  readonly again: ReadonlyArray<Event<unknown>>;
}

/** An answer and what it is about. */
export interface ApplyAnswered {
  readonly answer: ApplyAnswer;
  /** What was checked against, as the person calls it. */
  readonly base: string;
  /** The key of the revision that was checked. */
  readonly revision: string;
}

/** A sync tells of changes one after the other; and a commit writes several files. */
const quietMilliseconds = 1000;
/** While answers come, the views are drawn again only so often. */
const drawMilliseconds = 500;

export class ApplyStates {
  /** By the top of a tree, then by the id of a series. */
  readonly #answers = new Map<string, Map<string, ApplyAnswered>>();
  readonly #ports: ApplyStatesPorts;
  readonly #quiet: Quiet;
  readonly #changed = new Emitter<void>();
  readonly #subscriptions: readonly Disposable[];
  #cache: Promise<ApplyCache> | null = null;
  #running: AbortController | null = null;
  #drawing: Disposable | null = null;
  readonly onDidChange = this.#changed.event;

  constructor(ports: ApplyStatesPorts) {
    this.#ports = ports;
    const { library, trees, moved, clock, log } = ports;
    this.#quiet = new Quiet(clock, quietMilliseconds, () => inBackground(log, () => this.#checkAll()));
    const later = (): void => this.checkSoon();
    this.#subscriptions = [
      this.#changed,
      this.#quiet,
      library.onDidChange(later),
      trees.onDidChange(later),
      // The answers of the tree that a person goes to are shown, which are known already.
      trees.onDidPrefer(() => this.#changed.fire()),
      moved.onDidChange(later),
      ports.onDidChangeWish(() => {
        if (!ports.isWanted()) this.#forget();
        later();
      }),
      ...ports.again.map((event) => event(later)),
    ];
  }

  /** What is checked against: `HEAD` until the person chose something else. */
  get base(): string {
    const kept = this.#ports.storage.get("applyBase");
    return typeof kept === "string" && kept !== "" ? kept : "HEAD";
  }

  /** Checks against something else from now on. */
  async choose(base: string): Promise<void> {
    await this.#ports.storage.update("applyBase", base === "HEAD" ? undefined : base);
    this.#forget();
    this.checkSoon();
  }

  /** What is known of a series, in the tree a person works in where it is for that one; null where nothing is known yet. */
  of(series: Series): ApplyAnswered | null {
    const revision = newestRevisionKey(series);
    for (const top of this.#ports.trees.tops) {
      const known = this.#answers.get(top)?.get(series.id);
      if (known?.revision === revision) return known;
    }
    return null;
  }

  /** The open tree a series is for, that a person works in before others; null where none is. */
  treeOf(series: Series): string | null {
    return this.#ports.trees.topsForSeries(series)[0] ?? null;
  }

  /**
   * Checks one series now, in the tree of `treeOf`, whatever was answered before.
   *
   * @throws the reason of the signal where it was aborted; HumanError where it cannot be checked, as before the workspace is trusted
   */
  async check(series: Series, signal: AbortSignal): Promise<ApplyAnswered | null> {
    const top = this.treeOf(series);
    if (top === null) return null;
    await this.#check(top, [series], signal, true);
    this.#changed.fire();
    return this.of(series);
  }

  #forget(): void {
    this.#running?.abort();
    this.#answers.clear();
    this.#changed.fire();
  }

  /** Checks all again once it has been quiet for a while; what is known already costs nothing. */
  checkSoon(): void {
    this.#quiet.later();
  }

  async #checkAll(): Promise<void> {
    const { library, trees, git, isWanted, log } = this.#ports;
    if (git() === null || !isWanted() || trees.tops.length === 0) return;
    this.#running?.abort();
    const running = new AbortController();
    this.#running = running;
    const pause = makeSlicer(() => running.signal.aborted);
    const byTop = new Map<string, Series[]>();
    for (const series of library.series) {
      // A digest has no diffs, so there is nothing to be done for it.
      const tops = newestRevision(series).posted && isPending(series, null) ? trees.topsForSeries(series) : [];
      for (const top of tops) {
        const group = byTop.get(top);
        if (group) group.push(series);
        else byTop.set(top, [series]);
      }
      if (await pause()) return;
    }
    for (const [top, series] of byTop) {
      try {
        await this.#check(top, series, running.signal, false);
      } catch (error) {
        if (running.signal.aborted) return;
        // A folder without git is nothing to complain of each time; who asks for it is told.
        log.info(errorText(error));
      }
    }
    this.#drawNow();
  }

  /** @param anew whether what was answered before counts for nothing, since the person has a reason to ask again */
  async #check(top: string, series: readonly Series[], signal: AbortSignal, anew: boolean): Promise<void> {
    const { library, moved, engine, needs, cacheFile, git, log } = this.#ports;
    const trusted = trustedGit(git);
    const { checkApplies, openApplyCache } = await engine();
    this.#cache ??= openApplyCache(cacheFile);
    const cache = await this.#cache;
    const { base } = this;
    const answers = this.#answers.get(top) ?? new Map<string, ApplyAnswered>();
    this.#answers.set(top, answers);
    const options = {
      mails: (ids: readonly string[]) => library.mailBytes(ids),
      known: library.series,
      ofPatchId: needs.ofPatchId,
      moved: (one: Series) => movedIn(newestRevision(one), moved.namesIn(top)),
      ...trusted,
      signal,
      cache: anew ? { ...cache, get: () => undefined } : cache,
      answered: (one: Series, answer: ApplyAnswer) => {
        if (signal.aborted) return;
        const now: ApplyAnswered = { answer, base: this.#shownBase(base, top, one), revision: newestRevisionKey(one) };
        // Rows that are drawn again lose an open menu, so it is done only where they say something else.
        if (isDeepStrictEqual(answers.get(one.id), now)) return;
        answers.set(one.id, now);
        this.#drawSoon();
      },
    };
    try {
      await checkApplies(top, { base }, series, options);
    } finally {
      // What was found is shown all the same, and what kept it from being found is what is told.
      await cache.save().catch((error: unknown) => log.warn(errorText(error)));
    }
  }

  /** `HEAD`, or `HEAD of linux-next` where the series is for several open trees; nobody reads a whole id. */
  #shownBase(base: string, top: string, series: Series): string {
    const name = /^[0-9a-f]{40,64}$/.test(base) ? base.slice(0, 12) : base;
    return this.#ports.trees.topsForSeries(series).length > 1 ? `${name} of ${basename(top)}` : name;
  }

  #drawSoon(): void {
    this.#drawing ??= this.#ports.clock.after(drawMilliseconds, () => this.#drawNow());
  }

  /** Draws what has changed since it was drawn last. */
  #drawNow(): void {
    if (!this.#drawing) return;
    this.#drawing.dispose();
    this.#drawing = null;
    this.#changed.fire();
  }

  dispose(): void {
    this.#running?.abort();
    this.#drawing?.dispose();
    disposeAll(this.#subscriptions);
  }
}
