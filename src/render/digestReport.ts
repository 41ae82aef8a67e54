/** A digest report: series instead of mails, what changed, who did new work; as text, Markdown, HTML and JSON. core/digest writes the classic text. */
import type { TouchedFile } from "../core/diff/diffstat";
import type { NamedDigest } from "../core/digest/digestPostings";
import { type Author, formatAuthor } from "../core/mail/author";
import { changelogSections } from "../core/mail/changelog";
import { visibleText } from "../core/mail/hiddenCharacters";
import { titleKey, versionLabel } from "../core/mail/subject";
import { type ElsewhereRevision, newestRevision, type Revision, type Series } from "../core/series/series";
import { seriesUrl } from "./archiveLinks";
import { countedFiles } from "./fileList";
import { escapeHtml } from "./html";
import { plural, revisionName, statusName } from "./labels";

export interface DigestReport {
  readonly title: string;
  readonly list: string;
  readonly from: string;
  readonly to: string;
  /** Subsystems by name, each with its series, newest first. */
  readonly groups: ReadonlyArray<{ readonly subsystem: string; readonly series: readonly SeriesEntry[] }>;
  readonly contributors: readonly Contributor[];
}

export interface SeriesEntry {
  readonly id: string;
  readonly title: string;
  readonly status: Series["status"];
  readonly version: number;
  /** The 1 of `v5.1`. */
  readonly point?: number;
  readonly rfc: boolean;
  readonly author: Author;
  readonly patches: number;
  readonly missing: readonly number[];
  readonly changes: RevisionChanges | null;
  readonly files: readonly TouchedFile[];
  readonly added: number | null;
  readonly deleted: number | null;
  readonly elsewhere: readonly ElsewhereRevision[];
  /** The address of the series in the list's archive. */
  readonly url: string;
}

/** What changed since the revision before; null for new work. */
export interface RevisionChanges {
  /** The version before, from a source or only from a link. */
  readonly since: number;
  /** Its name: `v2.1`. */
  readonly sinceLabel: string;
  /** The author's changelog section for this version. */
  readonly said: string;
  /** Titles that were added and removed, when the revision before was read too. */
  readonly newPatches: readonly string[];
  readonly droppedPatches: readonly string[];
}

/** A person's patches. First postings are counted apart from rerolls, since 44 patches of a v6 are not new work. */
export interface Contributor {
  readonly author: Author;
  readonly newPatches: number;
  readonly rerolledPatches: number;
}

export interface ReportOptions {
  readonly title?: string | undefined;
  /** The address of the archive of a series. */
  readonly listUrl: (series: Series) => string;
}

/** The subject of a report: a range of a list. */
export type ReportRange = Pick<DigestReport, "from" | "to" | "list">;

/** The range of some digests, given oldest first. */
export function rangeOfDigests(digests: readonly NamedDigest[], listName: string): ReportRange {
  return {
    from: digests[0]?.digest.from ?? "",
    to: digests.at(-1)?.digest.to ?? "",
    list: digests.find(({ digest }) => digest.list)?.digest.list ?? listName,
  };
}

/** Makes the report of a range and the series posted in it. */
export function digestReport({ from, to, list }: ReportRange, series: readonly Series[], options: ReportOptions): DigestReport {
  const subsystems = [...new Set(series.map(({ subsystem }) => subsystem))].sort();
  return {
    title: options.title ?? `${list} mailing list digest`,
    list,
    from,
    to,
    groups: subsystems.map((subsystem) => ({
      subsystem,
      series: series.filter((one) => one.subsystem === subsystem).map((one) => reportEntry(one, options.listUrl)),
    })),
    contributors: contributorsOf(series),
  };
}

function reportEntry(series: Series, listUrl: ReportOptions["listUrl"]): SeriesEntry {
  const revision = newestRevision(series);
  const files = countedFiles(revision);
  const sum = (count: (file: TouchedFile) => number | null): number | null =>
    files.every((file) => count(file) !== null) ? files.reduce((total, file) => total + (count(file) ?? 0), 0) : null;
  return {
    id: series.id,
    title: series.title,
    status: series.status,
    version: revision.version,
    ...(revision.point === undefined ? {} : { point: revision.point }),
    rfc: revision.rfc,
    author: revision.author,
    patches: revision.expected,
    missing: revision.missing,
    changes: revisionChanges(series, revision),
    files,
    added: sum(({ added }) => added),
    deleted: sum(({ deleted }) => deleted),
    elsewhere: series.elsewhere,
    url: seriesUrl(series, listUrl(series)),
  };
}

