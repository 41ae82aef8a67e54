/**
 * Where the changes of a series belong in another text than the one they were made on, such as the file in the editor, and what they
 * make of it. Each answer says how sure it is. A change whose place is not found is gone; its place is never guessed.
 */
import type { Block, ComposedChange, Edit } from "./fileChange";
import { followLines, linesOf, withEdits } from "./lineDiff";
import { isDistinctiveLine, isHeading, labelLine, namesFunction, TextLines } from "./textLines";

/**
 * - `exact`: followed from the text that the series was made on.
 * - `context`: found by the lines around it.
 * - `fuzzy`: found with up to two different lines on either side, or in several places.
 * - `function`: only the function was found.
 * - `already`: the text has the change.
 * - `gone`: nothing of it was found.
 */
export type Certainty = "exact" | "context" | "fuzzy" | "function" | "already" | "gone";

export interface PlacedEdit {
  readonly edit: Edit;
  readonly block: Block;
  readonly certainty: Certainty;
  /** Zero-based line of the text; -1 for one that is gone. */
  readonly start: number;
  /** How many lines of the text it replaces; 0 where it only adds lines, in front of `start`. */
  readonly count: number;
}

/** The text that a series was made on, followed into the present text. */
export interface FollowedBase {
  readonly base: readonly string[];
  /** The present place of each line of the base, see `followLines`. */
  readonly places: Int32Array;
}

/** Follows the text that a series was made on into the present text. */
export function followBase(base: readonly string[], text: TextLines): FollowedBase {
  const before = text.lineNumbers.of(base);
  return { base, places: followLines(before, text.numbers, text.lineNumbers.size) };
}

/** Lines around a change that are searched for with it, as many as a diff has. */
const contextLines = 3;
/** How many of them may differ on either side, as with `patch -F2`. */
const mostFuzz = 2;

/**
 * Places all changes of a file.
 *
 * @param followed the text that the first patch was made on; null where it is unknown
 */
export function placeChange(text: TextLines, { path, blocks }: ComposedChange, followed: FollowedBase | null): PlacedEdit[] {
  // The series adds a file that exists: either the change is in already, or it is another file of that name.
  if (path === null) return blocks.flatMap((block) => placeNew(text, block));
  let offset = 0;
  return blocks.flatMap((block) => {
    const exact = followed && followBlock(text, block, followed);
    const placed = exact ?? placeBlock(text, block, block.start + offset);
    // The line numbers of a separate block may be those of another text.
    if (!block.separate) offset = offsetBehind(placed) ?? offset;
    return placed;
  });
}

/**
 * Places one change: after the text around it was edited, or where its block as a whole was not found.
 *
 * @param near the line at which it is searched for
 * @param followed where it is known, the change is followed from the text that the series was made on, and not searched for
 */
export function placeEdit(text: TextLines, block: Block, edit: Edit, near: number, followed: FollowedBase | null = null): PlacedEdit {
  if (followed) return followEdit(text, block, edit, followed);
  return placeByContext(text, block, edit, near) ?? placeByFunction(text, block, edit, near) ?? { edit, block, ...gonePlace };
}

const gonePlace = { certainty: "gone", start: -1, count: 0 } as const;

/** How far the lines below some changes have moved; null where that is not sure. */
function offsetBehind(placed: readonly PlacedEdit[]): number | null {
  const last = placed.findLast(({ certainty }) => certainty === "context" || certainty === "exact" || certainty === "already");
  return last ? last.start + last.count - (last.edit.start + last.edit.removed.length) : null;
}

/** Places a file that the series adds in the text of that name. */
function placeNew(text: TextLines, block: Block): PlacedEdit[] {
  const found = findRun(text, { run: block.after, near: 0, heading: "", lead: 0, changed: 0, isFirst: false, isLast: false });
  return found?.isSure ? editsAlreadyIn(block, block.edits, found.at) : block.edits.map((edit) => ({ edit, block, ...gonePlace }));
}

