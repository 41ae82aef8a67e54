/** What is pending for a file, shown where the file is: Explorer badge, status bar, CodeLens. All answer from memory. */
import * as vscode from "vscode";
import type { Library } from "../../index/library";
import { touchCount, touchesHover, touchesPlainText } from "../../render/hover";
import type { ActiveFile } from "../activeFile";
import { toMarkdown } from "../markdown";
import type { MovedFiles } from "../movedFiles";
import type { OpenTrees } from "../openTrees";
import { onDidChangeSettings, readSettings } from "../settings";

/** VS Code throws at a badge of more than two characters when it is provided. */
const mostBadgeCount = 9;

export interface FileSurfacesParts {
  readonly library: Library;
  readonly active: ActiveFile;
  readonly trees: OpenTrees;
  readonly moved: MovedFiles;
}

/** Badge and tooltip in the Explorer: how many series, and which. */
export function registerExplorerBadges({ library, active, trees, moved }: FileSurfacesParts): vscode.Disposable {
  const changed = new vscode.EventEmitter<undefined>();
  const all = (): void => changed.fire(undefined);
  // Kept here: the Explorer asks for every row it draws, and reading the settings takes longer than the answer.
  let shown = readSettings().explorerBadges;
  const provider: vscode.FileDecorationProvider = {
    onDidChangeFileDecorations: changed.event,
    provideFileDecoration(uri) {
      if (!shown) return undefined;
      const touches = active.touching(uri)?.touches ?? [];
      if (touches.length === 0) return undefined;
      const badge = touches.length > mostBadgeCount ? `${mostBadgeCount}+` : String(touches.length);
      const decoration = new vscode.FileDecoration(badge, touchesPlainText(touches));
      decoration.propagate = false;
      return decoration;
    },
  };
  return vscode.Disposable.from(
    changed,
    vscode.window.registerFileDecorationProvider(provider),
    library.onDidChange(all),
    trees.onDidChange(all),
    moved.onDidChange(all),
    onDidChangeSettings((did) => {
      if (!did("explorerBadges")) return;
      shown = readSettings().explorerBadges;
      all();
    }),
  );
}

/** One item on the right: how many pending series touch the file; a click lists them. */
export function registerStatusBar({ active }: FileSurfacesParts): vscode.Disposable {
  const item = vscode.window.createStatusBarItem("kvmSeries.thisFile", vscode.StatusBarAlignment.Right, 90);
  item.name = "KVM Series: This File";
  item.command = "kvmSeries.showSeriesTouchingFile";
  const update = (): void => {
    const { place, touches } = active;
    if (!place || touches.length === 0 || !readSettings().statusBar) {
      item.hide();
      return;
    }
    item.text = `$(git-pull-request) ${touches.length} series`;
    item.tooltip = toMarkdown(touchesHover(place, touches, Date.now()));
    item.accessibilityInformation = {
      label: `${touchCount(touches.length)} ${touches.length === 1 ? "touches" : "touch"} this file`,
      role: "button",
    };
    item.show();
  };
  update();
  return vscode.Disposable.from(
    item,
    active.onDidChange(update),
    onDidChangeSettings((did) => did("statusBar") && update()),
  );
}

/** A line above the file; off by default. */
export function registerCodeLens({ library, active, trees, moved }: FileSurfacesParts): vscode.Disposable {
  const changed = new vscode.EventEmitter<void>();
  const all = (): void => changed.fire();
  const provider: vscode.CodeLensProvider = {
    onDidChangeCodeLenses: changed.event,
    provideCodeLenses(document) {
      if (!readSettings().codeLens) return [];
      const touches = active.touching(document.uri)?.touches ?? [];
      if (touches.length === 0) return [];
      const title = `${touchCount(touches.length)} ${touches.length === 1 ? "touches" : "touch"} this file`;
      const command = { title, command: "kvmSeries.showSeriesTouchingFile", arguments: [document.uri] };
      return [new vscode.CodeLens(new vscode.Range(0, 0, 0, 0), command)];
    },
  };
  return vscode.Disposable.from(
    changed,
    vscode.languages.registerCodeLensProvider({ scheme: "file" }, provider),
    library.onDidChange(all),
    trees.onDidChange(all),
    moved.onDidChange(all),
    onDidChangeSettings((did) => did("codeLens") && all()),
  );
}
