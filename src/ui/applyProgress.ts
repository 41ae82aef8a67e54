/** An apply in progress or finished: its stop at a patch, continue, skip, abort and undo. It is found again after a reload. */
import { access, readFile } from "node:fs/promises";
import { join } from "node:path";
import * as vscode from "vscode";
import type { ApplyOutcome, StoppedPatch } from "../checkout/amSession";
import type { ApplyRecord } from "../checkout/applyRecord";
import { isSafePath } from "../core/series/treePaths";
import type { ApplyLeft, ApplySession, ConflictEditors, InterruptedApply } from "../engines/applyProgress";
import type { OpenTrees } from "../engines/openTrees";
import { inBackground, type Log } from "../engines/ports";
import { failingPatchText, firstOpenLine } from "../render/failingPatch";
import { plural } from "../render/labels";
import { stopText } from "./applySeries";
import { answering, registerCommand, say, setContext } from "./commands";
import { plainMessage, withoutIcons } from "./markdown";

export interface ApplyProgressParts {
  readonly trees: OpenTrees;
  readonly session: ApplySession;
  readonly log: vscode.LogOutputChannel;
}

export interface ApplyProgress {
  /** Shows how an apply in a worktree ended, or where it stopped. */
  readonly ended: (place: string, outcome: ApplyOutcome) => Promise<void>;
  readonly dispose: () => void;
}

const continueIt = "Continue";
const skipIt = "Skip Patch";
const abortIt = "Abort";
const openIt = "Open in New Window";
const undoIt = "Undo";
const bringIt = "Bring My Changes Here";
const recoverIt = "Recover";

