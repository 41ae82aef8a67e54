/** Rich tooltips as a list of parts, so that mail text never meets Markdown: the editor adds each part as what it is. */
import type { Project } from "../core/paths/project";
import { newestRevision, type Series } from "../core/series/series";
import type { Touch } from "../core/paths/touches";
import { visibleText } from "./escape";
import { movedBy, movedText } from "./movedText";
import { age, authorName, evidenceTexts, patchCount, plural, reviewCounts, revisionName, statusName, titleText } from "./labels";

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
const say = (text: string): HoverPart => ({ kind: "text", text });

/** How many series a hover names before it offers the whole list. */
const mostNamed = 5;

/** A path within the tree of a project; null where it may be any tree's. */
export interface TouchedPlace {
  readonly path: string;
  readonly project: Project | null;
}

/** What is pending for a path: a heading, a line a series, and a link to the rest. */
export function touchesHover({ path, project }: TouchedPlace, touches: readonly Touch[], now: number): HoverPart[] {
  const parts: HoverPart[] = [
    { kind: "icon", icon: "git-pull-request" },
    { kind: "strong", text: ` ${touchCount(touches.length)}` },
    say(` ${touches.length === 1 ? "touches" : "touch"} ${visibleText(path)}`),
    { kind: "line" },
  ];
  for (const touch of touches.slice(0, mostNamed)) parts.push(...touchParts(touch, now), lineBreak);
  if (touches.length > mostNamed) {
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
    say(facts.filter(Boolean).join(" · ")),
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
    .slice(0, mostNamed)
    .map(
      ({ series, moved }) => `${revisionName(newestRevision(series))} ${titleText(series.title)}${moved ? ` (${movedText(moved)})` : ""}`,
    );
  if (touches.length > mostNamed) lines.push(`and ${touches.length - mostNamed} more`);
  return `${touchCount(touches.length)}:\n${lines.join("\n")}`;
}

/**
 * The tooltip of a series in the sidebar.
 *
 * @param applies whether it applies, in a sentence; null where that is not known
 */
export function seriesMarkdownParts(series: Series, now: number, applies: string | null = null): HoverPart[] {
  const revision = newestRevision(series);
  const old = age(revision.date, now);
  const parts: HoverPart[] = [
    { kind: "strong", text: titleText(series.title) },
    lineBreak,
    say(
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
    say(`${authorName(revision)}${revision.author.email ? ` <${visibleText(revision.author.email)}>` : ""}`),
    lineBreak,
    say(plural(revision.files.length, "file")),
  ];
  if (applies !== null) parts.push(lineBreak, say(applies));
  for (const link of series.links) {
    const [older, newer] = [series.revisions[link.from], series.revisions[link.to]];
    if (older && newer) parts.push(lineBreak, say(`${revisionName(older)} → ${revisionName(newer)}: ${evidenceTexts(link)}`));
  }
  if (series.elsewhere.length > 0) parts.push(lineBreak, say(`known from links: ${series.elsewhere.map(revisionName).join(", ")}`));
  return parts;
}
