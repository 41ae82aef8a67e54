/** Subjects of patch mail, `[RFC PATCH net-next v3 02/10] KVM: x86: Fix a thing`: the words in the brackets, and the title behind them. */

export interface Subject {
  /** The subject without its leading brackets and reply marks, trimmed. */
  readonly title: string;
  /** Words of the brackets without version and n/m, as written: `["RFC", "PATCH", "net-next"]`. */
  readonly prefixes: readonly string[];
  readonly version: number;
  /** The 1 of `v5.1`; 0 where there is none. */
  readonly point: number;
  /** The n of `n/m`; null where the subject has no number. */
  readonly index: number | null;
  /** The m of `n/m`; null where the subject has no number. */
  readonly expected: number | null;
  readonly rfc: boolean;
  readonly resend: boolean;
  /** It has a reply mark (`Re:`, `AW:`, `SV: [`...), so it is not a patch of its own. */
  readonly reply: boolean;
  /** The brackets say PATCH, or RFC with a number, so it is a patch or a cover letter. */
  readonly patch: boolean;
}

const replyMark = /(?:re|aw|fwd?|sv|vs|antw|wg|tr|rv)(?:\[\d+\])?\s?[:：]\s*/iy;
/** Two or three letters and a colon before a bracket are a reply mark in some language; the colon may be a full-width one. */
const localisedReplyMark = /[\p{L}\d]{2,3}\s?[:：]\s*(?=\[)/uy;
/** Somebody pasted the whole header line: `[GIT PULL 0/1] Subject: [GIT PULL 0/1] Title`. */
const repeatedName = /subject: ?(?=\[)/iy;
/** Bracket groups that are read. Nobody writes more, and each one makes the earlier ones be looked at again. */
const mostGroups = 20;
/** Between a prefix and the title: the colon of `[PATCH]: Title`, which git drops too, and the stray bracket of `[PATCH]][next] Title`. */
const betweenGroups = /[\s:：\])}】］）]*/y;

/**
 * Splits a subject into its parts. Never fails: a subject without brackets is a title.
 * Accepts what people really write: commas, words without spaces, nested, other or broken brackets, `1 of 5`, any case.
 */
export function parseSubject(text: string): Subject {
  const line = (/\s\s|[^\S ]/.test(text) ? text.replace(/\s+/g, " ") : text).trim();
  let at = skipReplyMarks(line, 0);
  let reply = at > 0;
  let groups: SubjectPrefix[] = [];
  let isBracketed = true;
  while (groups.length < mostGroups) {
    const end = groupEnd(line, at, groups);
    if (end < 0) break;
    groups.push(readPrefix(line.slice(at, end)));
    at = matchEnd(betweenGroups, line, end);
    const nameEnd = line.includes("[", at) ? matchEnd(repeatedName, line, at) : at;
    if (nameEnd > at) groups = [];
    const marksEnd = skipReplyMarks(line, nameEnd);
    // `[EXTERNAL] Re: [PATCH] Title` is an answer, but git takes `[PATCH] Re: Title` for the patch `Title`.
    if (marksEnd > nameEnd) reply ||= line[marksEnd] === "[" || !isPatch(joinGroups(groups));
    at = marksEnd;
  }
  if (groups.length === 0) {
    const broken = brokenPrefix(line, at);
    if (broken) {
      groups.push(readPrefix(line.slice(at, broken.end)));
      isBracketed = broken.isBracketed;
      at = matchEnd(betweenGroups, line, broken.end);
    }
  }
  const prefix = joinGroups(groups);
  const { prefixes, index, expected } = prefix;
  const isPosting = isPatch(prefix);
  const own = prefix.version !== null && (prefix.isPlain || hasWord(prefix, "PATCH") || hasWord(prefix, "RFC")) ? prefix : null;
  const titled = own === null && isPosting ? titleVersion(line, at) : null;
  const { version, point } = own ?? titled ?? { version: 1, point: 0 };
  const rfc = hasWord(prefix, "RFC");
  const patch = isBracketed && isPosting && (hasWord(prefix, "PATCH") || (rfc && index !== null));
  const title = titled ? line.slice(titled.start, titled.end) : line.slice(at);
  return { title, prefixes, version: version ?? 1, point, index, expected, rfc, resend: isResend(prefix), reply, patch };
}

