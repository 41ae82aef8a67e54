/**
 * The data everything stands on: a series is one piece of work over all its revisions, a revision is one posting of it.
 * All of it is plain, readonly and serialisable, so the page, the command line and the index share one shape.
 */
import type { LinkEvidence } from "./lineage";

export interface Author {
  readonly name: string;
  /** Empty where the source gave none. */
  readonly email: string;
}

/** A file a patch touches. Counts are lines; null where the source does not tell (binary file, scaled graph). */
export interface TouchedFile {
  /** The new name, relative to the tree; `.../tail` when a diffstat shortened it and no open tree told the rest. */
  readonly path: string;
  /** The old name of a rename or copy. */
  readonly oldPath?: string;
  readonly changed: number | null;
  readonly added: number | null;
  readonly deleted: number | null;
}

export interface Trailer {
  readonly key: string;
  readonly value: string;
  /** Where it was read: in the patch itself, in a reply to it, or on the cover letter (then it counts for every patch). */
  readonly via: "patch" | "reply" | "cover";
}

export interface Patch {
  /** 1-based place in the revision; null where a digest does not tell. */
  readonly index: number | null;
  readonly title: string;
  readonly author: Author;
  /** Without angle brackets; null in digests. */
  readonly messageId: string | null;
  /** The text between the headers and the diff; null for a patch known only by its title. */
  readonly message: string | null;
  /** The unified diff; null where the source has none. */
  readonly diff: string | null;
  readonly files: readonly TouchedFile[];
  readonly trailers: readonly Trailer[];
}

export interface Cover {
  readonly messageId: string | null;
  /** The whole subject, brackets included. */
  readonly subject: string;
  readonly body: string;
}

export interface Revision {
  readonly version: number;
  /** The words of the subject's brackets without version and n/m: `["RFC", "PATCH"]`. */
  readonly prefixes: readonly string[];
  readonly rfc: boolean;
  readonly resend: boolean;
  readonly title: string;
  readonly author: Author;
  /** ISO 8601, UTC, seconds, `Z`; null where no Date header was read. */
  readonly date: string | null;
  /** Of the first mail (cover letter, else the first patch). */
  readonly messageId: string | null;
  /** The n of `0/n`; 1 for a lone patch. */
  readonly expected: number;
  readonly cover: Cover | null;
  /** By index, those without one last in shortlog order. */
  readonly patches: readonly Patch[];
  /** Indexes of which not even the title is known. */
  readonly missing: readonly number[];
  /** The cover letter's diffstat; [] where there is none. It never maps files except in digests, which have nothing else. */
  readonly diffstat: readonly TouchedFile[];
  /** Union of all touched paths, old names included, sorted. */
  readonly files: readonly string[];
  /** Name of the source it was read from, for people. */
  readonly source: string;
}

/** A revision known only by a link in another one. */
export interface ElsewhereRevision {
  readonly version: number;
  readonly rfc: boolean;
  readonly messageId: string;
  readonly url: string;
}

/** A joint between two revisions, always with its evidence, strongest first. */
export interface RevisionLink {
  /** Zero-based places in `Series.revisions`. */
  readonly from: number;
  readonly to: number;
  readonly evidence: readonly LinkEvidence[];
}

export type SeriesStatus = "new" | "in-review" | "reviewed" | "changes-requested" | "queued" | "landed" | "stale";

export interface Series {
  /** 12 hex digits, stable for the same input in any order; see `seriesId` in lineage.ts. */
  readonly id: string;
  /** Every id this series had or could have had from another of its revisions, and its Message-IDs. */
  readonly aliases: readonly string[];
  readonly title: string;
  readonly subsystem: string;
  readonly status: SeriesStatus;
  /** Oldest first, never empty. */
  readonly revisions: readonly Revision[];
  readonly elsewhere: readonly ElsewhereRevision[];
  readonly links: readonly RevisionLink[];
}

/** Something a reader could not make sense of, said in one sentence for a person. */
export interface Problem {
  /** The file, archive or mail it is about. */
  readonly source: string;
  readonly message: string;
}

/** The newest revision of a series: the one that is pending. */
export function newestRevision(series: Series): Revision {
  const newest = series.revisions.at(-1);
  if (!newest) throw new Error("a series has at least one revision");
  return newest;
}

/** `Name <mail>`, or what of it is known. */
export function formatAuthor(author: Author): string {
  if (!author.email) return author.name;
  return author.name ? `${author.name} <${author.email}>` : `<${author.email}>`;
}

/** Reads `Name <mail>`, `"Name" <mail>` or a bare address. */
export function parseAuthor(text: string): Author {
  const match = /^\s*(.*?)\s*<([^<>]*)>\s*$/s.exec(text);
  const bare = text.trim();
  if (!match) return /^\S+@\S+$/.test(bare) ? { name: "", email: bare } : { name: bare, email: "" };
  const name = (match[1] ?? "").replace(/^"(.*)"$/s, "$1").replace(/\\(.)/g, "$1");
  return { name, email: match[2] ?? "" };
}
