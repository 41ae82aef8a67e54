/** Where in its repository a tree lies: nearly always at the top, but a kernel may be a folder of something larger. */
import { runGit, type GitOptions } from "./git";

export interface TreePlace {
  /** Top of the worktree. */
  readonly top: string;
  /** Path of the tree from there, with a slash at its end; "" at the top. */
  readonly prefix: string;
}

/** @throws what git said where the folder is in no worktree */
export async function treePlace(folder: string, options: GitOptions = {}): Promise<TreePlace> {
  const { code, stdout, stderr } = await runGit(folder, ["rev-parse", "--show-prefix", "--show-toplevel"], options);
  if (code !== 0) throw new Error(stderr.trim());
  const [prefix = "", ...rest] = stdout.toString("utf8").replace(/\n$/, "").split("\n");
  return { top: rest.join("\n"), prefix };
}

/** What git calls the tree of a place in a commit. */
export function treeIn({ prefix }: TreePlace, commit: string): string {
  return prefix === "" ? `${commit}^{tree}` : `${commit}:${prefix.slice(0, -1)}`;
}

/** What git calls a file of the tree that it is run in; from a folder of the repository a path without dots would begin at its top. */
export function fileIn(commit: string, path: string): string {
  return `${commit}:./${path}`;
}
