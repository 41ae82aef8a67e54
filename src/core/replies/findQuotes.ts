/**
 * Finds the lines of a patch that an answer quotes. An answer quotes lines in their order and leaves some out. So a line that stands
 * in several places is identified by the quoted lines beside it, and then by the lines found above and below it. A line that may
 * still be two is not found. The time grows with the number of quoted lines, whatever is in them.
 */
import { isTelling, type QuotableLines } from "./quotableLines";

/** A line with more places than this starts no search; it is only followed from its neighbour. */
const mostPlaces = 32;
/** How many quoted lines in a row may be missing from the patch, where somebody changed what they quote. */
const mostStrange = 2;
/** The score of a line that has lost its sign: other lines have the same text with a sign. */
const signless = 0.75;
/** How much better than the second best place the best one must be. */
const lead = 0.7;

/** A place that a quoted line may have: how many lines around it agree. */
interface Candidate {
  readonly at: number;
  readonly score: number;
  /** Whether the text of one of those lines identifies it. */
  readonly isTold: boolean;
}

type Candidates = readonly Candidate[];

/**
 * @param keys of the quoted lines, in order; empty for a blank one
 * @returns for each the number of the line in the patch; -1 if it is in no place, or may be in several
 */
export function findQuotes(keys: readonly string[], patch: QuotableLines): number[] {
  const down = followed(keys, patch, 1);
  const up = followed(keys.toReversed(), patch, -1).reverse();
  const choices = keys.map((key, at) => (key === "" ? [] : joined(down[at] ?? [], up[at] ?? [], key, patch)));
  const found = choices.map(surest);
  settleByOrder(keys, choices, found, patch);
  return found;
}

/** The possible places of each quoted line, with the number of lines above it that agree, or below it if the step is -1. */
function followed(keys: readonly string[], { lines, byKey, byBare }: QuotableLines, step: 1 | -1): Candidates[] {
  let before: Candidates = [];
  let strange = 0;
  return keys.map((key) => {
    const next = new Map<number, Candidate>();
    const add = (at: number, score: number, isTold: boolean): void => {
      const known = next.get(at);
      if (!known || known.score < score) next.set(at, { at, score, isTold });
    };
    if (key === "") {
      // A blank line may be one of the patch, or one that somebody inserted.
      for (const { at, score, isTold } of before) add(lines[at + step]?.key === "" ? at + step : at, score, isTold);
      return (before = [...next.values()]);
    }
    const [own, bare] = [byKey.get(key) ?? [], byBare.get(key) ?? []];
    if (own.length + bare.length === 0) {
      if (++strange > mostStrange) before = [];
      for (const { at, score, isTold } of before) {
        add(at, score, isTold);
        add(at + step, score, isTold);
      }
      before = [...next.values()].slice(0, mostPlaces * 2);
      return [];
    }
    strange = 0;
    const telling = isTelling(key);
    const worth = (at: number): number => (lines[at]?.key === key ? 1 : lines[at]?.bare === key ? signless : 0);
    for (const { at, score, isTold } of before) {
      const more = worth(at + step);
      if (more > 0) add(at + step, score + more, isTold || telling);
    }
    if (own.length + bare.length <= mostPlaces) for (const at of [...own, ...bare]) add(at, worth(at), telling);
    return (before = [...next.values()]);
  });
}

/** The places of a line by the lines above and below it together. */
function joined(down: Candidates, up: Candidates, key: string, { lines }: QuotableLines): Candidates {
  const own = (at: number): number => (lines[at]?.key === key ? 1 : signless);
  const known = new Map(up.map((one) => [one.at, one]));
  const all = down.map((one) => {
    const other = known.get(one.at);
    known.delete(one.at);
    return other ? { at: one.at, score: one.score + other.score - own(one.at), isTold: one.isTold || other.isTold } : one;
  });
  return [...all, ...known.values()];
}

/** The one place with the best score; -1 if there is no single one. */
function surest(candidates: Candidates): number {
  const [best, second] = best2(candidates);
  return best?.isTold === true && best.score - (second?.score ?? 0) >= lead ? best.at : -1;
}

function best2(candidates: Candidates): readonly [Candidate | undefined, Candidate | undefined] {
  let best: Candidate | undefined;
  let second: Candidate | undefined;
  for (const one of candidates) {
    if (!best || one.score > best.score) [best, second] = [one, best];
    else if (!second || one.score > second.score) second = one;
  }
  return [best, second];
}

/**
 * Settles lines that stand in several places: the right one is the only one between the lines found above and below, or the only one
 * in the hunk or file whose header is the last line found above.
 */
function settleByOrder(keys: readonly string[], choices: readonly Candidates[], found: number[], patch: QuotableLines): void {
  const below: number[] = [];
  let last = Infinity;
  for (let at = found.length - 1; at >= 0; at--) {
    below[at] = last;
    const place = found[at] ?? -1;
    if (place < 0) continue;
    // Lines that somebody quotes out of order tell nothing.
    if (place > last) return;
    last = place;
  }
  let above = -1;
  for (const [at, key] of keys.entries()) {
    if ((found[at] ?? -1) < 0 && isTelling(key)) {
      const [best] = best2(choices[at] ?? []);
      const [from, to] = [above, below[at] ?? Infinity];
      const places = best
        ? (choices[at] ?? []).flatMap((one) => (best.score - one.score < lead && one.at > from && one.at < to ? one.at : []))
        : between(patch.byKey.get(key) ?? [], from, to);
      const within = places.length > 1 && above >= 0 ? places.filter((place) => isUnder(place, above, patch)) : places;
      if (within.length === 1) found[at] = within[0] ?? -1;
    }
    if ((found[at] ?? -1) >= 0) above = found[at] ?? above;
  }
}

/** Up to two numbers of an ordered list that lie between two others. */
function between(places: readonly number[], from: number, to: number): readonly number[] {
  let [low, high] = [0, places.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((places[middle] ?? 0) > from) high = middle;
    else low = middle + 1;
  }
  return places.slice(low, low + mostPlaces).filter((place) => place < to);
}

/** Whether a line is in the hunk or the file whose header is another line. */
function isUnder(at: number, header: number, { lines }: QuotableLines): boolean {
  const [head, line] = [lines[header], lines[at]];
  if (!head || line?.kind !== "code") return false;
  if (head.kind === "hunk") return head.place?.file === line.place?.file && head.place?.hunk === line.place?.hunk;
  if (head.kind !== "file") return false;
  // The lines of a header are above the first hunk of their file.
  const next = lines.slice(header + 1, header + mostHeader).find(({ kind, key }) => kind !== "file" || key.startsWith("diff--git"));
  return next?.kind === "hunk" && next.place?.file === line.place?.file;
}

/** Lines between the names of a file and its first hunk. */
const mostHeader = 16;
