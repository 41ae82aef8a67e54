import { isBuiltin } from "node:module";
import * as vscode from "vscode";
import { Library } from "./index/library";
import { makeDigestReader } from "./sources/digestFile";
import { detectSource } from "./sources/detect";
import { ActiveFile } from "./ui/activeFile";
import { registerApplyCommands } from "./ui/apply/applyCommands";
import { ApplyStates } from "./ui/apply/applyStates";
import { registerAddSource } from "./ui/sources/addSource";
import { registerApplyProgress } from "./ui/apply/applyProgress";
import { registerApplySeries } from "./ui/apply/applySeries";
import { Archives, type ArchiveEngine } from "./ui/sources/archives";
import { Arrivals } from "./ui/sources/arrivals";
import { registerCorrections } from "./ui/sources/corrections";
import { registerExportDigest } from "./ui/export/exportDigest";
import { registerCodeLens, registerExplorerBadges, registerStatusBar } from "./ui/views/fileSurfaces";
import { registerFailingPatch } from "./ui/apply/failingPatch";
import { Followed } from "./ui/views/followed";
import { Collisions, registerCollisionStatus } from "./ui/lines/collisions";
import { LoadedMails } from "./ui/sources/loadedMails";
import { MovedFiles } from "./ui/movedFiles";
import { OpenTrees } from "./ui/openTrees";
import { registerFunctionLenses } from "./ui/lines/functionLenses";
import { HeadMoves } from "./ui/apply/headMoves";
import { registerLineCommands } from "./ui/lines/lineCommands";
import { registerLineHover } from "./ui/lines/lineHover";
import { registerLineMarks } from "./ui/lines/lineMarks";
import { PendingChanges } from "./ui/lines/pendingChanges";
import { registerPathHover } from "./ui/views/pathHover";
import { registerPreviewTree } from "./ui/preview/previewTree";
import { registerSaveMbox } from "./ui/apply/saveMbox";
import { ProofDocuments } from "./ui/lines/proofDocuments";
import { registerSeriesCommands } from "./ui/seriesCommands";
import { SeriesNeeds } from "./ui/apply/seriesNeeds";
import { PageInFront } from "./ui/pageInFront";
import { registerSeriesPanel } from "./ui/page/seriesPanel";
import { registerSeriesTree } from "./ui/views/seriesTree";
import { registerShowCollisions } from "./ui/lines/showCollisions";
import { registerListUntaken } from "./ui/sources/listUntaken";
import { registerSync } from "./ui/sources/sync";
import { SyncProgress } from "./ui/sources/syncProgress";
import { registerThisFileTree } from "./ui/views/thisFileTree";

/** Builds the parts and hands each what it uses. */
export function activate(context: vscode.ExtensionContext): void {
  const log = vscode.window.createOutputChannel("KVM Series", { log: true });
  const library = new Library();
  const front = new PageInFront(library);
  const trees = new OpenTrees(log);
  const followed = new Followed(context.globalState, library);
  const reader = makeDigestReader();
  const sourceOf = (path: string) => ({ name: path, read: (signal: AbortSignal) => reader.read(path, signal) });
  const arrivals = new Arrivals(context.globalState);
  const progress = new SyncProgress();
  const storage = context.globalStorageUri.fsPath;
  const engine = checkout;
  const headMoves = new HeadMoves(trees);
  const moved = new MovedFiles({ library, trees, headMoves, engine, storage, log });
  const active = new ActiveFile(library, trees, moved);
  const archives = new Archives({ library, arrivals, progress, log, storage, engine: archiveEngine(context, () => applies.checkSoon()) });
  const isArchive = (path: string): boolean => !["digest", "diff", "unknown", "absent"].includes(detectSource(path));
  const mails = new LoadedMails(library);
  const pending = new PendingChanges({
    library,
    trees,
    moved,
    active,
    mails,
    log,
    readBlobs: async (...asked) => (await engine()).readBlobs(...asked),
  });
  const collisions = new Collisions({ active, trees, headMoves, mails, engine, log });
  const needs = new SeriesNeeds({ library, trees, engine });
  const proofs = new ProofDocuments();
  const applies = new ApplyStates({ library, trees, moved, headMoves, log, engine, needs, storage, state: context.workspaceState });
  const apply = registerApplyProgress({ trees, log, engine });
  const { extensionUri } = context;
  const parts = {
    library,
    front,
    trees,
    moved,
    followed,
    arrivals,
    progress,
    active,
    mails,
    pending,
    collisions,
    applies,
    engine,
    needs,
    proofs,
    extensionUri,
    log,
  };
  context.subscriptions.push(
    log,
    library,
    trees,
    moved,
    followed,
    arrivals,
    progress,
    active,
    pending,
    headMoves,
    collisions,
    applies,
    proofs,
    registerSeriesTree({ ...parts, state: context.workspaceState }),
    registerThisFileTree(parts),
    registerSeriesPanel(parts),
    registerSeriesCommands(parts),
    registerApplyCommands(parts),
    registerExplorerBadges(parts),
    registerStatusBar(parts),
    registerCodeLens(parts),
    registerCollisionStatus(parts),
    registerShowCollisions(parts),
    registerPathHover(moved, trees),
    registerLineMarks(parts),
    registerLineHover(pending, applies),
    registerLineCommands(parts),
    registerFunctionLenses(pending),
    registerExportDigest({ library, archives, trees, log, state: context.globalState }),
    registerAddSource(log),
    registerListUntaken(archives, log),
    registerCorrections({ library, front, log, storage, apply: (corrections, problems) => archives.correct(corrections, problems) }),
    apply,
    registerApplySeries({ ...parts, ended: apply.ended, changed: apply.refresh }),
    registerFailingPatch(),
    registerSaveMbox(parts),
    registerPreviewTree(parts),
    registerSync({ library, archives, progress, trees, log, sourceOf, isArchive }),
  );
  // The views are up before the first file is read; a whole kernel's list of files takes a second.
  void trees.read();
}

/** What asks git about the checkout is loaded when it is asked first. */
function checkout(): Promise<typeof import("./worktreeEngine.js")> {
  return import("./worktreeEngine.js");
}

/**
 * What archives need is loaded with the first one, so that a window without any starts as fast as it can.
 *
 * @param rested called when the full text has been filled, in which the patches are found that series name by their ids
 */
function archiveEngine(context: vscode.ExtensionContext, rested: () => void): ArchiveEngine {
  const load = () => import("./archiveEngine.js");
  const worker = vscode.Uri.joinPath(context.extensionUri, "dist", "indexWorker.js").fsPath;
  return {
    openSeries: async (options) => (isBuiltin("node:sqlite") ? (await load()).openSeries(options) : null),
    startIndexer: async () => (await load()).startIndexing(worker, rested),
    readRange: async (folder, ends, binary) => (await load()).readRange(folder, ends, binary),
    fetch: async (url, options) => (await load()).fetchMirror(url, options),
  };
}
