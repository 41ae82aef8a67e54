/**
 * public-inbox archives: bare repositories in which each commit adds one mail (`m`) or removes one (`d`); version 1 names them
 * `ab/cdef...`.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { errorCode, HumanError } from "../core/humanError";
import { findObjects, listCommits, listObjects } from "../git/catFile";
import type { ReadGit } from "../git/git";
import { damageSentence, GitFailure, isDamagedRepository } from "../git/gitErrors";

/** One bare repository of an archive. */
export interface Epoch {
  /** `0.git`, `git/1.git`; relative to the archive. */
  readonly name: string;
  readonly folder: string;
}

/** The mails of an epoch: blob ids in an order that git reads fast, and when each came in, if that is known. */
interface EpochMails {
  readonly oids: readonly string[];
  /** Milliseconds by blob id; null if the history was not walked. */
  readonly committed: ReadonlyMap<string, number> | null;
  /** A sentence about a damaged history, in which case `oids` are what could be found; null for a whole one. */
  readonly damage: string | null;
  /** Blob ids of removed mails, where the history is damaged: other mails that are not in `oids` may be there. */
  readonly removed: ReadonlySet<string> | null;
}

/** What changed since a commit. A mail that is in both came back. */
interface EpochChanges {
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

/** The repositories of an archive, oldest first: the folder itself, or `N.git` in it or in its `git`; [] if it is no archive. */
export function findEpochs(path: string): Epoch[] {
  if (!existsSync(path) || !statSync(path).isDirectory()) return [];
  if (isBareRepository(path)) return [{ name: basename(path), folder: path }];
  for (const below of ["git", ""]) {
    const folder = join(path, below);
    if (!existsSync(folder) || !statSync(folder).isDirectory()) continue;
    const names = readdirSync(folder).filter((name) => /^\d+\.git$/.test(name) && isEpoch(join(folder, name)));
    if (names.length === 0) continue;
    names.sort((a, b) => parseInt(a) - parseInt(b));
    return names.map((name) => ({ name: below ? `${below}/${name}` : name, folder: join(folder, name) }));
  }
  return [];
}

/** A repository that may not be read is an epoch all the same: its mails are not gone. */
function isEpoch(folder: string): boolean {
  try {
    readdirSync(folder);
  } catch (error) {
    return isDenied(error);
  }
  return isBareRepository(folder);
}

function isDenied(error: unknown): boolean {
  return ["EACCES", "EPERM"].includes(errorCode(error));
}

const objectId = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;

/** The newest commit of a repository, read from its files without starting git; null before the first one. Throws where it may not be read. */
export function readHead(folder: string): string | null {
  const head = readText(join(folder, "HEAD"))?.trim();
  if (head === undefined) return null;
  if (objectId.test(head)) return head;
  const ref = /^ref: (\S+)$/.exec(head)?.[1];
  const wanted = [...(ref === undefined ? [] : [ref]), "refs/heads/master", "refs/heads/main"];
  const packed = readText(join(folder, "packed-refs")) ?? "";
  for (const name of wanted) {
    // A ref's name is data from the repository; a ref that leads elsewhere is ignored.
    if (name.includes("..") || name.startsWith("/")) continue;
    const loose = readText(join(folder, name))?.trim();
    if (loose !== undefined && objectId.test(loose)) return loose;
    const line = packed.split("\n").find((one) => one.slice(41) === name || one.slice(65) === name);
    const oid = line?.slice(0, line.indexOf(" "));
    if (oid !== undefined && objectId.test(oid)) return oid;
  }
  return null;
}

/** Changes when a shallow repository is deepened, although its newest commit stays; null for a whole one. */
export function boundaryStamp(folder: string): string | null {
  const commits = readText(join(folder, "shallow"));
  if (commits === undefined || commits.trim() === "") return null;
  return createHash("sha256").update(commits.trim().split("\n").sort().join("\n")).digest("hex").slice(0, 16);
}

/** Changes when objects of a repository come or go. */
export function objectsStamp(folder: string): string {
  const objects = join(folder, "objects");
  const times = readdirSync(objects).map((name) => statSync(join(objects, name)).mtimeMs);
  return `${times.length} ${Math.max(0, ...times)}`;
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (isDenied(error)) throw error;
    return undefined;
  }
}

/**
 * All mails of an epoch. If every object belongs to the history and no mail was ever removed, the list of objects tells them, at
 * a tenth of the cost of walking the history.
 */
