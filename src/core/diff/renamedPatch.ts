/** A patch as its author would have made it in a tree that calls the files otherwise. */
import { readDiff, type FileDiff } from "./diff";

/** Names that git writes as they are; others stand in quotes, and are left. */
const plainName = /^[\x21\x23-\x5b\x5d-\x7e]+$/;
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
  if (before === null || after === null || (path !== oldPath && before === path) || ![before, after].every((name) => plainName.test(name)))
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
