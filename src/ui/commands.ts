/** How commands are registered, what starts when a window opens, and the context keys of the manifest. */
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

/** Shows a message that needs no answer, without waiting until it is closed. */
export function say(log: Log, sentence: string): void {
  inBackground(log, async () => {
    await vscode.window.showInformationMessage(plainMessage(sentence));
  });
}

/** Shows a warning in the same way. */
export function warn(log: Log, sentence: string): void {
  inBackground(log, async () => {
    await vscode.window.showWarningMessage(plainMessage(sentence));
  });
}

/** Runs the action of a button, and reports an error in the same way as a command does. */
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

/**
 * The current context keys; a key that was never set counts as false in a `when` clause. It is at module level because VS Code has
 * one set of keys for the window, which several parts set. Each bundle has a map of its own, so a key is set in one bundle only.
 */
const contexts = new Map<string, boolean | string>();

/** Sets a context key that `when` clauses of the manifest ask for. Setting the same value again costs nothing. */
export function setContext(key: string, value: boolean | string): void {
  if ((contexts.get(key) ?? false) === value) return;
  contexts.set(key, value);
  // Nothing depends on when the editor has set it, and setting a key never fails.
  vscode.commands.executeCommand("setContext", `kvmSeries.${key}`, value).then(undefined, () => contexts.delete(key));
}

// What starts when a window opens.

/** Runs slow work once the extension is active, because other extensions wait for the activation; in the order of the calls. */
export function afterActivation(run: () => void): vscode.Disposable {
  const soon = setImmediate(run);
  return new vscode.Disposable(() => clearImmediate(soon));
}
