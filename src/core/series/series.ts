/**
 * The data everything stands on: a series is one piece of work over all its revisions, a revision is one posting of it.
 * All of it is plain, readonly and serialisable, so the page, the command line and the index share one shape.
 */
import type { TouchedFile } from "../diff/diffstat";
import type { Author } from "../mail/author";
import type { Trailer } from "../mail/trailers";

export interface Patch {
  /** 1-based place in the revision; null where a digest does not tell. */
  readonly index: number | null;
  readonly title: string;
  readonly author: Author;
  /** Without angle brackets; null in digests. */
  readonly messageId: string | null;
  /** The text between the headers and the diff; null for a patch known only by its title. */
  readonly message: string | null;
  /** The unified diff; null where the source has none. */
  readonly diff: string | null;
  readonly files: readonly TouchedFile[];
  readonly trailers: readonly Trailer[];
  /** Where a partial reroll left the patch as it was: what the revision it was posted in is called (`v1`). */
  readonly carriedFrom?: string;
  /** Other mails sent for this place of the revision, the one that counted before first; the patch is the one that counts. */
  readonly rivals?: readonly string[];
  /** Equal for equal changes, see `FactPatch`; absent where there is no diff, and in digests. */
  readonly patchId?: string;
  /** The mainline commit a stable patch was made from. */
  readonly upstream?: string;
  /** Hunks that end too early, as mail programs leave them that break lines: `hunk 2 of kernel/fork.c is short`. */
  readonly mangled?: readonly string[];
}

export interface Cover {
  readonly messageId: string | null;
  /** The whole subject, brackets included. */
  readonly subject: string;
  /** Null where it is not loaded: an archive gives it when a page is opened. */
  readonly body: string | null;
}

export interface Revision {
  readonly version: number;
  /** The 1 of `v5.1`, another revision than v5; absent where there is none. See `versionLabel`. */
  readonly point?: number;
  /** The words of the subject's brackets without version and n/m: `["RFC", "PATCH"]`. */
  readonly prefixes: readonly string[];
  readonly rfc: boolean;
  readonly resend: boolean;
  readonly title: string;
  readonly author: Author;
  /** ISO 8601, UTC, seconds, `Z`; null where no Date header was read. Of the last time it was sent: a resend is a posting. */
  readonly date: string | null;
  /** Of the first mail (cover letter, else the first patch), also where it was sent again later. */
  readonly messageId: string | null;
  /** The n of `0/n`; 1 for a lone patch. */
  readonly expected: number;
  readonly cover: Cover | null;
  /** By index, those without one last in shortlog order. */
  readonly patches: readonly Patch[];
  /** Indexes of which not even the title is known. */
  readonly missing: readonly number[];
  /** The cover letter's diffstat where it tells of files that no patch here does: in digests, and of patches on other lists; else []. */
  readonly diffstat: readonly TouchedFile[];
  /** Union of all touched paths, old names included, sorted. */
  readonly files: readonly string[];
  /** Name of the source it was read from, for people. */
  readonly source: string;
  /** What only mails tell; absent in digests. */
  readonly posted?: PostedFacts;
}

/** What a posting is: patches for review, a pull request (patches below it or not), or mail of the stable trees. */
export type PostingKind = "patches" | "pull" | "stable";

export interface PostedFacts {
  readonly kind: PostingKind;
  /** Answers to any mail of it, oldest first. */
  readonly replies: readonly Reply[];
  /** Ids of the lists its mails were read on (`kvm.vger.kernel.org`). */
  readonly lists: readonly string[];
  /** Lists the mails were sent to which are none of `lists`: there the missing patches may be. */
  readonly otherLists: readonly string[];
  /** When it was sent first; the revision's date is that of the last time. */
  readonly firstSent: string | null;
  /** The same mails sent once more, oldest first: its patches are those of the last one. */
  readonly resentAs: ReadonlyArray<{ readonly messageId: string; readonly date: string }>;
  /** Its mails that no longer count, since others were sent in their places or all of it again. */
  readonly replaced: readonly string[];
  readonly changeId: string | null;
  readonly baseCommit: string | null;
  readonly prerequisites: readonly Prerequisite[];
  /** What replies report as applied, oldest first; one line for each commit they name. */
  readonly applied: readonly ReportedApplied[];
  /** What is odd about it, a sentence each: `6/5 is more than announced`. */
  readonly oddities: readonly string[];
}

