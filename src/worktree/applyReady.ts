/** Whether a worktree is in a state in which patches can be applied to it, and what the person has to be asked. */
import { join } from "node:path";
import { HumanError } from "../core/humanError";
import { exists } from "./applyState";
import { runGit, runWritingGit, type GitOptions } from "./git";
import { needNothingHidden } from "./hiddenChanges";
import { commitOf } from "./objectId";
import { isClean } from "./stashAside";
import { currentBranch } from "./switchBase";

export interface Readiness {
  readonly head: string;
  /** Short name; null where HEAD is detached. */
  readonly branch: string | null;
  /** Whether files git knows were changed. Files it does not know stay where they are. */
  readonly dirty: boolean;
  readonly gitFolder: string;
}

/** Files of a git folder that say what is under way. */
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
 * Looks at a worktree before anything is done to it.
 *
 * @param elsewhere whether it is applied in a new worktree, for which it does not matter what is under way in this one
 * @throws HumanError where nothing can be applied
 */
export async function applyReadiness(top: string, options: GitOptions, elsewhere = false): Promise<Readiness> {
  const bare = await runGit(top, ["rev-parse", "--is-bare-repository", "--absolute-git-dir", "--show-prefix"], options);
  const [isBare, gitFolder = "", prefix = ""] = bare.stdout.toString("utf8").split("\n");
  if (bare.code !== 0) throw new HumanError("This folder is in no git repository, so there is nothing to apply patches to; open a clone.");
  if (isBare === "true") throw new HumanError("This repository is bare and has no files to apply patches to; open a worktree of it.");
  if (prefix !== "")
    throw new HumanError(
      `This tree is the folder ${prefix.slice(0, -1)} of a larger repository; save the series as mbox, and run “git am -3 --directory=${prefix.slice(0, -1)}” with it.`,
    );
  for (const [file, what] of elsewhere ? [] : underWay) {
    if (await exists(join(gitFolder, file)))
      throw new HumanError(`${what} is under way in this worktree; finish or abort it first, or apply in a new worktree.`);
  }
  const head = await commitOf(top, "HEAD", options);
  if (head === null) throw new HumanError("This repository has no commit yet, so there is nothing patches could apply to.");
  await needIdentity(top, options);
  if (!elsewhere) await needNothingHidden(top, "apply in a new worktree", options);
  return {
    head,
    branch: await currentBranch(top, options),
    dirty: !(await isClean(top, options)),
    gitFolder,
  };
}

async function needIdentity(top: string, options: GitOptions): Promise<void> {
  if ((await runWritingGit(top, ["var", "GIT_COMMITTER_IDENT"], options)).code !== 0)
    throw new HumanError("git does not know who you are and cannot commit; set user.name and user.email with “git config --global” first.");
}

/** What is wrong with the name of a new branch, in a sentence; null where nothing is. */
export async function branchNameProblem(top: string, name: string, options: GitOptions): Promise<string | null> {
  if (name.startsWith("-") || (await runGit(top, ["check-ref-format", "--branch", name], options)).code !== 0 || name.includes("@{"))
    return "This is no name for a branch.";
  const known = await runGit(top, ["show-ref", "--verify", "--quiet", `refs/heads/${name}`], options);
  return known.code === 0 ? "There is a branch of this name already." : null;
}

/** A name that no branch has: the wanted one, or that with a number. */
export async function freeBranchName(top: string, wanted: string, options: GitOptions): Promise<string> {
  for (let number = 1; ; number++) {
    const name = number === 1 ? wanted : `${wanted}-${number}`;
    if ((await branchNameProblem(top, name, options)) === null || number > 99) return name;
  }
}
