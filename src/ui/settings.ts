/** The settings of the extension: the only place that names their section. */
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import * as vscode from "vscode";
import type { SubsystemRule } from "../core/subsystem/subsystemRules";
import type { Event } from "../engines/ports";
import { isAddress, type Settings } from "../engines/settings";

const section = "kvmSeries";

/** The settings of the window as a whole; asked without the null, VS Code logs a warning for each reading. */
function ownConfiguration(): vscode.WorkspaceConfiguration {
  return vscode.workspace.getConfiguration(section, null);
}

/** The settings, each read when it is asked for, as it is then; a value of the wrong shape counts as not set. */
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
      return strings(configuration.get<unknown>("sources")).map(expandPath);
    },
    get sourcesOf() {
      return configuration.inspect<unknown>("sources")?.workspaceValue === undefined ? "user" : "workspace";
    },
    get syncMinutes() {
      return amount("syncMinutes", 30);
    },
    get archiveMonths() {
      return amount("archiveMonths", 6) || null;
    },
    get corrections() {
      const path = text("corrections", "");
      return path ? expandPath(path) : null;
    },
    get listName() {
      return text("listName", "KVM");
    },
    get listUrl() {
      return text("listUrl", "https://lore.kernel.org/kvm/");
    },
    get subsystems() {
      return subsystemRules(configuration.get<unknown>("subsystems"));
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
    get codeLens() {
      return flag("codeLens");
    },
    get checkApplies() {
      return flag("checkApplies");
    },
    get trailersFromElsewhere() {
      return flag("trailersFromElsewhere");
    },
    get gitPath() {
      const path = vscode.workspace.getConfiguration("git", null).get<unknown>("path");
      return typeof path === "string" && path ? path : undefined;
    },
  };
}

/** Calls back with the settings after each change of one of ours or of `git.path`. */
export function onDidChangeSettings(listener: (changed: (name: keyof Settings) => boolean) => void): vscode.Disposable {
  return vscode.workspace.onDidChangeConfiguration((event) => {
    const changed = (name: keyof Settings): boolean => event.affectsConfiguration(name === "gitPath" ? "git.path" : `${section}.${name}`);
    if (event.affectsConfiguration(section) || event.affectsConfiguration("git.path")) listener(changed);
  });
}

/** Tells of changes of some of the settings. */
export function settingsChanged(...names: ReadonlyArray<keyof Settings>): Event<void> {
  return (listener) =>
    onDidChangeSettings((changed) => {
      if (names.some(changed)) listener();
    });
}

/** Adds sources where the person has theirs: in the workspace's settings when those name some, else in the user's. */
export async function addSources(paths: readonly string[]): Promise<void> {
  const configuration = ownConfiguration();
  const { known, target } = currentSources(configuration);
  const added = paths.filter((path) => !known.map(expandPath).includes(path));
  await configuration.update("sources", [...known, ...added], target);
}

/** Changes a setting for all windows of the person. */
export async function changeSetting(name: "archiveMonths" | "lineMarks", value: number | boolean): Promise<void> {
  await ownConfiguration().update(name, value, vscode.ConfigurationTarget.Global);
}

/** Takes a source out of the settings; the file itself is not touched. */
export async function removeSource(path: string): Promise<void> {
  const configuration = ownConfiguration();
  const { known, target } = currentSources(configuration);
  const kept = known.filter((source) => expandPath(source) !== path);
  await configuration.update("sources", kept, target);
}

function currentSources(configuration: vscode.WorkspaceConfiguration): { known: string[]; target: vscode.ConfigurationTarget } {
  const inspected = configuration.inspect<unknown>("sources");
  if (inspected?.workspaceValue !== undefined)
    return { known: strings(inspected.workspaceValue), target: vscode.ConfigurationTarget.Workspace };
  return { known: strings(inspected?.globalValue), target: vscode.ConfigurationTarget.Global };
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === "string" && item.trim() !== "") : [];
}

/** `~`, `${workspaceFolder}` and paths relative to the first folder, as people write them in settings. */
function expandPath(path: string): string {
  if (isAddress(path.trim())) return path.trim();
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? homedir();
  const expanded = path
    .trim()
    .replace(/^~(?=$|\/)/, homedir())
    .replaceAll("${workspaceFolder}", folder)
    .replaceAll("${userHome}", homedir());
  return isAbsolute(expanded) ? expanded : join(folder, expanded);
}

function subsystemRules(value: unknown): SubsystemRule[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((rule: unknown) => {
    if (typeof rule !== "object" || rule === null || !("name" in rule) || typeof rule.name !== "string") return [];
    const titles = "titles" in rule ? strings(rule.titles) : [];
    const paths = "paths" in rule ? strings(rule.paths) : [];
    return [{ name: rule.name, titles, paths }];
  });
}
