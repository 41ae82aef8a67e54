/** The hunks of one file's diff, cut by the counts in their `@@` lines and into slices small enough to draw at once. */
import type { PageFileDiff } from "./pageSeries";

export interface Hunk {
  /** Its whole `@@` line; empty for the rest of a hunk that was cut in two. */
  readonly header: string;
  readonly oldStart: number;
  readonly newStart: number;
  /** With their sign; a `\ No newline` line is among them. */
  readonly lines: readonly string[];
  /** Which hunk of the file it is (or is the rest of), from 0. */
  readonly place: number;
}

export type FileChange = "changed" | "new" | "deleted" | "renamed" | "copied";

export interface FileHunks {
  readonly change: FileChange;
  readonly binary: boolean;
  /** `old mode` and `new mode`, when they are said: `["100644", "100755"]`. */
  readonly mode: readonly [string, string] | null;
  readonly added: number;
  readonly deleted: number;
  readonly hunks: readonly Hunk[];
}

const hunkHeader = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/;

/** Reads the diff of one file. Lines that no `@@` counts for are no part of a hunk, so a signature cannot become one. */
export function readHunks(text: string): FileHunks {
  const lines = text.split("\n");
  const hunks: Hunk[] = [];
  const preamble: string[] = [];
  let added = 0;
  let deleted = 0;
  for (let at = 0; at < lines.length;) {
    const header = lines[at] ?? "";
    const match = hunkHeader.exec(header);
    at += 1;
    if (!match) {
      if (hunks.length === 0) preamble.push(header);
      continue;
    }
    let oldLeft = Number(match[2] ?? 1);
    let newLeft = Number(match[4] ?? 1);
    const from = at;
    for (; at < lines.length; at += 1) {
      const sign = lines[at]?.[0] ?? " ";
      if (sign === "\\") continue;
      if ((oldLeft <= 0 && newLeft <= 0) || !"+- ".includes(sign)) break;
      if (sign !== "+") oldLeft -= 1;
      if (sign !== "-") newLeft -= 1;
      if (sign === "+") added += 1;
      if (sign === "-") deleted += 1;
    }
    const body = lines.slice(from, at);
    hunks.push({ header, oldStart: Number(match[1]), newStart: Number(match[3]), lines: body, place: hunks.length });
  }
  return { ...fileChange(preamble), added, deleted, hunks };
}

function fileChange(preamble: readonly string[]): Pick<FileHunks, "change" | "binary" | "mode"> {
  const has = (start: string): boolean => preamble.some((line) => line.startsWith(start));
  const after = (start: string): string => preamble.find((line) => line.startsWith(start))?.slice(start.length) ?? "";
  const change = ((): FileChange => {
    if (has("new file mode") || preamble.includes("--- /dev/null")) return "new";
    if (has("deleted file mode") || preamble.includes("+++ /dev/null")) return "deleted";
    if (has("rename from")) return "renamed";
    return has("copy from") ? "copied" : "changed";
  })();
  const mode = has("old mode ") ? ([after("old mode "), after("new mode ")] as const) : null;
  return { change, binary: has("Binary files ") || has("GIT binary patch"), mode };
}

/** Cuts hunks into slices of at most so many lines, between hunks where that is possible, else inside one. */
export function sliceHunks(hunks: readonly Hunk[], limit: number): Hunk[][] {
  const slices: Hunk[][] = [];
  let slice: Hunk[] = [];
  let size = 0;
  const close = (): void => {
    if (slice.length > 0) slices.push(slice);
    slice = [];
    size = 0;
  };
  for (const hunk of hunks) {
    if (size > 0 && size + hunk.lines.length > limit) close();
    let rest = hunk;
    while (rest.lines.length > limit) {
      slices.push([{ ...rest, lines: rest.lines.slice(0, limit) }]);
      rest = restOfHunk(rest, limit);
    }
    slice.push(rest);
    size += rest.lines.length;
  }
  close();
  return slices;
}

function restOfHunk(hunk: Hunk, count: number): Hunk {
  let { oldStart, newStart } = hunk;
  for (const line of hunk.lines.slice(0, count)) {
    if (!line.startsWith("+") && !line.startsWith("\\")) oldStart += 1;
    if (!line.startsWith("-") && !line.startsWith("\\")) newStart += 1;
  }
  return { ...hunk, header: "", oldStart, newStart, lines: hunk.lines.slice(count) };
}

/** One hunk as a patch that `git apply` takes. */
export function hunkPatch(file: PageFileDiff, change: FileChange, hunk: Hunk): string {
  const before = change === "new" ? "/dev/null" : `a/${file.oldPath ?? file.path}`;
  const after = change === "deleted" ? "/dev/null" : `b/${file.path}`;
  return `--- ${before}\n+++ ${after}\n${hunk.header}\n${hunk.lines.join("\n")}\n`;
}
