/**
 * Mirrors archives on servers into a folder of ours, which is an archive like any other: `git/0.git`, `git/1.git`... The newest
 * epoch is fetched first, and the newest mails of each epoch first. What was fetched stays usable whatever goes wrong later.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { HumanError } from "../core/humanError";
import type { Problem } from "../core/series/series";
import { fetchingGit, type FetchingOptions } from "../git/git";
import { isNotFound, isNothingInWindow, isWholeOnly, remoteFailure } from "../git/gitErrors";
import { takeFolderLock } from "./folderLock";
import { boundaryStamp, findEpochs, isBareRepository, readHead } from "./publicInbox";
import { findRemoteEpochs, parseRemote, type RemoteAddress, type RemoteEpoch, remoteFolder } from "./remoteEpochs";

export interface RemoteOptions {
  /** The folder with all mirrors. */
  readonly storage: string;
  /** Fetches mails of this many months before the archive's newest; null for all. A mirror never loses what it has. */
  readonly months?: number | null;
  /** The git binary of the user's setting; without it, `git` on PATH. */
  readonly git?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: (progress: RemoteProgress) => void;
  /** A server that sends nothing for this many seconds counts as hanging. */
  readonly patience?: number;
}

export interface RemoteProgress {
  readonly sentence: string;
  /** The progress of the current fetch; null where git does not tell yet. */
  readonly percent: number | null;
}

export interface FetchedArchive {
  /** The archive's folder, also after a failure; it does not exist if nothing was ever fetched. */
  readonly folder: string;
  /** Whether anything came, deepened or was rewritten. */
  readonly changed: boolean;
  /** Another window or command is fetching this archive just now, so nothing was done. */
  readonly busy: boolean;
  /** The signal ended it. What had come is kept, and the next call goes on from there. */
  readonly stopped: boolean;
  readonly problems: readonly Problem[];
}

/** How many months are fetched by default. */
const defaultMonths = 6;
const defaultPatience = 60;

/**
 * Brings the mirror of an archive up to date, or makes it. Starts no process if the server's manifest says that nothing changed.
 * To deepen a mirror, ask for more months. Never throws for faults of a server, the network or the disk: `problems` tells them,
 * one sentence each.
 */
export async function fetchArchive(url: string, options: RemoteOptions): Promise<FetchedArchive> {
  const nothing = { folder: "", changed: false, busy: false, stopped: false, problems: [] };
  let folder = "";
  try {
    folder = remoteFolder(options.storage, url);
    mkdirSync(join(folder, "git"), { recursive: true });
  } catch (error) {
    return { ...nothing, folder, problems: [{ source: url, message: failureOf(error, url) }] };
  }
  const problems: Problem[] = [];
  const before = archiveStamp(folder);
  let lock: ReturnType<typeof takeFolderLock> = null;
  try {
    lock = takeFolderLock(join(folder, "mirror.lock"));
    if (!lock) return { ...nothing, folder, busy: true };
    await mirrorArchive(parseRemote(url), folder, options, problems);
  } catch (error) {
    if (!options.signal?.aborted) problems.push({ source: url, message: failureOf(error, url) });
  } finally {
    lock?.release();
  }
  const changed = archiveStamp(folder) !== before;
  removeEmpty(join(folder, "git"), options.storage);
  return { ...nothing, folder, changed, stopped: options.signal?.aborted ?? false, problems };
}

function failureOf(error: unknown, url: string): string {
  return error instanceof HumanError ? error.message : remoteFailure(error, url).message;
}

function archiveStamp(folder: string): string {
  return findEpochs(folder)
    .map(({ name, folder: epoch }) => `${name} ${readHead(epoch) ?? ""} ${boundaryStamp(epoch) ?? ""}`)
    .join("\n");
}

/** Removes folders that a first fetch left without an archive in them. */
function removeEmpty(folder: string, storage: string): void {
  try {
    for (let path = folder; relative(storage, path) !== "" && !relative(storage, path).startsWith(".."); path = dirname(path)) {
      rmdirSync(path);
    }
  } catch {
    // Stops at the first folder that is not empty.
  }
}

