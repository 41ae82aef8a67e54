/** What answers give the patches of a posting: `Reviewed-by:` and the like, each with the mail it stands in. */
import type { MailFacts } from "./mailFacts";
import type { Patch } from "../series/series";
import { personOf } from "../mail/trailerPerson";
import type { Trailer } from "../mail/trailers";
import { isOneRun } from "./draft";
import { isVerdict } from "./replyTrailers";
import { isSameChange } from "./rerolls";

/** A mail below a posting, and the place of it that it hangs under. */
export interface HungMail {
  readonly mail: MailFacts;
  readonly index: number;
  /** The nearest cover letter or patch above it. */
  readonly under: MailFacts;
}

/** All that answers a posting. */
export interface Answers {
  /** Oldest first. */
  readonly hung: readonly HungMail[];
  /** By place of a carried patch, all that hangs below the posting it was last sent in: what was said of it there still holds. */
  readonly carriedHung: ReadonlyMap<number, readonly HungMail[]>;
  /** The mails above another in its thread, the nearest first. */
  readonly mailsAbove: (mail: MailFacts) => readonly MailFacts[];
}

/** The mails that were sent for a place of a posting, the one that counts last. */
export type MailsOfPlace = ReadonlyMap<number, readonly MailFacts[]>;

/** What replies give, by place; index 0 stands for every patch. */
export interface GivenByPlace {
  readonly given: ReadonlyMap<number, readonly Trailer[]>;
  /** What was said of a change that another one has taken the place of, and does not count for that. */
  readonly outdated: ReadonlyMap<number, readonly Trailer[]>;
}

/** A trailer of a reply, and the mail it stands in. */
export function trailerOf({ key, value, giver }: MailFacts["given"][number], { messageId }: MailFacts, via: "reply" | "cover"): Trailer {
  return { key, value, via, messageId, ...(giver === "sender" ? {} : { giver }) };
}

