/** The full ids of what git knows under a name. */
import { runGit, type GitOptions, type GitResult } from "./git";

/** A git that is asked in one repository. */
export type Ask = (args: readonly string[]) => Promise<GitResult>;

/** The full id of an object (`HEAD`, `v6.1^{tree}`, the beginning of an id); null where the repository has none of that name. */
export async function askedId(ask: Ask, name: string): Promise<string | null> {
  // No name begins with a hyphen, and simple-git throws at some that would be options of other commands.
  if (name.startsWith("-")) return null;
  const { code, stdout } = await ask(["rev-parse", "--verify", "--quiet", "--end-of-options", name]);
  const id = stdout.toString("utf8").trim();
  return code === 0 && /^[0-9a-f]{40,64}$/.test(id) ? id : null;
}

/** The commit something names; null where the repository has none such. */
export function commitOf(top: string, name: string, options: GitOptions): Promise<string | null> {
  return askedId((args) => runGit(top, args, options), `${name}^{commit}`);
}
