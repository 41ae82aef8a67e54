/** The changes of several series on one text while a person edits it: nothing is placed twice that an edit did not touch. */
import { followBase, placeChange, placeEdit, type FollowedBase, type PlacedEdit } from "./anchor";
import type { FileChange } from "./fileChange";
import { followEdit } from "./followed";
import { sharedEnds } from "./openChange";
import { TextLines } from "./textLines";

/** Lines around an edit whose changes may stand on the edited ones. */
const reach = 3;

interface Placed {
  readonly change: FileChange;
  readonly base: readonly string[] | null;
  followed: FollowedBase | null;
  edits: PlacedEdit[];
  /** An edit touched it since it was placed as a whole. */
  touched: boolean;
}

export class LiveAnchors {
  readonly text: TextLines;
  readonly #placed = new Map<string, Placed>();

  /** @param lines of the text, without their ends */
  constructor(lines: readonly string[]) {
    this.text = new TextLines(lines);
  }

  /**
   * Places the change of a series.
   *
   * @param base the text its first patch was made on; null where it is not known
   */
  place(series: string, change: FileChange, base: readonly string[] | null): void {
    this.text.index();
    const followed = base && followBase(base, this.text);
    this.#placed.set(series, { change, base, followed, edits: placeChange(this.text, change, followed), touched: false });
  }

  /** The changes of a series, by line. */
  placed(series: string): readonly PlacedEdit[] {
    return this.#placed.get(series)?.edits ?? [];
  }

  /** Follows an edit: what lies below moves, what it touches is placed again. */
  edit(start: number, removed: number, added: readonly string[]): void {
    const { head, tail } = sharedEnds(this.text.lines.slice(start, start + removed), added);
    const first = start + head;
    const taken = removed - head - tail;
    const put = added.slice(head, added.length - tail);
    if (taken === 0 && put.length === 0) return;
    this.text.replace(first, taken, put);
    const edited = { first, end: first + taken, shift: put.length - taken };
    for (const one of this.#placed.values()) {
      if (one.followed) moveLines(one.followed.places, edited);
      for (const [at, placed] of one.edits.entries()) {
        const moved = moveEdit(placed, edited);
        if (moved === placed) continue;
        if (!isTouched(placed, edited)) one.edits[at] = moved;
        else {
          one.touched = true;
          one.edits[at] = this.#again(moved, one.followed);
        }
      }
    }
  }

  #again(moved: PlacedEdit, followed: FollowedBase | null): PlacedEdit {
    const { edit, block, start, count, certainty } = moved;
    const again =
      followed && certainty === "exact" ? followEdit(this.text, block, edit, followed) : placeEdit(this.text, block, edit, start);
    // A line that is being typed on is still the line that a series changes.
    if ((again.certainty === "gone" || again.certainty === "function") && count > 0 && certainty !== "already") {
      return { ...moved, certainty: "fuzzy" };
    }
    return again;
  }

  /** Places what edits have touched as a whole again, a series a step; to be run when the person pauses. */
  *settle(): Generator<string> {
    for (const [series, { touched, change, base }] of [...this.#placed]) {
      if (!touched) continue;
      this.place(series, change, base);
      yield series;
    }
  }
}

interface Edited {
  readonly first: number;
  /** The line behind the last one that was replaced. */
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

function isTouched({ start, count, certainty }: PlacedEdit, { first, end }: Edited): boolean {
  return certainty === "gone" || (start <= end + reach && first <= start + count + reach);
}

/** Where a change lies after an edit; the same where it stays as it is. */
function moveEdit(placed: PlacedEdit, edited: Edited): PlacedEdit {
  const { start, count, certainty } = placed;
  const { first, end, shift } = edited;
  if (certainty === "gone") return { ...placed };
  if (start + count + reach < first) return placed;
  const move = (line: number): number => (line >= end ? line + shift : Math.min(line, Math.max(first, end + shift)));
  const [from, to] = [move(start), Math.max(move(start), start + count >= end ? start + count + shift : move(start + count))];
  return { ...placed, start: from, count: to - from };
}
