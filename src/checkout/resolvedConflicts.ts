/** Whether a person has resolved the patch that `git am` stopped at; stages their result as that patch and nothing else. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HumanError } from "../core/humanError";
import { linesOf } from "../core/lines/lineDiff";
import { type GitOptions, runGit, runWritingGit } from "../git/git";
import { gitReason } from "../git/gitErrors";
import { indexEntries, outputText } from "../git/objects";
import { statusRows } from "./applyBranch";
import type { Stop } from "./applyRecord";
import { gitIn } from "./commits";
import { fileKindAt } from "./filesAtRisk";

interface Unmerged {
  /** The files that neither side deleted. */
  readonly mergeable: readonly string[];
  readonly all: readonly string[];
}

export async function unmergedPaths(top: string, options: GitOptions): Promise<Unmerged> {
  const stages = new Map<string, string>();
  for (const { path, stage } of await indexEntries(gitIn(top, options), "unmerged")) stages.set(path, `${stages.get(path) ?? ""}${stage}`);
  return { all: [...stages.keys()], mergeable: [...stages].flatMap(([path, all]) => (all.endsWith("23") ? [path] : [])) };
}

/**
 * Stages the files of the current patch and those that git could not merge, without submodules, whose commit is not the patch's.
 *
 * @param named the files of the patch
 * @throws HumanError when a conflict is left, nothing was done, or a changed file may not belong to the patch
 */
export async function stageResolved(top: string, { at }: Stop, named: readonly string[], options: GitOptions): Promise<void> {
  const unmerged = (await unmergedPaths(top, options)).all;
  for (const path of unmerged) {
    const left = await unresolvedReason(top, path, options);
    if (left !== null) throw new HumanError(`${path} ${left}; resolve it, then continue.`);
  }
  const own = new Set([...unmerged, ...named]);
  const changed = await changedPaths(top, options);
  const [other] = changed.filter((path) => !own.has(path));
  if (other !== undefined)
    throw new HumanError(
      `${other} was changed but is not part of patch ${at}. Stage it (git add) if the change belongs to the patch, or stash it, then continue.`,
    );
  const staged: string[] = [];
  // Git fails at a path that is neither in the worktree nor in the index.
  for (const path of own) if (changed.includes(path) || (await fileKindAt(top, path)) === "file") staged.push(path);
  if (staged.length > 0) await stage(top, staged, options);
  if ((await runGit(top, ["diff", "--cached", "--quiet", "HEAD"], options)).code === 0) {
    throw new HumanError(`None of patch ${at} has been applied yet. Edit the files as it shows, or skip it.`);
  }
}

/** Tracked files with unstaged changes, unmerged ones too. */
async function changedPaths(top: string, options: GitOptions): Promise<string[]> {
  return (await statusRows(top, options)).flatMap(({ file, path }) => (file === " " ? [] : [path]));
}

async function stage(top: string, paths: readonly string[], options: GitOptions): Promise<void> {
  const sparse = await runGit(top, ["config", "--type=bool", "core.sparseCheckout"], options);
  // Git also merges files outside of a sparse checkout, but stages them only when told to.
  const more = outputText(sparse) === "true" ? ["--sparse"] : [];
  const args = ["--literal-pathspecs", "add", "-A", "-f", ...more, "--pathspec-from-file=-", "--pathspec-file-nul"];
  const staged = await runWritingGit(top, args, { ...options, input: `${paths.join("\0")}\0` });
  if (staged.code !== 0) throw new HumanError(`git could not stage the files (${gitReason(staged.stderr)}).`);
}

// Whether a person has resolved a conflicting file, also when it has no markers.

const markers = /^(?:<{7} |>{7} |\|{7} )/m;
/** Long enough that no file has lines like these markers. */
const markLength = 40;
/** Lines around a conflict, to find it again. */
const linesAroundConflict = 3;

/**
 * Why a file that git left unmerged is not resolved yet, as the end of a sentence; null when it is. The merge editor begins with the
 * common version without markers, and with auto save this gets into the file, which then has neither side.
 */
async function unresolvedReason(top: string, path: string, options: GitOptions): Promise<string | null> {
  const text = await readFile(join(top, path), "utf8").catch(() => null);
  if (text === null) return null;
  if (markers.test(text)) return "still has conflict markers";
  const merged = await mergedWithBase(top, path, options);
  return merged !== null && isUnresolved(linesOf(text), versionsOf(merged)) ? "still has an unresolved conflict" : null;
}

/** The merge of the three versions with the common one between the markers; null without three versions. */
async function mergedWithBase(top: string, path: string, options: GitOptions): Promise<string | null> {
  const own = (await indexEntries(gitIn(top, options), "unmerged")).filter((entry) => entry.path === path);
  const ids = [2, 1, 3].map((stage) => own.find((entry) => entry.stage === stage)?.id);
  if (ids[0] === undefined || ids[2] === undefined) return null;
  const folder = await mkdtemp(join(tmpdir(), "kvm-series-merge-"));
  try {
    const files = await Promise.all(
      ids.map(async (id, at) => {
        const file = join(folder, String(at));
        // A file that both sides added has no common version.
        await writeFile(file, id === undefined ? "" : (await runGit(top, ["cat-file", "blob", id], options)).stdout);
        return file;
      }),
    );
    const { stdout } = await runGit(top, ["merge-file", "-p", "--diff3", `--marker-size=${markLength}`, "--", ...files], options);
    return stdout.toString("utf8");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Versions {
  /** For each conflict, the lines of the file before either side is taken, with the lines around. */
  readonly runs: readonly string[][];
  /** The file with all conflicts resolved to one side, and to the other side. */
  readonly ours: readonly string[];
  readonly theirs: readonly string[];
}

function versionsOf(merged: string): Versions {
  const mark = (sign: string): RegExp => new RegExp(`^\\${sign}{${markLength}}(?: |$)`);
  const [ours, base, middle, theirs] = ["<", "|", "=", ">"].map(mark) as [RegExp, RegExp, RegExp, RegExp];
  /** With `base`, the file as the merge editor begins: the common version in each conflict. */
  const sides = { ours: [] as string[], base: [] as string[], theirs: [] as string[] };
  let place: "common" | keyof typeof sides = "common";
  const spans: Array<[start: number, end: number]> = [];
  let start = 0;
  for (const line of linesOf(merged)) {
    if (ours.test(line)) place = "ours";
    else if (base.test(line)) [place, start] = ["base", sides.base.length];
    else if (middle.test(line)) place = "theirs";
    else if (theirs.test(line)) {
      place = "common";
      spans.push([start, sides.base.length]);
    } else if (place === "common") for (const side of Object.values(sides)) side.push(line);
    else sides[place].push(line);
  }
  const runs = spans.map(([from, to]) => sides.base.slice(Math.max(0, from - linesAroundConflict), to + linesAroundConflict));
  return { runs, ours: sides.ours, theirs: sides.theirs };
}

/** The same lines may be elsewhere in the file: a conflict is left when they occur more often than with either side taken. */
function isUnresolved(lines: readonly string[], { runs, ours, theirs }: Versions): boolean {
  return runs.some((run) => {
    if (run.length === 0) return lines.length === 0;
    return countOf(lines, run) > Math.max(countOf(ours, run), countOf(theirs, run));
  });
}

function countOf(lines: readonly string[], run: readonly string[]): number {
  return lines.filter((_, at) => run.every((line, offset) => lines[at + offset] === line)).length;
}
