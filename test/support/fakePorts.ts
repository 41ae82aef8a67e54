/** What engines ask of VS Code, in memory and moved by the test. */
import type { Editors } from "../../src/engines/activeFile";
import type { Workspace, WorkspaceFolder } from "../../src/engines/openTrees";
import {
  type Disposable,
  type Documents,
  Emitter,
  type FileUri,
  type Log,
  type OpenText,
  type Storage,
  type TextChange,
  type TextEdit,
} from "../../src/engines/ports";

/** An address as `vscode.Uri` has it. */
export class FakeUri {
  readonly authority = "";

  constructor(
    readonly path: string,
    readonly scheme = "file",
  ) {}

  toString(): string {
    return `${this.scheme}://${this.path}`;
  }
}

/** An open text, in which a test types. */
export class FakeText implements OpenText {
  readonly uri: FakeUri;
  isDirty = false;
  #text: string;

  constructor(path: string, text: string, scheme = "file") {
    this.uri = new FakeUri(path, scheme);
    this.#text = text;
  }

  get lineCount(): number {
    return this.#lines.length;
  }

  getText(): string {
    return this.#text;
  }

  /** Puts another text in place of a range, each place as [line, character], and says which edit that was. */
  replace(start: readonly [number, number], end: readonly [number, number], text: string): TextEdit {
    const [from, to] = [this.#offset(start), this.#offset(end)];
    this.#text = this.#text.slice(0, from) + text + this.#text.slice(to);
    return { range: { start: position(start), end: position(end) }, text };
  }

  get #lines(): string[] {
    return this.#text.split("\n");
  }

  #offset([line, character]: readonly [number, number]): number {
    return this.#lines.slice(0, line).reduce((sum, one) => sum + one.length + 1, 0) + character;
  }
}

function position([line, character]: readonly [number, number]): { readonly line: number; readonly character: number } {
  return { line, character };
}

/** The open texts of a window. */
export class FakeDocuments implements Documents {
  open: FakeText[] = [];
  visible: FakeText[] = [];
  readonly #changed = new Emitter<TextChange>();
  readonly #closed = new Emitter<OpenText>();
  readonly #saved = new Emitter<OpenText>();
  readonly #visible = new Emitter<void>();
  readonly onDidChange = this.#changed.event;
  readonly onDidClose = this.#closed.event;
  readonly onDidSave = this.#saved.event;
  readonly onDidChangeVisible = this.#visible.event;

  /** Shows these texts and no others; those that were not open are opened. */
  show(...texts: FakeText[]): void {
    this.open = [...new Set([...this.open, ...texts])];
    this.visible = texts;
    this.#visible.fire();
  }

  close(text: FakeText): void {
    this.open = this.open.filter((one) => one !== text);
    this.visible = this.visible.filter((one) => one !== text);
    this.#closed.fire(text);
    this.#visible.fire();
  }

  /** Another language is chosen for a text: VS Code says that it was closed, and shows it still. */
  changeLanguage(text: FakeText): void {
    this.#closed.fire(text);
  }

  /** Types: see `FakeText.replace`. */
  edit(document: FakeText, start: readonly [number, number], end: readonly [number, number], text: string): void {
    const contentChanges = [document.replace(start, end, text)];
    document.isDirty = true;
    this.#changed.fire({ document, contentChanges });
  }

  /** A file that was changed on the disk is read again: the edit leaves it clean. */
  reload(document: FakeText, text: string): void {
    const lines = document.getText().split("\n");
    const contentChanges = [document.replace([0, 0], [lines.length - 1, lines.at(-1)?.length ?? 0], text)];
    document.isDirty = false;
    this.#changed.fire({ document, contentChanges });
  }

  save(document: FakeText): void {
    document.isDirty = false;
    this.#saved.fire(document);
  }
}

/** Keeps what was said. */
export class FakeLog implements Log {
  readonly infos: string[] = [];
  readonly warnings: string[] = [];
  readonly errors: string[] = [];

  info(message: string): void {
    this.infos.push(message);
  }

  warn(message: string): void {
    this.warnings.push(message);
  }

  error(error: string | Error): void {
    this.errors.push(error instanceof Error ? error.message : error);
  }
}

/** Keeps values as `vscode.Memento` does: as JSON, so that nobody shares an object with it. */
export class FakeStorage implements Storage {
  readonly #kept = new Map<string, string>();

  get(key: string): unknown {
    const text = this.#kept.get(key);
    return text === undefined ? undefined : JSON.parse(text);
  }

  update(key: string, value: unknown): Promise<void> {
    if (value === undefined) this.#kept.delete(key);
    else this.#kept.set(key, JSON.stringify(value));
    return Promise.resolve();
  }
}

/** The folders of a window; what is watched can be said to have changed. */
export class FakeWorkspace implements Workspace {
  folders: readonly WorkspaceFolder[] = [];
  readonly #watched = new Map<object, { readonly folder: string; readonly changed: () => void }>();
  readonly #folders = new Emitter<void>();
  readonly #trusted = new Emitter<void>();
  readonly onDidChangeFolders = this.#folders.event;
  readonly onDidGrantTrust = this.#trusted.event;

  /** Opens folders of this machine in place of those that were open. */
  openFolders(...paths: readonly string[]): void {
    this.folders = paths.map((path) => ({ uri: new FakeUri(path), path }));
    this.#folders.fire();
  }

  grantTrust(): void {
    this.#trusted.fire();
  }

  uriOf(path: string): FakeUri {
    return new FakeUri(path);
  }

  watch(folder: string, _glob: string, changed: () => void): Disposable {
    const key = {};
    this.#watched.set(key, { folder, changed });
    return { dispose: () => this.#watched.delete(key) };
  }

  /** The folders that are watched, one for each watcher. */
  get watchedFolders(): string[] {
    return [...this.#watched.values()].map(({ folder }) => folder).sort();
  }

  /** Says of a folder that a watched file in it changed. */
  touch(folder: string): void {
    for (const one of [...this.#watched.values()]) if (one.folder === folder) one.changed();
  }
}

/** Which file a person edits. */
export class FakeEditors implements Editors {
  active: OpenText | null = null;
  /** What tabs show. */
  tabs: readonly FakeText[] = [];
  readonly #active = new Emitter<void>();
  readonly #scrolled = new Emitter<void>();
  readonly onDidChangeActive = this.#active.event;
  readonly onDidScroll = this.#scrolled.event;

  isOpen(uri: FileUri): boolean {
    return this.tabs.some((tab) => tab.uri.toString() === uri.toString());
  }

  /** Puts the focus in a text, or out of all of them. */
  focus(text: FakeText | null): void {
    this.active = text;
    if (text && !this.tabs.includes(text)) this.tabs = [...this.tabs, text];
    this.#active.fire();
  }

  closeTab(text: FakeText): void {
    this.tabs = this.tabs.filter((tab) => tab !== text);
    this.#active.fire();
  }

  scroll(): void {
    this.#scrolled.fire();
  }
}
