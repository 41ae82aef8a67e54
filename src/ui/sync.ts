/** Reads the sources of the settings into the library: on start, on command, and when one of them changes on disk. */
import { basename, dirname } from "node:path";
import * as vscode from "vscode";
import type { Library, Source } from "../index/library";
import { registerCommand, setContext } from "./commands";
import type { OpenTrees } from "./openTrees";
import { addSources, onDidChangeSettings, readSettings, removeSource } from "./settings";

/** A program that writes a digest does so in several steps; reading waits until it is quiet for so long. */
const quietMilliseconds = 300;

export interface SyncParts {
  readonly library: Library;
  readonly trees: OpenTrees;
  readonly log: vscode.LogOutputChannel;
  /** Makes the source for a path of the settings. */
  readonly sourceOf: (path: string) => Source;
}

export function registerSync({ library, trees, log, sourceOf }: SyncParts): vscode.Disposable {
  let watchers = vscode.Disposable.from();
  let timer: NodeJS.Timeout | undefined;

  const sync = async (): Promise<void> => {
    const { sources } = readSettings();
    setContext("state", sources.length === 0 ? "noSources" : "syncing");
    await vscode.window.withProgress({ location: { viewId: "kvmSeries.series" } }, () => library.sync(sources.map(sourceOf)));
    for (const { source, message } of library.problems) log.warn(`${source}: ${message}`);
    log.info(`${library.series.length} series from ${library.digests.length} digests`);
  };
  const watch = (): void => {
    watchers.dispose();
    const soon = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => void sync(), quietMilliseconds);
    };
    watchers = vscode.Disposable.from(
      ...readSettings().sources.flatMap((path) => {
        // Whether it is a file or a folder may change; both are watched, and what does not exist raises no event.
        const patterns = [
          new vscode.RelativePattern(vscode.Uri.file(dirname(path)), basename(path)),
          new vscode.RelativePattern(vscode.Uri.file(path), "*.txt"),
        ];
        return patterns.flatMap((pattern) => {
          const watcher = vscode.workspace.createFileSystemWatcher(pattern);
          return [watcher, watcher.onDidChange(soon), watcher.onDidCreate(soon), watcher.onDidDelete(soon)];
        });
      }),
    );
  };
  const surround = (): void => library.surround({ rules: readSettings().subsystems, trees: trees.trees });
  const showState = (): void => setContext("state", stateOf(library));

  surround();
  watch();
  void sync();
  return vscode.Disposable.from(
    {
      dispose() {
        watchers.dispose();
      },
    },
    { dispose: () => clearTimeout(timer) },
    library.onDidChange(showState),
    trees.onDidChange(surround),
    onDidChangeSettings((changed) => {
      if (changed("subsystems")) surround();
      if (!changed("sources")) return;
      watch();
      void sync();
    }),
    vscode.workspace.onDidGrantWorkspaceTrust(() => void sync()),
    registerCommand(log, "kvmSeries.sync", sync),
    registerCommand(log, "kvmSeries.addDigest", addDigest),
    registerCommand(log, "kvmSeries.removeDigest", (node) => pickAndRemove(node)),
  );
}

/** What the views' welcome texts ask for. */
function stateOf(library: Library): string {
  if (readSettings().sources.length === 0) return "noSources";
  if (!library.synced) return "syncing";
  return library.series.length === 0 ? "empty" : "ready";
}

async function addDigest(): Promise<void> {
  const choice = await vscode.window.showQuickPick(
    [
      { label: "$(file) Digest Files...", detail: "One or more text files, oldest first", folder: false },
      {
        label: "$(folder) Folder of Digests...",
        detail: "All files in it whose names end in .txt; new ones are read as they come",
        folder: true,
      },
    ],
    { title: "KVM Series: Add Digest", placeHolder: "What do you want to add?" },
  );
  if (!choice) return;
  const picked = await vscode.window.showOpenDialog({
    canSelectFiles: !choice.folder,
    canSelectFolders: choice.folder,
    canSelectMany: true,
    openLabel: "Add",
    title: choice.folder ? "Add a folder of digests" : "Add digests",
    ...(choice.folder ? {} : { filters: { Digests: ["txt"], "All files": ["*"] } }),
  });
  if (!picked) return;
  await addSources(picked.map(({ fsPath }) => fsPath).sort());
}

async function pickAndRemove(node: unknown): Promise<void> {
  const { sources } = readSettings();
  const named = typeof node === "object" && node !== null && "problem" in node ? node.problem : null;
  const source = typeof named === "object" && named !== null && "source" in named ? named.source : null;
  const path =
    typeof source === "string" && sources.includes(source)
      ? source
      : (
          await vscode.window.showQuickPick(
            sources.map((one) => ({ label: basename(one), description: dirname(one), path: one })),
            { title: "KVM Series: Remove Digest", placeHolder: "Which one shall no longer be read? The file itself stays." },
          )
        )?.path;
  if (path !== undefined) await removeSource(path);
}
