import assert from "node:assert/strict";
import { problemsOf } from "../../../src/core/series/problems";
import { type Arrangement, childNodes, hasChildren, rootNodes } from "../../../src/render/treeNodes";

const arrangement: Arrangement = { groupBy: "subsystem", sortBy: "newest", shown: new Map() };

suite("rows of the view Series", () => {
  test("a broken archive is one row with its problems below it", () => {
    const sentences = Array.from({ length: 100 }, (_, at) => `Mail ${at} cannot be read.`);
    const rows = rootNodes([], [...problemsOf("/mail/0.git", sentences), ...problemsOf("/a.txt", ["Odd."])], arrangement);
    assert.deepEqual(
      rows.map((row) => [row.kind, hasChildren(row)]),
      [
        ["problem", true],
        ["problem", false],
      ],
    );
    const below = childNodes(rows[0]!, arrangement);
    assert.deepEqual(
      below.map((row) => row.kind === "problem" && row.problem.message),
      sentences,
    );
    assert.deepEqual([below[0]!.parent, hasChildren(below[0]!), childNodes(rows[1]!, arrangement)], [rows[0], false, []]);
    assert.equal(new Set([...rows, ...below].map(({ id }) => id)).size, 102);
  });

  test("the row of a source stays the same row when another source gets a problem", () => {
    const [odd] = rootNodes([], problemsOf("/a.txt", ["Odd."]), arrangement);
    const rows = rootNodes([], [...problemsOf("/mail/0.git", ["Broken."]), ...problemsOf("/a.txt", ["Odd."])], arrangement);
    assert.equal(rows[1]?.id, odd!.id);
  });
});
