/** Files that an apply would overwrite unseen, because git does not track them or was told not to look: it refuses instead. */
import { copyFile, lstat, rmdir, unlink } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { readDiff } from "../core/diff/diff";
import { HumanError } from "../core/humanError";
import { readMail } from "../core/mail/mail";
import { readMbox } from "../core/mail/mbox";
import { isSafePath } from "../core/series/treePaths";
import { type GitOptions, runGit } from "../git/git";
import { nulFields, outputText } from "../git/objects";
import { withScratch } from "./scratch";

/** All files that the patches of an mbox or a mail name, as far as git accepts the names. */
export function pathsOfMbox(mbox: Uint8Array): string[] {
  const files = readMbox(mbox).flatMap((mail) => readDiff(readMail(mail).body).files);
  const named = files.flatMap(({ path, oldPath }) => (oldPath === undefined ? [path] : [path, oldPath]));
  return [...new Set(named)].filter(isSafePath);
}

/**
 * Refuses when an untracked file, ignored or not, is at one of the paths or in the place of one of their folders.
 *
 * @param who would write the file, for the middle of a sentence: `the base`
 * @throws HumanError that names the first such file
 */
export async function refuseUntrackedAt(top: string, paths: readonly string[], who: string, options: GitOptions): Promise<void> {
  const occupied = await occupiedAmong(top, paths);
  if (occupied.length === 0) return;
  const listed = await runGit(top, ["ls-files", "-z", "--full-name"], options);
  const tracked = nulFields(listed);
  const isTracked = new Set(tracked);
  const found = occupied.find((path) => !isTracked.has(path) && !tracked.some((one) => one.startsWith(`${path}/`)));
  if (found !== undefined) throw new HumanError(`${found} is untracked here and ${who} would overwrite it. Move it first.`);
}

/** What exists at the paths, and what is in the place of their folders. */
async function occupiedAmong(top: string, paths: readonly string[]): Promise<string[]> {
  const occupied: string[] = [];
  for (const path of paths) if ((await fileKindAt(top, path)) !== null) occupied.push(path);
  for (const folder of new Set(paths.flatMap(foldersAbove))) if ((await fileKindAt(top, folder)) === "file") occupied.push(folder);
  return occupied;
}

/** The paths at which nothing exists. */
export async function absentAmong(top: string, paths: readonly string[]): Promise<string[]> {
  const absent: string[] = [];
  for (const path of paths) if ((await fileKindAt(top, path)) === null) absent.push(path);
  return absent;
}

/** Removes new files that git wrote, and folders that are then empty. */
export async function removeBrought(top: string, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const kind = await fileKindAt(top, path);
    if (kind === null) continue;
    // A submodule is an empty folder.
    await (kind === "folder" ? rmdir(join(top, path)) : unlink(join(top, path))).catch(() => undefined);
    await removeEmptyFolders(top, path);
  }
}

async function removeEmptyFolders(top: string, path: string): Promise<void> {
  for (const folder of foldersAbove(path)) {
    const isGone = await rmdir(join(top, folder)).then(
      () => true,
      () => false,
    );
    if (!isGone) return;
  }
}

/** The folders of a path, innermost first. */
function foldersAbove(path: string): string[] {
  const folders: string[] = [];
  for (let folder = dirname(path); folder !== "."; folder = dirname(folder)) folders.push(folder);
  return folders;
}

/** What exists at a path; a link is a file, wherever it leads. */
export async function fileKindAt(top: string, path: string): Promise<"file" | "folder" | null> {
  return lstat(join(top, path)).then(
    (found) => (found.isDirectory() ? "folder" : "file"),
    () => null,
  );
}

// Changes that git was told to ignore (`git update-index --assume-unchanged`, `--skip-worktree`) and would lose.

/** @throws HumanError that names a changed file that is hidden from git */
export async function refuseHiddenChanges(top: string, instead: string, options: GitOptions): Promise<void> {
  const [path] = await hiddenChanges(top, options);
  if (path !== undefined) throw new HumanError(`${path} has changes that git was told to ignore and could overwrite; ${instead}.`);
}

/** Files that are marked so but differ from the index. */
async function hiddenChanges(top: string, options: GitOptions): Promise<string[]> {
  const listed = await runGit(top, ["ls-files", "-v", "-z", "--full-name"], options);
  const marked: string[] = [];
  for (const [, path = ""] of listed.stdout.toString("utf8").matchAll(/(?<=^|\0)[a-zS] ([^\0]+)\0/g))
    // A sparse checkout also marks the files that it leaves out; those do not exist.
    if ((await fileKindAt(top, path)) !== null) marked.push(path);
  if (marked.length === 0) return [];
  return withScratch(top, options, async (scratch) => {
    const index = await runGit(top, ["rev-parse", "--git-path", "index"], options);
    await copyFile(resolve(top, outputText(index)), scratch.places.index);
    const more = { config: ["core.splitIndex=false"], input: `${marked.join("\0")}\0` };
    for (const mark of ["--no-assume-unchanged", "--no-skip-worktree"]) await scratch.run(["update-index", mark, "-z", "--stdin"], more);
    await scratch.run(["update-index", "-q", "--refresh"], { config: more.config });
    const compared = await scratch.run(["diff-files", "-z", "--name-only", "--ignore-submodules=all"]);
    const changed = new Set(nulFields(compared));
    return marked.filter((path) => changed.has(path));
  });
}
