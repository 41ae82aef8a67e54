/**
 * Whether a sentence reports that the answered mail was applied, as a finished act of its writer on this patch or series. It uses
 * a small grammar: who (`I have`, nobody, `patch 1 is`), what was done (`applied`, `queued`), and how the sentence goes on (`to
 * my tree`, `, thanks`). A sentence outside this grammar is no report: it is a wish, a plan, a condition or a question, or it is
 * about code.
 */
import type { Sentence } from "../mail/quoting";
import {
  adverbs,
  clauseLinks,
  clauseMarks,
  commitAfter,
  commitId,
  continuationWords,
  directionWords,
  fillerWords,
  finishedVerbs,
  finiteVerb,
  isFiller,
  isListed,
  isTreePlace,
  mostSentenceWords,
  type NamedPatches,
  numbersAt,
  ongoingVerbs,
  pastVerbs,
  patchNameAt,
  sentenceWords,
  treeAfterVerb,
  treeAt,
  treeLater,
  undoingVerb,
  withList,
} from "./appliedWords";

/** A sentence that says that something was applied. */
interface AppliedClaim {
  readonly patches: NamedPatches;
  /** Patches that it leaves out: `minus #17`. */
  readonly except: readonly number[];
  readonly commit: string | null;
  /** The writer did it and names the tree, as only somebody who applies patches there does. */
  readonly byApplier: boolean;
}

/** The facts of a mail that are needed to read its sentences. */
interface ClaimContext {
  /** Version of the revision that the mail answers. */
  readonly version: number;
  /** A robot that reports for a tree tells what others did. */
  readonly isRobot: boolean;
  /** The mail answered is a pull request. `Pulled, thanks` only acknowledges it, so a report must name the tree. */
  readonly isPull: boolean;
}

/** Words of somebody who applied a patch in order to try it. */
const trying =
  /^(?:buil[dt]s?|building|boot(?:s|ed|ing)?|compil(?:e|es|ed|ing)|crash(?:es|ed|ing)?|reproduc\w+|ran|run|running|see|saw|seeing|seen|tr(?:y|ied|ying)|test(?:s|ed|ing)?|retest\w*|re-test\w*|got|gets?|hit|works?|worked|working|fail(?:s|ed|ing|ure)?|verif\w+|check(?:ed|ing)?|observ\w+|notic\w+|confirm\w+|benchmark\w*|measur\w+|play\w*|experiment\w*|debug\w*|review(?:ing)?|still)$/;

/** What somebody who has tried a patch tells about it. */
const triedIt =
  /^(?:ran|tested|booted|built|compiled|tried|saw|works|worked|crash\w*|gone|spin|regressions?|reproduc\w+|fails|failed|boots|hangs?)$/;

const mostVerbs = 8;

/** The report that a sentence makes; null if it makes none. */
export function appliedClaim(sentence: Sentence, context: ClaimContext): AppliedClaim | null {
  const words = sentenceWords(sentence.text).slice(0, mostSentenceWords);
  // `Applied to`, with the address of the tree below it.
  if (directionWords.has(words.at(-1) ?? "") && /^(?:https?|git|ssh):/.test(sentence.introduces))
    words.push(sentence.introduces.toLowerCase());
  // `I have this queued:` introduces the address of another patch.
  if (sentence.text.endsWith(":") && /\/(?:patch|r|all|msgid)\/|lore\.|patchwork|patch\.msgid|@/.test(sentence.introduces)) return null;
  const asks = sentence.text.trimEnd().endsWith("?");
  let tried = 0;
  for (let at = 0; at < words.length && tried < mostVerbs; at++) {
    const word = words[at] ?? "";
    const isVerb = finishedVerbs.has(word) || pastVerbs.has(word) || ongoingVerbs.has(word);
    if (isVerb) tried++;
    const claim = isVerb ? claimAt({ words, at, asks, isItem: sentence.isItem, context }) : stateAt(words, at, context);
    if (claim) return claim;
  }
  return null;
}

