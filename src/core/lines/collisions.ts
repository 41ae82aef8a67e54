/** Which pending series change the lines that I change: by the edits of both on one text, which takes no merge. */
import { followBase, placeChange, type FollowedBase } from "./anchor";
import { composeChanges, type Edit, type FileChange, type LineEdit, type PatchText } from "./fileChange";
import type { Mail } from "../mail/mail";
import { overlapsOf, type Overlap } from "./overlap";
import { loadPatchTexts } from "./seriesChange";
import type { MovedName } from "../paths/moves";
import type { Touch } from "../paths/touches";
import { newestRevision, type Series } from "../series/series";
import { linesOf, TextLines } from "./textLines";

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
export type LineOf = (line: number) => number;

/** For a text that is the file. */
export const sameLine: LineOf = (line) => line;

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
export function blobsOf(changes: readonly FileChange[]): string[] {
  return changes.flatMap(({ oldBlob }) => oldBlob ?? []);
}

/**
 * Places what a series makes of a file in the text I began with.
 *
 * @param patches those of the series that change the file, in order
 */
export function theirFile(base: TextLines | null, patches: readonly PatchText[], path: string, lineOf: LineOf = sameLine): TheirFile {
  const changes = composeChanges(patches, path);
  return placedFile(base, lineOf === sameLine ? changes : changes.map((change) => movedBlocks(change, lineOf)));
}

/**
 * Places composed changes in the text I began with.
 *
 * @param follow where it is absent, or knows nothing of a blob, the lines around a change say where it lies
 */
export function placedFile(base: TextLines | null, changes: readonly FileChange[], follow?: FollowBlob): TheirFile {
  const parts = changes.map((change) => {
    if (base === null) return addedFile(change);
    return placedEdits(base, change, change.oldBlob === null ? null : (follow?.(change.oldBlob) ?? null));
  });
  return {
    edits: parts.flatMap(({ edits }) => edits).sort((a, b) => a.start - b.start),
    unplaced: parts.reduce((sum, { unplaced }) => sum + unplaced, 0),
  };
}

function movedBlocks(change: FileChange, lineOf: LineOf): FileChange {
  const blocks = change.blocks.map((block) => {
    const start = lineOf(block.start);
    const edits = block.edits.map((edit) => ({ ...edit, start: edit.start + start - block.start }));
    return { ...block, start, edits };
  });
  return { ...change, blocks };
}

/** Where there is no file yet, all that counts is whether the series adds it. */
function addedFile({ path, blocks, patches }: FileChange): TheirFile {
  if (path !== null) return { edits: [], unplaced: blocks.length };
  return {
    edits: blocks.length === 0 ? [] : [{ start: 0, removed: [], added: blocks.flatMap(({ after }) => after), patches }],
    unplaced: 0,
  };
}

function placedEdits(base: TextLines, change: FileChange, followed: FollowedBase | null): TheirFile {
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
    const composed: Array<readonly [Pick<Touch, "series" | "moved">, readonly FileChange[]]> = [];
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
