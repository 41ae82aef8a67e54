/**
 * The words of a comment without the parts that say nothing of a line: greetings, sign-offs, trailers, and marks that something was
 * left out.
 */
import { attributed } from "../mail/quoting";

/** `[...]`, `<snip>`, `[ ... snip ... ]`, `...`. */
const cutMark =
  /^[\s>]{0,10}[[<({]?[\s.\-_=~*…8<>]{0,20}(?:snip(?:ped)?|cut|trim(?:med)?|skip(?:ped)?|\.\.|…)[\s.\-_=~*…8<>]{0,20}[\])}>]?\s{0,10}$/i;

/** Whether a line says that part of the quote was left out. */
export function isCutMark(line: string): boolean {
  return line.length < 60 && cutMark.test(line);
}

const greeting = /^\s{0,3}(?:hi|hello|hey|dear|good (?:morning|afternoon|evening))\b[^.?:;]{0,40}[,.!]?\s{0,10}$/i;
const farewell =
  /^\s{0,10}(?:many thanks|thanks|thank you|thx|ta|(?:with )?(?:best|kind|warm)(?: (?:regards|wishes))?|regards|cheers|greetings|sincerely|br|rgds|mfg)\b[\s,.!]{0,5}(?:(?:again|a lot|in advance|and regards|for (?:the|your) (?:review|patch|series|work))[\s,.!]{0,3})?(?:[\p{Lu}][\p{L}.-]{0,20}[\s,.!]{0,3}){0,3}$/iu;
/** A name below a farewell. */
const name = /^\s{0,20}[-—~]{0,2}\s{0,2}\p{L}[\p{L}.'-]{0,20}(?:\s\p{L}[\p{L}.'-]{0,20}){0,2}\s{0,10}$/u;
const trailer = /^\s{0,3}[A-Z][A-Za-z-]{0,40}-(?:by|By|to|To): \S/;
const longest = 200;

/** The footer that lists put below every mail. */
const footer = /^_{20,}\s{0,5}$/;
/** The first line of an attribution whose second one is `wrote:`. */
const attributionStart = /^\s{0,3}(?:On|Am|Le|El|Il|Den)\s.{0,180}[,>]?\s{0,3}$/;

/** The text of a comment without blank lines around it; empty if it says nothing. */
export function remarkText(lines: readonly string[]): string {
  const end = lines.findIndex((line) => footer.test(line));
  const kept = (end < 0 ? lines : lines.slice(0, end)).filter((line, at) => {
    if (isCutMark(line) || attributed(line)) return false;
    return !(attributionStart.test(line.slice(0, longest)) && attributed(lines[at + 1] ?? ""));
  });
  return kept.every(saysNothing) ? "" : trimmed(kept);
}

const review = /^\s{0,3}(?:Reviewed|Acked|Tested)-by: \S/im;
const shortVerdict = 90;

/** Whether words are a verdict on a whole patch: `Looks good to me,` above a `Reviewed-by`. */
export function isVerdictText(text: string): boolean {
  const at = review.exec(text)?.index ?? -1;
  const above = at < 0 ? "" : text.slice(0, at).trim();
  return at >= 0 && above.length < shortVerdict && !above.includes("\n\n");
}

function saysNothing(line: string, at: number, lines: readonly string[]): boolean {
  if (line.trim() === "") return true;
  if (line.length > longest) return false;
  if (greeting.test(line) || farewell.test(line) || trailer.test(line)) return true;
  const above = lines.slice(Math.max(0, at - 2), at).findLast((one) => one.trim() !== "") ?? "";
  return name.test(line) && farewell.test(above.slice(0, longest));
}

function trimmed(lines: readonly string[]): string {
  const isText = (line: string): boolean => line.trim() !== "";
  const first = lines.findIndex(isText);
  return first < 0 ? "" : lines.slice(first, lines.findLastIndex(isText) + 1).join("\n");
}
