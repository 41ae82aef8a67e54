/** The applies of the open worktrees: where each stopped, how it continues, and how it is undone. They are found again after a reload. */
import type * as amSession from "../checkout/amSession";
import type { ApplyOutcome, StoppedPatch } from "../checkout/amSession";
import type { StashReturn } from "../checkout/applyBranch";
import { applyFiles, type ApplyRecord, gitFolderAbove, readApply, type RecordedApply, type Stop } from "../checkout/applyRecord";
import type * as commits from "../checkout/commits";
import type * as recoverApply from "../checkout/recoverApply";
import type { RecoveredApply } from "../checkout/recoverApply";
import type * as undoApply from "../checkout/undoApply";
import { HumanError } from "../core/humanError";
import type { GitOptions } from "../git/git";
import { type Disposable, disposeAll, Emitter, type Event, type GitOf, inBackground, type Log } from "./ports";
import type { WatchedFiles } from "./sync";

/** The part of the git bundle that applies series; loaded on first use. */
export type ApplyEngine = Pick<typeof amSession, "startApply" | "continueApply" | "skipPatch" | "stoppedPatch"> &
  Pick<typeof undoApply, "abortApply" | "undoApply" | "restoreStash"> &
  Pick<typeof amSession, "applyReadiness" | "branchNameProblem" | "freeBranchName"> &
  Pick<typeof commits, "commitOf"> &
  Pick<typeof recoverApply, "unfinishedApply" | "recoverApply">;

/** The person's git. @throws HumanError before the workspace is trusted */
export function trustedGit(git: GitOf): GitOptions {
  const options = git();
  if (!options) throw new HumanError("git does not run in an untrusted folder. Trust it with “Workspaces: Manage Workspace Trust”.");
  return options;
}

/** The editors in which the conflicts of a patch are resolved. */
export interface ConflictEditors {
  /** The first of some files of a worktree that is open and not saved; null where there is none. */
  unsaved(top: string, paths: readonly string[]): string | null;
  /** Closes the merge editors of a patch that is skipped or aborted, while git still has its conflicts; unsaved changes are dropped. */
  leave(top: string, stopped: StoppedPatch): Promise<void>;
  /** Drops unsaved changes in the files of a skipped or aborted patch: they would hide what git restored. */
  revert(top: string, stopped: StoppedPatch): Promise<void>;
}

export interface ApplySessionParts {
  readonly trees: {
    readonly trees: ReadonlyArray<{ readonly top: string }>;
    /** Among the same trees, the one the person works in comes first. */
    readonly tops: readonly string[];
    readonly onDidChange: Event<void>;
    readonly onDidPrefer: Event<void>;
  };
  readonly git: GitOf;
  readonly engine: () => Promise<ApplyEngine>;
  readonly watch: (files: WatchedFiles, changed: () => void) => Disposable;
  readonly editors: ConflictEditors;
  readonly log: Log;
}

/** An apply in an open worktree. */
export interface FoundApply extends RecordedApply {
  readonly top: string;
}

/** An apply that stopped at a patch. */
export interface StoppedApply extends FoundApply {
  readonly stop: Stop;
}

/** How an abort or an undo ended. */
export type ApplyLeft =
  /** Everything was restored; `changes` says what happened to the person's uncommitted changes. */
  | { readonly kind: "back"; readonly record: ApplyRecord; readonly changes: StashReturn }
  /** The worktree that was made for it stays, since it is open in this window. */
  | { readonly kind: "open"; readonly record: ApplyRecord }
  /** The branch was kept, and the person's changes are still in the stash; nothing else restores them. */
  | { readonly kind: "stashed"; readonly top: string; readonly record: ApplyRecord; readonly sentence: string };

/** An apply that a closed window or a killed process interrupted. */
export interface InterruptedApply {
  readonly top: string;
  /** The interrupted step, as a sentence for people. */
  readonly sentence: string;
}

/** The apply in that worktree, else the first; null if there is none. */
function meant<T extends FoundApply>(all: readonly T[], top: string | null): T | null {
  return all.find((one) => one.top === top) ?? all[0] ?? null;
}

const nothingUnderWay = "No series is being applied in this window.";

export class ApplySession {
  readonly #parts: ApplySessionParts;
  readonly #changed = new Emitter<void>();
  /** Fires after each look at the applies. */
  readonly onDidChange = this.#changed.event;
  readonly #interrupted = new Emitter<InterruptedApply>();
  /** Fires once for each interrupted apply. */
  readonly onDidFindInterrupted = this.#interrupted.event;
  readonly #subscriptions: readonly Disposable[];
  /** The interrupted applies that were reported. */
  readonly #told = new Set<string>();
  #found: readonly FoundApply[] = [];
  #watchers: readonly Disposable[] = [];
  /** Counts readings and watches, so that the result of an older one that ends later is dropped. */
  #lastReading = 0;
  #shownReading = 0;
  #lastWatch = 0;

