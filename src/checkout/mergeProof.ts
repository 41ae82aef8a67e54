/** Proof that two changes collide: git merges them on commits beside the repository, which are thrown away. */
import { patchDiff } from "../core/diff/patchFiles";
import { HumanError } from "../core/humanError";
import { bytesOfRaw, decodeText, rawOf } from "../core/mail/charset";
import type { IndexedPatch } from "../core/series/revisionTexts";
import type { GitOptions, GitResult } from "../git/git";
import { gitReason } from "../git/gitErrors";
import { outputText } from "../git/objects";
import { locateTree, treeIn, type TreeLocation } from "./commits";
import { applyToIndex, type Scratch, scratchIdentity, withScratch } from "./scratch";

/** One of the two sides that are merged. */
export type MergeSide =
  /** Files of the worktree; `buffers` are unsaved texts. */
  | { readonly kind: "worktree"; readonly paths: readonly string[]; readonly buffers: ReadonlyMap<string, string> }
  | { readonly kind: "commit"; readonly commit: string }
  /** A series on the base, with exact texts (see `exactPatchTexts`); with `only`, just its changes to these files when the whole does not apply. */
  | { readonly kind: "patches"; readonly patches: readonly IndexedPatch[]; readonly only?: ReadonlySet<string> };

export interface Merge {
  /** The full id of the commit from which both start. */
  readonly base: string;
  readonly ours: MergeSide;
  readonly theirs: MergeSide;
  /** The names of the sides in a conflict. */
  readonly names: { readonly ours: string; readonly theirs: string };
}

/** A conflict in a merged file. */
interface ConflictRegion {
  /** One-based, in the merged file with its markers. */
  readonly line: number;
  /** The markers with everything between them, and some lines around. */
  readonly text: string;
}

interface ConflictFile {
  readonly path: string;
  /** Git's message: `CONFLICT (content): Merge conflict in ...`. */
  readonly message: string;
  /** [] when there is no text to merge: one side deletes what the other changes, or the file is binary. */
  readonly regions: readonly ConflictRegion[];
}

export type MergeProof =
  | { readonly kind: "clean"; readonly whole: boolean }
  | { readonly kind: "conflict"; readonly whole: boolean; readonly files: readonly ConflictFile[] }
  /** A side does not apply to the base, so there is nothing to merge. */
  | { readonly kind: "unapplied"; readonly side: "ours" | "theirs"; readonly patch: number; readonly path: string | null };

/** Lines shown above and below a conflict. */
const linesAround = 3;

/** Merges two sides and says whether they conflict. */
export async function proveMerge(top: string, merge: Merge, options: GitOptions = {}): Promise<MergeProof> {
  if (![merge.base, ...[merge.ours, merge.theirs].flatMap((side) => (side.kind === "commit" ? [side.commit] : []))].every(isFullId))
    throw new Error("a merge needs full commit ids");
  const place = await locateTree(top, options);
  return withScratch(place.top, options, async (scratch) => {
    const start = await commitOfTree(scratch, place, merge.base, null);
    const ours = await commitSide(scratch, place, merge.base, start, merge.ours);
    if ("patch" in ours) return { kind: "unapplied", side: "ours", ...ours };
    const theirs = await commitSide(scratch, place, merge.base, start, merge.theirs);
    if ("patch" in theirs) return { kind: "unapplied", side: "theirs", ...theirs };
    const whole = ours.whole && theirs.whole;
    const merged = await scratch.run(["merge-tree", "--write-tree", "-z", "--name-only", ours.commit, theirs.commit], {
      config: ["merge.conflictStyle=diff3", "merge.renames=true"],
    });
    if (merged.code === 0) return { kind: "clean", whole };
    if (merged.code !== 1) throw mergeError(merged);
    const files = await conflictsOf(scratch, merged.stdout.toString("utf8"), [
      [ours.commit, merge.names.ours],
      [theirs.commit, merge.names.theirs],
      [start, "common base"],
    ]);
    return { kind: "conflict", whole, files };
  });
}

