/** What the extension answers to the series page: texts and diffs out of the mails, other series on the same lines, and things that are opened or copied. */
import { setImmediate } from "node:timers/promises";
import * as vscode from "vscode";
import type { proveSeries } from "../checkout/collides";
import type { readFilesAt } from "../checkout/committedFiles";
import type { MergeProof } from "../checkout/mergeProof";
import { patchFiles } from "../core/diff/patchFiles";
import { HumanError, humanMessage } from "../core/humanError";
import {
  type OwnFile,
  ownFile,
  refinedRelation,
  relatedByLines,
  type Relation,
  type RelationKind,
  relationOf,
  withDependencies,
} from "../core/lines/relations";
import { replyText } from "../core/mail/mail";
import { openPatchMail, patchMbox } from "../core/mail/patchMail";
import { nameIn } from "../core/series/movedFiles";
import { loadPatchTexts, mailIdsOf, placeInMail, type RevisionTexts, textOfPatch, textsOfRevision } from "../core/series/revisionTexts";
import { newestRevision, type Patch, type Revision, type Series } from "../core/series/series";
import type { ApplyStates } from "../engines/applyStates";
import type { MovedFiles } from "../engines/movedFiles";
import type { OpenTrees } from "../engines/openTrees";
import type { SeriesNeeds } from "../engines/seriesNeeds";
import type { SentSeries } from "../engines/seriesPages";
import { listUrlOf } from "../engines/settings";
import { type Library, projectOfSeries } from "../library/library";
import type { LoadedMails } from "../library/loadedMails";
import { archiveUrl, mailUrl } from "../render/archiveLinks";
import { relatedDocument, relatedProof } from "../render/collisions";
import { patchNumber, revisionName, titleText } from "../render/labels";
import { goneText } from "../render/replyList";
import type { HostMessage, LoadedReply, PageMessage, RelatedProof } from "../shared/protocol";
import type { ProofDocuments } from "./collisions";
import { openPatchDiff } from "./patchDocuments";
import { copyText, putOnClipboard } from "./seriesCommands";
import { readSettings } from "./settings";
import { foundUri } from "./workspace";

export interface PageAnswerParts {
  readonly moved: MovedFiles;
  readonly mails: LoadedMails;
}

/** Messages that are about a series. */
export type SeriesMessage = Exclude<PageMessage, { type: "ready" | "find" | "openSeries" | "proveConflict" | "openConflict" }>;

/** More than this is nothing to read on a page, and would hold it up. */
const mostDiff = 16_000_000;
const noDiff = "The digest has no diff of this patch.";
const gone = "The archive no longer has the mail of this patch; sync, or open it in the list's own archive.";

