/** The person's changes: the edits of each file against its original. */
import { type FileDiff, readDiff } from "../core/diff/diff";
import { readPatchHunk } from "../core/diff/patchFiles";
import { HumanError } from "../core/humanError";
import type { MyFile } from "../core/lines/collisions";
import { blockOfHunk } from "../core/lines/fileChange";
import { bufferEdits } from "../core/lines/lineDiff";
import type { GitOptions } from "../git/git";
import { gitReason } from "../git/gitErrors";
import { type GitCall, outputText } from "../git/objects";
import { gitIn, objectIdOf } from "./commits";
import { readFilesAt } from "./committedFiles";

/** Which changes: the uncommitted ones, those of the branch since it left its upstream, or those of a range `A..B`. */
export type MyScope =
  | { readonly kind: "uncommitted"; readonly buffers?: ReadonlyMap<string, string> }
  | { readonly kind: "branch" }
  | { readonly kind: "range"; readonly range: string };

export interface MyChanges {
  /** The commit from which they start. */
  readonly base: string;
  /** The commit that has them; null for uncommitted changes. */
  readonly commit: string | null;
  readonly files: readonly MyFile[];
}

/** A program reads this diff, so a person's settings for diffs must not matter. */
const plainDiff = [
  ...["--unified=0", "--inter-hunk-context=0", "--no-ext-diff", "--no-textconv", "--no-color", "--full-index", "-M", "-O/dev/null"],
  ...["--src-prefix=a/", "--dst-prefix=b/", "--relative", "--ignore-submodules=all", "--word-diff=none", "--diff-algorithm=histogram"],
];

/**
 * Reads the person's changes.
 *
 * @param top of the working tree
 */
export async function readMyChanges(top: string, scope: MyScope, options: GitOptions = {}): Promise<MyChanges> {
  const ask = gitIn(top, options);
  const { base, commit } = await endsOf(ask, scope);
  const diff = await ask(["diff", ...plainDiff, "--end-of-options", base, ...(commit === null ? [] : [commit]), "--"]);
  if (diff.code !== 0)
    throw new HumanError(`git could not compare the files (${gitReason(diff.stderr)}); see whether “git diff” works here.`);
  const text = diff.stdout.toString("utf8");
  const files = readDiff(text).files.map((file) => myFile(text, file));
  const buffers = scope.kind === "uncommitted" ? [...(scope.buffers ?? [])] : [];
  const committed = await readFilesAt(
    top,
    base,
    buffers.map(([path]) => path),
    options,
  );
  // An untracked file is not a change.
  const unsaved = buffers.flatMap(([path, buffer]): MyFile[] => {
    const bytes = committed.get(path);
    return bytes ? [{ path, binary: false, edits: bufferEdits(bytes, buffer) }] : [];
  });
  // The text in the editor is newer than the file on disk.
  const newer = new Set(unsaved.map(({ path }) => path));
  const saved = files.filter(({ path, newPath }) => !newer.has(newPath ?? path));
  return { base, commit, files: [...saved, ...unsaved.filter(({ edits }) => edits.length > 0)] };
}

async function endsOf(ask: GitCall, scope: MyScope): Promise<{ readonly base: string; readonly commit: string | null }> {
  const head = await objectIdOf(ask, "HEAD^{commit}");
  if (head === null) {
    const inside = await ask(["rev-parse", "--git-dir"]);
    if (inside.code !== 0)
      throw new HumanError("This folder is not in a git repository, so your changes are not known. Open a checkout of the kernel.");
    throw new HumanError("This repository has no commits yet, so there is nothing to compare your changes with. Commit first.");
  }
  if (scope.kind === "uncommitted") return { base: head, commit: null };
  if (scope.kind === "range") return rangeEnds(ask, scope.range);
  const upstream = await objectIdOf(ask, "HEAD@{upstream}^{commit}");
  if (upstream === null) {
    const branch = await ask(["symbolic-ref", "--quiet", "--short", "HEAD"]);
    throw new HumanError(
      branch.code === 0
        ? "Your branch has no upstream; set one with “git branch --set-upstream-to”, or choose a range."
        : "No branch is checked out (HEAD is detached, or a rebase is in progress), so there is no upstream; choose a range instead.",
    );
  }
  return { base: await mergeBase(ask, upstream, head), commit: head };
}

async function rangeEnds(ask: GitCall, range: string): Promise<{ base: string; commit: string }> {
  const [first = "", second = "", ...more] = range.trim().split("..");
  if (more.length > 0 || !range.includes("..") || second.startsWith("."))
    throw new HumanError(`“${range}” is not a range; write two commits or branches as A..B.`);
  const [from, to] = [await objectIdOf(ask, `${first || "HEAD"}^{commit}`), await objectIdOf(ask, `${second || "HEAD"}^{commit}`)];
  for (const [name, commit] of [
    [first, from],
    [second, to],
  ] as const)
    if (commit === null)
      throw new HumanError(`There is no commit “${name}” in this repository; write the range with names that “git log” knows.`);
  return { base: await mergeBase(ask, from ?? "", to ?? ""), commit: to ?? "" };
}

async function mergeBase(ask: GitCall, a: string, b: string): Promise<string> {
  const found = await ask(["merge-base", a, b]);
  const base = outputText(found);
  if (found.code === 0 && base !== "") return base;
  const shallow = await ask(["rev-parse", "--is-shallow-repository"]);
  throw new HumanError(
    outputText(shallow) === "true"
      ? "The two have no common commit in this shallow clone; fetch more of the history (“git fetch --deepen=N”)."
      : "The two have no common commit, so there is nothing to compare with; choose a range within one history.",
  );
}

function myFile(text: string, file: FileDiff): MyFile {
  const path = file.oldPath ?? file.path;
  // Without context lines, each hunk is one edit.
  const edits = file.hunks.flatMap((hunk) => blockOfHunk(readPatchHunk(text, hunk), 0).edits);
  return {
    path,
    ...(path === file.path ? {} : { newPath: file.path }),
    binary: file.binary,
    edits: edits.map(({ start, removed, added }) => ({ start, removed, added })),
  };
}
