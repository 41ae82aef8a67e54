/** The difference of two texts as the runs of lines that were replaced: what I typed, against what was there. */
import { diffArrays, type ArrayChange } from "diff";
import type { LineEdit } from "./overlap";
import { sharedEnds } from "./openChange";

/**
 * Finding the unchanged lines among so many changed ones takes as long as a keystroke may, and the time grows with the square of
 * their number: beyond it all between the first change and the last is one change.
 */
const mostChangedLines = 500;

/** The lines of a text, without their ends of either kind; a final line end begins no further line. */
export function linesOf(text: string): string[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return text.includes("\r") ? lines.map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line)) : lines;
}

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
