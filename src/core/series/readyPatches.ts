/** The patches of a revision as git takes them: the part of each mail that is the change, and which are not there. */
import { readDiff, type FileDiff } from "../diff/diff";
import { textsOfPatches } from "./loadedRevision";
import type { Mail } from "../mail/mail";
import { readPatchMessage } from "../mail/mailText";
import { rawOf } from "../mail/exactText";
import { exactPatchTexts } from "../mail/mailPatches";
import type { Revision } from "./series";

export interface ReadyPatch {
  /** As the posting numbers it, from 1. */
  readonly number: number;
  /** What `git am` hands to `git apply`: from below the message to the end of the mail, one character for each byte (see exactText.ts). */
  readonly raw: string;
  readonly files: readonly FileDiff[];
}

export interface ReadyPatches {
  readonly patches: readonly ReadyPatch[];
  /** Numbers of patches that were not seen, whose mail is gone, or that carry no diff. */
  readonly missing: readonly number[];
}

/** Makes the patches of a revision ready, in their order. */
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

/** The paths the patches find in the tree or put there: names old and new. */
export function pathsOfPatches(patches: readonly ReadyPatch[]): string[] {
  return [
    ...new Set(patches.flatMap(({ files }) => files.flatMap(({ path, oldPath }) => (oldPath === undefined ? [path] : [oldPath, path])))),
  ];
}

/** The files that must be in the tree before the first patch: those that are changed before any patch makes them. */
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
