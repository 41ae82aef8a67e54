/**
 * The data that everything is built on. A series is one piece of work over all its revisions; a revision is one posting of it.
 * All of it is plain, read-only and serialisable, so the page, the command line and the index share one shape.
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
  /** Reviews of the patch in older revisions, before it changed, each with its revision; absent until `olderReviews.ts` has looked for them. */
  readonly former?: readonly Trailer[];
  /** The revision that posted the patch (`v1`), where a partial reroll left it unchanged. */
  readonly carriedFrom?: string;
  /** Other mails sent in the place of this patch, the one that counted before first. */
  readonly rivals?: readonly string[];
  /** Equal for equal changes, see `FactPatch`; absent where there is no diff, and in digests. */
  readonly patchId?: string;
  /** Hunks that mail programs damaged: `hunk 2 of kernel/fork.c is short`. */
  readonly mangled?: readonly string[];
}

export interface Cover {
  readonly messageId: string | null;
  /** The whole subject, brackets included. */
  readonly subject: string;
  /** Null until a page loads it from an archive. */
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
  /** When it was sent last, resends included: ISO 8601, UTC, seconds, `Z`; null where no Date header was read. */
  readonly date: string | null;
  /** That of the first mail (cover letter, else first patch), even where it was sent again later. */
  readonly messageId: string | null;
  /** The n of `0/n`; 1 for a lone patch. */
  readonly expected: number;
  readonly cover: Cover | null;
  /** Sorted by index; those without one are last, in shortlog order. */
  readonly patches: readonly Patch[];
  /** Indexes of which not even the title is known. */
  readonly missing: readonly number[];
  /** The diffstat of the cover letter, where it has files that no patch here has: in digests, and for patches sent to other lists; else []. */
  readonly diffstat: readonly TouchedFile[];
  /** Union of all touched paths, old names included, sorted. */
  readonly files: readonly string[];
  /** Name of the source it was read from, for people. */
  readonly source: string;
  /** Facts that only mails tell; absent in digests. */
  readonly posted?: PostedFacts;
}

/** The kind of a posting: patches for review, a pull request with or without patches below it, or mail of the stable trees. */
export type PostingKind = "patches" | "pull" | "stable";

export interface PostedFacts {
  readonly kind: PostingKind;
  /** The answers to any of its mails, oldest first. */
  readonly replies: readonly Reply[];
  /** Ids of the lists its mails were read on (`kvm.vger.kernel.org`). */
  readonly lists: readonly string[];
  /** Other lists that the mails were sent to, where missing patches may be. */
  readonly otherLists: readonly string[];
  /** When it was sent first; the date of the revision is when it was sent last. */
  readonly firstSent: string | null;
  /** The times it was sent again, oldest first; its patches are those of the last time. */
  readonly resentAs: ReadonlyArray<{ readonly messageId: string; readonly date: string }>;
  /** Its mails that no longer count, since others replaced them or all of it was sent again. */
  readonly replaced: readonly string[];
  readonly changeId: string | null;
  readonly baseCommit: string | null;
  readonly prerequisites: readonly Prerequisite[];
  /** Reports in replies that it was applied, oldest first; one for each commit they name. */
  readonly applied: readonly ReportedApplied[];
  /** Oddities, one sentence each: `6/5 is more than announced`. */
  readonly oddities: readonly string[];
}

/** A mail that answers one of a revision. It touches no files, even if it has a diff. */
export interface Reply {
  readonly messageId: string;
  readonly inReplyTo: string | null;
  readonly author: Author;
  /** ISO 8601, UTC, seconds, `Z`. */
  readonly date: string;
  /** The index of the patch that it answers, directly or not; 0 for the cover letter. */
  readonly patch: number;
  readonly kind: "comment" | "bot" | "applied" | "loose-patch";
  readonly trailers: readonly Trailer[];
}

/** Something that a posting says it needs. */
export interface Prerequisite {
  readonly kind: "patch-id" | "change-id" | "message-id" | "base-commit" | "text";
  readonly value: string;
}

/** A report in a reply that patches were applied. It is a claim, and no proof. */
export interface ReportedApplied {
  /** The mail of the report. */
  readonly messageId: string;
  readonly from: Author;
  /** ISO 8601, UTC, seconds, `Z`. */
  readonly date: string;
  /** The indexes of the patches; null for all of the revision, [] where it does not say which. */
  readonly patches: readonly number[] | null;
  /** The commit in hex, full or shortened; null where the report names none. */
  readonly commit: string | null;
  /** The sentence of the report, in one line. */
  readonly quote: string;
}

