/** Long work in slices, so that typing stays quick. */
import { setImmediate } from "node:timers/promises";

/** Work pauses after so long. */
const sliceMilliseconds = 8;

/**
 * Lets others run from time to time; what it answers is whether somebody else took over meanwhile.
 *
 * @param now milliseconds, of which only differences count
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
 * Answers questions of which many come at once, such as those of all rows of a view, one after the other and in slices.
 *
 * @param now as of `makeSlicer`
 */
export function answerInSlices<Question, Answer>(
  answer: (question: Question) => Answer,
  now?: () => number,
): (question: Question) => Promise<Answer> {
  let before: Promise<unknown> = Promise.resolve();
  let pause = makeSlicer(() => false, now);
  let waiting = 0;
  return (question) => {
    // Time that went by while nobody asked is no work.
    if (waiting++ === 0) pause = makeSlicer(() => false, now);
    const own = before.then(async () => {
      await pause();
      waiting--;
      return answer(question);
    });
    before = own.catch(() => undefined);
    return own;
  };
}
