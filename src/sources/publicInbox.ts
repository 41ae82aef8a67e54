/** public-inbox archives: bare repositories whose commits each add one mail (`m`) or take one away (`d`); in version 1, `ab/cdef...`. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { HumanError } from "../core/humanError";
import { listObjects } from "../git/catFile";
import type { RunGit } from "../git/git";

/** One bare repository of an archive. */
export interface Epoch {
  /** `0.git`, `git/1.git`; relative to the archive. */
  readonly name: string;
  readonly folder: string;
}

/** The mails of an epoch: blob ids in an order that git reads fast, and when each came in, where that is known. */
export interface EpochMails {
  readonly oids: readonly string[];
  /** Milliseconds by blob id; null where the history was not walked. */
  readonly committed: ReadonlyMap<string, number> | null;
}

/** What changed since a commit, a blob id at most once. */
export interface EpochChanges {
  readonly added: ReadonlyMap<string, number>;
  readonly removed: ReadonlySet<string>;
}

/** Whether a folder is a bare git repository, by looking. */
export function isBareRepository(folder: string): boolean {
  return (
    existsSync(join(folder, "HEAD")) &&
    existsSync(join(folder, "objects")) &&
    (existsSync(join(folder, "refs")) || existsSync(join(folder, "packed-refs")))
  );
}

/** The repositories of an archive, oldest first: the folder itself, or `N.git` in it or in its `git`; [] where it is none. */
export function findEpochs(path: string): Epoch[] {
  if (!existsSync(path) || !statSync(path).isDirectory()) return [];
  if (isBareRepository(path)) return [{ name: basename(path), folder: path }];
  for (const below of ["git", ""]) {
    const folder = join(path, below);
    if (!existsSync(folder) || !statSync(folder).isDirectory()) continue;
    const names = readdirSync(folder).filter((name) => /^\d+\.git$/.test(name) && isBareRepository(join(folder, name)));
    if (names.length === 0) continue;
    names.sort((a, b) => parseInt(a) - parseInt(b));
    return names.map((name) => ({ name: below ? `${below}/${name}` : name, folder: join(folder, name) }));
  }
  return [];
}

const objectId = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;

/** The newest commit of a repository, read from its files without starting git; null where it has none yet. */
export function readHead(folder: string): string | null {
  const head = readText(join(folder, "HEAD"))?.trim();
  if (head === undefined) return null;
  if (objectId.test(head)) return head;
  const ref = /^ref: (\S+)$/.exec(head)?.[1];
  const wanted = [...(ref === undefined ? [] : [ref]), "refs/heads/master", "refs/heads/main"];
  const packed = readText(join(folder, "packed-refs")) ?? "";
  for (const name of wanted) {
    // A ref's name is data from the repository: one that leads elsewhere is none.
    if (name.includes("..") || name.startsWith("/")) continue;
    const loose = readText(join(folder, name))?.trim();
    if (loose !== undefined && objectId.test(loose)) return loose;
    const line = packed.split("\n").find((one) => one.slice(41) === name || one.slice(65) === name);
    const oid = line?.slice(0, line.indexOf(" "));
    if (oid !== undefined && objectId.test(oid)) return oid;
  }
  return null;
}

/** What changes when a shallow repository is deepened, which leaves its newest commit as it is; null for one that is whole. */
export function boundaryStamp(folder: string): string | null {
  const commits = readText(join(folder, "shallow"));
  if (commits === undefined || commits.trim() === "") return null;
  return createHash("sha256").update(commits.trim().split("\n").sort().join("\n")).digest("hex").slice(0, 16);
}

