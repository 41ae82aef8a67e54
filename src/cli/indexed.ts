/** Archives that are read through an index. Loaded only when needed, because it loads SQLite. */
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

/** Builds or refreshes an index and returns its counts; throws a `HumanError` when another process is writing it. */
export async function updateIndex(archives: readonly string[], file: string, git: string | undefined): Promise<BuildResult> {
  if (!mayBeReplaced(file)) throw new HumanError(`${file} is not a writable index and was left unchanged; give --db another file.`);
  const built = await buildIndex(archives, file, { git });
  if (built.busy) throw new HumanError(`The index ${file} is being written by another window or command; try again when it is done.`);
  return built;
}

/** How much of a file is searched for the tables of an index, which are written first. */
const headBytes = 1024 * 1024;

/** Whether a file may be overwritten: absent, empty, or an index of any version, damaged or not. */
function mayBeReplaced(file: string): boolean {
  let stats: Stats | undefined;
  try {
    stats = statSync(file, { throwIfNoEntry: false });
  } catch {
    // A file that cannot be read is reported when it is written.
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
  // The page with the tables may be damaged: an index has an empty file of this name beside it, and consists of whole pages.
  const isLocked = statSync(`${file}.lock`, { throwIfNoEntry: false })?.size === 0;
  return isLocked && (isMarked || hasTables || stats.size % indexPageBytes === 0);
}

/** A source: its name in the call, and its path. */
interface NamedPath {
  readonly name: string;
  readonly path: string;
}

/** Opens an index that is a source itself. */
export function openNamedIndex(source: NamedPath, { git }: Environment, surroundings: Surroundings): ArchiveSeries {
  const damaged = "The index is damaged; build it again with “kvm-series index”.";
  const opened = openWhole(source.path, git, surroundings, () => {
    throw refusal(source.name, damaged);
  });
  if (!opened) throw notReadable(source.path);
  return opened;
}

/** Brings the kept index of some archives up to date and opens it. */
export async function openArchivesOf(
  sources: readonly NamedPath[],
  { git, streams }: Environment,
  surroundings: Surroundings,
): Promise<{ readonly archives: ArchiveSeries; readonly problems: readonly Problem[] }> {
  const paths = sources.map(({ path }) => path);
  const name = sources[0]?.name ?? "";
  // The index of archives that are gone after the call is temporary too.
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
    // While another process writes the index, its older contents can still be read.
    const { problems, repaired } = await buildIndex(paths, file, { git });
    const archives = open();
    if (!archives) throw notReadable(file);
    return { archives, problems, repaired };
  } catch (error) {
    // On a full disk, the older contents are used too.
    const archives = isNotWritten(error) ? open() : null;
    if (!isNotWritten(error) || !archives) throw error;
    const message = `${error.message} What it held before is shown.`;
    return { archives, problems: [{ source: paths.join(", "), message }], repaired: false };
  }
}

/** Opens an index for one call, during which it counts as sound; null when there is none of this version. */
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

/** The same archives have the same index, in any order. */
function indexName(archives: readonly string[]): string {
  const paths = archives.map((path) => realpathSync(path)).sort();
  return createHash("sha256").update(paths.join("\0")).digest("hex").slice(0, 16);
}