/** Places a block as a whole, else each of its changes. */
function placeBlock(text: TextLines, block: Block, near: number): PlacedEdit[] {
  const { start, before, edits } = block;
  // Lines for an empty file have nothing around them to find them by.
  const whole =
    before.length === 0 && start === 0 && text.end === 0 ? ({ certainty: "context", at: 0 } as const) : judgeBlock(text, block, near);
  if (whole?.certainty === "already") return editsAlreadyIn(block, edits, whole.at - start);
  if (whole) {
    const { certainty, at } = whole;
    return edits.map((edit) => ({ edit, block, certainty, start: at + edit.start - start, count: edit.removed.length }));
  }
  let offset = near - start;
  return edits.map((edit) => {
    const placed = placeEdit(text, block, edit, edit.start + offset);
    offset = offsetBehind([placed]) ?? offset;
    return placed;
  });
}

function judgeBlock(text: TextLines, block: Block, near: number): StateFound | null {
  const { before, after, edits, heading, start } = block;
  const claim = { near, heading, lead: (edits[0]?.start ?? start) - start, ...fileBounds(block) };
  const changed = { removed: edits[0]?.removed.length ?? 0, added: edits[0]?.added.length ?? 0 };
  const original = findRun(text, { run: before, changed: changed.removed, ...claim });
  const changedRun = findChangedRun(text, { run: after, changed: changed.added, ...claim }, original);
  const proof = edits.find(({ added }) => added.some(isDistinctiveLine)) ?? edits[0];
  return decideState(
    { found: original, count: before.length },
    { found: proof ? trustedIfProven(changedRun, proof, true, heading) : null, count: after.length },
  );
}

/** Finds the lines that a change makes. They need not be first or last in the file, since others may have been added around them. */
function findChangedRun(text: TextLines, claim: SoughtRun, original: FoundRun | null): FoundRun | null {
  // Where the original lines are surely in their place, the change is in only if its lines are in the same place.
  if (original?.isExpected && original.isSure && !text.has(claim.run, claim.near)) return null;
  return findRun(text, { ...claim, isFirst: false, isLast: false });
}

/** Places a change by the lines around it, by fewer and fewer of them, or finds that the text has it already. */
function placeByContext(text: TextLines, block: Block, edit: Edit, near: number): PlacedEdit | null {
  for (let fuzz = 0; fuzz <= mostFuzz; fuzz++) {
    const [head] = contextOfEdit(block, edit, fuzz);
    const found = judgeEdit(text, block, edit, near - head.length, fuzz);
    if (!found) continue;
    const [certainty, start] = [fuzz > 0 && found.certainty === "context" ? "fuzzy" : found.certainty, found.at + head.length];
    return { edit, block, certainty, start, count: (certainty === "already" ? edit.added : edit.removed).length };
  }
  return null;
}

function judgeEdit(text: TextLines, block: Block, edit: Edit, near: number, fuzz: number): StateFound | null {
  const { removed, added } = edit;
  const [head, tail] = contextOfEdit(block, edit, fuzz);
  const bounds = fileBounds(block);
  const isFirst = fuzz === 0 && bounds.isFirst && edit.start - head.length === 0;
  const isLast = fuzz === 0 && bounds.isLast && tail.length === 0;
  const heading = headingOfEdit(block, edit);
  const claim = { near, heading, lead: head.length, isFirst, isLast };
  // A change that only adds lines needs a line on either side to find it by, or an end of the file.
  const isProven = removed.length > 0 || (head.length > 0 && tail.length > 0) || isFirst || isLast;
  const original = isProven ? findRun(text, { run: [...head, ...removed, ...tail], changed: removed.length, ...claim }) : null;
  // Whether the change is in already is checked before less context is tried.
  const run = [...head, ...added, ...tail];
  const changedRun = fuzz < mostFuzz ? findChangedRun(text, { run, changed: added.length, ...claim }, original) : null;
  return decideState(
    { found: original, count: head.length + removed.length + tail.length },
    { found: trustedIfProven(changedRun, edit, fuzz === 0, heading), count: run.length },
  );
}

