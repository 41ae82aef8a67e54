/** `kvm-series status`: where series stand, and what says so. */
import { resolve } from "node:path";
import { readSeriesStates } from "../library/seriesStates";
import { statusReport, statusText } from "../render/seriesStatus";
import type { Call } from "./call";
import { landedCache } from "./landedInTree";
import { movedFiles } from "./movedFiles";
import { output } from "./output";
import { chosenSeries, openSources } from "./sources";

export interface StatusOptions {
  readonly tree: string;
  readonly id: string | undefined;
  readonly json: boolean;
}

export async function listStatus({ words, options, environment }: Call<StatusOptions>): Promise<string> {
  const { tree, id, json } = options;
  const opened = await openSources(words, environment, tree);
  const { library, problems } = opened;
  const asked = id === undefined ? library.series : [chosenSeries(library, id)];
  const cache = await landedCache();
  const found = await readSeriesStates(library, asked, resolve(tree), {
    binary: environment.git,
    cache,
    moved: () => movedFiles(opened, environment, { all: true }),
  });
  const all = [...problems, ...found.problems];
  const facts = { tree, refs: found.refs, since: found.since };
  return output(json, statusReport(facts, found.states, all), statusText(found.states, id !== undefined), all);
}
