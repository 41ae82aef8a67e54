/** What answers give the patches of a posting: `Reviewed-by:` and the like, each with the mail it stands in. */
import type { MailFacts } from "./mailFacts";
import type { Patch } from "../series/series";
import { personOf } from "../mail/trailerPerson";
import type { Trailer } from "../mail/trailers";

/** A mail below a posting, and the place of it that it hangs under. */
export interface HungMail {
  readonly mail: MailFacts;
  readonly index: number;
}

/** All that answers a posting. */
export interface Answers {
  /** Oldest first. */
  readonly hung: readonly HungMail[];
  /** By place of a carried patch, all that hangs below the posting it was last sent in: what was said of it there still holds. */
  readonly carriedHung: ReadonlyMap<number, readonly HungMail[]>;
}

/** A trailer of a reply, and the mail it stands in. */
export function trailerOf({ key, value, giver }: MailFacts["given"][number], { messageId }: MailFacts, via: "reply" | "cover"): Trailer {
  return { key, value, via, messageId, ...(giver === "sender" ? {} : { giver }) };
}

/** What replies give each place; index 0 stands for every patch. */
export function trailersGiven({ hung, carriedHung }: Answers, hasCover: boolean): Map<number, Trailer[]> {
  const given = new Map<number, Trailer[]>();
  const give = (place: number, trailer: Trailer): void => {
    const known = given.get(place);
    if (known) known.push(trailer);
    else given.set(place, [trailer]);
  };
  for (const [place, below] of carriedHung) {
    for (const { mail, index } of below) {
      for (const one of mail.given) {
        const places = one.patches ?? [index];
        if (places.includes(place) || places.includes(0)) give(place, trailerOf(one, mail, index === 0 ? "cover" : "reply"));
      }
    }
  }
  for (const { mail, index } of hung) {
    for (const one of mail.given) {
      const via = index === 0 && hasCover ? "cover" : "reply";
      for (const place of one.patches ?? [index]) give(place, trailerOf(one, mail, via));
    }
  }
  return given;
}

/**
 * A patch's own trailers, then those of its replies, then those of the cover letter; each is said once, and what a person gave in their own
 * name goes before what somebody else said of them.
 */
export function joinTrailers(patch: Patch, given: ReadonlyMap<number, readonly Trailer[]>, cover: readonly Trailer[]): Trailer[] {
  const others = [...(given.get(patch.index ?? -1) ?? []), ...(given.get(0) ?? []), ...cover].filter((one) => !isForItsFix(one, patch));
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
function meaningOf({ key, value }: Trailer): string {
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
