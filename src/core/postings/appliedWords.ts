/** The words of a sentence that reports a patch as applied: verbs and fillers, the patches they name, the tree or commit they name. */

/** How much must be said beside the verb: nothing, or the tree it went to. */
type VerbNeed = "nothing" | "tree";

export const finishedVerbs: ReadonlyMap<string, VerbNeed> = new Map<string, VerbNeed>([
  ...["applied", "queued", "enqueued", "merged", "pulled", "taken", "picked", "cherry-picked", "grabbed", "reapplied"].map(
    (word) => [word, "nothing"] as const,
  ),
  ...["pushed", "committed", "staged", "snagged"].map((word) => [word, "nothing"] as const),
  ...["landed", "added", "included", "integrated", "accepted", "installed", "put", "placed", "stuck", "dropped-in"].map(
    (word) => [word, "tree"] as const,
  ),
]);

/** Past tenses that are not participles: `I took this`. */
export const pastVerbs: ReadonlySet<string> = new Set(["took", "put"]);

export const ongoingVerbs: ReadonlySet<string> = new Set([
  "applying",
  "queuing",
  "queueing",
  "merging",
  "taking",
  "pulling",
  "picking",
  "pushing",
  "staging",
  "committing",
  "adding",
]);

export const adverbs: ReadonlySet<string> = new Set(
  "only now already just also finally both all hereby belatedly manually then recently meanwhile instead eventually provisionally tentatively duly happily simply".split(
    " ",
  ),
);

/** Punctuation marks after which a new sentence may begin. */
export const clauseLinks: ReadonlySet<string> = new Set(
  "and so but then therefore thus hence yes yep yeah ok okay thanks you now anyway also still meanwhile sorry well".split(" "),
);

/** Words that may stand before a report without changing it. */
export const fillerWords: ReadonlySet<string> = new Set(
  "thanks thank you thx ta cheers many much very lot again ok okay yes yep yup yeah y and so but then also well great good nice cool fine perfect awesome excellent lgtm alright allright right sure sorry now already finally belatedly anyway anyways fwiw fyi oh ah hmm hm hi hello hey dear done therefore thus hence regardless meanwhile still agreed indeed np wonderful lovely neat btw folks guys everyone".split(
    " ",
  ),
);

/** Words after the verb that begin something else, so that the report is complete. */
export const continuationWords: ReadonlySet<string> = new Set(
  "and & + but so with except excluding minus without though although while because since after before thanks thank cheers thx ta plus modulo sans whilst which including along apart other again here today yesterday earlier separately individually directly manually already now too instead nevertheless anyway btw".split(
    " ",
  ),
);

export const directionWords: ReadonlySet<string> = new Set(["to", "into", "in", "onto", "through", "via", "thru"]);

export const finiteVerb =
  /^(?:i|we|you|he|she|they|it|is|are|was|were|has|have|had|does|did|will|would|can|could|should|shall|must|may|might)$/;

export const clauseMarks: ReadonlySet<string> = new Set([",", ";", ":", "(", ")", "--", "-", "–", "—", "..."]);

/** Nobody writes a report in a longer sentence, or with more verbs. */
export const mostSentenceWords = 200;

const endings: Readonly<Record<string, string>> = {
  "'ve": "have",
  "'s": "is",
  "'re": "are",
  "'m": "am",
  "'ll": "will",
  "'d": "had",
  "n't": "not",
};

