/**
 * Cuts an mbox into its mails while it is streamed. It works on bytes, since each mail has a charset of its own. It reads mboxrd,
 * mboxo and the output of `git format-patch`, and ignores Content-Length, which is wrong more often than not.
 */

/** One mail of an mbox. */
interface MboxMail {
  /** Unquoted, without the separator line. */
  readonly bytes: Uint8Array;
  /** Its range in the unpacked file, separator line included. */
  readonly start: number;
  readonly length: number;
}

interface MboxSink {
  mail(mail: MboxMail): void;
  /** Called for a mail that was skipped because it is too large. */
  tooLarge(start: number): void;
}

/** Which lines lose a `>`: mboxrd quotes a line `>From ` once more, mboxo leaves it as it is. */
type MboxQuoting = "mboxrd" | "mboxo";

const lineFeed = 10;
const carriageReturn = 13;
const greater = 62;
/** `From `, which a mail begins with. */
const fromWords: readonly number[] = [70, 114, 111, 109, 32];
/** Bytes of the first two lines of a mail that are looked at; real ones are shorter. */
const longestLine = 1000;
/** A separator, `From someone Thu Jan  1 00:00:00 1970`. Many programs leave out the sender or the date. */
const separatorLine = /^From \S+(?:\s.*\d)?\s*$/;
/** The line below a separator has to be a header; else the separator is a sentence of a mail. */
const headerLine = /^(?:>?From |[!-9;-~]{1,76}:|\s*$)/;

/** Takes an mbox piece by piece and holds no more than one mail of it. */
export class MboxCutter {
  #held = new Uint8Array(0);
  #length = 0;
  /** The offset of the held bytes in the file. */
  #offset = 0;
  /** The beginning of the first line that was not searched for a separator yet. */
  #searched = 0;
  /** Up to where that line has no end: without it, each piece would make a long line be searched from its beginning. */
  #endless = 0;
  #isSkipping = false;

  constructor(
    private readonly largest: number,
    private readonly sink: MboxSink,
    private readonly quoting: MboxQuoting = "mboxrd",
  ) {}

