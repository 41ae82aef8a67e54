/** What a series makes of a file that its patches do not apply to as they are: as much of it as has a sure place there. */
import { followBase, placeChange } from "./anchor";
import type { FileChange } from "./fileChange";
import { appliedText } from "./pendingAt";
import { linesOf, TextLines } from "./textLines";

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
export function applyToText(change: FileChange, text: string | null, base: string | null): AppliedFile {
  if (change.newPath === null) return { after: null, left: 0 };
  if (text === null) {
    // Of a file that is not there only one that the series adds is known.
    if (change.path !== null) return { after: null, left: change.blocks.length };
    return {
      after: joined(
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
  const applied = appliedText(lines.lines, placeChange(lines, change, followed));
  const end = text.includes("\r\n") ? "\r\n" : "\n";
  return { after: joined(applied.lines, end, text === "" || text.endsWith("\n")), left: applied.left };
}

function joined(lines: readonly string[], end: string, isEnded: boolean): string {
  return lines.join(end) + (isEnded && lines.length > 0 ? end : "");
}
