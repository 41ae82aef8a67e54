/** Where a series is applied: on a new branch with the person's changes stashed, or in a new worktree; each step has its way back. */
import { mkdir, rm } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { HumanError } from "../core/humanError";
import { shortId } from "../core/text";
import { type GitOptions, runGit, runWritingGit } from "../git/git";
import { gitReason } from "../git/gitErrors";
import { nulFields, outputText } from "../git/objects";
import { type ApplyRecord, beginStep, exists, giveUpStep, readApply, writeRecord } from "./applyRecord";
import { commitOf } from "./commits";
import { absentAmong, fileKindAt, refuseHiddenChanges, removeBrought } from "./filesAtRisk";

/** The files that a switch writes. Only these are ever put back, so that what a person saves meanwhile stays. */
interface SwitchedFiles {
  /** Files of the checkout that are written or removed. */
  readonly changed: readonly string[];
  /** Files that only the base has. */
  readonly added: readonly string[];
}

/** Compares the checkout with a base (or with the commit of a stash); null when git cannot read one of them. */
export async function filesOfSwitch(top: string, head: string, base: string, options: GitOptions): Promise<SwitchedFiles | null> {
  const compared = await runGit(top, ["diff-tree", "-r", "-z", "--no-renames", "--name-status", head, base, "--"], options);
  return compared.code === 0 ? switchedFilesOf(compared.stdout) : null;
}

/** The changes since HEAD, in a worktree that was clean before. */
async function changedSinceHead(top: string, options: GitOptions): Promise<SwitchedFiles> {
  const args = ["diff-index", "-z", "--no-renames", "--name-status", "--ignore-submodules=all", "HEAD", "--"];
  return switchedFilesOf((await runGit(top, args, options)).stdout);
}

function switchedFilesOf(nameStatus: Buffer): SwitchedFiles {
  const rows = [...nameStatus.toString("utf8").matchAll(/([A-Z])\0([^\0]+)\0/g)];
  const those = (isAdded: boolean): string[] => rows.flatMap(([, sign, path = ""]) => ((sign === "A") === isAdded ? [path] : []));
  return { changed: those(false), added: those(true) };
}

/**
 * Switches to a new branch. It throws when git refused, failed or was aborted; the files are then as they were, unless the branch is
 * already checked out.
 */
export async function switchToNew(top: string, branch: string, base: string, files: SwitchedFiles, options: GitOptions): Promise<void> {
  // A file that is already there belongs to the person, and git refuses to overwrite it.
  const added = await absentAmong(top, files.added);
  const back = async (): Promise<void> => {
    if ((await currentBranch(top, options)) !== branch)
      await putFilesBack(top, "HEAD", { changed: files.changed, added }, withoutSignal(options));
  };
  // With workers, git starts more processes, which may still write after it has ended.
  const quiet = { ...options, config: ["checkout.workers=1"] };
  const args = ["switch", "--quiet", "--no-track", "--no-overwrite-ignore", "-c", branch, base];
  const made = await runWritingGit(top, args, quiet).catch(async (error: unknown) => {
    await back();
    throw error;
  });
  if (made.code === 0) return;
  // Git exits with 1 when it refuses before it writes anything. Any other code means that it died on the way, as in a partial clone
  // that lacks a file.
  if (made.code !== 1) await back();
  throw new HumanError(`git could not make the branch ${branch} (${gitReason(made.stderr)}); nothing was changed.`);
}

/** How often going back is tried after git was killed, and how long it waits in between. */
const mostTries = 8;
const tryMilliseconds = 250;
/** A lock that is still there after so many tries belongs to the git that was killed. */
const patientTries = 4;

/** Resets branch and index to a commit, and those files that git may have written. */
export async function putFilesBack(top: string, commit: string, { changed, added }: SwitchedFiles, options: GitOptions): Promise<void> {
  await resetIndex(top, commit, options);
  const listed = await runGit(top, ["ls-files", "-z", "--full-name"], options);
  const tracked = new Set(nulFields(listed));
  await removeBrought(
    top,
    added.filter((path) => !tracked.has(path)),
  );
  const compared = await runGit(top, ["diff-files", "-z", "--name-only", "--ignore-submodules=all"], options);
  const mayWrite = new Set([...changed, ...added]);
  const written = nulFields(compared).filter((path) => mayWrite.has(path));
  if (written.length === 0) return;
  const args = ["--literal-pathspecs", "checkout", "--quiet", "--pathspec-from-file=-", "--pathspec-file-nul"];
  const { code, stderr } = await runWritingGit(top, args, { ...options, input: `${written.join("\0")}\0` });
  if (code !== 0)
    throw new HumanError(
      `git could not restore all files (${gitReason(stderr)}); see “git status”, and “git stash list” for your changes.`,
    );
}

