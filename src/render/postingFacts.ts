/** What only mails tell of a posting: what it stands on, where it went, what became of it, and what is odd about it. */
import type { PostedFacts, Prerequisite } from "../core/series/series";
import { iconHtml } from "./controls";
import { timeHtml } from "./dates";
import { visibleAttribute, visibleHtml } from "./escape";
import { plural } from "./labels";
import type { PageRevision } from "./pageSeries";
import { revisionReportedHtml } from "./reportedApplied";

/** Sentences shown before the rest is folded away. */
const odditiesShown = 4;

/** The facts of a posting below those of every revision; empty for a digest's, and where there is nothing to say. */
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
  return `<span title="base-commit: ${visibleAttribute(baseCommit)}">based on <code>${visibleHtml(shortCommit(baseCommit))}</code></span>`;
}

/** What the letter says of its base in words, which may be a release, a branch or a posting: nobody but a person can tell. */
function saidBaseHtml({ prerequisites }: PostedFacts): string {
  const said = prerequisites.filter(({ kind }) => kind === "text").map(({ value }) => `“${visibleHtml(value)}”`);
  return said.length === 0 ? "" : `<span title="In the words of its author">said to be based on ${said.join(", ")}</span>`;
}

function resentHtml({ resentAs, firstSent }: PostedFacts): string {
  const last = resentAs.at(-1);
  if (!last) return "";
  const [day, first] = [timeHtml(last.date), firstSent === null ? "" : timeHtml(firstSent)];
  const again = day === "" ? "sent again" : `sent again on ${day}`;
  return first === "" ? again : `first sent on ${first} and ${again}`;
}

/** Only more than one list is worth a word: what is read is nearly always the same one. */
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
  return `<div class="oddities" role="group" aria-label="What is odd about this posting"><ul>${items.slice(0, odditiesShown).join("")}</ul>${more}</div>`;
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

/** Twelve digits, as the kernel cites commits. */
function shortCommit(commit: string): string {
  return commit.slice(0, 12);
}
