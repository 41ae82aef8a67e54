/** Where pending series change the files on screen, kept right while a person types, and shown in the gutter, in hovers and above functions. */
import * as vscode from "vscode";
import { composeChanges, type ComposedChange } from "../core/lines/fileChange";
import { linesOf } from "../core/lines/lineDiff";
import { liesOn, type PlacedEdit, shownLine } from "../core/lines/placeChange";
import { functionsOf } from "../core/lines/textLines";
import type { Mail } from "../core/mail/mail";
import { editorPatchTexts } from "../core/mail/patchMail";
import { mailIdsOfPath, patchTextsOfPath } from "../core/series/revisionTexts";
import { newestRevision, type Series } from "../core/series/series";
import type { MovedName, Touch } from "../core/series/touches";
import type { ActiveFile } from "../engines/activeFile";
import { LivePlacements } from "../engines/livePlacements";
import type { MovedFiles } from "../engines/movedFiles";
import type { OpenTrees } from "../engines/openTrees";
import type { Library } from "../library/library";
import type { LoadedMails } from "../library/loadedMails";
import { makeSlicer } from "../library/slices";
import { applyLabel } from "../render/applies";
import { type HoveredChange, lineHover } from "../render/hover";
import { plural } from "../render/labels";
import type { ApplyStates } from "./applyStates";
import { registerCommand, setContext } from "./commands";
import { toMarkdown } from "./markdown";
import { changeSetting, onDidChangeSettings, readSettings } from "./settings";

/** What the editor takes for the end of a line. */
const lineEnd = /\r\n|\r|\n/;

export function linesOfDocument(document: vscode.TextDocument): string[] {
  return document.getText().split(lineEnd);
}

/** The lines that an edit leaves in place of those its range lies on. */
export function replacedLines(
  lines: readonly string[],
  { range: { start, end }, text }: Pick<vscode.TextDocumentContentChangeEvent, "range" | "text">,
): string[] {
  const before = (lines[start.line] ?? "").slice(0, start.character);
  const behind = (lines[end.line] ?? "").slice(end.character);
  return `${before}${text}${behind}`.split(lineEnd);
}

// Where pending series change the files that are on screen, line by line, kept right while a person types.

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
  readonly anchors: LivePlacements;
  readonly series: ReadonlyMap<string, Series>;
  /** By series, where it calls the file otherwise. */
  readonly moved: ReadonlyMap<string, MovedName>;
  readonly changes: ReadonlyMap<string, ComposedChange>;
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
    const changes = new Map<string, ComposedChange>();
    const watched: Watched = { document, anchors: new LivePlacements(linesOfDocument(document)), series, moved, changes, placed: false };
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
    const pause = makeSlicer(isOver);
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
      const pause = makeSlicer(isOver);
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

// The pending changes that a person means who points at lines, by series.

/**
 * The series that change lines of a document, those nearest to their place first.
 *
 * @param first zero-based, as `last`, which is included
 * @param appliesOf says in a few words whether a series applies
 */
export function pendingOnLines(
  pending: PendingChanges,
  document: vscode.TextDocument,
  [first, last]: readonly [number, number],
  appliesOf: (series: Series) => string | null = () => null,
): HoveredChange[] {
  const bySeries = new Map<string, HoveredChange>();
  for (const { series, placed, moved } of pending.edits(document) ?? []) {
    if (placed.certainty === "already" || !liesOn(placed, first, last)) continue;
    const known = bySeries.get(series.id);
    bySeries.set(series.id, { series, placed: [...(known?.placed ?? []), placed], applies: known?.applies ?? appliesOf(series), moved });
  }
  return [...bySeries.values()];
}

// Marks beside the lines that pending series change: in the gutter and in the overview ruler.

/** A line that is changed, one that lines are added before, and one of which the place is not sure. */
const kinds = ["change", "add", "unsure"] as const;
type MarkKind = (typeof kinds)[number];

/** While a person types, marks are drawn at most this often; the editor moves those that are drawn by itself. */
const drawMilliseconds = 60;

export interface LineMarksParts {
  readonly pending: PendingChanges;
  readonly extensionUri: vscode.Uri;
  readonly log: vscode.LogOutputChannel;
}

