/** Files git does not know that stand where an apply would write: it is refused, so that none is overwritten or taken for the author's. */
import { lstat, rmdir, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { readDiff } from "../core/diff/diff";
import { HumanError } from "../core/humanError";
import { readMail } from "../core/mail/mail";
import { readMbox } from "../core/mail/mbox";
import { isSafePath } from "../core/paths/tree";
import { runGit, type GitOptions } from "./git";

/** All files the patches of an mbox, or of one of its mails, name, as far as git would take the name. */
export function pathsOfMbox(mbox: Uint8Array): string[] {
  const files = readMbox(mbox).flatMap((mail) => readDiff(readMail(mail).body).files);
  const named = files.flatMap(({ path, oldPath }) => (oldPath === undefined ? [path] : [path, oldPath]));
  return [...new Set(named)].filter(isSafePath);
}

/**
 * Refuses where something that git does not know, ignored or not, stands at one of the paths or in place of a folder of theirs.
 *
 * @param who says of whom the file would be, as the middle of the sentence
 * @throws HumanError that names the first such file
 */
export async function needFree(top: string, paths: readonly string[], who: string, options: GitOptions): Promise<void> {
  const standing = await standingAt(top, paths);
  if (standing.length === 0) return;
  const listed = await runGit(top, ["ls-files", "-z", "--full-name"], options);
  const tracked = listed.stdout.toString("utf8").split("\0");
  const isTracked = new Set(tracked);
  const found = standing.find((path) => !isTracked.has(path) && !tracked.some((one) => one.startsWith(`${path}/`)));
  if (found !== undefined) throw new HumanError(`${found} is not known to git here, but ${who} has a file there; move yours away first.`);
}

/** What is there at the paths, and what is no folder where they have one. */
async function standingAt(top: string, paths: readonly string[]): Promise<string[]> {
  const standing: string[] = [];
  for (const path of paths) if ((await kindOf(top, path)) !== null) standing.push(path);
  for (const folder of new Set(paths.flatMap(foldersOf))) if ((await kindOf(top, folder)) === "file") standing.push(folder);
  return standing;
}

/** Those of the paths at which nothing is. */
export async function absentOf(top: string, paths: readonly string[]): Promise<string[]> {
  const absent: string[] = [];
  for (const path of paths) if ((await kindOf(top, path)) === null) absent.push(path);
  return absent;
}

/** Removes files that git brought and that were not there before, and folders that are empty without them. */
export async function removeBrought(top: string, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const kind = await kindOf(top, path);
    if (kind === null) continue;
    // A submodule is brought as an empty folder.
    await (kind === "folder" ? rmdir(join(top, path)) : unlink(join(top, path))).catch(() => undefined);
    await removeEmptyFolders(top, path);
  }
}

async function removeEmptyFolders(top: string, path: string): Promise<void> {
  for (const folder of foldersOf(path)) {
    const isGone = await rmdir(join(top, folder)).then(
      () => true,
      () => false,
    );
    if (!isGone) return;
  }
}

/** The folders a path lies in, the innermost first. */
function foldersOf(path: string): string[] {
  const folders: string[] = [];
  for (let folder = dirname(path); folder !== "."; folder = dirname(folder)) folders.push(folder);
  return folders;
}

/** What stands at a path; a link is a file, wherever it leads. */
export async function kindOf(top: string, path: string): Promise<"file" | "folder" | null> {
  return lstat(join(top, path)).then(
    (found) => (found.isDirectory() ? "folder" : "file"),
    () => null,
  );
}