/** Registers the commands and the status bar item of applies. */
export function registerApplyProgress({ trees, session, log }: ApplyProgressParts): ApplyProgress {
  const item = vscode.window.createStatusBarItem("kvmSeries.apply", vscode.StatusBarAlignment.Left, 10);
  const stoppedPatches = new StoppedPatches();
  item.name = "KVM Series: Apply";
  item.command = "kvmSeries.applyMenu";
  item.backgroundColor = new vscode.ThemeColor("statusBarItem.warningBackground");

  const showState = (): void => {
    const { under } = session;
    setContext("applying", under !== null);
    setContext("applied", session.isApplied);
    if (!under) {
      item.hide();
      return;
    }
    item.text = `$(git-merge) Applying ${under.stop.at} of ${under.stop.of}`;
    item.tooltip = `${stopText(under.stop, under.record.titles)}\nContinue, skip or abort`;
    item.show();
  };

  /** Continues or skips, and shows the outcome. */
  const goOn = async (title: string, how: "continue" | "skip", at: unknown): Promise<void> => {
    const { top, outcome } = await vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title }, (report) =>
      session.goOn(how, (stop, { titles }) => report.report({ message: stop ? stopText(stop, titles) : "" }), topOf(at)),
    );
    await ended(top, outcome);
  };

  const showStop = async (top: string, isMade: boolean): Promise<void> => {
    const { record, stopped } = await session.stoppedIn(top);
    const which = plainMessage(`Patch ${stopText(stopped, record.titles)}`);
    if (isMade) {
      const answer = await vscode.window.showWarningMessage(
        `${which} conflicts. Open the new worktree to finish it there.`,
        openIt,
        abortIt,
      );
      if (answer === openIt) await openWindow(top);
      else if (answer === abortIt) await run("abortApply", record.madeFrom);
      return;
    }
    await stoppedPatches.show(top, stopped);
    const what =
      stopped.conflicts.length > 0
        ? `conflicts in ${plural(stopped.conflicts.length, "file")}. Resolve what is marked, then continue.`
        : "does not apply, and git has nothing to merge. Edit the file as the patch beside it shows, then continue.";
    const commands = { [continueIt]: "continueApply", [skipIt]: "skipPatch", [abortIt]: "abortApply" };
    offer(log, () => vscode.window.showWarningMessage(`${which} ${what}`, continueIt, skipIt, abortIt), commands, top);
  };

  const ended = async (place: string, outcome: ApplyOutcome): Promise<void> => {
    await session.refresh();
    const isMade = outcome.record.madeFrom !== null && trees.trees.every(({ top }) => top !== place);
    if (outcome.kind === "stopped") await showStop(place, isMade);
    else inBackground(log, () => sayApplied(place, outcome, isMade));
  };

  const sayApplied = async (place: string, { record, commits }: AppliedOutcome, isMade: boolean): Promise<void> => {
    const there = record.titles.length - commits;
    const sentence = [
      `${plural(commits, "patch", "patches")} of “${record.title}” applied to ${record.branch}.`,
      record.note ?? "",
      there > 0 ? `${plural(there, "patch was", "patches were")} already applied or skipped.` : "",
      record.stash === null ? "" : "Your changes are stashed; Undo restores them.",
    ];
    const buttons = [undoIt, ...(isMade ? [openIt] : []), ...(record.stash === null ? [] : [bringIt])];
    const answer = await vscode.window.showInformationMessage(plainMessage(sentence.filter(Boolean).join(" ")), ...buttons);
    // An apply in its own worktree is undone in the worktree from which that was made.
    const top = record.madeFrom ?? place;
    if (answer === undoIt) await run("undoApply", top);
    else if (answer === openIt) await openWindow(place);
    else if (answer === bringIt) await run("bringBack", top);
  };

  /** Tells the person the outcome of an abort or an undo. */
  const sayLeft = (left: ApplyLeft, sentence: string): void => {
    const { record } = left;
    if (left.kind === "open") say(log, openSentence(record));
    else if (left.kind === "back") {
      const kept = ` Your changes no longer apply and are kept in the stash “KVM Series: before ${record.branch}”.`;
      say(log, `${sentence}${{ none: "", back: " Your changes are back.", kept }[left.changes]}`);
    } else offer(log, () => vscode.window.showWarningMessage(plainMessage(left.sentence), bringIt), { [bringIt]: "bringBack" }, left.top);
  };

  /** Offers to recover an interrupted apply, and tells the person the outcome. */
  const offerRecovery = async ({ top, sentence }: InterruptedApply): Promise<void> => {
    if ((await vscode.window.showWarningMessage(plainMessage(`${sentence} Recover it; nothing you had is lost.`), recoverIt)) !== recoverIt)
      return;
    const title = "Recovering the interrupted apply";
    const recovered = await vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title }, () =>
      session.recover(top),
    );
    if (!recovered) return;
    const { kind, record, changes, aside } = recovered;
    if (kind === "stopped") await showStop(top, false);
    else if (kind === "applied")
      say(log, `All patches of “${record.title}” had been applied to ${record.branch}; Undo Apply takes them back.`);
    else {
      const besides = aside === null ? "" : ` Other changes in your files are in the stash “${aside}”.`;
      sayLeft({ kind: "back", record, changes }, `The apply was undone and everything was restored.${besides}`);
    }
  };

  const registrations = vscode.Disposable.from(
    item,
    stoppedPatches,
    session.onDidChange(showState),
    session.onDidFindInterrupted((interrupted) => answering(log, () => offerRecovery(interrupted))),
    vscode.window.onDidChangeWindowState(({ focused }) => {
      if (focused) session.refreshInBackground();
    }),
    registerCommand(log, "kvmSeries.continueApply", (at) => goOn("Continuing", "continue", at)),
    registerCommand(log, "kvmSeries.skipPatch", (at) => goOn("Skipping the patch", "skip", at)),
    registerCommand(log, "kvmSeries.abortApply", async (at) => {
      sayLeft(await session.abort(topOf(at)), "The apply was aborted and everything was restored.");
    }),
    registerCommand(log, "kvmSeries.undoApply", async (at) => {
      const left = await session.undo(topOf(at));
      sayLeft(left, `The apply was undone; ${left.record.branch} is gone.`);
    }),
    registerCommand(log, "kvmSeries.bringBack", (at) => session.bringBack(topOf(at))),
    registerCommand(log, "kvmSeries.showConflicts", async (at) => {
      await showStop((await session.underWay(topOf(at))).top, false);
    }),
    registerCommand(log, "kvmSeries.applyMenu", async () => {
      const { top, record, stop } = await session.underWay();
      const items = [
        { label: "$(debug-continue) Continue Applying", description: "with the files as they are now", command: "continueApply" },
        { label: "$(git-merge) Show What Conflicts", command: "showConflicts" },
        { label: "$(debug-step-over) Skip This Patch", description: "and apply the others", command: "skipPatch" },
        { label: "$(discard) Abort Applying", description: "and restore everything", command: "abortApply" },
      ];
      const placeHolder = withoutIcons(stopText(stop, record.titles));
      const picked = await vscode.window.showQuickPick(items, { title: plainMessage(`Applying to ${record.branch}`), placeHolder });
      if (picked) await run(picked.command, top);
    }),
  );
  session.begin();
  return {
    ended,
    dispose() {
      registrations.dispose();
    },
  };
}

