/** The postings that digests tell of: cover letters and first patches; the shortlog lists the other patches. */
import { namesOfTouched, parseDiffstat, type TouchedFile, touchedPaths } from "../diff/diffstat";
import { type Author, parseAuthor, personKey } from "../mail/author";
import { commitMessage, textAboveDiff } from "../mail/mailinfo";
import type { ShortlogAuthor } from "../mail/shortlog";
import { parseSubject, titleKey } from "../mail/subject";
import { parseTrailers } from "../mail/trailers";
import { readCoverLetter } from "../postings/mailFacts";
import { postingLinks } from "../postings/earlierPostings";
import { digestSigns, type Posting } from "../postings/posting";
import type { Patch, Revision } from "../series/series";
import { eachInSteps, finished, mapInSteps, type Steps } from "../steps";
import { type EntryMail, groupMails } from "./coverGroups";
import type { Digest, DigestEntry } from "./digest";

/** The postings that are not among some revisions, in steps; a posting and a revision are the same by version, title and author. */
export function* withoutKnownPostings(postings: readonly Posting[], known: readonly Revision[]): Steps<Posting[]> {
  const keys = new Set<string>();
  yield* eachInSteps(known, (revision) => {
    keys.add(postingKey(revision));
    // A digest that starts between cover letter and first patch knows the posting by the patch.
    for (const { index, title, author } of revision.patches) if (index === 1) keys.add(postingKeyOf(revision.version, title, author));
  });
  return postings.filter(({ revision }) => !keys.has(postingKey(revision)));
}

function postingKey({ version, title, author }: Revision): string {
  return postingKeyOf(version, title, author);
}

function postingKeyOf(version: number, title: string, { name, email }: Author): string {
  return `${version} ${titleKey(title)} ${(name || email).toLowerCase()}`;
}

/** A digest and the name people know it by. */
export interface NamedDigest {
  readonly name: string;
  readonly digest: Digest;
}

/**
 * The postings in some digests, in the order given (later is newer). A mail that stands in several digests counts once,
 * and a cover letter finds its first patch in a neighbouring digest too, since a range may end between them.
 */
export function postingsOfDigests(digests: readonly NamedDigest[]): Posting[] {
  return finished(postingSteps(digests));
}

/** As `postingsOfDigests`, in steps. */
export function* postingSteps(digests: readonly NamedDigest[]): Steps<Posting[]> {
  const emails = new Map<string, string>();
  const mails: EntryMail[] = [];
  const known = new KnownMails();
  for (const [source, { digest }] of digests.entries()) {
    for (const { name } of digest.contributors) rememberEmail(emails, parseAuthor(name));
    yield* eachInSteps(digest.entries, (entry, position) => {
      const before = known.find(entry);
      const mail = before ?? readDigestMail(entry, source, position);
      rememberEmail(emails, mail.author);
      if (before) [before.source, before.position] = [source, position];
      else mails.push(known.add(mail));
    });
    if (mails.length >= mailsAtOnce) yield;
  }
  return yield* mapInSteps(groupMails(mails), ({ cover, first }) => {
    const newest = cover && first ? (cover.source >= first.source ? cover : first) : (cover ?? first);
    if (!newest) throw new Error("a posting has a cover letter or a patch");
    const source = digests[newest.source]?.name ?? "";
    const revision = revisionOf(cover, first, emails, source);
    return {
      revision,
      source: newest.source,
      position: newest.position,
      signs: digestSigns(postingLinks(letterOf(revision), revision.version)),
    };
  });
}

/** Digests with fewer mails together are read in one step. */
const mailsAtOnce = 8;

/** The text that tells of earlier postings: the cover letter, or the message of a lone patch. */
function letterOf({ cover, patches }: Revision): string {
  return cover?.body ?? (patches.length === 1 ? (patches[0]?.message ?? "") : "");
}

/** The mails read so far. Making a key of the text takes long for a letter, so it is made only if several mails share a subject. */
class KnownMails {
  readonly #bySubject = new Map<string, EntryMail | Map<string, EntryMail>>();

  find({ subject, author, body }: DigestEntry): EntryMail | undefined {
    const known = this.#bySubject.get(subject);
    if (known instanceof Map) return known.get(`${author}\n${body}`);
    return known?.entry.author === author && known.entry.body === body ? known : undefined;
  }

  add(mail: EntryMail): EntryMail {
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

function readDigestMail(entry: DigestEntry, source: number, position: number): EntryMail {
  const subject = parseSubject(entry.subject);
  const author = parseAuthor(entry.author);
  const letter = subject.index === 0 ? readCoverLetter(entry.body) : null;
  return {
    subject,
    author,
    entry,
    diffstat: letter ? letter.diffstat : parseDiffstat(entry.body),
    shortlog: letter?.shortlog ?? null,
    reviews: letter?.trailers ?? [],
    titleKey: titleKey(subject.title),
    sender: `${personKey(author)}\n${subject.expected ?? ""}`,
    source,
    position,
  };
}

function rememberEmail(emails: Map<string, string>, author: Author): void {
  if (author.email && author.name) emails.set(author.name, author.email);
}

function revisionOf(cover: EntryMail | null, first: EntryMail | null, emails: ReadonlyMap<string, string>, source: string): Revision {
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

interface ShortlogContext {
  readonly expected: number;
  readonly emails: ReadonlyMap<string, string>;
}

/**
 * The patches that the shortlog lists, by index. The one patch that the digest prints replaces its line, which names the author
 * of the patch and not the sender. A shortlog of one author is in patch order; a shortlog of several is sorted by name, so it
 * tells no indexes. (Mails tell more, see `withGaps`.)
 */
function patchesOf(cover: EntryMail | null, first: EntryMail | null, { expected, emails }: ShortlogContext): Patch[] {
  const authors = cover?.shortlog?.authors ?? [];
  const reviews = cover?.reviews ?? [];
  const line = first ? findTitle(authors, first.titleKey) : null;
  const firstIndex = first?.subject.index ?? 1;
  const indexAt = (at: number): number | null => (authors.length === 1 && at < expected ? at + 1 : null);
  // If the listed patch is not at its place, the shortlog was not in patch order after all.
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

/** Indexes of which not even the title is known. A patch without an index may have any of them, so then none is missing. */
function missingIndexes(patches: readonly Patch[], expected: number): number[] {
  const last = patches.at(-1);
  if (last?.index === null || (patches.length === expected && patches.every(({ index }, at) => index === at + 1))) return [];
  const known = new Set(patches.map(({ index }) => index));
  return Array.from({ length: expected }, (_, at) => at + 1).filter((index) => !known.has(index));
}

/** The paths of a cover letter's diffstat and of the first patch, which is the only one that is more than a title. */
function pathsOf(diffstat: readonly TouchedFile[], files: readonly TouchedFile[]): string[] {
  const paths = touchedPaths(diffstat);
  const listed = files.every((file) => namesOfTouched(file).every((name) => paths.includes(name)));
  return listed ? paths : touchedPaths([...diffstat, ...files]);
}
