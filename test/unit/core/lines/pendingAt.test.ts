import assert from "node:assert/strict";
import { applyPlacedEdits, type Certainty, liesOn, type PlacedEdit } from "../../../../src/core/lines/placeChange";
import { functionsOf } from "../../../../src/core/lines/textLines";
import { smallDiff } from "../../../../src/render/hover";

function placed(
  certainty: Certainty,
  start: number,
  removed: readonly string[],
  added: readonly string[],
  count = removed.length,
): PlacedEdit {
  const edit = { start, removed, added, patches: [1] };
  return { edit, block: { start, heading: "", before: removed, after: added, edits: [edit] }, certainty, start, count };
}

suite("pending changes at lines", () => {
  test("a change lies on its lines, one that only adds on those beside it", () => {
    const change = placed("context", 4, ["a", "b"], []);
    assert.deepEqual(
      [3, 4, 5, 6].map((line) => liesOn(change, line, line)),
      [false, true, true, false],
    );
    const addition = placed("context", 4, [], ["a"]);
    assert.deepEqual(
      [2, 3, 4, 5].map((line) => liesOn(addition, line, line)),
      [false, true, true, false],
    );
    assert.equal(liesOn(addition, 0, 100), true);
    assert.equal(liesOn(placed("gone", -1, ["a"], []), 0, 100), false);
  });

  test("the text with a series: what has no place, and lines that are others now, are left and counted", () => {
    const lines = ["one", "two", "three", "four"];
    const result = applyPlacedEdits(lines, [
      placed("exact", 0, ["one"], ["eins"]),
      placed("context", 2, [], ["between"]),
      placed("fuzzy", 2, ["drei"], ["trois"]),
      placed("already", 3, ["vier"], ["four"], 1),
      placed("gone", -1, ["five"], []),
    ]);
    assert.deepEqual(result, { lines: ["eins", "two", "between", "three", "four"], applied: 2, left: 2 });
  });

  test("changes that fall on one place keep the order they have in their file", () => {
    const at = (from: number, one: PlacedEdit): PlacedEdit => ({ ...one, edit: { ...one.edit, start: from } });
    const [first, second] = [at(9, placed("fuzzy", 1, [], ["first"])), at(11, placed("fuzzy", 1, [], ["second"]))];
    const third = at(12, placed("exact", 1, ["two"], ["zwei"]));
    for (const order of [
      [first, second, third],
      [third, second, first],
    ]) {
      assert.deepEqual(applyPlacedEdits(["one", "two", "three"], order), {
        lines: ["one", "first", "second", "zwei", "three"],
        applied: 3,
        left: 0,
      });
    }
  });

  test("of two changes of the same lines one is left", () => {
    const lines = ["one", "two", "three"];
    const both = [placed("exact", 0, ["one", "two"], ["eins"]), placed("context", 1, ["two", "three"], ["zwei"])];
    assert.deepEqual(applyPlacedEdits(lines, both), { lines: ["one", "zwei"], applied: 1, left: 1 });
    const inside = [placed("exact", 0, ["one", "two"], ["eins"]), placed("fuzzy", 1, [], ["between"])];
    assert.deepEqual(applyPlacedEdits(lines, inside), { lines: ["one", "between", "two", "three"], applied: 1, left: 1 });
  });

  test("more lines than a call takes arguments", () => {
    const many = Array<string>(300_000).fill("x");
    assert.equal(applyPlacedEdits(["one"], [placed("context", 1, [], many)]).lines.length, 300_001);
  });

  test("the functions of a C file", () => {
    const text = [
      "struct sample {", // no function
      "\tint a;",
      "};",
      "",
      "static int long_one(struct sample *first,",
      "\t\t    struct sample *second)",
      "{",
      "\treturn 0;",
      "}",
      "",
      "static const struct ops ops =",
      "{",
      "\t.open = long_one,",
      "};",
      "",
      "SYSCALL_DEFINE1(name, int, arg)",
      "{",
      "\treturn arg;",
    ];
    assert.deepEqual(functionsOf(text), [
      { name: "long_one", start: 4, end: 8 },
      { name: "SYSCALL_DEFINE1", start: 15, end: 17 },
    ]);
    assert.deepEqual(functionsOf([]), []);
  });

  test("a long change is cut, and both sides of it are seen", () => {
    const many = (word: string): string[] => Array.from({ length: 20 }, (_, at) => `${word} ${at}`);
    const both = smallDiff([placed("exact", 0, many("old"), many("new"))]).split("\n");
    assert.equal(both.length, 13);
    assert.deepEqual([both[0], both[5], both[6], both[11], both[12]], ["-old 0", "-old 5", "+new 0", "+new 5", " ... 28 more lines"]);
    const removal = smallDiff([placed("exact", 0, many("old"), ["new"])]).split("\n");
    assert.deepEqual([removal.at(-2), removal.at(-1)], ["+new", " ... 8 more lines"]);
    assert.equal(smallDiff([placed("exact", 0, ["a\u202e"], []), placed("exact", 4, [], ["b"])]), "-a⟨U+202E⟩\n ...\n+b");
  });
});
