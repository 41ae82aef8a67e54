/** The changes of several series placed in one text while a person edits it: after an edit only the affected changes are placed again. */
import type { Block, ComposedChange } from "../core/lines/fileChange";
import { sharedEnds } from "../core/lines/lineDiff";
import { followBase, type FollowedBase, placeChange, type PlacedEdit, placeEdit } from "../core/lines/placeChange";
import { isDistinctiveLine, TextLines } from "../core/lines/textLines";

/** The characters that editors treat as the end of a line. */
const lineEnd = /\r\n|\r|\n/;

/** The lines of a text as an editor counts them, without their ends. */
export function editorLines(text: string): string[] {
  return text.split(lineEnd);
}

/** Lines around an edit in which a change may depend on the edited lines. */
const reach = 3;

interface PlacedSeries {
  readonly change: ComposedChange;
  readonly base: readonly string[] | null;
  followed: FollowedBase | null;
  edits: PlacedEdit[];
  /** Lines that may give changes without a place one again. */
  readonly missed: Set<string>;
  /** Whether an edit touched it since it was last placed completely. */
  touched: boolean;
}

/** With more changes than this an index of the text pays off. */
const indexAbove = 32;

export class LivePlacements {
  readonly text: TextLines;
  readonly #placed = new Map<string, PlacedSeries>();

  /** @param lines of the text, without their ends */
  constructor(lines: readonly string[]) {
    this.text = new TextLines(lines);
  }

  /**
   * Places the change of a series.
   *
   * @param base the text its first patch is based on; null when it is not known
   */
  place(series: string, change: ComposedChange, base: readonly string[] | null): void {
    this.text.index();
    const followed = base && followBase(base, this.text);
    const edits = placeChange(this.text, change, followed);
    const missed = new Set(edits.filter(isGone).flatMap(({ block }) => tellingLines(block)));
    this.#placed.set(series, { change, base, followed, edits, missed, touched: false });
  }

  /** The changes of a series, by line. */
  placed(series: string): readonly PlacedEdit[] {
    return this.#placed.get(series)?.edits ?? [];
  }

  /** Follows an edit: changes below it move, changes it touches are placed again. */
  edit(start: number, removed: number, added: readonly string[]): void {
    const { head, tail } = sharedEnds(this.text.lines.slice(start, start + removed), added);
    const first = start + head;
    const taken = removed - head - tail;
    const put = added.slice(head, added.length - tail);
    if (taken === 0 && put.length === 0) return;
    this.text.replace(first, taken, put);
    const edited = { first, end: first + taken, shift: put.length - taken };
    const lines = new Set(put);
    const touched: Array<readonly [PlacedSeries, number]> = [];
    for (const one of this.#placed.values()) {
      if (one.followed) moveLines(one.followed.places, edited);
      const returned = inBoth(one.missed, lines);
      for (const [at, placed] of one.edits.entries()) {
        const isTouched = isGone(placed) ? mayReturn(placed, returned) : isNearEdit(placed, edited);
        // Removed lines may give a change a place again; that is checked when the person pauses.
        if (isTouched || isGone(placed)) one.touched = true;
        if (isTouched) touched.push([one, at]);
        one.edits[at] = moveEdit(placed, edited);
      }
    }
    if (touched.length > indexAbove) this.text.index();
    for (const [one, at] of touched) this.#placeAgain(one, at);
  }

  #placeAgain(one: PlacedSeries, at: number): void {
    const moved = one.edits[at];
    if (!moved) return;
    // An added file is either there completely or not at all.
    const again = one.change.path === null ? placeChange(this.text, one.change, null)[at] : this.#again(moved, one.followed);
    if (!again) return;
    one.edits[at] = again;
    if (isGone(again)) for (const line of tellingLines(again.block)) one.missed.add(line);
  }

  #again(moved: PlacedEdit, followed: FollowedBase | null): PlacedEdit {
    const { edit, block, start, count, certainty } = moved;
    const again = placeEdit(this.text, block, edit, start, certainty === "exact" ? followed : null);
    // A line that is being typed is still the line that a series changes.
    if ((again.certainty === "gone" || again.certainty === "function") && count > 0 && certainty !== "already") {
      return { ...moved, certainty: "fuzzy" };
    }
    return again;
  }

  /** Places the touched series completely again, one series per step; run it when the person pauses. */
  *settle(): Generator<string> {
    for (const series of [...this.#placed.keys()]) {
      // A text that became known may have placed the change between two steps, so its present state is used.
      const placed = this.#placed.get(series);
      if (!placed?.touched) continue;
      this.place(series, placed.change, placed.base);
      yield series;
    }
  }
}

interface Edited {
  readonly first: number;
  /** The line after the last replaced one. */
  readonly end: number;
  readonly shift: number;
}

function moveLines(places: Int32Array, { first, end, shift }: Edited): void {
  for (let at = 0; at < places.length; at++) {
    const place = places[at] ?? -1;
    if (place >= end) places[at] = place + shift;
    else if (place >= first) places[at] = -1;
  }
}

function isGone({ certainty }: PlacedEdit): boolean {
  return certainty === "gone";
}

function isNearEdit({ start, count }: PlacedEdit, { first, end }: Edited): boolean {
  return start <= end + reach && first <= start + count + reach;
}

function tellingLines({ before, after }: Block): string[] {
  return [...before, ...after].filter(isDistinctiveLine);
}

function inBoth(a: ReadonlySet<string>, b: ReadonlySet<string>): ReadonlySet<string> {
  const [few, many] = a.size < b.size ? [a, b] : [b, a];
  return new Set([...few].filter((line) => many.has(line)));
}

function mayReturn({ block }: PlacedEdit, returned: ReadonlySet<string>): boolean {
  return returned.size > 0 && tellingLines(block).some((line) => returned.has(line));
}

/** The place of a change after an edit; the same object when it does not move. */
function moveEdit(placed: PlacedEdit, edited: Edited): PlacedEdit {
  const { start, count, certainty } = placed;
  const { first, end, shift } = edited;
  if (certainty === "gone") return placed;
  if (start + count + reach < first) return placed;
  const move = (line: number): number => (line >= end ? line + shift : Math.min(line, Math.max(first, end + shift)));
  const [from, to] = [move(start), Math.max(move(start), start + count >= end ? start + count + shift : move(start + count))];
  return { ...placed, start: from, count: to - from };
}
