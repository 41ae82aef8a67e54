/** What series say they need and are based on: looked for in the archives, and in the repository of the tree they are for. */
import type { findBases } from "../checkout/commits";
import { type Dependency, type DependencyIndex, type KnownBase, knownBase, type SaidBase, saidBases } from "../core/series/dependencies";
import type { Series } from "../core/series/series";
import type { Library } from "../library/library";
import { holderInIndex, NeededSeries } from "../library/needs";
import type { OpenTrees } from "./openTrees";
import type { GitOf } from "./ports";

export interface SeriesNeedsPorts {
  readonly library: Pick<Library, "series" | "find" | "search">;
  readonly trees: Pick<OpenTrees, "topsForSeries">;
  readonly git: GitOf;
  readonly engine: () => Promise<{ readonly findBases: typeof findBases }>;
}

/** What a series says it is based on, and what the repository has of it. */
export interface FoundBase {
  readonly said: SaidBase;
  /** Null where it has nothing of that name; undefined where there is none to ask. */
  readonly known: KnownBase | null | undefined;
}

export class SeriesNeeds {
  readonly #ports: SeriesNeedsPorts;
  readonly #needed: NeededSeries;
  /** The series that holds a patch with an id. */
  readonly ofPatchId: (patchId: string) => Series | undefined;

  constructor(ports: SeriesNeedsPorts) {
    this.#ports = ports;
    this.#needed = new NeededSeries(ports.library, holderInIndex(ports.library));
    this.ofPatchId = this.#needed.ofPatchId;
  }

  /** What a series says it needs. */
  dependencies(series: Series): Dependency[] {
    return this.#needed.of(series);
  }

  /** What series say they are based on; in an untrusted workspace, or without a tree of theirs, nobody is asked for it. */
  async bases(all: readonly Series[]): Promise<Map<Series, FoundBase[]>> {
    const { trees, git, engine } = this.#ports;
    const options = git();
    const said = new Map(all.map((series) => [series, saidBases(series)] as const));
    const byTop = new Map<string | null, Series[]>();
    for (const series of all) {
      const [top = null] = options ? trees.topsForSeries(series) : [];
      byTop.set(top, [...(byTop.get(top) ?? []), series]);
    }
    const found = new Map<Series, FoundBase[]>();
    for (const [top, some] of byTop) {
      const names = some.flatMap((series) => said.get(series) ?? []).flatMap((one) => one.names);
      const isAsked = top !== null && options !== null && names.length > 0;
      const known = isAsked ? await (await engine()).findBases(top, names, options) : null;
      for (const series of some) {
        const bases = (said.get(series) ?? []).map((one) => ({ said: one, known: known ? knownBase(one, known) : undefined }));
        found.set(series, bases);
      }
    }
    return found;
  }

  /** By what the series of now are found that others need. */
  index(): DependencyIndex {
    return this.#needed.index();
  }
}
