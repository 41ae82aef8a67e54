/** Subjects of patch mail: `[RFC PATCH net-next v3 02/10] KVM: x86: Fix a thing`. */
import { RecentValues } from "../memory/recentValues";

export interface Subject {
  /** The subject without its leading brackets and reply marks, trimmed. */
  readonly title: string;
  /** Words of the brackets without version and n/m, as written: `["RFC", "PATCH", "net-next"]`. */
  readonly prefixes: readonly string[];
  readonly version: number;
  /** Re-roll point of `v5.1`: 1; 0 where there is none. */
  readonly point: number;
  /** The n of `n/m`; null where the subject has no number. */
  readonly index: number | null;
  /** The m of `n/m`; null where the subject has no number. */
  readonly expected: number | null;
  readonly rfc: boolean;
  readonly resend: boolean;
  /** Carries a reply mark (`Re:`, `AW:`, `SV: [`...), so it is no patch of its own. */
  readonly reply: boolean;
  /** The brackets say PATCH, or RFC with a number: a patch or cover letter. */
  readonly patch: boolean;
}

const replyMark = /(?:re|aw|fwd?|sv|vs|antw|wg|tr|rv)(?:\[\d+\])?\s?[:：]\s*/iy;
/** Any two or three letters before a bracket are a reply mark of some language; some of them write a full-width colon. */
const localisedReplyMark = /[\p{L}\d]{2,3}\s?[:：]\s*(?=\[)/uy;
/** `PATCHv3`, `v2PATCH12/15`, `RFCv2`: words that people write without a space between them. */
const gluedWords = /(RFC|PATCH|RESEND)(?=v?\d)|(v\d+(?:\.\d+)?)(?=(?:RFC|PATCH|RESEND))/gi;
/** `[GIT PULL 0/1] Subject: [GIT PULL 0/1] Title`: somebody pasted the whole header line. */
const repeatedName = /^subject: ?(?=\[)/i;
const longestName = 12;
/** No one posts 10,000 patches; a larger number is none, so that nobody makes us list as many missing ones. */
const numberWord = /^(\d{1,4})\/(\d{1,4})$/;
const versionWord = /^v(\d{1,4})(?:\.(\d{1,4}))?$/i;

/**
 * Splits a subject into its parts. Never fails: a subject without brackets is a title.
 * Accepts what people really write (comma, semicolon, glued, nested brackets, `1 of 5`, any case).
 */
export function parseSubject(text: string): Subject {
  const line = (/\s\s|[^\S ]/.test(text) ? text.replace(/\s+/g, " ") : text).trim();
  const begin = skipReplyMarks(line);
  let end = begin;
  const groups: Bracketed[] = [];
  for (let group = groupAt(line, end); group !== ""; group = groupAt(line, end)) {
    end += group.length;
    if (line[end] === " ") end++;
    groups.push(readGroup(group));
    const name = repeatedName.exec(line.slice(end, end + longestName))?.[0] ?? "";
    end += name.length;
    if (name !== "") groups.length = 0;
  }
  const said = joinGroups(groups);
  const { prefixes, version, point, index, expected } = said;
  const rfc = says(said, "RFC");
  const patch = says(said, "PATCH") || (rfc && index !== null);
  const resend = says(said, "RESEND") || says(said, "REPOST");
  return { title: line.slice(end), prefixes, version: version ?? 1, point, index, expected, rfc, resend, reply: begin > 0, patch };
}

/** What stands in a group of brackets. */
interface Bracketed extends Pick<Subject, "prefixes" | "point" | "index" | "expected"> {
  readonly version: number | null;
  /** The prefixes taken apart, in capitals. */
  readonly words: readonly string[];
}

const nothingSaid: Bracketed = { prefixes: [], version: null, point: 0, index: null, expected: null, words: [] };

/** A list has few groups: `[PATCH 1/2]` stands in front of thousands of titles. */
const readGroups = new RecentValues<string, Bracketed>(2000);
const longestReadGroup = 100;

function readGroup(group: string): Bracketed {
  const known = readGroups.get(group);
  if (known) return known;
  const prefixes: string[] = [];
  let version: number | null = null;
  let point = 0;
  let index: number | null = null;
  let expected: number | null = null;
  const words = group
    .replace(/[[\],;]/g, " ")
    .replace(/\b(\d+) of (\d+)\b/gi, "$1/$2")
    .replace(gluedWords, "$& ")
    .split(" ");
  for (const word of words) {
    const numbers = numberWord.exec(word);
    const versions = versionWord.exec(word);
    if (numbers) {
      index = Number(numbers[1]);
      expected = Number(numbers[2]);
    } else if (versions) {
      version = Math.max(1, Number(versions[1]));
      point = Number(versions[2] ?? 0);
    } else if (word) prefixes.push(word);
  }
  const read = { prefixes, version, point, index, expected, words: prefixes.flatMap((word) => word.toUpperCase().split(/[-/]/)) };
  if (group.length <= longestReadGroup) readGroups.set(group, read);
  return read;
}

/** Of several groups the later one counts. */
function joinGroups(groups: readonly Bracketed[]): Bracketed {
  const [only = nothingSaid, ...more] = groups;
  if (more.length === 0) return only;
  const versioned = groups.findLast(({ version }) => version !== null) ?? only;
  const numbered = groups.findLast(({ index }) => index !== null) ?? only;
  return {
    prefixes: groups.flatMap(({ prefixes }) => prefixes),
    version: versioned.version,
    point: versioned.point,
    index: numbered.index,
    expected: numbered.expected,
    words: groups.flatMap(({ words }) => words),
  };
}

function says({ words }: Bracketed, wanted: string): boolean {
  return words.includes(wanted);
}

/** Where a subject goes on behind its reply marks. */
function skipReplyMarks(line: string): number {
  for (let at = 0; ;) {
    if (line[at] === "[") return at;
    replyMark.lastIndex = localisedReplyMark.lastIndex = at;
    const mark = replyMark.exec(line) ?? localisedReplyMark.exec(line);
    if (!mark) return at;
    at += mark[0].length;
  }
}

/** The bracket group that stands at a place, nested brackets included; empty where there is none or it never closes. */
function groupAt(line: string, start: number): string {
  if (line[start] !== "[") return "";
  let depth = 0;
  for (let at = start; at < line.length; at++) {
    if (line[at] === "[") depth++;
    else if (line[at] === "]" && --depth === 0) return line.slice(start, at + 1);
  }
  return "";
}

/** Folds what differs between two spellings of one title: case, white space, a final full stop. */
export function titleKey(title: string): string {
  const lower = title.toLowerCase();
  const words = isEvenlySpaced(lower) ? lower : lower.trim().replace(/\s+/g, " ");
  return words.endsWith(".") ? words.slice(0, -1).trimEnd() : words;
}

/** Whether a text is ASCII with nothing but single spaces between its words, as nearly every title is. */
function isEvenlySpaced(text: string): boolean {
  let isSpace = true;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < space || code > lastAscii || (isSpace && code === space)) return false;
    isSpace = code === space;
  }
  return !isSpace;
}

const space = 32;
const lastAscii = 126;
