/** The host's end of the thread that searches the full text. */
import { Worker } from "node:worker_threads";
import type { SearchAnswer, SearchRequest } from "./searchWorker";

/** The thread holds a few hundred found mails and nothing else. */
const limits = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 64 };

export interface Searcher {
  /**
   * The mails that a query finds in an index, the newest first. It answers one question at a time; a question that was stopped
   * before its turn is never asked.
   *
   * @returns null if there is no answer: the index cannot be read, or the thread cannot run
   */
  search(request: SearchRequest, signal: AbortSignal): Promise<SearchAnswer>;
  dispose(): void;
}

/**
 * The thread starts with the first question.
 *
 * @param script the bundled searchWorker.ts
 */
export function startSearcher(script: string): Searcher {
  let worker: Worker | null = null;
  let last: Promise<unknown> = Promise.resolve();
  let answer: (found: SearchAnswer) => void = () => undefined;
  const startThread = (): Worker => {
    const thread = new Worker(script, { resourceLimits: limits });
    const leave = (): void => {
      if (worker === thread) worker = null;
      answer(null);
    };
    return thread
      .on("message", (found: SearchAnswer) => answer(found))
      .on("error", leave)
      .on("exit", leave);
  };
  return {
    search(request, signal) {
      const next = last.then(() =>
        signal.aborted
          ? null
          : new Promise<SearchAnswer>((resolve) => {
              answer = resolve;
              (worker ??= startThread()).postMessage(request);
            }),
      );
      last = next;
      return next;
    },
    dispose() {
      void worker?.terminate();
      worker = null;
    },
  };
}
