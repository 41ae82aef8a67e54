import { isBuiltin } from "node:module";
import * as vscode from "vscode";
import { Library } from "./index/library";
import { makeDigestReader } from "./sources/digestFile";
import { rangeOfArchive, rangeOfMailFile } from "./sources/mailRange";
import { archiveGit } from "./sources/archiveGit";
import { detectSource } from "./sources/detect";
import { findEpochs } from "./sources/publicInbox";
import { ActiveFile } from "./ui/activeFile";
import { registerAddSource } from "./ui/addSource";
import { Archives, type ArchiveEngine } from "./ui/archives";
import { Arrivals } from "./ui/arrivals";
import { registerCorrections } from "./ui/corrections";
import { registerExportDigest } from "./ui/exportDigest";
import { registerCodeLens, registerExplorerBadges, registerStatusBar } from "./ui/fileSurfaces";
import { Followed } from "./ui/followed";
import { OpenTrees } from "./ui/openTrees";
import { registerPathHover } from "./ui/pathHover";
import { registerSeriesCommands } from "./ui/seriesCommands";
import { registerSeriesPanel } from "./ui/seriesPanel";
import { registerSeriesTree } from "./ui/seriesTree";
import { registerSync } from "./ui/sync";
import { SyncProgress } from "./ui/syncProgress";
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
  const arrivals = new Arrivals(context.globalState);
  const progress = new SyncProgress();
  const storage = context.globalStorageUri.fsPath;
  const archives = new Archives({ library, arrivals, progress, log, storage, engine: archiveEngine(context) });
  const isArchive = (path: string): boolean => !["digest", "unknown", "absent"].includes(detectSource(path));
  const parts = { library, trees, followed, arrivals, progress, active, log };
  context.subscriptions.push(
    log,
    library,
    trees,
    followed,
    arrivals,
    progress,
    active,
    registerSeriesTree({ ...parts, state: context.workspaceState }),
    registerThisFileTree(parts),
    registerSeriesPanel({ ...parts, extensionUri: context.extensionUri }),
    registerSeriesCommands(parts),
    registerExplorerBadges(parts),
    registerStatusBar(parts),
    registerCodeLens(parts),
    registerPathHover(library, trees),
    registerExportDigest({ library, archives, trees, log, state: context.globalState }),
    registerAddSource(log),
    registerCorrections({ library, log, storage, apply: (corrections) => archives.correct(corrections) }),
    registerSync({ library, archives, progress, trees, log, sourceOf, isArchive }),
  );
  // The views are up before the first file is read; a whole kernel's list of files takes a second.
  void trees.read();
}

/** What archives need is loaded with the first one, so that a window without any starts as fast as it can. */
function archiveEngine(context: vscode.ExtensionContext): ArchiveEngine {
  return {
    async openSeries(options) {
      if (!isBuiltin("node:sqlite")) return null;
      const { ArchiveSeries } = await import("./index/archiveSeries.js");
      return new ArchiveSeries(options);
    },
    async startIndexer() {
      const { startIndexer } = await import("./index/indexer.js");
      return startIndexer(vscode.Uri.joinPath(context.extensionUri, "dist", "indexWorker.js").fsPath);
    },
    readRange(folder, ends, binary) {
      const kind = detectSource(folder);
      if (kind === "mbox" || kind === "maildir" || kind === "mail-folder" || kind === "mail") return rangeOfMailFile(kind, folder, ends);
      return rangeOfArchive(folder, ends, { run: archiveGit(binary), binary });
    },
    async fetch(url, { git, storage, months, signal, progress }) {
      const { fetchArchive } = await import("./sources/remote.js");
      const { folder, problems } = await fetchArchive(url, {
        storage,
        months,
        git,
        signal,
        progress: ({ sentence, percent }) => progress(percent === null ? sentence : `${sentence} (${percent} %)`),
      });
      return { folder: findEpochs(folder).length > 0 ? folder : null, problems };
    },
  };
}
