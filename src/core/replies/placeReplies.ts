/**
 * Divides the answers to a patch into comments, and finds the line of the diff under which each stands: the last quoted line above
 * it. Text that is quoted twice (`> > +`) belongs to a comment of an earlier answer. A comment that may belong to several lines
 * belongs to none.
 */
import { attributed, replyBlocks } from "../mail/quoting";
import { findQuotes } from "./findQuotes";
import { namesPlaces, placeReports } from "./placeReports";
import { isTelling, type LinePlace, type QuotableLines, quoteKey } from "./quotableLines";
import { isCutMark, isVerdictText, remarkText } from "./remarkText";

/** An answer to a patch, directly or not. */
export interface AnswerText {
  readonly messageId: string;
  readonly inReplyTo: string | null;
  /** The text without the signature. */
  readonly text: string;
  /** The mail of a robot, which may name places instead of quoting. */
  readonly isRobot: boolean;
}

/** The part of an answer about one place. */
export interface Comment {
  /** The number of the answer among those given. */
  readonly answer: number;
  /** The sender's own words, without the quote. */
  readonly text: string;
  /** The last quoted lines above it, as they are in the answer. */
  readonly quote: readonly string[];
  /** The line of the diff; null if it is about no line, or about an uncertain one. */
  readonly place: LinePlace | null;
  /** The number of the comment that it answers, in the list of comments; null if it answers none. */
  readonly parent: number | null;
}

/** How many lines of a quote are kept. */
const mostQuoted = 60;

/**
 * The comments in the answers to a patch, those of each in its order. The time grows with the length of the answers and the patch,
 * and no faster.
 *
 * @param answers oldest first, so that an answer comes after the one it answers
 */
export function placeReplies(patch: QuotableLines, answers: readonly AnswerText[]): Comment[] {
  const comments: Comment[] = [];
  const said = new Map<string, SaidLines>();
  for (const [answer, { messageId, inReplyTo, text, isRobot }] of answers.entries()) {
    if (isRobot && namesPlaces(text)) {
      for (const report of placeReports(text, patch)) comments.push({ answer, quote: [], parent: null, ...report });
      continue;
    }
    const parts = readParts(text, patch);
    const above = inReplyTo === null ? undefined : said.get(inReplyTo);
    const found = locateQuotes(parts, patch, above, said);
    const own: SaidLines = { parent: above ? inReplyTo : null, byKey: new Map(), byPlace: new Map(), parts: [], byStart: null };
    for (const [at, part] of parts.entries()) {
      const words = remarkText(part.own);
      const comment = words === "" ? null : comments.length;
      for (const line of part.own) note(own.byKey, quoteKey(line), comment);
      own.parts.push({ lines: part.own, comment });
      if (words === "") continue;
      const anchor = isVerdictText(words) ? nowhere : anchorOf(part, found[at] ?? [], above);
      const parent = anchor.parent;
      const place = anchor.place ?? (parent === null ? null : (comments[parent]?.place ?? null));
      if (place) own.byPlace.set(placeKey(place), comments.length);
      comments.push({ answer, text: words, quote: part.quote.slice(-mostQuoted).map(({ line }) => line), place, parent });
    }
    said.set(messageId, own);
  }
  return comments;
}

// The parts of an answer: a quote, and the words below it.

interface QuotedLine {
  /** The text as it is in the answer, with its marks. */
  readonly line: string;
  /** How many marks it has. */
  readonly depth: number;
  readonly key: string;
}

interface AnswerPart {
  readonly quote: readonly QuotedLine[];
  readonly own: readonly string[];
}

const marks = /^[\s\ufeff]{0,3}(?:[A-Za-z]{1,3})?>(?: ?>){0,30}/;

