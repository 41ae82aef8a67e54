/** A digest and an archive may tell of the same posting: then the archive does, which knows more of it. */
import type { Posting } from "./posting";
import { type Revision } from "../series/series";
import { titleKey } from "../mail/subject";
import type { Author } from "../mail/author";

/** The postings that are none of some revisions; they are the same by version, title and author. */
export function withoutKnown(postings: readonly Posting[], known: Iterable<Revision>): Posting[] {
  const keys = new Set<string>();
  for (const revision of known) {
    keys.add(revisionKey(revision));
    // A digest that starts between cover letter and first patch knows the posting by the patch.
    for (const { index, title, author } of revision.patches) if (index === 1) keys.add(keyOf(revision.version, title, author));
  }
  return postings.filter(({ revision }) => !keys.has(revisionKey(revision)));
}

function revisionKey({ version, title, author }: Revision): string {
  return keyOf(version, title, author);
}

function keyOf(version: number, title: string, { name, email }: Author): string {
  return `${version} ${titleKey(title)} ${(name || email).toLowerCase()}`;
}
