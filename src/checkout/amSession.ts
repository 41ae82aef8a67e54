/** Applying a series with `git am -3`: whether it can begin, then patch by patch on a branch of its own, with a stop at each conflict. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type PatchFile, patchFiles } from "../core/diff/patchFiles";
import { HumanError } from "../core/humanError";
import { decodeText } from "../core/mail/charset";
import { isSafePath } from "../core/series/treePaths";
import { type GitOptions, runGit, runWritingGit } from "../git/git";
import { gitReason } from "../git/gitErrors";
import {
  cancelApply,
  currentBranch,
  commitsSince,
  filesOfSwitch,
  isClean,
  leaveBranch,
  makeWorktree,
  stashChanges,
  switchToNew,
  throwIfStashKept,
  withoutSignal,
} from "./applyBranch";
import {
  type ApplyRecord,
  type ApplyStep,
  beginStep,
  exists,
  gitFolderOf,
  giveUpStep,
  readApply,
  readStop,
  type Stop,
  worktreeOf,
  writeRecord,
} from "./applyRecord";
import { commitOf } from "./commits";
import { absentAmong, pathsOfMbox, refuseHiddenChanges, refuseUntrackedAt } from "./filesAtRisk";
import { unfinishedApply } from "./recoverApply";
import { stageResolved, unmergedPaths } from "./resolvedConflicts";

export interface ApplyRequest {
  /** Top of the person's tree, which may be a folder within its worktree. */
  readonly top: string;
  readonly mbox: string;
  /** Titles of the series and, in order, of its patches. */
  readonly title: string;
  readonly titles: readonly string[];
  /** A sentence for the end; empty for none. */
  readonly note?: string;
  /** Name of the new branch. */
  readonly branch: string;
  /** The commit at which it begins. */
  readonly base: string;
  /** Absolute path of the worktree to make for it; null to apply in the person's own. */
  readonly worktree: string | null;
  /** Whether uncommitted changes are stashed first; without it they make the apply refuse. */
  readonly stash: boolean;
}

interface ApplyOptions extends GitOptions {
  /** Called for each patch that begins; `null` while the files of the base are written. */
  readonly progress?: (stop: Stop | null) => void;
}

/** How an apply ended, or where it stopped. */
export type ApplyOutcome =
  | { readonly kind: "applied"; readonly record: ApplyRecord; readonly commits: number }
  | { readonly kind: "stopped"; readonly record: ApplyRecord; readonly stopped: StoppedPatch };

/** The patch `git am` stopped at. */
export interface StoppedPatch extends Stop {
  readonly title: string;
  /** Files with conflict markers, or that one side deleted; [] when git had no blobs to merge and changed nothing. */
  readonly conflicts: readonly string[];
  /** The conflicting files that both sides still have. */
  readonly mergeable: readonly string[];
  /** The files of the patch. */
  readonly files: readonly PatchFile[];
}

/**
 * Applies a series. It also returns when `git am` stops at a conflict; then `continueApply`, `skipPatch` or `abortApply` go on.
 *
 * @throws HumanError when it cannot begin; the reason of the signal when it was aborted, with everything as it was before
 */
export async function startApply(asked: ApplyRequest, options: ApplyOptions = {}): Promise<ApplyOutcome> {
  const { root, prefix } = await worktreeOf(asked.top);
  const request = { ...asked, top: root };
  const { top, title, titles, branch, base, worktree } = request;
  const { head, branch: former, dirty } = await applyReadiness(top, options, worktree !== null);
  const problem = await branchNameProblem(top, branch, options);
  if (problem !== null) throw new HumanError(`${problem.replace(/\.$/, "")}: ${branch}; choose another one.`);
  if (dirty && worktree === null && !request.stash)
    throw new HumanError("This worktree has uncommitted changes. Commit or stash them, or apply in a new worktree.");
  const before = { branch: former, head };
  const note = request.note ?? "";
  const folder = prefix === "" ? {} : { prefix };
  const plain = { title, titles, branch, base, before, stash: null, tip: null, made: null, madeFrom: null, note, ...folder };
  options.progress?.(null);
  if (worktree === null) return startHere(request, plain, dirty, options);
  const earlier = (await readApply(top))?.record ?? null;
  await beginStep(top, { ...plain, made: worktree }, { kind: "worktree", tip: base });
  try {
    await makeWorktree(top, worktree, branch, base, options);
  } catch (error) {
    await writeRecord(top, earlier);
    throw error;
  }
  const inMade = { ...plain, madeFrom: top };
  const step = await amStep(worktree, inMade, request.mbox);
  await beginStep(worktree, inMade, step);
  await writeRecord(top, { ...plain, made: worktree });
  return begin(worktree, inMade, step, request.mbox, options);
}