/** Whether a prefix says PATCH, or has a number. */
function isPatch(prefix: SubjectPrefix): boolean {
  return hasWord(prefix, "PATCH") || prefix.index !== null;
}

/** Joins bracket groups into one; a later version or number overrides an earlier one. */
function joinGroups(groups: readonly SubjectPrefix[]): SubjectPrefix {
  const [only = noPrefix, ...more] = groups;
  if (more.length === 0) return only;
  const versioned = groups.findLast(({ version }) => version !== null) ?? only;
  const numbered = groups.findLast(({ index }) => index !== null) ?? only;
  return {
    prefixes: groups.flatMap(({ prefixes }) => prefixes),
    version: versioned.version,
    point: versioned.point,
    isPlain: versioned.isPlain,
    index: numbered.index,
    expected: numbered.expected,
    words: groups.flatMap(({ words }) => words),
  };
}

function matchEnd(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}

/** Where the reply marks of a subject end. */
function skipReplyMarks(line: string, from: number): number {
  for (let at = from; ;) {
    if (line[at] === "[") return at;
    const end = matchEnd(replyMark, line, at);
    // Most titles have no bracket, and the pattern for all letters is slow.
    const next = end > at || !line.includes("[", at) ? end : matchEnd(localisedReplyMark, line, at);
    if (next === at) return at;
    at = next;
  }
}

const closers: Readonly<Record<string, string>> = {
  "[": "]",
  "(": ")",
  "{": "}",
  "<": ">",
  "【": "】",
  "［": "］",
  "〔": "〕",
  "「": "」",
  "（": "）",
};
/** Other brackets than square ones belong to the title, unless their text can only be a prefix, which is no longer than this. */
const longestOtherGroup = 60;

/** Where the bracket group ends that begins at `start`, nested brackets included; -1 where there is none or it never closes. */
function groupEnd(line: string, start: number, before: readonly SubjectPrefix[]): number {
  const open = line[start] ?? "";
  const close = closers[open];
  if (close === undefined) return -1;
  const limit = open === "[" ? line.length : Math.min(line.length, start + longestOtherGroup);
  let depth = 0;
  for (let at = start; at < limit; at++) {
    if (line[at] === open) depth++;
    else if (line[at] === close && --depth === 0) {
      const end = at + 1;
      if (open === "[") return end;
      const prefix = readPrefix(line.slice(start, end));
      const isPrefix =
        before.length > 0 ? isAllPosting(prefix) : hasWord(prefix, "PATCH") || (hasWord(prefix, "RFC") && prefix.index !== null);
      return isPrefix ? end : -1;
    }
  }
  return -1;
}

interface BrokenPrefix {
  readonly end: number;
  /** One of its brackets is left. */
  readonly isBracketed: boolean;
}

/** Characters within which a closing bracket without an opening one is looked for. */
const longestBroken = 80;
const anyOpener = /[[({<【［]/;
const strayCloser = /[\])}>】］]/;
/** The next word, with the brackets in front of it. */
const nextWord = /[\s[\](){}<>【】［］,;|]*([^\s[\](){}<>【】［］,;|:]{1,40})/y;
const brokenWords = 10;

/**
 * Where a prefix without its brackets ends: `PATCH v4 00/11] Title`, `[PATCH v2 1/2 Title`, `PATCH v3: Title`. Null where the
 * words may belong to the title.
 */
