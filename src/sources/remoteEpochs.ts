/**
 * What a server has of an archive: its address taken apart, its manifest (`manifest.js.gz`), and, without a manifest, the epochs
 * found by asking.
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { HumanError } from "../core/humanError";
import { fetchingGit, type FetchingOptions } from "../git/git";
import { isNotFound, isPage, remoteFailure } from "../git/gitErrors";
import { isGzip } from "./packed";

export interface RemoteEpoch extends ListedEpoch {
  /** Addresses that git may find it under, the likeliest first. */
  readonly urls: readonly string[];
}

interface AskOptions {
  readonly git: FetchingOptions;
  /** A folder for git to start in. */
  readonly folder: string;
  /** In seconds. */
  readonly now: number;
}

/** How long a manifest may take to come, in seconds. */
const manifestSeconds = 30;
/** How many epochs are tried one by one if no manifest lists them. */
const mostAsked = 200;

/** The epochs of an archive, newest first. Throws what git said, or a `HumanError`, if there are none. */
export async function findRemoteEpochs(address: RemoteAddress, options: AskOptions): Promise<RemoteEpoch[]> {
  const listed = await listedEpochs(address, options);
  const wanted = listed.filter(({ number }) => address.epoch === null || address.epoch === number);
  if (wanted.length > 0) return wanted.map((epoch) => ({ ...epoch, urls: urlsOf(address, epoch.number) }));
  if (address.epoch !== null) return [await askFor(address, address.epoch, urlsOf(address, address.epoch), options)];
  return askForAll(address, options);
}

async function listedEpochs({ archive, given }: RemoteAddress, { git, now }: AskOptions): Promise<ListedEpoch[]> {
  // A git address is one repository, and no manifest lists it.
  if (given.endsWith(".git") && archive.href.replace(/\/$/, "") === given) return [];
  const path = archive.pathname.replace(/\/$/, "");
  const limits = { signal: git.signal, seconds: Math.min(manifestSeconds, git.seconds) };
  const own = await downloadManifest(new URL(`${path}/manifest.js.gz`, archive).href, limits);
  if (own === null) return [];
  const epochs = epochsInManifest(own, path, { exact: false, now });
  if (epochs.length > 0 || path === "") return epochs;
  const whole = await downloadManifest(new URL("/manifest.js.gz", archive).href, limits);
  return epochsInManifest(whole ?? "", path, { exact: true, now });
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
    // Without any epoch, the address may be that of a repository, as for archives of the first version.
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

// `manifest.js.gz` lists a server's repositories of an archive, when each changed last, and a fingerprint of its refs.

/** An epoch as a server lists it. Its values are checked; null where the server gives nothing usable. */
export interface ListedEpoch {
  readonly number: number;
  /** Changes with every change of the refs. */
  readonly fingerprint: string | null;
  /** When the newest mail came, in seconds. */
  readonly modified: number | null;
}

/** The largest manifest that is downloaded; that of lore.kernel.org with all its lists is a tenth of it. */
const mostBytes = 4 * 1024 * 1024;
/** The largest text it may hold; unpacking stops there. */
const mostText = 32 * 1024 * 1024;
/** Archives have some twenty epochs; if one lists more than this, the newest are taken. */
const mostEpochs = 1000;
/** Clocks differ by up to this much, in seconds. A change that is said to be later is not believed. */
const clockSlack = 24 * 60 * 60;
/** Neither is a change from before such archives existed: 1990, in seconds. */
const firstMail = Date.UTC(1990, 0, 1) / 1000;

const epochKey = /^(?<archive>\/.*)\/git\/(?<number>0|[1-9]\d{0,4})\.git$/;

/**
 * The epochs of an archive, newest first; empty if the manifest does not list it.
 *
 * @param text hostile data
 * @param path of the archive's address: `/kvm`
 * @param exact whether the manifest is that of the whole server, so that only the full path counts
 * @param now in seconds
 */
export function epochsInManifest(text: string, path: string, { exact, now }: { exact: boolean; now: number }): ListedEpoch[] {
  const entries = readEntries(text);
  const wanted = decodedPath(path);
  const epochs = new Map<number, ListedEpoch>();
  for (const [key, value] of entries) {
    const { archive, number } = epochKey.exec(key)?.groups ?? {};
    if (archive === undefined || number === undefined) continue;
    const name = decodedPath(archive);
    // Behind a proxy the archive's own manifest does not know the beginning of its path.
    if (exact ? name !== wanted : !wanted.endsWith(name)) continue;
    epochs.set(Number(number), { number: Number(number), ...listedFacts(value, now) });
  }
  return [...epochs.values()].sort((a, b) => b.number - a.number).slice(0, mostEpochs);
}

function readEntries(text: string): Array<[string, unknown]> {
  try {
    const manifest: unknown = JSON.parse(text);
    return typeof manifest === "object" && manifest !== null && !Array.isArray(manifest) ? Object.entries(manifest) : [];
  } catch {
    // The server sent a page instead of a manifest, so it has none.
    return [];
  }
}

function listedFacts(value: unknown, now: number): Omit<ListedEpoch, "number"> {
  const { fingerprint, modified } = (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;
  const isDate = typeof modified === "number" && Number.isSafeInteger(modified) && modified >= firstMail && modified <= now + clockSlack;
  return {
    fingerprint: typeof fingerprint === "string" && /^[0-9a-f]{40,64}$/.test(fingerprint) ? fingerprint : null,
    modified: isDate ? modified : null,
  };
}

function decodedPath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

interface ManifestOptions {
  readonly signal?: AbortSignal | undefined;
  /** A server that took this long counts as hanging. */
  readonly seconds: number;
}

/**
 * Downloads the text of a manifest: "" if the server has none, null if it could not be asked; git, with its own proxy and
 * certificates, may then be luckier. Throws a `HumanError` for a server that hangs, and the signal's reason.
 */
export async function downloadManifest(url: string, { signal, seconds }: ManifestOptions): Promise<string | null> {
  const limit = AbortSignal.timeout(seconds * 1000);
  try {
    const response = await fetch(url, { signal: signal ? AbortSignal.any([signal, limit]) : limit, headers: { accept: "*/*" } });
    const isSafe = !url.startsWith("https:") || response.url.startsWith("https:");
    if (!response.ok || !response.body || !isSafe) {
      await response.body?.cancel();
      return "";
    }
    const bytes = await readBounded(response.body);
    return bytes ? await unpack(bytes) : "";
  } catch (error) {
    if (signal?.aborted) throw error;
    if (limit.aborted) throw new HumanError(`The server ${new URL(url).host} does not answer; try again later.`);
    return null;
  }
}

/** Null if it is larger than any manifest. */
async function readBounded(body: ReadableStream<Uint8Array>): Promise<Buffer | null> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return Buffer.concat(chunks);
    size += value.length;
    if (size > mostBytes) {
      await reader.cancel();
      return null;
    }
    chunks.push(value);
  }
}

