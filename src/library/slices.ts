/** Long work in slices, so that typing stays quick. */
import { setImmediate } from "node:timers/promises";

/** Work pauses after this long. */
const sliceMilliseconds = 5;

/**
 * Makes a function that lets other work run from time to time, and returns whether the caller's work is over.
 *
 * @param now in milliseconds; only differences count
 */
export function makeSlicer(isOver: () => boolean, now: () => number = () => performance.now()): () => Promise<boolean> {
  let until = now() + sliceMilliseconds;
  return async () => {
    if (now() < until) return false;
    await setImmediate();
    until = now() + sliceMilliseconds;
    return isOver();
  };
}

/**
 * Does all steps in slices.
 *
 * @returns the result of the steps; undefined if another caller took over
 */
export async function inSlices<Answer>(
  steps: Iterator<unknown, Answer>,
  pause: () => Promise<boolean> = makeSlicer(() => false),
): Promise<Answer | undefined> {
  for (let next = steps.next(); ; next = steps.next()) {
    if (next.done === true) return next.value;
    if (await pause()) return undefined;
  }
}

/**
 * Answers many questions that come at once, such as those of all rows of a view, one after the other and in slices.
 *
 * @param answer gives the steps of an answer
 * @param now as for `makeSlicer`
 */
export function answerInSlices<Question, Answer>(
  answer: (question: Question) => Iterator<unknown, Answer>,
  now?: () => number,
): (question: Question) => Promise<Answer> {
  let before: Promise<unknown> = Promise.resolve();
  let pause = makeSlicer(() => false, now);
  let waiting = 0;
  return (question) => {
    // Idle time does not count as work.
    if (waiting++ === 0) pause = makeSlicer(() => false, now);
    const own = before.then(async () => {
      await pause();
      waiting--;
      const steps = answer(question);
      let next = steps.next();
      for (; next.done !== true; next = steps.next()) await pause();
      return next.value;
    });
    before = own.catch(() => undefined);
    return own;
  };
}
