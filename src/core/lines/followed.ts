/** Where the changes of a block lie in a text that the very text they were made on is followed into. */
import type { FollowedBase, PlacedEdit } from "./anchor";
import type { Block, Edit } from "./fileChange";
import { isTelling, type TextLines } from "./textLines";

/** Lines around a change that must stand with it, first many, then few. */
const contexts = [3, 1];
/** A change in a run of lines that repeat may be moved along it; further than this it is not looked at. */
const farthestSlide = 200;

/** Places a block; null where it does not fit the text that is said to be its own. */
export function followBlock(text: TextLines, block: Block, followed: FollowedBase): PlacedEdit[] | null {
  const { base } = followed;
  // A patch may name a blob that it was not made on, and one of several that were composed may not fit it.
  if (block.loose || block.before.some((line, at) => base[block.start + at] !== line)) return null;
  return followRun(text, block, block.edits, followed, 3) ?? block.edits.map((edit) => followEdit(text, block, edit, followed));
}

/** Places one change by the lines it was made on. */
export function followEdit(text: TextLines, block: Block, edit: Edit, followed: FollowedBase): PlacedEdit {
  for (const context of contexts) {
    const [placed] = followRun(text, block, [edit], followed, context) ?? [];
    if (placed) return placed;
  }
  const { start, removed, added } = edit;
  const above = start === 0 ? -1 : (followed.places[start - 1] ?? -1);
  const below = followed.places[start + removed.length] ?? -1;
  if (added.some(isTelling)) {
    const at = [above < 0 ? -1 : above + 1, below < 0 ? -1 : below - added.length].find((place) => text.has(added, place));
    if (at !== undefined) return { edit, block, certainty: "already", start: at, count: added.length };
  }
  if (removed.length > 0) return followRemoved(block, edit, followed, [above, below]);
  // Something else stands there, which may have come of the same change.
  if (above < 0 && below < 0) return { edit, block, certainty: "gone", start: -1, count: 0 };
  return { edit, block, certainty: "fuzzy", start: above >= 0 ? above + 1 : below, count: 0 };
}

/** Places a change by those of its lines that are left; a few of them may as well be others that look alike. */
function followRemoved(block: Block, edit: Edit, { base, places }: FollowedBase, [above, below]: readonly [number, number]): PlacedEdit {
  const { start, removed } = edit;
  const [up, down] = slide(base, edit);
  const first = places[start] ?? -1;
  const isWhole = Array.from({ length: removed.length + up + down }, (_, at) => places[start - up + at]).every(
    (place, at) => first >= 0 && place === first - up + at,
  );
  if (isWhole && removed.some(isTelling)) return { edit, block, certainty: "exact", start: first, count: removed.length };
  const telling = removed.flatMap((line, at) => (isTelling(line) ? [places[start + at] ?? -1] : []));
  const left = telling.filter((place) => place >= 0);
  const [head, tail] = [left[0], left.at(-1)];
  if (head !== undefined && tail !== undefined && left.length * 2 >= telling.length) {
    return { edit, block, certainty: "fuzzy", start: head, count: tail - head + 1 };
  }
  // Other lines stand there now; the series changes what they were.
  if (above >= 0 && below > above + 1) return { edit, block, certainty: "fuzzy", start: above + 1, count: below - above - 1 };
  return { edit, block, certainty: "gone", start: -1, count: 0 };
}

/** Places changes that stand in the text with some lines around them, before or after the series; null where they do not. */
function followRun(text: TextLines, block: Block, edits: readonly Edit[], followed: FollowedBase, context: number): PlacedEdit[] | null {
  const { base } = followed;
  const reaches = edits.map((edit) => [edit, ...slide(base, edit)] as const);
  const start = Math.max(0, Math.min(...reaches.map(([edit, up]) => edit.start - up)) - context);
  const end = Math.min(base.length, Math.max(...reaches.map(([edit, , down]) => edit.start + edit.removed.length + down)) + context);
  const before = base.slice(start, end);
  const after: string[] = [];
  const places = { before: new Set<number>(), after: new Set<number>() };
  const keep = (from: number, to: number): void => {
    for (let line = from; line < to; line++) {
      const place = followed.places[line] ?? -1;
      if (place >= 0) {
        places.before.add(place - (line - start));
        places.after.add(place - after.length);
      }
      after.push(base[line] ?? "");
    }
  };
  let at = start;
  for (const edit of edits) {
    keep(at, edit.start);
    for (const line of edit.added) after.push(line);
    at = edit.start + edit.removed.length;
  }
  keep(at, end);
  // What was at the beginning of the file, or at its end, is looked for there.
  if (start === 0) for (const side of [places.before, places.after]) side.add(0);
  if (end === base.length) {
    places.before.add(text.end - before.length);
    places.after.add(text.end - after.length);
  }
  const there = [...places.before].find((place) => text.has(before, place) && isBound(text, edits, base, place, before.length));
  const taken = [...places.after].find((place) => after.length > 0 && text.has(after, place));
  // Where both stand, there is more of the longer one.
  if (taken !== undefined && (there === undefined || after.length > before.length)) return takenEdits(block, edits, taken - start);
  if (there === undefined) return null;
  return edits.map((edit) => ({
    edit,
    block,
    certainty: "exact",
    start: there + edit.start - start,
    count: edit.removed.length,
  }));
}

/** Changes that a text has, where its lines above them lie by a shift. */
export function takenEdits(block: Block, edits: readonly Edit[], shift: number): PlacedEdit[] {
  let moved = shift;
  return edits.map((edit) => {
    const start = edit.start + moved;
    moved += edit.added.length - edit.removed.length;
    return { edit, block, certainty: "already", start, count: edit.added.length };
  });
}

/** Whether nothing stands before what is put at the beginning of the file, nor behind what is put at its end. */
function isBound(text: TextLines, edits: readonly Edit[], base: readonly string[], place: number, count: number): boolean {
  const [first, last] = [edits[0], edits.at(-1)];
  if (first?.start === 0 && first.removed.length === 0 && place > 0) return false;
  return last?.start !== base.length || last.removed.length > 0 || text.endsAt(place + count);
}

/** How far a change that only removes or only adds lines may be moved up, and down, and be the same change. */
function slide(base: readonly string[], { start, removed, added }: Edit): readonly [up: number, down: number] {
  if (removed.length > 0 === added.length > 0) return [0, 0];
  const count = removed.length + added.length;
  const [top, bottom] = [start, start + removed.length];
  // The lines of the longer of the two states, by their distance from the beginning of the change.
  const line = (at: number): string | undefined =>
    at < 0 || removed.length > 0 ? base[top + at] : at < count ? added[at] : base[top + at - count];
  let [up, down] = [0, 0];
  while (up < farthestSlide && top - up > 0 && line(-1 - up) === line(count - 1 - up)) up++;
  while (down < farthestSlide && bottom + down < base.length && line(down) === line(count + down)) down++;
  return [up, down];
}
