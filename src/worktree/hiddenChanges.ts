/** Changes that git was told not to look for (`git update-index --assume-unchanged`, `--skip-worktree`), and would lose. */
import { copyFile } from "node:fs/promises";
import { resolve } from "node:path";
import { HumanError } from "../core/humanError";
import { runGit, type GitOptions } from "./git";
import { kindOf } from "./inTheWay";
import { withScratch } from "./scratch";

/** @throws HumanError that names a file that was changed and is hidden from git */
export async function needNothingHidden(top: string, instead: string, options: GitOptions): Promise<void> {
  const [path] = await hiddenChanges(top, options);
  if (path !== undefined)
    throw new HumanError(`${path} was changed, but git was told to take it for unchanged and could overwrite it; ${instead}.`);
}

/** Files that are marked so and differ from the index all the same, by their contents. */
async function hiddenChanges(top: string, options: GitOptions): Promise<string[]> {
  const listed = await runGit(top, ["ls-files", "-v", "-z", "--full-name"], options);
  const marked: string[] = [];
  for (const [, path = ""] of listed.stdout.toString("utf8").matchAll(/(?<=^|\0)[a-zS] ([^\0]+)\0/g))
    // What a sparse checkout leaves out is marked and not there.
    if ((await kindOf(top, path)) !== null) marked.push(path);
  if (marked.length === 0) return [];
  return withScratch(top, options, async (scratch) => {
    const index = await runGit(top, ["rev-parse", "--git-path", "index"], options);
    await copyFile(resolve(top, index.stdout.toString("utf8").trim()), scratch.places.index);
    const more = { config: ["core.splitIndex=false"], input: `${marked.join("\0")}\0` };
    for (const mark of ["--no-assume-unchanged", "--no-skip-worktree"]) await scratch.run(["update-index", mark, "-z", "--stdin"], more);
    await scratch.run(["update-index", "-q", "--refresh"], { config: more.config });
    const compared = await scratch.run(["diff-files", "-z", "--name-only", "--ignore-submodules=all"]);
    const changed = new Set(compared.stdout.toString("utf8").split("\0"));
    return marked.filter((path) => changed.has(path));
  });
}
