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