/** @param top of the worktree that is meant; null for the one in which the person works */
async function run(command: string, top: string | null): Promise<void> {
  await vscode.commands.executeCommand(`kvmSeries.${command}`, top);
}

/** The worktree for which one of our commands was run; null if the person ran it, from a menu or by a key. */
function topOf(argument: unknown): string | null {
  return typeof argument === "string" ? argument : null;
}

/** Asks without waiting, and runs the command of the answer for a worktree. */
function offer(log: Log, ask: () => Thenable<string | undefined>, commands: Readonly<Record<string, string>>, top: string | null): void {
  inBackground(log, async () => {
    const command = commands[(await ask()) ?? ""];
    if (command !== undefined) await run(command, top);
  });
}

/** The sentence for a worktree that stays because it is open in this window. */
function openSentence({ branch, madeFrom }: ApplyRecord): string {
  return `The apply was aborted. This worktree and ${branch} stay, since they are open here; Undo Apply in ${madeFrom ?? ""} removes them.`;
}

type AppliedOutcome = Extract<ApplyOutcome, { kind: "applied" }>;

async function openWindow(folder: string): Promise<void> {
  await vscode.commands.executeCommand("vscode.openFolder", vscode.Uri.file(folder), { forceNewWindow: true });
}

// The patch at which `git am` stopped: conflicts in the merge editor, or beside its file a patch that git could not place.

/** Read-only documents with the hunks of a patch for one file. */
const failingScheme = "kvm-series-failing";

/** Opens the files that the person has to resolve by hand. */
class StoppedPatches implements vscode.Disposable {
  /** The documents of the current stop; after a reload the command shows them again. */
  readonly #texts = new Map<string, string>();
  readonly #provider = vscode.workspace.registerTextDocumentContentProvider(failingScheme, {
    provideTextDocumentContent: (uri) =>
      this.#texts.get(uri.toString()) ?? "This patch is no longer available. Choose “Show What Conflicts”.\n",
  });

  dispose(): void {
    this.#provider.dispose();
  }

  async show(top: string, stopped: StoppedPatch): Promise<void> {
    if (stopped.conflicts.length > 0) for (const path of stopped.conflicts) await openConflict(top, path, stopped.mergeable.includes(path));
    else await this.#openBeside(top, stopped);
  }

  async #openBeside(top: string, stopped: StoppedPatch): Promise<void> {
    this.#texts.clear();
    // The first file is opened last, so that it is the one in front.
    for (const file of [...stopped.files].reverse()) {
      const place = isSafePath(file.path) ? vscode.Uri.file(join(top, file.path)) : null;
      const text = place ? await readFile(place.fsPath, "utf8").catch(() => null) : null;
      const lines = text === null ? null : text.split(/\r?\n/);
      const uri = vscode.Uri.from({
        scheme: failingScheme,
        path: `/patch-${stopped.at}/${isSafePath(file.path) ? file.path : "file"}.diff`,
        query: `${top} ${stopped.title}`,
      });
      this.#texts.set(uri.toString(), failingPatchText(stopped, file, lines));
      if (place && lines) {
        const at = Math.min(firstOpenLine(file, lines), lines.length - 1);
        const selection = new vscode.Range(at, 0, at, 0);
        await vscode.window.showTextDocument(place, { viewColumn: vscode.ViewColumn.One, preview: false, selection });
      }
      await vscode.window.showTextDocument(uri, { viewColumn: vscode.ViewColumn.Two, preview: false, preserveFocus: true });
    }
  }
}

