/** The earlier postings that a cover letter names, by a link or Message-ID with a version beside it, or by their former title. */
import { type ChangelogSection, changelogSections, linesWith } from "../mail/changelog";
import { type MailReference, referencesIn } from "../mail/mailReference";
import { titleWords } from "../mail/subject";

/** An earlier posting that a text names. */
export interface PostingLink {
  readonly version: number;
  readonly rfc: boolean;
  /** Without angle brackets. */
  readonly messageId: string;
  /** Empty if the text has only the Message-ID. */
  readonly url: string;
}

/** No letter cites more earlier postings than this. */
const mostLinks = 64;
/** How many footnotes are looked up; each takes a search of the whole text. */
const mostFootnotes = 64;
/** How much text before the mark of a footnote is read to see what it stands for. */
const mentionLength = 80;
/** A label is short; a longer line is a sentence. */
const longestLabel = 120;

/** The mark of a footnote, perhaps behind a bullet. */
const footnote = /^[ \t]*(?:[-*+][ \t]+)?(\[\d{1,4}\]|[¹²³⁴-⁹]{1,4}):?[ \t]*/;
/** A label that only says that a link follows, so that the heading above tells what it is; `Link to dependency:` says more. */
const plainLabel =
  /^[*+•-]?[ \t]*(?:(?:(?:links?|url|lore|archive|thread|series|posting)(?:[ \t]+to)?|rfc|(?:message|msg)[- ]?id|mid|id)[ \t]*)?(?:[:=][ \t]*)?["'`<([]*$/i;
/** Words that are followed by a Message-ID and not by a person's address. */
const idLabel = /(?:^|[^\p{L}\d])(?:(?:message|msg)[- ]?id|mid|id)[ \t]*(?:[:=][ \t]*)?["'`<]*$/iu;
/** What may follow a link or Message-ID that fills a line: `> (RFC v1)`, `# v2`. */
const plainTail = /^[>"'`\])} \t.,;:]*(?:[([#][ \t]*((?:(?:rfc|patch)(?:[ \t]*v\d{1,4})?|v\d{1,4}))[ \t]*(?:[)\].:][ \t.:]*)?)?$/i;
/** `(cover letter)`, `(lore)`. */
const asideTail = /^[>"'`\])]*[ \t]*\(([^()]{1,40})\)[ \t.]*$/;
/** The end of a line that goes on in the next one: `The previous version can be found at`. */
const openEnd = /:$|\b(?:at|here|is|as|in)$/;
/** A label before a link in brackets: `v2 (https://...): Rebased.` */
const enclosedTail = /^[>\])]+[ \t]*:/;
/** A heading or label followed by the mark of a footnote: `Changes since v1 [1]`. `On top of her v2 series [1]` is not one. */
const versionBefore =
  /^(?:[-*] )?(?:(?:changes?|changelog|history) (?:since|from|in) |since |link to |(?:my|our) )?((?:rfc )?v\d{1,4}|rfc)(?: \(?rfc\)?)?(?: (?:version|series|posting|patch(?:es|set)?))?:?$/;
/** Words for an earlier posting before a footnote; `the previous thread[1]` and `the original patch[1]` are not among them. */
const earlierWork =
  /\b(?:(?:previous|prior|earlier|last)(?: \w+){0,2}? (?:version|series|posting|patchset|revision|submission|attempt|iteration|spin)|(?:my|our) (?:initial|original|first)(?: \w+){0,2}? (?:version|series|posting|patch(?:es|set)?|attempt|proof of concept))\b/;

/** Words of a label that add nothing to the version it names. */
const fillers = wordSet(
  "a an the my our this it its to of for at as in on from by via is was were are been be has have can could found here posted sent " +
    "submitted available see also and or link links url urls lore archive archived archives thread threads post posts patch patches set " +
    "sets respin reroll cover letter coverletter message messages mail mails id ids msgid msg mid ml list mailing since change changes " +
    "changelog changelogs history now discussion discussions ver jan feb mar apr may jun jul aug sep oct nov dec",
);
/** Nouns with which `previous` means an earlier posting; an earlier patch or thread may be other work. */
const postingWords = wordSet(
  "version versions series posting postings patchset patchsets revision revisions rev iteration iterations submission submissions attempt attempts spin rfc v",
);
const earlierWords = wordSet("prev previous previously prior earlier last old older former formerly");
const firstWords = wordSet("original originally initial initially first");
const replacingWords = wordSet("supersede supersedes superseding supercedes superseeds replace replaces replacing obsoletes");

function wordSet(text: string): ReadonlySet<string> {
  return new Set(text.split(" "));
}

/** A trailer, which says more than the name of a posting. Most lines of a message with an address are trailers. */
const personLine = /^(?:(?:Signed-off|Reviewed|Acked|Tested|Suggested|Reported)-by|Cc): /;

/** What the words beside a link say about it. */
interface Label {
  /** The version it names; null if it names none. */
  readonly version: number | null;
  readonly rfc: boolean;
  /** `Previous version`, `Supersedes`. */
  readonly earlier: boolean;
  /** The posting replaces what it names, and may be a first version itself. */
  readonly replaces: boolean;
  /** Begins with the version, as a heading does. */
  readonly heads: boolean;
}

const saysNothing: Label = { version: null, rfc: false, earlier: false, replaces: false, heads: false };

/** Reads a label; null if its words say anything besides which posting is meant. */
function readLabel(text: string): Label | null {
  if (text.length > longestLabel) return null;
  const words = text.toLowerCase().match(/[\p{L}\d]+/gu) ?? [];
  if (words.length === 0) return saysNothing;
  let version: number | null = null;
  let rfc = false;
  let before = false;
  let first = false;
  let replaces = false;
  let isPosting = words.length === 1;
  for (const [at, word] of words.entries()) {
    const named = /^(?:rfc|patch)?v(\d{1,4})$/.exec(word)?.[1] ?? numberAfter(words[at - 1], word);
    if (named !== undefined) version ??= Number(named);
    else if (firstWords.has(word)) first = true;
    else if (earlierWords.has(word)) before = true;
    else if (replacingWords.has(word)) replaces = true;
    else if (!fillers.has(word) && !postingWords.has(word) && !/^\d{1,4}$/.test(word)) return null;
    rfc ||= word.startsWith("rfc");
    isPosting ||= postingWords.has(word) || /^(?:posted|sent|submitted)$/.test(word);
  }
  // An RFC without a number is the first one.
  if ((first && isPosting) || (rfc && !before && !replaces)) version ??= 1;
  return { version, rfc, earlier: replaces || (before && isPosting), replaces, heads: /^[ \t]*v\d/i.test(text) };
}

function numberAfter(before: string | undefined, word: string): string | undefined {
  return before !== undefined && /^(?:v|ver|version|revision|rev)$/.test(before) && /^\d{1,3}$/.test(word) ? word : undefined;
}

/** Which posting the words beside a link, or the heading above it, say it is. */
interface NamedPosting {
  readonly version: number;
  readonly rfc: boolean;
  /** It stands under the heading of the letter's own version. */
  readonly own: boolean;
  /** The version comes from the heading, not from words beside the link. */
  readonly byHeading: boolean;
  readonly replaces: boolean;
}

interface FoundLink extends NamedPosting {
  readonly messageId: string;
  readonly url: string;
}

/** A text while its lines are read. */
interface LetterReading {
  readonly text: string;
  /** Of the posting itself. */
  readonly version: number;
  section: ChangelogSection | undefined;
  footnotes: number;
}

/** A line of it. */
interface LetterLine {
  readonly line: string;
  readonly start: number;
}

/**
 * The earlier postings that a cover letter names, newest first. A link names an EARLIER posting whatever heading it stands under:
 * people put the link to v2 under `v3:` as well as under `v2:`. A link inside a sentence is not one.
 *
 * @param text the cover letter, or the message of a lone patch
 * @param version the version of the revision itself
 */
export function postingLinks(text: string, version: number): PostingLink[] {
  const lines = linesWith(text, /@|%40/g);
  if (lines.length === 0) return [];
  const sections = changelogSections(text);
  const reading: LetterReading = { text, version, section: undefined, footnotes: 0 };
  const found: FoundLink[] = [];
  const seen = new Set<string>();
  let next = 0;
  for (const line of lines) {
    if (personLine.test(line.line)) continue;
    for (let later = sections[next]; later && later.start <= line.start; later = sections[++next]) reading.section = later;
    for (const link of linksIn(line, reading)) {
      if (seen.has(link.messageId)) continue;
      seen.add(link.messageId);
      found.push(link);
    }
    if (found.length >= mostLinks) break;
  }
  return withoutClashes(found)
    .filter((link) => link.version < version || link.rfc || link.replaces)
    .map(({ version: named, rfc, messageId, url }) => ({ version: named, rfc, messageId, url }))
    .sort((a, b) => b.version - a.version);
}

/**
 * The postings that an answer says are replaced (`Supersedes: <...>`). People add this if they forgot it; nothing else in an
 * answer tells which revisions belong together.
 */
export function supersededPostings(text: string, version: number): PostingLink[] {
  if (!/supersed|superceed|supercede/i.test(text)) return [];
  const reading: LetterReading = { text, version, section: undefined, footnotes: 0 };
  return linesWith(text, /^[ \t]*(?:this |it )?(?:patch |series |version |set |patchset )?(?:now )?super[sc]ee?des\b/gim)
    .flatMap((line) => linksIn(line, reading))
    .slice(0, mostLinks)
    .map(({ version: named, rfc, messageId, url }) => ({ version: named, rfc, messageId, url }));
}

/** The postings that a line names; [] if the line says anything else. */
function linksIn({ line, start }: LetterLine, reading: LetterReading): FoundLink[] {
  const references = referencesIn(line);
  const [first, last] = [references[0], references.at(-1)];
  if (!first || !last) return [];
  const rest = line.slice(last.end);
  const tail = plainTail.exec(rest);
  // Quoted text belongs to somebody else.
  if (line.trimStart().startsWith(">") || (!tail && !enclosedTail.test(rest) && !isAside(rest))) return [];
  const mark = footnote.exec(line);
  const marked = mark !== null && mark[0].length <= first.start ? mark : null;
  let from = marked ? marked[0].length : 0;
  let before = saysNothing;
  const found: FoundLink[] = [];
  for (const reference of references) {
    const ahead = line.slice(from, reference.start);
    const said = readLabel(`${ahead} ${reference === last ? (tail?.[1] ?? "") : ""}`);
    if (!said) return found;
    const named =
      reference === first
        ? nameFirst(reference, { ahead, said, mark: marked?.[1], line, start }, reading)
        : nameNext(reference, said === saysNothing && before.replaces ? before : said, reading);
    if (said !== saysNothing) before = said;
    if (named) found.push({ ...named, messageId: reference.messageId, url: reference.url });
    from = reference.end;
  }
  return found;
}

/** Whether the text after a link is only a label of it. */
function isAside(rest: string): boolean {
  const said = asideTail.exec(rest)?.[1];
  return said !== undefined && readLabel(said) !== null;
}

/** The words beside the first reference of a line. */
interface LinkContext extends LetterLine {
  readonly ahead: string;
  readonly said: Label;
  readonly mark: string | undefined;
}

function nameFirst(reference: MailReference, { ahead, said, mark, line, start }: LinkContext, reading: LetterReading): NamedPosting | null {
  const section = reading.section && start < reading.section.end ? reading.section : undefined;
  const isPlain = start === section?.start || plainLabel.test(ahead.trim());
  const isBlank = plainLabel.test(ahead.trim()) && said.version === null && !said.rfc;
  const mention = isBlank && mark !== undefined && ++reading.footnotes <= mostFootnotes ? mentionOf(reading.text, mark, start) : null;
  const label = !isBlank ? said : mention !== null ? (readLabel(mention) ?? saysNothing) : labelAbove(reading.text, start, section);
  const isItem = mention === null && isPlain && section !== undefined && startsItem(reading.text, line, start, section);
  const named = namedPosting(label, isItem ? section : null, reading.version);
  if (!named || reference.form === "link" || idLabel.test(ahead)) return named;
  const isSaid = label.version !== null || label.earlier;
  return isGenerated(reference.messageId) || (isSaid && (reference.form === "marked" || hasDigit(reference.messageId))) ? named : null;
}

/** A further reference of a line, as in `v2: https://..., v1: https://...`: it has its own label, unless `Supersedes:` lists it. */
function nameNext(reference: MailReference, said: Label, { version }: LetterReading): NamedPosting | null {
  const named = said.version === null && !said.earlier ? null : namedPosting(said, null, version);
  return reference.form === "link" || hasDigit(reference.messageId) ? named : null;
}

function hasDigit(messageId: string): boolean {
  return /\d/.test(messageId.split("@", 1)[0] ?? "");
}

/** Whether a tool made a Message-ID, which then holds a time or random letters and is not an address. */
function isGenerated(messageId: string): boolean {
  const [local = ""] = messageId.split("@", 1);
  return local.replace(/\D/g, "").length >= 6 || (/^[\w+.-]{16,}$/.test(local) && /[A-Z]/.test(local) && /[a-z]/.test(local));
}

/** The posting that a link stands for, by its label, else by the heading above it; null if it is none. */
function namedPosting(label: Label, section: ChangelogSection | null, version: number): NamedPosting | null {
  const rfc = (section?.rfc ?? false) || label.rfc;
  const { version: labelled, replaces } = label;
  // RFCs may be numbered on their own, so a PATCH v1 may continue an RFC v2.
  if (labelled !== null && (labelled < version || (rfc && labelled > version) || (rfc && section === null))) {
    return { version: labelled, rfc, own: false, byHeading: label.heads, replaces };
  }
  if (section) {
    if (version === 1 && !rfc) return null;
    const own = section.links === version || (section.links > version && !section.rfc);
    return { version: Math.max(own ? 1 : 0, own ? version - 1 : section.links), rfc, own, byHeading: true, replaces };
  }
  return label.earlier ? { version: Math.max(1, version - 1), rfc, own: false, byHeading: false, replaces } : null;
}

/**
 * The label that the text gives a footnote (`[1] https://...`) when it mentions the mark: a version, an RFC, earlier work, or
 * nothing; null if the text does not mention the mark.
 */
function mentionOf(text: string, mark: string, at: number): string | null {
  const place = text.indexOf(mark);
  if (place < 0 || place >= at) return null;
  const before = text.slice(Math.max(0, place - mentionLength), place).toLowerCase();
  const line = before.slice(before.lastIndexOf("\n") + 1).trim();
  const version = versionBefore.exec(line.replace(/\s+/g, " "))?.[1];
  if (version !== undefined) return `${version}:`;
  const sentence = before.split(/\n[ \t]*\n|[.;]\s/).at(-1) ?? "";
  return earlierWork.test(sentence.replace(/\s+/g, " ")) ? "previous version" : "";
}

/** The label in the line above a link that has none: `Link to v2:` LF `https://...`. Headings of the changelog are read elsewhere. */
function labelAbove(text: string, at: number, section: ChangelogSection | undefined): Label {
  let end = at - 1;
  let above = lineBefore(text, end);
  // `The previous version is here:` may have a blank line below it.
  if (text.slice(above, end).trim() === "") {
    end = above - 1;
    above = lineBefore(text, end);
  }
  if (end <= 0 || above === section?.start || end - above > longestLabel) return saysNothing;
  const line = text.slice(above, end).trimEnd();
  if (!openEnd.test(line)) return saysNothing;
  const label = readLabel(line);
  return label && (label.version !== null || label.earlier) ? label : saysNothing;
}

function lineBefore(text: string, end: number): number {
  return end > 0 ? text.lastIndexOf("\n", end - 1) + 1 : 0;
}

/** Whether a link begins an item of its own; one that goes on from the line above (`See` LF `https://...`) belongs to that sentence. */
function startsItem(text: string, line: string, at: number, section: ChangelogSection): boolean {
  if (/^[ \t]*[-*+•][ \t]/.test(line) || /^[ \t]*v\d+/i.test(line) || at === section.start) return true;
  const above = at > 1 ? text.lastIndexOf("\n", at - 2) + 1 : 0;
  return above === section.start || text.slice(above, at).trim() === "";
}

/**
 * If two links would name one version, the author puts each link under the heading of the version that came after it. So every
 * section's link names the version before, but never one below 1.
 */
function withoutClashes(found: readonly FoundLink[]): readonly FoundLink[] {
  const own = found.find((link) => link.own);
  const clash = own && found.some((link) => !link.own && link.version === own.version);
  if (!clash) return found;
  return found.map((link) => (link.own || !link.byHeading ? link : { ...link, version: Math.max(1, link.version - 1) }));
}

// Former titles of a patch or series, as its changelog tells them.

/** How many former titles are kept. */
const mostTitles = 8;
/** How much of a letter or patch message is searched. */
const longestText = 64 * 1024;
/** How much text before a quoted title is read to see what it is. */
const reach = 160;
const longestTitle = 240;
const mostLines = 3;
/** How many quotations are looked at. */
const mostQuotes = 500;

/** Words that introduce a former title of the posting, not the title of other work. */
const renamed =
  /\b(?:re-?named?|re-?titled?|renaming|retitling)\b|\b(?:chang(?:e|ed|ing)|updat(?:e|ed)|reword(?:ed)?|adjust(?:ed)?|new|rewrote|rewritten|improved?) (?:of )?(?:the )?(?:patch |series |cover letter |commit |mail )?(?:'s )?(?:title|subject|name|subject line|summary|headline)\b|\b(?:title|subject|summary|patch|series|version|v\d{1,3}|it|this)(?: of v\d{1,3})? (?:was|were|had been) (?:previously |formerly |originally |initially |earlier )?(?:called|titled|named|sent|posted|submitted|known|entitled)\b|\b(?:old|previous|former|original|earlier|prior|initial|v\d{1,3}(?:'s)?) (?:patch |series )?(?:title|subject|name|summary)\b|\b(?:title|subject) (?:was|changed)\b|\b(?:previously|formerly|originally|initially) (?:called|titled|named|known|entitled|posted as|sent as|submitted as)\b|\bformerly\b|\bsupersedes?:?(?: (?:my|the|our))?(?: (?:previous|earlier|prior|former))?(?: (?:rfc|patch|series|version|patchset|posting))?:? ?$|(?:^|[-*•(:]) ?was:? ?$/;
/** The last word before a former title; a title after `to` or `in` is another one. */
const leadsTo =
  /(?:[:(]|->|=>|\b(?:from|was|were|as|previously|formerly|originally|initially|called|titled|named|entitled|title|subject|name|patch|series|version|patchset|posting|rfc|renamed?|retitled?|supersedes?))[ ]?$/;
/** `Old title: ...` takes the whole line. */
const titleLine =
  /^[ \t]*(?:[-*+•][ \t]+)?(?:v\d{1,3}:[ \t]+)?(?:old|previous|former|original|earlier|prior)[ \t]+(?:patch |series )?(?:title|subject)(?:[ \t]+was)?:[ \t]+(\S.{3,240})$/gim;
/** `Renamed (was: ...)`, `Changed the subject (previously ...)`. */
const asideTitle =
  /\b(?:title|subject|re-?named?|re-?titled?)\b[^\n()"“]{0,80}\((?:was|previously|formerly)(?::| )[ ]?([^()"“\n]{4,240})\)/gi;
/** Words that say that the clause is about other work, which has a title too. */
const otherWork =
  /\b(?:depends?|dependency|based on|on top of|follow[- ]?up|similar|related|requires?|needs?|together with|see also|fixes|commit|function|file|variable|struct|field|macro|helper|symbol|branch|config|option|argument|parameter)\b/;

/**
 * The words of the titles that a posting says it had: quoted after `Renamed from`, `the title was` and the like, or in `(was:
 * ...)` after its own.
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
    pattern.lastIndex = 0;
    for (let match = pattern.exec(part); match; match = pattern.exec(part)) {
      if (found.size < mostTitles) found.add(titleWords(withoutBrackets(match[1] ?? "")));
    }
  }
  for (const { title, start } of quotations(part)) {
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

const anyQuote = /["“‘`«']/g;
const closingMarks: Readonly<Record<string, string>> = { '"': '"', "“": "”", "‘": "’", "`": "`", "«": "»" };

/** The texts in quotation marks, also over several lines; a single quote opens one only before a word. */
function quotations(text: string): Array<{ title: string; start: number }> {
  const found: Array<{ title: string; start: number }> = [];
  const next = new Map<string, number>();
  anyQuote.lastIndex = 0;
  for (let open = anyQuote.exec(text); open && found.length < mostQuotes; open = anyQuote.exec(text)) {
    const [mark] = open;
    const at = open.index;
    const isSingle = mark === "'" && !isLetter(text[at - 1]) && isLetter(text[at + 1]);
    const close = isSingle ? "'" : closingMarks[mark];
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
    anyQuote.lastIndex = end + 1;
  }
  return found;
}

function isLetter(character: string | undefined): boolean {
  return character !== undefined && /[\p{L}\d]/u.test(character);
}
