/** Applying a series with `git am -3`: on a branch of its own, patch by patch, with a stop where one conflicts. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { HumanError } from "../core/humanError";
import { patchFiles, type PatchFile } from "../core/patchFiles";
import { isSafePath } from "../core/tree";
import { abortApply, leave, putAside } from "./applyBack";
import { applyReadiness, branchNameProblem } from "./applyReady";
import { exists, gitFolderOf, readApply, readStop, writeRecord, type ApplyRecord, type Stop } from "./applyState";
import { runGit, runWritingGit, type GitOptions } from "./git";
import { leftConflict } from "./leftConflicts";

export interface ApplyRequest {
  /** Top of the person's worktree. */
  readonly top: string;
  readonly mbox: string;
  /** Of the series, and of its patches in order. */
  readonly title: string;
  readonly titles: readonly string[];
  /** Name of the branch that is made. */
  readonly branch: string;
  /** The commit it begins at. */
  readonly base: string;
  /** Absolute path of the worktree that is made for it; null to apply in the person's own. */
  readonly worktree: string | null;
  /** Whether changes the person has not committed are put into a stash first; refused otherwise. */
  readonly stash: boolean;
}

export interface ApplyOptions extends GitOptions {
  /** Called for each patch that begins; `null` while the files of the base are written. */
  readonly progress?: (stop: Stop | null) => void;
}

/** How far it came. */
export type ApplyOutcome =
  | { readonly kind: "applied"; readonly record: ApplyRecord; readonly commits: number }
  | { readonly kind: "stopped"; readonly record: ApplyRecord; readonly stopped: StoppedPatch };

/** The patch `git am` stopped at. */
export interface StoppedPatch extends Stop {
  readonly title: string;
  /** Files with conflict markers in them, or that one side deleted; [] where git had no blobs to merge and left all as it was. */
  readonly conflicts: readonly string[];
  /** Those of them that both sides still have. */
  readonly mergeable: readonly string[];
  /** The files of the patch. */
  readonly files: readonly PatchFile[];
}

/**
 * Applies a series. Resolves where `git am` stops at a conflict too; then `continueApply`, `skipPatch` or `abortApply` go on.
 *
 * @throws HumanError where it cannot begin; where it was aborted by the signal all is as it was before
 */
export async function startApply(request: ApplyRequest, options: ApplyOptions = {}): Promise<ApplyOutcome> {
  const { top, title, titles, branch, base, worktree } = request;
  const { head, branch: former, dirty } = await applyReadiness(top, options, worktree !== null);
  const problem = await branchNameProblem(top, branch, options);
  if (problem !== null) throw new HumanError(`${problem.replace(/\.$/, "")}: ${branch}; choose another one.`);
  if (dirty && worktree === null && !request.stash)
    throw new HumanError("Files of this worktree were changed and not committed; commit or stash them, or apply in a new worktree.");
  const before = { branch: former, head };
  const plain = { title, titles, branch, base, before, stash: null, tip: null, made: null, madeFrom: null };
  options.progress?.(null);
  if (worktree !== null) {
    await makeWorktree(top, worktree, branch, base, options);
    const inMade = { ...plain, madeFrom: top };
    await writeRecord(worktree, inMade);
    await writeRecord(top, { ...plain, made: worktree });
    return am(worktree, inMade, ["--patch-format=mbox", "-3"], request.mbox, options);
  }
  const stash = dirty ? await putAside(top, branch, options) : null;
  const record = { ...plain, stash };
  const made = await runWritingGit(top, ["switch", "--quiet", "--no-track", "-c", branch, base], options).catch(async (error: unknown) => {
    await leave(top, record, withoutSignal(options));
    throw error;
  });
  if (made.code !== 0) {
    await leave(top, record, options);
    throw new HumanError(`git could not make the branch ${branch} (${lastLine(made.stderr)}); nothing was changed.`);
  }
  await writeRecord(top, record);
  return am(top, record, ["--patch-format=mbox", "-3"], request.mbox, options);
}

async function makeWorktree(top: string, folder: string, branch: string, base: string, options: ApplyOptions): Promise<void> {
  if (await exists(folder)) throw new HumanError(`${folder} is there already; choose another folder.`);
  const undo = async (): Promise<void> => {
    const quiet = withoutSignal(options);
    await runWritingGit(top, ["worktree", "remove", "--force", "--", folder], quiet);
    await runWritingGit(top, ["worktree", "prune"], quiet);
    await runWritingGit(top, ["branch", "--quiet", "-D", branch], quiet);
  };
  const made = await runWritingGit(top, ["worktree", "add", "--quiet", "--no-track", "-b", branch, "--", folder, base], options).catch(
    async (error: unknown) => {
      await undo();
      throw error;
    },
  );
  if (made.code === 0) return;
  await undo();
  throw new HumanError(`git could not make the worktree ${folder} (${lastLine(made.stderr)}); choose another folder.`);
}

/** How an apply that stopped goes on: not to be cancelled, since that would take back what the person did by hand. */
export type GoOnOptions = Omit<ApplyOptions, "signal">;

/** Takes what the person made of the files as the patch at hand, and goes on with the others. */
export async function continueApply(top: string, options: GoOnOptions = {}): Promise<ApplyOutcome> {
  const { record, stop } = await needStop(top);
  await stageResolved(top, stop, options);
  return am(top, record, ["--continue"], "", options);
}

/** Leaves the patch at hand out, takes back what there is of it, and goes on with the others. */
export async function skipPatch(top: string, options: GoOnOptions = {}): Promise<ApplyOutcome> {
  const { record } = await needStop(top);
  return am(top, record, ["--skip"], "", options);
}

