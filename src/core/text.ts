/** Places in a text and pieces of it, for every reader of mail and diffs: where a line or a quote ends, and a copy that keeps no mail alive. */

/**
 * Where quotes end, in headers and names of files. No pattern: one that takes what is escaped in turns runs out of stack on
 * megabytes, and looks through the rest again for each quote that is never closed.
 */

const quote = 34;
const backslash = 92;

/** Where the quotes end that begin at a place; -1 where they never do, and then none that begin behind it do either. */
export function closingQuote(text: string, open: number): number {
  for (let at = open + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === backslash) at++;
    else if (code === quote) return at;
  }
  return -1;
}

/**
 * A copy of a text that shares no memory with what it was cut out of. Engines keep a whole mail alive for ten characters
 * of it, so what is kept of a mail for long is copied first.
 */
export function ownCopy(text: string): string {
  // Joining makes a new string and cutting flattens it; the one character in front is all that is wasted.
  return (" " + text).slice(1);
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
