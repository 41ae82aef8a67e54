/** Which epochs a server has of an archive: by its manifest, and where it has none by asking for one after the other. */
import { createHash } from "node:crypto";
import { HumanError } from "../core/humanError";
import { fetchingGit, type FetchingOptions } from "../worktree/git";
import { downloadManifest, epochsInManifest, type ListedEpoch } from "./manifest";
import type { RemoteAddress } from "./remoteAddress";
import { isNotFound, isPage, remoteFailure } from "./remoteErrors";

export interface RemoteEpoch extends ListedEpoch {
  /** Addresses that git may find it under, the likeliest first. */
  readonly urls: readonly string[];
}

export interface AskOptions {
  readonly git: FetchingOptions;
  /** A folder for git to start in. */
  readonly folder: string;
  /** In seconds. */
  readonly now: number;
}

/** A manifest that takes longer than this does not come, in seconds. */
const manifestSeconds = 30;
/** Epochs that are asked for one by one where no manifest lists them. */
const mostAsked = 200;

/** The epochs of an archive, newest first. Throws what git said, or a `HumanError`, where there are none. */
export async function findRemoteEpochs(address: RemoteAddress, options: AskOptions): Promise<RemoteEpoch[]> {
  const listed = await listedEpochs(address, options);
  const wanted = listed.filter(({ number }) => address.epoch === null || address.epoch === number);
  if (wanted.length > 0) return wanted.map((epoch) => ({ ...epoch, urls: urlsOf(address, epoch.number) }));
  if (address.epoch !== null) return [await askFor(address, address.epoch, urlsOf(address, address.epoch), options)];
  return askForAll(address, options);
}

async function listedEpochs({ archive, given }: RemoteAddress, { git, now }: AskOptions): Promise<ListedEpoch[]> {
  // A git address is one repository, of which no manifest tells.
  if (given.endsWith(".git") && archive.href.replace(/\/$/, "") === given) return [];
  const path = archive.pathname.replace(/\/$/, "");
  const limits = { signal: git.signal, seconds: Math.min(manifestSeconds, git.seconds) };
  const own = await downloadManifest(new URL(`${path}/manifest.js.gz`, archive).href, limits);
  if (own === "unreachable") return [];
  const epochs = own === "absent" ? [] : epochsInManifest(own.text, path, { exact: false, now });
  if (epochs.length > 0 || path === "") return epochs;
  const whole = await downloadManifest(new URL("/manifest.js.gz", archive).href, limits);
  return typeof whole === "string" ? [] : epochsInManifest(whole.text, path, { exact: true, now });
}

function urlsOf({ archive, epoch, given }: RemoteAddress, number: number): string[] {
  const base = archive.href.replace(/\/$/, "");
  const urls = [`${base}/${number}`, `${base}/git/${number}.git`];
  return epoch === number ? [given, ...urls.filter((url) => url !== given)] : urls;
}

async function askForAll(address: RemoteAddress, options: AskOptions): Promise<RemoteEpoch[]> {
  const epochs: RemoteEpoch[] = [];
  try {
    while (epochs.length < mostAsked) {
      epochs.unshift(await askFor(address, epochs.length, urlsOf(address, epochs.length), options));
    }
  } catch (error) {
    if (!isNotFound(error) && !isPage(error)) throw error;
    // No epoch at all: the address may itself be that of a repository, as for archives of the first version.
    if (epochs.length === 0) return [await askFor(address, 0, [address.given], options)];
  }
  return epochs;
}

/** Asks for the refs of a repository, which are its fingerprint. */
async function askFor(address: RemoteAddress, number: number, urls: readonly string[], options: AskOptions): Promise<RemoteEpoch> {
  let failure: unknown = null;
  for (const url of urls) {
    try {
      const refs = await fetchingGit(options.folder, options.git).raw(["ls-remote", "--quiet", "--heads", "--end-of-options", url]);
      return { number, modified: null, fingerprint: createHash("sha256").update(refs).digest("hex"), urls: [url] };
    } catch (error) {
      if (!isNotFound(error) && !isPage(error)) throw error;
      failure ??= error;
    }
  }
  throw failure instanceof Error ? failure : new HumanError(remoteFailure(failure, address.given).message);
}
