/** What changed in a text that people read, line by line: a cover letter, the message of a patch. */
import { lineEdits } from "../lines/lineDiff";

/** Where a line is: only in the older text (`-`), only in the newer one (`+`), or in both. */
export type ComparedSide = " " | "-" | "+";

export interface TextChangeLine {
  readonly side: ComparedSide;
  readonly text: string;
}

/** The lines that changed, with those around them; each part is a place of its own. */
export type TextChange = ReadonlyArray<readonly TextChangeLine[]>;

/**
 * Compares two texts; [] where only spaces and line breaks differ, since a paragraph that was wrapped again says the same.
 *
 * @param context how many lines are shown around what changed
 */
export function textChange(before: string, after: string, context: number): TextChange {
  if (wordsOf(before) === wordsOf(after)) return [];
  const olds = linesOfText(before);
  const news = linesOfText(after);
  const rows: TextChangeLine[] = [];
  let at = 0;
  const keepUntil = (end: number): void => {
    for (; at < end; at++) rows.push({ side: " ", text: olds[at] ?? "" });
  };
  for (const { start, removed, added } of lineEdits(olds, news)) {
    keepUntil(start);
    for (const text of removed) rows.push({ side: "-", text });
    for (const text of added) rows.push({ side: "+", text });
    at += removed.length;
  }
  keepUntil(olds.length);
  return nearDifferences(rows, context);
}

function wordsOf(text: string): string {
  return text.trim().replace(/\s+/g, " ");
}

function linesOfText(text: string): string[] {
  return text.trim() === ""
    ? []
    : text
        .trim()
        .split("\n")
        .map((line) => line.trimEnd());
}

/** Cuts rows to those near a difference, in runs. */
export function nearDifferences<Row extends { readonly side: ComparedSide }>(rows: readonly Row[], context: number): Row[][] {
  const isShown = new Uint8Array(rows.length);
  /** Shows rows until the last difference is too far away. */
  const show = (order: Iterable<number>): void => {
    let left = 0;
    for (const at of order) {
      if (rows[at]?.side !== " ") left = context + 1;
      if (left-- > 0) isShown[at] = 1;
    }
  };
  show(rows.keys());
  show([...rows.keys()].reverse());
  const runs: Row[][] = [];
  for (const [at, row] of rows.entries()) {
    if (isShown[at] === 0) continue;
    if (isShown[at - 1] !== 1) runs.push([]);
    runs.at(-1)?.push(row);
  }
  return runs;
}
