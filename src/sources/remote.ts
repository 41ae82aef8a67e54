/**
 * Archives on servers, mirrored into a folder of ours that is an archive like any other: `git/0.git`, `git/1.git`... Newest
 * epoch first, and of each the newest mails first; what was fetched stays usable whatever goes wrong later.
 */
import { mkdirSync, rmdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { HumanError } from "../core/humanError";
import type { Problem } from "../core/series/series";
import type { FetchingOptions } from "../worktree/git";
import { takeFolderLock } from "./folderLock";
import { fetchEpoch, isMirrored, isShallow, mirrorStamp, newestMail, tidyEpoch, type EpochMirror } from "./mirrorEpoch";
import { readMirrorState, storeMirrorState, type MirroredEpoch } from "./mirrorState";
import { monthsBefore, windowSteps } from "./mirrorWindow";
import { findEpochs } from "./publicInbox";
import { parseRemote, remoteFolder, type RemoteAddress } from "./remoteAddress";
import { findRemoteEpochs, type RemoteEpoch } from "./remoteEpochs";
import { remoteFailure } from "./remoteErrors";

export interface RemoteOptions {
  /** The folder that all mirrors lie in. */
  readonly storage: string;
  /** Mails of so many months before the archive's newest are fetched; null for all. A mirror never loses what it has. */
  readonly months?: number | null;
  /** The git binary of the user's setting; `git` on PATH where it is not set. */
  readonly git?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: (progress: RemoteProgress) => void;
  /** A server that sends nothing for so many seconds is one that hangs. */
  readonly patience?: number;
}

export interface RemoteProgress {
  readonly sentence: string;
  /** Of the fetch under way; null where git does not tell yet. */
  readonly percent: number | null;
}

export interface FetchedArchive {
  /** The archive's folder, also after a failure; it is absent where nothing could be fetched ever. */
  readonly folder: string;
  /** Whether anything came, deepened or was rewritten. */
  readonly changed: boolean;
  /** Another window or command is fetching this archive just now; nothing was done. */
  readonly busy: boolean;
  /** It was ended by the signal. What had come is kept; the next call goes on from there. */
  readonly stopped: boolean;
  readonly problems: readonly Problem[];
}

/** How many months are fetched where nothing else was asked for. */
export const defaultMonths = 6;
const defaultPatience = 60;

/**
 * Brings the mirror of an archive up to date, or makes it. Starts no process where the server's manifest says that nothing
 * changed. To deepen a mirror, ask for more months. Never throws for what a server, the network or the disk does: that is
 * told in `problems`, in one sentence each.
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
  const before = stampOf(folder);
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
  const changed = stampOf(folder) !== before;
  removeEmpty(join(folder, "git"), options.storage);
  return { ...nothing, folder, changed, stopped: options.signal?.aborted ?? false, problems };
}

function failureOf(error: unknown, url: string): string {
  return error instanceof HumanError ? error.message : remoteFailure(error, url).message;
}

function stampOf(folder: string): string {
  return findEpochs(folder)
    .map((epoch) => `${epoch.name} ${mirrorStamp(epoch)}`)
    .join("\n");
}

/** Takes away folders that a first fetch left without an archive in them. */
function removeEmpty(folder: string, storage: string): void {
  try {
    for (let path = folder; relative(storage, path) !== "" && !relative(storage, path).startsWith(".."); path = dirname(path)) {
      rmdirSync(path);
    }
  } catch {
    // The first that is not empty ends it.
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
      // What the network or the disk does not give for one epoch it does not give for the next.
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

/** When the archive's newest mail came: as the manifest says, else as the mail in the newest epoch that has any. */
async function newestOf(mirrors: ReadonlyArray<{ epoch: RemoteEpoch; mirror: EpochMirror }>, now: number): Promise<number> {
  const listed = mirrors.map(({ epoch }) => epoch.modified).filter((time) => time !== null);
  if (listed.length > 0) return Math.max(...listed);
  for (const { mirror } of mirrors) {
    const time = await newestMail(mirror);
    if (time !== null) return time;
  }
  return now;
}

interface Window {
  readonly newest: number;
  readonly wanted: number | null;
}

async function syncEpoch(
  { fingerprint, modified }: RemoteEpoch,
  mirror: EpochMirror,
  { newest, wanted }: Window,
  known: MirroredEpoch | undefined,
  keep: (known: MirroredEpoch) => void,
): Promise<void> {
  const isThere = isMirrored(mirror);
  const isWhole = isThere && !isShallow(mirror);
  const isUnchanged = fingerprint !== null && known?.fingerprint === fingerprint;
  const reached = isWhole ? null : isThere ? (known?.since ?? undefined) : undefined;
  const isDeep = isWhole || (isThere && reachesTo(reached, wanted));
  if (isUnchanged && (isDeep || (known.empty && !isThere && reachesTo(known.since, wanted)))) return;
  // An old epoch is left alone until somebody wants to see that far back.
  if (!isThere && modified !== null && wanted !== null && modified < wanted) return;
  // Without a note of how far it reaches, a first small step would take away what is there.
  const isUnknown = isThere && reached === undefined;
  const steps = isDeep ? [reached ?? null] : isUnknown ? [wanted] : windowSteps({ newest, modified, reached, wanted });
  for (const since of steps) {
    const depth = await fetchEpoch(mirror, { since });
    const isEmpty = depth === "nothing" || !isMirrored(mirror);
    // That the first weeks hold no mail does not say so of the rest.
    if (isEmpty && since !== steps.at(-1)) continue;
    keep({ fingerprint, since: typeof depth === "object" ? depth.since : since, empty: isEmpty });
  }
  await tidyEpoch(mirror);
}

function reachesTo(since: number | null | undefined, wanted: number | null): boolean {
  return since === null || (since !== undefined && wanted !== null && since <= wanted);
}
