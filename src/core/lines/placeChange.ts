/** Where the changes of a series lie in a text other than the one they were made on, such as the file in the editor, and what they make of it. Each answer says how sure it is; a place that is not found is reported as gone, never guessed. */
import type { Block, ComposedChange, Edit } from "./fileChange";
import { followLines, linesOf } from "./lineDiff";
import { isDistinctiveLine, isHeading, labelLine, namesFunction, TextLines } from "./textLines";

/**
 * `exact`: followed from the very text the series was made on; `context`: the lines around it stand like that; `fuzzy`: up to two
 * of them on either side do not, or they stand in several places; `function`: only the function is there; `already`: the text has
 * it; `gone`: nothing of it was found.
 */
export type Certainty = "exact" | "context" | "fuzzy" | "function" | "already" | "gone";

export interface PlacedEdit {
  readonly edit: Edit;
  readonly block: Block;
  readonly certainty: Certainty;
  /** Zero-based line of the text; -1 for one that is gone. */
  readonly start: number;
  /** How many lines of the text it replaces; 0 where it only adds some, before `start`. */
  readonly count: number;
}

/** The text a series was made on, followed into the text that is there now. */
export interface FollowedBase {
  readonly base: readonly string[];
  /** Of each line of the base, see `followLines`. */
  readonly places: Int32Array;
}

export function followBase(base: readonly string[], text: TextLines): FollowedBase {
  const before = text.lineNumbers.of(base);
  return { base, places: followLines(before, text.numbers, text.lineNumbers.size) };
}

/** Lines around a change that are looked for with it, as a diff has them. */
const contextLines = 3;
/** How many of them may be other ones on either side, as with `patch -F2`. */
const mostFuzz = 2;

/**
 * Places all changes of a file.
 *
 * @param followed the text the first patch was made on; null where it is not known
 */
export function placeChange(text: TextLines, { path, blocks }: ComposedChange, followed: FollowedBase | null): PlacedEdit[] {
  // A file that the series adds, and that is there: either it has been taken, or it is another one of that name.
  if (path === null) return blocks.flatMap((block) => placeNew(text, block));
  let offset = 0;
  return blocks.flatMap((block) => {
    const exact = followed && followBlock(text, block, followed);
    const placed = exact ?? placeBlock(text, block, block.start + offset);
    // The lines of a loose block may be counted in another text.
    if (!block.loose) offset = offsetBehind(placed) ?? offset;
    return placed;
  });
}

/** Places one change again near where it was, after the text around it was edited. */
export function placeEdit(text: TextLines, block: Block, edit: Edit, near: number): PlacedEdit {
  return placeByContext(text, block, edit, near) ?? placeByFunction(text, block, edit, near) ?? { edit, block, ...gonePlace };
}

const gonePlace = { certainty: "gone", start: -1, count: 0 } as const;

/** How far the lines below some changes lie from where they were; null where that is not sure. */
function offsetBehind(placed: readonly PlacedEdit[]): number | null {
  const last = placed.findLast(({ certainty }) => certainty === "context" || certainty === "exact" || certainty === "already");
  return last ? last.start + last.count - (last.edit.start + last.edit.removed.length) : null;
}

function placeNew(text: TextLines, block: Block): PlacedEdit[] {
  const taken = findRun(text, { run: block.after, near: 0, heading: "", lead: 0, changed: 0, isFirst: false, isLast: false });
  return taken?.isSure ? takenEdits(block, block.edits, taken.at) : block.edits.map((edit) => ({ edit, block, ...gonePlace }));
}

function placeBlock(text: TextLines, block: Block, near: number): PlacedEdit[] {
  const { start, before, edits } = block;
  // Lines for a file that had none: nothing else proves their place.
  const whole =
    before.length === 0 && start === 0 && text.end === 0 ? ({ certainty: "context", at: 0 } as const) : judgeBlock(text, block, near);
  if (whole?.certainty === "already") return takenEdits(block, edits, whole.at - start);
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
  const there = findRun(text, { run: before, changed: changed.removed, ...claim });
  const taken = findTakenRun(text, { run: after, changed: changed.added, ...claim }, there);
  const proof = edits.find(({ added }) => added.some(isDistinctiveLine)) ?? edits[0];
  return decideState(
    { found: there, count: before.length },
    { found: proof ? trustedIfProven(taken, proof, true, heading) : null, count: after.length },
  );
}

/** Where the lines stand that a change makes: others may have come before them or behind them since. */
function findTakenRun(text: TextLines, claim: SoughtRun, there: FoundRun | null): FoundRun | null {
  // What is found where it is expected is only doubted by what stands there too.
  if (there?.isExpected && there.isSure && !text.has(claim.run, claim.near)) return null;
  return findRun(text, { ...claim, isFirst: false, isLast: false });
}