/** A mail that answers one of a revision's. It touches no files, whatever diff it holds. */
export interface Reply {
  readonly messageId: string;
  readonly inReplyTo: string | null;
  readonly author: Author;
  /** ISO 8601, UTC, seconds, `Z`. */
  readonly date: string;
  /** Index of the patch it hangs under, 0 for the cover letter. */
  readonly patch: number;
  readonly kind: "comment" | "bot" | "applied" | "loose-patch";
  readonly trailers: readonly Trailer[];
}

/** Something a posting says it needs. */
export interface Prerequisite {
  readonly kind: "patch-id" | "change-id" | "message-id" | "base-commit" | "text";
  readonly value: string;
}

/** What a reply reports as applied, in its own words: that it says so is no proof that it is. */
export interface ReportedApplied {
  /** The mail that says so. */
  readonly messageId: string;
  readonly from: Author;
  /** ISO 8601, UTC, seconds, `Z`. */
  readonly date: string;
  /** Indexes; null for all of the revision, [] where it says so of some patches and not of which. */
  readonly patches: readonly number[] | null;
  /** Hex, full or shortened; null where only the words are there. */
  readonly commit: string | null;
  /** The sentence that says so, in one line. */
  readonly quote: string;
}

/** A revision known only by a link in another one. */
export interface ElsewhereRevision {
  readonly version: number;
  readonly rfc: boolean;
  readonly messageId: string;
  readonly url: string;
}

/** Why two revisions are held to be the same work, strongest first. */
export type LinkEvidence =
  "by-hand" | "change-id" | "changelog-link" | "in-reply-to" | "former-title" | "same-patches" | "same-title" | "overlap";

/** A joint between two revisions, always with its evidence, strongest first. */
export interface RevisionLink {
  /** Zero-based places in `Series.revisions`. */
  readonly from: number;
  readonly to: number;
  readonly evidence: readonly LinkEvidence[];
}

export const seriesStatuses = ["new", "in-review", "reviewed", "changes-requested", "queued", "landed", "stale"] as const;
export type SeriesStatus = (typeof seriesStatuses)[number];

export interface Series {
  /** 12 hex digits, stable for the same input in any order; see `seriesId` in postings/posting.ts. */
  readonly id: string;
  /** Every id this series had or could have had from another of its revisions, and its Message-IDs. */
  readonly aliases: readonly string[];
  readonly title: string;
  readonly subsystem: string;
  readonly status: SeriesStatus;
  /** Oldest first, never empty. */
  readonly revisions: readonly Revision[];
  readonly elsewhere: readonly ElsewhereRevision[];
  readonly links: readonly RevisionLink[];
}

/** Something a reader could not make sense of, said in one sentence for a person. */
export interface Problem {
  /** The file, archive or mail it is about. */
  readonly source: string;
  readonly message: string;
  /** Where `message` sums several problems up, a sentence for each; see problems.ts. */
  readonly details?: readonly string[];
}

/** The newest revision of a series: the one that is pending. */
export function newestRevision(series: Series): Revision {
  const newest = series.revisions.at(-1);
  if (!newest) throw new Error("a series has at least one revision");
  return newest;
}

/** The mail of a revision under which people find what counts of it; its `messageId` stays that of the first posting. */
export function leadMessageId({ cover, messageId, patches, posted }: Revision): string | null {
  const resent = posted?.resentAs.at(-1)?.messageId ?? null;
  return cover?.messageId ?? resent ?? patches.find(({ rivals, index }) => rivals && index === 1)?.messageId ?? messageId;
}

/** When something of a series was sent last; null where no source tells. A newest revision with a date before the others' has a wrong clock. */
export function lastSent({ revisions }: Pick<Series, "revisions">): string | null {
  let last: string | null = null;
  for (const { date } of revisions) if (date !== null && (last === null || date > last)) last = date;
  return last;
}

