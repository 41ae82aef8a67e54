/** A posting: one revision with its place among the sources and the signs by which it is compared with others. */
import { formatAuthor } from "../mail/author";
import type { Revision } from "../series/series";
import type { PostingLink } from "./earlierPostings";
import { compareTexts } from "./threads";

/** A revision and its place among the sources: later source is newer, a lower position is newer within one. */
export interface Posting {
  readonly revision: Revision;
  readonly source: number;
  readonly position: number;
  readonly signs: PostingSigns;
}

/** The signs by which postings find each other and are compared, besides what their revisions say. */
export interface PostingSigns {
  /** Two postings of mails are compared only if they share one; see linkKeys.ts. */
  readonly keys: readonly string[];
  /** Earlier postings that its letter names. */
  readonly citations: readonly PostingLink[];
  /** The Message-IDs of all its mails, including resent ones. */
  readonly messageIds: ReadonlySet<string>;
  readonly patchIds: ReadonlySet<string>;
  /** Answers to it that somebody cites by their Message-ID to name the posting. */
  readonly answerIds: ReadonlySet<string>;
  /** The mails that its first one answers and that are not here: one may be its cover letter. */
  readonly absent: readonly string[];
  /** The words of the titles that it says it had. */
  readonly formerTitles: readonly string[];
  /** The first mail of the posting whose thread it was sent into; null if it began its thread. */
  readonly answers: string | null;
  readonly changeId: string | null;
  /** Pull requests and stable mail are never revisions of anything else. Empty for patches; null if a digest does not tell. */
  readonly tree: string | null;
  /** Decides if the date does not. */
  readonly order: string;
}

/** The signs of a digest's posting. A digest prints no Message-ID, no thread and no diff, so only what the letter cites is known. */
export function digestSigns(citations: readonly PostingLink[]): PostingSigns {
  return {
    keys: [],
    citations,
    messageIds: new Set(),
    patchIds: new Set(),
    answerIds: new Set(),
    absent: [],
    formerTitles: [],
    answers: null,
    changeId: null,
    tree: null,
    order: "",
  };
}

/** `title LF author` of a revision's first mail, which identifies a posting without a Message-ID. */
function firstMailText(revision: Revision): string {
  const first = revision.cover ? null : revision.patches[0];
  return revision.messageId ?? `${first?.title ?? revision.title}\n${formatAuthor(revision.author)}`;
}

/** SHA-256 of a text as lower-case hex; it is passed in, since core has no crypto of its own. */
export type Sha256 = (text: string) => string;

/** How many hex digits the id of a series has. */
export const idLength = 12;

/** 12 hex digits of SHA-256 over the Message-ID of a revision's first mail (digest: title LF author). */
export function seriesId(revision: Revision, sha256: Sha256): string {
  return sha256(firstMailText(revision)).slice(0, idLength);
}

/** Older first, by date if both have one. */
export function comparePostings(a: Posting, b: Posting): number {
  const [first, second] = [a.revision.date, b.revision.date];
  if (first !== null && second !== null && first !== second) return first < second ? -1 : 1;
  return compareUndatedPostings(a, b);
}

/** Older first: an RFC before the patches proper, then by version, a RESEND after the posting it repeats, then by place. */
export function compareUndatedPostings(a: Posting, b: Posting): number {
  const [first, second] = [a.revision, b.revision];
  return (
    Number(second.rfc) - Number(first.rfc) ||
    first.version - second.version ||
    (first.point ?? 0) - (second.point ?? 0) ||
    Number(first.resend) - Number(second.resend) ||
    a.source - b.source ||
    b.position - a.position ||
    compareTexts(a.signs.order, b.signs.order)
  );
}
