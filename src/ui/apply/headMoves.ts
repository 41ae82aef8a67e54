/** Tells when a commit, a checkout, a rebase or a fetch was made in the repository of an open tree, by whomever. */
import { dirname } from "node:path";
import * as vscode from "vscode";
import { gitFolderOf } from "../../worktree/applyState";
import type { OpenTrees } from "../openTrees";

/** What git writes with each of them, relative to its folder; a linked worktree has such files of its own. */
const files = "{HEAD,logs/HEAD,FETCH_HEAD}";

export class HeadMoves {
  #watchers: vscode.Disposable = vscode.Disposable.from();
  readonly #moved = new vscode.EventEmitter<void>();
  readonly #trees: vscode.Disposable;
  readonly onDidMove = this.#moved.event;

  constructor(private readonly trees: OpenTrees) {
    this.#trees = trees.onDidChange(() => void this.#watch());
  }

  async #watch(): Promise<void> {
    const folders = await Promise.all(this.trees.trees.map(({ top }) => gitFolderAbove(top)));
    this.#watchers.dispose();
    const moved = (): void => this.#moved.fire();
    this.#watchers = vscode.Disposable.from(
      ...[...new Set(folders)].flatMap((folder) => {
        if (folder === null) return [];
        const watcher = vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(vscode.Uri.file(folder), files));
        return [watcher, watcher.onDidChange(moved), watcher.onDidCreate(moved)];
      }),
    );
  }

  dispose(): void {
    this.#watchers.dispose();
    this.#trees.dispose();
    this.#moved.dispose();
  }
}

/** The git folder of the repository a tree lies in, which may be larger than the tree; null where it lies in none. */
async function gitFolderAbove(top: string): Promise<string | null> {
  const found = await gitFolderOf(top);
  return found !== null || dirname(top) === top ? found : gitFolderAbove(dirname(top));
}
