/** The trees of the open folders, the files in them, and the moves of their HEADs. */
import { gitFolderAbove } from "../checkout/applyRecord";
import { type OpenTree, openTree, topOfTree } from "../checkout/openTree";
import { newestRevision, type Series } from "../core/series/series";
import { isShortened } from "../core/series/treePaths";
import type { Project } from "../core/subsystem/project";
import { projectOfSeries } from "../library/library";
import { type Disposable, disposeAll, Emitter, type Event, type FileUri, type GitOf, inBackground, type Log } from "./ports";

/** A folder of the workspace. */
export interface WorkspaceFolder {
  readonly uri: FileUri;
  /** Its path on this machine; null if it lies elsewhere. */
  readonly path: string | null;
}

/** The folders that are open in the window. */
export interface Workspace {
  readonly folders: readonly WorkspaceFolder[];
  /** The address of a folder of this machine. */
  uriOf(path: string): FileUri;
  readonly onDidChangeFolders: Event<unknown>;
  readonly onDidGrantTrust: Event<unknown>;
  /**
   * Calls back when a file below a folder is made or changes.
   *
   * @param glob relative to the folder
   */
  watch(folder: string, glob: string, changed: () => void): Disposable;
}

/** A file within its tree. */
export interface FileInTree {
  /** Relative to the top of the tree. */
  readonly path: string;
  /** Null when the tree is not read yet, or its project is unknown. */
  readonly project: Project | null;
}

/** The parts of the address of a file that was found in an open tree. */
export type FoundFile = Pick<FileUri, "scheme" | "authority" | "path">;

interface Root {
  readonly uri: FileUri;
  /** Its path on this machine; null if it lies elsewhere. */
  readonly top: string | null;
  readonly tree: OpenTree | null;
}

export interface OpenTreesPorts {
  readonly workspace: Workspace;
  readonly git: GitOf;
  readonly log: Log;
}

/** Keeps the open trees up to date with the workspace's folders. Each file belongs to one tree. */
export class OpenTrees {
  #roots: readonly Root[] = [];
  /** The top folder of the tree the person works in. */
  #preferred: string | null = null;
  #reading: AbortController | null = null;
  readonly #ports: OpenTreesPorts;
  readonly #changed = new Emitter<void>();
  readonly #subscriptions: readonly Disposable[];
  readonly onDidChange = this.#changed.event;
  readonly #preferredChanged = new Emitter<void>();
  /** Fires when the person moves to another tree. */
  readonly onDidPrefer = this.#preferredChanged.event;

