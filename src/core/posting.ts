/**
 * From mails to postings: cover letter and patches of one posting joined into one revision.
 * Digests list only mails 0/n, 1/n and lone patches; the other patches are known from the cover letter's shortlog.
 */
import { commitMessage, parseTrailers } from "./trailers";
import type { Digest, DigestEntry } from "./digest";
import { parseDiffstat } from "./diffstat";
import { formatAuthor, parseAuthor, type Author, type Patch, type Revision, type TouchedFile } from "./series";
import { parseShortlog, type ShortlogAuthor } from "./shortlog";
import { parseSubject, titleKey, type Subject } from "./subject";

/** A revision and its place among the sources: later source is newer, a lower position is newer within one. */
export interface Posting {
  readonly revision: Revision;
  readonly source: number;
  readonly position: number;
}

/** A digest and the name people know it by. */
export interface NamedDigest {
  readonly name: string;
  readonly digest: Digest;
}

/** What a reviewer says of a whole series; a sign-off on a cover letter says nothing of its patches. */
const reviewKey = /^(?:reviewed|acked|tested)-by$/i;

interface DigestMail {
  readonly subject: Subject;
  readonly author: Author;
  readonly entry: DigestEntry;
  readonly source: number;
  readonly position: number;
}

/**
 * The postings in some digests, in the order given (later is newer). A mail that stands in several digests counts once,
 * and a cover letter finds its first patch in a neighbouring digest too, since a range may end between them.
 */
export function postingsOfDigests(digests: readonly NamedDigest[]): Posting[] {
  const emails = new Map<string, string>();
  const mails = new Map<string, DigestMail>();
  digests.forEach(({ digest }, source) => {
    for (const { name } of digest.contributors) rememberEmail(emails, parseAuthor(name));
    digest.entries.forEach((entry, position) => {
      const author = parseAuthor(entry.author);
      rememberEmail(emails, author);
      mails.set(`${entry.subject}\n${entry.author}\n${entry.body}`, {
        subject: parseSubject(entry.subject),
        author,
        entry,
        source,
        position,
      });
    });
  });
  return groupMails([...mails.values()]).map(({ cover, first }) => {
    const newest = cover && first ? (cover.source >= first.source ? cover : first) : (cover ?? first);
    if (!newest) throw new Error("a posting has a cover letter or a patch");
    const source = digests[newest.source]?.name ?? "";
    return { revision: revisionOf(cover, first, emails, source), source: newest.source, position: newest.position };
  });
}

function rememberEmail(emails: Map<string, string>, author: Author): void {
  if (author.email && author.name) emails.set(author.name, author.email);
}

interface MailGroup {
  cover: DigestMail | null;
  first: DigestMail | null;
}

/** Puts each first patch under its cover letter: the shortlog that names it, else the only one, else its neighbour. */
function groupMails(mails: readonly DigestMail[]): MailGroup[] {
  const groups: MailGroup[] = [];
  const coversByKey = new Map<string, MailGroup[]>();
  for (const mail of mails) {
    if (mail.subject.index !== 0) continue;
    const group: MailGroup = { cover: mail, first: null };
    groups.push(group);
    const key = postingKey(mail);
    coversByKey.set(key, [...(coversByKey.get(key) ?? []), group]);
  }
  for (const mail of mails) {
    if (mail.subject.index === 0) continue;
    const covers = mail.subject.index === null ? [] : (coversByKey.get(postingKey(mail)) ?? []).filter(({ first }) => !first);
    const title = titleKey(mail.subject.title);
    const cover =
      covers.find(({ cover }) => cover && shortlogTitles(cover.entry.body).includes(title)) ??
      covers.find(({ cover }) => cover && isNeighbour(cover, mail) && shortlogTitles(cover.entry.body).length === 0);
    if (cover) cover.first = mail;
    else groups.push({ cover: null, first: mail });
  }
  return groups;
}

function postingKey({ subject, author }: DigestMail): string {
  const prefixes = subject.prefixes.map((word) => word.toLowerCase()).sort();
  return [author.email || author.name, subject.version, subject.point, subject.expected, ...prefixes].join("\n");
}

function shortlogTitles(body: string): string[] {
  return parseShortlog(body)?.authors.flatMap(({ titles }) => titles.map(titleKey)) ?? [];
}

