/** Git for archives: every instance comes from the one careful place. */
import { HumanError, humanMessage } from "../core/humanError";
import { readOnlyGit } from "../worktree/git";
import type { RunGit } from "./publicInbox";

/** Runs reading commands in an archive's repositories. */
export function archiveGit(binary?: string): RunGit {
  return async (folder, args) => readOnlyGit(folder, { binary }).raw([...args]);
}

/** The oldest git whose commands and options are used here. */
const oldestGit = [2, 31] as const;

/** What is wrong with reading a repository, in one sentence. */
export function gitSentence(error: unknown): string {
  if (error instanceof HumanError) return error.message;
  const said = humanMessage(error);
  if (/ENOENT|not found/i.test(said) && said.includes("spawn"))
    return "Git was not found; install it, or name it in the setting git.path (at a prompt in KVM_SERIES_GIT).";
  if (/dubious ownership|safe\.directory/i.test(said)) {
    return "The repository belongs to another user, so git does not read it; add it to git's safe.directory.";
  }
  if (/not a git repository/i.test(said)) return "This is not a git repository that can be read; clone the archive again.";
  if (/No space left|ENOSPC/i.test(said)) return "The disk of the folder for temporary files is full; free some space and sync again.";
  if (/unknown option|usage: git|unrecognized argument|--end-of-options/i.test(said))
    return `This git is too old; version ${oldestGit.join(".")} or newer is needed.`;
  if (/corrupt|bad object|unable to read|missing|invalid|pack/i.test(said)) {
    return `The repository is damaged (${firstLine(said)}); run git fsck in it, or clone the archive again.`;
  }
  return `Git could not read the repository (${firstLine(said)}).`;
}

function firstLine(text: string): string {
  return (text.trim().split("\n")[0] ?? "").replace(/^(?:fatal|error): /, "").replace(/\.$/, "");
}
