/** Which pending series collide with what is typed in the active file: worked out while a person types, against the last commit. */
import * as vscode from "vscode";
import { baseText, blobFollower, blobsOf, isConflict, placedFile, type TheirFile } from "../../core/lines/collisions";
import { composeChanges, type FileChange, type LineEdit } from "../../core/lines/fileChange";
import { bufferEdits } from "../../core/lines/lineEdits";
import { overlapsOf, type Overlap } from "../../core/lines/overlap";
import type { Touch } from "../../core/paths/touches";
import { newestRevision, revisionKey, type Series } from "../../core/series/series";
import { loadPatchTexts } from "../../core/lines/seriesChange";
import { collidesText } from "../../render/collisionText";
import type { HoverPart } from "../../render/hover";
import { revisionName, titleText } from "../../render/labels";
import type { readBlobs } from "../../worktree/blobs";
import type { proveMerge } from "../../worktree/mergeProof";
import type { CommittedFile, readCommitted, readFilesAt, readMyChanges } from "../../worktree/myChanges";
import type { ActiveFile } from "../activeFile";
import type { HeadMoves } from "../apply/headMoves";
import type { LoadedMails } from "../sources/loadedMails";
import { toMarkdown } from "../markdown";
import type { OpenTrees } from "../openTrees";
import { makePause } from "../pause";
import { onDidChangeSettings, readSettings } from "../settings";

/** What of the bundle that asks git is used for collisions. */
export interface CollisionEngine {
  readonly proveMerge: typeof proveMerge;
  readonly readBlobs: typeof readBlobs;
  readonly readCommitted: typeof readCommitted;
  readonly readFilesAt: typeof readFilesAt;
  readonly readMyChanges: typeof readMyChanges;
}

export interface CollisionsParts {
  readonly active: ActiveFile;
  readonly trees: OpenTrees;
  readonly headMoves: HeadMoves;
  readonly mails: LoadedMails;
  readonly engine: () => Promise<CollisionEngine>;
  readonly log: vscode.LogOutputChannel;
}

/** A series that changes lines which were changed in the active file. */
export interface LiveCollision {
  readonly series: Series;
  readonly overlaps: readonly Overlap[];
  /** Whether any place is left to be merged; else both make the same of all of them. */
  readonly conflicts: boolean;
}

/** After so long without a key a person wants to know. */
const typingMilliseconds = 150;
/** Longer files are no source, and comparing them would hold up the editor. */
const mostLines = 200_000;

/** The file at hand as the last commit has it, and what series make of it there. */
interface Base {
  readonly document: vscode.TextDocument;
  readonly path: string;
  readonly committed: CommittedFile;
  /** By series and revision. */
  readonly theirs: Map<string, TheirFile>;
  /** By series and revision, what was placed by the lines around it, and may be followed from the text it was made on. */
  readonly unfollowed: Map<string, readonly FileChange[]>;
  /** The blobs that are being read: keys that are pressed meanwhile do not ask for them again. */
  blobs: { readonly ids: string; readonly texts: Promise<ReadonlyMap<string, string>> } | null;
}

export class Collisions {
  #found: readonly LiveCollision[] = [];
  #base: Base | null = null;
  /** The last commit may be another one. */
  #stale = true;
  #run: object | null = null;
  #timer: NodeJS.Timeout | undefined;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #subscriptions: vscode.Disposable;
  readonly onDidChange = this.#changed.event;