function revisionChanges(series: Series, revision: Revision): RevisionChanges | null {
  const before = series.revisions.at(-2);
  const cited = series.elsewhere.filter(({ version }) => version < revision.version).at(-1);
  const since = before?.version ?? cited?.version ?? (revision.version > 1 ? revision.version - 1 : null);
  if (since === null) return null;
  const titles = (of: Revision): Map<string, string> => new Map(of.patches.map(({ title }) => [titleKey(title), title]));
  const now = titles(revision);
  const then = before ? titles(before) : now;
  return {
    since,
    sinceLabel: versionLabel(since, before?.point ?? 0),
    said: changelogOf(revision),
    newPatches: [...now].filter(([key]) => !then.has(key)).map(([, title]) => title),
    droppedPatches: [...then].filter(([key]) => !now.has(key)).map(([, title]) => title),
  };
}

/** The changelog section about exactly this version, without its heading. */
function changelogOf(revision: Revision): string {
  const text = revision.cover?.body ?? revision.patches[0]?.message ?? "";
  const section = changelogSections(text).find(({ version }) => version === revision.version);
  if (!section) return "";
  const said = text.slice(section.start, section.end);
  // The line of the heading may continue with the first change: `V3: Fix a thing`.
  const firstLine = said.split("\n", 1)[0] ?? "";
  const rest = firstLine.slice(firstLine.indexOf(section.heading) + section.heading.length).replace(/^\s*:?\s*/, "");
  return (
    [rest, ...said.split("\n").slice(1)]
      .join("\n")
      .split(/\n\s*\n\s*\n|\n(?=\S.* \(\d+\):\n)/, 1)[0]
      ?.trim() ?? ""
  );
}

function contributorsOf(series: readonly Series[]): Contributor[] {
  const people = new Map<string, Contributor>();
  for (const one of series) {
    const revision = newestRevision(one);
    const rerolled = revisionChanges(one, revision) !== null;
    for (const { author } of revision.patches) {
      const key = author.name || formatAuthor(author);
      const known = people.get(key) ?? { author, newPatches: 0, rerolledPatches: 0 };
      people.set(key, {
        author: known.author.email ? known.author : author,
        newPatches: known.newPatches + (rerolled ? 0 : 1),
        rerolledPatches: known.rerolledPatches + (rerolled ? 1 : 0),
      });
    }
  }
  const total = (one: Contributor): number => one.newPatches + one.rerolledPatches;
  return [...people.values()].sort(
    (a, b) =>
      b.newPatches - a.newPatches || total(b) - total(a) || (a.author.name < b.author.name ? -1 : a.author.name > b.author.name ? 1 : 0),
  );
}

// A digest report as text, Markdown, HTML and JSON.

/** The formats of an exported digest. */
export const digestFormats = ["classic", "text", "markdown", "html", "json"] as const;
export type DigestFormat = (typeof digestFormats)[number];

/** Writes a report in any format but the classic one. */
export function writeDigestReport(report: DigestReport, format: Exclude<DigestFormat, "classic">): string {
  if (format === "json") return `${JSON.stringify({ schema: 1, ...report }, null, 2)}\n`;
  return { text: textOf, markdown: markdownOf, html: htmlOf }[format](report);
}

function rangeOf({ from, to }: DigestReport): string {
  return from || to ? `${from} to ${to}` : "";
}

function summaryOf({ groups }: DigestReport): string {
  const entries = groups.flatMap(({ series }) => series);
  const rerolled = entries.filter(({ changes }) => changes !== null).length;
  return `${plural(entries.length, "series", "series")}: ${entries.length - rerolled} new, ${rerolled} rerolled`;
}

