/** What is pending for a file, shown where the file is named: Explorer badge, status bar, CodeLens, and the hover of a path in text. All answer from memory. */
import * as vscode from "vscode";
import { candidatePaths, pathInText } from "../core/series/treePaths";
import type { ActiveFile } from "../engines/activeFile";
import type { MovedFiles } from "../engines/movedFiles";
import type { OpenTrees } from "../engines/openTrees";
import type { Library } from "../library/library";
import { answerInSlices } from "../library/slices";
import { touchCount, touchesHover, touchesPlainText } from "../render/hover";
import { toMarkdown } from "./markdown";
import { onDidChangeSettings, readSettings } from "./settings";

/** VS Code throws when a badge has more than two characters. */
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
  // An unfolded folder asks for all its files at once.
  const touchesOf = answerInSlices((uri: vscode.Uri) => active.touchingSteps(uri));
  // The value is kept because the Explorer asks for every row it draws, and reading the settings takes longer than the answer.
  let shown = readSettings().explorerBadges;
  const provider: vscode.FileDecorationProvider = {
    onDidChangeFileDecorations: changed.event,
    async provideFileDecoration(uri, token) {
      if (!shown) return undefined;
      const touches = token.isCancellationRequested ? [] : await touchesOf(uri);
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

// Hovering a path in text (an #include, a diffstat line) shows what is pending for that file.

export function registerPathHover(moved: MovedFiles, trees: OpenTrees): vscode.Disposable {
  return vscode.languages.registerHoverProvider([{ scheme: "file" }, { scheme: "untitled" }, { scheme: "kvm-series-revision" }], {
    provideHover(document, position) {
      if (!readSettings().pathHovers) return undefined;
      const line = document.lineAt(position.line).text;
      const found = pathInText(line, position.character);
      if (!found) return undefined;
      // Text outside all trees (an exported digest) may be about any of them.
      const place = trees.locate(document.uri) ?? { path: "", project: null };
      for (const written of candidatePaths(found, place.path)) {
        // A diffstat shortens long paths. They are resolved in the same trees as when the series were read.
        const path = trees.resolve(written, place.project);
        const touches = moved.touching(path, place.project, trees.topOf(document.uri));
        if (touches.length === 0) continue;
        const range = new vscode.Range(position.line, found.start, position.line, found.end);
        return new vscode.Hover(toMarkdown(touchesHover({ path, project: place.project }, touches, Date.now())), range);
      }
      return undefined;
    },
  });
}
