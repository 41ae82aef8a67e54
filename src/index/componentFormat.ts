/** How the index stores a component: where each mail lies, and the facts of all mails as compressed JSON. */
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import type { HunkRange, TouchedFile } from "../core/diff/diffstat";
import type { Author } from "../core/mail/author";
import type { Trailer } from "../core/mail/trailers";
import type { AppliedReport } from "../core/postings/appliedReports";
import type { MailFacts } from "../core/postings/mailFacts";
import { DamagedIndex } from "./damage";
import { array, flag, list, oneOf, optional, orNull, record, type Shape, text, whole, wholeOrNull } from "./shapes";

/** The place of a mail. */
export interface MailPlace {
  /** The id of the mail's bytes as a git blob, 40 hex digits, even if it is not in a repository. */
  readonly oid: string;
  /** Number of the epoch (repository, file or folder) it lies in. */
  readonly epoch: number;
}

export interface IndexEntry extends MailPlace {
  /** When its archive took it in, in seconds; its own date where nothing tells. */
  readonly arrived: number;
  /** Its place in its file or folder, see mailFiles.ts; null in repositories. */
  readonly spot: string | null;
  /** Whether only the history of its archive tells when it came. */
  readonly unstamped: boolean;
  readonly facts: MailFacts;
}

// The shapes of the stored facts of a mail. Changing one requires a higher `schemaVersion`. Fields that few mails have stand
// last, see `record`.

const person = record<Author>({ name: text, email: text });
const people = list(person);

/** Four numbers for a hunk. Its starts are distances from the hunk before and from each other, which are short. */
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
  mangled: list(text),
});

const named = oneOf(["answered", "one", "until", "series", "both", "some"]);
const numbers = list(whole);
const namedPatches: Shape<AppliedReport["patches"]> = {
  write: (value) => (typeof value === "string" ? named.write(value) : numbers.write(value)),
  read: (json) => (typeof json === "number" && json > 0 ? named : numbers).read(json),
};

/** The source of each mail is found by its place. */
type StoredFacts = Omit<MailFacts, "source">;
/** What most mails say twice is left out: the whole subject ends with the title, and the author is the sender. */
type ShortFacts = Omit<StoredFacts, "line" | "author"> & { readonly line: string | readonly string[]; readonly author: Author | null };

/** A text, or in a list the part of it that stands before another text. */
const lineOrOpening: Shape<string | readonly string[]> = {
  write: (value) => value,
  read: (json) => (typeof json === "string" ? json : array(text).read(json)),
};

