/** Tries one series on a scratch index: all of it at once and, when that fails, patch by patch, as `git am -3` would. */
import { copyFile, rm } from "node:fs/promises";
import { bytesOfRaw } from "../core/mail/charset";
import type { ReadyPatch } from "../core/series/revisionTexts";
import { type IndexEntry, indexEntries, nulFields, objectInfos, outputText } from "../git/objects";
import { type Scratch, scratchIdentity } from "./scratch";

/** Where a series is tried. */
export interface Bench {
  /** Its index has the entries of the tree for all files that the patches touch. */
  readonly scratch: Scratch;
  /** The tree from which the index was filled. */
  readonly tree: string;
  readonly signal: AbortSignal | undefined;
}

/** The outcome of a trial. */
export interface TrialOutcome {
  readonly offset: number;
  /** Whether some patch was merged. */
  readonly threeWay: boolean;
  /** Places of patches that are already in. */
  readonly alreadyIn: readonly number[];
  /** The patch that failed; null when all applied. */
  readonly failure: TrialFailure | null;
}

interface TrialFailure {
  readonly place: number;
  readonly file: string | null;
  /** Null when a merge was made and has conflicts. */
  readonly reason: FailedReason | null;
  /** A merge could not be tried. */
  readonly lacksBlob: boolean;
}

/** Tries patches, each on top of the one before. The index of the scratch stays as it is. */
export async function trySeries(bench: Bench, patches: readonly ReadyPatch[]): Promise<TrialOutcome> {
  const { scratch } = bench;
  const lastHidden = lastHiddenIn(patches);
  const whole = lastHidden < 0 ? await tryPatches(scratch, ["--check"], patches) : notTried;
  if (whole.ok) return { offset: whole.offset, threeWay: false, alreadyIn: [], failure: null };
  if (whole.reason === "absent") return failed(whole);
  const back = await tryPatches(scratch, ["--check", "-R"], patches);
  if (back.ok) return { offset: 0, threeWay: false, alreadyIn: patches.map((_, place) => place), failure: null };
  const work = scratch.withIndex("work");
  await copyFile(scratch.places.index, work.places.index);
  const isIn = (place: number): boolean => back.allFailed?.has(place) === false;
  return new Trial({ ...bench, work, isIn, lastHidden }, patches).go(whole);
}

const notTried: Tried = { ok: false, offset: 0, failed: null, file: null, reason: null, allFailed: null };

/**
 * The last place of a patch that adds a file which a later one removes; -1 for none. With both in one input, `git apply` accepts the
 * first one even if the tree has the file already; `git am` does not.
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
export async function appliesAsIs({ scratch }: Bench, patches: readonly ReadyPatch[]): Promise<boolean> {
  return (await tryPatches(scratch, ["--check"], patches)).ok;
}

/** No merge may run a program, or record how conflicts are resolved. */
const mergeSettings = ["rerere.enabled=false", "merge.default=text"];

function failed({ failed: place, file, reason }: Tried): TrialOutcome {
  return { offset: 0, threeWay: false, alreadyIn: [], failure: { place: place ?? 0, file, reason, lacksBlob: false } };
}

interface TrialParts extends Bench {
  /** The scratch with an index for writing. */
  readonly work: Scratch;
  /** Whether a patch could be reverted in the tree, so that it seems to be in. */
  readonly isIn: (place: number) => boolean;
  /** Patches up to this place are tried one by one. */
  readonly lastHidden: number;
}

/** A series that is being applied to an index. */
class Trial {
  #offset = 0;
  #threeWay = false;
  readonly #alreadyIn: number[] = [];

  constructor(
    private readonly parts: TrialParts,
    private readonly patches: readonly ReadyPatch[],
  ) {}

