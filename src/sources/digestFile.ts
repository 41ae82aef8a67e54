/** Digests on disk: a file, or a folder of files. */
import { open, readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { decodeText, looksBinary } from "../core/charset";
import { parseDigest, type Digest } from "../core/digest";
import type { NamedDigest } from "../core/posting";
import type { Problem } from "../core/series";

export interface DigestsRead {
  readonly digests: readonly NamedDigest[];
  readonly problems: readonly Problem[];
}

export interface DigestReader {
  /** Reads a file or folder; a file that did not change since the last call is not read again. Never fails. */
  read(path: string, signal?: AbortSignal): Promise<DigestsRead>;
}

/** The digest of a whole year is under 20 MB; a larger file is something else and would block the editor while it is read. */
export const largestDigest = 48 * 1024 * 1024;

interface FileRead {
  readonly stamp: string;
  readonly digest: Digest | null;
  readonly problems: readonly Problem[];
}

/** Makes a reader with its own memory of the files it has read. */
export function makeDigestReader(): DigestReader {
  const known = new Map<string, FileRead>();
  const readFile = async (path: string): Promise<FileRead> => {
    const stats = await stat(path);
    const stamp = `${stats.mtimeMs} ${stats.size}`;
    const before = known.get(path);
    if (before?.stamp === stamp) return before;
    const read = { stamp, ...(await readDigestFile(path, stats.size)) };
    known.set(path, read);
    return read;
  };
  return {
    async read(path, signal) {
      try {
        if ((await stat(path)).isDirectory()) return await readFolder(path, readFile, signal);
        const { digest, problems } = await readFile(path);
        return { digests: digest ? [{ name: basename(path), digest }] : [], problems };
      } catch (error) {
        known.delete(path);
        return { digests: [], problems: [{ source: path, message: sentenceOf(error) }] };
      }
    },
  };
}

/** A folder's digests in the order of their names, numbers by value; other files in it are passed over. */
async function readFolder(folder: string, readFile: (path: string) => Promise<FileRead>, signal?: AbortSignal): Promise<DigestsRead> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".txt"));
  names.sort(new Intl.Collator("en", { numeric: true }).compare);
  const digests: NamedDigest[] = [];
  const problems: Problem[] = [];
  for (const name of names) {
    if (signal?.aborted) break;
    const path = join(folder, name);
    try {
      const read = await readFile(path);
      if (read.digest) digests.push({ name, digest: read.digest });
      if (read.digest) problems.push(...read.problems);
    } catch (error) {
      problems.push({ source: path, message: sentenceOf(error) });
    }
  }
  if (digests.length === 0 && problems.length === 0) {
    problems.push({ source: folder, message: "There is no digest in this folder; digests are text files whose names end in .txt." });
  }
  return { digests, problems };
}

async function readDigestFile(path: string, size: number): Promise<{ digest: Digest | null; problems: Problem[] }> {
  const problem = (message: string): { digest: null; problems: Problem[] } => ({ digest: null, problems: [{ source: path, message }] });
  if (size > largestDigest) {
    return problem(`The file is ${Math.round(size / 1024 / 1024)} MB; digests are read up to ${largestDigest / 1024 / 1024} MB.`);
  }
  const file = await open(path);
  try {
    const bytes = await file.readFile();
    if (looksBinary(bytes)) return problem("This is not a digest: the file is not text.");
    const { digest, problems } = parseDigest(decodeText(bytes).text);
    return { digest, problems: problems.map((message) => ({ source: path, message })) };
  } finally {
    await file.close();
  }
}

/** What went wrong with a file, in one sentence. */
function sentenceOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOENT") return "There is no such file or folder; check its name.";
  if (code === "EACCES" || code === "EPERM") return "You have no permission to read it; change its mode or choose another one.";
  if (code === "EISDIR" || code === "ENOTDIR") return "The path goes through something that is no folder; check its name.";
  return `It could not be read (${error instanceof Error ? error.message : String(error)}).`;
}
