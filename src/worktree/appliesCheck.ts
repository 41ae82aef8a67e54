/** Tries one series on an index that is only for this: first all of it in one go, and where that fails patch by patch as `git am -3`. */
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import type { ReadyPatch } from "../core/series/readyPatches";
import { runGit, type GitOptions } from "./git";
import { tryPatches, type FailedReason, type Tried } from "./gitApply";
import { mergeRenamed, type Merged } from "./mergeRenamed";
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
export interface Outcome {
  readonly offset: number;
  /** Whether some patch was merged. */
  readonly threeWay: boolean;
  /** Places of patches that are in already. */
  readonly alreadyIn: readonly number[];
  /** What did not go in; null where all did. */
  readonly failure: Failure | null;
}

export interface Failure {
  readonly place: number;
  readonly file: string | null;
  /** Null where a merge was made and leaves something to decide. */
  readonly reason: FailedReason | null;
  /** A merge could not be tried. */
  readonly lacksBlob: boolean;
}

/** Tries patches, one upon the other. The index of the scratch stays as it is. */
export async function trySeries(bench: Bench, patches: readonly ReadyPatch[]): Promise<Outcome> {
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

function failed({ failed: place, file, reason }: Tried): Outcome {
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

  async go(first: Tried): Promise<Outcome> {
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

  #outcome(failure: Failure | null): Outcome {
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
  async #step(at: number, failing: Tried | null): Promise<number | Failure> {
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
  async #merge(patch: ReadyPatch, at: number): Promise<number | Failure | null> {
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
