/** The stash a person's own changes are put in before an apply, and how they come back out of it. */
import { HumanError } from "../core/humanError";
import { runGit, runWritingGit, type GitOptions } from "./git";
import { kindOf } from "./inTheWay";
import { changedFiles, putFilesBack, withoutSignal } from "./switchBase";

/** What became of the person's own changes. */
export type Brought = "none" | "back" | "kept";

/** What the stash is called in `git stash list`. */
export function stashName(branch: string): string {
  return `KVM Series: before ${branch}`;
}

/**
 * Puts what was changed and not committed into a stash; files git does not know stay. Says which commit the stash is. It is not
 * stopped on the way: who cancels meanwhile would find the changes neither here nor told of.
 */
export async function putAside(top: string, branch: string, options: GitOptions): Promise<string | null> {
  const quiet = withoutSignal(options);
  const lost = await firstLost(top, quiet);
  if (lost !== null)
    throw new HumanError(`git cannot stash ${lost}, so nothing was applied; commit your changes, or apply in a new worktree.`);
  const newest = async (): Promise<string> =>
    (await runGit(top, ["rev-parse", "--verify", "--quiet", "refs/stash"], quiet)).stdout.toString("utf8").trim();
  const before = await newest();
  const stashed = await runWritingGit(top, ["stash", "push", "--quiet", "-m", stashName(branch)], quiet);
  if (stashed.code !== 0)
    throw new HumanError("git could not stash your changes, so nothing was applied; commit them, or apply in a new worktree.");
  const after = await newest();
  return after === before ? null : after;
}

/**
 * The first change that a stash does not bring back, in words: `git stash push` deletes a folder that stands in place of a file
 * git knows, with all that is in it, and brings a new file back that was staged and then deleted.
 */
async function firstLost(top: string, options: GitOptions): Promise<string | null> {
  const rows = await statusRows(top, ["--no-renames"], options);
  const isStaged = new Set(rows.flatMap(({ index, path }) => (index === "A" ? [path] : [])));
  for (const { index, file, path } of rows) {
    if (index !== "D" && file !== "D") continue;
    if (index === "A") return `${path}, which was added and then deleted`;
    if ((await kindOf(top, path)) === "folder") return `the folder ${path}, which stands in place of a file`;
    for (let cut = path.indexOf("/"); cut > 0; cut = path.indexOf("/", cut + 1)) {
      const folder = path.slice(0, cut);
      if (!isStaged.has(folder) && (await kindOf(top, folder)) === "file") return `${folder}, which stands in place of a folder`;
    }
  }
  return null;
}

interface StatusRow {
  /** What was done to the file in the index, and what after that in the worktree, as `git status --porcelain` has it. */
  readonly index: string;
  readonly file: string;
  readonly path: string;
}

async function statusRows(top: string, args: readonly string[], options: GitOptions): Promise<StatusRow[]> {
  const all = ["status", "--porcelain", "-z", "--untracked-files=no", "--ignore-submodules=all", ...args];
  const listed = await runGit(top, all, options);
  return [...listed.stdout.toString("utf8").matchAll(/(?<=^|\0)(.)(.) ([^\0]+)\0/g)].map(([, index = "", file = "", path = ""]) => ({
    index,
    file,
    path,
  }));
}

/** Whether no file git knows was changed. Submodules are left alone by all that is done, so they do not count. */
export async function isClean(top: string, options: GitOptions): Promise<boolean> {
  if ((await statusRows(top, ["--no-renames"], options)).length > 0) return false;
  // Which commit of a submodule is staged counts: git applies nothing onto an index that differs from HEAD.
  return (await runGit(top, ["diff-index", "--cached", "--quiet", "HEAD", "--"], options)).code === 0;
}

/** Whether a stash is still in the list; somebody may have taken it. */
export async function isStashed(top: string, stash: string | null, options: GitOptions): Promise<boolean> {
  return stash !== null && (await stashes(top, options)).includes(stash);
}

async function stashes(top: string, options: GitOptions): Promise<string[]> {
  return (await runGit(top, ["stash", "list", "--format=%H"], options)).stdout.toString("utf8").trim().split("\n");
}

/** Brings the changes of a stash back and drops it. Where they do not fit it is kept, and the files are left as they were. */
export async function takeStash(top: string, stash: string | null, options: GitOptions): Promise<Brought> {
  if (stash === null || !(await isStashed(top, stash, options))) return "none";
  const wasClean = await isClean(top, options);
  const applied = await runWritingGit(top, ["stash", "apply", "--quiet", "--index", stash], options);
  if (applied.code !== 0) {
    // All that is changed now is of the stash, in which it stays.
    if (wasClean) await putFilesBack(top, "HEAD", await changedFiles(top, options), options);
    return "kept";
  }
  const place = (await stashes(top, options)).indexOf(stash);
  await runWritingGit(top, ["stash", "drop", "--quiet", `stash@{${place}}`], options);
  return "back";
}