/**
 * Identifies the content of a series' newest revision: its patches by their mails, since a mail sent later may replace one. In a
 * digest, which has no mails, the titles stand for them. What was worked out for a revision holds as long as its key stays.
 */
export function newestRevisionKey(series: Series): string {
  const { version, messageId, patches } = newestRevision(series);
  const mails = patches.map((patch) => patch.messageId ?? patch.title);
  return [series.id, version, messageId ?? "", ...mails].join("\n");
}

/** For sorting: by the date of the newest revision, the newest first and those without one last; then by id. */
export function newestFirst(a: Series, b: Series): number {
  const [first, second] = [lastSent(a) ?? "", lastSent(b) ?? ""];
  if (first !== second) return first < second ? 1 : -1;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

// Which series are pending by their age: the newest mail of the sources is "now", never the clock.

/** Days after which a series that nothing was sent for is taken for stale. */
export const pendingDays = 180;

const dayMilliseconds = 24 * 60 * 60 * 1000;

/** The date of the newest revision of all, in milliseconds; null where no source tells dates. */
export function newestDate(series: readonly Series[]): number | null {
  let newest: number | null = null;
  for (const one of series) {
    const date = lastSent(one);
    if (date !== null) newest = Math.max(newest ?? 0, Date.parse(date));
  }
  return newest;
}

/** The date of the newest mail in any of them, answers too, in milliseconds; null where no source tells dates. */
export function newestMailDate(series: readonly Series[]): number | null {
  let newest = newestDate(series);
  for (const { revisions } of series) {
    for (const { posted } of revisions) {
      for (const { date } of posted?.replies ?? []) newest = Math.max(newest ?? 0, Date.parse(date));
    }
  }
  return newest;
}

/**
 * Whether a series waits for its maintainer still. One without a date comes out of a digest, which lists nothing old; mail for
 * the stable trees repeats what was decided elsewhere.
 */
export function isPending(series: Series, now: number | null): boolean {
  if (series.status === "landed" || series.status === "stale" || isStableMail(series)) return false;
  const date = lastSent(series);
  return date === null || now === null || now - Date.parse(date) <= pendingDays * dayMilliseconds;
}

/** Whether a series is mail of the stable trees, a class of its own that is hidden unless asked for. */
export function isStableMail(series: Series): boolean {
  return newestRevision(series).posted?.kind === "stable";
}

// Replies in the order of their thread.

/** A reply in the order of its thread. */
export interface ThreadedReply {
  readonly reply: Reply;
  /** Its place among all replies of the revision. */
  readonly at: number;
  /** How many of the replies shown with it stand above it. */
  readonly depth: number;
}

/** The replies below one patch (0: the cover letter) as a thread: each after what it answers, those beside each other by date. */
export function repliesUnder(replies: readonly Reply[], patch: number): ThreadedReply[] {
  const under = replies.map((reply, at) => ({ reply, at })).filter(({ reply }) => reply.patch === patch);
  const ids = new Set(under.map(({ reply }) => reply.messageId));
  const answers = new Map<string | null, typeof under>();
  for (const one of under) {
    const { messageId, inReplyTo } = one.reply;
    const parent = inReplyTo !== null && inReplyTo !== messageId && ids.has(inReplyTo) ? inReplyTo : null;
    const beside = answers.get(parent);
    if (beside) beside.push(one);
    else answers.set(parent, [one]);
  }
  const thread: ThreadedReply[] = [];
  const seen = new Set<number>();
  // A stack and not a recursion: a thread may be as deep as somebody likes.
  const stack: Array<{ one: (typeof under)[number]; depth: number }> = [];
  const push = (parent: string | null, depth: number): void => {
    for (const one of answers.get(parent)?.toReversed() ?? []) stack.push({ one, depth });
  };
  push(null, 0);
  for (let next = stack.pop(); next; next = stack.pop()) {
    const { one, depth } = next;
    if (seen.has(one.at)) continue;
    seen.add(one.at);
    thread.push({ ...one, depth });
    push(one.reply.messageId, depth + 1);
  }
  // Mails that answer each other in a circle hang from nothing.
  for (const one of under) if (!seen.has(one.at)) thread.push({ ...one, depth: 0 });
  return thread;
}
