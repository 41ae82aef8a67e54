/** One mail as the index keeps it: where it lies, and its facts. A mail read on several lists has an entry for each. */
import type { MailFacts } from "../core/assembly/mailFacts";
import { RecordReader, RecordWriter } from "./bytes";
import { readFacts, writeFacts } from "./factsRecord";
import type { Words } from "./words";

/** Where a mail lies. */
export interface Place {
  /** Of the mail's bytes as a git blob, 40 hex digits, also where it lies in no repository. */
  readonly oid: string;
  /** Number of the epoch (repository, file or folder) it lies in. */
  readonly epoch: number;
}

export interface Entry extends Place {
  /** When its archive took it in, in seconds; its own date where nothing tells. */
  readonly arrived: number;
  /** Where in its file or folder it lies, see mailFiles.ts; null in repositories. */
  readonly spot: string | null;
  readonly facts: MailFacts;
}

/** Bytes of an entry's place: blob id and number of the epoch. */
export const placeBytes = 22;

/** Reads a place. */
export function readPlace(from: Buffer, at: number): Place {
  return { oid: from.toString("hex", at, at + 20), epoch: from.readUInt16LE(at + 20) };
}

/** Packs entries, each into memory of its own. */
export class EntryPacker {
  readonly #writer = new RecordWriter();
  readonly #words: Words;

  constructor(words: Words) {
    this.#words = words;
  }

  /** The place, then the record. */
  pack({ oid, epoch, arrived, spot, facts }: Entry): Buffer {
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
export function unpackEntry(place: Place, bytes: Buffer, start: number, { words, sourceOf }: RecordContext): { entry: Entry; end: number } {
  const from = new RecordReader(bytes, start);
  const arrived = from.number();
  const spot = from.optional();
  const facts = readFacts(from, words, sourceOf(place.epoch));
  return { entry: { ...place, arrived, spot, facts }, end: from.end };
}
