/** Apply to New Branch, Apply in New Worktree and Save as mbox: the questions before it, and its progress. */
import { homedir } from "node:os";
import { basename, dirname, isAbsolute, join } from "node:path";
import * as vscode from "vscode";
import type { ApplyOutcome, ApplyRequest } from "../checkout/amSession";
import type { Stop } from "../checkout/applyRecord";
import { HumanError } from "../core/humanError";
import { branchNameOf, mboxFileName } from "../core/series/seriesMbox";
import { shortId } from "../core/text";
import type { ApplyEngine } from "../engines/applyProgress";
import type { OpenTrees } from "../engines/openTrees";
import type { PageInFront } from "../engines/seriesPages";
import type { Library } from "../library/library";
import { leftOutSentence, plural, titleText } from "../render/labels";
import { registerCommand, say } from "./commands";
import { plainMessage, withoutIcons } from "./markdown";
import { mboxOf, type PickedRevision, revisionFor } from "./seriesPick";
import { gitOptions, pickWorktree } from "./workspace";

export interface ApplySeriesParts {
  readonly library: Library;
  readonly front: PageInFront;
  readonly trees: OpenTrees;
  readonly log: vscode.LogOutputChannel;
  readonly engine: () => Promise<ApplyEngine>;
  /** Shows how an apply in a worktree ended, or where it stopped. */
  readonly ended: (place: string, outcome: ApplyOutcome) => Promise<void>;
  /** Called when the state of a worktree may have changed. */
  readonly changed: () => Promise<void>;
}

export function registerApplySeries(parts: ApplySeriesParts): vscode.Disposable {
  return vscode.Disposable.from(
    registerCommand(parts.log, "kvmSeries.applyToBranch", (argument) => applyRevision(argument, "branch", parts)),
    registerCommand(parts.log, "kvmSeries.applyInWorktree", (argument) => applyRevision(argument, "worktree", parts)),
  );
}

type Where = "branch" | "worktree";

const titles: Readonly<Record<Where, string>> = {
  branch: "KVM Series: Apply to New Branch",
  worktree: "KVM Series: Apply in New Worktree",
};

async function applyRevision(argument: unknown, asked: Where, parts: ApplySeriesParts): Promise<void> {
  const { library, front, trees, engine, ended, changed } = parts;
  gitOptions();
  const chosen = await revisionFor(argument, { library, front }, titles[asked]);
  if (!chosen) return;
  // The person learns that patches are missing before any question.
  const mbox = await mboxOf(chosen, library);
  const top = await pickWorktree(trees, chosen.series);
  if (top === undefined) return;
  const git = await engine();
  const ready = await git.applyReadiness(top, gitOptions(), asked === "worktree");
  const where = asked === "branch" && ready.dirty ? await askAboutChanges() : asked;
  if (where === undefined) return;
  const title = titles[where === "stash" ? "branch" : where];
  const base = await pickBranchBase(title, top, ready, chosen, git);
  if (base === undefined) return;
  const branch = await askBranch(title, top, chosen, git);
  if (branch === undefined) return;
  const worktree = where === "worktree" ? await askFolder(title, top, branch) : null;
  if (worktree === undefined) return;
  const { text, titles: patches } = mbox;
  const note = leftOutSentence(mbox.leftOut);
  const { title: name } = chosen.revision;
  const request = { top, mbox: text, title: name, titles: patches, branch, base, worktree, stash: where === "stash", note };
  try {
    const outcome = await withApplyProgress(request, (options) => git.startApply(request, options));
    if (outcome) await ended(worktree ?? top, outcome);
  } finally {
    await changed();
  }
}

/** Asks what to do with uncommitted changes; undefined when the person cancels. */
async function askAboutChanges(): Promise<Where | "stash" | undefined> {
  const stash = "Stash My Changes";
  const elsewhere = "Apply in New Worktree";
  const answer = await vscode.window.showWarningMessage(
    "This worktree has uncommitted changes.",
    {
      modal: true,
      detail: "They can be stashed and restored when the apply is aborted or undone. Or apply the series in a new worktree.",
    },
    stash,
    elsewhere,
  );
  return answer === stash ? "stash" : answer === elsewhere ? "worktree" : undefined;
}

interface BaseChoice extends vscode.QuickPickItem {
  /** Null if the person names the folder. */
  readonly commit: string | null;
}