async function startHere(request: ApplyRequest, plain: ApplyRecord, dirty: boolean, options: ApplyOptions): Promise<ApplyOutcome> {
  const { top, branch, base, mbox } = request;
  const files = await filesOfSwitch(top, plain.before.head, base, options);
  if (!files)
    throw new HumanError(
      `git could not make the branch ${branch} (part of its base is missing from this repository); nothing was changed.`,
    );
  await refuseUntrackedAt(top, files.added, "the base", options);
  await refuseUntrackedAt(top, pathsInWorktree(pathsOfMbox(Buffer.from(mbox)), plain), "the series", options);
  const stash = dirty ? await stashFirst(top, plain, options) : null;
  const record = { ...plain, stash };
  // The record is written before the first file, so that the person's changes are found again if the window is closed meanwhile.
  await beginStep(top, record, { kind: "switch" });
  try {
    options.signal?.throwIfAborted();
    await switchToNew(top, branch, base, files, options);
  } catch (error) {
    throwIfStashKept(await orGiveUp(top, leaveBranch(top, record, base, withoutSignal(options))), branch);
    throw error;
  }
  return begin(top, record, await amStep(top, record, mbox), mbox, options);
}

async function stashFirst(top: string, record: ApplyRecord, options: ApplyOptions): Promise<string | null> {
  const earlier = (await readApply(top))?.record ?? null;
  await beginStep(top, record, { kind: "stash", newest: await commitOf(top, "refs/stash", withoutSignal(options)) });
  try {
    return await stashChanges(top, record.branch, options);
  } catch (error) {
    await writeRecord(top, earlier);
    throw error;
  }
}

/** The files that `git am` may write for an mbox. */
async function amStep(top: string, record: ApplyRecord, mbox: string): Promise<Extract<ApplyStep, { kind: "am" }>> {
  const paths = pathsInWorktree(pathsOfMbox(Buffer.from(mbox)), record);
  return { kind: "am", paths, absent: await absentAmong(top, paths) };
}

/** Paths of patches, from the top of the worktree when the patches are for a folder of it. */
function pathsInWorktree(paths: readonly string[], { prefix = "" }: ApplyRecord): string[] {
  return paths.map((path) => `${prefix}${path}`);
}

/** Waits for a way back. When it fails, the step stays in the record, so that it can be recovered at any time. */
async function orGiveUp<T>(top: string, back: Promise<T>): Promise<T> {
  return back.catch(async (error: unknown) => {
    await giveUpStep(top);
    throw error;
  });
}

/** Starts `git am` on the new branch; when it is cancelled, what it has written is undone. */
async function begin(
  top: string,
  record: ApplyRecord,
  step: Extract<ApplyStep, { kind: "am" }>,
  mbox: string,
  options: ApplyOptions,
): Promise<ApplyOutcome> {
  await beginStep(top, record, step);
  try {
    options.signal?.throwIfAborted();
    const folder = record.prefix === undefined ? [] : [`--directory=${record.prefix.slice(0, -1)}`];
    return await am(top, record, ["--patch-format=mbox", "-3", ...folder], mbox, options);
  } catch (error) {
    const isCancelled = options.signal?.aborted === true;
    // Any other error leaves the apply as it is: git has begun, and the person can continue, skip or abort.
    if (isCancelled || error instanceof NotBegun)
      throwIfStashKept(await orGiveUp(top, cancelApply(top, record, step, withoutSignal(options))), record.branch);
    else await writeRecord(top, record);
    throw error;
  }
}

/** Git refused to begin or to go on, without stopping at a patch. */
class NotBegun extends HumanError {}

/** Options to go on. There is no signal, because cancelling would undo what the person did by hand. */
type GoOnOptions = Omit<ApplyOptions, "signal">;

