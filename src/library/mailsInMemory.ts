/** Mails of files that are small enough for memory, which needs no index and leaves no file behind. */
import { RecentAddresses } from "../core/mail/address";
import { readMail } from "../core/mail/mail";
import { assembleMails, type UnusedDiff, unusedDiffs } from "../core/postings/assembleMails";
import { type MailFacts, mailFactsOf } from "../core/postings/mailFacts";
import type { Posting } from "../core/postings/posting";
import { copyMeant } from "../core/postings/threads";
import { patchKey } from "../index/hashes";
import { latestArrival } from "../sources/arrival";
import { blobId } from "../sources/blobId";
import type { MailFileKind } from "../sources/detect";
import { readMailFile } from "../sources/mailFiles";

export interface MailsInMemory {
  readonly postings: readonly Posting[];
  /** Mails with a diff that is in no posting. */
  readonly untaken: readonly UnusedDiff[];
  /** The mails in the order they came, by Message-ID. */
  readonly bytes: ReadonlyMap<string, Uint8Array>;
}

export interface MailFile {
  readonly kind: MailFileKind;
  readonly path: string;
  /** The source that is shown for its postings. */
  readonly source: string;
}

/** The outcome of one file. */
export interface MailFileRead {
  readonly count: number;
  /** Sentences for a person. */
  readonly problems: readonly string[];
}

/** Reads mail files and assembles all their mails; `files` has the outcome of each, in the same order. */
export async function readMailsInMemory(
  files: readonly MailFile[],
): Promise<{ readonly mails: MailsInMemory; readonly files: MailFileRead[] }> {
  const facts: MailFacts[] = [];
  const addresses = new RecentAddresses();
  const copies = new Map<string, Array<{ readonly facts: MailFacts; readonly bytes: Uint8Array }>>();
  const read: MailFileRead[] = [];
  for (const { kind, path, source } of files) {
    const before = facts.length;
    const problems: string[] = [];
    await readMailFile(kind, path, {
      stopped: () => false,
      problem: (sentence) => problems.push(sentence),
      mail(bytes) {
        const mail = readMail(bytes, addresses);
        const one = mailFactsOf(mail, { place: blobId(bytes), committed: latestArrival(bytes, mail.date), source, patchId: patchKey });
        facts.push(one);
        const copy = { facts: one, bytes: Buffer.from(bytes) };
        const known = copies.get(one.messageId);
        if (known) known.push(copy);
        else copies.set(one.messageId, [copy]);
      },
    });
    read.push({ count: facts.length - before, problems });
  }
  const bytes = new Map<string, Uint8Array>();
  for (const [messageId, all] of copies) {
    const meant = all.length > 1 ? copyMeant(all.map((copy) => copy.facts)) : all[0]?.facts;
    const copy = all.find((one) => one.facts === meant);
    if (copy) bytes.set(messageId, copy.bytes);
  }
  const { postings } = assembleMails(facts);
  return { mails: { postings, untaken: unusedDiffs(facts, postings), bytes }, files: read };
}
