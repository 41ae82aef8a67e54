/** What the sender of a mail wrote and what it quotes: whether it answers somebody, its blocks, and the sentences of its own prose. */

/** A quoted line, behind a byte order mark and blanks. */
const quotedLine = /^[\s\ufeff]{0,4}(?:[A-Za-z]{1,3})?>(?!From )/;
const quotedDiff = /^[\s\ufeff]{0,4}>[> ]{0,10}(?:diff --git |\+\+\+ |@@ -)/;
/** `On 3 March, Ada Pine <ada@example.org> wrote:` in several languages; longer lines are prose. */
const attribution =
  /(?:\b(?:wrote|writes|said|schrieb|geschrieben|skrev|scrisse|napsal|pisze)|écrit|escribió)(?![A-Za-z])[^:]{0,80}:\s*$|写道\s?[:：]\s*$/i;
const longestAttribution = 200;

/** Whether a line says who wrote the text quoted below it. */
export function attributed(line: string): boolean {
  return line.length <= longestAttribution && attribution.test(line);
}

const forwardedBlock =
  /^\s{0,3}[-_]{3,}\s?(?:original message|original appointment|forwarded message|ursprüngliche nachricht|mensaje original)\b/i;
/** Lines of the header that Outlook puts above the mail it answers. */
const sentLine = /^\s{0,3}\*?(?:Sent|Gesendet|Envoyé|Enviado)\s?:/;
const fromLine = /^\s{0,3}\*?(?:From|Von|De)\s?:/;

/** What one of these lines has; few patches have anything like it, and one search is faster than a look at every line. */
const mayForward = /[-_]{3}\s?[fmou]|(?:sent|gesendet|envoyé|enviado)\s?:/i;

/** Lines that are read: an answer shows near its beginning that it is one, or all through it. */
const mostLines = 2000;

interface Quotes {
  /** How many lines are quoted, and how many are the sender's own and not blank. */
  readonly quoted: number;
  readonly own: number;
  readonly hasDiff: boolean;
  /** A line says who wrote the text below it. */
  readonly isAttributed: boolean;
  /** The mail that is answered is below a header of its own, unquoted. */
  readonly isForwarded: boolean;
  /** The first line is quoted, or says who wrote the text below. */
  readonly isFirst: boolean;
}

/** Counts the quotes in a text. */
function quotesIn(text: string): Quotes {
  let [quoted, own] = [0, 0];
  let [hasDiff, isAttributed, isForwarded, isFirst] = [false, false, false, false];
  let above = "";
  for (let at = 0, count = 0; at < text.length && count < mostLines; count++) {
    const next = text.indexOf("\n", at);
    const end = next < 0 ? text.length : next;
    const line = text.slice(at, Math.min(end, at + longestAttribution));
    at = end + 1;
    if (/^[\s\ufeff]*$/.test(line)) continue;
    const isQuoted = quotedLine.test(line);
    const names = attribution.test(line);
    if (quoted + own === 0) isFirst = isQuoted || names;
    if (isQuoted) quoted++;
    else own++;
    hasDiff ||= isQuoted && quotedDiff.test(line);
    isAttributed ||= names;
    isForwarded ||= forwardedBlock.test(line) || (sentLine.test(line) && fromLine.test(above));
    above = line;
  }
  return { quoted, own, hasDiff, isAttributed, isForwarded, isFirst };
}

/** Whether a text without a diff of its own is an answer: it quotes a diff, or is mostly quotes. */
export function isAnswerText(text: string): boolean {
  const { quoted, own, hasDiff, isAttributed, isForwarded, isFirst } = quotesIn(text);
  return isForwarded || hasDiff || (quoted > 0 && (isFirst || isAttributed || quoted >= own));
}

/** Whether a text begins with a quote, as no cover letter does. */
export function opensWithQuote(text: string): boolean {
  // Without a `>` nothing is quoted.
  if (!text.includes(">")) return false;
  const { quoted, isFirst } = quotesIn(text);
  return isFirst && quoted > 0;
}

/** Whether the text above a diff answers somebody: then the diff may be theirs, or an idea for them to try. */
export function quotesAbove(text: string): boolean {
  const { quoted, isForwarded } = quotesIn(text);
  return quoted > 0 || isForwarded;
}

/** Whether a text contains a mail that it answers, unquoted. */
export function holdsForwarded(text: string): boolean {
  return mayForward.test(text) && quotesIn(text).isForwarded;
}

