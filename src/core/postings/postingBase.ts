/** What a posting says it is based on: base-commit, change-id and prerequisites, in b4's lines or in words. */
import { referencesIn } from "../mail/mailReference";
import { namesInWords } from "../series/dependencies";
import type { Prerequisite } from "../series/series";

interface PostingBase {
  /** The change-id of the series; null without one. A Gerrit `Change-Id: I...` names a single patch and does not count. */
  readonly changeId: string | null;
  readonly baseCommit: string | null;
  readonly prerequisites: readonly Prerequisite[];
  /** Message-IDs of postings this one replaces (`Supersedes:`). */
  readonly supersedes: readonly string[];
}

/** Matches only at the start of a line: a quoted line belongs to somebody else, and `prerequisite-change-id:` is no change-id. */
const basisLine =
  /^(change-id|base-commit|base|prerequisite-(?:change-id|patch-id|message-id|base-commit|base-id)|based-on|depends-on|supersedes):[ \t]*(\S.*)$/gim;
const hexId = /^[0-9a-f]{7,64}\b/i;
const gerritId = /^I[0-9a-f]{40}$/;
/** How many are kept of a posting; a longer list is an attack or a mistake. */
const mostPrerequisites = 256;
/** How much of a letter is searched for such lines. */
const longestText = 64 * 1024;

const noBase: PostingBase = { changeId: null, baseCommit: null, prerequisites: [], supersedes: [] };

/**
 * Reads such lines from a cover letter, or the first or only patch.
 *
 * @param texts what stands above the diff and below it; never the diff itself, never a reply
 */
export function readPostingBase(...texts: readonly string[]): PostingBase {
  let changeId: string | null = null;
  let baseCommit: string | null = null;
  const prerequisites: Prerequisite[] = [];
  const supersedes: string[] = [];
  for (const whole of texts) {
    const text = whole.length > longestText ? whole.slice(0, longestText) : whole;
    basisLine.lastIndex = 0;
    for (let line = basisLine.exec(text); line; line = basisLine.exec(text)) {
      const [, key = "", rest = ""] = line;
      const value = rest.trim();
      const word = value.split(/\s/, 1)[0] ?? "";
      const kind = key.toLowerCase();
      if (kind === "change-id") {
        if (!gerritId.test(word)) changeId ??= word;
      } else if (kind === "base-commit" || kind === "base") {
        const commit = hexId.exec(value)?.[0];
        if (commit !== undefined) baseCommit ??= commit.toLowerCase();
        else if (kind === "base-commit") prerequisites.push({ kind: "text", value });
      } else if (kind === "supersedes") {
        for (const { messageId } of referencesIn(value)) if (supersedes.length < mostPrerequisites) supersedes.push(messageId);
      } else prerequisites.push(prerequisite(kind, value, word));
    }
    const words = baseInWords(text);
    if (words !== null) prerequisites.push({ kind: "text", value: words });
  }
  if (changeId === null && baseCommit === null && prerequisites.length === 0 && supersedes.length === 0) return noBase;
  return { changeId, baseCommit, prerequisites: prerequisites.slice(0, mostPrerequisites), supersedes };
}

function prerequisite(key: string, value: string, word: string): Prerequisite {
  if (key === "prerequisite-change-id") return { kind: "change-id", value: word };
  if (key === "prerequisite-patch-id") return { kind: "patch-id", value: word.toLowerCase() };
  if (key === "prerequisite-base-commit" || key === "prerequisite-base-id") return { kind: "base-commit", value: word.toLowerCase() };
  const id = messageIdIn(value);
  return id === null ? { kind: "text", value } : { kind: "message-id", value: id };
}

/** The mail a value names: `<id@host>` or a link before a bare id, which may be somebody's address. */
function messageIdIn(value: string): string | null {
  const references = referencesIn(value);
  return (references.find(({ form }) => form !== "bare") ?? references.at(-1))?.messageId ?? null;
}

// What a letter says in words about its base: `This series is based on kvm-x86/next`.

/** Words that lead to the name of a base; the words before them tell what is based on it. */
const baseVerb =
  /\b(?:(re)?based\s{1,4}(?:up)?(?:on|off|against|over)|appl(?:y|ies)\s{1,4}(?:[a-z]{1,10}\s{1,4}){0,3}?(?:up)?(?:on|to|against|over)|against)(?:to\b|\s{1,4}top\s{1,4}of\b|\s{1,4}of\b)?(?=\s)/gi;
/** The posting itself. */
const thisPosting =
  /(?:^|\W)(?:this|(?:series|serie|patch(?:es)?|patch[- ]?sets?|rfc)(?: (?:of|in) [\w-]+(?: [\w-]+)?)?)(?: (?:is|are|was|were|has been|have been))?(?: (?:now|currently|mainly|still|also))*$/i;
