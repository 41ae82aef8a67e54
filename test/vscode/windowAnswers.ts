/** Answers what an extension asks in a window, and keeps what it says there. */
import assert from "node:assert/strict";
import * as vscode from "vscode";

type Picked = string | readonly string[] | null;

export interface WindowAnswers {
  /** Answers the next list: with the entry of this label, with several, or with none, as if it were left. */
  pick(label: Picked): void;
  /** Answers the next question for a text. */
  type(text: string): void;
  /** Names the file in the next dialog to save. */
  save(file: string): void;
  /** The labels of each list that was shown. */
  readonly offered: readonly string[][];
  /** The titles of these lists. */
  readonly titles: readonly string[];
  /** What notifications said. */
  readonly said: readonly string[];
  /** What stood in the status bar for a moment. */
  readonly statusBar: readonly string[];
  /** The path that the last dialog to save proposed. */
  readonly proposed: string | undefined;
  /** What the last question for a text said of an answer while it was typed. */
  complaint(text: string): string | undefined;
  /** Gives VS Code its own questions back. */
  dispose(): void;
}

/**
 * Stands in for the questions and notifications of VS Code until it is disposed. The tests and the extension they test share one
 * `vscode.window`, since VS Code gives one to each extension and takes the tests for a part of it.
 */
export function windowAnswers(): WindowAnswers {
  const picks: Picked[] = [];
  const typed: string[] = [];
  const files: string[] = [];
  const [offered, titles, said, statusBar]: [string[][], string[], string[], string[]] = [[], [], [], []];
  let proposed: string | undefined;
  let validate: (text: string) => string | undefined = () => undefined;
  const say = (message: string): Promise<undefined> => {
    said.push(message);
    return Promise.resolve(undefined);
  };
  const instead = {
    showQuickPick: async (items: Promise<vscode.QuickPickItem[]> | vscode.QuickPickItem[], options?: vscode.QuickPickOptions) => {
      const all = await items;
      offered.push(all.map(({ label }) => label));
      titles.push(options?.title ?? "");
      const wanted = picks.shift();
      assert.notEqual(wanted, undefined, `nobody answers “${options?.title ?? ""}”: ${all.map(({ label }) => label).join()}`);
      if (wanted === null || wanted === undefined) return undefined;
      const named = (label: string): vscode.QuickPickItem => {
        const found = all.find((item) => item.label === label);
        assert.ok(found, `“${label}” is not offered: ${all.map((item) => item.label).join()}`);
        return found;
      };
      return typeof wanted === "string" ? named(wanted) : wanted.map(named);
    },
    showInputBox: (options?: vscode.InputBoxOptions) => {
      validate = (text) => {
        const complaint = options?.validateInput?.(text);
        return typeof complaint === "string" ? complaint : undefined;
      };
      return Promise.resolve(typed.shift());
    },
    showSaveDialog: (options?: vscode.SaveDialogOptions) => {
      proposed = options?.defaultUri?.fsPath;
      const file = files.shift();
      return Promise.resolve(file === undefined ? undefined : vscode.Uri.file(file));
    },
    showInformationMessage: say,
    showWarningMessage: say,
    showErrorMessage: say,
    setStatusBarMessage: (text: string) => {
      statusBar.push(text);
      return new vscode.Disposable(() => undefined);
    },
  };
  const names = Object.keys(instead) as Array<keyof typeof instead>;
  const own = Object.fromEntries(names.map((name) => [name, vscode.window[name]]));
  Object.assign(vscode.window, instead);
  return {
    pick: (label) => void picks.push(label),
    type: (text) => void typed.push(text),
    save: (file) => void files.push(file),
    offered,
    titles,
    said,
    statusBar,
    get proposed() {
      return proposed;
    },
    complaint: (text) => validate(text),
    dispose: () => void Object.assign(vscode.window, own),
  };
}
