/** The trees of the open folders, and where in them a document lies. */
import * as vscode from "vscode";
import type { Project } from "../core/paths/project";
import { isShortened } from "../core/paths/tree";
import { openTree, topOfTree, type OpenTree } from "../worktree/openTree";
import { readSettings } from "./settings";

/** A file within its tree. */
export interface Place {
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
  locate(uri: vscode.Uri): Place | null {
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
