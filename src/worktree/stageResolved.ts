/** What a person made of the patch at hand, staged as that patch: nothing else of theirs becomes the author's. */
import type { PatchFile } from "../core/diff/patchFiles";
import { HumanError } from "../core/humanError";
import { isSafePath } from "../core/paths/tree";
import type { Stop } from "./applyState";
import { runGit, runWritingGit, type GitOptions } from "./git";
import { reasonOf } from "./gitReason";
import { kindOf } from "./inTheWay";
import { leftConflict } from "./leftConflicts";

interface Unmerged {
  /** By which both sides can be told: neither deleted the file. */
  readonly mergeable: readonly string[];
  readonly all: readonly string[];
}

export async function unmergedPaths(top: string, options: GitOptions): Promise<Unmerged> {
  const listed = await runGit(top, ["ls-files", "--unmerged", "-z", "--full-name"], options);
  const sides = new Map<string, string>();
  for (const [, stage = "", path = ""] of listed.stdout.toString("utf8").matchAll(/(?<=^|\0)\d+ [0-9a-f]+ ([123])\t([^\0]+)\0/g))
    sides.set(path, (sides.get(path) ?? "") + stage);
  return { all: [...sides.keys()], mergeable: [...sides].flatMap(([path, stages]) => (stages.endsWith("23") ? [path] : [])) };
}

/**
 * Stages the files of the patch at hand and those git could not merge. Submodules are none of them: their commit is not the patch's.
 *
 * @throws HumanError where a conflict is left, nothing was done, or a file was changed of which it is not known whose change it is
 */
export async function stageResolved(top: string, { at }: Stop, files: readonly PatchFile[], options: GitOptions): Promise<void> {
  const unmerged = (await unmergedPaths(top, options)).all;
  for (const path of unmerged) {
    const left = await leftConflict(top, path, options);
    if (left !== null) throw new HumanError(`${path} ${left}; resolve it, then continue.`);
  }
  const named = files.flatMap(({ path, oldPath }) => (oldPath === undefined ? [path] : [path, oldPath])).filter(isSafePath);
  const own = new Set([...unmerged, ...named]);
  const changed = await changedPaths(top, options);
  const [other] = changed.filter((path) => !own.has(path));
  if (other !== undefined)
    throw new HumanError(
      `${other} was changed but is no file of patch ${at}; stage it (git add) if the change belongs to the patch, or stash it, then continue.`,
    );
  const staged: string[] = [];
  // What is neither there nor known git would complain of.
  for (const path of own) if (changed.includes(path) || (await kindOf(top, path)) === "file") staged.push(path);
  if (staged.length > 0) await stage(top, staged, options);
  if ((await runGit(top, ["diff", "--cached", "--quiet", "HEAD"], options)).code === 0) {
    throw new HumanError(`Nothing of patch ${at} is in the files yet; change them as the patch says, or skip the patch.`);
  }
}

/** Files git knows that were changed and not staged, unmerged ones too. */
async function changedPaths(top: string, options: GitOptions): Promise<string[]> {
  const args = ["status", "--porcelain", "-z", "--no-renames", "--untracked-files=no", "--ignore-submodules=all"];
  const listed = await runGit(top, args, options);
  return [...listed.stdout.toString("utf8").matchAll(/(?<=^|\0)(?:.([^ ]) ([^\0]+)\0|.. [^\0]+\0)/g)].flatMap(([, , path]) =>
    path === undefined ? [] : [path],
  );
}

async function stage(top: string, paths: readonly string[], options: GitOptions): Promise<void> {
  const sparse = await runGit(top, ["config", "--type=bool", "core.sparseCheckout"], options);
  // Git merges files outside of a sparse checkout too, but stages them only where it is told to.
  const more = sparse.stdout.toString("utf8").trim() === "true" ? ["--sparse"] : [];
  const args = ["--literal-pathspecs", "add", "-A", "-f", ...more, "--pathspec-from-file=-", "--pathspec-file-nul"];
  const staged = await runWritingGit(top, args, { ...options, input: `${paths.join("\0")}\0` });
  if (staged.code !== 0) throw new HumanError(`git could not stage the files (${reasonOf(staged.stderr)}).`);
}
