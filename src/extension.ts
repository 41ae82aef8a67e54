import { isBuiltin } from "node:module";
import { join } from "node:path";
import * as vscode from "vscode";
import { ActiveFile } from "./engines/activeFile";
import { ApplySession } from "./engines/applyProgress";
import { ApplyStates } from "./engines/applyStates";
import { type ArchiveEngine, Archives, SyncProgress } from "./engines/archives";
import { Clashes } from "./engines/clashes";
import { Corrections } from "./engines/corrections";
import { Collisions } from "./engines/collisions";
import { RangeExport } from "./engines/exportRange";
import { LandedStates } from "./engines/landedStates";
import { MovedFiles } from "./engines/movedFiles";
import { HeadMoves, OpenTrees } from "./engines/openTrees";
import { PendingChanges } from "./engines/pendingChanges";
import { inBackground, systemClock as clock } from "./engines/ports";
import { SeriesNeeds } from "./engines/seriesNeeds";
import { PageInFront } from "./engines/seriesPages";
import { Sync } from "./engines/sync";
import { TreeFilter } from "./engines/treeFilter";
import { Arrivals, Followed } from "./engines/unread";
import { lookInThread } from "./library/landedThread";
import { Library } from "./library/library";
import { LoadedMails } from "./library/loadedMails";
import { detectSource } from "./sources/detect";
import { makeDigestReader } from "./sources/digestFile";
import { registerApplyCommands } from "./ui/applyCommands";
import { conflictEditors, registerApplyProgress } from "./ui/applyProgress";
import { registerApplySeries, registerSaveMbox } from "./ui/applySeries";
import { ProofDocuments, registerCollisionStatus, registerShowCollisions } from "./ui/collisions";
import { registerShowClashes } from "./ui/clashes";
import { registerCommand } from "./ui/commands";
import { registerCorrections } from "./ui/corrections";
import { registerCodeLens, registerExplorerBadges, registerPathHover, registerStatusBar } from "./ui/fileSurfaces";
import { registerLineCommands } from "./ui/lineCommands";
import { registerLineCommentsLater } from "./ui/lineCommentsLater";
import { registerFunctionLenses, registerLineHover, registerLineMarks } from "./ui/lineMarks";
import { registerPreviewTree } from "./ui/preview";
import { registerSeriesCommands } from "./ui/seriesCommands";
import { registerSeriesPanelsLater } from "./ui/seriesPanelsLater";
import { registerSeriesTree, registerThisFileTree } from "./ui/seriesViews";
import { readSettings, settingsChanged } from "./ui/settings";
import { registerAddSource, registerListUntaken, registerSync, showingProgress, watchFiles } from "./ui/sources";
import {
  gitOfWindow as git,
  onDidFocusWindow,
  windowDocuments as documents,
  windowEditors as editors,
  windowFolders as workspace,
} from "./ui/workspace";

/** Ends the parts that need time to end: see `deactivate`. */
let end = (): Promise<void> => Promise.resolve();

