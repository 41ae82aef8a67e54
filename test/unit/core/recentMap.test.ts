import assert from "node:assert/strict";
import { RecentMap } from "../../../src/core/recentMap";

suite("a map with a bound", () => {
  const keys = (map: RecentMap<string>): string => [...map.entries()].map(([key]) => key).join("");

  test("forgets what nobody used for the longest time", () => {
    const map = new RecentMap<string>(3);
    for (const key of ["a", "b", "c"]) map.set(key, key);
    assert.equal(map.get("a"), "a");
    map.set("d", "d");
    assert.deepEqual([keys(map), map.has("b"), map.get("b")], ["cad", false, undefined]);
    map.set("c", "c");
    map.delete("a");
    map.delete("x");
    map.set("e", "e");
    assert.equal(keys(map), "dce");
  });

  test("counts sizes, and keeps the newest whatever its size", () => {
    const map = new RecentMap<string>(10, ({ length }) => length);
    map.set("a", "12345");
    map.set("b", "12345");
    map.set("a", "1");
    map.set("c", "1234");
    assert.equal(keys(map), "bac");
    map.set("d", "12345678901");
    assert.equal(keys(map), "d");
    map.set("e", "1");
    assert.equal(keys(map), "e");
  });
});
