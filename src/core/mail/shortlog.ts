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

const authorLine = /^(\S.*) \((\d{1,4})\):$/;

/**
 * Finds the shortlog of a text; null where there is none. Titles that wrap (four spaces) are joined by one space.
 * Of several that could be one (`Cleanups (2):` above a list in the letter) it is the last whose numbers are right,
 * since git puts it below what the author wrote; where none is right, the last.
 */
export function parseShortlog(text: string): Shortlog | null {
  let last: Shortlog | null = null;
  let right: Shortlog | null = null;
  for (let mark = text.indexOf("):\n"); mark >= 0;) {
    const found = blocksFrom(text, text.lastIndexOf("\n", mark) + 1);
    if (found) {
      last = found;
      if (found.authors.every(({ count, titles }) => count === titles.length)) right = found;
    }
    mark = text.indexOf("):\n", found ? Math.max(found.end, mark + 1) : mark + 1);
  }
  return right ?? last;
}

/** The blocks of authors that follow each other from a line on, parted by nothing but blank lines. */
function blocksFrom(text: string, start: number): Shortlog | null {
  const authors: ShortlogAuthor[] = [];
  let end = start;
  for (let at = start; at < text.length;) {
    const head = authorLine.exec(lineAt(text, at));
    if (!head) break;
    const titles: string[] = [];
    at += head[0].length + 1;
    for (let line = lineAt(text, at); line.startsWith("  ") && line.trim() !== ""; line = lineAt(text, at)) {
      const title = line.trim();
      if (line.startsWith("    ") && titles.length > 0) titles.push(`${titles.pop() ?? ""} ${title}`);
      else titles.push(title);
      end = at + line.trimEnd().length;
      at += line.length + 1;
    }
    if (titles.length === 0) break;
    authors.push({ name: head[1] ?? "", count: Number(head[2]), titles });
    while (text[at] === "\n") at++;
  }
  return authors.length > 0 ? { authors, start, end } : null;
}

function lineAt(text: string, at: number): string {
  const end = text.indexOf("\n", at);
  return text.slice(at, end < 0 ? text.length : end);
}
