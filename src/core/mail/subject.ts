/** Subjects of patch mail: `[RFC PATCH net-next v3 02/10] KVM: x86: Fix a thing`, the words in the brackets and the title behind them. */

export interface SubjectPrefix {
  /** The words without version and n/m, as written: `["RFC", "PATCH", "net-next"]`. */
  readonly prefixes: readonly string[];
  readonly version: number | null;
  /** Re-roll point of `v5.1`: 1; of `v4A` and `v0` see `versionLabel`; 0 where there is none. */
  readonly point: number;
  /** The version is a word of its own, `v2`; `#2`, `take 2` and `x/v2` say so only beside PATCH or RFC. */
  readonly isPlain: boolean;
  readonly index: number | null;
  readonly expected: number | null;
  /** The prefixes taken apart, in capitals. */
  readonly words: readonly string[];
}

/** Brackets of all kinds and punctuation, which part words and say nothing. */
const separators = /[[\](){}<>,;|"'*=+!【】［］〔〕「」（）｛｝]/g;
/** `v3: 1/2`, `PATCH:v2`; the one in `tip:x86/kvm` belongs to a name. */
const partingColon = /:(?= |$|v?\d)/gi;
/** `1 / 2`, `1⁄2`, `1\2`, `1 of 2`, `01of02`. */
const slashes = /[\u2044\u2215\uff0f\\]/g;
const spacedNumbers = /(\d) ?(?:\/|of) ?(?=\d)/gi;
/** `PATCHv3`, `v2PATCH12/15`, `RFCv2`, `1/2v3`: words that people write without a space between them. */
const gluedWords =
  /(?:RFC|PATCH(?:SET|ES)?|RESEND|REPOST|SERIES|NEXT)(?=v?\d)|v\d{1,4}(?:\.\d{1,4})?(?=(?:RFC|PATCH|RESEND|REPOST))|\d\/\d{1,4}(?=v\d)/gi;
/** No one posts 10,000 patches; a larger number is none, so that nobody makes us list as many missing ones. */
const numberWord = /^#?(\d{1,4})\/(\d{1,4})$/;
const gluedNumber = /[-_](\d{1,4}\/\d{1,4})$/;
const plainVersion = /^v[-_.#]?(\d{1,4})(?:\.(\d{1,4})|([a-f]))?$/i;
const namedVersion = /^(?:#|(?:ver|version|rev|revision|take|try|round)[-_.#]{0,2})(\d{1,4})(?:\.(\d{1,4}))?$/i;
/** What stands in front of a number that is a version: `v 2`, `ver #2`. */
const versionName = /^(?:v|ver|version|rev|revision|take|try|round)[-_.#]?$/i;
const versionNumber = /^#?(\d{1,4})(?:\.(\d{1,4}))?$/;
const versionPart = /^(?:v|ver|rev)(\d{1,4})(?:\.(\d{1,4}))?$/i;
/** `v6.18` is a kernel; nobody posts ten corrections of one version. */
const mostPoints = 9;
/** `v4A` is a point of v4 behind all that have a number: 101. */
const letterPoints = 100;
/** `v0` is a point of v1 in front of it, since versions count from 1 whatever people call them. */
const beforeFirst = -1;
/** What a version of something else stands behind: `for v6.6`, `stable v6.6`. */
const treeWord = /^(?:for|on|onto|against|since|until|from|stable|lts|linux|kernel|backport|backports|base|based)$/i;
/** Things that have versions of their own: `cgroup-v2`, `x86-64-v3`, `arm-smmu-v3`. */
const versionedName =
  /^(?:arm|armv|arm64|aarch64|riscv|x86|64|gic|vgic|gicv|its|smmu|cgroups?|nfsd?|ip|ipv|smb|mali|dsi|sgx|tpm|hdcp|usb|pcie?|ufs|avx|mld|igmp|psci|ffa|aia|avic|sev|nvme|api|abi|uapi|pmu|spec|gpl|erofs|squashfs|quota|btrfs|sockopt|xattr)$/i;
const resendWord = /^(?:RESEND|REPOST|RESENT|REPOSTED|RE-SEND|RE-POST)$/;

/** Words beyond say nothing of a posting. */
const mostWords = 40;

/** Reads what stands in a group of brackets. Any text will do. */
export function readPrefix(text: string): SubjectPrefix {
  return new PrefixReading(wordsOf(text)).read();
}

/** What a version is called: `v4`, `v5.1`, `v4A`, `v0`. */
export function versionLabel(version: number, point: number): string {
  if (point > letterPoints) return `v${version}${(point - letterPoints + firstLetter).toString(36).toUpperCase()}`;
  if (point < 0) return `v${version + point}`;
  return point > 0 ? `v${version}.${point}` : `v${version}`;
}

/** `a` counted from 1. */
const firstLetter = 9;

/** Whether a word was said, whatever it is joined to. */
export function saysWord({ words }: SubjectPrefix, wanted: string): boolean {
  return words.includes(wanted);
}

/** Whether it was sent once more as it was. */
export function saysResend({ words }: SubjectPrefix): boolean {
  return words.some((word) => resendWord.test(word));
}

/** Whether all that it says is about the posting: `v2`, `RESEND, 1/3`. */
export function isAllPosting({ words, version, index }: SubjectPrefix): boolean {
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

/** Dashes and dots around a word, as in `-v2` and `PATCH - v2`. */
function withoutEnds(word: string): string {
  let start = 0;
  let end = word.length;
  while (start < end && joints.includes(word.charAt(start))) start++;
  while (end > start && joints.includes(word.charAt(end - 1))) end--;
  return word.slice(start, end);
}

const joints = "-_.~/\u2013\u2014";

/** The words of one prefix while they are read from left to right. */
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
    const words = this.#prefixes.flatMap((prefix) => {
      const whole = prefix.toUpperCase();
      return resendWord.test(whole) ? [whole] : whole.split(/[-/_.:]/);
    });
    return {
      prefixes: this.#prefixes,
      version: this.#version,
      point: this.#point,
      isPlain: this.#isPlain,
      index: this.#index,
      expected: this.#expected,
      words,
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

  /** `net-next/v2`, `PATCH_v2`, `v2-resend`: a version joined to other words. */
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

  /** False where it is the version of something else. */
  #takeVersion([, number, points, letter]: RegExpExecArray, isPlain: boolean, at: number): boolean {
    const isZero = Number(number) === 0;
    const point = letter === undefined ? (isZero ? beforeFirst : Number(points ?? 0)) : letterPoints + parseInt(letter, 36) - firstLetter;
    if ((letter === undefined && point > mostPoints) || (points !== undefined && treeWord.test(this.#words[at - 1] ?? ""))) return false;
    const version = isZero ? 1 : Number(number);
    // Beside `v2` what has a point is a kernel, unless it is a point of that version.
    if (this.#version !== null && this.#point === 0 && point > 0 && version !== this.#version) return false;
    // A word such as `take 2` does not take back what `v3` says.
    if (this.#isPlain && !isPlain) return false;
    this.#version = version;
    this.#point = point;
    this.#isPlain = isPlain;
    return true;
  }
}

// Subjects of patch mail: `[RFC PATCH net-next v3 02/10] KVM: x86: Fix a thing`.

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
/** `[GIT PULL 0/1] Subject: [GIT PULL 0/1] Title`: somebody pasted the whole header line. */
const repeatedName = /subject: ?(?=\[)/iy;
/** Nobody writes more of them, and what comes with each is looked at again. */
const mostGroups = 20;
/** Between a prefix and the title: `[PATCH]: Title`, as git drops it, and brackets that close nothing, `[PATCH]][next] Title`. */
const betweenGroups = /[\s:：\])}】］）]*/y;

/**
 * Splits a subject into its parts. Never fails: a subject without brackets is a title.
 * Accepts what people really write (comma, semicolon, glued, nested, other or broken brackets, `1 of 5`, any case).
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
    const nameEnd = matchEnd(repeatedName, line, at);
    if (nameEnd > at) groups = [];
    const marksEnd = skipReplyMarks(line, nameEnd);
    // `[EXTERNAL] Re: [PATCH] Title` is an answer; of `[PATCH] Re: Title` git makes the patch `Title`.
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
  const said = joinGroups(groups);
  const { prefixes, index, expected } = said;
  const numbered = isPatch(said);
  const own = said.version !== null && (said.isPlain || saysWord(said, "PATCH") || saysWord(said, "RFC")) ? said : null;
  const titled = own === null && numbered ? titleVersion(line, at) : null;
  const { version, point } = own ?? titled ?? { version: 1, point: 0 };
  const rfc = saysWord(said, "RFC");
  const patch = isBracketed && numbered && (saysWord(said, "PATCH") || (rfc && index !== null));
  const title = titled ? line.slice(titled.start, titled.end) : line.slice(at);
  return { title, prefixes, version: version ?? 1, point, index, expected, rfc, resend: saysResend(said), reply, patch };
}

/** The words tell of a patch, or number one. */
function isPatch(said: SubjectPrefix): boolean {
  return saysWord(said, "PATCH") || said.index !== null;
}

const noPrefix: SubjectPrefix = {
  prefixes: [],
  version: null,
  point: 0,
  isPlain: false,
  index: null,
  expected: null,
  words: [],
};

/** Of several groups the later one counts. */
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

/** Where a subject goes on behind its reply marks. */
function skipReplyMarks(line: string, from: number): number {
  for (let at = from; ;) {
    if (line[at] === "[") return at;
    const end = matchEnd(replyMark, line, at);
    const next = end > at ? end : matchEnd(localisedReplyMark, line, at);
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
/** Other brackets are part of a title, unless what stands in them can be nothing else; nobody writes more there. */
const longestOtherGroup = 60;

/** Where the bracket group ends that stands at a place, nested brackets included; -1 where there is none or it never closes. */
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
      const said = readPrefix(line.slice(start, end));
      const isSaid = before.length > 0 ? isAllPosting(said) : saysWord(said, "PATCH") || (saysWord(said, "RFC") && said.index !== null);
      return isSaid ? end : -1;
    }
  }
  return -1;
}

interface BrokenPrefix {
  readonly end: number;
  /** A bracket of it is left. */
  readonly isBracketed: boolean;
}

/** How far a bracket may stand that closes what none opened. */
const longestBroken = 80;
const anyOpener = /[[({<【［]/;
const strayCloser = /[\])}>】］]/;
/** The next word and the brackets in front of it. */
const nextWord = /[\s[\](){}<>【】［］,;|]*([^\s[\](){}<>【】［］,;|:]{1,40})/y;
const brokenWords = 10;

/**
 * Where the words end that lost their brackets: `PATCH v4 00/11] Title`, `[PATCH v2 1/2 Title`, `PATCH v3: Title`. Null
 * where they may be words of the title.
 */
function brokenPrefix(line: string, start: number): BrokenPrefix | null {
  const isOpened = line[start] === "[";
  const ahead = line.slice(isOpened ? start + 1 : start, start + longestBroken);
  const close = ahead.search(strayCloser);
  const inside = close < 0 ? "" : ahead.slice(0, close).replace(/^[[({<]+/, "");
  if (inside !== "" && !opensTitle(inside) && !inside.includes(": ") && saysWord(readPrefix(inside), "PATCH")) {
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
    const said = readPrefix(word);
    const isPosting = isAllPosting(said);
    // A title that names its subsystem begins here; and without a bracket the first word must be one of those of a posting.
    if (!isPosting && (line[at] === ":" || (end < 0 && !isOpened))) break;
    unknown = isPosting ? 0 : unknown + 1;
    if (!isPosting) continue;
    end = at;
    hasPatch ||= saysWord(said, "PATCH");
    isNumber = said.index !== null;
  }
  if (!hasPatch || end < 0) return null;
  return isOpened || isNumber || line[end] === ":" ? { end, isBracketed: isOpened } : null;
}

/** Whether a bracket that opens there may be one of the title: not in `[PATCH v2 [next] Title`, where all before it is of a posting. */
function opensTitle(inside: string): boolean {
  const open = inside.search(anyOpener);
  return open >= 0 && !(inside.charAt(open - 1) === " " && isAllPosting(readPrefix(inside.slice(0, open))));
}

interface TitleVersion {
  readonly version: number;
  readonly point: number;
  /** Of the title without it. */
  readonly start: number;
  readonly end: number;
}

const leadingVersion = /(v\d{1,4}(?:\.\d)?)\s?:\s+/iy;
const longestTail = 16;
const tailVersion = /^[([{]? ?((?:v|ver|version|rev|revision|take|try)[ .]?#?\d{1,3}(?:\.\d)?) ?[)\]}]?$/i;
/** `GIC (v3)` is the third GIC. */
const versionedThing = /(?:^|[\s:/-])(?:v?gic|smmu|its|cgroups?|nfs|ip|psci|aia|pmu|tpm|sgx|api|abi|level|x86-64)$/i;

/** `[PATCH] v2: Title`, `[PATCH 1/2] Title [ver #2]`, `[PATCH] Title (v2)`, `[PATCH] Title, v2`. */
function titleVersion(line: string, start: number): TitleVersion | null {
  leadingVersion.lastIndex = start;
  const leading = leadingVersion.exec(line)?.[1];
  if (leading !== undefined) return versionIn(leading, leadingVersion.lastIndex, line.length);
  const last = line.slice(-longestTail);
  const isClosed = /[)\]}]$/.test(last);
  const open = isClosed ? Math.max(last.lastIndexOf("("), last.lastIndexOf("["), last.lastIndexOf("{")) : last.lastIndexOf(", ") + 1;
  if (open < 0 || (!isClosed && open === 0)) return null;
  const at = line.length - last.length + open;
  const said = tailVersion.exec(line.slice(at).trim())?.[1];
  const end = isClosed ? at : at - 1;
  const title = line.slice(start, Math.max(start, end)).trimEnd();
  if (said === undefined || title === "" || versionedThing.test(title)) return null;
  return versionIn(said, start, start + title.length);
}

function versionIn(said: string, start: number, end: number): TitleVersion | null {
  const { version, point } = readPrefix(said);
  return version === null ? null : { version, point, start, end };
}

/** Folds what differs between two spellings of one title: case, white space, a final full stop. */
export function titleKey(title: string): string {
  const lower = title.toLowerCase();
  const words = isEvenlySpaced(lower) ? lower : lower.trim().replace(/\s+/g, " ");
  return words.endsWith(".") ? words.slice(0, -1).trimEnd() : words;
}

/**
 * The words of a title: two titles that differ only in case and punctuation have the same (`map_area` and `map_area()`,
 * `x86/mmu:` and `x86: mmu:`).
 */
export function titleWords(title: string): string {
  const words = title
    .toLowerCase()
    .replace(/['’]/g, "")
    .match(/[\p{L}\p{M}\d]+/gu);
  return words ? words.join(" ") : titleKey(title);
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
