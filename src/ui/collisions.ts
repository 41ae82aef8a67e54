/** Lines that both the person and pending series change: a warning in the status bar, Show Collisions, and git's merge as the proof. */
import { basename } from "node:path";
import { setImmediate } from "node:timers/promises";
import * as vscode from "vscode";
import type { proveCollision, readCollisions } from "../checkout/collides";
import type { MyChanges, MyScope, readMyChanges } from "../checkout/myChanges";
import { HumanError } from "../core/humanError";
import { lineAfter } from "../core/lines/lineDiff";
import { RecentMap } from "../core/recentMap";
import { newestRevision } from "../core/series/series";
import type { ActiveFile } from "../engines/activeFile";
import type { Collisions, LiveCollision } from "../engines/collisions";
import type { MovedFiles } from "../engines/movedFiles";
import type { OpenTrees } from "../engines/openTrees";
import type { LoadedMails } from "../library/loadedMails";
import { bySeries, collidesText, collisionPlacesText, proofDocument, proofSentence, type SeriesCollisions } from "../render/collisions";
import type { HoverPart } from "../render/hover";
import { plural, revisionName, titleText } from "../render/labels";
import { answering, registerCommand, say } from "./commands";
import { plainMessage, toMarkdown, withoutIcons } from "./markdown";
import { onDidChangeSettings, readSettings } from "./settings";

/** The part of the git bundle that lists collisions and proves them. */
export interface CollisionEngine {
  readonly proveCollision: typeof proveCollision;
  readonly readCollisions: typeof readCollisions;
  readonly readMyChanges: typeof readMyChanges;
}

/** A second status bar item, shown only while something collides. */
export function registerCollisionStatus({ collisions }: { readonly collisions: Collisions }): vscode.Disposable {
  const item = vscode.window.createStatusBarItem("kvmSeries.collisions", vscode.StatusBarAlignment.Right, 89);
  item.name = "KVM Series: Collisions";
  item.command = { command: "kvmSeries.showCollisions", title: "Show Collisions", arguments: ["uncommitted"] };
  item.backgroundColor = new vscode.ThemeColor("statusBarItem.warningBackground");
  const update = (): void => {
    const colliding = collisions.found.filter(({ conflicts }) => conflicts);
    if (colliding.length === 0 || !readSettings().statusBar) {
      item.hide();
      return;
    }
    item.text = `$(warning) ${collidesText(colliding.length)}`;
    item.tooltip = toMarkdown(tooltipParts(colliding));
    item.accessibilityInformation = { label: `What you changed here ${collidesText(colliding.length)}`, role: "button" };
    item.show();
  };
  update();
  return vscode.Disposable.from(
    item,
    collisions.onDidChange(update),
    onDidChangeSettings((did) => did("statusBar") && update()),
  );
}

function tooltipParts(colliding: readonly LiveCollision[]): HoverPart[] {
  const shown = colliding.slice(0, 5);
  const more = colliding.length - shown.length;
  return [
    { kind: "strong", text: "The same lines are changed by" },
    { kind: "line" },
    ...shown.flatMap(({ series }): HoverPart[] => [
      { kind: "command", text: titleText(series.title), command: "kvmSeries.openPage", args: [series.id] },
      { kind: "text", text: ` ${revisionName(newestRevision(series))}` },
      { kind: "break" },
    ]),
    ...(more > 0 ? [{ kind: "text", text: `and ${more} more` } as const, { kind: "break" } as const] : []),
  ];
}

// Read-only documents that show git's merge of two changes. They live as long as the window.

const proofScheme = "kvm-series-collision";
/** Proofs remembered for the documents that show them. */
const mostProofs = 50;

export class ProofDocuments {
  readonly #proofs = new RecentMap<string>(mostProofs);
  #last = 0;
  readonly #provider = vscode.workspace.registerTextDocumentContentProvider(proofScheme, {
    provideTextDocumentContent: ({ query }) => this.#proofs.get(query) ?? "This result has expired. Choose Try to Merge again.\n",
  });

  /**
   * Shows a proof.
   *
   * @param title of the colliding series
   * @param line zero-based; where to begin reading
   */
  async open(title: string, text: string, line = 0): Promise<void> {
    const id = String(++this.#last);
    this.#proofs.set(id, text);
    const name = plainMessage(title).replaceAll(/[/\\]/g, " ").slice(0, 60);
    const document = await vscode.workspace.openTextDocument(
      vscode.Uri.from({ scheme: proofScheme, path: `/Collision with ${name}`, query: id }),
    );
    await vscode.languages.setTextDocumentLanguage(document, "diff");
    await vscode.window.showTextDocument(document, { preview: true, selection: new vscode.Range(line, 0, line, 0) });
  }

  dispose(): void {
    this.#provider.dispose();
  }
}

// The command Show Collisions: my changes against every pending series, and git's merge as the proof for one.

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
interface ComparedChanges {
  readonly top: string;
  readonly changes: MyChanges;
  readonly buffers: ReadonlyMap<string, string>;
}

