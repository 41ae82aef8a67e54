/** Archives answered through an index. Loaded only when one is needed, because it loads SQLite. */
import { createHash } from "node:crypto";
import { accessSync, constants, mkdirSync, realpathSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { HumanError } from "../core/humanError";
import { buildIndex, type BuildResult } from "../index/build";
import { openIndex, type IndexReader, type ReaderOptions } from "../index/reader";

export type { IndexReader } from "../index/reader";

/** Builds or refreshes an index and says what is in it; throws a `HumanError` where another process is writing it. */
export async function updateIndex(archives: readonly string[], file: string): Promise<BuildResult> {
  const built = await buildIndex(archives, file, { git: process.env["KVM_SERIES_GIT"] });
  if (built.busy) throw new HumanError(`The index ${file} is being written by another window or command; try again when it is done.`);
  return built;
}

/** Opens an index that is there. */
export function readIndex(file: string, options: ReaderOptions): IndexReader {
  const reader = openIndex(file, options);
  if (!reader) throw new HumanError(`${file}: This is no index of this version; build it again with “kvm-series index”.`);
  return reader;
}

/** Brings the index that is kept for some archives up to date and opens it. */
export async function readArchives(
  archives: readonly string[],
  options: ReaderOptions,
): Promise<{ readonly reader: IndexReader; readonly built: BuildResult }> {
  const file = join(cacheFolder(), `${nameOf(archives)}.db`);
  // Another process that writes it leaves it readable: what it held before is an answer, if an older one.
  const built = await buildIndex(archives, file, { git: process.env["KVM_SERIES_GIT"] });
  return { reader: readIndex(file, options), built };
}

/** The same archives have the same index, in whatever order they are named. */
function nameOf(archives: readonly string[]): string {
  const paths = archives.map((path) => realpathSync(path)).sort();
  return createHash("sha256").update(paths.join("\0")).digest("hex").slice(0, 16);
}

/** Where indexes are kept between calls: what is there can be deleted at any time. */
function cacheFolder(): string {
  const wanted = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "kvm-series");
  try {
    mkdirSync(wanted, { recursive: true });
    accessSync(wanted, constants.W_OK);
    return wanted;
  } catch {
    return join(tmpdir(), "kvm-series");
  }
}