/** Reads the quotes of an answer and the words below each; the first quote may be empty. */
function readParts(text: string, patch: QuotableLines): AnswerPart[] {
  const parts: Array<{ quote: QuotedLine[]; own: readonly string[] }> = [];
  let quote: QuotedLine[] = [];
  for (const { kind, lines } of replyBlocks(text)) {
    if (kind === "quote") {
      for (const line of lines) quote.push(quotedLine(line));
      continue;
    }
    const rest = withoutWrapped(quote, lines, patch);
    if (rest.every((line) => line.trim() === "" || isCutMark(line) || attributed(line))) continue;
    parts.push({ quote: unwrapped(quote, patch), own: rest });
    quote = [];
  }
  // A quote below the last words is not answered, and what follows it is evidence for the words above.
  if (quote.length > 0) parts.push({ quote: unwrapped(quote, patch), own: [] });
  return parts;
}

function quotedLine(line: string): QuotedLine {
  const mark = marks.exec(line)?.[0] ?? "";
  return { line, depth: mark.split(">").length - 1, key: quoteKey(line.slice(mark.length)) };
}

/** How many lines one line may be wrapped into. */
const mostWrapped = 4;

/** Takes the end of a quoted line, wrapped without a mark, from the lines below the quote. */
function withoutWrapped(quote: QuotedLine[], lines: readonly string[], patch: QuotableLines): readonly string[] {
  const last = quote.at(-1);
  if (!last || last.key === "" || isKnown(last.key, patch)) return lines;
  let key = last.key;
  for (let count = 1; count < mostWrapped && count <= lines.length; count++) {
    key += quoteKey(lines[count - 1] ?? "");
    if (!isKnown(key, patch)) continue;
    quote[quote.length - 1] = { ...last, key };
    return lines.slice(count);
  }
  return lines;
}

/** Joins quoted lines that were wrapped. */
function unwrapped(quote: readonly QuotedLine[], patch: QuotableLines): QuotedLine[] {
  const joined: QuotedLine[] = [];
  for (let at = 0; at < quote.length; at++) {
    const line = quote[at];
    if (!line) continue;
    const count = line.key === "" || isKnown(line.key, patch) ? 1 : wrappedInto(quote, at, patch);
    const key = quote
      .slice(at, at + count)
      .map((one) => one.key)
      .join("");
    joined.push(count === 1 ? line : { ...line, key });
    at += count - 1;
  }
  return joined;
}

function wrappedInto(quote: readonly QuotedLine[], at: number, patch: QuotableLines): number {
  let key = quote[at]?.key ?? "";
  for (let count = 2; count <= mostWrapped; count++) {
    const next = quote[at + count - 1];
    if (!next || next.key === "") break;
    key += next.key;
    if (isKnown(key, patch)) return count;
  }
  return 1;
}

function isKnown(key: string, { byKey, byBare }: QuotableLines): boolean {
  return byKey.has(key) || byBare.has(key);
}

// Identifies the quoted lines of an answer: lines of the patch, or words of an earlier answer.

/** The words of an answer, to find them again where they are quoted. */
interface SaidLines {
  /** The answer that it answers. */
  readonly parent: string | null;
  /** The comment that a line belongs to; null if it has no words of its own, or stands in several comments. */
  readonly byKey: Map<string, number | null>;
  /** Its last comment at a line of the diff. */
  readonly byPlace: Map<string, number>;
  readonly parts: Array<{ readonly lines: readonly string[]; readonly comment: number | null }>;
  /** The same by the first characters from each word on, for lines that were wrapped again; null until it is needed. */
  byStart: Map<string, number | null> | null;
}

function note(map: Map<string, number | null>, key: string, comment: number | null): void {
  if (key !== "") map.set(key, map.has(key) && map.get(key) !== comment ? null : comment);
}

/** How many characters of a line identify it among all of somebody's words. */
const startLength = 12;

/** The comment of an answer that a quoted line comes from; null if that is uncertain, undefined if the line is not from the answer. */
function commentOf(said: SaidLines, key: string): number | null | undefined {
  if (said.byKey.has(key)) return said.byKey.get(key);
  return key.length < startLength ? undefined : (said.byStart ??= startsOf(said.parts)).get(key.slice(0, startLength));
}

function startsOf(parts: SaidLines["parts"]): Map<string, number | null> {
  const starts = new Map<string, number | null>();
  for (const { lines, comment } of parts) {
    const words = lines.flatMap((line) => line.split(/\s+/)).filter(Boolean);
    const text = words.join("");
    let at = 0;
    for (const word of words) {
      if (text.length - at >= startLength) note(starts, text.slice(at, at + startLength), comment);
      at += word.length;
    }
  }
  return starts;
}

