/** The comments on the patches of a revision, and how many each has; a bundle of its own, loaded when a revision with replies is shown. */
import { type CommentCounts, commentMailIds, countComments, type PatchComment, patchComments } from "../core/replies/patchComments";
import { lineThreads, type LineThread } from "../core/replies/lineThreads";
import { patchFiles } from "../core/diff/patchFiles";
import { namesOfTouched } from "../core/diff/diffstat";
import { readFileDiff } from "../core/diff/diff";
import { patchesTouching, textOfPatch } from "../core/series/revisionTexts";
import type { Reply, Revision } from "../core/series/series";
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

/** A thread of the comments on a patch, with what an editor has to know of it. */
export interface FileThread extends LineThread {
  /** The index of the patch. */
  readonly patch: number;
  /** The line of the diff, with its sign. */
  readonly line: string;
  /** The replies of its comments, in the same order. */
  readonly replies: readonly Reply[];
}

/** The threads of one patch; those on the head of a hunk are left out, since no file has that line. */
export async function threadsOfPatch(revision: Revision, patch: number, mails: LoadedMails): Promise<FileThread[]> {
  const comments = await commentsOn(revision, patch, mails);
  if (comments.length === 0) return [];
  const text = textOfPatch(revision, patch, await mails.mails([revision.patches[patch]?.messageId ?? ""])) ?? "";
  const files = patchFiles(text);
  return lineThreads(comments).flatMap((thread) => {
    const line = diffLine(files[thread.place.file]?.text ?? "", thread.place);
    const replies = thread.comments.flatMap(({ reply }) => revision.posted?.replies[reply] ?? []);
    if (line === undefined || thread.place.line < 0 || replies.length !== thread.comments.length) return [];
    return [{ ...thread, patch: revision.patches[patch]?.index ?? patch + 1, line, replies }];
  });
}

/** The threads of all patches of a revision that change a file, under any name it has in the series. */
export async function threadsOnFile(revision: Revision, path: string, mails: LoadedMails): Promise<FileThread[]> {
  const places = patchesTouching(revision, path);
  const names = new Set(
    places
      .flatMap((at) => revision.patches[at]?.files ?? [])
      .filter((file) => namesOfTouched(file).includes(path))
      .flatMap(namesOfTouched),
  );
  const threads: FileThread[] = [];
  for (const at of places)
    for (const thread of await threadsOfPatch(revision, at, mails)) if (names.has(thread.place.path)) threads.push(thread);
  return threads;
}

function diffLine(text: string, { hunk, line }: LineThread["place"]): string | undefined {
  const found = readFileDiff(text).hunks[hunk];
  return found && text.slice(found.start, found.end).split("\n")[line + 1];
}
