/** The settings as the extension reads them. VS Code's own reading of them is in ui/settings.ts. */
import { isAbsolute, join } from "node:path";
import { newestRevision, type Series } from "../core/series/series";
import type { SubsystemRule } from "../core/subsystem/subsystemRules";

export interface Settings {
  /** Absolute paths of digests and archives, and addresses of remote archives; digests oldest first. */
  readonly sources: readonly string[];
  /** Whether the sources are the person's own, the same in all windows, or those of this workspace. */
  readonly sourcesOf: "user" | "workspace";
  /** Minutes between syncs; 0 for syncs by command only. */
  readonly syncMinutes: number;
  /** Months of a remote archive that are fetched; null for all of it. */
  readonly archiveMonths: number | null;
  /** The file of joins and splits; null for the extension's own. */
  readonly corrections: string | null;
  readonly listName: string;
  readonly listUrls: ListUrls;
  readonly subsystems: readonly SubsystemRule[];
  readonly explorerBadges: boolean;
  readonly statusBar: boolean;
  readonly pathHovers: boolean;
  readonly lineMarks: boolean;
  readonly lineHovers: boolean;
  readonly lineComments: boolean;
  readonly codeLens: boolean;
  readonly checkApplies: boolean;
  readonly checkLanded: boolean;
  /** Which trailers of replies are added to applied patches: also those of older revisions, those of this one alone, or none. */
  readonly addTrailers: "all" | "replies" | "none";
  /** Whether trailers sent from another address of the reviewer are added to applied patches. */
  readonly trailersFromElsewhere: boolean;
  readonly gitPath: string | undefined;
}

/** Whether a source is the address of a list, not a path. */
export function isAddress(source: string): boolean {
  return /^https?:\/\//i.test(source);
}

/** The archives of lists, as the setting `kvmSeries.listUrl` names them. */
export interface ListUrls {
  /** By a list's name (`kvm`), id (`kvm.vger.kernel.org`) or address (`kvm@vger.kernel.org`), in small letters. */
  readonly byList: ReadonlyMap<string, string>;
  /** The address of the archive of all other lists. */
  readonly others: string;
}

const defaultListUrl = "https://lore.kernel.org/kvm/";

/** Reads `kvmSeries.listUrl`: one address for all lists, or one for each, with `*` for all others. A value of another type counts as not set. */
export function parseListUrls(value: unknown): ListUrls {
  if (typeof value === "string") return { byList: new Map(), others: value.trim() || defaultListUrl };
  const entries = typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
  const urls = entries.flatMap(([list, url]: readonly [string, unknown]) =>
    typeof url === "string" && url.trim() ? [[list.trim().toLowerCase(), url.trim()] as const] : [],
  );
  const byList = new Map(urls);
  return { byList, others: byList.get("*") ?? defaultListUrl };
}

/** The address of the archive in which the newest revision of a series is found; see `listUrlOf`. */
export function urlOfSeriesList(series: Series, urls: ListUrls): string {
  return listUrlOf(urls, newestRevision(series).posted?.lists ?? []);
}

/**
 * The address of the archive in which a mail is found.
 *
 * @param lists ids of the lists it was read on, as in `PostedFacts.lists`; [] for a digest
 */
export function listUrlOf({ byList, others }: ListUrls, lists: readonly string[]): string {
  for (const id of lists) {
    for (const name of namesOfList(id.toLowerCase())) {
      const url = byList.get(name);
      if (url !== undefined) return url;
    }
  }
  return others;
}

/** The names that a person may use for the list of an id: `kvm.vger.kernel.org`, `kvm@vger.kernel.org`, `kvm`. */
function namesOfList(id: string): readonly string[] {
  const dot = id.indexOf(".");
  return dot < 0 ? [id] : [id, `${id.slice(0, dot)}@${id.slice(dot + 1)}`, id.slice(0, dot)];
}

/**
 * Reads `git.path`: one path, or several of which the first that exists is used, as VS Code's git extension reads it.
 *
 * @returns undefined for the git on PATH
 */
export function parseGitPath(value: unknown, isThere: (path: string) => boolean): string | undefined {
  if (typeof value === "string") return value || undefined;
  return stringsOf(value).find(isThere);
}

/** The folders that paths in settings may be relative to. */
export interface PathPlaces {
  readonly home: string;
  /** The folder whose settings name the path, else the first folder of the workspace; null if no folder is open. */
  readonly folder: string | null;
  /** All folders of the workspace by their names. */
  readonly folders: ReadonlyMap<string, string>;
}

/** Makes a path of the settings absolute: `~`, `${userHome}`, `${workspaceFolder}` and `${workspaceFolder:name}` are understood. */
export function expandPath(path: string, { home, folder, folders }: PathPlaces): string {
  const written = path.trim();
  if (isAddress(written)) return written;
  const expanded = written
    .replace(/^~(?=$|\/)/, () => home)
    .replace(/\$\{workspaceFolder(?::([^}]*))?\}/g, (whole, name: string | undefined) =>
      name === undefined ? (folder ?? home) : (folders.get(name) ?? whole),
    )
    .replaceAll("${userHome}", () => home);
  return isAbsolute(expanded) ? expanded : join(folder ?? home, expanded);
}

/** The texts of a list that are not empty; [] for a value that is not a list. */
export function stringsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === "string" && item.trim() !== "") : [];
}

/** Reads `kvmSeries.subsystems`; rules without a name are left out. */
export function parseSubsystemRules(value: unknown): SubsystemRule[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((rule: unknown) => {
    if (typeof rule !== "object" || rule === null || !("name" in rule) || typeof rule.name !== "string") return [];
    const titles = "titles" in rule ? stringsOf(rule.titles) : [];
    const paths = "paths" in rule ? stringsOf(rule.paths) : [];
    return [{ name: rule.name, titles, paths }];
  });
}
