/**
 * Makes postings (revisions with their replies) from the facts of mails. Mails and diffs that belong to no posting are listed
 * with a reason.
 */
import { type Author, personKey } from "../mail/author";
import { isoDate } from "../mail/mailDate";
import { joinLaterRuns, orderDuplicates, sortByLead, takeOpeningLetters } from "./completePostings";
import { citationKeys, postingKeys } from "./linkKeys";
import { factsTitle, type MailFacts } from "./mailFacts";
import { type DraftPlace, type PlacedMails, placeMails } from "./placeMails";
import { postedRevision } from "./postedRevision";
import type { Posting, PostingSigns } from "./posting";
import { carriedPatches, draftMails, findResends, leadOf, type PostingDraft, streamOfMail } from "./postingDraft";
import type { PlacedReply } from "./postingReplies";
import { compareMails, compareTexts, mailsAbove, readThreads, type Threads } from "./threads";

/** A mail that is in no revision. */
export interface UnplacedMail {
  readonly messageId: string;
  /** One sentence for a person. */
  readonly reason: string;
}

export interface Assembly {
  /** Oldest first. */
  readonly postings: readonly Posting[];
  readonly unplaced: readonly UnplacedMail[];
}

/**
 * Assembles postings. The order of the facts does not matter. Mails that are connected by linkKeys.ts must be given
 * together; others may be given apart, and the result is the same.
 */
export function assembleMails(facts: readonly MailFacts[]): Assembly {
  const threads = readThreads(facts);
  const slots = placeMails(
    threads,
    threads.mails.filter((mail) => isPostingMail(mail, threads)),
  );
  const opened = takeOpeningLetters(joinLaterRuns(slots, threads), threads);
  for (const draft of opened.drafts) orderDuplicates(draft, threads);
  const drafts = sortByLead(opened.drafts);
  const originals = findResends(drafts.filter(({ rerolls }) => rerolls === null));
  const hung = placeReplies(threads, opened);
  const resends = new Map<PostingDraft, PostingDraft[]>();
  for (const [resent, original] of originals) {
    const known = resends.get(original);
    if (known) known.push(resent);
    else resends.set(original, [resent]);
  }
  const answered = new Map(drafts.map((draft) => [draft, answeredDraft(draft, opened, threads)]));
  const wanted = wantedIds(threads, answered.values());
  const postings: Posting[] = [];
  for (const draft of drafts) {
    if (originals.has(draft)) continue;
    const again = (resends.get(draft) ?? []).sort((a, b) => a.first - b.first);
    const all = [draft, ...again];
    const below = all.flatMap((one) => hung.byDraft.get(one) ?? []).sort((a, b) => compareMails(a.mail, b.mail));
    const { carried, base } = carriedPatches(draft, threads.parentOf);
    const carriedHung = new Map([...carried].map(([index, { from }]) => [index, hung.byDraft.get(from) ?? []]));
    const above = (mail: MailFacts): readonly MailFacts[] => mailsAbove(mail, threads);
    const revision = postedRevision({ draft, resends: again, carried, base, hung: below, carriedHung, mailsAbove: above });
    postings.push({
      revision,
      source: 0,
      position: 0,
      signs: postingSigns({ all, below, above: answered.get(draft) ?? null }, threads, wanted),
    });
  }
  return { postings, unplaced: hung.unplaced };
}

/** Whether a mail is a cover letter or patch with a place of its own. */
function isPostingMail(mail: MailFacts, { byId, parentOf }: Threads): boolean {
  // Nobody could fetch a patch whose Message-ID stands for another mail.
  if (byId.get(mail.messageId) !== mail) return false;
  if (mail.kind === "cover") return mail.subject.index === 0;
  if (mail.kind === "pull") return mail.subject.index !== null;
  return mail.kind === "patch" && !repeatsParent(mail, parentOf(mail));
}

/**
 * Whether a mail is an answer that lost its `Re:`: it has the subject of the answered mail and no diff, or repeats somebody
 * else's diff.
 */
function repeatsParent(mail: MailFacts, parent: MailFacts | null): boolean {
  if (!parent || (parent.kind !== "patch" && parent.kind !== "cover")) return false;
  if (!mail.hasDiff) return factsTitle(mail) === factsTitle(parent);
  const patchId = mail.patches[0]?.patchId ?? null;
  return patchId !== null && patchId === parent.patches[0]?.patchId && personKey(mail.sender) !== personKey(parent.sender);
}

