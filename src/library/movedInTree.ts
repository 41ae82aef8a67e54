/** What mail calls the files of a tree, as far as its history and the series tell. */
import { openMoveCache } from "../checkout/cachedAnswers";
import { openMoveHistory } from "../checkout/moveHistory";
import type { OpenTree } from "../checkout/openTree";
import { type MovedNames, movedNames, moveQuestion, nothingMoved, resolveMoves } from "../core/series/movedFiles";
import { isPending, newestDate, newestRevision, type Series } from "../core/series/series";
import { projectOfSeries } from "./library";

/** A person waits for it. */
const mostMilliseconds = 20_000;

export interface MovedInTreeOptions {
  /** What is looked at as the tree: `HEAD`, with what is added to it in the index, or another commit. */
  readonly revision?: string;
  /** Whether series count that are no longer pending. */
  readonly all?: boolean;
  /** The file that keeps what was found between calls. */
  readonly cache: string;
  readonly binary: string | undefined;
}

/** The names by which series call files of a tree, as far as its history and the series tell. */
export async function movedInTree(
  series: readonly Series[],
  tree: OpenTree | null,
  { revision = "HEAD", all = false, cache, binary }: MovedInTreeOptions,
): Promise<MovedNames> {
  if (!tree) return nothingMoved;
  const now = newestDate(series);
  const asked = series.filter((one) => (all || isPending(one, now)) && (tree.project === null || projectOfSeries(one) === tree.project));
  const options = { binary, milliseconds: mostMilliseconds };
  const history = await openMoveHistory(tree.top, revision, { ...options, cache: await openMoveCache(cache) });
  const has = (path: string): boolean => history?.has(path) === true || (revision === "HEAD" && tree.has(path));
  const question = moveQuestion(asked, has);
  const bases = asked.flatMap((one) => newestRevision(one).posted?.baseCommit ?? []);
  const known = (await history?.find(question.names, bases)) ?? new Map();
  return movedNames(resolveMoves(question, has, known));
}
