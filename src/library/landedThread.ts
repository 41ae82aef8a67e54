/** The host's end of the thread that looks for series in a checkout. */
import { Worker } from "node:worker_threads";
import type { Series } from "../core/series/series";
import type { LandedMessage, LandedOrder, LandedRequest } from "./landedWorker";
import type { Landings } from "./landings";
import { makeSlicer } from "./slices";

/** The log of 400,000 commits is the most it holds. */
const limits = { maxOldGenerationSizeMb: 2048 };

export interface LookOptions {
  readonly mails: (messageIds: readonly string[]) => Promise<ReadonlyMap<string, Uint8Array>>;
  readonly signal: AbortSignal;
}

/** Looks for series in a checkout, without keeping the host waiting. */
export type LookForSeries = (request: LandedRequest, asked: readonly Series[], options: LookOptions) => Promise<Landings>;

/** @param script the bundled landedWorker.ts */
export function lookInThread(script: string): LookForSeries {
  return async (request, asked, { mails, signal }) => {
    signal.throwIfAborted();
    const thread = new Worker(script, { resourceLimits: limits });
    const tell = (order: LandedOrder): void => thread.postMessage(order);
    const found = new Promise<Landings>((resolve, reject) => {
      thread.on("message", (message: LandedMessage) => {
        if (message.kind === "found") resolve(message.landings);
        else if (message.kind === "failed") reject(new Error(message.message));
        else mails(message.messageIds).then((some) => tell({ kind: "mails", question: message.question, mails: some }), reject);
      });
      thread.on("error", reject).on("exit", () => reject(new Error("the thread that looks for series in the checkout has ended")));
      signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
    });
    // It may fail while series are still handed over.
    found.catch(() => undefined);
    try {
      const pause = makeSlicer(() => signal.aborted);
      for (const series of asked) {
        tell({ kind: "series", series });
        if (await pause()) break;
      }
      tell({ kind: "look", request });
      return await found;
    } finally {
      // A git that it has started ends when nobody reads what it prints.
      await thread.terminate();
    }
  };
}