interface RepliesByDraft {
  readonly byDraft: ReadonlyMap<PostingDraft, PlacedReply[]>;
  readonly unplaced: readonly UnplacedMail[];
}

/** Puts every other mail below the nearest cover letter or patch above it in its thread. */
function placeReplies(threads: Threads, { placeOf }: PlacedMails): RepliesByDraft {
  const byDraft = new Map<PostingDraft, PlacedReply[]>();
  const unplaced: UnplacedMail[] = [];
  const tops = new Map<MailFacts, MailFacts | null>();
  for (const mail of threads.mails) {
    if (placeOf.has(mail)) continue;
    const under = nearestPlaced(mail, threads, placeOf, tops);
    const place = under ? placeOf.get(under) : undefined;
    if (!under || !place) unplaced.push({ messageId: mail.messageId, reason: whyUnplaced(mail, threads) });
    else {
      const known = byDraft.get(place.draft);
      const hung = { mail, index: place.index, under };
      if (known) known.push(hung);
      else byDraft.set(place.draft, [hung]);
    }
  }
  return { byDraft, unplaced };
}

/**
 * The nearest cover letter or patch above a mail, remembered for every mail on the way; null if there is none, or if the thread
 * is a circle.
 */
function nearestPlaced(
  mail: MailFacts,
  { parentOf }: Threads,
  placeOf: ReadonlyMap<MailFacts, DraftPlace>,
  tops: Map<MailFacts, MailFacts | null>,
): MailFacts | null {
  const parent = parentOf(mail);
  // Most mails answer a patch directly.
  if (parent && placeOf.has(parent)) {
    tops.set(mail, parent);
    return parent;
  }
  const way: MailFacts[] = [];
  let top: MailFacts | null = null;
  for (let at: MailFacts | null = mail; at; at = parentOf(at)) {
    const known = placeOf.has(at) ? at : tops.get(at);
    if (known !== undefined) {
      top = known;
      break;
    }
    // A mail is marked before its parent is looked at, so that the walk ends if mails answer each other in a circle.
    tops.set(at, null);
    way.push(at);
  }
  for (const at of way) tops.set(at, top);
  return top;
}

const idTaken = "Another mail has its Message-ID.";

function whyUnplaced(mail: MailFacts, { byId, parentOf }: Threads): string {
  if (byId.get(mail.messageId) !== mail) return idTaken;
  if (mail.kind === "bot" && mail.inReplyTo === null) return "A program sent it, and it answers no mail.";
  if (parentOf(mail)) return "Its thread contains no patch.";
  if (mail.inReplyTo !== null || mail.references.length > 0) return "It answers a mail that is not here.";
  return mail.kind === "patch" ? "It has the subject of a patch and no place in a series." : "It is neither a patch nor an answer to one.";
}

/** Message-IDs by which postings can find each other: those that are cited, and those of postings that others answer. */
function wantedIds(threads: Threads, answered: Iterable<PostingDraft | null>): Set<string> {
  const wanted = new Set<string>();
  for (const mail of threads.mails) for (const { messageId } of mail.citations) wanted.add(messageId);
  for (const draft of answered) if (draft) wanted.add(leadOf(draft).messageId);
  return wanted;
}

/** The posting whose thread another was sent into. */
function answeredDraft(draft: PostingDraft, { placeOf }: PlacedMails, { parentOf }: Threads): PostingDraft | null {
  const seen = new Set<MailFacts>();
  for (let at = parentOf(leadOf(draft)); at && !seen.has(at); at = parentOf(at)) {
    seen.add(at);
    const above = placeOf.get(at)?.draft;
    if (above && above !== draft) return above;
  }
  return draft.rerolls;
}

/** A posting and the mails around it. */
interface Surrounded {
  /** The posting, and the postings that repeat it. */
  readonly all: readonly PostingDraft[];
  /** The replies to it. */
  readonly below: readonly PlacedReply[];
  /** The posting whose thread it was sent into. */
  readonly above: PostingDraft | null;
}