/** The words of a text in lower case, with contractions split and punctuation marks as words of their own. */
export function sentenceWords(text: string): string[] {
  const words: string[] = [];
  for (const raw of text.toLowerCase().replaceAll("\u2019", "'").split(/\s+/)) {
    // Most words are letters and nothing else.
    if (letters.test(raw)) {
      words.push(...withoutContraction(raw));
      continue;
    }
    let word = raw;
    while (/^["'`*_[{<]/.test(word)) word = word.slice(1);
    while (word.startsWith("(")) {
      words.push("(");
      word = word.slice(1);
    }
    const behind: string[] = [];
    for (let last = word.at(-1); last !== undefined && word.length > 1 && /[,;:().!?"'`*_\]}>]/.test(last); last = word.at(-1)) {
      if (/[,;:()]/.test(last)) behind.unshift(last);
      else if (word.endsWith("..")) behind.unshift(",");
      word = word.slice(0, -1);
    }
    if (word === "." || word === "!" || word === "?") word = "";
    // Only a word or a list of numbers is worth taking apart.
    if (/^#?\d[\d/-]*,\d[\d,/-]*$/.test(word)) words.push(...word.split(",").flatMap((one, at) => (at > 0 ? [",", one] : [one])));
    else if (word !== "") words.push(...withoutContraction(word));
    words.push(...behind);
  }
  return words;
}

const letters = /^[a-z]+$/;

function withoutContraction(word: string): string[] {
  if (word === "ive" || word === "weve") return [word.slice(0, -3), "have"];
  if (word === "im") return ["i", "am"];
  if (word === "can't" || word === "cannot") return ["can", "not"];
  if (word.length > 20 || !word.includes("'")) return [word];
  for (const [ending, meant] of Object.entries(endings)) {
    if (word.endsWith(ending) && word.length > ending.length) return [word.slice(0, -ending.length), meant];
  }
  return [word];
}

export function isFiller(words: readonly string[], at: number): boolean {
  return fillerWords.has(words[at] ?? "") || (words[at] === "a" && words[at + 1] === "lot");
}

/** Words that take a report back. */
export const undoingVerb = /^(?:revert(?:ed|ing)?|dropp(?:ed|ing)|drop|unapplied|unqueued|dequeued|backed|removed|removing|rejected)$/;

// Which patches a few words of prose name: `patches 3 and 4`, `the whole series`, `1-9 and 18`, `the last two`.

/**
 * The patches that words name. `answered`: those of the answered mail; `one`: the same, if that is a patch; `until`: all patches
 * up to it; `some`: patches without numbers; `both`: two. Numbers below zero count from the end, so -1 is the last patch.
 */
export type NamedPatches = "answered" | "one" | "until" | "series" | "both" | "some" | readonly number[];

/** Words that were read as a name of patches. */
interface PatchName {
  /** The place of the first word after it. */
  readonly end: number;
  readonly patches: NamedPatches;
  /** The `v2` of `v2 of this series`; null without a version. */
  readonly version: number | null;
}

/** No posting has more patches; a higher number is not that of a patch. */
const mostPatches = 2000;

const patchNumberWord = /^#?(\d{1,4})(?:\/\d{1,4})?(?:(?:-|–|\.\.)#?(\d{1,4})(?:\/\d{1,4})?)?$/;
const counts: ReadonlyMap<string, number> = new Map(
  ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"].map((word, at) => [word, at + 1]),
);
const ordinals: ReadonlyMap<string, number> = new Map(
  ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"].map((word, at) => [word, at + 1]),
);
const joints: ReadonlySet<string> = new Set([",", "and", "&", "+", "plus", "as-well-as"]);
const ranges: ReadonlySet<string> = new Set(["to", "through", "thru", "-", "–", "till", "until"]);
const wholes: ReadonlySet<string> = new Set([
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
const singles: ReadonlySet<string> = new Set(["patch", "fix", "change", "commit", "one", "revert", "cleanup", "version", "fixup", "p"]);
const plurals: ReadonlySet<string> = new Set([
  "patches",
  "fixes",
  "changes",
  "commits",
  "ones",
  "cleanups",
  "parts",
  "bits",
  "pieces",
  "p",
]);
const pointing: ReadonlySet<string> = new Set(["this", "these", "the", "your", "it", "them", "they", "above"]);
const totalWords: ReadonlySet<string> = new Set(["all", "everything", "entire", "whole", "full", "complete"]);
const remainderWords: ReadonlySet<string> = new Set(["rest", "remaining", "remainder", "others"]);
/** Adjectives with which it is still the same patch. */
const qualities: ReadonlySet<string> = new Set(["rebased", "fixed", "fixed-up", "small", "trivial", "nice", "simple"]);
/** Words that make it another patch or series than the answered one. */
const foreign: ReadonlySet<string> = new Set(
  "other another previous prior earlier old older new newer similar same different following attached next my his her their its own equivalent alternative separate prerequisite preparatory dependent dependency related".split(
    " ",
  ),
);
/** Units after a number that does not count patches: `applied 2 days ago`. */
const counted: ReadonlySet<string> = new Set([
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

/** Verbs after a number that begin another sentence: `Applied 1-2, 3 needs a test`. */
function isSubject(words: readonly string[], at: number): boolean {
  let place = at;
  while (patchNumberWord.test(words[place] ?? "") || joints.has(words[place] ?? "")) place++;
  return /^(?:needs?|has|have|is|are|was|were|will|still|looks?|should|could|can|cannot|do|does|did|seems?|requires?|conflicts?|breaks?|fails?|i|we|depends?|got|gets?|don|doesn|would|may|might|must|no|not|wants?|comes?|goes|go)$/.test(
    words[place] ?? "",
  );
}

/** The comma of `patches 1, 3 and 4`. */
export function isListed(words: readonly string[], at: number): boolean {
  return (
    words[at] === "," &&
    patchNumberWord.test(words[at - 1] ?? "") &&
    patchNumberWord.test(words[words[at + 1] === "and" ? at + 2 : at + 1] ?? "")
  );
}

/** The words, with such commas between two places separating nothing, since the list is the subject. */
export function withList(words: readonly string[], from: number, to: number): readonly string[] {
  return words.map((word, at) => (at > from && at < to && isListed(words, at) ? "&" : word));
}

/** Reads patch numbers at a place; null if there are none. */
export function numbersAt(words: readonly string[], at: number): { readonly end: number; readonly numbers: readonly number[] } | null {
  const numbers = new Set<number>();
  let end = at;
  for (let place = at; numbers.size < mostPatches;) {
    const match = patchNumberWord.exec(words[place] ?? "");
    if (!match || (words[place - 1] === "," && place > at && isSubject(words, place))) break;
    const first = Number(match[1]);
    let last = Number(match[2] ?? first);
    place++;
    const beyond = ranges.has(words[place] ?? "") ? patchNumberWord.exec(words[place + 1] ?? "") : null;
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

/** Reads a name of patches at a place; null if the words there name something else. */
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
    } else if (totalWords.has(word)) isTotal = true;
    else if (word === "both") isBoth = true;
    else if (remainderWords.has(word)) isLeft = true;
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
    // `The fix` may be any fix; `the patch` is the answered one.
    if (/^(?:fix|change|commit|one|revert|cleanup|version|fixup)(?:e?s)?$/.test(head) && !isOwn && !listed) return null;
    const many = plurals.has(head) && head !== "p" ? (isBoth ? "both" : "series") : head === "patch" ? "one" : "answered";
    return { end, patches: listed?.numbers ?? numbers ?? (isLeft ? "some" : many), version };
  }
  // `the x86 patches` are some of them, and nobody can tell which.
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

/** The words after `of this series`. */
function ofSeries(words: readonly string[], at: number): number {
  if (words[at] !== "of" && words[at] !== "from" && words[at] !== "in") return at;
  let place = at + 1;
  while (pointing.has(words[place] ?? "") || totalWords.has(words[place] ?? "")) place++;
  const word = words[place] ?? "";
  if (wholes.has(word)) return place + 1;
  return word === "patch" && wholes.has(words[place + 1] ?? "") ? place + 2 : at;
}

function versionAt(words: readonly string[], at: number): number | null {
  const word = words[at] ?? "";
  return /^v\d{1,3}$/.test(word) ? Number(word.slice(1)) : null;
}

// Where patches went, according to the words after a verb: a tree or branch, a release, a commit.

const notTrees =
  /^(?:wrong|other|another|previous|each|every|all|any|page|pages|one|single|same|this|that|these|those|it|them|patch|patches|version|versions|revision|series|list|vcpu|cpu|guest|host|memory|register|stack|ring|account|consideration|v\d+|\d+|current|latest|recent|clean|vanilla|stock|local|plain|pristine|fresh|mine|userspace|place|code|function|file)$/;

const treeWords =
  /^(?:fixes|queue|master|trunk|trees?|branch|branches|mainline|upstream|tip|urgent|repo|repository|misc|for-next|linux-next|-next)$/;

const treeNames =
  /^kvm[\w-]*$|-(?:next|fixes|queue|tree|unstable|stable|devel|staging|testing|misc|rc\d*|trunk|linus)(?:-|$|\/)|-\d+\.\d+$|^(?:next|for|fixes|queue|topic|pending|wip|testing|staging)[-/][\w./-]+$/;

const slashedName = /^[a-z][\w.+-]*(?:\/[\w.+-]+)+\/?$/;

const filePath = /\.(?:[chsS]|rst|txt|py|sh|ya?ml|dts|rs|patch|diff)$/;

const releaseName = /^v?\d+\.\d+(?:\.\d+|\.x)?(?:-?rc\d+)?$/;

export const commitId = /^[0-9a-f]{7,40}$/;

/** Where something was put, according to the words after the verb; `no` if these are not a tree, null if no place follows. */
export function treeAfterVerb(words: readonly string[], place: number, verb: string): "tree" | "release" | "maybe" | "no" | null {
  const word = words[place] ?? "";
  if (word === "as") {
    const next = words[place + 1] ?? "";
    if (commitId.test(next) || next === "commit" || next === "commits") return "tree";
    return next === "is" || next === "a" || /^(?:applied|queued|merged)$/.test(verb) ? "maybe" : "no";
  }
  if (/^(?:upstream|mainline)$/.test(word)) return "tree";
  if (word === "by") return verb === "taken" ? "no" : "maybe";
  if (word === "on" || word === "at") {
    // Testers apply `on` a tree that they name; nobody queues a patch `on` one.
    if (treeAt(words, place + 1, true) === "tree" || (verb === "queued" && treeAt(words, place + 1, false) === "tree")) return "tree";
    return treeAt(words, place + 1, false) === "tree" ? "maybe" : "no";
  }
  if (word === "for") {
    const found = treeAt(words, place + 1, false) ?? (isNextRelease(words, place + 1) ? "release" : null);
    if (found) return found;
    return /^(?:applied|queued|merged|staged|picked|pulled|took|taken)$/.test(verb) && words[place + 1] !== "granted" ? "maybe" : "no";
  }
  if (!directionWords.has(word)) return continuationWords.has(word) || word === "" || clauseMarks.has(word) ? null : "no";
  const found = treeAt(words, place + 1, false);
  if (found) return found;
  return /^(?:applied|queued|merged|pushed|pulled|picked|reapplied|applying|queuing|queueing)$/.test(verb) && isShortPlace(words, place + 1)
    ? "maybe"
    : "no";
}

/** `for the next release`. */
function isNextRelease(words: readonly string[], at: number): boolean {
  const next = words[at] === "the" ? at + 1 : at;
  return (
    /^(?:next|coming|upcoming)$/.test(words[next] ?? "") && /^(?:release|kernel|merge|cycle|rc|mw|window)$/.test(words[next + 1] ?? "")
  );
}

/** `to hmm.`, `to s390, thanks`: one or two words that may be the name of a tree. */
function isShortPlace(words: readonly string[], at: number): boolean {
  for (let place = at; place < at + 4; place++) {
    const word = words[place];
    if (word === undefined || clauseMarks.has(word)) return place > at;
    if (notTrees.test(word)) return false;
    if (continuationWords.has(word)) return place > at;
  }
  return false;
}

/**
 * The tree or branch that some words name, or the release.
 *
 * @param mustBeOwn whether it counts only as the writer's own or under a full name: testers apply `on` what they have
 */
export function treeAt(words: readonly string[], at: number, mustBeOwn: boolean): "tree" | "release" | null {
  let isOwn = false;
  for (let place = at; place < at + 6; place++) {
    const word = words[place] ?? "";
    if (word === "" || clauseMarks.has(word)) return null;
    if (word === "top" || word === "wrong") return null;
    if (word === "my" || word === "our") isOwn = true;
    const isRelease = releaseName.test(word);
    const isNamed =
      !isRelease && (/^(?:https?|git|ssh):/.test(word) || treeNames.test(word) || (slashedName.test(word) && !filePath.test(word)));
    if ((isNamed && !mustBeOwn) || (isNamed && isOwn) || (!mustBeOwn && treeWords.test(word)) || (isOwn && treeWords.test(word)))
      return "tree";
    // `next` is a branch unless it belongs to a noun that follows.
    if (!mustBeOwn && /^(?:next|-next|main|testing|staging|trivial|devel)$/.test(word) && isLastOfName(words, place + 1)) return "tree";
    if (isOwn && /^(?:next|main|testing|staging|devel)$/.test(word)) return "tree";
    if (!mustBeOwn && isRelease) return "release";
    if (notTrees.test(word) || (continuationWords.has(word) && place > at)) return null;
    if (directionWords.has(word)) return null;
  }
  return null;
}

function isLastOfName(words: readonly string[], at: number): boolean {
  const word = words[at] ?? "";
  return (
    word === "" ||
    clauseMarks.has(word) ||
    continuationWords.has(word) ||
    /^(?:branch|tree|for|as|on|merge|mw|window|at|if|to)$/.test(word) ||
    releaseName.test(word)
  );
}

/** A tree that is named later in the sentence: `I applied it, and rebased this one on top, to kvm/queue`. */
export function treeLater(words: readonly string[], from: number): "tree" | null {
  for (let at = from; at < words.length; at++) {
    if (undoingVerb.test(words[at] ?? "")) return null;
    if (/^(?:to|into|onto)$/.test(words[at] ?? "") && treeAt(words, at + 1, false) === "tree") return "tree";
  }
  return null;
}

/** A place where `in` begins the name of a tree and is not part of the verb. */
export function isTreePlace(words: readonly string[], at: number): boolean {
  return words[at] === "in" && (treeAt(words, at + 1, false) !== null || isShortPlace(words, at + 1));
}

export function commitAfter(words: readonly string[], from: number): string | null {
  for (let at = from; at < words.length; at++) {
    const word = words[at] ?? "";
    const before = words[at - 1] ?? "";
    if (commitId.test(word) && /\d/.test(word) && /^(?:as|commit|is)$/.test(before)) return word;
  }
  return null;
}