export async function listMails(run: ReadGit, epoch: Epoch, head: string, binary?: string): Promise<EpochMails> {
  const [plain, { commits, trees, blobs }] = await Promise.all([plainCommits(run, epoch, head), listObjects(epoch.folder, binary)]);
  if (commits > 0 && commits === trees && trees === blobs.length && plain === commits) {
    return { oids: blobs, committed: null, damage: null, removed: null };
  }
  let added: ReadonlyMap<string, number>;
  try {
    ({ added } = await walkHistory(run, epoch, [head]));
  } catch (error) {
    if (!isDamagedRepository(error)) throw error;
    return await salvageMails(epoch, blobs, error, binary);
  }
  if (added.size === 0) throw new HumanError("This repository is not a mail archive: no commit in it adds a mail as public-inbox does.");
  // Git reads twice as fast in pack order as in the order of the history. What is missing comes last.
  const oids = new Set([...blobs.filter((oid) => added.has(oid)), ...added.keys()]);
  return { oids: [...oids], committed: added, damage: null, removed: null };
}

/**
 * How many commits a history has whose newest one holds a mail; null for any other. If a repository holds as many objects of each
 * kind, each commit adds a mail of its own.
 */
async function plainCommits(run: ReadGit, { folder }: Epoch, head: string): Promise<number | null> {
  // A commit of a shallow history may remove a mail that lies beyond its edge.
  if (boundaryStamp(folder) !== null) return null;
  try {
    const [newest, count] = await Promise.all([
      run(folder, ["ls-tree", "--end-of-options", head]),
      run(folder, ["rev-list", "--count", "--use-bitmap-index", "--end-of-options", head]),
    ]);
    return /^100644 blob [0-9a-f]+\tm\n?$/.test(newest) ? Number(count) : null;
  } catch {
    // The walk says what is wrong with the history.
    return null;
  }
}

/** When each mail in the history came in, in milliseconds by blob id. */
export async function listHistory(run: ReadGit, epoch: Epoch, head: string): Promise<ReadonlyMap<string, number>> {
  return (await walkHistory(run, epoch, [head])).added;
}

/** What changed between two commits; null if the older one is not in the history of the newer one, because that was rewritten. */
export async function changesSince(run: ReadGit, epoch: Epoch, from: string, head: string): Promise<EpochChanges | null> {
  try {
    const { added, removed, oldestParent } = await walkHistory(run, epoch, [head, `^${from}`]);
    return oldestParent === from ? { added, removed } : null;
  } catch {
    // The commit is gone: the history was rewritten and the old one collected. Any other cause shows when everything is read
    // again.
    return null;
  }
}

interface HistoryWalk extends EpochChanges {
  readonly added: Map<string, number>;
  readonly removed: Set<string>;
  readonly oldestParent: string | null;
}

/** Walks a history from its oldest commit on. */
async function walkHistory(run: ReadGit, { folder }: Epoch, range: readonly string[]): Promise<HistoryWalk> {
  for (const end of range) if (!objectId.test(end.replace("^", ""))) throw new Error(`“${end}” is not a commit`);
  const added = new Map<string, number>();
  const removed = new Set<string>();
  let oldestParent: string | null = null;
  for (const { time, parent, adds, removes } of readLog(await run(folder, [...logCommand, "--raw", "--reverse", ...range, "--"]))) {
    oldestParent ??= parent;
    for (const oid of removes) {
      added.delete(oid);
      removed.add(oid);
    }
    for (const oid of adds) added.set(oid, time);
  }
  return { added, removed, oldestParent };
}

/**
 * The mails that can be found in a damaged history: all blobs of the repository, except those that readable commits remove. Only
 * the damaged objects could tell which of the others are mails, and in an archive nearly all are.
 */
async function salvageMails({ folder }: Epoch, blobs: readonly string[], error: unknown, binary?: string): Promise<EpochMails> {
  const [adds, removes] = [new Map<string, number>(), new Map<string, number>()];
  for (const { mail, removed } of await mailsOfCommits(folder, await listCommits(folder, binary), binary)) {
    if (mail !== null) adds.set(mail, (adds.get(mail) ?? 0) + 1);
    if (removed !== null) removes.set(removed, (removes.get(removed) ?? 0) + 1);
  }
  // Whether it is no archive at all, or one of version 1, whose commits do not name their mails `m`.
  if (adds.size === 0) throw error;
  const gone = new Set([...removes].flatMap(([oid, times]) => (times >= (adds.get(oid) ?? 0) ? [oid] : [])));
  return { oids: blobs.filter((oid) => !gone.has(oid)), committed: new Map(), damage: damageSentence(error), removed: gone };
}

