/** The status of series with its evidence: what a tree has of them, and what people wrote. */
import type { PatchLanding } from "../core/series/landed";
import type { Series } from "../core/series/series";
import { seriesStatus, type StatusWithEvidence } from "../core/series/status";
import { type Landings, type LandingsOptions, readLandings } from "./landings";
import type { Library } from "./library";

export interface SeriesState extends StatusWithEvidence {
  readonly series: Series;
  /** The patches of the newest revision. */
  readonly patches: readonly PatchLanding[];
}

interface SeriesStates extends Pick<Landings, "refs" | "since" | "problems"> {
  readonly states: readonly SeriesState[];
}

export type StatesOptions = Omit<LandingsOptions, "now" | "mails">;

/**
 * Works out the status of series.
 *
 * @param tree the checkout
 * @param asked one of the sources, or all
 */
export async function readSeriesStates(
  library: Pick<Library, "now" | "mailBytes">,
  asked: readonly Series[],
  tree: string,
  options: StatesOptions = {},
): Promise<SeriesStates> {
  const { now } = library;
  const found = await readLandings(asked, tree, { ...options, now, mails: (ids) => library.mailBytes(ids) });
  const { refs, since, problems } = found;
  const states = asked.map((series): SeriesState => {
    const patches = found.patches.get(series.id) ?? [];
    return { series, patches, ...seriesStatus(series, refs.length > 0 ? { patches, refs } : null, now) };
  });
  return { states, refs, since, problems };
}
