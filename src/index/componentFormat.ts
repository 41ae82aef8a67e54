/** A component as the index stores it: for each mail where it lies, and the facts of all of them as compressed JSON. */
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import type { HunkRange, TouchedFile } from "../core/diff/diffstat";
import type { Author } from "../core/mail/author";
import type { Trailer } from "../core/mail/trailers";
import type { AppliedReport } from "../core/postings/appliedReports";
import type { MailFacts } from "../core/postings/mailFacts";
import { DamagedIndex } from "./damage";
import { array, flag, list, oneOf, optional, orNull, record, type Shape, text, whole, wholeOrNull } from "./shapes";

/** Where a mail lies. */
export interface MailPlace {
  /** Of the mail's bytes as a git blob, 40 hex digits, also where it lies in no repository. */
  readonly oid: string;
  /** Number of the epoch (repository, file or folder) it lies in. */
  readonly epoch: number;
}

export interface IndexEntry extends MailPlace {
  /** When its archive took it in, in seconds; its own date where nothing tells. */
  readonly arrived: number;
  /** Where in its file or folder it lies, see mailFiles.ts; null in repositories. */
  readonly spot: string | null;
  readonly facts: MailFacts;
}

// The shapes of what is kept of a mail. Whoever changes one raises `schemaVersion`. What few mails have stands last, see `record`.

const person = record<Author>({ name: text, email: text });
const people = list(person);

/** Four numbers a hunk, its starts as distances from the one before and from each other, which are short. */
const hunks: Shape<readonly HunkRange[] | undefined> = {
  write(ranges) {
    if (ranges === undefined) return 0;
    let before = 0;
    return ranges.flatMap(([oldStart, oldLines, newStart, newLines]) => {
      const distance = oldStart - before;
      before = oldStart;
      return [distance, oldLines, newStart - oldStart, newLines];
    });
  },
  read(json) {
    if (json === 0) return undefined;
    const numbers = array(whole).read(json);
    const ranges: HunkRange[] = [];
    for (let at = 0, start = 0; at < numbers.length; at += 4) {
      const [distance = 0, oldLines = 0, moved = 0, newLines = 0] = numbers.slice(at, at + 4);
      start += distance;
      ranges.push([start, oldLines, start + moved, newLines]);
    }
    return ranges;
  },
};

const yes: Shape<true> = {
  write: () => 1,
  read(json) {
    if (json !== 1) throw new DamagedIndex("a component of the index says neither yes nor nothing");
    return true;
  },
};

const file = record<TouchedFile>({
  path: text,
  changed: wholeOrNull,
  added: wholeOrNull,
  deleted: wholeOrNull,
  hunks,
  oldPath: optional(text),
  copied: optional(yes),
});

const trailer = record<Trailer>({
  key: text,
  value: text,
  via: oneOf(["patch", "reply", "cover"]),
  messageId: optional(text),
  giver: optional(oneOf(["sender-elsewhere", "other"])),
  revision: optional(text),
});

const patch = record<MailFacts["patches"][number]>({
  author: person,
  patchId: orNull(text),
  files: list(file),
  trailers: list(trailer),
  title: orNull(text),
  upstream: orNull(text),
  mangled: list(text),
});

const named = oneOf(["answered", "one", "until", "series", "both", "some"]);
const numbers = list(whole);
const namedPatches: Shape<AppliedReport["patches"]> = {
  write: (value) => (typeof value === "string" ? named.write(value) : numbers.write(value)),
  read: (json) => (typeof json === "number" && json > 0 ? named : numbers).read(json),
};

/** Of the source each mail is told by its place. */
const facts = record<Omit<MailFacts, "source">>({
  messageId: text,
  date: whole,
  kind: oneOf(["reply", "patch", "cover", "pull", "bot", "other"]),
  line: text,
  subject: record<MailFacts["subject"]>({
    title: text,
    prefixes: list(text),
    version: whole,
    index: wholeOrNull,
    expected: wholeOrNull,
    patch: flag,
    reply: flag,
    rfc: flag,
    resend: flag,
    point: whole,
  }),
  sender: person,
  author: person,
  lists: list(text),
  to: people,
  cc: people,
  fingerprint: text,
  inReplyTo: orNull(text),
  references: list(text),
  hasDiff: flag,
  patches: list(patch),
  given: list(
    record<MailFacts["given"][number]>({
      key: text,
      value: text,
      giver: oneOf(["sender", "sender-elsewhere", "other"]),
      patches: orNull(array(whole)),
      part: optional(text),
    }),
  ),
  changeId: orNull(text),
  baseCommit: orNull(text),
  citations: list(record<MailFacts["citations"][number]>({ version: whole, messageId: text, url: text, rfc: flag })),
  applied: list(
    record<AppliedReport>({
      quote: text,
      patches: namedPatches,
      byApplier: flag,
      commit: orNull(text),
      except: numbers,
      listed: list(
        record<AppliedReport["listed"][number]>({
          title: text,
          index: wholeOrNull,
          expected: wholeOrNull,
          commit: orNull(text),
        }),
      ),
    }),
  ),
  prerequisites: list(
    record<MailFacts["prerequisites"][number]>({
      value: text,
      kind: oneOf(["patch-id", "change-id", "message-id", "base-commit", "text"]),
    }),
  ),
  shortlog: list(record<MailFacts["shortlog"][number]>({ name: text, titles: list(text), count: whole })),
  diffstat: list(file),
  coverTrailers: list(trailer),
  formerTitles: list(text),
  stable: flag,
});

