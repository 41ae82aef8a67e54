/** The way back from an apply: abort and undo. They refuse when something of the person's would be lost. */
import { HumanError } from "../core/humanError";
import { type GitOptions, runWritingGit } from "../git/git";
import { gitReason } from "../git/gitErrors";
import { currentBranch, isClean, isStashed, leaveBranch, popStash, removeWorktree, stashName, type StashReturn } from "./applyBranch";
import { type ApplyRecord, exists, gitFolderOf, isAmUnderWay, readApply, readMade, worktreeOf, writeRecord } from "./applyRecord";
import { commitOf } from "./commits";
import { refuseHiddenChanges } from "./filesAtRisk";
import { recoverApply, unfinishedApply } from "./recoverApply";

/** The outcome of an abort. A worktree that was made for the apply stays when it is aborted from inside. */
type AbortResult = StashReturn | "open";

/** Brings the changes of a stash back into the worktree; the stash is kept when they do not fit. */
export async function restoreStash(folder: string, stash: string | null, options: GitOptions): Promise<StashReturn> {
  const { root: top } = await worktreeOf(folder);
  const brought = await popStash(top, stash, options);
  const state = await readApply(top);
  if (brought === "kept" || state?.record.stash !== stash) return brought;
  const { record, stop } = state;
  // The record of an apply that ended otherwise was kept only for its stash.
  const isOver = stop === null && record.tip === null && record.made === null;
  await writeRecord(top, isOver && !(await isAmUnderWay(top)) ? null : { ...record, stash: null });
  return brought;
}

/**
 * Ends an apply in progress and restores everything. A worktree that was made for it is removed with its branch when this is called
 * from outside; from inside both stay, since the worktree may be open in the window.
 *
 * @throws HumanError when something of the person's would be lost
 */
export async function abortApply(folder: string, options: GitOptions = {}): Promise<AbortResult> {
  const { root: top } = await worktreeOf(folder);
  if (await unfinishedApply(top)) {
    const recovered = await recoverApply(top, options);
    if (recovered?.kind === "back") return recovered.changes;
  }
  const { place, record, isUnderWay } = await applyPlaceOf(top);
  const { branch, base, madeFrom } = record;
  if (record.tip !== null) throw new HumanError("The series is already applied; undo it instead.");
  if ((await currentBranch(place, options)) !== branch)
    await endAndKeep(place, record, `${branch} is no longer checked out, so nothing was changed here`, options);
  await needNoOtherAm(place, isUnderWay);
  await refuseHiddenChanges(place, "put the change elsewhere, then abort again", options);
  if (isUnderWay) {
    const ended = await runWritingGit(place, ["am", "--abort"], options);
    if (ended.code !== 0) throw new HumanError(`git could not abort the apply (${gitReason(ended.stderr)}); look at “git status”.`);
  }
  if ((await commitOf(place, "HEAD", options)) !== base)
    await endAndKeep(
      place,
      record,
      `Commits were made on ${branch} meanwhile, so it was kept; delete it when you no longer need it`,
      options,
    );
  if (madeFrom === null) return leaveBranch(place, record, base, options);
  if (place === top) {
    await writeRecord(place, { ...record, tip: base });
    return "open";
  }
  await removeWorktree(madeFrom, place, record, base, options);
  return "none";
}

/** Ends with an error that says what was kept. The record stays while the person's changes are in the stash, to bring them back. */
async function endAndKeep(place: string, record: ApplyRecord, sentence: string, options: GitOptions): Promise<never> {
  if (await isStashed(place, record.stash, options))
    throw new HumanError(`${sentence}; your changes are still in the stash “${stashName(record.branch)}”.`);
  await writeRecord(place, null);
  if (record.madeFrom !== null && (await readApply(record.madeFrom))?.record.made === place) await writeRecord(record.madeFrom, null);
  throw new HumanError(`${sentence}.`);
}

/**
 * Undoes a finished apply: removes the branch, or the worktree that was made for it.
 *
 * @throws HumanError when something of the person's would be lost
 */
export async function undoApply(folder: string, options: GitOptions = {}): Promise<StashReturn> {
  const { root: top } = await worktreeOf(folder);
  const { place, record, isUnderWay } = await applyPlaceOf(top);
  if (isUnderWay) throw new HumanError("The series is still being applied; abort that instead.");
  const { branch, tip, madeFrom } = record;
  if (tip === null) throw new HumanError("The series was not applied completely; abort it instead.");
  if ((await currentBranch(place, options)) !== branch)
    throw new HumanError(`${branch} is no longer checked out, so it was left unchanged. Delete it if you do not need it.`);
  if ((await commitOf(place, "HEAD", options)) !== tip)
    throw new HumanError(`Something else was committed on ${branch} since, so it was kept. Delete it if you do not need it.`);
  await needNoOtherAm(place, false);
  if (!(await isClean(place, options)))
    throw new HumanError("Files have changed since the series was applied; commit, stash or discard those changes first.");
  await refuseHiddenChanges(place, "put the change elsewhere, then undo again", options);
  if (madeFrom === null) return leaveBranch(place, record, tip, options);
  await removeWorktree(madeFrom, place, record, tip, options);
  return "none";
}

/** A `git am` that the person started is theirs to end. */
async function needNoOtherAm(place: string, isOurs: boolean): Promise<void> {
  if (!isOurs && (await isAmUnderWay(place)))
    throw new HumanError("Another apply (git am) is in progress in this worktree; finish or abort that with git first.");
}

interface ApplyPlace {
  /** The worktree of the apply. */
  readonly place: string;
  readonly record: ApplyRecord;
  readonly isUnderWay: boolean;
}

async function applyPlaceOf(top: string): Promise<ApplyPlace> {
  const own = await readApply(top);
  const made = own?.record.made ?? null;
  const place = made ?? top;
  const state = made === null ? own : await readMade(made);
  if (state) return { place, record: state.record, isUnderWay: state.stop !== null };
  if (made !== null && (await gitFolderOf(made)) === null && !(await exists(made))) {
    await writeRecord(top, null);
    throw new HumanError(`The worktree ${made} is already gone; its branch was left unchanged.`);
  }
  throw new HumanError("No series was applied in this worktree.");
}
