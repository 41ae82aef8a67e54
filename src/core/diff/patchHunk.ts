/** The hunks of a patch with their lines, as composing and placing them needs them. */
import type { DiffHunk } from "./diff";

export interface Hunk {
  /** Zero-based line of the file as it is before the patch. */
  readonly start: number;
  readonly heading: string;
  readonly lines: readonly HunkLine[];
}

export interface HunkLine {
  readonly kind: " " | "-" | "+";
  readonly text: string;
}

/** The lines a hunk finds in the text. */
export function oldLinesOf({ lines }: Hunk): string[] {
  return lines.filter(({ kind }) => kind !== "+").map(({ text }) => text);
}

/** Reads a hunk out of the text its diff was read of. A file with DOS line ends is compared without them, as the editor gives its lines. */
export function readHunk(text: string, { oldStart, oldLines, heading, start, end }: DiffHunk): Hunk {
  const lines: HunkLine[] = [];
  const [, ...rows] = text.slice(start, end).replace(/\n$/, "").split("\n");
  for (const row of rows) {
    const kind = row[0] ?? " ";
    const line = row.slice(1).replace(/\r$/, "");
    if (kind === " " || kind === "-" || kind === "+") lines.push({ kind, text: line });
    // Some mailers take the blank of an empty line away; DOS files may leave its line end.
    else if (kind === "\r") lines.push({ kind: " ", text: "" });
  }
  // Where nothing is removed, the line is the one that the new ones come behind.
  return { start: Math.max(0, oldLines === 0 ? oldStart : oldStart - 1), heading, lines };
}