async function pickBranchBase(
  title: string,
  top: string,
  { head, branch }: Awaited<ReturnType<ApplyEngine["applyReadiness"]>>,
  { revision }: PickedRevision,
  git: ApplyEngine,
): Promise<string | undefined> {
  const named = revision.posted?.baseCommit ?? null;
  const own = named !== null && /^[0-9a-f]{7,64}$/i.test(named) ? await git.commitOf(top, named, gitOptions()) : null;
  const items: BaseChoice[] = [
    { label: "$(git-branch) HEAD", description: [branch ?? "", shortId(head)].filter(Boolean).join(" · "), commit: head },
    ...(own === null || own === head
      ? []
      : [
          {
            label: "$(git-commit) Base Commit of the Series",
            description: shortId(own),
            detail: "The commit its author based it on",
            commit: own,
          },
        ]),
    { label: "$(search) Another Branch, Tag or Commit...", commit: null },
  ];
  const missing = named !== null && own === null ? ` The series' base commit ${shortId(named)} is not in this repository.` : "";
  const picked = await vscode.window.showQuickPick(items, {
    title: `${title} (Base)`,
    placeHolder: `Where should the new branch start?${missing}`,
  });
  if (!picked) return undefined;
  if (picked.commit !== null) return picked.commit;
  const name = await vscode.window.showInputBox({
    title: `${title} (Base)`,
    prompt: "A branch, tag or commit of this repository, such as kvm/next",
    ignoreFocusOut: true,
    validateInput: async (value) =>
      value.trim() !== "" && (await git.commitOf(top, value.trim(), gitOptions())) === null ? "This repository has no such commit." : null,
  });
  if (!name?.trim()) return undefined;
  return (await git.commitOf(top, name.trim(), gitOptions())) ?? undefined;
}

async function askBranch(title: string, top: string, { revision }: PickedRevision, git: ApplyEngine): Promise<string | undefined> {
  const name = await vscode.window.showInputBox({
    title: `${title} (Branch)`,
    prompt: "Name of the new branch",
    value: await git.freeBranchName(top, branchNameOf(revision), gitOptions()),
    ignoreFocusOut: true,
    validateInput: (value) => git.branchNameProblem(top, value.trim(), gitOptions()),
  });
  return name === undefined || name.trim() === "" ? undefined : name.trim();
}

async function askFolder(title: string, top: string, branch: string): Promise<string | undefined> {
  const folder = await vscode.window.showInputBox({
    title: `${title} (Folder)`,
    prompt: "Folder for the new worktree (must not exist)",
    value: join(dirname(top), `${basename(top)}-${branch.replaceAll("/", "-")}`),
    ignoreFocusOut: true,
    validateInput: async (value) => {
      if (!isAbsolute(value.trim())) return "Enter an absolute path.";
      return (await isThere(value.trim())) ? "This folder already exists." : null;
    },
  });
  return folder === undefined || folder.trim() === "" ? undefined : folder.trim();
}

async function isThere(path: string): Promise<boolean> {
  return vscode.workspace.fs.stat(vscode.Uri.file(path)).then(
    () => true,
    () => false,
  );
}

type Run = (options: {
  readonly binary?: string | undefined;
  readonly signal: AbortSignal;
  readonly progress: (stop: Stop | null) => void;
}) => Promise<ApplyOutcome>;

/** Runs an apply with a progress that names the current patch; null when the person cancelled it and everything was restored. */
async function withApplyProgress(request: Pick<ApplyRequest, "title" | "titles">, run: Run): Promise<ApplyOutcome | null> {
  const title = plainMessage(`Applying “${titleText(request.title)}”`);
  return vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title, cancellable: true }, async (report, token) => {
    const stop = new AbortController();
    token.onCancellationRequested(() => stop.abort());
    let reached = 0;
    const progress = (at: Stop | null): void => {
      if (at === null) report.report({ message: "Writing the files of the base" });
      else {
        report.report({ message: stopText(at, request.titles), increment: ((at.at - reached) / at.of) * 100 });
        reached = at.at;
      }
    };
    try {
      return await run({ ...gitOptions(), signal: stop.signal, progress });
    } catch (error) {
      if (!stop.signal.aborted || error instanceof HumanError) throw error;
      vscode.window.setStatusBarMessage("$(discard) Not applied; nothing was changed", 5000);
      return null;
    }
  });
}

/** `3 of 16: KVM: x86: ...`. */
export function stopText({ at, of }: Stop, patches: readonly string[]): string {
  return plainMessage(`${at} of ${of}: ${withoutIcons(titleText(patches[at - 1] ?? ""))}`);
}

// Save as mbox: the patches of a series in a file that `git am` takes.

export interface SaveMboxParts {
  readonly library: Library;
  readonly front: PageInFront;
  readonly log: vscode.LogOutputChannel;
}

export function registerSaveMbox({ library, front, log }: SaveMboxParts): vscode.Disposable {
  return registerCommand(log, "kvmSeries.saveMbox", async (argument) => {
    const chosen = await revisionFor(argument, { library, front }, "KVM Series: Save as mbox");
    if (!chosen) return;
    const { text, titles, trailers, leftOut } = await mboxOf(chosen, library);
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? homedir();
    const uri = await vscode.window.showSaveDialog({
      title: "KVM Series: Save as mbox",
      defaultUri: vscode.Uri.file(join(folder, mboxFileName(chosen.revision))),
      filters: { mbox: ["mbx", "mbox"], "All files": ["*"] },
    });
    if (!uri) return;
    try {
      await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(text));
    } catch {
      throw new HumanError(`${uri.fsPath} could not be written; choose a folder you can write to.`);
    }
    const given = trailers > 0 ? ` with ${plural(trailers, "trailer")} of replies` : "";
    const saved = `${plural(titles.length, "patch", "patches")}${given} saved in ${uri.fsPath}.`;
    say(log, [saved, leftOutSentence(leftOut)].filter(Boolean).join(" "));
  });
}