async function mirrorArchive(address: RemoteAddress, folder: string, options: RemoteOptions, problems: Problem[]): Promise<void> {
  const { months = defaultMonths, signal, progress } = options;
  const git: FetchingOptions = {
    binary: options.git,
    signal,
    protocol: address.archive.protocol === "https:" ? "https" : "http",
    seconds: Math.max(1, Math.round(options.patience ?? defaultPatience)),
  };
  progress?.({ sentence: `Asking ${address.archive.host} for the archive`, percent: null });
  const now = Math.floor(Date.now() / 1000);
  const epochs = await findRemoteEpochs(address, { git, folder, now });
  const mirrors = epochs.map((epoch) => ({ epoch, mirror: mirrorOf(folder, epoch, git, progress) }));
  const newest = Math.min(now, await newestOf(mirrors, now));
  const state = new Map(readMirrorState(folder));
  for (const { epoch, mirror } of mirrors) {
    signal?.throwIfAborted();
    try {
      await syncEpoch(epoch, mirror, { newest, wanted: monthsBefore(newest, months) }, state.get(epoch.number), (known) => {
        state.set(epoch.number, known);
        storeMirrorState(folder, state);
      });
    } catch (error) {
      if (signal?.aborted) throw error;
      const { message, goOn } = remoteFailure(error, mirror.urls[0] ?? address.given);
      problems.push({ source: mirror.urls[0] ?? address.given, message });
      // A fault of the network or the disk will meet the next epoch too.
      if (!goOn) return;
    }
  }
}

function mirrorOf(folder: string, epoch: RemoteEpoch, git: FetchingOptions, progress: RemoteOptions["progress"]): EpochMirror {
  return {
    folder: join(folder, "git", `${epoch.number}.git`),
    urls: epoch.urls,
    git: {
      ...git,
      progress: ({ stage, done, total, percent }) => {
        const sentence = stage === "receiving" ? `Receiving epoch ${epoch.number}` : `Unpacking epoch ${epoch.number}`;
        progress?.({ sentence: `${sentence}: ${done} of ${total} objects`, percent });
      },
    },
  };
}

/** When the archive's newest mail came: according to the manifest, else to the newest epoch that has mail. */
async function newestOf(mirrors: ReadonlyArray<{ epoch: RemoteEpoch; mirror: EpochMirror }>, now: number): Promise<number> {
  const listed = mirrors.map(({ epoch }) => epoch.modified).filter((time) => time !== null);
  if (listed.length > 0) return Math.max(...listed);
  for (const { mirror } of mirrors) {
    const time = await newestMail(mirror);
    if (time !== null) return time;
  }
  return now;
}

interface MailWindow {
  readonly newest: number;
  readonly wanted: number | null;
}

async function syncEpoch(
  { fingerprint, modified }: RemoteEpoch,
  mirror: EpochMirror,
  { newest, wanted }: MailWindow,
  known: MirroredEpoch | undefined,
  keep: (known: MirroredEpoch) => void,
): Promise<void> {
  const isThere = isMirrored(mirror);
  const isWhole = isThere && !isShallow(mirror.folder);
  const isUnchanged = fingerprint !== null && known?.fingerprint === fingerprint;
  const reached = isWhole ? null : isThere ? (known?.since ?? undefined) : undefined;
  const isDeep = isWhole || (isThere && reachesTo(reached, wanted));
  if (isUnchanged && (isDeep || (known.empty && !isThere && reachesTo(known.since, wanted)))) return;
  // An old epoch is left alone until somebody wants to see that far back.
  if (!isThere && modified !== null && wanted !== null && modified < wanted) return;
  // Without a note of how far the mirror reaches, a small first step would remove mail that is there.
  const isUnknown = isThere && reached === undefined;
  const steps = isDeep ? [reached ?? null] : isUnknown ? [wanted] : windowSteps({ newest, modified, reached, wanted });
  for (const since of steps) {
    const depth = await fetchEpoch(mirror, { since });
    const isEmpty = depth === "nothing" || !isMirrored(mirror);
    // Empty first weeks do not mean that the rest is empty.
    if (isEmpty && since !== steps.at(-1)) continue;
    keep({ fingerprint, since: typeof depth === "object" ? depth.since : since, empty: isEmpty });
  }
  await tidyEpoch(mirror);
}

