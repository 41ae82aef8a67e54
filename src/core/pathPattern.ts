/**
 * Patterns of files and folders, as people write them in settings: `*` stands for anything within a name, `**` for any
 * number of folders, and everything below what a pattern names belongs to it.
 */

/** A pattern ready for use, name by name; most names are plain, and comparing texts is several times faster. */
export type PathPattern = ReadonlyArray<string | RegExp>;

/** Takes a pattern apart. An empty pattern, which would fit every path, has no names. */
export function compilePathPattern(pattern: string): PathPattern {
  const relative = pattern.trim().replace(/^(?:\.?\/)+/, "");
  const names = relative.split("/").filter((name) => name !== "");
  return names.map((name) => {
    if (name === "**" || !name.includes("*")) return name;
    return new RegExp(`^${name.split(/\*+/).map(escapeExpression).join(".*")}$`, "su");
  });
}

function fits(expected: string | RegExp, name: string): boolean {
  return typeof expected === "string" ? expected === name : expected.test(name);
}

/** Whether the names of a path, from `at` on, begin with the pattern, from `from` on. */
export function beginsWith(names: readonly string[], pattern: PathPattern, at = 0, from = 0): boolean {
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

/** How many names at the end of the pattern are those a shortened path goes on with: `.../kvm/x86/a.c` has 2 of `t/kvm/x86/`. */
export function overlap(tail: readonly string[], pattern: PathPattern): number {
  for (let size = Math.min(tail.length, pattern.length - 1); size > 0; size--) {
    if (pattern.slice(-size).every((expected, at) => fits(expected, tail[at] ?? ""))) return size;
  }
  return 0;
}

/** Text as part of a regular expression that means just this text. */
export function escapeExpression(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
