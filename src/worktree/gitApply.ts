/** Runs `git apply` on patches and reads what it says: how far hunks were moved, and which patch does not go in where. */
import { bytesOfRaw } from "../core/rawText";
import type { ReadyPatch } from "../core/series/readyPatches";
import type { GitResult } from "./git";

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
  for (const line of withoutQuotes(stderr.split("\n"))) {
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
  return { ok, offset, failed: first?.place ?? null, file: first?.path ?? null, reason: reasonOf(errors), allFailed };
}

/** Leaves out the lines of a patch that git prints when it does not find them, since they may look like anything. */
function* withoutQuotes(lines: readonly string[]): Generator<string> {
  let quotes = false;
  for (const line of lines) {
    if (line === "error: while searching for:") quotes = true;
    else if (quotes && /^error: patch failed: .*:\d+$/.test(line)) quotes = false;
    if (!quotes) yield line;
  }
}

function reasonOf(all: readonly Said[]): FailedReason {
  // Others that fail may do so for other reasons.
  const errors = all.filter(({ file }) => file === all[0]?.file);
  if (errors.some(({ line }) => absentObject.test(line))) return "absent";
  if (errors.some(({ line }) => /cannot (?:reverse-)?apply binary patch/.test(line))) return "binary";
  const isDamaged = errors.some(({ line }) => damagedPatch.test(line));
  return isDamaged ? "damaged" : "text";
}