async function unpack(bytes: Buffer): Promise<string> {
  // A server that names gzip as the encoding has it unpacked by then.
  if (!isGzip(bytes)) return bytes.toString("utf8");
  try {
    return (await promisify(gunzip)(bytes, { maxOutputLength: mostText })).toString("utf8");
  } catch {
    return "";
  }
}

// The address of an archive on a server, and the folder of its mirror on this machine.

export interface RemoteAddress {
  /** The address of the whole archive, without a slash at its end: `https://lore.kernel.org/kvm`. */
  readonly archive: URL;
  /** The one epoch that was named (`https://lore.kernel.org/kvm/0`); null for all of them. */
  readonly epoch: number | null;
  /** The given address, without a slash at its end. */
  readonly given: string;
}

/** A folder name must be valid on every system; no list has a name like these. */
const longestName = 100;
/** `/0`, `/0.git` and `/git/0.git`, as public-inbox serves epochs. */
const epochEnd = /^(?<archive>.*?)(?:\/git)?\/(?<epoch>0|[1-9]\d{0,4})(?:\.git)?$/;

/** Takes an address apart. Throws a `HumanError` for an address that cannot be fetched from. */
export function parseRemote(source: string): RemoteAddress {
  const url = URL.canParse(source.trim()) ? new URL(source.trim()) : null;
  if (!url || !/^https?:\/\//.test(url.href)) {
    throw new HumanError(`“${source}” is not the address of an archive; use one like https://lore.kernel.org/kvm/.`);
  }
  // Addresses stand in settings and in messages, where a password does not belong.
  if (url.username || url.password)
    throw new HumanError("The address of an archive must not contain a user name or a password; leave them out.");
  url.search = "";
  url.hash = "";
  url.pathname = url.pathname.replace(/\/{2,}/g, "/").replace(/\/$/, "");
  const given = url.href.replace(/\/$/, "");
  const { archive = "", epoch } = epochEnd.exec(url.pathname)?.groups ?? {};
  // A server with an epoch at its root serves one repository and no list.
  if (epoch === undefined || archive === "") return { archive: url, epoch: null, given };
  const whole = new URL(url);
  whole.pathname = archive;
  return { archive: whole, epoch: Number(epoch), given };
}

/**
 * The folder of the archive of an address: `<storage>/<host>/<list>`, with `git/0.git`, `git/1.git`... in it. The address of one
 * epoch has the folder of its archive, so that nothing is fetched twice.
 */
export function remoteFolder(storage: string, url: string): string {
  const { archive } = parseRemote(url);
  const defaultPort = archive.protocol === "https:" ? "" : "+80";
  const host = archive.hostname.replace(/[[\]]/g, "").replaceAll(":", "_");
  const names = archive.pathname.split("/").filter(Boolean);
  return join(storage, `${host}${archive.port ? `+${archive.port}` : defaultPort}`, ...names.map(folderName));
}

/** A part of an address as the name of a folder: characters special to a file system are written as in addresses. */
function folderName(part: string): string {
  const name = part.replace(/[^A-Za-z0-9._+@~%-]|^\.|\.$/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
  if (name.length > longestName) throw new HumanError("The address of this archive is too long; check it.");
  return name;
}
