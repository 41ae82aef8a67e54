/**
 * The state of an apply in progress or done: a record beside the index of the worktree, and git's own files of `git am`. Both are
 * read without git, so that a window that is opened again knows at once where it was. The record is also a journal: each step is
 * written into it before it is done.
 */
import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, resolve } from "node:path";
import { errorCode } from "../core/humanError";
import { isSafePath } from "../core/series/treePaths";

export interface ApplyRecord {
  /** Title of the series, for people. */
  readonly title: string;
  /** Titles of the patches, in the order in which they are applied. */
  readonly titles: readonly string[];
  /** The new branch. */
  readonly branch: string;
  /** The commit at which it begins. */
  readonly base: string;
  /** Where the person was before; the branch is null when HEAD was detached. */
  readonly before: { readonly branch: string | null; readonly head: string };
  /** The stash of the person's changes. */
  readonly stash: string | null;
  /** Its last commit, when all patches were applied. */
  readonly tip: string | null;
  /** A sentence for the end, such as trailers that were left out. */
  readonly note?: string;
  /** Absolute path of the worktree that was made for it; null when it is applied in the person's own. */
  readonly made: string | null;
  /** In the record of a worktree that was made: the worktree from which it was made. */
  readonly madeFrom: string | null;
  /** The folder of the worktree that the patches are for, with a slash at its end; absent for its top. */
  readonly prefix?: string;
}

/** A step on a worktree, which must be recovered when it is interrupted. */
export type ApplyStep =
  /** The person's changes go into a stash; `newest` is the newest stash before. */
  | { readonly kind: "stash"; readonly newest: string | null }
  /** The files of the base are written, and the branch is checked out. */
  | { readonly kind: "switch" }
  /** The worktree `made` is made or removed; `tip` is the commit of its branch, unless somebody committed on it. */
  | { readonly kind: "worktree"; readonly tip: string }
  /** `git am` begins; the files of the patches, and those that did not exist before. */
  | { readonly kind: "am"; readonly paths: readonly string[]; readonly absent: readonly string[] }
  /** `git am` goes on after a stop, with what the person did by hand. */
  | { readonly kind: "continue" }
  /** The person's branch and files come back, and their changes come out of the stash; `tip` as above. */
  | { readonly kind: "leave"; readonly tip: string };

/** A step and the process that does it; null when the process gave up. */
type WrittenStep = ApplyStep & { readonly by: string | null };

/** Where `git am` stopped. */
export interface Stop {
  /** The current patch, from 1. */
  readonly at: number;
  readonly of: number;
}

export interface RecordedApply {
  readonly record: ApplyRecord;
  /** The step in progress; null without one. A window that is closed meanwhile leaves it behind. */
  readonly step: WrittenStep | null;
  /** Null unless `git am` is in progress in this worktree. */
  readonly stop: Stop | null;
}

const recordFile = "kvm-series-apply.json";

/** The git folder of a worktree; null when its top has none. */
export async function gitFolderOf(top: string): Promise<string | null> {
  const place = join(top, ".git");
  const found = await stat(place).catch(() => null);
  if (found?.isDirectory()) return place;
  if (!found?.isFile()) return null;
  const [, folder] = /^gitdir: (.+)$/m.exec(await readFile(place, "utf8")) ?? [];
  return folder === undefined ? null : isAbsolute(folder) ? folder : resolve(top, folder);
}

/** The worktree of a folder: its top, and the path of the folder from there with a slash at its end, "" for the top itself. */
export interface WorktreePlace {
  readonly root: string;
  readonly prefix: string;
}

/** Finds the worktree of a folder without git; a folder outside of any counts as one. */
export async function worktreeOf(folder: string): Promise<WorktreePlace> {
  for (let root = folder, prefix = ""; ; prefix = `${basename(root)}/${prefix}`, root = dirname(root)) {
    if ((await gitFolderOf(root)) !== null) return { root, prefix };
    if (dirname(root) === root) return { root: folder, prefix: "" };
  }
}

/** The git folder of the worktree of a folder; null outside of any. */
export async function gitFolderAbove(folder: string): Promise<string | null> {
  return gitFolderOf((await worktreeOf(folder)).root);
}

/** The files that change when an apply begins, goes on or ends, relative to the git folder. */
export const applyFiles = [recordFile, "rebase-apply/next"] as const;

/** The apply in the worktree of a folder; null when there was none. */
export async function readApply(top: string): Promise<RecordedApply | null> {
  const folder = await gitFolderOf((await worktreeOf(top)).root);
  const text = folder === null ? null : await readFile(join(folder, recordFile), "utf8").catch(() => null);
  const written = text === null ? null : parseRecord(text);
  return written && folder !== null ? { ...written, stop: await stopOf(folder, written.record) } : null;
}

