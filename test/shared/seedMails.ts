/** The mails that the digests of ../shared/data/seeds were made of, as far as those tell. */
import type { Digest, DigestEntry } from "../../src/core/digest/digest";
import type { DigestMail } from "../../src/core/digest/digestOfMails";
import { parseAuthor } from "../../src/core/mail/author";
import { parseShortlog } from "../../src/core/mail/shortlog";
import { parseSubject, titleKey } from "../../src/core/mail/subject";

const diff = "\n\ndiff --git a/one.c b/one.c\n--- a/one.c\n+++ b/one.c\n@@ -1 +1 @@\n-one\n+two\n-- \n2.51.0\n";

/** The mails a digest was made of, newest first, as far as it tells: its entries, and the other patches its shortlogs name. */
export function mailsOfDigest(digest: Digest): { mails: DigestMail[]; uncounted: number; unlisted: number } {
  const emails = new Map<string, string>();
  for (const { name } of [...digest.contributors, ...digest.entries.map(({ author }) => ({ name: author }))]) {
    emails.set(parseAuthor(name).name, name);
  }
  const mails: DigestMail[] = [];
  const missing = new Map(digest.contributors.map(({ name, count }) => [name, count]));
  const take = (author: string): boolean => {
    const left = missing.get(author) ?? 0;
    missing.set(author, left - 1);
    return left > 0;
  };
  const fullName = (name: string): string => emails.get(name) ?? name;
  const read = digest.entries.map((entry, at) => {
    const { index, title } = parseSubject(entry.subject);
    const cover = index === 0 ? entry : index === 1 ? digest.entries[at + 1] : undefined;
    const shortlog = cover ? (parseShortlog(cover.body)?.authors ?? []) : [];
    const patches = shortlog.flatMap((by) =>
      by.titles.map((each) => ({ author: fullName(by.name), title: each, isThis: isSame(each, title) })),
    );
    return {
      entry,
      patches: index === 1 ? patches : [],
      author: patches.find(({ isThis }) => isThis && index === 1)?.author ?? entry.author,
    };
  });
  // Entries are mails beyond doubt, so they are counted before what the shortlogs tell.
  for (const { author } of read) take(author);
  let uncounted = 0;
  for (const { entry, patches, author } of read) {
    // The other patches are newer than the first, so they come before it; which number each had does not matter.
    for (const patch of patches.filter(({ isThis }) => !isThis)) {
      const posted = { subject: `[PATCH 2/${patches.length}] ${patch.title}`, author: entry.author, body: "\nText." };
      if (take(patch.author)) mails.push(mailOf(posted, patch.author));
      else uncounted++;
    }
    mails.push(mailOf(entry, author));
  }
  let unlisted = 0;
  for (const [author, left] of missing) {
    for (let n = 0; n < left; n++, unlisted++) mails.push(mailOf({ subject: "[PATCH AUTOSEL 6.6] A fix", author, body: "Text." }, author));
  }
  return { mails, uncounted, unlisted };
}

function isSame(title: string, other: string): boolean {
  return titleKey(title) === titleKey(other);
}

/** A mail whose entry would be this one; who wrote it stands in the body where somebody else sent it. */
function mailOf({ subject, author: sender, body }: DigestEntry, author: string): DigestMail {
  const isCover = parseSubject(subject).index === 0;
  const opening = author === sender ? "" : `From: ${author}\n`;
  return {
    subject,
    fromHeader: sender,
    body: `${opening}${body}${isCover ? "\n\n\nbase-commit: 0\n-- \n2.51.0\n" : diff}`,
    hasDiff: !isCover,
  };
}
