/** How commands are registered: each says its own errors, in one sentence, where the person is looking. */
import * as vscode from "vscode";
import { HumanError, humanMessage } from "../core/humanError";
import { visibleText } from "../render/escape";

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

async function showError(log: vscode.LogOutputChannel, error: unknown): Promise<void> {
  const expected = error instanceof HumanError;
  log.error(expected ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error));
  const message = expected ? plainMessage(error.message) : `KVM Series met an error it did not expect: ${humanMessage(error)}`;
  if ((await vscode.window.showErrorMessage(message, "Show Log")) === "Show Log") log.show();
}

/** A message that may hold a stranger's text (a path of a mail): VS Code makes links of `[text](command:...)` in notifications. */
export function plainMessage(text: string): string {
  return visibleText(text).replaceAll("](", "] (");
}

/** The context keys as they are; one that was never set counts as false in a `when` clause. */
const contexts = new Map<string, boolean | string>();

/** Sets a context key that `when` clauses of the manifest ask for. One that stays as it is costs nothing. */
export function setContext(key: string, value: boolean | string): void {
  if ((contexts.get(key) ?? false) === value) return;
  contexts.set(key, value);
  void vscode.commands.executeCommand("setContext", `kvmSeries.${key}`, value);
}
