/** Trailers in short: `2R 1A` for two reviews and an ack. */
import type { Trailer } from "../core/mail/trailers";
import { visibleAttribute, visibleHtml } from "./escape";

/** One kind of trailer and the people who gave it. */
export interface TrailerMark {
  readonly letter: string;
  readonly key: string;
  /** `Name <mail>`, once each. */
  readonly people: readonly string[];
}

const kinds: ReadonlyArray<readonly [string, string]> = [
  ["R", "Reviewed-by"],
  ["A", "Acked-by"],
  ["T", "Tested-by"],
];

/** Who reviewed, acked and tested; a person who said it on several patches counts once. */
export function trailerMarks(trailers: readonly Trailer[]): TrailerMark[] {
  return kinds.flatMap(([letter, key]) => {
    const people = new Set(trailers.filter((trailer) => trailer.key.toLowerCase() === key.toLowerCase()).map(({ value }) => value));
    return people.size > 0 ? [{ letter, key, people: [...people] }] : [];
  });
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
  const rows = given.map(({ key, value, via }) => {
    const where = via === "reply" ? "in a reply" : "on the cover letter";
    return `<li>${visibleHtml(`${key}: ${value}`)} <span class="muted">${where}</span></li>`;
  });
  return `<ul class="given-trailers" aria-label="Trailers from replies and the cover letter">${rows.join("")}</ul>`;
}
