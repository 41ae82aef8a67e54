import assert from "node:assert/strict";
import { RecentValues } from "../../../src/index/recentValues";

suite("recent values", () => {
  test("keeps what is asked for and forgets the rest", () => {
    const values = new RecentValues<number, string>(10);
    for (let at = 0; at < 100; at++) {
      values.set(at, String(at));
      assert.equal(values.get(0), "0");
    }
    assert.equal(values.get(99), "99");
    assert.equal(values.get(50), undefined);
  });
});
