/** The settings as the extension reads them. VS Code's own reading of them is in ui/settings.ts. */
import type { SubsystemRule } from "../core/subsystem/subsystemRules";

export interface Settings {
  /** Absolute paths of digests and archives, and addresses of remote archives; digests oldest first. */
  readonly sources: readonly string[];
  /** Whether the sources are the person's own, the same in all windows, or those of this workspace. */
  readonly sourcesOf: "user" | "workspace";
  /** Minutes between syncs; 0 where they are made by command alone. */
  readonly syncMinutes: number;
  /** Months of a remote archive that are fetched; null for all of it. */
  readonly archiveMonths: number | null;
  /** The file with what was joined and split by hand; null for the extension's own. */
  readonly corrections: string | null;
  readonly listName: string;
  readonly listUrl: string;
  readonly subsystems: readonly SubsystemRule[];
  readonly explorerBadges: boolean;
  readonly statusBar: boolean;
  readonly pathHovers: boolean;
  readonly lineMarks: boolean;
  readonly lineHovers: boolean;
  readonly codeLens: boolean;
  readonly checkApplies: boolean;
  /** Whether a review counts for what is applied that its giver wrote from another address. */
  readonly trailersFromElsewhere: boolean;
  readonly gitPath: string | undefined;
}

/** Whether a source is the address of a list and no path. */
export function isAddress(source: string): boolean {
  return /^https?:\/\//i.test(source);
}