/** A revision known only by a link in another one. */
export interface ElsewhereRevision {
  readonly version: number;
  readonly rfc: boolean;
  readonly messageId: string;
  readonly url: string;
}

/** Kinds of evidence that two revisions are the same work, strongest first. */
export type LinkEvidence =
  "by-hand" | "change-id" | "changelog-link" | "in-reply-to" | "former-title" | "same-patches" | "same-title" | "overlap";

/** A link between two revisions with its evidence, strongest first. */
export interface RevisionLink {
  /** Zero-based numbers in `Series.revisions`. */
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

/** Something that could not be read, in one sentence for a person. */
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

/** The mail that leads people to the present state of a revision; its `messageId` stays that of the first posting. */
export function leadMessageId({ cover, messageId, patches, posted }: Revision): string | null {
  const resent = posted?.resentAs.at(-1)?.messageId ?? null;
  return cover?.messageId ?? resent ?? patches.find(({ rivals, index }) => rivals && index === 1)?.messageId ?? messageId;
}

/** When anything of a series was sent last; null where no source tells. It need not be the newest revision, whose sender may have a wrong clock. */
export function lastSent({ revisions }: Pick<Series, "revisions">): string | null {
  let last: string | null = null;
  for (const { date } of revisions) if (date !== null && (last === null || date > last)) last = date;
  return last;
}

/**
 * Identifies the content of a series' newest revision: its patches by their mails, since a mail sent later may replace one. In a
 * digest, which has no mails, the titles do instead. What was worked out for a revision holds as long as its key stays.
 */
export function newestRevisionKey(series: Series): string {
  const { version, messageId, patches } = newestRevision(series);
  const mails = patches.map((patch) => patch.messageId ?? patch.title);
  return [series.id, version, messageId ?? "", ...mails].join("\n");
}

/** Sorts by the date of the newest revision, the newest first and series without a date last; then by id. */
export function newestFirst(a: Series, b: Series): number {
  const [first, second] = [lastSent(a) ?? "", lastSent(b) ?? ""];
  if (first !== second) return first < second ? 1 : -1;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

// Which series are pending by their age: the newest mail of the sources is "now", never the clock.

/** Days without a mail after which a series is stale. */
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

/** The date of the newest mail, answers included, in milliseconds; null where no source tells dates. */
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
 * Whether a series still waits for its maintainer. A series without a date is from a digest, which lists nothing old. Mail for the
 * stable trees repeats what was decided elsewhere.
 */
export function isPending(series: Series, now: number | null): boolean {
  return series.status !== "landed" && series.status !== "stale" && !isStableMail(series) && !isOld(series, now);
}

/** Whether nothing of a series was sent for so long that it is stale; false where no source tells. */
export function isOld(series: Series, now: number | null): boolean {
  const date = lastSent(series);
  return date !== null && now !== null && now - Date.parse(date) > pendingDays * dayMilliseconds;
}

/** Whether a series is mail of the stable trees, a class of its own that is hidden unless asked for. */
export function isStableMail(series: Series): boolean {
  return newestRevision(series).posted?.kind === "stable";
}

/** A reply at its place in the thread. */
export interface ThreadedReply {
  readonly reply: Reply;
  /** Its number among all replies of the revision. */
  readonly at: number;
  /** How many of the replies shown with it it answers, directly or not. */
  readonly depth: number;
}

/** A row in the list of patches: a patch and its place in the revision, or a number of which nothing was seen. */
export type PatchRow<P> = { readonly patch: P; readonly at: number } | { readonly gap: number };

/** The patches of a revision with the gaps between them; patches without a number come last, in the order of the revision. */
export function patchRows<P extends Pick<Patch, "index">>({
  patches,
  missing,
}: {
  readonly patches: readonly P[];
  readonly missing: readonly number[];
}): Array<PatchRow<P>> {
  const numbered = patches.map((patch, at) => ({ patch, at, index: patch.index ?? Infinity }));
  const gaps = missing.map((gap) => ({ gap, index: gap }));
  // Infinity minus itself is no number: two patches without an index keep their order.
  return [...numbered, ...gaps].sort((a, b) => (a.index === b.index ? 0 : a.index - b.index));
}

/** The replies to one patch (0: the cover letter) as a thread: each below the mail it answers, and siblings by date. */
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
  // A stack instead of recursion, since a thread may be of any depth.
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
  // Mails that answer each other in a circle are below no other mail.
  for (const one of under) if (!seen.has(one.at)) thread.push({ ...one, depth: 0 });
  return thread;
}
