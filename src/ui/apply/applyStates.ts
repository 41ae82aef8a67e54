/** Which pending series apply to the open trees: found out in the background, kept, and told to the views. */
import { join } from "node:path";
import * as vscode from "vscode";
import type { ApplyAnswer } from "../../core/series/applyAnswer";
import { movedIn } from "../../core/paths/moves";
import { isPending } from "../../core/series/pending";
import { newestRevision, revisionKey, type Series } from "../../core/series/series";
import { projectOfSeries, type Library } from "../../index/library";
import type { checkApplies } from "../../worktree/applies";
import type { ApplyCache, openApplyCache } from "../../worktree/applyCache";
import type { offeredBases } from "../../worktree/baseTree";
import type { SeriesNeeds } from "./seriesNeeds";
import type { HeadMoves } from "./headMoves";
import type { MovedFiles } from "../movedFiles";
import type { OpenTrees } from "../openTrees";
import { onDidChangeSettings, readSettings } from "../settings";

/** The code that asks git; a bundle of its own. */
export type LoadApplyEngine = () => Promise<{
  readonly checkApplies: typeof checkApplies;
  readonly openApplyCache: typeof openApplyCache;
  readonly offeredBases: typeof offeredBases;
}>;

export interface ApplyStatesParts {
  readonly library: Library;
  readonly trees: OpenTrees;
  readonly moved: MovedFiles;
  readonly headMoves: HeadMoves;
  readonly log: vscode.LogOutputChannel;
  readonly engine: LoadApplyEngine;
  readonly needs: SeriesNeeds;
  /** Folder of the extension's own. */
  readonly storage: string;
  /** Where the chosen commit is remembered for this workspace. */
  readonly state: vscode.Memento;
}

/** An answer and what it is about. */
export interface ApplyAnswered {
  readonly answer: ApplyAnswer;
  /** What was checked against, as the person calls it. */
  readonly base: string;
  readonly revision: string;
}

/** A sync tells of changes one after the other; and a commit writes several files. */
const quietMilliseconds = 1000;
/** While answers come, the views are drawn again only so often. */
const drawMilliseconds = 500;

export class ApplyStates {
  readonly #answers = new Map<string, ApplyAnswered>();
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.#changed.event;
  readonly #subscriptions: vscode.Disposable;
  #cache: Promise<ApplyCache> | null = null;
  #running: AbortController | null = null;
  #waiting: NodeJS.Timeout | undefined;
  #drawing: NodeJS.Timeout | undefined;

  constructor(private readonly parts: ApplyStatesParts) {
    const { library, trees, moved, headMoves } = parts;
    const later = (): void => this.checkSoon();
    this.#subscriptions = vscode.Disposable.from(
      this.#changed,
      library.onDidChange(later),
      trees.onDidChange(later),
      moved.onDidChange(later),
      headMoves.onDidMove(later),
      vscode.workspace.onDidGrantWorkspaceTrust(later),
      // Where a commit was made elsewhere and no file told of it: HEAD is asked for again, and the rest is remembered.
      vscode.window.onDidChangeWindowState(({ focused }) => focused && later()),
      onDidChangeSettings((changed) => {
        if (!changed("checkApplies") && !changed("gitPath")) return;
        if (!readSettings().checkApplies) this.#forget();
        later();
      }),
    );
  }

  /** What is checked against: `HEAD` until the person chose something else. */
  get base(): string {
    return this.parts.state.get<string>("applyBase") ?? "HEAD";
  }

  /** Checks against something else from now on. */
  async choose(base: string): Promise<void> {
    await this.parts.state.update("applyBase", base === "HEAD" ? undefined : base);
    this.#forget();
    this.checkSoon();
  }

  /** What is known of a series; null where nothing is yet. */
  of(series: Series): ApplyAnswered | null {
    const known = this.#answers.get(series.id);
    return known?.revision === revisionKey(series) ? known : null;
  }

  /** The open tree a series is for; null where none is. */
  treeOf(series: Series): string | null {
    return this.parts.trees.topFor(projectOfSeries(series));
  }

  /** Checks one series now. */
  async check(series: Series, signal: AbortSignal): Promise<ApplyAnswered | null> {
    const top = this.treeOf(series);
    if (top === null) return null;
    await this.#check(top, [series], this.base, signal, true);
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
    clearTimeout(this.#waiting);
    this.#waiting = setTimeout(() => void this.#checkAll(), quietMilliseconds);
  }

  async #checkAll(): Promise<void> {
    const { library, trees, log } = this.parts;
    if (!vscode.workspace.isTrusted || !readSettings().checkApplies || trees.trees.length === 0) return;
    this.#running?.abort();
    const running = new AbortController();
    this.#running = running;
    const groups = new Map<string, Series[]>();
    for (const series of library.series) {
      // A digest has no diffs, so there is nothing to be done for it.
      const top = newestRevision(series).posted && isPending(series, null) ? this.treeOf(series) : null;
      if (top === null) continue;
      const group = groups.get(top);
      if (group) group.push(series);
      else groups.set(top, [series]);
    }
    for (const [top, series] of groups) {
      try {
        await this.#check(top, series, this.base, running.signal);
      } catch (error) {
        if (running.signal.aborted) return;
        // A folder without git is nothing to complain of each time; who asks for it is told.
        log.info(error instanceof Error ? error.message : String(error));
      }
    }
    this.#drawNow();
  }

  /** @param anew whoever asks for it has a reason to doubt what was answered before */
  async #check(top: string, series: readonly Series[], base: string, signal: AbortSignal, anew = false): Promise<void> {
    const { library, moved, engine, needs, storage } = this.parts;
    const { checkApplies, openApplyCache } = await engine();
    this.#cache ??= openApplyCache(join(storage, "applies.json"));
    const cache = await this.#cache;
    const options = {
      mails: (ids: readonly string[]) => library.mailBytes(ids),
      known: library.series,
      ofPatchId: needs.ofPatchId,
      moved: (one: Series) => movedIn(newestRevision(one), moved.namesIn(top)),
      binary: readSettings().gitPath,
      signal,
      cache: anew ? { ...cache, get: () => undefined } : cache,
      answered: (one: Series, answer: ApplyAnswer) => {
        if (signal.aborted) return;
        const before = this.#answers.get(one.id);
        const now: ApplyAnswered = { answer, base: shownBase(base), revision: revisionKey(one) };
        this.#answers.set(one.id, now);
        // Rows that are drawn again lose an open menu, so it is done only where they say something else.
        if (JSON.stringify(before) !== JSON.stringify(now)) this.#drawSoon();
      },
    };
    try {
      await checkApplies(top, { base }, series, options);
    } finally {
      await cache.save();
    }
  }

  #drawSoon(): void {
    this.#drawing ??= setTimeout(() => this.#drawNow(), drawMilliseconds);
  }

  /** Draws what has changed since it was drawn last. */
  #drawNow(): void {
    if (!this.#drawing) return;
    clearTimeout(this.#drawing);
    this.#drawing = undefined;
    this.#changed.fire();
  }

  dispose(): void {
    this.#running?.abort();
    clearTimeout(this.#waiting);
    clearTimeout(this.#drawing);
    this.#subscriptions.dispose();
  }
}

/** Nobody reads a whole id. */
function shownBase(base: string): string {
  return /^[0-9a-f]{40,64}$/.test(base) ? base.slice(0, 12) : base;
}
