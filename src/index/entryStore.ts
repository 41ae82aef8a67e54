/**
 * Holds mails that have been read and wait to be assembled. A few stay as they are. The mails of a long list are packed and
 * written to a file beside the index as they come: memory stays small, and after a kill the next run goes on where the file ends.
 */
import { closeSync, existsSync, fstatSync, ftruncateSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { crc32 } from "node:zlib";
import { hashedKeys } from "./assembling";
import {
  type IndexEntry,
  packComponent,
  type PackedMail,
  packedMails,
  packMail,
  type SourceOf,
  type StoredComponent,
  unpackMail,
} from "./componentFormat";

/** Mails that are kept without a file. Their texts are pieces of the mails', which stay in memory with them. */
const mostHeld = 16384;
/** How many mails are compressed together. They came in one after the other, so many of them are wanted together again. */
const mailsOfFrame = 16;
/** How many frames stay open while components are gathered from them. */
const openFrames = 1024;
/** The head of a frame: its checksum, and the lengths of its places and of its body. */
const headBytes = 12;

interface Frame {
  readonly start: number;
  readonly length: number;
  /** The number of its first mail. */
  readonly first: number;
}

/** A mail, and its packed form, so that it is packed only once. */
export interface StoredMail {
  readonly entry: IndexEntry;
  readonly packed: PackedMail;
}

interface StoreOptions {
  readonly sourceOf: SourceOf;
  /** The least number of mails to expect, as far as it is known. */
  readonly expected?: number;
  /** For tests; see `mostHeld`. */
  readonly held?: number | undefined;
}

export class EntryStore {
  readonly #file: string;
  readonly #purpose: Buffer;
  readonly #options: StoreOptions;
  /** Which mails belong together, by their numbers here. */
  readonly links = new LinkTable();
  #fd: number | null = null;
  #fileLength = 0;
  readonly #frames: Frame[] = [];
  /** The frame of each mail that was written. */
  readonly #frameOf: number[] = [];
  /** Mails are unpacked one by one, because those of a list are scattered over its components. */
  readonly #open = new Map<number, readonly PackedMail[]>();
  /** The mails after the last frame. */
  #held: IndexEntry[] = [];
  /** The mails that an earlier run had read. */
  readonly #resumed = new Set<string>();

  /**
   * @param file where many mails are written
   * @param purpose what is being read; mails that were read for another purpose are thrown away
   */
  constructor(file: string, purpose: string, options: StoreOptions) {
    this.#file = file;
    this.#purpose = Buffer.from(`${purpose}\n`);
    this.#options = options;
    if (existsSync(file)) this.#resume((this.#fd = openSync(file, "r+")));
  }

  get length(): number {
    return this.links.count;
  }

  /** Whether it holds a mail already. */
  has(epoch: number, oid: string): boolean {
    return this.#resumed.size > 0 && this.#resumed.has(`${epoch} ${oid}`);
  }

  add(entry: IndexEntry): void {
    this.links.add(hashedKeys(entry.facts));
    this.#held.push(entry);
    if (this.#held.length >= this.#mostHeld) this.save();
  }

  get #mostHeld(): number {
    const { held = mostHeld, expected = 0 } = this.#options;
    return this.#frames.length > 0 || expected > held ? mailsOfFrame : held;
  }

  /** Writes all added mails to the file, for the next run. */
  save(): void {
    if (this.#held.length === 0) return;
    const fd = (this.#fd ??= openSync(this.#file, "w+"));
    if (this.#fileLength === 0) this.#fileLength = writeAll(fd, this.#purpose, 0);
    for (let at = 0; at < this.#held.length; at += mailsOfFrame) this.#write(fd, this.#held.slice(at, at + mailsOfFrame));
    this.#held = [];
  }

  #write(fd: number, entries: readonly IndexEntry[]): void {
    const { places, body } = packComponent(entries.map(packMail), null);
    const head = Buffer.alloc(headBytes);
    head.writeUInt32LE(crc32(body, crc32(places)), 0);
    head.writeUInt32LE(places.length, 4);
    head.writeUInt32LE(body.length, 8);
    const frame = Buffer.concat([head, places, body]);
    writeAll(fd, frame, this.#fileLength);
    this.#note(frame.length, entries.length);
  }

  #note(length: number, mails: number): void {
    const first = this.#frameOf.length;
    for (let left = mails; left > 0; left--) this.#frameOf.push(this.#frames.length);
    this.#frames.push({ start: this.#fileLength, length, first });
    this.#fileLength += length;
  }

  get(number: number): StoredMail {
    const at = this.#frameOf[number];
    const frame = at === undefined ? undefined : this.#frames[at];
    if (at !== undefined && frame) {
      const packed = this.#opened(at, frame)[number - frame.first];
      if (packed) return { entry: unpackMail(packed, this.#options.sourceOf), packed };
    }
    const entry = this.#held[number - this.#frameOf.length];
    if (!entry) throw new Error(`there is no mail ${number}`);
    return { entry, packed: packMail(entry) };
  }

  #opened(at: number, { start, length }: Frame): readonly PackedMail[] {
    const known = this.#open.get(at);
    if (known) return known;
    const stored = this.#fd === null ? null : readFrame(this.#fd, start, start + length);
    if (!stored) throw new Error("the file of mails being read was cut off");
    const [oldest] = this.#open.keys();
    if (oldest !== undefined && this.#open.size >= openFrames) this.#open.delete(oldest);
    const mails = packedMails(stored, null);
    this.#open.set(at, mails);
    return mails;
  }

  /** Closes the file, and removes it if the mails are in the index. */
  close(remove: boolean): void {
    if (this.#fd !== null) closeSync(this.#fd);
    if (remove) rmSync(this.#file, { force: true });
  }

  #resume(fd: number): void {
    const { size } = fstatSync(fd);
    const purpose = Buffer.alloc(this.#purpose.length);
    if (readSync(fd, purpose, 0, purpose.length, 0) === purpose.length && purpose.equals(this.#purpose)) {
      this.#fileLength = purpose.length;
      for (let frame = readFrame(fd, this.#fileLength, size); frame; frame = readFrame(fd, this.#fileLength, size)) {
        const mails = packedMails(frame, null);
        this.#note(headBytes + frame.places.length + frame.body.length, mails.length);
        for (const mail of mails) {
          this.links.add(hashedKeys(unpackMail(mail, this.#options.sourceOf).facts));
          this.#resumed.add(`${mail.epoch} ${mail.oid}`);
        }
      }
    }
    ftruncateSync(fd, this.#fileLength);
  }
}

/**
 * Writes bytes at an offset and returns how many. A full disk takes the first half of a write and reports the error for the
 * second.
 */
function writeAll(fd: number, bytes: Buffer, at: number): number {
  for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done, bytes.length - done, at + done);
  return bytes.length;
}

/** The frame that begins at an offset; null where a kill left none or half of one. */
function readFrame(fd: number, start: number, end: number): StoredComponent | null {
  const head = Buffer.alloc(headBytes);
  if (start + headBytes > end || readSync(fd, head, 0, headBytes, start) < headBytes) return null;
  const [placesLength, bodyLength] = [head.readUInt32LE(4), head.readUInt32LE(8)];
  const length = placesLength + bodyLength;
  if (start + headBytes + length > end) return null;
  const frame = Buffer.allocUnsafe(length);
  if (readSync(fd, frame, 0, length, start + headBytes) < length) return null;
  const stored = { places: frame.subarray(0, placesLength), body: frame.subarray(placesLength) };
  return crc32(stored.body, crc32(stored.places)) === head.readUInt32LE(0) ? stored : null;
}

// Groups mails: each link key joins all mails that have it. It uses typed arrays, since a list has millions of keys.

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
    if (this.#used * 3 >= this.#keys.length * 2) this.#grow();
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

  /** The mail that stands for the whole group of a mail. */
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
  *components(): Generator<number[]> {
    // Each mail's root has a smaller number, so the root's group exists when the mail is reached.
    const next = new Int32Array(this.#count).fill(-1);
    const last = new Int32Array(this.#count);
    for (let node = 0; node < this.#count; node++) {
      const root = this.find(node);
      if (root !== node) next[last[root] ?? 0] = node;
      last[root] = node;
    }
    for (let root = 0; root < this.#count; root++) {
      if (this.find(root) !== root) continue;
      const members: number[] = [];
      for (let node = root; node !== -1; node = next[node] ?? -1) members.push(node);
      yield members;
    }
  }

  /** All keys, each with a mail that has it. */
  *keys(): Generator<{ readonly key: number; readonly mail: number }> {
    for (let at = 0; at < this.#keys.length; at++) {
      const key = this.#keys[at] ?? -1;
      if (key !== -1) yield { key, mail: this.#owners[at] ?? 0 };
    }
  }
}
