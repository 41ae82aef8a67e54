import assert from "node:assert/strict";
import { Emitter, inBackground, Quiet } from "../../../src/engines/ports";
import { FakeClock, settled } from "../../support/fakeClock";
import { FakeLog } from "../../support/fakePorts";
import { uncaughtOf } from "../../support/uncaught";

suite("ports of the engines", () => {
  test("a listener that throws keeps no other from being called, and is no fault of whoever fires", async () => {
    const emitter = new Emitter<number>();
    const heard: number[] = [];
    emitter.event(() => {
      throw new Error("deaf");
    });
    emitter.event((value) => heard.push(value));
    const uncaught = await uncaughtOf(() => {
      emitter.fire(7);
      return Promise.resolve();
    });
    assert.deepEqual([heard, uncaught.map(String)], [[7], ["Error: deaf"]]);
  });

  test("a listener that is disposed hears nothing more, one that was added twice is called twice", () => {
    const emitter = new Emitter<void>();
    let heard = 0;
    const listen = (): void => {
      heard++;
    };
    const first = emitter.event(listen);
    emitter.event(listen);
    emitter.fire();
    assert.equal(heard, 2);
    first.dispose();
    emitter.fire();
    assert.equal(heard, 3);
  });

  test("work that nobody waits for and that fails is in the log, whether it rejects or throws at once", async () => {
    const log = new FakeLog();
    const failed: unknown[] = [];
    inBackground(
      log,
      () => Promise.reject(new Error("later")),
      (error) => failed.push(error),
    );
    inBackground(log, () => {
      throw new Error("at once");
    });
    await settled();
    assert.deepEqual(log.errors.sort(), ["at once", "later"]);
    assert.equal(failed.length, 1);
  });

  test("what waits for quiet runs once, so long after the last call", async () => {
    const clock = new FakeClock();
    const runs: number[] = [];
    const quiet = new Quiet(clock, 100, () => runs.push(clock.now()));
    quiet.later();
    await clock.pass(60);
    quiet.later();
    await clock.pass(300);
    assert.deepEqual(runs, [160]);
    quiet.later();
    quiet.dispose();
    await clock.pass(300);
    assert.deepEqual(runs, [160]);
    assert.equal(clock.waiting, 0);
  });
});
