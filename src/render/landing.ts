/** The section of the page that says where a series stands: what says so, and the matrix of its patches and the person's remotes. */
import { shortId } from "../core/text";
import type { LandingCell, PageLanding } from "../shared/protocol";
import { iconHtml, isolated, visibleAttribute, visibleHtml } from "./html";

const cellIcons: Readonly<Record<LandingCell["kind"], string>> = {
  found: "pass-filled",
  changed: "pass",
  older: "history",
  unproven: "question",
  reverted: "discard",
  none: "dash",
  unknown: "circle-slash",
};

/** The section of the page; empty where there is nothing to say. */
export function landingHtml(landing: PageLanding | null, isFolded: boolean): string {
  if (!landing || (landing.evidence.length === 0 && landing.columns.length === 0)) return "";
  const evidence = landing.evidence.map((sentence) => `<li>${isolated(visibleHtml(sentence))}</li>`).join("");
  const list = evidence === "" ? "" : `<ul class="standing">${evidence}</ul>`;
  return `<section class="landing" aria-labelledby="heading-landing"><h2 id="heading-landing">Where it stands</h2>${list}${matrixHtml(landing, isFolded)}</section>`;
}

function matrixHtml({ columns, rows, notes }: PageLanding, isFolded: boolean): string {
  if (columns.length === 0) return "";
  const isAnywhere = rows.some(({ cells }) => cells.some(({ kind }) => kind !== "none" && kind !== "unknown"));
  const head = columns.map(({ name, about }) => `<th scope="col" title="${visibleAttribute(about)}">${isolated(visibleHtml(name))}</th>`);
  const body = rows.map(
    ({ index, title, cells }) =>
      `<tr><th scope="row"><span class="index">${index}</span> ${isolated(visibleHtml(title) || "(not found)")}</th>${cells.map(cellHtml).join("")}</tr>`,
  );
  const summary = isAnywhere ? "Patches in your branches and remotes" : "Patches in your branches and remotes: none found";
  const table = `<div class="matrix"><table><thead><tr><th scope="col">Patch</th>${head.join("")}</tr></thead><tbody>${body.join("")}</tbody></table></div>`;
  const said = notes.map((note) => visibleHtml(note)).join(" ");
  return `<details data-section="landing"${isFolded || !isAnywhere ? "" : " open"}><summary>${summary}</summary>${table}<p class="looked-at">${said}</p></details>`;
}

function cellHtml({ kind, text, about, commit }: LandingCell): string {
  const words = commit === null ? visibleHtml(text) : `<code>${shortId(commit)}</code> ${visibleHtml(text)}`;
  const inside = `${iconHtml(cellIcons[kind])}<span>${words}</span>`;
  const title = visibleAttribute(about);
  if (commit === null) return `<td class="${kind}" title="${title}">${inside}</td>`;
  return `<td class="${kind}"><button type="button" class="link" data-do="showCommit" data-commit="${visibleAttribute(commit)}" title="${title}">${inside}</button></td>`;
}
