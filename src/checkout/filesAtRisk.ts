/** Files an apply would overwrite unseen, because git does not know them or was told not to look: it is refused instead. */
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

/** All files the patches of an mbox, or of one of its mails, name, as far as git would take the name. */
export function pathsOfMbox(mbox: Uint8Array): string[] {
  const files = readMbox(mbox).flatMap((mail) => readDiff(readMail(mail).body).files);
  const named = files.flatMap(({ path, oldPath }) => (oldPath === undefined ? [path] : [path, oldPath]));
  return [...new Set(named)].filter(isSafePath);
}

/**
 * Refuses where there is an untracked file, ignored or not, at one of the paths, or in the place of a folder that they lie in.
 *
 * @param who what would write the file there, as the middle of the sentence: `the base`
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

/** What is there at the paths, and what is no folder where they have one. */
async function occupiedAmong(top: string, paths: readonly string[]): Promise<string[]> {
  const occupied: string[] = [];
  for (const path of paths) if ((await fileKindAt(top, path)) !== null) occupied.push(path);
  for (const folder of new Set(paths.flatMap(foldersAbove))) if ((await fileKindAt(top, folder)) === "file") occupied.push(folder);
  return occupied;
}

/** Those of the paths at which nothing is. */
export async function absentAmong(top: string, paths: readonly string[]): Promise<string[]> {
  const absent: string[] = [];
  for (const path of paths) if ((await fileKindAt(top, path)) === null) absent.push(path);
  return absent;
}

/** Removes files that git brought and that were not there before, and folders that are empty without them. */
export async function removeBrought(top: string, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const kind = await fileKindAt(top, path);
    if (kind === null) continue;
    // Git writes a submodule as an empty folder.
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

/** The folders a path lies in, the innermost first. */
function foldersAbove(path: string): string[] {
  const folders: string[] = [];
  for (let folder = dirname(path); folder !== "."; folder = dirname(folder)) folders.push(folder);
  return folders;
}

/** What stands at a path; a link is a file, wherever it leads. */
export async function fileKindAt(top: string, path: string): Promise<"file" | "folder" | null> {
  return lstat(join(top, path)).then(
    (found) => (found.isDirectory() ? "folder" : "file"),
    () => null,
  );
}

// Changes that git was told not to look for (`git update-index --assume-unchanged`, `--skip-worktree`), and would lose.

/** @throws HumanError that names a file that was changed and is hidden from git */
export async function refuseHiddenChanges(top: string, instead: string, options: GitOptions): Promise<void> {
  const [path] = await hiddenChanges(top, options);
  if (path !== undefined) throw new HumanError(`${path} has changes that git was told to ignore and could overwrite; ${instead}.`);
}

/** Files that are marked so and differ from the index all the same, by their contents. */
async function hiddenChanges(top: string, options: GitOptions): Promise<string[]> {
  const listed = await runGit(top, ["ls-files", "-v", "-z", "--full-name"], options);
  const marked: string[] = [];
  for (const [, path = ""] of listed.stdout.toString("utf8").matchAll(/(?<=^|\0)[a-zS] ([^\0]+)\0/g))
    // A sparse checkout marks the files that it leaves out, too; those are not there.
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
