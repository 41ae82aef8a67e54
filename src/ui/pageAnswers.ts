/** The extension's answers to the series page: texts and diffs from the mails, and things to open or copy. */
import * as vscode from "vscode";
import type { PatchMatrix } from "../core/compare/patchMatrix";
import { patchFiles } from "../core/diff/patchFiles";
import { HumanError, humanMessage } from "../core/humanError";
import { replyText } from "../core/mail/mail";
import { openPatchMail, patchMbox } from "../core/mail/patchMail";
import { mailIdsOf, placeInMail, type RevisionTexts, textOfPatch, textsOfRevision } from "../core/series/revisionTexts";
import type { Patch, Revision, Series } from "../core/series/series";
import type { MovedFiles } from "../engines/movedFiles";
import type { SentSeries } from "../engines/seriesPages";
import { listUrlOf } from "../engines/settings";
import type { LoadedMails } from "../library/loadedMails";
import { archiveUrl, mailUrl } from "../render/archiveLinks";
import { patchNumber } from "../render/labels";
import { goneText } from "../render/replyList";
import type { PatchReviews } from "../shared/pageSeries";
import type { HostMessage, LoadedReply, PageMessage } from "../shared/protocol";
import { openChange, openLetterChange } from "./changeDocuments";
import { gonePatchText, openPatchDiff } from "./patchDocuments";
import { copyText, putOnClipboard } from "./seriesCommands";
import { readSettings } from "./settings";
import { foundUri } from "./workspace";

export interface PageAnswerParts {
  readonly moved: MovedFiles;
  readonly mails: LoadedMails;
  readonly comments: LoadComments;
}

/** Loads what reads comments. */
export type LoadComments = () => Promise<typeof import("../library/revisionComments.js")>;

/** Messages that are about a series. */
export type SeriesMessage = Exclude<
  PageMessage,
  { type: "ready" | "find" | "openSeries" | "proveConflict" | "openConflict" | "showCommit" }
>;

/** Nobody reads a longer diff on a page, and it would block the page. */
const mostDiff = 16_000_000;
const noDiff = "The digest has no diff of this patch.";

/** Answers a message of the page; null if the message gets no answer. */
export async function answerPage(message: SeriesMessage, sent: SentSeries, parts: PageAnswerParts): Promise<HostMessage | null> {
  const { state, series } = sent;
  if (message.type === "openLink") {
    await vscode.env.openExternal(vscode.Uri.parse(message.url, true));
    return null;
  }
  if (message.type === "openFile") {
    await openFile(message.path, message.line, series, parts.moved);
    return null;
  }
  if (message.type === "copy" && message.what === "hunk") {
    await vscode.env.clipboard.writeText(message.text);
    return null;
  }
  if (message.type === "requestComparison") return { type: "comparison", state, ...(await loadComparison(series, parts.mails)) };
  if (message.type === "openChange" || message.type === "openLetterChange") {
    const [from, to] = [series.revisions[message.from], series.revisions[message.to]];
    if (!from || !to) return null;
    if (message.type === "openLetterChange") await openLetterChange(from, to);
    else await openChange({ revision: from, patches: message.before }, { revision: to, patches: message.after });
    return null;
  }
  const revision = series.revisions[message.revision];
  if (!revision) return null;
  const about = { state, revision: message.revision };
  switch (message.type) {
    case "selectRevision":
      return null;
    case "requestTexts":
      return { type: "texts", ...about, ...(await loadTexts(revision, parts.mails)) };
    case "requestReviews":
      return { type: "reviews", ...about, patches: await loadReviews(series, revision, parts.mails) };
    case "requestDiff":
      return { type: "diff", ...about, patch: message.patch, ...(await loadDiff(revision, message.patch, parts.mails)) };
    case "requestReplies":
      return { type: "replies", ...about, ...(await loadReplies(revision, message.replies, parts.mails)) };
    case "requestComments":
      return { type: "comments", ...about, patch: message.patch, ...(await loadComments(revision, message.patch, parts)) };
    case "requestCommentCounts":
      return { type: "commentCounts", ...about, counts: await (await parts.comments()).commentCounts(revision, parts.mails) };
    case "openReply": {
      const reply = revision.posted?.replies[message.reply];
      if (reply) await openUrl(mailUrl(reply.messageId, listUrlOf(readSettings().listUrls, revision.posted.lists)));
      return null;
    }
    case "openArchive":
      await openUrl(urlOf(series, revision, patchAt(revision, message.patch)));
      return null;
    case "openDiff":
      await openDiff(revision, message.patch, message.path, parts.mails);
      return null;
    case "copy":
      if (message.what === "patch") await copyPatch(revision, message.patch, parts.mails);
      else
        await copyText(
          message.what,
          series,
          revision,
          patchAt(revision, message.patch),
          urlOf(series, revision, patchAt(revision, message.patch)),
        );
      return null;
  }
}

/** The texts of a revision whose mails are in memory; null otherwise. */
export function textsAtHand(revision: Revision, mails: LoadedMails): RevisionTexts | null {
  const read = mails.mailsAtHand(mailIdsOf(revision));
  return read ? textsOfRevision(revision, read) : null;
}

