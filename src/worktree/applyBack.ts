/** The way back from an apply: abort and undo, and the stash the person's own changes were put in. */
import { rm } from "node:fs/promises";
import { resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { HumanError } from "../core/humanError";
import { readApply, writeRecord, type ApplyRecord } from "./applyState";
import { runGit, runWritingGit, type GitOptions } from "./git";

/** Puts what was changed and not committed into a stash; files git does not know stay. Says which commit the stash is. */
export async function putAside(top: string, branch: string, options: GitOptions): Promise<string | null> {
  const newest = async (): Promise<string> =>
    (await runGit(top, ["rev-parse", "--verify", "--quiet", "refs/stash"], options)).stdout.toString("utf8").trim();
  const before = await newest();
  const stashed = await runWritingGit(top, ["stash", "push", "--quiet", "-m", `KVM Series: before ${branch}`], options);
  if (stashed.code !== 0)
    throw new HumanError("git could not stash your changes, so nothing was applied; commit them, or apply in a new worktree.");
  const after = await newest();
  return after === before ? null : after;
}

/** What became of the person's own changes. */
export type Brought = "none" | "back" | "kept";

/** Brings the changes of a stash back into the worktree and drops it; it is kept where they do not fit. */
export async function bringBack(top: string, stash: string | null, options: GitOptions): Promise<Brought> {
  if (stash === null) return "none";
  const list = async (): Promise<string[]> =>
    (await runGit(top, ["stash", "list", "--format=%H"], options)).stdout.toString("utf8").trim().split("\n");
  // Somebody has taken it already.
  if (!(await list()).includes(stash)) return "none";
  const applied = await runWritingGit(top, ["stash", "apply", "--quiet", "--index", stash], options);
  if (applied.code !== 0) return "kept";
  const place = (await list()).indexOf(stash);
  await runWritingGit(top, ["stash", "drop", "--quiet", `stash@{${place}}`], options);
  return "back";
}

/** Goes back to where the person was, deletes the branch and brings their changes back. */
export async function leave(top: string, record: ApplyRecord, options: GitOptions): Promise<Brought> {
  const { before, branch, stash } = record;
  const back = before.branch === null ? ["--detach", before.head] : [before.branch];
  const switched = await runWritingGit(top, ["switch", "--quiet", ...back], options);
  if (switched.code !== 0) {
    const where = before.branch ?? before.head.slice(0, 12);
    throw new HumanError(`git could not go back to ${where}, because files would be overwritten; move them away, then undo again.`);
  }
  await runWritingGit(top, ["branch", "--quiet", "-D", branch], options);
  await writeRecord(top, null);
  return bringBack(top, stash, options);
}

/**
 * Ends an apply that is under way and puts all back as it was before it. For a worktree that was made for it, called with
 * either: then the worktree and its branch go.
 *
 * @param killed whether git was stopped on the way, so that all commits since the base are its own
 */
export async function abortApply(top: string, options: GitOptions = {}, killed = false): Promise<Brought> {
  const { place, record, isUnderWay } = await placeOf(top);
  if (!isUnderWay && record.tip !== null) throw new HumanError("The series is applied already; undo that instead.");
  const stopped = await runWritingGit(place, ["am", killed ? "--quit" : "--abort"], options);
  // A git that was killed between a commit and its note of it takes that commit for the person's and does not rewind.
  if (killed) await rewind(place, record, options);
  const head = (await runGit(place, ["rev-parse", "HEAD"], options)).stdout.toString("utf8").trim();
  if (head !== record.base) {
    await writeRecord(place, null);
    throw new HumanError(`Commits were made on ${record.branch} on the way, so it was kept; delete it when you no longer need it.`);
  }
  // Where git was stopped before it began there is nothing for it to abort; the worktree was clean then.
  if (stopped.code !== 0 && !killed) await runWritingGit(place, ["reset", "--quiet", "--hard", record.base], options);
  return record.madeFrom === null ? leave(place, record, options) : removeMade(record.madeFrom, place, record, options);
}

/** How often, and how long apart, going back is tried after git was killed. */
const mostTries = 8;
const tryMilliseconds = 250;
/** A lock that is still there after so many tries belongs to the git that was killed. */
const patientTries = 4;

/** Puts branch, index and files back to the commit an apply began at, after its git was killed. */
async function rewind(top: string, { base, branch }: ApplyRecord, options: GitOptions): Promise<void> {
  for (let tries = 0; tries < mostTries; tries++) {
    const { code } = await runWritingGit(top, ["reset", "--quiet", "--hard", base], options);
    const head = (await runGit(top, ["rev-parse", "HEAD"], options)).stdout.toString("utf8").trim();
    // A reset that cannot move the branch has written the files already, and says so by its code alone.
    if (code === 0 && head === base) return;
    await setTimeout(tryMilliseconds);
    if (tries >= patientTries) await removeLocks(top, branch, options);
  }
}

/** Git does not always take its locks along when it is killed, and any git after it would refuse to write. */
async function removeLocks(top: string, branch: string, options: GitOptions): Promise<void> {
  for (const name of ["HEAD.lock", "index.lock", `refs/heads/${branch}.lock`]) {
    const { code, stdout } = await runGit(top, ["rev-parse", "--git-path", name], options);
    if (code === 0) await rm(resolve(top, stdout.toString("utf8").trim()), { force: true });
  }
}

/**
 * Takes an apply that was finished back: the branch, or the worktree that was made for it.
 *
 * @throws HumanError where something of the person's would be lost
 */
export async function undoApply(top: string, options: GitOptions = {}): Promise<Brought> {
  const { place, record, isUnderWay } = await placeOf(top);
  if (isUnderWay) throw new HumanError("The series is still being applied; abort that instead.");
  const { branch, tip } = record;
  const at = await runGit(place, ["symbolic-ref", "--quiet", "--short", "HEAD"], options);
  if (at.stdout.toString("utf8").trim() !== branch)
    throw new HumanError(`${branch} is no longer checked out, so it was left as it is; delete it yourself where you do not need it.`);
  const head = (await runGit(place, ["rev-parse", "HEAD"], options)).stdout.toString("utf8").trim();
  if (head !== tip)
    throw new HumanError(`Something else was committed on ${branch} since, so it was kept; delete it yourself where you do not need it.`);
  const changed = await runGit(place, ["status", "--porcelain", "--untracked-files=no", "--ignore-submodules=dirty"], options);
  if (changed.stdout.length > 0)
    throw new HumanError("Files were changed since the series was applied; commit, stash or discard that first.");
  return record.madeFrom === null ? leave(place, record, options) : removeMade(record.madeFrom, place, record, options);
}

interface ApplyPlace {
  /** The worktree it is applied in. */
  readonly place: string;
  readonly record: ApplyRecord;
  readonly isUnderWay: boolean;
}

async function placeOf(top: string): Promise<ApplyPlace> {
  const own = await readApply(top);
  const place = own?.record.made ?? top;
  const state = place === top ? own : await readApply(place);
  if (!state) throw new HumanError("No series was applied in this worktree.");
  return { place, record: state.record, isUnderWay: state.stop !== null };
}

async function removeMade(top: string, place: string, { branch }: ApplyRecord, options: GitOptions): Promise<Brought> {
  // Not by force: files that the person put there stay.
  const removed = await runWritingGit(top, ["worktree", "remove", "--", place], options);
  if (removed.code !== 0) throw new HumanError(`${place} has files of yours in it, so it was kept; move them away, then undo again.`);
  await runWritingGit(top, ["branch", "--quiet", "-D", branch], options);
  const main = await readApply(top);
  if (main?.record.made === place) await writeRecord(top, null);
  return "none";
}