/** Places a change by the lines around it, with less and less of them; or finds that the text has it. */
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
  // What only adds lines needs one on either side that says where, or the end of the file.
  const isProven = removed.length > 0 || (head.length > 0 && tail.length > 0) || isFirst || isLast;
  const there = isProven ? findRun(text, { run: [...head, ...removed, ...tail], changed: removed.length, ...claim }) : null;
  // Before less context is looked at, whether it is there already.
  const run = [...head, ...added, ...tail];
  const taken = fuzz < mostFuzz ? findTakenRun(text, { run, changed: added.length, ...claim }, there) : null;
  return decideState(
    { found: there, count: head.length + removed.length + tail.length },
    { found: trustedIfProven(taken, edit, fuzz === 0, heading), count: run.length },
  );
}

/** The lines above and below a change, of the file before the series; other changes of the series may lie in them. */
function contextOfEdit(block: Block, { start, removed }: Edit, fuzz: number): readonly [head: string[], tail: string[]] {
  const at = start - block.start;
  const end = at + removed.length;
  const above = block.before.slice(Math.max(0, at - contextLines), at);
  const below = block.before.slice(end, end + contextLines);
  return [above.slice(Math.min(fuzz, above.length)), below.slice(0, Math.max(0, below.length - fuzz))];
}

/** Places a change in its function: at those of its lines that stand there, else at the function's first line. */
function placeByFunction(text: TextLines, block: Block, edit: Edit, near: number): PlacedEdit | null {
  const { heading } = block;
  if (!isDistinctiveLine(heading)) return null;
  const first = nearestPlace(text.linesOfHeading(heading), near);
  if (first < 0) return null;
  let end = first + 1;
  while (end < text.length && !/^[}#]/.test(text.lines[end] ?? "")) end++;
  const body = text.lines.slice(first, end);
  const there = edit.removed
    .filter(isDistinctiveLine)
    .map((line) => body.indexOf(line))
    .filter((at) => at >= 0)
    .sort((a, b) => a - b);
  const [start, last] = [there[0] ?? 0, there.at(-1) ?? 0];
  return { edit, block, certainty: "function", start: first + start, count: last - start + 1 };
}

// Where the changes of a block lie in a text that the very text they were made on is followed into.

/** Lines around a change that must stand with it, first many, then few. */
const followedContexts = [3, 1];
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
  // Something else stands there, which may have come of the same change.
  if (above < 0 && below < 0) return { edit, block, certainty: "gone", start: -1, count: 0 };
  return { edit, block, certainty: "fuzzy", start: above >= 0 ? above + 1 : below, count: 0 };
}

/** Places a change by those of its lines that are left; a few of them may as well be others that look alike. */
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
  // Other lines stand there now; the series changes what they were.
  if (above >= 0 && below > above + 1) return { edit, block, certainty: "fuzzy", start: above + 1, count: below - above - 1 };
  return { edit, block, certainty: "gone", start: -1, count: 0 };
}

/** Places changes that stand in the text with some lines around them, before or after the series; null where they do not. */
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
  // What was at the beginning of the file, or at its end, is looked for there.
  if (start === 0) for (const side of [places.before, places.after]) side.add(0);
  if (end === base.length) {
    places.before.add(text.end - before.length);
    places.after.add(text.end - after.length);
  }
  const there = [...places.before].find((place) => text.has(before, place) && isAtFileBounds(text, edits, base, place, before.length));
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
function isAtFileBounds(text: TextLines, edits: readonly Edit[], base: readonly string[], place: number, count: number): boolean {
  const [first, last] = [edits[0], edits.at(-1)];
  if (first?.start === 0 && first.removed.length === 0 && place > 0) return false;
  return last?.start !== base.length || last.removed.length > 0 || text.endsAt(place + count);
}

/** How far a change that only removes or only adds lines may be moved up, and down, and be the same change. */
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

// Whether the lines of a change stand in a text, before it or after it, and how sure that is: what stands where it is expected, or once
// and in the right function, is sure; what stands anywhere else may be another place that looks alike.

