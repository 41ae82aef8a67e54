/** The tree patches are checked against: one commit of the repository, and only the files that patches touch. */
import { HumanError } from "../core/humanError";
import { isSafePath } from "../core/paths/tree";
import { runGit, type GitOptions } from "./git";
import { reasonOf } from "./gitReason";
import { askedId, commitOf } from "./objectId";
import type { Scratch } from "./scratch";
import { treeIn } from "./treePlace";

export interface BaseTree {
  /** Where git is run: the top of the worktree that the folder lies in; a bare repository itself. */
  readonly top: string;
  readonly commit: string;
  /** Id of the tree that stands for the folder: a part of the commit's where the folder is not at the top. */
  readonly tree: string;
}

export interface TreeEntry {
  readonly mode: string;
  readonly id: string;
}

/** Longer command lines are refused by some systems; a kernel path has some forty characters. */
const pathBytesAtOnce = 30_000;

/**
 * Finds the commit patches are checked against.
 *
 * @param folder in a worktree, or a bare repository
 * @param revision what a person calls it: `HEAD`, `kvm/next`, an id
 * @throws HumanError where there is no repository, or no such commit in it
 */
export async function resolveBase(folder: string, revision: string, options: GitOptions = {}): Promise<BaseTree> {
  const found = await runGit(folder, ["rev-parse", "--is-bare-repository", "--show-prefix"], options);
  if (found.code !== 0) throw new HumanError(noRepository(folder, found.stderr));
  const [isBare = "", prefix = ""] = found.stdout.toString("utf8").split("\n");
  const top = isBare === "true" ? folder : linesOf(await runGit(folder, ["rev-parse", "--show-toplevel"], options)) || folder;
  const commit = await commitOf(top, revision, options);
  if (commit === null) throw new HumanError(noCommit(folder, revision, await commitOf(top, "HEAD", options)));
  const tree = await askedId((args) => runGit(top, args, options), treeIn({ top, prefix }, commit));
  if (tree === null) throw new HumanError(`${folder} is not in the commit ${revision}; commit it, or choose another commit.`);
  return { top, commit, tree };
}

function linesOf({ code, stdout }: { readonly code: number; readonly stdout: Buffer }): string {
  return code === 0 ? stdout.toString("utf8").replace(/\n$/, "") : "";
}

function noRepository(folder: string, said: string): string {
  if (said.includes("dubious ownership"))
    return `git does not trust ${folder}, which belongs to somebody else; add it to safe.directory of your git settings.`;
  return `${folder} is in no git repository, so nothing can be checked against it; open a git checkout.`;
}

function noCommit(folder: string, revision: string, head: string | null): string {
  if (head === null) return `The repository of ${folder} has no commit yet; commit something first.`;
  return `There is no commit “${revision}” in ${folder}; name a branch, a tag or an id that is there.`;
}

/** What stands at some paths of a tree: files, links, submodules, and folders. Paths that lead out of the tree are nowhere. */
export async function entriesAt(top: string, tree: string, paths: readonly string[], options: GitOptions): Promise<Map<string, TreeEntry>> {
  const entries = new Map<string, TreeEntry>();
  for (const some of inChunks(paths.filter(isSafePath))) {
    const listed = await runGit(top, ["--literal-pathspecs", "ls-tree", "-z", "--full-tree", tree, "--", ...some], options);
    if (listed.code !== 0) throw new HumanError(`The files of the commit could not be listed (${reasonOf(listed.stderr)}).`);
    for (const line of listed.stdout.toString("utf8").split("\0")) {
      const [, mode, id, path] = /^(\d{6}) \w+ ([0-9a-f]+)\t(.*)$/s.exec(line) ?? [];
      if (mode !== undefined && id !== undefined && path !== undefined) entries.set(path, { mode, id });
    }
  }
  return entries;
}

export function isFolder({ mode }: TreeEntry): boolean {
  return mode === "040000";
}

function inChunks(paths: readonly string[]): string[][] {
  const chunks: string[][] = [];
  let size = Infinity;
  for (const path of paths) {
    if (size + path.length > pathBytesAtOnce) {
      chunks.push([]);
      size = 0;
    }
    chunks.at(-1)?.push(path);
    size += path.length + 1;
  }
  return chunks;
}

/** Puts the files among some entries into the index of a scratch, beside those that are there. */
export async function fillIndex(scratch: Scratch, entries: ReadonlyMap<string, TreeEntry>): Promise<void> {
  const lines = [...entries].filter(([, entry]) => !isFolder(entry)).map(([path, { mode, id }]) => `${mode} ${id}\t${path}\0`);
  const { code, stderr } = await scratch.run(["update-index", "-z", "--index-info"], { input: lines.join("") });
  if (code !== 0) throw new HumanError(`Patches cannot be tried in this repository (${reasonOf(stderr)}).`);
}

export interface OfferedBase {
  /** As git takes it. */
  readonly name: string;
  /** `upstream`, or the title of its newest commit. */
  readonly about: string;
}

/** More branches than this are nothing to choose from; the others can be typed. */
const mostOffered = 200;

/** What patches may be checked against: HEAD, the branch it follows, then the branches of remotes and one's own, newest first. */
export async function offeredBases(folder: string, options: GitOptions = {}): Promise<OfferedBase[]> {
  const upstream = await runGit(folder, ["rev-parse", "--abbrev-ref", "--symbolic-full-name", "HEAD@{upstream}"], options);
  const refs = ["refs/remotes", "refs/heads"];
  const format = "--format=%(refname:short)%00%(contents:subject)%00%(symref)";
  const listed = await runGit(folder, ["for-each-ref", "--sort=-committerdate", `--count=${mostOffered}`, format, ...refs], options);
  const followed = linesOf(upstream);
  const branches = linesOf(listed)
    .split("\n")
    .map((line) => line.split("\0"))
    .filter(([name = "", , symref]) => name !== "" && name !== followed && symref === "")
    .map(([name = "", about = ""]) => ({ name, about }));
  return [{ name: "HEAD", about: "what is checked out" }, ...(followed === "" ? [] : [{ name: followed, about: "upstream" }]), ...branches];
}
