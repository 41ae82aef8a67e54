/** From a name to what the repository has under it: the commit, the tree that stands for a folder, the branches to choose from, the bases that postings name. */
import { HumanError } from "../core/humanError";
import type { KnownBase } from "../core/series/dependencies";
import { type GitOptions, runGit } from "../git/git";
import { type GitCall, objectInfos, outputText } from "../git/objects";

/** A git that is asked in one repository. */
export function gitIn(top: string, options: GitOptions): GitCall {
  return (args, more) => runGit(top, args, { ...options, ...more });
}

/** The full id of an object (`HEAD`, `v6.1^{tree}`, the beginning of an id); null where the repository has none of that name. */
export async function objectIdOf(ask: GitCall, name: string): Promise<string | null> {
  // No name begins with a hyphen, and simple-git throws at some that would be options of other commands.
  if (name.startsWith("-")) return null;
  const found = await ask(["rev-parse", "--verify", "--quiet", "--end-of-options", name]);
  const id = outputText(found);
  return found.code === 0 && /^[0-9a-f]{40,64}$/.test(id) ? id : null;
}

/** The commit something names; null where the repository has none such. */
export function commitOf(top: string, name: string, options: GitOptions): Promise<string | null> {
  return objectIdOf(gitIn(top, options), `${name}^{commit}`);
}

// Where in its repository a tree lies: nearly always at the top, but a kernel may be a folder of something larger.

export interface TreeLocation {
  /** Top of the worktree. */
  readonly top: string;
  /** Path of the tree from there, with a slash at its end; "" at the top. */
  readonly prefix: string;
}

/** @throws what git said where the folder is in no worktree */
export async function locateTree(folder: string, options: GitOptions = {}): Promise<TreeLocation> {
  const found = await runGit(folder, ["rev-parse", "--show-prefix", "--show-toplevel"], options);
  if (found.code !== 0) throw new Error(found.stderr.trim());
  // The name of a folder may have line ends.
  const [prefix = "", ...rest] = outputText(found).split("\n");
  return { top: rest.join("\n"), prefix };
}

/** What git calls the tree of a place in a commit. */
export function treeIn({ prefix }: TreeLocation, commit: string): string {
  return prefix === "" ? `${commit}^{tree}` : `${commit}:${prefix.slice(0, -1)}`;
}

/** What git calls a file of the tree that it is run in; from a folder of the repository a path without dots would begin at its top. */
export function fileIn(commit: string, path: string): string {
  return `${commit}:./${path}`;
}

// The tree patches are checked against: one commit of the repository, and only the files that patches touch.

export interface BaseTree {
  /** Where git is run: the top of the worktree that the folder lies in; a bare repository itself. */
  readonly top: string;
  readonly commit: string;
  /** Id of the tree that stands for the folder: a part of the commit's where the folder is not at the top. */
  readonly tree: string;
}

/**
 * Finds the commit patches are checked against.
 *
 * @param folder in a worktree, or a bare repository
 * @param revision what a person calls it: `HEAD`, `kvm/next`, an id
 * @throws HumanError where there is no repository, or no such commit in it
 */
export async function resolveBase(folder: string, revision: string, options: GitOptions = {}): Promise<BaseTree> {
  const found = await runGit(folder, ["rev-parse", "--is-bare-repository"], options);
  if (found.code !== 0) throw new HumanError(noRepository(folder, found.stderr));
  const location = outputText(found) === "true" ? { top: folder, prefix: "" } : await locateTree(folder, options);
  const { top } = location;
  const commit = await commitOf(top, revision, options);
  if (commit === null) throw new HumanError(noCommit(folder, revision, await commitOf(top, "HEAD", options)));
  const tree = await objectIdOf(gitIn(top, options), treeIn(location, commit));
  if (tree === null) throw new HumanError(`${folder} is not in the commit ${revision}; commit it, or choose another commit.`);
  return { top, commit, tree };
}

function noRepository(folder: string, said: string): string {
  if (said.includes("dubious ownership"))
    return `git does not trust ${folder}, which belongs to another user; add it to safe.directory in your git configuration.`;
  return `${folder} is not in a git repository. Open a git checkout.`;
}

function noCommit(folder: string, revision: string, head: string | null): string {
  if (head === null) return `The repository of ${folder} has no commits yet; commit something first.`;
  return `There is no commit “${revision}” in ${folder}; give a branch, a tag or a commit id.`;
}

interface OfferedBase {
  /** As git takes it. */
  readonly name: string;
  /** `upstream`, or the title of its newest commit. */
  readonly about: string;
}

/** More branches than this are nothing to choose from; the others can be typed. */
const mostBranches = 200;