/** Builds the parts and hands each the parts it uses. */
export function activate(context: vscode.ExtensionContext): void {
  const log = vscode.window.createOutputChannel("KVM Series", { log: true });
  const library = new Library();
  const front = new PageInFront(library);
  const trees = new OpenTrees({ workspace, git, log });
  const followed = new Followed(context.globalState, library);
  const reader = makeDigestReader();
  const sourceOf = (path: string) => ({ name: path, read: (signal: AbortSignal) => reader.read(path, signal) });
  const arrivals = new Arrivals(context.globalState);
  const progress = new SyncProgress();
  const storage = context.globalStorageUri.fsPath;
  const engine = checkout;
  const headMoves = new HeadMoves({ trees, workspace, log });
  const moved = new MovedFiles({
    library,
    trees,
    git,
    engine,
    storage,
    clock,
    log,
    again: [headMoves.onDidMove, workspace.onDidGrantTrust],
  });
  const active = new ActiveFile({ library, trees, moved, documents, editors, clock });
  const settings = readSettings;
  const archives = new Archives({
    library,
    arrivals,
    progress,
    log,
    clock,
    storage,
    settings,
    engine: archiveEngine(context, () => applies.checkSoon()),
    inView: () => documents.visible.flatMap(({ uri }) => trees.locate(uri)?.path ?? []),
  });
  end = () => archives.dispose();
  const isArchive = (path: string): boolean => !["digest", "diff", "unknown", "absent"].includes(detectSource(path));
  const corrections = new Corrections({
    file: () => settings().corrections ?? join(storage, "corrections.txt"),
    watch: watchFiles,
    async apply(made, problems) {
      await Promise.all([library.correct(made), archives.correct(made, problems)]);
    },
    log,
  });
  const filter = new TreeFilter({
    library,
    search: (words, signal) => library.searchSoon(words, signal),
    keeps: (series) => followed.isUnread(series),
    clock,
    log,
  });
  const ranges = new RangeExport({ archives, storage: context.globalState, log });
  const sync = new Sync({
    library,
    archives,
    progress,
    trees,
    log,
    clock,
    settings,
    watch: watchFiles,
    showing: showingProgress,
    sourceOf,
    isArchive,
  });
  const mails = new LoadedMails(library);
  const pending = new PendingChanges({
    documents,
    touching: (uri) => active.touching(uri),
    topOf: (uri) => trees.topOf(uri),
    mails,
    readBlobs: async (...asked) => (await engine()).readBlobTexts(...asked),
    git,
    clock,
    log,
    again: [(listener) => library.onDidChange(() => listener(undefined)), trees.onDidChange, moved.onDidChange],
  });
  const collisions = new Collisions({
    active,
    documents,
    topOf: (uri) => trees.topOf(uri),
    mails,
    git,
    engine,
    clock,
    log,
    again: [headMoves.onDidMove, onDidFocusWindow],
  });
  const needs = new SeriesNeeds({ library, trees, git, engine });
  const proofs = new ProofDocuments();
  const applies = new ApplyStates({
    library,
    trees,
    moved,
    needs,
    git,
    engine,
    storage: context.workspaceState,
    cacheFile: join(storage, "applies.json"),
    isWanted: () => readSettings().checkApplies,
    onDidChangeWish: settingsChanged("checkApplies"),
    clock,
    log,
    // A commit may be made elsewhere without a change of a file that is watched, so HEAD is asked for again when the person comes
    // back; everything else is remembered.
    again: [headMoves.onDidMove, workspace.onDidGrantTrust, onDidFocusWindow, settingsChanged("gitPath")],
  });
  const clashes = new Clashes({
    library,
    trees,
    applies,
    needs,
    git,
    claims: claimReading,
    engine,
    clock,
    log,
    again: [headMoves.onDidMove, workspace.onDidGrantTrust],
  });
  const landed = new LandedStates({
    library,
    trees,
    moved,
    git,
    engine,
    look: lookInThread(distFile(context, "landedWorker.js")),
    storage,
    isWanted: () => readSettings().checkLanded,
    onDidChangeWish: settingsChanged("checkLanded"),
    clock,
    log,
    // A push and a fetch of some tools write no file that is watched; where no ref changed there is nothing to look for.
    again: [headMoves.onDidMove, workspace.onDidGrantTrust, onDidFocusWindow, settingsChanged("gitPath")],
  });
  const session = new ApplySession({ trees, git, engine, watch: watchFiles, editors: conflictEditors, log });
  const apply = registerApplyProgress({ trees, session, log });
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
    clashes,
    landed,
    engine,
    needs,
    proofs,
    comments,
    extensionUri,
    log,
  };
  context.subscriptions.push(
    library,
    trees,
    moved,
    followed,
    arrivals,
    progress,
    sync,
    corrections,
    filter,
    active,
    pending,
    headMoves,
    collisions,
    applies,
    clashes,
    landed,
    proofs,
    registerSeriesTree({ ...parts, filter, state: context.workspaceState }),
    registerThisFileTree(parts),
    registerSeriesPanelsLater({ ...parts, commitText: async (...asked) => (await engine()).commitText(...asked) }, pages),
    registerSeriesCommands(parts),
    registerApplyCommands(parts),
    registerExplorerBadges(parts),
    registerStatusBar(parts),
    registerCodeLens(parts),
    registerCollisionStatus(parts),
    registerShowCollisions(parts),
    registerShowClashes(parts),
    registerPathHover(moved, trees),
    registerLineMarks(parts),
    registerLineHover(pending, applies),
    registerLineCommentsLater(parts, lineComments),
    registerLineCommands(parts),
    registerFunctionLenses(pending),
    registerCommand(log, "kvmSeries.exportDigest", async () => (await exporting()).exportDigest({ library, trees, ranges, log })),
    registerAddSource(log),
    registerListUntaken(archives, log),
    registerCorrections({ library, front, corrections, log }),
    session,
    apply,
    registerApplySeries({ ...parts, ended: apply.ended, changed: () => session.refresh() }),
    registerSaveMbox(parts),
    registerPreviewTree(parts),
    registerSync(sync, log),
    // The log comes last, since the other parts may still write to it when they end.
    log,
  );
  // The views are shown before the first file is read; a whole kernel's list of files takes a second.
  inBackground(log, () => trees.read());
}

/** VS Code waits for this before the window closes. Everything else is in the subscriptions, which it disposes afterwards. */
export function deactivate(): Promise<void> {
  return end();
}

/** The code that asks git about the checkout is loaded at the first question. */
function checkout(): Promise<typeof import("./checkout/checkoutEngine.js")> {
  return import("./checkout/checkoutEngine.js");
}

/** The code that reads claims is loaded when there are patches. */
function claimReading(): Promise<typeof import("./library/clashes.js")> {
  return import("./library/clashes.js");
}

/** The code that shows comments on lines is loaded with the first file or patch that may have any. */
function lineComments(): Promise<typeof import("./ui/lineComments.js")> {
  return import("./ui/lineComments.js");
}

/** The code behind the pages of series is loaded with the first page. */
function pages(): Promise<typeof import("./ui/seriesPanel.js")> {
  return import("./ui/seriesPanel.js");
}

/** What reads the comments of replies is loaded with the first revision that has replies. */
function comments(): Promise<typeof import("./library/revisionComments.js")> {
  return import("./library/revisionComments.js");
}

/** The code that writes digests is loaded with the first export. */
function exporting(): Promise<typeof import("./ui/exportDigest.js")> {
  return import("./ui/exportDigest.js");
}

/** A file that ships with the extension. */
function distFile({ extensionUri }: vscode.ExtensionContext, name: string): string {
  return vscode.Uri.joinPath(extensionUri, "dist", name).fsPath;
}

/**
 * The code for archives is loaded with the first one, so that a window without any starts as fast as it can.
 *
 * @param rested called when the full text has been filled, which finds the patches that series name by their ids
 */
function archiveEngine(context: vscode.ExtensionContext, rested: () => void): ArchiveEngine {
  const load = () => import("./engines/archiveEngine.js");
  const script = (name: string): string => distFile(context, name);
  return {
    openSeries: async (options) => (isBuiltin("node:sqlite") ? (await load()).openSeries(options, script("searchWorker.js")) : null),
    startIndexer: async () => (await load()).startIndexing(script("indexWorker.js"), rested),
    readRange: async (folder, ends, binary) => (await load()).readRange(folder, ends, binary),
    fetch: async (url, options) => (await load()).fetchMirror(url, options),
  };
}