/** Lines that are looked for. */
export interface SoughtRun {
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

export interface FoundRun {
  readonly at: number;
  readonly isExpected: boolean;
  readonly isSure: boolean;
}

/** Of lines that stand in more places than this none is told from the others. */
const mostPlaces = 50;

/** Where lines stand; null where they do not, or where there are none. */
export function findRun(text: TextLines, claim: SoughtRun): FoundRun | null {
  const { run, near } = claim;
  // Braces and blank lines stand everywhere, so that they do where they are expected proves little.
  if (!run.some(isDistinctiveLine)) return run.length > 0 && text.has(run, near) ? { at: near, isExpected: true, isSure: false } : null;
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
  const at = nearestPlace([own, fitting, places].find(({ length }) => length > 0) ?? [], near);
  return { at, isExpected: at === near, isSure: false };
}

/** The heading of a change: a block of several hunks may begin in one function and end in another. */
export function headingOfEdit({ start, before, heading }: Block, edit: Edit): string {
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

export function nearestPlace(places: readonly number[], near: number): number {
  return places.reduce((best, at) => (best < 0 || Math.abs(at - near) < Math.abs(best - near) ? at : best), -1);
}

export interface StateFound {
  readonly certainty: "context" | "fuzzy" | "already";
  readonly at: number;
}

/**
 * Which of its two states a text has at a change.
 *
 * @param before where the lines stand that it was made on, and how many they are
 * @param after where those stand that it makes of them
 */
export function decideState(before: StateRun, after: StateRun): StateFound | null {
  const [there, taken] = [before.found, after.found?.isSure ? after.found : null];
  if (taken && isAlreadyIn(before, after.count, taken)) return { certainty: "already", at: taken.at };
  if (!there) return null;
  // Both stand somewhere, neither where it is expected.
  const isDoubtful = taken !== null && !there.isExpected;
  return { certainty: there.isSure && !isDoubtful ? "context" : "fuzzy", at: there.at };
}

export interface StateRun {
  readonly found: FoundRun | null;
  readonly count: number;
}

function isAlreadyIn({ found, count }: StateRun, takenCount: number, taken: FoundRun): boolean {
  if (!found?.isSure) return true;
  const [end, takenEnd] = [found.at + count, taken.at + takenCount];
  // Where one stands within the other, there is more of the longer one: what is added may end with the lines it comes behind.
  const isWithin = takenCount > count ? taken.at <= found.at && end <= takenEnd : found.at <= taken.at && takenEnd <= end;
  return isWithin ? takenCount > count : taken.isExpected;
}

/** Whether a block was at the beginning of its file, or at the end: git, too, gives a hunk no other place then. */
export function fileBounds({ start, before, edits }: Block): { readonly isFirst: boolean; readonly isLast: boolean } {
  const [first, last] = [edits[0], edits.at(-1)];
  const above = (first?.start ?? start) - start;
  const below = start + before.length - (last ? last.start + last.removed.length : start);
  // Without context on either side nothing is known of the lines behind it.
  return { isFirst: start === 0, isLast: below === 0 && above > 0 };
}

/** Whether lines that were found prove that a change is there: of one that only removes, they are no more than those around it. */
export function trustedIfProven(found: FoundRun | null, { added }: Edit, isWhole: boolean, heading: string): FoundRun | null {
  if (!found || found.isExpected || added.some(isDistinctiveLine)) return found;
  return isWhole && namesFunction(heading) ? found : { ...found, isSure: false };
}

// Which placed changes a person means who points at lines.

/** Whether a change lies on lines, both ends included; one that only adds lines lies on those beside it. */
export function liesOn({ start, count, certainty }: PlacedEdit, first: number, last: number): boolean {
  if (certainty === "gone") return false;
  return count > 0 ? start <= last && first < start + count : start >= first && start - 1 <= last;
}

/** The line a person is shown for a change. */
export function shownLine({ start }: PlacedEdit, lineCount: number): number {
  return Math.max(0, Math.min(start, lineCount - 1));
}

/** What a series makes of a text, with those of its changes that have a place; and how many have none. */
export function applyPlacedEdits(
  lines: readonly string[],
  placed: readonly PlacedEdit[],
): { readonly lines: readonly string[]; readonly applied: number; readonly left: number } {
  const taken: PlacedEdit[] = [];
  let [left, below] = [0, Infinity];
  // From the end, with what lies further down in the file of the series first: so what falls on one place keeps its order.
  for (const one of [...placed].sort((a, b) => b.start - a.start || b.edit.start - a.edit.start)) {
    const { edit, certainty, start, count } = one;
    if (certainty === "already") continue;
    const fits = certainty !== "gone" && certainty !== "function" && linesStandAt(lines, start, edit.removed, count);
    // Of two that replace the same lines only one can.
    if (!fits || start + count > below) left++;
    else {
      taken.push(one);
      below = start;
    }
  }
  return { lines: replaceLines(lines, taken.reverse()), applied: taken.length, left };
}

/** A text with some of its lines replaced; ascending, since a series may add more lines than a call takes arguments. */
function replaceLines(lines: readonly string[], placed: readonly PlacedEdit[]): string[] {
  const parts: Array<readonly string[]> = [];
  let at = 0;
  for (const { edit, start, count } of placed) {
    parts.push(lines.slice(at, start), edit.added);
    at = start + count;
  }
  return [...parts, lines.slice(at)].flat();
}

function linesStandAt(lines: readonly string[], start: number, removed: readonly string[], count: number): boolean {
  return count === removed.length && removed.every((line, at) => lines[start + at] === line);
}

// What a series makes of a file that its patches do not apply to as they are: as much of it as has a sure place there.

export interface AppliedFile {
  /** Null where the series deletes the file. */
  readonly after: string | null;
  /** How many of its changes have no sure place in the file, and so are not in `after`. */
  readonly left: number;
}

/**
 * Puts the changes of a file into a text.
 *
 * @param text the file as it is; null where there is none
 * @param base the text the series was made on; null where it is not known
 */
export function applyToText(change: ComposedChange, text: string | null, base: string | null): AppliedFile {
  if (change.newPath === null) return { after: null, left: 0 };
  if (text === null) {
    // Of a file that is not there only one that the series adds is known.
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
