/** The files a revision or patch touches: counted, and as rows with bars. */
import { parseDiffstatPath } from "../core/diff/diffPath";
import { parseDiffstat, type TouchedFile } from "../core/diff/diffstat";
import type { Revision } from "../core/series/series";
import { isSafePath, isShortened } from "../core/series/treePaths";
import type { PageRevision } from "../shared/pageSeries";
import { escapeHtml, visibleAttribute, visibleHtml } from "./html";
import { plural } from "./labels";

/** Widths of a bar in steps; the style sheet has a class for each, since the page allows no inline style. */
const barSteps = 20;
/** Longer lists begin folded below this row, so that the page is drawn sooner and the patches are nearer. */
const rowsShown = 30;
/** So few more rows are not worth a fold. */
const rowsSpared = 6;

/** Counted lines of some files; null when the source does not tell. */
export interface LineCounts {
  readonly files: number;
  readonly added: number | null;
  readonly deleted: number | null;
}

/** The graphs of a diffstat, which may be scaled, by path: the number of `+` and `-`. */
type Graphs = ReadonlyMap<string, { readonly plus: number; readonly minus: number }>;

/** The files of a revision as the page lists them: a diffstat in its own order, else by path. */
function listedFiles(revision: PageRevision): readonly TouchedFile[] {
  const files = countedFiles(revision);
  return revision.diffstat.length > 0 ? files : [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The sum of some files. */
export function countLines(files: readonly TouchedFile[]): LineCounts {
  const sum = (counts: ReadonlyArray<number | null>): number | null =>
    counts.reduce((total, count) => (total === null || count === null ? null : total + count), 0);
  // A binary file has no lines, so it is left out of the sums.
  const texts = files.filter(({ changed }) => changed !== null);
  return { files: files.length, added: sum(texts.map(({ added }) => added)), deleted: sum(texts.map(({ deleted }) => deleted)) };
}

/** The sum of a revision; the last line of its diffstat has it even when the graph is scaled. */
export function revisionCounts(revision: PageRevision): LineCounts {
  return (revision.cover ? parseDiffstat(revision.cover.body ?? "")?.total : null) ?? countLines(countedFiles(revision));
}

/** `+12 −3`, as words for screen readers. */
export function countsHtml({ added, deleted }: Pick<LineCounts, "added" | "deleted">): string {
  if (added === null || deleted === null) return "";
  const part = (kind: "plus" | "minus", count: number): string =>
    `<span class="${count === 0 ? "zero" : kind}" role="img" aria-label="${count} ${kind === "plus" ? "added" : "deleted"}">${kind === "plus" ? "+" : "−"}${count}</span>`;
  return `<span class="counts">${part("plus", added)} ${part("minus", deleted)}</span>`;
}

/** The section on the files of a revision; empty when none are known. */
export function filesSectionHtml(revision: PageRevision): string {
  const files = listedFiles(revision);
  if (files.length === 0) return "";
  const total = revisionCounts(revision);
  const graphs = revision.cover ? readGraphs(revision.cover.body ?? "") : new Map<string, never>();
  const folder = commonFolder(files);
  const rows = fileRows(files, graphs, "openFile", folder);
  const shown = rows.length <= rowsShown + rowsSpared ? rows.length : rowsShown;
  const rest = rows.slice(shown);
  const more =
    rest.length === 0
      ? ""
      : `<details class="rest"><summary>${plural(rest.length, "more file")}</summary><ul class="file-list">${rest.join("")}</ul></details>`;
  return `<section class="files" aria-labelledby="heading-files">
<h2 id="heading-files">Files</h2>
${folderHtml(folder)}<ul class="file-list">${rows.slice(0, shown).join("")}</ul>${more}
<p class="total">${plural(total.files, "file")} changed ${countsHtml(total)}</p>
</section>`;
}

/** The files of a patch; a click goes to the file's diff below, if there is one, else opens the file. */
export function patchFilesHtml(files: readonly TouchedFile[], hasDiff: boolean): string {
  const label = hasDiff ? "Files of this patch, each going to its diff" : "Files of this patch";
  const folder = commonFolder(files);
  const rows = fileRows(files, new Map(), hasDiff ? "goToFile" : "openFile", folder);
  return `${folderHtml(folder)}<ul class="file-list" aria-label="${label}">${rows.join("")}</ul>`;
}

/** The common folder of some files, `arch/x86/kvm/`; empty when they have none, or when a name must be shown as printed. */
function commonFolder(files: readonly TouchedFile[]): string {
  const [first, ...others] = files.flatMap(({ path, oldPath }) => (oldPath === undefined ? [path] : [path, oldPath]));
  if (first === undefined || files.length < 2) return "";
  let end = first.lastIndexOf("/") + 1;
  for (const path of others) while (end > 0 && !path.startsWith(first.slice(0, end))) end = first.lastIndexOf("/", end - 2) + 1;
  const folder = first.slice(0, end);
  return isShortened(folder) || !isSafePath(`${folder}a`) ? "" : folder;
}

function folderHtml(folder: string): string {
  return folder === "" ? "" : `<p class="common-folder">in <span class="path">${partsHtml(folder, "folder")}</span></p>`;
}

function fileRows(files: readonly TouchedFile[], graphs: Graphs, does: string, folder: string): string[] {
  const most = Math.max(1, ...files.map(({ changed }) => changed ?? 0));
  return files.map(
    (file) =>
      `<li class="file-row" data-row="${escapeHtml(file.path)}">${pathHtml(file, does, folder)}${numbersHtml(file)}${barHtml(file, graphs, most)}</li>`,
  );
}

/** A path in pieces between which a line may break; a piece breaks only when it is longer than a line. */
function partsHtml(path: string, kind: "folder" | "name"): string {
  return path
    .split(/(?<=\/)/)
    .map((part) => `<span class="${kind}">${visibleHtml(part)}</span>`)
    .join("");
}

/**
 * A path as the button that opens it; as plain text when it leads out of the tree.
 *
 * @param folder the part of its beginning that is already shown above
 */
export function pathHtml({ path, oldPath }: Pick<TouchedFile, "path" | "oldPath">, does: string, folder = ""): string {
  const slash = path.lastIndexOf("/") + 1;
  const name = partsHtml(path.slice(folder.length, slash), "folder") + partsHtml(path.slice(slash), "name");
  const from =
    oldPath === undefined || oldPath === path
      ? ""
      : ` <span class="muted old-path">from ${partsHtml(oldPath.slice(folder.length), "folder")}</span>`;
  if (!isSafePath(path))
    return `<span class="path-cell"><span class="path">${name}</span>${from} <span class="badge">not a path in a tree</span></span>`;
  const what = does === "goToFile" ? "Go to the diff of" : "Open";
  const title = `${what} ${path}${isShortened(path) ? " (the diffstat shortened this name)" : ""}`;
  const button = `<button type="button" class="path" data-do="${does}" data-path="${escapeHtml(path)}" title="${visibleAttribute(title)}" aria-label="${visibleAttribute(path)}">${name}</button>`;
  return `<span class="path-cell">${button}${from} <span class="badge absent">${isShortened(path) ? "shortened name, not found in this tree" : "not in this tree"}</span></span>`;
}

function numbersHtml({ changed, added, deleted }: TouchedFile): string {
  if (added !== null && deleted !== null) return countsHtml({ added, deleted });
  return `<span class="counts">${changed === null ? "binary" : `${changed} changed`}</span>`;
}

function barHtml(file: TouchedFile, graphs: Graphs, most: number): string {
  if (file.changed === null) return '<span class="graph" aria-hidden="true"></span>';
  const cells = file.changed === 0 ? 0 : Math.max(1, Math.round((file.changed / most) * barSteps));
  const graph = graphs.get(file.path);
  const plus = file.added ?? graph?.plus ?? null;
  const minus = file.deleted ?? graph?.minus ?? null;
  if (plus === null || minus === null || plus + minus === 0)
    return `<span class="graph" aria-hidden="true"><span class="unknown w-${cells}"></span></span>`;
  const share = Math.round((cells * plus) / (plus + minus));
  // Both colours stay visible when both kinds of lines exist and the bar has room for two.
  const added = plus > 0 && minus > 0 && cells > 1 ? Math.min(cells - 1, Math.max(1, share)) : share;
  return `<span class="graph" aria-hidden="true"><span class="plus w-${added}"></span><span class="minus w-${cells - added}"></span></span>`;
}

/** Reads the graphs of a printed diffstat: scaled ones have no numbers, but show which part was added. */
function readGraphs(body: string): Graphs {
  const graphs = new Map<string, { plus: number; minus: number }>();
  const diffstat = parseDiffstat(body);
  const rows = diffstat ? body.slice(diffstat.start, diffstat.end).split("\n") : [];
  for (const row of rows) {
    const bar = row.lastIndexOf("|");
    const match = /^\s+\d+ (\+*)(-*)$/.exec(row.slice(bar + 1).trimEnd());
    if (bar > 0 && match)
      graphs.set(parseDiffstatPath(row.slice(0, bar)).path, { plus: match[1]?.length ?? 0, minus: match[2]?.length ?? 0 });
  }
  return graphs;
}

/** The files of a revision with their counts, each once: from the cover letter's diffstat, else summed over its patches. */
export function countedFiles({ diffstat, patches }: Pick<Revision, "diffstat" | "patches">): readonly TouchedFile[] {
  if (diffstat.length > 0) return diffstat;
  const byPath = new Map<string, TouchedFile>();
  for (const { files } of patches) {
    for (const { path, oldPath, changed, added, deleted } of files) {
      const before = byPath.get(path) ?? { changed: 0, added: 0, deleted: 0 };
      const name = oldPath === undefined ? { path } : { path, oldPath };
      byPath.set(path, {
        ...before,
        ...name,
        changed: sumOrNull(before.changed, changed),
        added: sumOrNull(before.added, added),
        deleted: sumOrNull(before.deleted, deleted),
      });
    }
  }
  return [...byPath.values()];
}

function sumOrNull(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a + b;
}
