/** Answers what an extension asks in a window, and keeps what it says there. */
import assert from "node:assert/strict";
import * as vscode from "vscode";

const all = Symbol("all");

type Picked = string | readonly string[] | null | typeof all;

export interface WindowAnswers {
  /** Answers the next list: with the entry of this label, with several, or with none, as if it were left. */
  pick(label: string | readonly string[] | null): void;
  /** Answers the next list with all that is in it. */
  pickAll(): void;
  /** Answers the next question for a text; with what is proposed where it is null. */
  type(text: string | null): void;
  /** Presses a button of the next notification or dialog that has it. */
  press(button: string): void;
  /** Names the file in the next dialog to save. */
  save(file: string): void;
  /** The labels of each list that was shown. */
  readonly offered: readonly string[][];
  /** What stands beside these labels. */
  readonly described: readonly string[][];
  /** The titles of these lists. */
  readonly titles: readonly string[];
  /** What notifications and dialogs said. */
  readonly said: readonly string[];
  /** The next notification, or one that was shown before, that says this; nobody waits for most of them. */
  hears(sentence: string | RegExp): Promise<string>;
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
  const typed: Array<string | null> = [];
  const presses: string[] = [];
  const files: string[] = [];
  const [offered, described]: [string[][], string[][]] = [[], []];
  const [titles, said, statusBar]: [string[], string[], string[]] = [[], [], []];
  const listeners = new Set<() => void>();
  let proposed: string | undefined;
  let validate: (text: string) => string | undefined = () => undefined;
  const say = (message: string, ...buttons: readonly unknown[]): Promise<unknown> => {
    said.push(message);
    for (const listener of listeners) listener();
    const pressed = presses[0] !== undefined && buttons.includes(presses[0]) ? presses.shift() : undefined;
    return Promise.resolve(pressed);
  };
  const instead = {
    showQuickPick: async (items: Promise<vscode.QuickPickItem[]> | vscode.QuickPickItem[], options?: vscode.QuickPickOptions) => {
      const entries = await items;
      offered.push(entries.map(({ label }) => label));
      described.push(entries.map(({ description }) => description ?? ""));
      titles.push(options?.title ?? "");
      const wanted = picks.shift();
      assert.notEqual(wanted, undefined, `nobody answers “${options?.title ?? ""}”: ${entries.map(({ label }) => label).join()}`);
      if (wanted === null || wanted === undefined) return undefined;
      if (wanted === all) return entries;
      const named = (label: string): vscode.QuickPickItem => {
        const found = entries.find((item) => item.label === label);
        assert.ok(found, `“${label}” is not offered: ${entries.map((item) => item.label).join()}`);
        return found;
      };
      return typeof wanted === "string" ? named(wanted) : wanted.map(named);
    },
    showInputBox: (options?: vscode.InputBoxOptions) => {
      validate = (text) => {
        const complaint = options?.validateInput?.(text);
        return typeof complaint === "string" ? complaint : undefined;
      };
      const answer = typed.shift();
      if (answer !== null) return Promise.resolve(answer);
      // VS Code takes nothing else, and a promise would be waited for here.
      assert.equal(typeof options?.value, "string", `nothing is proposed for “${options?.title ?? ""}”`);
      return Promise.resolve(options?.value);
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
    pickAll: () => void picks.push(all),
    type: (text) => void typed.push(text),
    press: (button) => void presses.push(button),
    save: (file) => void files.push(file),
    offered,
    described,
    titles,
    said,
    hears: (sentence) =>
      new Promise((resolve) => {
        const look = (): void => {
          const heard = said.find((one) => (typeof sentence === "string" ? one === sentence : sentence.test(one)));
          if (heard === undefined) return;
          listeners.delete(look);
          resolve(heard);
        };
        listeners.add(look);
        look();
      }),
    statusBar,
    get proposed() {
      return proposed;
    },
    complaint: (text) => validate(text),
    dispose: () => void Object.assign(vscode.window, own),
  };
}
