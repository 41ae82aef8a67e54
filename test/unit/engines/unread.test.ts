import assert from "node:assert/strict";
import type { Series } from "../../../src/core/series/series";
import type { Storage } from "../../../src/engines/ports";
import { Arrivals, Followed } from "../../../src/engines/unread";
import { revision, seriesWith } from "../../support/invented";
import { FakeStorage } from "../../support/fakePorts";

/** A storage that takes its time to write, as the editor's does. */
class SlowStorage extends FakeStorage {
  override async update(key: string, value: unknown): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    await super.update(key, value);
  }
}

const first = seriesWith([revision({ messageId: "1@example.org" })], { id: "aaaaaaaaaaaa" });
const second = seriesWith([revision({ messageId: "2@example.org", title: "KVM: Do another thing" })], { id: "bbbbbbbbbbbb" });

suite("unread", () => {
  test("of an archive that is read for the first time nothing is new; later what came in is, until it is read", async () => {
    const arrivals = new Arrivals(new FakeStorage());
    let fired = 0;
    arrivals.onDidChange(() => fired++);
    await arrivals.note("own", 100, () => [first.id]);
    assert.deepEqual([arrivals.has(first) || arrivals.has(second), fired], [false, 1]);
    await arrivals.note("own", 100, () => [first.id]);
    await arrivals.note("own", 0, () => [first.id]);
    assert.deepEqual([arrivals.has(first) || arrivals.has(second), fired], [false, 1]);
    await arrivals.note("own", 200, (moment) => (moment === 100 ? [first.id, second.id] : []));
    assert.deepEqual([arrivals.has(first), arrivals.has(second), fired], [true, true, 2]);
    await arrivals.markRead([first]);
    assert.deepEqual([arrivals.has(first), arrivals.has(second), fired], [false, true, 3]);
    await arrivals.markRead([first]);
    assert.equal(fired, 3);
    await arrivals.markAllRead();
    assert.deepEqual([arrivals.has(first) || arrivals.has(second), fired], [false, 4]);
  });

  test("a series is found by an id it had before", async () => {
    const arrivals = new Arrivals(new FakeStorage());
    await arrivals.note("own", 1, () => []);
    await arrivals.note("own", 2, () => ["cccccccccccc"]);
    assert.equal(arrivals.has({ ...first, aliases: ["cccccccccccc"] }), true);
  });

  test("changes at once are all kept", async () => {
    const arrivals = new Arrivals(new SlowStorage());
    await arrivals.note("own", 1, () => []);
    await Promise.all([arrivals.note("own", 2, () => [first.id]), arrivals.note("other", 1, () => [])]);
    assert.deepEqual([arrivals.has(first), arrivals.has(second)], [true, false]);
    const followed = new Followed(new SlowStorage(), { series: [first, second] });
    await Promise.all([followed.follow(first), followed.follow(second)]);
    assert.deepEqual([followed.isFollowed(first), followed.isFollowed(second)], [true, true]);
  });

  test("what another window stored is seen, and not written over", async () => {
    const storage = new FakeStorage();
    const [here, there] = [new Followed(storage, { series: [] }), new Followed(storage, { series: [] })];
    await here.follow(first);
    assert.equal(here.isFollowed(second), false);
    await there.follow(second);
    assert.equal(here.isFollowed(second), true);
    await here.unfollow(first);
    assert.deepEqual([here.isFollowed(second), here.isFollowed(first)], [true, false]);
  });

  test("a write that fails is told to whom it concerns and stops no later one", async () => {
    const storage = new FakeStorage();
    let fails = true;
    const faulty: Storage = {
      get: (key) => storage.get(key),
      update: (key, value) => (fails ? Promise.reject(new Error("The disk is full.")) : storage.update(key, value)),
    };
    const followed = new Followed(faulty, { series: [] });
    await assert.rejects(followed.follow(first), /disk is full/);
    fails = false;
    await followed.follow(second);
    assert.deepEqual([followed.isFollowed(first), followed.isFollowed(second)], [false, true]);
  });

  test("a value of another shape counts as none", async () => {
    const storage = new FakeStorage();
    for (const odd of [5, "x", [1], { unread: 5, noted: [] }, { unread: [1, "aaaaaaaaaaaa"], noted: { own: "x" } }]) {
      await storage.update("arrivals", odd);
      await storage.update("followed", odd);
      assert.equal(typeof new Arrivals(storage).has(first), "boolean");
      assert.equal(new Followed(storage, { series: [] }).isFollowed(first), false);
    }
    assert.equal(new Arrivals(storage).has(first), true);
  });

  test("a followed series is unread once it has a revision that was not looked at", async () => {
    const storage = new FakeStorage();
    const next = seriesWith([...first.revisions, revision({ version: 2, messageId: "3@example.org" })], {
      id: "dddddddddddd",
      aliases: [first.id],
    });
    const library = { series: [first] as readonly Series[] };
    const followed = new Followed(storage, library);
    await followed.follow(first);
    assert.deepEqual(followed.unread(), []);
    library.series = [next, second];
    assert.deepEqual([followed.unread(), followed.isUnread(next), followed.isUnread(second)], [[next], true, false]);
    await followed.markRead([next, second]);
    assert.deepEqual([followed.unread(), followed.isFollowed(next), followed.isFollowed(second)], [[], true, false]);
    await followed.unfollow(next);
    assert.equal(followed.isFollowed(first), false);
  });
});
