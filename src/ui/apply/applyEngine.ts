/** What applying asks of git, and where: handed in by extension.ts, which loads git with the first question. */
import * as vscode from "vscode";
import { HumanError } from "../../core/humanError";
import type { Series } from "../../core/series/series";
import { projectOfSeries } from "../../index/library";
import type * as amSession from "../../worktree/amSession";
import type * as applyBack from "../../worktree/applyBack";
import type * as applyReady from "../../worktree/applyReady";
import { gitFolderOf } from "../../worktree/applyState";
import type * as objectId from "../../worktree/objectId";
import type { OpenTrees } from "../openTrees";
import { readSettings } from "../settings";

export type ApplyEngine = Pick<typeof amSession, "startApply" | "continueApply" | "skipPatch" | "stoppedPatch"> &
  Pick<typeof applyBack, "abortApply" | "undoApply" | "bringBack"> &
  Pick<typeof applyReady, "applyReadiness" | "branchNameProblem" | "freeBranchName"> &
  Pick<typeof objectId, "commitOf">;

/** The person's git; nothing of it is run before the workspace is trusted. */
export function gitOptions(): { readonly binary: string | undefined } {
  if (!vscode.workspace.isTrusted)
    throw new HumanError("git is not run in this folder until you trust it; see “Workspaces: Manage Workspace Trust”.");
  return { binary: readSettings().gitPath };
}

/** The worktree a series is applied to or shown on: the only one open, the one of its project, or the one the person picks. */
export async function pickWorktree(trees: OpenTrees, series: Series): Promise<string | undefined> {
  const found = await Promise.all(trees.trees.map(async (tree) => ((await gitFolderOf(tree.top)) === null ? [] : [tree])));
  // A kernel may be a folder of a larger repository, whose git folder lies further up: git itself finds it, or says that there is none.
  const all = found.flat().length > 0 ? found.flat() : trees.trees;
  if (all.length === 0) throw new HumanError("No git repository is open to apply patches to; open a clone of the kernel.");
  const project = projectOfSeries(series);
  const own = all.filter((tree) => tree.project === project);
  const offered = own.length > 0 ? own : all;
  if (offered.length === 1) return offered[0]?.top;
  const items = offered.map(({ top }) => ({ label: top.slice(top.lastIndexOf("/") + 1), description: top, top }));
  return (await vscode.window.showQuickPick(items, { title: "KVM Series: Apply (Repository)", placeHolder: "Apply to which of them?" }))
    ?.top;
}