/** Moves branch and index and leaves the files alone. It tries again while another git holds a lock. */
export async function resetIndex(top: string, commit: string, options: GitOptions): Promise<void> {
  const wanted = await commitOf(top, commit, options);
  for (let tries = 0; tries < mostTries; tries++) {
    const { code } = await runWritingGit(top, ["reset", "--quiet", commit], options);
    const head = await commitOf(top, "HEAD", options);
    // A reset that cannot move the branch has written the index all the same, so the exit code alone does not tell that it is done.
    if (code === 0 && head === wanted) return;
    await setTimeout(tryMilliseconds);
    if (tries >= patientTries) await removeLocks(top, options);
  }
}

/** A git that is killed may leave its locks behind, and every later git would refuse to write. */
export async function removeLocks(top: string, options: GitOptions): Promise<void> {
  const branch = await currentBranch(top, options);
  for (const name of ["HEAD.lock", "index.lock", ...(branch === null ? [] : [`refs/heads/${branch}.lock`])]) {
    const found = await runGit(top, ["rev-parse", "--git-path", name], options);
    if (found.code === 0) await rm(resolve(top, outputText(found)), { force: true });
  }
}

/** The name of the branch that is checked out; null when HEAD is detached. */
export async function currentBranch(top: string, { binary }: GitOptions): Promise<string | null> {
  // When a tag has the same name, git's own short form is `heads/NAME`, which `git switch` does not take.
  const at = await runGit(top, ["symbolic-ref", "--quiet", "HEAD"], { binary });
  return at.code === 0 ? outputText(at).replace(/^refs\/heads\//, "") : null;
}

/** How many commits HEAD has since a base. */
export async function commitsSince(top: string, base: string, options: GitOptions): Promise<number> {
  return Number(outputText(await runGit(top, ["rev-list", "--count", `${base}..HEAD`], options)));
}

/** Deletes the branch of an apply, unless somebody committed on it. */
async function deleteBranch(top: string, branch: string, tip: string, options: GitOptions): Promise<void> {
  if ((await commitOf(top, `refs/heads/${branch}`, options)) === tip) await deleteRef(top, ["branch", "--quiet", "-D", branch], options);
}

/**
 * Runs a command that deletes a ref. Git needs the lock on the packed refs for that and waits a second for it; a lock that is still
 * there was left by a git that was killed when an apply was cancelled.
 */
async function deleteRef(top: string, args: readonly string[], options: GitOptions): Promise<void> {
  const { code, stderr } = await runWritingGit(top, args, options);
  if (code === 0 || !stderr.includes("packed-refs.lock")) return;
  const lock = await runGit(top, ["rev-parse", "--git-path", "packed-refs.lock"], options);
  if (lock.code === 0) await rm(resolve(top, outputText(lock)), { force: true });
  await runWritingGit(top, args, options);
}

/** The way back must not be stopped. */
export function withoutSignal({ binary }: GitOptions): GitOptions {
  return { binary };
}

// The worktree of an apply, and its removal without losing a file that a person put there.

/** Makes a worktree with a new branch. When that fails or is cancelled, both are removed. */
export async function makeWorktree(top: string, folder: string, branch: string, base: string, options: GitOptions): Promise<void> {
  if (await exists(folder)) throw new HumanError(`${folder} already exists; choose another folder.`);
  const quiet = withoutSignal(options);
  await mkdir(dirname(folder), { recursive: true });
  // The folder is made here, so that it is certainly ours if it has to be removed.
  await mkdir(folder).catch((error: unknown) => {
    throw new HumanError(`${folder} could not be made (${error instanceof Error ? error.message : String(error)}); choose another folder.`);
  });
  const failed = (stderr: string): HumanError =>
    new HumanError(`git could not make the worktree ${folder} (${gitReason(stderr)}); choose another folder.`);
  try {
    // A second command writes the files, since `worktree add` would start another git for it, which goes on when the first is stopped.
    const added = ["worktree", "add", "--quiet", "--no-checkout", "--no-track", "-b", branch, "--", folder, base];
    const made = await runWritingGit(top, added, quiet);
    if (made.code !== 0) throw failed(made.stderr);
    const filled = await runWritingGit(folder, ["reset", "--quiet", "--hard"], { ...options, config: ["checkout.workers=1"] });
    if (filled.code !== 0) throw failed(filled.stderr);
  } catch (error) {
    await unmakeWorktree(top, folder, branch, base, quiet);
    throw error;
  }
}

/** Removes a worktree that has nothing of the person's in it, however far git got with it. */
export async function unmakeWorktree(top: string, folder: string, branch: string, tip: string, options: GitOptions): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  // The second --force is for the lock that a worktree has while git makes it. `prune` would also forget worktrees on disks that are
  // not mounted.
  await runWritingGit(top, ["worktree", "remove", "--force", "--force", "--", folder], options);
  await deleteBranch(top, branch, tip, options);
}

