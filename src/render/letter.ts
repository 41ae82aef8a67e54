/**
 * The readable part of a cover letter or commit message: shortlog, diffstat and signature are cut, since the page shows them better,
 * and the changelog is set apart.
 */
import { parseDiffstat } from "../core/diff/diffstat";
import { changelogSections } from "../core/mail/changelog";
import { parseShortlog } from "../core/mail/shortlog";
import type { PageRevision } from "../shared/pageSeries";
import { iconHtml, linkedText, visibleHtml } from "./html";
import { goneText } from "./replyList";

export interface LetterPart {
  readonly kind: "text" | "changelog";
  readonly text: string;
}

/** The parts of a cover letter, in order; [] for an empty one. */
export function letterParts(body: string): LetterPart[] {
  const text = shownText(body);
  const shortlog = parseShortlog(text);
  const diffstat = parseDiffstat(text);
  const cuts = [shortlog, diffstat].filter((cut) => cut !== null).sort((a, b) => a.start - b.start);
  const pieces: string[] = [];
  let done = 0;
  for (const { start, end } of cuts) {
    if (start < done) continue;
    pieces.push(text.slice(done, start));
    done = end;
  }
  pieces.push(text.slice(done));
  return pieces.flatMap((piece) => splitChangelog(trimMargins(piece))).filter((part) => part.text !== "");
}

/** A commit message, and the author's notes to the list below `---`; null without notes. */
export function messageParts(body: string): { message: string; notes: string | null } {
  const text = shownText(body);
  const mark = /^---[ \t]*$/m.exec(text);
  if (!mark) return { message: trimMargins(withoutDiffstat(text)), notes: null };
  const notes = trimMargins(withoutDiffstat(text.slice(mark.index + mark[0].length)));
  return { message: trimMargins(text.slice(0, mark.index)), notes: notes === "" ? null : notes };
}

/** Texts by people are far shorter, and nobody can read a page of megabytes. */
const longestShown = 512 * 1024;

function shownText(body: string): string {
  if (body.length <= longestShown) return withoutSignature(body.replaceAll("\r\n", "\n"));
  const end = body.lastIndexOf("\n", longestShown);
  return `${body.slice(0, end > 0 ? end : longestShown).replaceAll("\r\n", "\n")}\n\n(Text too long; the rest is not shown.)`;
}

function withoutDiffstat(text: string): string {
  const diffstat = parseDiffstat(text);
  return diffstat ? text.slice(0, diffstat.start) + text.slice(diffstat.end) : text;
}

function withoutSignature(text: string): string {
  const mark = text.lastIndexOf("\n-- \n");
  // A signature is short; a line `-- ` far from the end belongs to the text.
  return mark >= 0 && text.length - mark < 1000 ? text.slice(0, mark) : text;
}

/** Removes blank lines around a text, and the `---` that separated it from what was cut. */
function trimMargins(text: string): string {
  let start = 0;
  for (let next = text.indexOf("\n"); next >= 0 && isMargin(text.slice(start, next)); next = text.indexOf("\n", start)) start = next + 1;
  let end = text.length;
  while (end > start) {
    const line = text.lastIndexOf("\n", end - 1) + 1;
    if (!isMargin(text.slice(Math.max(line, start), end))) break;
    end = Math.max(line - 1, start);
  }
  return text.slice(start, end).trimEnd();
}

function isMargin(line: string): boolean {
  return (line.startsWith("---") ? line.slice("---".length) : line).trim() === "";
}

function splitChangelog(text: string): LetterPart[] {
  const starts = changelogSections(text).map(({ start }) => start);
  const headings = new Set(starts);
  const parts: LetterPart[] = [];
  let done = 0;
  for (const start of starts) {
    // A heading inside a changelog was skipped with it.
    if (start < done) continue;
    const end = changelogEnd(text, start, headings);
    parts.push({ kind: "text", text: trimMargins(text.slice(done, start)) });
    parts.push({ kind: "changelog", text: trimMargins(text.slice(start, end)) });
    done = end;
  }
  return [...parts, { kind: "text", text: trimMargins(text.slice(done)) }];
}

const continuesChangelog = /^(?:[ \t]|[-*+•o][ \t]|\(?\d+[.)][ \t]|\[\d+\]|https?:\/\/|link\b|---[ \t]*$)/i;

/**
 * A changelog ends where, after a blank line, prose begins at the margin ("Thanks," or more of the letter), since its items are
 * indented, bulleted or links. The first paragraph below a heading always belongs to it.
 */
function changelogEnd(text: string, start: number, headings: ReadonlySet<number>): number {
  let afterBlank = false;
  let hasText = false;
  for (let at = start; at < text.length;) {
    const next = text.indexOf("\n", at);
    const end = next < 0 ? text.length : next;
    const line = text.slice(at, end);
    if (headings.has(at)) hasText = /:[ \t]*\S/.test(line);
    else if (line.trim() !== "") {
      if (afterBlank && hasText && !continuesChangelog.test(line)) return at;
      hasText = true;
    }
    afterBlank = line.trim() === "";
    at = end + 1;
  }
  return text.length;
}

/** Lines of a cover letter shown before the rest is folded away. */
const letterLinesShown = 160;

/** The section of the cover letter; empty for an empty letter. */
export function letterHtml(revision: PageRevision, folded: ReadonlySet<string>): string {
  const html = letterPartsHtml(revision, folded);
  if (html === "") return "";
  return `<section class="letter" aria-labelledby="heading-letter"><h2 id="heading-letter">Cover letter</h2>${html}</section>`;
}

function letterPartsHtml({ cover, posted, isLoading, problem }: PageRevision, folded: ReadonlySet<string>): string {
  if (cover?.body == null && posted) {
    return isLoading ? '<p class="note reading">Reading the cover letter…</p>' : `<p class="note">${visibleHtml(problem ?? goneText)}</p>`;
  }
  return letterParts(cover?.body ?? "")
    .map((part, at) => {
      if (part.kind === "text") return letterTextHtml(part.text);
      const name = `changelog-${at}`;
      return `<details class="changelog" data-section="${name}"${folded.has(name) ? "" : " open"}><summary>${iconHtml("chevron-right")}<h3>Changelog</h3></summary><div class="message">${linkedText(part.text)}</div></details>`;
    })
    .join("");
}

function letterTextHtml(text: string): string {
  const lines = text.split("\n");
  if (lines.length <= letterLinesShown + 20) return `<div class="message">${linkedText(text)}</div>`;
  const rest = lines.length - letterLinesShown;
  return `<div class="message">${linkedText(lines.slice(0, letterLinesShown).join("\n"))}</div>
<details class="rest"><summary>${rest.toLocaleString("en-US")} more lines</summary><div class="message">${linkedText(lines.slice(letterLinesShown).join("\n"))}</div></details>`;
}