/** What patches may be checked against: HEAD, the branch it follows, then the branches of remotes and one's own, newest first. */
export async function offeredBases(folder: string, options: GitOptions = {}): Promise<OfferedBase[]> {
  const upstream = await runGit(folder, ["rev-parse", "--abbrev-ref", "--symbolic-full-name", "HEAD@{upstream}"], options);
  const refs = ["refs/remotes", "refs/heads"];
  const format = "--format=%(refname:short)%00%(contents:subject)%00%(symref)";
  const listed = await runGit(folder, ["for-each-ref", "--sort=-committerdate", `--count=${mostBranches}`, format, ...refs], options);
  const followed = upstream.code === 0 ? outputText(upstream) : "";
  const branches = (listed.code === 0 ? outputText(listed) : "")
    .split("\n")
    .map((line) => line.split("\0"))
    .filter(([name = "", , symref]) => name !== "" && name !== followed && symref === "")
    .map(([name = "", about = ""]) => ({ name, about }));
  return [{ name: "HEAD", about: "the current commit" }, ...(followed === "" ? [] : [{ name: followed, about: "upstream" }]), ...branches];
}

// Which of the names that postings say they are based on a repository has: commits, tags, and branches, those of remotes by their tail.

/** Git may give up at as many names; in a folder without a repository it gives up at each. */
const mostAbsent = 20;
/** More refs than this that end with one word are not looked at. */
const mostMeant = 20;

/**
 * Looks up the commits that postings name. Their names are a stranger's, so none becomes an argument of git: ids go to its input, and
 * other names are compared with the list of refs.
 *
 * @returns by name, those that are there; none in a folder without a repository
 */
export async function findBases(folder: string, names: readonly string[], options: GitOptions = {}): Promise<Map<string, KnownBase>> {
  const found = new Map<string, KnownBase>();
  const ids = [...new Set(names.filter((name) => /^[0-9a-f]{7,64}$/.test(name)))];
  for (const [id, commit] of await resolveCommits(folder, ids, options)) found.set(id, { name: commit, commit });
  const words = [...new Set(names)].filter((name) => !found.has(name));
  if (words.length === 0) return found;
  const refs = await listRefs(folder, options);
  const meant = new Map(words.map((word) => [word, refsNamed(refs, word)] as const));
  const commits = await resolveCommits(folder, [...new Set([...meant.values()].flat().map(({ full }) => full))], options);
  for (const [word, some] of meant) {
    const ref = some.find(({ full }) => commits.has(full));
    if (ref) found.set(word, { name: ref.name, commit: commits.get(ref.full) ?? "" });
  }
  return found;
}

/** The full ids of the commits that names stand for, by the names; those that stand for none are absent. */
async function resolveCommits(folder: string, names: readonly string[], options: GitOptions): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (let [at, given] = [0, 0]; at < names.length && given < mostAbsent; at++, given++) {
    const infos = await objectInfos(
      gitIn(folder, options),
      names.slice(at).map((name) => `${name}^{commit}`),
    );
    for (const info of infos) {
      const name = names[at++];
      if (name !== undefined && info?.kind === "commit") found.set(name, info.id);
    }
    // Where the object behind a name was left out of the clone, git gives up there, and the next one is asked for anew.
  }
  return found;
}

interface Ref {
  readonly full: string;
  readonly name: string;
}

/**
 * Tags and branches, names alone: asked for what they stand for, git gives up at the first one it has not here, as at the tag of a
 * tree in a clone without trees.
 */
async function listRefs(folder: string, options: GitOptions): Promise<Ref[]> {
  const format = "--format=%(refname)%00%(refname:short)";
  const { code, stdout } = await runGit(folder, ["for-each-ref", format, "refs/remotes", "refs/tags", "refs/heads"], options);
  if (code !== 0) return [];
  const lines = stdout.toString("utf8").split("\n").filter(Boolean);
  return lines.map((line) => {
    const [full = "", name = ""] = line.split("\0");
    return { full, name };
  });
}

/** The refs a word may mean, the likeliest first. */
function refsNamed(refs: readonly Ref[], word: string): Ref[] {
  const exact = refs.filter(({ full }) => full === `refs/remotes/${word}`);
  return [...exact, ...refs.filter(({ full }) => isNamed(full, word))].slice(0, mostMeant);
}

/** `kvm-x86/next` is also what a remote that mirrors several trees calls `upstream/kvm-x86/next`. */
function isNamed(full: string, word: string): boolean {
  if (full === `refs/tags/${word}` || full === `refs/heads/${word}`) return true;
  return full.startsWith("refs/remotes/") && full.endsWith(`/${word}`) && word.includes("/");
}
