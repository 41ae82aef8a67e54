/** Which line of a text is which line of a later state of it. */
import { diffArrays } from "diff";
import { sharedEnds } from "./openChange";

/** Stretches that differ in more lines than this have nothing to do with each other. */
const mostEdits = 1000;

/**
 * Follows the lines of a text into another one, as `git blame` follows them.
 *
 * @returns for each line of `before` its place in `after`, zero-based; -1 for one that is gone or was changed
 */
export function followLines(before: readonly string[], after: readonly string[]): Int32Array {
  const places = new Int32Array(before.length).fill(-1);
  const { head, tail } = sharedEnds(before, after);
  for (let at = 0; at < head; at++) places[at] = at;
  for (let at = 1; at <= tail; at++) places[before.length - at] = after.length - at;
  // Between lines that stand once in each text the rest is small, where the whole may differ in too much to be compared at once.
  let [from, to] = [head, head];
  for (const [old, now] of [...fixedPoints(before, after, head, tail), [before.length - tail, after.length - tail] as const]) {
    followStretch(before, after, [from, old], [to, now], places);
    if (old < before.length - tail) places[old] = now;
    [from, to] = [old + 1, now + 1];
  }
  return places;
}

/** Lines that stand exactly once in the middle of both texts, as long a list as keeps their order in both. */
function fixedPoints(before: readonly string[], after: readonly string[], head: number, tail: number): Array<readonly [number, number]> {
  const places = new Map<string, number>();
  for (let at = head; at < after.length - tail; at++) {
    const line = after[at] ?? "";
    places.set(line, places.has(line) ? -1 : at);
  }
  const counts = new Map<string, number>();
  for (let at = head; at < before.length - tail; at++) counts.set(before[at] ?? "", (counts.get(before[at] ?? "") ?? 0) + 1);
  const pairs: Array<readonly [number, number]> = [];
  for (let at = head; at < before.length - tail; at++) {
    const place = places.get(before[at] ?? "") ?? -1;
    if (place >= 0 && counts.get(before[at] ?? "") === 1) pairs.push([at, place]);
  }
  return longestAscending(pairs);
}

/** The longest part of some pairs, ascending by their first, in which the second ascends too. */
function longestAscending(pairs: ReadonlyArray<readonly [number, number]>): Array<readonly [number, number]> {
  /** By length less one, the pair that ends an ascending part of that length with the smallest second. */
  const ends: number[] = [];
  const previous = new Int32Array(pairs.length).fill(-1);
  for (const [at, [, second]] of pairs.entries()) {
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((pairs[ends[middle] ?? 0]?.[1] ?? 0) < second) low = middle + 1;
      else high = middle;
    }
    previous[at] = low > 0 ? (ends[low - 1] ?? -1) : -1;
    ends[low] = at;
  }
  const found: Array<readonly [number, number]> = [];
  for (let at = ends.at(-1) ?? -1; at >= 0; at = previous[at] ?? -1) {
    const pair = pairs[at];
    if (pair) found.push(pair);
  }
  return found.reverse();
}

function followStretch(
  before: readonly string[],
  after: readonly string[],
  [from, end]: readonly [number, number],
  [to, last]: readonly [number, number],
  places: Int32Array,
): void {
  if (from >= end || to >= last) return;
  // Lines that only one side has cannot be followed, and would take most of the time.
  const olds = sharedPlaces(before, from, end, new Set(after.slice(to, last)));
  const news = sharedPlaces(after, to, last, new Set(before.slice(from, end)));
  if (olds.length === 0) return;
  const texts = (lines: readonly string[], at: readonly number[]): string[] => at.map((line) => lines[line] ?? "");
  const parts = diffArrays(texts(before, olds), texts(after, news), { maxEditLength: mostEdits });
  let [old, now] = [0, 0];
  for (const { count, added, removed } of parts ?? []) {
    if (!added && !removed) for (let at = 0; at < count; at++) places[olds[old + at] ?? 0] = news[now + at] ?? -1;
    if (!added) old += count;
    if (!removed) now += count;
  }
}

function sharedPlaces(lines: readonly string[], from: number, end: number, others: ReadonlySet<string>): number[] {
  const places: number[] = [];
  for (let at = from; at < end; at++) if (others.has(lines[at] ?? "")) places.push(at);
  return places;
}
