/** What pending series will make of the lines under the pointer. */
import type { PlacedEdit, Certainty } from "../core/lines/anchor";
import { newestRevision, type Revision, type Series } from "../core/series/series";
import { visibleText } from "./escape";
import type { MovedName } from "../core/paths/moves";
import { movedBy, movedText } from "./movedText";
import type { HoverPart } from "./hover";
import { age, authorName, plural, revisionName, statusName, titleText } from "./labels";
import { trailerMarks } from "./trailerMarks";
import { parseAuthor } from "../core/mail/author";

/** A series and its changes of the lines. */
export interface LineChange {
  readonly series: Series;
  readonly placed: readonly PlacedEdit[];
  /** Whether the series applies, in a few words; null where that is not known. */
  readonly applies: string | null;
  /** Where the series calls the file otherwise. */
  readonly moved: MovedName | null;
}

/** How many series a hover shows with their diffs; a longer hover is not read. */
const mostShown = 3;
/** Lines of a diff in a hover. */
const mostLines = 12;

const lineBreak: HoverPart = { kind: "break" };

/** What the certainty of a place means to a person; nothing where there is no doubt. */
const doubts: Readonly<Record<Certainty, string>> = {
  exact: "",
  context: "",
  fuzzy: "the lines around it are others here",
  function: "its lines are not here, only its function",
  already: "already here",
  gone: "not found here",
};

/**
 * Says of each series what it changes here.
 *
 * @param uri of the document, for the commands
 * @param line zero-based
 */
export function lineHover(changes: readonly LineChange[], uri: string, line: number, now: number): HoverPart[] {
  const parts: HoverPart[] = [];
  for (const { series, placed, applies, moved } of changes.slice(0, mostShown)) {
    const revision = newestRevision(series);
    if (parts.length > 0) parts.push({ kind: "line" });
    const patches = [...new Set(placed.flatMap(({ edit }) => edit.patches))].sort((a, b) => a - b);
    const doubt = doubts[placed[0]?.certainty ?? "exact"];
    const facts = [
      revisionName(revision),
      patches.length === 1 ? `patch ${patches[0] ?? ""}/${revision.expected}` : plural(patches.length, "patch", "patches"),
      authorName(revision),
      statusName(series.status),
      age(revision.date, now),
      applies ?? "",
      doubt,
      moved ? `${movedText(moved)} ${movedBy(moved)}` : "",
    ];
    parts.push(
      { kind: "icon", icon: "git-pull-request" },
      { kind: "command", text: titleText(series.title), command: "kvmSeries.openPage", args: [series.id] },
      lineBreak,
      { kind: "text", text: facts.filter(Boolean).join(" · ") },
      ...reviewersOf(revision, patches).flatMap((text): HoverPart[] => [lineBreak, { kind: "text", text }]),
      { kind: "code", language: "diff", text: smallDiff(placed) },
      { kind: "command", text: "Peek", command: "kvmSeries.peekPendingChange", args: [series.id, uri, line] },
    );
  }
  if (changes.length > mostShown) {
    parts.push({ kind: "line" }, showAll(`Show all ${changes.length} series...`, uri, line));
  }
  return parts;
}

/** How many reviewers are named before the rest is counted. */
const mostNamed = 3;

/** `Reviewed by Ada Lind, Bo Sample`: who looked at some patches of a revision. */
function reviewersOf({ patches }: Revision, indexes: readonly number[]): string[] {
  const trailers = patches.filter(({ index }) => index !== null && indexes.includes(index)).flatMap((patch) => patch.trailers);
  const said = trailerMarks(trailers).map(({ word, people }) => {
    const names = people.map((value) => visibleText(parseAuthor(value).name || value));
    const more = names.length > mostNamed ? ` and ${names.length - mostNamed} more` : "";
    return `${word} by ${names.slice(0, mostNamed).join(", ")}${more}`;
  });
  return said.length > 0 ? [said.join(" · ")] : [];
}

function showAll(text: string, uri: string, line: number): HoverPart {
  return { kind: "command", text, command: "kvmSeries.showSeriesTouchingLines", args: [uri, line, line] };
}

/** The changed lines, old above new, cut where they are many. */
export function smallDiff(placed: readonly PlacedEdit[]): string {
  const rows = placed.flatMap(({ edit }, at) => [
    ...(at > 0 ? [" ..."] : []),
    ...edit.removed.map((line) => `-${visibleText(line)}`),
    ...edit.added.map((line) => `+${visibleText(line)}`),
  ]);
  if (rows.length <= mostLines + 1) return rows.join("\n");
  // Of a long removal the new lines would not be seen: both sides get half.
  const removed = rows.filter((row) => row.startsWith("-"));
  const kept = rows.length - removed.length > mostLines / 2 && removed.length > mostLines / 2 ? mostLines / 2 : mostLines;
  let [minus, plus] = [0, 0];
  const shown = rows.filter((row) => (row.startsWith("-") ? minus++ < kept : plus++ < Math.max(kept, mostLines - removed.length)));
  return [...shown, ` ... ${plural(rows.length - shown.length, "more line")}`].join("\n");
}
