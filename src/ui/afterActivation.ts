/** What begins by itself when a window opens. */
import * as vscode from "vscode";

/** Runs something that takes its time once the extension is active, since all others wait for that; in the order it is asked for. */
export function afterActivation(run: () => void): vscode.Disposable {
  const soon = setImmediate(run);
  return new vscode.Disposable(() => clearImmediate(soon));
}
