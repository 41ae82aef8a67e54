/** The texts of a revision, read from its mails: the cover letter and messages for the page, the patches to one file, and the exact patches for git. */
import { type FileDiff, readDiff } from "../diff/diff";
import { namesOfTouched } from "../diff/diffstat";
import { renamedPatch } from "../diff/patchFiles";
import { rawOf } from "../mail/charset";
import type { Mail } from "../mail/mail";
import { readPatchBody, readPatchMessage } from "../mail/mailinfo";
import { editorPatchTexts, exactPatchTexts, patchTexts } from "../mail/patchMail";
import { movedIn, type MovedNames } from "./movedFiles";
import type { Patch, Revision } from "./series";

/** The texts of a revision; each is null where its mail is gone. */
export interface RevisionTexts {
  readonly cover: string | null;
  /** The message of each patch with, below `---`, the notes for the list. */
  readonly messages: ReadonlyArray<string | null>;
}

/** Characters of a cover letter. No real one is longer; the rest is left off the page. */
const textLimit = 400_000;

/** The Message-IDs of the cover letter and the patches of a revision; [] for one from a digest, which has no mails. */
export function mailIdsOf(revision: Revision): string[] {
  if (!revision.posted) return [];
  const ids = [revision.cover?.messageId ?? null, ...revision.patches.map(({ messageId }) => messageId)];
  return [...new Set(ids.filter((id) => id !== null))];
}

/** Reads the texts of a revision from its mails. */
export function textsOfRevision(revision: Revision, mails: ReadonlyMap<string, Mail>): RevisionTexts {
  const cover = mails.get(revision.cover?.messageId ?? "");
  const texts = textsOfPatches(revision, mails);
  return {
    cover: cover ? letterText(cover.body) : (revision.cover?.body ?? null),
    messages: revision.patches.map(({ message }, at) => {
      const text = texts[at];
      return text == null ? message : messageText(text);
    }),
  };
}

/** The text of one patch of a revision, from its message to the end of its diff; null where its mail is gone. */
export function textOfPatch(revision: Revision, patch: number, mails: ReadonlyMap<string, Mail>): string | null {
  return textsOfPatches(revision, mails)[patch] ?? null;
}

/** The number of a patch among those in its mail, since several may be attached to one. */
export function placeInMail(revision: Revision, patch: number): number {
  return placesInMails(revision)[patch] ?? 0;
}

/** The same for all patches, in their order. */
export function placesInMails({ patches }: Revision): number[] {
  const counts = new Map<string | null, number>();
  return patches.map(({ messageId }) => {
    const place = counts.get(messageId) ?? 0;
    counts.set(messageId, place + 1);
    return place;
  });
}

/**
 * The texts of all patches of a revision, in their order; null where a mail is gone.
 *
 * @param textsOfMail `exactPatchTexts` for texts that git takes
 */
export function textsOfPatches(revision: Revision, mails: ReadonlyMap<string, Mail>, textsOfMail = patchTexts): Array<string | null> {
  const texts = new Map<string, string[]>();
  const places = placesInMails(revision);
  return revision.patches.map(({ messageId }: Patch, at) => {
    const mail = messageId === null ? undefined : mails.get(messageId);
    if (messageId === null || !mail) return null;
    const own = texts.get(messageId) ?? textsOfMail(mail);
    texts.set(messageId, own);
    return own[places[at] ?? 0] ?? null;
  });
}

/** A cover letter without the headers that open its body and without a diff below it. */
export function letterText(body: string): string {
  const { messageStart, files } = readPatchBody(body);
  return body.slice(messageStart, files[0]?.start ?? body.length).slice(0, textLimit);
}

function messageText(text: string): string {
  const { message, notes } = readPatchBody(text);
  return (notes === "" ? message : `${message}\n---\n${notes}`).slice(0, textLimit);
}

/** A revision with the texts of its mails filled in, like one from a digest. */
export function withMailTexts(revision: Revision, mails: ReadonlyMap<string, Mail>): Revision {
  const { cover, messages } = textsOfRevision(revision, mails);
  return {
    ...revision,
    cover: revision.cover && { ...revision.cover, body: cover },
    patches: revision.patches.map((patch, at) => ({ ...patch, message: messages[at] ?? null })),
  };
}

// The patches of a revision that touch one file.

/** The numbers in `revision.patches` of the patches that touch a path, by any name that its file has in the series. */
export function patchesTouching(revision: Revision, path: string): number[] {
  const names = new Set([path]);
  // A moved file is changed under its other name too, before or after the patch that moves it.
  for (let known = 0; known < names.size;) {
    known = names.size;
    for (const { files } of revision.patches) {
      for (const { path: name, oldPath, copied } of files) {
        // A copy begins with the changes of its source, but not the other way round.
        if (oldPath !== undefined && (names.has(name) || (!copied && names.has(oldPath)))) names.add(name).add(oldPath);
      }
    }
  }
  const touches = ({ files }: Patch): boolean => files.some((file) => namesOfTouched(file).some((name) => names.has(name)));
  return [...revision.patches.keys()].filter((at) => revision.patches[at] && touches(revision.patches[at]));
}

/**
 * The Message-IDs of the patches of a revision that change a path; [] for one from a digest, which has no mails.
 *
 * @param path null for all patches
 */
export function mailIdsOfPath(revision: Revision, path: string | null): string[] {
  const ids = patchPlacesOfPath(revision, path).flatMap((at) => revision.patches[at]?.messageId ?? []);
  return [...new Set(ids)];
}

