/** The sources of the settings: added and removed, and read on start, by command, at intervals, and when one of them changes on disk. */
import { basename, dirname, join } from "node:path";
import * as vscode from "vscode";
import { HumanError } from "../core/humanError";
import { singleProblems } from "../core/series/problems";
import type { Library, Source } from "../library/library";
import { plural } from "../render/labels";
import { untakenText } from "../render/seriesText";
import type { Archives, SyncProgress } from "./archives";
import { afterActivation, registerCommand, setContext } from "./commands";
import { addSources, changeSetting, isAddress, onDidChangeSettings, readSettings, removeSource } from "./settings";
import type { OpenTrees } from "./workspace";

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
    for (const { source, message } of singleProblems(library.problems)) log.warn(`${source}: ${message}`);
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

// Adding and removing what is read: archives, digests, addresses of lists.

export function registerAddSource(log: vscode.LogOutputChannel): vscode.Disposable {
  return vscode.Disposable.from(
    registerCommand(log, "kvmSeries.addArchive", addArchive),
    registerCommand(log, "kvmSeries.removeArchive", (node) => pickAndRemove(node)),
    registerCommand(log, "kvmSeries.fetchOlderMail", fetchOlderMail),
  );
}

type Choice = vscode.QuickPickItem & { readonly what: "url" | "folder" | "files" };

async function addArchive(): Promise<void> {
  const choices: Choice[] = [
    {
      label: "$(globe) Address of a List...",
      detail: "Such as https://lore.kernel.org/kvm/; it is fetched with git and kept up to date",
      what: "url",
    },
    {
      label: "$(folder) Archive or Folder...",
      detail: "A public-inbox clone, a maildir, or a folder of mails or digests",
      what: "folder",
    },
    { label: "$(file) Files...", detail: "Digests, oldest first, mbox files (.gz too) or single mails", what: "files" },
  ];
  const choice = await vscode.window.showQuickPick(choices, { title: "KVM Series: Add Archive", placeHolder: "What do you want to add?" });
  if (!choice) return;
  if (choice.what === "url") {
    const address = await askAddress();
    if (address !== undefined) await addSources([address]);
    return;
  }
  const isFolder = choice.what === "folder";
  const picked = await vscode.window.showOpenDialog({
    canSelectFiles: !isFolder,
    canSelectFolders: isFolder,
    canSelectMany: true,
    openLabel: "Add",
    title: isFolder ? "Add an archive or a folder" : "Add digests or mail files",
    ...(isFolder ? {} : { filters: { "Digests and mail": ["txt", "mbox", "gz", "eml", "patch"], "All files": ["*"] } }),
  });
  if (picked) await addSources(picked.map(({ fsPath }) => fsPath).sort());
}

/** Asks how far back lists that are given by their addresses shall reach; the next sync fetches it. */
async function fetchOlderMail(): Promise<void> {
  const { sources, archiveMonths } = readSettings();
  if (!sources.some(isAddress))
    throw new HumanError("No list is given by its address, so there is nothing to fetch; add one with “KVM Series: Add Archive...”.");
  const steps = [6, 12, 24, 60].filter((months) => archiveMonths !== null && months > archiveMonths);
  if (archiveMonths === null) throw new HumanError("All mail of the lists is fetched already.");
  const items = [
    ...steps.map((months) => ({ label: months < 24 ? `${months} Months` : `${months / 12} Years`, months })),
    { label: "All Mail", months: 0 },
  ];
  const placeHolder = `How far back, counted from the newest mail? It is ${plural(archiveMonths, "month")} now.`;
  const picked = await vscode.window.showQuickPick(items, { title: "KVM Series: Fetch Older Mail", placeHolder });
  if (picked) await changeSetting("archiveMonths", picked.months);
}

async function askAddress(): Promise<string | undefined> {
  const address = await vscode.window.showInputBox({
    title: "KVM Series: Add Archive",
    prompt: "Address of the list's public-inbox archive",
    placeHolder: "https://lore.kernel.org/kvm/",
    ignoreFocusOut: true,
    validateInput: (value) => {
      if (/^https?:\/\/[^\s/]+\/\S+$/i.test(value.trim())) return undefined;
      return "An address begins with https:// and names the list, such as https://lore.kernel.org/kvm/.";
    },
  });
  return address?.trim();
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
            { title: "KVM Series: Remove Archive", placeHolder: "Which one shall no longer be read? The files themselves stay." },
          )
        )?.path;
  if (path !== undefined) await removeSource(path);
}

// The list of mails whose diffs are in no series: what people suggested in answers, and whatever else is no patch.

export function registerListUntaken(archives: Archives, log: vscode.LogOutputChannel): vscode.Disposable {
  return registerCommand(log, "kvmSeries.listUntaken", async () => {
    const { series } = archives;
    if (!series) throw new HumanError("No archive was read yet; add one with “KVM Series: Add Archive...”, or wait until it is read.");
    const content = untakenText(series.untaken());
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ content }));
  });
}
