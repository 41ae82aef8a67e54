/** Save as mbox: the patches of a series in a file that `git am` takes. */
import { homedir } from "node:os";
import { join } from "node:path";
import * as vscode from "vscode";
import { HumanError } from "../../core/humanError";
import { mboxFileName } from "../../core/series/seriesMbox";
import type { Library } from "../../index/library";
import { plural } from "../../render/labels";
import { leftOutSentence } from "../../render/leftOutTrailers";
import { plainMessage, registerCommand } from "../commands";
import type { PageInFront } from "../pageInFront";
import { mboxOf, revisionFor } from "./seriesMails";

export interface SaveMboxParts {
  readonly library: Library;
  readonly front: PageInFront;
  readonly log: vscode.LogOutputChannel;
}

export function registerSaveMbox({ library, front, log }: SaveMboxParts): vscode.Disposable {
  return registerCommand(log, "kvmSeries.saveMbox", async (argument) => {
    const chosen = await revisionFor(argument, { library, front }, "KVM Series: Save as mbox");
    if (!chosen) return;
    const { text, titles, trailers, leftOut } = await mboxOf(chosen, library);
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? homedir();
    const uri = await vscode.window.showSaveDialog({
      title: "KVM Series: Save as mbox",
      defaultUri: vscode.Uri.file(join(folder, mboxFileName(chosen.revision))),
      filters: { mbox: ["mbx", "mbox"], "All files": ["*"] },
    });
    if (!uri) return;
    try {
      await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(text));
    } catch {
      throw new HumanError(`${uri.fsPath} could not be written; choose a folder you may write to.`);
    }
    const given = trailers > 0 ? ` with ${plural(trailers, "trailer")} of replies` : "";
    const saved = `${plural(titles.length, "patch", "patches")}${given} saved in ${uri.fsPath}.`;
    void vscode.window.showInformationMessage(plainMessage([saved, leftOutSentence(leftOut)].filter(Boolean).join(" ")));
  });
}
