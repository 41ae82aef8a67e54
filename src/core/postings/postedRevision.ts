/** Makes a revision from a posting's mails: its patches by index with visible gaps, its replies, and what they say. */
import { type TouchedFile, touchedPaths } from "../diff/diffstat";
import { type Author, listsBeyond } from "../mail/author";
import { isoDate } from "../mail/mailDate";
import { isPull } from "../mail/mailKind";
import { titleKey, versionLabel } from "../mail/subject";
import type { Trailer } from "../mail/trailers";
import type { Patch, PostingKind, Reply, Revision } from "../series/series";
import { isShortened } from "../series/treePaths";
import { type FactPatch, factsTitle, type MailFacts } from "./mailFacts";
import { type CarriedPatch, draftMails, draftVersion, duplicateWindow, isSameChange, leadOf, type PostingDraft } from "./postingDraft";
import {
  joinTrailers,
  type PlacedReplies,
  type PlacedReply,
  replyTrailersByPatch,
  reportedApplied,
  trailerOf,
  type TrailersByPatch,
} from "./postingReplies";
import { compareMails } from "./threads";

/** Everything that a revision is made of. */
interface RevisionParts extends PlacedReplies {
  readonly draft: PostingDraft;
  readonly resends: readonly PostingDraft[];
  readonly carried: ReadonlyMap<number, CarriedPatch>;
  /** The posting that completes a partial reroll, and that names the work; otherwise the draft. */
  readonly base: PostingDraft;
}

/** Makes the revision. */
export function postedRevision(parts: RevisionParts): Revision {
  const { draft, resends } = parts;
  const lead = leadOf(draft);
  const base = leadOf(parts.base);
  const [version, point] = draftVersion(draft);
  const mails = [draft, ...resends].flatMap(draftMails).sort(compareMails);
  const cover = [draft, ...resends].map((one) => one.slots.get(0)?.at(-1) ?? one.opening).findLast((one) => one !== null) ?? null;
  const mailsOfPlace = mailsByPlace(parts);
  const own = [...mailsOfPlace].flatMap(([index, mails]) => patchesOfPlace(index, mails, parts));
  const isAttached = draft.expected === 1 && lead.subject.index === null && own.length > 1;
  const expected = isLonePull(draft) ? 0 : isAttached ? own.length : draft.expected;
  const { patches, missing } = withGaps(
    own.map(({ patch, trailers }) => ({ ...patch, trailers })),
    expected,
    cover,
  );
  const again = [...resends.map(leadOf), ...sentInThread(draft)].sort(compareMails);
  const given = replyTrailersByPatch(parts, cover !== null, mailsOfPlace);
  const applied = reportedApplied(parts.hung, { patches, expected, senders: [draft, ...resends].map((one) => leadOf(one).sender) });
  const reporting = new Set(applied.map(({ messageId }) => messageId));
  const replies = parts.hung.map((hung) => replyOf(hung, reporting));
  const lists = [...new Set(mails.flatMap((mail) => mail.lists))].sort();
  const isIncomplete = missing.length > 0 || patches.some(({ messageId }) => messageId === null);
  const diffstat = isIncomplete ? coverLetterFiles(patches, cover) : [];
  return {
    version,
    ...(point !== 0 ? { point } : {}),
    prefixes: lead.subject.prefixes,
    // A series is no RFC because a few of its patches are.
    rfc: lead.subject.rfc || own.filter(({ mail }) => mail.subject.rfc).length * 2 > own.length,
    resend: lead.subject.resend,
    title: base.subject.title,
    author: cover
      ? cover.author
      : draft.expected === 1
        ? (own[0]?.patch.author ?? lead.author)
        : base.kind === "patch"
          ? base.sender
          : base.author,
    date: isoDate(Math.max(lead.date, ...again.map(({ date }) => date))),
    messageId: firstMailOf(draft).messageId,
    expected,
    cover: cover ? { messageId: cover.messageId, subject: cover.line, body: null } : null,
    patches: patches.map((patch) => ({ ...patch, trailers: joinTrailers(patch, given, cover?.coverTrailers ?? []) })),
    missing,
    diffstat,
    files: touchedPaths([...patches.flatMap(({ files }) => files), ...diffstat]),
    source: lead.source,
    posted: {
      kind: postingKindOf(draft, lead),
      replies,
      lists,
      otherLists: isIncomplete
        ? listsBeyond(
            mails.flatMap(({ to, cc }) => [...to, ...cc]),
            lists,
          )
        : [],
      firstSent: isoDate(lead.date),
      resentAs: again.map(({ messageId, date }) => ({ messageId, date: isoDate(date) ?? "" })),
      replaced: replacedMails(mails, own, cover),
      changeId: firstOf(mails, ({ changeId }) => changeId),
      baseCommit: firstOf(mails, ({ baseCommit }) => baseCommit),
      prerequisites: firstOf(mails, ({ prerequisites }) => (prerequisites.length > 0 ? prerequisites : null)) ?? [],
      applied,
      oddities: [...odditiesOf(draft, own, cover), ...outdatedTexts(patches, given, draft.expected)],
    },
  };
}

