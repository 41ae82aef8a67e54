/** Hovers on files, series and lines as lists of parts, so that text of mail never becomes Markdown: the editor adds each part by its kind. */
import type { Certainty, PlacedEdit } from "../core/lines/placeChange";
import { visibleText } from "../core/mail/hiddenCharacters";
import { newestRevision, type Patch, type Series } from "../core/series/series";
import type { MovedName, Touch } from "../core/series/touches";
import type { Project } from "../core/subsystem/project";
import {
  age,
  authorName,
  evidenceTexts,
  movedBy,
  movedText,
  patchCount,
  markedNames,
  plural,
  reviewCounts,
  revisionName,
  statusName,
  titleText,
  trailerMarks,
} from "./labels";

export type HoverPart =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "strong"; readonly text: string }
  | { readonly kind: "break" }
  | { readonly kind: "line" }
  | { readonly kind: "icon"; readonly icon: string }
  /** Lines of a stranger's code, shown as they are. */
  | { readonly kind: "code"; readonly language: string; readonly text: string }
  /** A link that runs one of the extension's own commands; its text may be a stranger's. */
  | { readonly kind: "command"; readonly text: string; readonly command: string; readonly args: readonly unknown[] };

const lineBreak: HoverPart = { kind: "break" };
const textPart = (text: string): HoverPart => ({ kind: "text", text });

/** How many series a hover names before it offers the whole list. */
const mostSeriesNamed = 5;

/** A path within the tree of a project; the project is null when it may be of any tree. */
export interface HoveredPath {
  readonly path: string;
  readonly project: Project | null;
}

/** The hover of a path: a heading, a line for each series, and a link to the rest. */
export function touchesHover({ path, project }: HoveredPath, touches: readonly Touch[], now: number): HoverPart[] {
  const parts: HoverPart[] = [
    { kind: "icon", icon: "git-pull-request" },
    { kind: "strong", text: ` ${touchCount(touches.length)}` },
    textPart(` ${touches.length === 1 ? "touches" : "touch"} ${visibleText(path)}`),
    { kind: "line" },
  ];
  for (const touch of touches.slice(0, mostSeriesNamed)) parts.push(...touchParts(touch, now), lineBreak);
  if (touches.length > mostSeriesNamed) {
    const text = `Show all ${touches.length}...`;
    parts.push(lineBreak, { kind: "command", text, command: "kvmSeries.showSeriesTouchingFile", args: [path, project] });
  }
  return parts;
}

function touchParts({ series, patches, moved }: Touch, now: number): HoverPart[] {
  const revision = newestRevision(series);
  const where = patches.length > 0 ? plural(patches.length, "patch", "patches").replace(/^1 patch$/, `patch ${patches[0] ?? ""}`) : "";
  const facts = [
    revisionName(revision),
    patchCount(revision),
    where && `here: ${where}`,
    moved && `${movedText(moved)} ${movedBy(moved)}`,
    authorName(revision),
    reviewCounts(revision),
    age(revision.date, now),
  ];
  return [
    { kind: "command", text: titleText(series.title), command: "kvmSeries.openPage", args: [series.id] },
    lineBreak,
    textPart(facts.filter(Boolean).join(" · ")),
    lineBreak,
  ];
}

/** `3 pending series`. */
export function touchCount(count: number): string {
  return `${count} pending series`;
}

/** The plain list for an Explorer tooltip, which takes no markup. */
export function touchesPlainText(touches: readonly Touch[]): string {
  const lines = touches
    .slice(0, mostSeriesNamed)
    .map(
      ({ series, moved }) => `${revisionName(newestRevision(series))} ${titleText(series.title)}${moved ? ` (${movedText(moved)})` : ""}`,
    );
  if (touches.length > mostSeriesNamed) lines.push(`and ${touches.length - mostSeriesNamed} more`);
  return `${touchCount(touches.length)}:\n${lines.join("\n")}`;
}

/**
 * The tooltip of a series in the sidebar.
 *
 * @param applies whether it applies, in a sentence; null when that is not known
 * @param evidence what says where it stands, a sentence each
 */