function brokenPrefix(line: string, start: number): BrokenPrefix | null {
  const isOpened = line[start] === "[";
  const ahead = line.slice(isOpened ? start + 1 : start, start + longestBroken);
  const close = ahead.search(strayCloser);
  const inside = close < 0 ? "" : ahead.slice(0, close).replace(/^[[({<]+/, "");
  if (inside !== "" && !opensTitle(inside) && !inside.includes(": ") && hasWord(readPrefix(inside), "PATCH")) {
    return { end: (isOpened ? start + 1 : start) + close + 1, isBracketed: true };
  }
  let end = -1;
  let hasPatch = false;
  let isNumber = false;
  let unknown = 0;
  for (let at = start, count = 0; count < brokenWords && unknown < 2; count++) {
    nextWord.lastIndex = at;
    const word = nextWord.exec(line)?.[1];
    if (word === undefined) break;
    at = nextWord.lastIndex;
    const prefix = readPrefix(word);
    const isPosting = isAllPosting(prefix);
    // Here begins a title that names its subsystem. And where no bracket opens, the first word has to be one of a posting.
    if (!isPosting && (line[at] === ":" || (end < 0 && !isOpened))) break;
    unknown = isPosting ? 0 : unknown + 1;
    if (!isPosting) continue;
    end = at;
    hasPatch ||= hasWord(prefix, "PATCH");
    isNumber = prefix.index !== null;
  }
  if (!hasPatch || end < 0) return null;
  return isOpened || isNumber || line[end] === ":" ? { end, isBracketed: isOpened } : null;
}

/** Whether a bracket that opens inside may belong to the title. In `[PATCH v2 [next] Title` it does not: all words before it are of a posting. */
function opensTitle(inside: string): boolean {
  const open = inside.search(anyOpener);
  return open >= 0 && !(inside.charAt(open - 1) === " " && isAllPosting(readPrefix(inside.slice(0, open))));
}

interface TitleVersion {
  readonly version: number;
  readonly point: number;
  /** The range of the title without it. */
  readonly start: number;
  readonly end: number;
}

const leadingVersion = /(v\d{1,4}(?:\.\d)?)\s?:\s+/iy;
const longestTail = 16;
const tailVersion = /^[([{]? ?((?:v|ver|version|rev|revision|take|try)[ .]?#?\d{1,3}(?:\.\d)?) ?[)\]}]?$/i;
/** Things that a version in a title may belong to: `GIC (v3)` is the third GIC. */
const versionedThing = /(?:^|[\s:/-])(?:v?gic|smmu|its|cgroups?|nfs|ip|psci|aia|pmu|tpm|sgx|api|abi|level|x86-64)$/i;

/** The version in a title: `[PATCH] v2: Title`, `[PATCH 1/2] Title [ver #2]`, `[PATCH] Title (v2)`, `[PATCH] Title, v2`. */
function titleVersion(line: string, start: number): TitleVersion | null {
  leadingVersion.lastIndex = start;
  const leading = line.startsWith("v", start) || line.startsWith("V", start) ? leadingVersion.exec(line)?.[1] : undefined;
  if (leading !== undefined) return versionIn(leading, leadingVersion.lastIndex, line.length);
  const last = line.slice(-longestTail);
  const isClosed = last.endsWith(")") || last.endsWith("]") || last.endsWith("}");
  const open = isClosed ? Math.max(last.lastIndexOf("("), last.lastIndexOf("["), last.lastIndexOf("{")) : last.lastIndexOf(", ") + 1;
  if (open < 0 || (!isClosed && open === 0)) return null;
  const at = line.length - last.length + open;
  const version = tailVersion.exec(line.slice(at).trim())?.[1];
  const end = isClosed ? at : at - 1;
  const title = line.slice(start, Math.max(start, end)).trimEnd();
  if (version === undefined || title === "" || versionedThing.test(title)) return null;
  return versionIn(version, start, start + title.length);
}

function versionIn(written: string, start: number, end: number): TitleVersion | null {
  const { version, point } = readPrefix(written);
  return version === null ? null : { version, point, start, end };
}

/** A key that two spellings of one title share: case, white space and a final full stop do not count. */
export function titleKey(title: string): string {
  const lower = title.toLowerCase();
  const words = isEvenlySpaced(lower) ? lower : lower.trim().replace(/\s+/g, " ");
  return words.endsWith(".") ? words.slice(0, -1).trimEnd() : words;
}

/**
 * The words of a title. They are equal for titles that differ only in case and punctuation: `map_area` and `map_area()`,
 * `x86/mmu:` and `x86: mmu:`.
 */
export function titleWords(title: string): string {
  const words = title
    .toLowerCase()
    .replace(/['’]/g, "")
    .replace(/[^\p{L}\p{M}\d]+/gu, " ")
    .trim();
  return words === "" ? titleKey(title) : words;
}

/** Whether a text is ASCII with single spaces between its words, as nearly every title is. */
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

/** The name of a version: `v4`, `v5.1`, `v4A`, `v0`. */
export function versionLabel(version: number, point: number): string {
  if (point > letterPoints) return `v${version}${(point - letterPoints + firstLetter).toString(36).toUpperCase()}`;
  if (point < 0) return `v${version + point}`;
  return point > 0 ? `v${version}.${point}` : `v${version}`;
}

/** The digit before `a` in base 36, so that letters count from 1. */
const firstLetter = 9;

// The words of a bracket group.

/** What a bracket group says. */
interface SubjectPrefix {
  /** The words without version and n/m, as written: `["RFC", "PATCH", "net-next"]`. */
  readonly prefixes: readonly string[];
  readonly version: number | null;
  /** The 1 of `v5.1`; 0 where there is none. `versionLabel` tells what stands for `v4A` and `v0`. */
  readonly point: number;
  /** The version is a word `v2`; `#2`, `take 2` and `x/v2` are versions only beside PATCH or RFC. */
  readonly isPlain: boolean;
  readonly index: number | null;
  readonly expected: number | null;
  /** The prefixes split at their hyphens, slashes and so on, in capitals. */
  readonly words: readonly string[];
}

/** Brackets of all kinds and punctuation between words. */
const separators = /[[\](){}<>,;|"'*=+!【】［］〔〕「」（）｛｝]/g;
/** The colon of `v3: 1/2` and `PATCH:v2`; the one in `tip:x86/kvm` belongs to a name. */
const partingColon = /:(?= |$|v?\d)/gi;
/** `1 / 2`, `1⁄2`, `1\2`, `1 of 2`, `01of02`. */
const slashes = /[\u2044\u2215\uff0f\\]/g;
const spacedNumbers = /(\d) ?(?:\/|of) ?(?=\d)/gi;
/** Words that people write without a space between them: `PATCHv3`, `v2PATCH12/15`, `RFCv2`, `1/2v3`. */
const gluedWords =
  /(?:RFC|PATCH(?:SET|ES)?|RESEND|REPOST|SERIES|NEXT)(?=v?\d)|v\d{1,4}(?:\.\d{1,4})?(?=(?:RFC|PATCH|RESEND|REPOST))|\d\/\d{1,4}(?=v\d)/gi;
/** No one posts 10,000 patches. A larger number does not count, or a crafted subject could make us list as many missing ones. */
const numberWord = /^#?(\d{1,4})\/(\d{1,4})$/;
const gluedNumber = /[-_](\d{1,4}\/\d{1,4})$/;
const plainVersion = /^v[-_.#]?(\d{1,4})(?:\.(\d{1,4})|([a-f]))?$/i;
const namedVersion = /^(?:#|(?:ver|version|rev|revision|take|try|round)[-_.#]{0,2})(\d{1,4})(?:\.(\d{1,4}))?$/i;
/** A word in front of the number of a version: `v 2`, `ver #2`. */
const versionName = /^(?:v|ver|version|rev|revision|take|try|round)[-_.#]?$/i;
const versionNumber = /^#?(\d{1,4})(?:\.(\d{1,4}))?$/;
const versionPart = /^(?:v|ver|rev)(\d{1,4})(?:\.(\d{1,4}))?$/i;
/** Nobody posts ten corrections of one version; `v6.18` is a kernel. */
const mostPoints = 9;
/** `v4A` is point 101 of v4, behind all points that have a number. */
const letterPoints = 100;
/** `v0` is point -1 of v1, before v1 itself: versions count from 1 whatever people call them. */
const beforeFirst = -1;
/** Words in front of the version of something else: `for v6.6`, `stable v6.6`. */
const treeWord = /^(?:for|on|onto|against|since|until|from|stable|lts|linux|kernel|backport|backports|base|based)$/i;
/** Things with versions of their own: `cgroup-v2`, `x86-64-v3`, `arm-smmu-v3`. */
const versionedName =
  /^(?:arm|armv|arm64|aarch64|riscv|x86|64|gic|vgic|gicv|its|smmu|cgroups?|nfsd?|ip|ipv|smb|mali|dsi|sgx|tpm|hdcp|usb|pcie?|ufs|avx|mld|igmp|psci|ffa|aia|avic|sev|nvme|api|abi|uapi|pmu|spec|gpl|erofs|squashfs|quota|btrfs|sockopt|xattr)$/i;
const resendWord = /^(?:RESEND|REPOST|RESENT|REPOSTED|RE-SEND|RE-POST)$/;

/** Words that are read; further ones say nothing of a posting. */
const mostWords = 40;

const noPrefix: SubjectPrefix = {
  prefixes: [],
  version: null,
  point: 0,
  isPlain: false,
  index: null,
  expected: null,
  words: [],
};

/** Reads the text of a bracket group. Any text will do. */
function readPrefix(text: string): SubjectPrefix {
  return usualPrefix(text) ?? new PrefixReading(wordsOf(text)).read();
}

/** `[RFC PATCH net-next v3 02/10]`, as nearly all brackets are: words of letters, a version, a number. */
const usualForm = /^\[([a-z]+(?:[- ][a-z]+){0,9})(?: v([1-9]\d{0,3}))?(?: (\d{1,4})\/(\d{1,4}))?\]$/i;
/** A word that may make a version of the number behind it. */
const anyVersionName = /(?:^| )(?:v|ver|version|rev|revision|take|try|round)(?: |$)/i;

/** Reads a bracket group of the usual form, which has nothing to undo; null for any other. */
function usualPrefix(text: string): SubjectPrefix | null {
  const match = usualForm.exec(text);
  if (!match) return null;
  const [, said = "", version, index, expected] = match;
  const isPlainPatch = said === "PATCH";
  if (!isPlainPatch && anyVersionName.test(said)) return null;
  const prefixes = isPlainPatch ? patchWord : said.split(" ");
  return {
    prefixes,
    version: version === undefined ? null : Number(version),
    point: 0,
    isPlain: version !== undefined,
    index: index === undefined ? null : Number(index),
    expected: expected === undefined ? null : Number(expected),
    words: isPlainPatch ? patchWord : prefixes.flatMap(partsOfWord),
  };
}

const patchWord: readonly string[] = ["PATCH"];

/** The parts of a word joined by hyphens and the like, in capitals. */
function partsOfWord(prefix: string): string[] {
  const whole = prefix.toUpperCase();
  return resendWord.test(whole) ? [whole] : whole.split(/[-/_.:]/);
}

/** Whether a prefix has a word, also joined to others. */
function hasWord({ words }: SubjectPrefix, wanted: string): boolean {
  return words.includes(wanted);
}

/** Whether a prefix says that the patches were sent once more unchanged. */
function isResend({ words }: SubjectPrefix): boolean {
  return words.some((word) => resendWord.test(word));
}

/** Whether all words of a prefix are about the posting: `v2`, `RESEND, 1/3`. */
function isAllPosting({ words, version, index }: SubjectPrefix): boolean {
  return (
    (words.length > 0 || version !== null || index !== null) && words.every((word) => /^(?:PATCH|RFC)$/.test(word) || resendWord.test(word))
  );
}

function wordsOf(text: string): string[] {
  return text
    .replace(separators, " ")
    .replace(partingColon, " ")
    .replace(slashes, "/")
    .replace(spacedNumbers, "$1/")
    .replace(gluedWords, "$& ")
    .split(" ", mostWords)
    .filter((word) => withoutEnds(word) !== "");
}

/** A word without the dashes and dots around it, as in `-v2` and `PATCH - v2`. */
function withoutEnds(word: string): string {
  let start = 0;
  let end = word.length;
  while (start < end && joints.includes(word.charAt(start))) start++;
  while (end > start && joints.includes(word.charAt(end - 1))) end--;
  return word.slice(start, end);
}

const joints = "-_.~/\u2013\u2014";

/** Reads the words of one prefix from left to right. */
class PrefixReading {
  readonly #prefixes: string[] = [];
  #version: number | null = null;
  #point = 0;
  #isPlain = false;
  #index: number | null = null;
  #expected: number | null = null;
  readonly #words: readonly string[];

  constructor(words: readonly string[]) {
    this.#words = words;
  }

  read(): SubjectPrefix {
    for (let at = 0; at < this.#words.length; at++) {
      const word = this.#words[at] ?? "";
      const next = versionName.test(word) ? versionNumber.exec(this.#words[at + 1] ?? "") : null;
      if (next && this.#takeVersion(next, /^v/i.test(word), at)) at++;
      else this.#readWord(word, at);
    }
    return {
      prefixes: this.#prefixes,
      version: this.#version,
      point: this.#point,
      isPlain: this.#isPlain,
      index: this.#index,
      expected: this.#expected,
      words: this.#prefixes.flatMap(partsOfWord),
    };
  }

  #readWord(written: string, at: number): void {
    const word = withoutEnds(written);
    const numbers = numberWord.exec(word);
    const glued = numbers ? null : gluedNumber.exec(word);
    const plain = plainVersion.exec(word);
    const named = plain ? null : namedVersion.exec(word);
    if (numbers) this.#takeNumbers(numbers[1], numbers[2]);
    else if (glued) {
      const [index, expected] = (glued[1] ?? "").split("/");
      this.#takeNumbers(index, expected);
      this.#readWord(word.slice(0, glued.index), at);
    } else if (plain && this.#takeVersion(plain, true, at)) return;
    else if (named && this.#takeVersion(named, false, at)) return;
    else if (word !== "" && !this.#readJoined(word, at)) this.#prefixes.push(written);
  }

  #takeNumbers(index: string | undefined, expected: string | undefined): void {
    this.#index = Number(index);
    this.#expected = Number(expected);
  }

  /** Reads a version joined to other words: `net-next/v2`, `PATCH_v2`, `v2-resend`. */
  #readJoined(word: string, at: number): boolean {
    const parts = word.split(/([-_/])/);
    if (parts.length < 3) return false;
    const isRelease = parts.some((part) => /^rc\d/i.test(part) || treeWord.test(part));
    for (let place = 0; place < parts.length; place += 2) {
      const match = versionPart.exec(parts[place] ?? "");
      if (!match || (isRelease && match[2] !== undefined) || versionedName.test(parts[place - 2] ?? "")) continue;
      if (!this.#takeVersion(match, false, at)) continue;
      parts.splice(place === 0 ? 0 : place - 1, 2);
      this.#readWord(withoutEnds(parts.join("")), at);
      return true;
    }
    return false;
  }

  /** Takes a version; false where it is the version of something else. */
  #takeVersion([, number, points, letter]: RegExpExecArray, isPlain: boolean, at: number): boolean {
    const isZero = Number(number) === 0;
    const point = letter === undefined ? (isZero ? beforeFirst : Number(points ?? 0)) : letterPoints + parseInt(letter, 36) - firstLetter;
    if ((letter === undefined && point > mostPoints) || (points !== undefined && treeWord.test(this.#words[at - 1] ?? ""))) return false;
    const version = isZero ? 1 : Number(number);
    // Beside `v2`, a version with a point is a kernel, unless it is a point of v2.
    if (this.#version !== null && this.#point === 0 && point > 0 && version !== this.#version) return false;
    // A phrase such as `take 2` does not override `v3`.
    if (this.#isPlain && !isPlain) return false;
    this.#version = version;
    this.#point = point;
    this.#isPlain = isPlain;
    return true;
  }
}
