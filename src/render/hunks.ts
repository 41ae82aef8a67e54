/** The hunks of one file's diff, cut by the counts in their `@@` lines and into slices small enough to draw at once. */
import { readFileDiff } from "../core/diff/diff";
import type { PatchFile } from "../core/diff/patchFiles";

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

/** Reads the diff of one file, as core/diff/diff.ts reads it; its hunks are cut out of the text with their lines. */
export function readHunks(text: string): FileHunks {
  const { change, binary, oldMode, newMode, added, deleted, hunks } = readFileDiff(text, "");
  return {
    change: change === "modified" ? "changed" : change,
    binary,
    mode: oldMode !== null && newMode !== null && oldMode !== newMode ? [oldMode, newMode] : null,
    added,
    deleted,
    hunks: hunks.map((hunk, place) => {
      const [header = "", ...lines] = text.slice(hunk.start, hunk.end).replace(/\n$/, "").split("\n");
      return { header, oldStart: hunk.oldStart, newStart: hunk.newStart, lines, place };
    }),
  };
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
export function hunkPatch(file: PatchFile, change: FileChange, hunk: Hunk): string {
  const before = change === "new" ? "/dev/null" : `a/${file.oldPath ?? file.path}`;
  const after = change === "deleted" ? "/dev/null" : `b/${file.path}`;
  return `--- ${before}\n+++ ${after}\n${hunk.header}\n${hunk.lines.join("\n")}\n`;
}
