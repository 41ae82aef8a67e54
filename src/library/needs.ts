/** What series say they need of others, and which known series that is. */
import { hash } from "node:crypto";
import { type Mail, readMail } from "../core/mail/mail";
import { type Dependency, type DependencyIndex, dependencyIndex, neededPatchIds, patchOwners } from "../core/series/dependencies";
import type { Series } from "../core/series/series";
import type { Library } from "./library";

/** Finds what series need among all that are known now; what it has found is forgotten when these change. */
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

  /** The series that hold a patch with an id; what is not found may be once the full text has been filled further. */
  readonly ofPatchId = (patchId: string): Series | undefined => {
    this.index();
    const holder = this.#holders.get(patchId) ?? this.#findHolder(patchId);
    if (holder) this.#holders.set(patchId, holder);
    return holder;
  };

  /** What a series says it needs. */
  of(series: Series): Dependency[] {
    return this.index().of(series);
  }

  /** By what the series of now are found that others need. */
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

/** Asks the full text of the archives who holds a patch. */
export function holderInIndex(library: Pick<Library, "search">): (patchId: string) => Series | undefined {
  // A query is words; what is no id would be read as other ones.
  return (patchId) => (/^[0-9a-f]{40}$/.test(patchId) ? library.search(`patchid:${patchId}`)[0] : undefined);
}

/**
 * Who holds the patches that some series need, found by reading mails, where no full text knows patch ids: the pending series, and the
 * others, whose mails are many, only for what none of these has.
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
