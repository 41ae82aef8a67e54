/** An apply that is under way or was done: the stop at a patch, continue, skip, abort, undo; found again after a reload. */
import { access, readFile } from "node:fs/promises";
import { join } from "node:path";
import * as vscode from "vscode";
import type { ApplyOutcome, StoppedPatch } from "../checkout/amSession";
import type { StashReturn } from "../checkout/applyBranch";
import { applyFiles, type ApplyRecord, gitFolderOf, readApply, type RecordedApply } from "../checkout/applyRecord";
import { HumanError } from "../core/humanError";
import { isSafePath } from "../core/series/treePaths";
import type { OpenTrees } from "../engines/openTrees";
import { failingPatchText, firstOpenLine } from "../render/failingPatch";
import { plural } from "../render/labels";
import { stopText } from "./applySeries";
import { registerCommand, setContext } from "./commands";
import { plainMessage, withoutIcons } from "./markdown";
import { type ApplyEngine, gitOptions } from "./workspace";

export interface ApplyProgressParts {
  readonly trees: OpenTrees;
  readonly log: vscode.LogOutputChannel;
  readonly engine: () => Promise<ApplyEngine>;
}

export interface ApplyProgress {
  /** Shows how an apply in a worktree ended, or where it stopped. */
  readonly ended: (place: string, outcome: ApplyOutcome) => Promise<void>;
  /** Looks what is under way. */
  readonly refresh: () => Promise<void>;
  readonly dispose: () => void;
}

interface Found extends RecordedApply {
  readonly top: string;
}

const continueIt = "Continue";
const skipIt = "Skip Patch";
const abortIt = "Abort";
const openIt = "Open in New Window";
const undoIt = "Undo";
const bringIt = "Bring My Changes Here";

