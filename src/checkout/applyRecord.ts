/**
 * What is known of an apply that is under way or was done: a record beside the index of the worktree, and git's own files of
 * `git am`. Read without git, so that a window that is opened again knows at once where it was.
 */
import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { isAbsolute, join, resolve } from "node:path";

export interface ApplyRecord {
  /** Of the series, for people. */
  readonly title: string;
  /** Titles of the patches, in the order they are applied. */
  readonly titles: readonly string[];
  /** The branch that was made. */
  readonly branch: string;
  /** The commit it begins at. */
  readonly base: string;
  /** Where the person was before; no branch where HEAD was detached. */
  readonly before: { readonly branch: string | null; readonly head: string };
  /** The stash the person's changes were put in. */
  readonly stash: string | null;
  /** Its last commit, when all patches were applied. */
  readonly tip: string | null;
  /** What is to be said when it is done: trailers that were left out. */
  readonly note?: string;
  /** The worktree that was made for it, absolute; null where it is applied in the person's own. */
  readonly made: string | null;
  /** Set in the record of a worktree that was made: the one it was made from. */
  readonly madeFrom: string | null;
}

/** Where `git am` stopped. */
export interface Stop {
  /** The patch at hand, from 1. */
  readonly at: number;
  readonly of: number;
}

export interface RecordedApply {
  readonly record: ApplyRecord;
  /** Null unless `git am` is under way in this worktree. */
  readonly stop: Stop | null;
}

const recordFile = "kvm-series-apply.json";

/** The git folder of a worktree; null where its top has none. */
export async function gitFolderOf(top: string): Promise<string | null> {
  const place = join(top, ".git");
  const found = await stat(place).catch(() => null);
  if (found?.isDirectory()) return place;
  if (!found?.isFile()) return null;
  const [, folder] = /^gitdir: (.+)$/m.exec(await readFile(place, "utf8")) ?? [];
  return folder === undefined ? null : isAbsolute(folder) ? folder : resolve(top, folder);
}

/** The files that change when an apply begins, goes on or ends, relative to the git folder. */
export const applyFiles = [recordFile, "rebase-apply/next"] as const;

/** What is known of the apply in a worktree; null where there was none. */
export async function readApply(top: string): Promise<RecordedApply | null> {
  const folder = await gitFolderOf(top);
  const text = folder === null ? null : await readFile(join(folder, recordFile), "utf8").catch(() => null);
  const record = text === null ? null : parseRecord(text);
  return record && folder !== null ? { record, stop: await stopOf(folder, record) } : null;
}

/** Where the apply of a record stands; null where it is over, and where the `git am` that is under way is the person's own. */
async function stopOf(folder: string, { branch, titles, tip, made }: ApplyRecord): Promise<Stop | null> {
  if (tip !== null || made !== null) return null;
  const stop = await readStop(folder);
  const head = await readFile(join(folder, "HEAD"), "utf8").catch(() => "");
  // A repository that keeps its refs in tables has a name here that is none.
  const isOnBranch = [`ref: refs/heads/${branch}`, "ref: refs/heads/.invalid"].includes(head.trim());
  return stop?.of === titles.length && isOnBranch ? stop : null;
}

/** Whether any `git am` is under way in a worktree, whosever it is. */
export async function isAmUnderWay(top: string): Promise<boolean> {
  const folder = await gitFolderOf(top);
  return folder !== null && (await readStop(folder)) !== null;
}

/** Where any `git am` stands in a git folder; null where none is under way. */
export async function readStop(folder: string): Promise<Stop | null> {
  const number = async (name: string): Promise<number> =>
    Number(await readFile(join(folder, "rebase-apply", name), "utf8").catch(() => ""));
  // A rebase has the folder too, without this file.
  if (!(await exists(join(folder, "rebase-apply", "applying")))) return null;
  return { at: await number("next"), of: await number("last") };
}

/** Writes the record of a worktree, or takes it away. */
export async function writeRecord(top: string, record: ApplyRecord | null): Promise<void> {
  const folder = await gitFolderOf(top);
  if (folder === null) return;
  const file = join(folder, recordFile);
  if (record === null) {
    await rm(file, { force: true });
    return;
  }
  await mkdir(folder, { recursive: true });
  await writeFile(`${file}.new`, `${JSON.stringify(record, null, 2)}\n`);
  await rename(`${file}.new`, file);
}

export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

const fullId = /^[0-9a-f]{40,64}$/;

/** A record that somebody else wrote, or half of one, is none. */
function parseRecord(text: string): ApplyRecord | null {
  let value: Partial<Record<keyof ApplyRecord, unknown>> | null;
  try {
    value = JSON.parse(text) as typeof value;
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null) return null;
  const { title, titles, branch, base, before, stash, tip, made, madeFrom, note } = value as Partial<ApplyRecord>;
  const isId = (id: unknown): id is string => typeof id === "string" && fullId.test(id);
  const isName = (name: unknown): name is string => typeof name === "string" && name !== "" && !name.startsWith("-");
  const isPath = (path: unknown): boolean => path === null || (typeof path === "string" && isAbsolute(path));
  const isSound =
    typeof title === "string" &&
    Array.isArray(titles) &&
    titles.every((one) => typeof one === "string") &&
    isName(branch) &&
    isId(base) &&
    typeof before === "object" &&
    (before.branch === null || isName(before.branch)) &&
    isId(before.head) &&
    (stash === null || isId(stash)) &&
    (tip === null || isId(tip)) &&
    (note === undefined || typeof note === "string") &&
    isPath(made) &&
    isPath(madeFrom);
  return isSound ? (value as ApplyRecord) : null;
}
