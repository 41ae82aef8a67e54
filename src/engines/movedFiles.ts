/** The other names that mail uses for files of the open trees, read from the history in the background. */
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import type { openMoveCache } from "../checkout/cachedAnswers";
import type { openMoveHistory } from "../checkout/moveHistory";
import type { OpenTree } from "../checkout/openTree";
import { type MovedNames, movedNames, neededNames, nothingMoved } from "../core/series/movedFiles";
import { newestRevision, type Series } from "../core/series/series";
import type { MovedName, Touch } from "../core/series/touches";
import type { Project } from "../core/subsystem/project";
import { type Library, projectOfSeries } from "../library/library";
import { movedInTree } from "../library/movedInTree";
import type { FoundFile, OpenTrees } from "./openTrees";
import {
  type Clock,
  type Disposable,
  disposeAll,
  Emitter,
  errorText,
  type Event,
  type GitOf,
  inBackground,
  type Log,
  Quiet,
} from "./ports";

export interface MovedFilesPorts {
  readonly library: Pick<Library, "series" | "touching" | "touchingSteps" | "onDidChange">;
  readonly trees: OpenTrees;
  readonly git: GitOf;
  /** The code that asks git; a bundle of its own. */
  readonly engine: () => Promise<{ readonly openMoveHistory: typeof openMoveHistory; readonly openMoveCache: typeof openMoveCache }>;
  /** A folder of the extension. */
  readonly storage: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Events that may give files other names besides changes of the library and the trees: a commit, or permission to run git. */
  readonly again: ReadonlyArray<Event<unknown>>;
}

/** A sync reports several changes in a row, and a commit writes several files. */
const quietMilliseconds = 1000;

export class MovedFiles {
  /** By the top folder of the tree. */
  #names: ReadonlyMap<string, MovedNames> = new Map();
  /** The moves behind these names, by the top folder. */
  #moves: ReadonlyMap<string, readonly MovedName[]> = new Map();
  #running: AbortController | null = null;
  readonly #ports: MovedFilesPorts;
  readonly #quiet: Quiet;
  readonly #changed = new Emitter<void>();
  readonly #subscriptions: readonly Disposable[];
  /** Fires when the known names change. */
  readonly onDidChange = this.#changed.event;

  constructor(ports: MovedFilesPorts) {
    this.#ports = ports;
    this.#quiet = new Quiet(ports.clock, quietMilliseconds, () => inBackground(ports.log, () => this.#read()));
    const later = (): void => this.#quiet.later();
    this.#subscriptions = [
      this.#changed,
      this.#quiet,
      ports.library.onDidChange(later),
      ports.trees.onDidChange(later),
      ...ports.again.map((event) => event(later)),
    ];
  }

  /** The names of a tree, by its top folder; no names for null. */
  namesIn(top: string | null): MovedNames {
    return (top === null ? undefined : this.#names.get(top)) ?? nothingMoved;
  }

  /** The pending series that touch a path of a tree, under all names they have for it. */
  touching(path: string, project: Project | null, top: string | null): readonly Touch[] {
    return this.#ports.library.touching({ path, project, moved: this.namesIn(top) });
  }

  /** The moves behind the names of a tree, by its top folder. */
  movesIn(top: string): readonly MovedName[] {
    return this.#moves.get(top) ?? [];
  }

  /** The same if only the project of the tree is known: among several such trees, the one the person works in is meant. */
  touchingInProject(path: string, project: Project | null): readonly Touch[] {
    return this.touching(path, project, this.#ports.trees.topsFor(project)[0] ?? null);
  }

  /** As `touching`, in steps between which others may run. */
  touchingSteps(path: string, project: Project | null, top: string | null): Generator<unknown, readonly Touch[]> {
    return this.#ports.library.touchingSteps({ path, project, moved: this.namesIn(top) });
  }

  /** The open file that a path of a series means; null when there is none. */
  find(series: Series, path: string): FoundFile | null {
    const { trees } = this.#ports;
    const project = projectOfSeries(series);
    const found = trees.find(path, project);
    if (found || !neededNames(newestRevision(series)).has(path)) return found;
    for (const top of trees.topsForSeries(series)) {
      const moved = this.namesIn(top).ofName(path);
      const there = moved && trees.find(moved.path, project);
      if (there) return there;
    }
    return null;
  }

  async #read(): Promise<void> {
    const { trees, log } = this.#ports;
    this.#running?.abort();
    const running = new AbortController();
    this.#running = running;
    const read = new Map<string, readonly MovedName[]>();
    for (const tree of trees.trees) {
      try {
        read.set(tree.top, await this.#movesOf(tree, running.signal));
      } catch (error) {
        if (running.signal.aborted) return;
        log.warn(errorText(error));
        // The earlier moves of the tree are a better guess than none.
        const known = this.#moves.get(tree.top);
        if (known) read.set(tree.top, known);
      }
      await setImmediate();
      if (running.signal.aborted) return;
    }
    if (JSON.stringify([...read]) === JSON.stringify([...this.#moves])) return;
    this.#moves = read;
    this.#names = new Map(Array.from(read, ([top, moves]) => [top, movedNames(moves)]));
    for (const [top, moves] of read) log.info(`${top}: ${moves.length} files in pending series have other names in this tree`);
    this.#changed.fire();
  }

  async #movesOf(tree: OpenTree, signal: AbortSignal): Promise<readonly MovedName[]> {
    const { library, engine, storage, git } = this.#ports;
    const { series } = library;
    const options = git();
    // Without series there is nothing to look up, and git does not run in an untrusted folder.
    if (series.length === 0 || !options) return movedInTree(series, tree, null, signal);
    const { openMoveHistory: open, openMoveCache: openCache } = await engine();
    const cache = await openCache(join(storage, "moves.json"));
    const history = await open(tree.top, "HEAD", { ...options, signal, cache });
    // The list of files is from when the tree was opened; the commit is the current one.
    return movedInTree(series, history ? { project: tree.project, has: (path) => history.has(path) } : tree, history, signal);
  }

  dispose(): void {
    this.#running?.abort();
    disposeAll(this.#subscriptions);
  }
}