/** Registers the commands and the status bar item; what is shown follows the files of git in the open worktrees. */
export function registerApplyProgress({ trees, log, engine }: ApplyProgressParts): ApplyProgress {
  const item = vscode.window.createStatusBarItem("kvmSeries.apply", vscode.StatusBarAlignment.Left, 10);
  item.name = "KVM Series: Apply";
  item.command = "kvmSeries.applyMenu";
  item.backgroundColor = new vscode.ThemeColor("statusBarItem.warningBackground");
  let found: readonly Found[] = [];
  let watchers = vscode.Disposable.from();

  const refresh = async (): Promise<void> => {
    const tops = trees.trees.map(({ top }) => top);
    const states = await Promise.all(tops.map(async (top) => ({ top, state: await readApply(top) })));
    found = states.flatMap(({ top, state }) => (state ? [{ top, ...state }] : []));
    const under = found.find(({ stop }) => stop !== null);
    setContext("applying", under !== undefined);
    setContext(
      "applied",
      // One that ended before its end, too: it can be aborted, which says what became of it.
      found.some(({ stop }) => stop === null),
    );
    if (!under?.stop) {
      item.hide();
      return;
    }
    item.text = `$(git-merge) Applying ${under.stop.at} of ${under.stop.of}`;
    item.tooltip = `${stopText(under.stop, under.record.titles)}\nContinue, skip or abort`;
    item.show();
  };

  const watch = async (): Promise<void> => {
    watchers.dispose();
    const folders = (await Promise.all(trees.trees.map(({ top }) => gitFolderOf(top)))).filter((folder) => folder !== null);
    watchers = vscode.Disposable.from(
      ...folders.flatMap((folder) => {
        // Made by this window, by another one, or by the person on a command line.
        const watcher = vscode.workspace.createFileSystemWatcher(
          new vscode.RelativePattern(vscode.Uri.file(folder), `{${applyFiles.join(",")}}`),
        );
        const again = (): void => void refresh();
        return [watcher, watcher.onDidChange(again), watcher.onDidCreate(again), watcher.onDidDelete(again)];
      }),
    );
    await refresh();
  };

  const underWay = (): Found => {
    const under = found.find(({ stop }) => stop !== null);
    if (!under) throw new HumanError("No series is being applied in this window.");
    return under;
  };

  /** Runs something that goes on, and shows what came of it. */
  const goOn = async (
    title: string,
    needsSaved: boolean,
    run: (git: ApplyEngine, top: string, options: GoOn) => Promise<ApplyOutcome>,
  ): Promise<void> => {
    await refresh();
    const { top, record } = underWay();
    const git = await engine();
    const stopped = await git.stoppedPatch(top, gitOptions());
    if (stopped && needsSaved) needSaved(top, stopped);
    else if (stopped) await dropMerges(top, stopped);
    try {
      const outcome = await vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title }, (report) =>
        run(git, top, {
          ...gitOptions(),
          progress: (at) => report.report({ message: at ? stopText(at, record.titles) : "" }),
        }),
      );
      // A merge editor that had just been opened fills in the common version a moment later.
      if (stopped && !needsSaved) await dropMerges(top, stopped);
      await ended(top, outcome);
    } finally {
      await refresh();
    }
  };

  const showStop = async (top: string, isMade: boolean): Promise<void> => {
    const git = await engine();
    const state = await readApply(top);
    const stopped = await git.stoppedPatch(top, gitOptions());
    if (!state || !stopped) throw new HumanError("No series is being applied in this window.");
    const which = plainMessage(`Patch ${stopText(stopped, state.record.titles)}`);
    if (isMade) {
      const answer = await vscode.window.showWarningMessage(
        `${which} conflicts. Open the new worktree to finish it there.`,
        openIt,
        abortIt,
      );
      if (answer === openIt) await openWindow(top);
      else if (answer === abortIt) await vscode.commands.executeCommand("kvmSeries.abortApply");
      return;
    }
    await showStoppedPatch(top, stopped);
    const what =
      stopped.conflicts.length > 0
        ? `conflicts in ${plural(stopped.conflicts.length, "file")}. Resolve what is marked, then continue.`
        : "does not fit, and git has nothing to merge. Change the file as the patch beside it says, then continue.";
    void vscode.window.showWarningMessage(`${which} ${what}`, continueIt, skipIt, abortIt).then((answer) => {
      const command = answer === continueIt ? "continueApply" : answer === skipIt ? "skipPatch" : answer === abortIt ? "abortApply" : null;
      return command && vscode.commands.executeCommand(`kvmSeries.${command}`);
    });
  };

  const ended = async (place: string, outcome: ApplyOutcome): Promise<void> => {
    await refresh();
    const isMade = outcome.record.madeFrom !== null && trees.trees.every(({ top }) => top !== place);
    if (outcome.kind === "stopped") await showStop(place, isMade);
    else void sayApplied(place, outcome, isMade);
  };

  const sayApplied = async (place: string, { record, commits }: AppliedOutcome, isMade: boolean): Promise<void> => {
    const there = record.titles.length - commits;
    const sentence = [
      `${plural(commits, "patch", "patches")} of “${record.title}” applied to ${record.branch}.`,
      record.note ?? "",
      there > 0 ? `${plural(there, "patch was", "patches were")} in already or skipped.` : "",
      record.stash === null ? "" : "Your changes are in a stash; Undo brings them back too.",
    ];
    const buttons = [undoIt, ...(isMade ? [openIt] : []), ...(record.stash === null ? [] : [bringIt])];
    const answer = await vscode.window.showInformationMessage(plainMessage(sentence.filter(Boolean).join(" ")), ...buttons);
    if (answer === undoIt) await vscode.commands.executeCommand("kvmSeries.undoApply");
    else if (answer === openIt) await openWindow(place);
    else if (answer === bringIt) await vscode.commands.executeCommand("kvmSeries.bringBack");
  };

  const say = (brought: StashReturn, sentence: string, { branch }: ApplyRecord): void => {
    const kept = ` Your changes did not fit any more and are kept in the stash “KVM Series: before ${branch}”.`;
    const changes = { none: "", back: " Your changes are back.", kept }[brought];
    void vscode.window.showInformationMessage(plainMessage(`${sentence}${changes}`));
  };

  /** Says why an apply was left as it is; the person's changes that are in a stash are offered, since nothing else brings them back. */
  const sayLeft = async (error: unknown, top: string): Promise<void> => {
    const left = (await readApply(top))?.record;
    if (!(error instanceof HumanError) || left === undefined || left.stash === null || left.tip !== null) throw error;
    const answer = await vscode.window.showWarningMessage(plainMessage(error.message), bringIt);
    if (answer === bringIt) await vscode.commands.executeCommand("kvmSeries.bringBack");
  };

  const registrations = vscode.Disposable.from(
    item,
    trees.onDidChange(() => void watch()),
    vscode.window.onDidChangeWindowState(({ focused }) => focused && void refresh()),
    registerCommand(log, "kvmSeries.continueApply", () => goOn("Continuing", true, (git, top, options) => git.continueApply(top, options))),
    registerCommand(log, "kvmSeries.skipPatch", () =>
      goOn("Skipping the patch", false, (git, top, options) => git.skipPatch(top, options)),
    ),
    registerCommand(log, "kvmSeries.abortApply", async () => {
      await refresh();
      const begun = found.find(({ stop }) => stop !== null) ?? found.find(({ record }) => record.tip === null);
      if (!begun) throw new HumanError("No series is being applied in this window.");
      const { top, record } = begun;
      const git = await engine();
      const stopped = await git.stoppedPatch(top, gitOptions());
      if (stopped) await dropMerges(top, stopped);
      try {
        const brought = await git.abortApply(top, gitOptions());
        if (stopped) await dropMerges(top, stopped);
        if (brought === "open") void vscode.window.showInformationMessage(plainMessage(openSentence(record)));
        else say(brought, "The apply was aborted, and all is as it was.", record);
      } catch (error) {
        await sayLeft(error, top);
      } finally {
        await refresh();
      }
    }),
    registerCommand(log, "kvmSeries.undoApply", async () => {
      await refresh();
      const done = found.find(({ stop, record }) => stop === null && (record.tip !== null || record.made !== null));
      if (!done) throw new HumanError("No series was applied in this window, so there is nothing to undo.");
      if (done.record.madeFrom !== null)
        throw new HumanError(`This worktree was made for it; undo it in the window of ${done.record.madeFrom}.`);
      const git = await engine();
      try {
        say(await git.undoApply(done.top, gitOptions()), `The apply was undone; ${done.record.branch} is gone.`, done.record);
      } finally {
        await refresh();
      }
    }),
    registerCommand(log, "kvmSeries.bringBack", async () => {
      await refresh();
      const done = found.find(({ record }) => record.stash !== null);
      if (!done) throw new HumanError("No changes of yours were put into a stash.");
      const brought = await (await engine()).restoreStash(done.top, done.record.stash, gitOptions());
      await refresh();
      if (brought === "kept") throw new HumanError("Your changes conflict with the series here; they stay in the stash.");
    }),
    registerCommand(log, "kvmSeries.showConflicts", async () => {
      await refresh();
      await showStop(underWay().top, false);
    }),
    registerCommand(log, "kvmSeries.applyMenu", async () => {
      await refresh();
      const { record, stop } = underWay();
      const items = [
        { label: "$(debug-continue) Continue Applying", description: "with the files as they are now", command: "continueApply" },
        { label: "$(git-merge) Show What Conflicts", command: "showConflicts" },
        { label: "$(debug-step-over) Skip This Patch", description: "and apply the others", command: "skipPatch" },
        { label: "$(discard) Abort Applying", description: "and put all back as it was", command: "abortApply" },
      ];
      const placeHolder = stop ? withoutIcons(stopText(stop, record.titles)) : "";
      const picked = await vscode.window.showQuickPick(items, { title: plainMessage(`Applying to ${record.branch}`), placeHolder });
      if (picked) await vscode.commands.executeCommand(`kvmSeries.${picked.command}`);
    }),
  );
  void watch();
  const dispose = (): void => {
    watchers.dispose();
    registrations.dispose();
  };
  return { ended, refresh, dispose };
}