/** What replies give each place of a posting. */
export function trailersGiven(answers: Answers, hasCover: boolean, mailsOfPlace: MailsOfPlace): GivenByPlace {
  const given = new Map<number, Trailer[]>();
  const outdated = new Map<number, Trailer[]>();
  const contested = new Map([...mailsOfPlace].flatMap(([place, mails]) => contestOf(place, mails, answers)));
  const isOutdated = (reply: HungMail, place: number): boolean => {
    const contest = contested.get(place);
    return contest !== undefined && !isOfPatch(reply, contest);
  };
  for (const [place, below] of answers.carriedHung) {
    const suggested = suggestions(below);
    for (const reply of below) {
      const { mail, index } = reply;
      for (const one of mail.given) {
        const places = placesOf(one, reply, suggested, mailsOfPlace);
        if (!places.includes(place) && !places.includes(0)) continue;
        push(
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
      const places = placesOf(one, reply, suggested, mailsOfPlace);
      for (const place of places) push(place > 0 && isVerdict(one.key) && isOutdated(reply, place) ? outdated : given, place, trailer);
      if (!isVerdict(one.key) || !places.includes(0)) continue;
      for (const place of contested.keys()) if (isOutdated(reply, place)) push(outdated, place, trailer);
    }
  }
  return { given, outdated };
}

/** The replies that hold a patch somebody suggests, by Message-ID. */
function suggestions(hung: readonly HungMail[]): ReadonlySet<string> {
  return new Set(hung.filter(({ mail }) => mail.kind === "reply" && mail.hasDiff).map(({ mail }) => mail.messageId));
}

/**
 * The places a trailer is for: those it names, else that of what its mail answers, 0 for all. What answers a patch that somebody suggests in
 * the thread is said of that one; and of a part of a series only the patches whose titles begin with its name are known to be in it.
 */
function placesOf(
  { patches, part }: MailFacts["given"][number],
  { mail, index }: HungMail,
  suggested: ReadonlySet<string>,
  mailsOfPlace: MailsOfPlace,
): readonly number[] {
  if (patches) return patches;
  if (mail.inReplyTo !== null && suggested.has(mail.inReplyTo)) return [];
  if (part === undefined || index > 0) return [index];
  const names = part.split(/ and | or /).map(wordsOf);
  const isIn = (title: string): boolean => {
    const known = new Set(wordsOf(title.slice(0, Math.max(title.lastIndexOf(": "), 0))));
    return names.some((words) => words.length > 0 && words.every((word) => known.has(word)));
  };
  return [...mailsOfPlace].filter(([place, mails]) => place > 0 && isIn(mails.at(-1)?.subject.title ?? "")).map(([place]) => place);
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** A place for which several changes were sent. */
interface Contest {
  /** The mail that counts. */
  readonly patch: MailFacts;
  /** What that was sent in answer to, and what is above it. */
  readonly above: ReadonlySet<MailFacts>;
  readonly same: ReadonlySet<MailFacts>;
  readonly others: ReadonlySet<MailFacts>;
  /** When the first of the others was sent. */
  readonly since: number;
}

function contestOf(place: number, mails: readonly MailFacts[], { mailsAbove }: Answers): Array<[number, Contest]> {
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
 * Whether a reply speaks of the patch that counts for a place, where another change was sent for it too: it hangs below that
 * one, or was written when that one was there, or that one was sent in answer to it and so does what it asks for.
 */
function isOfPatch({ mail, under }: HungMail, { patch, above, same, others, since }: Contest): boolean {
  if (above.has(mail)) return true;
  if (others.has(under)) return mail.date > patch.date && !isOneRun(under, patch);
  return same.has(under) || mail.date > patch.date || mail.date < since;
}

function push(map: Map<number, Trailer[]>, place: number, trailer: Trailer): void {
  const known = map.get(place);
  if (known) known.push(trailer);
  else map.set(place, [trailer]);
}

/**
 * A patch's own trailers, then those of its replies, then those of the cover letter; each is said once, and what a person gave in their own
 * name goes before what somebody else said of them.
 */
export function joinTrailers(patch: Patch, { given, outdated }: GivenByPlace, cover: readonly Trailer[]): Trailer[] {
  const gone = new Set(outdated.get(patch.index ?? -1));
  const common = (given.get(0) ?? []).filter((one) => !gone.has(one));
  const others = [...(given.get(patch.index ?? -1) ?? []), ...common, ...cover].filter((one) => !isForItsFix(one, patch));
  const said = new Map<string, Trailer>();
  for (const trailer of patch.trailers) said.set(`${trailer.key}: ${trailer.value}`.toLowerCase(), trailer);
  if (others.length === 0) return [...said.values()];
  // A patch may be signed off twice by one person, who sent it on; what is given again for the same thing is one word.
  const known = new Map(patch.trailers.map((trailer) => [meaningOf(trailer), trailer]));
  for (const trailer of others) {
    const meaning = meaningOf(trailer);
    const before = known.get(meaning);
    if (before && doubtOf(before) <= doubtOf(trailer)) continue;
    known.set(meaning, trailer);
    said.set(meaning, trailer);
  }
  return [...said.values()];
}

/** Equal for trailers that say the same of the same person, however their address is written. */
export function meaningOf({ key, value }: Trailer): string {
  return `${key}: ${/-by$/i.test(key) ? personOf(value) : value}`.toLowerCase();
}

/** The more there is to doubt, the higher. */
function doubtOf({ giver }: Trailer): number {
  return giver === undefined ? 0 : giver === "sender-elsewhere" ? 1 : 2;
}

/** `Fixes:` with the title of the patch that was answered: what follows up on the patch has it, and not the patch. */
function isForItsFix({ key, value, via }: Trailer, { title }: Patch): boolean {
  return via !== "patch" && key.toLowerCase() === "fixes" && value.toLowerCase().endsWith(`("${title.toLowerCase()}")`);
}
