/** The command Show Collisions: what I changed against every pending series, and git's merge as the proof of one. */
import { basename } from "node:path";
import { setImmediate } from "node:timers/promises";
import * as vscode from "vscode";
import { findCollisions } from "../../core/lines/collisions";
import { HumanError } from "../../core/humanError";
import { lineAfter } from "../../core/lines/overlap";
import { newestRevision } from "../../core/series/series";
import { loadPatchTexts, renamedPatches } from "../../core/lines/seriesChange";
import { exactPatchTexts } from "../../core/mail/mailPatches";
import { bySeries, collidesText, collisionPlaces, proofDocument, proofSentence, type SeriesCollisions } from "../../render/collisionText";
import { plural, revisionName, titleText } from "../../render/labels";
import type { MyChanges, MyScope } from "../../worktree/myChanges";
import type { ActiveFile } from "../activeFile";
import type { CollisionEngine } from "./collisions";
import { plainMessage, registerCommand } from "../commands";
import type { LoadedMails } from "../sources/loadedMails";
import { withoutIcons } from "../markdown";
import type { MovedFiles } from "../movedFiles";
import type { OpenTrees } from "../openTrees";
import type { ProofDocuments } from "./proofDocuments";
import { readSettings } from "../settings";

export interface ShowCollisionsParts {
  readonly active: ActiveFile;
  readonly trees: OpenTrees;
  readonly moved: MovedFiles;
  readonly mails: LoadedMails;
  readonly engine: () => Promise<CollisionEngine>;
  readonly proofs: ProofDocuments;
  readonly log: vscode.LogOutputChannel;
}

/** What a list of collisions is about. */
interface Asked {
  readonly top: string;
  readonly changes: MyChanges;
  readonly buffers: ReadonlyMap<string, string>;
}

export function registerShowCollisions(parts: ShowCollisionsParts): vscode.Disposable {
  return registerCommand(parts.log, "kvmSeries.showCollisions", async (argument) => {
    if (!vscode.workspace.isTrusted)
      throw new HumanError("git is not run in this workspace until it is trusted; trust it to see collisions.");
    const top = topAtHand(parts);
    const scope = argument === "uncommitted" ? ({ kind: "uncommitted" } as const) : await askScope();
    if (!scope) return;
    const engine = await parts.engine();
    const [asked, found] = await withProgress("Comparing your changes with the pending series", () => collect(engine, top, scope, parts));
    if (found.length === 0) {
      const words =
        asked.changes.files.length === 0 ? "There is nothing that you changed." : "No pending series changes the lines you changed.";
      void vscode.window.showInformationMessage(words);
      return;
    }
    const picked = await pickCollision(found, asked);
    if (!picked) return;
    const proof = await withProgress("Merging the two", () => prove(engine, asked, picked, parts));
    if (proof.kind !== "clean") return parts.proofs.open(titleText(picked.series.title), proofDocument(picked, proof));
    if ((await vscode.window.showInformationMessage(plainMessage(proofSentence(proof)), "Open Series")) === "Open Series")
      await vscode.commands.executeCommand("kvmSeries.openPage", picked.series.id);
  });
}

function withProgress<T>(title: string, run: () => Promise<T>): Thenable<T> {
  return vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title: `KVM Series: ${title}` }, run);
}

/** The checkout of the active file, else the only one that is open. */
function topAtHand({ active, trees }: ShowCollisionsParts): string {
  const own = active.document && trees.topOf(active.document.uri);
  const top = own ?? trees.trees[0]?.top;
  if (top === undefined)
    throw new HumanError("Open the folder of a kernel tree first; then your changes in it are compared with pending series.");
  return top;
}

async function askScope(): Promise<MyScope | null> {
  const items = [
    { label: "My uncommitted changes", description: "what differs from the last commit, saved or not", kind: "uncommitted" },
    { label: "My branch against its upstream", description: "its commits since it left", kind: "branch" },
    { label: "A range of commits...", description: "A..B", kind: "range" },
  ] as const;
  const picked = await vscode.window.showQuickPick(
    items.map(({ label, description, kind }) => ({ label, description, scope: kind })),
    { title: "KVM Series: Show Collisions", placeHolder: "What of yours may collide with pending series?" },
  );
  if (picked?.scope !== "range") return picked ? { kind: picked.scope } : null;
  const range = await vscode.window.showInputBox({
    title: "KVM Series: Show Collisions",
    prompt: "Two commits or branches with two dots between them, as for git log",
    placeHolder: "origin/next..my-topic",
    validateInput: (text) => (/^[^.]\S*\.\.|^\S+\.\.[^.\s]/.test(text.trim()) ? null : "Write a range as A..B."),
  });
  return range === undefined ? null : { kind: "range", range };
}

