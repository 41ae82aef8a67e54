/**
 * The facts of a mail: what an index keeps of it to assemble series. They are small, plain and serialisable; the mail itself
 * stays in the archive.
 */
import { type FileDiff, readDiff } from "../diff/diff";
import { type Diffstat, type HunkRange, parseDiffstat, type TouchedFile } from "../diff/diffstat";
import { type Author, isSameAuthor } from "../mail/author";
import type { Mail } from "../mail/mail";
import { isStable, type MailKind, mailKindOf } from "../mail/mailKind";
import { readPatchMessage } from "../mail/mailinfo";
import { patchTexts } from "../mail/patchMail";
import { parseShortlog, type Shortlog, type ShortlogAuthor } from "../mail/shortlog";
import { parseSubject, type Subject, titleKey } from "../mail/subject";
import { parseTrailers, type Trailer } from "../mail/trailers";
import type { Prerequisite } from "../series/series";
import { type AppliedReport, appliedReports } from "./appliedReports";
import { formerTitles, type PostingLink, postingLinks, supersededPostings } from "./earlierPostings";
import { readPostingBase } from "./postingBase";
import { type GivenTrailer, replyTrailers, unquotedText } from "./replyTrailers";

/** One change in a mail: its diff, or one of several patches that are attached. */
export interface FactPatch {
  /** Null if it is the subject's. */
  readonly title: string | null;
  readonly author: Author;
  /**
   * Equal for equal changes: as `git patch-id --stable`, or see `diffKey` in patchId.ts. Null without a diff, or if it was not
   * asked for.
   */
  readonly patchId: string | null;
  readonly files: readonly TouchedFile[];
  readonly trailers: readonly Trailer[];
  /** `hunk 2 of kernel/fork.c is short`. */
  readonly mangled: readonly string[];
}

export interface MailFacts {
  /** Without angle brackets; a name made from the context if the mail has none. */
  readonly messageId: string;
  /** Milliseconds since 1970; 0 if nothing tells. */
  readonly date: number;
  readonly kind: MailKind;
  /** It is for the stable trees, whatever its kind. */
  readonly stable: boolean;
  readonly subject: Subject;
  /** The whole subject, brackets included. */
  readonly line: string;
  /** Who wrote it: an in-body From, else the person in the From header before a list replaced them. */
  readonly author: Author;
  /** Who sent it. */
  readonly sender: Author;
  readonly inReplyTo: string | null;
  /** Oldest first. */
  readonly references: readonly string[];
  readonly lists: readonly string[];
  readonly to: readonly Author[];
  readonly cc: readonly Author[];
  /** It has an unquoted diff, whatever its kind. */
  readonly hasDiff: boolean;
  /** The change of a patch; several if several are attached. [] for every other kind, because only patches touch files. */
  readonly patches: readonly FactPatch[];
  /** A cover letter's trailers, which count for all patches. */
  readonly coverTrailers: readonly Trailer[];
  readonly given: readonly GivenTrailer[];
  /** What it reports as applied, whoever says so. */
  readonly applied: readonly AppliedReport[];
  readonly changeId: string | null;
  readonly baseCommit: string | null;
  readonly prerequisites: readonly Prerequisite[];
  /** Earlier postings it names, newest first. */
  readonly citations: readonly PostingLink[];
  /** The words of the titles that it says it had before (`Renamed from "..."`). */
  readonly formerTitles: readonly string[];
  /** Only for a cover letter. */
  readonly shortlog: readonly ShortlogAuthor[];
  /** Only for a cover letter: the files of all its patches, including those that went to other lists. */
  readonly diffstat: readonly TouchedFile[];
  /** Tells mails apart that share a Message-ID without being one mail read on several lists. */
  readonly fingerprint: string;
  /** Name of the source it was read from, for people. */
  readonly source: string;
}

/** Facts that the mail itself does not tell. */
export interface MailContext {
  /** Replaces the Message-ID of a mail without one: the id of its blob, or its place in its file. */
  readonly place: string;
  /** When the archive took it in, in milliseconds; null without an archive. */
  readonly committed: number | null;
  readonly source: string;
  /** Computes the patch id of a diff; null if it is not asked for. */
  readonly patchId: ((text: string, files: readonly FileDiff[]) => string | null) | null;
}

/** What a reviewer can say of a whole series; a sign-off on a cover letter says nothing of its patches. */
const reviewKey = /^(?:reviewed|acked|tested)-by$/i;
const day = 24 * 60 * 60 * 1000;
/** Linux was announced on 25 August 1991; an earlier date does not count. */
const earliestDate = Date.UTC(1991, 7, 25);
/**
 * How many references are kept: the oldest tell the thread, the newest what is answered. A reply with more finds its place
 * through others.
 */
