/** Tries one series on an index that is only for this: first all of it in one go, and where that fails patch by patch as `git am -3`. */
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import type { ReadyPatch } from "../core/readyPatches";
import { runGit, type GitOptions } from "./git";
import { tryPatches, type FailedReason, type Tried } from "./gitApply";
import { mergeRenamed } from "./mergeRenamed";
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

/** Patches that were taken together are looked for from so many at once; a longer series was seldom taken in part. */
const longestTaken = 12;

/** Tries patches, one upon the other. The index of the scratch stays as it is. */
export async function trySeries(bench: Bench, patches: readonly ReadyPatch[]): Promise<Outcome> {
  const { top, scratch, options } = bench;
  const apply = (args: readonly string[], input: string) => scratch.run(args, { input, ...signalOf(options) });
  const whole = await tryPatches(apply, ["--check"], patches);
  if (whole.ok) return { offset: whole.offset, threeWay: false, alreadyIn: [], failure: null };
  if (whole.reason === "absent") return failed(whole, 0);
  if ((await tryPatches(apply, ["--check", "-R"], patches)).ok)
    return { offset: 0, threeWay: false, alreadyIn: patches.map((_, place) => place), failure: null };
  const index = join(scratch.folder, "work");
  await copyFile(scratch.places.index, index);
  const places = { ...scratch.places, index };
  const run = (args: readonly string[], input?: string) =>
    runGit(top, args, { ...options, ...(input === undefined ? {} : { input }), scratch: places, config: mergeSettings });
  return new Trial({ ...bench, run, index }, patches).go(whole);
}

/** Whether patches apply without any merge. */
export async function appliesAsIs({ scratch, options }: Bench, patches: readonly ReadyPatch[]): Promise<boolean> {
  const apply = (args: readonly string[], input: string) => scratch.run(args, { input, ...signalOf(options) });
  return (await tryPatches(apply, ["--check"], patches)).ok;
}

/** No merge may run a program, or write down how conflicts are resolved. */
const mergeSettings = ["rerere.enabled=false", "merge.default=text"];

function signalOf({ signal }: GitOptions): { signal?: AbortSignal } {
  return signal ? { signal } : {};
}

function failed({ failed, file, reason, lacksBlob }: Tried, otherwise: number): Outcome {
  return { offset: 0, threeWay: false, alreadyIn: [], failure: { place: failed ?? otherwise, file, reason, lacksBlob } };
}

interface TrialParts extends Bench {
  readonly run: (args: readonly string[], input?: string) => ReturnType<typeof runGit>;
  /** The file of the index that is written to. */
  readonly index: string;
}

/** A series on its way into an index. */
class Trial {
  #offset = 0;
  #threeWay = false;
  readonly #alreadyIn: number[] = [];
  /** Whether several patches at once were looked for in the tree already. */
  #soughtTaken = false;
  readonly #apply;

  constructor(
    private readonly parts: TrialParts,
    private readonly patches: readonly ReadyPatch[],
  ) {
    this.#apply = (args: readonly string[], input: string) => parts.run(args, input);
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
      const next = await this.#step(at, at === stop && tried.failed !== null);
      if (typeof next !== "number") return this.#outcome(next);
      at = next;
      if (at < this.patches.length) tried = await tryPatches(this.#apply, ["--check"], this.patches.slice(at));
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
   * @param failsAsIs whether it is known that it needs a merge
   */
  async #step(at: number, failsAsIs: boolean): Promise<number | Failure> {
    const patch = this.patches[at];
    if (!patch) return at + 1;
    if (!failsAsIs && (await this.#put(at, at + 1)) === 1) return at + 1;
    const before = await this.#entries();
    const merged = await tryPatches(this.#apply, ["--3way"], [patch]);
    const after = await this.#entries();
    const conflict = after.conflicts[0];
    if (merged.ok && conflict === undefined) {
      if (after.text === before.text) this.#alreadyIn.push(at);
      else this.#threeWay = true;
      return at + 1;
    }
    if (conflict !== undefined) await this.#reset(before.text);
    const taken = await this.#taken(at);
    if (taken > 0) return at + taken;
    const renamed = conflict === undefined ? await mergeRenamed(this.parts, patch) : { conflict };
    if (renamed === "nothing") this.#alreadyIn.push(at);
    else if (renamed === "merged") this.#threeWay = true;
    else if (renamed) return { place: at, file: renamed.conflict, reason: null, lacksBlob: false };
    if (renamed) return at + 1;
    return { place: at, file: merged.file ?? patch.files[0]?.path ?? null, reason: merged.reason, lacksBlob: merged.lacksBlob };
  }

  /** How many patches from one on are in the tree already; they are counted among those that are. */
  async #taken(at: number): Promise<number> {
    const most = this.#soughtTaken ? 1 : Math.min(longestTaken, this.patches.length - at);
    this.#soughtTaken = true;
    for (let count = most; count > 0; count--) {
      const { ok } = await tryPatches(this.#apply, ["--check", "-R"], this.patches.slice(at, at + count));
      if (!ok) continue;
      for (let place = at; place < at + count; place++) this.#alreadyIn.push(place);
      return count;
    }
    return 0;
  }

  async #entries(): Promise<{ text: string; conflicts: string[] }> {
    const { stdout } = await this.parts.run(["ls-files", "--stage", "-z"]);
    const text = stdout.toString("utf8");
    const conflicts = [...text.matchAll(/(?:^|\0)\d{6} [0-9a-f]+ [123]\t([^\0]*)/g)].map(([, path = ""]) => path);
    return { text, conflicts };
  }

  /** Makes the index what it was before a merge that failed. */
  async #reset(listing: string): Promise<void> {
    await this.parts.run(["read-tree", "--empty"]);
    await this.parts.run(["update-index", "-z", "--index-info"], listing);
  }
}