function isFullId(id: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(id);
}

function mergeError({ stderr }: GitResult): Error {
  return /usage: git merge-tree|unknown option|--write-tree|not a valid object name|unknown rev --write-tree/i.test(stderr)
    ? new HumanError("Merging outside a checkout needs git 2.38 or newer. Update git, or merge by hand.")
    : new HumanError(`git could not merge the two (${gitReason(stderr)}); check the repository with “git fsck”.`);
}

interface SideCommit {
  readonly commit: string;
  /** Whether it has all of a series. */
  readonly whole: boolean;
}

interface Unapplied {
  readonly patch: number;
  readonly path: string | null;
}

/** A commit of the tree at a place of another commit; that commit itself when the place is the top. */
async function commitOfTree(scratch: Scratch, place: TreeLocation, commit: string, parent: string | null): Promise<string> {
  if (place.prefix === "") return commit;
  const tree = await mustRun(scratch, ["rev-parse", "--verify", "--quiet", treeIn(place, commit)]);
  return commitTree(scratch, tree, parent);
}

function commitTree(scratch: Scratch, tree: string, parent: string | null): Promise<string> {
  return mustRun(scratch, ["commit-tree", tree, ...(parent === null ? [] : ["-p", parent])], { input: "tried\n", config: scratchIdentity });
}

/** @param start the commit with which both sides begin: the merged tree of `base` */
async function commitSide(
  scratch: Scratch,
  place: TreeLocation,
  base: string,
  start: string,
  side: MergeSide,
): Promise<SideCommit | Unapplied> {
  if (side.kind === "commit") return { commit: await commitOfTree(scratch, place, side.commit, start), whole: true };
  if (side.kind === "worktree")
    return { commit: await commitTree(scratch, await worktreeTree(scratch, place, base, side), start), whole: true };
  await mustRun(scratch, ["read-tree", start]);
  let whole = true;
  const failed = await applyPatches(scratch, side.patches, null);
  if (failed !== null) {
    if (!side.only) return failed;
    // Files that only the series changes are left out: whether it applies to them proves nothing about the two.
    await mustRun(scratch, ["read-tree", start]);
    const still = await applyPatches(scratch, side.patches, side.only);
    if (still !== null) return still;
    whole = false;
  }
  return { commit: await commitTree(scratch, await mustRun(scratch, ["write-tree"]), start), whole };
}

/** The tree with files as they are in the worktree or in the editor. */
async function worktreeTree(
  scratch: Scratch,
  { prefix }: TreeLocation,
  base: string,
  { paths, buffers }: { readonly paths: readonly string[]; readonly buffers: ReadonlyMap<string, string> },
): Promise<string> {
  await mustRun(scratch, ["read-tree", base]);
  const saved = paths.filter((path) => !buffers.has(path));
  const input = saved.map((path) => `${prefix}${path}\0`).join("");
  if (saved.length > 0) await mustRun(scratch, ["update-index", "-z", "--add", "--remove", "--stdin"], { input });
  for (const [own, text] of buffers) {
    const path = `${prefix}${own}`;
    // With --path, git converts line ends by the attributes of the file.
    const blob = await mustRun(scratch, ["hash-object", "-w", "--stdin", `--path=${path}`], { input: text });
    const entry = await scratch.run(["--literal-pathspecs", "ls-files", "-s", "--", path]);
    const mode = /^(\d{6}) /.exec(entry.stdout.toString("utf8"))?.[1] ?? "100644";
    await mustRun(scratch, ["update-index", "-z", "--index-info"], { input: `${mode} ${blob}\t${path}\0` });
  }
  return mustRun(scratch, ["write-tree", ...(prefix === "" ? [] : [`--prefix=${prefix}`])]);
}

