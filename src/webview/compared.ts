/** The section of the compared revisions: asked for when it is unfolded, and kept while the series is the same. */
import type { PatchMatrix } from "../core/compare/patchMatrix";
import { comparedSectionHtml, matrixHtml } from "../render/patchMatrix";
import type { PageSeries } from "../shared/pageSeries";
import { page } from "./elements";
import { ask } from "./host";

let isOpen = false;
let isAsked = false;
let known: { readonly matrix: PatchMatrix; readonly problem: string | null } | null = null;

/** Forgets the comparison, because another state of the series is shown. */
export function forgetCompared(isOther: boolean): void {
  if (isOther) isOpen = false;
  isAsked = false;
  known = null;
}

/** Draws the section into a page that was just drawn. */
export function showCompared(series: PageSeries): void {
  const section = page.querySelector(".compared-revisions");
  if (!section) return;
  section.innerHTML = comparedSectionHtml(series, isOpen);
  if (isOpen) fillCompared(series);
}

/** The person unfolded or folded the section. */
export function toggledCompared(open: boolean, series: PageSeries): void {
  isOpen = open;
  if (open) fillCompared(series);
}

/** Takes the extension's answer. */
export function receiveCompared(matrix: PatchMatrix, problem: string | null, series: PageSeries): void {
  known = { matrix, problem };
  // What could not be read is asked for again at the next unfolding.
  isAsked = problem === null;
  if (isOpen) fillCompared(series);
  if (problem !== null) known = null;
}

function fillCompared(series: PageSeries): void {
  const body = page.querySelector(".compared-body");
  if (!body) return;
  if (known) {
    body.innerHTML = matrixHtml(known.matrix, series, known.problem);
    return;
  }
  body.innerHTML = '<p class="note reading">Comparing the revisions…</p>';
  if (isAsked) return;
  isAsked = true;
  ask({ type: "requestComparison" });
}