/**
 * The texts of those patches, in order, without those whose mail is gone.
 *
 * @param textsOfMail `exactPatchTexts` for texts that git takes; by default the lines are those that an editor shows
 */
export function patchTextsOfPath(
  revision: Revision,
  path: string | null,
  mails: ReadonlyMap<string, Mail>,
  textsOfMail = (mail: Mail): string[] => editorPatchTexts(mail),
): IndexedPatch[] {
  const texts = textsOfPatches(revision, mails, textsOfMail);
  const found: IndexedPatch[] = [];
  let [last, isLost] = [0, false];
  for (const at of patchPlacesOfPath(revision, path)) {
    const text = texts[at] ?? null;
    if (text === null) {
      isLost = true;
      continue;
    }
    const afterGap = isLost || (found.length > 0 && !isGapless(revision, last, at));
    found.push({ index: numberOf(revision, at), text, ...(afterGap ? { afterGap } : {}) });
    [last, isLost] = [at, false];
  }
  return found;
}

function numberOf({ patches }: Revision, at: number): number {
  return patches[at]?.index ?? at + 1;
}

/** Whether all changes between two patches are known: no mail is missing, and both are of the same revision. */
function isGapless(revision: Revision, from: number, to: number): boolean {
  const { patches, missing } = revision;
  const [first, last] = [numberOf(revision, from), numberOf(revision, to)];
  if (missing.some((index) => first < index && index < last)) return false;
  return patches.slice(from, to).every(({ messageId, carriedFrom }) => messageId !== null && carriedFrom === patches[to]?.carriedFrom);
}

/** The same with the requested mails. */
export async function loadPatchTexts(
  revision: Revision,
  path: string | null,
  mails: (messageIds: readonly string[]) => Promise<ReadonlyMap<string, Mail>>,
  textsOfMail?: (mail: Mail) => string[],
): Promise<IndexedPatch[]> {
  const ids = mailIdsOfPath(revision, path);
  return ids.length === 0 ? [] : patchTextsOfPath(revision, path, await mails(ids), textsOfMail);
}

function patchPlacesOfPath(revision: Revision, path: string | null): number[] {
  return path === null ? [...revision.patches.keys()] : patchesTouching(revision, path);
}

/** The patches of a revision as their author would have made them in a tree that has other names for the files. */
export function renamedPatches<T extends { readonly text: string }>(
  patches: readonly T[],
  revision: Revision,
  moved: MovedNames,
): readonly T[] {
  const names = new Map(movedIn(revision, moved).map(({ name, path }) => [name, path]));
  if (names.size === 0) return patches;
  return patches.map((patch) => ({ ...patch, text: renamedPatch(patch.text, (path) => names.get(path) ?? null) }));
}

// The patches of a revision for git: the change in each mail, and which patches are missing.

export interface ReadyPatch {
  /** Its number in the posting, from 1. */
  readonly number: number;
  /** The exact text that `git am` hands to `git apply`: from below the message to the end of the mail; see charset.ts. */
  readonly raw: string;
  readonly files: readonly FileDiff[];
}

export interface ReadyPatches {
  readonly patches: readonly ReadyPatch[];
  /** The numbers of patches that are missing, whose mail is gone, or that have no diff. */
  readonly missing: readonly number[];
}

/** Prepares the patches of a revision for git, in their order. */
export function readyPatches(revision: Revision, mails: ReadonlyMap<string, Mail>): ReadyPatches {
  const texts = textsOfPatches(revision, mails);
  const exact = textsOfPatches(revision, mails, exactPatchTexts);
  const patches: ReadyPatch[] = [];
  const missing = [...revision.missing];
  for (const [place, patch] of revision.patches.entries()) {
    const number = patch.index ?? place + 1;
    const text = texts[place] ?? patch.diff;
    const files = text === null ? [] : readDiff(text).files;
    if (text === null || files.length === 0) {
      missing.push(number);
      continue;
    }
    const raw = exact[place] ?? rawOf(text);
    const diff = readDiff(raw);
    const change = raw.slice(Math.min(readPatchMessage(raw, diff).messageEnd, diff.start));
    patches.push({ number, raw: change.endsWith("\n") ? change : `${change}\n`, files });
  }
  return { patches: patches.sort((a, b) => a.number - b.number), missing: missing.sort((a, b) => a - b) };
}

/** All paths that the patches touch, old and new names. */
export function pathsOfPatches(patches: readonly ReadyPatch[]): string[] {
  return [
    ...new Set(patches.flatMap(({ files }) => files.flatMap(({ path, oldPath }) => (oldPath === undefined ? [path] : [oldPath, path])))),
  ];
}

/** The files that have to be in the tree before the first patch: those that are changed before any patch adds them. */
export function filesNeeded(patches: readonly ReadyPatch[]): string[] {
  const needed = new Set<string>();
  const made = new Set<string>();
  for (const { files } of patches) {
    for (const { path, oldPath = path, change } of files) {
      if (change !== "new" && !made.has(oldPath)) needed.add(oldPath);
      made.add(path);
    }
  }
  return [...needed];
}

/** A patch's text, from its message to the end of its diff. */
export interface IndexedPatch {
  readonly index: number;
  readonly text: string;
  /** Patches between this one and the one before are missing, so its line numbers may be wrong. */
  readonly afterGap?: true;
}
