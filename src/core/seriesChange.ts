/** What a revision makes of one file, out of the mails of the patches that touch it. */
import { composeChanges, type FileChange } from "./fileChange";
import { textOfPatch } from "./loadedRevision";
import type { Mail } from "./mail";
import type { Patch, Revision } from "./series";

/** Places in `revision.patches` of those that touch a path, by any name a file of that path has in the series. */
export function patchesOfPath(revision: Revision, path: string): number[] {
  const names = new Set([path]);
  const touches = ({ files }: Patch): boolean => files.some((file) => names.has(file.path) || names.has(file.oldPath ?? file.path));
  // A file that is moved has changes under its other name too, before and behind the patch that moves it.
  for (let known = 0; known < names.size;) {
    known = names.size;
    for (const { files } of revision.patches) {
      for (const { path: name, oldPath } of files) {
        if (oldPath !== undefined && (names.has(name) || names.has(oldPath))) names.add(name).add(oldPath);
      }
    }
  }
  return [...revision.patches.keys()].filter((at) => revision.patches[at] && touches(revision.patches[at]));
}

/** The mails that tell how a revision changes a path; [] for a digest's, which has none. */
export function mailIdsOfPath(revision: Revision, path: string): string[] {
  const ids = patchesOfPath(revision, path).map((at) => revision.patches[at]?.messageId ?? null);
  return [...new Set(ids.filter((id) => id !== null))];
}

/** How a revision changes a path, all its patches composed; null where the mails do not tell. */
export function changeOfPath(revision: Revision, path: string, mails: ReadonlyMap<string, Mail>): FileChange | null {
  const texts = patchesOfPath(revision, path).flatMap((at) => {
    const text = textOfPatch(revision, at, mails);
    return text === null ? [] : [{ index: revision.patches[at]?.index ?? at + 1, text }];
  });
  return composeChanges(texts, path)[0] ?? null;
}