function factsOf(entry: SeriesEntry): string {
  const size = entry.added === null || entry.deleted === null ? "" : `+${entry.added} −${entry.deleted}`;
  return [
    revisionName(entry),
    plural(entry.patches, "patch", "patches"),
    plural(entry.files.length, "file"),
    size,
    statusName(entry.status),
    formatAuthor(entry.author),
  ]
    .filter(Boolean)
    .join(" · ");
}

/** Lines on what changed since the revision before; [] for new work. */
function changeLines({ changes }: SeriesEntry): string[] {
  if (!changes) return [];
  const { sinceLabel, said, newPatches, droppedPatches } = changes;
  return [
    `Since ${sinceLabel}:`,
    ...said.split("\n").filter((line) => line.trim()),
    ...newPatches.map((title) => `+ ${title}`),
    ...droppedPatches.map((title) => `− ${title}`),
  ];
}

function textOf(report: DigestReport): string {
  const lines = [report.title, [rangeOf(report), summaryOf(report)].filter(Boolean).join(" · "), ""];
  for (const { subsystem, series } of report.groups) {
    lines.push(subsystem, "-".repeat(subsystem.length));
    for (const entry of series) {
      lines.push(entry.title, `  ${factsOf(entry)}`, `  ${entry.url}`);
      const [heading, ...changes] = changeLines(entry);
      if (changes.length > 0 && heading) lines.push(`  ${heading}`, ...changes.map((line) => `    ${line.trimEnd()}`));
      lines.push(...entry.elsewhere.map((one) => `  ${revisionName(one)}: ${one.url}`));
      lines.push(...entry.files.map(({ path, oldPath }) => `    ${oldPath === undefined ? path : `${oldPath} => ${path}`}`), "");
    }
  }
  lines.push("Contributors", "------------", "    new  rerolled");
  for (const { author, newPatches, rerolledPatches } of report.contributors) {
    lines.push(`${String(newPatches).padStart(7)}  ${String(rerolledPatches).padStart(8)}  ${formatAuthor(author)}`);
  }
  return `${lines.map(visibleText).join("\n")}\n`;
}

/**
 * Text of a stranger in Markdown: nothing in it becomes markup, a link or HTML. Everything that GitHub and others make links of by
 * themselves (addresses of the web and of mail, people, issues, commits) becomes code, since they find it in spite of all escapes.
 *
 * @param inTable in a table, where a bar ends a cell even inside code
 */
export function escapeMarkdown(text: string, inTable = false): string {
  return visibleText(text)
    .split(/(\s+)/)
    .map((word, at) => (at % 2 === 1 ? " " : becomesLink.test(word) ? codeSpan(word, inTable) : escapedWord(word, at === 0)))
    .join("");
}

const becomesLink = /@|:\/\/|www\.|mailto:|xmpp:|#\d|\bGH-\d|:[\w+-]+:|(?<![0-9a-f])[0-9a-f]{7,64}(?![0-9a-f])/i;

