/**
 * The thread that writes the index: bundled as dist/indexWorker.js. It does one run at a time, and then fills the full text by
 * itself.
 */
import { parentPort } from "node:worker_threads";
import { humanMessage } from "../core/humanError";
import { buildIndex, Stopped, type BuildResult } from "./build";
import { fillSearch } from "./search";

/** A request to the thread. */
export interface IndexRequest {
  readonly sources: readonly string[];
  readonly file: string;
  readonly git: string | null;
  /** Whether the full text is filled afterwards. */
  readonly fullText: boolean;
  /** Two numbers; if one is not 0, it stops the run, or the filling of the full text after it. */
  readonly stop: SharedArrayBuffer;
}

/** What the thread reports. */
export type IndexMessage =
  | { readonly kind: "progress"; readonly done: number; readonly total: number | null }
  | { readonly kind: "built"; readonly result: BuildResult }
  | { readonly kind: "failed"; readonly message: string; readonly stopped: boolean }
  /** The full text is filled, or was stopped; nothing more comes until the next request. */
  | { readonly kind: "rested" };

const pauseMilliseconds = 20;

async function run({ sources, file, git, stop, fullText }: IndexRequest, tell: (message: IndexMessage) => void): Promise<void> {
  const flag = new Int32Array(stop);
  const options = {
    ...(git === null ? {} : { git }),
    stopped: () => Atomics.load(flag, 0) !== 0,
    progress: (done: number, total: number | null) => tell({ kind: "progress", done, total }),
  };
  try {
    tell({ kind: "built", result: await buildIndex(sources, file, options) });
  } catch (error) {
    tell({ kind: "failed", message: humanMessage(error), stopped: error instanceof Stopped });
    tell({ kind: "rested" });
    return;
  }
  try {
    while (fullText && !options.stopped() && Atomics.load(flag, 1) === 0 && ((await fillSearch(file, options)) ?? 0) > 0)
      await new Promise((resolve) => setTimeout(resolve, pauseMilliseconds));
  } catch {
    // The run has ended well, and the next one may be waiting for its own answer, so this failure must not be sent as one. The
    // next run will meet a full disk or a damaged index too.
  }
  tell({ kind: "rested" });
}

const port = parentPort;
let last = Promise.resolve();
port?.on("message", (request: IndexRequest) => {
  last = last.then(() => run(request, (message) => port.postMessage(message)));
});
