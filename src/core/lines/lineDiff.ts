/** The differences between two states of a text, line by line: the runs that were replaced, and where each line went. */
import { type ArrayChange, diffArrays } from "diff";

/** A run of lines of a text that is replaced. */
export interface LineEdit {
  /** The zero-based line in the text before; where nothing is removed, the line that the new ones go in front of. */
  readonly start: number;
  readonly removed: readonly string[];
  readonly added: readonly string[];
}

/** The lines of a text without their ends, LF or CR LF. A final line end does not begin another line. */
export function linesOf(text: string): string[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return text.includes("\r") ? lines.map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line)) : lines;
}

/**
 * A text with edits made in it.
 *
 * @param edits sorted by line, none of them on the lines of another
 * @param first the number of the first of the lines
 */
export function withEdits(lines: readonly string[], edits: readonly LineEdit[], first = 0): string[] {
  // `splice` will not do: an edit may add more lines than a call takes arguments.
  const parts: Array<readonly string[]> = [];
  let at = 0;
  for (const { start, removed, added } of edits) {
    parts.push(lines.slice(at, start - first), added);
    at = start - first + removed.length;
  }
  return [...parts, lines.slice(at)].flat();
}

/**
 * Changed lines among which unchanged ones are looked for. That takes as long as a keystroke may, and the time grows with the square
 * of their number; beyond it, all between the first and the last change is one change.
 */
const mostChangedLines = 500;

/** The edits that turn one text into another, sorted by line. */
export function lineEdits(before: readonly string[], after: readonly string[]): LineEdit[] {
  const { head, tail } = sharedEnds(before, after);
  const [removed, added] = [before.slice(head, before.length - tail), after.slice(head, after.length - tail)];
  if (removed.length === 0 && added.length === 0) return [];
  const whole = [{ start: head, removed, added }];
  if (removed.length === 0 || added.length === 0) return whole;
  const parts = diffArrays(removed, added, { maxEditLength: mostChangedLines });
  return parts ? editsOfParts(parts, head) : whole;
}

function editsOfParts(parts: ReadonlyArray<ArrayChange<string>>, head: number): LineEdit[] {
  const edits: LineEdit[] = [];
  let at = head;
  let [removed, added]: [readonly string[], readonly string[]] = [[], []];
  const close = (): void => {
    if (removed.length + added.length > 0) edits.push({ start: at - removed.length, removed, added });
    [removed, added] = [[], []];
  };
  for (const part of parts) {
    if (part.added) added = [...added, ...part.value];
    else {
      if (!part.removed) close();
      else removed = [...removed, ...part.value];
      at += part.value.length;
    }
  }
  close();
  return edits;
}

/**
 * The edits between a file in git and the text of an editor. A file that is not UTF-8 is decoded in the way that leaves the fewest
 * differences, since the editor may have been told its charset.
 */
export function bufferEdits(base: Uint8Array, buffer: string): LineEdit[] {
  const after = linesOf(buffer);
  const edits = lineEdits(linesOf(decode(base, "utf-8")), after);
  if (edits.length === 0 || isUtf8(base)) return edits;
  const others = lineEdits(linesOf(decode(base, "windows-1252")), after);
  return changedLines(others) < changedLines(edits) ? others : edits;
}