  async go(first: Tried): Promise<TrialOutcome> {
    let tried = first;
    for (let at = 0; at < this.patches.length;) {
      this.parts.signal?.throwIfAborted();
      if (tried.ok) {
        this.#offset = Math.max(this.#offset, tried.offset);
        break;
      }
      // Applies the patches before the first failing one at once; when git does not say which one fails, one after the other.
      const stop = tried.failed === null ? at : at + tried.failed;
      if (stop > at) at += await this.#put(at, stop);
      const next = await this.#step(at, at === stop && tried.failed !== null ? tried : null);
      if (typeof next !== "number") return this.#outcome(next);
      at = next;
      if (at < this.patches.length)
        tried = at <= this.parts.lastHidden ? notTried : await tryPatches(this.parts.work, ["--check"], this.patches.slice(at));
    }
    return this.#outcome(null);
  }

  #outcome(failure: TrialFailure | null): TrialOutcome {
    return { offset: this.#offset, threeWay: this.#threeWay, alreadyIn: this.#alreadyIn, failure };
  }

  /** Applies some patches to the index and returns how many applied: all or none. */
  async #put(from: number, to: number): Promise<number> {
    const tried = await tryPatches(this.parts.work, [], this.patches.slice(from, to));
    this.#offset = Math.max(this.#offset, tried.offset);
    return tried.ok ? to - from : 0;
  }

  /**
   * Applies one patch as `git am -3` does; returns the place of the next one, or why it does not apply.
   *
   * @param failing why it does not apply as it is, if that is known
   */
  async #step(at: number, failing: Tried | null): Promise<number | TrialFailure> {
    const patch = this.patches[at];
    if (!patch) return at + 1;
    if (!failing && (await this.#put(at, at + 1)) === 1) return at + 1;
    const taken = await this.#taken(at);
    if (taken > 0) return at + taken;
    const why = failing ?? (await tryPatches(this.parts.work, ["--check"], [patch]));
    const fails = { place: at, file: why.file ?? patch.files[0]?.path ?? null, reason: why.reason };
    if (why.reason !== "text") return { ...fails, lacksBlob: false };
    if (!(await this.#hasBlobs(patch))) return { ...fails, lacksBlob: true };
    return (await this.#merge(patch, at)) ?? { ...fails, lacksBlob: false };
  }

  /** Merges a patch that does not apply as it is; null when git does not say why. */
  async #merge(patch: ReadyPatch, at: number): Promise<number | TrialFailure | null> {
    const { work } = this.parts;
    const before = await indexEntries(work.run, "all");
    const { ok } = await tryPatches(work, ["--3way"], [patch]);
    const after = await indexEntries(work.run, "all");
    const conflict = after.find(({ stage }) => stage > 0)?.path;
    let merged: Merged | null;
    if (conflict !== undefined) merged = { conflict };
    else if (ok) merged = isSameIndex(before, after) ? "nothing" : "merged";
    else merged = await mergeRenamed(this.parts, patch);
    if (merged === null) return null;
    if (typeof merged === "object") return { place: at, file: merged.conflict, reason: null, lacksBlob: false };
    if (merged === "nothing") this.#alreadyIn.push(at);
    else this.#threeWay = true;
    return at + 1;
  }

  /** Whether the repository has all blobs that a patch was made on, which a merge needs. */
  async #hasBlobs({ files }: ReadyPatch): Promise<boolean> {
    const blobs = files.filter(({ change }) => change !== "new").map(({ oldBlob }) => oldBlob ?? "");
    if (blobs.length === 0) return true;
    if (!blobs.every((id) => /^[0-9a-f]{4,64}$/.test(id))) return false;
    const infos = await objectInfos(this.parts.work.run, blobs);
    return blobs.every((_, at) => infos[at]?.kind === "blob");
  }

  /** How many patches from one on are already in the tree; they are added to those that are. */
  async #taken(at: number): Promise<number> {
    let end = at;
    while (end < this.patches.length && this.parts.isIn(end)) end++;
    // Of several that are in, the later ones may hide the earlier ones, so all are tried at once; else only the first.
    for (const count of new Set([end - at, Math.min(end - at, 1)])) {
      if (count === 0 || !(await tryPatches(this.parts.work, ["--check", "-R"], this.patches.slice(at, at + count))).ok) continue;
      for (let place = at; place < at + count; place++) this.#alreadyIn.push(place);
      return count;
    }
    return 0;
  }
}