function isNeighbour(cover: DigestMail, first: DigestMail): boolean {
  return cover.source === first.source ? Math.abs(cover.position - first.position) === 1 : Math.abs(cover.source - first.source) === 1;
}

function revisionOf(cover: DigestMail | null, first: DigestMail | null, emails: ReadonlyMap<string, string>, source: string): Revision {
  const lead = cover ?? first;
  if (!lead) throw new Error("a posting has a cover letter or a patch");
  const { subject, author } = lead;
  const expected = Math.max(1, subject.expected ?? 1);
  const shortlog = cover ? (parseShortlog(cover.entry.body)?.authors ?? []) : [];
  const listed = listedPatches(shortlog, expected, author, emails);
  const patches = withFirstPatch(listed, first, cover).sort((a, b) => (a.index ?? Infinity) - (b.index ?? Infinity));
  const diffstat = cover ? (parseDiffstat(cover.entry.body)?.files ?? []) : [];
  return {
    version: subject.version,
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
    files: touchedPaths([...diffstat, ...patches.flatMap(({ files }) => files)]),
    source,
  };
}

/** A shortlog of one author is in patch order; one of several authors is sorted by name and tells no order. */
function listedPatches(
  shortlog: readonly ShortlogAuthor[],
  expected: number,
  sender: Author,
  emails: ReadonlyMap<string, string>,
): Patch[] {
  const ordered = shortlog.length === 1;
  return shortlog.flatMap(({ name, titles }) =>
    titles.map((title, at) => ({
      index: ordered && at < expected ? at + 1 : null,
      title,
      author: { name, email: name === sender.name ? sender.email : (emails.get(name) ?? "") },
      messageId: null,
      message: null,
      diff: null,
      files: [],
      trailers: [],
    })),
  );
}

/** Lays the one patch that is really there over its line of the shortlog, whose author is the patch's, not the sender's. */
function withFirstPatch(listed: readonly Patch[], first: DigestMail | null, cover: DigestMail | null): Patch[] {
  const coverTrailers = cover ? parseTrailers(coverTrailerText(cover.entry.body), "cover").filter(({ key }) => reviewKey.test(key)) : [];
  if (!first) return listed.map((patch) => ({ ...patch, trailers: coverTrailers }));
  const index = first.subject.index ?? 1;
  const key = titleKey(first.subject.title);
  const line = listed.find(({ title }) => titleKey(title) === key);
  const message = commitMessage(first.entry.body);
  const patch: Patch = {
    index,
    title: first.subject.title,
    author: line?.author ?? first.author,
    messageId: null,
    message,
    diff: null,
    files: parseDiffstat(first.entry.body)?.files ?? [],
    trailers: [...parseTrailers(message, "patch"), ...coverTrailers],
  };
  // Where the listed patch is not at its place, the shortlog was not in patch order after all.
  const trusted = !line || line.index === null || line.index === index;
  const others = listed.filter((other) => other !== line && (line !== undefined || other.index !== index));
  return [patch, ...others.map((other) => ({ ...other, index: trusted ? other.index : null, trailers: coverTrailers }))];
}

/** What an author writes before shortlog and diffstat, where a `Reviewed-by` counts for the whole series. */
function coverTrailerText(body: string): string {
  const end = Math.min(parseShortlog(body)?.start ?? body.length, parseDiffstat(body)?.start ?? body.length);
  return body.slice(0, end).trimEnd();
}

/** Indexes of which not even the title is known; a patch without an index may be any of them, so then none is named. */
function missingIndexes(patches: readonly Patch[], expected: number): number[] {
  const known = new Set(patches.map(({ index }) => index));
  if (known.has(null)) return [];
  return Array.from({ length: expected }, (_, at) => at + 1).filter((index) => !known.has(index));
}

/** All paths some files go by, old names included, once each and sorted. */
export function touchedPaths(files: readonly TouchedFile[]): string[] {
  return [...new Set(files.flatMap(({ path, oldPath }) => (oldPath === undefined ? [path] : [path, oldPath])))].sort();
}

/** `title LF author` of a revision's first mail: what identifies a posting that has no Message-ID. */
export function firstMailText(revision: Revision): string {
  const first = revision.cover ? null : revision.patches[0];
  return revision.messageId ?? `${first?.title ?? revision.title}\n${formatAuthor(revision.author)}`;
}
