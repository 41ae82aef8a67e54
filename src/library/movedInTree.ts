/** The names that mail uses for files of a tree, as far as history and series tell. */
import { type HistoryMove, type MoveQuestion, moveQuestion, resolveMoves } from "../core/series/movedFiles";
import { newestRevision, type Series } from "../core/series/series";
import type { MovedName } from "../core/series/touches";
import type { Project } from "../core/subsystem/project";
import { projectOfSeries } from "./library";
import { makeSlicer } from "./slices";

/** The history of a tree; see checkout/moveHistory.ts. */
export interface TreeHistory {
  /** Finds where commits moved the files of names that the tree lacks; `bases` are the base commits that series name. */
  find(names: readonly string[], bases: readonly string[]): Promise<ReadonlyMap<string, HistoryMove>>;
}

/**
 * Finds the files for which series and the tree have different names. A thousand series take some tenths of a second, so it works
 * in slices.
 *
 * @param series the series that count: the pending ones, or all
 * @param tree its project, and whether it has a file
 * @param history null when git may not run; the moves of other series count all the same
 * @param signal stops it; it then throws
 */
export async function movedInTree(
  series: readonly Series[],
  tree: { readonly project: Project | null; has(path: string): boolean },
  history: TreeHistory | null,
  signal?: AbortSignal,
): Promise<readonly MovedName[]> {
  const pause = makeSlicer(() => signal?.aborted === true);
  const has = (path: string): boolean => tree.has(path);
  const names = new Set<string>();
  const claims: Array<MoveQuestion["claims"]> = [];
  const bases: string[] = [];
  for (const one of series) {
    if (tree.project === null || projectOfSeries(one) === tree.project) {
      const own = moveQuestion([one], has);
      for (const name of own.names) names.add(name);
      claims.push(own.claims);
      const base = newestRevision(one).posted?.baseCommit;
      if (base != null) bases.push(base);
    }
    if (await pause()) signal?.throwIfAborted();
  }
  const question = { names: [...names].sort(), claims: claims.flat() };
  return resolveMoves(question, has, (await history?.find(question.names, bases)) ?? new Map<string, HistoryMove>());
}
