/** What I changed: the edits of each file against what it was made from. */
import type { MyFile } from "../core/lines/collisions";
import { HumanError } from "../core/humanError";
import { readDiff, type FileDiff } from "../core/diff/diff";
import { bufferEdits } from "../core/lines/lineEdits";
import { readHunk } from "../core/diff/patchHunk";
import { readObjects } from "./blobs";
import { runGit, type GitOptions } from "./git";
import { reasonOf } from "./gitReason";
import { askedId, type Ask } from "./objectId";
import { fileIn } from "./treePlace";
import { looseBlock } from "../core/lines/looseBlock";

/** Which of my changes: what is not committed, my branch since it left its upstream, or the commits of a range `A..B`. */
export type MyScope =
  | { readonly kind: "uncommitted"; readonly buffers?: ReadonlyMap<string, string> }
  | { readonly kind: "branch" }
  | { readonly kind: "range"; readonly range: string };

export interface MyChanges {
  /** The commit they start from. */
  readonly base: string;
  /** The commit that has them; null where they are not committed. */
  readonly commit: string | null;
  readonly files: readonly MyFile[];
}

/** Whatever a person's settings say of diffs, this one is read by a program. */
const plainDiff = [
  ...["--unified=0", "--inter-hunk-context=0", "--no-ext-diff", "--no-textconv", "--no-color", "--full-index", "-M", "-O/dev/null"],
  ...["--src-prefix=a/", "--dst-prefix=b/", "--relative", "--ignore-submodules=all", "--word-diff=none", "--diff-algorithm=histogram"],
];

/**
 * Reads my changes.
 *
 * @param top of the working tree
 */
export async function readMyChanges(top: string, scope: MyScope, options: GitOptions = {}): Promise<MyChanges> {
  const ask: Ask = (args) => runGit(top, args, options);
  const { base, commit } = await endsOf(ask, scope);
  const diff = await ask(["diff", ...plainDiff, "--end-of-options", base, ...(commit === null ? [] : [commit]), "--"]);
  if (diff.code !== 0)
    throw new HumanError(`git could not compare the files (${reasonOf(diff.stderr)}); see whether “git diff” works here.`);
  const text = diff.stdout.toString("utf8");
  const files = readDiff(text).files.map((file) => myFile(text, file));
  const buffers = scope.kind === "uncommitted" ? [...(scope.buffers ?? [])] : [];
  const unsaved = (await Promise.all(buffers.map(([path, buffer]) => unsavedFile(ask, base, path, buffer)))).filter(
    (file) => file !== null,
  );
  // What stands in the editor is newer than what is on the disk.
  const newer = new Set(unsaved.map(({ path }) => path));
  const saved = files.filter(({ path, newPath }) => !newer.has(newPath ?? path));
  return { base, commit, files: [...saved, ...unsaved.filter(({ edits }) => edits.length > 0)] };
}

async function endsOf(ask: Ask, scope: MyScope): Promise<{ readonly base: string; readonly commit: string | null }> {
  const head = await askedId(ask, "HEAD^{commit}");
  if (head === null) {
    const inside = await ask(["rev-parse", "--git-dir"]);
    if (inside.code !== 0)
      throw new HumanError("This folder is in no git repository, so git cannot say what you changed; open the kernel's checkout.");
    throw new HumanError("This repository has no commit yet, so there is nothing your changes could be compared with; commit first.");
  }
  if (scope.kind === "uncommitted") return { base: head, commit: null };
  if (scope.kind === "range") return rangeEnds(ask, scope.range);
  const upstream = await askedId(ask, "HEAD@{upstream}^{commit}");
  if (upstream === null) {
    const branch = await ask(["symbolic-ref", "--quiet", "--short", "HEAD"]);
    throw new HumanError(
      branch.code === 0
        ? "Your branch has no upstream; set one with “git branch --set-upstream-to”, or choose a range."
        : "No branch is checked out (HEAD is detached, or a rebase is under way), so there is no upstream; choose a range instead.",
    );
  }
  return { base: await mergeBase(ask, upstream, head), commit: head };
}

async function rangeEnds(ask: Ask, range: string): Promise<{ base: string; commit: string }> {
  const [first = "", second = "", ...more] = range.trim().split("..");
  if (more.length > 0 || !range.includes("..") || second.startsWith("."))
    throw new HumanError(`“${range}” is no range; write two commits or branches as A..B.`);
  const [from, to] = [await askedId(ask, `${first || "HEAD"}^{commit}`), await askedId(ask, `${second || "HEAD"}^{commit}`)];
  for (const [name, commit] of [
    [first, from],
    [second, to],
  ] as const)
    if (commit === null)
      throw new HumanError(`There is no commit “${name}” in this repository; write the range with names “git log” knows.`);
  return { base: await mergeBase(ask, from ?? "", to ?? ""), commit: to ?? "" };
}

async function mergeBase(ask: Ask, a: string, b: string): Promise<string> {
  const found = await ask(["merge-base", a, b]);
  const base = found.stdout.toString("utf8").trim();
  if (found.code === 0 && base !== "") return base;
  const shallow = await ask(["rev-parse", "--is-shallow-repository"]);
  throw new HumanError(
    shallow.stdout.toString("utf8").trim() === "true"
      ? "The two have no common commit in this shallow clone; fetch more of the history (“git fetch --deepen=N”)."
      : "The two have no common commit, so there is nothing to compare with; choose a range of one history.",
  );
}

function myFile(text: string, file: FileDiff): MyFile {
  const path = file.oldPath ?? file.path;
  // Without lines around them each hunk is one edit.
  const edits = file.hunks.flatMap((hunk) => looseBlock(readHunk(text, hunk), 0).edits);
  return {
    path,
    ...(path === file.path ? {} : { newPath: file.path }),
    binary: file.binary,
    edits: edits.map(({ start, removed, added }) => ({ start, removed, added })),
  };
}

/** The edits of a file that is open and not saved; null where git does not know the file. */
async function unsavedFile(ask: Ask, base: string, path: string, buffer: string): Promise<MyFile | null> {
  const found = await ask(["cat-file", "blob", fileIn(base, path)]);
  return found.code === 0 ? { path, binary: false, edits: bufferEdits(found.stdout, buffer) } : null;
}

/** A file as the last commit has it. */
export interface CommittedFile {
  readonly commit: string;
  readonly bytes: Uint8Array;
}

/** The file as HEAD has it; null where HEAD has no such file, or there is no commit or no repository. */
export async function readCommitted(top: string, path: string, options: GitOptions = {}): Promise<CommittedFile | null> {
  const ask: Ask = (args) => runGit(top, args, options);
  const commit = await askedId(ask, "HEAD^{commit}");
  if (commit === null) return null;
  const found = await ask(["cat-file", "blob", fileIn(commit, path)]);
  return found.code === 0 ? { commit, bytes: found.stdout } : null;
}

/** Files as a commit has them, in one question; those that it has not are absent. */
export async function readFilesAt(
  top: string,
  commit: string,
  paths: readonly string[],
  options: GitOptions = {},
): Promise<Map<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>();
  // A name with a line end cannot be asked for in this way by a git before 2.38, and no kernel file has one.
  const asked = [...new Set(paths)].filter((path) => !path.includes("\n"));
  const read = await readObjects(
    (args, more) => runGit(top, args, { ...options, ...more }),
    asked.map((path) => fileIn(commit, path)),
  );
  for (const path of asked) {
    const bytes = read.get(fileIn(commit, path));
    if (bytes) found.set(path, bytes);
  }
  return found;
}
