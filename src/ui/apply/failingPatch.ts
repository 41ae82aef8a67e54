/** Where `git am` stopped: conflicts in the merge editor; a patch that git could not place beside its file. */
import { access, readFile } from "node:fs/promises";
import { join } from "node:path";
import * as vscode from "vscode";
import { isSafePath } from "../../core/paths/tree";
import { failingPatchText, firstPlace } from "../../render/failingPatch";
import type { StoppedPatch } from "../../worktree/amSession";

/** Read-only documents with the hunks of a patch for one file. */
const failingScheme = "kvm-series-failing";

const texts = new Map<string, string>();

/** Provides the documents. They are of this stop and not of the next: after a reload, the command shows them again. */
export function registerFailingPatch(): vscode.Disposable {
  return vscode.workspace.registerTextDocumentContentProvider(failingScheme, {
    provideTextDocumentContent: (uri) => texts.get(uri.toString()) ?? "This patch is not at hand any more; choose “Show What Conflicts”.\n",
  });
}

/** Brings the person to what has to be done by hand. */
export async function showStoppedPatch(top: string, stopped: StoppedPatch): Promise<void> {
  if (stopped.conflicts.length > 0) for (const path of stopped.conflicts) await openConflict(top, path, stopped.mergeable.includes(path));
  else await openBeside(top, stopped);
}

async function openConflict(top: string, path: string, isMergeable: boolean): Promise<void> {
  const uri = vscode.Uri.file(join(top, path));
  const hasMergeEditor = isMergeable && (await vscode.commands.getCommands()).includes("git.openMergeEditor");
  if (hasMergeEditor) await vscode.commands.executeCommand("git.openMergeEditor", uri);
  const { activeTab } = vscode.window.tabGroups.activeTabGroup;
  // The interface for extensions knows no merge editor, and says nothing of what its tab holds.
  if (hasMergeEditor && activeTab && !(activeTab.input instanceof vscode.TabInputText)) return;
  // Where the built-in git extension is off, or one side deleted the file, it is resolved as text.
  const isThere = await access(uri.fsPath).then(
    () => true,
    () => false,
  );
  if (isThere) await vscode.window.showTextDocument(uri, { preview: false });
}

async function openBeside(top: string, stopped: StoppedPatch): Promise<void> {
  texts.clear();
  // The first file is opened last, so that it is the one in front.
  for (const file of [...stopped.files].reverse()) {
    const place = isSafePath(file.path) ? vscode.Uri.file(join(top, file.path)) : null;
    const text = place ? await readFile(place.fsPath, "utf8").catch(() => null) : null;
    const lines = text === null ? null : text.split(/\r?\n/);
    const uri = vscode.Uri.from({
      scheme: failingScheme,
      path: `/patch-${stopped.at}/${isSafePath(file.path) ? file.path : "file"}.diff`,
      query: `${top} ${stopped.title}`,
    });
    texts.set(uri.toString(), failingPatchText(stopped, file, lines));
    if (place && lines) {
      const at = Math.min(firstPlace(file, lines), lines.length - 1);
      const selection = new vscode.Range(at, 0, at, 0);
      await vscode.window.showTextDocument(place, { viewColumn: vscode.ViewColumn.One, preview: false, selection });
    }
    await vscode.window.showTextDocument(uri, { viewColumn: vscode.ViewColumn.Two, preview: false, preserveFocus: true });
  }
}
