/** How a report goes on behind its verb: which patches, where to, what is left out; or as no report does. */
import type { Doer } from "./appliedDoer";
import { commitAfter, isPlace, treeLater, whereAfter } from "./appliedPlace";
import { adverbs, barriers, goesOn, towards } from "./claimWords";
import { type NamedPatches, numbersAt, patchNameAt } from "./namedPatches";

/** How a report goes on behind its verb. */
interface Rest {
  readonly patches: NamedPatches | null;
  readonly version: number | null;
  readonly except: readonly number[];
  /** Where it went: a tree or branch of that name, or only a release it is meant for. */
  readonly tree: "tree" | "release" | null;
  /** Goes somewhere that may be a tree: `applied to hmm`. */
  readonly maybeTree: boolean;
  readonly commit: string | null;
  readonly by: string | null;
  /** The report is complete where it ends. */
  readonly isOver: boolean;
  /** Nothing or thanks follow. */
  readonly isPlain: boolean;
  readonly isThanked: boolean;
  readonly end: number;
}

/** Reads on behind the verb; null where it goes on as no report does. */
export function restAfter(words: readonly string[], at: number, doer: Doer): Rest | null {
  const verb = words[at] ?? "";
  let place = at + 1;
  const skip = (): void => {
    while (adverbs.has(words[place] ?? "") && patchNameAt(words, place) === null) place++;
    if (/^(?:up|in|out)$/.test(words[place] ?? "") && !isPlace(words, place)) place++;
    while (adverbs.has(words[place] ?? "") && patchNameAt(words, place) === null) place++;
  };
  skip();
  if (words[place] === "and" && numbersAt(words, place + 1)) place++;
  const isOpen = words[place] === "(";
  const name = doer.how === "passive" && !isOpen ? null : patchNameAt(words, isOpen ? place + 1 : place);
  const isNamed = name !== null && !(isOpen && typeof name.patches === "string");
  if (isNamed) {
    place = name.end + (isOpen && words[name.end] === ")" ? 1 : 0);
    skip();
  }
  const patches = isNamed ? name.patches : null;
  const next = words[place];
  const isThanked = thanked(words, place);
  const isEnd = next === undefined || barriers.has(next) || isThanked;
  const until = untilAt(words, place);
  if (until) return { ...nothingMore, patches: until.patches, end: until.end, tree: treeLater(words, until.end) };
  const where = whereAfter(words, place, verb);
  // `Patch applied with fuzz`, `I took it out`.
  if (words.slice(place, place + 4).some((one) => /^(?:fuzz|offsets?|cleanly)$/.test(one))) return null;
  if (/^(?:took|taken|taking)$/.test(verb) && words[place - 1] === "out") return null;
  if (where === "no" || (/^(?:picked|picking)$/.test(verb) && !isUp(words, at) && where !== "tree" && !(isEnd && doer.how === "bare")))
    return null;
  if (!isEnd && where === null && !goesOn.has(next)) return null;
  // `Merged with the other one`.
  if (next === "with" && /^(?:merged|pulled|pushed|taken|took)$/.test(verb) && !isThanked) return null;
  const exceptions = exceptAfter(words, place);
  const more = moreNumbers(words, place, patches);
  const tree = where === "tree" || where === "release" ? where : treeLater(words, place);
  return {
    patches: exceptions.isVague ? "some" : more,
    version: isNamed ? name.version : null,
    except: exceptions.numbers,
    tree,
    maybeTree: where === "maybe",
    commit: commitAfter(words, place),
    by: next === "by" ? (words[place + 1] ?? "") : byLater(words, place),
    isOver: isEnd || where === "tree" || where === "release",
    isPlain: isEnd,
    isThanked,
    end: place,
  };
}

const nothingMore = { version: null, except: [], maybeTree: false, commit: null, by: null, isOver: true, isPlain: true, isThanked: false };

/** `up to patch 3`, `up to this patch`. */
function untilAt(words: readonly string[], place: number): { readonly patches: NamedPatches; readonly end: number } | null {
  if (words[place - 1] !== "up" || words[place] !== "to") return null;
  const name = patchNameAt(words, words[place + 1] === "and" && words[place + 2] === "including" ? place + 3 : place + 1);
  if (!name || name.patches === "series" || name.patches === "both" || name.patches === "some" || name.patches === "until") return null;
  const last = name.patches === "answered" || name.patches === "one" ? null : (name.patches.at(-1) ?? null);
  if (last === null) return { patches: "until", end: name.end };
  return last < 0 ? null : { patches: Array.from({ length: last }, (_, at) => at + 1), end: name.end };
}

function thanked(words: readonly string[], place: number): boolean {
  const at = barriers.has(words[place] ?? "") ? place + 1 : place;
  return /^(?:many|thanks?|thx|cheers|ta|with)$/.test(words[at] ?? "") && (words[at] !== "with" || words[at + 1] === "thanks");
}

/** `I picked this small fix up`. */
function isUp(words: readonly string[], at: number): boolean {
  return words.slice(at + 1, at + 8).includes("up");
}

/** The patches that are left out behind a place: `minus #17`, `but not patch 3`; vague where it is said without numbers. */
export function exceptAfter(
  words: readonly string[],
  from: number,
  excepting = /^(?:minus|except|excluding|excepting|without|sans|skipping|but|bar|barring)$/,
): { numbers: readonly number[]; isVague: boolean } {
  for (let at = from; at < words.length; at++) {
    const word = words[at] ?? "";
    const isExcept = excepting.test(word);
    const isOther = (word === "other" && words[at + 1] === "than") || (word === "apart" && words[at + 1] === "from");
    if (!isExcept && !isOther) continue;
    let next = at + (isOther ? 2 : 1);
    if (words[next] === "for" || words[next] === "not") next++;
    const name = patchNameAt(words, next);
    if (
      !name ||
      name.patches === "answered" ||
      name.patches === "one" ||
      name.patches === "series" ||
      name.patches === "both" ||
      name.patches === "until"
    )
      continue;
    // `but 3 needs work` is a new sentence as much as an exception: either way 3 is not in it.
    if (name.patches === "some") return { numbers: [], isVague: word !== "without" && word !== "but" };
    return { numbers: name.patches, isVague: false };
  }
  return { numbers: [], isVague: false };
}

/** `for 6.21`, `for the next release`. */
function isForRelease(words: readonly string[], at: number): boolean {
  return words[at] === "for" && /^(?:the )?(?:next|current|coming|v?\d)/.test(words.slice(at + 1, at + 3).join(" "));
}

/** `1-4 to next and 5 to fixes`, `1-2 for 6.21 and 4 for 6.22`. */
function moreNumbers(words: readonly string[], from: number, patches: NamedPatches | null): NamedPatches | null {
  if (!Array.isArray(patches)) return patches;
  const all = new Set<number>(patches as readonly number[]);
  for (let at = from; at < words.length; at++) {
    if (words[at] !== "and" && words[at] !== "," && words[at] !== ";") continue;
    const next = words[at + 1] === "and" ? at + 2 : at + 1;
    const listed = numbersAt(words, /^patch(?:es)?$/.test(words[next] ?? "") ? next + 1 : next);
    if (listed && (towards.has(words[listed.end] ?? "") || isForRelease(words, listed.end))) for (const one of listed.numbers) all.add(one);
  }
  return [...all].sort((a, b) => a - b);
}

function byLater(words: readonly string[], from: number): string | null {
  const at = words.indexOf("by", from);
  return at < 0 ? null : (words[at + 1] ?? "");
}
