/** The shortlog of a cover letter: who wrote which patches, as `git shortlog` writes it. */
import { lineFrom } from "../text";

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
 * Finds the shortlog of a text; null where there is none. Titles that wrap (four spaces) are joined by one space. The author may
 * have written something that looks like one (`Cleanups (2):` above a list). So the last one whose numbers are right counts, since
 * git puts it below the letter; where no numbers are right, the last one.
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

/** The blocks of authors that follow each other from a line on, with nothing but blank lines between them. */
function blocksFrom(text: string, start: number): Shortlog | null {
  const authors: ShortlogAuthor[] = [];
  let end = start;
  for (let at = start; at < text.length;) {
    const head = authorLine.exec(lineFrom(text, at));
    if (!head) break;
    const titles: string[] = [];
    at += head[0].length + 1;
    for (let line = lineFrom(text, at); line.startsWith("  ") && line.trim() !== ""; line = lineFrom(text, at)) {
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
