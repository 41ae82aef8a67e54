/** Series as plain text for a terminal and for VS Code's own diff editor. */
import { newestRevision, type Problem, type Revision, type Series } from "../core/series/series";
import type { MovedName } from "../core/paths/moves";
import type { Touch } from "../core/paths/touches";
import { visibleText } from "./escape";
import { patchCount, patchNumber, plural, reviewCounts, revisionName, statusName, trailerText } from "./labels";
import { reportedLines } from "./reportedApplied";
import { formatAuthor } from "../core/mail/author";
import { untakenSentence } from "./untakenList";
import { movedBy, movedText } from "./movedText";
import type { TouchedFile } from "../core/diff/touchedFile";

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

/** Everything known of one series, for `show`. */
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

/** One revision as text: subject, cover letter, patches, files. Two of these are compared in the diff editor. */
export function revisionText(revision: Revision): string {
  // Without a cover letter there is no text of the series: the first patch's is its own.
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
      ...patch.trailers.map((trailer) => `         ${trailerText(trailer)}`),
    ]),
    ...revision.missing.map((index) => `  ${index}/${revision.expected}  (not seen)`),
    "",
    "Files",
    ...filesOf(revision).map(fileLine),
    "",
  ].join("\n");
}

/** The files of a revision with their counts, each once: the cover letter's diffstat, else what its patches say together. */
export function filesOf({ diffstat, patches }: Revision): readonly TouchedFile[] {
  if (diffstat.length > 0) return diffstat;
  const byPath = new Map<string, TouchedFile>();
  for (const { files } of patches) {
    for (const { path, oldPath, changed, added, deleted } of files) {
      const before = byPath.get(path) ?? { changed: 0, added: 0, deleted: 0 };
      const name = oldPath === undefined ? { path } : { path, oldPath };
      byPath.set(path, {
        ...before,
        ...name,
        changed: sum(before.changed, changed),
        added: sum(before.added, added),
        deleted: sum(before.deleted, deleted),
      });
    }
  }
  return [...byPath.values()];
}

function sum(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a + b;
}

function fileLine({ path, oldPath, changed, added, deleted }: TouchedFile): string {
  const name = oldPath === undefined ? path : `${oldPath} => ${path}`;
  const counts = added === null || deleted === null ? `${changed ?? "binary"}` : `+${added} -${deleted}`;
  return `  ${visibleText(name)}  ${counts}`;
}

/**
 * The list `touching` prints.
 *
 * @param now which file of the tree the path is, where the tree calls it otherwise
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

/** One line a problem: what and where. */
export function problemLine({ source, message }: Problem): string {
  return `${visibleText(source)}: ${visibleText(message)}`.replaceAll("\n", " ");
}