/**
 * Removes the worktree of an apply, its branch and its records.
 *
 * @param tip the commit of its branch, unless somebody committed on it
 * @throws HumanError when a file in it is not from the apply
 */
export async function removeWorktree(top: string, place: string, { branch }: ApplyRecord, tip: string, options: GitOptions): Promise<void> {
  await refuseHiddenChanges(place, "commit it, then undo again", options);
  const ignored = await runGit(place, ["ls-files", "--others", "--ignored", "--exclude-standard", "--directory", "-z"], options);
  const [first] = nulFields(ignored);
  if (first !== undefined)
    throw new HumanError(
      `${place} was kept because ${first} in it is ignored by git and would be lost; move it away or delete it, then undo again.`,
    );
  const main = await readApply(top);
  if (main?.record.made === place) await beginStep(top, main.record, { kind: "worktree", tip });
  // Without --force, git refuses when files were put there.
  const removed = await runWritingGit(top, ["worktree", "remove", "--", place], options);
  if (removed.code !== 0) {
    if (main?.record.made === place) await writeRecord(top, main.record);
    throw new HumanError(`${place} contains your files and was kept. Move them, then undo again.`);
  }
  await deleteBranch(top, branch, tip, options);
  if (main?.record.made === place) await writeRecord(top, null);
}

// The stash for a person's own changes during an apply, and how they come back out of it.

/** What happened to the person's own changes. */
export type StashReturn = "none" | "back" | "kept";

/** The name of the stash in `git stash list`. */
export function stashName(branch: string): string {
  return `KVM Series: before ${branch}`;
}

/**
 * Stashes uncommitted changes, without untracked files, and returns the commit of the stash. A signal does not stop it, because a
 * person who cancels would not know where their changes are.
 */
export async function stashChanges(top: string, branch: string, options: GitOptions): Promise<string | null> {
  const quiet = withoutSignal(options);
  const lost = await firstUnstashable(top, quiet);
  if (lost !== null)
    throw new HumanError(`git cannot stash ${lost}, so nothing was applied; commit your changes, or apply in a new worktree.`);
  const before = await commitOf(top, "refs/stash", quiet);
  const stashed = await runWritingGit(top, ["stash", "push", "--quiet", "-m", stashName(branch)], quiet);
  if (stashed.code !== 0)
    throw new HumanError("git could not stash your changes, so nothing was applied; commit them, or apply in a new worktree.");
  const after = await commitOf(top, "refs/stash", quiet);
  return after === before ? null : after;
}

/**
 * The first change that a stash would lose, in words: `git stash push` deletes a folder in the place of a tracked file with all
 * that is in it, and restores a new file that was staged and then deleted.
 */
async function firstUnstashable(top: string, options: GitOptions): Promise<string | null> {
  const rows = await statusRows(top, options);
  const isStaged = new Set(rows.flatMap(({ index, path }) => (index === "A" ? [path] : [])));
  for (const { index, file, path } of rows) {
    if (index !== "D" && file !== "D") continue;
    if (index === "A") return `${path}, which was added and then deleted`;
    if ((await fileKindAt(top, path)) === "folder") return `the folder ${path}, which stands in place of a file`;
    for (let cut = path.indexOf("/"); cut > 0; cut = path.indexOf("/", cut + 1)) {
      const folder = path.slice(0, cut);
      if (!isStaged.has(folder) && (await fileKindAt(top, folder)) === "file") return `${folder}, which stands in place of a folder`;
    }
  }
  return null;
}

interface StatusRow {
  /** The change of the file in the index, and then in the worktree, as in `git status --porcelain`. */
  readonly index: string;
  readonly file: string;
  readonly path: string;
}

/** The files git knows that were changed, staged or not; a rename is a file that is gone and one that is new. */
export async function statusRows(top: string, options: GitOptions): Promise<StatusRow[]> {
  const args = ["status", "--porcelain", "-z", "--no-renames", "--untracked-files=no", "--ignore-submodules=all"];
  const rows = nulFields(await runGit(top, args, options));
  return rows.map((row) => ({ index: row.slice(0, 1), file: row.slice(1, 2), path: row.slice(3) }));
}

