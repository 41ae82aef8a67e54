/** Which patches a few words of prose name: `patches 3 and 4`, `the whole series`, `1-9 and 18`, `the last two`. */

/**
 * What is named. `answered` is what the mail answers, `one` the same where that is a patch, `until` all up to it, `some` are patches it does not number, `both` are
 * two; numbers below zero count from the end, so that -1 is the last patch.
 */
export type NamedPatches = "answered" | "one" | "until" | "series" | "both" | "some" | readonly number[];

/** Some words, read as a name of patches. */
export interface PatchName {
  /** The place of the first word behind it. */
  readonly end: number;
  readonly patches: NamedPatches;
  /** The `v2` of `v2 of this series`; null where none is said. */
  readonly version: number | null;
}

/** No posting has more patches; what somebody writes beyond is no list of them. */
const mostPatches = 2000;

const number = /^#?(\d{1,4})(?:\/\d{1,4})?(?:(?:-|–|\.\.)#?(\d{1,4})(?:\/\d{1,4})?)?$/;
const counts = new Map(["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"].map((word, at) => [word, at + 1]));
const ordinals = new Map(
  ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"].map((word, at) => [word, at + 1]),
);
const joints = new Set([",", "and", "&", "+", "plus", "as-well-as"]);
const ranges = new Set(["to", "through", "thru", "-", "–", "till", "until"]);
const wholes = new Set([
  "series",
  "set",
  "patchset",
  "patch-set",
  "patchseries",
  "patch-series",
  "lot",
  "bunch",
  "batch",
  "pull",
  "pr",
  "stack",
]);
const singles = new Set(["patch", "fix", "change", "commit", "one", "revert", "cleanup", "version", "fixup", "p"]);
const plurals = new Set(["patches", "fixes", "changes", "commits", "ones", "cleanups", "parts", "bits", "pieces", "p"]);
const pointing = new Set(["this", "these", "the", "your", "it", "them", "they", "above"]);
const totals = new Set(["all", "everything", "entire", "whole", "full", "complete"]);
const left = new Set(["rest", "remaining", "remainder", "others"]);
/** Said of a patch without making it another one. */
const qualities = new Set(["rebased", "fixed", "fixed-up", "small", "trivial", "nice", "simple"]);
/** With these it is another patch or series than the one that is answered. */
const foreign = new Set(
  "other another previous prior earlier old older new newer similar same different following attached next my his her their its own equivalent alternative separate prerequisite preparatory dependent dependency related".split(
    " ",
  ),
);
/** Units that make of a number no patch: `applied 2 days ago`. */
const counted = new Set([
  "days",
  "day",
  "weeks",
  "week",
  "hours",
  "minutes",
  "months",
  "times",
  "lines",
  "hunks",
  "minor",
  "small",
  "more",
]);

/** `Applied 1-2, 3 needs a test`: numbers of which something else is said. */
function isSubject(words: readonly string[], at: number): boolean {
  let place = at;
  while (number.test(words[place] ?? "") || joints.has(words[place] ?? "")) place++;
  return /^(?:needs?|has|have|is|are|was|were|will|still|looks?|should|could|can|cannot|do|does|did|seems?|requires?|conflicts?|breaks?|fails?|i|we|depends?|got|gets?|don|doesn|would|may|might|must|no|not|wants?|comes?|goes|go)$/.test(
    words[place] ?? "",
  );
}

/** The comma of `patches 1, 3 and 4`. */
export function isListed(words: readonly string[], at: number): boolean {
  return words[at] === "," && number.test(words[at - 1] ?? "") && number.test(words[words[at + 1] === "and" ? at + 2 : at + 1] ?? "");
}

/** The words where such commas between two places part nothing, since the list is what something is said of. */
export function withList(words: readonly string[], from: number, to: number): readonly string[] {
  return words.map((word, at) => (at > from && at < to && isListed(words, at) ? "&" : word));
}

/** Reads patch numbers at a place; null where there are none. */
export function numbersAt(words: readonly string[], at: number): { readonly end: number; readonly numbers: readonly number[] } | null {
  const numbers = new Set<number>();
  let end = at;
  for (let place = at; numbers.size < mostPatches;) {
    const match = number.exec(words[place] ?? "");
    if (!match || (words[place - 1] === "," && place > at && isSubject(words, place))) break;
    const first = Number(match[1]);
    let last = Number(match[2] ?? first);
    place++;
    const beyond = ranges.has(words[place] ?? "") ? number.exec(words[place + 1] ?? "") : null;
    if (beyond?.[2] === undefined && beyond && match[2] === undefined) {
      last = Number(beyond[1]);
      place += 2;
    }
    for (let one = first; one <= Math.min(last, first + mostPatches); one++) numbers.add(one);
    end = place;
    while (joints.has(words[place] ?? "")) place++;
    if (place === end) break;
    if (/^patch(?:es)?$/.test(words[place] ?? "")) place++;
  }
  if (numbers.size === 0 || counted.has(words[end] ?? "")) return null;
  return { end, numbers: [...numbers].sort((a, b) => a - b) };
}

