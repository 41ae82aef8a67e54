/** An apply that a closed window or a killed process interrupted: what was in progress, and how it is undone. */
import { lstat, readdir, readFile, readlink, realpath, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { HumanError } from "../core/humanError";
import { type GitOptions, runGit, runWritingGit } from "../git/git";
import { nulFields, outputText, readObjects } from "../git/objects";
import {
  cancelApply,
  commitsSince,
  currentBranch,
  filesOfSwitch,
  isClean,
  isStashed,
  leaveBranch,
  putFilesBack,
  removeLocks,
  resetIndex,
  stashName,
  type StashReturn,
  unmakeWorktree,
} from "./applyBranch";
import {
  abandonedStep,
  type ApplyRecord,
  type ApplyStep,
  giveUpStep,
  gitFolderOf,
  readApply,
  readMade,
  readStop,
  worktreeOf,
  writeRecord,
} from "./applyRecord";
import { commitOf, gitIn } from "./commits";
import { unmergedPaths } from "./resolvedConflicts";
import { entriesAt } from "./scratch";

/** A step that was interrupted before its end. */
interface UnfinishedApply {
  /** The worktree of the step, which may be one that was made from this one. */
  readonly place: string;
  readonly record: ApplyRecord;
  readonly step: ApplyStep;
  /** What was in progress, in a sentence for a person. */
  readonly sentence: string;
}

/** The outcome of a recovery. */
export interface RecoveredApply {
  /**
   * - `back`: everything is as it was before the apply.
   * - `applied`: all patches had been applied meanwhile; it can be undone.
   * - `stopped`: `git am` stopped at a patch; continue, skip and abort go on from there.
   */
  readonly kind: "back" | "applied" | "stopped";
  readonly record: ApplyRecord;
  /** What happened to the person's own changes. */
  readonly changes: StashReturn;
  /** The name of a stash with contents of files that were neither git's nor in any commit; null when there were none. */
  readonly aside: string | null;
}

/**
 * The step that an apply in a worktree, or in one that was made from it, was in the middle of when its process ended; null when there is
 * none, and while the process runs. Nothing is changed, and git does not run.
 */
export async function unfinishedApply(folder: string): Promise<UnfinishedApply | null> {
  const { root: top } = await worktreeOf(folder);
  const own = await readApply(top);
  if (!own) return null;
  const made = own.step === null && own.record.made !== null ? own.record.made : null;
  const place = made ?? top;
  const state = made === null ? own : await readMade(made);
  const step = state && (await abandonedStep(state));
  return state && step ? { place, record: state.record, step, sentence: sentenceOf(state.record, step) } : null;
}

function sentenceOf({ title, branch }: ApplyRecord, { kind }: ApplyStep): string {
  const what: Record<ApplyStep["kind"], string> = {
    stash: "your changes were being stashed",
    switch: `git was switching to ${branch}`,
    worktree: `the worktree of ${branch} was being made or removed`,
    am: "git was applying the patches",
    continue: "git was applying the remaining patches",
    leave: `git was going back from ${branch}`,
  };
  return `Applying “${title}” was interrupted while ${what[kind]}.`;
}

/**
 * Ends an interrupted apply, after waiting for a git that is still at work. Nothing that the person had is lost: contents of files that
 * git did not write and no stash has are put into a stash of their own first.
 *
 * @returns null when nothing was interrupted
 * @throws HumanError when git cannot undo it; it can be tried again
 */
export async function recoverApply(top: string, options: GitOptions = {}): Promise<RecoveredApply | null> {
  const found = await unfinishedApply(top);
  if (!found) return null;
  const { place, step } = found;
  const quiet = { binary: options.binary };
  try {
    await gitEnded(step.kind === "worktree" ? [place, found.record.made ?? place] : [place]);
    return await recoverStep((await worktreeOf(top)).root, found, quiet);
  } catch (error) {
    await giveUpStep(place);
    throw error;
  }
}

async function recoverStep(top: string, { place, record, step }: UnfinishedApply, options: GitOptions): Promise<RecoveredApply> {
  const { before, branch, base } = record;
  if (step.kind !== "worktree") await removeLocks(place, options);
  const head = await commitOf(place, "HEAD", options);
  const isOnBranch = (await currentBranch(place, options)) === branch;
  const back = (changes: StashReturn, aside: string | null = null): RecoveredApply => ({ kind: "back", record, changes, aside });
  switch (step.kind) {
    case "stash": {
      const stash = await stashOf(place, record, step.newest, options);
      // Git changes no file before the stash is in the list.
      const aside = stash !== null && head === before.head ? await settleFiles(place, branch, stash, options) : null;
      return back(await leaveBranch(place, { ...record, stash }, base, options), aside);
    }
    case "switch": {
      const aside = !isOnBranch && head === before.head ? await settleFiles(place, branch, base, options) : null;
      return back(await leaveBranch(place, record, base, options), aside);
    }
    case "worktree":
      if (record.made !== null) await removeUnfinishedWorktree(place, record.made, record, step.tip, options);
      await writeRecord(place, null);
      return back("none");
    case "leave": {
      let aside: string | null = null;
      if (isOnBranch && head === step.tip) aside = await settleFiles(place, branch, before.head, options);
      else if (head === before.head && record.stash !== null && (await isStashed(place, record.stash, options)))
        aside = await settleFiles(place, branch, record.stash, options);
      return back(await leaveBranch(place, record, step.tip, options), aside);
    }
    case "am":
    case "continue":
      return recoverAm(top, { place, record, step }, isOnBranch ? head : null, options);
  }
}

/** @param head of the branch; null when another one is checked out, because somebody ended the apply by hand */
async function recoverAm(
  top: string,
  { place, record, step }: Pick<UnfinishedApply, "place" | "record" | "step">,
  head: string | null,
  options: GitOptions,
): Promise<RecoveredApply> {
  const { base, titles, stash } = record;
  const stop = await readStop((await gitFolderOf(place)) ?? "");
  const isApplied =
    head !== null &&
    head !== base &&
    stop === null &&
    (step.kind === "continue" || (await commitsSince(place, base, options)) === titles.length);
  if (isApplied) {
    const done = { ...record, tip: head };
    await writeRecord(place, done);
    return { kind: "applied", record: done, changes: stash === null ? "none" : "kept", aside: null };
  }
  const isStopped = stop !== null && (step.kind === "continue" || (await unmergedPaths(place, options)).all.length > 0);
  if (head === null || isStopped || step.kind !== "am") {
    await writeRecord(place, record);
    return { kind: "stopped", record, changes: stash === null ? "none" : "kept", aside: null };
  }
  const aside = (await isClean(place, options)) ? null : await putAside(place, record.branch, options);
  const changes = await cancelApply(place, record, step, options);
  if (place !== top && (await readApply(top))?.record.made === place) await writeRecord(top, null);
  return { kind: "back", record, changes, aside };
}

/** The stash that an apply made of the person's changes before it was interrupted; null when it had not got that far. */
async function stashOf(place: string, { branch, before }: ApplyRecord, newest: string | null, options: GitOptions): Promise<string | null> {
  const logged = await runGit(place, ["log", "-1", "--format=%H%n%P%n%s", "refs/stash", "--"], options);
  const [stash = "", parents = "", title = ""] = outputText(logged).split("\n");
  const isOurs = stash !== newest && parents.startsWith(before.head) && title.endsWith(`: ${stashName(branch)}`);
  return isOurs ? stash : null;
}

/**
 * Restores the files of HEAD when git was stopped on the way from there to another commit, or to a stash.
 *
 * @returns the name of a stash of contents that neither of the two has, nor git wrote partly; null when there were none
 */
async function settleFiles(top: string, branch: string, to: string, options: GitOptions): Promise<string | null> {
  const files = await filesOfSwitch(top, "HEAD", to, options);
  if (!files) return null;
  const foreign = await foreignAmong(top, [...files.changed, ...files.added], ["HEAD", to], options);
  const isForeign = new Set(foreign);
  const aside = files.changed.some((path) => isForeign.has(path)) ? await putAside(top, branch, options) : null;
  // A file that neither HEAD nor git made stays where it is.
  await putFilesBack(top, "HEAD", { changed: files.changed, added: files.added.filter((path) => !isForeign.has(path)) }, options);
  return aside;
}

/** Copies the contents of tracked files into a stash, leaves the files as they are, and returns its name. */
async function putAside(top: string, branch: string, options: GitOptions): Promise<string> {
  const name = `KVM Series: found when ${branch} was taken back`;
  const made = await runWritingGit(top, ["stash", "create", name], options);
  const id = outputText(made);
  const kept = id === "" ? null : await runWritingGit(top, ["stash", "store", "-m", name, id], options);
  if (kept?.code !== 0)
    throw new HumanError(
      "An apply was interrupted, and files were changed since. Commit or move those changes away, then abort the apply.",
    );
  return name;
}

/** The paths whose file no given commit has, not even as the beginning of its own. */
async function foreignAmong(top: string, paths: readonly string[], commits: readonly string[], options: GitOptions): Promise<string[]> {
  const there: string[] = [];
  for (const path of paths) {
    // Links and submodules have nothing that a person could lose.
    const isFile = await lstat(join(top, path)).then(
      (found) => found.isFile(),
      () => false,
    );
    if (isFile && !path.includes("\n")) there.push(path);
  }
  if (there.length === 0) return [];
  const hashed = await runGit(top, ["hash-object", "--stdin-paths"], { ...options, input: `${there.join("\n")}\n` });
  const ids = outputText(hashed).split("\n");
  const sides = await Promise.all(commits.map((commit) => entriesAt(top, `${commit}^{tree}`, there, options)));
  const blobsAt = (path: string): string[] => sides.flatMap((side) => side.get(path)?.id ?? []);
  const other = there.filter((path, at) => !blobsAt(path).includes(ids[at] ?? ""));
  const blobs = await readObjects(gitIn(top, options), [...new Set(other.flatMap(blobsAt))]);
  const foreign: string[] = [];
  for (const path of other) {
    const bytes = await readFile(join(top, path)).catch(() => Buffer.alloc(0));
    if (!blobsAt(path).some((id) => blobs.get(id)?.subarray(0, bytes.length).equals(bytes) === true)) foreign.push(path);
  }
  return foreign;
}

/**
 * Removes a worktree that was only partly made, or partly removed.
 *
 * @throws HumanError when a file in it is not from its branch
 */
async function removeUnfinishedWorktree(
  top: string,
  folder: string,
  { branch }: ApplyRecord,
  tip: string,
  options: GitOptions,
): Promise<void> {
  const names = await readdir(folder).catch((): string[] => []);
  const [first] = names.filter((name) => name !== ".git");
  if (first !== undefined) {
    // Git makes the link to the repository before it writes any file.
    const foreign = names.includes(".git") ? await foreignFileIn(folder, tip, options) : first;
    if (foreign !== null) throw new HumanError(`${folder} was kept because ${foreign} in it is yours. Move it away, then abort the apply.`);
  }
  await unmakeWorktree(top, folder, branch, tip, options);
}

/** A file of a worktree that is not in a commit; null when there is none. */
async function foreignFileIn(folder: string, commit: string, options: GitOptions): Promise<string | null> {
  await removeLocks(folder, options);
  await resetIndex(folder, "HEAD", options);
  const others = await runGit(folder, ["ls-files", "--others", "-z"], options);
  const [other] = nulFields(others);
  if (other !== undefined) return other;
  const changed = await runGit(folder, ["diff-files", "-z", "--name-only", "--ignore-submodules=all"], options);
  return (await foreignAmong(folder, nulFields(changed), [commit], options))[0] ?? null;
}

/** How long to wait for a git of ours that outlived its window, and how often to look for it. */
const mostSeconds = 120;
const lookMilliseconds = 200;
/** A lock that was not touched for this long belongs to a git that was killed. */
const lockSeconds = 60;

/** Waits until no git of an apply is at work in some folders, since it outlives the process that started it. */
async function gitEnded(folders: readonly string[]): Promise<void> {
  for (let waited = 0; waited < mostSeconds * 1000; waited += lookMilliseconds) {
    if (!(await isGitAtWork(folders))) return;
    await setTimeout(lookMilliseconds);
  }
  throw new HumanError("git is still running in this worktree. Wait until it ends, then abort the apply.");
}

async function isGitAtWork(folders: readonly string[]): Promise<boolean> {
  const places = await Promise.all(folders.map((folder) => realpath(folder).catch(() => folder)));
  const pids = await readdir("/proc").catch(() => null);
  for (const pid of pids?.filter((name) => /^\d+$/.test(name)) ?? []) {
    const place = await readlink(`/proc/${pid}/cwd`).catch(() => "");
    // Only a git that writes for an apply runs with this setting.
    const isOurs = places.includes(place) && (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).includes("\0core.editor=:\0");
    if (isOurs) return true;
  }
  if (pids) return false;
  // Systems without /proc have only the age of the lock.
  const locks = await Promise.all(
    folders.map(async (folder) => stat(resolve((await gitFolderOf(folder)) ?? folder, "index.lock")).catch(() => null)),
  );
  return locks.some((lock) => lock !== null && Date.now() - lock.mtimeMs < lockSeconds * 1000);
}