function isSameIndex(a: readonly IndexEntry[], b: readonly IndexEntry[]): boolean {
  return a.length === b.length && a.every(({ mode, id, path }, at) => mode === b[at]?.mode && id === b[at].id && path === b[at].path);
}

// Runs `git apply` on patches and reads its messages: how far hunks were moved, and which patch does not apply to which file.

interface Tried {
  readonly ok: boolean;
  /** The largest number of lines by which a hunk was moved. */
  readonly offset: number;
  /** Place of the first patch that does not apply; null when all do, or when git does not tell. */
  readonly failed: number | null;
  /** The file to which it does not apply, as the patch names it. */
  readonly file: string | null;
  readonly reason: FailedReason | null;
  /** Places of all patches that do not apply, each tried on the result of the others; null when git does not tell. */
  readonly allFailed: ReadonlySet<number> | null;
}

/**
 * - `text`: the lines are not there, or the file exists although it is added, or does not exist although it is changed.
 * - `damaged`: git cannot read the patch.
 * - `binary`: a binary file without its contents.
 * - `absent`: an object is missing, as in a partial clone.
 */
export type FailedReason = "text" | "damaged" | "binary" | "absent";

const absentObject =
  /could not fetch|unable to read (?:sha1 file|tree|blob)|missing blob|promisor|lazy fetching|unable to read [0-9a-f]{7}/i;

const damagedPatch =
  /^error: (?:corrupt (?:binary )?patch|patch fragment without header|No valid patches|git diff header|.*patch with only garbage|.*lacks filename)/;

/** Tries patches, each on top of the one before, with one git; `args` decide whether anything is written. */
async function tryPatches(scratch: Scratch, args: readonly string[], patches: readonly ReadyPatch[]): Promise<Tried> {
  const isReverse = args.includes("-R");
  const input = bytesOfRaw(patches.map(({ raw }) => raw).join(""));
  const { code, stderr } = await scratch.run(["apply", "--cached", "-v", ...args, "-"], { input, config: mergeSettings });
  // With -R git takes the patches in reverse order.
  const order = isReverse ? [...patches.entries()].reverse() : [...patches.entries()];
  return readSaid(stderr, code === 0, order);
}

interface Said {
  /** The number of files that git had begun to check. */
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
  // Git's count tells which file failed only if it counts the same files.
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
  // Only the errors of the first file that fails count; later ones may follow from it.
  const errors = all.filter(({ file }) => file === all[0]?.file);
  if (errors.some(({ line }) => absentObject.test(line))) return "absent";
  if (errors.some(({ line }) => /cannot (?:reverse-)?apply binary patch/.test(line))) return "binary";
  const isDamaged = errors.some(({ line }) => damagedPatch.test(line));
  return isDamaged ? "damaged" : "text";
}

// Merges a patch into a tree where its files have other names by now, as `git am -3` does: the files that the patch was made on, as
// far as it names them, are the common ancestor, and git finds the new names.

/** `nothing`: the tree already has the change; `conflict`: the file with the conflict. */
type Merged = "merged" | "nothing" | { readonly conflict: string };

const commitSettings = [...scratchIdentity, "commit.gpgSign=false", ...mergeSettings];

