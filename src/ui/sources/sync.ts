/** Reads the sources of the settings into the library: on start, by command, at intervals, and when one of them changes on disk. */
import { basename, dirname, join } from "node:path";
import * as vscode from "vscode";
import type { Library, Source } from "../../index/library";
import { afterActivation } from "../afterActivation";
import type { Archives } from "./archives";
import { registerCommand, setContext } from "../commands";
import type { OpenTrees } from "../openTrees";
import { isAddress, onDidChangeSettings, readSettings } from "../settings";
import type { SyncProgress } from "./syncProgress";

/** A program that writes a digest or fetches mail does so in several steps; reading waits until it is quiet for so long. */
const quietMilliseconds = 300;

/** How often what other windows wrote is looked for; it costs microseconds. */
const noticeMilliseconds = 3000;

export interface SyncParts {
  readonly library: Library;
  readonly archives: Archives;
  readonly progress: SyncProgress;
  readonly trees: OpenTrees;
  readonly log: vscode.LogOutputChannel;
  /** Makes the digest source for a path of the settings. */
  readonly sourceOf: (path: string) => Source;
  /** Whether a path of the settings is an archive of mail and no digest. */
  readonly isArchive: (path: string) => boolean;
}

export function registerSync({ library, archives, progress, trees, log, sourceOf, isArchive }: SyncParts): vscode.Disposable {
  let watchers = vscode.Disposable.from();
  let quiet: NodeJS.Timeout | undefined;
  let interval: NodeJS.Timeout | undefined;

  let running = 0;
  const showState = (): void => {
    setContext("state", stateOf(library, running > 0));
    setContext("syncing", running > 0);
  };

  const sync = async (): Promise<void> => {
    const { sources } = readSettings();
    running++;
    showState();
    const ofMail = sources.filter((source) => isAddress(source) || isArchive(source));
    try {
      await vscode.window.withProgress({ location: { viewId: "kvmSeries.series" } }, async () => {
        const digests = library.sync(sources.filter((source) => !ofMail.includes(source)).map(sourceOf));
        await Promise.all([digests, archives.sync(ofMail)]);
      });
    } finally {
      running--;
      if (running === 0) progress.set("");
      showState();
    }
    for (const { source, message } of library.problems) log.warn(`${source}: ${message}`);
    log.info(`${library.series.length} series from ${library.digests.length} digests and ${ofMail.length} archives`);
  };
  const soon = (): void => {
    clearTimeout(quiet);
    quiet = setTimeout(() => void sync(), quietMilliseconds);
  };
  const watch = (): void => {
    watchers.dispose();
    const patterns = readSettings()
      .sources.filter((source) => !isAddress(source))
      .flatMap(watchedPatterns);
    watchers = vscode.Disposable.from(
      ...patterns.flatMap((pattern) => {
        const watcher = vscode.workspace.createFileSystemWatcher(pattern);
        return [watcher, watcher.onDidChange(soon), watcher.onDidCreate(soon), watcher.onDidDelete(soon)];
      }),
    );
  };
  const repeat = (): void => {
    clearInterval(interval);
    const { syncMinutes } = readSettings();
    if (syncMinutes > 0) interval = setInterval(() => void sync(), syncMinutes * 60_000);
  };
  const surround = (): void => {
    const surroundings = { rules: readSettings().subsystems, trees: trees.trees };
    library.surround(surroundings);
    void archives.surround(surroundings);
  };
  const notice = setInterval(() => void archives.noticeOthers(), noticeMilliseconds);

  return vscode.Disposable.from(
    afterActivation(() => {
      surround();
      watch();
      repeat();
      void sync();
    }),
    {
      dispose() {
        watchers.dispose();
        clearTimeout(quiet);
        clearInterval(interval);
        clearInterval(notice);
        void archives.dispose();
      },
    },
    library.onDidChange(showState),
    trees.onDidChange(surround),
    onDidChangeSettings((changed) => {
      if (changed("subsystems")) surround();
      if (changed("syncMinutes")) repeat();
      if (changed("sources")) watch();
      if (changed("sources") || changed("archiveMonths") || changed("gitPath")) void sync();
    }),
    vscode.workspace.onDidGrantWorkspaceTrust(() => void sync()),
    registerCommand(log, "kvmSeries.sync", sync),
    registerCommand(log, "kvmSeries.stopSync", () => {
      archives.stop();
      return Promise.resolve();
    }),
  );
}

/** What changes when a source does. Whether it is a file or a folder may change, and what does not exist raises no event. */
function watchedPatterns(path: string): vscode.RelativePattern[] {
  const below = (...names: string[]): vscode.Uri => vscode.Uri.file(join(path, ...names));
  return [
    new vscode.RelativePattern(vscode.Uri.file(dirname(path)), basename(path)),
    new vscode.RelativePattern(below(), "{*.txt,*.eml,*.patch,*.mbox,*.gz,packed-refs}"),
    // A repository or the newest epochs of one: where git notes what it fetched.
    new vscode.RelativePattern(below("refs", "heads"), "*"),
    new vscode.RelativePattern(below("git"), "*/{packed-refs,refs/heads/*}"),
    new vscode.RelativePattern(below("new"), "*"),
  ];
}

/** What the views' welcome texts ask for. */
function stateOf(library: Library, isRunning: boolean): string {
  if (readSettings().sources.length === 0) return "noSources";
  if (library.series.length > 0) return "ready";
  return library.synced && !isRunning ? "empty" : "syncing";
}
