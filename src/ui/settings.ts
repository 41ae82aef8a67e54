/** The settings of the extension: the only place that names their section. */
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute } from "node:path";
import * as vscode from "vscode";
import type { Event } from "../engines/ports";
import { expandPath, parseGitPath, parseListUrls, parseSubsystemRules, type Settings, stringsOf } from "../engines/settings";

const section = "kvmSeries";

/** The settings of the window as a whole; without the null VS Code logs a warning at each reading. */
function ownConfiguration(): vscode.WorkspaceConfiguration {
  return vscode.workspace.getConfiguration(section, null);
}

/** The settings, each read at the moment of use. A value of the wrong type counts as not set. */
export function readSettings(): Settings {
  const configuration = ownConfiguration();
  const flag = (name: string): boolean => configuration.get<unknown>(name) === true;
  const text = (name: string, otherwise: string): string => {
    const value = configuration.get<unknown>(name);
    return typeof value === "string" && value.trim() ? value.trim() : otherwise;
  };
  const amount = (name: string, otherwise: number): number => {
    const value = configuration.get<unknown>(name);
    return typeof value === "number" && value >= 0 ? value : otherwise;
  };
  return {
    get sources() {
      return [...new Set(sourcePlaces().flatMap(({ named, folder }) => named.map((path) => expanded(path, folder))))];
    },
    get sourcesOf() {
      return sourcePlaces().some(({ target }) => target !== vscode.ConfigurationTarget.Global) ? "workspace" : "user";
    },
    get syncMinutes() {
      return amount("syncMinutes", 30);
    },
    get archiveMonths() {
      return amount("archiveMonths", 6) || null;
    },
    get corrections() {
      const named = [{ path: text("corrections", ""), folder: firstFolder() }, ...folderValues("corrections")];
      const found = named.find(({ path }) => typeof path === "string" && path.trim() !== "");
      return typeof found?.path === "string" ? expanded(found.path, found.folder) : null;
    },
    get listName() {
      return text("listName", "KVM");
    },
    get listUrls() {
      return parseListUrls(configuration.get<unknown>("listUrl"));
    },
    get subsystems() {
      return parseSubsystemRules(configuration.get<unknown>("subsystems"));
    },
    get explorerBadges() {
      return flag("explorerBadges");
    },
    get statusBar() {
      return flag("statusBar");
    },
    get pathHovers() {
      return flag("pathHovers");
    },
    get lineMarks() {
      return flag("lineMarks");
    },
    get lineHovers() {
      return flag("lineHovers");
    },
    get lineComments() {
      return flag("lineComments");
    },
    get codeLens() {
      return flag("codeLens");
    },
    get checkApplies() {
      return flag("checkApplies");
    },
    get checkLanded() {
      return flag("checkLanded");
    },
    get addTrailers() {
      const named = text("addTrailers", "all");
      return named === "none" || named === "replies" ? named : "all";
    },
    get trailersFromElsewhere() {
      return flag("trailersFromElsewhere");
    },
    get gitPath() {
      return parseGitPath(vscode.workspace.getConfiguration("git", null).get<unknown>("path"), isProgram);
    },
  };
}

/** The name of a setting that differs from the name of the property read from it. */
const settingNames: Partial<Record<keyof Settings, string>> = {
  gitPath: "git.path",
  listUrls: `${section}.listUrl`,
  sourcesOf: `${section}.sources`,
};

function settingOf(name: keyof Settings): string {
  return settingNames[name] ?? `${section}.${name}`;
}

/** Calls the listener after each change of one of our settings or of `git.path`. */
export function onDidChangeSettings(listener: (changed: (name: keyof Settings) => boolean) => void): vscode.Disposable {
  return vscode.workspace.onDidChangeConfiguration((event) => {
    const changed = (name: keyof Settings): boolean => event.affectsConfiguration(settingOf(name));
    if (event.affectsConfiguration(section) || event.affectsConfiguration("git.path")) listener(changed);
  });
}

/** An event that fires when one of the given settings changes. */
export function settingsChanged(...names: ReadonlyArray<keyof Settings>): Event<void> {
  return (listener) =>
    onDidChangeSettings((changed) => {
      if (names.some(changed)) listener();
    });
}

/** Adds sources to the workspace's settings when those have sources, else to the user's. */
export async function addSources(paths: readonly string[]): Promise<void> {
  const [own] = sourcePlaces();
  const all = readSettings().sources;
  const added = paths.filter((path) => !all.includes(path));
  await ownConfiguration().update("sources", [...own.named, ...added], own.target);
}

/** Changes a setting for all windows. */
export async function changeSetting(name: "archiveMonths" | "lineMarks", value: number | boolean): Promise<void> {
  await ownConfiguration().update(name, value, vscode.ConfigurationTarget.Global);
}

/** Takes a source out of the settings that name it; the file itself is not touched. */
export async function removeSource(path: string): Promise<void> {
  for (const { named, folder, target } of sourcePlaces()) {
    const kept = named.filter((source) => expanded(source, folder) !== path);
    if (kept.length === named.length) continue;
    const scope = target === vscode.ConfigurationTarget.WorkspaceFolder ? (folder?.uri ?? null) : null;
    await vscode.workspace.getConfiguration(section, scope).update("sources", kept, target);
  }
}

/** Settings that name sources, and the folder to which the paths in them are relative. */
interface SourcePlace {
  readonly named: readonly string[];
  readonly folder: vscode.WorkspaceFolder | undefined;
  readonly target: vscode.ConfigurationTarget;
}

/** First the settings of the workspace, or of the user if it has none; then those of single folders. */
function sourcePlaces(): [SourcePlace, ...SourcePlace[]] {
  const configuration = ownConfiguration();
  const isOfWorkspace = configuration.inspect<unknown>("sources")?.workspaceValue !== undefined;
  const target = isOfWorkspace ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global;
  const own = { named: stringsOf(configuration.get<unknown>("sources")), folder: firstFolder(), target };
  const ofFolders = folderValues("sources").map(({ path, folder }) => ({
    named: stringsOf(path),
    folder,
    target: vscode.ConfigurationTarget.WorkspaceFolder,
  }));
  return [own, ...ofFolders];
}

/**
 * The settings of each open folder: VS Code keeps them apart and does not merge them.
 * A single folder's settings are those of the workspace.
 */
function folderValues(name: "sources" | "corrections"): Array<{ readonly path: unknown; readonly folder: vscode.WorkspaceFolder }> {
  if (vscode.workspace.workspaceFile === undefined || !vscode.workspace.isTrusted) return [];
  return (vscode.workspace.workspaceFolders ?? []).flatMap((folder) => {
    const value = vscode.workspace.getConfiguration(section, folder.uri).inspect<unknown>(name)?.workspaceFolderValue;
    return value === undefined ? [] : [{ path: value, folder }];
  });
}

function firstFolder(): vscode.WorkspaceFolder | undefined {
  return vscode.workspace.workspaceFolders?.[0];
}

function expanded(path: string, folder: vscode.WorkspaceFolder | undefined): string {
  const folders = new Map((vscode.workspace.workspaceFolders ?? []).map(({ name, uri }) => [name, uri.fsPath]));
  return expandPath(path, { home: homedir(), folder: folder?.uri.fsPath ?? null, folders });
}

/** Whether a path of `git.path` can be run: an existing file, or a name that is looked up on PATH. */
function isProgram(path: string): boolean {
  return isAbsolute(path) ? existsSync(path) : !/[/\\]/.test(path);
}
