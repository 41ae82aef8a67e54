/** Series as an archive has them, out of the sample mails, and the mails that are asked for when they are shown. */
import { createHash } from "node:crypto";
import { type PatchFile, patchFiles } from "../../src/core/diff/patchFiles";
import { type Mail, readMail, replyText } from "../../src/core/mail/mail";
import { assembleMails } from "../../src/core/postings/assembleMails";
import { assembleSeries } from "../../src/core/postings/assembleSeries";
import { mailFactsOf } from "../../src/core/postings/mailFacts";
import { commentMailIds, countComments, type PatchComment, patchComments } from "../../src/core/replies/patchComments";
import { mailIdsOf, type RevisionTexts, textOfPatch, textsOfRevision } from "../../src/core/series/revisionTexts";
import type { Revision, Series } from "../../src/core/series/series";
import { patchKey } from "../../src/index/hashes";
import type { LoadedReply, PatchCounts } from "../../src/shared/protocol";
import { sampleMails } from "./sampleMails";

/** Mails by Message-ID. */
export type MailBytes = ReadonlyMap<string, Uint8Array>;

/** Assembles series out of mails. */
export function seriesOfMails(bytes: readonly Uint8Array[]): Series[] {
  return seriesOfRead(bytes.map((one) => readMail(one)));
}

/** The same of mails that were read. */
export function seriesOfRead(mails: readonly Mail[]): Series[] {
  const facts = mails.map((one, at) => mailFactsOf(one, { place: String(at), committed: null, source: "kvm", patchId: patchKey }));
  const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
  return assembleSeries(assembleMails(facts).postings, sha256, () => "x86/tdx");
}

export function bytesById(bytes: readonly Uint8Array[]): MailBytes {
  return new Map(bytes.map((one) => [readMail(one).messageId ?? "", one]));
}

let sample: { readonly series: readonly Series[]; readonly mails: MailBytes } | null = null;

/** The series of the sample mails. */
export function sampleArchive(): { readonly series: readonly Series[]; readonly mails: MailBytes } {
  const bytes = sampleMails().map((mail) => new Uint8Array(mail.bytes));
  return (sample ??= { series: seriesOfMails(bytes), mails: bytesById(bytes) });
}

/** The series of the sample whose newest title holds some words. */
export function sampleSeriesOf(words: string): Series {
  const found = sampleArchive().series.find(
    ({ title, revisions }) => title.includes(words) || revisions.some((one) => one.title.includes(words)),
  );
  if (!found) throw new Error(`The sample has no series ${words}`);
  return found;
}

/** What the extension answers about a revision. */
export interface RevisionAnswers {
  readonly texts: RevisionTexts;
  /** By place of the patch; null where its mail is gone. */
  readonly diffs: ReadonlyArray<readonly PatchFile[] | null>;
  readonly replies: readonly LoadedReply[];
  /** By place of the patch. */
  readonly comments: ReadonlyArray<readonly PatchComment[]>;
  readonly counts: readonly PatchCounts[];
}

/** The answers to all that a page may ask about a revision. */
export function answersOf(revision: Revision, bytes: MailBytes): RevisionAnswers {
  const mails = readMails(mailIdsOf(revision), bytes);
  const replies = revision.posted?.replies ?? [];
  const comments = revision.patches.map((_, at) => patchComments(revision, at, readMails(commentMailIds(revision, at), bytes)));
  return {
    comments,
    counts: comments.map((ofPatch, patch) => ({ patch, ...countComments(ofPatch) })),
    texts: textsOfRevision(revision, mails),
    diffs: revision.patches.map((_, at) => {
      const text = textOfPatch(revision, at, mails);
      return text === null ? null : patchFiles(text);
    }),
    replies: replies.map(({ messageId }, reply) => {
      const mail = bytes.get(messageId);
      return { reply, text: mail ? replyText(mail) : null };
    }),
  };
}

/** Mails of some ids, read; those that are gone are absent. */
export function readMails(ids: readonly string[], bytes: MailBytes): Map<string, Mail> {
  return new Map(
    ids.flatMap((id) => {
      const one = bytes.get(id);
      return one ? [[id, readMail(one)] as const] : [];
    }),
  );
}
