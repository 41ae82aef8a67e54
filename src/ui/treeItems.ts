/** How a row of the sidebar looks: icon, texts, what a click does. The rows themselves are made in render/treeNodes.ts. */
import * as vscode from "vscode";
import type { TouchedFile } from "../core/diff/diffstat";
import { visibleText } from "../core/mail/hiddenCharacters";
import { versionLabel } from "../core/mail/subject";
import { newestRevision, type Series } from "../core/series/series";
import { seriesStatus } from "../core/series/status";
import { maintainersSection } from "../core/subsystem/subsystem";
import type { ApplyStates } from "../engines/applyStates";
import type { Clashes } from "../engines/clashes";
import type { LandedStates } from "../engines/landedStates";
import type { MovedFiles } from "../engines/movedFiles";
import type { OpenTrees } from "../engines/openTrees";
import { applyLabel, applySentence, applyTone } from "../render/applies";
import { countedFiles } from "../render/fileList";
import { seriesMarkdownParts } from "../render/hover";
import {
  age,
  authorName,
  evidenceTexts,
  groupText,
  patchCount,
  patchNumber,
  plural,
  reviewCounts,
  revisionName,
  seriesDescription,
  seriesSpoken,
  titleText,
  trailerText,
} from "../render/labels";
import type { Library } from "../library/library";
import { evidenceSentences, statusNote } from "../render/seriesStatus";
import { problemLine } from "../render/seriesText";
import { absentColor, hasChildren, newColor, statusIcons, toneColors, type TreeNode } from "../render/treeNodes";
import { clashParts, markClashes } from "./clashes";
import { toMarkdown } from "./markdown";
import type { Arrivals, Followed } from "../engines/unread";
import { foundUri } from "./workspace";

const { None, Collapsed, Expanded } = vscode.TreeItemCollapsibleState;

export interface TreeItemParts {
  readonly followed: Followed;
  readonly arrivals: Arrivals;
  readonly trees: OpenTrees;
  readonly moved: MovedFiles;
  readonly applies: ApplyStates;
  readonly clashes: Pick<Clashes, "of">;
  readonly landed: LandedStates;
  readonly library: Pick<Library, "now">;
}