function escapedWord(word: string, isFirst: boolean): string {
  const escaped = word.replace(/[\\`*_{}[\]#|<>&~$!=]/g, "\\$&");
  if (!isFirst) return escaped;
  return escaped.replace(/^[+-]/, "\\$&").replace(/^(\d+)([.)])/, "$1\\$2");
}

function codeSpan(word: string, inTable: boolean): string {
  const fence = "`".repeat(longestTicks(word) + 1);
  const gap = word.startsWith("`") || word.endsWith("`") ? " " : "";
  return `${fence}${gap}${inTable ? word.replaceAll("|", "\\|") : word}${gap}${fence}`;
}

function longestTicks(text: string): number {
  return (text.match(/`+/g) ?? []).reduce((longest, { length }) => Math.max(longest, length), 0);
}

function markdownOf(report: DigestReport): string {
  const lines = [
    `# ${escapeMarkdown(report.title)}`,
    "",
    escapeMarkdown([rangeOf(report), summaryOf(report)].filter(Boolean).join(" · ")),
    "",
  ];
  for (const { subsystem, series } of report.groups) {
    lines.push(`## ${escapeMarkdown(subsystem)}`, "");
    for (const entry of series) {
      lines.push(`### [${escapeMarkdown(entry.title)}](<${linkTarget(entry.url)}>)`, "", escapeMarkdown(factsOf(entry)), "");
      const [heading, ...changes] = changeLines(entry);
      if (changes.length > 0 && heading) lines.push(escapeMarkdown(heading), "", ...fenced(changes), "");
      const links = entry.elsewhere.map((one) => `[${revisionName(one)}](<${linkTarget(one.url)}>)`);
      if (links.length > 0) lines.push(`Earlier: ${links.join(", ")}`, "");
      if (entry.files.length > 0) {
        const names = entry.files.map(({ path, oldPath }) => (oldPath === undefined ? path : `${oldPath} => ${path}`));
        lines.push("<details><summary>Files</summary>", "", ...fenced(names), "", "</details>", "");
      }
    }
  }
  lines.push("## Contributors", "", "| new | rerolled | |", "| ---: | ---: | --- |");
  for (const { author, newPatches, rerolledPatches } of report.contributors) {
    lines.push(`| ${newPatches} | ${rerolledPatches} | ${escapeMarkdown(formatAuthor(author), true)} |`);
  }
  return `${lines.join("\n")}\n`;
}

/** A code block with a fence longer than any run of backticks in it, so that the text cannot close it. */
function fenced(lines: readonly string[]): string[] {
  const text = lines.map(visibleText);
  const fence = "`".repeat(text.reduce((longest, line) => Math.max(longest, longestTicks(line)), 2) + 1);
  return [fence, ...text, fence];
}

/** An address that cannot close its brackets, and is always a web link. */
function linkTarget(url: string): string {
  return /^https?:\/\//i.test(url) ? url.replace(/[<>\s"']/g, (character) => encodeURIComponent(character)) : "#";
}

function htmlOf(report: DigestReport): string {
  const text = (value: string): string => escapeHtml(visibleText(value));
  const link = (url: string, label: string): string => `<a href="${escapeHtml(linkTarget(url))}" rel="noreferrer">${text(label)}</a>`;
  const entryHtml = (entry: SeriesEntry): string => {
    const changes = changeLines(entry);
    const earlier = entry.elsewhere.map((one) => link(one.url, revisionName(one)));
    const files = entry.files.map(
      ({ path, oldPath }) => `<li><code>${text(oldPath === undefined ? path : `${oldPath} => ${path}`)}</code></li>`,
    );
    return [
      `<article><h3>${link(entry.url, entry.title)}</h3><p class="facts">${text(factsOf(entry))}</p>`,
      changes.length > 1 ? `<pre>${text(changes.join("\n"))}</pre>` : "",
      earlier.length > 0 ? `<p class="facts">Earlier: ${earlier.join(", ")}</p>` : "",
      files.length > 0 ? `<details><summary>${plural(files.length, "file")}</summary><ul>${files.join("")}</ul></details>` : "",
      "</article>",
    ].join("\n");
  };
  const rows = report.contributors.map(
    ({ author, newPatches, rerolledPatches }) =>
      `<tr><td>${newPatches}</td><td>${rerolledPatches}</td><td>${text(formatAuthor(author))}</td></tr>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${text(report.title)}</title>
<style>
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h2 { border-bottom: 1px solid; margin-top: 2.5rem; }
h3 { margin-bottom: 0; }
.facts { margin: 0.2rem 0; opacity: 0.75; }
pre { white-space: pre-wrap; border-left: 3px solid; padding-left: 0.8rem; }
td:nth-child(-n + 2), th:nth-child(-n + 2) { text-align: right; padding-right: 1rem; }
th { text-align: left; }
</style>
</head>
<body>
<h1>${text(report.title)}</h1>
<p>${text([rangeOf(report), summaryOf(report)].filter(Boolean).join(" · "))}</p>
${report.groups.map(({ subsystem, series }) => `<section><h2>${text(subsystem)}</h2>\n${series.map(entryHtml).join("\n")}\n</section>`).join("\n")}
<section><h2>Contributors</h2>
<table><thead><tr><th>new</th><th>rerolled</th><th>author</th></tr></thead><tbody>
${rows.join("\n")}
</tbody></table></section>
</body>
</html>
`;
}
