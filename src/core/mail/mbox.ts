/**
 * Cuts an mbox into its mails while it streams by, on bytes, since each mail has a charset of its own. Reads mboxrd, mboxo
 * and what `git format-patch` writes; Content-Length is ignored, as it is wrong more often than not.
 */

/** One mail of an mbox. */
export interface MboxMail {
  /** Unquoted, without the separator line. */
  readonly bytes: Uint8Array;
  /** Where it lies in the unpacked file, separator line included. */
  readonly start: number;
  readonly length: number;
}

export interface MboxSink {
  mail(mail: MboxMail): void;
  /** A mail that was passed over because it is too large. */
  tooLarge(start: number): void;
}

/** Which lines a `>` is taken off: mboxrd quotes `>From ` once more, mboxo leaves it as it is. */
export type MboxQuoting = "mboxrd" | "mboxo";

const lineFeed = 10;
const carriageReturn = 13;
const greater = 62;
/** `From `, the words a mail begins with. */
const fromWords = new Uint8Array([70, 114, 111, 109, 32]);
/** How much of the two lines a mail begins with is looked at; real ones are shorter. */
const longestLine = 1000;
/** A separator tells who and when: `From someone Thu Jan  1 00:00:00 1970`; many programs leave out the one or the other. */
const separatorLine = /^From \S+(?:\s.*\d)?\s*$/;
/** The line after a separator must be a header, or what looks like a separator is a sentence of a mail. */
const headerLine = /^(?:>?From |[!-9;-~]{1,76}:|\s*$)/;

/** Takes the file piece by piece. Holds no more than one mail. */
export class MboxCutter {
  #held = new Uint8Array(0);
  #length = 0;
  /** Where the held bytes lie in the file. */
  #offset = 0;
  /** The line up to which separators were looked for. */
  #searched = 0;
  /** Up to where that line is known not to end; without it a long line would be looked through again with each piece. */
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
      // Doubling, or a large mail in small pieces would be copied once for each of them.
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
    // A line that is longer than any separator is none; nothing of it is wanted but its end.
    if (this.#length - this.#searched > 2 * longestLine) this.#searched = this.#length;
    // The blank line in front of the next separator is looked at when that comes.
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
    // Blank lines in front of the first separator are no mail.
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

/** The mails of an mbox that is wholly there. */
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

/** Some editors put a byte order mark in front of the first separator. */
function withoutMark(bytes: Uint8Array): Uint8Array {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}

/** False while the bytes that are still to come may make it true, unless none come. */
function startsWith(bytes: Uint8Array, at: number, words: Uint8Array, isLast: boolean): boolean {
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

/** The blank line in front of the next separator belongs to neither mail. */
function withoutLastBlank(bytes: Uint8Array): Uint8Array {
  const end = bytes.length;
  if (bytes[end - 1] !== lineFeed) return bytes;
  if (bytes[end - 2] === lineFeed) return bytes.subarray(0, end - 1);
  return bytes[end - 2] === carriageReturn && bytes[end - 3] === lineFeed ? bytes.subarray(0, end - 2) : bytes;
}

/**
 * mboxcl2, which parts mails by their lengths and quotes nothing: the mail has such a length and a line that would have been
 * quoted.
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

/** Takes one `>` off each line that was quoted for the mbox, and copies: the mail shares no memory with the file. */
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

/** Lines of a mail that `git mailsplit` takes for the first line of another one. */

const fromWord = "From ";
/** What stands behind the minutes of the year's place: as C reads a number, blanks and a sign in front of it. */
const yearThere = /[ \t\v\f\r]*\+?(\d+)/y;
/** A number above this is a year to git. */
const lastNoYear = 90;

/** Whether another mail would begin in a text that stands in an mbox. */
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
 * Git's own rule: around the last colon of the line stand the digits of a time, `1:02:03`, and behind them a number that may
 * be a year. What else the line says counts for nothing. Lines too short for git count too, since nobody writes one.
 */
export function isFromLine(line: string): boolean {
  if (!line.startsWith(fromWord)) return false;
  // A colon that ends the line is passed over.
  const colon = line.lastIndexOf(":", line.length - 2);
  if (colon < fromWord.length) return false;
  if (![-4, -2, -1, 1, 2].every((place) => isDigit(line.charCodeAt(colon + place)))) return false;
  yearThere.lastIndex = colon + "00".length + 1;
  const year = yearThere.exec(line)?.[1];
  return year !== undefined && Number(year) > lastNoYear;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}
