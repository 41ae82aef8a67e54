/** Digests on disk: a file, or a folder of files. */
import { createReadStream, readdir, readFile, readFileSync, stat, type Stats, statSync } from "node:fs";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { type Digest, parseDigest } from "../core/digest/digest";
import type { NamedDigest } from "../core/digest/digestPostings";
import { decodeText, looksBinary } from "../core/mail/charset";
import type { Problem } from "../core/series/series";
import { beginningBytes, knownFileSentence, unknownFileSentence, unreadableSentence } from "./fileKind";
import { firstBytes } from "./packed";

interface DigestsRead {
  readonly digests: readonly NamedDigest[];
  readonly problems: readonly Problem[];
}

interface DigestReader {
  /** Reads a file or folder; a file that did not change since the last call is not read again. Never fails. */
  read(path: string, signal?: AbortSignal): Promise<DigestsRead>;
}

/** The digest of a whole year is under 20 MB. A larger file is something else and would block the editor while it is read. */
export const largestDigest = 48 * 1024 * 1024;

/** Files up to this size are read synchronously: asking a thread for them takes several times as long as reading them. */
const smallFile = 256 * 1024;

/** After this much, other work gets a turn: the first digests of a process take some milliseconds each. */
const bytesAtOnce = 16 * 1024;

// The functions of node:fs/promises take longer to load than some digests to read.
const [statOf, namesIn, readLarge] = [promisify(stat), promisify(readdir), promisify(readFile)];

interface FileRead {
  readonly stamp: string;
  readonly digest: Digest | null;
  readonly problems: readonly Problem[];
}

type ReadDigest = (path: string, stats: Stats) => Promise<FileRead>;

/** Makes a reader with its own memory of the files it has read. */
export function makeDigestReader(): DigestReader {
  const known = new Map<string, FileRead>();
  const readDigest: ReadDigest = async (path, stats) => {
    const stamp = `${stats.mtimeMs} ${stats.size} ${stats.ino}`;
    const before = known.get(path);
    if (before?.stamp === stamp) return before;
    known.delete(path);
    const read = { stamp, ...(await readDigestFile(path, stats)) };
    // A pipe can be read only once, and nothing tells in advance what comes out of it.
    if (stats.isFile()) known.set(path, read);
    return read;
  };
  return {
    async read(path, signal) {
      try {
        const stats = await statOf(path);
        if (stats.isDirectory()) return await readFolder(path, readDigest, signal);
        const { digest, problems } = await readDigest(path, stats);
        return { digests: digest ? [{ name: basename(path), digest }] : [], problems };
      } catch (error) {
        return { digests: [], problems: [{ source: path, message: unreadableSentence(error) }] };
      }
    },
  };
}

/** A folder's digests in the order of their names, numbers by value; other files in it are left out. */
async function readFolder(folder: string, readDigest: ReadDigest, signal?: AbortSignal): Promise<DigestsRead> {
  const names = (await namesIn(folder)).filter((name) => name.toLowerCase().endsWith(".txt")).sort(compareNames);
  const digests: NamedDigest[] = [];
  const problems: Problem[] = [];
  let left = bytesAtOnce;
  const readOne = async (name: string): Promise<DigestsRead> => {
    const path = join(folder, name);
    try {
      const stats = statSync(path);
      left -= stats.size;
      // Opening a pipe that nobody writes to would wait for ever.
      if (!stats.isFile()) return { digests: [], problems: [] };
      const { digest, problems: found } = await readDigest(path, stats);
      if (digest) return { digests: [{ name, digest }], problems: found };
      return { digests: [], problems: stats.size > largestDigest ? found : [] };
    } catch (error) {
      return { digests: [], problems: [{ source: path, message: unreadableSentence(error) }] };
    }
  };
  for (const name of names) {
    if (left <= 0) {
      await new Promise((resolve) => setImmediate(resolve));
      left = bytesAtOnce;
    }
    if (signal?.aborted) break;
    const read = await readOne(name);
    digests.push(...read.digests);
    problems.push(...read.problems);
  }
  if (digests.length === 0 && problems.length === 0) {
    problems.push({
      source: folder,
      message: "There is neither mail nor a digest in this folder; digests are text files whose names end in .txt.",
    });
  }
  return { digests, problems };
}

/** Sorts `9_a` before `10_a`. Loading Intl.Collator would cost more than reading everything that is sorted with it. */
export function compareNames(a: string, b: string): number {
  const [first, second] = [a.match(/\d+|\D+/g) ?? [], b.match(/\d+|\D+/g) ?? []];
  for (const [at, piece] of first.entries()) {
    const other = second[at];
    if (other === undefined) return 1;
    const numbers = /^\d/.test(piece) && /^\d/.test(other) ? Number(piece) - Number(other) : 0;
    if (numbers !== 0) return numbers;
    if (Number(piece) !== Number(other) && piece !== other) return piece < other ? -1 : 1;
  }
  return first.length - second.length || (a < b ? -1 : Number(a > b));
}

async function readDigestFile(path: string, stats: Stats): Promise<{ digest: Digest | null; problems: Problem[] }> {
  const problem = (message: string): { digest: null; problems: Problem[] } => ({ digest: null, problems: [{ source: path, message }] });
  if (!stats.isFile() && !stats.isFIFO()) return problem("This is neither a file nor a folder; give a digest, a mailbox or an archive.");
  const bytes = stats.size > largestDigest ? null : stats.isFile() ? await readBytes(path, stats) : await readPipe(path);
  const known = bytes || !stats.isFile() ? null : knownFileSentence(firstBytes(path, beginningBytes));
  if (known !== null) return problem(known);
  if (!bytes) return problem(`The file is larger than the ${largestDigest / 1024 / 1024} MB limit for digests.`);
  if (looksBinary(bytes)) return problem(unknownFileSentence(bytes));
  const { text } = decodeText(bytes);
  if (text.trim() === "") return problem("The file is empty.");
  const { digest, problems } = parseDigest(text);
  // Only a file that was meant as a digest is reported for not being one.
  if (!digest && !/^\s*From \S+ to |mailing list update/.test(text.slice(0, 1000))) return problem(unknownFileSentence(bytes));
  return { digest, problems: problems.map((message) => ({ source: path, message })) };
}

function readBytes(path: string, { size }: Stats): Uint8Array | Promise<Uint8Array> {
  return size <= smallFile ? readFileSync(path) : readLarge(path);
}

/** The content of a pipe, as in `kvm-series series <(curl ...)`; null where it is too long. */
async function readPipe(path: string): Promise<Uint8Array | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of createReadStream(path)) {
    if (!Buffer.isBuffer(chunk)) continue;
    chunks.push(chunk);
    size += chunk.length;
    if (size > largestDigest) return null;
  }
  return Buffer.concat(chunks);
}
