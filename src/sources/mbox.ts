/** Cuts mbox files into mails while they stream by: mboxrd, mboxo, and what `git format-patch` writes. */

/** One mail of an mbox. */
export interface MboxMail {
  /** Unquoted, without the separator line. */
  readonly bytes: Buffer;
  /** Where it lies in the unpacked file, separator line included. */
  readonly start: number;
  readonly length: number;
}

export interface MboxSink {
  mail(mail: MboxMail): void;
  /** A mail that was passed over because it is too large. */
  tooLarge(start: number): void;
}

const lineFeed = 10;
const carriageReturn = 13;
const separator = Buffer.from("From ");
/** The line after a separator must be a header, or what looks like a separator is a sentence of a mail. */
const headerLine = /^(?:>?From |[!-9;-~]{1,76}:|\s*$)/;
/** A separator tells who and when: `From someone Thu Jan  1 00:00:00 1970`; many programs leave out the one or the other. */
const separatorLine = /^From \S+(?:\s.*\d)?\s*$/;

/** Takes the file chunk by chunk. Holds no more than one mail. */
export class MboxCutter {
  readonly #sink: MboxSink;
  readonly #largest: number;
  #memory: Buffer = Buffer.allocUnsafe(256 * 1024);
  /** The part of the memory that is in use: from the beginning of the mail at hand. */
  #held: Buffer = this.#memory.subarray(0, 0);
  /** Offset of `#held` in the file. */
  #offset = 0;
  /** How far in `#held` separators were looked for. */
  #searched = 0;
  #skipping = false;

  constructor(largest: number, sink: MboxSink) {
    this.#largest = largest;
    this.#sink = sink;
  }

  push(chunk: Buffer): void {
    this.#append(chunk);
    this.#cut(false);
    if (this.#held.length > this.#largest) {
      if (!this.#skipping) this.#sink.tooLarge(this.#offset);
      this.#skipping = true;
      // The end may be the beginning of a separator, with the blank line before it.
      this.#drop(this.#held.length - 1000);
    }
  }

  #append(chunk: Buffer): void {
    const length = this.#held.length + chunk.length;
    const start = this.#held.byteOffset - this.#memory.byteOffset;
    if (start + length > this.#memory.length) {
      const memory = length > this.#memory.length / 2 ? Buffer.allocUnsafe(length * 2) : this.#memory;
      this.#held.copy(memory, 0);
      this.#memory = memory;
      this.#held = memory.subarray(0, this.#held.length);
    }
    const from = this.#held.byteOffset - this.#memory.byteOffset;
    chunk.copy(this.#memory, from + this.#held.length);
    this.#held = this.#memory.subarray(from, from + length);
  }

  end(): void {
    this.#cut(true);
    if (!this.#skipping && this.#held.length > 0) this.#take(this.#held.length);
    this.#held = this.#memory.subarray(0, 0);
  }

  #cut(atEnd: boolean): void {
    for (;;) {
      const next = this.#nextSeparator(atEnd);
      if (next < 0) return;
      if (this.#skipping) this.#skipping = false;
      else if (next > 0) this.#take(next);
      this.#drop(next);
      this.#searched = separator.length;
    }
  }

  /** Where the next mail begins; -1 where that is not known yet. */
  #nextSeparator(atEnd: boolean): number {
    const held = this.#held;
    for (let at = held.indexOf(separator, this.#searched); at >= 0; at = held.indexOf(separator, at + 1)) {
      this.#searched = at;
      if (at > 0 && !isAfterBlank(held, at)) continue;
      const lineEnd = held.indexOf(lineFeed, at);
      const nextEnd = lineEnd < 0 ? -1 : held.indexOf(lineFeed, lineEnd + 1);
      if (nextEnd < 0 && !atEnd) return -1;
      const line = held.toString("latin1", at, lineEnd < 0 ? held.length : lineEnd);
      const following = lineEnd < 0 ? "" : held.toString("latin1", lineEnd + 1, nextEnd < 0 ? held.length : nextEnd);
      // The file itself begins with one; that is where it stays.
      if (separatorLine.test(line) && headerLine.test(following) && (at > 0 || this.#offset > 0) && !(at === 0 && !this.#skipping))
        return at;
    }
    this.#searched = Math.max(this.#searched, held.length - separator.length - 1, 0);
    return -1;
  }

  #take(length: number): void {
    const all = this.#held.subarray(0, length);
    const isSeparated = all.subarray(0, separator.length).equals(separator);
    const first = all.indexOf(lineFeed) + 1;
    const start = isSeparated && first > 0 ? first : 0;
    const bytes = unquoted(withoutLastBlank(all.subarray(start)));
    if (bytes.length > 0) this.#sink.mail({ bytes, start: this.#offset, length });
  }

  #drop(length: number): void {
    this.#held = this.#held.subarray(length);
    this.#offset += length;
    this.#searched = 0;
  }
}

/** The mail that lies at a place of an mbox. */
export function mailOfMbox(piece: Buffer): Buffer {
  let found: Buffer = Buffer.alloc(0);
  const cutter = new MboxCutter(Infinity, { mail: ({ bytes }) => (found = bytes), tooLarge: () => undefined });
  cutter.push(piece);
  cutter.end();
  return found;
}

function isAfterBlank(bytes: Buffer, at: number): boolean {
  if (bytes[at - 1] !== lineFeed) return false;
  return at === 1 || bytes[at - 2] === lineFeed || (bytes[at - 2] === carriageReturn && bytes[at - 3] === lineFeed);
}

/** The blank line in front of the next separator belongs to neither mail. */
function withoutLastBlank(bytes: Buffer): Buffer {
  if (bytes.at(-1) !== lineFeed) return bytes;
  if (bytes.at(-2) === lineFeed) return bytes.subarray(0, -1);
  return bytes.at(-2) === carriageReturn && bytes.at(-3) === lineFeed ? bytes.subarray(0, -2) : bytes;
}

const quotedFrom = Buffer.from(">From ");

/** Takes one `>` from lines such as `>From ` and `>>From `. */
function unquoted(bytes: Buffer): Buffer {
  if (!bytes.includes(quotedFrom)) return bytes;
  return Buffer.from(bytes.toString("latin1").replace(/^>(>*From )/gm, "$1"), "latin1");
}