/** Words that may stand for it. */
const pronoun = /(?:^|\W)(?:it|they|branch|code|changes)(?:'s|'re| is| are| was| were)?(?: (?:now|currently|still|also))*$/i;
/** The verb opens a line or a sentence, stands in brackets, or begins an item of a list, where it may be in lower case. */
const sentenceStart = /(?:^|\n|[.!?:] )[ \t]*$/;
const openBracket = /[[(][ \t]*$/;
const listItem = /(?:^|\n)[ \t]*(?:[-*+o•]|v\d+:)[ \t]*$/i;
/** Bases that have no name which git knows. */
const treeWord = /\b(?:linux-(?:next|mm)|mainline|upstream|master|tree|branch|\w+\.git|\w+-(?:next|queue))\b/i;
/** Things that people name beside a change and that are not its base. */
const opinion = /\b(?:comments?|discussions?|feedback|ideas?|inputs?|reports?|requests?|reviews?|suggestions?)\b/i;
const seriesWord = /\b(?:series|patch(?:es)?|patch[- ]?sets?)\b/i;
/** Where the name of a base ends and the sentence goes on. */
const valueEnd =
  /\n[ \t]*(?:\n|[-*+•][ \t]|[A-Za-z-]{1,20}:[ \t]|https?:)|:[ \t]*(?:\n|$)|[.;!?](?:\s|$)|,\s(?!commit\b)|\s(?:with|which|so|hence|because|but|tested)\s|\sand\s{1,4}(?:is|are|has|have|was|were|can|should|applies|updated|tested)\b/i;
const versionHeading =
  /^[ \t>*#=-]{0,9}(?:(?:changes?|changelog|change log|history|diff)\b[^\n]{0,30}?)?\[?(?:rfc[ \t]?)?v(\d{1,3})\b(?:[^\n\w]{1,6}v(\d{1,3})\b)?/gim;
const linesAbove = 120;
const mostRead = 300;
const longestValue = 120;

/**
 * How sure it is that the sentence means the posting, surest first: it names the posting, it begins with the verb, or it tells of
 * a change between versions.
 */
type BaseRank = 0 | 1 | 2;

/** What the text says the posting is based on, in one line; null if nothing says so. */
function baseInWords(text: string): string | null {
  let best: { readonly rank: BaseRank; readonly value: string } | null = null;
  baseVerb.lastIndex = 0;
  for (let match = baseVerb.exec(text); match; match = baseVerb.exec(text)) {
    const rank = rankOf(match[0], match[1] !== undefined, text.slice(Math.max(0, match.index - linesAbove), match.index));
    if (rank === null || (best && best.rank <= rank)) continue;
    const value = valueFrom(text, match.index + match[0].length);
    if (isBase(value, rank) && (rank < 2 || isOfNewest(text, match.index))) best = { rank, value };
  }
  return best?.value ?? null;
}

function rankOf(verb: string, isRebased: boolean, above: string): BaseRank | null {
  // A quoted line belongs to somebody else.
  if (/^[ \t]*>/.test(above.slice(above.lastIndexOf("\n") + 1))) return null;
  const words = above.replace(/\s+/g, " ").trimEnd();
  if (!/^against/i.test(verb)) {
    if (thisPosting.test(words)) return isRebased ? 2 : 0;
    if (pronoun.test(words)) return isRebased ? 2 : 1;
  }
  if (listItem.test(above) || (isRebased && sentenceStart.test(above))) return 2;
  return openBracket.test(above) || (/^[A-Z]/.test(verb) && sentenceStart.test(above)) ? 1 : null;
}

function valueFrom(text: string, from: number): string {
  const rest = text.slice(from, from + mostRead).trimStart();
  const line = rest
    .slice(0, valueEnd.exec(rest)?.index ?? rest.length)
    .replace(/\s+/g, " ")
    .trim();
  const short = line.length > longestValue ? line.slice(0, line.lastIndexOf(" ", longestValue)) : line;
  const bare = short
    .replace(/(?<![\s.,;:\]])[\s.,;:\]]+$/, "")
    .replace(/(?: (?:that|which) (?:was|were))? posted(?: by [^,]{1,40})?(?: at| here)$/, "");
  // A bracket around the whole ends the name; one that was cut in the middle is closed.
  const [opened, closed] = [bare.lastIndexOf("("), bare.lastIndexOf(")")];
  if (opened > closed) return `${bare})`;
  return opened < 0 && bare.endsWith(")") ? bare.slice(0, -1).replace(/(?<![.,;: ])[.,;: ]+$/, "") : bare;
}

/** People base changes on comments, ideas and conditions as well. */
function isBase(value: string, rank: BaseRank): boolean {
  if (namesInWords(value).length > 0) return true;
  if (rank === 2) return false;
  if (opinion.test(value) || /^(?:this|these|that|those|the above) \w+$/i.test(value)) return false;
  return treeWord.test(value) || (rank === 0 && seriesWord.test(value));
}

/** A changelog also tells what earlier versions were based on. */
function isOfNewest(text: string, at: number): boolean {
  let newest = 0;
  let own: number | null = null;
  for (const { index, 1: first, 2: second } of text.matchAll(versionHeading)) {
    const version = Number(second ?? first);
    newest = Math.max(newest, version);
    if (index <= at) own = version;
  }
  return own === null || own >= newest;
}
