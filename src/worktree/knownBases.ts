/** Which of the names that postings say they are based on a repository has: commits, tags, and branches, those of remotes by their tail. */
import type { KnownBase } from "../core/series/baseNames";
import { runGit, type GitOptions } from "./git";

/** So often git may give up at a name; in a folder without a repository it does at each. */
const mostAbsent = 20;
/** A word that more refs end with names none of them. */
const mostMeant = 20;

/**
 * Looks names up. They are a stranger's, so that none is an argument of git: ids go to it on its input, and other names are
 * compared with the list of what is there.
 *
 * @returns by name, those that are there; none in a folder without a repository
 */
export async function findBases(folder: string, names: readonly string[], options: GitOptions = {}): Promise<Map<string, KnownBase>> {
  const found = new Map<string, KnownBase>();
  const ids = [...new Set(names.filter((name) => /^[0-9a-f]{7,64}$/.test(name)))];
  for (const [id, commit] of await commitsOf(folder, ids, options)) found.set(id, { name: commit, commit });
  const words = [...new Set(names)].filter((name) => !found.has(name));
  if (words.length === 0) return found;
  const refs = await listRefs(folder, options);
  const meant = new Map(words.map((word) => [word, refsNamed(refs, word)] as const));
  const commits = await commitsOf(folder, [...new Set([...meant.values()].flat().map(({ full }) => full))], options);
  for (const [word, some] of meant) {
    const ref = some.find(({ full }) => commits.has(full));
    if (ref) found.set(word, { name: ref.name, commit: commits.get(ref.full) ?? "" });
  }
  return found;
}

/** The full ids of the commits that names stand for, by the names; those that stand for none are absent. */
async function commitsOf(folder: string, names: readonly string[], options: GitOptions): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (let [at, given] = [0, 0]; at < names.length && given < mostAbsent; at++, given++) {
    const input = names.slice(at).map((name) => `${name}^{commit}\n`);
    const { code, stdout } = await runGit(folder, ["cat-file", "--batch-check"], { ...options, input: input.join("") });
    const lines = stdout.toString("utf8").split("\n").slice(0, -1);
    for (const line of lines) {
      const [name, commit] = [names[at++], /^([0-9a-f]{40,64}) commit /.exec(line)?.[1]];
      if (name !== undefined && commit !== undefined) found.set(name, commit);
    }
    // Where the object behind a name was left out of the clone, git gives up there, and the next one is asked for anew.
    if (code === 0) break;
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
