/**
 * Whether a sentence reports that what the mail answers was applied: a finished act of its writer on this patch or series.
 * A small grammar of who (`I have`, nothing, `patch 1 is`), what was done (`applied`, `queued`) and how it goes on (`to my tree`, `, thanks`);
 * what does not fit it is no report: a wish, a plan, a condition, a question, a word of the code.
 */
import type { Sentence } from "../mail/sentences";
import { doerBefore } from "./appliedDoer";
import { commitAfter, commitId, treeAt } from "./appliedPlace";
import { exceptAfter, restAfter } from "./appliedRest";
import { barriers, doing, done, isLight, mostWords, past, towards, undone, wordsOf } from "./claimWords";
import { isListed, type NamedPatches, patchNameAt, withList } from "./namedPatches";

/** A sentence that says that something was applied. */
export interface AppliedClaim {
  readonly patches: NamedPatches;
  /** Patches that it leaves out: `minus #17`. */
  readonly except: readonly number[];
  readonly commit: string | null;
  /** The writer did it and names the tree: so speaks only who applies there. */
  readonly byApplier: boolean;
}

/** What of a mail decides how its sentences are read. */
export interface ClaimContext {
  /** Version of the revision that the mail answers. */
  readonly version: number;
  /** A robot that reports for a tree says what others did. */
  readonly isRobot: boolean;
  /** It asks for a pull: `Pulled, thanks` is how its receipt is acknowledged, so that only the tree it went to is news. */
  readonly isPull: boolean;
}

/** Who tries a patch applies it too. */
const trying =
  /^(?:buil[dt]s?|building|boot(?:s|ed|ing)?|compil(?:e|es|ed|ing)|crash(?:es|ed|ing)?|reproduc\w+|ran|run|running|see|saw|seeing|seen|tr(?:y|ied|ying)|test(?:s|ed|ing)?|retest\w*|re-test\w*|got|gets?|hit|works?|worked|working|fail(?:s|ed|ing|ure)?|verif\w+|check(?:ed|ing)?|observ\w+|notic\w+|confirm\w+|benchmark\w*|measur\w+|play\w*|experiment\w*|debug\w*|review(?:ing)?|still)$/;

/** What somebody tells who has tried it. */
const triedIt =
  /^(?:ran|tested|booted|built|compiled|tried|saw|works|worked|crash\w*|gone|spin|regressions?|reproduc\w+|fails|failed|boots|hangs?)$/;

const mostVerbs = 8;

/** The report a sentence makes; null where it makes none. */
export function appliedClaim(sentence: Sentence, context: ClaimContext): AppliedClaim | null {
  const words = wordsOf(sentence.text).slice(0, mostWords);
  // `Applied to`, and below it the address of the tree.
  if (towards.has(words.at(-1) ?? "") && /^(?:https?|git|ssh):/.test(sentence.introduces)) words.push(sentence.introduces.toLowerCase());
  // `I have this queued:` and the address of another patch.
  if (sentence.text.endsWith(":") && /\/(?:patch|r|all|msgid)\/|lore\.|patchwork|patch\.msgid|@/.test(sentence.introduces)) return null;
  const asks = sentence.text.trimEnd().endsWith("?");
  let tried = 0;
  for (let at = 0; at < words.length && tried < mostVerbs; at++) {
    const word = words[at] ?? "";
    const isVerb = done.has(word) || past.has(word) || doing.has(word);
    if (isVerb) tried++;
    const claim = isVerb ? claimAt({ words, at, asks, isItem: sentence.isItem, context }) : stateAt(words, at, context);
    if (claim) return claim;
  }
  return null;
}

interface Verb {
  readonly words: readonly string[];
  /** The place of the verb. */
  readonly at: number;
  readonly asks: boolean;
  readonly isItem: boolean;
  readonly context: ClaimContext;
}

/** `Unqueued, it was applied too early`. */
const takenBack = /^(?:unapplied|unqueued|dequeued)$/;

