/** The difference of two texts as the runs of lines that were replaced: what I typed, against what was there. */
import { diffArrays, type ArrayChange } from "diff";
import type { LineEdit } from "./fileChange";
import { sharedEnds } from "./openChange";
import { linesOf } from "./textLines";

/**
 * Finding the unchanged lines among so many changed ones takes as long as a keystroke may, and the time grows with the square of
 * their number: beyond it all between the first change and the last is one change.
 */
const mostChangedLines = 500;

/** The edits that make one text of another, by line. */
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
 * The edits between a file as git has it and the text of an editor. A file that is not UTF-8 is read in the way that leaves the fewest
 * differences, since the editor may have been told what it is.
 */
export function bufferEdits(base: Uint8Array, buffer: string): LineEdit[] {
  const after = linesOf(buffer);
  const edits = lineEdits(linesOf(decode(base, "utf-8")), after);
  if (edits.length === 0 || isUtf8(base)) return edits;
  const others = lineEdits(linesOf(decode(base, "windows-1252")), after);
  return size(others) < size(edits) ? others : edits;
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

function size(edits: readonly LineEdit[]): number {
  return edits.reduce((sum, { removed, added }) => sum + removed.length + added.length, 0);
}
