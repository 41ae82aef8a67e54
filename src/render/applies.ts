/** Whether a series applies and what it needs: in a word, in a sentence, and as the line of the page. */
import { visibleText } from "../core/mail/hiddenCharacters";
import type { ApplyAnswer, MovedAnswer } from "../core/series/applyAnswer";
import type { Dependency, KnownBase, SaidBase } from "../core/series/dependencies";
import type { Prerequisite } from "../core/series/series";
import { shortId } from "../core/text";
import type { PageApplies, UnknownNeed } from "../shared/protocol";
import { iconHtml, isolated, linkHtml, visibleAttribute, visibleHtml } from "./html";
import { plural, titleText } from "./labels";

/** The words beside a series: `applies`, `conflicts in tdx.c at 3/16`; empty when nothing is known. */
export function applyLabel(answer: ApplyAnswer, expected: number): string {
  const file = answer.file === null ? "" : ` in ${visibleText(answer.file.slice(answer.file.lastIndexOf("/") + 1))}`;
  const at = answer.patch === null || expected === 1 ? "" : ` at ${answer.patch}/${expected}`;
  const partly = answer.alreadyIn.length > 0 ? `, ${answer.alreadyIn.length} of ${expected} applied` : "";
  switch (answer.state) {
    case "applies":
      return `✓ applies${answer.onTopOf.length > 0 ? " on top of another" : ""}${partly}`;
    case "applies-3way":
      return `✓ merges${answer.onTopOf.length > 0 ? " on top of another" : ""}${partly}`;
    case "conflicts":
      return `conflicts${file}${at}${partly}`;
    case "already-in":
      return "already applied";
    case "base-unknown":
      return `does not apply${file}${at}${partly}`;
    case "not-in-this-tree":
      return "different tree";
    case "incomplete":
      return answer.mangled.length > 0 ? `damaged${at}` : "patches missing";
    case "unknown":
      return "";
  }
}

/** Whether an answer is good or bad news; null for neither. */
export function applyTone({ state }: ApplyAnswer): "good" | "bad" | "past" | null {
  if (state === "applies" || state === "applies-3way") return "good";
  if (state === "conflicts" || state === "base-unknown") return "bad";
  return state === "already-in" ? "past" : null;
}

/**
 * The whole answer in sentences.
 *
 * @param base the commit it was checked against, as the person calls it
 */
export function applySentence(answer: ApplyAnswer, base: string): string {
  const more = [
    answer.alreadyIn.length > 0 && answer.state !== "already-in" ? `${patchesAre(answer.alreadyIn)} already applied.` : "",
    answer.base ? baseSentence(answer.base, answer.state) : "",
    answer.why === null ? "" : visibleText(answer.why),
    answer.moved ? movedSentence(answer.moved, visibleText(base)) : "",
  ];
  return [stateSentence(answer, visibleText(base)), ...more].filter(Boolean).join(" ");
}

function stateSentence(answer: ApplyAnswer, base: string): string {
  const { state, patch, file, offset, missing, mangled, onTopOf } = answer;
  const where = `${file === null ? "" : ` in ${visibleText(file)}`}${patch === null ? "" : ` at patch ${patch}`}`;
  const below = onTopOf.length > 0 ? ` on top of ${onTopOf.map(({ title }) => `“${titleText(title)}”`).join(" and ")}` : "";
  switch (state) {
    case "applies":
      return `It applies to ${base}${below}${offset > 0 ? ` with an offset of up to ${plural(offset, "line")}` : ""}.`;
    case "applies-3way":
      return `It applies to ${base}${below} with a clean three-way merge.`;
    case "conflicts":
      return `It conflicts with ${base}${where}.`;
    case "already-in":
      return `All of it is already in ${base}.`;
    case "base-unknown":
      return `It does not apply to ${base}${where}. The blobs it is based on are not in this repository, so a three-way merge is not possible.`;
    case "not-in-this-tree":
      return `${base} has none of the files it changes.`;
    case "incomplete":
      return mangled.length > 0
        ? `${patchesAre(mangled)} damaged in transit, so git cannot read all of it.`
        : `${patchesAre(missing)} missing, so it cannot be checked.`;
    case "unknown":
      return `Whether it applies to ${base} is not known.`;
  }
}

/** The renamed files, and whether the series applies with their new names. */
function movedSentence({ files, state }: MovedAnswer, base: string): string {
  const [first] = files;
  const what =
    files.length === 1 && first
      ? `${visibleText(first.from)} is now ${visibleText(first.to)}`
      : `${files.length} of its files were renamed`;
  const under = files.length === 1 ? "that name" : "the new names";
  switch (state) {
    case "applies":
      return `${what}; with ${under} it applies.`;
    case "applies-3way":
      return `${what}; with ${under} it applies after a three-way merge.`;
    case "already-in":
      return `${what}.`;
    default:
      return `${what}; with ${under} it does not apply to ${base} either.`;
  }
}