async function openConflict(top: string, path: string, isMergeable: boolean): Promise<void> {
  const uri = vscode.Uri.file(join(top, path));
  const hasMergeEditor = isMergeable && (await vscode.commands.getCommands()).includes("git.openMergeEditor");
  if (hasMergeEditor) await vscode.commands.executeCommand("git.openMergeEditor", uri);
  const { activeTab } = vscode.window.tabGroups.activeTabGroup;
  if (hasMergeEditor && activeTab && !(activeTab.input instanceof vscode.TabInputText)) return;
  // If the built-in git extension is off, or one side deleted the file, it is resolved as text.
  const isThere = await access(uri.fsPath).then(
    () => true,
    () => false,
  );
  if (isThere) await vscode.window.showTextDocument(uri, { preview: false });
}

// The editors in which a conflict is resolved: which of them have unsaved changes, and how they are closed.

export const conflictEditors: ConflictEditors = {
  unsaved: (top, paths) => paths.find((path) => openDocument(top, path)?.isDirty === true) ?? null,
  async leave(top, stopped) {
    for (const path of stopped.conflicts) await closeMergeEditors(vscode.Uri.file(join(top, path)));
    await conflictEditors.revert(top, stopped);
  },
  async revert(top, { conflicts }) {
    for (const path of conflicts) {
      const document = openDocument(top, path);
      if (document?.isDirty !== true) continue;
      // Only the active editor can be reverted.
      await vscode.window.showTextDocument(document, { preview: false });
      await vscode.commands.executeCommand("workbench.action.files.revert");
    }
  },
};

/**
 * Closes the merge editors of a file. VS Code asks about unresolved conflicts when one is closed, even by an
 * extension; so both sides are accepted first, and the result is reverted.
 */
async function closeMergeEditors(uri: vscode.Uri): Promise<void> {
  const isOurs = (tab: vscode.Tab | undefined): tab is vscode.Tab => mergedFile(tab?.input)?.toString() === uri.toString();
  for (let left = vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs).filter(isOurs).length; left > 0; left--) {
    // An open merge editor is brought to the front, because the commands act on the active editor.
    await vscode.commands.executeCommand("git.openMergeEditor", uri);
    const { activeTab } = vscode.window.tabGroups.activeTabGroup;
    if (!isOurs(activeTab)) return;
    for (const side of ["1", "2"]) await vscode.commands.executeCommand(`merge.acceptAllInput${side}`);
    await vscode.commands.executeCommand("workbench.action.files.revert");
    await vscode.window.tabGroups.close(activeTab, true);
  }
}

/** The result file of a merge editor; null for any other tab. The class of such a tab's input is only in a proposed API. */
function mergedFile(input: unknown): vscode.Uri | null {
  return typeof input === "object" && input !== null && "result" in input && input.result instanceof vscode.Uri ? input.result : null;
}

function openDocument(top: string, path: string): vscode.TextDocument | undefined {
  return vscode.workspace.textDocuments.find(({ uri }) => uri.scheme === "file" && uri.fsPath === join(top, path));
}
