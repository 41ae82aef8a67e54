/** Facts of a posting that only mail has: its base, its lists, problems with it, and what replies report as applied. */
import type { PostedFacts, Prerequisite, ReportedApplied } from "../core/series/series";
import { shortId } from "../core/text";
import type { PageRevision } from "../shared/pageSeries";
import { dayText, iconHtml, timeHtml, visibleAttribute, visibleHtml } from "./html";
import { authorName, plural } from "./labels";

/** Sentences shown before the rest is folded away. */
const odditiesShown = 4;

/** The facts below those of every revision; empty for a digest, and when there are none. */
export function postingHtml(revision: PageRevision): string {
  const { posted } = revision;
  if (!posted) return "";
  const facts = [revisionReportedHtml(revision), baseHtml(posted), saidBaseHtml(posted), resentHtml(posted), listsHtml(posted)].filter(
    Boolean,
  );
  const line =
    facts.length === 0 ? "" : `<p class="facts posting">${facts.map((fact) => `<span class="fact">${fact}</span>`).join("")}</p>`;
  return `${line}${odditiesHtml(posted.oddities)}${needsHtml(posted.prerequisites)}`;
}

function baseHtml({ baseCommit }: PostedFacts): string {
  if (baseCommit === null) return "";
  return `<span title="base-commit: ${visibleAttribute(baseCommit)}">based on <code>${visibleHtml(shortId(baseCommit))}</code></span>`;
}

/** The base in the words of the cover letter, which may be a release, a branch or a posting: only a person can tell. */
function saidBaseHtml({ prerequisites }: PostedFacts): string {
  const said = prerequisites.filter(({ kind }) => kind === "text").map(({ value }) => `“${visibleHtml(value)}”`);
  return said.length === 0 ? "" : `<span title="As the cover letter puts it">based on ${said.join(", ")}</span>`;
}

function resentHtml({ resentAs, firstSent }: PostedFacts): string {
  const last = resentAs.at(-1);
  if (!last) return "";
  const [day, first] = [timeHtml(last.date), firstSent === null ? "" : timeHtml(firstSent)];
  const again = day === "" ? "sent again" : `sent again on ${day}`;
  return first === "" ? again : `first sent on ${first} and ${again}`;
}

/** Lists are shown only when there are several, since nearly all mail comes from the same one. */
function listsHtml({ lists }: PostedFacts): string {
  if (lists.length < 2) return "";
  const names = lists.map((id) => id.split(".")[0] ?? id);
  return `<span title="${visibleAttribute(lists.join("\n"))}">sent to ${visibleHtml(names.join(", "))}</span>`;
}

function odditiesHtml(oddities: readonly string[]): string {
  if (oddities.length === 0) return "";
  const items = oddities.map((said) => `<li>${iconHtml("warning")} ${visibleHtml(said)}</li>`);
  const rest = items.slice(odditiesShown);
  const more = rest.length === 0 ? "" : `<details class="rest"><summary>${rest.length} more</summary><ul>${rest.join("")}</ul></details>`;
  return `<div class="oddities" role="group" aria-label="Problems with this posting"><ul>${items.slice(0, odditiesShown).join("")}</ul>${more}</div>`;
}

const needNames: Partial<Record<Prerequisite["kind"], string>> = {
  "patch-id": "the patch with id",
  "change-id": "the series with change-id",
  "message-id": "the posting",
};

function needsHtml(prerequisites: readonly Prerequisite[]): string {
  const needs = prerequisites.filter(({ kind }) => needNames[kind] !== undefined);
  if (needs.length === 0) return "";
  const items = needs.map(({ kind, value }) => `<li>${needNames[kind] ?? ""} <code>${visibleHtml(value)}</code></li>`);
  return `<details class="evidence"><summary>Needs ${plural(needs.length, "other posting or patch", "other postings or patches")}</summary><ul>${items.join("")}</ul></details>`;
}

// What replies report as applied: always in their words, with who wrote it and when, and never looking like a proof. Only a commit, which is a
// proof, gets a green check.

/** The most reports in a tooltip. */
const mostSaid = 4;

/**
 * The badge of a patch; empty when no reply reports it applied.
 *
 * @param place the line of a patch is itself a control and must not contain another, so there only the mouse can use it; the keyboard finds it in the patch
 */
export function patchReportedHtml(revision: PageRevision, index: number | null, place: "line" | "body"): string {
  const reports = revision.posted?.applied.filter(({ patches }) => patches === null || (index !== null && patches.includes(index))) ?? [];
  return badgeHtml(revision, reports, "reported applied", place === "body");
}

/** The badge of a revision: how much of it replies report applied; empty without such a reply. */
function revisionReportedHtml(revision: PageRevision): string {
  const reports = revision.posted?.applied ?? [];
  const places = new Set(reports.flatMap(({ patches }) => patches ?? []));
  // The patches of a pull request are not known.
  const isAll = revision.expected > 0 && places.size >= revision.expected;
  const isWhole = isAll || reports.some(({ patches }) => patches === null);
  const some = places.size === 0 ? "some patches" : `${places.size} of ${plural(revision.expected, "patch", "patches")}`;
  return badgeHtml(revision, reports, isWhole ? "reported applied" : `${some} reported applied`);
}

/** The badge, which opens the reply and has its text as tooltip. Of several replies it opens the newest. */
function badgeHtml(revision: PageRevision, reports: readonly ReportedApplied[], text: string, isButton = true): string {
  const last = reports.at(-1);
  const at = revision.posted?.replies.findIndex(({ messageId }) => messageId === last?.messageId) ?? -1;
  if (!last || at < 0) return "";
  const said = reportsText(reports);
  const heard = `${text}: ${said}. Opens the reply.`.replaceAll("\n", " ");
  const [tag, kind] = isButton ? ["button", ' type="button"'] : ["span", ' role="img"'];
  return `<${tag}${kind} class="badge reported" data-do="showReply" data-opens="${at}" title="${visibleAttribute(`${said}\nClick to read the reply.`)}" aria-label="${visibleAttribute(heard)}">${iconHtml("comment")}${visibleHtml(text)}</${tag}>`;
}

/** The badge on the line of the reply itself. */
export function replyReportedHtml(revision: PageRevision, messageId: string): string {
  const reports = revision.posted?.applied.filter((one) => one.messageId === messageId) ?? [];
  return `<span class="badge reported" title="${visibleAttribute(reportsText(reports))}">reported applied</span>`;
}

/** The sentences of some reports, each once, with writer, date and commits. */
function reportsText(reports: readonly ReportedApplied[]): string {
  const said = new Map<string, ReportedApplied[]>();
  for (const one of reports) said.set(`${one.messageId} ${one.quote}`, [...(said.get(`${one.messageId} ${one.quote}`) ?? []), one]);
  const texts = [...said.values()].map(reportText);
  const shown = texts.slice(-mostSaid);
  return [...shown, ...(texts.length > mostSaid ? [`and ${texts.length - mostSaid} more`] : [])].join("\n");
}

function reportText(reports: readonly ReportedApplied[]): string {
  const [first] = reports;
  if (!first) return "";
  const commits = reports.flatMap(({ commit }) => commit ?? []).map(shortId);
  const named = commits.slice(0, mostSaid).join(", ");
  const as = commits.length === 0 ? "" : `, names ${named}${commits.length > mostSaid ? "…" : ""}`;
  return `“${first.quote}” ${[authorName({ author: first.from }), dayText(first.date)].filter(Boolean).join(", ")}${as}`;
}
