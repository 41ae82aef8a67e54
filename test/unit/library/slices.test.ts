import assert from "node:assert/strict";
import { answerInSlices, inSlices, makeSlicer } from "../../../src/library/slices";

suite("slices", () => {
  /** A clock that goes on by a millisecond with each piece of work. */
  function work(): { now: () => number; step: () => void; longest: () => number; stop: () => void } {
    let [time, since, longest] = [0, 0, 0];
    let isRunning = true;
    const turn = (): void => {
      since = 0;
      if (isRunning) setImmediate(turn);
    };
    setImmediate(turn);
    return {
      now: () => time,
      step() {
        time++;
        longest = Math.max(longest, ++since);
      },
      longest: () => longest,
      stop: () => (isRunning = false),
    };
  }

  test("two thousand questions at once are answered in order, and let others run every few milliseconds", async () => {
    const { now, step, longest, stop } = work();
    const ask = answerInSlices(function* (question: number) {
      step();
      yield;
      return question * 2;
    }, now);
    const answers = await Promise.all(Array.from({ length: 2000 }, (_, at) => ask(at)));
    stop();
    assert.deepEqual(answers.slice(0, 3), [0, 2, 4]);
    assert.equal(answers.length, 2000);
    // Five of a slice, and a turn that began in the midst of one.
    assert(longest() <= 10, `${longest()} answers without a pause`);
  });

  test("the steps of one long answer let others run, too", async () => {
    const { now, step, longest, stop } = work();
    const ask = answerInSlices(function* (steps: number) {
      for (let at = 0; at < steps; at++) {
        step();
        yield;
      }
      return steps;
    }, now);
    assert.deepEqual(await Promise.all([ask(1000), ask(1)]), [1000, 1]);
    stop();
    assert(longest() <= 10, `${longest()} steps without a pause`);
  });

  test("steps in slices come to an answer, or to none where somebody took over", async () => {
    let left = 3;
    const steps = function* () {
      while (left > 0) yield left--;
      return "done";
    };
    assert.equal(await inSlices(steps()), "done");
    left = 3;
    assert.equal(await inSlices(steps(), () => Promise.resolve(left < 3)), undefined);
    assert.equal(left, 2);
  });

  test("a question that fails fails alone", async () => {
    const ask = answerInSlices(function* (question: number) {
      yield;
      if (question === 1) throw new Error("no answer");
      return question;
    });
    const [first, second, third] = await Promise.allSettled([ask(0), ask(1), ask(2)]);
    assert.deepEqual([first.status, second.status, third.status], ["fulfilled", "rejected", "fulfilled"]);
  });

  test("work that somebody took over is told so at the next pause, and not before", async () => {
    let [time, isOver] = [0, false];
    const pause = makeSlicer(
      () => isOver,
      () => time,
    );
    isOver = true;
    assert.equal(await pause(), false);
    time = 8;
    assert.equal(await pause(), true);
  });
});
