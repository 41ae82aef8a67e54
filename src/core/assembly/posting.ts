/**
 * From mails to postings: cover letter and patches of one posting joined into one revision.
 * Digests list only mails 0/n, 1/n and lone patches; the other patches are known from the cover letter's shortlog.
 */
import { commitMessage, parseTrailers, textAboveDiff, type Trailer } from "../mail/trailers";
import type { Digest, DigestEntry } from "../digest/digest";
import type { PostingLink } from "./postingLinks";
import { groupMails, type DigestMail } from "../digest/coverGroups";
import { parseDiffstat } from "../diff/diffstat";
import { type Patch, type Revision } from "../series/series";
import { formatAuthor, parseAuthor, type Author } from "../mail/author";
import { namesOfFile, type TouchedFile, touchedPaths } from "../diff/touchedFile";
import { parseShortlog, type ShortlogAuthor } from "../mail/shortlog";
import { parseSubject, titleKey } from "../mail/subject";

/** A revision and its place among the sources: later source is newer, a lower position is newer within one. */
export interface Posting {
  readonly revision: Revision;
  readonly source: number;
  readonly position: number;
  /** What mails tell of it besides; absent for a digest's. */
  readonly signs?: PostingSigns;
}

/** By what postings of mails find each other and are compared. */
export interface PostingSigns {
  /** Two postings are compared only where they share one; see linkKeys.ts. */
  readonly keys: readonly string[];
  readonly citations: readonly PostingLink[];
  /** Of all its mails, resent ones too. */
  readonly messageIds: ReadonlySet<string>;
  readonly patchIds: ReadonlySet<string>;
  /** Answers to it that somebody names by their Message-ID, to say which posting is meant. */
  readonly answerIds: ReadonlySet<string>;
  /** The mails its first one answers that are not here: one may be its cover letter. */
  readonly absent: readonly string[];
  /** The words of the titles it says it had. */
  readonly formerTitles: readonly string[];
  /** The first mail of the posting whose thread it was sent into; null where it began one. */
  readonly answers: string | null;
  readonly changeId: string | null;
  /** Pull requests and stable mail are never revisions of anything else; empty for patches. */
  readonly tree: string;
  /** Decides where the date does not. */
  readonly order: string;
}

/** A digest and the name people know it by. */
export interface NamedDigest {
  readonly name: string;
  readonly digest: Digest;
}

/** What a reviewer says of a whole series; a sign-off on a cover letter says nothing of its patches. */
const reviewKey = /^(?:reviewed|acked|tested)-by$/i;

/**
 * The postings in some digests, in the order given (later is newer). A mail that stands in several digests counts once,
 * and a cover letter finds its first patch in a neighbouring digest too, since a range may end between them.
 */
export function postingsOfDigests(digests: readonly NamedDigest[]): Posting[] {
  const emails = new Map<string, string>();
  const mails: DigestMail[] = [];
  const known = new KnownMails();
  digests.forEach(({ digest }, source) => {
    for (const { name } of digest.contributors) rememberEmail(emails, parseAuthor(name));
    digest.entries.forEach((entry, position) => {
      const before = known.find(entry);
      const mail = before ?? readMail(entry, source, position);
      rememberEmail(emails, mail.author);
      if (before) [before.source, before.position] = [source, position];
      else mails.push(known.add(mail));
    });
  });
  return groupMails(mails).map(({ cover, first }) => {
    const newest = cover && first ? (cover.source >= first.source ? cover : first) : (cover ?? first);
    if (!newest) throw new Error("a posting has a cover letter or a patch");
    const source = digests[newest.source]?.name ?? "";
    return { revision: revisionOf(cover, first, emails, source), source: newest.source, position: newest.position };
  });
}

/** The mails read so far. Few share a subject; only then their texts are worth a key, which takes long to make of a letter. */
class KnownMails {
  readonly #bySubject = new Map<string, DigestMail | Map<string, DigestMail>>();

  find({ subject, author, body }: DigestEntry): DigestMail | undefined {
    const known = this.#bySubject.get(subject);
    if (known instanceof Map) return known.get(`${author}\n${body}`);
    return known?.entry.author === author && known.entry.body === body ? known : undefined;
  }

  add(mail: DigestMail): DigestMail {
    const { subject, author, body } = mail.entry;
    const known = this.#bySubject.get(subject);
    if (known === undefined) this.#bySubject.set(subject, mail);
    else if (known instanceof Map) known.set(`${author}\n${body}`, mail);
    else {
      const { entry } = known;
      const alike = new Map([
        [`${entry.author}\n${entry.body}`, known],
        [`${author}\n${body}`, mail],
      ]);
      this.#bySubject.set(subject, alike);
    }
    return mail;
  }
}

function readMail(entry: DigestEntry, source: number, position: number): DigestMail {
  const subject = parseSubject(entry.subject);
  const author = parseAuthor(entry.author);
  return {
    subject,
    author,
    entry,
    diffstat: parseDiffstat(entry.body),
    shortlog: subject.index === 0 ? parseShortlog(entry.body) : null,
    titleKey: titleKey(subject.title),
    sender: `${(author.email || author.name).toLowerCase()}\n${subject.expected ?? ""}`,
    source,
    position,
  };
}

function rememberEmail(emails: Map<string, string>, author: Author): void {
  if (author.email && author.name) emails.set(author.name, author.email);
}

