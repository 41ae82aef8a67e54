/**
 * From mails to postings: cover letter and patches of one posting joined into one revision.
 * Digests list only mails 0/n, 1/n and lone patches; the other patches are known from the cover letter's shortlog.
 */
import { commitMessage, parseTrailers, textAboveDiff } from "./trailers";
import type { Digest, DigestEntry } from "./digest";
import type { PostingLink } from "./changelog";
import { parseDiffstat, type Diffstat } from "./diffstat";
import { formatAuthor, parseAuthor, type Author, type Patch, type Revision, type TouchedFile } from "./series";
import { parseShortlog, type Shortlog, type ShortlogAuthor } from "./shortlog";
import { parseSubject, titleKey, type Subject } from "./subject";

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

interface DigestMail {
  readonly subject: Subject;
  readonly author: Author;
  readonly entry: DigestEntry;
  readonly diffstat: Diffstat | null;
  /** Only of a cover letter. */
  readonly shortlog: Shortlog | null;
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
      const key = `${entry.subject}\n${entry.author}\n${entry.body}`;
      const known = mails.get(key);
      const mail = known ? { ...known, source, position } : readMail(entry, source, position);
      rememberEmail(emails, mail.author);
      mails.set(key, mail);
    });
  });
  return groupMails([...mails.values()]).map(({ cover, first }) => {
    const newest = cover && first ? (cover.source >= first.source ? cover : first) : (cover ?? first);
    if (!newest) throw new Error("a posting has a cover letter or a patch");
    const source = digests[newest.source]?.name ?? "";
    return { revision: revisionOf(cover, first, emails, source), source: newest.source, position: newest.position };
  });
}

function readMail(entry: DigestEntry, source: number, position: number): DigestMail {
  const subject = parseSubject(entry.subject);
  return {
    subject,
    author: parseAuthor(entry.author),
    entry,
    diffstat: parseDiffstat(entry.body),
    shortlog: subject.index === 0 ? parseShortlog(entry.body) : null,
    source,
    position,
  };
}

function rememberEmail(emails: Map<string, string>, author: Author): void {
  if (author.email && author.name) emails.set(author.name, author.email);
}

interface MailGroup {
  cover: DigestMail | null;
  first: DigestMail | null;
}

interface Cover {
  readonly group: MailGroup;
  readonly mail: DigestMail;
  readonly titles: ReadonlySet<string>;
}

/**
 * Signs that a first patch belongs to a cover letter of its author and size, strongest first. The shortlog may be missing
 * or name the patch otherwise; the patch may lack the version or a word of the brackets; but not all of it at once.
 */
const coverSigns: ReadonlyArray<(cover: Cover, patch: DigestMail) => boolean> = [
  (cover, patch) => sameBrackets(cover.mail, patch) && isListed(cover, patch) && standsAbove(patch, cover.mail),
  (cover, patch) => sameBrackets(cover.mail, patch) && isListed(cover, patch),
  (cover, patch) => sameBrackets(cover.mail, patch) && standsAbove(patch, cover.mail),
  (cover, patch) => isListed(cover, patch) && standsAbove(patch, cover.mail),
  (cover, patch) => sameBrackets(cover.mail, patch) && cover.titles.size === 0 && areNeighbours(cover.mail, patch),
];