interface MailsOfCommit {
  readonly mail: string | null;
  readonly removed: string | null;
}

/** The mails that commits of version 2 add or remove, by the names they have there. */
async function mailsOfCommits(folder: string, commits: readonly string[], binary?: string): Promise<MailsOfCommit[]> {
  const names = commits.flatMap((commit) => [`${commit}:m`, `${commit}:d`]);
  const found = await findObjects(folder, names, binary);
  return commits.map((_, at) => ({ mail: found[2 * at] ?? null, removed: found[2 * at + 1] ?? null }));
}

const version1Path = /^[0-9a-f]{2}\/[0-9a-f]{38}$/;

// The commits by which mail came to an epoch of an archive.

/** A commit that adds or removes mail. */
export interface MailCommit {
  readonly id: string;
  /** The id of its first parent; "" for the first of a history. */
  readonly parent: string;
  /** When it was made, in milliseconds, which is when the mail came. */
  readonly time: number;
  /** The author's date; where public-inbox made the commit, this is the date in the mail's header. */
  readonly written: number;
  /** Blob ids of the mails it adds; mostly one. */
  readonly adds: readonly string[];
  /** Blob ids of the mails it removes. */
  readonly removes: readonly string[];
}

const logCommand = ["log", "--format=>%H %ct %at %P", ..."--no-abbrev --no-renames --no-decorate --no-notes --no-color".split(" ")];
logCommand.push(..."--no-show-signature --no-mailmap --no-ext-diff".split(" "));

/** The commits after one (null: from the first) up to another, oldest first, and a sentence about what is damaged. */
export async function mailCommits(
  { folder }: Epoch,
  after: string | null,
  last: string,
  run: ReadGit,
  binary?: string,
): Promise<{ readonly commits: readonly MailCommit[]; readonly damage: string | null }> {
  const range = ["--end-of-options", ...(after === null ? [last] : [last, `^${after}`]), "--"];
  try {
    return { commits: [...readLog(await run(folder, [...logCommand, "--raw", "--reverse", ...range]))], damage: null };
  } catch (error) {
    if (!isDamagedRepository(error)) throw error;
    const log = await run(folder, [...logCommand, ...range])
      // If it is told where to end, git reads all commits before it prints one.
      .catch(() => run(folder, [...logCommand, "--end-of-options", last, "--"]))
      .catch((failure: unknown) => (failure instanceof GitFailure ? failure.output : ""));
    const all = [...readLog(log)];
    const end = all.findIndex(({ id }) => id === after);
    const commits = end < 0 ? all : all.slice(0, end);
    const ids = commits.map(({ id }) => id);
    const mails = await mailsOfCommits(folder, ids, binary);
    if (mails.every(({ mail }) => mail === null)) throw error;
    const found = commits.map((commit, at) => {
      const { mail = null, removed = null } = mails[at] ?? {};
      return { ...commit, adds: mail === null ? [] : [mail], removes: removed === null ? [] : [removed] };
    });
    return { commits: found.reverse(), damage: damageSentence(error) };
  }
}

/** Reads what `logCommand` prints. */
function* readLog(log: string): Generator<MailCommit> {
  let commit: (MailCommit & { readonly adds: string[]; readonly removes: string[] }) | null = null;
  for (let at = 0; at < log.length;) {
    const lineEnd = log.indexOf("\n", at);
    const end = lineEnd < 0 ? log.length : lineEnd;
    if (log[at] === ">") {
      if (commit) yield commit;
      const [id = "", time = "0", written = "0", parent = ""] = log.slice(at + 1, end).split(" ");
      commit = { id, parent, time: Number(time) * 1000, written: Number(written) * 1000, adds: [], removes: [] };
    } else if (log[at] === ":" && commit) noteChange(log.slice(at, end), commit);
    at = end + 1;
  }
  if (commit) yield commit;
}

/** A line of `--raw`: `:000000 100644 0000... <blob> A\tm`. */
function noteChange(line: string, { adds, removes }: { readonly adds: string[]; readonly removes: string[] }): void {
  const tab = line.indexOf("\t");
  const [, , before = "", after = "", status = ""] = line.slice(0, tab).split(" ");
  const path = line.slice(tab + 1);
  // Version 1 has a file for each mail. In version 2, `m` is only replaced by the next mail.
  const isVersion1 = version1Path.test(path);
  const gone = path === "d" ? after : isVersion1 && status !== "A" ? before : "";
  if (gone !== "" && !/^0+$/.test(gone)) removes.push(gone);
  if ((path === "m" || isVersion1) && status !== "D" && after !== "") adds.push(after);
}
