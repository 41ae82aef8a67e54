/** Numbers and names that pending series and the open trees claim twice, found in the background. */
import type { readTreeDefinitions } from "../checkout/treeDefinitions";
import type { Clash } from "../core/clashes/clashes";
import { seriesBelow } from "../core/series/dependencies";
import { isPending, newestRevision, type Series } from "../core/series/series";
import type { readClashes, ReadDefinitions, readDefinitions } from "../library/clashes";
import { type Library, projectOfSeries } from "../library/library";
import { makeSlicer } from "../library/slices";
import type { ApplyStates } from "./applyStates";
import type { OpenTrees } from "./openTrees";
import { type Clock, type Disposable, disposeAll, Emitter, type Event, type GitOf, inBackground, type Log, Quiet } from "./ports";
import type { SeriesNeeds } from "./seriesNeeds";

/** The code that reads claims; a bundle of its own. */
export interface ClaimReading {
  readonly readClashes: typeof readClashes;
  readonly readDefinitions: typeof readDefinitions;
}

export interface ClashesPorts {
  readonly library: Pick<Library, "series" | "synced" | "mailBytes" | "onDidChange">;
  readonly trees: Pick<OpenTrees, "trees" | "topsFor" | "topsForSeries" | "onDidChange">;
  /** Tells which commit series are checked against. */
  readonly applies: Pick<ApplyStates, "base">;
  readonly needs: Pick<SeriesNeeds, "index">;
  readonly git: GitOf;
  readonly claims: () => Promise<ClaimReading>;
  readonly engine: () => Promise<{ readonly readTreeDefinitions: typeof readTreeDefinitions }>;
  readonly clock: Clock;
  readonly log: Log;
  /** Events that may change the trees: a commit, permission to run git. */
  readonly again: ReadonlyArray<Event<unknown>>;
}

/** Nobody waits for it, and the question whether series apply comes first. */
const quietMilliseconds = 3000;

const none: readonly Clash[] = [];

export class Clashes {
  #found: readonly Clash[] = none;
  #bySeries: ReadonlyMap<string, readonly Clash[]> = new Map();
  #run: object | null = null;
  /** What was read from mails is kept, so that a sync reads only the new ones. */
  #known: ReadDefinitions | null = null;
  readonly #ports: ClashesPorts;
  readonly #quiet: Quiet;
  readonly #changed = new Emitter<void>();
  readonly #subscriptions: readonly Disposable[];
  readonly onDidChange = this.#changed.event;

  constructor(ports: ClashesPorts) {
    this.#ports = ports;
    this.#quiet = new Quiet(ports.clock, quietMilliseconds, () => inBackground(ports.log, () => this.#find()));
    const later = (): void => this.#quiet.later();
    this.#subscriptions = [
      this.#changed,
      this.#quiet,
      ports.library.onDidChange(later),
      ports.trees.onDidChange(later),
      ...ports.again.map((event) => event(later)),
    ];
  }

  /** The clashes with the most series come first. */
  get found(): readonly Clash[] {
    return this.#found;
  }

  /** The clashes of a series. */
  of(series: Series): readonly Clash[] {
    return this.#bySeries.get(series.id) ?? none;
  }

  async #find(): Promise<void> {
    const { library, applies, needs, trees, git } = this.#ports;
    // A digest has no diffs. Nothing is asked before there is a mail.
    const pending = library.series.filter((one) => newestRevision(one).posted !== undefined && isPending(one, null));
    if (pending.length === 0 && this.#found.length === 0) return;
    const run = {};
    this.#run = run;
    const pause = makeSlicer(() => this.#run !== run);
    const { readClashes: read, readDefinitions: definitions } = await this.#ports.claims();
    const index = needs.index();
    const found = await read(pending, {
      library,
      projectOf: projectOfSeries,
      below: (series) => seriesBelow(series, index),
      tree: async (project, claims, addedLines) => {
        const [top] = [...trees.topsFor(project), ...claims.slice(0, 1).flatMap(({ series }) => trees.topsForSeries(series))];
        const tree = trees.trees.find((one) => one.top === top);
        if (!tree) return null;
        const { readTreeDefinitions: readTree } = await this.#ports.engine();
        return readTree(tree.top, claims, { git: git(), base: applies.base, has: (path) => tree.has(path), addedLines, pause });
      },
      known: (this.#known ??= definitions()),
      pause,
    });
    if (found && this.#run === run) this.#show(found);
  }

  #show(found: readonly Clash[]): void {
    const bySeries = new Map<string, Clash[]>();
    for (const clash of found) {
      for (const id of new Set(clash.claims.map(({ series }) => series.id))) {
        const known = bySeries.get(id);
        if (known) known.push(clash);
        else bySeries.set(id, [clash]);
      }
    }
    const isSame = found.length === 0 && this.#found.length === 0;
    this.#found = found;
    this.#bySeries = bySeries;
    if (!isSame) this.#changed.fire();
  }

  dispose(): void {
    this.#run = null;
    disposeAll(this.#subscriptions);
  }
}
