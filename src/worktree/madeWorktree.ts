/** The worktree that is made for an apply, and how it goes again without anything a person put there. */
import { mkdir, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { HumanError } from "../core/humanError";
import { exists, readApply, writeRecord, type ApplyRecord } from "./applyState";
import { runGit, runWritingGit, type GitOptions } from "./git";
import { reasonOf } from "./gitReason";
import { needNothingHidden } from "./hiddenChanges";
import { deleteBranch, withoutSignal } from "./switchBase";

/** Makes a worktree with a new branch. Where that fails or is cancelled, neither is there afterwards. */
export async function makeWorktree(top: string, folder: string, branch: string, base: string, options: GitOptions): Promise<void> {
  if (await exists(folder)) throw new HumanError(`${folder} is there already; choose another folder.`);
  const quiet = withoutSignal(options);
  await mkdir(dirname(folder), { recursive: true });
  // Made here, so that it is known whose it is when it has to go.
  await mkdir(folder).catch((error: unknown) => {
    throw new HumanError(`${folder} could not be made (${error instanceof Error ? error.message : String(error)}); choose another folder.`);
  });
  const undo = async (): Promise<void> => {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    // Twice: while git makes a worktree it is locked. Not `prune`, which forgets worktrees on disks that are not at hand as well.
    await runWritingGit(top, ["worktree", "remove", "--force", "--force", "--", folder], quiet);
    await deleteBranch(top, branch, base, quiet);
  };
  const failed = (stderr: string): HumanError =>
    new HumanError(`git could not make the worktree ${folder} (${reasonOf(stderr)}); choose another folder.`);
  try {
    // The files are written by a command of its own: `worktree add` starts another git for that, which goes on when it is stopped.
    const added = ["worktree", "add", "--quiet", "--no-checkout", "--no-track", "-b", branch, "--", folder, base];
    const made = await runWritingGit(top, added, quiet);
    if (made.code !== 0) throw failed(made.stderr);
    const filled = await runWritingGit(folder, ["reset", "--quiet", "--hard"], { ...options, config: ["checkout.workers=1"] });
    if (filled.code !== 0) throw failed(filled.stderr);
  } catch (error) {
    await undo();
    throw error;
  }
}

/**
 * Removes a worktree that was made, with its branch, and the records of it.
 *
 * @param tip the commit its branch is at, unless somebody committed on it
 * @throws HumanError where a file in it is not of the apply
 */
export async function removeMade(top: string, place: string, { branch }: ApplyRecord, tip: string, options: GitOptions): Promise<void> {
  await needNothingHidden(place, "commit it, then undo again", options);
  const ignored = await runGit(place, ["ls-files", "--others", "--ignored", "--exclude-standard", "--directory", "-z"], options);
  const [first] = ignored.stdout.toString("utf8").split("\0").filter(Boolean);
  if (first !== undefined)
    throw new HumanError(
      `${place} was kept, since ${first} in it is ignored by git and would be lost; move it away or delete it, then undo again.`,
    );
  // Not by force: files that the person put there stay.
  const removed = await runWritingGit(top, ["worktree", "remove", "--", place], options);
  if (removed.code !== 0) throw new HumanError(`${place} has files of yours in it, so it was kept; move them away, then undo again.`);
  await deleteBranch(top, branch, tip, options);
  const main = await readApply(top);
  if (main?.record.made === place) await writeRecord(top, null);
}
