/** One epoch of a mirror: a bare repository of our own that git fetches into. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { SimpleGit } from "simple-git";
import { fetchingGit, type FetchingOptions } from "../worktree/git";
import { isBareRepository, readHead } from "./publicInbox";
import { isNothingInWindow, isNotFound, isWholeOnly } from "./remoteErrors";

export interface EpochMirror {
  /** `<archive>/git/<number>.git`. */
  readonly folder: string;
  /** Addresses under which servers have it; the first that is there is used. */
  readonly urls: readonly string[];
  readonly git: FetchingOptions;
}

/** How far back mails are wanted: since a moment in seconds, all of them (null), or the newest one alone. */
export type Depth = { readonly since: number | null } | "newest";

/** Where a mirror is made: what is there by the right name was fetched, at least as far as its refs say. */
const making = ".making";
/** A git that was just killed may still be writing. */
const leftover = { recursive: true, force: true, maxRetries: 3, retryDelay: 50 };
/** Every fetch leaves a pack; of more than this many git makes fewer. */
const mostPacks = 40;

/** Whether an epoch has mails here. */
export function isMirrored({ folder }: Pick<EpochMirror, "folder">): boolean {
  return isBareRepository(folder) && readHead(folder) !== null;
}

/** Whether mails older than those here were left out. */
export function isShallow({ folder }: Pick<EpochMirror, "folder">): boolean {
  return existsSync(join(folder, "shallow"));
}

/** What changes when an epoch was fetched or deepened. */
export function mirrorStamp({ folder }: Pick<EpochMirror, "folder">): string {
  try {
    return `${readHead(folder) ?? ""} ${isShallow({ folder }) ? readFileSync(join(folder, "shallow"), "latin1") : ""}`;
  } catch {
    return "";
  }
}

/**
 * Fetches what is new, as far back as asked. A rewritten history takes the place of the old one. The repository gets its name
 * only when the first fetch has ended, so that a broken one never passes for an archive. Says how far back it reaches after
 * this: `nothing` where no mail is that new. Throws what git said.
 */
export async function fetchEpoch(mirror: EpochMirror, depth: Depth): Promise<Depth | "nothing"> {
  const isNew = !isMirrored(mirror);
  const place = isNew ? mirror.folder + making : mirror.folder;
  // A repository that broke off holds nothing that a fetch could go on from, except one that was begun with its newest mail.
  if (isNew && readHead(place) === null) {
    rmSync(place, { recursive: true, force: true });
    mkdirSync(place, { recursive: true });
    await fetchingGit(place, mirror.git).raw(["init", "--quiet", "--bare", "--template=", "--initial-branch=master"]);
  }
  removeLeftovers(place);
  let reached: Depth | "nothing";
  try {
    reached = await fetchInto(place, mirror, depth);
  } catch (error) {
    // What came of a first fetch that broke off is of no use.
    if (isNew && readHead(place) === null) rmSync(place, leftover);
    throw error;
  }
  if (reached === "nothing" || depth === "newest") return reached;
  if (isNew && readHead(place) !== null) {
    rmSync(mirror.folder, { recursive: true, force: true });
    renameSync(place, mirror.folder);
  }
  return reached;
}

/** When the newest mail here came, in seconds; asks for no more than that mail where there is none yet. Null for an empty epoch. */
export async function newestMail(mirror: EpochMirror): Promise<number | null> {
  const isNew = !isMirrored(mirror);
  if (isNew) await fetchEpoch(mirror, "newest");
  const place = isNew ? mirror.folder + making : mirror.folder;
  const head = readHead(place);
  if (head === null) return null;
  const time = Number(await fetchingGit(place, mirror.git).raw(["log", "-1", "--format=%ct", "--end-of-options", head]));
  return Number.isSafeInteger(time) && time > 0 ? time : null;
}

async function fetchInto(place: string, mirror: EpochMirror, depth: Depth): Promise<Depth | "nothing"> {
  const before = readHead(place);
  try {
    await fetchFrom(place, mirror, depthOption(place, depth));
    if (before !== null) await dropRewritten(fetchingGit(place, mirror.git), before, readHead(place) ?? before);
  } catch (error) {
    if (isNothingInWindow(error) && before === null) return "nothing";
    if (!isWholeOnly(error)) throw error;
    await fetchFrom(place, mirror, []);
    return { since: null };
  }
  return depth;
}

/**
 * After a purge the old history goes, which held what was purged and hides that the new one is plain. That takes its time in a
 * large archive, and happens once in years. What goes wrong with it does no harm.
 */
async function dropRewritten(git: SimpleGit, before: string, after: string): Promise<void> {
  if (before === after) return;
  const left = await git.raw(["rev-list", "--count", "--end-of-options", before, `^${after}`]).catch(() => "0");
  if (Number(left) === 0) return;
  await git.raw(["repack", "-a", "-d", "-q"]).catch(() => undefined);
  await git.raw(["prune", "--expire=now"]).catch(() => undefined);
}

/** A repository that is whole stays so: asked for a part, git would forget the rest. */
function depthOption(place: string, depth: Depth): string[] {
  if (depth === "newest") return ["--depth=1"];
  const shallow = existsSync(join(place, "shallow"));
  if (depth.since === null) return shallow ? ["--unshallow"] : [];
  return shallow || readHead(place) === null ? [`--shallow-since=${new Date(depth.since * 1000).toISOString()}`] : [];
}

async function fetchFrom(place: string, { urls, git }: EpochMirror, depth: readonly string[]): Promise<void> {
  const options = ["--progress", "--no-tags", "--no-write-fetch-head", "--no-auto-gc", "--no-recurse-submodules", ...depth];
  for (const [at, url] of urls.entries()) {
    try {
      await fetchingGit(place, git).raw(["fetch", ...options, "--end-of-options", url, "+refs/heads/*:refs/heads/*"]);
      return;
    } catch (error) {
      if (!isNotFound(error) || at === urls.length - 1) throw error;
    }
  }
}

/** The locks and half packs of a git that was killed; nobody else fetches here now. */
function removeLeftovers(place: string): void {
  const remove = (folder: string, names: RegExp): void => {
    if (!existsSync(folder)) return;
    for (const name of readdirSync(folder)) if (names.test(name)) rmSync(join(folder, name), { force: true });
  };
  remove(place, /\.lock$/);
  remove(join(place, "refs", "heads"), /\.lock$/);
  remove(join(place, "objects", "pack"), /^tmp_|^\.tmp-/);
}

/** Makes few packs of many. It changes nothing of what is in them, and what goes wrong with it does no harm. */
export async function tidyEpoch({ folder, git }: EpochMirror): Promise<void> {
  const packs = join(folder, "objects", "pack");
  if (!existsSync(packs) || readdirSync(packs).filter((name) => name.endsWith(".pack")).length <= mostPacks) return;
  await fetchingGit(folder, git)
    .raw(["repack", "--geometric=2", "-d", "-q"])
    .catch(() => undefined);
}
