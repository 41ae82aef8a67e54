/** Finds the cover letter of each first patch in a digest, which prints no threads. */
import type { DigestEntry } from "./digest";
import type { Diffstat } from "../diff/diffstat";
import type { Author } from "../mail/author";
import type { Shortlog } from "../mail/shortlog";
import { titleKey, type Subject } from "../mail/subject";
import type { Trailer } from "../mail/trailers";

/** A mail of a digest. */
export interface EntryMail {
  readonly subject: Subject;
  readonly author: Author;
  readonly entry: DigestEntry;
  readonly diffstat: Diffstat | null;
  /** Only cover letters have it. */
  readonly shortlog: Shortlog | null;
  /** Only cover letters have them: the reviews that count for every patch. */
  readonly reviews: readonly Trailer[];
  readonly titleKey: string;
  /** Author and size, which the cover letter and the patches of one posting always share. */
  readonly sender: string;
  /** Where it was seen last. */
  source: number;
  position: number;
}

/** A cover letter and its first patch; one of them may be missing. */
interface MailGroup {
  readonly cover: EntryMail | null;
  readonly first: EntryMail | null;
}

interface CoverSlot {
  readonly mail: EntryMail;
  first: EntryMail | null;
}

/** What is known of a first patch and a cover letter of its author and size. */
interface Pair {
  readonly patch: EntryMail;
  readonly cover: EntryMail;
  /** The cover letter lists the patch. */
  readonly listed: boolean;
}

/**
 * Signs that a first patch belongs to a cover letter of its author and size, strongest first. The shortlog may be missing or
 * have another title, and the patch may lack the version or a word of the brackets, but not all of this at once.
 */
const coverSigns: ReadonlyArray<(pair: Pair) => boolean> = [
  ({ patch, cover, listed }) => listed && standsAbove(patch, cover) && sameBrackets(cover, patch),
  ({ patch, cover, listed }) => listed && sameBrackets(cover, patch),
  ({ patch, cover }) => standsAbove(patch, cover) && sameBrackets(cover, patch),
  ({ patch, cover, listed }) => listed && standsAbove(patch, cover),
  ({ patch, cover }) => cover.shortlog === null && areNeighbours(cover, patch) && sameBrackets(cover, patch),
];

/** The mails of one author and size. */
interface SenderMails {
  readonly patches: EntryMail[];
  /** By title of a patch the cover letters that list it. */
  readonly listing: Map<string, CoverSlot[]>;
  readonly unlisted: CoverSlot[];
}

/** Puts each first patch under its cover letter, the surest pairs first. */
export function groupMails(mails: readonly EntryMail[]): MailGroup[] {
  const senders = new Map<string, SenderMails>();
  for (const mail of mails) {
    if (mail.subject.index === 0 || mail.subject.index === null) continue;
    let sent = senders.get(mail.sender);
    if (!sent) senders.set(mail.sender, (sent = { patches: [], listing: new Map(), unlisted: [] }));
    sent.patches.push(mail);
    if (!sent.listing.has(mail.titleKey)) sent.listing.set(mail.titleKey, []);
  }
  const covers: CoverSlot[] = [];
  const placed = new Map<number, CoverSlot>();
  for (const mail of mails) {
    if (mail.subject.index !== 0) continue;
    const cover = { mail, first: null };
    covers.push(cover);
    const sent = senders.get(mail.sender);
    if (!sent) continue;
    placed.set(placeOf(mail.source, mail.position), cover);
    if (mail.shortlog === null) sent.unlisted.push(cover);
    for (const author of mail.shortlog?.authors ?? []) {
      for (const title of author.titles) {
        const listing = sent.listing.get(titleKey(title));
        if (listing?.at(-1) !== cover) listing?.push(cover);
      }
    }
  }
  const taken = new Set<EntryMail>();
  let open = [...senders.values()].flatMap((sent) => sent.patches.map((patch) => ({ patch, sent })));
  for (const sign of coverSigns) {
    open = open.filter(({ patch, sent }) => {
      const cover = coverOf(patch, sent, placed, sign);
      if (cover) cover.first = patch;
      if (cover) taken.add(patch);
      return cover === null;
    });
  }
  return [
    ...covers.map(({ mail, first }) => ({ cover: mail, first })),
    ...mails.filter((mail) => mail.subject.index !== 0 && !taken.has(mail)).map((first) => ({ cover: null, first })),
  ];
}

/** The cover letter of a patch by one sign: it stands right below the patch, lists it, or lists nothing. */
function coverOf(
  patch: EntryMail,
  { listing, unlisted }: SenderMails,
  placed: ReadonlyMap<number, CoverSlot>,
  sign: (pair: Pair) => boolean,
): CoverSlot | null {
  const isOwn = ({ mail, first }: CoverSlot, listed: boolean): boolean => first === null && sign({ patch, cover: mail, listed });
  const listings = listing.get(patch.titleKey) ?? [];
  const below = placed.get(placeOf(patch.source, patch.position + 1));
  if (below?.mail.sender === patch.sender && isOwn(below, listings.includes(below))) return below;
  return listings.find((cover) => isOwn(cover, true)) ?? unlisted.find((cover) => isOwn(cover, false)) ?? null;
}

/** More mails than any digest has. */
const mostMails = 2 ** 26;

function placeOf(source: number, position: number): number {
  return source * mostMails + position;
}

function sameBrackets({ subject: a }: EntryMail, { subject: b }: EntryMail): boolean {
  return a.version === b.version && a.point === b.point && (sameWords(a.prefixes, b.prefixes) || bracketWords(a) === bracketWords(b));
}

function sameWords(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((word, at) => word === b[at]);
}

function bracketWords({ prefixes }: Subject): string {
  return prefixes.join(" ").toLowerCase().split(" ").sort().join(" ");
}

/** A digest has the newest mail first, so 1/n stands right above its 0/n. */
function standsAbove(patch: EntryMail, cover: EntryMail): boolean {
  return patch.source === cover.source && patch.position + 1 === cover.position;
}

function areNeighbours(a: EntryMail, b: EntryMail): boolean {
  return a.source === b.source ? Math.abs(a.position - b.position) === 1 : Math.abs(a.source - b.source) === 1;
}
