/** Where a line of a patch lies in a text that the changes of its series were placed in. */
import type { PlacedEdit } from "./placeChange";

/**
 * The line of a text that a comment on a line of a patch is about; null where the line is nowhere in it for sure.
 *
 * @param placed the changes of the series in the text
 * @param patch the index of the patch
 * @param line the line of the diff, with its sign
 * @param lines of the text
 */
export function lineOfComment(placed: readonly PlacedEdit[], patch: number, line: string, lines: readonly string[]): number | null {
  const [sign, text] = [line[0] ?? " ", line.slice(1).replace(/\r$/, "")];
  const sure = placed.filter(({ certainty }) => certainty !== "gone" && certainty !== "function");
  if (sign === "+" || sign === "-") {
    const found = sure.flatMap((one) => changedLines(one, patch, sign, text));
    return found.length === 1 ? (found[0] ?? null) : null;
  }
  const found = new Set(sure.flatMap((one) => contextLines(one, text)).filter((at) => lines[at] === text));
  return found.size === 1 ? ([...found][0] ?? null) : null;
}

/** Where lines that a patch adds or removes are; those that are not in the text have the line of their change. */
function changedLines({ edit, start, count, certainty }: PlacedEdit, patch: number, sign: "+" | "-", text: string): number[] {
  if (!edit.patches.includes(patch)) return [];
  const lines = sign === "+" ? edit.added : edit.removed;
  const isThere = sign === "+" ? certainty === "already" : certainty !== "already" && count === edit.removed.length;
  return lines.flatMap((line, at) => (line === text ? (isThere ? start + at : start) : []));
}

/** Where the unchanged lines around a change are, if nothing came between. */
function contextLines({ edit, block, start, count }: PlacedEdit, text: string): number[] {
  const first = edit.start - block.start;
  const end = first + edit.removed.length;
  return block.before.flatMap((line, at) => {
    if (line !== text || (at >= first && at < end)) return [];
    return at < first ? start - (first - at) : start + count + (at - end);
  });
}
