/**
 * What replies say of the patches of a posting: the trailers they give, and the patches
 * they report as applied.
 */
import { type Author, isSameAuthor } from "../mail/author";
import { isoDate } from "../mail/mailDate";
import { titleKey } from "../mail/subject";
import { isVerdict, type Trailer, trailerMeaning } from "../mail/trailers";
import type { Patch, ReportedApplied } from "../series/series";
import type { AppliedReport, ListedPatch } from "./appliedReports";
import type { MailFacts } from "./mailFacts";
import { isOneRun, isSameChange } from "./postingDraft";

/** A mail below a posting, and the index of the mail that it hangs under. */
export interface PlacedReply {
  readonly mail: MailFacts;
  readonly index: number;
  /** The nearest cover letter or patch above it. */
  readonly under: MailFacts;
}

/** Everything that answers a posting. */
export interface PlacedReplies {
  /** Oldest first. */
  readonly hung: readonly PlacedReply[];
  /** For each index with a carried patch, the mails below the posting that it was last sent in: what they say of it still holds. */
  readonly carriedHung: ReadonlyMap<number, readonly PlacedReply[]>;
  /** The mails above another in its thread, the nearest first. */
  readonly mailsAbove: (mail: MailFacts) => readonly MailFacts[];
}

/** The mails that were sent for a place of a posting; the last one counts. */
type MailsByPatch = ReadonlyMap<number, readonly MailFacts[]>;

/** The trailers that replies give, by place; index 0 stands for every patch. */
export interface TrailersByPatch {
  readonly given: ReadonlyMap<number, readonly Trailer[]>;
  /** Trailers of a change that was replaced; they do not count for its replacement. */
  readonly outdated: ReadonlyMap<number, readonly Trailer[]>;
}

/** A trailer of a reply, and the mail it stands in. */
export function trailerOf({ key, value, giver }: MailFacts["given"][number], { messageId }: MailFacts, via: "reply" | "cover"): Trailer {
  return { key, value, via, messageId, ...(giver === "sender" ? {} : { giver }) };
}

/** The trailers that replies give each place of a posting. */
export function replyTrailersByPatch(answers: PlacedReplies, hasCover: boolean, mailsOfPlace: MailsByPatch): TrailersByPatch {
  const given = new Map<number, Trailer[]>();
  const outdated = new Map<number, Trailer[]>();
  const contested = new Map([...mailsOfPlace].flatMap(([place, mails]) => contestOf(place, mails, answers)));
  const isOutdated = (reply: PlacedReply, place: number): boolean => {
    const contest = contested.get(place);
    return contest !== undefined && !isOfPatch(reply, contest);
  };
  for (const [place, below] of answers.carriedHung) {
    const suggested = suggestions(below);
    for (const reply of below) {
      const { mail, index } = reply;
      for (const one of mail.given) {
        const places = patchesMeant(one, reply, suggested, mailsOfPlace);
        if (!places.includes(place) && !places.includes(0)) continue;
        addTrailer(
          isVerdict(one.key) && isOutdated(reply, place) ? outdated : given,
          place,
          trailerOf(one, mail, index === 0 ? "cover" : "reply"),
        );
      }
    }
  }
  const suggested = suggestions(answers.hung);
  for (const reply of answers.hung) {
    const { mail, index } = reply;
    for (const one of mail.given) {
      const trailer = trailerOf(one, mail, index === 0 && hasCover ? "cover" : "reply");
      const places = patchesMeant(one, reply, suggested, mailsOfPlace);
      for (const place of places)
        addTrailer(place > 0 && isVerdict(one.key) && isOutdated(reply, place) ? outdated : given, place, trailer);
      if (!isVerdict(one.key) || !places.includes(0)) continue;
      for (const place of contested.keys()) if (isOutdated(reply, place)) addTrailer(outdated, place, trailer);
    }
  }
  return { given, outdated };
}

/** The replies that hold a patch somebody suggests, by Message-ID. */
function suggestions(hung: readonly PlacedReply[]): ReadonlySet<string> {
  return new Set(hung.filter(({ mail }) => mail.kind === "reply" && mail.hasDiff).map(({ mail }) => mail.messageId));
}

/**
 * The indexes that a trailer is for: those it names, else that of the answered mail; 0 stands for all. An answer to a patch that
 * somebody suggests in the thread is about that suggestion. If it names a part of the series (`vdpa bits:`), it is for the
 * patches whose titles begin with that name.
 */
