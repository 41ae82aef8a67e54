/** Series, and mails whose diffs are in no series, as plain text for a terminal and for VS Code's diff editor. */
import type { TouchedFile } from "../core/diff/diffstat";
import { formatAuthor } from "../core/mail/author";
import { visibleText } from "../core/mail/hiddenCharacters";
import type { UnusedDiff } from "../core/postings/assembleMails";
import { newestRevision, type Patch, type Problem, type Revision, type Series } from "../core/series/series";
import type { MovedName, Touch } from "../core/series/touches";
import { countedFiles } from "./fileList";
import {
  formerTexts,
  movedBy,
  movedText,
  patchCount,
  patchNumber,
  plural,
  reviewCounts,
  revisionName,
  statusName,
  titleText,
  trailerText,
} from "./labels";
import type { SeriesRevision } from "./seriesJson";

/**
 * The list `series` prints: a heading for each subsystem, a line for each series.
 *
 * @param untaken how many mails hold a diff that is in no series
 */
export function seriesListText(series: readonly Series[], untaken = 0): string {
  const more = untaken > 0 ? `${untakenSentence(untaken)}; “kvm-series untaken” lists them.\n` : "";
  if (series.length === 0) return `No series.\n${more}`;
  const groups = new Map<string, Series[]>();
  for (const one of series) {
    const group = groups.get(one.subsystem);
    if (group) group.push(one);
    else groups.set(one.subsystem, [one]);
  }
  const blocks = [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, ones]) => [name, ...ones.map(seriesLine)].join("\n"));
  return `${blocks.join("\n\n")}\n\n${plural(series.length, "series", "series")}\n${more}`;
}

function seriesLine(series: Series): string {
  const revision = newestRevision(series);
  const facts = [revisionName(revision), patchCount(revision), reviewCounts(revision), formatAuthor(revision.author)]
    .filter(Boolean)
    .join(" · ");
  return `  ${series.id}  ${visibleText(series.title)}\n                ${visibleText(facts)}`;
}

/** Everything known about one series, for `show`. */
export function seriesText(series: Series, only: Revision | null): string {
  const lines = [visibleText(series.title), `${series.id} · ${series.subsystem} · ${statusName(series.status)}`, ""];
  for (const { version, rfc, url } of series.elsewhere)
    lines.push(`${revisionName({ version, rfc })}  known from a link: ${visibleText(url)}`);
  for (const [at, revision] of series.revisions.entries()) {
    if (only && only !== revision) continue;
    const link = series.links.find(({ to }) => to === at);
    const joined = link ? ` · joined with ${revisionName(series.revisions[link.from] ?? revision)} by ${link.evidence.join(", ")}` : "";
    lines.push(
      `${revisionName(revision)}  ${patchCount(revision)} · ${visibleText(formatAuthor(revision.author))} · ${visibleText(revision.source)}${joined}`,
    );
  }
  const shown = only ?? newestRevision(series);
  return `${lines.join("\n")}\n\n${revisionText(shown)}${reportedLines(shown)
    .map((line) => `\n${line}`)
    .join("")}`;
}

/** One revision as text: subject, cover letter, patches, files. The diff editor compares two of these. */
export function revisionText(revision: Revision): string {
  // Without a cover letter the series has no text, but the message of a single patch is its text.
  const lone = revision.cover === null && revision.patches.length + revision.missing.length === 1 ? revision.patches[0] : undefined;
  const body = revision.cover?.body ?? lone?.message ?? "";
  return [
    `${revisionName(revision)}  ${visibleText(revision.title)}`,
    `From: ${visibleText(formatAuthor(revision.author))}`,
    "",
    visibleText(body.trim()),
    "",
    "Patches",
    ...revision.patches.flatMap((patch) => [
      `  ${patchNumber(patch, revision)}  ${visibleText(patch.title)}`,
      ...trailerLines(patch).map((line) => `         ${line}`),
    ]),
    ...revision.missing.map((index) => `  ${index}/${revision.expected}  (not found)`),
    "",
    "Files",
    ...countedFiles(revision).map(fileLine),
    "",
  ].join("\n");
}