async function collect(
  engine: CollisionEngine,
  top: string,
  scope: MyScope,
  { trees, moved, mails }: ShowCollisionsParts,
): Promise<[Asked, SeriesCollisions[]]> {
  const options = { binary: readSettings().gitPath };
  const buffers = scope.kind === "uncommitted" ? unsavedTexts(top, trees) : new Map<string, string>();
  const changes = await engine.readMyChanges(top, scope.kind === "uncommitted" ? { ...scope, buffers } : scope, options);
  const project = trees.trees.find((tree) => tree.top === top)?.project ?? null;
  const touching = (path: string) => moved.touching(path, project, top);
  const touched = changes.files.filter(({ path }) => touching(path).length > 0).map(({ path }) => path);
  const texts = await engine.readFilesAt(top, changes.base, touched, options);
  const collisions = await findCollisions(changes.files, {
    touching,
    mails: (ids) => mails.mails(ids),
    base: (path) => {
      const bytes = texts.get(path);
      return Promise.resolve(bytes ? new TextDecoder().decode(bytes) : null);
    },
    blobs: (ids) => engine.readBlobs(top, ids, options),
    breathe: () => setImmediate(),
  });
  return [{ top, changes, buffers }, bySeries(collisions)];
}

/** The texts of the files of a checkout that are edited and not saved, by path. */
function unsavedTexts(top: string, trees: OpenTrees): Map<string, string> {
  const unsaved = vscode.workspace.textDocuments.filter(({ isDirty, uri }) => isDirty && trees.topOf(uri) === top);
  return new Map(
    unsaved.flatMap((document) => {
      const place = trees.locate(document.uri);
      return place ? [[place.path, document.getText()] as const] : [];
    }),
  );
}

interface CollisionItem extends vscode.QuickPickItem {
  readonly found?: SeriesCollisions;
}

/** Lists the series; the buttons of a row go to the lines and to the series. */
function pickCollision(found: readonly SeriesCollisions[], asked: Asked): Promise<SeriesCollisions | null> {
  const goToLines: vscode.QuickInputButton = { iconPath: new vscode.ThemeIcon("go-to-file"), tooltip: "Go to Your Lines" };
  const openSeries: vscode.QuickInputButton = { iconPath: new vscode.ThemeIcon("open-preview"), tooltip: "Open Series" };
  const item = (one: SeriesCollisions): CollisionItem => ({
    label: `${one.conflicts ? "$(warning) " : "$(check) "}${withoutIcons(titleText(one.series.title))}`,
    description: `${revisionName(newestRevision(one.series))} · ${one.series.subsystem}`,
    detail: one.collisions.map(collisionPlaces).join("; "),
    buttons: [goToLines, openSeries],
    found: one,
  });
  const separator = (label: string): CollisionItem => ({ label, kind: vscode.QuickPickItemKind.Separator });
  const [conflicts, same] = [found.filter((one) => one.conflicts), found.filter((one) => !one.conflicts)];
  const pick = vscode.window.createQuickPick<CollisionItem>();
  pick.title = "KVM Series: Show Collisions";
  pick.placeholder = `${collidesText(conflicts.length)}; pick one to see what git's merge says`;
  pick.matchOnDescription = pick.matchOnDetail = true;
  pick.items = [
    ...(conflicts.length > 0 ? [separator("Other text on the same lines"), ...conflicts.map(item)] : []),
    ...(same.length > 0 ? [separator(`The same change as yours: ${plural(same.length, "series", "series")}`), ...same.map(item)] : []),
  ];
  return new Promise((resolve) => {
    pick.onDidAccept(() => {
      resolve(pick.selectedItems[0]?.found ?? null);
      pick.hide();
    });
    pick.onDidTriggerItemButton(({ button, item: { found: one } }) => {
      if (one) void (button === openSeries ? vscode.commands.executeCommand("kvmSeries.openPage", one.series.id) : goTo(one, asked));
      pick.hide();
    });
    pick.onDidHide(() => {
      resolve(null);
      pick.dispose();
    });
    pick.show();
  });
}

/** Shows the first of the lines that collide, where they are now. */
async function goTo({ collisions }: SeriesCollisions, { top }: Asked): Promise<void> {
  const [first] = collisions;
  const [place] = first?.overlaps ?? [];
  if (!first || !place) return;
  const uri = vscode.Uri.joinPath(vscode.Uri.file(top), first.file.newPath ?? first.file.path);
  const line = lineAfter(first.file.edits, place.start);
  try {
    await vscode.window.showTextDocument(uri, { selection: new vscode.Range(line, 0, line, 0) });
  } catch {
    void vscode.window.showWarningMessage(plainMessage(`${basename(uri.fsPath)} cannot be opened; it may be deleted in your checkout.`));
  }
}

async function prove(
  engine: CollisionEngine,
  { top, changes, buffers }: Asked,
  { series }: SeriesCollisions,
  { mails, moved }: ShowCollisionsParts,
): ReturnType<CollisionEngine["proveMerge"]> {
  const paths = changes.files.flatMap(({ path, newPath }) => (newPath === undefined ? [path] : [path, newPath]));
  const unsaved = new Map([...buffers].filter(([path]) => paths.includes(path)));
  const patches = await loadPatchTexts(newestRevision(series), null, (ids) => mails.mails(ids), exactPatchTexts);
  const names = moved.namesIn(top);
  const merge = {
    base: changes.base,
    ours:
      changes.commit === null
        ? ({ kind: "worktree", paths, buffers: unsaved } as const)
        : ({ kind: "commit", commit: changes.commit } as const),
    theirs: { kind: "patches", patches: renamedPatches(patches, newestRevision(series), names), only: new Set(paths) } as const,
    names: { ours: "your changes", theirs: titleText(series.title) },
  };
  return engine.proveMerge(top, merge, { binary: readSettings().gitPath });
}
