/** Archives answered through an index. Loaded only when one is needed, because it loads SQLite. */
import { createHash } from "node:crypto";
import { closeSync, openSync, readSync, realpathSync, rmSync, type Stats, statSync } from "node:fs";
import { join } from "node:path";
import { HumanError } from "../core/humanError";
import { singleProblems } from "../core/series/problems";
import type { Problem } from "../core/series/series";
import { buildIndex, type BuildResult, isNotWritten } from "../index/build";
import { indexPageBytes } from "../index/database";
import { ArchiveSeries } from "../library/archiveSeries";
import { subsystemIn, type Surroundings } from "../library/library";
import type { Environment } from "./call";
import { cacheFolder } from "./keptFiles";
import { refusal } from "./output";

/** Builds or refreshes an index and says what is in it; throws a `HumanError` where another process is writing it. */
export async function updateIndex(archives: readonly string[], file: string, git: string | undefined): Promise<BuildResult> {
  if (!mayBeReplaced(file)) throw new HumanError(`${file} is not a writable index and was left unchanged; give --db another file.`);
  const built = await buildIndex(archives, file, { git });
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

/** A source as it was named, and where it lies. */
interface NamedPath {
  readonly name: string;
  readonly path: string;
}

/** Opens an index that was named as a source. */
export function openNamedIndex(source: NamedPath, { git }: Environment, surroundings: Surroundings): ArchiveSeries {
  const damaged = "The index is damaged; build it again with “kvm-series index”.";
  const opened = openWhole(source.path, git, surroundings, () => {
    throw refusal(source.name, damaged);
  });
  if (!opened) throw notReadable(source.path);
  return opened;
}

/** Brings the index that is kept for some archives up to date and opens it. */
export async function openArchivesOf(
  sources: readonly NamedPath[],
  { git, streams }: Environment,
  surroundings: Surroundings,
): Promise<{ readonly archives: ArchiveSeries; readonly problems: readonly Problem[] }> {
  const paths = sources.map(({ path }) => path);
  const name = sources[0]?.name ?? "";
  // What is made of archives that are gone after the call goes with them.
  const folder = streams.folderFor(paths);
  const file = folder === null ? keptIndex(paths) : join(folder, "index.db");
  const open = (): ArchiveSeries | null =>
    openWhole(file, git, surroundings, () => {
      for (const suffix of ["", "-journal"]) rmSync(keptIndex(paths) + suffix, { force: true });
      throw refusal(name, "The index kept of it was damaged and has been deleted; run the command again.");
    });
  const { archives, problems, repaired } = await refreshed(paths, file, git, open);
  if (archives.mailCount === 0) throw refusal(name, singleProblems(problems)[0]?.message ?? "It contains no mail.");
  const all = sources.map((source) => source.name).join(", ");
  const rebuilt = repaired ? [{ source: all, message: "The index kept of it was damaged and has been built again." }] : [];
  return { archives, problems: [...rebuilt, ...singleProblems(problems)] };
}

async function refreshed(
  paths: readonly string[],
  file: string,
  git: string | undefined,
  open: () => ArchiveSeries | null,
): Promise<Pick<BuildResult, "problems" | "repaired"> & { readonly archives: ArchiveSeries }> {
  try {
    // Another process that writes the index leaves it readable: what it held before is an answer, if an older one.
    const { problems, repaired } = await buildIndex(paths, file, { git });
    const archives = open();
    if (!archives) throw notReadable(file);
    return { archives, problems, repaired };
  } catch (error) {
    // On a full disk what was read before is an answer too.
    const archives = isNotWritten(error) ? open() : null;
    if (!isNotWritten(error) || !archives) throw error;
    const message = `${error.message} What it held before is shown.`;
    return { archives, problems: [{ source: paths.join(", "), message }], repaired: false };
  }
}

/** Opens an index for one call, which trusts for its few moments that the index stays sound; null where there is none of this version. */
function openWhole(file: string, git: string | undefined, surroundings: Surroundings, onDamage: () => never): ArchiveSeries | null {
  const subsystemOf = subsystemIn(surroundings);
  const archives = new ArchiveSeries({ file, git, corrections: [], subsystemOf, isVerified: true, whole: true, onDamage });
  return archives.refresh() ? archives : null;
}

function notReadable(file: string): HumanError {
  return new HumanError(`${file}: This index was made by another version; build it again with “kvm-series index”.`);
}

function keptIndex(archives: readonly string[]): string {
  return join(cacheFolder(), `${indexName(archives)}.db`);
}

/** The same archives have the same index, in whatever order they are named. */
function indexName(archives: readonly string[]): string {
  const paths = archives.map((path) => realpathSync(path)).sort();
  return createHash("sha256").update(paths.join("\0")).digest("hex").slice(0, 16);
}
