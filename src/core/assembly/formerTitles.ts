/** The title a patch or series had before, where its changelog says that it was renamed. */
import { titleWords } from "../mail/subject";

/** No posting had more. */
const mostTitles = 8;
/** The letter, or the message of a patch with what stands below its `---`; not its last pages. */
const longestText = 64 * 1024;
/** So much of the text before a quoted title tells what it is. */
const reach = 160;
const longestTitle = 240;
const mostLines = 3;
/** Quotations looked at. */
const mostQuotes = 500;

/** What is said of a title that the posting no longer has; nothing that may be said of other work. */
const renamed =
  /\b(?:re-?named?|re-?titled?|renaming|retitling)\b|\b(?:chang(?:e|ed|ing)|updat(?:e|ed)|reword(?:ed)?|adjust(?:ed)?|new|rewrote|rewritten|improved?) (?:of )?(?:the )?(?:patch |series |cover letter |commit |mail )?(?:'s )?(?:title|subject|name|subject line|summary|headline)\b|\b(?:title|subject|summary|patch|series|version|v\d{1,3}|it|this)(?: of v\d{1,3})? (?:was|were|had been) (?:previously |formerly |originally |initially |earlier )?(?:called|titled|named|sent|posted|submitted|known|entitled)\b|\b(?:old|previous|former|original|earlier|prior|initial|v\d{1,3}(?:'s)?) (?:patch |series )?(?:title|subject|name|summary)\b|\b(?:title|subject) (?:was|changed)\b|\b(?:previously|formerly|originally|initially) (?:called|titled|named|known|entitled|posted as|sent as|submitted as)\b|\bformerly\b|\bsupersedes?:?(?: (?:my|the|our))?(?: (?:previous|earlier|prior|former))?(?: (?:rfc|patch|series|version|patchset|posting))?:? ?$|(?:^|[-*•(:]) ?was:? ?$/;
/** The last word before a title that it had: what was renamed `to` it, or done `in` it, is another. */
const leadsTo =
  /(?:[:(]|->|=>|\b(?:from|was|were|as|previously|formerly|originally|initially|called|titled|named|entitled|title|subject|name|patch|series|version|patchset|posting|rfc|renamed?|retitled?|supersedes?))[ ]?$/;
/** `Old title: ...` takes all of its line. */
const titleLine =
  /^[ \t]*(?:[-*+•][ \t]+)?(?:v\d{1,3}:[ \t]+)?(?:old|previous|former|original|earlier|prior)[ \t]+(?:patch |series )?(?:title|subject)(?:[ \t]+was)?:[ \t]+(\S.{3,240})$/gim;
/** `Renamed (was: ...)`, `Changed the subject (previously ...)`. */
const asideTitle =
  /\b(?:title|subject|re-?named?|re-?titled?)\b[^\n()"“]{0,80}\((?:was|previously|formerly)(?::| )[ ]?([^()"“\n]{4,240})\)/gi;
/** The clause is about something else, which has a title too. */
const otherWork =
  /\b(?:depends?|dependency|based on|on top of|follow[- ]?up|similar|related|requires?|needs?|together with|see also|fixes|commit|function|file|variable|struct|field|macro|helper|symbol|branch|config|option|argument|parameter)\b/;

/**
 * The words of the titles a posting says it had: quoted behind `Renamed from`, `the title was` and the like, or in
 * `(was: ...)` behind its own.
 *
 * @param text a cover letter, or the message of a patch and what stands below it
 * @param subject the whole subject
 */
export function formerTitles(text: string, subject: string): string[] {
  const found = new Set<string>();
  const aside = /[([]\s*(?:was|formerly|previously)\s*(?::\s*)?(?:\[[^\]]{0,80}\]\s*)?([^()[\]]{4,240})[)\]]\s*$/i.exec(
    subject.slice(-(longestTitle + 40)),
  );
  if (aside?.[1] !== undefined) found.add(titleWords(withoutBrackets(aside[1])));
  const part = text.length > longestText ? text.slice(0, longestText) : text;
  if (
    !/re-?nam|title|subject|formerly|supersede|previously|originally|initially|(?:post|submitt|sen|call)(?:ed|t)\b|was:? ["“'`]|summary|headline/i.test(
      part,
    )
  )
    return [...found];
  for (const pattern of [titleLine, asideTitle]) {
    for (const [, title = ""] of part.matchAll(pattern)) if (found.size < mostTitles) found.add(titleWords(withoutBrackets(title)));
  }
  for (const { title, start } of quoted(part)) {
    if (found.size >= mostTitles) break;
    const before = part.slice(Math.max(0, start - reach), start).toLowerCase();
    const clause =
      before
        .split(/\n[ \t]*\n|[.;]\s|\n[ \t]*(?:[-*+•]|v\d{1,3}:)[ \t]/)
        .at(-1)
        ?.replace(/\s+/g, " ") ?? "";
    if (renamed.test(clause) && leadsTo.test(clause) && !otherWork.test(clause)) found.add(titleWords(withoutBrackets(title)));
  }
  found.delete("");
  return [...found];
}

function withoutBrackets(title: string): string {
  return title
    .replace(/\s+/g, " ")
    .replace(/^\s*(?:\[[^\]]{0,80}\]\s*)+/, "")
    .trim();
}

const closing: Readonly<Record<string, string>> = { '"': '"', "“": "”", "‘": "’", "`": "`", "«": "»" };

/** What stands in quotation marks, over the ends of lines; a single quote opens one only before a word. */
function quoted(text: string): Array<{ title: string; start: number }> {
  const found: Array<{ title: string; start: number }> = [];
  const next = new Map<string, number>();
  for (let at = 0; at < text.length && found.length < mostQuotes; at++) {
    const mark = text[at] ?? "";
    const isSingle = mark === "'" && !isLetter(text[at - 1]) && isLetter(text[at + 1]);
    const close = isSingle ? "'" : closing[mark];
    if (close === undefined) continue;
    let end = next.get(close) ?? 0;
    if (end >= 0 && end <= at) {
      end = text.indexOf(close, at + 1);
      while (close === "'" && end >= 0 && isLetter(text[end + 1])) end = text.indexOf(close, end + 1);
      next.set(close, end);
    }
    if (end < 0 || end - at > longestTitle) continue;
    const title = text.slice(at + 1, end);
    if (title.includes("\n\n") || title.split("\n").length > mostLines) continue;
    found.push({ title, start: at });
    at = end;
  }
  return found;
}

function isLetter(character: string | undefined): boolean {
  return character !== undefined && /[\p{L}\d]/u.test(character);
}