function baseSentence({ commit, applies }: NonNullable<ApplyAnswer["base"]>, state: ApplyAnswer["state"]): string {
  const short = shortId(commit);
  if (!applies) return `It does not apply to its stated base ${short} either.`;
  return `It ${state === "applies-3way" ? "applies without a merge" : "does apply"} to its stated base ${short}.`;
}

/** `Patch 2 is`, `Patches 1-3, 5 are`. */
function patchesAre(patches: readonly number[]): string {
  const ranges: Array<[number, number]> = [];
  for (const patch of patches) {
    const last = ranges.at(-1);
    if (last?.[1] === patch - 1) last[1] = patch;
    else ranges.push([patch, patch]);
  }
  const text = ranges.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(", ");
  return patches.length === 1 ? `Patch ${text} is` : `Patches ${text} are`;
}

// The dependencies of a series that no source has, for `applies` of the command line.

export type AbsentNeed = Pick<Prerequisite, "kind" | "value">;

/** Some series name dozens of patches. */
const mostNeedsNamed = 3;

/** ` It needs the series with change-id x, which is not in any source.`, to follow another sentence; "" when nothing is absent. */
export function absentNeedsSentence(absent: readonly AbsentNeed[]): string {
  if (absent.length === 0) return "";
  const named = absent.slice(0, mostNeedsNamed).map(needName);
  const all = absent.length > mostNeedsNamed ? [...named, `${absent.length - mostNeedsNamed} more`] : named;
  const list = all.length === 1 ? (all[0] ?? "") : `${all.slice(0, -1).join(", ")} and ${all.at(-1) ?? ""}`;
  return ` It needs ${list}, which ${absent.length === 1 ? "is" : "are"} not in any source. Add the list ${absent.length === 1 ? "it was" : "they were"} sent to.`;
}

function needName({ kind, value }: AbsentNeed): string {
  if (kind === "message-id") return `<${visibleText(value)}>`;
  if (kind === "patch-id") return `the patch with id ${visibleText(shortId(value))}`;
  return `the series with change-id ${visibleText(value)}`;
}

// The line of the page that says whether the series applies to the open tree, and what it needs.

/** The most unknown dependencies that are named; the others are counted. */
const mostUnknown = 3;

/** A base that a series names; see engines/seriesNeeds.ts. */
export interface PageBase {
  readonly said: SaidBase;
  readonly known: KnownBase | null | undefined;
}

export interface PageNeeds {
  readonly bases?: readonly PageBase[];
  /** The address of a mail that is not in the archives. */
  readonly urlOf?: (messageId: string) => string | null;
}

/** The line of a series; without whether it applies until that is known. */
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
    bases: bases.flatMap((base) => saidBaseText(base) ?? []),
  };
}

/** The named dependencies that are unknown; many of one kind are counted. */
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
      (value) => ({ text: `the series with change-id ${value} (not among the pending series)`, url: null }),
      (count) => `${count} more series (not among the pending series)`,
    ),
    ...few(
      of("message-id"),
      (value) => ({ text: `<${value}> (not in your archives)`, url: urlOf(value) }),
      (count) => `${plural(count, "more mail", "more mails")} (not in your archives)`,
    ),
    ...few(
      of("patch-id"),
      (value) => ({ text: `the patch with id ${shortId(value)} (not in your archives)`, url: null }),
      (count) => `${plural(count, "more patch", "more patches")} (not in your archives)`,
    ),
  ];
}

/**
 * `based on “kvm-x86/next” (in this repository)`; only the words when they name nothing, or when no repository was asked. The base
 * commit is already shown above.
 */
function saidBaseText({ said, known }: PageBase): string | null {
  const { kind, value, names } = said;
  if (kind === "base-commit")
    return known === undefined ? null : `base commit ${shortId(value)} is ${known ? "" : "not "}in this repository`;
  const words = `based on “${value}”`;
  if (known === undefined || names.length === 0) return words;
  if (known === null) return `${words} (not in this repository)`;
  return value === known.name ? `${words} (in this repository)` : `${words} (${known.name.slice(0, 60)} in this repository)`;
}

const toneIcons = { good: "check", bad: "warning", past: "git-merge" } as const;

/** The line; empty when there is nothing to say. */
export function appliesHtml(applies: PageApplies | null): string {
  if (!applies) return "";
  const { tone, label, sentence, needs, unknown, bases } = applies;
  const icon = tone === null ? "" : iconHtml(toneIcons[tone]);
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