/** The row of a node, without its tooltip, which is made on demand. */
export function treeItem(node: TreeNode, parts: TreeItemParts): vscode.TreeItem {
  const { arrivals, clashes, moved } = parts;
  const item = new vscode.TreeItem("", hasChildren(node) ? Collapsed : None);
  item.id = node.id;
  item.contextValue = node.kind;
  switch (node.kind) {
    case "group": {
      const fresh = node.series.filter((series) => arrivals.has(series)).length;
      item.label = visibleText(node.name);
      item.description = fresh > 0 ? `${node.series.length} · ${fresh} with new mail` : String(node.series.length);
      item.iconPath = new vscode.ThemeIcon({ subsystem: "symbol-namespace", author: "person", status: "tag", file: "file" }[node.groupBy]);
      item.collapsibleState = node.groupBy === "file" ? Collapsed : Expanded;
      item.accessibilityInformation = { label: `${visibleText(node.name)}, ${plural(node.series.length, "series", "series")}` };
      break;
    }
    case "series":
      describeSeries(item, node.series, parts);
      markClashes(item, node.series, clashes);
      break;
    case "revision": {
      const { revision } = node;
      item.label = revisionName(revision);
      // The title is shown only when the series was renamed since.
      const title = revision.title === node.series.title ? "" : visibleText(revision.title);
      const superseded = revision === newestRevision(node.series) ? "" : "superseded";
      item.description = [superseded, patchCount(revision), reviewCounts(revision), age(revision.date, Date.now()), title]
        .filter(Boolean)
        .join(" · ");
      item.iconPath = new vscode.ThemeIcon("versions");
      item.command = openPage(node.series, node.series.revisions.indexOf(revision));
      item.contextValue = revision.posted && node.series.revisions.length > 1 ? "revision splittable" : "revision";
      if (revision === newestRevision(node.series)) item.collapsibleState = Expanded;
      item.accessibilityInformation = {
        label: `version ${versionLabel(revision.version, revision.point ?? 0).slice(1)}, ${superseded === "" ? "" : `${superseded}, `}${patchCount(revision)}, by ${authorName(revision)}`,
      };
      break;
    }
    case "elsewhere":
      item.label = revisionName(node.elsewhere);
      item.description = "not in these sources";
      item.iconPath = new vscode.ThemeIcon("link-external", new vscode.ThemeColor(absentColor));
      item.command = { command: "kvmSeries.openLink", title: "Open in the Archive", arguments: [node] };
      item.accessibilityInformation = { label: `version ${node.elsewhere.version}, known only from a link` };
      break;
    case "patch":
      item.label = titleText(node.patch.title);
      item.description = [
        patchNumber(node.patch, node.revision),
        changeCounts(node.patch.files),
        node.patch.author.name === node.revision.author.name ? "" : visibleText(node.patch.author.name),
      ]
        .filter(Boolean)
        .join(" · ");
      item.iconPath = new vscode.ThemeIcon("git-commit");
      item.command = openPage(node.series, node.series.revisions.indexOf(node.revision), node.place);
      break;
    case "missing":
      item.label = "Not found";
      item.description = `${node.index}/${node.revision.expected}`;
      item.iconPath = new vscode.ThemeIcon("circle-slash", new vscode.ThemeColor(absentColor));
      item.accessibilityInformation = { label: `patch ${node.index} of ${node.revision.expected} was not found` };
      break;
    case "files":
      item.label = "Files";
      item.description = plural(node.revision.diffstat.length, "file");
      item.iconPath = new vscode.ThemeIcon("files");
      break;
    case "file":
      describeFile(item, node.file, foundUri(moved.find(node.series, node.file.path)));
      break;
    case "more":
      item.label = `Show ${Math.min(node.hidden, 200)} more of ${node.hidden}`;
      item.iconPath = new vscode.ThemeIcon("ellipsis");
      item.command = { command: "kvmSeries.showMore", title: "Show More", arguments: [node] };
      break;
    case "problem":
      item.label = visibleText(node.problem.message);
      // The rows below belong to the source in this row.
      if (!node.parent) {
        item.description = visibleText(node.problem.source.slice(node.problem.source.lastIndexOf("/") + 1));
        item.iconPath = new vscode.ThemeIcon("warning", new vscode.ThemeColor("list.warningForeground"));
      }
      item.tooltip = problemLine(node.problem);
      break;
  }
  return item;
}

function describeSeries(
  item: vscode.TreeItem,
  series: Series,
  { followed, arrivals, applies, landed, library }: Omit<TreeItemParts, "moved" | "trees" | "clashes">,
): void {
  const revision = newestRevision(series);
  const follows = followed.isFollowed(series);
  const unread = followed.isUnread(series);
  const arrived = arrivals.has(series);
  item.label = titleText(series.title);
  const known = applies.of(series);
  const applied = known ? applyLabel(known.answer, revision.expected) : "";
  const tone = known ? applyTone(known.answer) : null;
  const isLanded = series.status === "landed";
  const note = statusNote(landed.of(series) ?? seriesStatus(series, null, library.now), revision.expected);
  // That it applies no more where it has landed goes without saying.
  item.description = `${arrived ? "● " : ""}${seriesDescription(series, Date.now(), isLanded ? [note] : [note, applied])}`;
  const color = unread || arrived ? newColor : isLanded ? toneColors.past : tone === null ? null : toneColors[tone];
  const isDraft = revision.rfc && series.status === "new";
  const icon = unread ? "circle-filled" : follows ? "bookmark" : isDraft ? "git-pull-request-draft" : statusIcons[series.status];
  item.iconPath = new vscode.ThemeIcon(icon, color === null ? undefined : new vscode.ThemeColor(color));
  const isMail = revision.posted !== undefined;
  item.contextValue = [
    "series",
    isMail ? "mail" : "",
    follows ? "followed" : "unfollowed",
    series.revisions.length > 1 ? "comparable" : "",
    known?.answer.state ?? "",
  ]
    .filter(Boolean)
    .join(" ");
  item.command = openPage(series);
  item.accessibilityInformation = {
    label: `${unread ? "unread, " : follows ? "followed, " : ""}${arrived ? "new mail, " : ""}${seriesSpoken(series, Date.now())}${known ? `. ${applySentence(known.answer, known.base)}` : ""}`,
  };
}

