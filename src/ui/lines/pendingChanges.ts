/** Where pending series change the files that are on screen, line by line, kept right while a person types. */
import * as vscode from "vscode";
import type { PlacedEdit } from "../../core/lines/anchor";
import { composeChanges, type FileChange } from "../../core/lines/fileChange";
import { LiveAnchors } from "../../core/lines/liveAnchors";
import { editorPatchTexts } from "../../core/mail/mailPatches";
import type { Mail } from "../../core/mail/mail";
import { mailIdsOfPath, patchTextsOfPath } from "../../core/lines/seriesChange";
import { newestRevision, type Series } from "../../core/series/series";
import { linesOf } from "../../core/lines/textLines";
import type { MovedName } from "../../core/paths/moves";
import type { Touch } from "../../core/paths/touches";
import type { Library } from "../../index/library";
import type { ActiveFile } from "../activeFile";
import { linesOfDocument, replacedLines } from "./documentLines";
import type { LoadedMails } from "../sources/loadedMails";
import type { MovedFiles } from "../movedFiles";
import type { OpenTrees } from "../openTrees";
import { makePause } from "../pause";
import { readSettings } from "../settings";

/** A change that a series makes, where it lies in a document. */
export interface PendingEdit {
  readonly series: Series;
  readonly placed: PlacedEdit;
  /** Where the series calls the file otherwise. */
  readonly moved: MovedName | null;
}

export interface PendingChangesParts {
  readonly library: Library;
  readonly trees: OpenTrees;
  readonly moved: MovedFiles;
  readonly active: ActiveFile;
  readonly mails: LoadedMails;
  readonly log: vscode.LogOutputChannel;
  /** Blobs of the repository of a tree, by abbreviated ids. */
  readonly readBlobs: (
    top: string,
    ids: readonly string[],
    options: { binary: string | undefined },
  ) => Promise<ReadonlyMap<string, string>>;
}

/** A person who has typed nothing for so long has paused. */
const pauseMilliseconds = 400;
/** Longer files are no source, and following them would hold up the editor. */
const mostLines = 200_000;
/** So many documents are followed while they are not on screen: a person comes back to the last ones, and a diff of one is opened instead of it. */
const mostHidden = 8;

interface Watched {
  readonly document: vscode.TextDocument;
  readonly anchors: LiveAnchors;
  readonly series: ReadonlyMap<string, Series>;
  /** By series, where it calls the file otherwise. */
  readonly moved: ReadonlyMap<string, MovedName>;
  readonly changes: ReadonlyMap<string, FileChange>;
  /** False until all series were placed once. */
  placed: boolean;
}

/** Follows the documents of the visible editors, and those that were visible before. */
export class PendingChanges {
  /** By document, those that were visible last at the end. */
  readonly #watched = new Map<string, Watched>();
  /** By document, what is being loaded; another load takes over. */
  readonly #loads = new Map<string, object>();
  readonly #changed = new vscode.EventEmitter<vscode.TextDocument>();
  readonly #subscriptions: vscode.Disposable;
  #pause: NodeJS.Timeout | undefined;
  /** Fires when the places of a document's pending changes are others. */
  readonly onDidChange = this.#changed.event;