export function registerShowCollisions(parts: ShowCollisionsParts): vscode.Disposable {
  return registerCommand(parts.log, "kvmSeries.showCollisions", async (argument) => {
    if (!vscode.workspace.isTrusted) throw new HumanError("git does not run in an untrusted workspace. Trust it to see collisions.");
    const top = topAtHand(parts);
    const scope = argument === "uncommitted" ? ({ kind: "uncommitted" } as const) : await askScope();
    if (!scope) return;
    const engine = await parts.engine();
    const [asked, found] = await withProgress("Comparing your changes with the pending series", () => collect(engine, top, scope, parts));
    if (found.length === 0) {
      const words = asked.changes.files.length === 0 ? "You have no changes." : "No pending series changes the lines you changed.";
      say(parts.log, words);
      return;
    }
    const picked = await pickCollision(found, asked, parts.log);
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
  const top = own ?? trees.tops[0];
  if (top === undefined) throw new HumanError("Open a kernel tree to compare your changes with pending series.");
  return top;
}

async function askScope(): Promise<MyScope | null> {
  const items = [
    { label: "My uncommitted changes", description: "since the last commit, including unsaved ones", kind: "uncommitted" },
    { label: "My branch against its upstream", description: "commits that are not in the upstream", kind: "branch" },
    { label: "A range of commits...", description: "A..B", kind: "range" },
  ] as const;
  const picked = await vscode.window.showQuickPick(
    items.map(({ label, description, kind }) => ({ label, description, scope: kind })),
    { title: "KVM Series: Show Collisions", placeHolder: "Which of your changes should be compared with pending series?" },
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
): Promise<[ComparedChanges, SeriesCollisions[]]> {
  const options = { binary: readSettings().gitPath };
  const buffers = scope.kind === "uncommitted" ? unsavedTexts(top, trees) : new Map<string, string>();
  const changes = await engine.readMyChanges(top, scope.kind === "uncommitted" ? { ...scope, buffers } : scope, options);
  const project = trees.trees.find((tree) => tree.top === top)?.project ?? null;
  const touching = (path: string) => moved.touching(path, project, top);
  const sources = { touching, mails: (ids: readonly string[]) => mails.mails(ids), breathe: () => setImmediate() };
  const collisions = await engine.readCollisions(top, changes, sources, options);
  return [{ top, changes, buffers }, bySeries(collisions)];
}

/** The texts of the unsaved files of a checkout, by path. */
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
function pickCollision(
  found: readonly SeriesCollisions[],
  asked: ComparedChanges,
  log: vscode.LogOutputChannel,
): Promise<SeriesCollisions | null> {
  const goToLines: vscode.QuickInputButton = { iconPath: new vscode.ThemeIcon("go-to-file"), tooltip: "Go to Your Lines" };
  const openSeries: vscode.QuickInputButton = { iconPath: new vscode.ThemeIcon("open-preview"), tooltip: "Open Series" };
  const item = (one: SeriesCollisions): CollisionItem => ({
    label: `${one.conflicts ? "$(warning) " : "$(check) "}${withoutIcons(titleText(one.series.title))}`,
    description: `${revisionName(newestRevision(one.series))} · ${one.series.subsystem}`,
    detail: one.collisions.map(collisionPlacesText).join("; "),
    buttons: [goToLines, openSeries],
    found: one,
  });
  const separator = (label: string): CollisionItem => ({ label, kind: vscode.QuickPickItemKind.Separator });
  const [conflicts, same] = [found.filter((one) => one.conflicts), found.filter((one) => !one.conflicts)];
  const pick = vscode.window.createQuickPick<CollisionItem>();
  pick.title = "KVM Series: Show Collisions";
  pick.placeholder = `${collidesText(conflicts.length)}; pick one to see the merge`;
  pick.matchOnDescription = pick.matchOnDetail = true;
  pick.items = [
    ...(conflicts.length > 0 ? [separator("Different change to the same lines"), ...conflicts.map(item)] : []),
    ...(same.length > 0 ? [separator(`The same change as yours: ${plural(same.length, "series", "series")}`), ...same.map(item)] : []),
  ];
  return new Promise((resolve) => {
    pick.onDidAccept(() => {
      resolve(pick.selectedItems[0]?.found ?? null);
      pick.hide();
    });
    pick.onDidTriggerItemButton(({ button, item: { found: one } }) => {
      const open = async (chosen: SeriesCollisions): Promise<void> => {
        if (button === openSeries) await vscode.commands.executeCommand("kvmSeries.openPage", chosen.series.id);
        else await goTo(chosen, asked);
      };
      if (one) answering(log, () => open(one));
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
async function goTo({ collisions }: SeriesCollisions, { top }: ComparedChanges): Promise<void> {
  const [first] = collisions;
  const [place] = first?.overlaps ?? [];
  if (!first || !place) return;
  const uri = vscode.Uri.joinPath(vscode.Uri.file(top), first.file.newPath ?? first.file.path);
  const line = lineAfter(first.file.edits, place.start);
  try {
    await vscode.window.showTextDocument(uri, { selection: new vscode.Range(line, 0, line, 0) });
  } catch {
    throw new HumanError(`${basename(uri.fsPath)} cannot be opened; it may be deleted in your checkout.`);
  }
}

function prove(
  engine: CollisionEngine,
  { top, changes, buffers }: ComparedChanges,
  { series }: SeriesCollisions,
  { mails, moved }: ShowCollisionsParts,
): ReturnType<CollisionEngine["proveCollision"]> {
  const more = { mails: (ids: readonly string[]) => mails.mails(ids), moved: moved.namesIn(top), buffers };
  return engine.proveCollision(top, changes, series, { ...more, name: titleText(series.title), binary: readSettings().gitPath });
}
