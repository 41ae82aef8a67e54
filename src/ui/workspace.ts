/** The trees of the open folders, the moves of their HEADs, what mail calls their files, the file at hand, and the git that may be run there. */
import { dirname, join } from "node:path";
import { setImmediate } from "node:timers/promises";
import * as vscode from "vscode";
import type * as amSession from "../checkout/amSession";
import type * as applyReady from "../checkout/amSession";
import { gitFolderOf } from "../checkout/applyRecord";
import type { openMoveCache } from "../checkout/cachedAnswers";
import type * as objectId from "../checkout/commits";
import type { openMoveHistory } from "../checkout/moveHistory";
import { type OpenTree, openTree, topOfTree } from "../checkout/openTree";
import type * as undoApply from "../checkout/undoApply";
import { HumanError } from "../core/humanError";
import {
  type HistoryMove,
  type MovedNames,
  movedNames,
  moveQuestion,
  neededNames,
  nothingMoved,
  resolveMoves,
  touchesByNames,
} from "../core/series/movedFiles";
import { newestRevision, type Series } from "../core/series/series";
import type { MovedName, Touch } from "../core/series/touches";
import { isShortened } from "../core/series/treePaths";
import type { Project } from "../core/subsystem/project";
import { type Library, projectOfSeries } from "../library/library";
import { readSettings } from "./settings";

/** A file within its tree. */
export interface FileInTree {
  /** Relative to the top of the tree. */
  readonly path: string;
  /** Null where the tree is not read yet, or is none we know. */
  readonly project: Project | null;
}

interface Root {
  readonly top: vscode.Uri;
  readonly tree: OpenTree | null;
}

/** Keeps the open trees up to date with the workspace's folders. Each file is mapped within its own tree. */
export class OpenTrees {
  #roots: readonly Root[] = [];
  #reading: AbortController | null = null;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #subscriptions: vscode.Disposable;
  readonly onDidChange = this.#changed.event;

  constructor(private readonly log: vscode.LogOutputChannel) {
    this.#subscriptions = vscode.Disposable.from(
      this.#changed,
      vscode.workspace.onDidChangeWorkspaceFolders(() => void this.read()),
      vscode.workspace.onDidGrantWorkspaceTrust(() => void this.read()),
    );
  }

  get trees(): readonly OpenTree[] {
    return this.#roots.flatMap(({ tree }) => (tree ? [tree] : []));
  }

  /** Reads the trees of all folders; a later call replaces one under way. */
  async read(): Promise<void> {
    this.#reading?.abort();
    const reading = new AbortController();
    this.#reading = reading;
    const folders = vscode.workspace.workspaceFolders ?? [];
    const tops = await Promise.all(
      folders.map(async ({ uri }) => (uri.scheme === "file" ? vscode.Uri.file(await topOfTree(uri.fsPath)) : uri)),
    );
    if (this.#reading !== reading) return;
    const roots = [...new Map(tops.map((top) => [top.toString(), top])).values()];
    // Files are known by their path before the lists of files are there, which takes a second on a whole kernel.
    this.#roots = roots.map((top) => ({ top, tree: null }));
    const git = vscode.workspace.isTrusted;
    const read = await Promise.all(
      roots.map(async (top): Promise<Root> => {
        if (top.scheme !== "file") return { top, tree: null };
        const tree = await openTree(top.fsPath, { git, binary: readSettings().gitPath, signal: reading.signal });
        this.log.info(`${top.fsPath}: ${tree.project ?? "no known project"}${tree.maintainers ? ", with MAINTAINERS" : ""}`);
        return { top, tree };
      }),
    );
    if (this.#reading !== reading) return;
    this.#roots = read;
    this.#changed.fire();
  }

  /** Where a document lies; null outside of all open trees. */
  locate(uri: vscode.Uri): FileInTree | null {
    const own = this.#rootOf(uri);
    if (!own) return null;
    return { path: uri.path.slice(own.top.path.replace(/\/$/, "").length + 1), project: own.tree?.project ?? null };
  }

  /** The top folder of the tree a document lies in; null outside of all open trees, and where it is no folder of this machine. */
  topOf(uri: vscode.Uri): string | null {
    const own = this.#rootOf(uri);
    return own?.top.scheme === "file" ? own.top.fsPath : null;
  }

  /** The top folder of an open tree of a project; null where none is. */
  topFor(project: Project): string | null {
    return this.trees.find((tree) => tree.project === project)?.top ?? null;
  }

  #rootOf(uri: vscode.Uri): Root | undefined {
    return this.#roots.filter(({ top }) => isBelow(uri, top)).sort((a, b) => b.top.path.length - a.top.path.length)[0];
  }

  /** The file a path of a series names in the open trees; null where none has it. */
  find(path: string, project: Project): vscode.Uri | null {
    for (const { top, tree } of this.#roots) {
      if (tree?.has(path) && (tree.project === null || tree.project === project)) return vscode.Uri.joinPath(top, path);
    }
    return null;
  }

  /** A path as a diffstat prints it, its cut front filled in where one open tree has the only file it can mean. */
  resolve(path: string, project: Project | null): string {
    if (!isShortened(path)) return path;
    const trees = this.trees.filter((tree) => project === null || tree.project === project);
    const found = new Set(trees.flatMap((tree) => tree.resolve(path) ?? []));
    const [only] = found;
    return found.size === 1 && only !== undefined ? only : path;
  }

  dispose(): void {
    this.#reading?.abort();
    this.#subscriptions.dispose();
  }
}

