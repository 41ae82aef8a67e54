/** The words in front of a title, in brackets or what is left of them: `RFC PATCH net-next v3 02/10`. */
import { RecentValues } from "../memory/recentValues";

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

/** A list has few of them: `PATCH 1/2` stands in front of thousands of titles. */
const readPrefixes = new RecentValues<string, SubjectPrefix>(2000);
const longestKept = 100;
/** Words beyond say nothing of a posting. */
const mostWords = 40;

/** Reads what stands in a group of brackets. Any text will do. */
export function readPrefix(text: string): SubjectPrefix {
  const known = readPrefixes.get(text);
  if (known) return known;
  const reading = new PrefixReading(wordsOf(text));
  const read = reading.read();
  if (text.length <= longestKept) readPrefixes.set(text, read);
  return read;
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
