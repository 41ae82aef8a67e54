/** The diff of a patch, file by file: its text, the lines of its hunks, the two sides that an editor compares, and other names for it. */
import { type DiffHunk, type FileDiff, readDiff, readFileDiff } from "./diff";

/** The diff of one file of one patch. */
export interface PatchFile {
  /** The new name; the old one of a deleted file. */
  readonly path: string;
  /** The old name of a rename or copy. */
  readonly oldPath?: string;
  /** The unified diff of this file alone, from `diff --git` or `---` on, without the mail's signature. */
  readonly text: string;
}

/**
 * The diff of a patch without the message, which may have lines that look like a diff to git.
 *
 * @param only the names, old or new, of the files that are wanted; null for all files
 */
export function patchDiff(text: string, only: ReadonlySet<string> | null = null): string {
  return readDiff(text)
    .files.filter(({ path, oldPath }) => only === null || only.has(path) || (oldPath !== undefined && only.has(oldPath)))
    .map(({ start, end }) => text.slice(start, end).replace(/\n?$/, "\n"))
    .join("");
}

const binaryMark = "GIT binary patch\n";

/** The files of a patch, each with its own diff. The contents of binary files are left out, since nobody reads them. */
export function patchFiles(text: string): PatchFile[] {
  return readDiff(text).files.map(({ path, oldPath, binary, start, end }) => {
    const whole = text.slice(start, end);
    const mark = binary ? whole.indexOf(binaryMark) : -1;
    return {
      path,
      ...(oldPath === undefined ? {} : { oldPath }),
      text: mark < 0 ? whole : whole.slice(0, mark + binaryMark.length),
    };
  });
}

// The lines of a hunk.

export interface PatchHunk {
  /** Its zero-based first line in the file before the patch. */
  readonly start: number;
  readonly heading: string;
  readonly lines: readonly PatchLine[];
}

export interface PatchLine {
  readonly kind: " " | "-" | "+";
  readonly text: string;
}

/** The lines of a hunk before the patch. */
export function oldLinesOf({ lines }: PatchHunk): string[] {
  return lines.filter(({ kind }) => kind !== "+").map(({ text }) => text);
}

/** Reads the lines of a hunk from the text that its diff was read from. The CR of DOS line ends is dropped, as editors give lines without it. */
export function readPatchHunk(text: string, { oldStart, oldLines, heading, start, end }: DiffHunk): PatchHunk {
  const lines: PatchLine[] = [];
  const [, ...rows] = text.slice(start, end).replace(/\n$/, "").split("\n");
  for (const row of rows) {
    const kind = row[0] ?? " ";
    const line = row.slice(1).replace(/\r$/, "");
    if (kind === " " || kind === "-" || kind === "+") lines.push({ kind, text: line });
    // Some mailers drop the space of an empty context line; in a DOS file its CR is left.
    else if (kind === "\r") lines.push({ kind: " ", text: "" });
  }
  // Where a hunk removes nothing and has no context, its line is the one above the new lines.
  return { start: Math.max(0, oldLines === 0 ? oldStart : oldStart - 1), heading, lines };
}

// The two sides of a file as texts that an editor compares, as far as the patch shows them.

interface PatchSides {
  readonly before: string;
  readonly after: string;
}

/**
 * Makes both sides of the hunks. Each hunk begins with its `@@` line on both sides, which separates it from the one above and tells
 * where it is, since the lines between the hunks are unknown.
 */
export function patchSides(text: string): PatchSides {
  const { hunks } = readFileDiff(text);
  const before: string[] = [];
  const after: string[] = [];
  for (const { start, end } of hunks) {
    const [header = "", ...lines] = text.slice(start, end).replace(/\n$/, "").split("\n");
    before.push(header);
    after.push(header);
    for (const line of lines) {
      if (line.startsWith("-")) before.push(line.slice(1));
      else if (line.startsWith("+")) after.push(line.slice(1));
      else if (!line.startsWith("\\")) {
        before.push(line.slice(1));
        after.push(line.slice(1));
      }
    }
  }
  return { before: joinLines(before), after: joinLines(after) };
}

/** The zero-based line of a side that a line of a hunk is, as `patchSides` makes them; null where that side has not got it. */
export function sideLine(text: string, hunk: number, line: number, side: keyof PatchSides): number | null {
  const other = side === "before" ? "+" : "-";
  let count = 0;
  for (const [number, { start, end }] of readFileDiff(text).hunks.entries()) {
    count++;
    const [, ...lines] = text.slice(start, end).replace(/\n$/, "").split("\n");
    for (const [at, one] of lines.entries()) {
      const isHere = !one.startsWith(other) && !one.startsWith("\\");
      if (number === hunk && at === line) return isHere ? count : null;
      if (isHere) count++;
    }
  }
  return null;
}

function joinLines(lines: readonly string[]): string {
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
}

// A patch as its author would have made it in a tree that has other names for the files.

/** Names that git writes without quotes; others are left unchanged. */
const unquotedName = /^[\x21\x23-\x5b\x5d-\x7e]+$/;
/** Header lines of a file that are searched for names. */
const mostHeaderLines = 16;

/**
 * Puts other names into the headers of a patch. All else stays the same, byte for byte.
 *
 * @param text the patch, with or without its message
 * @param nameOf the name that the tree has for a file of the patch; null where it has the same
 */
export function renamedPatch(text: string, nameOf: (path: string) => string | null): string {
  const parts: string[] = [];
  let at = 0;
  for (const file of readDiff(text).files) {
    const header = renamedHeader(text, file, nameOf);
    if (!header) continue;
    parts.push(text.slice(at, file.start), header.text);
    at = header.end;
  }
  return parts.length === 0 ? text : [...parts, text.slice(at)].join("");
}

function renamedHeader(
  text: string,
  { start, end, change, path, oldPath = path }: FileDiff,
  nameOf: (path: string) => string | null,
): { readonly text: string; readonly end: number } | null {
  const before = change === "new" ? null : nameOf(oldPath);
  const after = path === oldPath ? before : path;
  // If the patch itself moves the file to its name in the tree, nothing is renamed.
  if (
    before === null ||
    after === null ||
    (path !== oldPath && before === path) ||
    ![before, after].every((name) => unquotedName.test(name))
  )
    return null;
  const lines: string[] = [];
  let at = start;
  for (let count = 0; at < end && count < mostHeaderLines; count++) {
    const next = text.indexOf("\n", at);
    const line = text.slice(at, next < 0 || next >= end ? end : next);
    if (/^(?:@@ |GIT binary patch|Binary files )/.test(line)) break;
    lines.push(renamedLine(line, before, after));
    at += line.length + 1;
  }
  return { text: lines.map((line) => `${line}\n`).join(""), end: Math.min(at, end) };
}

function renamedLine(line: string, before: string, after: string): string {
  const [, word = "", rest = ""] = /^(diff --git|---|\+\+\+|rename from|rename to|copy from|copy to) (.*)$/.exec(line) ?? [];
  switch (word) {
    case "diff --git":
      return `diff --git a/${before} b/${after}`;
    case "---":
      return rest.startsWith("/dev/null") ? line : `--- a/${before}`;
    case "+++":
      return rest.startsWith("/dev/null") ? line : `+++ b/${after}`;
    case "rename from":
    case "copy from":
      return `${word} ${before}`;
    case "rename to":
    case "copy to":
      return `${word} ${after}`;
    default:
      return line;
  }
}