interface FoundQuote {
  /** The line of the diff. */
  readonly place: LinePlace | null;
  /** The comment of the answer above that the line comes from. */
  readonly comment: number | null;
  readonly kind: "patch" | "said" | "unknown";
  /** It is the last line of the diff. */
  readonly isLast?: boolean;
}

/** How many answers above an answer are searched for its quotes. */
const mostAbove = 16;

function locateQuotes(
  parts: readonly AnswerPart[],
  patch: QuotableLines,
  above: SaidLines | undefined,
  said: ReadonlyMap<string, SaidLines>,
): FoundQuote[][] {
  const authors: SaidLines[] = [];
  for (let one = above; one && authors.length < mostAbove; one = one.parent === null ? undefined : said.get(one.parent)) authors.push(one);
  const all = parts.flatMap(({ quote }) => quote);
  const comments = all.map(({ depth, key }) => {
    const author = key === "" ? undefined : authors[depth - 1];
    return author && commentOf(author, key);
  });
  // Words of others between two lines of the patch do not separate them.
  const ofPatch = all.map((_, at) => at).filter((at) => comments[at] === undefined);
  const lines = findQuotes(
    ofPatch.map((at) => all[at]?.key ?? ""),
    patch,
  );
  const found = all.map(({ depth }, at): FoundQuote =>
    comments[at] === undefined
      ? { place: null, comment: null, kind: "unknown" }
      : { place: null, comment: depth === 1 ? comments[at] : null, kind: "said" },
  );
  const end = patch.lines.findLastIndex(({ kind }) => kind === "code");
  for (const [number, at] of ofPatch.entries()) {
    const place = lines[number] ?? -1;
    const line = patch.lines[place];
    if (line) found[at] = { place: line.place, comment: null, kind: "patch", isLast: place === end };
  }
  let next = 0;
  return parts.map(({ quote }) => found.slice(next, (next += quote.length)));
}

/** The place of a comment: a line of the diff, or a comment of the answer above. */
function anchorOf({ quote }: AnswerPart, found: readonly FoundQuote[], above: SaidLines | undefined): Pick<Comment, "place" | "parent"> {
  const last = quote.findLastIndex(({ key }) => key !== "" && isTellingOrCode(key));
  const line = quote[last];
  const one = found[last];
  if (!line || !one) return nowhere;
  if (one.kind === "patch") {
    if (!one.place || isBelowAll(found, last)) return nowhere;
    return { place: one.place, parent: above?.byPlace.get(placeKey(one.place)) ?? null };
  }
  if (!above) return nowhere;
  if (one.comment !== null) return { place: null, parent: one.comment };
  // Changed words of the answer above stand below other words of it, or right below the line that it quotes.
  for (let at = last - 1; at >= 0; at--) {
    const [before, depth = 0] = [found[at], quote[at]?.depth];
    if (quote[at]?.key === "" || (before?.kind === "unknown" && depth === line.depth)) continue;
    if (before?.comment != null && depth === line.depth) return { place: null, parent: before.comment };
    const comment = before?.place && depth > line.depth ? above.byPlace.get(placeKey(before.place)) : undefined;
    return comment === undefined ? nowhere : { place: null, parent: comment };
  }
  return nowhere;
}

const nowhere = { place: null, parent: null };

/** Words below this many quoted lines in a row may be about all of them. */
const longQuote = 12;

/** Whether words stand below the end of a diff that is quoted at length: they then are probably about the patch. */
function isBelowAll(found: readonly FoundQuote[], last: number): boolean {
  if (found[last]?.isLast !== true) return false;
  return last >= longQuote || found.slice(0, last).some(({ kind, place }) => kind === "patch" && !place);
}

/** A line with only a `+` is blank; any other counts as the line that is answered. */
function isTellingOrCode(key: string): boolean {
  return isTelling(key) || !/^[+-]?$/.test(key);
}

function placeKey({ file, hunk, line }: LinePlace): string {
  return `${file}:${hunk}:${line}`;
}
