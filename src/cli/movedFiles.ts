/**
 * The names that series use for files of the checkout of `--tree`. It runs git, so only the commands that take a checkout load it:
 * loading the code that runs git takes longer than all that `series` does for a few mails.
 */
import { join } from "node:path";
import { openMoveCache } from "../checkout/cachedAnswers";
import { openMoveHistory } from "../checkout/moveHistory";
import { type MovedNames, movedNames, nothingMoved } from "../core/series/movedFiles";
import { isPending, newestDate } from "../core/series/series";
import { movedInTree } from "../library/movedInTree";
import type { Environment } from "./call";
import { cacheFolder } from "./keptFiles";
import type { OpenedSources } from "./sources";

/** A person waits while the history of a checkout is read. */
const mostHistoryMilliseconds = 20_000;

/**
 * The names that series use for files of the checkout.
 *
 * @param revision the tree: `HEAD` with the files added in the index, or another commit
 * @param all whether series that are no longer pending count too
 */
export async function movedFiles(
  { library: { series }, tree }: OpenedSources,
  { git }: Environment,
  { revision = "HEAD", all = false }: { readonly revision?: string; readonly all?: boolean } = {},
): Promise<MovedNames> {
  if (!tree) return nothingMoved;
  const now = newestDate(series);
  const options = { binary: git, milliseconds: mostHistoryMilliseconds, cache: await openMoveCache(join(cacheFolder(), "moves.json")) };
  const history = await openMoveHistory(tree.top, revision, options);
  const has = (path: string): boolean => history?.has(path) === true || (revision === "HEAD" && tree.has(path));
  const asked = all ? series : series.filter((one) => isPending(one, now));
  return movedNames(await movedInTree(asked, { project: tree.project, has }, history));
}
