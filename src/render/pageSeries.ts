/** What the series page is given: a series without its diffs, which are asked for one patch at a time. */
import type { Patch, Revision, Series } from "../core/series";

/** A patch whose diff was left out. */
export type PagePatch = Patch & {
  readonly diff: null;
  /** Lines of the diff; null where the source has none. */
  readonly diffLines: number | null;
};

export type PageRevision = Omit<Revision, "patches"> & { readonly patches: readonly PagePatch[] };

export type PageSeries = Omit<Series, "revisions" | "aliases"> & { readonly revisions: readonly PageRevision[] };

/** One file of one patch. */
export interface PageFileDiff {
  /** The new name; the old one for a deleted file. */
  readonly path: string;
  /** The old name of a rename or copy. */
  readonly oldPath?: string;
  /** The unified diff of this file alone, from `diff --git` or `---` on, without the mail's signature. */
  readonly text: string;
}

/** Takes the diffs out of a series: they are most of its size, and most are never looked at. */
export function pageSeries(series: Series): PageSeries {
  const { id, title, subsystem, status, elsewhere, links } = series;
  const revisions = series.revisions.map((revision) => ({ ...revision, patches: revision.patches.map(withoutDiff) }));
  return { id, title, subsystem, status, elsewhere, links, revisions };
}

function withoutDiff(patch: Patch): PagePatch {
  return { ...patch, diff: null, diffLines: patch.diff === null ? null : lineCount(patch.diff) };
}

function lineCount(text: string): number {
  let count = text === "" || text.endsWith("\n") ? 0 : 1;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) count += 1;
  return count;
}

/** A place in the list of patches: a patch, or a number of which nothing was seen. */
export type PatchSlot = { readonly patch: PagePatch; readonly at: number } | { readonly gap: number };

/** The patches of a revision with its gaps between them; patches without a number stand last, as in the revision. */
export function patchSlots(revision: PageRevision): PatchSlot[] {
  const numbered = revision.patches.map((patch, at) => ({ patch, at, index: patch.index ?? Infinity }));
  const gaps = revision.missing.map((gap) => ({ gap, index: gap }));
  // Infinity minus itself is no number: two patches without an index keep their order.
  return [...numbered, ...gaps].sort((a, b) => (a.index === b.index ? 0 : a.index - b.index));
}
