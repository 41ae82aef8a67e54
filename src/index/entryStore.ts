/**
 * Mails that have been read and wait to be assembled. They are packed and written to a file beside the index as they come:
 * memory stays small however long the list is, and a run that was killed goes on where the file ends.
 */
import { closeSync, fstatSync, ftruncateSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { crc32 } from "node:zlib";
import { hashedKeys } from "./assembling";
import { EntryPacker, type IndexEntry, placeBytes, readPlace, type RecordContext, type StoredEntry, unpackEntry } from "./componentFormat";
import type { WordTable } from "./wordTable";

/** Written at once, with a checksum: what a kill leaves half done is noticed. */
const chunkBytes = 1024 * 1024;
/** So much is also kept in memory, which saves reading it again. */
const keptBytes = 48 * 1024 * 1024;

interface Chunk {
  /** Where its records begin in the file. */
  readonly start: number;
  readonly length: number;
  readonly bytes: Buffer | null;
}

/** What records do not repeat, of an index that is being written. */
export interface WritingContext extends RecordContext {
  readonly words: WordTable;
}

export class EntryStore {
  readonly #context: WritingContext;
  /** Which mails belong together, by their numbers here. */
  readonly links = new LinkTable();
  readonly #packer: EntryPacker;
  readonly #fd: number | null;
  readonly #file: string | null;
  readonly #chunks: Chunk[] = [];
  /** Of each entry: its chunk, and where in it its record begins and how long it is. */
  #chunkOf: number[] = [];
  #startOf: number[] = [];
  #lengthOf: number[] = [];
  /** What a run before this one had read. */
  readonly #resumed = new Set<string>();
  #filling: Buffer[] = [];
  #fillingLength = 0;
  #fileLength = 0;
  #kept = 0;
  #wordsWritten = 0;

  /**
   * @param file where the records are written; null keeps all in memory, for the few mails of a refresh
   * @param purpose what is being read; records of another purpose in the file are thrown away
   */
  constructor(context: WritingContext, file: string | null, purpose: string) {
    this.#context = context;
    this.#packer = new EntryPacker(context.words);
    this.#file = file;
    this.#fd = file === null ? null : openSync(file, "a+");
    this.#wordsWritten = context.words.size;
    if (this.#fd !== null) this.#resume(this.#fd, Buffer.from(`${purpose}\n`));
  }

  get length(): number {
    return this.#chunkOf.length;
  }

  /** Whether it holds a mail already. */
  has(epoch: number, oid: string): boolean {
    return this.#resumed.size > 0 && this.#resumed.has(`${epoch} ${oid}`);
  }

  #link({ facts, epoch, oid }: IndexEntry): void {
    this.links.add(hashedKeys(facts));
    this.#resumed.add(`${epoch} ${oid}`);
  }

  add(entry: IndexEntry): void {
    this.links.add(hashedKeys(entry.facts));
    const record = this.#packer.pack(entry);
    this.#note(this.#chunks.length, this.#fillingLength, record.length);
    this.#filling.push(record);
    this.#fillingLength += record.length;
    if (this.#fillingLength >= chunkBytes) this.flush();
  }

  get(number: number): StoredEntry {
    const record = this.#recordOf(number);
    return { entry: this.#unpack(record), record };
  }

  #unpack(record: Buffer): IndexEntry {
    return unpackEntry(readPlace(record, 0), record, placeBytes, this.#context).entry;
  }

  #recordOf(number: number): Buffer {
    const length = this.#lengthOf[number] ?? 0;
    const chunk = this.#chunks[this.#chunkOf[number] ?? 0];
    const start = this.#startOf[number] ?? 0;
    if (!chunk) throw new Error("the mails read last were not written yet");
    if (chunk.bytes) return chunk.bytes.subarray(start, start + length);
    const record = Buffer.allocUnsafe(length);
    if (this.#fd === null || readSync(this.#fd, record, 0, length, chunk.start + start) < length)
      throw new Error("the file of mails being read was cut off");
    return record;
  }

  /** Writes what was added since the last chunk; only then can it be got. */
  flush(): void {
    if (this.#fillingLength === 0) return;
    const records = Buffer.concat(this.#filling, this.#fillingLength);
    const lengths = Buffer.from(Uint32Array.from(this.#filling, ({ length }) => length).buffer);
    const words = Buffer.from(JSON.stringify(this.#newWords()));
    let start = 0;
    if (this.#fd !== null) {
      const head = Buffer.allocUnsafe(16);
      head.writeUInt32LE(crc32(records, crc32(lengths, crc32(words))), 0);
      for (const [at, part] of [words, lengths, records].entries()) head.writeUInt32LE(part.length, 4 + at * 4);
      const chunk = Buffer.concat([head, words, lengths, records]);
      writeSync(this.#fd, chunk);
      start = this.#fileLength + chunk.length - records.length;
      this.#fileLength += chunk.length;
    }
    this.#keep(records, start);
    this.#filling = [];
    this.#fillingLength = 0;
  }

  /** Closes the file, and removes it when the mails are in the index. */
  close(remove: boolean): void {
    if (this.#fd !== null) closeSync(this.#fd);
    if (remove && this.#file !== null) rmSync(this.#file, { force: true });
  }

  #newWords(): string[] {
    const { words } = this.#context;
    const added: string[] = [];
    for (; this.#wordsWritten < words.size; this.#wordsWritten++) added.push(words.textOf(this.#wordsWritten));
    return added;
  }

  #note(chunk: number, start: number, length: number): void {
    this.#chunkOf.push(chunk);
    this.#startOf.push(start);
    this.#lengthOf.push(length);
  }

  #keep(records: Buffer, start: number): void {
    const keep = this.#fd === null || this.#kept + records.length <= keptBytes;
    if (keep) this.#kept += records.length;
    this.#chunks.push({ start, length: records.length, bytes: keep ? records : null });
  }

  #resume(fd: number, purpose: Buffer): void {
    const size = fstatSync(fd).size;
    const read = (length: number, at: number): Buffer | null => {
      const bytes = Buffer.allocUnsafe(length);
      return at + length <= size && readSync(fd, bytes, 0, length, at) === length ? bytes : null;
    };
    if (read(purpose.length, 0)?.equals(purpose) !== true) {
      ftruncateSync(fd, 0);
      writeSync(fd, purpose);
      this.#fileLength = purpose.length;
      return;
    }
    let at = purpose.length;
    for (let head = read(16, at); head; head = read(16, at)) {
      const [wordsLength, lengthsLength, recordsLength] = [head.readUInt32LE(4), head.readUInt32LE(8), head.readUInt32LE(12)];
      if (wordsLength + lengthsLength + recordsLength > size) break;
      const words = read(wordsLength, at + 16);
      const lengths = read(lengthsLength, at + 16 + wordsLength);
      const start = at + 16 + wordsLength + lengthsLength;
      const records = read(recordsLength, start);
      if (!words || !lengths || !records || crc32(records, crc32(lengths, crc32(words))) !== head.readUInt32LE(0)) break;
      for (const word of JSON.parse(words.toString()) as string[]) this.#context.words.numberOf(word);
      this.#wordsWritten = this.#context.words.size;
      let offset = 0;
      for (let entry = 0; entry < lengthsLength; entry += 4) {
        const length = lengths.readUInt32LE(entry);
        this.#note(this.#chunks.length, offset, length);
        this.#link(this.#unpack(records.subarray(offset, offset + length)));
        offset += length;
      }
      this.#keep(records, start);
      at = start + recordsLength;
    }
    ftruncateSync(fd, at);
    this.#fileLength = at;
  }
}

// Which mails belong together: each link key joins all mails that have it. Typed arrays, since a list has millions of keys.

/** Mails by number, and the link keys that join them. */
export class LinkTable {
  #parents = new Int32Array(1024);
  #count = 0;
  /** Open addressing; -1 marks an empty place. */
  #keys = new Float64Array(4096).fill(-1);
  #owners = new Int32Array(4096);
  #used = 0;

  get count(): number {
    return this.#count;
  }

  /** A new mail with its keys; says its number. */
  add(keys: readonly number[]): number {
    const node = this.#count++;
    if (node === this.#parents.length) {
      const larger = new Int32Array(node * 2);
      larger.set(this.#parents);
      this.#parents = larger;
    }
    this.#parents[node] = node;
    for (const key of keys) this.#link(key, node);
    return node;
  }

  #link(key: number, node: number): void {
    if (this.#used * 2 >= this.#keys.length) this.#grow();
    const place = this.#placeOf(key);
    if (this.#keys[place] === key) this.join(this.#owners[place] ?? node, node);
    else {
      this.#keys[place] = key;
      this.#owners[place] = node;
      this.#used++;
    }
  }

  #placeOf(key: number): number {
    const mask = this.#keys.length - 1;
    let place = (key ^ Math.floor(key / 65536)) & mask;
    for (;;) {
      const found = this.#keys[place];
      if (found === key || found === -1) return place;
      place = (place + 1) & mask;
    }
  }

  #grow(): void {
    const [keys, owners] = [this.#keys, this.#owners];
    this.#keys = new Float64Array(keys.length * 2).fill(-1);
    this.#owners = new Int32Array(keys.length * 2);
    for (let at = 0; at < keys.length; at++) {
      const key = keys[at] ?? -1;
      if (key === -1) continue;
      const place = this.#placeOf(key);
      this.#keys[place] = key;
      this.#owners[place] = owners[at] ?? 0;
    }
  }

  /** The mail that stands for all that hang together with one. */
  find(node: number): number {
    let root = node;
    for (let parent = this.#parents[root] ?? root; parent !== root; parent = this.#parents[root] ?? root) root = parent;
    for (let at = node; at !== root;) {
      const next = this.#parents[at] ?? root;
      this.#parents[at] = root;
      at = next;
    }
    return root;
  }

  join(a: number, b: number): void {
    const [first, second] = [this.find(a), this.find(b)];
    // The smaller number stands for both, so that components come in the order of their first mails.
    if (first < second) this.#parents[second] = first;
    else this.#parents[first] = second;
  }

  /** The mails of each component, in the order of their first mails. */
  components(): number[][] {
    const byRoot = new Map<number, number[]>();
    for (let node = 0; node < this.#count; node++) {
      const root = this.find(node);
      const known = byRoot.get(root);
      if (known) known.push(node);
      else byRoot.set(root, [node]);
    }
    return [...byRoot.values()];
  }

  /** All keys in ascending order, and a mail that has each. */
  sortedKeys(): { keys: Float64Array; owners: Int32Array } {
    const keys = this.#keys.filter((key) => key !== -1).sort();
    const owners = new Int32Array(keys.length);
    for (let at = 0; at < keys.length; at++) owners[at] = this.#owners[this.#placeOf(keys[at] ?? 0)] ?? 0;
    return { keys, owners };
  }
}
