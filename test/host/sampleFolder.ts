import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { plainGit, writeSampleArchive } from "../support/sampleArchive";
import { root } from "./paths";

/** The small kernel tree and the digests that stand for a user's own. */
export const sampleTree = path.join(root, "test", "fixtures", "sample", "linux");
export const sampleDigests = path.join(root, "test", "fixtures", "sample", "digests");

/** Writes the sample list as a public-inbox archive, where nothing else is put, and says where. */
export async function sampleArchive(): Promise<string> {
  const folder = path.join(root, "out", "sample", "kvm");
  await writeSampleArchive(folder);
  return folder;
}

/** The sample tree as a repository of its own, since patches are tried against commits; what was done in it before stays. */
export async function sampleRepository(): Promise<string> {
  const folder = path.join(root, "out", "sample", "linux");
  if (existsSync(path.join(folder, ".git"))) return folder;
  await cp(sampleTree, folder, { recursive: true });
  makeRepository(folder);
  return folder;
}

/** Commits all that a folder has. */
function makeRepository(folder: string): void {
  const git = (...args: readonly string[]): unknown => execFileSync("git", args, { cwd: folder, env: plainGit });
  git("init", "--quiet", "--initial-branch=master");
  git("config", "user.name", "Sample Developer");
  git("config", "user.email", "developer@example.org");
  git("add", "-A");
  git("commit", "--quiet", "-m", "A small pretend kernel");
}

export interface TemporaryFolder {
  /** For results and other files beside the opened folder. */
  readonly outside: string;
  /** A copy of the sample tree, as a repository of its own: tests may write into the folder they have open. */
  readonly folder: string;
  dispose(): Promise<void>;
}

export async function temporarySample(): Promise<TemporaryFolder> {
  const outside = await mkdtemp(path.join(tmpdir(), "kvm-series-suite-"));
  const folder = path.join(outside, "linux");
  await cp(sampleTree, folder, { recursive: true });
  makeRepository(folder);
  return { outside, folder, dispose: () => rm(outside, { recursive: true, force: true, maxRetries: 5 }) };
}
