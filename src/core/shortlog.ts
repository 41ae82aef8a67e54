/** The shortlog of a cover letter: who wrote which patches, as `git shortlog` prints it. */

export interface ShortlogAuthor {
  readonly name: string;
  /** The number in parentheses. */
  readonly count: number;
  readonly titles: readonly string[];
}

export interface Shortlog {
  readonly authors: readonly ShortlogAuthor[];
  /** Where it begins and ends in the text. */
  readonly start: number;
  readonly end: number;
}

const authorBlock = /^(\S.*) \((\d+)\):\n((?: {2,}\S.*(?:\n|$))+)/gm;

/** Finds the shortlog of a text; null where there is none. Titles that wrap (four spaces) are joined by one space. */
export function parseShortlog(text: string): Shortlog | null {
  const authors: ShortlogAuthor[] = [];
  let start = 0;
  let end = 0;
  for (const match of text.matchAll(authorBlock)) {
    if (authors.length === 0) start = match.index;
    end = match.index + match[0].trimEnd().length;
    authors.push({ name: match[1] ?? "", count: Number(match[2]), titles: parseTitles(match[3] ?? "") });
  }
  return authors.length > 0 ? { authors, start, end } : null;
}

function parseTitles(block: string): string[] {
  const titles: string[] = [];
  for (const line of block.split("\n")) {
    const wrapped = line.startsWith("    ");
    const text = line.trim();
    if (!text) continue;
    if (wrapped && titles.length > 0) titles.push(`${titles.pop() ?? ""} ${text}`);
    else titles.push(text);
  }
  return titles;
}
