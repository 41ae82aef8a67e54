/** The patches of a revision that touch one file, out of their mails. */
import type { PatchText } from "./fileChange";
import { textsOfPatches } from "../series/loadedRevision";
import type { Mail } from "../mail/mail";
import { editorPatchTexts } from "../mail/mailPatches";
import { renamedPatch } from "../diff/renamedPatch";
import { movedIn, type MovedNames } from "../paths/moves";
import { type Patch, type Revision } from "../series/series";
import { namesOfFile } from "../diff/touchedFile";

/** Places in `revision.patches` of those that touch a path, by any name a file of that path has in the series. */
export function patchesOfPath(revision: Revision, path: string): number[] {
  const names = new Set([path]);
  // A file that is moved has changes under its other name too, before and behind the patch that moves it.
  for (let known = 0; known < names.size;) {
    known = names.size;
    for (const { files } of revision.patches) {
      for (const { path: name, oldPath, copied } of files) {
        // A copy begins with what was done to its source, which has nothing of the copy.
        if (oldPath !== undefined && (names.has(name) || (!copied && names.has(oldPath)))) names.add(name).add(oldPath);
      }
    }
  }
  const touches = ({ files }: Patch): boolean => files.some((file) => namesOfFile(file).some((name) => names.has(name)));
  return [...revision.patches.keys()].filter((at) => revision.patches[at] && touches(revision.patches[at]));
}

/**
 * The mails that tell how a revision changes a path; [] for a digest's, which has none.
 *
 * @param path all of the revision's patches where it is null
 */
export function mailIdsOfPath(revision: Revision, path: string | null): string[] {
  const ids = placesOfPath(revision, path).flatMap((at) => revision.patches[at]?.messageId ?? []);
  return [...new Set(ids)];
}

/**
 * The texts of those patches, in order; without those whose mail is gone.
 *
 * @param textsOfMail `exactPatchTexts` for texts that git is to take; by default they have the lines an editor shows
 */
export function patchTextsOfPath(
  revision: Revision,
  path: string | null,
  mails: ReadonlyMap<string, Mail>,
  textsOfMail = (mail: Mail): string[] => editorPatchTexts(mail),
): PatchText[] {
  const texts = textsOfPatches(revision, mails, textsOfMail);
  const found: PatchText[] = [];
  let [last, isLost] = [0, false];
  for (const at of placesOfPath(revision, path)) {
    const text = texts[at] ?? null;
    if (text === null) {
      isLost = true;
      continue;
    }
    const afterGap = isLost || (found.length > 0 && !leadsTo(revision, last, at));
    found.push({ index: numberOf(revision, at), text, ...(afterGap ? { afterGap } : {}) });
    [last, isLost] = [at, false];
  }
  return found;
}

function numberOf({ patches }: Revision, at: number): number {
  return patches[at]?.index ?? at + 1;
}

/** Whether all that was done between two patches is known: no mail was missed, and none is of an older revision than another. */
function leadsTo(revision: Revision, from: number, to: number): boolean {
  const { patches, missing } = revision;
  const [first, last] = [numberOf(revision, from), numberOf(revision, to)];
  if (missing.some((index) => first < index && index < last)) return false;
  return patches.slice(from, to).every(({ messageId, carriedFrom }) => messageId !== null && carriedFrom === patches[to]?.carriedFrom);
}

/** The same with the mails that are asked for. */
export async function loadPatchTexts(
  revision: Revision,
  path: string | null,
  mails: (messageIds: readonly string[]) => Promise<ReadonlyMap<string, Mail>>,
  textsOfMail?: (mail: Mail) => string[],
): Promise<PatchText[]> {
  const ids = mailIdsOfPath(revision, path);
  return ids.length === 0 ? [] : patchTextsOfPath(revision, path, await mails(ids), textsOfMail);
}

function placesOfPath(revision: Revision, path: string | null): number[] {
  return path === null ? [...revision.patches.keys()] : patchesOfPath(revision, path);
}

/** Patches of a revision as their author would have made them in a tree that calls the files otherwise. */
export function renamedPatches<T extends { readonly text: string }>(
  patches: readonly T[],
  revision: Revision,
  moved: MovedNames,
): readonly T[] {
  const names = new Map(movedIn(revision, moved).map(({ name, path }) => [name, path]));
  if (names.size === 0) return patches;
  return patches.map((patch) => ({ ...patch, text: renamedPatch(patch.text, (path) => names.get(path) ?? null) }));
}