const mail = record<Omit<IndexEntry, keyof MailPlace | "facts"> & { readonly facts: Omit<MailFacts, "source"> }>({
  facts,
  arrived: whole,
  spot: orNull(text),
});

/** Names the source (the path of the archive) that an epoch belongs to. */
export type SourceOf = (epoch: number) => string;

/** A mail as it stands in a component: its place, and all else as one line of JSON. */
export interface PackedMail extends MailPlace {
  readonly json: string;
}

export function packMail(entry: IndexEntry): PackedMail {
  return { oid: entry.oid, epoch: entry.epoch, json: JSON.stringify(mail.write(entry)) };
}

/** A mail as it was packed. Throws a `DamagedIndex` for whatever `packMail` does not make. */
export function unpackMail({ oid, epoch, json }: PackedMail, sourceOf: SourceOf): IndexEntry {
  const { arrived, spot, facts } = mail.read(parsed(json));
  return { oid, epoch, arrived, spot, facts: { ...facts, source: sourceOf(epoch) } };
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw new DamagedIndex("a component of the index is no JSON");
  }
}

/** As it stands in the table. */
export interface StoredComponent {
  /** For each mail its place: 20 bytes of its blob id, and two of its epoch's number. */
  readonly places: Uint8Array;
  /** The mails in the same order, a line each, compressed by Zstandard. */
  readonly body: Uint8Array;
}

const placeBytes = 22;
/** Of the memory that is set aside for the result; Node's own size is larger than most components. */
const smallestChunk = 1024;
/** No component is larger; what claims to be is damaged. It is also what a text may have at most. */
const largestBody = 512 * 1024 * 1024 - 32;

export function packComponent(mails: readonly PackedMail[]): StoredComponent {
  const places = Buffer.allocUnsafe(mails.length * placeBytes);
  for (const [number, { oid, epoch }] of mails.entries()) {
    places.write(oid, number * placeBytes, "hex");
    places.writeUInt16LE(epoch, number * placeBytes + 20);
  }
  // What many mails of a thread have, such as people and titles, is left to the compression. In JSON a line feed is written as two letters.
  const lines = Buffer.from(mails.map(({ json }) => json).join("\n"));
  // Told the size, it makes itself small for it.
  const sizes = { pledgedSrcSize: lines.length, chunkSize: Math.max(smallestChunk, lines.length) };
  return { places, body: zstdCompressSync(lines, { ...sizes, params: { [constants.ZSTD_c_compressionLevel]: 1 } }) };
}

/** The mails of a component, packed as they are. Throws what `isDamage` knows where it is not what was packed. */
export function packedMails({ places, body }: StoredComponent): PackedMail[] {
  const lines = zstdDecompressSync(body, { maxOutputLength: largestBody }).toString().split("\n");
  const found = readPlaces(places);
  if (found.length !== lines.length) throw new DamagedIndex("a component of the index has another number of mails");
  return found.map((place, at) => ({ ...place, json: lines[at] ?? "" }));
}

/** The mails of a component. Throws what `isDamage` knows where it is not what was packed. */
export function readComponent(stored: StoredComponent, sourceOf: SourceOf): IndexEntry[] {
  return packedMails(stored).map((packed) => unpackMail(packed, sourceOf));
}

/** Where the mails of a component lie, without unpacking them. */
export function readPlaces(places: Uint8Array): MailPlace[] {
  const bytes = Buffer.from(places.buffer, places.byteOffset, places.byteLength);
  return Array.from({ length: Math.floor(bytes.length / placeBytes) }, (_, number) => {
    const at = number * placeBytes;
    return { oid: bytes.toString("hex", at, at + 20), epoch: bytes.readUInt16LE(at + 20) };
  });
}
