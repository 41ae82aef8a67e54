/** The changelog of a cover letter: sections under headings such as `v3:` or `Changes since v1:`. Its links are read in postings/earlierPostings.ts. */

export interface ChangelogSection {
  /** The heading as written: `v1 (RFC)`. */
  readonly heading: string;
  /** The version that the section describes: 2 for `v2:` and for `Changes since v1:`. */
  readonly version: number;
  /** The version that a link in it leads to, unless it is the letter's own: 2 for `v2:`, 1 for `Changes since v1:`. */
  readonly links: number;
  readonly rfc: boolean;
  /** Where its heading begins and its text ends. */
  readonly start: number;
  readonly end: number;
}

/**
 * `v3:`, `V2`, `v1 (RFC):`, `RFC v2:`, `Changes in v3:`, `Changes since v1:`, `v1 -> v2:`, `Changelog v2..v3:`, `* v2 changes:`.
 * It is matched against a line in lower case: V8 takes as long to compile such a pattern for any case as to read ten letters with it.
 */
const heading =
  /^[ \t]*(?:[-*#]+[ \t]+)?((?:(?:changes?|changelog|history|diff|difference)s?(?:log)?[ \t]+)?(?:(since|from|in|for|compared to|between|of)[ \t]+)?\(?(rfc[ \t]*)?(?:patch[ \t]+)?v(\d+)(?:\.\d+)?\)?[ \t]*(?:(?:->|=>|→|\.\.|to|and)[ \t]*(?:rfc[ \t]*)?v(\d+)[ \t]*)?(?:[([]?rfc[\])]?[ \t]*)?(?:(?<=[ \t])(?:changes?|changelog)[ \t]*)?(?:\([^)\n]*\)[ \t]*)?)(:|$)/;
/** The words a heading may begin with, behind its bullet. Most lines that name a version begin with others. */
const headingStarts = ["v", "change", "history", "diff", "since", "from", "in", "for", "compared to", "between", "of", "rfc", "patch"];

/** Headings and links are on short lines; the patterns are never run on a longer one. */
const longestLine = 1000;

/** The end of a changelog: two blank lines, `---`, a signature, or the shortlog. */
const changelogEnd = /\n[ \t]*\n[ \t]*\n|\n---?[ \t]*\n|\n\S[^\n]{0,200} \(\d+\):\n {2}/;

/**
 * The sections of a changelog, in text order; [] where there is none. A section ends where the next one or another part of the
 * letter begins.
 */
export function changelogSections(text: string): ChangelogSection[] {
  const found = linesWith(text, /v\d/gi).flatMap(({ line, start }) => {
    const lower = line.toLowerCase();
    const match = mayHead(lower) ? heading.exec(lower) : null;
    return match ? [{ match, line, lower, start }] : [];
  });
  return found.map(({ match, line, lower, start }, at) => {
    const [, said = "", preposition = ""] = match;
    const since = (preposition === "since" || preposition === "from" || preposition === "compared to") && !match[5];
    const named = Number(match[5] ?? match[4]);
    const section = text.slice(start, found[at + 1]?.start ?? text.length);
    const from = lower.indexOf(said);
    return {
      heading: line.slice(from, from + said.length).trim(),
      version: since ? named + 1 : named,
      links: named,
      rfc: said.includes("rfc"),
      start,
      end: start + (changelogEnd.exec(section)?.index ?? section.length),
    };
  });
}

/** Whether a line may be a heading by its first word, which is quicker to see than by the pattern. */
function mayHead(lower: string): boolean {
  let at = 0;
  while (at < lower.length && " \t-*#(".includes(lower[at] ?? "")) at++;
  return headingStarts.some((word) => lower.startsWith(word, at));
}

/** The lines of a text in which a pattern occurs. They are few, so that slower patterns need not be run on all lines. */
export function linesWith(text: string, pattern: RegExp): Array<{ line: string; start: number }> {
  const lines: Array<{ line: string; start: number }> = [];
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    const start = text.lastIndexOf("\n", match.index) + 1;
    const newline = text.indexOf("\n", match.index);
    const end = newline < 0 ? text.length : newline;
    if (end - start <= longestLine) lines.push({ line: text.slice(start, end), start });
    if (newline < 0) break;
    pattern.lastIndex = end;
  }
  return lines;
}
