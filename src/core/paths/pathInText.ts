/** Paths as they stand in text: an #include, a diffstat line, a pattern of MAINTAINERS, a comment. */

export interface PathInText {
  /** As written, without quotes or brackets. */
  readonly path: string;
  /** Columns in the line, the end excluded. */
  readonly start: number;
  readonly end: number;
  readonly include: boolean;
}

const include = /^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)/d;
/** Something with a folder and a name: a path, not a word, a date or an address. */
const path = /(?<![\w.+/-])(?:[\w.+-]+\/)+[\w.+-]*[\w+-]/g;
/** Longer lines are data, not text that a person points at. */
const longestLine = 2000;

/** The path at a column of a line; null where there is none. */
export function pathInText(line: string, column: number): PathInText | null {
  if (line.length > longestLine) return null;
  const included = include.exec(line);
  if (included) {
    const [start, end] = included.indices?.[1] ?? included.indices?.[2] ?? [0, 0];
    return column >= start && column <= end ? { path: line.slice(start, end), start, end, include: true } : null;
  }
  for (const match of line.matchAll(path)) {
    const start = match.index;
    const end = start + match[0].length;
    // `https://host/a/b` and `/usr/include` are no paths of a tree; `a/arch/x86` in a diff header is, without its side.
    if (/[\w:/]$/.test(line.slice(0, start)) || column < start || column > end) continue;
    const side = /^(?:diff --git|---|\+\+\+) /.test(line) && /^[ab]\//.test(match[0]) ? 2 : 0;
    return { path: match[0].slice(side), start: start + side, end, include: false };
  }
  return null;
}

/**
 * The paths of the tree that a path in text can mean, likeliest first.
 * @param from the path of the file that holds the text; an #include is looked for as the kernel's build does it
 */
export function candidatePaths(found: PathInText, from: string): string[] {
  if (!found.include) return [found.path];
  const folder = from.slice(0, from.lastIndexOf("/") + 1);
  const arch = /^arch\/[^/]+\//.exec(from)?.[0];
  const roots = ["include/", "include/uapi/", ...(arch ? [`${arch}include/`, `${arch}include/uapi/`, arch, `${arch}kvm/`] : []), ""];
  return [...new Set([folder, ...roots].map((root) => normalise(root + found.path)).filter((name) => name !== null))];
}

/** Takes `..` out of a path; null where it leaves the tree. */
function normalise(name: string): string | null {
  const parts: string[] = [];
  for (const part of name.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === ".." && parts.pop() === undefined) return null;
    if (part !== "..") parts.push(part);
  }
  return parts.join("/");
}