const shortFacts = record<ShortFacts>({
  messageId: text,
  date: whole,
  kind: oneOf(["reply", "patch", "cover", "pull", "bot", "other"]),
  line: lineOrOpening,
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
  author: orNull(person),
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

const facts: Shape<StoredFacts> = {
  write(value) {
    const { line, subject, author, sender } = value;
    const isSender = author.name === sender.name && author.email === sender.email;
    const opening = line.endsWith(subject.title) ? [line.slice(0, line.length - subject.title.length)] : line;
    return shortFacts.write({ ...value, line: opening, author: isSender ? null : author });
  },
  read(json) {
    const short = shortFacts.read(json);
    const { line, author, sender, subject } = short;
    return { ...short, line: typeof line === "string" ? line : line.join("") + subject.title, author: author ?? sender };
  },
};

const mail = record<Omit<IndexEntry, keyof MailPlace | "facts"> & { readonly facts: StoredFacts }>({
  facts,
  arrived: whole,
  spot: orNull(text),
  unstamped: flag,
});

/** Names the source (the path of the archive) of an epoch. */
export type SourceOf = (epoch: number) => string;

/** A mail as a component stores it: its place, and everything else as one line of JSON. */
export interface PackedMail extends MailPlace {
  readonly json: string;
}

export function packMail(entry: IndexEntry): PackedMail {
  return { oid: entry.oid, epoch: entry.epoch, json: JSON.stringify(mail.write(entry)) };
}

/** Reads a packed mail. Throws a `DamagedIndex` for anything that `packMail` does not make. */
export function unpackMail({ oid, epoch, json }: PackedMail, sourceOf: SourceOf): IndexEntry {
  const { facts, ...rest } = mail.read(parsed(json));
  return { oid, epoch, ...rest, facts: { ...facts, source: sourceOf(epoch) } };
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw new DamagedIndex("a component of the index is no JSON");
  }
}

/** A component as it stands in the table. */
export interface StoredComponent {
  /** The place of each mail: 20 bytes of its blob id, and two of its epoch's number. */
  readonly places: Uint8Array;
  /** The mails in the same order, a line each, compressed by Zstandard with the index's dictionary. */
  readonly body: Uint8Array;
}

/** What the compressor knows before it begins, see `makeDictionary`. */
export type Dictionary = Uint8Array | null;

const dictionaryMails = 16;
/** Letters of each mail. What mails have in common stands at their beginning. */
const dictionaryLetters = 1500;

/**
 * Makes a dictionary of mails from all over an archive. Most components are a few mails; what the components of a list share is its people,
 * its files and the form of the JSON. Null if there are so few mails that the dictionary would take more than it saves.
 */
export function makeDictionary(mails: number, jsonOf: (number: number) => string): Dictionary {
  if (mails < dictionaryMails * 16) return null;
  const places = Array.from({ length: dictionaryMails }, (_, at) => Math.floor((at * mails) / dictionaryMails));
  return Buffer.from(places.map((place) => jsonOf(place).slice(0, dictionaryLetters)).join("\n"));
}

const placeBytes = 22;
/** The size of the result buffer; Node's own is larger than most components. */
const smallestChunk = 1024;
/** No component is larger; one that claims to be is damaged. A text may not be longer either. */
const largestBody = 512 * 1024 * 1024 - 32;
/** The fastest level that gains from a dictionary. */
const level = 3;

/** Compresses a text. */
export function compress(lines: string | Uint8Array, dictionary: Dictionary): Uint8Array {
  const bytes = Buffer.from(lines);
  // If it is told the size, the compressor uses less memory.
  const sizes = { pledgedSrcSize: bytes.length, chunkSize: Math.max(smallestChunk, bytes.length) };
  return zstdCompressSync(bytes, { ...sizes, params: { [constants.ZSTD_c_compressionLevel]: level }, ...(dictionary && { dictionary }) });
}

/** Unpacks what `compress` made. Throws what `isDamage` recognises if it is anything else. */
export function decompress(body: Uint8Array, dictionary: Dictionary): Buffer {
  return zstdDecompressSync(body, { maxOutputLength: largestBody, ...(dictionary && { dictionary }) });
}

export function packComponent(mails: readonly PackedMail[], dictionary: Dictionary): StoredComponent {
  const places = Buffer.allocUnsafe(mails.length * placeBytes);
  for (const [number, { oid, epoch }] of mails.entries()) {
    places.write(oid, number * placeBytes, "hex");
    places.writeUInt16LE(epoch, number * placeBytes + 20);
  }
  // Compression deals with what many mails of a thread share, such as people and titles. JSON writes a line feed as two letters,
  // so each mail stays one line.
  return { places, body: compress(mails.map(({ json }) => json).join("\n"), dictionary) };
}

/** The mails of a component, still packed. Throws what `isDamage` recognises if it is not what was packed. */
export function packedMails({ places, body }: StoredComponent, dictionary: Dictionary): PackedMail[] {
  const lines = decompress(body, dictionary).toString().split("\n");
  const found = readPlaces(places);
  if (found.length !== lines.length) throw new DamagedIndex("a component of the index has another number of mails");
  return found.map((place, at) => ({ ...place, json: lines[at] ?? "" }));
}

/** The mails of a component. Throws what `isDamage` recognises if it is not what was packed. */
export function readComponent(stored: StoredComponent, dictionary: Dictionary, sourceOf: SourceOf): IndexEntry[] {
  return packedMails(stored, dictionary).map((packed) => unpackMail(packed, sourceOf));
}

/** The places of the mails of a component, without unpacking them. */
export function readPlaces(places: Uint8Array): MailPlace[] {
  const bytes = Buffer.from(places.buffer, places.byteOffset, places.byteLength);
  return Array.from({ length: Math.floor(bytes.length / placeBytes) }, (_, number) => {
    const at = number * placeBytes;
    return { oid: bytes.toString("hex", at, at + 20), epoch: bytes.readUInt16LE(at + 20) };
  });
}