/** The mail that identifies a posting: it stays the same when a mail is sent in its place. */
function firstMailOf(draft: PostingDraft): MailFacts {
  const lead = leadOf(draft);
  const place = [...draft.slots.values()].find((mails) => mails.includes(lead));
  return [...(place ?? [lead])].sort(compareMails)[0] ?? lead;
}

/** The mail by which a posting was sent again in its own thread; if there are several, the one with the lowest index. */
function sentInThread({ slots }: PostingDraft): MailFacts[] {
  const again = [...slots]
    .sort(([a], [b]) => a - b)
    .flatMap(([index, mails]) => {
      const mail = mails.at(-1);
      const isAgain = index > 0 && mail && mails.some((one) => mail.date - one.date > duplicateWindow && isSameChange(one, mail));
      return isAgain ? [mail] : [];
    });
  // One patch that comes twice without saying RESEND was sent twice by mistake.
  if (!again.some(({ subject }) => subject.resend) && again.length < [...slots.keys()].filter((index) => index > 0).length) return [];
  const last = again.reduce((newest, { date }) => Math.max(newest, date), 0);
  return again.filter(({ date }) => last - date <= duplicateWindow).slice(0, 1);
}

function replacedMails(mails: readonly MailFacts[], own: readonly OwnPatch[], cover: MailFacts | null): string[] {
  const counting = new Set(own.map(({ mail }) => mail));
  return mails.filter((mail) => mail !== cover && !counting.has(mail)).map(({ messageId }) => messageId);
}

function isLonePull({ opening, slots }: PostingDraft): boolean {
  return opening !== null && slots.size === 0;
}

function postingKindOf({ opening }: PostingDraft, lead: MailFacts): PostingKind {
  if (lead.stable) return "stable";
  return opening?.kind === "pull" || lead.kind === "pull" || isPull(lead.subject) ? "pull" : "patches";
}

interface OwnPatch {
  readonly mail: MailFacts;
  readonly patch: Omit<Patch, "trailers">;
  readonly trailers: readonly Trailer[];
}

/** The mails that were sent for each place, in the order in which they count: those of a posting, then those of its resends. */
function mailsByPlace({ draft, resends, carried }: RevisionParts): Map<number, readonly MailFacts[]> {
  const places = new Map<number, readonly MailFacts[]>();
  for (const { slots } of [draft, ...resends]) {
    for (const [index, mails] of slots) if (index > 0) places.set(index, [...(places.get(index) ?? []), ...mails]);
  }
  for (const [index, { mails }] of carried) if (!places.has(index)) places.set(index, mails);
  return new Map([...places].sort(([a], [b]) => a - b));
}

