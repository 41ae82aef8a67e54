/** The one place where git instances are made, so that each is as careful as the others. */
import { simpleGit, type SimpleGit } from "simple-git";

export interface GitOptions {
  /** The git binary of the user's setting `git.path`; `git` on PATH where it is not set. */
  readonly binary?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * A git that only reads: nothing of the repository is executed (hooks and the file system monitor are off), it never asks
 * for a password, and it leaves `.git/index` alone. The environment is small because simple-git refuses unlisted GIT_* variables.
 */
export function readOnlyGit(folder: string, { binary, signal }: GitOptions = {}): SimpleGit {
  return simpleGit({
    baseDir: folder,
    ...(binary ? { binary } : {}),
    ...(signal ? { abort: signal } : {}),
    config: ["core.hooksPath=/dev/null", "core.fsmonitor=false"],
    allowEnvironment: ["GIT_OPTIONAL_LOCKS", "GIT_TERMINAL_PROMPT"],
    // These allow simple-git to turn the two settings OFF; it refuses to set them at all otherwise.
    unsafe: { allowUnsafeHooksPath: true, allowUnsafeFsMonitor: true, allowUnsafeCustomBinary: true },
  }).env({
    PATH: process.env["PATH"] ?? "",
    HOME: process.env["HOME"] ?? "",
    LC_ALL: "C",
    GIT_TERMINAL_PROMPT: "0",
    GIT_OPTIONAL_LOCKS: "0",
  });
}
