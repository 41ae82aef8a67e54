/** What in a text says that it answers another mail, though neither its subject nor its header do. */

/** What a byte order mark and blanks leave of a line says whether somebody else's words stand in it. */
const quotedLine = /^[\s\ufeff]{0,4}(?:[A-Za-z]{1,3})?>(?!From )/;
const quotedDiff = /^[\s\ufeff]{0,4}>[> ]{0,10}(?:diff --git |\+\+\+ |@@ -)/;
/** `On 3 March, Ada Pine <ada@example.org> wrote:` in some languages; longer lines are prose. */
const attribution =
  /(?:\b(?:wrote|writes|said|schrieb|geschrieben|skrev|scrisse|napsal|pisze)|écrit|escribió)(?![A-Za-z])[^:]{0,80}:\s*$|写道\s?[:：]\s*$/i;
const longestAttribution = 200;
const forwardedBlock =
  /^\s{0,3}[-_]{3,}\s?(?:original message|original appointment|forwarded message|ursprüngliche nachricht|mensaje original)\b/i;
/** Of the header that Outlook puts above what it answers. */
const sentLine = /^\s{0,3}\*?(?:Sent|Gesendet|Envoyé|Enviado)\s?:/;
const fromLine = /^\s{0,3}\*?(?:From|Von|De)\s?:/;

/** Lines looked at: what answers a mail says so near its beginning, or all through it. */
const mostLines = 2000;

interface Quotes {
  /** Lines that are quoted, and the sender's own that are not blank. */
  readonly quoted: number;
  readonly own: number;
  readonly hasDiff: boolean;
  /** Somebody is named as the one who wrote what stands below. */
  readonly isAttributed: boolean;
  /** Unquoted, what was answered stands below a header of its own. */
  readonly isForwarded: boolean;
  readonly isFirst: boolean;
}

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

/** Whether a text without a diff of its own is an answer: it quotes a diff, or is a quote with a word beside it. */
export function isAnswerText(text: string): boolean {
  const { quoted, own, hasDiff, isAttributed, isForwarded, isFirst } = quotesIn(text);
  return isForwarded || hasDiff || (quoted > 0 && (isFirst || isAttributed || quoted >= own));
}

/** Whether a text begins with what it answers, as no cover letter does. */
export function opensWithQuote(text: string): boolean {
  const { quoted, isFirst } = quotesIn(text);
  return isFirst && quoted > 0;
}

/** Whether what stands above a diff answers somebody: then the diff may be theirs, or is an idea for them to try. */
export function quotesAbove(text: string): boolean {
  const { quoted, isForwarded } = quotesIn(text);
  return quoted > 0 || isForwarded;
}

/** Whether a mail that somebody answered unquoted stands in a text, with what it said. */
export function holdsForwarded(text: string): boolean {
  return quotesIn(text).isForwarded;
}

const greeting = /^[\s\ufeff]*(?:hi|hello|hey|dear|thanks|thank you|good (?:morning|afternoon|evening))\b/i;
const suggestion =
  /\b(?:how|what) about\b|\bsomething like\b|\buntested\b|\b(?:could|can|would|will) you\b|\bdoes (?:this|it|that)\b|\b(?:below|following|attached) (?:diff|patch|change|hack)\b|\b(?:try|test) (?:this|the|it)\b|\?\s*$/im;

/** Whether a text speaks to somebody, which the message of a patch does not. */
export function speaksToSomebody(text: string): boolean {
  return greeting.test(text) || suggestion.test(text);
}
