/** The host's end of the thread that writes the index. */
import { Worker } from "node:worker_threads";
import { HumanError } from "../core/humanError";
import type { BuildResult } from "./build";
import type { ReadProgress } from "./sourceChanges";
import type { IndexMessage, IndexRequest } from "./worker";

/** A small young generation keeps the thread's memory small, because what reading mails leaves behind is garbage at once. */
const limits = { maxYoungGenerationSizeMb: 12, maxOldGenerationSizeMb: 1024 };

interface SyncOptions {
  readonly git?: string | undefined;
  readonly progress?: ReadProgress;
  readonly signal?: AbortSignal;
}

export interface Indexer {
  /**
   * Brings the index of some sources up to date. It runs one call at a time; a second one waits for the first. Null if it was
   * stopped.
   */
  sync(sources: readonly string[], file: string, options?: SyncOptions): Promise<BuildResult | null>;
  dispose(): Promise<void>;
}

interface IndexerOptions {
  readonly fullText?: boolean;
  readonly rested?: () => void;
}

/**
 * @param script the bundled worker.ts
 * @param options `fullText: false` leaves the full text unfilled; `rested` is called when it has been filled after a run, or was stopped
 */
export function startIndexer(script: string, { fullText = true, rested }: IndexerOptions = {}): Indexer {
  let worker: Worker | null = null;
  let last: Promise<unknown> = Promise.resolve();
  let stop = new SharedArrayBuffer(8);

  const startThread = (): Worker => {
    const thread = new Worker(script, { resourceLimits: limits });
    return thread.on("message", ({ kind }: IndexMessage) => kind === "rested" && rested?.());
  };
  const run = (sources: readonly string[], file: string, { git, progress, signal }: SyncOptions): Promise<BuildResult | null> =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) {
        resolve(null);
        return;
      }
      const thread = (worker ??= startThread());
      stop = new SharedArrayBuffer(8);
      const flag = stop;
      const abort = (): void => void Atomics.store(new Int32Array(flag), 0, 1);
      signal?.addEventListener("abort", abort, { once: true });
      const done = (settle: () => void): void => {
        signal?.removeEventListener("abort", abort);
        thread.off("message", listen);
        thread.off("error", fail);
        thread.off("exit", leave);
        settle();
      };
      const listen = (message: IndexMessage): void => {
        if (message.kind === "progress") progress?.(message.done, message.total);
        else if (message.kind === "built") done(() => resolve(message.result));
        else if (message.kind === "failed") done(() => (message.stopped ? resolve(null) : reject(new HumanError(message.message))));
      };
      const fail = (error: Error): void => {
        worker = null;
        done(() => reject(error));
      };
      const leave = (): void => {
        worker = null;
        done(() => resolve(null));
      };
      thread.on("message", listen).on("error", fail).on("exit", leave);
      const request: IndexRequest = { sources, file, git: git ?? null, stop: flag, fullText };
      thread.postMessage(request);
    });

  return {
    sync(sources, file, options = {}) {
      // The full text of the last run is filled in the background; a new run goes first.
      Atomics.store(new Int32Array(stop), 1, 1);
      const next = last.then(() => run(sources, file, options));
      last = next.catch(() => undefined);
      return next;
    },
    async dispose() {
      for (const what of [0, 1]) Atomics.store(new Int32Array(stop), what, 1);
      await worker?.terminate();
      worker = null;
    },
  };
}