/** The lines above and below a change in the file before the series. Other changes of the series may be in them. */
function contextOfEdit(block: Block, { start, removed }: Edit, fuzz: number): readonly [head: string[], tail: string[]] {
  const at = start - block.start;
  const end = at + removed.length;
  const above = block.before.slice(Math.max(0, at - contextLines), at);
  const below = block.before.slice(end, end + contextLines);
  return [above.slice(Math.min(fuzz, above.length)), below.slice(0, Math.max(0, below.length - fuzz))];
}

/** Places a change in its function: at those of its lines that are found there, else at the first line of the function. */
function placeByFunction(text: TextLines, block: Block, edit: Edit, near: number): PlacedEdit | null {
  const { heading } = block;
  if (!isDistinctiveLine(heading)) return null;
  const first = nearestPlace(text.linesOfHeading(heading), near);
  if (first < 0) return null;
  let end = first + 1;
  while (end < text.length && !/^[}#]/.test(text.lines[end] ?? "")) end++;
  const body = text.lines.slice(first, end);
  const found = edit.removed
    .filter(isDistinctiveLine)
    .map((line) => body.indexOf(line))
    .filter((at) => at >= 0)
    .sort((a, b) => a - b);
  const [start, last] = [found[0] ?? 0, found.at(-1) ?? 0];
  return { edit, block, certainty: "function", start: first + start, count: last - start + 1 };
}

// Changes are placed surely where the text they were made on is known and was followed into the present one.

/** Lines around a change that have to be found with it, first many, then few. */
const followedContexts = [3, 1];
/** How many lines a change is moved along a run of repeated lines. */
const farthestSlide = 200;

/** Places a block; null where it does not fit the text it is said to be made on. */
function followBlock(text: TextLines, block: Block, followed: FollowedBase): PlacedEdit[] | null {
  const { base } = followed;
  // A patch may name a blob that it was not made on, and one of several composed patches may not fit its blob.
  if (block.separate || block.before.some((line, at) => base[block.start + at] !== line)) return null;
  return followRun(text, block, block.edits, followed, 3) ?? block.edits.map((edit) => followEdit(text, block, edit, followed));
}

/** Places one change by the text it was made on. */
function followEdit(text: TextLines, block: Block, edit: Edit, followed: FollowedBase): PlacedEdit {
  for (const context of followedContexts) {
    const [placed] = followRun(text, block, [edit], followed, context) ?? [];
    if (placed) return placed;
  }
  const { start, removed, added } = edit;
  const above = start === 0 ? -1 : (followed.places[start - 1] ?? -1);
  const below = followed.places[start + removed.length] ?? -1;
  if (added.some(isDistinctiveLine)) {
    const at = [above < 0 ? -1 : above + 1, below < 0 ? -1 : below - added.length].find((place) => text.has(added, place));
    if (at !== undefined) return { edit, block, certainty: "already", start: at, count: added.length };
  }
  if (removed.length > 0) return followRemoved(block, edit, followed, [above, below]);
  // Other lines were added there; they may come from the same change.
  if (above < 0 && below < 0) return { edit, block, ...gonePlace };
  return { edit, block, certainty: "fuzzy", start: above >= 0 ? above + 1 : below, count: 0 };
}

/** Places a change by those of its lines that are left. Only a few left prove nothing: they may be other lines that look alike. */
function followRemoved(block: Block, edit: Edit, { base, places }: FollowedBase, [above, below]: readonly [number, number]): PlacedEdit {
  const { start, removed } = edit;
  const [up, down] = slideRange(base, edit);
  const first = places[start] ?? -1;
  const isWhole = Array.from({ length: removed.length + up + down }, (_, at) => places[start - up + at]).every(
    (place, at) => first >= 0 && place === first - up + at,
  );
  if (isWhole && removed.some(isDistinctiveLine)) return { edit, block, certainty: "exact", start: first, count: removed.length };
  const telling = removed.flatMap((line, at) => (isDistinctiveLine(line) ? [places[start + at] ?? -1] : []));
  const left = telling.filter((place) => place >= 0);
  const [head, tail] = [left[0], left.at(-1)];
  if (head !== undefined && tail !== undefined && left.length * 2 >= telling.length) {
    return { edit, block, certainty: "fuzzy", start: head, count: tail - head + 1 };
  }
  // Other lines replaced those that the series changes.
  if (above >= 0 && below > above + 1) return { edit, block, certainty: "fuzzy", start: above + 1, count: below - above - 1 };
  return { edit, block, ...gonePlace };
}

/** Places changes that are found with some lines around them, unchanged or changed; null where they are not. */
function followRun(text: TextLines, block: Block, edits: readonly Edit[], followed: FollowedBase, context: number): PlacedEdit[] | null {
  const { base } = followed;
  const reaches = edits.map((edit) => [edit, ...slideRange(base, edit)] as const);
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
  // Lines from the beginning or the end of the file are searched for there.
  if (start === 0) for (const side of [places.before, places.after]) side.add(0);
  if (end === base.length) {
    places.before.add(text.end - before.length);
    places.after.add(text.end - after.length);
  }
  const original = [...places.before].find((place) => text.has(before, place) && isAtFileBounds(text, edits, base, place, before.length));
  const changed = [...places.after].find((place) => after.length > 0 && text.has(after, place));
  // Where both are found, the longer one counts, since it may contain the other.
  if (changed !== undefined && (original === undefined || after.length > before.length))
    return editsAlreadyIn(block, edits, changed - start);
  if (original === undefined) return null;
  return edits.map((edit) => ({
    edit,
    block,
    certainty: "exact",
    start: original + edit.start - start,
    count: edit.removed.length,
  }));
}

/** Changes that a text has already; its lines above them have moved by `shift`. */
function editsAlreadyIn(block: Block, edits: readonly Edit[], shift: number): PlacedEdit[] {
  let moved = shift;
  return edits.map((edit) => {
    const start = edit.start + moved;
    moved += edit.added.length - edit.removed.length;
    return { edit, block, certainty: "already", start, count: edit.added.length };
  });
}

/** Whether changes at the beginning of the file are placed at the beginning, and those at its end at the end. */
function isAtFileBounds(text: TextLines, edits: readonly Edit[], base: readonly string[], place: number, count: number): boolean {
  const [first, last] = [edits[0], edits.at(-1)];
  if (first?.start === 0 && first.removed.length === 0 && place > 0) return false;
  return last?.start !== base.length || last.removed.length > 0 || text.endsAt(place + count);
}

/** How far a change that only removes or only adds lines can be moved up and down and stay the same change. */
function slideRange(base: readonly string[], { start, removed, added }: Edit): readonly [up: number, down: number] {
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

// Lines of a change in a text, and how sure it is that they are its own. They surely are where they are expected, or if they are found
// only once and in the right function; anywhere else they may be other lines that look alike.

/** Lines to search for. */
interface SoughtRun {
  readonly run: readonly string[];
  /** The line the run is expected at. */
  readonly near: number;
  /** The text behind the `@@`: a line above the run, or one of its first `lead` lines. */
  readonly heading: string;
  readonly lead: number;
  /** How many lines behind those are changed. */
  readonly changed: number;
  /** It was at the beginning or the end of its file, and so has to be there in the text too. */
  readonly isFirst: boolean;
  readonly isLast: boolean;
}

interface FoundRun {
  readonly at: number;
  readonly isExpected: boolean;
  readonly isSure: boolean;
}

/** Lines found in more places than this are too common to tell the places apart. */
const mostPlaces = 50;

/** Finds lines in a text; null where they are not in it. */
function findRun(text: TextLines, claim: SoughtRun): FoundRun | null {
  const { run, near } = claim;
  // Braces and blank lines are everywhere, so finding them where they are expected proves little.
  if (!run.some(isDistinctiveLine)) return run.length > 0 && text.has(run, near) ? { at: near, isExpected: true, isSure: false } : null;
  const fits = (at: number): boolean => (!claim.isFirst || at === 0) && (!claim.isLast || text.endsAt(at + run.length));
  const isUnder = (at: number): boolean => isUnderHeading(text, claim, at);
  const isExpected = fits(near) && text.has(run, near);
  if (isExpected && (!namesFunction(claim.heading) || isUnder(near))) return { at: near, isExpected, isSure: true };
  const places = text.places(run);
  if (places.length === 0) return null;
  if (isExpected && places.length === 1) return { at: near, isExpected, isSure: true };
  // Lines that include the head of their function and are found once need not be below it.
  const isNamed = namesFunction(claim.heading) && !(places.length === 1 && run.slice(0, claim.lead + claim.changed).some(isHeading));
  const fitting = places.filter(fits);
  const own = isNamed && fitting.length <= mostPlaces ? fitting.filter(isUnder) : [];
  const [only] = isNamed ? own : places.length === 1 ? fitting : [];
  if (only !== undefined && own.length <= 1) return { at: only, isExpected: only === near, isSure: true };
  const at = nearestPlace([own, fitting, places].find(({ length }) => length > 0) ?? [], near);
  return { at, isExpected: at === near, isSure: false };
}

/** The heading that applies to a change: a block of several hunks may begin in one function and end in another. */
function headingOfEdit({ start, before, heading }: Block, edit: Edit): string {
  return before.slice(0, edit.start - start).findLast(isHeading) ?? heading;
}

function isUnderHeading(text: TextLines, { heading, lead }: SoughtRun, at: number): boolean {
  const isLabel = labelLine.test(heading);
  for (let line = text.headingAbove(at + lead); line >= 0; line = text.headingAbove(line)) {
    const one = text.lines[line] ?? "";
    // Git cuts a long heading.
    if (one.startsWith(heading)) return true;
    if (line < at && (isLabel || !labelLine.test(one))) return false;
  }
  return false;
}

function nearestPlace(places: readonly number[], near: number): number {
  return places.reduce((best, at) => (best < 0 || Math.abs(at - near) < Math.abs(best - near) ? at : best), -1);
}

interface StateFound {
  readonly certainty: "context" | "fuzzy" | "already";
  readonly at: number;
}

/**
 * Decides whether a text has the lines of a change as they were, or as the change makes them.
 *
 * @param before where the original lines were found, and how many they are
 * @param after the same of the changed lines
 */
function decideState(before: StateRun, after: StateRun): StateFound | null {
  const [original, changed] = [before.found, after.found?.isSure ? after.found : null];
  if (changed && isAlreadyIn(before, after.count, changed)) return { certainty: "already", at: changed.at };
  if (!original) return null;
  // Both were found, and neither where it was expected.
  const isDoubtful = changed !== null && !original.isExpected;
  return { certainty: original.isSure && !isDoubtful ? "context" : "fuzzy", at: original.at };
}

interface StateRun {
  readonly found: FoundRun | null;
  readonly count: number;
}

function isAlreadyIn({ found, count }: StateRun, changedCount: number, changed: FoundRun): boolean {
  if (!found?.isSure) return true;
  const [end, changedEnd] = [found.at + count, changed.at + changedCount];
  // Where one is inside the other, the longer one counts: added lines may end with the lines they were added behind.
  const isWithin = changedCount > count ? changed.at <= found.at && end <= changedEnd : found.at <= changed.at && changedEnd <= end;
  return isWithin ? changedCount > count : changed.isExpected;
}

/** Whether a block was at the beginning or the end of its file. Like git, it then gets no other place. */
function fileBounds({ start, before, edits }: Block): { readonly isFirst: boolean; readonly isLast: boolean } {
  const [first, last] = [edits[0], edits.at(-1)];
  const above = (first?.start ?? start) - start;
  const below = start + before.length - (last ? last.start + last.removed.length : start);
  // Without context on either side the lines below it are unknown.
  return { isFirst: start === 0, isLast: below === 0 && above > 0 };
}

/** Doubts that found lines prove a change where they are only its context, as for a change that only removes lines. */
function trustedIfProven(found: FoundRun | null, { added }: Edit, isWhole: boolean, heading: string): FoundRun | null {
  if (!found || found.isExpected || added.some(isDistinctiveLine)) return found;
  return isWhole && namesFunction(heading) ? found : { ...found, isSure: false };
}

// The placed changes at lines that a person points at, and a text with changes in it.

/** Whether a change is on some lines, both ends included. One that only adds lines is on the lines beside it. */
export function liesOn({ start, count, certainty }: PlacedEdit, first: number, last: number): boolean {
  if (certainty === "gone") return false;
  return count > 0 ? start <= last && first < start + count : start >= first && start - 1 <= last;
}

/** The line that is shown for a change. */
export function shownLine({ start }: PlacedEdit, lineCount: number): number {
  return Math.max(0, Math.min(start, lineCount - 1));
}

/** Applies the changes of a series that have a place in a text, and counts those that have none. */
export function applyPlacedEdits(
  lines: readonly string[],
  placed: readonly PlacedEdit[],
): { readonly lines: readonly string[]; readonly applied: number; readonly left: number } {
  const applied: Edit[] = [];
  let [left, below] = [0, Infinity];
  // From the end on, so that changes in one place keep the order they have in the file of the series.
  for (const { edit, certainty, start, count } of [...placed].sort((a, b) => b.start - a.start || b.edit.start - a.edit.start)) {
    if (certainty === "already") continue;
    const fits = certainty !== "gone" && certainty !== "function" && hasLinesAt(lines, start, edit.removed, count);
    // Of two changes that replace the same lines only one is applied.
    if (!fits || start + count > below) left++;
    else {
      applied.push({ ...edit, start });
      below = start;
    }
  }
  return { lines: withEdits(lines, applied.reverse()), applied: applied.length, left };
}

function hasLinesAt(lines: readonly string[], start: number, removed: readonly string[], count: number): boolean {
  return count === removed.length && removed.every((line, at) => lines[start + at] === line);
}

// A file with as much of a series as has a sure place in it, where the patches do not apply as they are.

interface AppliedFile {
  /** Null where the series deletes the file. */
  readonly after: string | null;
  /** How many of its changes have no sure place in the file and are missing in `after`. */
  readonly left: number;
}

/**
 * Puts the changes of a file into a text.
 *
 * @param text the file as it is; null where there is none
 * @param base the text that the series was made on; null where it is unknown
 */
export function applyToText(change: ComposedChange, text: string | null, base: string | null): AppliedFile {
  if (change.newPath === null) return { after: null, left: 0 };
  if (text === null) {
    // Without the file, the text is known only if the series adds it.
    if (change.path !== null) return { after: null, left: change.blocks.length };
    return {
      after: joinLines(
        change.blocks.flatMap(({ after }) => after),
        "\n",
        true,
      ),
      left: 0,
    };
  }
  const lines = new TextLines(linesOf(text));
  lines.index();
  const followed = base === null ? null : followBase(linesOf(base), lines);
  const applied = applyPlacedEdits(lines.lines, placeChange(lines, change, followed));
  const end = text.includes("\r\n") ? "\r\n" : "\n";
  return { after: joinLines(applied.lines, end, text === "" || text.endsWith("\n")), left: applied.left };
}

function joinLines(lines: readonly string[], end: string, isEnded: boolean): string {
  return lines.join(end) + (isEnded && lines.length > 0 ? end : "");
}
