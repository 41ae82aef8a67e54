/** The line of the page that says whether the series applies to the open tree, and what it needs. */
import type { ApplyAnswer } from "../core/applyAnswer";
import type { Dependency } from "../core/dependencies";
import { applyLabel, applySentence, applyTone } from "./applyText";
import { iconHtml, isolated } from "./controls";
import { visibleAttribute, visibleHtml } from "./escape";

/** What the page is told: words, and the series that are needed. */
export interface PageApplies {
  readonly tone: "good" | "bad" | "past" | null;
  readonly label: string;
  /** Empty where nothing is known yet. */
  readonly sentence: string;
  /** Known series it says it needs. */
  readonly needs: ReadonlyArray<{ readonly id: string; readonly title: string }>;
}

/** What is said of a series: nothing of whether it applies before that is known. */
export function pageApplies(
  known: { readonly answer: ApplyAnswer; readonly base: string } | null,
  expected: number,
  dependencies: readonly Dependency[],
): PageApplies {
  const needs = new Map(dependencies.flatMap(({ series }) => (series ? [[series.id, series.title] as const] : [])));
  return {
    tone: known ? applyTone(known.answer) : null,
    label: known ? applyLabel(known.answer, expected).replace(/^✓ /, "") : "",
    sentence: known ? applySentence(known.answer, known.base) : "",
    needs: [...needs].map(([id, title]) => ({ id, title })),
  };
}

const icons = { good: "check", bad: "warning", past: "git-merge" } as const;

/** The line; empty where there is nothing to say. */
export function appliesHtml(applies: PageApplies | null): string {
  if (!applies) return "";
  const { tone, label, sentence, needs } = applies;
  const icon = tone === null ? "" : iconHtml(icons[tone]);
  const state =
    sentence === ""
      ? ""
      : `<span class="fact"><span class="badge applies ${tone ?? ""}" title="${visibleAttribute(sentence)}">${icon}${visibleHtml(label || "not known")}</span> ${visibleHtml(sentence)}</span>`;
  const links = needs.map(
    ({ id, title }) =>
      `<button type="button" class="action" data-do="openSeries" data-series="${visibleAttribute(id)}">${isolated(visibleHtml(title))}</button>`,
  );
  const needed = links.length === 0 ? "" : `<span class="fact">needs ${links.join(" ")}</span>`;
  return state === "" && needed === "" ? "" : `<p class="facts applies-line">${state}${needed}</p>`;
}
