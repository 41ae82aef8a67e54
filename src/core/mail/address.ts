/** Lists of addresses as in From, To and Cc: quoted names, comments, groups, encoded words, and what people write instead. */
import { closingQuote } from "../text";
import type { Author } from "./author";
import { decodeFieldText, mailLimits, needsDecoding } from "./header";
import { RecentTexts } from "./mailCache";

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

/** An encoded word, in which some mailers leave commas and quotes as they are. */
const encodedWord = /=\?[^?\s]+\?[bBqQ]\?[^?]*\?=/y;

/**
 * The last fields read: the mails of a series and the answers to them go to the same people, so that on real lists three of
 * four fields were read before.
 */
const readFields = new RecentTexts<readonly Author[]>();
/** Longer ones are not worth their memory. */
const longestReadField = 8000;
const noAuthors: readonly Author[] = [];

/** Reads a list of addresses, names decoded. Never fails: what has no address becomes a name without one. */
export function parseAddresses(value: string | null): readonly Author[] {
  if (!value) return noAuthors;
  const known = readFields.get(value);
  if (known) return known;
  const found = scanAddresses(value, true) ?? scanAddresses(value, false) ?? noAuthors;
  if (value.length <= longestReadField) readFields.set(value, found);
  return found;
}

/** The one address of a From field; a comma in a name that nobody quoted does not part it. */
export function parseAddress(value: string | null): Author {
  const found = parseAddresses(value);
  return found.find(({ email }) => email.includes("@")) ?? found[0] ?? { name: "", email: "" };
}

/** Null where a quote or comment is never closed; then they are read as plain characters. */
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
    // Reading behind the end of a text, even once, makes every later reading several times slower.
    const code = at < length ? value.charCodeAt(at) : comma;
    // Letters are most of it: one comparison passes over them.
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
      // Nearly always the quotes are around the whole name.
      if (code === quote && at === start) quoteEnd = end;
      else isOdd = true;
      at = end;
    } else if (code === equals && isCoded && open < 0) at = afterEncodedWord(value, at);
    else if (code === comma || code === semicolon) {
      // A comma inside brackets says that they were never closed.
      const isPlain = !isOdd && !(isCoded && needsDecoding(value.slice(start, at)));
      const range = { start, open, close: close < 0 ? at : close, end: at, quoteEnd };
      const author =
        open < 0
          ? bareMailbox(value.slice(start, at), isPlain && isWord)
          : ((isPlain ? plainMailbox(value, range) : null) ?? oddMailbox(value, range));
      if (author.email !== "") {
        // What stands before a comma and has no address is the first half of a name: `Doe, John <mail>`.
        found.push(pendingName !== "" && open >= 0 ? { name: `${pendingName}, ${author.name}`, email: author.email } : author);
        if (found.length >= mailLimits.addresses) return found;
        pendingName = "";
      } else if (author.name !== "") pendingName = pendingName === "" ? author.name : `${pendingName}, ${author.name}`;
      // One space behind the comma is not worth a look.
      if (at + 1 < length && value.charCodeAt(at + 1) === space) at++;
      start = at + 1;
      open = close = quoteEnd = -1;
      isOdd = false;
      isWord = true;
    } else if (code === colon && open < 0) {
      // The name of a group, if the group ends anywhere.
      if (lastSemicolon === -2) lastSemicolon = value.lastIndexOf(";");
      if (at > lastSemicolon) continue;
      start = at + 1;
      pendingName = "";
    }
  }
  if (pendingName !== "") found.push({ name: pendingName, email: "" });
  return found;
}

/** Where the encoded word ends that begins here; here where none does. */
function afterEncodedWord(value: string, at: number): number {
  if (!value.startsWith("=?", at)) return at;
  encodedWord.lastIndex = at;
  return encodedWord.test(value) ? encodedWord.lastIndex - 1 : at;
}

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
  /** Where the quotes end that the name begins with; -1 where it begins with none. */
  readonly quoteEnd: number;
}

/** `Name <mail>` or `"Name" <mail>` with nothing in it that would have to be undone; null where there may be. */
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

const nobody: Author = { name: "", email: "" };

/** `mail`, `mail (Name)` or words. */
function bareMailbox(text: string, isWord: boolean): Author {
  if (isWord && text.includes("@")) return { name: "", email: text };
  const word = text.includes("(") ? withoutComments(text).trim() : text.trim();
  if (word === "") return nobody;
  if (word.includes("@") && !/\s/.test(word)) return { name: firstComment(text), email: word };
  const shown = unobscured(word);
  if (shown !== word) return { name: firstComment(text), email: shown };
  return { name: nameOfPhrase(text) || firstComment(text), email: "" };
}

/** `ada at example.org`: how archives of Mailman write addresses, so that no program finds them. */
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

/** A name without its quotes. What is a comment by the letter, `Name (Company)`, is part of the name to people and to git. */
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

/** Comments may hold comments; parentheses inside quotes are none. */
function withoutComments(text: string): string {
  if (!text.includes("(")) return text;
  let kept = "";
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code !== quote && code !== openParen) continue;
    const end = code === quote ? closingQuote(text, at) : closingParen(text, at);
    // What is never closed is no comment, and neither is anything behind it.
    if (end < 0) break;
    if (code === openParen) {
      kept += text.slice(from, at);
      from = end + 1;
    }
    at = end;
  }
  return kept + text.slice(from);
}

/** The text of the first comment: before names had a place of their own they stood there. */
function firstComment(text: string): string {
  const open = text.indexOf("(");
  const close = open < 0 ? -1 : closingParen(text, open);
  return close < 0 ? "" : decodeName(text.slice(open + 1, close).replace(/\\(.)/gs, "$1")).trim();
}
