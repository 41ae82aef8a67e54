/** A place beside the repository where patches are tried: an index and a folder of objects of its own, thrown away afterwards. */
import { mkdir, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { runGit, type GitOptions, type GitResult, type RunOptions, type ScratchPlaces } from "./git";

export interface Scratch {
  readonly places: ScratchPlaces;
  /** A folder for what else is written on the way. */
  readonly folder: string;
  /** Runs git with the index and the objects of the scratch; see `runGit`. */
  run(args: readonly string[], options?: Omit<RunOptions, "scratch" | "binary">): Promise<GitResult>;
  dispose(): Promise<void>;
}

const prefix = "kvm-series-scratch-";
/** No check takes a day. */
const oldMilliseconds = 86_400_000;

/**
 * Makes a scratch for the repository a folder lies in. The repository's worktree, index, refs, stash and set of objects stay as
 * they are, whatever is run with it: new objects come into a folder of their own, which reads the repository's as alternates.
 *
 * @throws what git said where the folder is in no repository
 */
async function openScratch(top: string, options: GitOptions = {}): Promise<Scratch> {
  const found = await runGit(top, ["rev-parse", "--git-path", "objects"], options);
  if (found.code !== 0) throw new Error(found.stderr.trim());
  const alternates = resolve(top, found.stdout.toString("utf8").replace(/\n$/, ""));
  swept ??= sweepScratches();
  await swept;
  const folder = await mkdtemp(join(tmpdir(), prefix));
  const places: ScratchPlaces = { index: join(folder, "index"), objects: join(folder, "objects"), alternates };
  await mkdir(places.objects);
  return {
    places,
    folder,
    run: (args, more = {}) => runGit(top, args, { ...options, ...more, scratch: places }),
    dispose: () => rm(folder, { recursive: true, force: true, maxRetries: 3 }),
  };
}

/** Once in a process. */
let swept: Promise<void> | undefined;

/** Removes the scratches of processes that were killed. */
async function sweepScratches(): Promise<void> {
  const names = await readdir(tmpdir()).catch(() => []);
  for (const name of names.filter((one) => one.startsWith(prefix))) {
    const folder = join(tmpdir(), name);
    const made = await stat(folder).catch(() => null);
    // Somebody else's cannot be removed, and is not ours to complain of.
    if (made && Date.now() - made.mtimeMs > oldMilliseconds) await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** Runs something with a scratch and throws the scratch away, however that ended. */
export async function withScratch<T>(top: string, options: GitOptions, use: (scratch: Scratch) => Promise<T>): Promise<T> {
  const scratch = await openScratch(top, options);
  try {
    return await use(scratch);
  } finally {
    await scratch.dispose();
  }
}
