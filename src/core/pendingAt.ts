/** Which placed changes a person means who points at lines. */
import type { PlacedEdit } from "./anchor";

/** Whether a change lies on lines, both ends included; one that only adds lines lies on those beside it. */
export function liesOn({ start, count, certainty }: PlacedEdit, first: number, last: number): boolean {
  if (certainty === "gone") return false;
  return count > 0 ? start <= last && first < start + count : start >= first && start - 1 <= last;
}

/** The line a person is shown for a change. */
export function lineOf({ start }: PlacedEdit, lineCount: number): number {
  return Math.max(0, Math.min(start, lineCount - 1));
}

/** What a series makes of a text, with those of its changes that have a place; and how many have none. */
export function appliedText(
  lines: readonly string[],
  placed: readonly PlacedEdit[],
): { readonly lines: readonly string[]; readonly applied: number; readonly left: number } {
  const result = [...lines];
  let [applied, left] = [0, 0];
  // From the end, so that the lines above stay where they are.
  for (const { edit, certainty, start, count } of [...placed].sort((a, b) => b.start - a.start)) {
    if (certainty === "already") continue;
    const fits = certainty !== "gone" && certainty !== "function" && isSame(lines, start, edit.removed, count);
    if (!fits) {
      left++;
      continue;
    }
    result.splice(start, count, ...edit.added);
    applied++;
  }
  return { lines: result, applied, left };
}

function isSame(lines: readonly string[], start: number, removed: readonly string[], count: number): boolean {
  return count === removed.length && removed.every((line, at) => lines[start + at] === line);
}
