/** The view "This File": the pending series that touch the file in the active editor. */
import * as vscode from "vscode";
import type { Library } from "../index/library";
import { childNodes, seriesNodes, type Arrangement, type TreeNode } from "../render/treeNodes";
import { setContext } from "./commands";
import type { ActiveFile } from "./activeFile";
import type { Followed } from "./followed";
import type { OpenTrees } from "./openTrees";
import { resolveTooltip, treeItem } from "./treeItems";

const arrangement: Arrangement = { groupBy: "subsystem", sortBy: "newest", filter: "", shown: new Map() };

export interface ThisFileParts {
  readonly library: Library;
  readonly active: ActiveFile;
  readonly followed: Followed;
  readonly trees: OpenTrees;
}

export function registerThisFileTree({ library, active, followed, trees }: ThisFileParts): vscode.Disposable {
  const changed = new vscode.EventEmitter<TreeNode | undefined>();
  const view = vscode.window.createTreeView<TreeNode>("kvmSeries.thisFile", {
    treeDataProvider: {
      onDidChangeTreeData: changed.event,
      getChildren: (node) => (node ? childNodes(node, arrangement) : seriesNodes(active.touches.map(({ series }) => series))),
      getTreeItem: (node) => treeItem(node, { followed, trees }),
      getParent: (node) => node.parent,
      resolveTreeItem: (item, node) => resolveTooltip(item, node),
    },
    showCollapseAll: true,
  });
  const refresh = (): void => {
    const path = active.place?.path;
    view.description = path === undefined ? "" : path.slice(path.lastIndexOf("/") + 1);
    setContext("thisFile", path === undefined ? "none" : library.synced ? "untouched" : "syncing");
    changed.fire(undefined);
  };
  refresh();
  return vscode.Disposable.from(
    view,
    changed,
    active.onDidChange(refresh),
    followed.onDidChange(() => changed.fire(undefined)),
  );
}
