/** The stream of `git cat-file --batch`, cut into objects. */

/** One object as git hands it out, or why it is not handed out, as the end of a sentence about the mail. */
export type Blob =
  | { readonly oid: string; readonly bytes: Uint8Array }
  | { readonly oid: string; readonly bytes: null; readonly problem: string; readonly tooLarge: boolean };

const lineFeed = 10;

/** Cuts the stream of `cat-file --batch` into blobs. A blob inside one chunk is handed out without being copied. */
export class BatchParser {
  /** Objects handed out whole. */
  done = 0;
  readonly #take: (blob: Blob) => void;
  readonly #largest: number;
  /** The beginning of an object whose end has not come yet. */
  #held = Buffer.allocUnsafe(256 * 1024);
  #heldLength = 0;
  /** Of the object in `#held`: how long it is with its header line and final line feed; -1 while that is not known. */
  #wanted = -1;
  /** How much of an object that is too large is still to come. */
  #skipping = 0;

  /** @param largest larger objects are passed over */
  constructor(largest: number, take: (blob: Blob) => void) {
    this.#take = take;
    this.#largest = largest;
  }

  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#skipping > 0) {
        const skipped = Math.min(this.#skipping, chunk.length - at);
        this.#skipping -= skipped;
        at += skipped;
      } else if (this.#heldLength > 0) at = this.#finishHeld(chunk, at);
      else {
        const used = this.#takeObject(chunk, at);
        if (used < 0) {
          this.#hold(chunk, at, chunk.length);
          return;
        }
        at += used;
      }
    }
  }

  /** Adds to what is held until the object is whole. */
  #finishHeld(chunk: Buffer, from: number): number {
    if (this.#wanted < 0) {
      const lineEnd = chunk.indexOf(lineFeed, from);
      const to = lineEnd < 0 ? chunk.length : lineEnd + 1;
      this.#hold(chunk, from, to);
      if (lineEnd < 0) return to;
      const used = this.#takeObject(this.#held.subarray(0, this.#heldLength), 0);
      if (used >= 0) this.#forget();
      return to;
    }
    const to = Math.min(chunk.length, from + this.#wanted - this.#heldLength);
    this.#hold(chunk, from, to);
    if (this.#heldLength === this.#wanted) {
      this.#takeObject(this.#held.subarray(0, this.#heldLength), 0);
      this.#forget();
    }
    return to;
  }

  #forget(): void {
    this.#heldLength = 0;
    this.#wanted = -1;
    // One large mail must not keep its memory for the rest of the archive.
    if (this.#held.length > 8 * 1024 * 1024) this.#held = Buffer.allocUnsafe(256 * 1024);
  }

  #hold(chunk: Buffer, from: number, to: number): void {
    const needed = this.#heldLength + to - from;
    if (needed > this.#held.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, this.#wanted, this.#held.length * 2));
      this.#held.copy(larger, 0, 0, this.#heldLength);
      this.#held = larger;
    }
    chunk.copy(this.#held, this.#heldLength, from, to);
    this.#heldLength = needed;
  }

  /** Hands out the object that begins at an offset; says how many bytes it took, -1 where its end is not there yet. */
  #takeObject(bytes: Buffer, at: number): number {
    const lineEnd = bytes.indexOf(lineFeed, at);
    if (lineEnd < 0) return -1;
    const line = bytes.toString("latin1", at, lineEnd);
    const oidEnd = line.indexOf(" ");
    const kindEnd = line.indexOf(" ", oidEnd + 1);
    const oid = oidEnd < 0 ? line : line.slice(0, oidEnd);
    const kind = oidEnd < 0 ? "" : line.slice(oidEnd + 1, kindEnd < 0 ? line.length : kindEnd);
    const length = kindEnd < 0 ? "0" : line.slice(kindEnd + 1);
    const start = lineEnd + 1;
    if (kind === "missing" || kind === "ambiguous") {
      this.#finish({ oid, bytes: null, problem: "is missing from the repository", tooLarge: false });
      return start - at;
    }
    const size = Number(length);
    if (size > this.#largest) {
      const megabytes = Math.round(size / 1024 / 1024);
      const problem = `is ${megabytes} MB; mails are read up to ${Math.round(this.#largest / 1024 / 1024)} MB`;
      this.#finish({ oid, bytes: null, problem, tooLarge: true });
      this.#skipping = size + 1;
      return start - at;
    }
    if (start + size + 1 > bytes.length) {
      this.#wanted = start - at + size + 1;
      return -1;
    }
    if (kind === "blob") this.#finish({ oid, bytes: bytes.subarray(start, start + size) });
    else this.#finish({ oid, bytes: null, problem: "is no mail", tooLarge: false });
    return start + size + 1 - at;
  }

  #finish(blob: Blob): void {
    this.done++;
    this.#take(blob);
  }
}