const oldestReferences = 2;
const newestReferences = 8;
/** How many hunks of one file are kept for the map from lines to series; a file with more is mapped as a whole beyond them. */
const mostHunks = 500;

/** The facts of a mail. Never throws. */
export function mailFactsOf(mail: Mail, context: MailContext): MailFacts {
  const subject = parseSubject(mail.subject);
  const sender = senderOf(mail);
  const answers = mail.inReplyTo !== null || mail.references.length > 0;
  // An answer is read without its quoted lines, which are most of it.
  const isAnswer = answers || subject.reply;
  const own = isAnswer ? unquotedText(mail.body) : mail.body;
  const diff = mayHoldDiff(own) ? readDiff(mail.body) : noDiff;
  const hasDiff = diff.files.length > 0;
  const text = hasDiff ? mail.body.slice(0, diff.start) : mail.body;
  const kind = mailKindOf({ subject, from: sender, answers, hasDiff, text });
  const isReply = kind === "reply" || kind === "bot";
  const texts = kind === "patch" ? patchTexts(mail, diff) : [];
  const [firstText = mail.body] = texts;
  const first = firstText.length === mail.body.length ? diff : readDiff(firstText);
  const patchText = kind === "patch" ? readPatchMessage(firstText, first) : null;
  const author = patchText?.author ?? (kind === "cover" || kind === "pull" ? openingFrom(mail.body) : null) ?? sender;
  const leads = !isReply && kind !== "other" && (subject.index ?? 0) <= 1;
  // A patch without a diff may be an answer that lost its `Re:`; only its thread can tell.
  const mayBeReply = answers && !hasDiff && (kind === "patch" || (kind === "cover" && subject.index === null));
  const below = hasDiff ? firstText.slice(first.end) : "";
  const basis = leads ? readPostingBase(text, below) : null;
  const letter = kind === "cover" ? readCoverLetter(mail.body) : null;
  // A `Subject:` that opens the body is the title, as in git; if there are several, each is that of its patch.
  const inner = patchText?.subject == null ? null : parseSubject(patchText.subject);
  return {
    messageId: mail.messageId ?? `${context.place}@no-message-id.invalid`,
    date: sentDate(mail.date, context.committed),
    kind,
    stable: isStable(subject),
    subject: inner && inner.title !== "" && texts.length === 1 ? withTitle(subject, inner) : subject,
    line: mail.subject.trim(),
    author,
    sender,
    inReplyTo: mail.inReplyTo,
    references: keptReferences(mail.references),
    lists: mail.lists,
    to: mail.to,
    cc: mail.cc,
    hasDiff,
    patches: patchText
      ? [
          patchOf(
            firstText,
            { author, files: first.files, message: patchText.message },
            texts.length > 1 && inner ? inner.title : null,
            context,
          ),
          ...texts.slice(1).map((one) => furtherPatch(one, author, context)),
        ]
      : [],
    coverTrailers: letter?.trailers ?? [],
    given: kind === "reply" || mayBeReply ? replyTrailers(mail.body, { ...sender, isMunged: isMunged(mail, sender) }, hasDiff, own) : [],
    applied: isReply || mayBeReply ? appliedReports(mail.body, own, subject, sender) : [],
    changeId: basis?.changeId ?? null,
    baseCommit: basis?.baseCommit ?? null,
    prerequisites: basis?.prerequisites ?? [],
    citations: leads
      ? citationsOf(text, subject.version, basis?.supersedes ?? [])
      : kind === "reply"
        ? supersededPostings(isAnswer ? own : unquotedText(mail.body), subject.version)
        : [],
    formerTitles: leads ? formerTitles(text, mail.subject) : [],
    shortlog: letter?.shortlog?.authors ?? [],
    diffstat: letter?.diffstat?.files.slice(0, mostLetterFiles) ?? [],
    fingerprint: fingerprintOf(mail, sender),
    source: context.source,
  };
}

const noDiff: ReturnType<typeof readDiff> = { files: [], start: 0, end: 0, problems: [] };

/** Most mails hold no diff, and this check is much faster than reading one. */
function mayHoldDiff(body: string): boolean {
  return body.includes("diff --git ") || body.startsWith("--- ") || hasLine(body, "+++ ");
}

/**
 * Whether a line begins with some words. Few texts contain the words at all, but every text has line ends, so the words are
 * searched for.
 */
function hasLine(text: string, words: string): boolean {
  for (let at = text.indexOf(words); at >= 0; at = text.indexOf(words, at + 1))
    if (at === 0 || text.charCodeAt(at - 1) === lineFeed) return true;
  return false;
}

const lineFeed = 10;