function trailerLines({ trailers, former = [] }: Patch): string[] {
  return [...trailers.map(trailerText), ...formerTexts(former).map((text) => `(${text})`)];
}

/** The list `trailers` prints: revisions, their patches, and who said what of them. */
export function trailersText(revisions: readonly SeriesRevision[]): string {
  return revisions
    .map(({ series, revision }) => {
      const patches = revision.patches.flatMap((patch) => [
        `  ${patchNumber(patch, revision)}  ${titleText(patch.title)}`,
        ...trailerLines(patch).map((line) => `       ${line}`),
      ]);
      return [`${series.id}  ${revisionName(revision)}  ${titleText(revision.title)}`, ...patches].join("\n");
    })
    .join("\n\n")
    .concat("\n");
}

function fileLine({ path, oldPath, changed, added, deleted }: TouchedFile): string {
  const name = oldPath === undefined ? path : `${oldPath} => ${path}`;
  const counts = added === null || deleted === null ? `${changed ?? "binary"}` : `+${added} -${deleted}`;
  return `  ${visibleText(name)}  ${counts}`;
}

/**
 * The list `touching` prints.
 *
 * @param now the file of the tree, when it has another name there
 */
export function touchingText(path: string, touches: readonly Touch[], now: MovedName | null = null): string {
  const named = now ? `${visibleText(path)} is ${visibleText(now.path)} in this tree (moved ${movedBy(now)})\n` : "";
  if (touches.length === 0) return `${named}No pending series touches ${visibleText(path)}.\n`;
  const lines = touches.map(({ series, patches, moved }) => {
    const where = patches.length > 0 ? `patch ${patches.join(", ")}` : "named in the cover letter's diffstat";
    const facts = [revisionName(newestRevision(series)), where, ...(moved ? [movedText(moved)] : [])];
    return `${series.id}  ${visibleText(series.title)}  ${facts.join(" · ")}`;
  });
  return `${named}${lines.join("\n")}\n`;
}

/** A problem as one line: where and what. */
export function problemLine({ source, message }: Problem): string {
  return `${visibleText(source)}: ${visibleText(message)}`.replaceAll("\n", " ");
}

// The mails whose diffs are in no series, as a list with the reasons.

/** The list, grouped by reason, since there are few reasons and many mails. */
export function untakenText(mails: readonly UnusedDiff[]): string {
  if (mails.length === 0) return "Every diff belongs to a series.\n";
  const groups = new Map<string, string[]>();
  for (const { messageId, subject, from, date, reason } of mails) {
    const who = [date?.slice(0, "yyyy-mm-dd".length), formatAuthor(from), messageId].filter(Boolean).join(" · ");
    const lines = `  ${visibleText(subject) || "(no subject)"}\n      ${visibleText(who)}`;
    const group = groups.get(reason);
    if (group) group.push(lines);
    else groups.set(reason, [lines]);
  }
  const blocks = [...groups].map(([reason, lines]) => `${reason}\n${lines.join("\n")}`);
  return `${blocks.join("\n\n")}\n\n${untakenSentence(mails.length)}.\n`;
}

/** `3 mails hold a diff that is in no series`. */
function untakenSentence(count: number): string {
  return `${plural(count, "mail")} ${count === 1 ? "holds" : "hold"} a diff that is in no series`;
}

/** The reports for a terminal: a heading and two lines for each; [] for none. */
function reportedLines({ posted }: Revision): string[] {
  const reports = posted?.applied ?? [];
  if (reports.length === 0) return [];
  return [
    "Reported applied",
    ...reports.flatMap(({ patches, commit, quote, from, date, messageId }) => {
      const which = patches === null ? "all" : patches.length === 0 ? "some patches" : `patch ${patches.join(", ")}`;
      return [
        `  ${which}${commit === null ? "" : ` as ${visibleText(commit)}`}  “${visibleText(quote)}”`,
        `         ${visibleText(formatAuthor(from))} ${date} <${visibleText(messageId)}>`,
      ];
    }),
    "",
  ];
}