/** `queued for v2`, `applied in the next version`: what an author does with what he was told. */
function isForNext(words: readonly string[], from: number): boolean {
  return words.some(
    (word, at) =>
      at > from &&
      /^(?:for|in|to|into)$/.test(word) &&
      /^(?:(?:the |my |a )?(?:next|new|coming|upcoming) )?(?:version|revision|iteration|spin|respin|re-spin|posting|round|v\d+)(?: |$)/.test(
        words.slice(at + 1, at + 4).join(" "),
      ),
  );
}

/** Whether a clause behind the report tells what came of a try: `and the crash is gone`, `, no regressions`. */
function hasTriedIt(words: readonly string[], from: number): boolean {
  for (let at = from + 1; at < words.length && words[at] !== "("; at++) {
    if (!/^(?:and|but|,|;)$/.test(words[at] ?? "")) continue;
    if (words.slice(at + 1, at + 6).some((one) => triedIt.test(one))) return true;
  }
  return false;
}

/** `Applied this patch, built it`, `applied and tested`: what follows at once is done by who tries a patch. */
function triesNext(words: readonly string[], from: number): boolean {
  let at = from;
  while (barriers.has(words[at] ?? "") || /^(?:and|also|then|it|now)$/.test(words[at] ?? "")) at++;
  return trying.test(words[at] ?? "");
}

function claimAt(verb: Verb): AppliedClaim | null {
  const { words, at, asks, isItem, context } = verb;
  const word = words[at] ?? "";
  const doer = doerBefore(words, at, context.isRobot);
  if (!doer) return null;
  const rest = restAfter(words, at, doer);
  if (!rest) return null;
  const version = rest.version ?? doer.version;
  if (version !== null && version !== context.version) return null;
  const hasTree = rest.tree !== null;
  if ((done.get(word) === "tree" || past.has(word)) && !hasTree && !(word === "took" && rest.patches !== null)) return null;
  if (context.isPull && !hasTree) return null;
  if (isForNext(words, at) || words.slice(0, at).some((one) => takenBack.test(one))) return null;
  if (asks && !(rest.isOver && asksAnew(words, rest.end))) return null;
  const next = words.slice(rest.end, rest.end + 6);
  // `With the extra newline removed`: what was changed on the way.
  const isChanged = next.find((one) => !barriers.has(one)) === "with";
  if (!isChanged && next.some((one, place) => undone.test(one) && !/^\d|^patch/.test(next[place + 1] ?? ""))) return null;
  if (words.some((one, place) => one === "will" && /^(?:pull|drop|remove|revert|unqueue)$/.test(words[place + 1] ?? ""))) return null;
  // `I applied it to my tree and the crash is gone`: whoever tries it has a tree too.
  if (/^(?:applied|merged|pulled|picked|took)$/.test(word) && hasTriedIt(words, at) && !rest.isThanked) return null;
  switch (doer.how) {
    case "bare":
      if (isItem && !hasTree && doer.patches === null) return null;
      if (doer.isLate && !hasTree && !rest.isPlain) return null;
      // `Fair point, taken.`
      if (word === "taken" && !hasTree && doer.patches === null && rest.patches === null && !words.slice(0, at).every(saysNothing))
        return null;
      // `I tried that again (applied the series on v5.16)`.
      if (doer.isLate && words.slice(0, at).some((one) => /^(?:tried|ran|built|booted|compiled|reproduced|checked)$/.test(one)))
        return null;
      // `Applied this patch, built it and ...` is told by somebody who tries it.
      if (!hasTree && !rest.isThanked && triesNext(words, rest.end)) return null;
      if (rest.maybeTree && doer.isLate) return null;
      break;
    case "active":
      if (rest.maybeTree && rest.tree === null && word !== "queued") return null;
      // One pulls to try, and pushes work in progress.
      if (/^(?:pulled|pushed)$/.test(word) && !hasTree && !rest.isThanked) return null;
      if (word === "applied" && !hasTree && !rest.isThanked && words.slice(at + 1).some((one) => trying.test(one))) return null;
      if (rest.patches === null && !hasTree && doer.patches === null) return null;
      break;
    case "doing":
      // `I am queuing it up to this patch`: whoever says how far has begun.
      if (!hasTree && !rest.isThanked && rest.patches !== "until") return null;
      break;
    case "passive":
      if (rest.by !== null && !context.isRobot && rest.by !== "me") return null;
      if (!hasTree && (doer.isStory || !rest.isPlain || rest.maybeTree)) return null;
      if (!context.isRobot && doer.isStory && rest.tree === "release") return null;
      // `It is queued` may be said of an event.
      if (!hasTree && doer.isIt && !rest.isThanked && !words.includes("now") && !words.includes("already")) return null;
      if (!hasTree && (word === "taken" || word === "pushed" || word === "pulled")) return null;
      break;
  }
  // `Series (minus patch 1, which is in already) queued`.
  const before = exceptAfter(words.slice(0, at), 0, /^(?:minus|except|excepting|excluding|sans)$/);
  return {
    patches: before.isVague ? "some" : (both(doer.patches, rest.patches) ?? "answered"),
    except: [...before.numbers, ...rest.except],
    commit: rest.commit,
    byApplier: (doer.how !== "passive" || context.isRobot) && rest.tree === "tree" && word !== "pushed",
  };
}

