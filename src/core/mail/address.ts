/** Lists of addresses as in From, To and Cc (RFC 5322): quoted names, comments, groups, encoded words, and what people write instead. */
import { closingQuote } from "../text";
import type { Author } from "./author";
import { decodeFieldText, mailLimits, needsDecoding } from "./header";

const space = 32;
const quote = 34;
const openParen = 40;
const closeParen = 41;
const comma = 44;
const colon = 58;
const semicolon = 59;
const less = 60;
const equals = 61;
const greater = 62;
const question = 63;
const backslash = 92;

/** An encoded word. Some mailers leave commas and quotes in it as they are. */
const encodedWord = /=\?[^?\s]+\?[bBqQ]\?[^?]*\?=/y;

const nobody: Author = { name: "", email: "" };
const noAuthors: readonly Author[] = [];

/**
 * Reads a list of addresses and decodes the names. Never fails: an entry without an address becomes a name without one.
 *
 * @param recent the lists read before it, where many mails are read
 */
export function parseAddresses(value: string | null, recent?: RecentAddresses): readonly Author[] {
  if (!value) return noAuthors;
  const known = recent?.get(value);
  if (known) return known;
  const found = scanAddresses(value, true) ?? scanAddresses(value, false) ?? noAuthors;
  recent?.set(value, found);
  return found;
}

/** Reads the one address of a From field. A comma in its name does not divide it, even where nobody quoted the name. */
export function parseAddress(value: string | null, recent?: RecentAddresses): Author {
  const found = parseAddresses(value, recent);
  return found.find(({ email }) => email.includes("@")) ?? found[0] ?? nobody;
}

/** Lists that are kept; a power of two. */
const keptLists = 4096;
/** A longer list is not worth its memory. */
const longestKept = 8000;
/** Characters that tell where to look for a list. More of them would find little more, since lists nearly always differ in length. */
const probes = 8;

/**
 * The lists of addresses that were read last. Whoever reads many mails makes one and hands it to each reading: the mails of a
 * thread go to the same people, so on real lists three of four fields have been read before. An index of 9,000 mails takes 5 %
 * less processor time with it, and the index stores a list that is the same object again without looking at its people.
 */
export class RecentAddresses {
  readonly #texts: Array<string | undefined> = new Array<string | undefined>(keptLists).fill(undefined);
  readonly #lists: Array<readonly Author[] | undefined> = new Array<readonly Author[] | undefined>(keptLists).fill(undefined);

  get(text: string): readonly Author[] | undefined {
    const slot = slotOf(text);
    return this.#texts[slot] === text ? this.#lists[slot] : undefined;
  }

  /** Keeps a list in the place of another one that has the same slot. */
  set(text: string, list: readonly Author[]): void {
    if (text.length > longestKept) return;
    const slot = slotOf(text);
    this.#texts[slot] = text;
    this.#lists[slot] = list;
  }
}

/** Hashes the length of a text and a few of its characters: a walk through all two thousand of them would cost what it saves. */
function slotOf(text: string): number {
  const { length } = text;
  let sum = length;
  // From the end on, since lists begin alike.
  const step = Math.max(1, Math.floor(length / probes));
  for (let at = length - 1; at >= 0; at -= step) sum = Math.imul(sum ^ text.charCodeAt(at), 0x01000193);
  return (sum ^ (sum >>> 15)) & (keptLists - 1);
}

/** Null where a quote or comment is never closed: then a second reading takes quotes and parentheses as plain characters. */
function scanAddresses(value: string, quoting: boolean): Author[] | null {
  const found: Author[] = [];
  const isCoded = needsDecoding(value);
  let lastSemicolon = -2;
  let start = 0;
  let open = -1;
  let close = -1;
  let pendingName = "";
  let quoteEnd = -1;
  let isOdd = false;
  let isWord = true;
  const length = value.length;
  for (let at = 0; at <= length; at++) {
    // Reading beyond the end of a text, even once, makes V8 read every later text several times slower.
    const code = at < length ? value.charCodeAt(at) : comma;
    // Most characters are letters, and one comparison passes over them.
    if (code > question) continue;
    if (code === space) {
      isWord = false;
      isOdd ||= (open >= 0 && close < 0) || (at + 1 < length && value.charCodeAt(at + 1) === space);
    } else if (code === less) {
      if (open < 0) open = at;
    } else if (code === greater) {
      if (open >= 0 && close < 0) close = at;
    } else if ((code === quote || code === openParen) && quoting) {
      const end = code === quote ? closingQuote(value, at) : closingParen(value, at);
      if (end < 0) return null;
      // Quotes nearly always enclose the whole name.
      if (code === quote && at === start) quoteEnd = end;
      else isOdd = true;
      at = end;
    } else if (code === equals && isCoded && open < 0) at = afterEncodedWord(value, at);
    else if (code === comma || code === semicolon) {
      // A comma inside angle brackets means that they were never closed.
      const isPlain = !isOdd && !(isCoded && needsDecoding(value.slice(start, at)));
      const range = { start, open, close: close < 0 ? at : close, end: at, quoteEnd };
      const author =
        open < 0
          ? bareMailbox(value.slice(start, at), isPlain && isWord)
          : ((isPlain ? plainMailbox(value, range) : null) ?? oddMailbox(value, range));
      if (author.email !== "") {
        // An entry without an address is the first half of a name: `Doe, John <mail>`.
        found.push(pendingName !== "" && open >= 0 ? { name: `${pendingName}, ${author.name}`, email: author.email } : author);
        if (found.length >= mailLimits.addresses) return found;
        pendingName = "";
      } else if (author.name !== "") pendingName = pendingName === "" ? author.name : `${pendingName}, ${author.name}`;
      // A single space behind the comma does not make an entry odd.
      if (at + 1 < length && value.charCodeAt(at + 1) === space) at++;
      start = at + 1;
      open = close = quoteEnd = -1;
      isOdd = false;
      isWord = true;
    } else if (code === colon && open < 0) {
      // A colon ends the name of a group, if the group ends anywhere.
      if (lastSemicolon === -2) lastSemicolon = value.lastIndexOf(";");
      if (at > lastSemicolon) continue;
      start = at + 1;
      pendingName = "";
    }
  }
  if (pendingName !== "") found.push({ name: pendingName, email: "" });
  return found;
}

