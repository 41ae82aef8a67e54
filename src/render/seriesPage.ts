/** The series page: the document, its head, and the HTML of one revision. All text in it comes from strangers' mail. */
import { formatAuthor } from "../core/mail/author";
import type { ElsewhereRevision, RevisionLink } from "../core/series/series";
import type { PageRevision, PageSeries } from "../shared/pageSeries";
import { type PageApplies, type PageLanding, webUrl } from "../shared/protocol";
import { appliesHtml } from "./applies";
import type { DiffLayout } from "./diffView";
import { countsHtml, filesSectionHtml, revisionCounts } from "./fileList";
import {
  type Control,
  escapeHtml,
  iconButton,
  iconHtml,
  isolated,
  linkedText,
  linkHtml,
  timeHtml,
  visibleAttribute,
  visibleHtml,
} from "./html";
import { age, authorName, evidenceTexts, patchCount, plural, revisionName, statusName, trailerMarks } from "./labels";
import { landingHtml } from "./landing";
import { letterHtml } from "./letter";
import { markCountsHtml, patchesSectionHtml } from "./patchList";
import { postingHtml } from "./postingFacts";
import { repliesHtml } from "./replyList";

/** What the document needs from its webview. */
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

/** The document: it may load only our script, styles and icon font, and send nothing. */
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
<div id="landing">${landingHtml(view.landing ?? null, view.folded.has("landing"))}</div>
<div class="related-series"></div>
<div class="series-clashes"></div>
<div class="compared-revisions"></div>
${repliesHtml(revision, { patch: 0, name: "the cover letter", level: 3 }, view.openReplies)}
${patchesSectionHtml(revision, view)}
</main>`;
}

/** Shown instead of a series that cannot be shown. */
export function problemHtml(message: string): string {
  return `<main><div class="problem" role="alert">${iconHtml("warning")}<p>${linkedText(message)}</p></div></main>`;
}

// The head of the page: the series, its revisions and why they belong together, and the buttons.

/** The state of the page. */
export interface PageView {
  readonly series: PageSeries;
  /** Zero-based place in the series' revisions. */
  readonly revision: number;
  readonly layout: DiffLayout;
  /** Places of the patches that are unfolded. */
  readonly open: ReadonlySet<number>;
  /** Message-IDs of the replies that are unfolded. */
  readonly openReplies: ReadonlySet<string>;
  /** Names of the sections that are folded: `changelog`. */
  readonly folded: ReadonlySet<string>;
  /** Whether it applies; may come later or never. */
  readonly applies?: PageApplies | null;
  /** Where it stands; may come later or never. */
  readonly landing?: PageLanding | null;
  /** Milliseconds, for ages. */
  readonly now: number;
}

/** Why b4 cannot fetch anything. */
const noMessageId = "the digest has no Message-IDs";

/** The head: title, facts, and the bar that stays visible. */
function headerHtml(view: PageView, revision: PageRevision): string {
  const { series } = view;
  return `<header class="head">
