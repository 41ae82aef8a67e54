/** The file in the active editor and what is pending for it, worked out once for everybody who shows it. */
import * as vscode from "vscode";
import type { Library } from "../index/library";
import type { Touch } from "../core/touches";
import type { OpenTrees, Place } from "./openTrees";

export class ActiveFile {
  #uri: vscode.Uri | undefined;
  #place: Place | null = null;
  #touches: readonly Touch[] = [];
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #subscriptions: vscode.Disposable;
  readonly onDidChange = this.#changed.event;

  constructor(
    private readonly library: Library,
    private readonly trees: OpenTrees,
  ) {
    this.#subscriptions = vscode.Disposable.from(
      this.#changed,
      vscode.window.onDidChangeActiveTextEditor(() => this.#update()),
      vscode.window.tabGroups.onDidChangeTabs(({ closed }) => closed.length > 0 && this.#update()),
      library.onDidChange(() => this.#update()),
      trees.onDidChange(() => this.#update()),
    );
    this.#update();
  }

  get place(): Place | null {
    return this.#place;
  }
  get touches(): readonly Touch[] {
    return this.#touches;
  }

  /** What is pending for any document. */
  touching(uri: vscode.Uri): { readonly place: Place; readonly touches: readonly Touch[] } | null {
    const place = this.trees.locate(uri);
    return place && { place, touches: this.library.touching(place.path, place.project) };
  }

  #update(): void {
    const editor = vscode.window.activeTextEditor;
    // A series page that takes the focus leaves no active text editor, and one in a panel (the log) has no column: the file
    // that was edited before is still the one in question.
    if (editor?.viewColumn !== undefined) this.#uri = editor.document.uri;
    else if (this.#uri && !isOpen(this.#uri)) this.#uri = undefined;
    const found = this.#uri ? this.touching(this.#uri) : null;
    this.#place = found?.place ?? null;
    this.#touches = found?.touches ?? [];
    this.#changed.fire();
  }

  dispose(): void {
    this.#subscriptions.dispose();
  }
}

function isOpen(uri: vscode.Uri): boolean {
  const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
  return tabs.some(({ input }) => input instanceof vscode.TabInputText && input.uri.toString() === uri.toString());
}
