/** Where two changes of the same text meet, as git would see it: what touches is one place, what comes out the same is no conflict. */
import type { Edit, LineEdit } from "./fileChange";

/** A place that both change. */
export interface Overlap {
  /** Zero-based lines of the text both start from; `end` is behind the last one, and equal where both only add. */
  readonly start: number;
  readonly end: number;
  /** What I do there, and what they do. */
  readonly mine: readonly LineEdit[];
  readonly theirs: readonly Edit[];
  /** Indexes of their patches that do it, ascending. */
  readonly patches: readonly number[];
  /** Both make the same of it, so that nothing is left to be merged. */
  readonly same: boolean;
}

/**
 * Finds the places that both change. As for git, edits with no untouched line between them are one place.
 *
 * @param mine by line, none touching another
 * @param theirs by line
 */
export function overlapsOf(mine: readonly LineEdit[], theirs: readonly Edit[]): Overlap[] {
  const found: Overlap[] = [];
  let next = 0;
  for (let at = 0; at < mine.length;) {
    const first = mine[at];
    if (!first) break;
    while (next < theirs.length && endOf(theirs[next]) < first.start) next++;
    const meeting = theirs[next];
    if (!meeting || meeting.start > endOf(first)) {
      at++;
      continue;
    }
    // What touches what is already here belongs to it, on either side in turn.
    const place = { start: Math.min(first.start, meeting.start), end: Math.max(endOf(first), endOf(meeting)) };
    const [myStart, theirStart] = [at, next];
    at++;
    next++;
    for (let grown = true; grown;) {
      grown = false;
      for (let edit = mine[at]; edit && edit.start <= place.end; edit = mine[++at]) grown = grow(place, edit);
      for (let edit = theirs[next]; edit && edit.start <= place.end; edit = theirs[++next]) grown = grow(place, edit);
    }
    found.push(overlapOf(place, mine.slice(myStart, at), theirs.slice(theirStart, next)));
  }
  return found;
}

function grow(place: { end: number }, edit: LineEdit): true {
  place.end = Math.max(place.end, endOf(edit));
  return true;
}

function endOf(edit: LineEdit | undefined): number {
  return edit ? edit.start + edit.removed.length : Infinity;
}

function overlapOf({ start, end }: { start: number; end: number }, mine: readonly LineEdit[], theirs: readonly Edit[]): Overlap {
  const patches = [...new Set(theirs.flatMap((edit) => edit.patches))].sort((a, b) => a - b);
  const sides = sidesOf({ start, end, mine, theirs });
  return { start, end, mine, theirs, patches, same: isSame(sides.mine, sides.theirs) };
}

/** The lines of a place as they are in the text both start from, as I make them and as they make them. */
export interface OverlapSides {
  readonly base: readonly string[];
  readonly mine: readonly string[];
  readonly theirs: readonly string[];
}

export function sidesOf({ start, end, mine, theirs }: Pick<Overlap, "start" | "end" | "mine" | "theirs">): OverlapSides {
  const base = new Map<number, string>();
  // Every line of the place is removed by one of the two, so the text between need not be known.
  for (const edit of [...theirs, ...mine]) for (const [at, line] of edit.removed.entries()) base.set(edit.start + at, line);
  return { base: outcome([], base, start, end), mine: outcome(mine, base, start, end), theirs: outcome(theirs, base, start, end) };
}

/** What becomes of some lines. */
function outcome(edits: readonly LineEdit[], base: ReadonlyMap<number, string>, start: number, end: number): string[] {
  const lines: string[] = [];
  let at = start;
  const keep = (until: number): void => {
    for (; at < until; at++) lines.push(base.get(at) ?? "");
  };
  for (const edit of edits) {
    keep(edit.start);
    for (const line of edit.added) lines.push(line);
    at = edit.start + edit.removed.length;
  }
  keep(end);
  return lines;
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((line, at) => line === b[at]);
}

/** Where in the text with all edits a line of the text without them is now; of a removed one, where its place is. */
export function lineAfter(edits: readonly LineEdit[], line: number): number {
  let shift = 0;
  for (const { start, removed, added } of edits) {
    if (start + removed.length > line || (start === line && removed.length === 0)) return start <= line ? start + shift : line + shift;
    shift += added.length - removed.length;
  }
  return line + shift;
}
