/** The compared parts of a patch, and the differences between the diffs of patches. */
import type { Author } from "../mail/author";
import type { Mail } from "../mail/mail";
import { readPatchBody } from "../mail/mailinfo";
import { parseTrailers } from "../mail/trailers";
import { placesInMails, textsOfPatches } from "../series/revisionTexts";
import type { Patch, Revision } from "../series/series";
import type { Steps } from "../steps";
import { type FileInterdiff, interdiff } from "./interdiff";
import { type ChangedFile, joinedChanges, readChange, wholeKey } from "./patchChange";

/** A patch with its compared parts. */
export interface ComparedPatch {
  readonly patch: Patch;
  readonly title: string;
  readonly author: Author;
  readonly mail: string | null;
  readonly message: string;
  readonly trailers: readonly string[];
  readonly files: readonly ChangedFile[] | null;
}

/** The patches of a revision, in its order, with their compared parts; in steps. */
export function* comparedPatches(revision: Revision, mails: ReadonlyMap<string, Mail>): Steps<ComparedPatch[]> {
  const texts = textsOfPatches(revision, mails);
  const places = placesInMails(revision);
  const compared: ComparedPatch[] = [];
  for (const [at, patch] of revision.patches.entries()) {
    yield;
    const text = texts[at] ?? null;
    const body = text === null ? null : readPatchBody(text);
    const change = text ?? patch.diff;
    const files = change === null ? [] : readChange(change);
    compared.push({
      patch,
      title: patch.title,
      author: patch.author,
      mail: patch.messageId === null ? null : `${patch.messageId} ${places[at] ?? 0}`,
      ...messageParts(body?.message ?? patch.message ?? ""),
      files: files.length > 0 ? files : null,
    });
  }
  return compared;
}

function messageParts(message: string): Pick<ComparedPatch, "message" | "trailers"> {
  const trailers = parseTrailers(message, "patch").map(({ key, value }) => `${key}: ${value}`);
  const known = new Set(trailers);
  const lines = message.split("\n").filter((line) => !known.has(line.trim()));
  return { message: lines.join("\n").trim(), trailers };
}

/** What changed between the diffs of all patches of a group; null if one of the diffs is not known. */
export function differenceOf(
  from: ReadonlyArray<ComparedPatch | undefined>,
  to: ReadonlyArray<ComparedPatch | undefined>,
): FileInterdiff[] | null {
  const changes = [from, to].map((patches) => patches.map((patch) => patch?.files ?? null));
  const [old, now] = changes.map((files) => (files.includes(null) ? null : joinedChanges(files.filter((one) => one !== null))));
  if (!old || !now) return null;
  return wholeKey(old) === wholeKey(now) ? [] : interdiff(old, now);
}
