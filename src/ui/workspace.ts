/** The window's folders, texts and editors in the form that engines need, and the git that may run there. */
import * as vscode from "vscode";
import { gitFolderAbove } from "../checkout/applyRecord";
import { HumanError } from "../core/humanError";
import type { Series } from "../core/series/series";
import type { ActiveFile, Editors } from "../engines/activeFile";
import { trustedGit } from "../engines/applyProgress";
import type { FoundFile, OpenTrees, Workspace } from "../engines/openTrees";
import type { Documents, Event, GitOf } from "../engines/ports";
import type { GitOptions } from "../git/git";
import { projectOfSeries } from "../library/library";
import { readSettings } from "./settings";

/** The folders of the window. */
export const windowFolders: Workspace = {
  get folders() {
    return (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => ({ uri, path: uri.scheme === "file" ? uri.fsPath : null }));
  },
  uriOf: (path) => vscode.Uri.file(path),
  onDidChangeFolders: (listener) => vscode.workspace.onDidChangeWorkspaceFolders(listener),
  onDidGrantTrust: (listener) => vscode.workspace.onDidGrantWorkspaceTrust(listener),
  watch(folder, glob, changed) {
    const watcher = vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(vscode.Uri.file(folder), glob));
    return vscode.Disposable.from(watcher, watcher.onDidChange(changed), watcher.onDidCreate(changed));
  },
};

/** The texts of the window. */
export const windowDocuments: Documents = {
  get open() {
    return vscode.workspace.textDocuments;
  },
  get visible() {
    return vscode.window.visibleTextEditors.map(({ document }) => document);
  },
  onDidChange: (listener) => vscode.workspace.onDidChangeTextDocument(listener),
  onDidClose: (listener) => vscode.workspace.onDidCloseTextDocument(listener),
  onDidSave: (listener) => vscode.workspace.onDidSaveTextDocument(listener),
  onDidChangeVisible: (listener) => vscode.window.onDidChangeVisibleTextEditors(listener),
};

/** The editors of the window. */
export const windowEditors: Editors = {
  get active() {
    const editor = vscode.window.activeTextEditor;
    // An editor in a panel, such as the log, has no column.
    return editor?.viewColumn === undefined ? null : editor.document;
  },
  isOpen(uri) {
    const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
    return tabs.some(({ input }) => input instanceof vscode.TabInputText && input.uri.toString() === uri.toString());
  },
  onDidChangeActive: (listener) =>
    vscode.Disposable.from(
      vscode.window.onDidChangeActiveTextEditor(listener),
      vscode.window.tabGroups.onDidChangeTabs((event) => {
        if (event.closed.length > 0) listener(event);
      }),
    ),
  onDidScroll: (listener) => vscode.window.onDidChangeTextEditorVisibleRanges(listener),
};

/** Fires when the person comes back to the window. */
export const onDidFocusWindow: Event<void> = (listener) =>
  vscode.window.onDidChangeWindowState(({ focused }) => {
    if (focused) listener();
  });

/** The editor that shows the active file; undefined where the file is hidden. */
export function editorOf({ uri }: ActiveFile): vscode.TextEditor | undefined {
  const key = uri?.toString();
  return vscode.window.visibleTextEditors.find(({ document }) => document.uri.toString() === key);
}

/** The address of a file that was found in an open tree; null when there is none. */
export function foundUri(found: FoundFile | null): vscode.Uri | null {
  return found && vscode.Uri.from({ scheme: found.scheme, authority: found.authority, path: found.path });
}

/** The person's git; null before the workspace is trusted. */
export const gitOfWindow: GitOf = () => (vscode.workspace.isTrusted ? { binary: readSettings().gitPath } : null);

/** The person's git. @throws HumanError before the workspace is trusted */
export function gitOptions(): GitOptions {
  return trustedGit(gitOfWindow);
}

/** The worktree a series is applied to or shown on: the only one open, the one of its project, or the one the person picks. */
export async function pickWorktree(trees: OpenTrees, series: Series): Promise<string | undefined> {
  const found = await Promise.all(trees.trees.map(async (tree) => ((await gitFolderAbove(tree.top)) === null ? [] : [tree])));
  // Without a git folder, git itself reports that there is none.
  const all = found.flat().length > 0 ? found.flat() : trees.trees;
  if (all.length === 0) throw new HumanError("Open a clone of the kernel to apply patches to it.");
  const project = projectOfSeries(series);
  const own = all.filter((tree) => tree.project === project);
  const offered = own.length > 0 ? own : all;
  if (offered.length === 1) return offered[0]?.top;
  const items = offered.map(({ top }) => ({ label: top.slice(top.lastIndexOf("/") + 1), description: top, top }));
  return (await vscode.window.showQuickPick(items, { title: "KVM Series: Apply (Repository)", placeHolder: "Apply to which repository?" }))
    ?.top;
}