function patchesMeant(
  { patches, part }: MailFacts["given"][number],
  { mail, index }: PlacedReply,
  suggested: ReadonlySet<string>,
  mailsOfPlace: MailsByPatch,
): readonly number[] {
  if (patches) return patches;
  if (mail.inReplyTo !== null && suggested.has(mail.inReplyTo)) return [];
  if (part === undefined || index > 0) return [index];
  const names = part.split(/ and | or /).map(partWords);
  const isIn = (title: string): boolean => {
    const known = new Set(partWords(title.slice(0, Math.max(title.lastIndexOf(": "), 0))));
    return names.some((words) => words.length > 0 && words.every((word) => known.has(word)));
  };
  return [...mailsOfPlace].filter(([place, mails]) => place > 0 && isIn(mails.at(-1)?.subject.title ?? "")).map(([place]) => place);
}

function partWords(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** A place for which several changes were sent. */
interface Contest {
  /** The mail that counts. */
  readonly patch: MailFacts;
  /** The mails that it answers, directly or not. */
  readonly above: ReadonlySet<MailFacts>;
  readonly same: ReadonlySet<MailFacts>;
  readonly others: ReadonlySet<MailFacts>;
  /** When the first of the others was sent. */
  readonly since: number;
}

function contestOf(place: number, mails: readonly MailFacts[], { mailsAbove }: PlacedReplies): Array<[number, Contest]> {
  const patch = mails.at(-1);
  if (mails.length < 2 || !patch) return [];
  const others = mails.filter((one) => !isSameChange(one, patch));
  if (others.length === 0) return [];
  const known = new Set(others);
  const same = new Set(mails.filter((one) => !known.has(one)));
  const since = others.reduce((first, { date }) => Math.min(first, date), Infinity);
  return [[place, { patch, above: new Set(mailsAbove(patch)), same, others: known, since }]];
}

/**
 * Whether a reply is about the patch that counts although another change was sent for the same index: the reply hangs below that
 * patch, or was written when that patch was there, or the patch was sent in answer to the reply and so does what it asks for.
 */
function isOfPatch({ mail, under }: PlacedReply, { patch, above, same, others, since }: Contest): boolean {
  if (above.has(mail)) return true;
  if (others.has(under)) return mail.date > patch.date && !isOneRun(under, patch);
  return same.has(under) || mail.date > patch.date || mail.date < since;
}

function addTrailer(map: Map<number, Trailer[]>, place: number, trailer: Trailer): void {
  const known = map.get(place);
  if (known) known.push(trailer);
  else map.set(place, [trailer]);
}

/**
 * A patch's own trailers, then those of its replies, then those of the cover letter, each once. A trailer that a person gave in
 * their own name comes before one that somebody else passed on.
 */
export function joinTrailers(patch: Patch, { given, outdated }: TrailersByPatch, cover: readonly Trailer[]): Trailer[] {
  const gone = new Set(outdated.get(patch.index ?? -1));
  const common = (given.get(0) ?? []).filter((one) => !gone.has(one));
  const others = [...(given.get(patch.index ?? -1) ?? []), ...common, ...cover].filter((one) => !isForItsFix(one, patch));
  const said = new Map<string, Trailer>();
  for (const trailer of patch.trailers) said.set(`${trailer.key}: ${trailer.value}`.toLowerCase(), trailer);
  if (others.length === 0) return [...said.values()];
  // One person may sign off a patch twice, as its author and as its sender; any other trailer counts once.
  const known = new Map(patch.trailers.map((trailer) => [trailerMeaning(trailer), trailer]));
  for (const trailer of others) {
    const meaning = trailerMeaning(trailer);
    const before = known.get(meaning);
    if (before && doubtOf(before) <= doubtOf(trailer)) continue;
    known.set(meaning, trailer);
    said.set(meaning, trailer);
  }
  return [...said.values()];
}

/** How doubtful a trailer is; 0 is sure. */
function doubtOf({ giver }: Trailer): number {
  return giver === undefined ? 0 : giver === "sender-elsewhere" ? 1 : 2;
}

/** Whether a `Fixes:` names the title of the patch itself: it is meant for a follow-up to that patch. */
function isForItsFix({ key, value, via }: Trailer, { title }: Patch): boolean {
  return via !== "patch" && key.toLowerCase() === "fixes" && value.toLowerCase().endsWith(`("${title.toLowerCase()}")`);
}

/** The facts of a revision that are needed to understand which patches a report means. */
interface ReportedRevision {
  readonly patches: readonly Patch[];
  /** How many patches it announced. */
  readonly expected: number;
  /** Who posted it. */
  readonly senders: readonly Author[];
}

/** What the answers below a revision report as applied, oldest first. */
export function reportedApplied(hung: readonly PlacedReply[], posted: ReportedRevision): ReportedApplied[] {
  const revision = withPatchTitles(posted);
  return hung.flatMap(({ mail, index }) => {
    const isOwn = revision.senders.some((sender) => isSameAuthor(sender, mail.sender));
    const reported = mail.applied
      .filter(({ byApplier }) => byApplier || !isOwn)
      .flatMap((report) =>
        reportedPatches(report, index, revision).map(({ patches, commit }) => ({
          messageId: mail.messageId,
          from: mail.sender,
          date: isoDate(mail.date) ?? "",
          patches,
          commit,
          quote: report.quote,
        })),
      );
    return withoutRepeated(reported);
  });
}

/** Joins equal reports of one mail: some people write the same above a quotation and again below. The first words are kept. */
function withoutRepeated(reported: readonly ReportedApplied[]): ReportedApplied[] {
  const first = new Map<string, ReportedApplied>();
  for (const report of reported) {
    const key = `${report.patches?.join(" ") ?? "all"}\n${report.commit ?? ""}`;
    if (!first.has(key)) first.set(key, report);
  }
  return [...first.values()];
}

type ReportedPart = Pick<ReportedApplied, "patches" | "commit">;

function reportedPatches(report: AppliedReport, index: number, revision: TitledRevision): ReportedPart[] {
  const total = Math.max(revision.expected, 1);
  const listed = report.listed.flatMap(({ commit, ...one }) => {
    const place = indexOfListed(one, revision) ?? (report.listed.length === 1 && index > 0 ? index : null);
    return place === null ? [] : [{ place, commit }];
  });
  const proven = listed.filter(({ commit }) => commit !== null);
  if (proven.length > 0) return byCommit(proven, total);
  const isNumbered = typeof report.patches !== "string";
  if (listed.length > 0 && !isNumbered)
    return [
      reportedWhole(
        listed.map(({ place }) => place),
        total,
        null,
      ),
    ];
  const named = reportedNumbers(report, index, total);
  const isOne = total === 1 || named?.length === 1;
  return [
    named === null ? { patches: null, commit: isOne ? report.commit : null } : reportedWhole(named, total, isOne ? report.commit : null),
  ];
}

/** Patches that became one commit stand in one line. */
function byCommit(listed: ReadonlyArray<{ place: number; commit: string | null }>, total: number): ReportedPart[] {
  const places = new Map<string | null, number[]>();
  for (const { place, commit } of listed) places.set(commit, [...(places.get(commit) ?? []), place]);
  return [...places].map(([commit, ones]) => reportedWhole(ones, total, commit));
}

function reportedWhole(places: readonly number[], total: number, commit: string | null): ReportedPart {
  const patches = [...new Set(places)].sort((a, b) => a - b);
  return { patches: patches.length >= total ? null : patches, commit };
}

interface TitledRevision extends ReportedRevision {
  /** The index of the patch with a title; null where there is no such patch or its index is not known. */
  readonly placeOf: (title: string) => number | null;
}

/** A reply may list thousands of patches of as many. */
function withPatchTitles(revision: ReportedRevision): TitledRevision {
  let places: ReadonlyMap<string, number | null> | null = null;
  const placeOf = (title: string): number | null => {
    // Of patches with the same title the first one is meant.
    places ??= new Map([...revision.patches].reverse().map((patch) => [titleKey(patch.title), patch.index]));
    return places.get(titleKey(title)) ?? null;
  };
  return { ...revision, placeOf };
}

/** The index of a listed patch: by title, of which the list may have only a part; else by number, if both count to the same n. */
function indexOfListed(
  { index, expected, title }: Omit<ListedPatch, "commit">,
  { placeOf, expected: total }: TitledRevision,
): number | null {
  return placeOf(title) ?? (index !== null && index > 0 && expected === total && index <= total ? index : null);
}

/** The indexes that a sentence names; null for all, [] if it means some without saying which. */
function reportedNumbers({ patches, except }: AppliedReport, index: number, total: number): readonly number[] | null {
  const fromEnd = (one: number): number => (one < 0 ? total + 1 + one : one);
  const left = new Set(except.map(fromEnd).filter((one) => one >= 1 && one <= total));
  if (left.size > 0 && (typeof patches === "string" || patches.length === 0)) {
    return Array.from({ length: total }, (_, at) => at + 1).filter((one) => !left.has(one));
  }
  const answered = index > 0 ? [index] : null;
  switch (patches) {
    case "answered":
      return answered;
    case "one":
      // `The patch` does not name one of several patches below a cover letter.
      return answered ?? (total === 1 ? null : []);
    case "until":
      return index > 0 ? Array.from({ length: index }, (_, at) => at + 1) : null;
    case "series":
      return null;
    case "both":
      return total === 2 ? null : (answered ?? []);
    case "some":
      return answered ?? [];
    default: {
      const known = patches.map(fromEnd).filter((one) => one >= 1 && one <= total && !left.has(one));
      return known.length > 0 ? known : answered;
    }
  }
}