  constructor(ports: OpenTreesPorts) {
    this.#ports = ports;
    const again = (): void => inBackground(ports.log, () => this.read());
    this.#subscriptions = [
      this.#changed,
      this.#preferredChanged,
      ports.workspace.onDidChangeFolders(again),
      ports.workspace.onDidGrantTrust(again),
    ];
  }

  get trees(): readonly OpenTree[] {
    return this.#roots.flatMap(({ tree }) => (tree ? [tree] : []));
  }

  /** Reads the trees of all folders; a later call replaces a running one. */
  async read(): Promise<void> {
    this.#reading?.abort();
    const reading = new AbortController();
    this.#reading = reading;
    const { workspace, git, log } = this.#ports;
    const tops = await Promise.all(
      workspace.folders.map(async ({ uri, path }) => {
        const top = path === null ? null : await topOfTree(path);
        return { uri: top === null ? uri : workspace.uriOf(top), top };
      }),
    );
    if (this.#reading !== reading) return;
    const known = new Map(this.#roots.map(({ uri, tree }) => [uri.toString(), tree]));
    // Files can be located by path before the lists of files are read, which takes a second for a whole kernel.
    this.#roots = [...new Map(tops.map((root) => [root.uri.toString(), root]))].map(([key, root]) => ({
      ...root,
      tree: known.get(key) ?? null,
    }));
    const options = git();
    const read = await Promise.all(
      this.#roots.map(async (root): Promise<Root> => {
        if (root.top === null) return root;
        const tree = await openTree(root.top, { git: options !== null, ...options, signal: reading.signal });
        log.info(
          `${root.top}: ${tree.project ?? "unknown project, taken for the tree of the series that change its files"}${tree.maintainers ? ", with MAINTAINERS" : ""}`,
        );
        return { ...root, tree };
      }),
    );
    if (this.#reading !== reading) return;
    this.#roots = read;
    this.#changed.fire();
  }

  /** The place of a document; null outside of all open trees. */
  locate(uri: FileUri): FileInTree | null {
    const own = this.#rootOf(uri);
    return own && { path: uri.path.slice(folderPath(own.uri).length), project: own.tree?.project ?? null };
  }

  /** The top folder of the tree a document lies in; null outside of all open trees, and when it is not on this machine. */
  topOf(uri: FileUri): string | null {
    return this.#rootOf(uri)?.top ?? null;
  }

  /** Sets the tree the person works in, which comes first among several of one project. */
  prefer(top: string | null): void {
    if (top === null || top === this.#preferred) return;
    this.#preferred = top;
    this.#preferredChanged.fire();
  }

  /** The top folders of all open trees of this machine, in the order in which they are asked. */
  get tops(): readonly string[] {
    return this.#inOrder.flatMap(({ top, tree }) => (top !== null && tree ? top : []));
  }

  /**
   * The top folders of all open trees of a project, or of an unknown one. The tree the person works in comes first, the others as the
   * folders are listed.
   */
  topsFor(project: Project | null): readonly string[] {
    return this.#inOrder.flatMap(({ top, tree }) => (top !== null && tree?.project === project ? top : []));
  }

  /**
   * The top folders of the open trees that a series is for, in the same order. When none is of its project, a tree of unknown project counts
   * (a part of a kernel, without the marks of the project) that has a file which the series changes; a file at the top, such as a Makefile, any
   * tree may have.
   */
  topsForSeries(series: Series): readonly string[] {
    const own = this.topsFor(projectOfSeries(series));
    if (own.length > 0) return own;
    const { files } = newestRevision(series);
    const isMeant = (tree: OpenTree | null): boolean =>
      tree?.project === null && files.some((path) => path.includes("/") && tree.has(path));
    return this.#inOrder.flatMap(({ top, tree }) => (top !== null && isMeant(tree) ? top : []));
  }

  get #inOrder(): readonly Root[] {
    const isPreferred = ({ top }: Root): boolean => top !== null && top === this.#preferred;
    return [...this.#roots.filter(isPreferred), ...this.#roots.filter((root) => !isPreferred(root))];
  }

  #rootOf(uri: FileUri): Root | null {
    let own: Root | null = null;
    for (const root of this.#roots) {
      if (isBelow(uri, root.uri) && (own === null || root.uri.path.length > own.uri.path.length)) own = root;
    }
    return own;
  }

  /** The file that a path of a series names in the open trees; null if none has it. */
  find(path: string, project: Project): FoundFile | null {
    for (const { uri, tree } of this.#inOrder) {
      if (!tree?.has(path) || (tree.project !== null && tree.project !== project)) continue;
      return { scheme: uri.scheme, authority: uri.authority, path: folderPath(uri) + path };
    }
    return null;
  }

  /** A path as a diffstat prints it, completed when exactly one file of the open trees matches its shortened front. */
  resolve(path: string, project: Project | null): string {
    if (!isShortened(path)) return path;
    const trees = this.trees.filter((tree) => project === null || tree.project === project);
    const found = new Set(trees.flatMap((tree) => tree.resolve(path) ?? []));
    const [only] = found;
    return found.size === 1 && only !== undefined ? only : path;
  }

  dispose(): void {
    this.#reading?.abort();
    disposeAll(this.#subscriptions);
  }
}

/** The path of a folder with `/` at its end. */
function folderPath({ path }: FileUri): string {
  return path.endsWith("/") ? path : `${path}/`;
}

function isBelow(uri: FileUri, top: FileUri): boolean {
  return uri.scheme === top.scheme && uri.authority === top.authority && uri.path.startsWith(folderPath(top));
}

// Notices commits, checkouts, rebases and fetches in the repositories of open trees, whoever makes them.

/** The files that git writes then, relative to its folder; a linked worktree has its own. */
const headFiles = "{HEAD,logs/HEAD,FETCH_HEAD}";

export interface HeadMovesPorts {
  readonly trees: OpenTrees;
  readonly workspace: Pick<Workspace, "watch">;
  readonly log: Log;
}

export class HeadMoves {
  #watchers: readonly Disposable[] = [];
  readonly #ports: HeadMovesPorts;
  readonly #moved = new Emitter<void>();
  readonly #trees: Disposable;
  /** The newest reading of the folders; null after disposal. */
  #asked = 0;
  readonly onDidMove = this.#moved.event;

  constructor(ports: HeadMovesPorts) {
    this.#ports = ports;
    this.#trees = ports.trees.onDidChange(() => inBackground(ports.log, () => this.#watch()));
  }

  async #watch(): Promise<void> {
    const { trees, workspace } = this.#ports;
    const asked = ++this.#asked;
    const folders = await Promise.all(trees.trees.map(({ top }) => gitFolderAbove(top)));
    if (asked !== this.#asked) return;
    disposeAll(this.#watchers);
    const found = new Set(folders.filter((folder) => folder !== null));
    this.#watchers = [...found].map((folder) => workspace.watch(folder, headFiles, () => this.#moved.fire()));
  }

  dispose(): void {
    this.#asked = 0;
    disposeAll(this.#watchers);
    this.#trees.dispose();
    this.#moved.dispose();
  }
}
