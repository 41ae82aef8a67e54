/** Loads what shows comments on lines with the first file or patch that may have any. */
import * as vscode from "vscode";
import { type Disposable, disposeAll, inBackground } from "../engines/ports";
import type { LineCommentsParts } from "./lineComments";
import { parsePatchUri } from "./patchDocuments";
import { readSettings, settingsChanged } from "./settings";

/** @param load loads it */
export function registerLineCommentsLater(
  parts: LineCommentsParts,
  load: () => Promise<typeof import("./lineComments.js")>,
): vscode.Disposable {
  const { pending, log } = parts;
  const held: Disposable[] = [];
  let isOver = false;
  let isAsked = false;
  const begin = (): void => {
    if (isAsked || !readSettings().lineComments) return;
    isAsked = true;
    inBackground(log, async () => {
      const { registerLineComments } = await load();
      if (!isOver) held.push(registerLineComments(parts));
    });
  };
  const look = (): void => {
    if (isAsked) return;
    if (
      vscode.workspace.textDocuments.some((document) => parsePatchUri(document.uri) !== null || (pending.edits(document) ?? []).length > 0)
    )
      begin();
  };
  look();
  held.push(pending.onDidChange(look), vscode.workspace.onDidOpenTextDocument(look), settingsChanged("lineComments")(look));
  return new vscode.Disposable(() => {
    isOver = true;
    disposeAll(held);
  });
}
