/** What mail calls the files of the open trees, where it has other names for them: read from the history in the background. */
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import * as vscode from "vscode";
import {
  movedNames,
  moveQuestion,
  neededNames,
  nothingMoved,
  resolveMoves,
  touchesByNames,
  type HistoryMove,
  type MovedName,
  type MovedNames,
} from "../core/paths/moves";
import type { Project } from "../core/paths/project";
import type { Touch } from "../core/paths/touches";
import { newestRevision, type Series } from "../core/series/series";
import { projectOfSeries, type Library } from "../index/library";
import type { openMoveCache } from "../worktree/moveCache";
import type { openMoveHistory } from "../worktree/moveHistory";
import type { OpenTree } from "../worktree/openTree";
import type { HeadMoves } from "./apply/headMoves";
import type { OpenTrees } from "./openTrees";
import { readSettings } from "./settings";

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