interface ClaimVerb {
  readonly words: readonly string[];
  /** The place of the verb. */
  readonly at: number;
  readonly asks: boolean;
  readonly isItem: boolean;
  readonly context: ClaimContext;
}

/** `Unqueued, it was applied too early`. */
const takenBack = /^(?:unapplied|unqueued|dequeued)$/;

/** `queued for v2`, `applied in the next version`: an author accepts a comment. */
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

/** Whether a clause after the report tells how a try went: `and the crash is gone`, `, no regressions`. */
function hasTriedIt(words: readonly string[], from: number): boolean {
  for (let at = from + 1; at < words.length && words[at] !== "("; at++) {
    if (!/^(?:and|but|,|;)$/.test(words[at] ?? "")) continue;
    if (words.slice(at + 1, at + 6).some((one) => triedIt.test(one))) return true;
  }
  return false;
}

/** `Applied this patch, built it`, `applied and tested`: the next words come from somebody who tries a patch. */
function triesNext(words: readonly string[], from: number): boolean {
  let at = from;
  while (clauseMarks.has(words[at] ?? "") || /^(?:and|also|then|it|now)$/.test(words[at] ?? "")) at++;
  return trying.test(words[at] ?? "");
}

function claimAt(verb: ClaimVerb): AppliedClaim | null {
  const { words, at, asks, isItem, context } = verb;
  const word = words[at] ?? "";
  const doer = doerBefore(words, at, context.isRobot);
  if (!doer) return null;
  const rest = claimRestAfter(words, at, doer);
  if (!rest) return null;
  const version = rest.version ?? doer.version;
  if (version !== null && version !== context.version) return null;
  const hasTree = rest.tree !== null;
  if ((finishedVerbs.get(word) === "tree" || pastVerbs.has(word)) && !hasTree && !(word === "took" && rest.patches !== null)) return null;
  if (context.isPull && !hasTree) return null;
  if (isForNext(words, at) || words.slice(0, at).some((one) => takenBack.test(one))) return null;
  if (asks && !(rest.isOver && asksAnew(words, rest.end))) return null;
  const next = words.slice(rest.end, rest.end + 6);
  // `With the extra newline removed`: a change made on the way.
  const isChanged = next.find((one) => !clauseMarks.has(one)) === "with";
  if (!isChanged && next.some((one, place) => undoingVerb.test(one) && !/^\d|^patch/.test(next[place + 1] ?? ""))) return null;
  if (words.some((one, place) => one === "will" && /^(?:pull|drop|remove|revert|unqueue)$/.test(words[place + 1] ?? ""))) return null;
  // `I applied it to my tree and the crash is gone`: testers have trees, too.
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
      // Somebody who tries a patch says `Applied this patch, built it and ...`.
      if (!hasTree && !rest.isThanked && triesNext(words, rest.end)) return null;
      if (rest.maybeTree && doer.isLate) return null;
      break;
    case "active":
      if (rest.maybeTree && rest.tree === null && word !== "queued") return null;
      // People also pull to try something, and push work in progress.
      if (/^(?:pulled|pushed)$/.test(word) && !hasTree && !rest.isThanked) return null;
      if (word === "applied" && !hasTree && !rest.isThanked && words.slice(at + 1).some((one) => trying.test(one))) return null;
      if (rest.patches === null && !hasTree && doer.patches === null) return null;
      break;
    case "doing":
      // `I am queuing it up to this patch` names how far, so it has been done.
      if (!hasTree && !rest.isThanked && rest.patches !== "until") return null;
      break;
    case "passive":
      if (rest.by !== null && !context.isRobot && rest.by !== "me") return null;
      if (!hasTree && (doer.isStory || !rest.isPlain || rest.maybeTree)) return null;
      if (!context.isRobot && doer.isStory && rest.tree === "release") return null;
      // `It is queued` may be about an event.
      if (!hasTree && doer.isIt && !rest.isThanked && !words.includes("now") && !words.includes("already")) return null;
      if (!hasTree && (word === "taken" || word === "pushed" || word === "pulled")) return null;
      break;
  }
  // `Series (minus patch 1, which is in already) queued`.
  const before = exceptAfter(words.slice(0, at), 0, /^(?:minus|except|excepting|excluding|sans)$/);
  return {
    patches: before.isVague ? "some" : (joinNamedPatches(doer.patches, rest.patches) ?? "answered"),
    except: [...before.numbers, ...rest.except],
    commit: rest.commit,
    byApplier: (doer.how !== "passive" || context.isRobot) && rest.tree === "tree" && word !== "pushed",
  };
}

