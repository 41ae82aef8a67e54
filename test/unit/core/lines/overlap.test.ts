import fc from "fast-check";
import assert from "node:assert/strict";
import { type Overlap, overlapsOf } from "../../../../src/core/lines/collisions";
import type { Edit } from "../../../../src/core/lines/fileChange";
import { lineAfter, type LineEdit, lineEdits, linesOf } from "../../../../src/core/lines/lineDiff";

/** Ten lines of a file, each of its own. */
const base = Array.from({ length: 10 }, (_, at) => `line ${at}`);

function edit(start: number, removed: number, ...added: readonly string[]): LineEdit {
  return { start, removed: base.slice(start, start + removed), added };
}

function their(start: number, removed: number, ...added: readonly string[]): Edit {
  return { ...edit(start, removed, ...added), patches: [1] };
}

/** `3-5 same`: places in short. */
function inShort(overlaps: readonly Overlap[]): string[] {
  return overlaps.map(({ start, end, same }) => `${start}-${end}${same ? " same" : ""}`);
}

function apply(lines: readonly string[], edits: readonly LineEdit[]): string[] {
  const made: string[] = [];
  let at = 0;
  for (const { start, removed, added } of edits) {
    made.push(...lines.slice(at, start), ...added);
    at = start + removed.length;
  }
  return [...made, ...lines.slice(at)];
}

suite("overlap", () => {
  for (const [name, mine, theirs, expected] of [
    ["far apart", [edit(1, 1, "m")], [their(5, 1, "t")], []],
    ["one line between", [edit(1, 1, "m")], [their(3, 1, "t")], []],
    ["next to each other", [edit(1, 1, "m")], [their(2, 1, "t")], ["1-3"]],
    ["theirs above, next to mine", [edit(2, 1, "m")], [their(1, 1, "t")], ["1-3"]],
    ["the same line", [edit(4, 1, "m")], [their(4, 1, "t")], ["4-5"]],
    ["the same line to the same text", [edit(4, 1, "m")], [their(4, 1, "m")], ["4-5 same"]],
    ["one of two lines to the same text", [edit(4, 2, "m", "n")], [their(4, 1, "m")], ["4-6"]],
    ["both add at one place", [edit(4, 0, "m")], [their(4, 0, "t")], ["4-4"]],
    ["both add the same at one place", [edit(4, 0, "m")], [their(4, 0, "m")], ["4-4 same"]],
    ["mine adds where theirs removes", [edit(4, 0, "m")], [their(4, 2)], ["4-6"]],
    ["mine adds behind what theirs removes", [edit(6, 0, "m")], [their(4, 2)], ["4-6"]],
    ["mine adds within what theirs removes", [edit(5, 0, "m")], [their(4, 2)], ["4-6"]],
    ["mine adds a line beyond", [edit(7, 0, "m")], [their(4, 2)], []],
    ["a chain of edits is one place", [edit(1, 1, "m"), edit(3, 1, "n")], [their(2, 1, "t"), their(4, 1, "u")], ["1-5"]],
    ["two places", [edit(1, 1, "m"), edit(7, 1, "n")], [their(1, 1, "t"), their(4, 1), their(8, 1)], ["1-2", "7-9"]],
    ["one of mine over several of theirs", [edit(1, 6)], [their(2, 1, "t"), their(4, 1, "u"), their(9, 1)], ["1-7"]],
    ["both delete the same lines", [edit(1, 3)], [their(1, 3)], ["1-4 same"]],
  ] as const)
    test(name, () => assert.deepEqual(inShort(overlapsOf(mine, theirs)), expected));

  test("more lines than a call takes arguments", () => {
    const many = Array.from({ length: 200_000 }, (_, at) => `added ${at}`);
    const places = overlapsOf([{ start: 4, removed: [], added: many }], [{ start: 4, removed: [], added: many, patches: [1] }]);
    assert.deepEqual(inShort(places), ["4-4 same"]);
  });

  test("says which edits and patches meet", () => {
    const theirs = [their(0, 1), { ...their(4, 1, "t"), patches: [3] }, { ...their(6, 1, "u"), patches: [2, 3] }];
    const [overlap, ...others] = overlapsOf([edit(4, 3, "m")], theirs);
    assert.deepEqual([overlap?.patches, overlap?.mine.length, overlap?.theirs, others], [[2, 3], 1, theirs.slice(1), []]);
  });

  test("where a line has moved to", () => {
    const edits = [edit(2, 0, "a", "b"), edit(4, 2, "c"), edit(8, 1)];
    assert.deepEqual(
      base.map((_, line) => lineAfter(edits, line)),
      [0, 1, 2, 5, 6, 6, 7, 8, 9, 9],
    );
  });
});

suite("edits of a text", () => {
  const lines = fc.array(fc.constantFrom("a", "b", "c", "{", "}", ""), { maxLength: 12 });

  test("applied they make the other text, and none touches another", () => {
    fc.assert(
      fc.property(lines, lines, (before, after) => {
        const edits = lineEdits(before, after);
        assert.deepEqual(apply(before, edits), after);
        for (const [at, one] of edits.entries()) {
          assert.deepEqual(before.slice(one.start, one.start + one.removed.length), one.removed);
          const next = edits[at + 1];
          if (next) assert(next.start > one.start + one.removed.length);
        }
      }),
    );
  });

  test("line ends of either kind are no difference", () => {
    assert.deepEqual(lineEdits(linesOf("a\r\nb\r\n"), linesOf("a\nb\n")), []);
    assert.deepEqual(linesOf("a\nb"), ["a", "b"]);
    assert.deepEqual(linesOf("a\n\n"), ["a", ""]);
    assert.deepEqual(linesOf(""), []);
  });

  test("a file that has changed all over is one change", () => {
    const before = Array.from({ length: 5000 }, (_, at) => `old ${at}`);
    const after = before.map((line, at) => (at % 2 === 0 ? line : `new ${at}`));
    assert.deepEqual(
      lineEdits(before, after).map(({ start, removed }) => [start, removed.length]),
      [[1, 4999]],
    );
  });
});