const greeting = /^[\s\ufeff]*(?:hi|hello|hey|dear|thanks|thank you|good (?:morning|afternoon|evening))\b/i;
const suggestion =
  /\b(?:how|what) about\b|\bsomething like\b|\buntested\b|\b(?:could|can|would|will) you\b|\bdoes (?:this|it|that)\b|\b(?:below|following|attached) (?:diff|patch|change|hack)\b|\b(?:try|test) (?:this|the|it)\b|\?\s*$/im;

/** Whether a text addresses somebody, as the message of a patch does not. */
export function speaksToSomebody(text: string): boolean {
  return greeting.test(text) || suggestion.test(text);
}

// The blocks of an answer.

/** A run of lines of an answer: the sender's own, or quoted ones. */
export interface ReplyBlock {
  readonly kind: "own" | "quote";
  readonly lines: readonly string[];
}

/** Divides an answer into own and quoted lines. A blank line between two quotes belongs to them. */
export function replyBlocks(text: string): ReplyBlock[] {
  const blocks: Array<{ kind: ReplyBlock["kind"]; lines: string[] }> = [];
  const lines = text.split("\n");
  for (const [at, line] of lines.entries()) {
    const last = blocks.at(-1);
    const isBetween = line.trim() === "" && last?.kind === "quote" && isQuoted(lines[at + 1] ?? "");
    const kind = isQuoted(line) || isBetween ? "quote" : "own";
    if (last?.kind === kind) last.lines.push(line);
    else blocks.push({ kind, lines: [line] });
  }
  // The page draws a margin around each block, so blank lines there are left out.
  return blocks.map(({ kind, lines: all }) => ({ kind, lines: withoutBlankEnds(all) })).filter(({ lines: left }) => left.length > 0);
}

function isQuoted(line: string): boolean {
  return /^\s{0,3}(?:[A-Za-z]{1,3})?>/.test(line);
}

function withoutBlankEnds(lines: readonly string[]): string[] {
  const isText = (line: string): boolean => line.trim() !== "";
  const first = lines.findIndex(isText);
  return first < 0 ? [] : lines.slice(first, lines.findLastIndex(isText) + 1);
}

// The sentences that the sender of a mail wrote: wrapped lines are joined; quotes, code and trailers are left out.

export interface Sentence {
  /** As written, in one line. */
  readonly text: string;
  /** A point of a list: `- Fix the build`. */
  readonly isItem: boolean;
  /** The URL, code or listed patch below it; empty where prose is below it, or nothing. */
  readonly introduces: string;
  /** Lines of a shortlog that are quoted right above it: `>   KVM: x86: Fix a thing`. */
  readonly quotedTitles: readonly string[];
}

/** Characters of a line and of a sentence. Longer ones were not written by hand. */
const longestLine = 1000;
const longestSentence = 2000;
/** The writer, and not the mail program, ended a shorter line if the next one begins like a sentence. */
const shortLine = 50;

/** A quoted line of some mail programs: indented, or behind initials. */
const oddlyQuoted = /^[ \t]{0,3}(?:[A-Za-z]{0,3}>|\|)/;
/** A line below which a mail program puts the mail that is answered, without quoting it. */
const forwardedLine = /^(?:-{2,}[ \t]?(?:original message|forwarded message)|_{10,}$|begin forwarded message)/i;
const mailHeader = /^(?:From|Sent|Date|To|Cc|Subject): /;
const attributionEnd = /\b(?:wrote|writes|said|schrieb|a écrit)[ \t]?:$/;
const quotedTitle = /^> {2,6}(\S.*)$/;
/** Quoted titles that are kept; nobody answers a longer list line by line. */
const mostTitles = 500;
const diffStart = /^(?:diff --git |@@ -\d|--- [^ ]|Index: )/;
const diffLine = /^(?:[-+ \t@\\]|$|diff |index |new file|deleted file|similarity|rename |old mode|new mode|copy )/;
const codeLine = /^(?: {4}| {0,3}\t)/;
const trailer = /^[A-Z][A-Za-z-]{0,30}(?:-by|-By): |^(?:Fixes|Link|Closes|Cc): /;
const item = /^[ ]{0,3}(?:[-*+•]|\(?\d{1,2}[.)]|\([a-z]\))[ \t]+(?=\S)/;
const loneUrl = /^[ \t]*(?:\[\d{1,3}\]:?[ \t]*)?<?(?:https?|git|ssh):\/\/\S+(?: [\w./-]{1,80})?$/;
/** An entry in a list of patches: `[1/3] Title`. */
const listedPatch = /^[ \t]*(?:-[ \t]*)?\[[^\]\n]{0,60}\d\/\d{1,4}\]/;

