/** The diff of a patch by file: cut apart, with the lines of its hunks, as the two sides an editor compares, and under other names. */
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
 * The diff of a patch as git takes it, without its message, which may hold lines that look like one.
 *
 * @param only the files that are wanted, by any of their names; all where it is null
 */
export function patchDiff(text: string, only: ReadonlySet<string> | null = null): string {
  return readDiff(text)
    .files.filter(({ path, oldPath }) => only === null || only.has(path) || (oldPath !== undefined && only.has(oldPath)))
    .map(({ start, end }) => text.slice(start, end).replace(/\n?$/, "\n"))
    .join("");
}

const binaryMark = "GIT binary patch\n";

/** The files of a patch's text, each with its own diff. The contents of a binary file are left out, since no one reads them. */
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

// The hunks of a patch with their lines, as composing and placing them needs them.

export interface PatchHunk {
  /** Zero-based line of the file as it is before the patch. */
  readonly start: number;
  readonly heading: string;
  readonly lines: readonly PatchLine[];
}

export interface PatchLine {
  readonly kind: " " | "-" | "+";
  readonly text: string;
}

/** The lines a hunk finds in the text. */
export function oldLinesOf({ lines }: PatchHunk): string[] {
  return lines.filter(({ kind }) => kind !== "+").map(({ text }) => text);
}

/** Reads a hunk out of the text its diff was read of. A file with DOS line ends is compared without them, as the editor gives its lines. */
export function readPatchHunk(text: string, { oldStart, oldLines, heading, start, end }: DiffHunk): PatchHunk {
  const lines: PatchLine[] = [];
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

// The two sides of one file's diff as texts, for an editor that compares texts: what the patch tells of them.

export interface PatchSides {
  readonly before: string;
  readonly after: string;
}

/**
 * Makes both sides out of the hunks. Each begins with its own `@@` line on both sides, which parts it from the one above and
 * tells where it stands, since the lines between are not known.
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

function joinLines(lines: readonly string[]): string {
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
}

// A patch as its author would have made it in a tree that calls the files otherwise.

/** Names that git writes as they are; others stand in quotes, and are left. */
const unquotedName = /^[\x21\x23-\x5b\x5d-\x7e]+$/;
/** What stands before the hunks of a file is short. */
const mostHeaderLines = 16;

/**
 * Puts other names into the headers of a patch; all else stays as it was, byte for byte.
 *
 * @param text from the message, or the diff, on
 * @param nameOf what the tree calls a file that the patch changes; null where it calls it as the patch does
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
  // A patch that moves the file to where the tree has it is not to be told again.
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