/** The patches of an index: the last mail counts, and a mail with several attached patches has several indexes. */
function patchesOfPlace(index: number, mails: readonly MailFacts[], { draft, resends, carried }: RevisionParts): OwnPatch[] {
  const mail = mails.at(-1);
  if (!mail) return [];
  // A mail that was only sent again is no rival.
  const posted = resends.findLast(({ slots }) => slots.has(index)) ?? (draft.slots.has(index) ? draft : null);
  const from = posted ? null : (carried.get(index)?.from ?? null);
  const rivals = (posted?.slots.get(index) ?? mails)
    .slice(0, -1)
    .reverse()
    .map(({ messageId }) => messageId);
  const changes: ReadonlyArray<FactPatch | null> = mail.patches.length > 0 ? mail.patches : [null];
  return changes.map((change, at) => ({
    mail,
    trailers: change?.trailers ?? [],
    patch: {
      index: index + at,
      title: change?.title ?? mail.subject.title,
      author: change?.author ?? mail.author,
      messageId: mail.messageId,
      message: null,
      diff: null,
      files: change?.files ?? [],
      ...(from ? { carriedFrom: versionLabel(...draftVersion(from)) } : {}),
      ...(rivals.length > 0 ? { rivals } : {}),
      ...(change?.patchId == null ? {} : { patchId: change.patchId }),
      ...(change && change.mangled.length > 0 ? { mangled: change.mangled } : {}),
    },
  }));
}

function replyOf({ mail, index }: PlacedReply, reporting: ReadonlySet<string>): Reply {
  const kind = reporting.has(mail.messageId) ? "applied" : mail.kind === "bot" ? "bot" : mail.hasDiff ? "loose-patch" : "comment";
  const trailers = mail.given.map((given) => trailerOf(given, mail, index === 0 ? "cover" : "reply"));
  return {
    messageId: mail.messageId,
    inReplyTo: mail.inReplyTo,
    author: mail.sender,
    date: isoDate(mail.date) ?? "",
    patch: index,
    kind,
    trailers,
  };
}

function odditiesOf(draft: PostingDraft, own: readonly OwnPatch[], cover: MailFacts | null): string[] {
  const oddities: string[] = [];
  for (const { mail, patch } of own) {
    const { index, rivals } = patch;
    if (index !== null && index > draft.expected && draft.slots.has(index)) {
      oddities.push(`${index}/${draft.expected} is more than the subjects announce.`);
    }
    if (!rivals) continue;
    const isNewest = draft.slots.get(index ?? 0)?.every((one) => compareMails(one, mail) <= 0) ?? true;
    const isListed = cover?.shortlog.some(({ titles }) => titles.some((title) => titleKey(title) === factsTitle(mail))) ?? false;
    const which = !isNewest && isListed ? "the one that the cover letter lists counts" : "the newest counts";
    oddities.push(`${index ?? "?"}/${draft.expected} was sent ${rivals.length + 1} times; ${which}.`);
  }
  return oddities;
}

/** A sentence for each trailer that was given to a patch before it was changed and sent again. */
function outdatedTexts(patches: readonly Patch[], { outdated, given }: TrailersByPatch, expected: number): string[] {
  return patches.flatMap(({ index, trailers }) => {
    const again = new Set([...trailers, ...(given.get(index ?? -1) ?? [])].map(({ key, value }) => `${key} ${value}`));
    const said = (outdated.get(index ?? -1) ?? []).filter(({ key, value }) => !again.has(`${key} ${value}`));
    return [...new Set(said.map(({ key, value }) => `${key} of ${value.split(" <", 1)[0] ?? ""}`))].map(
      (what) => `${what} was given before ${index ?? "?"}/${expected} was changed and sent again, so it does not count.`,
    );
  });
}

function firstOf<T>(mails: readonly MailFacts[], read: (mail: MailFacts) => T | null): T | null {
  for (const mail of mails) {
    const found = read(mail);
    if (found !== null) return found;
  }
  return null;
}

// Patches that are not here because they went to other lists or are still to come: the cover letter tells their titles and files.

/** How many gaps are listed at most: a subject may announce more patches than anybody posts. */
const mostMissing = 2000;

/** The patches of a revision and, after them, what is known of its gaps. */
interface Gaps {
  /** By index; titles whose place is not known come last, in shortlog order. */
  readonly patches: Patch[];
  /** Indexes whose titles are not known either. */
  readonly missing: number[];
}

