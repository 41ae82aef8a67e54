/** *Check Whether It Applies* and *Check Against...*: what a person asks for; the rest is found out by itself. */
import * as vscode from "vscode";
import { HumanError } from "../core/humanError";
import type { Series } from "../core/series";
import type { Library } from "../index/library";
import { applySentence } from "../render/applyText";
import { titleText } from "../render/labels";
import type { ApplyStates, LoadApplyEngine } from "./applyStates";
import { plainMessage, registerCommand } from "./commands";
import { withoutIcons } from "./markdown";
import type { OpenTrees } from "./openTrees";
import { seriesFor } from "./seriesPick";
import { readSettings } from "./settings";

export interface ApplyCommandsParts {
  readonly library: Library;
  readonly trees: OpenTrees;
  readonly applies: ApplyStates;
  readonly engine: LoadApplyEngine;
  readonly log: vscode.LogOutputChannel;
}

export function registerApplyCommands({ library, trees, applies, engine, log }: ApplyCommandsParts): vscode.Disposable {
  return vscode.Disposable.from(
    registerCommand(log, "kvmSeries.checkApplies", async (argument) => {
      const series = await seriesFor(argument, library, "KVM Series: Check Whether It Applies");
      if (series) await checkOne(series, applies);
    }),
    registerCommand(log, "kvmSeries.chooseApplyBase", async () => {
      needTrust();
      const top = trees.trees.find(({ project }) => project !== null)?.top;
      if (top === undefined) throw new HumanError("Open a git checkout first; then series can be checked against its branches.");
      const { offeredBases } = await engine();
      const base = await pickBase(await offeredBases(top, { binary: readSettings().gitPath }), applies.base);
      if (base !== undefined) await applies.choose(base);
    }),
  );
}

function needTrust(): void {
  if (!vscode.workspace.isTrusted)
    throw new HumanError("In Restricted Mode git is not asked about this folder; trust the workspace to check series against it.");
}

async function checkOne(series: Series, applies: ApplyStates): Promise<void> {
  needTrust();
  if (applies.treeOf(series) === null)
    throw new HumanError("None of the open folders is a tree this series is for; open one to check the series against it.");
  const title = titleText(series.title);
  const options = { location: vscode.ProgressLocation.Notification, title: plainMessage(`Checking “${title}”`), cancellable: true };
  const answered = await vscode.window.withProgress(options, async (_progress, token) => {
    const stop = new AbortController();
    token.onCancellationRequested(() => stop.abort());
    try {
      return await applies.check(series, stop.signal);
    } catch (error) {
      if (stop.signal.aborted) return null;
      throw error;
    }
  });
  if (!answered) return;
  const sentence = plainMessage(`“${title}”: ${applySentence(answered.answer, answered.base)}`);
  if ((await vscode.window.showInformationMessage(sentence, "Open Series")) === "Open Series")
    await vscode.commands.executeCommand("kvmSeries.openPage", series.id);
}

async function pickBase(
  offered: ReadonlyArray<{ readonly name: string; readonly about: string }>,
  current: string,
): Promise<string | undefined> {
  const items = offered.map(({ name, about }): { label: string; description: string; name: string | null } => ({
    label: withoutIcons(name),
    description: [name === current ? "current" : "", withoutIcons(titleText(about))].filter(Boolean).join(" · "),
    name,
  }));
  const other = { label: "Another commit...", description: "A tag or an id", name: null };
  const title = "KVM Series: Check Against";
  const picked = await vscode.window.showQuickPick([...items, other], { title, placeHolder: "What series shall apply to" });
  if (!picked) return undefined;
  return picked.name ?? (await vscode.window.showInputBox({ title, prompt: "A branch, a tag or a commit id", value: current }))?.trim();
}