/** What changes when objects come or go in a repository. */
export function objectsStamp(folder: string): string {
  const objects = join(folder, "objects");
  const times = readdirSync(objects).map((name) => statSync(join(objects, name)).mtimeMs);
  return `${times.length} ${Math.max(0, ...times)}`;
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

/**
 * All mails of an epoch. Where every object belongs to the history and no mail was ever removed, the list of objects tells,
 * which costs a tenth of walking the history.
 */
export async function listMails(run: RunGit, epoch: Epoch, head: string, binary?: string): Promise<EpochMails> {
  // Counted by a git of its own while another lists the objects, which blocks this thread.
  const plain = plainCommits(run, epoch, head);
  await new Promise((resolve) => setImmediate(resolve));
  const objects = listObjects(epoch.folder, binary);
  const { commits, trees, blobs } = objects;
  if (commits > 0 && commits === trees && trees === blobs.length && (await plain) === commits) {
    return { oids: blobs, committed: null };
  }
  const { added } = await walkHistory(run, epoch, [head]);
  // In pack order git reads twice as fast as in the order of the history.
  const packed = blobs.filter((oid) => added.has(oid));
  const missing = packed.length < added.size ? [...added.keys()].filter(notIn(packed)) : [];
  if (added.size === 0) throw new HumanError("This repository is not a mail archive: no commit in it adds a mail as public-inbox does.");
  return { oids: [...packed, ...missing], committed: added };
}

function notIn(list: readonly string[]): (oid: string) => boolean {
  const known = new Set(list);
  return (oid) => !known.has(oid);
}

/**
 * How many commits a history has whose newest one holds a mail; null for any other. Where a repository holds as many objects
 * of each kind, each commit adds a mail of its own.
 */
async function plainCommits(run: RunGit, { folder }: Epoch, head: string): Promise<number | null> {
  // Beyond the edge of a shallow history may lie the mail that a commit within it takes away.
  if (boundaryStamp(folder) !== null) return null;
  try {
    const [newest, count] = await Promise.all([
      run(folder, ["ls-tree", "--end-of-options", head]),
      run(folder, ["rev-list", "--count", "--use-bitmap-index", "--end-of-options", head]),
    ]);
    return /^100644 blob [0-9a-f]+\tm\n?$/.test(newest) ? Number(count) : null;
  } catch {
    // What is wrong with the history is said when it is walked.
    return null;
  }
}

/** When each mail in the history came in, in milliseconds by blob id. */
export async function listHistory(run: RunGit, epoch: Epoch, head: string): Promise<ReadonlyMap<string, number>> {
  return (await walkHistory(run, epoch, [head])).added;
}

/** What changed between two commits; null where the older one is not in the history of the newer one, which was rewritten. */
export async function changesSince(run: RunGit, epoch: Epoch, from: string, head: string): Promise<EpochChanges | null> {
  try {
    const { added, removed, oldestParent } = await walkHistory(run, epoch, [head, `^${from}`]);
    return oldestParent === from ? { added, removed } : null;
  } catch {
    // The commit is gone: the history was rewritten and the old one collected. Anything else shows when all is read again.
    return null;
  }
}

interface HistoryWalk extends EpochChanges {
  readonly added: Map<string, number>;
  readonly removed: Set<string>;
  readonly oldestParent: string | null;
}

const logOptions =
  "--raw --no-abbrev --no-renames --no-decorate --no-notes --no-color --no-show-signature --no-mailmap --no-ext-diff --reverse".split(" ");

/** Walks a history from its oldest commit on. */
async function walkHistory(run: RunGit, { folder }: Epoch, range: readonly string[]): Promise<HistoryWalk> {
  for (const end of range) if (!objectId.test(end.replace("^", ""))) throw new Error(`“${end}” is no commit`);
  const log = await run(folder, ["log", ...logOptions, "--format=>%ct %P", ...range, "--"]);
  const added = new Map<string, number>();
  const removed = new Set<string>();
  let committed = 0;
  let oldestParent: string | null = null;
  for (let at = 0; at < log.length;) {
    const lineEnd = log.indexOf("\n", at);
    const end = lineEnd < 0 ? log.length : lineEnd;
    if (log[at] === ">") {
      const [time = "", parent = ""] = log.slice(at + 1, end).split(" ");
      committed = Number(time) * 1000;
      oldestParent ??= parent;
    } else if (log[at] === ":") noteChange(log.slice(at, end), committed, added, removed);
    at = end + 1;
  }
  return { added, removed, oldestParent };
}

const version1Path = /^[0-9a-f]{2}\/[0-9a-f]{38}$/;

/** Whether a file of an archive is a mail. */
export function isMailPath(path: string): boolean {
  return path === "m" || version1Path.test(path);
}

/** A line of `--raw`: `:000000 100644 0000... <blob> A\tm`. */
function noteChange(line: string, committed: number, added: Map<string, number>, removed: Set<string>): void {
  const tab = line.indexOf("\t");
  const [, , before = "", after = "", status = ""] = line.slice(0, tab).split(" ");
  const path = line.slice(tab + 1);
  const old = version1Path.test(path);
  const gone = path === "d" ? after : old && status !== "A" ? before : "";
  // That `m` makes room for the next mail takes nothing away; only `d` and version 1 remove.
  if (gone !== "" && !/^0+$/.test(gone)) {
    added.delete(gone);
    removed.add(gone);
  }
  if ((path === "m" || old) && status !== "D" && after !== "") {
    added.set(after, committed);
    removed.delete(after);
  }
}

// The commits by which mail came to an epoch of an archive.

export interface MailCommit {
  readonly id: string;
  readonly epoch: number;
  /** When it was made, which is when the mail came, in milliseconds. */
  readonly time: number;
  /** What stands as the author's date: that of the mail's header, where public-inbox made the commit. */
  readonly written: number;
  /** Blob id of the mail it adds; null where it adds none. */
  readonly mail: string | null;
  /** Blob ids of mails it takes away. */
  readonly removes: readonly string[];
}

const commitLogOptions =
  "--raw --no-abbrev --no-renames --no-decorate --no-notes --no-color --no-show-signature --no-mailmap --reverse".split(" ");

/** The commits behind one up to another, oldest first. */
export async function mailCommits(
  { folder }: Epoch,
  epoch: number,
  after: string | null,
  last: string,
  run: RunGit,
): Promise<MailCommit[]> {
  const range = after === null ? [last] : [last, `^${after}`];
  const log = await run(folder, ["log", ...commitLogOptions, "--format=>%H %ct %at", "--end-of-options", ...range, "--"]);
  return log
    .split("\n>")
    .filter((block) => block.trim() !== "")
    .map((block) => readMailCommit(block.replace(/^>/, ""), epoch));
}

function readMailCommit(block: string, epoch: number): MailCommit {
  const [head = "", ...lines] = block.split("\n");
  const [id = "", time = "0", written = "0"] = head.split(" ");
  let mail: string | null = null;
  const removes: string[] = [];
  for (const line of lines) {
    const [, before = "", after = "", status = "", path = ""] = /^:\d+ \d+ (\S+) (\S+) (\S)\S*\t(.*)$/.exec(line) ?? [];
    if (status === "") continue;
    if (path === "d") removes.push(after);
    else if (!isMailPath(path)) continue;
    else if (status !== "D") mail = after;
    // Version 1 has a file for each mail; the m of version 2 only makes room for the next.
    else if (path !== "m") removes.push(before);
  }
  return { id, epoch, time: Number(time) * 1000, written: Number(written) * 1000, mail, removes };
}
