/** The form in which the series page gets a series: without its diffs, which it asks for one patch at a time. */
import { revisionsToCompare } from "../core/compare/olderReviews";
import type { RevisionTexts } from "../core/series/revisionTexts";
import type { Patch, Revision, Series } from "../core/series/series";

/** A patch whose diff was left out. */
export type PagePatch = Patch & {
  readonly diff: null;
  /** Whether the source has a diff to ask for. */
  readonly hasDiff: boolean;
};

export type PageRevision = Omit<Revision, "patches"> & {
  readonly patches: readonly PagePatch[];
  /** Whether cover letter and messages are still to come from the archive. */
  readonly isLoading: boolean;
  /** Whether reviews of older revisions are still to come: what became of them needs the texts of the patches. */
  readonly awaitsReviews: boolean;
  /** Why the texts could not be read, in a sentence; null when they were read or are still to come. */
  readonly problem: string | null;
};

export type PageSeries = Omit<Series, "revisions" | "aliases"> & { readonly revisions: readonly PageRevision[] };

/**
 * Takes the diffs out of a series: they are most of its size, and most of them are never looked at.
 *
 * @param textsOf the texts of a revision of an archive if they are in memory, else null
 */
export function pageSeries(series: Series, textsOf: (revision: Revision) => RevisionTexts | null = () => null): PageSeries {
  const { id, title, subsystem, status, elsewhere, links } = series;
  const revisions = series.revisions.map((revision, at) => {
    const page = { ...pageRevision(revision), awaitsReviews: revisionsToCompare(series.revisions, at).length > 0 };
    const texts = page.isLoading ? textsOf(revision) : null;
    return texts ? revisionWithTexts(page, texts, null) : page;
  });
  return { id, title, subsystem, status, elsewhere, links, revisions };
}

function pageRevision(revision: Revision): Omit<PageRevision, "awaitsReviews"> {
  const { cover, patches, posted } = revision;
  const isLoading =
    posted !== undefined &&
    ((cover !== null && cover.body === null) || patches.some(({ messageId, message }) => messageId !== null && message === null));
  return { ...revision, patches: patches.map((patch) => pagePatch(patch, posted !== undefined)), isLoading, problem: null };
}

function pagePatch(patch: Patch, isMail: boolean): PagePatch {
  // The places of hunks are for the map from lines to series; the page has the diff.
  const files = patch.files.map(({ path, oldPath, changed, added, deleted }) => ({
    path,
    ...(oldPath === undefined ? {} : { oldPath }),
    changed,
    added,
    deleted,
  }));
  const hasDiff = patch.diff !== null || (isMail && patch.messageId !== null && files.length > 0);
  return { ...patch, files, diff: null, hasDiff };
}

/** A revision with its texts, or with the reason why they could not be read. */
export function revisionWithTexts(revision: PageRevision, { cover, messages }: RevisionTexts, problem: string | null): PageRevision {
  return {
    ...revision,
    cover: revision.cover && { ...revision.cover, body: cover },
    patches: revision.patches.map((patch, at) => ({ ...patch, message: messages[at] ?? null })),
    isLoading: false,
    problem,
  };
}

/** Who said what of a patch, older revisions included. */
export type PatchReviews = Pick<Patch, "trailers" | "former">;

/** A revision with what is known of its patches from older revisions, a `PatchReviews` for each. */
export function revisionWithReviews(revision: PageRevision, reviews: readonly PatchReviews[]): PageRevision {
  return { ...revision, patches: revision.patches.map((patch, at) => ({ ...patch, ...reviews[at] })), awaitsReviews: false };
}
