/**
 * Long work in steps: a generator gives way after each, so that whoever has others waiting goes on later (library/slices.ts), and whoever has
 * not does all of it at once. What is small is done in one step.
 */

/** Gives way from time to time, and comes to a result. */
export type Steps<Result> = Generator<undefined, Result>;

/** Done in one step. Each takes some tenths of a millisecond, the first of a process more. */
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