/** Applies patches to the index one after the other; returns the first that does not apply, and its file. */
async function applyPatches(
  scratch: Scratch,
  patches: readonly IndexedPatch[],
  only: ReadonlySet<string> | null,
): Promise<Unapplied | null> {
  const names = only && new Set([...only, ...[...only].map(rawOf)]);
  for (const { index, text } of patches) {
    const input = bytesOfRaw(patchDiff(text, names));
    if (input.length === 0) continue;
    const failed = await applyToIndex(scratch, input);
    if (failed) return { patch: index, path: failedPath(failed.stderr) };
  }
  return null;
}

/** How git names the file of a patch that fails or leaves a conflict. */
const stumbles = [
  /^Applied patch to '(.+)' with conflicts\.$/m,
  /^error: patch failed: (.+):\d+$/m,
  /^error: (.+?): (?:does not|already|patch does|No such)/m,
];

function failedPath(stderr: string): string | null {
  return stumbles.map((stumble) => stumble.exec(stderr)?.[1]).find((path) => path !== undefined) ?? null;
}

/** The conflicting files that merge-tree prints: the tree, the files, then the messages. */
async function conflictsOf(
  scratch: Scratch,
  printed: string,
  names: ReadonlyArray<readonly [commit: string, name: string]>,
): Promise<ConflictFile[]> {
  const [tree = "", ...fields] = printed.split("\0");
  const end = fields.indexOf("");
  const paths = [...new Set(fields.slice(0, end < 0 ? fields.length : end))];
  const messages = readMessages(end < 0 ? [] : fields.slice(end + 1));
  return Promise.all(
    paths.map(async (path) => {
      const found = await scratch.run(["cat-file", "blob", `${tree}:${path}`]);
      const text = found.code === 0 ? decodeText(found.stdout).text : "";
      return { path, message: messages.get(path) ?? "", regions: regionsOf(withSideNames(text, names)) };
    }),
  );
}

/** Each message: how many paths, the paths, its kind, its text. */
function readMessages(fields: readonly string[]): Map<string, string> {
  const messages = new Map<string, string>();
  for (let at = 0; at < fields.length;) {
    const count = Number(fields[at]);
    if (!Number.isInteger(count) || count < 1) break;
    const text = fields[at + count + 2]?.trim() ?? "";
    if (text.startsWith("CONFLICT"))
      for (const path of fields.slice(at + 1, at + 1 + count)) if (!messages.has(path)) messages.set(path, text);
    at += count + 3;
  }
  return messages;
}

/** Markers name the sides, not the commits that were made for the merge. */
function withSideNames(text: string, names: ReadonlyArray<readonly [commit: string, name: string]>): string[] {
  return text.split("\n").map((line) => {
    const [, marker, label] = /^([<>|]{7}) (\S+)$/.exec(line) ?? [];
    const name = label === undefined ? undefined : names.find(([commit]) => commit.startsWith(label) || label.startsWith(commit))?.[1];
    return marker === undefined || name === undefined ? line : `${marker} ${name}`;
  });
}

function regionsOf(lines: readonly string[]): ConflictRegion[] {
  const spans: Array<[number, number]> = [];
  for (let at = lines.findIndex(isOpening); at >= 0;) {
    const close = lines.findIndex((line, place) => place > at && line.startsWith(">>>>>>> "));
    if (close < 0) break;
    const [from, to] = [Math.max(0, at - linesAround), Math.min(lines.length, close + 1 + linesAround)];
    const last = spans.at(-1);
    if (last && from <= last[1]) last[1] = to;
    else spans.push([from, to]);
    at = lines.findIndex((line, place) => place > close && isOpening(line));
  }
  return spans.map(([from, to]) => ({ line: from + 1, text: lines.slice(from, to).join("\n") }));
}

function isOpening(line: string): boolean {
  return line.startsWith("<<<<<<< ");
}

/** Runs a command whose failure is not due to the patches. */
async function mustRun(scratch: Scratch, args: readonly string[], options: Parameters<Scratch["run"]>[1] = {}): Promise<string> {
  const done = await scratch.run(args, options);
  if (done.code === 0) return outputText(done);
  throw new HumanError(`git could not do the test merge (${gitReason(done.stderr)}); see whether “git status” works in this checkout.`);
}
