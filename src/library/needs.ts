/** The dependencies that series name, and the known series that they mean. */
import { hash } from "node:crypto";
import { type Mail, readMail } from "../core/mail/mail";
import { type Dependency, type DependencyIndex, dependencyIndex, neededPatchIds, patchOwners } from "../core/series/dependencies";
import type { Series } from "../core/series/series";
import type { Library } from "./library";

/** Finds the dependencies of series among all known ones; its results are dropped when these change. */
export class NeededSeries {
  readonly #library: Pick<Library, "series" | "find">;
  readonly #findHolder: (patchId: string) => Series | undefined;
  readonly #holders = new Map<string, Series>();
  #known: readonly Series[] = [];
  #index: DependencyIndex | null = null;

  /** @param findHolder finds the series that hold a patch: `holderInIndex`, or what `patchHolders` found */
  constructor(library: Pick<Library, "series" | "find">, findHolder: (patchId: string) => Series | undefined) {
    this.#library = library;
    this.#findHolder = findHolder;
  }

  /** The series that hold a patch with an id. One that is not found may be found later, when the full text is filled further. */
  readonly ofPatchId = (patchId: string): Series | undefined => {
    this.index();
    const holder = this.#holders.get(patchId) ?? this.#findHolder(patchId);
    if (holder) this.#holders.set(patchId, holder);
    return holder;
  };

  /** The dependencies that a series names. */
  of(series: Series): Dependency[] {
    return this.index().of(series);
  }

  /** The index by which current series are found that others depend on. */
  index(): DependencyIndex {
    const library = this.#library;
    if (this.#index && this.#known === library.series) return this.#index;
    this.#known = library.series;
    this.#holders.clear();
    return (this.#index = dependencyIndex(library.series, {
      ofPatchId: this.ofPatchId,
      ofMessageId: (messageId) => library.find(messageId),
    }));
  }
}

/** Finds the series that hold a patch, by the full text of the archives. */
export function holderInIndex(library: Pick<Library, "search">): (patchId: string) => Series | undefined {
  // Anything but an id would be read as the words of another query.
  return (patchId) => (/^[0-9a-f]{40}$/.test(patchId) ? library.search(`patchid:${patchId}`)[0] : undefined);
}

/**
 * Finds the series that hold the patches which some series need, by reading mails, for where no full text knows patch ids. The pending
 * series are read first; the others have many mails and are read only for what no pending one has.
 */
export async function patchHolders(
  asked: readonly Series[],
  pending: readonly Series[],
  library: Pick<Library, "series" | "mailBytes">,
): Promise<(patchId: string) => Series | undefined> {
  const wanted = neededPatchIds(asked);
  const holders = await holdersAmong(wanted, pending, library);
  const left = new Set([...wanted].filter((patchId) => !holders.has(patchId)));
  const known = new Set(pending);
  const others = library.series.filter((one) => !known.has(one));
  for (const [patchId, series] of await holdersAmong(left, others, library)) holders.set(patchId, series);
  return (patchId) => holders.get(patchId);
}

async function holdersAmong(
  wanted: ReadonlySet<string>,
  series: readonly Series[],
  library: Pick<Library, "mailBytes">,
): Promise<Map<string, Series>> {
  if (wanted.size === 0) return new Map();
  const read = async (ids: readonly string[]): Promise<ReadonlyMap<string, Mail>> =>
    new Map([...(await library.mailBytes(ids))].map(([id, bytes]) => [id, readMail(bytes)]));
  return patchOwners(wanted, series, read, (bytes) => hash("sha1", bytes, "buffer"));
}