/** Puts each first patch under its cover letter, the surest pairs first. */
function groupMails(mails: readonly DigestMail[]): MailGroup[] {
  const groups: MailGroup[] = [];
  const covers = new Map<string, Cover[]>();
  const addCover = (key: string, cover: Cover): void => {
    const known = covers.get(key);
    if (known) known.push(cover);
    else covers.set(key, [cover]);
  };
  for (const mail of mails) {
    if (mail.subject.index !== 0) continue;
    const group: MailGroup = { cover: mail, first: null };
    groups.push(group);
    const titles = new Set(mail.shortlog?.authors.flatMap((author) => author.titles.map(titleKey)));
    const cover = { group, mail, titles };
    addCover(`${mail.source} ${mail.position}`, cover);
    if (titles.size === 0) addCover(sender(mail), cover);
    for (const title of titles) addCover(`${sender(mail)}\n${title}`, cover);
  }
  // Of all cover letters only those it stands above, that list it or that list nothing can be a patch's.
  const candidates = (patch: DigestMail): Cover[] =>
    [`${patch.source} ${patch.position + 1}`, `${sender(patch)}\n${titleKey(patch.subject.title)}`, sender(patch)].flatMap(
      (key) => covers.get(key) ?? [],
    );
  let patches = mails.filter(({ subject }) => subject.index !== 0);
  for (const sign of coverSigns) {
    patches = patches.filter((patch) => {
      if (patch.subject.index === null) return true;
      const cover = candidates(patch).find((one) => !one.group.first && sender(one.mail) === sender(patch) && sign(one, patch));
      if (cover) cover.group.first = patch;
      return cover === undefined;
    });
  }
  return [...groups, ...patches.map((first) => ({ cover: null, first }))];
}

/** Author and size: what cover letter and patches of one posting share for certain. */
function sender({ subject, author }: DigestMail): string {
  return `${(author.email || author.name).toLowerCase()}\n${subject.expected ?? ""}`;
}

function sameBrackets({ subject: a }: DigestMail, { subject: b }: DigestMail): boolean {
  return a.version === b.version && a.point === b.point && bracketWords(a) === bracketWords(b);
}

function bracketWords({ prefixes }: Subject): string {
  return prefixes.join(" ").toLowerCase().split(" ").sort().join(" ");
}

function isListed({ titles }: Cover, { subject }: DigestMail): boolean {
  return titles.has(titleKey(subject.title));
}

/** A digest has the newest mail first, so 1/n stands right above its 0/n. */
function standsAbove(patch: DigestMail, cover: DigestMail): boolean {
  return patch.source === cover.source && patch.position + 1 === cover.position;
}

function areNeighbours(a: DigestMail, b: DigestMail): boolean {
  return a.source === b.source ? Math.abs(a.position - b.position) === 1 : Math.abs(a.source - b.source) === 1;
}

function revisionOf(cover: DigestMail | null, first: DigestMail | null, emails: ReadonlyMap<string, string>, source: string): Revision {
  const lead = cover ?? first;
  if (!lead) throw new Error("a posting has a cover letter or a patch");
  const { subject, author } = lead;
  const expected = Math.max(1, subject.expected ?? 1);
  const listed = listedPatches(cover?.shortlog?.authors ?? [], expected, author, emails);
  const patches = withFirstPatch(listed, first, cover).sort(byIndex);
  const diffstat = cover?.diffstat?.files ?? [];
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

function byIndex(a: Patch, b: Patch): number {
  return a.index === b.index ? 0 : (a.index ?? Infinity) - (b.index ?? Infinity);
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
  const coverTrailers = cover ? parseTrailers(coverTrailerText(cover), "cover").filter(({ key }) => reviewKey.test(key)) : [];
  if (!first) return listed.map((patch) => ({ ...patch, trailers: coverTrailers }));
  const index = first.subject.index ?? 1;
  const key = titleKey(first.subject.title);
  const line = listed.find(({ title }) => titleKey(title) === key);
  const patch: Patch = {
    index,
    title: first.subject.title,
    author: line?.author ?? first.author,
    messageId: null,
    message: textAboveDiff(first.entry.body),
    diff: null,
    files: first.diffstat?.files ?? [],
    trailers: [...parseTrailers(commitMessage(first.entry.body), "patch"), ...coverTrailers],
  };
  // Where the listed patch is not at its place, the shortlog was not in patch order after all.
  const trusted = (line?.index ?? index) === index;
  const others = listed.filter((other) => other !== line && (line !== undefined || other.index !== index));
  return [patch, ...others.map((other) => ({ ...other, index: trusted ? other.index : null, trailers: coverTrailers }))];
}

/** What an author writes before shortlog and diffstat, where a `Reviewed-by` counts for the whole series. */
function coverTrailerText({ entry, shortlog, diffstat }: DigestMail): string {
  const end = Math.min(shortlog?.start ?? Infinity, diffstat?.start ?? Infinity);
  return entry.body.slice(0, end).trimEnd();
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