/** Reads a name of patches at a place; null where the words there name something else. */
export function patchNameAt(words: readonly string[], at: number): PatchName | null {
  let place = at;
  let version: number | null = null;
  let isTotal = false;
  let isBoth = false;
  let isLeft = false;
  let isPointed = false;
  let isOwn = false;
  let numbers: readonly number[] | null = null;
  for (; place < words.length; place++) {
    const word = words[place] ?? "";
    if (foreign.has(word)) return null;
    if (pointing.has(word)) {
      isPointed = true;
      isOwn ||= word === "this" || word === "your" || word === "these";
    } else if (totals.has(word)) isTotal = true;
    else if (word === "both") isBoth = true;
    else if (left.has(word)) isLeft = true;
    else if (isTotal && counts.has(word) && word !== "one") continue;
    else if (word === "of" && (isTotal || isBoth || isLeft || numbers !== null) && pointing.has(words[place + 1] ?? "")) continue;
    else if (/^v\d{1,3}$/.test(word)) version = Number(word.slice(1));
    else if (numbers === null && (ordinals.has(word) || word === "last")) {
      const count = countAt(words, place + 1);
      numbers = word === "last" ? upTo(-count, -1) : word === "first" ? upTo(1, count) : [ordinals.get(word) ?? 1];
      if (counts.has(words[place + 1] ?? "") || /^\d{1,3}$/.test(words[place + 1] ?? "")) place++;
    } else if (qualities.has(word)) continue;
    else break;
  }
  const head = words[place] ?? "";
  const wasPatches = head === "patch" && /^(?:series|set|queue)$/.test(words[place + 1] ?? "");
  if (wholes.has(head) || wasPatches) {
    const end = place + (wasPatches ? 2 : head === "pull" && words[place + 1] === "request" ? 2 : 1);
    const whole = isLeft ? "some" : (numbers ?? "series");
    return { end: ofSeries(words, end), patches: whole, version: version ?? versionAt(words, end) };
  }
  if (singles.has(head) || plurals.has(head)) {
    const listed = numbersAt(words, place + 1);
    const end = ofSeries(words, listed?.end ?? place + 1);
    // `The fix` may be any; `the patch` is the one that is answered.
    if (/^(?:fix|change|commit|one|revert|cleanup|version|fixup)(?:e?s)?$/.test(head) && !isOwn && !listed) return null;
    const many = plurals.has(head) && head !== "p" ? (isBoth ? "both" : "series") : head === "patch" ? "one" : "answered";
    return { end, patches: listed?.numbers ?? numbers ?? (isLeft ? "some" : many), version };
  }
  // `the x86 patches` are some of them, whichever they are.
  for (let unknown = 0; isPointed && unknown < 3; unknown++) {
    const word = words[place + unknown] ?? "";
    if (/^(?:patches|parts|bits|ones|pieces)$/.test(word) && unknown > 0) return { end: place + unknown + 1, patches: "some", version };
    if (word === "" || foreign.has(word) || !/^[\w/.-]+$/.test(word)) break;
  }
  const listed = numbers === null ? numbersAt(words, place) : null;
  if (listed) {
    const isCount = plurals.has(words[listed.end] ?? "");
    const end = ofSeries(words, isCount ? listed.end + 1 : listed.end);
    return { end, patches: isCount && listed.numbers.length === 1 ? "some" : listed.numbers, version };
  }
  if (place === at) return null;
  if (numbers) return { end: place, patches: numbers, version };
  if (isLeft) return { end: place, patches: "some", version };
  if (isBoth) return { end: place, patches: "both", version };
  if (isTotal) return { end: place, patches: "series", version };
  const last = words[place - 1] ?? "";
  // `the` and `your` alone name nothing.
  if (version !== null || (isPointed && last !== "the" && last !== "your")) return { end: place, patches: "answered", version };
  return null;
}

function countAt(words: readonly string[], at: number): number {
  const word = words[at] ?? "";
  return counts.get(word) ?? (/^\d{1,3}$/.test(word) ? Number(word) : 1);
}

function upTo(first: number, last: number): number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => first + at);
}

/** Behind `of this series`. */
function ofSeries(words: readonly string[], at: number): number {
  if (words[at] !== "of" && words[at] !== "from" && words[at] !== "in") return at;
  let place = at + 1;
  while (pointing.has(words[place] ?? "") || totals.has(words[place] ?? "")) place++;
  const word = words[place] ?? "";
  if (wholes.has(word)) return place + 1;
  return word === "patch" && wholes.has(words[place + 1] ?? "") ? place + 2 : at;
}

function versionAt(words: readonly string[], at: number): number | null {
  const word = words[at] ?? "";
  return /^v\d{1,3}$/.test(word) ? Number(word.slice(1)) : null;
}