/** The person who sent a mail. A list or relay that puts itself into From (for DMARC) leaves the person's name there. */
function senderOf(mail: Mail): Author {
  const { from, originalFrom, replyTo, cc, to } = mail;
  if (originalFrom?.email) return originalFrom;
  const via = /(?<!\s)\s+\(?via\s+\S/i.exec(from.name.slice(0, longestName));
  if (!via) return from;
  const named = from.name.slice(0, via.index).replace(/^["']|["']$/g, "");
  const name = named.includes("@") ? "" : named;
  const people = [...replyTo, ...cc, ...to].filter(({ email }) => email !== "");
  const same = people.find((one) => name !== "" && one.name.toLowerCase() === name.toLowerCase());
  if (same) return same;
  const hidden = named.includes("@") ? named : withoutMunging(from.email);
  if (hidden !== null) {
    const person = people.find(({ email }) => email.toLowerCase() === hidden.toLowerCase());
    return { name: person === undefined || person.name === "" ? name : person.name, email: person?.email ?? hidden };
  }
  // The list may stand beside the person.
  const others = replyTo.filter(({ email }) => email.toLowerCase() !== from.email.toLowerCase() && !isListOf(mail, email));
  return { name, email: others.length === 1 ? (others[0]?.email ?? from.email) : from.email };
}

const longestName = 200;

/** `ada=example.org@groups.example.net` stands for ada@example.org. */
function withoutMunging(email: string): string | null {
  const match = /^([^=@\s]{1,100})=([^=@\s]{1,100}\.[^=@\s]{1,30})@/.exec(email);
  return match ? `${match[1] ?? ""}@${match[2] ?? ""}` : null;
}

function isListOf({ lists }: Mail, email: string): boolean {
  return lists.includes(email.toLowerCase().replace("@", "."));
}

/** Whether a list has put itself into From and no other field tells the writer's address. */
function isMunged({ from, lists }: Mail, { email }: Author): boolean {
  if (email !== from.email) return false;
  return /\svia\s/i.test(from.name) || lists.includes(email.toLowerCase().replace("@", "."));
}

/** A cover letter may open with a `From:` line that names its writer, as a patch may. */
function openingFrom(body: string): Author | null {
  return /^\s*From: /i.test(body.slice(0, 80)) ? readPatchMessage(body, readDiff(body)).author : null;
}

/** The date a mail was sent: its own, unless the archive had the mail a day before, or the date is from before there was Linux. */
export function sentDate(header: number | null, committed: number | null): number {
  if (header === null || header < earliestDate) return committed ?? 0;
  return committed !== null && header > committed + day ? committed : header;
}

function keptReferences(references: readonly string[]): readonly string[] {
  if (references.length <= oldestReferences + newestReferences) return references;
  return [...references.slice(0, oldestReferences), ...references.slice(-newestReferences)];
}

/** A subject with the title of another one; the whole other one if the mail's own says nothing of a patch. */
function withTitle(subject: Subject, inner: Subject): Subject {
  const isBare = !subject.patch && subject.index === null && subject.prefixes.length === 0 && subject.version === 1;
  return isBare ? { ...inner, reply: subject.reply } : { ...subject, title: inner.title };
}

interface ReadPatch {
  readonly author: Author;
  readonly files: readonly FileDiff[];
  readonly message: string;
}

/** One of several patches in a mail: it has its own author and title, or those of the mail. */
function furtherPatch(text: string, sender: Author, context: MailContext): FactPatch {
  const diff = readDiff(text);
  const { author, subject, message } = readPatchMessage(text, diff);
  const title = subject === null ? null : parseSubject(subject).title;
  return patchOf(text, { author: author ?? sender, files: diff.files, message }, title, context);
}

function patchOf(text: string, { author, files, message }: ReadPatch, title: string | null, context: MailContext): FactPatch {
  return {
    title,
    author,
    patchId: files.length > 0 && context.patchId ? context.patchId(text, files) : null,
    files: touchedFiles(files),
    trailers: parseTrailers(message, "patch"),
    mangled: files.filter(({ mangled }) => mangled).map(({ path }) => `A hunk of ${path} is shorter than it says.`),
  };
}

/** Each file once: a text may hold two diffs of one file, which git applies one after the other. */
function touchedFiles(files: readonly FileDiff[]): TouchedFile[] {
  const touched = files.map(touchedFile);
  if (new Set(touched.map(({ path }) => path)).size === touched.length) return touched;
  const found = new Map<string, TouchedFile>();
  for (const file of touched) {
    const known = found.get(file.path);
    found.set(file.path, known ? withMore(known, file) : file);
  }
  return [...found.values()];
}

function withMore(file: TouchedFile, more: TouchedFile): TouchedFile {
  const sum = (a: number | null, b: number | null): number | null => (a === null || b === null ? null : a + b);
  return {
    ...more,
    ...file,
    changed: sum(file.changed, more.changed),
    added: sum(file.added, more.added),
    deleted: sum(file.deleted, more.deleted),
    hunks: [...(file.hunks ?? []), ...(more.hunks ?? [])].slice(0, mostHunks),
  };
}

const noCounts = { changed: null, added: null, deleted: null };

function touchedFile({ path, oldPath, change, binary, added, deleted, hunks }: FileDiff): TouchedFile {
  const ranges: HunkRange[] = [];
  for (const { oldStart, oldLines, newStart, newLines } of hunks) {
    if (ranges.length < mostHunks) ranges.push([oldStart, oldLines, newStart, newLines]);
  }
  const counts = binary ? noCounts : { changed: added + deleted, added, deleted };
  // Most files have no other name, and one literal without spread parts is made several times as fast.
  if (oldPath === undefined || oldPath === path)
    return { path, changed: counts.changed, added: counts.added, deleted: counts.deleted, hunks: ranges };
  return { path, oldPath, ...(change === "copied" ? { copied: true as const } : {}), ...counts, hunks: ranges };
}

/** What a cover letter tells of the whole series. */
interface CoverLetter {
  /** The text above shortlog and diffstat, where a `Reviewed-by` counts for every patch. */
  readonly trailers: readonly Trailer[];
  readonly shortlog: Shortlog | null;
  readonly diffstat: Diffstat | null;
}

/** How many files of a letter are kept. */
const mostLetterFiles = 2000;

/** Reads the text of a cover letter, from a mail or as a digest prints it. */
export function readCoverLetter(body: string): CoverLetter {
  const shortlog = parseShortlog(body);
  const diffstat = parseDiffstat(body);
  const text = body.slice(0, Math.min(shortlog?.start ?? Infinity, diffstat?.start ?? Infinity));
  // Few letters have a review, and finding the end of such a key is much faster than reading everything that could be a trailer.
  const mayHaveReview = text.includes("y: ") || text.includes("Y: ");
  const trailers = mayHaveReview ? parseTrailers(text.trimEnd(), "cover").filter(({ key }) => reviewKey.test(key)) : [];
  return { trailers, shortlog, diffstat };
}

/** How much of a letter is searched for links; no person writes a longer one. */
const longestLetter = 1024 * 1024;

function citationsOf(text: string, version: number, supersedes: readonly string[]): PostingLink[] {
  const linked = postingLinks(text.slice(0, longestLetter), version);
  const known = new Set(linked.map(({ messageId }) => messageId));
  const replaced = supersedes
    .filter((messageId) => !known.has(messageId))
    .map((messageId) => ({ version: Math.max(1, version - 1), rfc: false, messageId, url: "" }));
  return [...linked, ...replaced];
}

/** How much of a body tells two mails apart; a list's footer comes after it. */
const fingerprintText = 600;
/** Letters of a fingerprint, 46 bits: only mails of one Message-ID are compared. */
const fingerprintLetters = 9;

function fingerprintOf({ subject, body }: Mail, sender: Author): string {
  const head = `${subject.trim()}\n${sender.email || sender.name}\n`;
  // A joined string is flat: walking through a slice or a concatenation takes several times as long.
  const text = [head, body.slice(0, fingerprintText)].join("");
  const start = head.length;
  const last = start + fingerprintText / 2;
  // FNV-1a in two halves. It protects against nobody, but nobody makes two mails of one Message-ID collide. It uses 32-bit whole
  // numbers from the start; fractions would be several times as slow.
  let low = 0x811c9dc5 | 0;
  let high = 0xcbf29ce4 | 0;
  let wasBlank = false;
  let place = 0;
  for (let at = 0; at < text.length && place < last; at++) {
    let code = text.charCodeAt(at);
    if (code > 32 && code < 160) wasBlank = false;
    else if (at >= start) {
      // Lists and mail programs wrap and indent anew, so white space of any length counts as one space.
      const blank = isBlank(code);
      if (blank && wasBlank) continue;
      wasBlank = blank;
      if (blank) code = 32;
    }
    low = Math.imul(low ^ code, 0x01000193);
    high = Math.imul(high ^ ((code << 7) | place), 0x01000193);
    place++;
  }
  return ((low >>> 0).toString(36) + (high >>> 0).toString(36)).slice(0, fingerprintLetters);
}

function isBlank(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13) || (code >= 160 && /\s/.test(String.fromCharCode(code)));
}

/** The title as compared. */
export function factsTitle({ subject }: MailFacts): string {
  return titleKey(subject.title);
}

/** Whether one person sent two mails, or one mail names in its body (`From:`) the sender of the other. */
export function isSamePerson(mail: MailFacts, other: MailFacts): boolean {
  if (isSameAuthor(mail.sender, other.sender)) return true;
  return mail.author.email !== "" && mail.author.email.toLowerCase() === other.sender.email.toLowerCase();
}
