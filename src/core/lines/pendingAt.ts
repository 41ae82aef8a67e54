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
  const taken: PlacedEdit[] = [];
  let [left, below] = [0, Infinity];
  // From the end, with what lies further down in the file of the series first: so what falls on one place keeps its order.
  for (const one of [...placed].sort((a, b) => b.start - a.start || b.edit.start - a.edit.start)) {
    const { edit, certainty, start, count } = one;
    if (certainty === "already") continue;
    const fits = certainty !== "gone" && certainty !== "function" && isSame(lines, start, edit.removed, count);
    // Of two that replace the same lines only one can.
    if (!fits || start + count > below) left++;
    else {
      taken.push(one);
      below = start;
    }
  }
  return { lines: replaced(lines, taken.reverse()), applied: taken.length, left };
}

/** A text with some of its lines replaced; ascending, since a series may add more lines than a call takes arguments. */
function replaced(lines: readonly string[], placed: readonly PlacedEdit[]): string[] {
  const parts: Array<readonly string[]> = [];
  let at = 0;
  for (const { edit, start, count } of placed) {
    parts.push(lines.slice(at, start), edit.added);
    at = start + count;
  }
  return [...parts, lines.slice(at)].flat();
}

function isSame(lines: readonly string[], start: number, removed: readonly string[], count: number): boolean {
  return count === removed.length && removed.every((line, at) => lines[start + at] === line);
}
