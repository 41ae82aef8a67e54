/** Numbers and texts as few bytes. All texts stand together in front of the numbers, so that they are decoded at once. */

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
      if (byte === undefined) throw new Error("a record of the index is cut off");
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