/** Whether no file git knows was changed. Submodules are left alone by all that is done, so they do not count. */
export async function isClean(top: string, options: GitOptions): Promise<boolean> {
  if ((await statusRows(top, options)).length > 0) return false;
  // A submodule's commit that is staged counts all the same, because git applies nothing onto an index that differs from HEAD.
  return (await runGit(top, ["diff-index", "--cached", "--quiet", "HEAD", "--"], options)).code === 0;
}

/** Whether a stash is still in the list; somebody may have taken it. */
export async function isStashed(top: string, stash: string | null, options: GitOptions): Promise<boolean> {
  return stash !== null && (await stashes(top, options)).includes(stash);
}

async function stashes(top: string, options: GitOptions): Promise<string[]> {
  return outputText(await runGit(top, ["stash", "list", "--format=%H"], options)).split("\n");
}

/** Brings the changes of a stash back and drops it. Where they do not fit it is kept, and the files are left as they were. */
export async function popStash(top: string, stash: string | null, options: GitOptions): Promise<StashReturn> {
  if (stash === null || !(await isStashed(top, stash, options))) return "none";
  const wasClean = await isClean(top, options);
  const applied = await runWritingGit(top, ["stash", "apply", "--quiet", "--index", stash], options);
  if (applied.code !== 0) {
    // The worktree was clean, so everything that is changed now came from the stash, which is kept.
    if (wasClean) await putFilesBack(top, "HEAD", await changedSinceHead(top, options), options);
    return "kept";
  }
  const place = (await stashes(top, options)).indexOf(stash);
  await deleteRef(top, ["stash", "drop", "--quiet", `stash@{${place}}`], options);
  return "back";
}

// The ways back from the branch of an apply.

/**
 * Goes back to where the person was, deletes the branch and brings their changes back.
 *
 * @param tip the commit the branch is at, unless somebody committed on it
 */
export async function leaveBranch(top: string, record: ApplyRecord, tip: string, options: GitOptions): Promise<StashReturn> {
  const { before, branch, stash } = record;
  await beginStep(top, record, { kind: "leave", tip });
  try {
    if ((await currentBranch(top, options)) === branch) {
      const back = before.branch === null ? ["--detach", before.head] : [before.branch];
      const switched = await runWritingGit(top, ["switch", "--quiet", "--no-overwrite-ignore", ...back], options);
      if (switched.code !== 0) {
        await writeRecord(top, record);
        const where = before.branch ?? shortId(before.head);
        throw new HumanError(`git could not go back to ${where} (${gitReason(switched.stderr)}); move those files away, then try again.`);
      }
    }
    await deleteBranch(top, branch, tip, options);
    const brought = await popStash(top, stash, options);
    // The record goes last: until then a window that is opened again finds the stash by it.
    await writeRecord(top, null);
    return brought;
  } catch (error) {
    await giveUpStep(top);
    throw error;
  }
}

/**
 * Takes back an apply whose git was stopped while it ran, so that all commits since the base are its own. Only files that it may have
 * written are put back; what the person saved in other files stays.
 *
 * @param files those of the patches, and those of them that were not there before
 */
export async function cancelApply(
  place: string,
  record: ApplyRecord,
  { paths, absent }: { readonly paths: readonly string[]; readonly absent: readonly string[] },
  options: GitOptions,
): Promise<StashReturn> {
  const { base, branch, madeFrom } = record;
  // Files of the commits that were made, and of the current patch where it was merged into a file of another name.
  const since = await runGit(place, ["diff-tree", "-r", "-z", "--name-only", "--no-renames", base, "HEAD", "--"], options);
  const staged = await runGit(place, ["diff-index", "--cached", "-z", "--name-only", "--no-renames", "HEAD", "--"], options);
  const more = [since, staged].flatMap(nulFields);
  // `am --abort` does not rewind where git was killed after a commit and before it noted it: it takes the commit for the person's.
  await runWritingGit(place, ["am", "--quit"], options);
  if ((await currentBranch(place, options)) === branch)
    await putFilesBack(place, base, { changed: [...paths, ...more], added: absent }, options);
  if (madeFrom === null) return leaveBranch(place, record, base, options);
  await removeWorktree(madeFrom, place, record, base, options);
  return "none";
}

/** Says that changes which were put aside did not fit any more, where that is all that is left of a cancelled apply. */
export function throwIfStashKept(brought: StashReturn, branch: string): void {
  if (brought === "kept")
    throw new HumanError(`Nothing was applied, but your changes no longer apply; they are kept in the stash “${stashName(branch)}”.`);
}
