/**
 * Where the changes of a series lie in a text that is not the one they were made on: the file in the editor. Each answer says how
 * sure it is, and a place that is not found is said to be gone, never guessed.
 */
import type { Block, Edit, FileChange } from "./fileChange";
import { followBlock, takenEdits } from "./followed";
import { followLines } from "./lineMap";
import { believed, boundsOf, headingOf, judge, nearest, standing, type Claim, type Standing, type Verdict } from "./standing";
import { isTelling, TextLines } from "./textLines";

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
export function placeChange(text: TextLines, { path, blocks }: FileChange, followed: FollowedBase | null): PlacedEdit[] {
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
  return byContext(text, block, edit, near) ?? byFunction(text, block, edit, near) ?? { edit, block, ...nowhere };
}

const nowhere = { certainty: "gone", start: -1, count: 0 } as const;

/** How far the lines below some changes lie from where they were; null where that is not sure. */
function offsetBehind(placed: readonly PlacedEdit[]): number | null {
  const last = placed.findLast(({ certainty }) => certainty === "context" || certainty === "exact" || certainty === "already");
  return last ? last.start + last.count - (last.edit.start + last.edit.removed.length) : null;
}

function placeNew(text: TextLines, block: Block): PlacedEdit[] {
  const taken = standing(text, { run: block.after, near: 0, heading: "", lead: 0, changed: 0, isFirst: false, isLast: false });
  return taken?.isSure ? takenEdits(block, block.edits, taken.at) : block.edits.map((edit) => ({ edit, block, ...nowhere }));
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

function judgeBlock(text: TextLines, block: Block, near: number): Verdict | null {
  const { before, after, edits, heading, start } = block;
  const claim = { near, heading, lead: (edits[0]?.start ?? start) - start, ...boundsOf(block) };
  const changed = { removed: edits[0]?.removed.length ?? 0, added: edits[0]?.added.length ?? 0 };
  const there = standing(text, { run: before, changed: changed.removed, ...claim });
  const taken = takenStanding(text, { run: after, changed: changed.added, ...claim }, there);
  const proof = edits.find(({ added }) => added.some(isTelling)) ?? edits[0];
  return judge(
    { found: there, count: before.length },
    { found: proof ? believed(taken, proof, true, heading) : null, count: after.length },
  );
}

/** Where the lines stand that a change makes: others may have come before them or behind them since. */
function takenStanding(text: TextLines, claim: Claim, there: Standing | null): Standing | null {
  // What is found where it is expected is only doubted by what stands there too.
  if (there?.isExpected && there.isSure && !text.has(claim.run, claim.near)) return null;
  return standing(text, { ...claim, isFirst: false, isLast: false });
}

/** Places a change by the lines around it, with less and less of them; or finds that the text has it. */
function byContext(text: TextLines, block: Block, edit: Edit, near: number): PlacedEdit | null {
  for (let fuzz = 0; fuzz <= mostFuzz; fuzz++) {
    const [head] = contextOf(block, edit, fuzz);
    const found = judgeEdit(text, block, edit, near - head.length, fuzz);
    if (!found) continue;
    const [certainty, start] = [fuzz > 0 && found.certainty === "context" ? "fuzzy" : found.certainty, found.at + head.length];
    return { edit, block, certainty, start, count: (certainty === "already" ? edit.added : edit.removed).length };
  }
  return null;
}

function judgeEdit(text: TextLines, block: Block, edit: Edit, near: number, fuzz: number): Verdict | null {
  const { removed, added } = edit;
  const [head, tail] = contextOf(block, edit, fuzz);
  const bounds = boundsOf(block);
  const isFirst = fuzz === 0 && bounds.isFirst && edit.start - head.length === 0;
  const isLast = fuzz === 0 && bounds.isLast && tail.length === 0;
  const heading = headingOf(block, edit);
  const claim = { near, heading, lead: head.length, isFirst, isLast };
  // What only adds lines needs one on either side that says where, or the end of the file.
  const isProven = removed.length > 0 || (head.length > 0 && tail.length > 0) || isFirst || isLast;
  const there = isProven ? standing(text, { run: [...head, ...removed, ...tail], changed: removed.length, ...claim }) : null;
  // Before less context is looked at, whether it is there already.
  const run = [...head, ...added, ...tail];
  const taken = fuzz < mostFuzz ? takenStanding(text, { run, changed: added.length, ...claim }, there) : null;
  return judge(
    { found: there, count: head.length + removed.length + tail.length },
    { found: believed(taken, edit, fuzz === 0, heading), count: run.length },
  );
}

/** The lines above and below a change, of the file before the series; other changes of the series may lie in them. */
function contextOf(block: Block, { start, removed }: Edit, fuzz: number): readonly [head: string[], tail: string[]] {
  const at = start - block.start;
  const end = at + removed.length;
  const above = block.before.slice(Math.max(0, at - contextLines), at);
  const below = block.before.slice(end, end + contextLines);
  return [above.slice(Math.min(fuzz, above.length)), below.slice(0, Math.max(0, below.length - fuzz))];
}

/** Places a change in its function: at those of its lines that stand there, else at the function's first line. */
function byFunction(text: TextLines, block: Block, edit: Edit, near: number): PlacedEdit | null {
  const { heading } = block;
  if (!isTelling(heading)) return null;
  const first = nearest(text.linesOfHeading(heading), near);
  if (first < 0) return null;
  let end = first + 1;
  while (end < text.length && !/^[}#]/.test(text.lines[end] ?? "")) end++;
  const body = text.lines.slice(first, end);
  const there = edit.removed
    .filter(isTelling)
    .map((line) => body.indexOf(line))
    .filter((at) => at >= 0)
    .sort((a, b) => a - b);
  const [start, last] = [there[0] ?? 0, there.at(-1) ?? 0];
  return { edit, block, certainty: "function", start: first + start, count: last - start + 1 };
}
