/** The answer to whether a series applies to a tree: plain data that is cached, shown and printed. */

const applyStates = [
  "applies",
  "applies-3way",
  "conflicts",
  "already-in",
  "base-unknown",
  "not-in-this-tree",
  "incomplete",
  "unknown",
] as const;

/**
 * - `applies`: as `git am` would take it, perhaps with offsets.
 * - `applies-3way`: as `git am -3` would take it, by a merge that leaves nothing to decide.
 * - `conflicts`: a merge leaves something to decide.
 * - `already-in`: all of it is in the tree.
 * - `base-unknown`: it does not apply as it is, and the repository lacks the files it was made on, so no merge can be tried.
 * - `not-in-this-tree`: none of the files it changes is in the tree.
 * - `incomplete`: patches are missing or damaged.
 * - `unknown`: it cannot be checked; `why` says the reason.
 */
export type ApplyState = (typeof applyStates)[number];

export interface ApplyAnswer {
  readonly state: ApplyState;
  /** The number of the first patch that does not apply; null where all do. */
  readonly patch: number | null;
  /** The file to which it does not apply, as the patch names it. */
  readonly file: string | null;
  /** How many lines a hunk was moved at most. */
  readonly offset: number;
  /** The numbers of the patches that are in the tree already. */
  readonly alreadyIn: readonly number[];
  /** The numbers of the patches that are missing or have no diff. */
  readonly missing: readonly number[];
  /** The numbers of the patches whose diff was damaged by mail programs. */
  readonly mangled: readonly number[];
  /** The series that were applied first, since it says it needs them and does not apply without them. */
  readonly onTopOf: ReadonlyArray<{ readonly id: string; readonly title: string }>;
  /** The commit that it says it was made for, where the repository has it and it was tried there too. */
  readonly base: { readonly commit: string; readonly applies: boolean } | null;
  /** A sentence that explains the state. */
  readonly why: string | null;
  /** The files that have other names in the tree, and the state under those names; absent where there are none. */
  readonly moved?: MovedAnswer;
}

export interface MovedAnswer {
  readonly files: ReadonlyArray<{ readonly from: string; readonly to: string }>;
  readonly state: ApplyState;
}

/** An answer that has only a state. */
export function plainAnswer(state: ApplyState, more: Partial<ApplyAnswer> = {}): ApplyAnswer {
  return {
    state,
    patch: null,
    file: null,
    offset: 0,
    alreadyIn: [],
    missing: [],
    mangled: [],
    onTopOf: [],
    base: null,
    why: null,
    ...more,
  };
}

/** Reads a cached answer; null where it is not one. */
export function parseApplyAnswer(value: unknown): ApplyAnswer | null {
  if (!isRecord(value)) return null;
  const { patch, file, offset, alreadyIn, missing, mangled, onTopOf, base, why } = value;
  const state = applyStates.find((known) => known === value["state"]);
  if (state === undefined || !isNumberOrNull(patch) || !isTextOrNull(file) || !isTextOrNull(why) || !isNumber(offset)) return null;
  if (!areNumbers(alreadyIn) || !areNumbers(missing) || !areNumbers(mangled) || !Array.isArray(onTopOf)) return null;
  const below = onTopOf.flatMap((one: unknown) =>
    isRecord(one) && typeof one["id"] === "string" && typeof one["title"] === "string" ? [{ id: one["id"], title: one["title"] }] : [],
  );
  const madeFor =
    isRecord(base) && typeof base["commit"] === "string" && typeof base["applies"] === "boolean"
      ? { commit: base["commit"], applies: base["applies"] }
      : null;
  const moved = parseMoved(value["moved"]);
  return { state, patch, file, offset, alreadyIn, missing, mangled, onTopOf: below, base: madeFor, why, ...(moved ? { moved } : {}) };
}

function parseMoved(value: unknown): MovedAnswer | null {
  if (!isRecord(value) || !Array.isArray(value["files"])) return null;
  const state = applyStates.find((known) => known === value["state"]);
  const files = value["files"].flatMap((one: unknown) =>
    isRecord(one) && typeof one["from"] === "string" && typeof one["to"] === "string" ? [{ from: one["from"], to: one["to"] }] : [],
  );
  return state === undefined || files.length === 0 ? null : { files, state };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value);
}

function isNumberOrNull(value: unknown): value is number | null {
  return value === null || isNumber(value);
}

function isTextOrNull(value: unknown): value is string | null {
  return value === null || typeof value === "string";
}

function areNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every(isNumber);
}
