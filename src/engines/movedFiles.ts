/** What mail calls the files of the open trees, where it has other names for them: read from the history in the background. */
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
  readonly library: Pick<Library, "series" | "touching" | "onDidChange">;
  readonly trees: OpenTrees;
  readonly git: GitOf;
  /** The code that asks git; a bundle of its own. */
  readonly engine: () => Promise<{ readonly openMoveHistory: typeof openMoveHistory; readonly openMoveCache: typeof openMoveCache }>;
  /** Folder of the extension's own. */
  readonly storage: string;
  readonly clock: Clock;
  readonly log: Log;
  /** What may give files other names beside the library and the trees: a commit, or leave to run git. */
  readonly again: ReadonlyArray<Event<unknown>>;
}

/** A sync tells of changes one after the other; and a commit writes several files. */
const quietMilliseconds = 1000;

export class MovedFiles {
  /** By the top folder of the tree. */
  #names: ReadonlyMap<string, MovedNames> = new Map();
  /** The moves that these names are made of, by the top folder. */
  #moves: ReadonlyMap<string, readonly MovedName[]> = new Map();
  #running: AbortController | null = null;
  readonly #ports: MovedFilesPorts;
  readonly #quiet: Quiet;
  readonly #changed = new Emitter<void>();
  readonly #subscriptions: readonly Disposable[];
  /** Fires when files have other names than were known. */
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

  /** The names of a tree, by its top folder; those of no tree where it is null. */
  namesIn(top: string | null): MovedNames {
    return (top === null ? undefined : this.#names.get(top)) ?? nothingMoved;
  }

  /** The pending series that touch a path of a tree, under all names they have for it. */
  touching(path: string, project: Project | null, top: string | null): readonly Touch[] {
    return this.#ports.library.touching({ path, project, moved: this.namesIn(top) });
  }

  /** The open file that a series means by a path; null where none is. */
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
        // What was known of the tree is likelier than that nothing moved.
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
    // Without series there is nothing to look up, and in a folder that is not trusted git is not run.
    if (series.length === 0 || !options) return movedInTree(series, tree, null, signal);
    const { openMoveHistory: open, openMoveCache: openCache } = await engine();
    const cache = await openCache(join(storage, "moves.json"));
    const history = await open(tree.top, "HEAD", { ...options, signal, cache });
    // The list of the tree is from when it was opened; the commit is that of now.
    return movedInTree(series, history ? { project: tree.project, has: (path) => history.has(path) } : tree, history, signal);
  }

  dispose(): void {
    this.#running?.abort();
    disposeAll(this.#subscriptions);
  }
}
