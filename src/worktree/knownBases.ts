/** Which of the names that postings say they are based on a repository has: commits, tags, and branches, those of remotes by their tail. */
import type { KnownBase } from "../core/baseNames";
import { runGit, type GitOptions } from "./git";

/**
 * Looks names up. They are a stranger's, so that none is an argument of git: ids go to it on its input, and other names are
 * compared with the list of what is there.
 *
 * @returns by name, those that are there; none in a folder without a repository
 */
export async function findBases(folder: string, names: readonly string[], options: GitOptions = {}): Promise<Map<string, KnownBase>> {
  const found = new Map<string, KnownBase>();
  const ids = [...new Set(names.filter((name) => /^[0-9a-f]{7,64}$/.test(name)))];
  if (ids.length > 0) {
    const input = ids.map((id) => `${id}^{commit}\n`).join("");
    const { code, stdout } = await runGit(folder, ["cat-file", "--batch-check"], { ...options, input });
    const lines = code === 0 ? stdout.toString("utf8").split("\n") : [];
    for (const [at, id] of ids.entries()) {
      const commit = /^([0-9a-f]{40,64}) commit /.exec(lines[at] ?? "")?.[1];
      if (commit !== undefined) found.set(id, { name: commit, commit });
    }
  }
  const words = [...new Set(names)].filter((name) => !found.has(name));
  if (words.length === 0) return found;
  const refs = await listRefs(folder, options);
  for (const word of words) {
    const ref = refs.find(({ full }) => full === `refs/remotes/${word}`) ?? refs.find(({ full }) => isNamed(full, word));
    if (ref) found.set(word, { name: ref.name, commit: ref.commit });
  }
  return found;
}

interface Ref {
  readonly full: string;
  readonly name: string;
  readonly commit: string;
}

/** Tags and branches as git lists them; of a tag that is an object of its own, the commit it stands for. */
async function listRefs(folder: string, options: GitOptions): Promise<Ref[]> {
  const format =
    "--format=%(refname)%00%(refname:short)%00%(if)%(*objectname)%(then)%(*objecttype) %(*objectname)%(else)%(objecttype) %(objectname)%(end)";
  const { code, stdout } = await runGit(folder, ["for-each-ref", format, "refs/remotes", "refs/tags", "refs/heads"], options);
  if (code !== 0) return [];
  return stdout
    .toString("utf8")
    .split("\n")
    .flatMap((line) => {
      const [full = "", name = "", object = ""] = line.split("\0");
      const commit = /^commit ([0-9a-f]{40,64})$/.exec(object)?.[1];
      return commit === undefined ? [] : [{ full, name, commit }];
    });
}

/** `kvm-x86/next` is also what a remote that mirrors several trees calls `upstream/kvm-x86/next`. */
function isNamed(full: string, word: string): boolean {
  if (full === `refs/tags/${word}` || full === `refs/heads/${word}`) return true;
  return full.startsWith("refs/remotes/") && full.endsWith(`/${word}`) && word.includes("/");
}
