/** `manifest.js.gz`: which repositories a server has of an archive, when each changed last, and a fingerprint of its refs. */
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { HumanError } from "../core/humanError";
import { isGzip } from "./packed";

/** An epoch as a server lists it. What it says of it is checked; null where it says nothing to go by. */
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
/** Archives have some twenty epochs; of more than this the newest are taken. */
const mostEpochs = 1000;
/** Clocks differ by this much, in seconds. What is said to have changed later than that is not believed. */
const clockSlack = 24 * 60 * 60;
/** Nor what changed before there were such archives: 1990, in seconds. */
const firstMail = Date.UTC(1990, 0, 1) / 1000;

const epochKey = /^(?<archive>\/.*)\/git\/(?<number>0|[1-9]\d{0,4})\.git$/;

/**
 * The epochs of an archive, newest first; none where the manifest does not know it.
 *
 * @param text hostile data
 * @param path of the archive's address: `/kvm`
 * @param exact whether the manifest is that of the whole server, so that only the full path is meant
 * @param now in seconds
 */
export function epochsInManifest(text: string, path: string, { exact, now }: { exact: boolean; now: number }): ListedEpoch[] {
  const entries = readEntries(text);
  const wanted = decoded(path);
  const epochs = new Map<number, ListedEpoch>();
  for (const [key, value] of entries) {
    const { archive, number } = epochKey.exec(key)?.groups ?? {};
    if (archive === undefined || number === undefined) continue;
    const name = decoded(archive);
    // Behind a proxy the archive's own manifest does not know the beginning of its path.
    if (exact ? name !== wanted : !wanted.endsWith(name)) continue;
    epochs.set(Number(number), { number: Number(number), ...factsOf(value, now) });
  }
  return [...epochs.values()].sort((a, b) => b.number - a.number).slice(0, mostEpochs);
}

function readEntries(text: string): Array<[string, unknown]> {
  try {
    const manifest: unknown = JSON.parse(text);
    return typeof manifest === "object" && manifest !== null && !Array.isArray(manifest) ? Object.entries(manifest) : [];
  } catch {
    // A page that stands where a manifest was looked for: the server has none.
    return [];
  }
}

function factsOf(value: unknown, now: number): Omit<ListedEpoch, "number"> {
  const { fingerprint, modified } = (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;
  const isDate = typeof modified === "number" && Number.isSafeInteger(modified) && modified >= firstMail && modified <= now + clockSlack;
  return {
    fingerprint: typeof fingerprint === "string" && /^[0-9a-f]{40,64}$/.test(fingerprint) ? fingerprint : null,
    modified: isDate ? modified : null,
  };
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

export interface ManifestOptions {
  readonly signal?: AbortSignal | undefined;
  /** A server that took this long is one that hangs. */
  readonly seconds: number;
}

export interface ManifestText {
  readonly text: string;
}

/**
 * Downloads the text of a manifest: `absent` where the server has none, `unreachable` where it could not be asked, which git,
 * with a proxy and certificates of its own, may be more lucky with. Throws a `HumanError` for a server that hangs, and
 * whatever the signal's reason is.
 */
export async function downloadManifest(
  url: string,
  { signal, seconds }: ManifestOptions,
): Promise<ManifestText | "absent" | "unreachable"> {
  const limit = AbortSignal.timeout(seconds * 1000);
  try {
    const response = await fetch(url, { signal: signal ? AbortSignal.any([signal, limit]) : limit, headers: { accept: "*/*" } });
    const isSafe = !url.startsWith("https:") || response.url.startsWith("https:");
    if (!response.ok || !response.body || !isSafe) {
      await response.body?.cancel();
      return "absent";
    }
    const bytes = await readBounded(response.body);
    const text = bytes && (await unpack(bytes));
    return text === null ? "absent" : { text };
  } catch (error) {
    if (signal?.aborted) throw error;
    if (limit.aborted) throw new HumanError(`The server ${new URL(url).host} does not answer; try again later.`);
    return "unreachable";
  }
}

/** Null where there is more than a manifest has. */
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

async function unpack(bytes: Buffer): Promise<string | null> {
  // A server that names the gzip an encoding has it unpacked by then.
  if (!isGzip(bytes)) return bytes.toString("utf8");
  try {
    return (await promisify(gunzip)(bytes, { maxOutputLength: mostText })).toString("utf8");
  } catch {
    return null;
  }
}