/** Reads the sentences that the sender of a mail wrote, in their order. The time it takes grows with the length of the body and no faster. */
export function ownSentences(body: string): Sentence[] {
  const found: OpenSentence[] = [];
  let lines: string[] = [];
  let isItem = false;
  let inDiff = false;
  let titles: string[] = [];
  let isIntroduced = false;
  const close = (next: string): void => {
    if (lines.length > 0) {
      found.push(...sentencesOf(lines.join(" "), isItem, titles));
      isIntroduced = false;
      titles = [];
    }
    const last = found.at(-1);
    if (last && next !== "" && !isIntroduced) last.introduces = next;
    isIntroduced = next !== "";
    lines = [];
    isItem = false;
  };
  let headers = 0;
  for (let at = 0; at < body.length;) {
    const lineEnd = body.indexOf("\n", at);
    const end = lineEnd < 0 ? body.length : lineEnd;
    const first = body.charCodeAt(at);
    // Most lines of an answer are quoted, so they are checked first.
    if (first === greater || first === bar) {
      close("");
      inDiff = false;
      headers = 0;
      const title = first === greater && end - at <= longestLine ? quotedTitle.exec(body.slice(at, end))?.[1] : undefined;
      if (title === undefined) titles = [];
      else if (titles.length < mostTitles) titles.push(title);
      at = end + 1;
      continue;
    }
    const whole = body.slice(at, Math.min(end, at + longestLine));
    at = end + 1;
    if (whole === "-- " || whole === "--") break;
    const line = whole.trimEnd();
    if (line === "") {
      close("");
      headers = 0;
      continue;
    }
    if (forwardedLine.test(line)) break;
    headers = mailHeader.test(line) ? headers + 1 : 0;
    // Two headers in a row begin a mail that is answered unquoted.
    if (headers > 1) {
      lines = [];
      break;
    }
    if (line.endsWith(":") && attributionEnd.test(line)) {
      lines = [];
      continue;
    }
    if (oddlyQuoted.test(line)) {
      close("");
      titles = [];
      continue;
    }
    if (diffStart.test(line)) inDiff = true;
    else if (inDiff && !diffLine.test(line)) inDiff = false;
    if (inDiff || trailer.test(line)) close("");
    else if (codeLine.test(line) || loneUrl.test(line) || listedPatch.test(line)) close(line.trim());
    else {
      const last = lines.at(-1);
      // In `I queued patches 1 and` above `2. Thanks` the number continues the sentence and is not an item of a list.
      const goesOn = last !== undefined && /^[ ]*\d/.test(line) && !/[.:;!?)]$/.test(last);
      const mark = goesOn ? "" : (item.exec(line)?.[0] ?? "");
      if (mark !== "" || (last !== undefined && last.length < shortLine && /^[ ]{0,3}\p{Lu}/u.test(line))) close("");
      if (mark !== "") isItem = true;
      lines.push(line.slice(mark.length).trim());
    }
  }
  close("");
  return found;
}

/** A sentence while the line below it is still unknown. */
interface OpenSentence extends Sentence {
  introduces: string;
}

/** Abbreviations, whose full stop does not end a sentence. */
const shortened = /(?:^|[\s(])(?:e\.g|i\.e|etc|cf|vs|resp|approx|mr|ms|dr|st|no|p\.?s|[a-z])$/i;

function sentencesOf(paragraph: string, isItem: boolean, titles: readonly string[]): OpenSentence[] {
  const texts: string[] = [];
  let from = 0;
  for (let at = 0; at < paragraph.length; at++) {
    const code = paragraph.charCodeAt(at);
    if (code !== fullStop && code !== exclamation && code !== question) continue;
    let end = at + 1;
    while (end < paragraph.length && isClosing(paragraph.charCodeAt(end))) end++;
    const isOver = end >= paragraph.length || paragraph.charCodeAt(end) === space;
    if (!isOver || (code === fullStop && shortened.test(paragraph.slice(Math.max(from, at - 8), at)))) {
      at = end - 1;
      continue;
    }
    texts.push(paragraph.slice(from, end).trim());
    from = end;
    at = end - 1;
  }
  texts.push(paragraph.slice(from).trim());
  const kept = texts.filter((text) => text !== "");
  return kept.map((text, place) => ({
    text: text.slice(0, longestSentence),
    isItem,
    introduces: "",
    quotedTitles: place === 0 ? titles : [],
  }));
}

const space = 32;
const greater = 62;
const bar = 124;
const exclamation = 33;
const fullStop = 46;
const question = 63;

/** Whether a character may follow the mark that ends a sentence: another mark, a quotation mark or a bracket. */
function isClosing(code: number): boolean {
  return code === exclamation || code === fullStop || code === question || code === 34 || code === 39 || code === 41 || code === 93;
}
