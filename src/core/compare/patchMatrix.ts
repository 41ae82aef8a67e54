/** What became of each patch of a series over its revisions, as a table: a row for each patch, a column for each revision. */
import type { Patch, Revision } from "../series/series";
import type { ComparedPair, Comparison, LetterState, PairState } from "./compareRevisions";

/** What of a patch changed, beside what `PairState` tells. */
export type ChangedPart = "title" | "author" | "message" | "trailers" | "diff";

/** What became of a patch in a revision. Patches are named by their places in their revisions. */
export interface MatrixCell {
  /** Null where it is no longer there: dropped, or squashed into another patch. */
  readonly patch: number | null;
  /** Against the revision before; null in the first one. */
  readonly state: PairState | null;
  readonly reordered: boolean;
  readonly changed: readonly ChangedPart[];
  /** What was compared: the patches of the revision before, and those of this one that they became. */
  readonly before: readonly number[];
  readonly after: readonly number[];
}

/** The cells of a patch, one for each revision; null before it came and after it went. */
export type MatrixRow = ReadonlyArray<MatrixCell | null>;

export interface PatchMatrix {
  /** In the order of the newest revision; a patch that is not in it comes after those that preceded it. */
  readonly rows: readonly MatrixRow[];
  /** What became of the cover letter in each revision; null where there is none to tell of. */
  readonly letters: ReadonlyArray<LetterState | null>;
  /** What could not be compared, one sentence each. */
  readonly problems: readonly string[];
}

/** A row while the table is made. The rows are a chain, since one may come between any two. */
interface RowMade {
  readonly cells: Array<MatrixCell | null>;
  next: RowMade | null;
}

/** @param comparisons of each revision with the one before it, oldest first; see `compareEach` */
export function patchMatrix(comparisons: readonly Comparison[]): PatchMatrix {
  const columns = comparisons.map(readColumn);
  const head: RowMade = { cells: [], next: null };
  let last = head;
  const addRow = (after: RowMade): RowMade => {
    const cells = Array.from({ length: comparisons.length + 1 }, () => null);
    return (after.next = { cells, next: after.next });
  };
  /** The rows of the patches of the revision at hand, the newest one first. */
  let rows = (comparisons.at(-1)?.to.patches ?? []).map(() => (last = addRow(last)));
  for (const [at, column] of [...columns.entries()].reverse()) {
    for (const [to, row] of rows.entries()) row.cells[at + 1] = column.cellOf(to);
    const olds: RowMade[] = [];
    for (const from of comparisons[at]?.from.patches.keys() ?? []) {
      const to = column.continued.get(from);
      const row = (to === undefined ? undefined : rows[to]) ?? addRow(olds.at(-1) ?? head);
      if (to === undefined) row.cells[at + 1] = column.endOf(from);
      olds.push(row);
    }
    rows = olds;
  }
  for (const [patch, row] of rows.entries()) row.cells[0] = { ...nothingBefore, patch };
  const made: MatrixRow[] = [];
  for (let row = head.next; row; row = row.next) made.push(row.cells);
  return {
    rows: made,
    letters: [comparisons[0]?.from.cover ? "unchanged" : null, ...comparisons.map(({ letter }) => letter)],
    problems: [...new Set(comparisons.flatMap(({ problems }) => problems))],
  };
}

const noGroup: Group = { before: [], after: [] };
const nothingBefore: MatrixCell = { patch: null, state: null, reordered: false, changed: [], ...noGroup };

/** The pairs of a comparison by the places of their patches. */
interface Column {
  /** Which patch has the row of a patch of the revision before; a patch that ends there has none. */
  readonly continued: ReadonlyMap<number, number>;
  cellOf(to: number): MatrixCell;
  /** The cell of a patch that is not continued. */
  endOf(from: number): MatrixCell;
}

interface PlacedPair {
  readonly pair: ComparedPair;
  readonly from: number | null;
  readonly to: number | null;
}