function reachesTo(since: number | null | undefined, wanted: number | null): boolean {
  return since === null || (since !== undefined && wanted !== null && since <= wanted);
}

// One epoch of a mirror: a bare repository of our own that git fetches into.

export interface EpochMirror {
  /** `<archive>/git/<number>.git`. */
  readonly folder: string;
  /** Addresses of the epoch on servers; the first that exists is used. */
  readonly urls: readonly string[];
  readonly git: FetchingOptions;
}

/** How far back mails are wanted: since a moment in seconds, all of them (null), or only the newest. */
type Depth = { readonly since: number | null } | "newest";

/** The folder a mirror is made in. A repository under its final name was fetched, at least as far as its refs say. */
const unfinishedSuffix = ".making";
/** A git that was just killed may still be writing. */
const leftover = { recursive: true, force: true, maxRetries: 3, retryDelay: 50 };
/** Every fetch leaves a pack; when there are more than this, git merges them. */
const mostPacks = 40;

/** Whether an epoch has mails here. */
function isMirrored({ folder }: Pick<EpochMirror, "folder">): boolean {
  return isBareRepository(folder) && readHead(folder) !== null;
}

/** Whether mails older than the oldest here were left out. */
function isShallow(folder: string): boolean {
  return boundaryStamp(folder) !== null;
}

/**
 * Fetches new mail, as far back as asked. A rewritten history replaces the old one. The repository gets its final name only when
 * the first fetch has ended, so that a broken one never passes for an archive. Returns how far back it then reaches: `nothing` if
 * no mail is that new. Throws what git said.
 */