export function seriesMarkdownParts(
  series: Series,
  now: number,
  applies: string | null = null,
  evidence: readonly string[] = [],
): HoverPart[] {
  const revision = newestRevision(series);
  const old = age(revision.date, now);
  const parts: HoverPart[] = [
    { kind: "strong", text: titleText(series.title) },
    lineBreak,
    textPart(
      [
        series.subsystem,
        revisionName(revision),
        patchCount(revision),
        reviewCounts(revision),
        statusName(series.status),
        old && `${old} old`,
      ]
        .filter(Boolean)
        .join(" · "),
    ),
    { kind: "line" },
    textPart(`${authorName(revision)}${revision.author.email ? ` <${visibleText(revision.author.email)}>` : ""}`),
    lineBreak,
    textPart(plural(revision.files.length, "file")),
  ];
  // A count such as `2R` includes reviews that are carried over.
  for (const text of reviewersOf(revision.patches)) parts.push(lineBreak, textPart(text));
  if (applies !== null) parts.push(lineBreak, textPart(applies));
  for (const sentence of evidence) parts.push(lineBreak, textPart(sentence));
  for (const link of series.links) {
    const [older, newer] = [series.revisions[link.from], series.revisions[link.to]];
    if (older && newer) parts.push(lineBreak, textPart(`${revisionName(older)} → ${revisionName(newer)}: ${evidenceTexts(link)}`));
  }
  if (series.elsewhere.length > 0) parts.push(lineBreak, textPart(`known from links: ${series.elsewhere.map(revisionName).join(", ")}`));
  return parts;
}

// The changes of pending series to the lines under the pointer.

/** A series and its changes of the lines. */
export interface HoveredChange {
  readonly series: Series;
  readonly placed: readonly PlacedEdit[];
  /** Whether the series applies, in a few words; null when that is not known. */
  readonly applies: string | null;
  /** Set when the series uses another name for the file. */
  readonly moved: MovedName | null;
}

/** How many series a hover shows with their diffs; a longer hover is not read. */
const mostShown = 3;
/** Lines of a diff in a hover. */
const mostLines = 12;

const newLine: HoverPart = { kind: "break" };

/** What the certainty of a place means to a person; absent when there is no doubt. */
const doubts: Readonly<Record<Certainty, string>> = {
  exact: "",
  context: "",
  fuzzy: "context differs here",
  function: "only the function was found",
  already: "already applied",
  gone: "not found here",
};

/**
 * Shows what each series changes here.
 *
 * @param uri of the document, for the commands
 * @param line zero-based
 */
export function lineHover(changes: readonly HoveredChange[], uri: string, line: number, now: number): HoverPart[] {
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
      newLine,
      { kind: "text", text: facts.filter(Boolean).join(" · ") },
      ...reviewersOf(revision.patches.filter(({ index }) => index !== null && patches.includes(index))).flatMap((text): HoverPart[] => [
        newLine,
        { kind: "text", text },
      ]),
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
const mostReviewersNamed = 3;

/** `Reviewed by Ada Lind, Bo Sample`: who looked at some patches of a revision. */
function reviewersOf(patches: readonly Patch[]): string[] {
  const trailers = patches.flatMap((patch) => patch.trailers);
  const said = trailerMarks(trailers).map(({ word, people }) => `${word} by ${markedNames(people, mostReviewersNamed)}`);
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
  // Both sides get half of the lines, so that a long removal does not hide the new ones.
  const removed = rows.filter((row) => row.startsWith("-"));
  const kept = rows.length - removed.length > mostLines / 2 && removed.length > mostLines / 2 ? mostLines / 2 : mostLines;
  let [minus, plus] = [0, 0];
  const shown = rows.filter((row) => (row.startsWith("-") ? minus++ < kept : plus++ < Math.max(kept, mostLines - removed.length)));
  return [...shown, ` ... ${plural(rows.length - shown.length, "more line")}`].join("\n");
}
