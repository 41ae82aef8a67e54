/**
 * The claims of a series: the numbers and names that its patches add, as they are at its end. Each patch is read once and apart from
 * the others, so that the result can be kept by its Message-ID.
 */
import { readDiff } from "../diff/diff";
import type { TouchedFile } from "../diff/diffstat";
import { readPatchHunk } from "../diff/patchFiles";
import type { LineEdit } from "../lines/lineDiff";
import { newestRevision, type Patch, type Series } from "../series/series";
import { ownCopy } from "../text";
import { ClaimReader, type Definition, fileKind, holdsClaims, originalPath } from "./claimKinds";

/** The definitions that a patch adds and removes; definitions that it only moves or indents differently are neither. */
export interface PatchDefinitions {
  readonly added: readonly Definition[];
  readonly removed: readonly Definition[];
}

export interface Claim extends Definition {
  readonly series: Series;
  /** Zero-based place in the patches of its newest revision. */
  readonly at: number;
}

export interface SeriesClaims {
  readonly series: Series;
  readonly claims: readonly Claim[];
  /** The keys of the definitions that it removes: `definitionKey`. */
  readonly removed: ReadonlySet<string>;
}

/** How many claims of one patch are kept; no real one has a fraction of it. */
const mostDefinitions = 4000;

/** Equal for the same name in the same space. */
export function definitionKey({ space, name }: Pick<Definition, "space" | "name">): string {
  return `${space}\n${name}`;
}

/** Whether the diff of a patch has to be read to know what it claims. */
export function mayClaim({ files }: Pick<Patch, "files">): boolean {
  return files.some(({ path }) => holdsClaims(path));
}

/** Reads a patch: its text, from its message to the end of its diff. */
export function patchDefinitions(text: string): PatchDefinitions {
  const added = new Map<string, Definition>();
  const removed = new Map<string, Definition>();
  for (const diff of readDiff(text).files) {
    if (!holdsClaims(diff.path)) continue;
    const [before, after] = [new ClaimReader(diff.path), new ClaimReader(diff.path)];
    for (const read of diff.hunks) {
      before.skip();
      after.skip();
      let line = read.newStart;
      for (const { kind, text: row } of readPatchHunk(text, read).lines) {
        const gone = kind === "+" ? null : before.read(row, line, false);
        const found = kind === "-" ? null : after.read(row, line, kind === "+");
        if (kind === "-" && gone) keep(removed, gone);
        if (kind === "+" && found) keep(added, found);
        if (kind !== "-") line++;
      }
    }
  }
  return withoutMoved(added, removed);
}

/** The definitions that a person's edits of a file add. */
export function editedDefinitions(path: string, edits: readonly LineEdit[]): readonly Definition[] {
  const added = new Map<string, Definition>();
  const removed = new Map<string, Definition>();
  const [before, after] = [new ClaimReader(path), new ClaimReader(path)];
  let shift = 0;
  for (const { start, removed: gone, added: made } of edits) {
    before.skip();
    after.skip();
    for (const row of gone) {
      const one = before.read(row, 1, false);
      if (one) keep(removed, one);
    }
    for (const [at, row] of made.entries()) {
      const one = after.read(row, start + shift + at + 1, true);
      if (one) keep(added, one);
    }
    shift += made.length - gone.length;
  }
  return withoutMoved(added, removed).added;
}

function withoutMoved(added: ReadonlyMap<string, Definition>, removed: ReadonlyMap<string, Definition>): PatchDefinitions {
  const isMoved = (key: string): boolean => {
    const [now, before] = [added.get(key), removed.get(key)];
    return now !== undefined && before !== undefined && (now.number === before.number || before.value === "");
  };
  const left = (all: ReadonlyMap<string, Definition>): Definition[] => [...all].flatMap(([key, one]) => (isMoved(key) ? [] : [one]));
  return { added: left(added), removed: left(removed) };
}

/** Whether it stands in a copy of the header that the other one is in. */
function isCopy(one: Definition, known: Definition | undefined): boolean {
  return known !== undefined && one.path !== known.path && known.path === originalPath(known.path);
}

/** The same line in a header and in a copy of it counts once. */
function keep(all: Map<string, Definition>, one: Definition): void {
  const key = definitionKey(one);
  if (all.size >= mostDefinitions && !all.has(key)) return;
  if (isCopy(one, all.get(key))) return;
  const { space, name, value } = one;
  all.set(key, { ...one, space: ownCopy(space), name: ownCopy(name), value: ownCopy(value) });
}

/**
 * The claims of the newest revision of a series.
 *
 * @param definitionsOf the definitions read from a patch of it; null if its mail is gone, or if it was not read because it claims
 * nothing
 */
export function claimsOfSeries(series: Series, definitionsOf: (at: number) => PatchDefinitions | null): SeriesClaims {
  const claims = new Map<string, Claim>();
  const removed = new Set<string>();
  const add = (claim: Claim): void => {
    const key = definitionKey(claim);
    if (isCopy(claim, claims.get(key))) return;
    // A name that it removes and makes again is not new.
    if (claim.value !== "" || !removed.delete(key)) claims.set(key, claim);
  };
  const remove = (key: string): void => {
    if (!claims.delete(key)) removed.add(key);
  };
  for (const [at, patch] of newestRevision(series).patches.entries()) {
    for (const file of patch.files) {
      if (file.oldPath !== undefined && file.copied !== true) remove(definitionKey(fileDefinition(file.oldPath)));
      if (isDeleted(file)) remove(definitionKey(fileDefinition(file.path)));
      else if (isNew(file)) add({ ...fileDefinition(file.path), series, at });
    }
    const own = definitionsOf(at);
    for (const one of own?.removed ?? []) remove(definitionKey(one));
    for (const one of own?.added ?? []) add({ ...one, series, at });
  }
  return { series, claims: [...claims.values()], removed };
}

/** A new file, as a definition of its path. */
export function fileDefinition(path: string): Definition {
  return { kind: fileKind, space: fileKind, name: path, value: "", number: null, variant: "", path, line: 1 };
}

/** The facts of a mail do not say that a file is new, but the only hunk of a new file begins at nothing. */
function isNew({ oldPath, hunks = [] }: TouchedFile): boolean {
  return oldPath !== undefined || (hunks.length === 1 && hunks[0]?.[0] === 0 && hunks[0][1] === 0);
}

function isDeleted({ hunks = [] }: TouchedFile): boolean {
  return hunks.length === 1 && hunks[0]?.[2] === 0 && hunks[0][3] === 0;
}