/** Answers a message of the page; null where no answer goes back to it. */
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
  const revision = series.revisions[message.revision];
  if (!revision) return null;
  const about = { state, revision: message.revision };
  switch (message.type) {
    case "selectRevision":
      return null;
    case "requestTexts":
      return { type: "texts", ...about, ...(await loadTexts(revision, parts.mails)) };
    case "requestDiff":
      return { type: "diff", ...about, patch: message.patch, ...(await loadDiff(revision, message.patch, parts.mails)) };
    case "requestReplies":
      return { type: "replies", ...about, ...(await loadReplies(revision, message.replies, parts.mails)) };
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

/** The texts of a revision where its mails are in memory; null where they are not. */
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

async function loadDiff(
  revision: Revision,
  at: number,
  mails: LoadedMails,
): Promise<Pick<Extract<HostMessage, { type: "diff" }>, "files" | "problem">> {
  const fail = (problem: string) => ({ files: [], problem });
  const patch = revision.patches[at];
  if (!patch || !revision.posted) return fail(noDiff);
  try {
    // All mails of the revision, since they are asked for together and the next patch's diff is asked for soon.
    const text = textOfPatch(revision, at, await mails.mails(mailIdsOf(revision)));
    if (text === null) return fail(goneText);
    return text.length > mostDiff
      ? fail("This patch is too long for the page; open it in the diff editor instead.")
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
    throw new HumanError("A digest does not hold the diff of this patch; copy the link instead, which finds it in the list's archive.");
  }
  const bytes = (await mails.bytes([patch.messageId])).get(patch.messageId);
  const text = bytes ? patchMbox(openPatchMail(bytes), placeInMail(revision, at), { author: patch.author, date: revision.date }) : null;
  if (text === null) throw new HumanError(gone);
  await putOnClipboard(text, `patch ${patchNumber(patch, revision)} for git am`);
}

// What a series page is told of other pending series on the same lines: at once what the hunks name, then what is made of them.

export interface RelatedParts {
  readonly trees: OpenTrees;
  readonly moved: MovedFiles;
  readonly mails: LoadedMails;
  readonly needs: SeriesNeeds;
  /** Knows what series are checked against. */
  readonly applies: Pick<ApplyStates, "base">;
  readonly engine: () => Promise<{ readonly readFilesAt: typeof readFilesAt }>;
}

/** The relations of a series, better known each time: from memory first, then by the texts of their patches. */
export async function* relationsOf(
  series: Series,
  { trees, moved, mails, needs, applies, engine }: RelatedParts,
): AsyncGenerator<readonly Relation[]> {
  const project = projectOfSeries(series);
  const [at = null] = trees.topsFor(project);
  const names = moved.namesIn(at);
  const meeting = relatedByLines(series, (path) => moved.touching(path, project, at));
  const byLines = meeting.length === 0 ? meeting : withDependencies(series, meeting, needs.index());
  yield byLines;
  if (byLines.length === 0) return;
  const paths = [...new Set(byLines.flatMap((relation) => relation.paths))];
  const fileOf = (path: string): string => names.ofName(path)?.path ?? path;
  const top = vscode.workspace.isTrusted ? at : null;
  // Their names are a stranger's: they go to git on its input, behind the commit. In a folder without one nothing is found.
  const options = { binary: readSettings().gitPath };
  const texts = top === null ? null : await (await engine()).readFilesAt(top, applies.base, paths.map(fileOf), options);
  const load = (one: Series, path: string) => loadPatchTexts(newestRevision(one), path, (ids) => mails.mails(ids));
  const own = new Map<string, OwnFile>();
  for (const path of paths) {
    const bytes = texts?.get(fileOf(path));
    own.set(path, ownFile(path, bytes && new TextDecoder().decode(bytes), await load(series, path)));
    await setImmediate();
  }
  const refined: Relation[] = [];
  for (const relation of byLines) {
    if (relation.kind !== "same-lines") {
      refined.push(relation);
      continue;
    }
    const kinds = new Map<string, RelationKind | null>();
    for (const path of relation.paths) {
      const file = own.get(path);
      const theirs = nameIn(newestRevision(relation.series), path, names);
      if (file) kinds.set(path, relationOf(file, await load(relation.series, theirs), theirs));
      await setImmediate();
    }
    const known = refinedRelation(relation, kinds);
    if (known) refined.push(known);
  }
  yield refined;
}

// Whether a series conflicts with another one on the same lines: found out with git's merge when a page asks for it.

export interface RelatedProofParts {
  readonly library: Library;
  readonly trees: OpenTrees;
  readonly mails: LoadedMails;
  /** Knows what series are checked against. */
  readonly applies: Pick<ApplyStates, "base">;
  readonly engine: () => Promise<{ readonly proveSeries: typeof proveSeries }>;
  readonly proofs: ProofDocuments;
  readonly log: vscode.LogOutputChannel;
}

/** The proofs one page has asked for. */
export class RelatedProofs {
  readonly #found = new Map<string, { readonly series: Series; readonly proof: MergeProof }>();

  constructor(private readonly parts: RelatedProofParts) {}

  /** Merges the two on the commit that series are checked against; what stands in the way is the answer too. */
  async prove(series: Series, id: string): Promise<RelatedProof> {
    try {
      const other = this.parts.library.find(id);
      if (!other) throw new HumanError("The other series is no longer in any source. Sync and try again.");
      const proof = await this.#merge(series, other);
      this.#found.set(id, { series: other, proof });
      return relatedProof(proof);
    } catch (error) {
      this.parts.log.warn(error instanceof Error ? (error.stack ?? error.message) : String(error));
      return { kind: "problem", text: humanMessage(error), place: null };
    }
  }

  /** Shows the conflict in a document of its own. */
  async open(series: Series, id: string): Promise<void> {
    const known = this.#found.get(id);
    if (!known) throw new HumanError("This result has expired. Choose Try to Merge again.");
    const text = relatedDocument(series, known.series, known.proof);
    const line = text.split("\n").findIndex((one) => one.startsWith("<<<<<<< "));
    await this.parts.proofs.open(titleText(known.series.title), text, Math.max(0, line));
  }

  async #merge(series: Series, other: Series): Promise<MergeProof> {
    const { trees, mails, applies, engine } = this.parts;
    if (!vscode.workspace.isTrusted)
      throw new HumanError("git is not run in this workspace until it is trusted; trust it to see whether the two conflict.");
    const project = projectOfSeries(series);
    const [top] = trees.topsFor(project);
    if (top === undefined) throw new HumanError("Open a checkout of the tree these series are for to merge them.");
    const { proveSeries: proved } = await engine();
    const options = { mails: (ids: readonly string[]) => mails.mails(ids), binary: readSettings().gitPath };
    const proof = await proved(top, applies.base, { series, name: nameOf(series) }, { series: other, name: nameOf(other) }, options);
    if (!proof) throw new HumanError("Some of the mails are no longer in the archive. Sync and try again.");
    return proof;
  }
}

function nameOf(series: Series): string {
  return `${titleText(series.title)} ${revisionName(newestRevision(series))}`;
}
