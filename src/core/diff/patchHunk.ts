/** The hunks of a patch with their lines, as composing and placing them needs them. */
import type { DiffHunk } from "./diff";
import type { Block, Edit } from "../lines/fileChange";

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

/** A hunk as a block of its own. */
export function looseBlock({ start, heading, lines }: Hunk, patch: number): Block {
  const edits: Edit[] = [];
  let at = start;
  let [removed, added]: [string[], string[]] = [[], []];
  const close = (): void => {
    if (removed.length + added.length > 0) edits.push({ start: at - removed.length, removed, added, patches: [patch] });
    [removed, added] = [[], []];
  };
  for (const { kind, text } of lines) {
    if (kind === "+") added.push(text);
    else {
      if (kind === " ") close();
      else removed.push(text);
      at++;
    }
  }
  close();
  const side = (left: HunkLine["kind"]): string[] => lines.filter(({ kind }) => kind !== left).map(({ text }) => text);
  return { start, heading, before: side("+"), after: side("-"), edits, loose: true };
}
