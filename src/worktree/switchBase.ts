/** The switch to a new branch at its base, and the way back where git was stopped or failed in the midst of the files. */
import { rm } from "node:fs/promises";
import { resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { HumanError } from "../core/humanError";
import { runGit, runWritingGit, type GitOptions } from "./git";
import { reasonOf } from "./gitReason";
import { absentOf, removeBrought } from "./inTheWay";
import { commitOf } from "./objectId";

/** Which files a switch writes: only these are ever put back, so that what a person saves meanwhile stays. */
export interface SwitchPlan {
  /** Files of what is checked out that are written or removed. */
  readonly own: readonly string[];
  /** Files that only the base has. */
  readonly brought: readonly string[];
}

/** Compares what is checked out with a base; null where git cannot read one of them. */
export async function planSwitch(top: string, head: string, base: string, options: GitOptions): Promise<SwitchPlan | null> {
  const compared = await runGit(top, ["diff-tree", "-r", "-z", "--no-renames", "--name-status", head, base, "--"], options);
  return compared.code === 0 ? planOf(compared.stdout) : null;
}

/** What was changed since HEAD, in a worktree that was clean before. */
export async function changedFiles(top: string, options: GitOptions): Promise<SwitchPlan> {
  const args = ["diff-index", "-z", "--no-renames", "--name-status", "--ignore-submodules=all", "HEAD", "--"];
  return planOf((await runGit(top, args, options)).stdout);
}

function planOf(nameStatus: Buffer): SwitchPlan {
  const rows = [...nameStatus.toString("utf8").matchAll(/([A-Z])\0([^\0]+)\0/g)];
  const those = (isBrought: boolean): string[] => rows.flatMap(([, sign, path = ""]) => ((sign === "A") === isBrought ? [path] : []));
  return { own: those(false), brought: those(true) };
}

/**
 * Switches to a new branch. Throws where git refused, failed or was aborted; then the files are as they were, unless git had come
 * so far that the branch is checked out.
 */
export async function switchToNew(top: string, branch: string, base: string, plan: SwitchPlan, options: GitOptions): Promise<void> {
  // What is there already is the person's, and git refuses to overwrite it.
  const brought = await absentOf(top, plan.brought);
  const back = async (): Promise<void> => {
    if ((await currentBranch(top, options)) !== branch) await putFilesBack(top, "HEAD", { own: plan.own, brought }, withoutSignal(options));
  };
  // Without workers there is one process, which has ended when it is said to have.
  const quiet = { ...options, config: ["checkout.workers=1"] };
  const args = ["switch", "--quiet", "--no-track", "--no-overwrite-ignore", "-c", branch, base];
  const made = await runWritingGit(top, args, quiet).catch(async (error: unknown) => {
    await back();
    throw error;
  });
  if (made.code === 0) return;
  // With 1 it refuses before it writes anything; otherwise it died on the way, as where a partial clone lacks a file.
  if (made.code !== 1) await back();
  throw new HumanError(`git could not make the branch ${branch} (${reasonOf(made.stderr)}); nothing was changed.`);
}

/** How often, and how long apart, going back is tried after git was killed. */
const mostTries = 8;
const tryMilliseconds = 250;
/** A lock that is still there after so many tries belongs to the git that was killed. */
const patientTries = 4;

/** Puts branch and index to a commit, and of the files those that git may have written. */
export async function putFilesBack(top: string, commit: string, { own, brought }: SwitchPlan, options: GitOptions): Promise<void> {
  await resetIndex(top, commit, options);
  const listed = await runGit(top, ["ls-files", "-z", "--full-name"], options);
  const tracked = new Set(listed.stdout.toString("utf8").split("\0"));
  await removeBrought(
    top,
    brought.filter((path) => !tracked.has(path)),
  );
  const compared = await runGit(top, ["diff-files", "-z", "--name-only", "--ignore-submodules=all"], options);
  const mayWrite = new Set([...own, ...brought]);
  const changed = compared.stdout
    .toString("utf8")
    .split("\0")
    .filter((path) => mayWrite.has(path));
  if (changed.length === 0) return;
  const args = ["--literal-pathspecs", "checkout", "--quiet", "--pathspec-from-file=-", "--pathspec-file-nul"];
  const { code, stderr } = await runWritingGit(top, args, { ...options, input: `${changed.join("\0")}\0` });
  if (code !== 0)
    throw new HumanError(
      `git could not put all files back (${reasonOf(stderr)}); see “git status”, and “git stash list” for your changes.`,
    );
}

/** Moves branch and index without a word about the files, patiently, since another git may be looking at them. */
async function resetIndex(top: string, commit: string, options: GitOptions): Promise<void> {
  const wanted = await commitOf(top, commit, options);
  for (let tries = 0; tries < mostTries; tries++) {
    const { code } = await runWritingGit(top, ["reset", "--quiet", commit], options);
    const head = await commitOf(top, "HEAD", options);
    // A reset that cannot move the branch has written the index already, and says so by its code alone.
    if (code === 0 && head === wanted) return;
    await setTimeout(tryMilliseconds);
    if (tries >= patientTries) await removeLocks(top, options);
  }
}

/** Git does not always take its locks along when it is killed, and any git after it would refuse to write. */
async function removeLocks(top: string, options: GitOptions): Promise<void> {
  const branch = await currentBranch(top, options);
  for (const name of ["HEAD.lock", "index.lock", ...(branch === null ? [] : [`refs/heads/${branch}.lock`])]) {
    const { code, stdout } = await runGit(top, ["rev-parse", "--git-path", name], options);
    if (code === 0) await rm(resolve(top, stdout.toString("utf8").trim()), { force: true });
  }
}

/** The name of the branch that is checked out; null where HEAD is detached. */
export async function currentBranch(top: string, { binary }: GitOptions): Promise<string | null> {
  // Not what git would shorten it to: beside a tag of the same name that is no name for `git switch`.
  const at = await runGit(top, ["symbolic-ref", "--quiet", "HEAD"], { binary });
  return at.code === 0
    ? at.stdout
        .toString("utf8")
        .trim()
        .replace(/^refs\/heads\//, "")
    : null;
}

/** Deletes a branch that was made for an apply, unless somebody committed on it. */
export async function deleteBranch(top: string, branch: string, tip: string, options: GitOptions): Promise<void> {
  const now = await runGit(top, ["rev-parse", "--verify", "--quiet", `refs/heads/${branch}`], options);
  if (now.stdout.toString("utf8").trim() === tip) await runWritingGit(top, ["branch", "--quiet", "-D", branch], options);
}

/** The way back is not to be stopped. */
export function withoutSignal({ binary }: GitOptions): GitOptions {
  return { binary };
}
