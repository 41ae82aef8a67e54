/** What mail calls the files of a tree, as far as its history and the series tell. */
import { type HistoryMove, type MoveQuestion, moveQuestion, resolveMoves } from "../core/series/movedFiles";
import { newestRevision, type Series } from "../core/series/series";
import type { MovedName } from "../core/series/touches";
import type { Project } from "../core/subsystem/project";
import { projectOfSeries } from "./library";
import { makeSlicer } from "./slices";

/** What is asked of the history of a tree; see checkout/moveHistory.ts. */
export interface TreeHistory {
  /** The files whose names the tree lacks, as commits moved them; `bases` are commits that series say they are made on. */
  find(names: readonly string[], bases: readonly string[]): Promise<ReadonlyMap<string, HistoryMove>>;
}

/**
 * Finds the files that series call otherwise than the tree does. What a thousand series need takes some tenths of a second to work out,
 * so it is done in slices.
 *
 * @param series those that count: the pending ones, or all
 * @param tree its project, and whether it has a file
 * @param history null where nobody may be asked: what other series tell is known all the same
 * @param signal ends it: then it throws
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
