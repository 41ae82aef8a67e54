/** The list of mails whose diffs are in no series: what people suggested in answers, and whatever else is no patch. */
import * as vscode from "vscode";
import { untakenText } from "../../render/untakenList";
import { registerCommand } from "../commands";
import type { Archives } from "./archives";

export function registerListUntaken(archives: Archives, log: vscode.LogOutputChannel): vscode.Disposable {
  return registerCommand(log, "kvmSeries.listUntaken", async () => {
    const content = untakenText(archives.series?.untaken() ?? []);
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ content }));
  });
}
