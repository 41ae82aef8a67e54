/** The lines of a patch as replies quote them: the text that is compared, and the line of the diff that it stands for. */
import { readDiff } from "../diff/diff";

/** A line of a diff. */
export interface LinePlace {
  /** The number of the file in the patch, as in `patchFiles`, from 0. */
  readonly file: number;
  readonly path: string;
  /** The number of the hunk in the file, from 0. */
  readonly hunk: number;
  /** The number of the line in the hunk, from 0; -1 for the line with `@@`. */
  readonly line: number;
  readonly side: "old" | "new";
  /** The line of the file on that side, from 1; for the line with `@@` the first line of the hunk. */
  readonly number: number;
}

/** A line of the mail of a patch; lines of the message and of the headers of a file have no place. */
export interface QuotableLine {
  /** The line as it is compared. */
  readonly key: string;
  /** The same without its `+` or `-`; null if it has none. */
  readonly bare: string | null;
  readonly kind: "text" | "file" | "hunk" | "code";
  readonly place: LinePlace | null;
}

export interface QuotableLines {
  readonly lines: readonly QuotableLine[];
  /** The lines with a key, in order. */
  readonly byKey: ReadonlyMap<string, readonly number[]>;
  /** Lines with `+` or `-`, by the text after the sign. */
  readonly byBare: ReadonlyMap<string, readonly number[]>;
}

/** A line without its white space, which mail programs change: they wrap, indent again and put no-break spaces into quotes. */
export function quoteKey(line: string): string {
  return line.replace(/[\s\u200b]+/g, "");
}

/** Whether the text of a line is enough to identify it: not only brackets and signs. */
export function isTelling(key: string): boolean {
  return /[\p{L}\p{N}_][^\p{L}\p{N}_]*[\p{L}\p{N}_][^\p{L}\p{N}_]*[\p{L}\p{N}_]/u.test(key.slice(0, longestTelling));
}

const longestTelling = 200;

/** Reads the lines of a patch, from its message to the end of its mail. */
export function quotableLines(text: string): QuotableLines {
  const lines: QuotableLine[] = [];
  let at = 0;
  const takeUntil = (end: number, read: (line: string) => QuotableLine): void => {
    while (at < end) {
      const next = text.indexOf("\n", at);
      const lineEnd = next < 0 || next >= end ? end : next;
      lines.push(read(text.slice(at, lineEnd)));
      at = lineEnd + 1;
    }
  };
  for (const [number, file] of readDiff(text).files.entries()) {
    takeUntil(file.start, textLine);
    for (const [place, hunk] of file.hunks.entries()) {
      takeUntil(hunk.start, headerLine);
      takeUntil(hunk.end, hunkReader({ file: number, path: file.path, hunk: place }, hunk));
    }
    takeUntil(file.end, headerLine);
  }
  takeUntil(text.length, textLine);
  return { lines, byKey: placesBy(lines, ({ key }) => key), byBare: placesBy(lines, ({ bare }) => bare) };
}

function textLine(line: string): QuotableLine {
  return { key: quoteKey(line), bare: null, kind: "text", place: null };
}

function headerLine(line: string): QuotableLine {
  return { key: quoteKey(line), bare: null, kind: "file", place: null };
}

type PlaceInPatch = Pick<LinePlace, "file" | "path" | "hunk">;

/** Reads the lines of a hunk in turn, its `@@` first. */
function hunkReader(within: PlaceInPatch, { oldStart, newStart }: { oldStart: number; newStart: number }): (line: string) => QuotableLine {
  let line = -1;
  let [oldNumber, newNumber] = [oldStart, newStart];
  return (text) => {
    const key = quoteKey(text);
    const number = line++;
    if (number < 0) return { key, bare: null, kind: "hunk", place: { ...within, line: -1, side: "new", number: Math.max(1, newStart) } };
    const sign = text[0];
    const side = sign === "-" ? "old" : "new";
    const place = { ...within, line: number, side, number: side === "old" ? oldNumber : newNumber } as const;
    if (sign === "\\") return { key, bare: null, kind: "text", place: null };
    if (sign !== "+") oldNumber++;
    if (sign !== "-") newNumber++;
    return { key, bare: sign === "+" || sign === "-" ? key.slice(1) : null, kind: "code", place };
  };
}

function placesBy(lines: readonly QuotableLine[], keyOf: (line: QuotableLine) => string | null): Map<string, number[]> {
  const places = new Map<string, number[]>();
  for (const [at, line] of lines.entries()) {
    const key = keyOf(line);
    if (key === null || key === "") continue;
    const known = places.get(key);
    if (known) known.push(at);
    else places.set(key, [at]);
  }
  return places;
}
