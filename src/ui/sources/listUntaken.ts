/** The list of mails whose diffs are in no series: what people suggested in answers, and whatever else is no patch. */
import * as vscode from "vscode";
import { HumanError } from "../../core/humanError";
import { untakenText } from "../../render/untakenList";
import { registerCommand } from "../commands";
import type { Archives } from "./archives";

export function registerListUntaken(archives: Archives, log: vscode.LogOutputChannel): vscode.Disposable {
  return registerCommand(log, "kvmSeries.listUntaken", async () => {
    const { series } = archives;
    if (!series) throw new HumanError("No archive was read yet; add one with “KVM Series: Add Archive...”, or wait until it is read.");
    const content = untakenText(series.untaken());
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ content }));
  });
}
