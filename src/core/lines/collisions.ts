/** Pending series that change the lines that I change. The edits of both are compared on one text without a merge; as in git, edits that touch are one place. */
import type { Mail } from "../mail/mail";
import { type IndexedPatch, loadPatchTexts } from "../series/revisionTexts";
import { newestRevision, type Series } from "../series/series";
import type { MovedName, Touch } from "../series/touches";
import { composeChanges, type ComposedChange, type Edit } from "./fileChange";
import { type LineEdit, linesOf, withEdits } from "./lineDiff";
import { followBase, type FollowedBase, placeChange } from "./placeChange";
import { TextLines } from "./textLines";

/** What I changed in a file. */
export interface MyFile {
  /** Its name before the change; the new one of a file that was added. */
  readonly path: string;
  /** Its present name, where it was renamed. */
  readonly newPath?: string;
  readonly binary: boolean;
  /** Sorted by line, of the text before the change. */
  readonly edits: readonly LineEdit[];
}

/** The changes of a series to a file. */
export interface TheirFile {
  /** Sorted by line, of the text that I began with. */
  readonly edits: readonly Edit[];
  /** How many of its changes have no sure place there and are not compared. */
  readonly unplaced: number;
}

/** Prepares a text to place the changes of several series in; null for a file that does not exist yet. */
export function baseText(text: string | null): TextLines | null {
  return text === null ? null : textOfLines(linesOf(text));
}

/** The same of its lines. */
export function textOfLines(lines: readonly string[]): TextLines {
  const text = new TextLines(lines);
  text.index();
  return text;
}

/** The line of a text at which a line of the file is expected. */
export type LineMapping = (line: number) => number;

/** For a text that is the file. */
export const identityLine: LineMapping = (line) => line;

/** Follows the blob that the first patch of a series names into the text that I began with; null where the blob is unknown. */
type FollowBlob = (blob: string) => FollowedBase | null;

/** Follows blobs into a text, each once, however many series were made on it. */
export function blobFollower(base: TextLines, texts: ReadonlyMap<string, string>): FollowBlob {
  const followed = new Map<string, FollowedBase>();
  return (blob) => {
    const text = texts.get(blob);
    const known = followed.get(blob);
    if (known || text === undefined) return known ?? null;
    const made = followBase(linesOf(text), base);
    followed.set(blob, made);
    return made;
  };
}

/** The blobs that changes were made on, as the patches name them. */
export function blobsOf(changes: readonly ComposedChange[]): string[] {
  return changes.flatMap(({ oldBlob }) => oldBlob ?? []);
}

/**
 * Places the changes of a series to a file in the text that I began with.
 *
 * @param patches those of the series that change the file, in order
 */
export function theirFile(
  base: TextLines | null,
  patches: readonly IndexedPatch[],
  path: string,
  lineOf: LineMapping = identityLine,
): TheirFile {
  const changes = composeChanges(patches, path);
  return placedFile(base, lineOf === identityLine ? changes : changes.map((change) => mappedChange(change, lineOf)));
}

/**
 * Places composed changes in the text that I began with.
 *
 * @param follow where it is absent or does not know a blob, the lines around a change tell its place
 */
export function placedFile(base: TextLines | null, changes: readonly ComposedChange[], follow?: FollowBlob): TheirFile {
  const parts = changes.map((change) => {
    if (base === null) return addedFile(change);
    return placedEdits(base, change, change.oldBlob === null ? null : (follow?.(change.oldBlob) ?? null));
  });
  return {
    edits: parts.flatMap(({ edits }) => edits).sort((a, b) => a.start - b.start),
    unplaced: parts.reduce((sum, { unplaced }) => sum + unplaced, 0),
  };
}

function mappedChange(change: ComposedChange, lineOf: LineMapping): ComposedChange {
  const blocks = change.blocks.map((block) => {
    const start = lineOf(block.start);
    const edits = block.edits.map((edit) => ({ ...edit, start: edit.start + start - block.start }));
    return { ...block, start, edits };
  });
  return { ...change, blocks };
}

/** Without a file, all that matters is whether the series adds it. */
function addedFile({ path, blocks, patches }: ComposedChange): TheirFile {
  if (path !== null) return { edits: [], unplaced: blocks.length };
  return {
    edits: blocks.length === 0 ? [] : [{ start: 0, removed: [], added: blocks.flatMap(({ after }) => after), patches }],
    unplaced: 0,
  };
}

function placedEdits(base: TextLines, change: ComposedChange, followed: FollowedBase | null): TheirFile {
  // A series that deletes the file removes all lines, also those that have changed since.
  if (change.newPath === null) return { edits: [{ start: 0, removed: base.lines, added: [], patches: change.patches }], unplaced: 0 };
  const edits: Edit[] = [];
  let unplaced = 0;
  for (const { edit, certainty, start, count } of placeChange(base, change, followed)) {
    // A change that is in already changes nothing, and a place in the function alone would be a guess.
    if (certainty === "gone" || certainty === "function") unplaced++;
    else if (certainty !== "already")
      edits.push({ start, removed: base.lines.slice(start, start + count), added: edit.added, patches: edit.patches });
  }
  return { edits, unplaced };
}

/** A series that changes lines of a file that I change. */
export interface Collision {
  readonly series: Series;
  /** Where the series has another name for the file. */
  readonly moved?: MovedName;
  readonly file: MyFile;
  readonly overlaps: readonly Overlap[];
}

/** Whether any place has to be merged by hand; else both sides make the same of all places. */
export function isConflict({ overlaps }: Pick<Collision, "overlaps">): boolean {
  return overlaps.some(({ same }) => !same);
}

