/** Mails that hold a diff of their sender's and are no patch of a series: listed with the reason, so that none vanishes unseen. */
import type { MailFacts } from "./mailFacts";
import type { Posting } from "./posting";
import type { Author } from "../mail/author";
import { isoDate } from "../mail/mailDate";

export interface UntakenDiff {
  readonly messageId: string;
  readonly subject: string;
  readonly from: Author;
  /** Null where the mail has none. */
  readonly date: string | null;
  /** One sentence for a person. */
  readonly reason: string;
}

/** @param facts all that the postings were assembled from */
export function untakenDiffs(facts: readonly MailFacts[], postings: readonly Posting[]): UntakenDiff[] {
  const left = facts.filter(({ hasDiff }) => hasDiff);
  if (left.length === 0) return [];
  const patches = postings.flatMap(({ revision }) => revision.patches);
  const taken = new Set(patches.map(({ messageId }) => messageId));
  // A patch that was sent again, or came on a second list, is there as long as one of its mails is.
  const changes = new Set(patches.flatMap(({ patchId }) => patchId ?? []));
  const found = new Map<string, UntakenDiff>();
  for (const mail of left) {
    const own = changesOf(mail);
    const { messageId, line, sender, date } = mail;
    const isNamed = taken.has(messageId);
    // Two mails may share an id, and then one of them may not be the patch.
    if (own.length === 0 ? isNamed : isNamed ? own.some((change) => changes.has(change)) : own.every((change) => changes.has(change)))
      continue;
    const reason = isNamed ? "Another mail has its Message-ID." : reasonFor(mail);
    found.set(messageId, { messageId, subject: line, from: sender, date: isoDate(date), reason });
  }
  return [...found.values()].sort((a, b) => compare(a.date ?? "", b.date ?? "") || compare(a.messageId, b.messageId));
}

function changesOf({ patches }: MailFacts): string[] {
  return patches.flatMap(({ patchId }) => patchId ?? []);
}

function reasonFor({ kind }: MailFacts): string {
  if (kind === "bot") return "A program sent it.";
  if (kind === "cover") return "It is a cover letter, and those change no files.";
  if (kind === "pull") return "It is a pull request.";
  if (kind === "patch") return "Another mail stands in its place in the series.";
  return "It is an answer, and a diff in one is taken for a suggestion.";
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