function revisionOf(cover: DigestMail | null, first: DigestMail | null, emails: ReadonlyMap<string, string>, source: string): Revision {
  const lead = cover ?? first;
  if (!lead) throw new Error("a posting has a cover letter or a patch");
  const { subject, author } = lead;
  const expected = Math.max(1, subject.expected ?? 1);
  const patches = patchesOf(cover, first, { expected, emails });
  const diffstat = cover?.diffstat?.files ?? [];
  return {
    version: subject.version,
    ...(subject.point !== 0 ? { point: subject.point } : {}),
    prefixes: subject.prefixes,
    rfc: subject.rfc,
    resend: subject.resend,
    title: subject.title,
    author,
    date: null,
    messageId: null,
    expected,
    cover: cover ? { messageId: null, subject: cover.entry.subject.trim(), body: cover.entry.body } : null,
    patches,
    missing: missingIndexes(patches, expected),
    diffstat,
    files: pathsOf(diffstat, first?.diffstat?.files ?? noFiles),
    source,
  };
}

interface Listing {
  readonly expected: number;
  readonly emails: ReadonlyMap<string, string>;
}

/**
 * What the shortlog lists, by index, with the one patch that is really there laid over its line, whose author is the patch's
 * and not the sender's. A shortlog of one author is in patch order; one of several authors is sorted by name and tells no
 * order.
 */
function patchesOf(cover: DigestMail | null, first: DigestMail | null, { expected, emails }: Listing): Patch[] {
  const authors = cover?.shortlog?.authors ?? [];
  const reviews = cover ? reviewsOf(cover) : [];
  const line = first ? findTitle(authors, first.titleKey) : null;
  const firstIndex = first?.subject.index ?? 1;
  const indexAt = (at: number): number | null => (authors.length === 1 && at < expected ? at + 1 : null);
  // Where the listed patch is not at its place, the shortlog was not in patch order after all.
  const trusted = !line || (indexAt(line.at) ?? firstIndex) === firstIndex;
  const patches: Patch[] = [];
  let written = first?.author ?? null;
  for (const listed of authors) {
    const sender = cover?.author;
    const author = { name: listed.name, email: listed.name === sender?.name ? sender.email : (emails.get(listed.name) ?? "") };
    if (line?.listed === listed) written = author;
    listed.titles.forEach((title, at) => {
      if (line?.listed === listed && line.at === at) return;
      const index = indexAt(at);
      if (!first || line || index !== firstIndex) patches.push(titleOnly(trusted ? index : null, title, author, reviews));
    });
  }
  if (first) {
    const trailers = [...parseTrailers(commitMessage(first.entry.body), "patch"), ...reviews];
    const files = first.diffstat?.files ?? [];
    const made = titleOnly(firstIndex, first.subject.title, written ?? first.author, trailers);
    patches.unshift({ ...made, message: textAboveDiff(first.entry.body), files });
  }
  return patches.every((patch, at) => at === 0 || byIndex(patches[at - 1] ?? patch, patch) <= 0) ? patches : patches.sort(byIndex);
}

function titleOnly(index: number | null, title: string, author: Author, trailers: Patch["trailers"]): Patch {
  return { index, title, author, messageId: null, message: null, diff: null, files: noFiles, trailers };
}

const noFiles: readonly TouchedFile[] = [];

function byIndex(a: Patch, b: Patch): number {
  return a.index === b.index ? 0 : (a.index ?? Infinity) - (b.index ?? Infinity);
}

/** The line of a shortlog with a title. */
function findTitle(authors: readonly ShortlogAuthor[], key: string): { listed: ShortlogAuthor; at: number } | null {
  for (const listed of authors) {
    const at = listed.titles.findIndex((title) => titleKey(title) === key);
    if (at >= 0) return { listed, at };
  }
  return null;
}

function reviewsOf(cover: DigestMail): Trailer[] {
  const text = coverTrailerText(cover);
  // Few letters have any, and to look for the end of such a key is much faster than to read all that could be one.
  if (!text.includes("y: ") && !text.includes("Y: ")) return [];
  return parseTrailers(text, "cover").filter(({ key }) => reviewKey.test(key));
}

/** What an author writes before shortlog and diffstat, where a `Reviewed-by` counts for the whole series. */
function coverTrailerText({ entry, shortlog, diffstat }: DigestMail): string {
  const end = Math.min(shortlog?.start ?? Infinity, diffstat?.start ?? Infinity);
  return entry.body.slice(0, end).trimEnd();
}

/** Indexes of which not even the title is known; a patch without an index may be any of them, so then none is named. */
function missingIndexes(patches: readonly Patch[], expected: number): number[] {
  const last = patches.at(-1);
  if (last?.index === null || (patches.length === expected && patches.every(({ index }, at) => index === at + 1))) return [];
  const known = new Set(patches.map(({ index }) => index));
  return Array.from({ length: expected }, (_, at) => at + 1).filter((index) => !known.has(index));
}

/** The paths of a cover letter's diffstat and of the first patch, which is the only one that is more than a title. */
function pathsOf(diffstat: readonly TouchedFile[], files: readonly TouchedFile[]): string[] {
  const paths = touchedPaths(diffstat);
  const listed = files.every((file) => namesOfFile(file).every((name) => paths.includes(name)));
  return listed ? paths : touchedPaths([...diffstat, ...files]);
}

/** `title LF author` of a revision's first mail: what identifies a posting that has no Message-ID. */
export function firstMailText(revision: Revision): string {
  const first = revision.cover ? null : revision.patches[0];
  return revision.messageId ?? `${first?.title ?? revision.title}\n${formatAuthor(revision.author)}`;
}