function saysNothing(_: string, at: number, words: readonly string[]): boolean {
  return isFiller(words, at) || clauseMarks.has(words[at] ?? "");
}

/** The patches that are named before the verb, after it, or in both places. */
function joinNamedPatches(before: NamedPatches | null, behind: NamedPatches | null): NamedPatches | null {
  if (before === null || before === "answered" || before === "one") return behind ?? before;
  return Array.isArray(behind) && !Array.isArray(before) ? behind : before;
}

/** Whether a question follows the report: `Queued, but can you check the conflict?` */
function asksAnew(words: readonly string[], from: number): boolean {
  const rest = words.slice(from);
  return rest.some(
    (one, at) =>
      /^(?:can|could|would|will|please|do|does|did|is|are|any|what|shall|should|mind|who|which|how)$/.test(one) &&
      (clauseMarks.has(rest[at - 1] ?? "") || /^(?:but|and|though|thanks)$/.test(rest[at - 1] ?? "")),
  );
}

/** `This is now in my tree`, `In kvm/next now`, `This is now commit 0123456789ab`: the place implies that it was applied. */
function stateAt(words: readonly string[], at: number, context: ClaimContext): AppliedClaim | null {
  const word = words[at] ?? "";
  const isCommit = word === "commit" && commitId.test(words[at + 1] ?? "");
  if (word !== "in" && !isCommit) return null;
  let start = at;
  while (start > 0 && (!clauseMarks.has(words[start - 1] ?? "") || isListed(words, start - 1))) start--;
  while (start < at && isFiller(words, start) && words[start] !== "now") start++;
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

// Who applied, by the words before the verb: nobody is named (`applied`), the writer (`I have`), or a patch is the subject (`it was`).

/** Who did it, by the words before the verb. */
interface Doer {
  readonly how: "bare" | "active" | "passive" | "doing";
  readonly patches: NamedPatches | null;
  readonly version: number | null;
  /** In the past tense with `was`, which may just as well be about something long ago. */
  readonly isStory: boolean;
  /** The sentence said something else before. */
  readonly isLate: boolean;
  /** The object is `it` or `them`, which may mean anything. */
  readonly isIt?: boolean;
}

/** Work done before applying, told in the same sentence: `Rebased, fixed up the subject, and queued`. */
const preparing =
  /^(?:re-?based|fixed|reviewed|acked|tested|tweaked|re-?worded|massaged|squashed|edited|adjusted|cleaned|updated|trimmed|renamed|folded|resolved|split|reworked|corrected|amended|checked|looks|added|dropped|changed|removed|retitled)$/;

const denied = /^(?:not|never|no|nor|nobody|nothing|will|would|can|could|should|shall|may|might|must|if|unless|had|want|need|hope|like)$/;

const unsettled = /^(?:if|once|when|whenever|unless|until|till|assuming|suppose|supposing|provided|whether|should|after|before|while)$/;

/** Reads who did what the verb says; null if it was somebody else, or has not been done. */
function doerBefore(spoken: readonly string[], at: number, isRobot: boolean): Doer | null {
  let start = at;
  while (start > 0 && (!clauseMarks.has(spoken[start - 1] ?? "") || isListed(spoken, start - 1))) start--;
  const words = withList(spoken, start, at);
  const word = words[at] ?? "";
  let end = at;
  const isAdverb = (place: number): boolean => adverbs.has(words[place] ?? "");
  // `Rebased, and queued`: the words before decide how much more is required.
  const isLate = words.slice(0, start).some((one) => !fillerWords.has(one) && !clauseMarks.has(one)) && !isPrelude(words, start);
  if (words.slice(0, start).some((one, place) => unsettled.test(one) && isClauseStart(words, place))) return null;
  let from = start;
  while (from < end && isFiller(words, from) && patchNameAt(words, from)?.end !== end) from++;
  const bare = patchNameAt(words, from);
  // `Both applied`: an adverb that names what was applied.
  if (bare?.end === end && from < end && finishedVerbs.has(word) && (word === "landed" || !isPronoun(words, from, end)))
    return { how: "bare", patches: bare.patches, version: bare.version, isStory: false, isLate };
  while (end > from && isAdverb(end - 1)) end--;
  if (from >= end) {
    const named = namedBefore(words, start);
    return {
      how: ongoingVerbs.has(word) ? "doing" : "bare",
      patches: named,
      version: null,
      isStory: false,
      isLate: isLate && named === null,
    };
  }
  const said = words.slice(from, end);
  const subject = patchNameAt(words, from);
  if (subject?.end === end && finishedVerbs.has(word) && (word === "landed" || !isPronoun(words, from, end)))
    return { how: "bare", patches: subject.patches, version: subject.version, isStory: false, isLate };
  const person = lastPerson(words, from, end);
  if (person >= 0) return doerIs(words, person, end, word, isLate);
  if (ongoingVerbs.has(word)) return null;
  const begun = preparing.test(said[0] ?? "") && said.at(-1) === "and";
  if (begun && !said.some((one) => denied.test(one))) return { how: "bare", patches: null, version: null, isStory: false, isLate };
  const aux = passiveVerbBefore(words, from, end);
  if (aux === null || pastVerbs.has(word)) return null;
  const whole = patchNameAt(words, from);
  const follows = isRobot && words.slice(from, aux.start).join(" ") === "the following commit";
  const none = isRobot && from === aux.start;
  if (!follows && !none && whole?.end !== aux.start) return null;
  const name = follows || none ? null : whole;
  return {
    how: "passive",
    patches: name?.patches ?? "answered",
    version: name?.version ?? null,
    isStory: aux.isStory,
    isLate,
    isIt: /^(?:it|they)$/.test(words[aux.start - 1] ?? ""),
  };
}

/** Words that may begin a wish or plan: `if` at the start of the sentence or after a punctuation mark. */
function isClauseStart(words: readonly string[], at: number): boolean {
  return at === 0 || clauseMarks.has(words[at - 1] ?? "") || fillerWords.has(words[at - 1] ?? "");
}

/** Whether the words before a verb change nothing about a report: greetings, thanks, work done before. */
function isPrelude(words: readonly string[], end: number): boolean {
  return !words.slice(0, end).some((one) => finiteVerb.test(one));
}

/** Words that introduce the patches: `On the first three: applied`, `For patches 1-2, queued`. */
const leadIn = /^(?:on|for|re|regarding|concerning)$/;

/** The patches that lead a sentence: `Patches 1-2: applied`, `On the first three: applied`. `Some`, without numbers, counts as well. */
function namedBefore(words: readonly string[], start: number): NamedPatches | null {
  if (!/^(?:[:,]|-|--|–|—)$/.test(words[start - 1] ?? "")) return null;
  let at = start - 1;
  while (at > 0 && !clauseMarks.has(words[at - 1] ?? "")) at--;
  while (at > 0 && words[at - 1] === "," && numbersAt(words, at)) {
    at--;
    while (at > 0 && !clauseMarks.has(words[at - 1] ?? "")) at--;
  }
  const isAbout = leadIn.test(words[at] ?? "");
  // A single comma separates what is said of them from what comes next: `I looked at 1-2, applied`.
  if (words[start - 1] === "," && !isAbout) return null;
  const name = patchNameAt(words, isAbout ? at + 1 : at);
  return name?.end === start - 1 && (typeof name.patches !== "string" || name.patches === "some") ? name.patches : null;
}

function isPronoun(words: readonly string[], from: number, end: number): boolean {
  return end === from + 1 && /^(?:this|it|they|them|these|one|p)$/.test(words[from] ?? "");
}

/** The place of the last `I` or `we`; -1 where there is none. */
function lastPerson(words: readonly string[], from: number, end: number): number {
  for (let at = end - 1; at >= from; at--) if (words[at] === "i" || words[at] === "we") return at;
  return -1;
}

/** `I have`, `I just`, `I went ahead and`, `I fixed the title and`, `I have this`; and `I am` for work in progress. */
function doerIs(words: readonly string[], person: number, end: number, word: string, isLate: boolean): Doer | null {
  const before = words[person - 1];
  let hasLink = person === 0 || before === undefined || clauseMarks.has(before) || clauseLinks.has(before);
  const middle = words.slice(person + 1, end).filter((one) => !adverbs.has(one));
  const have = middle[0] === "have";
  // `Since I have already applied this to my tree, send a fix on top` is a reason, and a fact.
  if (!hasLink && (before === "as" || before === "since" || before === "because") && have) hasLink = true;
  // `Given the acks I have applied this to for-next`.
  const opening = words.slice(0, person);
  if (!hasLink && have && /^(?:given|with|based|despite|after)$/.test(opening[0] ?? "") && !opening.some((one) => finiteVerb.test(one)))
    hasLink = true;
  if (!hasLink || middle.some((one) => denied.test(one))) return null;
  const found = { how: "active" as const, patches: null, version: null, isStory: false, isLate };
  if (ongoingVerbs.has(word)) return middle.length === 1 && middle[0] === "am" ? { ...found, how: "doing" } : null;
  const rest = have ? middle.slice(1) : middle;
  if (rest.length === 0) return found;
  if (middle.join(" ") === "went ahead and" || (have && /^(?:gone|went) ahead and$/.test(rest.join(" ")))) return found;
  const named = rest[0] === "got" ? rest.slice(1) : rest;
  const name = have ? patchNameAt(named, 0) : null;
  if (name?.end === named.length && !pastVerbs.has(word)) return { ...found, patches: name.patches, version: name.version };
  if (rest.at(-1) !== "and" || !/ed$|^(?:did|made|split|took|rewrote)$/.test(rest[0] ?? "")) return null;
  // `I applied this series internally and queued for CI`: both verbs are about the same patches.
  return { ...found, patches: finishedVerbs.has(rest[0] ?? "") ? (patchNameAt(rest, 1)?.patches ?? null) : null };
}

interface PassiveVerb {
  readonly start: number;
  readonly isStory: boolean;
}

function passiveVerbBefore(words: readonly string[], from: number, end: number): PassiveVerb | null {
  let at = end;
  const back = (): string => {
    while (at > from && adverbs.has(words[at - 1] ?? "")) at--;
    return words[at - 1] ?? "";
  };
  const last = back();
  if (/^(?:is|are|was|were|got)$/.test(last)) {
    at--;
    back();
    return { start: at, isStory: last === "was" || last === "were" || last === "got" };
  }
  if (last !== "been") return null;
  at--;
  if (!/^(?:has|have|is|are)$/.test(back())) return null;
  at--;
  back();
  return { start: at, isStory: false };
}

// How a sentence goes on after its verb: which patches, where to, which ones are left out; or in a way that no report does.

/** How a report goes on after its verb. */
interface ClaimRest {
  readonly patches: NamedPatches | null;
  readonly version: number | null;
  readonly except: readonly number[];
  /** Where it went: a tree or branch of that name, or only a release it is meant for. */
  readonly tree: "tree" | "release" | null;
  /** It goes somewhere that may be a tree: `applied to hmm`. */
  readonly maybeTree: boolean;
  readonly commit: string | null;
  readonly by: string | null;
  /** The report is complete if it ends here. */
  readonly isOver: boolean;
  /** Nothing follows, or thanks. */
  readonly isPlain: boolean;
  readonly isThanked: boolean;
  readonly end: number;
}

/** Reads on after the verb; null if the sentence goes on as no report does. */
function claimRestAfter(words: readonly string[], at: number, doer: Doer): ClaimRest | null {
  const verb = words[at] ?? "";
  let place = at + 1;
  const skip = (): void => {
    while (adverbs.has(words[place] ?? "") && patchNameAt(words, place) === null) place++;
    if (/^(?:up|in|out)$/.test(words[place] ?? "") && !isTreePlace(words, place)) place++;
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
  const isThanked = isThanksAt(words, place);
  const isEnd = next === undefined || clauseMarks.has(next) || isThanked;
  const until = untilAt(words, place);
  if (until) return { ...plainClaimRest, patches: until.patches, end: until.end, tree: treeLater(words, until.end) };
  const where = treeAfterVerb(words, place, verb);
  // `Patch applied with fuzz`, `I took it out`.
  if (words.slice(place, place + 4).some((one) => /^(?:fuzz|offsets?|cleanly)$/.test(one))) return null;
  if (/^(?:took|taken|taking)$/.test(verb) && words[place - 1] === "out") return null;
  if (where === "no" || (/^(?:picked|picking)$/.test(verb) && !isUp(words, at) && where !== "tree" && !(isEnd && doer.how === "bare")))
    return null;
  if (!isEnd && where === null && !continuationWords.has(next)) return null;
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

const plainClaimRest = {
  version: null,
  except: [],
  maybeTree: false,
  commit: null,
  by: null,
  isOver: true,
  isPlain: true,
  isThanked: false,
};

/** `up to patch 3`, `up to this patch`. */
function untilAt(words: readonly string[], place: number): { readonly patches: NamedPatches; readonly end: number } | null {
  if (words[place - 1] !== "up" || words[place] !== "to") return null;
  const name = patchNameAt(words, words[place + 1] === "and" && words[place + 2] === "including" ? place + 3 : place + 1);
  if (!name || name.patches === "series" || name.patches === "both" || name.patches === "some" || name.patches === "until") return null;
  const last = name.patches === "answered" || name.patches === "one" ? null : (name.patches.at(-1) ?? null);
  if (last === null) return { patches: "until", end: name.end };
  return last < 0 ? null : { patches: Array.from({ length: last }, (_, at) => at + 1), end: name.end };
}

function isThanksAt(words: readonly string[], place: number): boolean {
  const at = clauseMarks.has(words[place] ?? "") ? place + 1 : place;
  return /^(?:many|thanks?|thx|cheers|ta|with)$/.test(words[at] ?? "") && (words[at] !== "with" || words[at + 1] === "thanks");
}

/** `I picked this small fix up`. */
function isUp(words: readonly string[], at: number): boolean {
  return words.slice(at + 1, at + 8).includes("up");
}

/** The patches that are left out after a place: `minus #17`, `but not patch 3`; vague if they have no numbers. */
function exceptAfter(
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
    if (listed && (directionWords.has(words[listed.end] ?? "") || isForRelease(words, listed.end)))
      for (const one of listed.numbers) all.add(one);
  }
  return [...all].sort((a, b) => a - b);
}

function byLater(words: readonly string[], from: number): string | null {
  const at = words.indexOf("by", from);
  return at < 0 ? null : (words[at + 1] ?? "");
}
