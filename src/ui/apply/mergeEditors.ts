/** The editors in which a conflict of an apply is resolved: what in them is not saved, and how they are left. */
import { join } from "node:path";
import * as vscode from "vscode";
import { HumanError } from "../../core/humanError";
import type { StoppedPatch } from "../../worktree/amSession";

/**
 * Refuses where a file of the patch is not saved. It is not saved for the person: the merge editor begins with the common version
 * and without markers, so what is in it before they completed the merge has the changes of neither side.
 */
export function needSaved(top: string, { conflicts, files }: StoppedPatch): void {
  const paths = [...conflicts, ...files.map(({ path }) => path)];
  for (const path of paths) {
    const document = openDocument(top, path);
    if (!document?.isDirty) continue;
    const how = conflicts.includes(path) ? "finish it with “Complete Merge”" : "save it";
    throw new HumanError(`${path} is not saved yet; ${how}, then continue.`);
  }
}

/**
 * Leaves the merge editors of a patch that is given up. What they hold is the common version until the merge is completed;
 * not saved, it would go on standing before the file that git puts back.
 */
export async function dropMerges(top: string, { conflicts }: StoppedPatch): Promise<void> {
  for (const path of conflicts) {
    const document = openDocument(top, path);
    if (!document) continue;
    // The tab of the merge editor stays, behind the file: closed by an extension, it would ask what shall become of the conflicts.
    await vscode.window.showTextDocument(document, { preview: false });
    // Only the active editor can be reverted.
    if (document.isDirty) await vscode.commands.executeCommand("workbench.action.files.revert");
  }
}

function openDocument(top: string, path: string): vscode.TextDocument | undefined {
  return vscode.workspace.textDocuments.find(({ uri }) => uri.scheme === "file" && uri.fsPath === join(top, path));
}