function postingSigns({ all, below, above }: Surrounded, { byId }: Threads, wanted: ReadonlySet<string>): PostingSigns {
  const [draft] = all;
  if (!draft) throw new Error("a posting has a draft");
  const mails = all.flatMap(draftMails);
  const lead = leadOf(draft);
  const answers = above ? leadOf(above).messageId : null;
  const absent = [lead.inReplyTo, lead.references[0] ?? null].filter((id) => id !== null && !byId.has(id)) as string[];
  const answerIds = new Set(below.flatMap(({ mail }) => (wanted.has(mail.messageId) ? mail.messageId : [])));
  // An answer may say what the posting replaces if its author forgot to.
  const saying = below.flatMap(({ mail }) => (mail.kind === "reply" && mail.citations.length > 0 ? mail : []));
  const keys = new Set([...mails.flatMap(postingKeys), ...saying.flatMap(citationKeys)]);
  for (const { messageId } of mails) if (wanted.has(messageId)) keys.add(`<${messageId}>`);
  for (const id of [...answerIds, ...absent.filter((one) => wanted.has(one))]) keys.add(`<${id}>`);
  if (answers !== null) keys.add(`<${answers}>`);
  // A patch's own text cites earlier patches, not postings, unless there is no letter to cite them.
  const citing = draft.slots.get(0) ?? (draft.opening ? [draft.opening] : [lead]);
  return {
    keys: [...keys],
    citations: [...citing, ...saying].flatMap(({ citations }) => citations).slice(0, mostCitations),
    messageIds: new Set(mails.map(({ messageId }) => messageId)),
    patchIds: new Set(mails.flatMap(({ patches }) => patches.flatMap(({ patchId }) => patchId ?? []))),
    answerIds,
    absent,
    formerTitles: [...new Set(citing.flatMap((mail) => mail.formerTitles))],
    answers,
    changeId: citing.find(({ changeId }) => changeId !== null)?.changeId ?? null,
    tree: streamOfMail(lead),
    order: `${isoDate(lead.date) ?? ""} ${lead.messageId}`,
  };
}

/** No posting cites more earlier ones. This also bounds what many people can add in answers. */
const mostCitations = 256;

// Mails with their sender's own diff that are no patch of a series. They are listed with the reason, so that no diff disappears
// unseen.

export interface UnusedDiff {
  readonly messageId: string;
  readonly subject: string;
  readonly from: Author;
  /** Null if the mail has none. */
  readonly date: string | null;
  /** One sentence for a person. */
  readonly reason: string;
}

/**
 * The mails with a diff that is in no series, oldest first.
 *
 * @param facts everything that the postings were assembled from
 */
export function unusedDiffs(facts: readonly MailFacts[], postings: readonly Posting[]): UnusedDiff[] {
  const left = facts.filter(({ hasDiff }) => hasDiff);
  if (left.length === 0) return [];
  const patches = postings.flatMap(({ revision }) => revision.patches);
  const taken = new Set(patches.map(({ messageId }) => messageId));
  // A patch that was sent again, or came on a second list, is in a series as soon as one of its mails is.
  const changes = new Set(patches.flatMap(({ patchId }) => patchId ?? []));
  const found = new Map<string, UnusedDiff>();
  for (const mail of left) {
    const own = changesOf(mail);
    const { messageId, line, sender, date } = mail;
    const isNamed = taken.has(messageId);
    // Of two mails that share an id one may not be the patch.
    if (own.length === 0 ? isNamed : isNamed ? own.some((change) => changes.has(change)) : own.every((change) => changes.has(change)))
      continue;
    const reason = isNamed ? idTaken : whyUntaken(mail);
    found.set(messageId, { messageId, subject: line, from: sender, date: isoDate(date), reason });
  }
  return [...found.values()].sort(compareUnused);
}

/** Oldest first; a mail without a date comes before all others. */
export function compareUnused(a: UnusedDiff, b: UnusedDiff): number {
  return compareTexts(a.date ?? "", b.date ?? "") || compareTexts(a.messageId, b.messageId);
}

function changesOf({ patches }: MailFacts): string[] {
  return patches.flatMap(({ patchId }) => patchId ?? []);
}

function whyUntaken({ kind }: MailFacts): string {
  if (kind === "bot") return "A program sent it.";
  if (kind === "cover") return "It is a cover letter, and cover letters change no files.";
  if (kind === "pull") return "It is a pull request.";
  if (kind === "patch") return "Another mail stands in its place in the series.";
  return "It is an answer, and a diff in an answer counts as a suggestion.";
}
