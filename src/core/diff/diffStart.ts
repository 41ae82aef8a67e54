/** Finds where diffs begin in the text of a mail. */

/** Where the first diff at or behind a line begins; -1 where there is none. Quoted diffs are none. */
export function findDiff(text: string, from: number): number {
  return diffFinder(text)(from);
}

/** Looks for diffs from places that only grow; what was found farther on is kept, so that no text is searched twice. */
export function diffFinder(text: string): (from: number) => number {
  const none = text.length + 1;
  let git = -1;
  let plain = -1;
  return (from) => {
    if (git < from) git = findGitLine(text, from) ?? none;
    if (plain < from) plain = findPlainHeader(text, from) ?? none;
    const first = Math.min(git, plain);
    return first === none ? -1 : first;
  };
}

function findGitLine(text: string, from: number): number | null {
  const mark = "\ndiff --git ";
  for (let at = text.startsWith("diff --git ", from) ? from : lineStart(text, mark, from); at >= 0; at = lineStart(text, mark, at)) {
    if (isGitHeader(text, at)) return at;
  }
  return null;
}

/**
 * Where a line behind `from` begins with some words; -1 where none does.
 *
 * @param words with the line end in front of them: joining them here would cost more than looking for them
 */
export function lineStart(text: string, words: string, from: number): number {
  const at = text.indexOf(words, from);
  return at < 0 ? -1 : at + 1;
}

const gitHeaderLine =
  /(?:index [0-9a-f]|--- |old mode |new (?:file )?mode |deleted file mode |similarity index |dissimilarity index |rename |copy |Binary files |GIT binary patch|diff --git )/y;

/** One name twice can be nothing else, whatever was cut off below it. */
const sameNames = /^diff --git a\/(\S{1,500}) b\/\1\s*$/;

/** Someone may write about `diff --git`; what git prints is followed by more of its lines, sometimes after a wrapped name. */
function isGitHeader(text: string, at: number): boolean {
  let line = afterLine(text, at);
  if (text.startsWith("b/", line)) line = afterLine(text, line);
  gitHeaderLine.lastIndex = line;
  return gitHeaderLine.test(text) || sameNames.test(lineFrom(text, at));
}

/** `--- name`, `+++ name`, `@@`: what every unified diff begins with. */
function findPlainHeader(text: string, from: number): number | null {
  for (let plusLine = lineStart(text, "\n+++ ", from); plusLine >= 0; plusLine = lineStart(text, "\n+++ ", plusLine)) {
    const minusLine = text.lastIndexOf("\n", plusLine - 2) + 1;
    if (minusLine < from || !text.startsWith("--- ", minusLine) || !text.startsWith("@@ -", afterLine(text, plusLine))) continue;
    return plainStart(text, minusLine, from);
  }
  return null;
}

/** Tools print lines of their own in front of `---`; git ends the message at them. */
const toolLine = /(?:Index: |diff -|RCS file: )/y;
/** Lines that say nothing unless one of those stands above them. */
const ruleLine = /(?:={20}|retrieving revision )/y;
const toolLines = 5;

function plainStart(text: string, minusLine: number, from: number): number {
  let start = minusLine;
  let line = minusLine;
  for (let count = 0; count < toolLines && line > from; count++) {
    line = line >= 2 ? text.lastIndexOf("\n", line - 2) + 1 : 0;
    toolLine.lastIndex = ruleLine.lastIndex = line;
    if (line < from) break;
    if (toolLine.test(text)) start = line;
    else if (!ruleLine.test(text)) break;
  }
  return start;
}

/** Where the line behind the one at `at` begins. */
export function afterLine(text: string, at: number): number {
  const end = text.indexOf("\n", at);
  return end < 0 ? text.length : end + 1;
}

/** The line that begins at an offset, without its end. */
export function lineFrom(text: string, at: number): string {
  const end = text.indexOf("\n", at);
  return text.slice(at, end < 0 ? text.length : end);
}
