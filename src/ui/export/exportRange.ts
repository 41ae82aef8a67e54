/** Export Digest out of archives: which range, and the text of it. */
import { basename } from "node:path";
import * as vscode from "vscode";
import { formatDigest } from "../../core/digest/digest";
import { digestOfMails, rangeInWords, type RangeEnds, type ReadRange } from "../../core/digest/digestOfMails";
import { HumanError } from "../../core/humanError";
import { seriesOfRanges } from "../../index/rangeSeries";
import { writeDigestReport } from "../../render/digestPage";
import { digestReport } from "../../render/digestReport";
import { plural } from "../../render/labels";
import type { Chosen, ExportParts } from "./exportDigest";
import { plainMessage } from "../commands";
import { readSettings } from "../settings";

const storageKey = "exported";
const day = 24 * 60 * 60 * 1000;

/** How far archives were exported: by folder, the last commit or, where there are none, the last day. */
type Exported = Readonly<Record<string, string>>;

interface RangeChoice extends vscode.QuickPickItem {
  /** The ends for one archive; null for those of the person's choice. */
  readonly ends: ((folder: string) => RangeEnds) | null;
}

/** Lets the person choose a range; undefined when they changed their mind. */
export async function chooseRange(parts: ExportParts): Promise<Chosen | undefined> {
  const { archives, state } = parts;
  const exported = state.get<Exported>(storageKey) ?? {};
  const folders = await pickArchives(archives.folders);
  if (!folders) return undefined;
  const ends = await pickEnds(folders, exported, archives.series?.arrived ?? 0);
  if (!ends) return undefined;
  let ranges: readonly ReadRange[] = [];
  const isOne = folders.length === 1;
  return {
    single: isOne,
    async write(format) {
      ranges = await vscode.window.withProgress({ location: { viewId: "kvmSeries.series" } }, () =>
        Promise.all(folders.map((folder) => archives.range(folder, ends(folder)))),
      );
      if (ranges.every(({ mails }) => mails.length === 0)) throw new HumanError(nothingPosted(ranges));
      for (const [at, { problems }] of ranges.entries()) {
        for (const message of problems) parts.log.warn(`${folders[at] ?? ""}: ${message}`);
        if (problems[0] !== undefined) void vscode.window.showWarningMessage(plainMessage(`${folders[at] ?? ""}: ${problems[0]}`));
      }
      const { listName, listUrl } = readSettings();
      const [only] = ranges;
      if (format === "classic" && only) return formatDigest(digestOfMails(only.mails, { from: only.from, to: only.to, list: listName }));
      if (format === "classic") throw new HumanError("The classic format holds one archive; choose another format to merge several.");
      const { library } = parts;
      const series = await seriesOfRanges(ranges, {
        find: (messageId) => library.find(messageId),
        mails: (messageIds) => library.mailBytes(messageIds),
      });
      const range = { from: only?.from ?? "", to: ranges.at(-1)?.to ?? "", list: listName };
      return writeDigestReport(digestReport(range, series, { listUrl }), format);
    },
    async done() {
      const reached = folders.map((folder, at) => [folder, ranges[at]?.end ?? nextDay(ranges[at]?.to)] as const);
      await state.update(storageKey, { ...exported, ...Object.fromEntries(reached) });
    },
  };
}

/** A range may be of a time from which there is no mail at all, or of one in which people only talked. */
function nothingPosted(ranges: readonly ReadRange[]): string {
  const [first] = ranges;
  const what = ranges.every(({ count }) => count === 0) ? "no mail" : "no patch";
  return `There is ${what} ${rangeInWords(first ?? { from: "", to: "" })}; choose other ends.`;
}

async function pickArchives(folders: readonly string[]): Promise<readonly string[] | undefined> {
  if (folders.length === 1) return folders;
  const items = folders.map((folder) => ({ label: basename(folder), description: folder, picked: true, folder }));
  const picked = await vscode.window.showQuickPick(items, {
    title: "KVM Series: Export Digest (Archives)",
    placeHolder: "Several are merged",
    canPickMany: true,
  });
  if (picked?.length === 0) throw new HumanError("No archive was chosen, so nothing was exported.");
  return picked?.map(({ folder }) => folder);
}

async function pickEnds(
  folders: readonly string[],
  exported: Exported,
  newest: number,
): Promise<((folder: string) => RangeEnds) | undefined> {
  // Days are counted back from the newest mail and not from today, so that an archive that was not fetched for long has some.
  const back = (days: number) => (): RangeEnds => ({
    from: new Date(newest * 1000 - days * day).toISOString().slice(0, 19) + "Z",
    to: null,
  });
  const items: RangeChoice[] = [7, 14, 30].map((days) => ({
    label: `Last ${days} Days`,
    description: "up to the newest mail",
    ends: back(days),
  }));
  if (folders.some((folder) => exported[folder] !== undefined)) {
    const since = (folder: string): RangeEnds => ({ from: exported[folder] ?? back(7)().from, to: null });
    items.unshift({
      label: "Since the Last Export",
      description: folders.map((folder) => (exported[folder] ?? "").slice(0, 10)).join(", "),
      ends: since,
    });
  }
  items.push({ label: "Choose a Range...", description: "dates or commits of the archive", ends: null });
  const picked = await vscode.window.showQuickPick(items, {
    title: "KVM Series: Export Digest (Range)",
    placeHolder: `Mail of which time, from ${plural(folders.length, "archive")}?`,
  });
  if (!picked) return undefined;
  if (picked.ends) return picked.ends;
  const from = await askEnd(
    "From",
    "The first day (a date, “2 weeks ago”), or a commit of the archive that is left out; empty for its beginning",
  );
  if (from === undefined) return undefined;
  const to = await askEnd("To", "The last day, or the last commit; empty for the newest mail");
  const now = newest > 0 ? { now: newest * 1000 } : {};
  return to === undefined ? undefined : () => ({ from: from || null, to: to || null, ...now });
}

async function askEnd(name: string, prompt: string): Promise<string | undefined> {
  const answer = await vscode.window.showInputBox({
    title: `KVM Series: Export Digest (${name})`,
    prompt,
    placeHolder: "2026-10-01",
    ignoreFocusOut: true,
  });
  return answer?.trim();
}

/** The next export of mail files begins with the day after the last one. */
function nextDay(date: string | undefined): string {
  const time = Date.parse(date ?? "");
  return Number.isNaN(time) ? "" : new Date(time + day).toISOString().slice(0, 10);
}
