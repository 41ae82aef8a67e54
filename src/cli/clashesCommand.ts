/** `kvm-series clashes`: the numbers and names that two pending series claim, or one and a tree. */
import type { SeriesClaims } from "../core/clashes/claims";
import type { Clash } from "../core/clashes/clashes";
import { seriesBelow } from "../core/series/dependencies";
import { isPending, newestDate } from "../core/series/series";
import { readTreeDefinitions } from "../checkout/treeDefinitions";
import { type ClashSources, readClashes, readDefinitions } from "../library/clashes";
import { projectOfSeries } from "../library/library";
import { NeededSeries, patchHolders } from "../library/needs";
import { makeSlicer } from "../library/slices";
import { clashesReport, clashesText } from "../render/clashes";
import type { Call, Environment } from "./call";
import { output } from "./output";
import { type OpenedSources, openSources } from "./sources";

export interface ClashesOptions {
  readonly tree: string | undefined;
  readonly json: boolean;
}

export async function listClashes({ words, options, environment }: Call<ClashesOptions>): Promise<string> {
  const opened = await openSources(words, environment, options.tree);
  const found = await clashesOf(opened, (claims, addedLines) => definitionsOfTree(opened, claims, addedLines, environment));
  return output(options.json, clashesReport(found, opened.problems), clashesText(found), opened.problems);
}

type AddedLines = Parameters<ClashSources["tree"]>[2];
type Defined = Awaited<ReturnType<ClashSources["tree"]>>;

/**
 * The clashes of the pending series with each other and with what is defined elsewhere.
 *
 * @param defined asked with the claims of the series for the project of the tree; of all series where there is no tree
 */
export async function clashesOf(
  { library, tree }: Pick<OpenedSources, "library" | "tree">,
  defined: (claims: readonly SeriesClaims[], addedLines: AddedLines) => Promise<Defined>,
): Promise<readonly Clash[]> {
  const now = newestDate(library.series);
  const pending = library.series.filter((one) => isPending(one, now));
  const needs = new NeededSeries(library, await patchHolders(pending, pending, library));
  const found = await readClashes(pending, {
    library,
    projectOf: projectOfSeries,
    below: (series) => seriesBelow(series, needs.index()),
    tree: (project, claims, addedLines) =>
      tree !== null && tree.project !== null && tree.project !== project ? Promise.resolve(null) : defined(claims, addedLines),
    known: readDefinitions(),
    pause: makeSlicer(() => false),
  });
  return found ?? [];
}

async function definitionsOfTree(
  { tree }: OpenedSources,
  claims: readonly SeriesClaims[],
  addedLines: AddedLines,
  environment: Environment,
): Promise<Defined> {
  if (!tree) return null;
  const git = { binary: environment.git };
  return readTreeDefinitions(tree.top, claims, {
    git,
    base: "HEAD",
    has: (path) => tree.has(path),
    addedLines,
    pause: makeSlicer(() => false),
  });
}