/** Null when no file of the patch is gone, when its blobs are not in the repository, or when git is older than 2.38. */
async function mergeRenamed({ scratch, work, tree }: TrialParts, patch: ReadyPatch): Promise<Merged | null> {
  const entries = await filesOf(work);
  const old = patch.files
    .filter(({ change }) => change !== "new")
    .map(({ path, oldPath = path, oldBlob, oldMode }) => ({ oldPath, oldBlob, oldMode }));
  if (old.length === 0 || old.every(({ oldPath }) => entries.has(oldPath))) return null;
  const blobs = await blobIds(
    work,
    old.map(({ oldBlob }) => oldBlob ?? "?"),
  );
  if (!blobs) return null;
  const [ancestor, ours] = [scratch.withIndex("ancestor"), scratch.withIndex("ours")];
  try {
    const lines = old.map(({ oldPath, oldMode }, place) => `${oldMode ?? "100644"} ${blobs[place] ?? ""}\t${oldPath}\0`);
    await ancestor.run(["update-index", "-z", "--index-info"], { input: [...new Set(lines)].join("") });
    const base = await commitIndex(ancestor, []);
    if (base === null || !(await tryPatches(ancestor, [], [patch])).ok) return null;
    const theirs = await commitIndex(ancestor, [base]);
    await ours.run(["read-tree", tree]);
    const before = await filesOf(scratch);
    const gone = [...before.keys()].filter((path) => !entries.has(path)).map((path) => `0 ${"0".repeat(40)}\t${path}\0`);
    const changed = [...entries].filter(([path, entry]) => before.get(path) !== entry).map(([path, entry]) => `${entry}\t${path}\0`);
    await ours.run(["update-index", "-z", "--index-info"], { input: [...gone, ...changed].join("") });
    const mine = await commitIndex(ours, [base]);
    if (theirs === null || mine === null) return null;
    return await merge(work, mine, theirs);
  } finally {
    await Promise.all([ancestor, ours].map(({ places }) => rm(places.index, { force: true })));
  }
}

/** Merges two commits and puts the result into the index. */
async function merge(work: Scratch, mine: string, theirs: string): Promise<Merged | null> {
  const args = ["merge-tree", "--write-tree", "--name-only", "--no-messages", "-z", mine, theirs];
  const { code, stdout } = await work.run(args, { config: commitSettings });
  const [tree = "", conflict] = stdout.toString("utf8").split("\0");
  if (code > 1 || !/^[0-9a-f]{40,64}$/.test(tree)) return null;
  if (code === 1) return conflict === undefined || conflict === "" ? null : { conflict };
  const differences = nulFields(await work.run(["diff-tree", "-r", "-z", "--no-renames", mine, tree]));
  const lines: string[] = [];
  for (let place = 0; place + 1 < differences.length; place += 2) {
    const [, mode = "", , id = ""] = differences[place]?.replace(/^:/, "").split(" ") ?? [];
    lines.push(`${/^0+$/.test(mode) ? "0" : mode} ${id}\t${differences[place + 1] ?? ""}\0`);
  }
  if (lines.length === 0) return "nothing";
  await work.run(["update-index", "-z", "--index-info"], { input: lines.join("") });
  return "merged";
}

/** The merged files of an index, each with mode and id. */
async function filesOf(scratch: Scratch): Promise<Map<string, string>> {
  const entries = await indexEntries(scratch.run, "all");
  return new Map(entries.flatMap(({ mode, id, stage, path }) => (stage === 0 ? [[path, `${mode} ${id}`] as const] : [])));
}

/** The full ids of blobs that patches abbreviate; null when one is not in the repository. */
async function blobIds(scratch: Scratch, short: readonly string[]): Promise<string[] | null> {
  if (!short.every((id) => /^[0-9a-f]{4,64}$/.test(id))) return null;
  const infos = await objectInfos(scratch.run, short);
  const ids = infos.flatMap((info) => (info?.kind === "blob" ? info.id : []));
  return ids.length === short.length ? ids : null;
}

async function commitIndex(scratch: Scratch, parents: readonly string[]): Promise<string | null> {
  const tree = outputText(await scratch.run(["write-tree"]));
  if (tree === "") return null;
  const args = ["commit-tree", tree, "-m", "patch", ...parents.flatMap((parent) => ["-p", parent])];
  const made = await scratch.run(args, { config: commitSettings });
  return made.code === 0 ? outputText(made) : null;
}
