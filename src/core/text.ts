/** Small tools for texts: where a line or a quote ends, a copy of a text that keeps no mail alive, and the short form of a commit. */

const quote = 34;
const backslash = 92;

/**
 * Where the quotes end that open at `open`; -1 where they never do, and then no quotes that open behind it end either. A pattern
 * for escapes would run out of stack on megabytes, and search the rest again for each quote that is never closed.
 */
export function closingQuote(text: string, open: number): number {
  for (let at = open + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === backslash) at++;
    else if (code === quote) return at;
  }
  return -1;
}

/**
 * A copy of a text that shares no memory with the text it was cut out of. V8 keeps a whole mail alive for ten characters of it, so
 * copy what is kept of a mail for long.
 */
export function ownCopy(text: string): string {
  // Joining makes a new string, and cutting flattens it. The character in front is all that is wasted.
  return (" " + text).slice(1);
}

/**
 * Where the next line behind `from` starts that begins with some words; -1 where none does.
 *
 * @param words with the line end in front of them: adding it here would cost more than the search
 */
export function lineStart(text: string, words: string, from: number): number {
  const at = text.indexOf(words, from);
  return at < 0 ? -1 : at + 1;
}

/** Where the next line begins. */
export function afterLine(text: string, at: number): number {
  const end = text.indexOf("\n", at);
  return end < 0 ? text.length : end + 1;
}

/** The line above the one that begins at an offset; empty where there is none. */
export function lineAbove(text: string, at: number): string {
  return at < 2 ? "" : text.slice(text.lastIndexOf("\n", at - 2) + 1, at - 1);
}

/** The line that begins at an offset, without its end. */
export function lineFrom(text: string, at: number): string {
  const end = text.indexOf("\n", at);
  return text.slice(at, end < 0 ? text.length : end);
}

/** The first digits of an object id, as many as the kernel cites commits with. */
export function shortId(id: string): string {
  return id.slice(0, 12);
}

/** What a person calls a commit: a full id is shortened, the name of a branch or tag stays. */
export function shownCommit(name: string): string {
  return /^[0-9a-f]{40,64}$/.test(name) ? shortId(name) : name;
}
