/** Which pending series change the lines that I change: the edits of both sides are compared on one text, without a merge, and edits that touch are one place, as in git. */
import type { Mail } from "../mail/mail";
import { type IndexedPatch, loadPatchTexts } from "../series/revisionTexts";
import { newestRevision, type Series } from "../series/series";
import type { MovedName, Touch } from "../series/touches";
import { composeChanges, type ComposedChange, type Edit } from "./fileChange";
import { type LineEdit, linesOf } from "./lineDiff";
import { followBase, type FollowedBase, placeChange } from "./placeChange";
import { TextLines } from "./textLines";

/** What I changed in a file. */
export interface MyFile {
  /** Its name before the change; the new one of a file that was added. */
  readonly path: string;
  /** Where it was renamed: what it is called now. */
  readonly newPath?: string;
  readonly binary: boolean;
  /** By line of the text it had before. */
  readonly edits: readonly LineEdit[];
}

/** What of a series changes a file. */
export interface TheirFile {
  /** By line of the text the file has where I began. */
  readonly edits: readonly Edit[];
  /** How many of its changes have no sure place there: they are not compared. */
  readonly unplaced: number;
}

/** A text in which the changes of several series are placed; null for a file that is not there yet. */
export function baseText(text: string | null): TextLines | null {
  return text === null ? null : textOfLines(linesOf(text));
}

/** The same of its lines. */
export function textOfLines(lines: readonly string[]): TextLines {
  const text = new TextLines(lines);
  text.index();
  return text;
}

/** Where in a text a line of the file is, as far as it is known before it is looked for. */
export type LineMapping = (line: number) => number;

/** For a text that is the file. */
export const identityLine: LineMapping = (line) => line;

/** The text a series was made on, followed into the one I began with, by the blob that its first patch names; null where it is unknown. */
export type FollowBlob = (blob: string) => FollowedBase | null;

/** Follows blobs into a text, each once however many series were made on it. */
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

/** Blobs that changes were made on, as they name them. */
export function blobsOf(changes: readonly ComposedChange[]): string[] {
  return changes.flatMap(({ oldBlob }) => oldBlob ?? []);
}

/**
 * Places what a series makes of a file in the text I began with.
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
 * Places composed changes in the text I began with.
 *
 * @param follow where it is absent, or knows nothing of a blob, the lines around a change say where it lies
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

/** Where there is no file yet, all that counts is whether the series adds it. */
function addedFile({ path, blocks, patches }: ComposedChange): TheirFile {
  if (path !== null) return { edits: [], unplaced: blocks.length };
  return {
    edits: blocks.length === 0 ? [] : [{ start: 0, removed: [], added: blocks.flatMap(({ after }) => after), patches }],
    unplaced: 0,
  };
}

function placedEdits(base: TextLines, change: ComposedChange, followed: FollowedBase | null): TheirFile {
  // A series that deletes the file takes all of it, whatever has changed in it since.
  if (change.newPath === null) return { edits: [{ start: 0, removed: base.lines, added: [], patches: change.patches }], unplaced: 0 };
  const edits: Edit[] = [];
  let unplaced = 0;
  for (const { edit, certainty, start, count } of placeChange(base, change, followed)) {
    // What the text has already changes nothing; where only the function is known, a line would be a guess.
    if (certainty === "gone" || certainty === "function") unplaced++;
    else if (certainty !== "already")
      edits.push({ start, removed: base.lines.slice(start, start + count), added: edit.added, patches: edit.patches });
  }
  return { edits, unplaced };
}

/** A series that changes lines of a file that I change. */
export interface Collision {
  readonly series: Series;
  /** Where the series calls the file otherwise. */
  readonly moved?: MovedName;
  readonly file: MyFile;
  readonly overlaps: readonly Overlap[];
}

/** Whether any of the places is one to be merged; else both make the same of all of them. */
export function isConflict({ overlaps }: Pick<Collision, "overlaps">): boolean {
  return overlaps.some(({ same }) => !same);
}

export interface CollisionSources {
  /** The pending series that touch a path, under whatever name they have for the file. */
  readonly touching: (path: string) => ReadonlyArray<Pick<Touch, "series" | "moved">>;
  readonly mails: (messageIds: readonly string[]) => Promise<ReadonlyMap<string, Mail>>;
  /** A file where I began; null where it was not there. */
  readonly base: (path: string) => Promise<string | null>;
  /** Texts of blobs by the ids that patches give, as far as they are known; asked once for each file. */
  readonly blobs?: (ids: readonly string[]) => Promise<ReadonlyMap<string, string>>;
  /** Called between two series, so that whoever asks stays responsive. */
  readonly breathe?: () => Promise<void>;
}

/** Finds all collisions of what I changed with pending series: by file, then in the order of the series. */
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

// Where two changes of the same text meet, as git would see it: what touches is one place, what comes out the same is no conflict.

/** A place that both change. */
export interface Overlap {
  /** Zero-based lines of the text both start from; `end` is behind the last one, and equal where both only add. */
  readonly start: number;
  readonly end: number;
  /** What I do there, and what they do. */
  readonly mine: readonly LineEdit[];
  readonly theirs: readonly Edit[];
  /** Indexes of their patches that do it, ascending. */
  readonly patches: readonly number[];
  /** Both make the same of it, so that nothing is left to be merged. */
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
    // What touches what is already here belongs to it, on either side in turn.
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

/** The lines of a place as they are in the text both start from, as I make them and as they make them. */
export interface OverlapSides {
  readonly base: readonly string[];
  readonly mine: readonly string[];
  readonly theirs: readonly string[];
}

export function sidesOf({ start, end, mine, theirs }: Pick<Overlap, "start" | "end" | "mine" | "theirs">): OverlapSides {
  const base = new Map<number, string>();
  // Every line of the place is removed by one of the two, so the text between need not be known.
  for (const edit of [...theirs, ...mine]) for (const [at, line] of edit.removed.entries()) base.set(edit.start + at, line);
  return {
    base: linesAfterEdits([], base, start, end),
    mine: linesAfterEdits(mine, base, start, end),
    theirs: linesAfterEdits(theirs, base, start, end),
  };
}

/** What becomes of some lines. */
function linesAfterEdits(edits: readonly LineEdit[], base: ReadonlyMap<number, string>, start: number, end: number): string[] {
  const lines: string[] = [];
  let at = start;
  const keep = (until: number): void => {
    for (; at < until; at++) lines.push(base.get(at) ?? "");
  };
  for (const edit of edits) {
    keep(edit.start);
    for (const line of edit.added) lines.push(line);
    at = edit.start + edit.removed.length;
  }
  keep(end);
  return lines;
}

function sameLines(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((line, at) => line === b[at]);
}