/** Takes the files as they are now for the current patch, and goes on with the others. */
export async function continueApply(top: string, options: GoOnOptions = {}): Promise<ApplyOutcome> {
  const { root, record, stop } = await needStop(top);
  const { files } = await describeStop(root, record, stop, options);
  const own = pathsInWorktree(namesOf(files), record);
  await needLaterFree(root, record, stop, own, options);
  await stageResolved(root, stop, own, options);
  return goOn(root, record, "--continue", options);
}

/** Leaves out the current patch, undoes what there is of it, and goes on with the others. */
export async function skipPatch(top: string, options: GoOnOptions = {}): Promise<ApplyOutcome> {
  const { root, record, stop } = await needStop(top);
  await needLaterFree(root, record, stop, [], options);
  return goOn(root, record, "--skip", options);
}

async function goOn(top: string, record: ApplyRecord, how: string, options: GoOnOptions): Promise<ApplyOutcome> {
  await beginStep(top, record, { kind: "continue" });
  try {
    return await am(top, record, [how], "", options);
  } catch (error) {
    await writeRecord(top, record);
    throw error;
  }
}

/** The patch that `git am` stopped at; null when none is being applied. */
export async function stoppedPatch(top: string, options: GitOptions = {}): Promise<StoppedPatch | null> {
  const { root } = await worktreeOf(top);
  const state = await readApply(root);
  return state?.stop ? describeStop(root, state.record, state.stop, options) : null;
}

async function needStop(top: string): Promise<{ readonly root: string; readonly record: ApplyRecord; readonly stop: Stop }> {
  const { root } = await worktreeOf(top);
  const state = await readApply(root);
  if (!state?.stop) throw new HumanError("No series is being applied in this worktree.");
  return { root, record: state.record, stop: state.stop };
}

/** The safe names of files, with their former names. */
function namesOf(files: readonly PatchFile[]): string[] {
  return files.flatMap(({ path, oldPath }) => (oldPath === undefined ? [path] : [path, oldPath])).filter(isSafePath);
}

/** Refuses when the person has made a file, since the apply began, that a later patch adds. */
async function needLaterFree(
  top: string,
  record: ApplyRecord,
  { at, of }: Stop,
  own: readonly string[],
  options: GitOptions,
): Promise<void> {
  const folder = join((await gitFolderOf(top)) ?? "", "rebase-apply");
  const isOwn = new Set(own);
  const later: string[] = [];
  for (let number = at + 1; number <= of; number++)
    later.push(...pathsOfMbox(await readFile(join(folder, String(number).padStart(4, "0"))).catch(() => new Uint8Array(0))));
  const paths = pathsInWorktree([...new Set(later)], record).filter((path) => !isOwn.has(path));
  await refuseUntrackedAt(top, paths, "a patch that is still to come", options);
}

async function describeStop(
  top: string,
  { titles, prefix = "" }: ApplyRecord,
  { at, of }: Stop,
  options: GitOptions,
): Promise<StoppedPatch> {
  const unmerged = await unmergedPaths(top, options);
  // Paths relative to the folder that the patches are for, like those of their files.
  const [conflicts, mergeable] = [unmerged.all, unmerged.mergeable].map((paths) => paths.map((path) => path.slice(prefix.length))) as [
    string[],
    string[],
  ];
  return {
    at,
    of,
    title: titles[at - 1] ?? "",
    conflicts,
    mergeable,
    files: patchFiles(
      decodeText(await readFile(join((await gitFolderOf(top)) ?? "", "rebase-apply", "patch")).catch(() => new Uint8Array(0))).text,
    ),
  };
}

/** How often the files of `git am` are read for its progress; git itself prints nothing before it ends. */
const lookMilliseconds = 100;

async function am(
  top: string,
  record: ApplyRecord,
  args: readonly string[],
  input: string,
  { progress, ...options }: ApplyOptions,
): Promise<ApplyOutcome> {
  const folder = (await gitFolderOf(top)) ?? "";
  let seen = 0;
  const look = async (): Promise<void> => {
    const stop = await readStop(folder);
    if (!stop || stop.at <= seen || stop.of === 0) return;
    seen = stop.at;
    progress?.(stop);
  };
  const timer = setInterval(() => void look(), lookMilliseconds);
  try {
    const { code, stderr } = await runWritingGit(top, ["am", ...args], { ...options, input });
    return await outcome(top, record, code, stderr, options);
  } finally {
    clearInterval(timer);
  }
}

