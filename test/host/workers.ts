import { availableParallelism } from "node:os";
import type { Judgement } from "./mochaCounts";
import type { Job, Outcome, Suite } from "./suites";

interface Waiting {
  readonly suite: Suite;
  readonly job: Job;
}

export interface Done extends Waiting {
  readonly outcome: Outcome;
  readonly seconds: number;
}

/**
 * So many jobs of each kind at a time. Windows wait most of the time, and then the others have the processors; each window takes a gigabyte.
 * With more windows on two processors VS Code gives up hovers and loses keys.
 */
const atOnce = Math.min(availableParallelism(), 5);

/**
 * Runs jobs several at a time, the largest first, so that no long one is left alone at the end: windows beside jobs that keep a processor busy,
 * since those fill the time in which a window waits.
 *
 * @param installed done when windows can be opened; until then only the other jobs run
 */
export async function runJobs(jobs: readonly Waiting[], installed: Promise<void>, ended: (done: Done) => void): Promise<void> {
  const waiting = [...jobs].sort((one, other) => other.job.size - one.job.size);
  const windows = waiting.filter(({ suite }) => suite.waits);
  const others = waiting.filter(({ suite }) => !suite.waits);
  const work = async (next: () => Waiting | undefined): Promise<void> => {
    for (let taken = next(); taken; taken = next()) {
      const { suite, job } = taken;
      const start = Date.now();
      const outcome = await run(job);
      ended({ suite, job, outcome, seconds: (Date.now() - start) / 1000 });
    }
  };
  const workers = (next: () => Waiting | undefined): Promise<unknown> => Promise.all(Array.from({ length: atOnce }, () => work(next)));
  const opening = installed.then(() => workers(() => windows.shift() ?? others.shift()));
  await Promise.all([opening, workers(() => others.shift())]);
}

/** A job that cannot even start is one failure, and the next still runs. */
async function run(job: Job): Promise<Outcome> {
  try {
    return await job.run();
  } catch (error) {
    return { passed: 0, failed: 1, reason: error instanceof Error ? (error.stack ?? error.message) : String(error), output: "" };
  }
}

/** How a job, a suite or all of them went, in a few words. */
export function inWords({ passed, failed }: Judgement): string {
  return failed === 0 ? `${passed} ok` : `${failed} of ${passed + failed} NOT ok`;
}