function saysNothing(_: string, at: number, words: readonly string[]): boolean {
  return isLight(words, at) || barriers.has(words[at] ?? "");
}

/** The patches that are named before the verb, behind it, or in both places. */
export function both(before: NamedPatches | null, behind: NamedPatches | null): NamedPatches | null {
  if (before === null || before === "answered" || before === "one") return behind ?? before;
  return Array.isArray(behind) && !Array.isArray(before) ? behind : before;
}

/** Whether a question begins behind the report: `Queued, but can you check the conflict?` */
function asksAnew(words: readonly string[], from: number): boolean {
  const rest = words.slice(from);
  return rest.some(
    (one, at) =>
      /^(?:can|could|would|will|please|do|does|did|is|are|any|what|shall|should|mind|who|which|how)$/.test(one) &&
      (barriers.has(rest[at - 1] ?? "") || /^(?:but|and|though|thanks)$/.test(rest[at - 1] ?? "")),
  );
}

/** `This is now in my tree`, `In kvm/next now`, `This is now commit 0123456789ab`: where it is, and so that it was applied. */
function stateAt(words: readonly string[], at: number, context: ClaimContext): AppliedClaim | null {
  const word = words[at] ?? "";
  const isCommit = word === "commit" && commitId.test(words[at + 1] ?? "");
  if (word !== "in" && !isCommit) return null;
  let start = at;
  while (start > 0 && (!barriers.has(words[start - 1] ?? "") || isListed(words, start - 1))) start--;
  while (start < at && isLight(words, start) && words[start] !== "now") start++;
  const said = withList(words, start, at)
    .slice(start, at)
    .filter((one) => one !== "now" && one !== "already" && one !== "all");
  const isNow = words.slice(start, at).includes("now") || words.slice(at, at + 8).includes("now");
  const name = patchNameAt(said, 0);
  const isSaid = name !== null && /^(?:is|are)$/.test(said[name.end] ?? "") && name.end + 1 === said.length;
  if (!isSaid && !(said.length === 0 && isNow)) return null;
  if (name?.version != null && name.version !== context.version) return null;
  if (isCommit && !isSaid) return null;
  if (!isCommit) {
    const tree = treeAt(words, at + 1, true) ?? (isNow ? treeAt(words, at + 1, false) : null);
    if (tree !== "tree") return null;
  }
  const isOwn = words.slice(at, at + 4).some((one) => one === "my" || one === "our");
  return {
    patches: name?.patches ?? "answered",
    except: exceptAfter(words, at).numbers,
    commit: isCommit ? (words[at + 1] ?? null) : commitAfter(words, at),
    byApplier: isOwn,
  };
}
