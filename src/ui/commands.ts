/** How commands are registered, what begins by itself when a window opens, and the context keys of the manifest. */
import * as vscode from "vscode";
import { HumanError, humanMessage } from "../core/humanError";
import { inBackground, type Log } from "../engines/ports";
import { plainMessage } from "./markdown";

/** Registers a command. A HumanError is shown as it is; anything else is a bug, logged whole. */
export function registerCommand(
  log: vscode.LogOutputChannel,
  id: string,
  run: (...args: readonly unknown[]) => unknown,
): vscode.Disposable {
  return vscode.commands.registerCommand(id, async (...args: readonly unknown[]) => {
    try {
      return await run(...args);
    } catch (error) {
      await showError(log, error);
      return undefined;
    }
  });
}

/** Says something that needs no answer; nobody waits until it is closed. */
export function say(log: Log, sentence: string): void {
  inBackground(log, async () => {
    await vscode.window.showInformationMessage(plainMessage(sentence));
  });
}

/** As `say`, of something that is not as it should be. */
export function warn(log: Log, sentence: string): void {
  inBackground(log, async () => {
    await vscode.window.showWarningMessage(plainMessage(sentence));
  });
}

/** Runs what a person asked for by a button; what fails is told them as of a command. */
export function answering(log: vscode.LogOutputChannel, run: () => Promise<unknown>): void {
  inBackground(log, async () => {
    try {
      await run();
    } catch (error) {
      await showError(log, error);
    }
  });
}

async function showError(log: vscode.LogOutputChannel, error: unknown): Promise<void> {
  const expected = error instanceof HumanError;
  log.error(expected ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error));
  const message = expected ? plainMessage(error.message) : `Unexpected error: ${humanMessage(error)}`;
  if ((await vscode.window.showErrorMessage(message, "Show Log")) === "Show Log") log.show();
}

/** The context keys as they are; one that was never set counts as false in a `when` clause. */
const contexts = new Map<string, boolean | string>();

/** Sets a context key that `when` clauses of the manifest ask for. One that stays as it is costs nothing. */
export function setContext(key: string, value: boolean | string): void {
  if ((contexts.get(key) ?? false) === value) return;
  contexts.set(key, value);
  // Nothing depends on when the editor has taken it, and it refuses no key.
  vscode.commands.executeCommand("setContext", `kvmSeries.${key}`, value).then(undefined, () => contexts.delete(key));
}

// What begins by itself when a window opens.

/** Runs something that takes its time once the extension is active, since all others wait for that; in the order it is asked for. */
export function afterActivation(run: () => void): vscode.Disposable {
  const soon = setImmediate(run);
  return new vscode.Disposable(() => clearImmediate(soon));
}