/** Fills the indexes that have no mail with the titles of the cover letter's shortlog. */
function withGaps(own: readonly Patch[], expected: number, cover: MailFacts | null): Gaps {
  const there = new Set(own.map(({ index }) => index));
  const gaps: number[] = [];
  for (let index = 1; index <= expected && gaps.length < mostMissing; index++) if (!there.has(index)) gaps.push(index);
  if (gaps.length === 0) return { patches: [...own], missing: [] };
  const titles = gapTitles(own, gaps, cover);
  const known = titles.map(({ index, title, author }) => ({ ...titleOnlyPatch, index, title, author }));
  const patches = [...own, ...known].sort((a, b) => (a.index ?? Infinity) - (b.index ?? Infinity) || 0);
  // A title without an index may belong to any gap, so no gap counts as missing.
  const isLoose = titles.some(({ index }) => index === null);
  const named = new Set(titles.map(({ index }) => index));
  return { patches, missing: isLoose ? [] : gaps.filter((index) => !named.has(index)) };
}

const titleOnlyPatch = { messageId: null, message: null, diff: null, files: [], trailers: [] };

interface ListedTitle {
  readonly title: string;
  readonly author: Author;
  readonly index: number | null;
}

/**
 * The titles of the gaps. A shortlog lists the patches of each author in their order. With one author, that is the order of the
 * series; with several, the indexes are known only if one author wrote all missing patches.
 */
function gapTitles(patches: readonly Patch[], gaps: readonly number[], cover: MailFacts | null): ListedTitle[] {
  const shortlog = cover?.shortlog ?? [];
  const sender = cover?.author ?? { name: "", email: "" };
  const listed = shortlog.flatMap(({ name, titles }) =>
    titles.map((title) => ({ title, author: { name, email: name === sender.name ? sender.email : "" } })),
  );
  const isOrdered =
    shortlog.length === 1 && patches.every(({ index, title }) => titleKey(listed[(index ?? 0) - 1]?.title ?? title) === titleKey(title));
  if (isOrdered) {
    return gaps.flatMap((index) => {
      const line = listed[index - 1];
      return line ? [{ ...line, index }] : [];
    });
  }
  const placeOf = new Map(patches.map(({ index, title }) => [titleKey(title), index]));
  const left = listed.filter(({ title }) => !placeOf.has(titleKey(title)));
  if (left.length !== gaps.length) return [];
  const [only] = left;
  const isOneAuthor = left.every(({ author }) => author.name === only?.author.name);
  const ofAuthor = shortlog.filter(({ name }) => name === only?.author.name).flatMap(({ titles }) => titles);
  const inOrder = isOneAuthor && (left.length === 1 || isAscending(placesIn(ofAuthor, placeOf, gaps)));
  return left.map((line, at) => ({ ...line, index: inOrder ? (gaps[at] ?? null) : null }));
}

/** The indexes of an author's patches in the order of the shortlog; patches that are not here take the gaps in turn. */
function placesIn(titles: readonly string[], placeOf: ReadonlyMap<string, number | null>, gaps: readonly number[]): number[] {
  let gap = 0;
  return titles.map((title) => placeOf.get(titleKey(title)) ?? gaps[gap++] ?? 0);
}

function isAscending(numbers: readonly number[]): boolean {
  return numbers.every((number, at) => at === 0 || (numbers[at - 1] ?? 0) < number);
}

/**
 * The cover letter's diffstat, which alone names the files of patches that are not here. A shortened name is completed if a patch
 * has it in full.
 */
function coverLetterFiles(patches: readonly Patch[], cover: MailFacts | null): readonly TouchedFile[] {
  const whole = patches.flatMap(({ files }) => files.map(({ path }) => `/${path}`));
  return (cover?.diffstat ?? []).map((file) => {
    const full = isShortened(file.path) ? whole.filter((path) => path.endsWith(file.path.slice(shortening))) : [];
    return full.length > 0 && full.every((path) => path === full[0]) ? { ...file, path: full[0]?.slice(1) ?? file.path } : file;
  });
}

/** The dots of `.../kvm/x86.c`. */
const shortening = 3;
