/** Where patches went, as the words behind a verb tell: a tree or branch, a release, a commit. */
import { barriers, goesOn, towards, undone } from "./claimWords";

const notTrees =
  /^(?:wrong|other|another|previous|each|every|all|any|page|pages|one|single|same|this|that|these|those|it|them|patch|patches|version|versions|revision|series|list|vcpu|cpu|guest|host|memory|register|stack|ring|account|consideration|v\d+|\d+|current|latest|recent|clean|vanilla|stock|local|plain|pristine|fresh|mine|userspace|place|code|function|file)$/;

const treeWords =
  /^(?:fixes|queue|master|trunk|trees?|branch|branches|mainline|upstream|tip|urgent|repo|repository|misc|for-next|linux-next|-next)$/;

const treeNames =
  /^kvm[\w-]*$|-(?:next|fixes|queue|tree|unstable|stable|devel|staging|testing|misc|rc\d*|trunk|linus)(?:-|$|\/)|-\d+\.\d+$|^(?:next|for|fixes|queue|topic|pending|wip|testing|staging)[-/][\w./-]+$/;

const path = /^[a-z][\w.+-]*(?:\/[\w.+-]+)+\/?$/;

const filePath = /\.(?:[chsS]|rst|txt|py|sh|ya?ml|dts|rs|patch|diff)$/;

const release = /^v?\d+\.\d+(?:\.\d+|\.x)?(?:-?rc\d+)?$/;

export const commitId = /^[0-9a-f]{7,40}$/;

/** Where something was put, as the words behind the verb tell; `no` where what follows is no tree, null where no place follows. */
export function whereAfter(words: readonly string[], place: number, verb: string): "tree" | "release" | "maybe" | "no" | null {
  const word = words[place] ?? "";
  if (word === "as") {
    const next = words[place + 1] ?? "";
    if (commitId.test(next) || next === "commit" || next === "commits") return "tree";
    return next === "is" || next === "a" || /^(?:applied|queued|merged)$/.test(verb) ? "maybe" : "no";
  }
  if (/^(?:upstream|mainline)$/.test(word)) return "tree";
  if (word === "by") return verb === "taken" ? "no" : "maybe";
  if (word === "on" || word === "at") {
    // Who tries a patch applies it on a tree that he names; nobody queues one there.
    if (treeAt(words, place + 1, true) === "tree" || (verb === "queued" && treeAt(words, place + 1, false) === "tree")) return "tree";
    return treeAt(words, place + 1, false) === "tree" ? "maybe" : "no";
  }
  if (word === "for") {
    const found = treeAt(words, place + 1, false) ?? (isNextRelease(words, place + 1) ? "release" : null);
    if (found) return found;
    return /^(?:applied|queued|merged|staged|picked|pulled|took|taken)$/.test(verb) && words[place + 1] !== "granted" ? "maybe" : "no";
  }
  if (!towards.has(word)) return goesOn.has(word) || word === "" || barriers.has(word) ? null : "no";
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

/** `to hmm.`, `to s390, thanks`: a word or two that may be the name of a tree. */
function isShortPlace(words: readonly string[], at: number): boolean {
  for (let place = at; place < at + 4; place++) {
    const word = words[place];
    if (word === undefined || barriers.has(word)) return place > at;
    if (notTrees.test(word)) return false;
    if (goesOn.has(word)) return place > at;
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
    if (word === "" || barriers.has(word)) return null;
    if (word === "top" || word === "wrong") return null;
    if (word === "my" || word === "our") isOwn = true;
    const isRelease = release.test(word);
    const isNamed = !isRelease && (/^(?:https?|git|ssh):/.test(word) || treeNames.test(word) || (path.test(word) && !filePath.test(word)));
    if ((isNamed && !mustBeOwn) || (isNamed && isOwn) || (!mustBeOwn && treeWords.test(word)) || (isOwn && treeWords.test(word)))
      return "tree";
    // `next` is a branch where no noun follows that it belongs to.
    if (!mustBeOwn && /^(?:next|-next|main|testing|staging|trivial|devel)$/.test(word) && isLastOfName(words, place + 1)) return "tree";
    if (isOwn && /^(?:next|main|testing|staging|devel)$/.test(word)) return "tree";
    if (!mustBeOwn && isRelease) return "release";
    if (notTrees.test(word) || (goesOn.has(word) && place > at)) return null;
    if (towards.has(word)) return null;
  }
  return null;
}

function isLastOfName(words: readonly string[], at: number): boolean {
  const word = words[at] ?? "";
  return (
    word === "" ||
    barriers.has(word) ||
    goesOn.has(word) ||
    /^(?:branch|tree|for|as|on|merge|mw|window|at|if|to)$/.test(word) ||
    release.test(word)
  );
}

/** A tree that is named later in the sentence: `I applied it, and rebased this one on top, to kvm/queue`. */
export function treeLater(words: readonly string[], from: number): "tree" | null {
  for (let at = from; at < words.length; at++) {
    if (undone.test(words[at] ?? "")) return null;
    if (/^(?:to|into|onto)$/.test(words[at] ?? "") && treeAt(words, at + 1, false) === "tree") return "tree";
  }
  return null;
}

/** A place where `in` begins the name of a tree and is no part of the verb. */
export function isPlace(words: readonly string[], at: number): boolean {
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