async function loadTexts(revision: Revision, mails: LoadedMails): Promise<{ texts: RevisionTexts; problem: string | null }> {
  try {
    return { texts: textsOfRevision(revision, await mails.mails(mailIdsOf(revision))), problem: null };
  } catch (error) {
    return { texts: textsOfRevision(revision, new Map()), problem: unreadable(error) };
  }
}

/** Reads what became of reviews of older revisions. If the archive cannot be read, the page says so where it has no texts. */
async function loadReviews(series: Series, revision: Revision, mails: LoadedMails): Promise<PatchReviews[]> {
  // What compares patches is loaded with the first revision whose older ones have reviews.
  const { loadOlderReviews } = await import("../library/olderReviews.js");
  const read = await loadOlderReviews(series, revision, mails).catch(() => revision);
  return read.patches.map(({ trailers, former }) => ({ trailers, ...(former ? { former } : {}) }));
}

async function loadComparison(series: Series, mails: LoadedMails): Promise<{ matrix: PatchMatrix; problem: string | null }> {
  const { loadMatrix } = await import("./comparing.js");
  try {
    return { matrix: await loadMatrix(series, mails), problem: null };
  } catch (error) {
    return { matrix: { rows: [], letters: [], problems: [] }, problem: unreadable(error) };
  }
}

async function loadDiff(
  revision: Revision,
  at: number,
  mails: LoadedMails,
): Promise<Pick<Extract<HostMessage, { type: "diff" }>, "files" | "problem">> {
  const fail = (problem: string) => ({ files: [], problem });
  const patch = revision.patches[at];
  if (!patch || !revision.posted) return fail(noDiff);
  try {
    // All mails of the revision are read, because they are read together and the next patch's diff is needed soon.
    const text = textOfPatch(revision, at, await mails.mails(mailIdsOf(revision)));
    if (text === null) return fail(goneText);
    return text.length > mostDiff
      ? fail("This patch is too long for the page. Open it in the diff editor.")
      : { files: patchFiles(text), problem: null };
  } catch (error) {
    return fail(unreadable(error));
  }
}

async function loadReplies(
  { posted }: Revision,
  wanted: readonly number[],
  mails: LoadedMails,
): Promise<{ replies: LoadedReply[]; problem: string | null }> {
  const places = wanted.flatMap((reply) => {
    const messageId = posted?.replies[reply]?.messageId;
    return messageId === undefined ? [] : [{ reply, messageId }];
  });
  try {
    const found = await mails.bytes(places.map(({ messageId }) => messageId));
    const replies = places.map(({ reply, messageId }) => {
      const bytes = found.get(messageId);
      return { reply, text: bytes ? replyText(bytes) : null };
    });
    return { replies, problem: null };
  } catch (error) {
    return { replies: places.map(({ reply }) => ({ reply, text: null })), problem: unreadable(error) };
  }
}

async function loadComments(
  revision: Revision,
  patch: number,
  { mails, comments }: PageAnswerParts,
): Promise<Pick<Extract<HostMessage, { type: "comments" }>, "comments" | "problem">> {
  try {
    return { comments: await (await comments()).commentsOn(revision, patch, mails), problem: null };
  } catch (error) {
    return { comments: [], problem: unreadable(error) };
  }
}

function unreadable(error: unknown): string {
  return `The archive could not be read (${humanMessage(error)}); sync and open the page again.`;
}

async function openFile(path: string, line: number | null, series: Series, moved: MovedFiles): Promise<void> {
  const uri = foundUri(moved.find(series, path));
  if (!uri) throw new HumanError(`${path} is not in the open tree; open the tree this series is for.`);
  const at = Math.max(0, (line ?? 1) - 1);
  await vscode.window.showTextDocument(uri, { selection: new vscode.Range(at, 0, at, 0) });
}

function patchAt({ patches }: Revision, at: number | null): Patch | null {
  return at === null ? null : (patches[at] ?? null);
}

function urlOf(series: Series, revision: Revision, patch: Patch | null): string {
  return archiveUrl(series, revision, patch, listUrlOf(readSettings().listUrls, revision.posted?.lists ?? []));
}

async function openUrl(url: string): Promise<void> {
  await vscode.env.openExternal(vscode.Uri.parse(url, true));
}

async function openDiff(revision: Revision, at: number, path: string | null, mails: LoadedMails): Promise<void> {
  const patch = patchAt(revision, at);
  if (patch?.messageId == null) throw new HumanError(noDiff);
  const { messageId, title } = patch;
  const name = `patch ${patchNumber(patch, revision)}`;
  await openPatchDiff(mails, { messageId, place: placeInMail(revision, at), name, title }, path);
}

async function copyPatch(revision: Revision, at: number, mails: LoadedMails): Promise<void> {
  const patch = patchAt(revision, at);
  if (patch?.messageId == null) {
    throw new HumanError("Digests do not contain diffs. Copy the link instead; it finds the patch in the list's archive.");
  }
  const bytes = (await mails.bytes([patch.messageId])).get(patch.messageId);
  const text = bytes ? patchMbox(openPatchMail(bytes), placeInMail(revision, at), { author: patch.author, date: revision.date }) : null;
  if (text === null) throw new HumanError(gonePatchText);
  await putOnClipboard(text, `patch ${patchNumber(patch, revision)} for git am`);
}
