/** The section of the compared revisions: a table of what became of each patch in each revision. */
import type { LetterState } from "../core/compare/compareRevisions";
import type { ChangedPart, MatrixCell, MatrixRow, PatchMatrix } from "../core/compare/patchMatrix";
import type { PageRevision, PageSeries } from "../shared/pageSeries";
import { iconHtml, isolated, linkedText, visibleAttribute, visibleHtml } from "./html";
import { patchCount, patchNumber, revisionName } from "./labels";

/** The folded section; empty for a series without two revisions that can be compared. */
export function comparedSectionHtml({ revisions }: PageSeries, isOpen: boolean): string {
  if (revisions.filter(({ patches }) => patches.some(({ hasDiff }) => hasDiff)).length < 2) return "";
  const [first, last] = [revisions[0], revisions.at(-1)];
  const span = first && last ? `${revisionName(first)} to ${revisionName(last)}` : "";
  return `<details class="compared"${isOpen ? " open" : ""} data-compared><summary>${iconHtml("chevron-right")}<h2>Revisions compared</h2><span class="muted">${visibleHtml(span)}</span></summary><div class="compared-body"></div></details>`;
}

/** The table, or why there is none. */
export function matrixHtml({ rows, letters, problems }: PatchMatrix, { revisions }: PageSeries, problem: string | null): string {
  if (problem !== null) return `<p class="note">${linkedText(problem)}</p>`;
  const heads = revisions.map(
    (revision) => `<th scope="col" title="${visibleAttribute(patchCount(revision))}">${visibleHtml(revisionName(revision))}</th>`,
  );
  const letter = letters.every((state) => state === null)
    ? ""
    : `<tr><th scope="row">Cover letter</th>${letters.map((state, at) => `<td>${letterHtml(state, revisions, at)}</td>`).join("")}</tr>`;
  const notes = problems.map((one) => `<p class="note">${visibleHtml(one)}</p>`);
  return `<div class="matrix" role="region" tabindex="0" aria-label="What became of each patch"><table><thead><tr><td></td>${heads.join("")}</tr></thead><tbody>${letter}${rows.map((row) => rowHtml(row, revisions)).join("")}</tbody></table></div>${notes.join("")}`;
}

function rowHtml(row: MatrixRow, revisions: readonly PageRevision[]): string {
  const last = row.findLastIndex((cell) => cell !== null && cell.patch !== null);
  const title = revisions[last]?.patches[row[last]?.patch ?? -1]?.title ?? "";
  const cells = row.map((cell, at) => `<td>${cell ? cellHtml(cell, { revisions, at, title }) : ""}</td>`);
  const gone = last < row.length - 1 ? ' class="gone"' : "";
  return `<tr${gone}><th scope="row">${isolated(visibleHtml(title) || "(no subject)")}</th>${cells.join("")}</tr>`;
}

/** Where a cell is. */
interface CellPlace {
  readonly revisions: readonly PageRevision[];
  readonly at: number;
  readonly title: string;
}

function cellHtml(cell: MatrixCell, place: CellPlace): string {
  const number =
    cell.patch === null ? "" : `<span class="patch-number">${visibleHtml(numbersOf([cell.patch], place.revisions[place.at]))}</span> `;
  if (cell.state === null) return number.trimEnd();
  const words = cellWords(cell, place);
  const kind = isSame(cell) ? "same" : "other";
  if (!hasChange(cell)) return `${number}<span class="state ${kind}"${whyUnknown(cell)}>${visibleHtml(words)}</span>`;
  const { revisions, at, title } = place;
  const [before, after] = [revisions[at - 1], revisions[at]];
  const spoken = `${words}: show what changed from ${before ? revisionName(before) : ""} to ${after ? revisionName(after) : ""} in ${title}`;
  return `${number}<button type="button" class="link state ${kind}" data-do="openChange" data-revision="${at}" data-before="${cell.before.join(" ")}" data-after="${cell.after.join(" ")}" title="${visibleAttribute(changeTitle(cell))}" aria-label="${visibleAttribute(spoken)}">${visibleHtml(words)}</button>`;
}

/** Whether the change is that of the revision before. */
function isSame({ state }: MatrixCell): boolean {
  return state === "unchanged" || state === "moved";
}

/** Trailers come and go by themselves, and are no change to look at. */
function hasChange({ before, after, changed }: MatrixCell): boolean {
  return before.length > 0 && after.length > 0 && changed.some((part) => part !== "trailers");
}

function whyUnknown({ state }: MatrixCell): string {
  return state === "unknown" ? ' title="A patch or a diff is missing in your sources, so nobody can tell."' : "";
}

/** `changed`, `same diff, message changed`, `moved`, `split from 2/5`. */
function cellWords(cell: MatrixCell, { revisions, at }: CellPlace): string {
  const { patch, state, before, after } = cell;
  if (state === "split") return `split from ${numbersOf(before, revisions[at - 1])}`;
  if (state === "squashed")
    return patch === null ? `squashed into ${numbersOf(after, revisions[at])}` : `squashed from ${numbersOf(before, revisions[at - 1])}`;
  const texts = cell.changed.filter((part) => part !== "diff" && part !== "trailers");
  if (!isSame(cell) || texts.length === 0) return state ?? "";
  return `${state === "moved" ? "moved" : "same diff"}, ${partsText(texts)} changed`;
}

/** `The title, the message and the diff changed.` */
function changeTitle({ changed }: MatrixCell): string {
  return `Show what changed: ${partsText(changed)}`;
}

function partsText(parts: readonly ChangedPart[]): string {
  return parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1) ?? ""}`;
}

function numbersOf(places: readonly number[], revision: PageRevision | undefined): string {
  return places.flatMap((at) => (revision?.patches[at] ? [patchNumber(revision.patches[at], revision)] : [])).join(", ");
}

function letterHtml(state: LetterState | null, revisions: readonly PageRevision[], at: number): string {
  const [before, after] = [revisions[at - 1], revisions[at]];
  // The first revision has none before it.
  if (state === null || !before || !after) return "";
  if (state !== "changed") return `<span class="state same">${visibleHtml(state)}</span>`;
  const spoken = `changed: show what changed from ${revisionName(before)} to ${revisionName(after)} in the cover letter`;
  return `<button type="button" class="link state other" data-do="openLetterChange" data-revision="${at}" title="Show what changed" aria-label="${visibleAttribute(spoken)}">changed</button>`;
}