  constructor(private readonly parts: PendingChangesParts) {
    const { library, trees, moved } = parts;
    this.#subscriptions = vscode.Disposable.from(
      this.#changed,
      vscode.window.onDidChangeVisibleTextEditors(() => this.#watchVisible(false)),
      vscode.workspace.onDidChangeTextDocument((event) => this.#follow(event)),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => this.#forget(uri.toString())),
      library.onDidChange(() => this.#watchVisible(true)),
      trees.onDidChange(() => this.#watchVisible(true)),
      moved.onDidChange(() => this.#watchVisible(true)),
    );
    this.#watchVisible(false);
  }

  /** The changes of a document, by line; null until they are known. Those that have no place in it are not among them. */
  edits(document: vscode.TextDocument): readonly PendingEdit[] | null {
    const watched = this.#watched.get(document.uri.toString());
    if (!watched?.placed) return null;
    const edits: PendingEdit[] = [];
    for (const [id, series] of watched.series) {
      for (const placed of watched.anchors.placed(id))
        if (placed.certainty !== "gone") edits.push({ series, placed, moved: watched.moved.get(id) ?? null });
    }
    return edits.sort((a, b) => a.placed.start - b.placed.start || a.placed.count - b.placed.count);
  }

  /** All changes of one series to a document, those without a place too; null where they are not known. */
  editsOf(document: vscode.TextDocument, seriesId: string): readonly PlacedEdit[] | null {
    const watched = this.#watched.get(document.uri.toString());
    return watched?.series.has(seriesId) ? watched.anchors.placed(seriesId) : null;
  }

  #watchVisible(again: boolean): void {
    const visible = new Map(vscode.window.visibleTextEditors.map(({ document }) => [document.uri.toString(), document]));
    for (const key of visible.keys()) {
      const watched = this.#watched.get(key);
      if (watched && this.#watched.delete(key)) this.#watched.set(key, watched);
    }
    // Those that are being loaded were seen last.
    const known = new Set([...this.#watched.keys(), ...this.#loads.keys()]);
    const hidden = [...known].filter((key) => !visible.has(key));
    // What is not seen is placed anew when it is seen again.
    for (const key of again ? hidden : hidden.slice(0, -mostHidden)) this.#forget(key);
    for (const [key, document] of visible) if (again || (!this.#watched.has(key) && !this.#loads.has(key))) this.#start(document);
  }

  #forget(key: string): void {
    this.#watched.delete(key);
    this.#loads.delete(key);
  }

  #start(document: vscode.TextDocument): void {
    const key = document.uri.toString();
    const found = this.parts.active.touching(document.uri);
    const touches = (found?.touches ?? []).filter(({ series }) => newestRevision(series).posted !== undefined);
    if (!found || touches.length === 0 || document.lineCount > mostLines) {
      this.#loads.delete(key);
      if (this.#watched.delete(key)) this.#changed.fire(document);
      return;
    }
    const load = {};
    this.#loads.set(key, load);
    void this.#load(document, found.place.path, touches, () => this.#loads.get(key) !== load).catch((error: unknown) =>
      this.parts.log.error(error instanceof Error ? error : String(error)),
    );
  }

  async #load(document: vscode.TextDocument, path: string, touches: readonly Touch[], isOver: () => boolean): Promise<void> {
    const series = new Map(touches.map((touch) => [touch.series.id, touch.series]));
    const moved = new Map(touches.flatMap((touch) => (touch.moved ? [[touch.series.id, touch.moved] as const] : [])));
    const nameIn = (one: Series): string => moved.get(one.id)?.name ?? path;
    const mails = await this.parts.mails.mails([...series.values()].flatMap((one) => mailIdsOfPath(newestRevision(one), nameIn(one))));
    if (isOver()) return;
    const changes = new Map<string, FileChange>();
    const watched: Watched = { document, anchors: new LiveAnchors(linesOfDocument(document)), series, moved, changes, placed: false };
    // What an editor cannot read as UTF-8 it shows as this.
    const isTold = !watched.anchors.text.lines.some((line) => line.includes("\uFFFD"));
    const compose = (one: Series, all: ReadonlyMap<string, Mail>): void => {
      const texts = patchTextsOfPath(newestRevision(one), nameIn(one), all, (mail) => editorPatchTexts(mail, isTold));
      const [change] = composeChanges(texts, nameIn(one));
      if (!change) return;
      changes.set(one.id, change);
      watched.anchors.place(one.id, change, null);
    };
    this.#watched.set(document.uri.toString(), watched);
    const pause = makePause(isOver);
    for (const one of series.values()) {
      try {
        compose(one, mails);
      } catch (error) {
        // One that cannot be read hides none of the others.
        this.parts.log.error(`The changes of ${one.id} to ${path} cannot be placed: ${String(error)}`);
      }
      if (await pause()) return;
    }
    watched.placed = true;
    this.#changed.fire(document);
    await this.#followBases(watched, isOver, pause);
  }

  /** Places the series again whose first text is in the repository: where it is known, nothing is guessed. */
  async #followBases({ document, anchors, changes }: Watched, isOver: () => boolean, pause: () => Promise<boolean>): Promise<void> {
    const top = this.parts.trees.topOf(document.uri);
    if (top === null || !vscode.workspace.isTrusted) return;
    const ids = [...changes.values()].flatMap(({ oldBlob }) => oldBlob ?? []);
    const bases = await this.parts.readBlobs(top, ids, { binary: readSettings().gitPath }).catch(() => new Map<string, string>());
    if (isOver() || bases.size === 0) return;
    for (const [id, change] of changes) {
      const base = bases.get(change.oldBlob ?? "");
      if (base === undefined) continue;
      try {
        anchors.place(id, change, linesOf(base));
      } catch (error) {
        this.parts.log.error(`The changes of ${id} to ${change.path ?? ""} cannot be followed: ${String(error)}`);
      }
      if (await pause()) return;
    }
    this.#changed.fire(document);
  }

  #follow({ document, contentChanges }: vscode.TextDocumentChangeEvent): void {
    const watched = this.#watched.get(document.uri.toString());
    if (!watched || contentChanges.length === 0) return;
    const { text } = watched.anchors;
    for (const change of contentChanges) {
      const { start, end } = change.range;
      watched.anchors.edit(start.line, end.line - start.line + 1, replacedLines(text.lines, change));
    }
    if (text.length !== document.lineCount) {
      this.parts.log.warn(`The edits of ${document.uri.path} do not lead to its text; it is read again.`);
      this.#start(document);
      return;
    }
    this.#changed.fire(document);
    clearTimeout(this.#pause);
    this.#pause = setTimeout(() => void this.#settle(), pauseMilliseconds);
  }

  async #settle(): Promise<void> {
    for (const [key, watched] of this.#watched) {
      const isOver = (): boolean => this.#watched.get(key) !== watched;
      const pause = makePause(isOver);
      const settled: string[] = [];
      for (const series of watched.anchors.settle()) {
        settled.push(series);
        if (await pause()) return;
      }
      if (settled.length > 0) this.#changed.fire(watched.document);
    }
  }

  dispose(): void {
    clearTimeout(this.#pause);
    this.#loads.clear();
    this.#watched.clear();
    this.#subscriptions.dispose();
  }
}
