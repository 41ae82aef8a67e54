/**
 * Reviews of a patch in older revisions, by the texts of the patches. A review holds while only context and line numbers drift. One of
 * a patch that changed since is of what the patch was, and is kept apart. Those of the very same change are known without the texts,
 * see `withCarriedTrailers`.
 */
import type { Mail } from "../mail/mail";
import type { Trailer } from "../mail/trailers";
import { reviewsOf, unsaidTrailers, withCarried } from "../postings/carriedTrailers";
import type { Patch, Revision } from "../series/series";
import type { Steps } from "../steps";
import { type ComparedPatch, comparedPatches, differenceOf } from "./comparedPatch";
import { pairPatches } from "./pairPatches";

/** What of a revision tells whether there are reviews to look for. The page knows no more of it. */
type ReviewedRevision = Pick<Revision, "version" | "point" | "posted" | "patches">;

/**
 * The older revisions with reviews of patches that are not in a revision as they were, so that only texts tell what became of them. The
 * newest comes first.
 *
 * @param revisions of the series, oldest first
 * @param at the place of the revision among them
 */
export function revisionsToCompare<R extends ReviewedRevision>(revisions: readonly R[], at: number): R[] {
  const revision = revisions[at];
  if (!revision?.posted) return [];
  const isOpen = isChangedIn(revision);
  return revisions
    .slice(0, at)
    .filter((older) => older.patches.some((patch) => isOpen(patch) && reviewsOf(patch, older).length > 0))
    .reverse();
}

/** Tells of a patch of another revision whether this one has no equal change; false for a patch without a diff. */
function isChangedIn({ patches }: Pick<Revision, "patches">): (patch: Patch) => boolean {
  const ids = new Set(patches.map(({ patchId }) => patchId));
  return ({ patchId }) => patchId !== undefined && !ids.has(patchId);
}

/** The Message-IDs of the patches that are compared: of the revision and of older ones. */
export function mailIdsToCompare(revision: Revision, compared: readonly Revision[]): string[] {
  const changed = compared.flatMap((older) => [
    ...older.patches.filter(isChangedIn(revision)),
    ...revision.patches.filter(isChangedIn(older)),
  ]);
  return [...new Set(changed.flatMap(({ messageId }) => messageId ?? []))];
}

/**
 * Adds the reviews of older revisions to a revision, in steps. Where a mail is gone, nothing is said of its patch.
 *
 * @param compared see `revisionsToCompare`
 * @param mails see `mailIdsToCompare`
 */
export function* withOlderReviews(revision: Revision, compared: readonly Revision[], mails: ReadonlyMap<string, Mail>): Steps<Revision> {
  const held = new Map<Patch, Trailer[]>();
  const past = new Map<Patch, Trailer[]>();
  const read = yield* comparedPatches(revision, mails);
  for (const older of compared) {
    // Equal changes are pairs already, and are no part of another patch.
    const before = (yield* comparedPatches(older, mails)).filter(({ patch }) => isChangedIn(revision)(patch));
    const after = read.filter(({ patch }) => isChangedIn(older)(patch));
    for (const { pairs } of yield* pairPatches(before, after)) {
      for (const [from, to] of pairs) {
        const [old, now] = [before[from], after[to]];
        const reviews = old && now ? reviewsOf(old.patch, older) : [];
        if (!old || !now || reviews.length === 0) continue;
        const isSame = pairs.length === 1 ? isSameChange(old, now) : false;
        if (isSame !== null) addTo(isSame ? held : past, now.patch, reviews);
      }
    }
  }
  const patches = revision.patches.map((patch) => {
    const reviewed = withCarried(patch, held.get(patch) ?? []);
    const former = unsaidTrailers(past.get(patch) ?? [], reviewed.trailers);
    return former.length === 0 ? reviewed : { ...reviewed, former };
  });
  return { ...revision, patches };
}

/** Whether a patch makes the same change as before, whatever is around it; null if one of the diffs is not known. */
function isSameChange(old: ComparedPatch, now: ComparedPatch): boolean | null {
  const difference = differenceOf([old], [now]);
  return difference === null ? null : difference.length === 0;
}

function addTo(map: Map<Patch, Trailer[]>, patch: Patch, trailers: readonly Trailer[]): void {
  map.set(patch, [...(map.get(patch) ?? []), ...trailers]);
}
