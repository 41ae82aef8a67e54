import { readFile } from "node:fs/promises";

/** What a suite says about itself when it has ended. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  /** Why: a text for each test that failed, its name first. */
  readonly failures?: readonly string[];
}

/** Reads a result file; nothing when the suite wrote none. */
export async function readCounts(file: string): Promise<Counts | undefined> {
  const text = await readFile(file, "utf8").catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as Counts);
}

export interface Judgement extends Counts {
  readonly reason?: string;
}

/** Judges a suite: none that crashed, left no result, or ran no test counts as passed. */
export function judged(counts: Counts | undefined, exitCode: number, mayBeEmpty: boolean): Judgement {
  if (counts === undefined) return { passed: 0, failed: 1, reason: "The suite ended without a result." };
  const { passed, failed, failures } = counts;
  if (failed > 0) return { passed, failed, ...(failures === undefined ? {} : { failures }) };
  if (passed === 0) return mayBeEmpty ? { passed, failed } : { passed, failed: 1, reason: "The suite ran no test." };
  if (exitCode !== 0) return { passed, failed: 1, reason: `All tests passed, yet the exit code is ${exitCode}.` };
  return { passed, failed };
}

/** Several judgements as one; what failed without a name of its own is told by its reason. */
export function together(results: readonly Judgement[]): Judgement & Required<Pick<Counts, "failures">> {
  return {
    passed: results.reduce((sum, each) => sum + each.passed, 0),
    failed: results.reduce((sum, each) => sum + each.failed, 0),
    failures: results.flatMap(({ failed, failures, reason }) => failures ?? (failed > 0 ? [reason ?? "see above"] : [])),
  };
}
