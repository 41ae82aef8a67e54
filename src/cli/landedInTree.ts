/** What has landed in the checkout of `--tree` is pending no more. */
import { join } from "node:path";
import { openLogCache } from "../checkout/commitLog";
import { type LandedCache, openLandedCache } from "../checkout/landed";
import type { MovedNames } from "../core/series/movedFiles";
import { isPending, newestRevisionKey, type Series } from "../core/series/series";
import { readSeriesStates } from "../library/seriesStates";
import type { Environment } from "./call";
import { cacheFolder } from "./keptFiles";
import type { OpenedSources } from "./sources";

/** What was read of the commits of checkouts by earlier calls. */
export async function landedCache(): Promise<LandedCache> {
  const folder = cacheFolder();
  return openLandedCache(join(folder, "landed.json"), await openLogCache(join(folder, "commits.json")));
}

/** Tells the library where some series stand in the checkout; nothing is known in a folder without history. */
export async function lookInTree(
  { library, tree }: OpenedSources,
  asked: readonly Series[],
  { git }: Environment,
  moved: MovedNames,
): Promise<void> {
  const pending = asked.filter((one) => isPending(one, library.now));
  if (!tree || pending.length === 0) return;
  const options = { binary: git, cache: await landedCache(), moved: () => Promise.resolve(moved) };
  const { states, refs } = await readSeriesStates(library, pending, tree.top, options);
  if (refs.length > 0) library.setTreeStatuses(new Map(states.map(({ series, status }) => [newestRevisionKey(series), status])));
}