<div class="overview-head">
<p class="eyebrow"><span class="chip" title="Subsystem">${visibleHtml(series.subsystem)}</span><span class="status" title="Status">${visibleHtml(statusOf(view))}</span></p>
<h1>${isolated(visibleHtml(revision.title) || "(no subject)")}</h1>
<p class="facts">${factsHtml(revision, view.now)}</p>
${postingHtml(revision)}
<div id="applies">${appliesHtml(view.applies ?? null)}</div>
${evidenceHtml(series)}
</div>
<div class="bar">
${revisionsHtml(series, view.revision)}
<span class="bar-title" aria-hidden="true">${isolated(visibleHtml(revision.title))}</span>
<div class="actions" role="group" aria-label="Series actions">${seriesActions(view, revision).map(iconButton).join("")}</div>
</div>
</header>`;
}

/** Of the series; an older revision is superseded, whatever became of the newest. */
function statusOf({ series, revision }: PageView): string {
  const newest = series.revisions.at(-1);
  return revision < series.revisions.length - 1 && newest ? `superseded by ${revisionName(newest)}` : statusName(series.status);
}

/** The facts of a revision in a line: who, when, how much, and who reviewed it. */
export function factsHtml(revision: PageRevision, now: number): string {
  const counts = revisionCounts(revision);
  const trailers = revision.patches.flatMap((patch) => patch.trailers);
  const facts = [
    `<span class="author" title="${visibleAttribute(formatAuthor(revision.author))}">${isolated(visibleHtml(authorName(revision)))}</span>`,
    dateHtml(revision, now),
    patchCount(revision),
    counts.files > 0 ? `${plural(counts.files, "file")} ${countsHtml(counts)}` : "",
    markCountsHtml(trailerMarks(trailers)),
  ];
  return facts
    .filter(Boolean)
    .map((fact) => `<span class="fact">${fact}</span>`)
    .join("");
}

/** The day of a posting and its age; without a date, the source, which tells roughly. */
function dateHtml({ date, source }: PageRevision, now: number): string {
  const time = date === null ? "" : timeHtml(date, `, ${source}`);
  if (date === null || time === "")
    return source === "" ? "" : `<span class="source" title="The source it was read from">${visibleHtml(source)}</span>`;
  const old = age(date, now);
  return `${time}, ${visibleHtml(old === "now" ? "just now" : `${old} ago`)}`;
}

function revisionsHtml(series: PageSeries, shown: number): string {
  const known = series.revisions.map((revision, at) => ({
    version: revision.version,
    rank: 1,
    html: knownRevisionHtml(series, at, at === shown),
  }));
  const elsewhere = series.elsewhere.map((revision) => ({ version: revision.version, rank: 0, html: elsewhereHtml(revision) }));
  const items = [...elsewhere, ...known].sort((a, b) => a.version - b.version || a.rank - b.rank);
  return `<nav aria-label="Revisions"><ol class="revisions">${items.map(({ html }) => `<li>${html}</li>`).join("")}</ol></nav>`;
}

function knownRevisionHtml(series: PageSeries, at: number, isShown: boolean): string {
  const revision = series.revisions[at];
  if (!revision) return "";
  const why = series.links.filter(({ to }) => to === at).map((link) => linkReason(series, link));
  const title = [`${revisionName(revision)}, ${patchCount(revision)}, ${revision.source}`, ...why].join("\n");
  const current = isShown ? ' aria-current="true"' : "";
  return `<button type="button" class="revision" data-do="selectRevision" data-revision="${at}"${current} title="${visibleAttribute(title)}">${visibleHtml(revisionName(revision))}</button>`;
}

function elsewhereHtml(revision: ElsewhereRevision): string {
  const url = webUrl(revision.url);
  const name = visibleHtml(revisionName(revision));
  if (url === null) return `<span class="revision elsewhere" title="Not in your sources">${name}</span>`;
  const link = linkHtml(url, `${name}${iconHtml("link-external")}<span class="sr-only"> (not in your sources, opens in a browser)</span>`);
  return link.replace('class="link"', 'class="link revision elsewhere"');
}

function linkReason(series: PageSeries, link: RevisionLink): string {
  const before = series.revisions[link.from];
  return `linked to ${before ? revisionName(before) : "an earlier revision"}: ${evidenceTexts(link)}`;
}

/** Why the revisions count as one series. */
function evidenceHtml(series: PageSeries): string {
  const reasons = [
    ...series.links.map((link) => {
      const after = series.revisions[link.to];
      return after ? `${revisionName(after)} ${linkReason(series, link)}` : "";
    }),
    ...series.elsewhere.map((revision) => `${revisionName(revision)} is not in your sources; a later cover letter links to it`),
  ].filter(Boolean);
  if (reasons.length === 0) return "";
  const items = reasons.map((reason) => `<li>${visibleHtml(reason)}</li>`).join("");
  return `<details class="evidence"><summary>Why these revisions belong together</summary><ul>${items}</ul></details>`;
}

function seriesActions({ layout, series }: PageView, { messageId }: PageRevision): Control[] {
  // A link can also search for the title; b4 can also take an earlier posting that a changelog names.
  const unavailable = messageId === null && series.elsewhere.length === 0 ? noMessageId : null;
  return [
    { does: "copyLink", icon: "link", label: "Copy Link" },
    { does: "copyB4", icon: "terminal", label: "Copy b4 Command", unavailable },
    { does: "openArchive", icon: "link-external", label: "Open in List Archive" },
    { does: "toggleLayout", icon: "diff-sidebyside", label: "Side by Side (s)", pressed: layout === "side" },
    { does: "toggleAll", icon: "unfold", label: "Expand or Collapse All Patches (e)" },
    { does: "find", icon: "search", label: "Find (/)" },
    { does: "showKeys", icon: "question", label: "Keyboard Shortcuts (?)" },
  ];
}
