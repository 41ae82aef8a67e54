/**
 * Merges a patch into a tree where its files have other names by now, as `git am -3` does: what the patch was made for, as far as
 * the patch tells, is the common ancestor, and git finds the new names.
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { ReadyPatch } from "../core/series/readyPatches";
import { runGit, type GitOptions, type GitResult, type RunOptions } from "./git";
import { tryPatches } from "./gitApply";
import type { Scratch } from "./scratch";

export interface MergeParts {
  readonly top: string;
  readonly scratch: Scratch;
  /** The tree the index of the scratch was filled from. */
  readonly tree: string;
  /** The index with what went in before, which takes the result. */
  readonly index: string;
  readonly options: GitOptions;
}

/** `nothing`: the tree has the change already; a file: there something is left to decide. */
export type Merged = "merged" | "nothing" | { readonly conflict: string };

const settings = [
  "user.name=KVM Series",
  "user.email=kvm-series@localhost.invalid",
  "commit.gpgSign=false",
  "rerere.enabled=false",
  "merge.default=text",
];

/** Null where no file of the patch has gone, where its blobs are not in the repository, or where this git cannot (before 2.38). */
export async function mergeRenamed(parts: MergeParts, patch: ReadyPatch): Promise<Merged | null> {
  const { top, scratch, index, options } = parts;
  const at = async (file: string, args: readonly string[], input?: string | Uint8Array): Promise<GitResult> => {
    const more: RunOptions = { scratch: { ...scratch.places, index: file }, config: settings, ...(input === undefined ? {} : { input }) };
    return runGit(top, args, { ...options, ...more });
  };
  const entries = await listing(at, index);
  const old = patch.files
    .filter(({ change }) => change !== "new")
    .map(({ path, oldPath = path, oldBlob, oldMode }) => ({ oldPath, oldBlob, oldMode }));
  if (old.length === 0 || old.every(({ oldPath }) => entries.has(oldPath))) return null;
  const blobs = await blobIds(
    at,
    index,
    old.map(({ oldBlob }) => oldBlob ?? "?"),
  );
  if (!blobs) return null;
  const [ancestor, ours] = [join(scratch.folder, "ancestor"), join(scratch.folder, "ours")];
  try {
    const lines = old.map(({ oldPath, oldMode }, place) => `${oldMode ?? "100644"} ${blobs[place] ?? ""}\t${oldPath}\0`);
    await at(ancestor, ["update-index", "-z", "--index-info"], [...new Set(lines)].join(""));
    const base = await commitOf(at, ancestor, []);
    if (base === null || !(await tryPatches((args, input) => at(ancestor, args, input), [], [patch])).ok) return null;
    const theirs = await commitOf(at, ancestor, [base]);
    await at(ours, ["read-tree", parts.tree]);
    const before = await listing(at, scratch.places.index);
    const gone = [...before.keys()].filter((path) => !entries.has(path)).map((path) => `0 ${"0".repeat(40)}\t${path}\0`);
    const changed = [...entries].filter(([path, entry]) => before.get(path) !== entry).map(([path, entry]) => `${entry}\t${path}\0`);
    await at(ours, ["update-index", "-z", "--index-info"], [...gone, ...changed].join(""));
    const mine = await commitOf(at, ours, [base]);
    if (theirs === null || mine === null) return null;
    return await merge(at, parts, mine, theirs);
  } finally {
    await Promise.all([ancestor, ours].map((file) => rm(file, { force: true })));
  }
}

type At = (file: string, args: readonly string[], input?: string | Uint8Array) => Promise<GitResult>;

/** Merges two commits and puts what came of it into the index. */
async function merge(at: At, { index }: MergeParts, mine: string, theirs: string): Promise<Merged | null> {
  const { code, stdout } = await at(index, ["merge-tree", "--write-tree", "--name-only", "--no-messages", "-z", mine, theirs]);
  const [tree = "", conflict] = stdout.toString("utf8").split("\0");
  if (code > 1 || !/^[0-9a-f]{40,64}$/.test(tree)) return null;
  if (code === 1) return conflict === undefined || conflict === "" ? null : { conflict };
  const differences = (await at(index, ["diff-tree", "-r", "-z", "--no-renames", mine, tree])).stdout.toString("utf8").split("\0");
  const lines: string[] = [];
  for (let place = 0; place + 1 < differences.length; place += 2) {
    const [, mode = "", , id = ""] = differences[place]?.replace(/^:/, "").split(" ") ?? [];
    lines.push(`${/^0+$/.test(mode) ? "0" : mode} ${id}\t${differences[place + 1] ?? ""}\0`);
  }
  if (lines.length === 0) return "nothing";
  await at(index, ["update-index", "-z", "--index-info"], lines.join(""));
  return "merged";
}

/** The files of an index, each with mode and id. */
async function listing(at: At, index: string): Promise<Map<string, string>> {
  const { stdout } = await at(index, ["ls-files", "--stage", "-z"]);
  const lines = stdout.toString("utf8").matchAll(/(\d{6} [0-9a-f]+) 0\t([^\0]*)\0/g);
  return new Map(Array.from(lines, ([, entry = "", path = ""]) => [path, entry]));
}

/** The full ids of blobs, of which patches have the first digits; null where one is not in the repository. */
async function blobIds(at: At, index: string, short: readonly string[]): Promise<string[] | null> {
  if (!short.every((id) => /^[0-9a-f]{4,64}$/.test(id))) return null;
  const { stdout } = await at(index, ["cat-file", "--batch-check"], `${short.join("\n")}\n`);
  const found = stdout.toString("utf8").trim().split("\n");
  const ids = found.map((line) => /^([0-9a-f]{40,64}) blob /.exec(line)?.[1] ?? "");
  return ids.length === short.length && ids.every((id) => id !== "") ? ids : null;
}

async function commitOf(at: At, index: string, parents: readonly string[]): Promise<string | null> {
  const tree = (await at(index, ["write-tree"])).stdout.toString("utf8").trim();
  if (tree === "") return null;
  const { code, stdout } = await at(index, ["commit-tree", tree, "-m", "patch", ...parents.flatMap((parent) => ["-p", parent])]);
  return code === 0 ? stdout.toString("utf8").trim() : null;
}
