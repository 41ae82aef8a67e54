import assert from "node:assert/strict";
import { followLine, followLines, LineNumbers } from "../../../../src/core/lines/lineDiff";

function follow(before: readonly string[], after: readonly string[]): number[] {
  const numbers = new LineNumbers();
  const [old, now] = [numbers.of(before), numbers.of(after)];
  return [...followLines(old, now, numbers.size)];
}

suite("the lines of a text followed into another", () => {
  test("nothing, everything, and a part that moved", () => {
    assert.deepEqual(follow([], ["a"]), []);
    assert.deepEqual(follow(["a", "b"], []), [-1, -1]);
    assert.deepEqual(follow(["a", "b", "a"], ["a", "b", "a"]), [0, 1, 2]);
    assert.deepEqual(follow(["x", "y", "a", "b", "c"], ["a", "b", "c", "x", "y"]), [-1, -1, 0, 1, 2]);
  });

  test("a line of another state: the same of several equal ones, else behind what stands above it", () => {
    const text = ["a() {", "return 0;", "}", "b() {", "return 0;", "}"];
    const other = ["new() {", "return 0;", "}", "a() {", "return 0;", "}", "b() {", "more();", "return 0;", "}"];
    assert.deepEqual(followLine(text, 4, other), { line: 1, same: true });
    assert.deepEqual(followLine(text, 8, other), { line: 4, same: true });
    assert.deepEqual(followLine(text, 7, other), { line: 4, same: false });
    assert.deepEqual(followLine(text, 0, other), { line: 0, same: false });
    assert.deepEqual(followLine(["a"], 1, ["a", "b"]), { line: 0, same: false });
    assert.deepEqual(followLine([""], 9, [""]), { line: 0, same: false });
  });
});
