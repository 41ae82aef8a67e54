/** The view "This File": the pending series that touch the file in the active editor. */
import * as vscode from "vscode";
import type { MovedName } from "../../core/paths/moves";
import type { Series } from "../../core/series/series";
import { touchesOfLines, type Touch } from "../../core/paths/touches";
import type { Library } from "../../index/library";
import { childNodes, seriesNodes, type Arrangement, type TreeNode } from "../../render/treeNodes";
import { movedText } from "../../render/movedText";
import { plural } from "../../render/labels";
import { afterActivation } from "../afterActivation";
import { registerCommand, setContext } from "../commands";
import type { ActiveFile } from "../activeFile";
import { markCollision, type Collisions } from "../lines/collisions";
import type { ApplyStates } from "../apply/applyStates";
import type { Arrivals } from "../sources/arrivals";
import type { Followed } from "./followed";
import type { MovedFiles } from "../movedFiles";
import type { OpenTrees } from "../openTrees";
import type { PendingChanges } from "../lines/pendingChanges";
import { changesOfLines } from "../lines/pendingHere";
import { resolveTooltip, treeItem } from "./treeItems";

const arrangement: Arrangement = { groupBy: "subsystem", sortBy: "newest", shown: new Map() };

export interface ThisFileParts {
  readonly library: Library;
  readonly active: ActiveFile;
  readonly pending: PendingChanges;
  readonly collisions: Collisions;
  readonly followed: Followed;
  readonly arrivals: Arrivals;
  readonly trees: OpenTrees;
  readonly moved: MovedFiles;
  readonly applies: ApplyStates;
  readonly log: vscode.LogOutputChannel;
}

export function registerThisFileTree({
  library,
  active,
  pending,
  collisions,
  followed,
  arrivals,
  trees,
  moved,
  applies,
  log,
}: ThisFileParts): vscode.Disposable {
  const changed = new vscode.EventEmitter<TreeNode | undefined>();
  const touchesInView = (): readonly Touch[] => (active.onlyInView ? seenTouches(active, pending) : active.touches);
  const view = vscode.window.createTreeView<TreeNode>("kvmSeries.thisFile", {
    treeDataProvider: {
      onDidChangeTreeData: changed.event,
      getChildren: (node) => (node ? childNodes(node, arrangement) : seriesNodes(touchesInView().map(({ series }) => series))),
      getTreeItem: (node) => {
        const item = treeItem(node, { followed, arrivals, trees, moved, applies });
        return node.kind === "series" ? markMoved(markCollision(item, collisions.of(node.series)), movedOf(node.series)) : item;
      },
      getParent: (node) => node.parent,
      resolveTreeItem: (item, node) => resolveTooltip(item, node, { followed, arrivals, trees, moved, applies }),
    },
    showCollapseAll: true,
  });
  const movedOf = (series: Series): MovedName | undefined => active.touches.find((touch) => touch.series.id === series.id)?.moved;
  const refresh = (): void => {
    const path = active.place?.path;
    view.description = path === undefined ? "" : path.slice(path.lastIndexOf("/") + 1);
    const hidden = active.touches.length - touchesInView().length;
    view.message =
      active.onlyInView && active.touches.length > 0 ? `Lines in view: ${plural(hidden, "series", "series")} elsewhere in the file` : "";
    setContext("onlyLinesInView", active.onlyInView);
    setContext("fileTouched", active.touches.length > 0);
    setContext("thisFile", path === undefined ? "none" : library.synced ? "untouched" : "syncing");
    changed.fire(undefined);
  };
  return vscode.Disposable.from(
    afterActivation(refresh),
    view,
    changed,
    active.onDidChange(refresh),
    pending.onDidChange(() => active.onlyInView && refresh()),
    collisions.onDidChange(() => changed.fire(undefined)),
    arrivals.onDidChange(() => changed.fire(undefined)),
    applies.onDidChange(() => changed.fire(undefined)),
    registerCommand(log, "kvmSeries.onlyLinesInView", () => active.showOnlyInView(true)),
    registerCommand(log, "kvmSeries.allLines", () => active.showOnlyInView(false)),
    followed.onDidChange(() => changed.fire(undefined)),
  );
}

/** Says in the row of a series by what name it has the file. */
function markMoved(item: vscode.TreeItem, moved: MovedName | undefined): vscode.TreeItem {
  if (!moved) return item;
  const words = movedText(moved);
  item.description = `${typeof item.description === "string" ? `${item.description} · ` : ""}${words}`;
  const spoken = item.accessibilityInformation?.label;
  item.accessibilityInformation = { label: spoken === undefined ? words : `${spoken}, ${words}` };
  return item;
}

/** The touches of the lines that can be seen: by where their changes lie now, else by the lines their patches name. */
function seenTouches({ editor, touches }: ActiveFile, pending: PendingChanges): readonly Touch[] {
  const ranges = editor?.visibleRanges ?? [];
  if (!editor || ranges.length === 0) return touches;
  const placed = new Set((pending.edits(editor.document) ?? []).map(({ series }) => series.id));
  const seen = new Set(
    ranges.flatMap(({ start, end }) => [
      ...changesOfLines(pending, editor.document, [start.line, end.line]).map(({ series }) => series.id),
      ...touchesOfLines(touches, [start.line + 1, end.line + 1]).flatMap(({ series }) => (placed.has(series.id) ? [] : series.id)),
    ]),
  );
  return touches.filter(({ series }) => seen.has(series.id));
}
