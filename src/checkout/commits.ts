/** What a repository has under a name: the commit, the tree of a folder, the branches to choose from, the bases that postings name. */
import { HumanError } from "../core/humanError";
import type { KnownBase } from "../core/series/dependencies";
import { type GitOptions, runGit } from "../git/git";
import { type GitCall, objectInfos, outputText } from "../git/objects";

/** Runs git in one repository. */
export function gitIn(top: string, options: GitOptions): GitCall {
  return (args, more) => runGit(top, args, { ...options, ...more });
}

/** The full id of an object (`HEAD`, `v6.1^{tree}`, the beginning of an id); null when the repository has none of that name. */
export async function objectIdOf(ask: GitCall, name: string): Promise<string | null> {
  // No name begins with a hyphen, and simple-git throws for some that would be options of other commands.
  if (name.startsWith("-")) return null;
  const found = await ask(["rev-parse", "--verify", "--quiet", "--end-of-options", name]);
  const id = outputText(found);
  return found.code === 0 && /^[0-9a-f]{40,64}$/.test(id) ? id : null;
}

/** The commit of a name; null when the repository has none. */
export function commitOf(top: string, name: string, options: GitOptions): Promise<string | null> {
  return objectIdOf(gitIn(top, options), `${name}^{commit}`);
}

// Where a tree lies in its repository: nearly always at the top, but a kernel may be a folder of a larger one.

export interface TreeLocation {
  /** Top of the worktree. */
  readonly top: string;
  /** Path of the tree from there, with a slash at its end; "" at the top. */
  readonly prefix: string;
}

/** @throws what git printed when the folder is in no worktree */
export async function locateTree(folder: string, options: GitOptions = {}): Promise<TreeLocation> {
  const found = await runGit(folder, ["rev-parse", "--show-prefix", "--show-toplevel"], options);
  if (found.code !== 0) throw new Error(found.stderr.trim());
  // The name of a folder may contain line ends.
  const [prefix = "", ...rest] = outputText(found).split("\n");
  return { top: rest.join("\n"), prefix };
}

/** Git's name for the tree of a place in a commit. */
export function treeIn({ prefix }: TreeLocation, commit: string): string {
  return prefix === "" ? `${commit}^{tree}` : `${commit}:${prefix.slice(0, -1)}`;
}

/** Git's name for a file of the tree that it runs in; without the dots, the path would begin at the top of the repository. */
export function fileIn(commit: string, path: string): string {
  return `${commit}:./${path}`;
}

// The tree that patches are checked against: one commit, and only the files that patches touch.

export interface BaseTree {
  /** Where git runs: the top of the worktree of the folder, or the bare repository itself. */
  readonly top: string;
  readonly commit: string;
  /** Id of the tree of the folder: a part of the commit's tree when the folder is not at the top. */
  readonly tree: string;
}

/**
 * Finds the commit that patches are checked against.
 *
 * @param folder in a worktree, or a bare repository
 * @param revision its name for a person: `HEAD`, `kvm/next`, an id
 * @throws HumanError when there is no repository, or no such commit in it
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
  /** Its name for git. */
  readonly name: string;
  /** `upstream`, or the title of its newest commit. */
  readonly about: string;
}

/** Longer lists are no help in choosing; other names can be typed. */
const mostBranches = 200;

/** The commits that patches may be checked against: HEAD, its upstream, then branches of remotes and local ones, newest first. */
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

// The bases that postings name, as far as a repository has them: commits, tags, and branches, those of remotes by their tail.

/** Git may give up at this many names; in a folder without a repository it gives up at each. */
const mostAbsent = 20;
/** The most refs ending with one word that are looked at. */
const mostMeant = 20;

/**
 * Looks up the commits that postings name. Strangers chose the names, so none becomes an argument of git: ids go to its input, and
 * other names are compared with the list of refs.
 *
 * @returns the known commits, by name; none in a folder without a repository
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

/** The full ids of the commits of names, by name; names without a commit are absent. */
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
    // Git gives up at a name whose object was left out of the clone; a new git is asked about the next one.
  }
  return found;
}

interface Ref {
  readonly full: string;
  readonly name: string;
}

/**
 * The names of tags and branches, without their commits: git gives up at the first object that is not here, such as the tag of a tree
 * in a clone without trees.
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

/** The refs that a word may mean, likeliest first. */
function refsNamed(refs: readonly Ref[], word: string): Ref[] {
  const exact = refs.filter(({ full }) => full === `refs/remotes/${word}`);
  return [...exact, ...refs.filter(({ full }) => isNamed(full, word))].slice(0, mostMeant);
}

/** A remote that mirrors several trees calls `kvm-x86/next` `upstream/kvm-x86/next`. */
function isNamed(full: string, word: string): boolean {
  if (full === `refs/tags/${word}` || full === `refs/heads/${word}`) return true;
  return full.startsWith("refs/remotes/") && full.endsWith(`/${word}`) && word.includes("/");
}

// A commit to read.

/** A longer one is not read to its end. */
const mostCommitText = 2_000_000;

/**
 * A commit as git shows it: who made it, its message, its files and its diff.
 *
 * @param id in full
 * @throws HumanError where the repository has it no more
 */
export async function commitText(top: string, id: string, options: GitOptions = {}): Promise<string> {
  const commit = /^[0-9a-f]{40,64}$/.test(id) ? await commitOf(top, id, options) : null;
  if (commit === null) throw new HumanError(`${top} has no commit ${id.slice(0, 12)} any more; fetch, and open the page again.`);
  const how = ["--format=fuller", "--stat", "--patch", "--no-color", "--no-ext-diff", "--no-textconv", "--encoding=UTF-8", "--no-notes"];
  const config = ["log.showSignature=false"];
  const { code, stdout, stderr } = await runGit(top, ["show", ...how, "--end-of-options", commit], { ...options, config });
  if (code !== 0)
    throw new HumanError(`git could not show ${id.slice(0, 12)} (${stderr.trim().split("\n")[0] ?? ""}); fetch what it lacks.`);
  return stdout.subarray(0, mostCommitText).toString("utf8");
}
