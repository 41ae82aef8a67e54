/**
 * Long work in steps: a generator pauses after each. A caller with other work waiting continues later (library/slices.ts); any
 * other caller does all steps at once. Small work is done in one step.
 */

/** Pauses from time to time, and comes to a result. */
export type Steps<Result> = Generator<undefined, Result>;

/** How many are done in one step. Each takes some tenths of a millisecond, the first of a process more. */
const atOnce = 8;

/** Does all steps at once. */
export function finished<Result>(steps: Steps<Result>): Result {
  for (let next = steps.next(); ; next = steps.next()) if (next.done === true) return next.value;
}

/** Maps a list in steps. */
export function* mapInSteps<One, Result>(all: readonly One[], map: (one: One, at: number) => Result): Steps<Result[]> {
  const results: Result[] = [];
  for (const [at, one] of all.entries()) {
    if (at > 0 && at % atOnce === 0) yield;
    results.push(map(one, at));
  }
  return results;
}

/** Does something with each of a list, in steps. */
export function* eachInSteps<One>(all: readonly One[], run: (one: One, at: number) => void): Steps<void> {
  for (const [at, one] of all.entries()) {
    if (at > 0 && at % atOnce === 0) yield;
    run(one, at);
  }
}
