/** The line of the page that says whether the series applies to the open tree, and what it needs. */
import type { ApplyAnswer } from "../core/series/applyAnswer";
import type { KnownBase, SaidBase } from "../core/series/baseNames";
import type { Dependency } from "../core/series/dependencies";
import { applyLabel, applySentence, applyTone } from "./applyText";
import { iconHtml, isolated } from "./controls";
import { visibleAttribute, visibleHtml } from "./escape";
import { plural } from "./labels";
import { linkHtml } from "./links";

/** What the page is told: words, and the series that are needed. */
export interface PageApplies {
  readonly tone: "good" | "bad" | "past" | null;
  readonly label: string;
  /** Empty where nothing is known yet. */
  readonly sentence: string;
  /** Known series it says it needs. */
  readonly needs: ReadonlyArray<{ readonly id: string; readonly title: string }>;
  /** What it says it needs and nobody here knows, a phrase each. */
  readonly unknown: readonly UnknownNeed[];
  /** What it says it is based on, a phrase each. */
  readonly bases: readonly string[];
}

export interface UnknownNeed {
  readonly text: string;
  /** Where it may be read in the list's archive; null where only a mail could be. */
  readonly url: string | null;
}

/** More of what is not known are a number. */
const mostUnknown = 3;

/** A base that a series says it has; see ui/apply/seriesNeeds.ts. */
export interface PageBase {
  readonly said: SaidBase;
  readonly known: KnownBase | null | undefined;
}

export interface PageNeeds {
  readonly bases?: readonly PageBase[];
  /** Where a mail may be read that is not in the archives. */
  readonly urlOf?: (messageId: string) => string | null;
}

/** What is said of a series: nothing of whether it applies before that is known. */
export function pageApplies(
  known: { readonly answer: ApplyAnswer; readonly base: string } | null,
  expected: number,
  dependencies: readonly Dependency[],
  { bases = [], urlOf = () => null }: PageNeeds = {},
): PageApplies {
  const needs = new Map(dependencies.flatMap(({ series }) => (series ? [[series.id, series.title] as const] : [])));
  return {
    tone: known ? applyTone(known.answer) : null,
    label: known ? applyLabel(known.answer, expected).replace(/^✓ /, "") : "",
    sentence: known ? applySentence(known.answer, known.base) : "",
    needs: [...needs].map(([id, title]) => ({ id, title })),
    unknown: unknownNeeds(dependencies, urlOf),
    bases: bases.flatMap((base) => baseText(base) ?? []),
  };
}

/** What is named and not known; patches by the dozen are counted. */
function unknownNeeds(dependencies: readonly Dependency[], urlOf: (messageId: string) => string | null): UnknownNeed[] {
  const of = (wanted: Dependency["kind"]): string[] =>
    dependencies.filter(({ kind, series, present }) => kind === wanted && !series && !present).map(({ value }) => value);
  const few = <T>(all: readonly T[], say: (one: T) => UnknownNeed, rest: (count: number) => string): UnknownNeed[] => [
    ...all.slice(0, mostUnknown).map(say),
    ...(all.length > mostUnknown ? [{ text: rest(all.length - mostUnknown), url: null }] : []),
  ];
  return [
    ...few(
      of("change-id"),
      (value) => ({ text: `the series with change-id ${value}, which is not among the pending ones`, url: null }),
      (count) => `${count} more series that are not among the pending ones`,
    ),
    ...few(
      of("message-id"),
      (value) => ({ text: `<${value}>, which is not in these archives`, url: urlOf(value) }),
      (count) => `${plural(count, "more mail", "more mails")} not in these archives`,
    ),
    ...few(
      of("patch-id"),
      (value) => ({ text: `the patch with the id ${value.slice(0, 12)}, which is not in these archives`, url: null }),
      (count) => `${plural(count, "more patch", "more patches")} not in these archives`,
    ),
  ];
}

/**
 * `based on “kvm-x86/next”, which this repository has`; where nobody was asked, or words name nothing, the words alone. What
 * commit it was made for stands above it already.
 */
function baseText({ said, known }: PageBase): string | null {
  const { kind, value, names } = said;
  if (kind === "base-commit")
    return known === undefined ? null : `this repository ${known ? "has" : "does not have"} ${value.slice(0, 12)}`;
  const words = `based on “${value}”`;
  if (known === undefined || names.length === 0) return words;
  if (known === null) return `${words}, which this repository does not have`;
  return value === known.name ? `${words}, which this repository has` : `${words}, which this repository has as ${known.name.slice(0, 60)}`;
}

const icons = { good: "check", bad: "warning", past: "git-merge" } as const;

/** The line; empty where there is nothing to say. */
export function appliesHtml(applies: PageApplies | null): string {
  if (!applies) return "";
  const { tone, label, sentence, needs, unknown, bases } = applies;
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
  const missing = unknown.map(({ text, url }) => {
    const html = isolated(visibleHtml(text));
    return `<span class="fact">needs ${url === null ? html : linkHtml(url, html)}</span>`;
  });
  const based = bases.map((text) => `<span class="fact">${isolated(visibleHtml(text))}</span>`);
  const facts = [state, needed, ...missing, ...based].join("");
  return facts === "" ? "" : `<p class="facts applies-line">${facts}</p>`;
}
