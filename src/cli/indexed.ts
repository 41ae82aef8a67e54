/** Archives answered through an index. Loaded only when one is needed, because it loads SQLite. */
import { createHash } from "node:crypto";
import { closeSync, openSync, readSync, realpathSync, rmSync, type Stats, statSync } from "node:fs";
import { join } from "node:path";
import { HumanError } from "../core/humanError";
import { buildIndex, type BuildResult, isNotWritten } from "../index/build";
import { indexPageBytes } from "../index/database";
import { type IndexReader, openIndex, type ReaderOptions } from "../index/reader";
import { cacheFolder } from "./cacheFolder";

export type { IndexReader } from "../index/reader";
export { isDamage } from "../index/damage";

/** Builds or refreshes an index and says what is in it; throws a `HumanError` where another process is writing it. */
export async function updateIndex(archives: readonly string[], file: string): Promise<BuildResult> {
  if (!mayBeReplaced(file))
    throw new HumanError(`${file} is no index that can be written, so it was left as it is; give --db another name.`);
  const built = await buildIndex(archives, file, { git: process.env["KVM_SERIES_GIT"] });
  if (built.busy) throw new HumanError(`The index ${file} is being written by another window or command; try again when it is done.`);
  return built;
}

/** How much of a file is looked through for the tables of an index, which are written first. */
const headBytes = 1024 * 1024;

/** Whether a file is none of the person's own: absent, empty, or an index of whatever version, damaged or not. */
function mayBeReplaced(file: string): boolean {
  let stats: Stats | undefined;
  try {
    stats = statSync(file, { throwIfNoEntry: false });
  } catch {
    // That it cannot be looked at is said when it is written.
    return true;
  }
  if (!stats || (stats.isFile() && stats.size === 0)) return true;
  if (!stats.isFile()) return false;
  const head = Buffer.alloc(Math.min(stats.size, headBytes));
  try {
    const fd = openSync(file, "r");
    readSync(fd, head, 0, head.length, 0);
    closeSync(fd);
  } catch {
    return false;
  }
  const isMarked = head.toString("latin1", 0, 15) === "SQLite format 3";
  const hasTables = head.includes("CREATE TABLE link_key");
  if (isMarked && hasTables) return true;
  // The page that says so may be what is damaged: an index leaves an empty file of this name beside it, and is whole pages.
  const isLocked = statSync(`${file}.lock`, { throwIfNoEntry: false })?.size === 0;
  return isLocked && (isMarked || hasTables || stats.size % indexPageBytes === 0);
}

/** Opens an index that is there; throws where it is damaged, see `isDamage`. */
export function readIndex(file: string, options: ReaderOptions): IndexReader {
  const reader = openIndex(file, options);
  if (!reader) throw new HumanError(`${file}: This is no index of this version; build it again with “kvm-series index”.`);
  return reader;
}

/**
 * Brings the index that is kept for some archives up to date and opens it.
 *
 * @param folder where it lies, for archives that are gone after the call; null where others are kept
 */
export async function readArchives(
  archives: readonly string[],
  options: ReaderOptions,
  folder: string | null,
): Promise<{ readonly reader: IndexReader; readonly built: Pick<BuildResult, "problems" | "repaired"> }> {
  const file = folder === null ? keptIndex(archives) : join(folder, "index.db");
  // Another process that writes it leaves it readable: what it held before is an answer, if an older one.
  try {
    const built = await buildIndex(archives, file, { git: process.env["KVM_SERIES_GIT"] });
    return { reader: readIndex(file, options), built };
  } catch (error) {
    // On a full disk what was read before is an answer too.
    const reader = isNotWritten(error) ? openIndex(file, options) : null;
    if (!isNotWritten(error) || !reader) throw error;
    const message = `${error.message} What it held before is shown.`;
    return { reader, built: { problems: [{ source: archives.join(", "), message }], repaired: false } };
  }
}

function keptIndex(archives: readonly string[]): string {
  return join(cacheFolder(), `${indexName(archives)}.db`);
}

/** Throws away the index that is kept for some archives: the next call makes it anew. */
export function forgetKeptIndex(archives: readonly string[]): void {
  for (const suffix of ["", "-journal"]) rmSync(keptIndex(archives) + suffix, { force: true });
}

/** The same archives have the same index, in whatever order they are named. */
function indexName(archives: readonly string[]): string {
  const paths = archives.map((path) => realpathSync(path)).sort();
  return createHash("sha256").update(paths.join("\0")).digest("hex").slice(0, 16);
}