/** The same for a worktree that was made for an apply; null when it is gone, even if its folder is within another worktree. */
export async function readMade(made: string): Promise<RecordedApply | null> {
  return (await gitFolderOf(made)) === null ? null : readApply(made);
}

/** Where the apply of a record stopped; null when it is over, and when the `git am` in progress is the person's own. */
async function stopOf(folder: string, { branch, titles, tip, made }: ApplyRecord): Promise<Stop | null> {
  if (tip !== null || made !== null) return null;
  const stop = await readStop(folder);
  const head = await readFile(join(folder, "HEAD"), "utf8").catch(() => "");
  // A repository that keeps its refs in tables has the name `.invalid` here.
  const isOnBranch = [`ref: refs/heads/${branch}`, "ref: refs/heads/.invalid"].includes(head.trim());
  return stop?.of === titles.length && isOnBranch ? stop : null;
}

/** Whether any `git am` is in progress in a worktree, ours or the person's. */
export async function isAmUnderWay(top: string): Promise<boolean> {
  const folder = await gitFolderOf(top);
  return folder !== null && (await readStop(folder)) !== null;
}

/** Where any `git am` of a git folder stopped; null when none is in progress. */
export async function readStop(folder: string): Promise<Stop | null> {
  const number = async (name: string): Promise<number> =>
    Number(await readFile(join(folder, "rebase-apply", name), "utf8").catch(() => ""));
  // A rebase uses the same folder, but without this file.
  if (!(await exists(join(folder, "rebase-apply", "applying")))) return null;
  return { at: await number("next"), of: await number("last") };
}

/** Writes the record of a worktree without a step in progress; null removes it. */
export async function writeRecord(top: string, record: ApplyRecord | null): Promise<void> {
  await writeFileOf(top, record);
}

async function writeFileOf(top: string, record: (ApplyRecord & { readonly step?: WrittenStep }) | null): Promise<void> {
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

/**
 * Records a step before it begins. Any later record of the worktree means that it is over.
 *
 * @param record the state of the apply
 */
export async function beginStep(top: string, record: ApplyRecord, step: ApplyStep): Promise<void> {
  await writeFileOf(top, { ...record, step: { ...step, by: await processMark(process.pid) } });
}

/** Gives up a step, so that it can be recovered at once. */
export async function giveUpStep(top: string): Promise<void> {
  const state = await readApply(top);
  if (state?.step) await writeFileOf(top, { ...state.record, step: { ...state.step, by: null } });
}

/** The interrupted step; null without one, and while its process runs. */
export async function abandonedStep({ step }: RecordedApply): Promise<ApplyStep | null> {
  if (!step) return null;
  const isRunning = step.by !== null && (await processMark(Number.parseInt(step.by, 10))) === step.by;
  return isRunning ? null : step;
}

/** Identifies a running process, also against a later one with the same number; null when none with that number runs. */
async function processMark(pid: number): Promise<string | null> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => null);
  if (stat !== null) {
    // The name of the program, in parentheses, may contain anything. Behind it comes the state and, as the 20th field, the start time.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? null : `${pid} ${fields[19] ?? ""}`;
  }
  try {
    // Systems without /proc have only the number.
    process.kill(pid, 0);
    return String(pid);
  } catch (error) {
    return errorCode(error) === "EPERM" ? String(pid) : null;
  }
}

export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

const fullId = /^[0-9a-f]{40,64}$/;

/** A damaged or foreign record counts as none. */
function parseRecord(text: string): Omit<RecordedApply, "stop"> | null {
  let value: (ApplyRecord & { readonly step?: WrittenStep }) | null;
  try {
    value = JSON.parse(text) as typeof value;
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null) return null;
  const { step, ...record } = value;
  const { title, titles, branch, base, before, stash, tip, made, madeFrom, note, prefix } = record as Partial<ApplyRecord>;
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
    isPath(madeFrom) &&
    (prefix === undefined || (typeof prefix === "string" && prefix.endsWith("/") && isSafePath(prefix.slice(0, -1)))) &&
    (step === undefined || isStep(step));
  return isSound ? { record, step: step ?? null } : null;
}

function isStep(value: unknown): boolean {
  const step = value as Partial<Record<"kind" | "by" | "newest" | "tip" | "paths" | "absent", unknown>> | null;
  if (typeof step !== "object" || step === null || (step.by !== null && typeof step.by !== "string")) return false;
  const isId = (id: unknown): boolean => typeof id === "string" && fullId.test(id);
  const isList = (list: unknown): boolean => Array.isArray(list) && list.every((one) => typeof one === "string" && isSafePath(one));
  switch (step.kind) {
    case "stash":
      return step.newest === null || isId(step.newest);
    case "worktree":
    case "leave":
      return isId(step.tip);
    case "am":
      return isList(step.paths) && isList(step.absent);
    default:
      return step.kind === "switch" || step.kind === "continue";
  }
}
