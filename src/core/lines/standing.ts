/**
 * Whether the lines of a change stand in a text, before it or after it, and how sure that is: what stands where it is expected, or once
 * and in the right function, is sure; what stands anywhere else may be another place that looks alike.
 */
import type { Block, Edit } from "./fileChange";
import { headingStart, isTelling, type TextLines } from "./textLines";

/** Lines that are looked for. */
export interface Claim {
  readonly run: readonly string[];
  /** The line the run is expected at. */
  readonly near: number;
  /** What git printed behind the `@@`; a line above the run, or in it before line `lead`. */
  readonly heading: string;
  readonly lead: number;
  /** How many lines behind those are what is changed. */
  readonly changed: number;
  /** It was at the beginning of its file, or at the end: then it has to be there in the text too. */
  readonly isFirst: boolean;
  readonly isLast: boolean;
}

export interface Standing {
  readonly at: number;
  readonly isExpected: boolean;
  readonly isSure: boolean;
}

/** Of lines that stand in more places than this none is told from the others. */
const mostPlaces = 50;
const label = /^\w+:\s*($|\/[/*])/;

/** Where lines stand; null where they do not, or where there are none. */
export function standing(text: TextLines, claim: Claim): Standing | null {
  const { run, near } = claim;
  // Braces and blank lines stand everywhere, so that they do where they are expected proves little.
  if (!run.some(isTelling)) return run.length > 0 && text.has(run, near) ? { at: near, isExpected: true, isSure: false } : null;
  const fits = (at: number): boolean => (!claim.isFirst || at === 0) && (!claim.isLast || text.endsAt(at + run.length));
  const isUnder = (at: number): boolean => isUnderHeading(text, claim, at);
  const isExpected = fits(near) && text.has(run, near);
  if (isExpected && (!namesFunction(claim.heading) || isUnder(near))) return { at: near, isExpected, isSure: true };
  const places = text.places(run);
  if (places.length === 0) return null;
  if (isExpected && places.length === 1) return { at: near, isExpected, isSure: true };
  // Lines that name their function themselves, and stand once, need nothing above them; others may have been put between.
  const isNamed = namesFunction(claim.heading) && !(places.length === 1 && run.slice(0, claim.lead + claim.changed).some(isHeading));
  const fitting = places.filter(fits);
  const own = isNamed && fitting.length <= mostPlaces ? fitting.filter(isUnder) : [];
  const [only] = isNamed ? own : places.length === 1 ? fitting : [];
  if (only !== undefined && own.length <= 1) return { at: only, isExpected: only === near, isSure: true };
  const at = nearest([own, fitting, places].find(({ length }) => length > 0) ?? [], near);
  return { at, isExpected: at === near, isSure: false };
}

/** Whether what git printed behind the `@@` tells one function from the others. */
export function namesFunction(heading: string): boolean {
  return isTelling(heading) && headingStart.test(heading);
}

function isHeading(line: string): boolean {
  return namesFunction(line) && !label.test(line);
}

/** The heading of a change: a block of several hunks may begin in one function and end in another. */
export function headingOf({ start, before, heading }: Block, edit: Edit): string {
  return before.slice(0, edit.start - start).findLast(isHeading) ?? heading;
}

function isUnderHeading(text: TextLines, { heading, lead }: Claim, at: number): boolean {
  const isLabel = label.test(heading);
  for (let line = text.headingAbove(at + lead); line >= 0; line = text.headingAbove(line)) {
    const one = text.lines[line] ?? "";
    // Git cuts a long heading.
    if (one.startsWith(heading)) return true;
    if (line < at && (isLabel || !label.test(one))) return false;
  }
  return false;
}

export function nearest(places: readonly number[], near: number): number {
  return places.reduce((best, at) => (best < 0 || Math.abs(at - near) < Math.abs(best - near) ? at : best), -1);
}

export interface Verdict {
  readonly certainty: "context" | "fuzzy" | "already";
  readonly at: number;
}

/**
 * Which of its two states a text has at a change.
 *
 * @param before where the lines stand that it was made on, and how many they are
 * @param after where those stand that it makes of them
 */
export function judge(before: Counted, after: Counted): Verdict | null {
  const [there, taken] = [before.found, after.found?.isSure ? after.found : null];
  if (taken && isTaken(before, after.count, taken)) return { certainty: "already", at: taken.at };
  if (!there) return null;
  // Both stand somewhere, neither where it is expected.
  const isDoubtful = taken !== null && !there.isExpected;
  return { certainty: there.isSure && !isDoubtful ? "context" : "fuzzy", at: there.at };
}

export interface Counted {
  readonly found: Standing | null;
  readonly count: number;
}

function isTaken({ found, count }: Counted, takenCount: number, taken: Standing): boolean {
  if (!found?.isSure) return true;
  const [end, takenEnd] = [found.at + count, taken.at + takenCount];
  // Where one stands within the other, there is more of the longer one: what is added may end with the lines it comes behind.
  const isWithin = takenCount > count ? taken.at <= found.at && end <= takenEnd : found.at <= taken.at && takenEnd <= end;
  return isWithin ? takenCount > count : taken.isExpected;
}

/** Whether a block was at the beginning of its file, or at the end: git, too, gives a hunk no other place then. */
export function boundsOf({ start, before, edits }: Block): { readonly isFirst: boolean; readonly isLast: boolean } {
  const [first, last] = [edits[0], edits.at(-1)];
  const above = (first?.start ?? start) - start;
  const below = start + before.length - (last ? last.start + last.removed.length : start);
  // Without context on either side nothing is known of the lines behind it.
  return { isFirst: start === 0, isLast: below === 0 && above > 0 };
}

/** Whether lines that were found prove that a change is there: of one that only removes, they are no more than those around it. */
export function believed(found: Standing | null, { added }: Edit, isWhole: boolean, heading: string): Standing | null {
  if (!found || found.isExpected || added.some(isTelling)) return found;
  return isWhole && namesFunction(heading) ? found : { ...found, isSure: false };
}
