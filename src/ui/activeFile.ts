/** The file in the active editor and what is pending for it, worked out once for everybody who shows it. */
import * as vscode from "vscode";
import type { Library } from "../index/library";
import type { Touch } from "../core/paths/touches";
import type { MovedFiles } from "./movedFiles";
import type { OpenTrees, Place } from "./openTrees";

/** While a person scrolls, the list waits. */
const scrollMilliseconds = 150;

export class ActiveFile {
  #uri: vscode.Uri | undefined;
  #place: Place | null = null;
  #touches: readonly Touch[] = [];
  #onlyInView = false;
  #scrolled: NodeJS.Timeout | undefined;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #subscriptions: vscode.Disposable;
  readonly onDidChange = this.#changed.event;

  constructor(
    library: Library,
    private readonly trees: OpenTrees,
    private readonly moved: MovedFiles,
  ) {
    this.#subscriptions = vscode.Disposable.from(
      this.#changed,
      vscode.window.onDidChangeActiveTextEditor(() => this.#update()),
      vscode.window.tabGroups.onDidChangeTabs(({ closed }) => closed.length > 0 && this.#update()),
      vscode.window.onDidChangeTextEditorVisibleRanges(() => this.#onlyInView && this.#scroll()),
      library.onDidChange(() => this.#update()),
      trees.onDidChange(() => this.#update()),
      moved.onDidChange(() => this.#update()),
    );
    this.#update();
  }

  get place(): Place | null {
    return this.#place;
  }
  get touches(): readonly Touch[] {
    return this.#touches;
  }

  /** The file as it is open, also behind a page. */
  get document(): vscode.TextDocument | undefined {
    return vscode.workspace.textDocuments.find(({ uri }) => uri.toString() === this.#uri?.toString());
  }

  /** The editor of the file, where it can be seen. */
  get editor(): vscode.TextEditor | undefined {
    return vscode.window.visibleTextEditors.find(({ document }) => document.uri.toString() === this.#uri?.toString());
  }

  get onlyInView(): boolean {
    return this.#onlyInView;
  }

  /** Whether lists are to show what touches the lines that can be seen alone. */
  showOnlyInView(only: boolean): void {
    this.#onlyInView = only;
    this.#changed.fire();
  }

  /** What is pending for any document. */
  touching(uri: vscode.Uri): { readonly place: Place; readonly touches: readonly Touch[] } | null {
    const place = this.trees.locate(uri);
    return place && { place, touches: this.moved.touching(place.path, place.project, this.trees.topOf(uri)) };
  }

  #update(): void {
    const editor = vscode.window.activeTextEditor;
    // A series page that takes the focus leaves no active text editor, and one in a panel (the log) has no column: the file
    // that was edited before is still the one in question.
    // So is it while a document is read that we made of it.
    if (editor?.viewColumn !== undefined && !editor.document.uri.scheme.startsWith("kvm-series-")) this.#uri = editor.document.uri;
    else if (this.#uri && !isOpen(this.#uri)) this.#uri = undefined;
    const found = this.#uri ? this.touching(this.#uri) : null;
    this.#place = found?.place ?? null;
    this.#touches = found?.touches ?? [];
    this.#changed.fire();
  }

  #scroll(): void {
    clearTimeout(this.#scrolled);
    this.#scrolled = setTimeout(() => this.#changed.fire(), scrollMilliseconds);
  }

  dispose(): void {
    clearTimeout(this.#scrolled);
    this.#subscriptions.dispose();
  }
}

function isOpen(uri: vscode.Uri): boolean {
  const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
  return tabs.some(({ input }) => input instanceof vscode.TabInputText && input.uri.toString() === uri.toString());
}