async function outcome(top: string, record: ApplyRecord, code: number, stderr: string, options: GitOptions): Promise<ApplyOutcome> {
  const stop = await readStop((await gitFolderOf(top)) ?? "");
  if (stop) {
    await writeRecord(top, record);
    return { kind: "stopped", record, stopped: await describeStop(top, record, stop, options) };
  }
  if (code !== 0) throw new NotBegun(`git could not apply the series (${gitReason(stderr)}); nothing was changed.`);
  const head = await commitOf(top, "HEAD", options);
  const commits = await commitsSince(top, record.base, options);
  const done = { ...record, tip: head };
  await writeRecord(top, done);
  return { kind: "applied", record: done, commits };
}

// Whether patches can be applied to a worktree as it is, and what the person must be asked.

interface Readiness {
  readonly head: string;
  /** Short name; null when HEAD is detached. */
  readonly branch: string | null;
  /** Whether tracked files were changed; untracked files stay where they are. */
  readonly dirty: boolean;
}

/** Files of a git folder that tell what is in progress. */
const underWay: ReadonlyArray<readonly [file: string, what: string]> = [
  ["rebase-merge", "A rebase"],
  ["rebase-apply/rebasing", "A rebase"],
  ["rebase-apply", "An apply (git am)"],
  ["MERGE_HEAD", "A merge"],
  ["CHERRY_PICK_HEAD", "A cherry-pick"],
  ["REVERT_HEAD", "A revert"],
  ["BISECT_LOG", "A bisection"],
];

/**
 * Examines a worktree before anything is done to it.
 *
 * @param elsewhere whether it is applied in a new worktree, so that it does not matter what is in progress in this one
 * @throws HumanError when nothing can be applied
 */
export async function applyReadiness(folder: string, options: GitOptions, elsewhere = false): Promise<Readiness> {
  const { root: top } = await worktreeOf(folder);
  const bare = await runGit(folder, ["rev-parse", "--is-bare-repository", "--absolute-git-dir"], options);
  const [isBare, gitFolder = ""] = bare.stdout.toString("utf8").split("\n");
  if (bare.code !== 0) throw new HumanError("This folder is not in a git repository. Open a clone to apply patches to it.");
  if (isBare === "true") throw new HumanError("This repository is bare and has no files to apply patches to; open a worktree of it.");
  if (await unfinishedApply(top))
    throw new HumanError("The last apply in this worktree was interrupted. Abort it first; that puts everything back.");
  for (const [file, what] of elsewhere ? [] : underWay) {
    if (await exists(join(gitFolder, file)))
      throw new HumanError(`${what} is in progress in this worktree; finish or abort it first, or apply in a new worktree.`);
  }
  const head = await commitOf(top, "HEAD", options);
  if (head === null) throw new HumanError("This repository has no commits yet, so there is nothing to apply patches to.");
  await needIdentity(top, options);
  if (!elsewhere) await refuseHiddenChanges(top, "apply in a new worktree", options);
  return {
    head,
    branch: await currentBranch(top, options),
    dirty: !(await isClean(top, options)),
  };
}

async function needIdentity(top: string, options: GitOptions): Promise<void> {
  if ((await runWritingGit(top, ["var", "GIT_COMMITTER_IDENT"], options)).code !== 0)
    throw new HumanError("git does not know who you are and cannot commit; set user.name and user.email with “git config --global” first.");
}

/** What is wrong with the name of a new branch, in a sentence; null for a good name. */
export async function branchNameProblem(top: string, name: string, options: GitOptions): Promise<string | null> {
  if (name.startsWith("-") || (await runGit(top, ["check-ref-format", "--branch", name], options)).code !== 0 || name.includes("@{"))
    return "This is not a valid branch name.";
  const known = await runGit(top, ["show-ref", "--verify", "--quiet", `refs/heads/${name}`], options);
  return known.code === 0 ? "A branch with this name already exists." : null;
}

/** A name that no branch has: the wanted one, or the same with a number. */
export async function freeBranchName(top: string, wanted: string, options: GitOptions): Promise<string> {
  for (let number = 1; ; number++) {
    const name = number === 1 ? wanted : `${wanted}-${number}`;
    if ((await branchNameProblem(top, name, options)) === null || number > 99) return name;
  }
}
