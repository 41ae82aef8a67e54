/** Who applied, as the words before the verb tell: nobody (`applied`), the writer (`I have`), a patch that is the subject (`it was`). */
import { adverbs, barriers, doing, done, finite, isLight, light, linking, past } from "./claimWords";
import { isListed, type NamedPatches, numbersAt, patchNameAt, withList } from "./namedPatches";

/** Who did it, as the words before the verb tell. */
export interface Doer {
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

/** Work done before applying, which the same sentence tells: `Rebased, fixed up the subject, and queued`. */
const preparing =
  /^(?:re-?based|fixed|reviewed|acked|tested|tweaked|re-?worded|massaged|squashed|edited|adjusted|cleaned|updated|trimmed|renamed|folded|resolved|split|reworked|corrected|amended|checked|looks|added|dropped|changed|removed|retitled)$/;

const denied = /^(?:not|never|no|nor|nobody|nothing|will|would|can|could|should|shall|may|might|must|if|unless|had|want|need|hope|like)$/;

const unsettled = /^(?:if|once|when|whenever|unless|until|till|assuming|suppose|supposing|provided|whether|should|after|before|while)$/;

/** Reads who did what the verb at a place says; null where it was nobody, somebody else, or is not done. */
export function doerBefore(spoken: readonly string[], at: number, isRobot: boolean): Doer | null {
  let start = at;
  while (start > 0 && (!barriers.has(spoken[start - 1] ?? "") || isListed(spoken, start - 1))) start--;
  const words = withList(spoken, start, at);
  const word = words[at] ?? "";
  let end = at;
  const isAdverb = (place: number): boolean => adverbs.has(words[place] ?? "");
  // `Rebased, and queued`: what was said before decides how much is asked of it.
  const isLate = words.slice(0, start).some((one) => !light.has(one) && !barriers.has(one)) && !isPrelude(words, start);
  if (words.slice(0, start).some((one, place) => unsettled.test(one) && isClauseStart(words, place))) return null;
  let from = start;
  while (from < end && isLight(words, from) && patchNameAt(words, from)?.end !== end) from++;
  const bare = patchNameAt(words, from);
  // `Both applied`: an adverb that is the name of what was applied.
  if (bare?.end === end && from < end && done.has(word) && (word === "landed" || !isPronoun(words, from, end)))
    return { how: "bare", patches: bare.patches, version: bare.version, isStory: false, isLate };
  while (end > from && isAdverb(end - 1)) end--;
  if (from >= end) {
    const named = namedBefore(words, start);
    return { how: doing.has(word) ? "doing" : "bare", patches: named, version: null, isStory: false, isLate: isLate && named === null };
  }
  const said = words.slice(from, end);
  const subject = patchNameAt(words, from);
  if (subject?.end === end && done.has(word) && (word === "landed" || !isPronoun(words, from, end)))
    return { how: "bare", patches: subject.patches, version: subject.version, isStory: false, isLate };
  const person = lastPerson(words, from, end);
  if (person >= 0) return doerIs(words, person, end, word, isLate);
  if (doing.has(word)) return null;
  const begun = preparing.test(said[0] ?? "") && said.at(-1) === "and";
  if (begun && !said.some((one) => denied.test(one))) return { how: "bare", patches: null, version: null, isStory: false, isLate };
  const aux = passiveAux(words, from, end);
  if (aux === null || past.has(word)) return null;
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

/** Where a wish or plan may begin: `if` at the start of the sentence or behind a mark. */
function isClauseStart(words: readonly string[], at: number): boolean {
  return at === 0 || barriers.has(words[at - 1] ?? "") || light.has(words[at - 1] ?? "");
}

/** Whether what stands before a place says nothing that a report could hang on: greetings, thanks, what was done before. */
function isPrelude(words: readonly string[], end: number): boolean {
  return !words.slice(0, end).some((one) => finite.test(one));
}

/** What leads in what is spoken of: `On the first three: applied`, `For patches 1-2, queued`. */
const about = /^(?:on|for|re|regarding|concerning)$/;

/** `Patches 1-2: applied`, `On the first three: applied`. Where it says of some and not which, that is no less than numbers. */
function namedBefore(words: readonly string[], start: number): NamedPatches | null {
  if (!/^(?:[:,]|-|--|–|—)$/.test(words[start - 1] ?? "")) return null;
  let at = start - 1;
  while (at > 0 && !barriers.has(words[at - 1] ?? "")) at--;
  while (at > 0 && words[at - 1] === "," && numbersAt(words, at)) {
    at--;
    while (at > 0 && !barriers.has(words[at - 1] ?? "")) at--;
  }
  const isAbout = about.test(words[at] ?? "");
  // A comma alone parts what is said of them from what comes next: `I looked at 1-2, applied`.
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

/** `I have`, `I just`, `I went ahead and`, `I fixed the title and`, `I have this`; and `I am` for what is being done. */
function doerIs(words: readonly string[], person: number, end: number, word: string, isLate: boolean): Doer | null {
  const before = words[person - 1];
  let hasLink = person === 0 || before === undefined || barriers.has(before) || linking.has(before);
  const middle = words.slice(person + 1, end).filter((one) => !adverbs.has(one));
  const have = middle[0] === "have";
  // `Since I have already applied this to my tree, send a fix on top`: a reason, and a fact.
  if (!hasLink && (before === "as" || before === "since" || before === "because") && have) hasLink = true;
  // `Given the acks I have applied this to for-next`.
  const opening = words.slice(0, person);
  if (!hasLink && have && /^(?:given|with|based|despite|after)$/.test(opening[0] ?? "") && !opening.some((one) => finite.test(one)))
    hasLink = true;
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
