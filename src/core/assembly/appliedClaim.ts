/**
 * Whether a sentence reports that what the mail answers was applied: a finished act of its writer on this patch or series.
 * A small grammar of who (`I have`, nothing, `patch 1 is`), what was done (`applied`, `queued`) and how it goes on (`to my tree`, `, thanks`);
 * what does not fit it is no report: a wish, a plan, a condition, a question, a word of the code.
 */
import type { Sentence } from "../mail/sentences";
import { numbersAt, patchNameAt, type NamedPatches } from "./namedPatches";

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

/** How much has to be said beside the verb: nothing, or the tree it went to. */
type Need = "nothing" | "tree";

const done = new Map<string, Need>([
  ...["applied", "queued", "enqueued", "merged", "pulled", "taken", "picked", "cherry-picked", "grabbed", "reapplied"].map(
    (word) => [word, "nothing"] as const,
  ),
  ...["pushed", "committed", "staged", "snagged"].map((word) => [word, "nothing"] as const),
  ...["landed", "added", "included", "integrated", "accepted", "installed", "put", "placed", "stuck", "dropped-in"].map(
    (word) => [word, "tree"] as const,
  ),
]);
/** Past tenses that are no participles: `I took this`. */
const past = new Set(["took", "put"]);
const doing = new Set([
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

const adverbs = new Set(
  "now already just also finally both all hereby belatedly manually then recently meanwhile instead eventually provisionally tentatively duly happily simply only-just since too have-now".split(
    " ",
  ),
);
/** What may stand before a report without saying anything of it. */
const light = new Set(
  "thanks thank you thx ta cheers many much very a lot again ok okay k o.k yes yep yup yeah y and so but then also well great good nice cool fine perfect awesome excellent lgtm alright allright right sure sorry now already finally belatedly anyway anyways fwiw fyi oh ah hmm hm hi hello hey dear done therefore thus hence regardless meanwhile still agreed indeed np no-problem wonderful lovely neat btw folks guys everyone".split(
    " ",
  ),
);
/** Behind the verb, these go on with something else: the report is complete. */
const goesOn = new Set(
  "and but so with except excluding minus without though although while because since after before thanks thank cheers thx ta plus modulo sans whilst which including along apart other again here today yesterday earlier separately individually directly manually already now locally-none too instead nevertheless anyway btw".split(
    " ",
  ),
);
const towards = new Set(["to", "into", "in", "onto", "through", "via", "thru"]);
/** Who tries a patch applies it too. */
const trying =
  /^(?:buil[dt]s?|building|boot(?:s|ed|ing)?|compil(?:e|es|ed|ing)|crash(?:es|ed|ing)?|reproduc\w+|ran|run|running|see|saw|seeing|seen|tr(?:y|ied|ying)|test(?:s|ed|ing)?|retest\w*|re-test\w*|got|gets?|hit|works?|worked|working|fail(?:s|ed|ing|ure)?|verif\w+|check(?:ed|ing)?|observ\w+|notic\w+|confirm\w+|benchmark\w*|measur\w+|play\w*|experiment\w*|debug\w*|review(?:ing)?|still)$/;
const unsettled = /^(?:if|once|when|whenever|unless|until|till|assuming|suppose|supposing|provided|whether|should|after|before|while)$/;
const undone = /^(?:revert(?:ed|ing)?|dropp(?:ed|ing)|drop|unapplied|unqueued|dequeued|backed|removed|removing|rejected)$/;
const commitId = /^[0-9a-f]{7,40}$/;

/** Nobody reports in a longer sentence, nor with more verbs. */
const mostWords = 200;
const mostVerbs = 8;

const barriers = new Set([",", ";", ":", "(", ")", "--", "-", "–", "—", "..."]);

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

/** Lower case, contractions taken apart, marks as words of their own. */
function wordsOf(text: string): string[] {
  const words: string[] = [];
  for (const raw of text.toLowerCase().replaceAll("\u2019", "'").split(/\s+/)) {
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
    else if (word !== "") words.push(...expanded(word));
    words.push(...behind);
  }
  return words;
}

const endings: Readonly<Record<string, string>> = {
  "'ve": "have",
  "'s": "is",
  "'re": "are",
  "'m": "am",
  "'ll": "will",
  "'d": "had",
  "n't": "not",
};

function expanded(word: string): string[] {
  if (word === "ive" || word === "weve") return [word.slice(0, -3), "have"];
  if (word === "im") return ["i", "am"];
  if (word === "can't" || word === "cannot") return ["can", "not"];
  if (word.length > 20) return [word];
  for (const [ending, meant] of Object.entries(endings)) {
    if (word.endsWith(ending) && word.length > ending.length) return [word.slice(0, -ending.length), meant];
  }
  return [word];
}

interface Verb {
  readonly words: readonly string[];
  /** The place of the verb. */
  readonly at: number;
  readonly asks: boolean;
  readonly isItem: boolean;
  readonly context: ClaimContext;
}

/** Who did it, as the words before the verb tell. */
interface Doer {
  readonly how: "bare" | "active" | "passive" | "doing";
  readonly patches: NamedPatches | null;
  readonly version: number | null;
  /** Said in a was-sentence, which as often tells a story. */
  readonly isStory: boolean;
  /** Something else was said before in the sentence. */
  readonly isLate: boolean;
  /** What was done is said of `it` or `them`, which may be anything. */
  readonly isIt?: boolean;
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
  const doer = doerBefore(verb);
  if (!doer) return null;
  const rest = restAfter(words, at, doer);
  if (!rest) return null;
  const version = rest.version ?? doer.version;
  if (version !== null && version !== context.version) return null;
  const hasTree = rest.tree !== null;
  if ((done.get(word) === "tree" || past.has(word)) && !hasTree && !(word === "took" && rest.patches !== null)) return null;
  if (context.isPull && !hasTree) return null;
  if (asks && !(rest.isOver && asksAnew(words, rest.end))) return null;
  if (words.slice(rest.end, rest.end + 6).some((one, place, some) => undone.test(one) && !/^\d|^patch/.test(some[place + 1] ?? "")))
    return null;
  if (words.some((one, place) => one === "will" && /^(?:pull|drop|remove|revert|unqueue)$/.test(words[place + 1] ?? ""))) return null;
  switch (doer.how) {
    case "bare":
      if (isItem && !hasTree && doer.patches === null) return null;
      if (doer.isLate && !hasTree && !rest.isPlain) return null;
      // `Applied this patch, built it and ...` is told by somebody who tries it.
      if (!hasTree && !rest.isThanked && triesNext(words, rest.end)) return null;
      if (rest.maybeTree && doer.isLate) return null;
      break;
    case "active":
      if (rest.maybeTree && rest.tree === null && word !== "queued") return null;
      if (word === "applied" && !hasTree && !rest.isThanked && words.slice(at + 1).some((one) => trying.test(one))) return null;
      if (rest.patches === null && !hasTree && doer.patches === null) return null;
      break;
    case "doing":
      if (!hasTree && !rest.isThanked) return null;
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
  return {
    patches: both(doer.patches, rest.patches) ?? "answered",
    except: rest.except,
    commit: rest.commit,
    byApplier: (doer.how !== "passive" || context.isRobot) && rest.tree === "tree" && word !== "pushed",
  };
}

/** The patches that are named before the verb, behind it, or in both places. */
function both(before: NamedPatches | null, behind: NamedPatches | null): NamedPatches | null {
  if (before === null || before === "answered") return behind ?? before;
  return Array.isArray(behind) && !Array.isArray(before) ? behind : before;
}

function doerBefore({ words, at, context }: Verb): Doer | null {
  const word = words[at] ?? "";
  let end = at;
  const isAdverb = (place: number): boolean => adverbs.has(words[place] ?? "");
  let start = end;
  while (start > 0 && !barriers.has(words[start - 1] ?? "")) start--;
  // `Rebased, and queued`: what was said before decides how much is asked of it.
  const isLate = words.slice(0, start).some((one) => !light.has(one) && !barriers.has(one)) && !isPrelude(words, start);
  if (words.slice(0, start).some((one, place) => unsettled.test(one) && isClauseStart(words, place))) return null;
  let from = start;
  while (from < end && light.has(words[from] ?? "") && patchNameAt(words, from)?.end !== end) from++;
  const bare = patchNameAt(words, from);
  // `Both applied`: an adverb that is the name of what was applied.
  if (bare?.end === end && from < end && done.has(word) && !(bare.patches === "answered" && isPronoun(words, from, end)))
    return { how: "bare", patches: bare.patches, version: bare.version, isStory: false, isLate };
  while (end > from && isAdverb(end - 1)) end--;
  if (from >= end) return { how: doing.has(word) ? "doing" : "bare", patches: null, version: null, isStory: false, isLate };
  const said = words.slice(from, end);
  const subject = patchNameAt(words, from);
  if (subject?.end === end && done.has(word) && !isPronoun(words, from, end))
    return { how: "bare", patches: subject.patches, version: subject.version, isStory: false, isLate };
  const person = lastPerson(words, from, end);
  if (person >= 0) return doerIs(words, person, end, word, isLate);
  if (doing.has(word)) return null;
  const begun = preparing.test(said[0] ?? "") && said.at(-1) === "and";
  if (begun && !said.some((one) => denied.test(one))) return { how: "bare", patches: null, version: null, isStory: false, isLate };
  const aux = passiveAux(words, from, end);
  if (aux === null || past.has(word)) return null;
  const whole = patchNameAt(words, from);
  const titled = words[from] === "the" && words[from + 1] === "patch" && words[from + 2] === "titled";
  const follows = context.isRobot && words.slice(from, aux.start).join(" ") === "the following commit";
  const none = context.isRobot && from === aux.start;
  if (!titled && !follows && !none && whole?.end !== aux.start) return null;
  const name = titled || follows || none ? null : whole;
  return {
    how: "passive",
    patches: name?.patches ?? "answered",
    version: name?.version ?? null,
    isStory: aux.isStory,
    isLate,
    isIt: /^(?:it|they)$/.test(words[aux.start - 1] ?? ""),
  };
}

/** Where a wish or plan may begin: `if` at the start of the sentence or behind a mark. */
function isClauseStart(words: readonly string[], at: number): boolean {
  return at === 0 || barriers.has(words[at - 1] ?? "") || light.has(words[at - 1] ?? "");
}

/** Work done before applying, which the same sentence tells: `Rebased, fixed up the subject, and queued`. */
const preparing =
  /^(?:re-?based|fixed|reviewed|tested|tweaked|re-?worded|massaged|squashed|edited|adjusted|cleaned|updated|trimmed|renamed|folded|resolved|split|reworked|corrected|amended|checked|looks|added|dropped|changed|removed|retitled)$/;
const finite = /^(?:i|we|you|he|she|they|it|is|are|was|were|has|have|had|does|did|will|would|can|could|should|shall|must|may|might)$/;
const denied =
  /^(?:not|never|no|nor|nobody|nothing|will|would|can|could|should|shall|may|might|must|if|unless|had|want|need|hope|like|to-be)$/;

/** Whether what stands before a place says nothing that a report could hang on: greetings, thanks, what was done before. */
function isPrelude(words: readonly string[], end: number): boolean {
  return !words.slice(0, end).some((one) => finite.test(one));
}

function isPronoun(words: readonly string[], from: number, end: number): boolean {
  return end === from + 1 && /^(?:this|it|they|them|these|one|p)$/.test(words[from] ?? "");
}

/** The place of the last `I` or `we`; -1 where there is none. */
function lastPerson(words: readonly string[], from: number, end: number): number {
  for (let at = end - 1; at >= from; at--) if (words[at] === "i" || words[at] === "we") return at;
  return -1;
}

/** `I have`, `I just`, `I went ahead and`, `I fixed the title and`, `I have this`; and `I am` for what is being done. */
function doerIs(words: readonly string[], person: number, end: number, word: string, isLate: boolean): Doer | null {
  const before = words[person - 1];
  let hasLink = person === 0 || before === undefined || barriers.has(before) || light.has(before);
  const middle = words.slice(person + 1, end).filter((one) => !adverbs.has(one));
  const have = middle[0] === "have" || middle[0] === "did";
  // `Since I have already applied this to my tree, send a fix on top`: a reason, and a fact.
  if (!hasLink && (before === "as" || before === "since" || before === "because" || before === "that") && have) hasLink = true;
  if (!hasLink || middle.some((one) => denied.test(one))) return null;
  const found = { how: "active" as const, patches: null, version: null, isStory: false, isLate };
  if (doing.has(word)) return middle.length === 1 && middle[0] === "am" ? { ...found, how: "doing" } : null;
  const rest = have ? middle.slice(1) : middle;
  if (rest.length === 0) return found;
  if (middle.join(" ") === "went ahead and" || (have && /^(?:gone|went) ahead and$/.test(rest.join(" ")))) return found;
  const named = rest[0] === "got" ? rest.slice(1) : rest;
  const name = have ? patchNameAt(named, 0) : null;
  if (name?.end === named.length && !past.has(word)) return { ...found, patches: name.patches, version: name.version };
  if (rest.at(-1) !== "and" || !/ed$|^(?:did|made|split|took|rewrote)$/.test(rest[0] ?? "")) return null;
  // `I applied this series internally and queued for CI`: both are said of what is named once.
  return { ...found, patches: done.has(rest[0] ?? "") ? (patchNameAt(rest, 1)?.patches ?? null) : null };
}

interface Aux {
  readonly start: number;
  readonly isStory: boolean;
}

function passiveAux(words: readonly string[], from: number, end: number): Aux | null {
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
function restAfter(words: readonly string[], at: number, doer: Doer): Rest | null {
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
  const where = whereAfter(words, place, verb);
  if (where === "no" || (/^(?:picked|picking)$/.test(verb) && !isUp(words, at) && where !== "tree")) return null;
  if (!isEnd && where === null && !goesOn.has(next)) return null;
  if (next !== undefined && goesOn.has(next) && isMeant(words, place, verb)) return null;
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

function thanked(words: readonly string[], place: number): boolean {
  const at = barriers.has(words[place] ?? "") ? place + 1 : place;
  return /^(?:many|thanks?|thx|cheers|ta|with)$/.test(words[at] ?? "") && (words[at] !== "with" || words[at + 1] === "thanks");
}

function isUp(words: readonly string[], at: number): boolean {
  return words.slice(at + 1, at + 8).includes("up");
}

/** `merged with the other one`, `applied and tested`: what goes on takes the report back. */
function isMeant(words: readonly string[], place: number, verb: string): boolean {
  const next = words[place] ?? "";
  if (next === "with" && /^(?:merged|pulled|pushed|taken|took)$/.test(verb)) return true;
  return false;
}

/** Where something was put, as the words behind the verb tell; `no` where what follows is no tree, null where no place follows. */
function whereAfter(words: readonly string[], place: number, verb: string): "tree" | "release" | "maybe" | "no" | null {
  const word = words[place] ?? "";
  if (word === "as") {
    const next = words[place + 1] ?? "";
    if (commitId.test(next) || next === "commit" || next === "commits") return "tree";
    return next === "is" || next === "a" || /^(?:applied|queued|merged)$/.test(verb) ? "maybe" : "no";
  }
  if (/^(?:upstream|mainline)$/.test(word)) return "tree";
  if (word === "by") return verb === "taken" ? "no" : "maybe";
  if (word === "on" || word === "at") return treeAt(words, place + 1, true) ?? "no";
  if (word === "for") {
    const found = treeAt(words, place + 1, false);
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

/** `to hmm.`, `to s390, thanks`: a word or two that may be the name of a tree. */
function isShortPlace(words: readonly string[], at: number): boolean {
  for (let place = at; place < at + 4; place++) {
    const word = words[place];
    if (word === undefined || barriers.has(word) || goesOn.has(word)) return place > at;
    if (notTrees.test(word)) return false;
  }
  return false;
}

const notTrees =
  /^(?:wrong|each|every|all|any|page|pages|one|single|same|this|that|these|those|it|them|patch|patches|version|versions|revision|series|list|vcpu|cpu|guest|host|memory|register|stack|ring|account|consideration|v\d+|\d+|userspace|place|code|function|file)$/;
const treeWords =
  /^(?:fixes|queue|master|trunk|trees?|branch|branches|mainline|upstream|tip|urgent|repo|repository|misc|for-next|linux-next|-next)$/;
const treeNames =
  /-(?:next|fixes|queue|tree|unstable|stable|devel|staging|testing|misc|rc\d*|trunk|linus)(?:-|$|\/)|-\d+\.\d+$|^(?:next|for|fixes|queue|topic|pending|wip|testing|staging)[-/][\w./-]+$/;
const path = /^[a-z][\w.+-]*(?:\/[\w.+-]+)+\/?$/;
const filePath = /\.(?:[chsS]|rst|txt|py|sh|ya?ml|dts|rs|patch|diff)$/;
const release = /^v?\d+\.\d+(?:\.\d+|\.x)?(?:-?rc\d+)?$/;

/**
 * The tree or branch that some words name, or the release.
 *
 * @param mustBeOwn whether it counts only as the writer's own or under a full name: testers apply `on` what they have
 */
function treeAt(words: readonly string[], at: number, mustBeOwn: boolean): "tree" | "release" | null {
  let isOwn = false;
  for (let place = at; place < at + 6; place++) {
    const word = words[place] ?? "";
    if (word === "" || barriers.has(word)) return null;
    if (word === "top" || word === "wrong") return null;
    if (word === "my" || word === "our") isOwn = true;
    const isNamed = /^(?:https?|git|ssh):/.test(word) || treeNames.test(word) || (path.test(word) && !filePath.test(word));
    if (isNamed || (!mustBeOwn && treeWords.test(word)) || (isOwn && treeWords.test(word))) return "tree";
    // `next` is a branch where no noun follows that it belongs to.
    if (!mustBeOwn && /^(?:next|-next|main|testing|staging|trivial|devel)$/.test(word) && isLastOfName(words, place + 1)) return "tree";
    if (isOwn && /^(?:next|main|testing|staging|devel)$/.test(word)) return "tree";
    if (!mustBeOwn && release.test(word)) return "release";
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
function treeLater(words: readonly string[], from: number): "tree" | null {
  for (let at = from; at < words.length; at++) {
    if (undone.test(words[at] ?? "")) return null;
    if (/^(?:to|into|onto)$/.test(words[at] ?? "") && treeAt(words, at + 1, false) === "tree") return "tree";
  }
  return null;
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

function exceptAfter(words: readonly string[], from: number): { numbers: readonly number[]; isVague: boolean } {
  for (let at = from; at < words.length; at++) {
    const word = words[at] ?? "";
    const isExcept = /^(?:minus|except|excluding|excepting|without|sans|skipping|but|bar|barring)$/.test(word);
    const isOther = (word === "other" && words[at + 1] === "than") || (word === "apart" && words[at + 1] === "from");
    if (!isExcept && !isOther) continue;
    let next = at + (isOther ? 2 : 1);
    if (words[next] === "for") next++;
    const name = patchNameAt(words, next);
    if (!name || name.patches === "answered" || name.patches === "series" || name.patches === "both") continue;
    // `but 3 needs work` is a new sentence as much as an exception: either way 3 is not in it.
    if (name.patches === "some") return { numbers: [], isVague: word !== "without" && word !== "but" };
    return { numbers: name.patches, isVague: false };
  }
  return { numbers: [], isVague: false };
}

/** `1-4 to next and 5 to fixes`. */
function moreNumbers(words: readonly string[], from: number, patches: NamedPatches | null): NamedPatches | null {
  if (!Array.isArray(patches)) return patches;
  const all = new Set<number>(patches as readonly number[]);
  for (let at = from; at < words.length; at++) {
    if (words[at] !== "and") continue;
    const listed = numbersAt(words, words[at + 1]?.startsWith("patch") ? at + 2 : at + 1);
    if (listed && towards.has(words[listed.end] ?? "")) for (const one of listed.numbers) all.add(one);
  }
  return [...all].sort((a, b) => a - b);
}

function commitAfter(words: readonly string[], from: number): string | null {
  for (let at = from; at < words.length; at++) {
    const word = words[at] ?? "";
    const before = words[at - 1] ?? "";
    if (commitId.test(word) && /\d/.test(word) && /^(?:as|commit|is)$/.test(before)) return word;
  }
  return null;
}

function byLater(words: readonly string[], from: number): string | null {
  const at = words.indexOf("by", from);
  return at < 0 ? null : (words[at + 1] ?? "");
}

/** A place where `in` begins the name of a tree and is no part of the verb. */
function isPlace(words: readonly string[], at: number): boolean {
  return words[at] === "in" && (treeAt(words, at + 1, false) !== null || isShortPlace(words, at + 1));
}

/** `This is now in my tree`, `In kvm/next now`, `This is now commit 0123456789ab`: where it is, and so that it was applied. */
function stateAt(words: readonly string[], at: number, context: ClaimContext): AppliedClaim | null {
  const word = words[at] ?? "";
  const isCommit = word === "commit" && commitId.test(words[at + 1] ?? "");
  if (word !== "in" && !isCommit) return null;
  let start = at;
  while (start > 0 && !barriers.has(words[start - 1] ?? "")) start--;
  while (start < at && light.has(words[start] ?? "") && words[start] !== "now") start++;
  const said = words.slice(start, at).filter((one) => one !== "now" && one !== "already" && one !== "all");
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