function decode(bytes: Uint8Array, label: string): string {
  return new TextDecoder(label).decode(bytes);
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

function changedLines(edits: readonly LineEdit[]): number {
  return edits.reduce((sum, { removed, added }) => sum + removed.length + added.length, 0);
}

// Where each line of a text is in a later state of it.

/** Stretches with more edits than this have nothing in common. */
const mostEdits = 1000;

/** Numbers for lines, equal for equal lines: texts that are compared often are compared by these. */
export class LineNumbers {
  readonly #numbers = new Map<string, number>();

  get size(): number {
    return this.#numbers.size;
  }

  of(lines: readonly string[]): Int32Array {
    const numbers = new Int32Array(lines.length);
    for (let at = 0; at < lines.length; at++) {
      const line = lines[at] ?? "";
      let number = this.#numbers.get(line);
      if (number === undefined) this.#numbers.set(line, (number = this.#numbers.size));
      numbers[at] = number;
    }
    return numbers;
  }
}

/**
 * Follows the lines of a text into another one, as `git blame` follows them.
 *
 * @param size how many numbers there are, see `LineNumbers`
 * @returns for each line of `before` its zero-based place in `after`; -1 for a line that was removed or changed
 */
export function followLines(before: Int32Array, after: Int32Array, size: number): Int32Array {
  const places = new Int32Array(before.length).fill(-1);
  const most = Math.min(before.length, after.length);
  let [head, tail] = [0, 0];
  while (head < most && before[head] === after[head]) places[head] = head++;
  while (tail < most - head && before[before.length - 1 - tail] === after[after.length - 1 - tail]) {
    tail++;
    places[before.length - tail] = after.length - tail;
  }
  // The stretches between lines that occur once in each text are small; the whole may differ too much to be compared at once.
  let [from, to] = [head, head];
  for (const [old, now] of [...fixedPoints(before, after, head, tail, size), [before.length - tail, after.length - tail] as const]) {
    followStretch(before, after, [from, old], [to, now], places);
    if (old < before.length - tail) places[old] = now;
    [from, to] = [old + 1, now + 1];
  }
  return places;
}

/**
 * Where a line of another state of a text is in the text; where it is not in it, the line behind the nearest one above it that is.
 *
 * @param line zero-based, of `other`
 * @returns zero-based, of the text; `same` where it is that very line
 */
export function followLine(
  text: readonly string[],
  line: number,
  other: readonly string[],
): { readonly line: number; readonly same: boolean } {
  const numbers = new LineNumbers();
  const [before, after] = [numbers.of(other), numbers.of(text)];
  const places = followLines(before, after, numbers.size);
  for (let at = Math.min(line, places.length - 1); at >= 0; at--) {
    const place = places[at] ?? -1;
    if (place >= 0) return at === line ? { line: place, same: true } : { line: Math.min(place + 1, text.length - 1), same: false };
  }
  return { line: 0, same: false };
}

/** Lines that occur once in the middle of both texts: the longest list of them that has the same order in both. */
function fixedPoints(
  before: Int32Array,
  after: Int32Array,
  head: number,
  tail: number,
  size: number,
): ReadonlyArray<readonly [number, number]> {
  /** By number, one more than the place in `after`; -1 for a line that occurs there twice. */
  const places = new Int32Array(size);
  const counts = new Uint8Array(size);
  for (let at = head; at < after.length - tail; at++) {
    const line = after[at] ?? 0;
    places[line] = places[line] === 0 ? at + 1 : -1;
  }
  for (let at = head; at < before.length - tail; at++) {
    const line = before[at] ?? 0;
    if ((counts[line] ?? 0) < 2) counts[line] = (counts[line] ?? 0) + 1;
  }
  const pairs: Array<readonly [number, number]> = [];
  for (let at = head; at < before.length - tail; at++) {
    const line = before[at] ?? 0;
    const place = places[line] ?? 0;
    if (place > 0 && counts[line] === 1) pairs.push([at, place - 1]);
  }
  return longestAscending(pairs);
}

/** The longest subsequence of pairs in which the second numbers ascend; the first ones ascend already. */
export function longestAscending(pairs: ReadonlyArray<readonly [number, number]>): ReadonlyArray<readonly [number, number]> {
  if (pairs.every(([, second], at) => at === 0 || (pairs[at - 1]?.[1] ?? 0) < second)) return pairs;
  /** For each length less one, the pair with the smallest second number that ends a subsequence of that length. */
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

/** Follows the lines between two fixed points; most stretches are equal, or so at their ends. */
function followStretch(
  before: Int32Array,
  after: Int32Array,
  [first, behind]: readonly [number, number],
  [start, stop]: readonly [number, number],
  places: Int32Array,
): void {
  let [from, end, to, last] = [first, behind, start, stop];
  while (from < end && to < last && before[from] === after[to]) places[from++] = to++;
  while (from < end && to < last && before[end - 1] === after[last - 1]) places[--end] = --last;
  if (from >= end || to >= last) return;
  // Lines that only one side has cannot be followed and would take most of the time.
  const olds = sharedPlaces(before, from, end, new Set(after.subarray(to, last)));
  if (olds.length === 0) return;
  const news = sharedPlaces(after, to, last, new Set(before.subarray(from, end)));
  const numbers = (lines: Int32Array, at: readonly number[]): number[] => at.map((line) => lines[line] ?? 0);
  const parts = diffArrays(numbers(before, olds), numbers(after, news), { maxEditLength: mostEdits });
  let [old, now] = [0, 0];
  for (const { count, added, removed } of parts ?? []) {
    if (!added && !removed) for (let at = 0; at < count; at++) places[olds[old + at] ?? 0] = news[now + at] ?? -1;
    if (!added) old += count;
    if (!removed) now += count;
  }
}

function sharedPlaces(lines: Int32Array, from: number, end: number, others: ReadonlySet<number>): number[] {
  const places: number[] = [];
  for (let at = from; at < end; at++) if (others.has(lines[at] ?? -1)) places.push(at);
  return places;
}

/** How many lines two runs have in common at their beginnings, and then at their ends. */
export function sharedEnds(a: readonly string[], b: readonly string[]): { readonly head: number; readonly tail: number } {
  const most = Math.min(a.length, b.length);
  let head = 0;
  while (head < most && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < most - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  return { head, tail };
}

/** Where a line of a text is after all edits; for a removed line, where it was. */
export function lineAfter(edits: readonly LineEdit[], line: number): number {
  let shift = 0;
  for (const { start, removed, added } of edits) {
    if (start + removed.length > line || (start === line && removed.length === 0)) return start <= line ? start + shift : line + shift;
    shift += added.length - removed.length;
  }
  return line + shift;
}
