/** A component as the index stores it: for each mail where it lies and its facts as a record of few bytes, one record behind the other, compressed. */
import { constants, deflateRawSync, inflateRawSync, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import type { HunkRange, TouchedFile } from "../core/diff/diffstat";
import type { Author } from "../core/mail/author";
import type { Trailer, TrailerGiver } from "../core/mail/trailers";
import type { FactPatch, MailFacts } from "../core/postings/mailFacts";
import { DamagedIndex } from "./damage";
import type { WordTable, Words } from "./wordTable";

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

/** Bytes of an entry's place: blob id and number of the epoch. */
export const placeBytes = 22;

/** Reads a place. */
export function readPlace(from: Buffer, at: number): MailPlace {
  return { oid: from.toString("hex", at, at + 20), epoch: from.readUInt16LE(at + 20) };
}

/** Packs entries, each into memory of its own. */
export class EntryPacker {
  readonly #writer = new RecordWriter();
  readonly #words: WordTable;

  constructor(words: WordTable) {
    this.#words = words;
  }

  /** The place, then the record. */
  pack({ oid, epoch, arrived, spot, facts }: IndexEntry): Buffer {
    this.#writer.number(arrived);
    this.#writer.optional(spot);
    writeFacts(this.#writer, facts, this.#words);
    const record = this.#writer.take(placeBytes);
    record.write(oid, 0, 20, "hex");
    record.writeUInt16LE(epoch, 20);
    return record;
  }
}

/** What records do not repeat. */
export interface RecordContext {
  readonly words: Words;
  /** The name of the source an epoch belongs to. */
  readonly sourceOf: (epoch: number) => string;
}

/** Reads the record at an offset; says where it ends. */
export function unpackEntry(
  place: MailPlace,
  bytes: Buffer,
  start: number,
  { words, sourceOf }: RecordContext,
): { entry: IndexEntry; end: number } {
  const from = new RecordReader(bytes, start);
  const arrived = from.number();
  const spot = from.optional();
  const facts = readFacts(from, words, sourceOf(place.epoch));
  return { entry: { ...place, arrived, spot, facts }, end: from.end };
}

// A component as the index stores it: the records of its mails one behind the other, compressed.

/** As it stands in the table. */
export interface StoredComponent {
  /** For each mail its place, see `placeBytes`. */
  readonly places: Uint8Array;
  /** How it is compressed (one byte), then the records in the order of the places. */
  readonly body: Uint8Array;
}

const enum Method {
  Plain = 0,
  Deflate = 1,
  Zstd = 2,
}

/** Less is not worth compressing: setting it up takes as long as compressing ten times as much, and these are few of all bytes. */
const smallBody = 1000;
/** Of the memory that is set aside for the result; Node's own size is larger than most components. */
const smallestChunk = 1024;
/** No component is larger; what claims to be is damaged. */
const largestBody = 512 * 1024 * 1024;

/** Packs packed entries (place and record each) into a component. */
export function packComponent(records: readonly Buffer[]): StoredComponent {
  const places = Buffer.allocUnsafe(records.length * placeBytes);
  let length = 1;
  for (const [at, record] of records.entries()) {
    record.copy(places, at * placeBytes, 0, placeBytes);
    length += record.length - placeBytes;
  }
  const plain = Buffer.allocUnsafe(length);
  plain[0] = Method.Plain;
  let at = 1;
  for (const record of records) at += record.copy(plain, at, placeBytes);
  return { places, body: length < smallBody ? plain : compress(plain) };
}

function compress(plain: Buffer): Uint8Array {
  const records = plain.subarray(1);
  // Zstandard is twice as fast, but not every host's Node has it. Told the size, it makes itself small for it.
  const hasZstd = typeof zstdCompressSync === "function";
  const small = hasZstd
    ? zstdCompressSync(records, {
        pledgedSrcSize: records.length,
        chunkSize: Math.max(smallestChunk, records.length),
        params: { [constants.ZSTD_c_compressionLevel]: 1 },
      })
    : deflateRawSync(records, { level: 1 });
  return Buffer.concat([Buffer.of(hasZstd ? Method.Zstd : Method.Deflate), small]);
}

function decompress(body: Uint8Array): { bytes: Buffer; start: number } {
  const stored = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const limit = { maxOutputLength: largestBody };
  switch (stored[0]) {
    case Method.Plain:
      return { bytes: stored, start: 1 };
    case Method.Deflate:
      return { bytes: inflateRawSync(stored.subarray(1), limit), start: 0 };
    default:
      return { bytes: zstdDecompressSync(stored.subarray(1), limit), start: 0 };
  }
}

/** The mails of a component, and each as it was packed. */
export function readComponent({ places, body }: StoredComponent, context: RecordContext): { entries: IndexEntry[]; records: Buffer[] } {
  const { bytes, start } = decompress(body);
  const entries: IndexEntry[] = [];
  const records: Buffer[] = [];
  const packedPlaces = Buffer.from(places.buffer, places.byteOffset, places.byteLength);
  let at = start;
  for (const [number, place] of readPlaces(places).entries()) {
    const { entry, end } = unpackEntry(place, bytes, at, context);
    entries.push(entry);
    records.push(Buffer.concat([packedPlaces.subarray(number * placeBytes, (number + 1) * placeBytes), bytes.subarray(at, end)]));
    at = end;
  }
  return { entries, records };
}

/** Where the mails of a component lie, without unpacking them. */
export function readPlaces(places: Uint8Array): MailPlace[] {
  const buffer = Buffer.from(places.buffer, places.byteOffset, places.byteLength);
  return Array.from({ length: places.length / placeBytes }, (_, at) => readPlace(buffer, at * placeBytes));
}

// The facts of a mail as a record, and back. Writer and reader must go through the fields in the same order.

const kinds = ["reply", "patch", "cover", "pull", "bot", "other"] as const satisfies ReadonlyArray<MailFacts["kind"]>;
const vias = ["patch", "reply", "cover"] as const satisfies ReadonlyArray<Trailer["via"]>;
const givers: readonly TrailerGiver[] = ["sender", "sender-elsewhere", "other"];

/** What most mails do not have; where there is any of it, it is written as JSON. */
type Rarities = Pick<
  MailFacts,
  "coverTrailers" | "given" | "applied" | "prerequisites" | "citations" | "formerTitles" | "shortlog" | "diffstat"
>;

const enum Flag {
  Stable = 1,
  HasDiff = 2,
  Rfc = 4,
  Resend = 8,
  Reply = 16,
  Patch = 32,
  AuthorSent = 64,
  TitleInLine = 128,
  Basis = 256,
  Rarities = 512,
}

export function writeFacts(to: RecordWriter, facts: MailFacts, words: WordTable): void {
  const { subject, line, author, sender } = facts;
  const authorSent = author.email === sender.email && author.name === sender.name;
  const titleInLine = line.endsWith(subject.title);
  const hasBasis = facts.changeId !== null || facts.baseCommit !== null;
  const isRare =
    facts.coverTrailers.length > 0 ||
    facts.given.length > 0 ||
    facts.applied.length > 0 ||
    facts.prerequisites.length > 0 ||
    facts.citations.length > 0 ||
    facts.formerTitles.length > 0 ||
    facts.shortlog.length > 0 ||
    facts.diffstat.length > 0;
  to.number(
    (facts.stable ? Flag.Stable : 0) |
      (facts.hasDiff ? Flag.HasDiff : 0) |
      (subject.rfc ? Flag.Rfc : 0) |
      (subject.resend ? Flag.Resend : 0) |
      (subject.reply ? Flag.Reply : 0) |
      (subject.patch ? Flag.Patch : 0) |
      (authorSent ? Flag.AuthorSent : 0) |
      (titleInLine ? Flag.TitleInLine : 0) |
      (hasBasis ? Flag.Basis : 0) |
      (isRare ? Flag.Rarities : 0),
  );
  to.text(facts.messageId);
  to.signed(facts.date);
  to.number(kinds.indexOf(facts.kind));
  to.text(line);
  if (titleInLine) to.number(subject.title.length);
  else to.text(subject.title);
  to.number(subject.prefixes.length);
  for (const prefix of subject.prefixes) to.number(words.numberOf(prefix));
  to.number(subject.version);
  to.signed(subject.point);
  to.number(subject.index === null ? 0 : subject.index + 1);
  to.number(subject.expected === null ? 0 : subject.expected + 1);
  writeAuthor(to, sender, words);
  if (!authorSent) writeAuthor(to, author, words);
  to.optional(facts.inReplyTo);
  to.number(facts.references.length);
  for (const id of facts.references) to.text(id);
  to.number(facts.lists.length);
  for (const list of facts.lists) to.number(words.numberOf(list));
  to.number(words.numberOfPeople(facts.to));
  to.number(words.numberOfPeople(facts.cc));
  to.number(facts.patches.length);
  for (const patch of facts.patches) writePatch(to, patch, author, words);
  to.text(facts.fingerprint);
  if (hasBasis) {
    to.optional(facts.changeId);
    to.optional(facts.baseCommit);
  }
  if (isRare) {
    const { coverTrailers, given, applied, prerequisites, citations, formerTitles, shortlog, diffstat } = facts;
    to.text(
      JSON.stringify({ coverTrailers, given, applied, prerequisites, citations, formerTitles, shortlog, diffstat } satisfies Rarities),
    );
  }
}

function writeAuthor(to: RecordWriter, author: Author, words: WordTable): void {
  to.number(words.numberOfPerson(author));
}

function writePatch(to: RecordWriter, patch: FactPatch, author: Author, words: WordTable): void {
  to.optional(patch.title);
  const same = patch.author.email === author.email && patch.author.name === author.name;
  to.number(same ? 1 : 0);
  if (!same) writeAuthor(to, patch.author, words);
  to.optional(patch.patchId);
  to.number(patch.files.length);
  for (const file of patch.files) writeFile(to, file, words);
  to.number(patch.trailers.length);
  for (const trailer of patch.trailers) {
    const { key, value, via, messageId, giver } = trailer;
    to.number(words.numberOf(key));
    to.number(words.numberOf(value));
    to.number(vias.indexOf(via) * givers.length + (giver ? givers.indexOf(giver) : 0));
    to.optional(messageId ?? null);
  }
  to.optional(patch.upstream);
  to.number(patch.mangled.length);
  for (const sentence of patch.mangled) to.text(sentence);
}

function writeFile(to: RecordWriter, { path, oldPath, copied, changed, added, deleted, hunks }: TouchedFile, words: WordTable): void {
  to.number(words.numberOf(path));
  to.number(oldPath === undefined ? 0 : words.numberOf(oldPath) * 2 + (copied ? 2 : 1));
  for (const count of [changed, added, deleted]) to.number(count === null ? 0 : count + 1);
  to.number(hunks === undefined ? 0 : hunks.length + 1);
  let before = 0;
  for (const [oldStart, oldLines, newStart, newLines] of hunks ?? []) {
    to.signed(oldStart - before);
    to.number(oldLines);
    to.signed(newStart - oldStart);
    to.number(newLines);
    before = oldStart;
  }
}

/** @param source the name of the source, which is not repeated in each record */
export function readFacts(from: RecordReader, words: Words, source: string): MailFacts {
  const flags = from.number();
  const messageId = from.text();
  const date = from.signed();
  const kind = kinds[from.number()] ?? "other";
  const line = from.text();
  const title = flags & Flag.TitleInLine ? line.slice(line.length - from.number()) : from.text();
  const prefixes = many(from, () => words.textOf(from.number()));
  const version = from.number();
  const point = from.signed();
  const index = numberOrNull(from.number());
  const expected = numberOrNull(from.number());
  const sender = readAuthor(from, words);
  const author = flags & Flag.AuthorSent ? sender : readAuthor(from, words);
  const inReplyTo = from.optional();
  const references = many(from, () => from.text());
  const lists = many(from, () => words.textOf(from.number()));
  const to = words.peopleOf(from.number());
  const cc = words.peopleOf(from.number());
  const patches = many(from, () => readPatch(from, author, words));
  const fingerprint = from.text();
  const changeId = flags & Flag.Basis ? from.optional() : null;
  const baseCommit = flags & Flag.Basis ? from.optional() : null;
  const rarities = flags & Flag.Rarities ? (JSON.parse(from.text()) as Rarities) : none;
  return {
    messageId,
    date,
    kind,
    stable: (flags & Flag.Stable) !== 0,
    subject: {
      title,
      prefixes,
      version,
      point,
      index,
      expected,
      rfc: (flags & Flag.Rfc) !== 0,
      resend: (flags & Flag.Resend) !== 0,
      reply: (flags & Flag.Reply) !== 0,
      patch: (flags & Flag.Patch) !== 0,
    },
    line,
    author,
    sender,
    inReplyTo,
    references,
    lists,
    to,
    cc,
    hasDiff: (flags & Flag.HasDiff) !== 0,
    patches,
    changeId,
    baseCommit,
    ...rarities,
    fingerprint,
    source,
  };
}

const none: Rarities = {
  coverTrailers: [],
  given: [],
  applied: [],
  prerequisites: [],
  citations: [],
  formerTitles: [],
  shortlog: [],
  diffstat: [],
};

function many<T>(from: RecordReader, read: () => T): T[] {
  const list: T[] = [];
  for (let left = from.number(); left > 0; left--) list.push(read());
  return list;
}

function numberOrNull(number: number): number | null {
  return number === 0 ? null : number - 1;
}

function readAuthor(from: RecordReader, words: Words): Author {
  return words.personOf(from.number());
}

function readPatch(from: RecordReader, factsAuthor: Author, words: Words): FactPatch {
  const title = from.optional();
  const author = from.number() === 1 ? factsAuthor : readAuthor(from, words);
  const patchId = from.optional();
  const files = many(from, () => readFile(from, words));
  const trailers = many(from, () => readTrailer(from, words));
  const upstream = from.optional();
  return { title, author, patchId, files, trailers, upstream, mangled: many(from, () => from.text()) };
}

function readTrailer(from: RecordReader, words: Words): Trailer {
  const key = words.textOf(from.number());
  const value = words.textOf(from.number());
  const how = from.number();
  const giver = givers[how % givers.length];
  const messageId = from.optional();
  return {
    key,
    value,
    via: vias[Math.floor(how / givers.length)] ?? "patch",
    ...(messageId === null ? {} : { messageId }),
    ...(giver === undefined || giver === "sender" ? {} : { giver }),
  };
}

function readFile(from: RecordReader, words: Words): TouchedFile {
  const path = words.textOf(from.number());
  const old = from.number();
  const changed = numberOrNull(from.number());
  const added = numberOrNull(from.number());
  const deleted = numberOrNull(from.number());
  const count = from.number();
  const hunks: HunkRange[] = [];
  let before = 0;
  for (let left = count - 1; left > 0; left--) {
    const oldStart = before + from.signed();
    const oldLines = from.number();
    hunks.push([oldStart, oldLines, oldStart + from.signed(), from.number()]);
    before = oldStart;
  }
  return {
    path,
    ...(old === 0 ? {} : { oldPath: words.textOf((old - 1) >> 1) }),
    ...(old > 0 && old % 2 === 0 ? { copied: true as const } : {}),
    changed,
    added,
    deleted,
    ...(count === 0 ? {} : { hunks }),
  };
}

// Numbers and texts as few bytes. All texts stand together in front of the numbers, so that they are decoded at once.

/** Writes records one after the other; the memory is used again for each. */
export class RecordWriter {
  #bytes = Buffer.allocUnsafe(16 * 1024);
  #at = 0;
  #text = "";

  /** A whole number from 0 on. */
  number(value: number): void {
    if (this.#at + 10 > this.#bytes.length) this.#grow();
    if (value < 128) {
      this.#bytes[this.#at++] = value;
      return;
    }
    let rest = value;
    while (rest >= 128) {
      this.#bytes[this.#at++] = (rest % 128) | 0x80;
      rest = rest < 0x80000000 ? rest >>> 7 : Math.floor(rest / 128);
    }
    this.#bytes[this.#at++] = rest;
  }

  /** A whole number that may be below 0. */
  signed(value: number): void {
    this.number(value < 0 ? -value * 2 - 1 : value * 2);
  }

  text(value: string): void {
    this.number(value.length);
    this.#text += value;
  }

  /** A text or null. */
  optional(value: string | null): void {
    this.number(value === null ? 0 : value.length + 1);
    if (value !== null) this.#text += value;
  }

  /** What was written since the last call, in memory of its own, after `room` bytes for the caller. */
  take(room: number): Buffer {
    const textBytes = Buffer.byteLength(this.#text);
    const wide = textBytes !== this.#text.length;
    const head = textBytes * 2 + (wide ? 1 : 0);
    const headLength = head < 128 ? 1 : head < 16384 ? 2 : head < 2097152 ? 3 : 5;
    const record = Buffer.allocUnsafe(room + headLength + textBytes + this.#at);
    let at = room;
    for (let left = headLength, rest = head; left > 0; left--, rest = Math.floor(rest / 128))
      record[at++] = (rest % 128) | (left > 1 ? 0x80 : 0);
    if (wide) record.write(this.#text, at, textBytes, "utf8");
    else record.write(this.#text, at, textBytes, "latin1");
    this.#bytes.copy(record, at + textBytes, 0, this.#at);
    this.#at = 0;
    this.#text = "";
    return record;
  }

  #grow(): void {
    const larger = Buffer.allocUnsafe(this.#bytes.length * 2);
    this.#bytes.copy(larger, 0, 0, this.#at);
    this.#bytes = larger;
  }
}

/** Reads a record in the order it was written. What is cut off or damaged throws. */
export class RecordReader {
  readonly #bytes: Uint8Array;
  readonly #text: string;
  #at: number;
  #textAt = 0;

  /** @param start where the record begins, behind the caller's room */
  constructor(bytes: Buffer, start: number) {
    this.#bytes = bytes;
    this.#at = start;
    const head = this.number();
    const length = Math.floor(head / 2);
    const end = this.#at + length;
    this.#text = bytes.toString(head % 2 === 1 ? "utf8" : "latin1", this.#at, end);
    this.#at = end;
  }

  /** Where the next record may begin, once this one was read. */
  get end(): number {
    return this.#at;
  }

  number(): number {
    const first = this.#bytes[this.#at];
    if (first !== undefined && first < 128) {
      this.#at++;
      return first;
    }
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw new DamagedIndex("a record of the index is cut off");
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  }

  signed(): number {
    const value = this.number();
    return value % 2 === 1 ? -(value + 1) / 2 : value / 2;
  }

  text(): string {
    return this.#cut(this.number());
  }

  optional(): string | null {
    const length = this.number();
    return length === 0 ? null : this.#cut(length - 1);
  }

  #cut(length: number): string {
    const text = this.#text.slice(this.#textAt, this.#textAt + length);
    this.#textAt += length;
    return text;
  }
}

/** A mail and how it is packed. */
export interface StoredEntry {
  readonly entry: IndexEntry;
  readonly record: Buffer;
}