  constructor(parts: ApplySessionParts) {
    this.#parts = parts;
    this.#subscriptions = [parts.trees.onDidChange(() => this.begin()), parts.trees.onDidPrefer(() => this.refreshInBackground())];
  }

  /** The apply that stands at a patch, preferably in the tree the person works in; null if none does. */
  get under(): StoppedApply | null {
    return this.#underIn(null);
  }

  #underIn(top: string | null): StoppedApply | null {
    return meant(
      this.#found.filter((one): one is StoppedApply => one.stop !== null),
      top,
    );
  }

  /** Whether an apply has ended. One that ended early counts too: aborting it reports what happened. */
  get isApplied(): boolean {
    return this.#found.some(({ stop }) => stop === null);
  }

  /** Watches git's files in the open worktrees: this window, another window or the person's own git may write them. */
  begin(): void {
    inBackground(this.#parts.log, () => this.#watch());
  }

  async #watch(): Promise<void> {
    const watch = ++this.#lastWatch;
    disposeAll(this.#watchers);
    this.#watchers = [];
    const folders = await Promise.all(this.#parts.trees.trees.map(({ top }) => gitFolderAbove(top)));
    if (watch !== this.#lastWatch) return;
    const again = (): void => this.refreshInBackground();
    const glob = `{${applyFiles.join(",")}}`;
    this.#watchers = folders.flatMap((folder) => (folder === null ? [] : [this.#parts.watch({ folder, glob }, again)]));
    await this.refresh();
  }

  /** Reads the state of all applies. */
  async refresh(): Promise<void> {
    const reading = ++this.#lastReading;
    const { tops } = this.#parts.trees;
    const states = await Promise.all(tops.map(async (top) => ({ top, state: await readApply(top) })));
    if (reading < this.#shownReading) return;
    this.#shownReading = reading;
    this.#found = states.flatMap(({ top, state }) => (state ? [{ top, ...state }] : []));
    this.#changed.fire();
    for (const found of this.#found) {
      try {
        await this.#tellInterrupted(found);
      } catch (error) {
        // The applies under way are known all the same, and the caller continues.
        this.#parts.log.error(error instanceof Error ? error : String(error));
      }
    }
  }

  async #tellInterrupted({ top, record, step }: FoundApply): Promise<void> {
    const key = `${top}\n${record.branch}\n${record.base}`;
    // Git is loaded only for a record with a step. A step in a worktree that was made is in the record of that worktree.
    if ((step === null && record.made === null) || this.#told.has(key) || !this.#parts.git()) return;
    const unfinished = await (await this.#parts.engine()).unfinishedApply(top);
    if (!unfinished || this.#told.has(key)) return;
    this.#told.add(key);
    this.#interrupted.fire({ top, sentence: unfinished.sentence });
  }

  /**
   * Recovers an interrupted apply; null when another window did it.
   * @throws HumanError if git cannot
   */
  async recover(top: string): Promise<RecoveredApply | null> {
    try {
      return await (await this.#parts.engine()).recoverApply(top, trustedGit(this.#parts.git));
    } finally {
      // If it is still interrupted it is offered again, and so is another apply that is interrupted later.
      for (const key of this.#told) if (key.startsWith(`${top}\n`)) this.#told.delete(key);
      await this.refresh();
    }
  }

  refreshInBackground(): void {
    inBackground(this.#parts.log, () => this.refresh());
  }

  /**
   * The apply that stands at a patch, as it is now.
   *
   * @param top of the worktree, needed if several have one; null for the one in which the person works
   * @throws HumanError if none does
   */
  async underWay(top: string | null = null): Promise<StoppedApply> {
    await this.refresh();
    const under = this.#underIn(top);
    if (!under) throw new HumanError(nothingUnderWay);
    return under;
  }

  /** The patch at which the apply in a worktree stopped. @throws HumanError when there is none */
  async stoppedIn(top: string): Promise<{ readonly record: ApplyRecord; readonly stopped: StoppedPatch }> {
    const git = await this.#parts.engine();
    const state = await readApply(top);
    const stopped = await git.stoppedPatch(top, trustedGit(this.#parts.git));
    if (!state || !stopped) throw new HumanError(nothingUnderWay);
    return { record: state.record, stopped };
  }

  /**
   * Continues with the files as they are now, or skips the current patch.
   *
   * @param progress called for each patch that begins
   * @param at as of `underWay`
   * @throws HumanError if a file of the patch is not saved, or git cannot go on
   */
  async goOn(
    how: "continue" | "skip",
    progress: (at: Stop | null, record: ApplyRecord) => void,
    at: string | null = null,
  ): Promise<{ readonly top: string; readonly outcome: ApplyOutcome }> {
    const { top, record } = await this.underWay(at);
    const { engine, editors } = this.#parts;
    const git = await engine();
    const stopped = await git.stoppedPatch(top, trustedGit(this.#parts.git));
    if (stopped && how === "continue") this.#needSaved(top, stopped);
    if (stopped && how === "skip") await editors.leave(top, stopped);
    const options = { ...trustedGit(this.#parts.git), progress: (stop: Stop | null) => progress(stop, record) };
    try {
      const outcome = await (how === "continue" ? git.continueApply(top, options) : git.skipPatch(top, options));
      // A merge editor that was just opened writes the common version into the file a moment later.
      if (stopped && how === "skip") await editors.revert(top, stopped);
      return { top, outcome };
    } finally {
      await this.refresh();
    }
  }

  /**
   * Refuses when a file of the patch is not saved. Saving it for the person would be wrong: the merge editor begins with the common
   * version and without markers, so before the person completes the merge it has the changes of neither side.
   */
  #needSaved(top: string, { conflicts, files }: StoppedPatch): void {
    const path = this.#parts.editors.unsaved(top, [...conflicts, ...files.map((file) => file.path)]);
    if (path === null) return;
    const how = conflicts.includes(path) ? "finish it with “Complete Merge”" : "save it";
    throw new HumanError(`${path} is not saved yet; ${how}, then continue.`);
  }

  /**
   * Restores everything as it was before the apply that is under way, or that ended early.
   *
   * @param at as of `underWay`
   * @throws HumanError if there is none
   */
  async abort(at: string | null = null): Promise<ApplyLeft> {
    await this.refresh();
    const unfinished = this.#found.filter(({ record, stop }) => stop !== null || record.tip === null);
    const begun = unfinished.find(({ top }) => top === at) ?? this.under ?? unfinished[0];
    if (!begun) throw new HumanError(nothingUnderWay);
    const { top, record } = begun;
    const { engine, editors } = this.#parts;
    const git = await engine();
    const options = trustedGit(this.#parts.git);
    const stopped = await git.stoppedPatch(top, options);
    if (stopped) await editors.leave(top, stopped);
    try {
      const changes = await git.abortApply(top, options);
      if (stopped) await editors.revert(top, stopped);
      return changes === "open" ? { kind: "open", record } : { kind: "back", record, changes };
    } catch (error) {
      const left = (await readApply(top))?.record;
      if (!(error instanceof HumanError) || left === undefined || left.stash === null || left.tip !== null) throw error;
      return { kind: "stashed", top, record: left, sentence: error.message };
    } finally {
      await this.refresh();
    }
  }

  /**
   * Undoes a finished apply.
   *
   * @param at as of `underWay`
   * @throws HumanError if there is none, or if the person would lose something
   */
  async undo(at: string | null = null): Promise<ApplyLeft> {
    await this.refresh();
    const finished = this.#found.filter(({ stop, record }) => stop === null && (record.tip !== null || record.made !== null));
    const done = meant(finished, at);
    if (!done) throw new HumanError("No series was applied in this window, so there is nothing to undo.");
    const { top, record } = done;
    if (record.madeFrom !== null) throw new HumanError(`This worktree was made for it; undo it in the window of ${record.madeFrom}.`);
    try {
      const git = await this.#parts.engine();
      return { kind: "back", record, changes: await git.undoApply(top, trustedGit(this.#parts.git)) };
    } finally {
      await this.refresh();
    }
  }

  /**
   * Takes the person's changes out of the stash.
   *
   * @param at the worktree they belong to; another worktree does not get them. Null for the one in which the person works
   * @throws HumanError if there are none, or they do not fit
   */
  async bringBack(at: string | null = null): Promise<void> {
    await this.refresh();
    const stashed = this.#found.filter(({ record }) => record.stash !== null);
    const done = at === null ? meant(stashed, null) : stashed.find(({ top }) => top === at);
    if (!done)
      throw new HumanError(at === null ? "None of your changes were stashed." : `No changes are stashed for ${at} in this window.`);
    try {
      const git = await this.#parts.engine();
      const brought = await git.restoreStash(done.top, done.record.stash, trustedGit(this.#parts.git));
      if (brought === "kept") throw new HumanError("Your changes conflict with the series here; they stay in the stash.");
    } finally {
      await this.refresh();
    }
  }

  dispose(): void {
    this.#lastWatch++;
    disposeAll([...this.#subscriptions, ...this.#watchers, this.#changed, this.#interrupted]);
  }
}