  constructor(private readonly parts: CollisionsParts) {
    const again = (): void => {
      this.#stale = true;
      this.#schedule();
    };
    this.#subscriptions = vscode.Disposable.from(
      this.#changed,
      // A commit in the terminal of the window changes neither the focus nor a file of the tree.
      parts.headMoves.onDidMove(again),
      parts.active.onDidChange(() => this.#schedule()),
      vscode.workspace.onDidSaveTextDocument(again),
      vscode.window.onDidChangeWindowState(({ focused }) => focused && again()),
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (document !== parts.active.document || contentChanges.length === 0) return;
        // A text that changes without being edited was changed on the disk: by a checkout, as often as not.
        if (document.isDirty) this.#schedule();
        else again();
      }),
    );
    this.#schedule();
  }

  /** Of the active file, in the order of the view This File; [] while nothing is known. */
  get found(): readonly LiveCollision[] {
    return this.#found;
  }

  of(series: Series): LiveCollision | undefined {
    return this.#found.find((one) => one.series.id === series.id);
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const run = {};
      this.#run = run;
      this.#update(() => this.#run !== run).catch((error: unknown) => {
        this.parts.log.warn(error instanceof Error ? error.message : String(error));
        this.#show([]);
      });
    }, typingMilliseconds);
  }

  async #update(isOver: () => boolean): Promise<void> {
    const { active } = this.parts;
    const { document, place } = active;
    const touching = active.touches.filter(({ series }) => newestRevision(series).posted !== undefined);
    const isAsked = vscode.workspace.isTrusted && document && place && touching.length > 0 && document.lineCount <= mostLines;
    if (!isAsked) {
      this.#base = null;
      this.#show([]);
      return;
    }
    const engine = await this.parts.engine();
    const base = await this.#baseOf(engine, document, place.path);
    if (isOver()) return;
    const mine = base ? bufferEdits(base.committed.bytes, document.getText()) : [];
    if (!base || mine.length === 0) {
      this.#show([]);
      return;
    }
    await this.#place(base, touching, isOver);
    if (isOver()) return;
    this.#show(meeting(base, mine, touching));
    if ((await this.#followBases(engine, base, isOver)) && !isOver()) this.#show(meeting(base, mine, touching));
  }

  /** The file as the last commit has it; what is known of it is kept for as long as that stays the same. */
  async #baseOf(engine: CollisionEngine, document: vscode.TextDocument, path: string): Promise<Base | null> {
    const known = this.#base?.document === document && this.#base.path === path ? this.#base : null;
    if (known && !this.#stale) return known;
    this.#stale = false;
    const top = this.parts.trees.topOf(document.uri);
    const committed = top === null ? null : await engine.readCommitted(top, path, { binary: readSettings().gitPath });
    if (committed === null) return (this.#base = null);
    if (known?.committed.commit === committed.commit) return known;
    return (this.#base = { document, path, committed, theirs: new Map(), unfollowed: new Map(), blobs: null });
  }

  async #place({ committed, path, theirs, unfollowed }: Base, touching: readonly Touch[], isOver: () => boolean): Promise<void> {
    const missing = touching.filter(({ series }) => !theirs.has(revisionKey(series)));
    if (missing.length === 0) return;
    const text = baseText(new TextDecoder().decode(committed.bytes));
    const pause = makePause(isOver);
    for (const { series, moved } of missing) {
      const name = moved?.name ?? path;
      const patches = await loadPatchTexts(newestRevision(series), name, (ids) => this.parts.mails.mails(ids));
      const changes = composeChanges(patches, name);
      theirs.set(revisionKey(series), placedFile(text, changes));
      if (blobsOf(changes).length > 0) unfollowed.set(revisionKey(series), changes);
      if (await pause()) return;
    }
  }

  /** Places the series again whose first text is in the repository: where it is known, nothing is guessed. Says whether any was. */
  async #followBases(engine: CollisionEngine, base: Base, isOver: () => boolean): Promise<boolean> {
    const { document, committed, theirs, unfollowed } = base;
    const top = this.parts.trees.topOf(document.uri);
    if (top === null || unfollowed.size === 0) return false;
    const texts = await readBases(engine, top, base);
    if (isOver()) return false;
    const text = baseText(new TextDecoder().decode(committed.bytes));
    const follow = text && blobFollower(text, texts);
    const pause = makePause(isOver);
    for (const [key, changes] of unfollowed) {
      if (follow && blobsOf(changes).some((id) => texts.has(id))) theirs.set(key, placedFile(text, changes, follow));
      unfollowed.delete(key);
      if (await pause()) return true;
    }
    base.blobs = null;
    return texts.size > 0;
  }

  #show(found: readonly LiveCollision[]): void {
    const isSame = found.length === 0 && this.#found.length === 0;
    this.#found = found;
    if (!isSame) this.#changed.fire();
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#run = null;
    this.#subscriptions.dispose();
  }
}

function readBases(engine: CollisionEngine, top: string, base: Base): Promise<ReadonlyMap<string, string>> {
  const ids = [...new Set([...base.unfollowed.values()].flatMap(blobsOf))];
  if (base.blobs?.ids !== ids.join()) {
    const texts = engine.readBlobs(top, ids, { binary: readSettings().gitPath }).catch(() => new Map<string, string>());
    base.blobs = { ids: ids.join(), texts };
  }
  return base.blobs.texts;
}

function meeting({ theirs }: Base, mine: readonly LineEdit[], touching: readonly Touch[]): LiveCollision[] {
  return touching.flatMap(({ series }) => {
    const overlaps = overlapsOf(mine, theirs.get(revisionKey(series))?.edits ?? []);
    return overlaps.length === 0 ? [] : [{ series, overlaps, conflicts: isConflict({ overlaps }) }];
  });
}

/** A second item beside that of the file, which is there only while something collides. */
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
    item.accessibilityInformation = { label: `What you changed in this file ${collidesText(colliding.length)}`, role: "button" };
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

/** Says in the row of a series that it changes the lines which the person changed. */
export function markCollision(item: vscode.TreeItem, collision: LiveCollision | undefined): vscode.TreeItem {
  if (!collision) return item;
  const words = collision.conflicts ? "collides with your changes" : "makes the same change as you";
  const description = typeof item.description === "string" ? item.description : "";
  item.description = `${words} · ${description}`;
  if (collision.conflicts) item.iconPath = new vscode.ThemeIcon("warning", new vscode.ThemeColor("list.warningForeground"));
  const spoken = item.accessibilityInformation?.label;
  item.accessibilityInformation = { label: spoken === undefined ? words : `${words}, ${spoken}` };
  return item;
}
