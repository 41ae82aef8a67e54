/** The sources of the settings: read by command, added and removed; and the list of mails with a diff outside any series. */
import { basename, dirname } from "node:path";
import * as vscode from "vscode";
import { HumanError } from "../core/humanError";
import type { Archives } from "../engines/archives";
import { isAddress } from "../engines/settings";
import type { Sync, WatchedFiles } from "../engines/sync";
import { plural } from "../render/labels";
import { untakenText } from "../render/seriesText";
import { afterActivation, registerCommand, setContext } from "./commands";
import { addSources, changeSetting, onDidChangeSettings, readSettings, removeSource } from "./settings";

/** Registers the commands of a sync, begins it once the extension is active, and keeps the context keys of its state. */
export function registerSync(sync: Sync, log: vscode.LogOutputChannel): vscode.Disposable {
  return vscode.Disposable.from(
    afterActivation(() => sync.begin()),
    sync.onDidChange(() => {
      setContext("state", sync.state);
      setContext("syncing", sync.isRunning);
    }),
    onDidChangeSettings((changed) => sync.settingsChanged(changed)),
    vscode.workspace.onDidGrantWorkspaceTrust(() => sync.syncInBackground()),
    registerCommand(log, "kvmSeries.sync", () => sync.sync()),
    registerCommand(log, "kvmSeries.stopSync", () => sync.stop()),
  );
}

/** Shows the progress bar of the view Series while something runs. */
export function showingProgress(run: () => Promise<void>): Thenable<void> {
  return vscode.window.withProgress({ location: { viewId: "kvmSeries.series" } }, run);
}

/** Calls back when one of some files is changed, made or deleted. */
export function watchFiles({ folder, glob }: WatchedFiles, changed: () => void): vscode.Disposable {
  const watcher = vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(vscode.Uri.file(folder), glob));
  return vscode.Disposable.from(watcher, watcher.onDidChange(changed), watcher.onDidCreate(changed), watcher.onDidDelete(changed));
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

/** Asks how much mail to keep of lists given by address; the next sync fetches it. */
async function fetchOlderMail(): Promise<void> {
  const { sources, archiveMonths } = readSettings();
  if (!sources.some(isAddress))
    throw new HumanError("No source is the address of a list, so there is nothing to fetch. Add one with “KVM Series: Add Archive...”.");
  const steps = [6, 12, 24, 60].filter((months) => archiveMonths !== null && months > archiveMonths);
  if (archiveMonths === null) throw new HumanError("All mail of the lists has already been fetched.");
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
      return "An address begins with https:// and ends with the list, such as https://lore.kernel.org/kvm/.";
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
            { title: "KVM Series: Remove Archive", placeHolder: "Stop reading which source? Its files are not deleted." },
          )
        )?.path;
  if (path !== undefined) await removeSource(path);
}

// The list of mails whose diffs are not in any series: suggestions in replies, and whatever else is not a patch.

export function registerListUntaken(archives: Archives, log: vscode.LogOutputChannel): vscode.Disposable {
  return registerCommand(log, "kvmSeries.listUntaken", async () => {
    const { series } = archives;
    if (!series) throw new HumanError("No archive was read yet; add one with “KVM Series: Add Archive...”, or wait until it is read.");
    const content = untakenText(series.untaken());
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ content }));
  });
}
