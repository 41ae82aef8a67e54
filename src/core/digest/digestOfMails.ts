/** The classic digest of a range of mails: which mails are counted, who wrote them, and which part of each is printed. */
import { parseAddress } from "../mail/address";
import type { Digest, DigestEntry, Tally } from "./digest";
import { parseDiffstat } from "../diff/diffstat";
import { isStable } from "../mail/mailKind";
import { formatAuthor, type Author } from "../mail/author";
import { parseSubject, type Subject } from "../mail/subject";

/** What a digest needs of a mail. */
export interface DigestMail {
  /** Decoded and unfolded; a blank at its end is kept. */
  readonly subject: string;
  /** The From header, names decoded. */
  readonly fromHeader: string;
  /** The text with its diff, decoded, lines ended by LF. */
  readonly body: string;
  readonly hasDiff: boolean;
}

/** The contents of a digest's first lines. */
interface DigestRange {
  /** Excluded; the first nine hex digits of a commit, or a UTC date. */
  readonly from: string;
  /** Included. */
  readonly to: string;
  /** The list as its readers call it: `KVM`. */
  readonly list: string;
}

/** Where a range of an archive begins and ends. */
export interface RangeEnds {
  /** A commit of the archive, excluded, or a date, included; null for the beginning. */
  readonly from: string | null;
  /** A commit of the archive or a date, both included; null for the end. */
  readonly to: string | null;
  /** The moment that relative dates count from, in milliseconds; where it is absent the newest mail of the archive. */
  readonly now?: number;
}

/** A mail with its date and the keys that find it in a series. */
export interface RangeMail extends DigestMail {
  readonly messageId: string | null;
}

export interface MailRange extends Omit<DigestRange, "list"> {
  /** Patches and cover letters, and other mail with a bracket in its subject; newest first. */
  readonly mails: readonly RangeMail[];
  /** How many mails are in the range, answers and discussion included. */
  readonly count: number;
  /** Where the archive ends now: the next range begins with it as its `from`. Null for mail files, which have no commits. */
  readonly end: string | null;
}

/** `from 2026-10-01 to 0123abcde`, for a sentence; an end that was not given is the end of the archive. */
export function rangeInWords({ from, to }: Omit<DigestRange, "list">): string {
  return `from ${from === "" ? "the beginning" : from} to ${to === "" ? "the end" : to}`;
}

/** A range as it was read, with sentences about the parts that could not be read. */
export interface ReadRange extends MailRange {
  readonly problems: readonly string[];
}

/** How many lines each table of a digest has. */
const longestTable = 15;

/**
 * Makes the digest of the mails of a range, given newest first. The rules are those of the first digests of the list
 * (docs/digest-format.md), so that tools which read those can read ours.
 */
export function digestOfMails(mails: readonly DigestMail[], range: DigestRange): Digest {
  const authors: Author[] = [];
  const entries: DigestEntry[] = [];
  for (const mail of mails) {
    const subject = parseSubject(mail.subject);
    if (!isCounted(subject, mail.hasDiff)) continue;
    const opening = openingFrom(mail.body);
    authors.push(parseAddress(opening?.value ?? mail.fromHeader));
    const isFirst = subject.index === null || subject.index <= 1;
    if (!isFirst || isStable(subject)) continue;
    const body = opening ? mail.body.slice(0, opening.start) + mail.body.slice(opening.end) : mail.body;
    entries.push({ subject: mail.subject, author: mail.fromHeader, body: withoutDiff(body) });
  }
  return {
    ...range,
    domains: tallies(authors.map(({ email }) => email.slice(email.lastIndexOf("@") + 1))),
    contributors: tallies(authors.map(formatAuthor)),
    patchList: [],
    entries,
  };
}

/** Patches and cover letters; a request for comments without a number and a diff is discussion. */
function isCounted(subject: Subject, hasDiff: boolean): boolean {
  return !subject.reply && (subject.patch || (subject.rfc && hasDiff));
}

/** The `From:` line a body opens with, which names the author where somebody else sends the patch. */
function openingFrom(body: string): { value: string; start: number; end: number } | null {
  // Like git, it skips blank lines above.
  const start = /^\s*\n/.exec(body)?.[0].length ?? 0;
  const lineEnd = body.indexOf("\n", start);
  const end = lineEnd < 0 ? body.length : lineEnd + 1;
  const value = /^From:[ \t]*(\S[^\n]*)/i.exec(body.slice(start, end))?.[1];
  return value === undefined ? null : { value, start, end };
}

/** The lines that end the printed part of a mail: its diff, or the signature below it. */
const diffOrSignature = /^(?:diff --git |Index: \S|--- (?:a\/|\/dev\/null)[^\n]*\n\+\+\+ |-- (?:\n|$))/m;

/** The text up to the end of its last diffstat; without one up to the diff or the signature. */
function withoutDiff(body: string): string {
  const text = body.slice(0, diffOrSignature.exec(body)?.index);
  const stat = parseDiffstat(text);
  return stat ? text.slice(0, stat.end) : text.trimEnd();
}

/** Counts equal names as `sort | uniq -c | sort -nr` does: the most frequent first, equals in reverse order of their bytes. */
function tallies(names: readonly string[]): Tally[] {
  const counts = new Map<string, number>();
  for (const name of names) if (name) counts.set(name, (counts.get(name) ?? 0) + 1);
  return Array.from(counts, ([name, count]) => ({ count, name }))
    .sort((a, b) => b.count - a.count || compareBytes(b.name, a.name))
    .slice(0, longestTable);
}

/** The order of the UTF-8 bytes of two texts, which is that of their code points and not that of JavaScript's comparison. */
function compareBytes(a: string, b: string): number {
  const left = encoder.encode(a);
  const right = encoder.encode(b);
  for (let at = 0; at < left.length && at < right.length; at++) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

const encoder = new TextEncoder();
