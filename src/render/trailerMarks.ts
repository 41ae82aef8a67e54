/** Trailers in short: `2R 1A` for two reviews and an ack. */
import { personOf } from "../core/mail/trailerPerson";
import type { Trailer } from "../core/mail/trailers";
import { visibleAttribute, visibleHtml } from "./escape";

/** One kind of trailer and the people who gave it. */
export interface TrailerMark {
  readonly letter: string;
  readonly key: string;
  /** `Reviewed`, of which the people named are the subject. */
  readonly word: string;
  /** `Name <mail>`, once each, as the first trailer of a person has it. */
  readonly people: readonly string[];
}

const kinds: ReadonlyArray<readonly [letter: string, word: string]> = [
  ["R", "Reviewed"],
  ["A", "Acked"],
  ["T", "Tested"],
];

/**
 * Who reviewed, acked and tested; a person who said it on several patches counts once. `Reviewed-and-tested-by` is both. What somebody
 * else says in a person's name is not counted: it is only shown, with who wrote it.
 */
export function trailerMarks(trailers: readonly Trailer[]): TrailerMark[] {
  return kinds.flatMap(([letter, word]) => {
    const people = new Map<string, string>();
    for (const { key, value, giver } of trailers) {
      if (giver === "other" || !isOfKind(key, word)) continue;
      const person = personOf(value);
      if (!people.has(person)) people.set(person, value);
    }
    return people.size > 0 ? [{ letter, key: `${word}-by`, word, people: [...people.values()] }] : [];
  });
}

const verdictWords: ReadonlySet<string> = new Set(["reviewed", "acked", "tested", "and", "by"]);

function isOfKind(key: string, word: string): boolean {
  const words = key.toLowerCase().split("-");
  // `Not-reviewed-by` is none.
  return words.every((one) => verdictWords.has(one)) && words.at(-1) === "by" && words.includes(word.toLowerCase());
}

/** Where a trailer was given and what there is to know of that: `in a reply`, `of v1`; [] for those of the patch itself. */
export function trailerNotes(trailer: Trailer): string[] {
  const { via, revision } = trailer;
  const place =
    via === "patch" ? "" : `${via === "cover" ? "on the cover letter" : "in a reply"}${revision === undefined ? "" : ` to ${revision}`}`;
  return [place, doubtText(trailer)].filter(Boolean);
}

/** Why a trailer of a reply is doubted, as one reads it behind the trailer; empty where it is not. */
export function doubtText({ giver }: Trailer): string {
  return giver === "sender-elsewhere" ? "from another address of theirs" : giver === "other" ? "written by somebody else" : "";
}

/** `Name` of `Name <mail>`. */
function nameOf(person: string): string {
  return person.slice(0, /<[^<>]*>/.exec(person)?.index).trim() || person;
}

/** `2R 1A` as chips, said in full to those who point at it or hear it. */
export function markCountsHtml(marks: readonly TrailerMark[]): string {
  return marks
    .map(({ letter, key, people }) => {
      const said = visibleAttribute(`${people.length} ${key}: ${people.map(nameOf).join(", ")}`);
      return `<span class="mark" role="img" aria-label="${said}" title="${said}">${people.length}${letter}</span>`;
    })
    .join("");
}

/** The trailers that came from elsewhere than the patch itself, one a line; those in the patch stand in its message. */
export function givenTrailersHtml(trailers: readonly Trailer[]): string {
  const given = trailers.filter(({ via }) => via !== "patch");
  if (given.length === 0) return "";
  const rows = given.map((trailer) => {
    const where = trailerNotes(trailer).join(", ");
    return `<li>${visibleHtml(`${trailer.key}: ${trailer.value}`)} <span class="muted">${where}</span></li>`;
  });
  return `<ul class="given-trailers" aria-label="Trailers from replies and the cover letter">${rows.join("")}</ul>`;
}