/** A worktree that is open is not taken from under the window. */
function openSentence({ branch, madeFrom }: ApplyRecord): string {
  return `The apply was aborted. This worktree and ${branch} stay, since they are open here; Undo Apply in ${madeFrom ?? ""} removes them.`;
}

type AppliedOutcome = Extract<ApplyOutcome, { kind: "applied" }>;
type GoOn = NonNullable<Parameters<ApplyEngine["continueApply"]>[1]>;

async function openWindow(folder: string): Promise<void> {
  await vscode.commands.executeCommand("vscode.openFolder", vscode.Uri.file(folder), { forceNewWindow: true });
}

// Where `git am` stopped: conflicts in the merge editor; a patch that git could not place beside its file.

/** Read-only documents with the hunks of a patch for one file. */
const failingScheme = "kvm-series-failing";

const texts = new Map<string, string>();

/** Provides the documents. They are of this stop and not of the next: after a reload, the command shows them again. */
export function registerFailingPatch(): vscode.Disposable {
  return vscode.workspace.registerTextDocumentContentProvider(failingScheme, {
    provideTextDocumentContent: (uri) => texts.get(uri.toString()) ?? "This patch is not at hand any more; choose “Show What Conflicts”.\n",
  });
}

/** Brings the person to what has to be done by hand. */
export async function showStoppedPatch(top: string, stopped: StoppedPatch): Promise<void> {
  if (stopped.conflicts.length > 0) for (const path of stopped.conflicts) await openConflict(top, path, stopped.mergeable.includes(path));
  else await openBeside(top, stopped);
}