function readColumn({ from, to, pairs }: Comparison): Column {
  const [olds, news] = [placesOf(from), placesOf(to)];
  const placed = pairs.map((pair) => ({ pair, from: placeIn(olds, pair.from), to: placeIn(news, pair.to) }));
  const [byFrom, byTo] = [pairsBy(placed, (one) => one.from), pairsBy(placed, (one) => one.to)];
  const groups = groupsOf(placed, byFrom, byTo);
  const cell = (pairs: readonly PlacedPair[] | undefined, patch: number | null): MatrixCell => {
    const [first] = pairs ?? [];
    if (!first) return { ...nothingBefore, patch };
    const { pair } = first;
    return { patch, state: pair.state, reordered: pair.reordered, changed: changedParts(pair), ...(groups.get(first) ?? noGroup) };
  };
  return {
    continued: continuedBy(placed),
    cellOf: (patch) => cell(byTo.get(patch), patch),
    endOf: (patch) => cell(byFrom.get(patch), null),
  };
}

function placesOf({ patches }: Revision): ReadonlyMap<Patch, number> {
  return new Map(patches.map((patch, at) => [patch, at]));
}

function placeIn(places: ReadonlyMap<Patch, number>, patch: Patch | null): number | null {
  return patch === null ? null : (places.get(patch) ?? null);
}

function pairsBy(pairs: readonly PlacedPair[], placeOf: (pair: PlacedPair) => number | null): ReadonlyMap<number, readonly PlacedPair[]> {
  const found = new Map<number, PlacedPair[]>();
  for (const pair of pairs) {
    const place = placeOf(pair);
    if (place === null) continue;
    const known = found.get(place);
    if (known) known.push(pair);
    else found.set(place, [pair]);
  }
  return found;
}

/** One row goes on for each patch: of the parts of a patch the one that kept the title, else the first. */
function continuedBy(pairs: readonly PlacedPair[]): ReadonlyMap<number, number> {
  const continued = new Map<number, number>();
  const taken = new Set<number>();
  for (const isKept of [true, false]) {
    for (const { from, to, pair } of pairs) {
      if (from === null || to === null || continued.has(from) || taken.has(to)) continue;
      if (isKept && pair.from?.title !== pair.to?.title) continue;
      continued.set(from, to);
      taken.add(to);
    }
  }
  return continued;
}

function changedParts({ titleChanged, authorChanged, message, trailers, diff }: ComparedPair): ChangedPart[] {
  return [
    ...(titleChanged ? (["title"] as const) : []),
    ...(authorChanged ? (["author"] as const) : []),
    ...(message.length > 0 ? (["message"] as const) : []),
    ...(trailers.length > 0 ? (["trailers"] as const) : []),
    ...(diff.length > 0 ? (["diff"] as const) : []),
  ];
}

/** The patches that were compared together. */
type Group = Pick<MatrixCell, "before" | "after">;

/** All patches that each pair was compared with: those of a split or squashed patch are compared together. */
function groupsOf(
  pairs: readonly PlacedPair[],
  byFrom: ReadonlyMap<number, readonly PlacedPair[]>,
  byTo: ReadonlyMap<number, readonly PlacedPair[]>,
): ReadonlyMap<PlacedPair, Group> {
  const groups = new Map<PlacedPair, Group>();
  for (const pair of pairs) {
    if (groups.has(pair)) continue;
    const [before, after] = [new Set<number>(), new Set<number>()];
    const found = new Set([pair]);
    for (const { from, to } of found) {
      if (from !== null && !before.has(from)) for (const other of byFrom.get(from) ?? []) found.add(other);
      if (to !== null && !after.has(to)) for (const other of byTo.get(to) ?? []) found.add(other);
      if (from !== null) before.add(from);
      if (to !== null) after.add(to);
    }
    const group = { before: ascending(before), after: ascending(after) };
    for (const one of found) groups.set(one, group);
  }
  return groups;
}

function ascending(places: ReadonlySet<number>): number[] {
  return [...places].sort((a, b) => a - b);
}