function isBelow(uri: vscode.Uri, top: vscode.Uri): boolean {
  return uri.scheme === top.scheme && uri.authority === top.authority && uri.path.startsWith(`${top.path.replace(/\/$/, "")}/`);
}

// Tells when a commit, a checkout, a rebase or a fetch was made in the repository of an open tree, by whomever.

/** What git writes with each of them, relative to its folder; a linked worktree has such files of its own. */
const files = "{HEAD,logs/HEAD,FETCH_HEAD}";

export class HeadMoves {
  #watchers: vscode.Disposable = vscode.Disposable.from();
  readonly #moved = new vscode.EventEmitter<void>();
  readonly #trees: vscode.Disposable;
  readonly onDidMove = this.#moved.event;

  constructor(private readonly trees: OpenTrees) {
    this.#trees = trees.onDidChange(() => void this.#watch());
  }

  async #watch(): Promise<void> {
    const folders = await Promise.all(this.trees.trees.map(({ top }) => gitFolderAbove(top)));
    this.#watchers.dispose();
    const moved = (): void => this.#moved.fire();
    this.#watchers = vscode.Disposable.from(
      ...[...new Set(folders)].flatMap((folder) => {
        if (folder === null) return [];
        const watcher = vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(vscode.Uri.file(folder), files));
        return [watcher, watcher.onDidChange(moved), watcher.onDidCreate(moved)];
      }),
    );
  }

  dispose(): void {
    this.#watchers.dispose();
    this.#trees.dispose();
    this.#moved.dispose();
  }
}

/** The git folder of the repository a tree lies in, which may be larger than the tree; null where it lies in none. */
async function gitFolderAbove(top: string): Promise<string | null> {
  const found = await gitFolderOf(top);
  return found !== null || dirname(top) === top ? found : gitFolderAbove(dirname(top));
}

// What mail calls the files of the open trees, where it has other names for them: read from the history in the background.

export interface MovedFilesParts {
  readonly library: Library;
  readonly trees: OpenTrees;
  readonly headMoves: HeadMoves;
  /** The code that asks git; a bundle of its own. */
  readonly engine: () => Promise<{ readonly openMoveHistory: typeof openMoveHistory; readonly openMoveCache: typeof openMoveCache }>;
  /** Folder of the extension's own. */
  readonly storage: string;
  readonly log: vscode.LogOutputChannel;
}

/** A sync tells of changes one after the other; and a commit writes several files. */
const quietMilliseconds = 1000;

export class MovedFiles {
  /** By the top folder of the tree. */
  #names: ReadonlyMap<string, MovedNames> = new Map();
  /** The same as a text, to see whether anything is new. */
  #said = "[]";
  #running: AbortController | null = null;
  #waiting: NodeJS.Timeout | undefined;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #subscriptions: vscode.Disposable;
  /** Fires when files have other names than were known. */
  readonly onDidChange = this.#changed.event;

  constructor(private readonly parts: MovedFilesParts) {
    const later = (): void => {
      clearTimeout(this.#waiting);
      this.#waiting = setTimeout(() => void this.#read(), quietMilliseconds);
    };
    this.#subscriptions = vscode.Disposable.from(
      this.#changed,
      parts.library.onDidChange(later),
      parts.trees.onDidChange(later),
      parts.headMoves.onDidMove(later),
      vscode.workspace.onDidGrantWorkspaceTrust(later),
    );
  }

