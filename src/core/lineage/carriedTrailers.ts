/** What people said of a patch in an older revision of its series: it holds while the patch is the same, which its patch-id proves. */
import { meaningOf } from "../assembly/givenTrailers";
import { isVerdict } from "../assembly/replyTrailers";
import { versionLabel } from "../mail/subjectPrefix";
import type { Trailer } from "../mail/trailers";
import type { Patch, Revision } from "../series/series";

/**
 * Gives the patches of newer revisions the verdicts that replies gave the same change before, each with the revision it was given in.
 *
 * @param revisions of one series, oldest first
 * @returns the same revisions, those that get something anew
 */
export function withCarriedTrailers(revisions: readonly Revision[]): readonly Revision[] {
  if (revisions.length < 2) return revisions;
  const given = new Map<string, Trailer[]>();
  return revisions.map((revision) => {
    const patches = revision.patches.map((patch) => withCarried(patch, given.get(patch.patchId ?? "") ?? []));
    for (const { patchId, trailers } of revision.patches) {
      const own = patchId === undefined ? [] : trailers.filter(isCarried);
      if (patchId === undefined || own.length === 0) continue;
      const label = versionLabel(revision.version, revision.point ?? 0);
      given.set(patchId, [...own.map((trailer) => ({ ...trailer, revision: label })), ...(given.get(patchId) ?? [])]);
    }
    return patches.some((patch, at) => patch !== revision.patches[at]) ? { ...revision, patches } : revision;
  });
}

/** Of what stands in the patch its author has kept what still holds; objections hold as reviews do. */
function isCarried({ key, via, messageId }: Trailer): boolean {
  return via !== "patch" && messageId !== undefined && isVerdict(key);
}

function withCarried(patch: Patch, given: readonly Trailer[]): Patch {
  if (given.length === 0) return patch;
  const said = new Set(patch.trailers.map(meaningOf));
  const added: Trailer[] = [];
  for (const trailer of given) {
    const meaning = meaningOf(trailer);
    if (said.has(meaning)) continue;
    said.add(meaning);
    added.push(trailer);
  }
  return added.length === 0 ? patch : { ...patch, trailers: [...patch.trailers, ...added] };
}