function describeFile(item: vscode.TreeItem, file: TouchedFile, uri: vscode.Uri | null): void {
  const slash = file.path.lastIndexOf("/");
  item.label = visibleText(file.path.slice(slash + 1));
  const folder = visibleText(file.path.slice(0, Math.max(0, slash)));
  const was = file.oldPath === undefined ? "" : `from ${visibleText(file.oldPath)}`;
  const now = uri && !uri.path.endsWith(`/${file.path}`) ? `now ${visibleText(vscode.workspace.asRelativePath(uri, false))}` : "";
  item.description = [changeCounts([file]), folder, was, now, uri ? "" : "not in the open tree"].filter(Boolean).join(" · ");
  item.iconPath = vscode.ThemeIcon.File;
  item.tooltip = [visibleText(file.path), now, uri ? "" : "Not in the open tree"].filter(Boolean).join("\n");
  item.contextValue = uri ? "file present" : "file";
  if (uri) {
    item.resourceUri = uri;
    item.command = { command: "vscode.open", title: "Open File", arguments: [uri] };
  }
}

/** `+12 −3`, or the number of changed lines when a digest does not tell additions from deletions. */
function changeCounts(files: readonly TouchedFile[]): string {
  if (files.length === 0) return "";
  const sum = (count: (file: TouchedFile) => number | null): number => files.reduce((total, file) => total + (count(file) ?? 0), 0);
  if (files.every(({ added, deleted }) => added !== null && deleted !== null))
    return `+${sum(({ added }) => added)} −${sum(({ deleted }) => deleted)}`;
  return files.every(({ changed }) => changed === null)
    ? "binary"
    : plural(
        sum(({ changed }) => changed),
        "line",
      );
}

/** Fills in the tooltip of the row under the pointer, because making it takes longer. */
export function resolveTooltip(
  item: vscode.TreeItem,
  node: TreeNode,
  { applies, clashes, landed, library, trees }: TreeItemParts,
): vscode.TreeItem {
  if (node.kind === "group" && node.groupBy === "subsystem") item.tooltip = groupText(node.name, sectionTitles(node.series, trees));
  if (node.kind === "series") {
    const known = applies.of(node.series);
    const sentence = known ? applySentence(known.answer, known.base) : null;
    const there = landed.of(node.series);
    const { evidence } = there ?? seriesStatus(node.series, null, library.now);
    item.tooltip = toMarkdown([
      // Who reviewed it stands in the tooltip already, with the reviews that are carried over.
      ...seriesMarkdownParts(
        node.series,
        Date.now(),
        sentence,
        evidenceSentences(
          evidence.filter(({ kind }) => kind !== "reviewed"),
          there?.name,
        ),
      ),
      ...clashParts(node.series, clashes),
    ]);
  }
  if (node.kind === "patch") item.tooltip = [titleText(node.patch.title), "", ...node.patch.trailers.map(trailerText)].join("\n").trim();
  if (node.kind === "revision") {
    const link = node.series.links.find(({ to }) => node.series.revisions[to] === node.revision);
    const older = link ? node.series.revisions[link.from] : undefined;
    const why = link && older ? `\nJoined with ${revisionName(older)}: ${evidenceTexts(link)}` : "";
    item.tooltip = `${revisionName(node.revision)} ${titleText(node.revision.title)}\n${authorName(node.revision)} · ${node.revision.source}${why}`;
  }
  if (node.kind === "elsewhere") item.tooltip = visibleText(node.elsewhere.url);
  return item;
}

/** How many series of a group are examined for their sections. */
const mostLookedThrough = 200;

/** The sections of MAINTAINERS that the series of a group are in, the most frequent first; [] without a tree that has one. */
function sectionTitles(series: readonly Series[], trees: OpenTrees): string[] {
  const maintainers = trees.trees.find((tree) => tree.project === "kernel" && tree.maintainers)?.maintainers;
  if (!maintainers) return [];
  const counts = new Map<string, number>();
  for (const one of series.slice(0, mostLookedThrough)) {
    const title = maintainersSection(countedFiles(newestRevision(one)), maintainers)?.title;
    if (title !== undefined) counts.set(title, (counts.get(title) ?? 0) + 1);
  }
  return [...counts].sort(([, a], [, b]) => b - a).map(([title]) => title);
}

function openPage(series: Series, revision?: number, patch?: number): vscode.Command {
  return { command: "kvmSeries.openPage", title: "Open Series", arguments: [series.id, revision, patch] };
}
