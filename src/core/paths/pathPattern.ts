/**
 * Patterns of files and folders, as people write them in settings: `*` stands for anything within a name, `**` for any
 * number of folders, and everything below what a pattern names belongs to it.
 */

/** A pattern as its names with single slashes between them. */
export type PathPattern = string;

/** Makes a pattern of what a person wrote; empty where it has no names and would fit every path. */
export function readPathPattern(written: string): PathPattern {
  const text = written.trim();
  if (!text.startsWith(".") && !text.startsWith("/") && !text.includes("//")) return text.endsWith("/") ? text.slice(0, -1) : text;
  return text
    .replace(/^(?:\.?\/)+/, "")
    .split("/")
    .filter((name) => name !== "")
    .join("/");
}

interface Placed {
  readonly names: readonly string[];
  readonly place: number;
}

/**
 * Makes the question which of some patterns is the first that fits a path.
 *
 * @returns its place among the patterns; -1 where none fits
 */
export function firstPattern(patterns: readonly PathPattern[]): (path: string) => number {
  // Most patterns name a file or folder and need only be looked up; of the others most have their stars in the last name.
  const plain = new Map<string, number>();
  const inFolder = new Map<string, Placed[]>();
  const other: Placed[] = [];
  for (const [place, pattern] of patterns.entries()) {
    const star = pattern.indexOf("*");
    const slash = pattern.lastIndexOf("/");
    if (star < 0) plain.set(pattern, Math.min(place, plain.get(pattern) ?? place));
    else if (star < slash || pattern.endsWith("**")) other.push({ names: pattern.split("/"), place });
    else {
      const folder = pattern.slice(0, slash + 1);
      const known = inFolder.get(folder);
      const placed = { names: [pattern.slice(slash + 1)], place };
      if (known) known.push(placed);
      else inFolder.set(folder, [placed]);
    }
  }
  return (path) => {
    let least = Infinity;
    for (let from = 0, end = 0; end < path.length; from = end + 1) {
      const slash = path.indexOf("/", from);
      end = slash < 0 ? path.length : slash;
      least = Math.min(least, plain.get(path.slice(0, end)) ?? Infinity);
      const [found] = (inFolder.get(path.slice(0, from)) ?? []).filter(({ names }) => fits(names[0] ?? "", path.slice(from, end)));
      if (found && found.place < least) least = found.place;
    }
    const names = path.split("/");
    for (const { names: expected, place } of other) if (place < least && beginsWith(names, expected)) least = place;
    return least === Infinity ? -1 : least;
  };
}

/** Whether a name is what a pattern says; no regular expression is needed for it, which is slow to begin with. */
function fits(expected: string, name: string): boolean {
  return expected === name || (expected.includes("*") && fitsStars(expected.split("*"), name));
}

/** Each piece between stars where it first can be, and the last one at the end, which is as good as any other way. */
function fitsStars(pieces: readonly string[], name: string): boolean {
  const [first = "", last = ""] = [pieces[0], pieces.at(-1)];
  const end = name.length - last.length;
  let at = first.length;
  if (end < at || !name.startsWith(first) || !name.endsWith(last)) return false;
  for (const piece of pieces.slice(1, -1)) {
    const found = name.indexOf(piece, at);
    if (found < 0 || found + piece.length > end) return false;
    at = found + piece.length;
  }
  return true;
}

/** Whether the names of a path, from `at` on, begin with those of a pattern, from `from` on. */
function beginsWith(names: readonly string[], pattern: readonly string[], at = 0, from = 0): boolean {
  const expected = pattern[from];
  if (expected === undefined) return true;
  if (expected === "**") {
    for (let next = at; next <= names.length; next++) {
      if (beginsWith(names, pattern, next, from + 1)) return true;
    }
    return false;
  }
  const name = names[at];
  return name !== undefined && fits(expected, name) && beginsWith(names, pattern, at + 1, from + 1);
}

/** How many names at the end of a pattern are those a shortened path goes on with: `.../kvm/x86/a.c` has 2 of `t/kvm/x86/`. */
export function overlap(tail: readonly string[], pattern: PathPattern): number {
  const names = pattern.split("/");
  for (let size = Math.min(tail.length, names.length - 1); size > 0; size--) {
    const from = names.length - size;
    let same = 0;
    while (same < size && fits(names[from + same] ?? "", tail[same] ?? "")) same++;
    if (same === size) return size;
  }
  return 0;
}
