/** The command that lists the numbers and names claimed twice, and the mark in the row of a series. */
import * as vscode from "vscode";
import { newestRevision, type Series } from "../core/series/series";
import type { Clashes } from "../engines/clashes";
import { claimText, clashesWords, clashName, clashSentences, treeText } from "../render/clashes";
import type { HoverPart } from "../render/hover";
import { authorName, revisionName, titleText } from "../render/labels";
import { registerCommand, say } from "./commands";
import { withoutIcons } from "./markdown";

interface ClashItem extends vscode.QuickPickItem {
  readonly id?: string;
}

export function registerShowClashes({
  clashes,
  log,
}: {
  readonly clashes: Clashes;
  readonly log: vscode.LogOutputChannel;
}): vscode.Disposable {
  return registerCommand(log, "kvmSeries.showClashes", async () => {
    if (clashes.found.length === 0) {
      say(log, "No number or name is claimed by two pending series, or by one and the open tree.");
      return;
    }
    const items = clashes.found.flatMap((clash): ClashItem[] => [
      { label: clashName(clash), kind: vscode.QuickPickItemKind.Separator },
      ...clash.claims.map((claim) => ({
        label: `$(warning) ${withoutIcons(titleText(claim.series.title))}`,
        description: `${revisionName(newestRevision(claim.series))} · ${authorName(newestRevision(claim.series))}`,
        detail: [claimText(claim), clash.tree && treeText(clash.tree)].filter(Boolean).join("; "),
        id: claim.series.id,
      })),
    ]);
    const picked = await vscode.window.showQuickPick(items, {
      title: "KVM Series: Show Clashes",
      placeHolder: "Numbers and names claimed twice; pick a series to open it",
      matchOnDescription: true,
      matchOnDetail: true,
    });
    if (picked?.id !== undefined) await vscode.commands.executeCommand("kvmSeries.openPage", picked.id);
  });
}

/** Marks the row of a series that clashes. */
export function markClashes(item: vscode.TreeItem, series: Series, clashes: Pick<Clashes, "of">): void {
  const found = clashes.of(series);
  if (found.length === 0) return;
  item.description = `${clashesWords(found)} · ${typeof item.description === "string" ? item.description : ""}`;
  const spoken = item.accessibilityInformation?.label ?? "";
  item.accessibilityInformation = { label: `${spoken}. ${clashSentences(series, found).join(". ")}` };
}

/** What its tooltip says of them. */
export function clashParts(series: Series, clashes: Pick<Clashes, "of">): HoverPart[] {
  return clashSentences(series, clashes.of(series)).flatMap((text): HoverPart[] => [
    { kind: "break" },
    { kind: "icon", icon: "warning" },
    { kind: "text", text: ` ${text}` },
  ]);
}
