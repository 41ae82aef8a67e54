/** The series page: the document around it, and the HTML of one revision. All text in it comes from strangers' mail. */
import { iconHtml } from "./controls";
import { escapeHtml, visibleHtml } from "./escape";
import { filesSectionHtml } from "./fileList";
import { letterParts } from "./letter";
import { linkedText } from "./links";
import type { PageRevision } from "./pageSeries";
import { patchesSectionHtml } from "./patchList";
import { goneText } from "./replyBody";
import { repliesHtml } from "./replyList";
import { headerHtml, type PageView } from "./seriesHeader";

/** What the document needs of the webview it is shown in. */
export interface PageFrame {
  /** `webview.cspSource`. */
  readonly cspSource: string;
  /** Random, new for each document. */
  readonly nonce: string;
  /** The bundled script of the page. */
  readonly scriptUri: string;
  /** codicon.css and page.css. */
  readonly styleUris: readonly string[];
  readonly title: string;
}

/** The document: nothing may load but our script, styles and icon font, and nothing may be sent anywhere. */
export function pageHtml({ cspSource, nonce, scriptUri, styleUris, title }: PageFrame): string {
  const policy = `default-src 'none'; style-src ${cspSource}; font-src ${cspSource}; script-src 'nonce-${nonce}'; base-uri 'none'; form-action 'none'`;
  const styles = styleUris.map((uri) => `<link rel="stylesheet" href="${escapeHtml(uri)}">`).join("\n");
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escapeHtml(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
${styles}
</head>
<body>
<div id="page"><p class="loading">Reading the series…</p></div>
<div id="announcer" class="sr-only" role="status" aria-live="polite"></div>
<script nonce="${escapeHtml(nonce)}" src="${escapeHtml(scriptUri)}"></script>
</body>
</html>
`;
}

/** The page of one revision. */
export function seriesHtml(view: PageView): string {
  const revision = view.series.revisions[view.revision];
  if (!revision) return problemHtml("This series has no such revision.");
  const letter = revision.cover ? letterHtml(revision, view.folded) : "";
  const files = filesSectionHtml(revision);
  const overview = letter === "" && files === "" ? "" : `<div class="overview${letter === "" ? " no-letter" : ""}">${letter}${files}</div>`;
  return `<button type="button" class="skip" data-do="skipToPatches">Skip to patches</button>
${headerHtml(view, revision)}
<main>${overview}
<div class="related-series"></div>
${repliesHtml(revision, { patch: 0, name: "the cover letter", level: 3 }, view.openReplies)}
${patchesSectionHtml(revision, view)}
</main>`;
}

/** What is shown instead of a series that cannot be. */
export function problemHtml(message: string): string {
  return `<main><div class="problem" role="alert">${iconHtml("warning")}<p>${linkedText(message)}</p></div></main>`;
}

/** Lines of a cover letter shown before the rest is folded away. */
const linesShown = 160;

/** The section of the cover letter; an empty one stays away. */
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
  if (lines.length <= linesShown + 20) return `<div class="message">${linkedText(text)}</div>`;
  const rest = lines.length - linesShown;
  return `<div class="message">${linkedText(lines.slice(0, linesShown).join("\n"))}</div>
<details class="rest"><summary>${rest.toLocaleString("en-US")} more lines</summary><div class="message">${linkedText(lines.slice(linesShown).join("\n"))}</div></details>`;
}
