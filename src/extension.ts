import * as vscode from "vscode";
import { Library } from "./index/library";
import { makeDigestReader } from "./sources/digestFile";
import { ActiveFile } from "./ui/activeFile";
import { registerExportDigest } from "./ui/exportDigest";
import { registerCodeLens, registerExplorerBadges, registerStatusBar } from "./ui/fileSurfaces";
import { Followed } from "./ui/followed";
import { OpenTrees } from "./ui/openTrees";
import { registerPathHover } from "./ui/pathHover";
import { registerSeriesCommands } from "./ui/seriesCommands";
import { registerSeriesPanel } from "./ui/seriesPanel";
import { registerSeriesTree } from "./ui/seriesTree";
import { registerSync } from "./ui/sync";
import { registerThisFileTree } from "./ui/thisFileTree";

/** Builds the parts and hands each what it uses. */
export function activate(context: vscode.ExtensionContext): void {
  const log = vscode.window.createOutputChannel("KVM Series", { log: true });
  const library = new Library();
  const trees = new OpenTrees(log);
  const followed = new Followed(context.globalState, library);
  const active = new ActiveFile(library, trees);
  const reader = makeDigestReader();
  const sourceOf = (path: string) => ({ name: path, read: (signal: AbortSignal) => reader.read(path, signal) });
  const parts = { library, trees, followed, active, log };
  context.subscriptions.push(
    log,
    library,
    trees,
    followed,
    active,
    registerSeriesTree({ ...parts, state: context.workspaceState }),
    registerThisFileTree(parts),
    registerSeriesPanel({ ...parts, extensionUri: context.extensionUri }),
    registerSeriesCommands(parts),
    registerExplorerBadges(parts),
    registerStatusBar(parts),
    registerCodeLens(parts),
    registerPathHover(library, trees),
    registerExportDigest(library, trees, log),
    registerSync({ library, trees, log, sourceOf }),
  );
  // The views are up before the first file is read; a whole kernel's list of files takes a second.
  void trees.read();
}
