/** The view "This File": the pending series that touch the file in the active editor. */
import * as vscode from "vscode";
import type { Library } from "../index/library";
import { childNodes, seriesNodes, type Arrangement, type TreeNode } from "../render/treeNodes";
import { plural } from "../render/labels";
import { registerCommand, setContext } from "./commands";
import type { ActiveFile } from "./activeFile";
import type { Arrivals } from "./arrivals";
import type { Followed } from "./followed";
import type { OpenTrees } from "./openTrees";
import { resolveTooltip, treeItem } from "./treeItems";

const arrangement: Arrangement = { groupBy: "subsystem", sortBy: "newest", shown: new Map() };

export interface ThisFileParts {
  readonly library: Library;
  readonly active: ActiveFile;
  readonly followed: Followed;
  readonly arrivals: Arrivals;
  readonly trees: OpenTrees;
  readonly log: vscode.LogOutputChannel;
}

export function registerThisFileTree({ library, active, followed, arrivals, trees, log }: ThisFileParts): vscode.Disposable {
  const changed = new vscode.EventEmitter<TreeNode | undefined>();
  const view = vscode.window.createTreeView<TreeNode>("kvmSeries.thisFile", {
    treeDataProvider: {
      onDidChangeTreeData: changed.event,
      getChildren: (node) => (node ? childNodes(node, arrangement) : seriesNodes(active.touchesInView.map(({ series }) => series))),
      getTreeItem: (node) => treeItem(node, { followed, arrivals, trees }),
      getParent: (node) => node.parent,
      resolveTreeItem: (item, node) => resolveTooltip(item, node),
    },
    showCollapseAll: true,
  });
  const refresh = (): void => {
    const path = active.place?.path;
    view.description = path === undefined ? "" : path.slice(path.lastIndexOf("/") + 1);
    const hidden = active.touches.length - active.touchesInView.length;
    view.message =
      active.onlyInView && active.touches.length > 0 ? `Lines in view: ${plural(hidden, "series", "series")} elsewhere in the file` : "";
    setContext("onlyLinesInView", active.onlyInView);
    setContext("thisFile", path === undefined ? "none" : library.synced ? "untouched" : "syncing");
    changed.fire(undefined);
  };
  refresh();
  return vscode.Disposable.from(
    view,
    changed,
    active.onDidChange(refresh),
    arrivals.onDidChange(() => changed.fire(undefined)),
    registerCommand(log, "kvmSeries.onlyLinesInView", () => active.showOnlyInView(true)),
    registerCommand(log, "kvmSeries.allLines", () => active.showOnlyInView(false)),
    followed.onDidChange(() => changed.fire(undefined)),
  );
}
