/**
 * Where the changes of a series lie in a text that is not the one they were made on: the file in the editor. Each answer says how
 * sure it is, and a place that is not found is said to be gone, never guessed.
 */
import type { Block, Edit, FileChange } from "./fileChange";
import { followBlock } from "./followed";
import { followLines } from "./lineMap";
import { TextLines } from "./textLines";

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
  if (path === null)
    return blocks.flatMap((block) => placeAfter(text, block, 0) ?? block.edits.map((edit) => ({ edit, block, ...nowhere })));
  let offset = 0;
  return blocks.flatMap((block) => {
    const exact = followed && followBlock(text, block, followed);
    const placed = exact ?? placeBlock(text, block, block.start + offset);
    const sure = placed.find(({ certainty }) => certainty === "context" || certainty === "exact");
    if (sure) offset = sure.start - sure.edit.start;
    return placed;
  });
}

/** Places one change again near where it was, after the text around it was edited. */
export function placeEdit(text: TextLines, block: Block, edit: Edit, near: number): PlacedEdit {
  return byContext(text, block, edit, near) ?? byFunction(text, block, edit, near) ?? { edit, block, ...nowhere };
}

const nowhere = { certainty: "gone", start: -1, count: 0 } as const;

function placeBlock(text: TextLines, block: Block, near: number): PlacedEdit[] {
  const whole = text.has(block.before, near) ? { at: near, only: true } : text.find(block.before, near);
  if (whole.at >= 0) {
    const certainty = whole.only ? "context" : "fuzzy";
    return block.edits.map((edit) => ({
      edit,
      block,
      certainty,
      start: whole.at + edit.start - block.start,
      count: edit.removed.length,
    }));
  }
  const after = placeAfter(text, block, near);
  if (after) return after;
  let offset = near - block.start;
  return block.edits.map((edit) => {
    const placed = placeEdit(text, block, edit, edit.start + offset);
    if (placed.certainty === "context") offset = placed.start - edit.start;
    return placed;
  });
}

/** The changes of a block that the text has whole; null where it does not. */
function placeAfter(text: TextLines, block: Block, near: number): PlacedEdit[] | null {
  const { at } = text.has(block.after, near) ? { at: near } : text.find(block.after, near);
  if (at < 0 || block.after.length === 0) return null;
  let shift = at - block.start;
  return block.edits.map((edit) => {
    const start = edit.start + shift;
    shift += edit.added.length - edit.removed.length;
    return { edit, block, certainty: "already", start, count: edit.added.length };
  });
}

/** Places a change by the lines around it, with less and less of them; or finds that the text has it. */
function byContext(text: TextLines, block: Block, edit: Edit, near: number): PlacedEdit | null {
  const { removed, added } = edit;
  const [above, below] = contextOf(block, edit);
  for (let fuzz = 0; fuzz <= mostFuzz; fuzz++) {
    const [head, tail] = [above.slice(Math.min(fuzz, above.length)), below.slice(0, Math.max(0, below.length - fuzz))];
    // What only adds lines needs one on either side that says where.
    const isProven = removed.length > 0 || (head.length > 0 && tail.length > 0) || fuzz === 0;
    const { at, only } = isProven ? text.find([...head, ...removed, ...tail], near - head.length) : { at: -1, only: false };
    const isFuzzy = fuzz > 0 || (!only && at + head.length !== near);
    if (at >= 0) return { edit, block, certainty: isFuzzy ? "fuzzy" : "context", start: at + head.length, count: removed.length };
    // Before less context is looked at, whether it is there already.
    if (fuzz > 1) continue;
    const there = text.find([...head, ...added, ...tail], near - head.length);
    if (there.at >= 0) return { edit, block, certainty: "already", start: there.at + head.length, count: added.length };
  }
  return null;
}

/** The lines above and below a change, of the file before the series; other changes of the series may lie in them. */
function contextOf(block: Block, { start, removed }: Edit): [string[], string[]] {
  const at = start - block.start;
  const end = at + removed.length;
  return [block.before.slice(Math.max(0, at - contextLines), at), block.before.slice(end, end + contextLines)];
}

/** Places a change in its function: at those of its lines that stand there, else at the function's first line. */
function byFunction(text: TextLines, block: Block, edit: Edit, near: number): PlacedEdit | null {
  const { heading } = block;
  if (!/\w{3}/.test(heading)) return null;
  let first = -1;
  // Git cuts a long heading.
  for (const [at, line] of text.lines.entries()) {
    if (line.startsWith(heading) && (first < 0 || Math.abs(at - near) < Math.abs(first - near))) first = at;
  }
  if (first < 0) return null;
  let end = first + 1;
  while (end < text.length && !/^[}#]/.test(text.lines[end] ?? "")) end++;
  const left = edit.removed.filter((line) => /\w{3}/.test(line)).map((line) => text.lines.indexOf(line, first));
  const there = left.filter((at) => at >= 0 && at < end).sort((a, b) => a - b);
  const [start, last] = [there[0] ?? first, there.at(-1) ?? first];
  return { edit, block, certainty: "function", start, count: last - start + 1 };
}
