/** The reviews that older revisions of a series got, added to a revision from the mails of both; see core/compare/olderReviews.ts. */
import { mailIdsToCompare, revisionsToCompare, withOlderReviews } from "../core/compare/olderReviews";
import type { Revision, Series } from "../core/series/series";
import type { LoadedMails } from "./loadedMails";
import { inSlices } from "./slices";

/** A revision with what is known of its patches from older revisions: reviews that still hold, and those of what a patch was before it changed. */
export async function loadOlderReviews(
  { revisions }: Pick<Series, "revisions">,
  revision: Revision,
  mails: Pick<LoadedMails, "mails">,
): Promise<Revision> {
  const compared = revisionsToCompare(revisions, revisions.indexOf(revision));
  if (compared.length === 0) return revision;
  const read = await mails.mails(mailIdsToCompare(revision, compared));
  return (await inSlices(withOlderReviews(revision, compared, read))) ?? revision;
}
