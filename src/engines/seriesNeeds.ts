/** The dependencies and bases that series name, looked up in the archives and in the repository of their tree. */
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

/** The base that a series names, and the repository's commit for it. */
export interface FoundBase {
  readonly said: SaidBase;
  /** Null when the repository has no such commit; undefined when there is no repository to ask. */
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

  /** The dependencies that a series names. */
  dependencies(series: Series): Dependency[] {
    return this.#needed.of(series);
  }

  /** The bases that series name; git is not asked in an untrusted workspace or without their tree. */
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

  /** The index by which the current series are found that others depend on. */
  index(): DependencyIndex {
    return this.#needed.index();
  }
}