async function openConflict(top: string, path: string, isMergeable: boolean): Promise<void> {
  const uri = vscode.Uri.file(join(top, path));
  const hasMergeEditor = isMergeable && (await vscode.commands.getCommands()).includes("git.openMergeEditor");
  if (hasMergeEditor) await vscode.commands.executeCommand("git.openMergeEditor", uri);
  const { activeTab } = vscode.window.tabGroups.activeTabGroup;
  // The interface for extensions knows no merge editor, and says nothing of what its tab holds.
  if (hasMergeEditor && activeTab && !(activeTab.input instanceof vscode.TabInputText)) return;
  // Where the built-in git extension is off, or one side deleted the file, it is resolved as text.
  const isThere = await access(uri.fsPath).then(
    () => true,
    () => false,
  );
  if (isThere) await vscode.window.showTextDocument(uri, { preview: false });
}

async function openBeside(top: string, stopped: StoppedPatch): Promise<void> {
  texts.clear();
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
    texts.set(uri.toString(), failingPatchText(stopped, file, lines));
    if (place && lines) {
      const at = Math.min(firstOpenLine(file, lines), lines.length - 1);
      const selection = new vscode.Range(at, 0, at, 0);
      await vscode.window.showTextDocument(place, { viewColumn: vscode.ViewColumn.One, preview: false, selection });
    }
    await vscode.window.showTextDocument(uri, { viewColumn: vscode.ViewColumn.Two, preview: false, preserveFocus: true });
  }
}

// The editors in which a conflict of an apply is resolved: what in them is not saved, and how they are left.

/**
 * Refuses where a file of the patch is not saved. It is not saved for the person: the merge editor begins with the common version
 * and without markers, so what is in it before they completed the merge has the changes of neither side.
 */
export function needSaved(top: string, { conflicts, files }: StoppedPatch): void {
  const paths = [...conflicts, ...files.map(({ path }) => path)];
  for (const path of paths) {
    const document = openDocument(top, path);
    if (!document?.isDirty) continue;
    const how = conflicts.includes(path) ? "finish it with “Complete Merge”" : "save it";
    throw new HumanError(`${path} is not saved yet; ${how}, then continue.`);
  }
}

/**
 * Leaves the merge editors of a patch that is given up. What they hold is the common version until the merge is completed;
 * not saved, it would go on standing before the file that git puts back.
 */
export async function dropMerges(top: string, { conflicts }: StoppedPatch): Promise<void> {
  for (const path of conflicts) {
    const document = openDocument(top, path);
    if (!document) continue;
    // The tab of the merge editor stays, behind the file: closed by an extension, it would ask what shall become of the conflicts.
    await vscode.window.showTextDocument(document, { preview: false });
    // Only the active editor can be reverted.
    if (document.isDirty) await vscode.commands.executeCommand("workbench.action.files.revert");
  }
}

function openDocument(top: string, path: string): vscode.TextDocument | undefined {
  return vscode.workspace.textDocuments.find(({ uri }) => uri.scheme === "file" && uri.fsPath === join(top, path));
}
