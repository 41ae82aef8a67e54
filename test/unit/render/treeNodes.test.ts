import assert from "node:assert/strict";
import { problemsOf } from "../../../src/core/series/problems";
import {
  type Arrangement,
  childNodes,
  hasChildren,
  rootNodes,
  rowOfSeries,
  showingMore,
  type TreeNode,
} from "../../../src/render/treeNodes";
import { sampleRevision, sampleSeries } from "../../support/pageBuilders";

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

  suite("of a series", () => {
    /** Series in the groups that the function names. */
    const many = (subsystemOf: (at: number) => string) =>
      Array.from({ length: 450 }, (_, at) => sampleSeries([sampleRevision()], { id: `id${at}`, subsystem: subsystemOf(at) }));
    const idsOf = (rows: readonly TreeNode[]): string[] => rows.map(({ id }) => id);

    test("is the one that the tree has, and nothing grows for it", () => {
      const series = many(() => "x86/tdx");
      const found = rowOfSeries(series, "id199", arrangement);
      const [group] = rootNodes(series, [], arrangement);
      assert.equal(found?.arrangement, arrangement);
      assert.deepEqual(found.row, childNodes(group!, arrangement)[199]);
      assert.equal(rowOfSeries(series, "elsewhere", arrangement), null);
    });

    test("beyond the first page of its group it comes with a page after it", () => {
      const series = many((at) => (at < 10 ? "arm64" : "x86/tdx"));
      const found = rowOfSeries(series, "id210", arrangement);
      assert.deepEqual([...(found?.arrangement.shown ?? [])], [["group/subsystem/x86/tdx", 400]]);
      const rows = childNodes(rootNodes(series, [], found!.arrangement)[1]!, found!.arrangement);
      assert.deepEqual([rows.length, idsOf(rows).indexOf(found!.row.id)], [401, 200]);
      assert.equal(rowOfSeries(series, "id409", found!.arrangement)?.arrangement, found!.arrangement);
    });

    test("in a group beyond the first page of groups it brings the group", () => {
      const series = many((at) => `group ${String(at).padStart(3, "0")}`);
      const found = rowOfSeries(series, "id300", arrangement);
      assert.deepEqual([...(found?.arrangement.shown ?? [])], [["groups", 500]]);
      assert.ok(idsOf(rootNodes(series, [], found!.arrangement)).includes(found!.row.parent?.id ?? ""));
    });

    test("of a list is shown by pages", () => {
      const series = many(() => "x86/tdx");
      const lengths = [arrangement, showingMore(arrangement, "group/subsystem/x86/tdx")].map(
        (one) => childNodes(rootNodes(series, [], one)[0]!, one).length,
      );
      assert.deepEqual(lengths, [201, 401]);
    });
  });
});
