/** Tries one series on a scratch index: all of it in one go, and where that fails patch by patch, as `git am -3` would. */
import { copyFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { bytesOfRaw } from "../core/mail/charset";
import type { ReadyPatch } from "../core/series/revisionTexts";
import { type GitOptions, type GitResult, runGit, type RunOptions } from "../git/git";
import type { Scratch } from "./scratch";

export interface Bench {
  /** Where git is run. */
  readonly top: string;
  readonly scratch: Scratch;
  /** The tree the index of the scratch was filled from. */
  readonly tree: string;
  readonly options: GitOptions;
}

/** How a series went in. */
export interface TrialOutcome {
  readonly offset: number;
  /** Whether some patch was merged. */
  readonly threeWay: boolean;
  /** Places of patches that are in already. */
  readonly alreadyIn: readonly number[];
  /** What did not go in; null where all did. */
  readonly failure: TrialFailure | null;
}

export interface TrialFailure {
  readonly place: number;
  readonly file: string | null;
  /** Null where a merge was made and leaves something to decide. */
  readonly reason: FailedReason | null;
  /** A merge could not be tried. */
  readonly lacksBlob: boolean;
}

/** Tries patches, one upon the other. The index of the scratch stays as it is. */
export async function trySeries(bench: Bench, patches: readonly ReadyPatch[]): Promise<TrialOutcome> {
  const { top, scratch, options } = bench;
  const apply = (args: readonly string[], input: Uint8Array) => scratch.run(args, { input, ...signalOf(options) });
  const lastHidden = lastHiddenIn(patches);
  const whole = lastHidden < 0 ? await tryPatches(apply, ["--check"], patches) : notTried;
  if (whole.ok) return { offset: whole.offset, threeWay: false, alreadyIn: [], failure: null };
  if (whole.reason === "absent") return failed(whole);
  const back = await tryPatches(apply, ["--check", "-R"], patches);
  if (back.ok) return { offset: 0, threeWay: false, alreadyIn: patches.map((_, place) => place), failure: null };
  const index = join(scratch.folder, "work");
  await copyFile(scratch.places.index, index);
  const places = { ...scratch.places, index };
  const run = (args: readonly string[], input?: string | Uint8Array) =>
    runGit(top, args, { ...options, ...(input === undefined ? {} : { input }), scratch: places, config: mergeSettings });
  const isIn = (place: number): boolean => back.allFailed?.has(place) === false;
  return new Trial({ ...bench, run, index, isIn, lastHidden }, patches).go(whole);
}

const notTried: Tried = { ok: false, offset: 0, failed: null, file: null, reason: null, allFailed: null };

/**
 * The last place of a patch that adds a file which a later one takes away again; -1 where there is none. Of patches in one input git takes
 * such a file for one that is going away already, and does not mind that it is there when it is added; `git am` does.
 */
function lastHiddenIn(patches: readonly ReadyPatch[]): number {
  const taken = new Set<string>();
  for (let place = patches.length - 1; place >= 0; place--) {
    const files = patches[place]?.files ?? [];
    if (files.some(({ path, change }) => change !== "modified" && change !== "deleted" && taken.has(path))) return place;
    for (const { path, oldPath, change } of files) if (change === "deleted" || change === "renamed") taken.add(oldPath ?? path);
  }
  return -1;
}

/** Whether patches apply without any merge. */
export async function appliesAsIs({ scratch, options }: Bench, patches: readonly ReadyPatch[]): Promise<boolean> {
  const apply = (args: readonly string[], input: Uint8Array) => scratch.run(args, { input, ...signalOf(options) });
  return (await tryPatches(apply, ["--check"], patches)).ok;
}

/** No merge may run a program, or write down how conflicts are resolved. */
const mergeSettings = ["rerere.enabled=false", "merge.default=text"];

function signalOf({ signal }: GitOptions): { signal?: AbortSignal } {
  return signal ? { signal } : {};
}

function failed({ failed: place, file, reason }: Tried): TrialOutcome {
  return { offset: 0, threeWay: false, alreadyIn: [], failure: { place: place ?? 0, file, reason, lacksBlob: false } };
}

interface TrialParts extends Bench {
  readonly run: (args: readonly string[], input?: string | Uint8Array) => ReturnType<typeof runGit>;
  /** The file of the index that is written to. */
  readonly index: string;
  /** Whether a patch could be taken back from the tree, so that it seems to be in. */
  readonly isIn: (place: number) => boolean;
  /** Up to this place patches are tried one by one. */
  readonly lastHidden: number;
}

/** A series on its way into an index. */
class Trial {
  #offset = 0;
  #threeWay = false;
  readonly #alreadyIn: number[] = [];
  readonly #apply;

  constructor(
    private readonly parts: TrialParts,
    private readonly patches: readonly ReadyPatch[],
  ) {
    this.#apply = (args: readonly string[], input: Uint8Array) => parts.run(args, input);
  }

  async go(first: Tried): Promise<TrialOutcome> {
    let tried = first;
    for (let at = 0; at < this.patches.length;) {
      this.parts.options.signal?.throwIfAborted();
      if (tried.ok) {
        this.#offset = Math.max(this.#offset, tried.offset);
        break;
      }
      // What stands before the first one that fails goes in as it is; where git does not say which fails, one after the other.
      const stop = tried.failed === null ? at : at + tried.failed;
      if (stop > at) at += await this.#put(at, stop);
      const next = await this.#step(at, at === stop && tried.failed !== null ? tried : null);
      if (typeof next !== "number") return this.#outcome(next);
      at = next;
      if (at < this.patches.length)
        tried = at <= this.parts.lastHidden ? notTried : await tryPatches(this.#apply, ["--check"], this.patches.slice(at));
    }
    return this.#outcome(null);
  }

  #outcome(failure: TrialFailure | null): TrialOutcome {
    return { offset: this.#offset, threeWay: this.#threeWay, alreadyIn: this.#alreadyIn, failure };
  }

  /** Applies some patches for good and says how many went in: all, or none. */
  async #put(from: number, to: number): Promise<number> {
    const tried = await tryPatches(this.#apply, [], this.patches.slice(from, to));
    this.#offset = Math.max(this.#offset, tried.offset);
    return tried.ok ? to - from : 0;
  }

  /**
   * Takes one patch as `git am -3` does; gives the place of the next one, or why it does not go in.
   *
   * @param failing why it does not go in as it is, where that is known
   */
  async #step(at: number, failing: Tried | null): Promise<number | TrialFailure> {
    const patch = this.patches[at];
    if (!patch) return at + 1;
    if (!failing && (await this.#put(at, at + 1)) === 1) return at + 1;
    const taken = await this.#taken(at);
    if (taken > 0) return at + taken;
    const why = failing ?? (await tryPatches(this.#apply, ["--check"], [patch]));
    const fails = { place: at, file: why.file ?? patch.files[0]?.path ?? null, reason: why.reason };
    if (why.reason !== "text") return { ...fails, lacksBlob: false };
    if (!(await this.#hasBlobs(patch))) return { ...fails, lacksBlob: true };
    return (await this.#merge(patch, at)) ?? { ...fails, lacksBlob: false };
  }

  /** Merges a patch that does not apply as it is; null where git does not say what stands in the way. */
  async #merge(patch: ReadyPatch, at: number): Promise<number | TrialFailure | null> {
    const { index } = this.parts;
    const kept = `${index}.before`;
    await copyFile(index, kept);
    const { ok } = await tryPatches(this.#apply, ["--3way"], [patch]);
    const after = await this.#entries(index);
    const [conflict] = conflictsIn(after);
    let merged: Merged | null;
    if (conflict !== undefined) merged = { conflict };
    else if (ok) merged = after === (await this.#entries(kept)) ? "nothing" : "merged";
    else merged = await mergeRenamed(this.parts, patch);
    if (merged === null) return null;
    if (typeof merged === "object") return { place: at, file: merged.conflict, reason: null, lacksBlob: false };
    if (merged === "nothing") this.#alreadyIn.push(at);
    else this.#threeWay = true;
    return at + 1;
  }

  /** Whether the repository has all that a patch was made for, without which there is nothing to merge. */
  async #hasBlobs({ files }: ReadyPatch): Promise<boolean> {
    const blobs = files.filter(({ change }) => change !== "new").map(({ oldBlob }) => oldBlob ?? "");
    if (blobs.length === 0) return true;
    if (!blobs.every((id) => /^[0-9a-f]{4,64}$/.test(id))) return false;
    const { stdout } = await this.parts.run(["cat-file", "--batch-check"], `${blobs.join("\n")}\n`);
    return Array.from(stdout.toString("utf8").matchAll(/^[0-9a-f]{40,64} blob /gm)).length === blobs.length;
  }

  /** How many patches from one on are in the tree already; they are counted among those that are. */
  async #taken(at: number): Promise<number> {
    let end = at;
    while (end < this.patches.length && this.parts.isIn(end)) end++;
    // Of several that were taken the earlier ones may be hidden under the later ones, or one alone be in.
    for (const count of new Set([end - at, Math.min(end - at, 1)])) {
      if (count === 0 || !(await tryPatches(this.#apply, ["--check", "-R"], this.patches.slice(at, at + count))).ok) continue;
      for (let place = at; place < at + count; place++) this.#alreadyIn.push(place);
      return count;
    }
    return 0;
  }

  async #entries(index: string): Promise<string> {
    const { scratch, top, options } = this.parts;
    const { stdout } = await runGit(top, ["ls-files", "--stage", "-z"], { ...options, scratch: { ...scratch.places, index } });
    return stdout.toString("utf8");
  }
}

/** The files of which an index has several sides, as a merge leaves them where something is to be decided. */
function conflictsIn(listing: string): string[] {
  return Array.from(listing.matchAll(/(?:^|\0)\d{6} [0-9a-f]+ [123]\t([^\0]*)/g), ([, path = ""]) => path);
}

// Runs `git apply` on patches and reads what it says: how far hunks were moved, and which patch does not go in where.

export type RunApply = (args: readonly string[], input: Uint8Array) => Promise<GitResult>;

export interface Tried {
  readonly ok: boolean;
  /** How many lines a hunk was moved at most. */
  readonly offset: number;
  /** Place of the first patch that does not go in; null where all do, or where git does not tell. */
  readonly failed: number | null;
  /** The file it does not go into, as the patch names it. */
  readonly file: string | null;
  readonly reason: FailedReason | null;
  /** Places of all patches that do not go in, each tried on what the others leave; null where git does not tell. */
  readonly allFailed: ReadonlySet<number> | null;
}

/**
 * - `text`: the lines are not there, or the file is, or is not.
 * - `damaged`: it is no patch that git can read.
 * - `binary`: a binary file without its contents.
 * - `absent`: an object of the repository is not here, as in a partial clone.
 */
export type FailedReason = "text" | "damaged" | "binary" | "absent";

const absentObject =
  /could not fetch|unable to read (?:sha1 file|tree|blob)|missing blob|promisor|lazy fetching|unable to read [0-9a-f]{7}/i;

const damagedPatch =
  /^error: (?:corrupt (?:binary )?patch|patch fragment without header|No valid patches|git diff header|.*patch with only garbage|.*lacks filename)/;

/** Tries patches one upon the other in one go; what `args` say decides whether anything is written. */
export async function tryPatches(run: RunApply, args: readonly string[], patches: readonly ReadyPatch[]): Promise<Tried> {
  const isReverse = args.includes("-R");
  const { code, stderr } = await run(["apply", "--cached", "-v", ...args, "-"], bytesOfRaw(patches.map(({ raw }) => raw).join("")));
  // git reads the patches as they stand, and turns their order round where they are taken back.
  const order = isReverse ? [...patches.entries()].reverse() : [...patches.entries()];
  return readSaid(stderr, code === 0, order);
}

interface Said {
  /** How many files git had begun to look at. */
  readonly file: number;
  readonly line: string;
}

function readSaid(stderr: string, ok: boolean, order: ReadonlyArray<readonly [number, ReadyPatch]>): Tried {
  const files = order.flatMap(([place, { files: own }]) => own.map(({ path }) => ({ place, path })));
  let offset = 0;
  let looked = 0;
  const errors: Said[] = [];
  for (const line of withoutSearchedLines(stderr.split("\n"))) {
    if (/^Checking patch .*\.\.\.$/.test(line)) looked++;
    else if (/^(?:error|fatal): (?!repository lacks the necessary blob)/.test(line)) errors.push({ file: looked, line });
    else
      offset = Math.max(offset, Number(/^Hunk #\d+ succeeded at \d+ \(offset (-?\d+) lines?\)\.$/.exec(line)?.[1]?.replace("-", "") ?? 0));
  }
  if (ok) return { ok, offset, failed: null, file: null, reason: null, allFailed: new Set() };
  // Where git counts other files than we do, its count names none of ours.
  const isCounted = looked === files.length && errors.every(({ file }) => file > 0);
  const first = isCounted ? files[(errors[0]?.file ?? 0) - 1] : undefined;
  const allFailed = isCounted ? new Set(errors.map(({ file }) => files[file - 1]?.place ?? 0)) : null;
  return { ok, offset, failed: first?.place ?? null, file: first?.path ?? null, reason: failedReasonOf(errors), allFailed };
}

/** Leaves out the lines of a patch that git prints when it does not find them, since they may look like anything. */
function* withoutSearchedLines(lines: readonly string[]): Generator<string> {
  let quotes = false;
  for (const line of lines) {
    if (line === "error: while searching for:") quotes = true;
    else if (quotes && /^error: patch failed: .*:\d+$/.test(line)) quotes = false;
    if (!quotes) yield line;
  }
}

function failedReasonOf(all: readonly Said[]): FailedReason {
  // Others that fail may do so for other reasons.
  const errors = all.filter(({ file }) => file === all[0]?.file);
  if (errors.some(({ line }) => absentObject.test(line))) return "absent";
  if (errors.some(({ line }) => /cannot (?:reverse-)?apply binary patch/.test(line))) return "binary";
  const isDamaged = errors.some(({ line }) => damagedPatch.test(line));
  return isDamaged ? "damaged" : "text";
}

// Merges a patch into a tree where its files have other names by now, as `git am -3` does: what the patch was made for, as far as
// the patch tells, is the common ancestor, and git finds the new names.

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

const commitSettings = [
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
    const more: RunOptions = {
      scratch: { ...scratch.places, index: file },
      config: commitSettings,
      ...(input === undefined ? {} : { input }),
    };
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
    const base = await commitIndex(at, ancestor, []);
    if (base === null || !(await tryPatches((args, input) => at(ancestor, args, input), [], [patch])).ok) return null;
    const theirs = await commitIndex(at, ancestor, [base]);
    await at(ours, ["read-tree", parts.tree]);
    const before = await listing(at, scratch.places.index);
    const gone = [...before.keys()].filter((path) => !entries.has(path)).map((path) => `0 ${"0".repeat(40)}\t${path}\0`);
    const changed = [...entries].filter(([path, entry]) => before.get(path) !== entry).map(([path, entry]) => `${entry}\t${path}\0`);
    await at(ours, ["update-index", "-z", "--index-info"], [...gone, ...changed].join(""));
    const mine = await commitIndex(at, ours, [base]);
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

async function commitIndex(at: At, index: string, parents: readonly string[]): Promise<string | null> {
  const tree = (await at(index, ["write-tree"])).stdout.toString("utf8").trim();
  if (tree === "") return null;
  const { code, stdout } = await at(index, ["commit-tree", tree, "-m", "patch", ...parents.flatMap((parent) => ["-p", parent])]);
  return code === 0 ? stdout.toString("utf8").trim() : null;
}
