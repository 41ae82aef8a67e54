/**
 * The keys that connect mails: two mails can influence each other's place only through a chain of mails that share keys.
 * Assembling the connected components of these keys one by one gives the same result as assembling all mails at once, so an index
 * only needs to look at the components that new mails touch. Every look-up of placeMails.ts, completePostings.ts and
 * assembleSeries.ts uses one of these keys.
 */
import { fullNameKey, personKey } from "../mail/author";
import { isPull } from "../mail/mailKind";
import { titleWords } from "../mail/subject";
import type { MailFacts } from "./mailFacts";

/** Mails of one author and size without a thread belong together if they are no farther apart than this, in milliseconds. */
export const unthreadedWindow = 30 * 60 * 1000;
/** Pull requests have the same few titles for years; one is a reroll of another only within this time. */
export const pullWindow = 60 * 24 * 60 * 60 * 1000;

/** An author may leave work alone for this long, in milliseconds, and continue it with its next version under another title. */
export const longestPause = 183 * 24 * 60 * 60 * 1000;

/** The Message-IDs that put a mail into a thread, its own first; as keys they stand in angle brackets. With `workKeys` they are all its keys. */
export function threadIds({ messageId, inReplyTo, references }: MailFacts): string[] {
  const ids = [messageId];
  if (inReplyTo !== null && inReplyTo !== messageId) ids.push(inReplyTo);
  for (const id of references) if (id !== inReplyTo && id !== messageId) ids.push(id);
  return ids;
}

/**
 * The keys that are not of its thread, as texts that begin with their kind; an index may keep hashes of them. Answers, which
 * are most of all mails, have none unless they name a posting.
 */
export function workKeys(facts: MailFacts): readonly string[] {
  const { subject, kind } = facts;
  if (kind === "reply" || kind === "bot") return facts.citations.length === 0 ? noKeys : citationKeys(facts);
  const keys = postingKeys(facts);
  // Any letter may open a posting, but only a mail that is known to belong to one has the keys below.
  if (kind === "other") return keys;
  if (subject.expected !== null && subject.index !== null) {
    const stem = messageIdStem(facts.messageId);
    if (stem !== null) keys.push(`m:${stem}`);
    // Patch 1 may answer a cover letter that never came, and find the one that was sent in its place.
    if (isUnthreaded(facts)) keys.push(...namedWindowKeys(facts));
    else if (subject.index === 1) keys.push(...windowKeys(facts));
  }
  return keys;
}

const noKeys: readonly string[] = [];

/** The keys of a cover letter or patch by which revisions of one series find each other. */
export function postingKeys(facts: MailFacts): string[] {
  const { subject, kind } = facts;
  const title = titleWords(subject.title);
  const keys: string[] = [];
  const who = personKey(facts.sender);
  const index = subject.index ?? 0;
  if (facts.stable) {
    if (index <= 1) keys.push(`t:stable ${who} ${title}`);
  } else if (kind === "pull" || isPull(subject)) {
    if (index <= 1) keys.push(...inWindows(`t:pull ${who} ${title}`, facts.date, pullWindow));
  } else {
    keys.push(`t:${who} ${title}`);
    for (const former of facts.formerTitles) keys.push(`t:${who} ${former}`);
    // An author with a new address is known by the name and the titles that come back.
    const name = fullNameKey(facts.sender.name);
    if (name !== null && isTellingTitle(title)) keys.push(`p:${name} ${title}`);
    if (index <= 1 && kind !== "other" && isTellingTitle(title)) keys.push(`t:${title}`);
    for (const { patchId } of facts.patches) if (patchId !== null) keys.push(`i:${patchId}`);
    const path = (subject.expected ?? 1) === 1 ? firstPath(facts) : null;
    if (path !== null) keys.push(...inWindows(`f:${who} ${path}`, facts.date, longestPause));
  }
  if (facts.changeId !== null) keys.push(`c:${facts.changeId}`);
  keys.push(...citationKeys(facts));
  return keys;
}

/** The keys of the postings that a mail names; an answer too may name one that the answered posting replaces. */
export function citationKeys({ citations }: MailFacts): string[] {
  return citations.map(({ messageId }) => `<${messageId}>`);
}

/** A lone patch has the key of its first file by name: its next version has a new title more often than other files. */
function firstPath({ patches }: MailFacts): string | null {
  let first: string | null = null;
  for (const { files } of patches) for (const { path } of files) if (first === null || path < first) first = path;
  return first;
}

/**
 * Whether a title (its words) means the same to two authors who use it: it has at least three words, and is not among the
 * shortest.
 */
export function isTellingTitle(title: string): boolean {
  return title.length >= 14 && title.includes(" ", title.indexOf(" ") + 1);
}

/** Whether a mail answers none. */
export function isUnthreaded({ inReplyTo, references }: MailFacts): boolean {
  return inReplyTo === null && references.length === 0;
}

/** Keys by which unthreaded mails of one author and size find each other: two mails within the window share one. */
export function windowKeys(facts: MailFacts): [string, string] {
  return inWindows(`w:${personKey(facts.sender)} ${facts.subject.expected ?? 1}`, facts.date, unthreadedWindow);
}

/** The same, and the keys that connect mails sent by one person from two addresses. */
export function namedWindowKeys(facts: MailFacts): string[] {
  const name = fullNameKey(facts.sender.name);
  const keys: string[] = windowKeys(facts);
  return name === null ? keys : [...keys, ...inWindows(`n:${name} ${facts.subject.expected ?? 1}`, facts.date, unthreadedWindow)];
}

function inWindows(key: string, date: number, window: number): [string, string] {
  const at = Math.floor(date / window);
  return [`${key} ${at}`, `${key} ${at + 1}`];
}

/** `20190523103502.25925-5-me@example.org`, `1556703867-22396-3-git-send-email-me@example.org`. */
const sendEmailId = /^(\d{10,14}[.-]\d+)-(\d{1,4})-(.[^@]*@.+)$/;
/** `20260212-topic-v1-3-333262ade5b1@example.org`. */
const b4Id = /^(\d{8}-.{1,100}-v\d+)-(\d{1,4})-[0-9a-f]{6,}@/;
/** `cover.1556630205.git.me@example.org`, `c66c1555….1556630205.git.me@example.org`. */
const formatPatchId = /^(?:cover|[0-9a-f]{40})\.(\d{10}\.git\..[^@]*@.+)$/;

/**
 * The part that the Message-IDs of mails from one run of a tool have in common; null if the Message-ID is not known to be a
 * tool's.
 */
export function messageIdStem(messageId: string): string | null {
  const first = messageId.charCodeAt(0);
  // Digits, or `a` to `f`: all others begin with something else, and patterns cost more than a look.
  if (!((first >= 0x30 && first <= 0x39) || (first >= 0x61 && first <= 0x66))) return null;
  const sent = sendEmailId.exec(messageId);
  if (sent) return `${sent[1] ?? ""}-${sent[3] ?? ""}`;
  return b4Id.exec(messageId)?.[1] ?? formatPatchId.exec(messageId)?.[1] ?? null;
}

/** The number a tool gave a mail within its run; null where the Message-ID has none. */
export function messageIdNumber(messageId: string): number | null {
  const number = sendEmailId.exec(messageId)?.[2] ?? b4Id.exec(messageId)?.[2];
  return number === undefined ? null : Number(number);
}
