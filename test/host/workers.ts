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
 * A window waits most of the time, so there is a job more than processors; each window takes a gigabyte. With two more, windows became so slow
 * on two processors that VS Code gave up hovers and lost keys.
 */
const workers = Math.min(availableParallelism() + 1, 6);

/**
 * Runs jobs several at a time, the largest first, so that no long one is left alone at the end. All workers but one take windows as long as
 * there are any, and one takes what keeps a processor busy: that is where the time goes in which a window waits.
 *
 * @param installed done when windows can be opened; until then the other jobs run
 */
export async function runJobs(jobs: readonly Waiting[], installed: Promise<void>, ended: (done: Done) => void): Promise<void> {
  const waiting = [...jobs].sort((one, other) => other.job.size - one.job.size);
  let isInstalled = false;
  const ready = installed.then(() => {
    isInstalled = true;
  });
  let windows = 0;
  const next = async (): Promise<Waiting | undefined> => {
    if (!isInstalled && waiting.every(({ suite }) => suite.waits)) await ready;
    const wantsWindow = isInstalled && windows < workers - 1;
    const at = waiting.findIndex(({ suite }) => (suite.waits ?? false) === wantsWindow);
    return waiting.splice(Math.max(at, 0), 1)[0];
  };
  const work = async (): Promise<void> => {
    for (let taken = await next(); taken; taken = await next()) {
      const { suite, job } = taken;
      if (suite.waits) windows += 1;
      const start = Date.now();
      const outcome = await run(job);
      if (suite.waits) windows -= 1;
      ended({ suite, job, outcome, seconds: (Date.now() - start) / 1000 });
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
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
