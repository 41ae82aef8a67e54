/**
 * What replies report as applied: always in their words, with who said it and when, and never looking like a proof. A green check is for what a
 * commit proves.
 */
import { formatAuthor } from "../core/mail/author";
import type { ReportedApplied, Revision } from "../core/series/series";
import { iconHtml } from "./controls";
import { dayText } from "./dates";
import { visibleAttribute, visibleHtml, visibleText } from "./escape";
import { authorName, plural } from "./labels";
import type { PageRevision } from "./pageSeries";

/** Reports said in one tooltip. */
const mostSaid = 4;

/**
 * The badge of a patch; empty where no reply reports it applied.
 *
 * @param place the line of a patch is a control itself and may hold none, so there it is for the mouse alone; the keyboard finds it in the patch
 */
export function patchReportedHtml(revision: PageRevision, index: number | null, place: "line" | "body"): string {
  const reports = revision.posted?.applied.filter(({ patches }) => patches === null || (index !== null && patches.includes(index))) ?? [];
  return badgeHtml(revision, reports, "reported applied", place === "body");
}

/** The badge of a revision: how much of it replies report applied; empty where there is no such reply. */
export function revisionReportedHtml(revision: PageRevision): string {
  const reports = revision.posted?.applied ?? [];
  const places = new Set(reports.flatMap(({ patches }) => patches ?? []));
  // Of a pull request no patches are known.
  const isAll = revision.expected > 0 && places.size >= revision.expected;
  const isWhole = isAll || reports.some(({ patches }) => patches === null);
  const some = places.size === 0 ? "some patches" : `${places.size} of ${plural(revision.expected, "patch", "patches")}`;
  return badgeHtml(revision, reports, isWhole ? "reported applied" : `${some} reported applied`);
}

/** What opens the reply; what that says stands in the tooltip. Of several the newest is opened. */
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

/** The sentences of some reports, each once, with who wrote it, when, and what it names. */
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
  const commits = reports.flatMap(({ commit }) => commit ?? []).map((commit) => commit.slice(0, 12));
  const named = commits.slice(0, mostSaid).join(", ");
  const as = commits.length === 0 ? "" : `, names ${named}${commits.length > mostSaid ? "…" : ""}`;
  return `“${first.quote}” ${[authorName({ author: first.from }), dayText(first.date)].filter(Boolean).join(", ")}${as}`;
}

/** For the terminal: a heading and two lines a report; [] where there is none. */
export function reportedLines({ posted }: Revision): string[] {
  const reports = posted?.applied ?? [];
  if (reports.length === 0) return [];
  return [
    "Reported applied",
    ...reports.flatMap(({ patches, commit, quote, from, date, messageId }) => {
      const which = patches === null ? "all" : patches.length === 0 ? "some patches" : `patch ${patches.join(", ")}`;
      return [
        `  ${which}${commit === null ? "" : ` as ${visibleText(commit)}`}  “${visibleText(quote)}”`,
        `         ${visibleText(formatAuthor(from))} ${date} <${visibleText(messageId)}>`,
      ];
    }),
    "",
  ];
}