export function registerLineMarks({ pending, extensionUri, log }: LineMarksParts): vscode.Disposable {
  const icon = (name: MarkKind, theme: "dark" | "light"): vscode.Uri =>
    vscode.Uri.joinPath(extensionUri, "media", "marks", `${name}-${theme}.svg`);
  const types = new Map(
    kinds.map((name) => [
      name,
      vscode.window.createTextEditorDecorationType({
        isWholeLine: true,
        rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
        dark: { gutterIconPath: icon(name, "dark") },
        light: { gutterIconPath: icon(name, "light") },
        gutterIconSize: "cover",
        overviewRulerColor: new vscode.ThemeColor("kvmSeries.pendingLine"),
        overviewRulerLane: vscode.OverviewRulerLane.Center,
      }),
    ]),
  );
  let shown = readSettings().lineMarks;
  const draw = (editor: vscode.TextEditor): void => {
    const marks = shown ? marksOf(pending, editor.document) : null;
    for (const [name, type] of types) editor.setDecorations(type, marks?.get(name) ?? []);
  };
  const drawAll = (): void => vscode.window.visibleTextEditors.forEach(draw);
  const waiting = new Map<vscode.TextDocument, NodeJS.Timeout>();
  const drawSoon = (document: vscode.TextDocument): void => {
    if (waiting.has(document)) return;
    const timer = setTimeout(() => {
      waiting.delete(document);
      for (const editor of vscode.window.visibleTextEditors) if (editor.document === document) draw(editor);
    }, drawMilliseconds);
    waiting.set(document, timer);
  };
  const tell = (): void => setContext("lineMarks", shown);
  tell();
  drawAll();
  return vscode.Disposable.from(
    ...types.values(),
    pending.onDidChange(drawSoon),
    vscode.window.onDidChangeVisibleTextEditors(drawAll),
    registerCommand(log, "kvmSeries.hideLineMarks", () => changeSetting("lineMarks", false)),
    registerCommand(log, "kvmSeries.showLineMarks", () => changeSetting("lineMarks", true)),
    onDidChangeSettings((did) => {
      if (!did("lineMarks")) return;
      shown = readSettings().lineMarks;
      tell();
      drawAll();
    }),
    { dispose: () => waiting.forEach((timer) => clearTimeout(timer)) },
  );
}

function marksOf(pending: PendingChanges, document: vscode.TextDocument): ReadonlyMap<MarkKind, vscode.Range[]> {
  const marks = new Map<MarkKind, vscode.Range[]>();
  for (const { placed } of pending.edits(document) ?? []) {
    const kind = markOf(placed);
    if (!kind) continue;
    const first = shownLine(placed, document.lineCount);
    const last = Math.min(document.lineCount - 1, Math.max(first, placed.start + placed.count - 1));
    const ranges = marks.get(kind);
    const range = new vscode.Range(first, 0, last, 0);
    if (ranges) ranges.push(range);
    else marks.set(kind, [range]);
  }
  return marks;
}

function markOf({ certainty, count }: PlacedEdit): MarkKind | null {
  if (certainty === "already" || certainty === "gone") return null;
  if (certainty === "function" || certainty === "fuzzy") return "unsure";
  return count > 0 ? "change" : "add";
}

// Hovering a line tells which pending series change it, and to what.

export function registerLineHover(pending: PendingChanges, applies: Pick<ApplyStates, "of">): vscode.Disposable {
  const appliesOf = (series: Series): string | null => {
    const known = applies.of(series);
    return known && applyLabel(known.answer, newestRevision(series).expected);
  };
  return vscode.languages.registerHoverProvider(
    { scheme: "file" },
    {
      provideHover(document, { line }) {
        if (!readSettings().lineHovers) return undefined;
        const changes = pendingOnLines(pending, document, [line, line], appliesOf);
        if (changes.length === 0) return undefined;
        const range = document.lineAt(line).range;
        return new vscode.Hover(toMarkdown(lineHover(changes, document.uri.toString(), line, Date.now())), range);
      },
    },
  );
}

// A line above each function that pending series change; off by default.

export function registerFunctionLenses(pending: PendingChanges): vscode.Disposable {
  const changed = new vscode.EventEmitter<void>();
  const provider: vscode.CodeLensProvider = {
    onDidChangeCodeLenses: changed.event,
    provideCodeLenses(document) {
      if (!readSettings().codeLens || (pending.edits(document) ?? []).length === 0) return [];
      return functionsOf(linesOfDocument(document)).flatMap(({ name, start, end }) => {
        const count = pendingOnLines(pending, document, [start, end]).length;
        if (count === 0) return [];
        const title = `${plural(count, "pending series", "pending series")} ${count === 1 ? "changes" : "change"} ${name}()`;
        const command = { title, command: "kvmSeries.showSeriesTouchingLines", arguments: [document.uri.toString(), start, end] };
        return [new vscode.CodeLens(new vscode.Range(start, 0, start, 0), command)];
      });
    },
  };
  return vscode.Disposable.from(
    changed,
    vscode.languages.registerCodeLensProvider({ scheme: "file" }, provider),
    pending.onDidChange(() => readSettings().codeLens && changed.fire()),
    onDidChangeSettings((did) => did("codeLens") && changed.fire()),
  );
}
