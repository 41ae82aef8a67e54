/** Digests invented for tests: people at example.org, patches of nothing. */
import { createHash } from "node:crypto";
import type { Digest, DigestEntry } from "../../src/core/digest/digest";
import { postingsOfDigests } from "../../src/core/digest/digestPostings";
import { assembleSeries } from "../../src/core/postings/assembleSeries";
import type { Posting } from "../../src/core/postings/posting";
import type { Revision, Series } from "../../src/core/series/series";

export const ada = "Ada Lind <ada@example.org>";
export const bruno = "Bruno Vale <bruno@example.org>";

export interface CoverParts {
  readonly author?: string;
  /** What stands above the shortlog. */
  readonly text?: string;
  /** Titles by author; one name where all are of one. */
  readonly shortlog?: Readonly<Record<string, readonly string[]>>;
  /** Paths with their counts. */
  readonly files?: Readonly<Record<string, number>>;
}

/** An entry as a digest prints it. */
export function entry(subject: string, body = "", author = ada): DigestEntry {
  return { subject, author, body };
}

/** Lines of a diffstat, all additions. */
export function diffstat(files: Readonly<Record<string, number>>): string {
  const total = Object.values(files).reduce((sum, count) => sum + count, 0);
  const rows = Object.entries(files).map(([path, count]) => ` ${path} | ${count} ${"+".repeat(count)}`);
  return [...rows, ` ${rows.length} files changed, ${total} insertions(+)`].join("\n");
}

/** A cover letter with shortlog and diffstat. */
export function coverEntry(subject: string, { author = ada, text = "Hello.", shortlog = {}, files = {} }: CoverParts = {}): DigestEntry {
  const blocks = Object.entries(shortlog).map(([name, titles]) =>
    [`${name} (${titles.length}):`, ...titles.map((title) => `  ${title}`)].join("\n"),
  );
  const parts = [text, ...blocks, ...(Object.keys(files).length > 0 ? [diffstat(files)] : [])];
  return entry(subject, parts.join("\n\n"), author);
}

/** A patch with a diffstat. */
export function patchEntry(subject: string, files: Readonly<Record<string, number>> = {}, author = ada, message = "Because."): DigestEntry {
  return entry(subject, `${message}\n\nSigned-off-by: ${author}\n---\n${diffstat(files)}`, author);
}

/** A digest of entries, newest first. */
export function digestOf(...entries: readonly DigestEntry[]): Digest {
  return { from: "aaaaaaaaa", to: "bbbbbbbbb", list: "KVM", domains: [], contributors: [], patchList: [], entries };
}

/** The postings of some digests, oldest first. */
export function postingsOf(...digests: ReadonlyArray<readonly DigestEntry[]>): Posting[] {
  return postingsOfDigests(digests.map((entries, at) => ({ name: `${at}.txt`, digest: digestOf(...entries) })));
}

export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** The series of some digests, oldest first. */
export function seriesOf(...digests: ReadonlyArray<readonly DigestEntry[]>): Series[] {
  return assembleSeries(postingsOf(...digests), sha256, () => "other");
}

/** A revision with nothing in it but what is given. */
export function revision(parts: Partial<Revision> = {}): Revision {
  return {
    version: 1,
    prefixes: ["PATCH"],
    rfc: false,
    resend: false,
    title: "KVM: Do a thing",
    author: { name: "Ada Lind", email: "ada@example.org" },
    date: null,
    messageId: null,
    expected: 1,
    cover: null,
    patches: [],
    missing: [],
    diffstat: [],
    files: [],
    source: "invented",
    ...parts,
  };
}

/** A series of the given revisions. */
export function seriesWith(revisions: readonly Revision[], parts: Partial<Series> = {}): Series {
  return {
    id: "0123456789ab",
    aliases: [],
    title: revisions.at(-1)?.title ?? "",
    subsystem: "other",
    status: "new",
    revisions,
    elsewhere: [],
    links: [],
    ...parts,
  };
}