/** Where the encoded word ends that begins at `at`; `at` itself where none does. */
function afterEncodedWord(value: string, at: number): number {
  if (!value.startsWith("=?", at)) return at;
  encodedWord.lastIndex = at;
  return encodedWord.test(value) ? encodedWord.lastIndex - 1 : at;
}

/** Where the comment ends that opens at `open`; -1 where it never does. */
function closingParen(value: string, open: number): number {
  let depth = 0;
  for (let at = open; at < value.length; at++) {
    const code = value.charCodeAt(at);
    if (code === backslash) at++;
    else if (code === openParen) depth++;
    else if (code === closeParen && --depth === 0) return at;
  }
  return -1;
}

interface AddressRange {
  readonly start: number;
  readonly open: number;
  readonly close: number;
  readonly end: number;
  /** Where the quotes end that the name opens with; -1 where it opens with none. */
  readonly quoteEnd: number;
}

/** Reads `Name <mail>` or `"Name" <mail>` where nothing has to be undone; null where something may have to be. */
function plainMailbox(value: string, { start, open, close, quoteEnd }: AddressRange): Author | null {
  if (value.charCodeAt(start) === space) return null;
  const end = open > start && value.charCodeAt(open - 1) === space ? open - 1 : open;
  const email = value.slice(open + 1, close);
  if (quoteEnd < 0) return { name: value.slice(start, end), email };
  const name = value.slice(start + 1, quoteEnd);
  return quoteEnd + 1 === end && !name.includes("\\") && !name.includes("  ") ? { name, email } : null;
}

function oddMailbox(value: string, { start, open, close, end }: AddressRange): Author {
  const name = nameOfPhrase(value.slice(start, open)) || firstComment(value.slice(start, end));
  return { name, email: cleanEmail(value.slice(open + 1, close)) };
}

/** Reads an entry without angle brackets: `mail`, `mail (Name)` or words. */
function bareMailbox(text: string, isWord: boolean): Author {
  if (isWord && text.includes("@")) return { name: "", email: text };
  const word = text.includes("(") ? withoutComments(text).trim() : text.trim();
  if (word === "") return nobody;
  if (word.includes("@") && !/\s/.test(word)) return { name: firstComment(text), email: word };
  const shown = unobscured(word);
  if (shown !== word) return { name: firstComment(text), email: shown };
  return { name: nameOfPhrase(text) || firstComment(text), email: "" };
}

/** Undoes `ada at example.org`, as archives of Mailman write addresses to hide them from programs. */
export function unobscured(address: string): string {
  return address.length <= longestObscured ? address.replace(/^([^\s@<>]+) at ([^\s@<>.]+(?:\.[^\s@<>.]+)+)$/, "$1@$2") : address;
}

const longestObscured = 200;

function cleanEmail(written: string): string {
  const text = written.includes(" at ") ? unobscured(written.trim()) : written;
  const email = /[\s\0"]/.test(text) ? text.replace(/[\s\0]+/g, "").replace(/^"([^"]*)"@/, "$1@") : text;
  return email.startsWith("mailto:") ? email.slice("mailto:".length) : email;
}

function decodeName(text: string): string {
  return withSingleSpaces(decodeFieldText(text));
}

function withSingleSpaces(name: string): string {
  return name.includes("  ") ? name.replace(/ {2,}/g, " ").trim() : name;
}

/** A name without its quotes. By the standard `(Company)` in `Name (Company)` is a comment; people and git take it for part of the name. */
function nameOfPhrase(text: string): string {
  const plain = text.trim();
  if (plain.startsWith("(") && closingParen(plain, 0) === plain.length - 1) return "";
  return decodeName(plain.includes('"') ? withoutQuotes(plain) : plain).trim();
}

function withoutQuotes(text: string): string {
  let kept = "";
  let from = 0;
  for (let open = text.indexOf('"'); open >= 0; open = text.indexOf('"', from)) {
    const end = closingQuote(text, open);
    if (end < 0) break;
    kept += text.slice(from, open) + text.slice(open + 1, end).replace(/\\(.)/gs, "$1");
    from = end + 1;
  }
  return kept + text.slice(from);
}

/** Removes comments, which may hold comments; parentheses inside quotes begin none. */
function withoutComments(text: string): string {
  if (!text.includes("(")) return text;
  let kept = "";
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code !== quote && code !== openParen) continue;
    const end = code === quote ? closingQuote(text, at) : closingParen(text, at);
    // A parenthesis that is never closed begins no comment, and none behind it does.
    if (end < 0) break;
    if (code === openParen) {
      kept += text.slice(from, at);
      from = end + 1;
    }
    at = end;
  }
  return kept + text.slice(from);
}

/** The text of the first comment, where names were written before the standard had a place for them. */
function firstComment(text: string): string {
  const open = text.indexOf("(");
  const close = open < 0 ? -1 : closingParen(text, open);
  return close < 0 ? "" : decodeName(text.slice(open + 1, close).replace(/\\(.)/gs, "$1")).trim();
}
