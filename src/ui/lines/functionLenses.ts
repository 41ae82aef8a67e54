/** A line above each function that pending series change; off by default. */
import * as vscode from "vscode";
import { functionsOf } from "../../core/lines/functions";
import { plural } from "../../render/labels";
import { linesOfDocument } from "./documentLines";
import type { PendingChanges } from "./pendingChanges";
import { changesOfLines } from "./pendingHere";
import { onDidChangeSettings, readSettings } from "../settings";

export function registerFunctionLenses(pending: PendingChanges): vscode.Disposable {
  const changed = new vscode.EventEmitter<void>();
  const provider: vscode.CodeLensProvider = {
    onDidChangeCodeLenses: changed.event,
    provideCodeLenses(document) {
      if (!readSettings().codeLens || (pending.edits(document) ?? []).length === 0) return [];
      return functionsOf(linesOfDocument(document)).flatMap(({ name, start, end }) => {
        const count = changesOfLines(pending, document, [start, end]).length;
        if (count === 0) return [];
        const title = `${plural(count, "pending series", "pending series")} ${count === 1 ? "changes" : "change"} ${name}()`;
        const command = { title, command: "kvmSeries.showSeriesTouchingLines", arguments: [document.uri.toString(), start, end] };
        return [new vscode.CodeLens(new vscode.Range(start, 0, start, 0), command)];
      });
    },
  };
  return vscode.Disposable.from(
    changed,
    vscode.languages.registerCodeLensProvider({ scheme: "file" }, provider),
    pending.onDidChange(() => readSettings().codeLens && changed.fire()),
    onDidChangeSettings((did) => did("codeLens") && changed.fire()),
  );
}
