/** Whether pending series apply to the open trees: checked in the background, for each tree separately. */
import { basename } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { checkApplies } from "../checkout/applies";
import type { ApplyCache, openApplyCache } from "../checkout/cachedAnswers";
import type { ApplyAnswer } from "../core/series/applyAnswer";
import { movedIn } from "../core/series/movedFiles";
import { isPending, newestRevision, newestRevisionKey, type Series } from "../core/series/series";
import { shownCommit } from "../core/text";
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
  /** Whether the person wants the check in the background. */
  readonly isWanted: () => boolean;
  readonly onDidChangeWish: Event<unknown>;
  readonly clock: Clock;
  readonly log: Log;
  /** Events that may change answers besides changes of the library and the trees: a commit, permission to run git, another git. */
  readonly again: ReadonlyArray<Event<unknown>>;
}

/** An answer and its subject. */
export interface ApplyAnswered {
  readonly answer: ApplyAnswer;
  /** The person's name for the tree or commit that was checked against. */
  readonly base: string;
  /** The key of the revision that was checked. */
  readonly revision: string;
}

/** A sync reports several changes in a row, and a commit writes several files. */
const quietMilliseconds = 1000;
/** While answers come, the views are redrawn at most this often. */
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
      // When the person moves to another tree, its known answers are shown.
      trees.onDidPrefer(() => this.#changed.fire()),
      moved.onDidChange(later),
      ports.onDidChangeWish(() => {
        if (!ports.isWanted()) this.#forget();
        later();
      }),
      ...ports.again.map((event) => event(later)),
    ];
  }

  /** The commit to check against: `HEAD` until the person chooses another one. */
  get base(): string {
    const kept = this.#ports.storage.get("applyBase");
    return typeof kept === "string" && kept !== "" ? kept : "HEAD";
  }

  /** Checks against another commit from now on. */
  async choose(base: string): Promise<void> {
    await this.#ports.storage.update("applyBase", base === "HEAD" ? undefined : base);
    this.#forget();
    this.checkSoon();
  }

  /** The answer for a series, if the series is for the tree the person works in; null while it is not known. */
  of(series: Series): ApplyAnswered | null {
    const revision = newestRevisionKey(series);
    for (const top of this.#ports.trees.tops) {
      const known = this.#answers.get(top)?.get(series.id);
      if (known?.revision === revision) return known;
    }
    return null;
  }

  /** The open tree that a series is for, preferably the one the person works in; null when none is open. */
  treeOf(series: Series): string | null {
    return this.#ports.trees.topsForSeries(series)[0] ?? null;
  }

  /**
   * Checks one series now, in the tree of `treeOf`, whatever the earlier answer was.
   *
   * @throws the reason of the signal if it was aborted; HumanError if the series cannot be checked, for example before the workspace
   * is trusted
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

  /** Checks all series again after a quiet moment; known answers cost nothing. */
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
      // A digest has no diffs, so there is nothing to check.
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
        // A folder without git is reported only to a person who asks for a check.
        log.info(errorText(error));
      }
    }
    this.#drawNow();
  }

  /** @param anew whether to ignore the earlier answer, because the person asks again */
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
        // A redrawn row loses its open menu, so only rows that change are redrawn.
        if (isDeepStrictEqual(answers.get(one.id), now)) return;
        answers.set(one.id, now);
        this.#drawSoon();
      },
    };
    try {
      await checkApplies(top, { base }, series, options);
    } finally {
      // The answers found so far are shown, and the error that stopped the check is reported.
      await cache.save().catch((error: unknown) => log.warn(errorText(error)));
    }
  }

  /** `HEAD`, or `HEAD of linux-next` if the series is for several open trees; ids are shortened. */
  #shownBase(base: string, top: string, series: Series): string {
    const name = shownCommit(base);
    return this.#ports.trees.topsForSeries(series).length > 1 ? `${name} of ${basename(top)}` : name;
  }

  #drawSoon(): void {
    this.#drawing ??= this.#ports.clock.after(drawMilliseconds, () => this.#drawNow());
  }

  /** Redraws what has changed since the last time. */
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