async function fetchEpoch(mirror: EpochMirror, depth: Depth): Promise<Depth | "nothing"> {
  const isNew = !isMirrored(mirror);
  const place = isNew ? mirror.folder + unfinishedSuffix : mirror.folder;
  // A fetch cannot go on from a repository that broke off, unless that was begun with its newest mail.
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
    // A first fetch that broke off leaves nothing of use.
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

/** When the newest mail here came, in seconds. If there is none yet, only that mail is fetched. Null for an empty epoch. */
async function newestMail(mirror: EpochMirror): Promise<number | null> {
  const isNew = !isMirrored(mirror);
  if (isNew) await fetchEpoch(mirror, "newest");
  const place = isNew ? mirror.folder + unfinishedSuffix : mirror.folder;
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
 * After a purge the old history is removed: it holds what was purged, and hides that the new history is linear. This takes time
 * in a large archive, and happens once in years. A failure does no harm.
 */
async function dropRewritten(git: ReturnType<typeof fetchingGit>, before: string, after: string): Promise<void> {
  if (before === after) return;
  const left = await git.raw(["rev-list", "--count", "--end-of-options", before, `^${after}`]).catch(() => "0");
  if (Number(left) === 0) return;
  await git.raw(["repack", "-a", "-d", "-q"]).catch(() => undefined);
  await git.raw(["prune", "--expire=now"]).catch(() => undefined);
}

/** A complete repository stays complete: git would forget the rest if it were asked for a part. */
function depthOption(place: string, depth: Depth): string[] {
  if (depth === "newest") return ["--depth=1"];
  const shallow = isShallow(place);
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

/** Removes the locks and half packs of a killed git; nobody else fetches here now. */
function removeLeftovers(place: string): void {
  const remove = (folder: string, names: RegExp): void => {
    if (!existsSync(folder)) return;
    for (const name of readdirSync(folder)) if (names.test(name)) rmSync(join(folder, name), { force: true });
  };
  remove(place, /\.lock$/);
  remove(join(place, "refs", "heads"), /\.lock$/);
  remove(join(place, "objects", "pack"), /^tmp_|^\.tmp-/);
}

/** Merges many packs into few. It changes none of their contents, and a failure does no harm. */
async function tidyEpoch({ folder, git }: EpochMirror): Promise<void> {
  const packs = join(folder, "objects", "pack");
  if (!existsSync(packs) || readdirSync(packs).filter((name) => name.endsWith(".pack")).length <= mostPacks) return;
  await fetchingGit(folder, git)
    .raw(["repack", "--geometric=2", "-d", "-q"])
    .catch(() => undefined);
}

// What is known of a mirror besides its repositories: how far back each was fetched, and what the server had then.

interface MirroredEpoch {
  /** The server's manifest when everything was fetched; null without one. */
  readonly fingerprint: string | null;
  /** Mails since then are there, in seconds; null: all of them. */
  readonly since: number | null;
  /** There was no mail in that time, so there is no repository either. */
  readonly empty: boolean;
}

/** By the number of the epoch. */
type MirrorState = ReadonlyMap<number, MirroredEpoch>;

const stateFile = "mirror.json";
const stateFormat = 1;

/** Never throws: an unreadable note counts as none, and the mail is fetched again. */
function readMirrorState(folder: string): MirrorState {
  const state = new Map<number, MirroredEpoch>();
  try {
    const stored = JSON.parse(readFileSync(join(folder, stateFile), "utf8")) as Record<string, unknown> | null;
    if (stored?.["format"] !== stateFormat || !Array.isArray(stored["epochs"])) return state;
    for (const one of stored["epochs"] as unknown[]) {
      const { number, fingerprint, since, empty } = (one ?? {}) as Record<string, unknown>;
      if (typeof number !== "number" || !(typeof since === "number" || since === null)) continue;
      state.set(number, { fingerprint: typeof fingerprint === "string" ? fingerprint : null, since, empty: empty === true });
    }
  } catch {
    // The folder is of an earlier version, or a crash cut the file short.
  }
  return state;
}

/** Keeps what is known. The file is either the old one or the new one, however this ends. */
function storeMirrorState(folder: string, state: MirrorState): void {
  const file = join(folder, stateFile);
  const epochs = [...state].sort(([a], [b]) => a - b).map(([number, epoch]) => ({ number, ...epoch }));
  writeFileSync(`${file}.new`, `${JSON.stringify({ format: stateFormat, epochs }, null, 2)}\n`);
  renameSync(`${file}.new`, file);
}

// How far back an archive is fetched, and in which steps.

/** Months of mail that are fetched first, so that there is soon something to look at and an interruption loses little. */
const firstMonths = [1, 6, 24];

/** More months than any mail is old. */
const allMonths = 12 * 50;

/** The moment some months before another, both in seconds; null for all time. */
export function monthsBefore(seconds: number, months: number | null): number | null {
  if (months === null || !(months <= allMonths)) return null;
  const date = new Date(seconds * 1000);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() - Math.max(1, Math.round(months)));
  const lastDay = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, lastDay));
  return date.getTime() > 0 ? Math.floor(date.getTime() / 1000) : null;
}

interface WindowSteps {
  /** When the archive's newest mail came, in seconds. */
  readonly newest: number;
  /** When the newest mail of the epoch came, if that is known. */
  readonly modified: number | null;
  /** How far back it has been fetched: since then, all (null), or not at all. */
  readonly reached: number | null | undefined;
  readonly wanted: number | null;
}

/** The moments to fetch back to, one after the other; the last is the wanted one. */
export function windowSteps({ newest, modified, reached, wanted }: WindowSteps): ReadonlyArray<number | null> {
  const before = firstMonths
    .map((months) => monthsBefore(newest, months))
    .filter((since): since is number => since !== null && since <= (modified ?? newest))
    .filter((since) => (wanted === null || since > wanted) && (reached === undefined || reached === null || since < reached));
  return [...before, wanted];
}
