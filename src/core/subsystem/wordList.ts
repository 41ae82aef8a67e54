/**
 * Words and phrases looked for in a title: whole words, any case, plural too. Own code, because regular expressions that
 * ignore case for all of Unicode take longer to compile than a year of digests takes to read.
 */

export interface WordList {
  /** Whether a text has one of the words. */
  test(text: string): boolean;
  /** As `test`, for a text that `foldWords` made: one text is looked through for the words of many lists. */
  testFolded(folded: string): boolean;
}

/** Makes a word list; null where there are no words. `APIC` is in `I/O APICs` and not in `APICv`, `tdx` is in `x86/tdx`. */
export function compileWords(words: readonly string[]): WordList | null {
  const wanted = words.map(foldWords).filter((word) => word !== "");
  if (wanted.length === 0) return null;
  const testFolded = (folded: string): boolean => wanted.some((word) => hasWord(folded, word));
  return { test: (text) => testFolded(foldWords(text)), testFolded };
}

/** A text without what the search passes over: case, and how words are parted. */
export function foldWords(text: string): string {
  const lower = text.trim().toLowerCase();
  return /\s\s|[^\S ]/.test(lower) ? lower.replace(/\s+/g, " ") : lower;
}

function hasWord(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    const end = at + word.length;
    const begins = !endsInWord(word.slice(0, 1)) || !endsInWord(text.slice(Math.max(0, at - 2), at));
    if (
      begins &&
      (!endsInWord(word) || ["", "s", "es"].some((plural) => text.startsWith(plural, end) && isEnd(text, end + plural.length)))
    ) {
      return true;
    }
  }
  return false;
}

function isEnd(text: string, at: number): boolean {
  if (at >= text.length) return true;
  const code = text.charCodeAt(at);
  return code < firstBeyondAscii ? !isAsciiWord(code) : !/^[\p{L}\p{N}_]/u.test(text.slice(at, at + 2));
}

function endsInWord(text: string): boolean {
  if (text === "") return false;
  const code = text.charCodeAt(text.length - 1);
  return code < firstBeyondAscii ? isAsciiWord(code) : /[\p{L}\p{N}_]$/u.test(text);
}

const firstBeyondAscii = 0x80;

/** Letters of a text in lower case, digits and `_`; almost every character is ASCII, and a pattern is slow to ask for each. */
function isAsciiWord(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39) || code === 0x5f;
}
