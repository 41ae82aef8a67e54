/** What the files of `--tree` are called in mail, as far as its history and the pending series tell. */
import { join } from "node:path";
import { movedNames, moveQuestion, nothingMoved, resolveMoves, type MovedNames } from "../core/paths/moves";
import { isPending, newestDate } from "../core/series/pending";
import { newestRevision, type Series } from "../core/series/series";
import { projectOfSeries } from "../index/library";
import { openMoveCache } from "../worktree/moveCache";
import { openMoveHistory } from "../worktree/moveHistory";
import type { OpenTree } from "../worktree/openTree";
import { cacheFolder } from "./cacheFolder";

/** A person waits for it. */
const mostMilliseconds = 20_000;

/**
 * @param revision what is looked at as the tree: `HEAD`, with what is added to it in the index, or another commit
 * @param all whether series count that are no longer pending
 */
export async function movedInTree(
  series: readonly Series[],
  tree: OpenTree | null,
  { revision = "HEAD", all = false }: { readonly revision?: string; readonly all?: boolean } = {},
): Promise<MovedNames> {
  if (!tree) return nothingMoved;
  const now = newestDate(series);
  const asked = series.filter((one) => (all || isPending(one, now)) && (tree.project === null || projectOfSeries(one) === tree.project));
  const options = { binary: process.env["KVM_SERIES_GIT"], milliseconds: mostMilliseconds };
  const history = await openMoveHistory(tree.top, revision, { ...options, cache: await openMoveCache(join(cacheFolder(), "moves.json")) });
  const has = (path: string): boolean => history?.has(path) === true || (revision === "HEAD" && tree.has(path));
  const question = moveQuestion(asked, has);
  const bases = asked.flatMap((one) => newestRevision(one).posted?.baseCommit ?? []);
  const known = (await history?.find(question.names, bases)) ?? new Map();
  return movedNames(resolveMoves(question, has, known));
}
