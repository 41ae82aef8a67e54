/** The comments on the patches of a revision, and how many each has; a bundle of its own, loaded when a revision with replies is shown. */
import { type CommentCounts, commentMailIds, countComments, type PatchComment, patchComments } from "../core/replies/patchComments";
import type { Revision } from "../core/series/series";
import type { LoadedMails } from "./loadedMails";
import { makeSlicer } from "./slices";

/** Characters of the comments on one patch that are given with them; people write less in a year. */
const mostText = 2_000_000;

/** The comments on a patch; [] where nobody answered it. Those beyond a great length have no text. */
export async function commentsOn(revision: Revision, patch: number, mails: LoadedMails): Promise<PatchComment[]> {
  const ids = commentMailIds(revision, patch);
  if (ids.length === 0) return [];
  const comments = patchComments(revision, patch, await mails.mails(ids));
  let left = mostText;
  return comments.map((comment) => {
    left -= comment.text.length + comment.quote.reduce((sum, line) => sum + line.length, 0);
    return left >= 0
      ? comment
      : { ...comment, text: "This comment is left out here, because there are very many; open the whole reply.", quote: [] };
  });
}

/** The counts of all patches that have replies, by place, worked out in slices. */
export async function commentCounts(revision: Revision, mails: LoadedMails): Promise<Array<CommentCounts & { patch: number }>> {
  const pause = makeSlicer(() => false);
  const counts: Array<CommentCounts & { patch: number }> = [];
  for (const patch of revision.patches.keys()) {
    const ids = commentMailIds(revision, patch);
    if (ids.length === 0) continue;
    counts.push({ patch, ...countComments(patchComments(revision, patch, await mails.mails(ids))) });
    await pause();
  }
  return counts;
}
