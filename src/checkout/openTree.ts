/** An open checkout of the kernel (or QEMU...): its top folder, its files, its MAINTAINERS. */
import { readdir, readFile, stat } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { makeTree, type Tree } from "../core/series/treePaths";
import { type MaintainersMatcher, maintainersMatcher, parseMaintainers } from "../core/subsystem/maintainers";
import type { GitOptions } from "../git/git";

export interface OpenTree extends Tree {
  /** Absolute path of its top folder. */
  readonly top: string;
  readonly maintainers: MaintainersMatcher | null;
}

export interface OpenTreeOptions extends GitOptions {
  /** Whether git may list the files; not in an untrusted workspace, because it reads the folder's config. */
  readonly git: boolean;
}

/** A folder without git that has more files is no kernel tree, and walking it would take minutes. */
const mostWalkedFiles = 200_000;
/** The kernel's is under 1 MB. */
const largestMaintainers = 16 * 1024 * 1024;

/** Reads a tree. Never fails: a folder that cannot be read is a tree without files. */
export async function openTree(top: string, options: OpenTreeOptions): Promise<OpenTree> {
  const paths = (options.git ? await trackedFiles(top, options) : null) ?? (await walkedFiles(top, options.signal));
  const text = await readBounded(join(top, "MAINTAINERS"));
  return { ...makeTree(paths), top, maintainers: text === null ? null : maintainersMatcher(parseMaintainers(text)) };
}

/**
 * The top of the tree of a folder: the nearest folder upwards with `.git` or, without git, a `MAINTAINERS` file; else the folder
 * itself.
 */
export async function topOfTree(folder: string): Promise<string> {
  for (let at = folder; ; at = dirname(at)) {
    for (const mark of [".git", "MAINTAINERS"]) if (await exists(join(at, mark))) return at;
    if (dirname(at) === at) return folder;
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** The files that git tracks, relative to the folder; null without a repository or git. */
async function trackedFiles(top: string, options: GitOptions): Promise<string[] | null> {
  try {
    // The code that runs git is a third of the extension, so it is loaded with the first tree that may use it.
    const { runGit } = await import("../git/git.js");
    const { stdout } = await runGit(top, ["ls-files", "-z", "--cached"], options);
    const paths = stdout
      .toString("utf8")
      .split("\0")
      .filter((path) => path !== "");
    return paths.length > 0 ? paths : null;
  } catch {
    return null;
  }
}

async function walkedFiles(top: string, signal: AbortSignal | undefined): Promise<string[]> {
  const found: string[] = [];
  const folders = [top];
  for (let folder = folders.pop(); folder !== undefined && found.length < mostWalkedFiles; folder = folders.pop()) {
    if (signal?.aborted) break;
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const path = join(folder, entry.name);
      if (entry.isDirectory() && entry.name !== ".git" && entry.name !== "node_modules") folders.push(path);
      else if (entry.isFile()) found.push(relative(top, path).split(sep).join("/"));
    }
  }
  return found;
}

async function readBounded(path: string): Promise<string | null> {
  try {
    if ((await stat(path)).size > largestMaintainers) return null;
    return await readFile(path, "utf8");
  } catch {
    return null;
  }
}