export interface CollisionSources {
  /** The pending series that touch a path, under any name they have for the file. */
  readonly touching: (path: string) => ReadonlyArray<Pick<Touch, "series" | "moved">>;
  readonly mails: (messageIds: readonly string[]) => Promise<ReadonlyMap<string, Mail>>;
  /** A file as I began with it; null where it did not exist. */
  readonly base: (path: string) => Promise<string | null>;
  /** The texts of blobs that are known, by the ids that patches have; called once for each file. */
  readonly blobs?: (ids: readonly string[]) => Promise<ReadonlyMap<string, string>>;
  /** Called between two series, so that the caller stays responsive. */
  readonly breathe?: () => Promise<void>;
}

/** Finds all collisions of my changes with pending series, by file, then in the order of the series. */
export async function findCollisions(files: readonly MyFile[], sources: CollisionSources): Promise<Collision[]> {
  const found: Collision[] = [];
  for (const file of files) {
    const touching = file.edits.length === 0 ? [] : sources.touching(file.path);
    if (touching.length === 0) continue;
    const composed: Array<readonly [Pick<Touch, "series" | "moved">, readonly ComposedChange[]]> = [];
    for (const { series, moved } of touching) {
      const name = moved?.name ?? file.path;
      const patches = await loadPatchTexts(newestRevision(series), name, sources.mails);
      composed.push([{ series, ...(moved ? { moved } : {}) }, composeChanges(patches, name)]);
      await sources.breathe?.();
    }
    const base = baseText(await sources.base(file.path));
    const ids = [...new Set(composed.flatMap(([, changes]) => blobsOf(changes)))];
    const texts = base && ids.length > 0 ? await sources.blobs?.(ids) : undefined;
    const follow = base && texts && blobFollower(base, texts);
    for (const [touch, changes] of composed) {
      const overlaps = overlapsOf(file.edits, placedFile(base, changes, follow ?? undefined).edits);
      if (overlaps.length > 0) found.push({ ...touch, file, overlaps });
      await sources.breathe?.();
    }
  }
  return found;
}

// Where two changes of one text meet, as git sees it: edits that touch are one place, and equal results are no conflict.

/** A place that both sides change. */
export interface Overlap {
  /** Zero-based lines of the text that both began with; `end` is behind the last one, and equals `start` where both only add lines. */
  readonly start: number;
  readonly end: number;
  /** My edits there, and theirs. */
  readonly mine: readonly LineEdit[];
  readonly theirs: readonly Edit[];
  /** The indexes of their patches that do it, ascending. */
  readonly patches: readonly number[];
  /** Both make the same of it, so nothing is left to merge. */
  readonly same: boolean;
}

/**
 * Finds the places that both change. As for git, edits with no untouched line between them are one place.
 *
 * @param mine by line, none touching another
 * @param theirs by line
 */
export function overlapsOf(mine: readonly LineEdit[], theirs: readonly Edit[]): Overlap[] {
  const found: Overlap[] = [];
  let next = 0;
  for (let at = 0; at < mine.length;) {
    const first = mine[at];
    if (!first) break;
    while (next < theirs.length && endOfEdit(theirs[next]) < first.start) next++;
    const meeting = theirs[next];
    if (!meeting || meeting.start > endOfEdit(first)) {
      at++;
      continue;
    }
    // Edits that touch the place extend it, on either side in turn.
    const place = { start: Math.min(first.start, meeting.start), end: Math.max(endOfEdit(first), endOfEdit(meeting)) };
    const [myStart, theirStart] = [at, next];
    at++;
    next++;
    for (let grown = true; grown;) {
      grown = false;
      for (let edit = mine[at]; edit && edit.start <= place.end; edit = mine[++at]) grown = growPlace(place, edit);
      for (let edit = theirs[next]; edit && edit.start <= place.end; edit = theirs[++next]) grown = growPlace(place, edit);
    }
    found.push(overlapOf(place, mine.slice(myStart, at), theirs.slice(theirStart, next)));
  }
  return found;
}

function growPlace(place: { end: number }, edit: LineEdit): true {
  place.end = Math.max(place.end, endOfEdit(edit));
  return true;
}

function endOfEdit(edit: LineEdit | undefined): number {
  return edit ? edit.start + edit.removed.length : Infinity;
}

function overlapOf({ start, end }: { start: number; end: number }, mine: readonly LineEdit[], theirs: readonly Edit[]): Overlap {
  const patches = [...new Set(theirs.flatMap((edit) => edit.patches))].sort((a, b) => a - b);
  const sides = sidesOf({ start, end, mine, theirs });
  return { start, end, mine, theirs, patches, same: sameLines(sides.mine, sides.theirs) };
}

/** The lines of a place: in the text that both began with, as I make them, and as they make them. */
interface OverlapSides {
  readonly base: readonly string[];
  readonly mine: readonly string[];
  readonly theirs: readonly string[];
}

/** The lines of a place on all three sides. */
export function sidesOf({ start, end, mine, theirs }: Pick<Overlap, "start" | "end" | "mine" | "theirs">): OverlapSides {
  const base = new Map<number, string>();
  // One of the two removes each line of the place, so the edits tell all of them.
  for (const edit of [...theirs, ...mine]) for (const [at, line] of edit.removed.entries()) base.set(edit.start + at, line);
  const lines = Array.from({ length: end - start }, (_, at) => base.get(start + at) ?? "");
  return { base: lines, mine: withEdits(lines, mine, start), theirs: withEdits(lines, theirs, start) };
}

function sameLines(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((line, at) => line === b[at]);
}
