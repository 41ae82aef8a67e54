/** Reviews given to an older revision of a patch: they hold as long as the patch is the same, which its patch-id proves. */
import { versionLabel } from "../mail/subject";
import { isVerdict, type Trailer, trailerMeaning } from "../mail/trailers";
import type { Patch, Revision } from "../series/series";

/**
 * Gives the patches of newer revisions the reviews that replies gave to the same change before, each with its revision.
 *
 * @param revisions of one series, oldest first
 * @returns the same revisions, those with added reviews made anew
 */
export function withCarriedTrailers(revisions: readonly Revision[]): readonly Revision[] {
  if (revisions.length < 2) return revisions;
  const given = new Map<string, Trailer[]>();
  return revisions.map((revision) => {
    const patches = revision.patches.map((patch) => withCarried(patch, given.get(patch.patchId ?? "") ?? []));
    for (const patch of revision.patches) {
      const own = patch.patchId === undefined ? [] : reviewsOf(patch, revision);
      if (patch.patchId !== undefined && own.length > 0) given.set(patch.patchId, [...own, ...(given.get(patch.patchId) ?? [])]);
    }
    return patches.some((patch, at) => patch !== revision.patches[at]) ? { ...revision, patches } : revision;
  });
}

/**
 * The reviews that replies gave to a patch in its revision, each with the name of that revision. Trailers in the patch itself are not
 * among them, since the author keeps or drops those. Objections hold as reviews do.
 */
export function reviewsOf({ trailers }: Patch, { version, point = 0 }: Pick<Revision, "version" | "point">): Trailer[] {
  const own = trailers.filter(
    ({ key, via, messageId, revision }) => via !== "patch" && messageId !== undefined && revision === undefined && isVerdict(key),
  );
  const label = own.length > 0 ? versionLabel(version, point) : "";
  return own.map((trailer) => ({ ...trailer, revision: label }));
}

/** A patch with added trailers that it does not have yet, each once; the first of equal ones counts. */
export function withCarried(patch: Patch, given: readonly Trailer[]): Patch {
  const added = unsaidTrailers(given, patch.trailers);
  return added.length === 0 ? patch : { ...patch, trailers: [...patch.trailers, ...added] };
}

/** The trailers that say what others do not, each once. */
export function unsaidTrailers(given: readonly Trailer[], others: readonly Trailer[]): Trailer[] {
  if (given.length === 0) return [];
  const said = new Set(others.map(trailerMeaning));
  const unsaid: Trailer[] = [];
  for (const trailer of given) {
    const meaning = trailerMeaning(trailer);
    if (said.has(meaning)) continue;
    said.add(meaning);
    unsaid.push(trailer);
  }
  return unsaid;
}