  push(piece: Uint8Array): void {
    const needed = this.#length + piece.length;
    if (needed > this.#held.length) {
      // The buffer doubles, or a large mail in small pieces would be copied once for each piece.
      const grown = new Uint8Array(Math.max(needed, this.#held.length * 2));
      grown.set(this.#held.subarray(0, this.#length));
      this.#held = grown;
    }
    this.#held.set(piece, this.#length);
    this.#length = needed;
    this.#cut(false);
    if (this.#length <= this.largest) return;
    if (!this.#isSkipping) this.sink.tooLarge(this.#offset);
    this.#isSkipping = true;
    // A line longer than any separator is none, so only its end matters.
    if (this.#length - this.#searched > 2 * longestLine) this.#searched = this.#length;
    // The last bytes stay, since a separator needs a blank line above it.
    this.#drop(Math.max(0, this.#searched - 3));
  }

  /** Ends the file, and with it the last mail. */
  end(): void {
    this.#cut(true);
    if (!this.#isSkipping && this.#length > 0) this.#take(0, this.#length);
    this.#held = new Uint8Array(0);
    this.#length = 0;
  }

  #cut(isLast: boolean): void {
    const bytes = this.#held.subarray(0, this.#length);
    let start = 0;
    let line = this.#searched;
    while (line < bytes.length) {
      const lineEnd = bytes.indexOf(lineFeed, Math.max(line, this.#endless));
      if (startsWith(bytes, line, fromWords, isLast) && isAfterBlank(bytes, line) && this.#offset + line > 0) {
        const nextEnd = lineEnd < 0 ? -1 : bytes.indexOf(lineFeed, lineEnd + 1);
        if (nextEnd < 0 && !isLast && bytes.length - line < 2 * longestLine) break;
        if (isSeparator(bytes, line, lineEnd, nextEnd) && (line > start || this.#isSkipping)) {
          if (this.#isSkipping) this.#isSkipping = false;
          else this.#take(start, line);
          start = line;
        }
      }
      if (lineEnd < 0) {
        this.#endless = bytes.length;
        break;
      }
      line = lineEnd + 1;
    }
    this.#searched = line;
    if (start > 0) this.#drop(start);
  }

  #take(start: number, end: number): void {
    const held = this.#held.subarray(start, end);
    const all = this.#offset + start === 0 ? withoutMark(held) : held;
    const first = startsWith(all, 0, fromWords, true) ? all.indexOf(lineFeed) + 1 : 0;
    const bytes = unquoted(withoutLastBlank(all.subarray(first)), this.quoting);
    // Blank lines above the first separator are not a mail.
    if (!isBlank(bytes)) this.sink.mail({ bytes, start: this.#offset + start, length: end - start });
  }

  #drop(length: number): void {
    this.#held.copyWithin(0, length, this.#length);
    this.#length -= length;
    this.#offset += length;
    this.#searched -= length;
    this.#endless = Math.max(0, this.#endless - length);
  }
}

/** The mails of a complete mbox. */
export function readMbox(bytes: Uint8Array, quoting: MboxQuoting = "mboxrd"): Uint8Array[] {
  const mails: Uint8Array[] = [];
  const cutter = new MboxCutter(Infinity, { mail: (mail) => mails.push(mail.bytes), tooLarge: () => undefined }, quoting);
  cutter.push(bytes);
  cutter.end();
  return mails;
}

function isBlank(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === lineFeed || byte === carriageReturn);
}

/** Removes the byte order mark that some editors put in front of the first separator. */
function withoutMark(bytes: Uint8Array): Uint8Array {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}

/** Whether some words begin at a place. At the end of the bytes the first letters of them suffice while more bytes may come. */
function startsWith(bytes: Uint8Array, at: number, words: readonly number[], isLast: boolean): boolean {
  if (bytes[at] !== words[0]) return false;
  const there = Math.min(words.length, bytes.length - at);
  if (there < words.length && isLast) return false;
  for (let place = 1; place < there; place++) if (bytes[at + place] !== words[place]) return false;
  return true;
}

function isAfterBlank(bytes: Uint8Array, line: number): boolean {
  if (line < 2) return true;
  return bytes[line - 2] === lineFeed || (bytes[line - 2] === carriageReturn && (line < 3 || bytes[line - 3] === lineFeed));
}

function isSeparator(bytes: Uint8Array, line: number, lineEnd: number, nextEnd: number): boolean {
  const end = lineEnd < 0 ? bytes.length : lineEnd;
  if (end - line > longestLine || !separatorLine.test(ascii(bytes, line, end))) return false;
  return headerLine.test(ascii(bytes, end + 1, Math.min(nextEnd < 0 ? bytes.length : nextEnd, end + longestLine)));
}

function ascii(bytes: Uint8Array, from: number, end: number): string {
  return String.fromCharCode(...bytes.subarray(from, end));
}

/** Removes the blank line in front of the next separator, which belongs to neither mail. */
function withoutLastBlank(bytes: Uint8Array): Uint8Array {
  const end = bytes.length;
  if (bytes[end - 1] !== lineFeed) return bytes;
  if (bytes[end - 2] === lineFeed) return bytes.subarray(0, end - 1);
  return bytes[end - 2] === carriageReturn && bytes[end - 3] === lineFeed ? bytes.subarray(0, end - 2) : bytes;
}

/**
 * Whether a mail is from an mboxcl2 file, which relies on lengths and quotes nothing: it has a Content-Length and a line that any
 * other mbox would have quoted.
 */
function isUnquoted(bytes: Uint8Array): boolean {
  let isCounted = false;
  for (let at = 0; at < bytes.length;) {
    const lineEnd = bytes.indexOf(lineFeed, at);
    const end = lineEnd < 0 ? bytes.length : lineEnd;
    if (end === at || (end === at + 1 && bytes[at] === carriageReturn)) return isCounted && hasFromWords(bytes, end);
    if (end - at < longestLine && /^content-length:/i.test(ascii(bytes, at, Math.min(end, at + "content-length:".length))))
      isCounted = true;
    at = end + 1;
  }
  return false;
}

function hasFromWords(bytes: Uint8Array, from: number): boolean {
  for (let at = bytes.indexOf(lineFeed, from); at >= 0; at = bytes.indexOf(lineFeed, at + 1)) {
    if (startsWith(bytes, at + 1, fromWords, true)) return true;
  }
  return false;
}

/** A copy of a mail without the `>` that quotes its lines in the mbox. It shares no memory with the file. */
function unquoted(bytes: Uint8Array, quoting: MboxQuoting): Uint8Array {
  const copy = bytes.slice();
  if (isUnquoted(bytes)) return copy;
  let length = 0;
  let from = 0;
  for (let at = bytes.indexOf(greater); at >= 0; at = bytes.indexOf(greater, at + 1)) {
    if (at > 0 && bytes[at - 1] !== lineFeed) continue;
    const mark = at;
    while (quoting === "mboxrd" && bytes[at + 1] === greater) at++;
    if (!startsWith(bytes, at + 1, fromWords, true)) continue;
    copy.set(bytes.subarray(from, mark), length);
    length += mark - from;
    from = mark + 1;
  }
  if (from === 0) return copy;
  copy.set(bytes.subarray(from), length);
  return copy.subarray(0, length + bytes.length - from);
}

// Lines of a mail that `git mailsplit` takes for the first line of another one.

const fromWord = "From ";
/** The number behind the time, as C reads it: blanks and a sign may precede it. */
const yearNumber = /[ \t\v\f\r]*\+?(\d+)/y;
/** Git takes a larger number for a year. */
const lastNoYear = 90;

/** Whether `git mailsplit` would begin another mail inside of a text. */
export function hasFromLine(text: string): boolean {
  for (const at of linesThatBeginWithFrom(text)) {
    const lineEnd = text.indexOf("\n", at);
    if (isFromLine(text.slice(at, lineEnd < 0 ? text.length : lineEnd))) return true;
  }
  return false;
}

function* linesThatBeginWithFrom(text: string): Generator<number> {
  if (text.startsWith(fromWord)) yield 0;
  for (let at = text.indexOf(`\n${fromWord}`); at >= 0; at = text.indexOf(`\n${fromWord}`, at + 1)) yield at + 1;
}

/**
 * Git's own rule: digits of a time, `1:02:03`, are around the last colon of the line, and a number that may be a year is behind them.
 * The rest of the line does not matter. Lines that are too short for git count too, since nobody writes any.
 */
export function isFromLine(line: string): boolean {
  if (!line.startsWith(fromWord)) return false;
  // A colon at the end of the line does not count.
  const colon = line.lastIndexOf(":", line.length - 2);
  if (colon < fromWord.length) return false;
  if (![-4, -2, -1, 1, 2].every((place) => isDigit(line.charCodeAt(colon + place)))) return false;
  yearNumber.lastIndex = colon + "00".length + 1;
  const year = yearNumber.exec(line)?.[1];
  return year !== undefined && Number(year) > lastNoYear;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}
