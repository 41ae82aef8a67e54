/** Where patches are tried: an index and an object folder beside the repository, filled from a tree and thrown away afterwards. */
import { mkdir, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { HumanError } from "../core/humanError";
import { isSafePath } from "../core/series/treePaths";
import type { ScratchPlaces } from "../git/environment";
import { type GitOptions, type GitResult, runGit, type RunOptions } from "../git/git";
import { gitReason } from "../git/gitErrors";
import { nulFields, outputText } from "../git/objects";

export interface Scratch {
  readonly places: ScratchPlaces;
  /** A folder for other files. */
  readonly folder: string;
  /** Runs git with the index and the objects of the scratch; see `runGit`. */
  readonly run: (args: readonly string[], options?: Omit<RunOptions, "scratch" | "binary">) => Promise<GitResult>;
  /** The same scratch with another index file of its folder, which need not exist yet. */
  readonly withIndex: (name: string) => Scratch;
}

const prefix = "kvm-series-scratch-";
/** No check takes this long. */
const oldMilliseconds = 86_400_000;

/**
 * Makes a scratch for the repository of a folder. Whatever runs with it, the repository's worktree, index, refs, stash and objects
 * stay as they are: new objects go into a folder of their own, which has the repository's as alternates.
 *
 * @throws what git printed when the folder is in no repository
 */
async function openScratch(top: string, options: GitOptions = {}): Promise<Scratch> {
  const found = await runGit(top, ["rev-parse", "--git-path", "objects"], options);
  if (found.code !== 0) throw new Error(found.stderr.trim());
  const alternates = resolve(top, outputText(found));
  swept ??= sweepScratches();
  await swept;
  const folder = await mkdtemp(join(tmpdir(), prefix));
  const objects = join(folder, "objects");
  await mkdir(objects);
  const at = (index: string): Scratch => {
    const places: ScratchPlaces = { index: join(folder, index), objects, alternates };
    return { places, folder, run: (args, more = {}) => runGit(top, args, { ...options, ...more, scratch: places }), withIndex: at };
  };
  return at("index");
}

/** The one sweep of this process: scratches that were left behind before it began are the same for all trees. */
let swept: Promise<void> | undefined;

/** Removes the scratches of processes that were killed. */
async function sweepScratches(): Promise<void> {
  const names = await readdir(tmpdir()).catch(() => []);
  for (const name of names.filter((one) => one.startsWith(prefix))) {
    const folder = join(tmpdir(), name);
    const made = await stat(folder).catch(() => null);
    // A scratch of another user cannot be removed, and need not be.
    if (made && Date.now() - made.mtimeMs > oldMilliseconds) await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** Runs something with a scratch, and removes the scratch however that ends. */
export async function withScratch<T>(top: string, options: GitOptions, use: (scratch: Scratch) => Promise<T>): Promise<T> {
  const scratch = await openScratch(top, options);
  try {
    return await use(scratch);
  } finally {
    await rm(scratch.folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

export interface TreeEntry {
  readonly mode: string;
  readonly id: string;
}

/** Longer command lines are refused by some systems; a kernel path has some forty characters. */
const pathBytesAtOnce = 30_000;

/** The entries of some paths of a tree: files, links, submodules and folders. Paths out of the tree have none. */
export async function entriesAt(top: string, tree: string, paths: readonly string[], options: GitOptions): Promise<Map<string, TreeEntry>> {
  const entries = new Map<string, TreeEntry>();
  for (const some of inChunks(paths.filter(isSafePath))) {
    const listed = await runGit(top, ["--literal-pathspecs", "ls-tree", "-z", "--full-tree", tree, "--", ...some], options);
    if (listed.code !== 0) throw new HumanError(`The files of the commit could not be listed (${gitReason(listed.stderr)}).`);
    for (const line of nulFields(listed)) {
      const [, mode, id, path] = /^(\d{6}) \w+ ([0-9a-f]+)\t(.*)$/s.exec(line) ?? [];
      if (mode !== undefined && id !== undefined && path !== undefined) entries.set(path, { mode, id });
    }
  }
  return entries;
}

export function isFolder({ mode }: TreeEntry): boolean {
  return mode === "040000";
}

function inChunks(paths: readonly string[]): string[][] {
  const chunks: string[][] = [];
  let size = Infinity;
  for (const path of paths) {
    if (size + path.length > pathBytesAtOnce) {
      chunks.push([]);
      size = 0;
    }
    chunks.at(-1)?.push(path);
    size += path.length + 1;
  }
  return chunks;
}

/** Adds the files among some entries to the index of a scratch. */
export async function fillIndex(scratch: Scratch, entries: ReadonlyMap<string, TreeEntry>): Promise<void> {
  const lines = [...entries].filter(([, entry]) => !isFolder(entry)).map(([path, { mode, id }]) => `${mode} ${id}\t${path}\0`);
  const { code, stderr } = await scratch.run(["update-index", "-z", "--index-info"], { input: lines.join("") });
  if (code !== 0) throw new HumanError(`Patches cannot be tried in this repository (${gitReason(stderr)}).`);
}

/** The author of the commits of a scratch, which nobody sees. */
export const scratchIdentity = ["user.name=KVM Series", "user.email=kvm-series@localhost.invalid"] as const;

/**
 * Applies a patch to the index of a scratch: as it is, else by a three-way merge.
 *
 * @param diff in exact bytes
 * @returns null when it applied; else git's messages about the merge, which may have left all sides of a file in the index
 */
export async function applyToIndex(scratch: Scratch, diff: Uint8Array): Promise<GitResult | null> {
  if ((await scratch.run(["apply", "--cached", "-"], { input: diff })).code === 0) return null;
  // With --check, git would call a merge with conflicts a success.
  const tried = await scratch.run(["apply", "--cached", "--3way", "-"], { input: diff });
  return tried.code === 0 ? null : tried;
}
