/** What the cover letter tells of patches that are not here, because they went to other lists or are still to come. */
import type { MailFacts } from "./mailFacts";
import type { TouchedFile } from "../diff/touchedFile";
import type { Author } from "../mail/author";
import { titleKey } from "../mail/subject";
import { isShortened } from "../paths/tree";
import type { Patch } from "../series/series";

/** A subject may promise more than anybody posts; gaps beyond are counted and not listed. */
const mostMissing = 2000;

/** The patches of a revision and, after those, what is known of its gaps. */
export interface Gaps {
  /** By index; titles of which the place is not known last, in shortlog order. */
  readonly patches: Patch[];
  /** Indexes of which not even the title is known. */
  readonly missing: number[];
}

/** Lays the cover letter's shortlog over the places that have no mail: their titles are known, though not what they do. */
export function withGaps(own: readonly Patch[], expected: number, cover: MailFacts | null): Gaps {
  const there = new Set(own.map(({ index }) => index));
  const gaps: number[] = [];
  for (let index = 1; index <= expected && gaps.length < mostMissing; index++) if (!there.has(index)) gaps.push(index);
  if (gaps.length === 0) return { patches: [...own], missing: [] };
  const titles = gapTitles(own, gaps, cover);
  const known = titles.map(({ index, title, author }) => ({ ...nothing, index, title, author }));
  const patches = [...own, ...known].sort((a, b) => (a.index ?? Infinity) - (b.index ?? Infinity) || 0);
  // A title without a place may stand at any of them, so then none is said to be missing.
  const isLoose = titles.some(({ index }) => index === null);
  const named = new Set(titles.map(({ index }) => index));
  return { patches, missing: isLoose ? [] : gaps.filter((index) => !named.has(index)) };
}

const nothing = { messageId: null, message: null, diff: null, files: [], trailers: [] };

interface Listed {
  readonly title: string;
  readonly author: Author;
  readonly index: number | null;
}

/**
 * A shortlog lists the patches of each author in their order. Of one author it is that of the series; of several it tells the
 * places only where all that is not here is one author's.
 */
function gapTitles(patches: readonly Patch[], gaps: readonly number[], cover: MailFacts | null): Listed[] {
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

/** The places of an author's patches as the shortlog lists them, those that are not here at the gaps in their order. */
function placesIn(titles: readonly string[], placeOf: ReadonlyMap<string, number | null>, gaps: readonly number[]): number[] {
  let gap = 0;
  return titles.map((title) => placeOf.get(titleKey(title)) ?? gaps[gap++] ?? 0);
}

function isAscending(numbers: readonly number[]): boolean {
  return numbers.every((number, at) => at === 0 || (numbers[at - 1] ?? 0) < number);
}

/**
 * The cover letter's diffstat where patches are not here: their files stand in it and nowhere else. A name that it shortened is
 * left out where a patch tells it whole.
 */
export function letterFiles(patches: readonly Patch[], cover: MailFacts | null): readonly TouchedFile[] {
  const whole = patches.flatMap(({ files }) => files.map(({ path }) => `/${path}`));
  return (cover?.diffstat ?? []).map((file) => {
    const full = isShortened(file.path) ? whole.filter((path) => path.endsWith(file.path.slice(shortening))) : [];
    return full.length > 0 && full.every((path) => path === full[0]) ? { ...file, path: full[0]?.slice(1) ?? file.path } : file;
  });
}

/** The dots of `.../kvm/x86.c`. */
const shortening = 3;