/** The patch `git am` stopped at; null where none is under way. */
export async function stoppedPatch(top: string, options: GitOptions = {}): Promise<StoppedPatch | null> {
  const state = await readApply(top);
  return state?.stop ? describeStop(top, state.record, state.stop, options) : null;
}

async function needStop(top: string): Promise<{ readonly record: ApplyRecord; readonly stop: Stop }> {
  const state = await readApply(top);
  if (!state?.stop) throw new HumanError("No series is being applied in this worktree.");
  return { record: state.record, stop: state.stop };
}

async function describeStop(top: string, { titles }: ApplyRecord, { at, of }: Stop, options: GitOptions): Promise<StoppedPatch> {
  const { all: conflicts, mergeable } = await unmergedPaths(top, options);
  return {
    at,
    of,
    title: titles[at - 1] ?? "",
    conflicts,
    mergeable,
    files: patchFiles(await readFile(join((await gitFolderOf(top)) ?? "", "rebase-apply", "patch"), "utf8").catch(() => "")),
  };
}

interface Unmerged {
  /** By which both sides can be told: neither deleted the file. */
  readonly mergeable: readonly string[];
  readonly all: readonly string[];
}

async function unmergedPaths(top: string, options: GitOptions): Promise<Unmerged> {
  const listed = await runGit(top, ["ls-files", "--unmerged", "-z", "--full-name"], options);
  const sides = new Map<string, string>();
  for (const [, stage = "", path = ""] of listed.stdout.toString("utf8").matchAll(/\d+ [0-9a-f]+ ([123])\t([^\0]+)\0/g))
    sides.set(path, (sides.get(path) ?? "") + stage);
  return { all: [...sides.keys()], mergeable: [...sides].flatMap(([path, stages]) => (stages.endsWith("23") ? [path] : [])) };
}

/** Stages what the person made of the patch at hand: before it the worktree was clean, so all that was changed is of it. */
async function stageResolved(top: string, { at }: Stop, options: GitOptions): Promise<void> {
  for (const path of (await unmergedPaths(top, options)).all) {
    const left = await leftConflict(top, path, options);
    if (left !== null) throw new HumanError(`${path} ${left}; resolve it, then continue.`);
  }
  const { files = [] } = (await stoppedPatch(top, options)) ?? {};
  const added: string[] = [];
  for (const { path } of files) if (isSafePath(path) && (await exists(join(top, path)))) added.push(path);
  await stage(top, ["add", "-u"], null, options);
  if (added.length > 0) await stage(top, ["--literal-pathspecs", "add", "-A", "-f"], added, options);
  if ((await runGit(top, ["diff", "--cached", "--quiet", "HEAD"], options)).code === 0) {
    throw new HumanError(`Nothing of patch ${at} is in the files yet; change them as the patch says, or skip the patch.`);
  }
}

async function stage(top: string, args: readonly string[], paths: readonly string[] | null, options: GitOptions): Promise<void> {
  const from = paths === null ? [] : ["--pathspec-from-file=-", "--pathspec-file-nul"];
  const staged = await runWritingGit(top, [...args, ...from], { ...options, input: paths === null ? "" : `${paths.join("\0")}\0` });
  if (staged.code !== 0) throw new HumanError(`git could not stage the files (${lastLine(staged.stderr)}).`);
}

/** How often it is looked how far git has come: it says so only when it has ended. */
const lookMilliseconds = 100;

async function am(
  top: string,
  record: ApplyRecord,
  args: readonly string[],
  input: string,
  { progress, ...options }: ApplyOptions,
): Promise<ApplyOutcome> {
  const folder = (await gitFolderOf(top)) ?? "";
  let seen = 0;
  const look = async (): Promise<void> => {
    const stop = await readStop(folder);
    if (!stop || stop.at <= seen || stop.of === 0) return;
    seen = stop.at;
    progress?.(stop);
  };
  const timer = setInterval(() => void look(), lookMilliseconds);
  try {
    const { code, stderr } = await runWritingGit(top, ["am", ...args], { ...options, input });
    return await outcome(top, record, code, stderr, options);
  } catch (error) {
    // What was stopped on the way is taken back: nobody knows how far the patch at hand came.
    if (options.signal?.aborted) await abortApply(top, withoutSignal(options), true);
    throw error;
  } finally {
    clearInterval(timer);
  }
}

async function outcome(top: string, record: ApplyRecord, code: number, stderr: string, options: GitOptions): Promise<ApplyOutcome> {
  const stop = await readStop((await gitFolderOf(top)) ?? "");
  if (stop) return { kind: "stopped", record, stopped: await describeStop(top, record, stop, options) };
  if (code !== 0) {
    await abortApply(top, options);
    throw new HumanError(`git could not apply the series (${lastLine(stderr)}); nothing was changed.`);
  }
  const head = (await runGit(top, ["rev-parse", "HEAD"], options)).stdout.toString("utf8").trim();
  const counted = await runGit(top, ["rev-list", "--count", `${record.base}..${head}`], options);
  const done = { ...record, tip: head };
  await writeRecord(top, done);
  return { kind: "applied", record: done, commits: Number(counted.stdout.toString("utf8").trim()) };
}

function withoutSignal({ binary }: ApplyOptions): GitOptions {
  return { binary };
}

/** What git said last is the reason; what stands above it is on the way there. */
function lastLine(text: string): string {
  const lines = text.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("hint:"));
  return (lines.at(-1) ?? "git said nothing").replace(/^(?:fatal|error): /, "").replace(/\.$/, "");
}