  /** The names of a tree, by its top folder; those of no tree where it is null. */
  namesIn(top: string | null): MovedNames {
    return (top === null ? undefined : this.#names.get(top)) ?? nothingMoved;
  }

  /** The pending series that touch a path of a tree, under all names they have for it. */
  touching(path: string, project: Project | null, top: string | null): readonly Touch[] {
    const { library } = this.parts;
    return touchesByNames(path, this.namesIn(top), (name) => library.touching(name, project));
  }

  /** The open file that a series means by a path; null where none is. */
  find(series: Series, path: string): vscode.Uri | null {
    const { trees } = this.parts;
    const project = projectOfSeries(series);
    const found = trees.find(path, project);
    if (found || !neededNames(newestRevision(series)).has(path)) return found;
    const moved = this.namesIn(trees.topFor(project)).ofName(path);
    return moved && trees.find(moved.path, project);
  }

  async #read(): Promise<void> {
    const { trees, log } = this.parts;
    this.#running?.abort();
    const running = new AbortController();
    this.#running = running;
    const read: Array<readonly [string, readonly MovedName[]]> = [];
    for (const tree of trees.trees) {
      try {
        read.push([tree.top, await this.#movesOf(tree, running.signal)]);
      } catch (error) {
        if (running.signal.aborted) return;
        log.warn(error instanceof Error ? error.message : String(error));
      }
      await setImmediate();
      if (running.signal.aborted) return;
    }
    const said = JSON.stringify(read);
    if (said === this.#said) return;
    this.#said = said;
    this.#names = new Map(read.map(([top, moves]) => [top, movedNames(moves)]));
    for (const [top, moves] of read) log.info(`${top}: ${moves.length} names in pending series are of files that it calls otherwise`);
    this.#changed.fire();
  }

  async #movesOf(tree: OpenTree, signal: AbortSignal): Promise<readonly MovedName[]> {
    const { library, engine, storage } = this.parts;
    const series = library.series.filter((one) => tree.project === null || projectOfSeries(one) === tree.project);
    let has = (path: string): boolean => tree.has(path);
    let known: ReadonlyMap<string, HistoryMove> = new Map();
    // Without series there is nothing to look up, and in a folder that is not trusted git is not run.
    if (series.length > 0 && vscode.workspace.isTrusted) {
      const { openMoveHistory: open, openMoveCache: openCache } = await engine();
      const cache = await openCache(join(storage, "moves.json"));
      const history = await open(tree.top, "HEAD", { binary: readSettings().gitPath, signal, cache });
      if (history) {
        // The list of the tree is from when it was opened; the commit is that of now.
        has = (path) => history.has(path);
        const bases = series.flatMap((one) => newestRevision(one).posted?.baseCommit ?? []);
        known = await history.find(moveQuestion(series, has).names, bases);
      }
    }
    return resolveMoves(moveQuestion(series, has), has, known);
  }

  dispose(): void {
    this.#running?.abort();
    clearTimeout(this.#waiting);
    this.#subscriptions.dispose();
  }
}

// The file in the active editor and what is pending for it, worked out once for everybody who shows it.

/** While a person scrolls, the list waits. */
const scrollMilliseconds = 150;

export class ActiveFile {
  #uri: vscode.Uri | undefined;
  #place: FileInTree | null = null;
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

  get place(): FileInTree | null {
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
  touching(uri: vscode.Uri): { readonly place: FileInTree; readonly touches: readonly Touch[] } | null {
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

// What applying asks of git, and where: handed in by extension.ts, which loads git with the first question.

export type ApplyEngine = Pick<typeof amSession, "startApply" | "continueApply" | "skipPatch" | "stoppedPatch"> &
  Pick<typeof undoApply, "abortApply" | "undoApply" | "restoreStash"> &
  Pick<typeof applyReady, "applyReadiness" | "branchNameProblem" | "freeBranchName"> &
  Pick<typeof objectId, "commitOf">;

/** The person's git; nothing of it is run before the workspace is trusted. */
export function gitOptions(): { readonly binary: string | undefined } {
  if (!vscode.workspace.isTrusted)
    throw new HumanError("git is not run in this folder until you trust it; see “Workspaces: Manage Workspace Trust”.");
  return { binary: readSettings().gitPath };
}

/** The worktree a series is applied to or shown on: the only one open, the one of its project, or the one the person picks. */
export async function pickWorktree(trees: OpenTrees, series: Series): Promise<string | undefined> {
  const found = await Promise.all(trees.trees.map(async (tree) => ((await gitFolderOf(tree.top)) === null ? [] : [tree])));
  // A kernel may be a folder of a larger repository, whose git folder lies further up: git itself finds it, or says that there is none.
  const all = found.flat().length > 0 ? found.flat() : trees.trees;
  if (all.length === 0) throw new HumanError("No git repository is open to apply patches to; open a clone of the kernel.");
  const project = projectOfSeries(series);
  const own = all.filter((tree) => tree.project === project);
  const offered = own.length > 0 ? own : all;
  if (offered.length === 1) return offered[0]?.top;
  const items = offered.map(({ top }) => ({ label: top.slice(top.lastIndexOf("/") + 1), description: top, top }));
  return (await vscode.window.showQuickPick(items, { title: "KVM Series: Apply (Repository)", placeHolder: "Apply to which of them?" }))
    ?.top;
}
