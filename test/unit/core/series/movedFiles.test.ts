import assert from "node:assert/strict";
import { type TouchedFile, touchedPaths } from "../../../../src/core/diff/diffstat";
import {
  type HistoryMove,
  movedIn,
  movedNames,
  moveQuestion,
  movesOf,
  nameIn,
  neededNames,
  nothingMoved,
  resolveMoves,
  touchesByNames,
  touchesByTail,
} from "../../../../src/core/series/movedFiles";
import { newestRevision, type Series } from "../../../../src/core/series/series";
import { makeTouchIndex, type MovedName } from "../../../../src/core/series/touches";
import { revision, seriesWith } from "../../../support/invented";

const counts = { changed: 1, added: 1, deleted: 0 };
const changes = (path: string): TouchedFile => ({ path, ...counts, hunks: [[10, 6, 10, 7]] });
const makes = (path: string): TouchedFile => ({ path, ...counts, hunks: [[0, 0, 1, 9]] });
const moves = (oldPath: string, path: string): TouchedFile => ({ path, oldPath, ...counts, hunks: [] });
const copies = (oldPath: string, path: string): TouchedFile => ({ ...moves(oldPath, path), copied: true });

function series(title: string, ...patches: ReadonlyArray<readonly TouchedFile[]>): Series {
  const made = patches.map((files, at) => ({
    index: at + 1,
    title: `${title} ${at + 1}`,
    author: { name: "Ada Lind", email: "ada@example.org" },
    messageId: null,
    message: null,
    diff: null,
    files,
    trailers: [],
  }));
  return seriesWith([revision({ title, patches: made, files: touchedPaths(patches.flat()) })], { title, id: title });
}

const tree = (...paths: readonly string[]) => {
  const files = new Set(paths);
  return (path: string): boolean => files.has(path);
};
const resolved = (all: readonly Series[], has: (path: string) => boolean, history: Readonly<Record<string, string>> = {}): string[] => {
  const found = new Map<string, HistoryMove>(
    Object.entries(history).map(([name, path]) => [name, { path, when: "before", by: { commit: "c" } }]),
  );
  return resolveMoves(moveQuestion(all, has), has, found).map(
    ({ name, path, when, by }) => `${name} ${when} ${path} ${"commit" in by ? "history" : by.series}`,
  );
};

suite("names that the tree does not have", () => {
  test("what a series needs of the tree, makes and moves", () => {
    const one = series(
      "one",
      [changes("a.c"), makes("new.c")],
      [changes("new.c"), moves("a.c", "b.c")],
      [moves("b.c", "c.c"), copies("d.c", "e.c")],
      [changes("c.c"), changes("e.c"), changes("f.c")],
    );
    assert.deepEqual([...neededNames(newestRevision(one))].sort(), ["a.c", "d.c", "f.c"]);
    assert.deepEqual(movesOf(newestRevision(one)), [{ from: "a.c", to: "c.c" }]);
  });

  test("files that change names with each other in one patch", () => {
    const swap = series("swap", [moves("a.c", "b.c"), moves("b.c", "a.c")]);
    assert.deepEqual(movesOf(newestRevision(swap)), [
      { from: "a.c", to: "b.c" },
      { from: "b.c", to: "a.c" },
    ]);
    assert.deepEqual(resolved([swap, series("x", [changes("a.c")])], tree("a.c", "b.c")), []);
  });

  test("only names that are needed and not there are asked about", () => {
    const has = tree("there.c");
    const all = [series("a", [changes("there.c"), changes("gone.c"), makes("made.c")]), series("b", [moves("there.c", "to.c")])];
    const { names, claims } = moveQuestion(all, has);
    assert.deepEqual(names, ["gone.c", "to.c"]);
    assert.deepEqual(claims, [{ from: "there.c", to: "to.c", series: "b" }]);
  });

  test("the history outweighs what series do, and says nothing that the tree has not", () => {
    const all = [series("a", [changes("old.c")]), series("m", [moves("old.c", "other.c")])];
    assert.deepEqual(resolved(all, tree("new.c", "other.c"), { "old.c": "new.c" }), ["old.c before new.c history"]);
    assert.deepEqual(resolved(all, tree("other.c"), { "old.c": "new.c" }), []);
  });

  test("a name ahead of the tree maps back by the series that moves the file, over two of them and over the history", () => {
    const first = series("first", [moves("old.c", "mid.c")]);
    const second = series("second", [moves("mid.c", "end.c")]);
    const above = series("above", [changes("end.c")]);
    assert.deepEqual(resolved([above, second, first], tree("old.c")), ["end.c ahead old.c second", "mid.c ahead old.c first"]);
    assert.deepEqual(resolved([above, second, first], tree("new.c"), { "old.c": "new.c" }), [
      "end.c ahead new.c second",
      "mid.c ahead new.c first",
      "old.c before new.c history",
    ]);
  });

  test("a series that the tree has taken tells where its files went, also without a history", () => {
    const landed = series("landed", [moves("old.c", "mid.c")], [moves("mid.c", "new.c")]);
    assert.deepEqual(resolved([series("late", [changes("old.c")]), landed], tree("new.c")), ["old.c before new.c landed"]);
  });

  test("two that move one file to two places, or two files to one, leave it unsaid; two that agree do not", () => {
    const late = series("late", [changes("old.c")]);
    const [left, right] = [series("l", [moves("old.c", "left.c")]), series("r", [moves("old.c", "right.c")])];
    assert.deepEqual(resolved([late, left, right], tree("left.c", "right.c")), []);
    assert.deepEqual(resolved([late, left, right], tree("left.c")), ["old.c before left.c l", "right.c ahead left.c r"]);
    const above = series("above", [changes("n.c")]);
    assert.deepEqual(resolved([above, series("a", [moves("a.c", "n.c")]), series("b", [moves("b.c", "n.c")])], tree("a.c", "b.c")), []);
    assert.deepEqual(resolved([above, series("a", [moves("a.c", "n.c")]), series("b", [moves("a.c", "n.c")])], tree("a.c")), [
      "n.c ahead a.c b",
    ]);
  });

  test("copies move nothing, and a ring of moves ends", () => {
    assert.deepEqual(resolved([series("late", [changes("old.c")]), series("c", [copies("old.c", "copy.c")])], tree("copy.c")), []);
    const ring = ["a", "b", "c"].map((name, at) => series(name, [moves(`${name}.c`, `${["b", "c", "a"][at]}.c`)]));
    assert.deepEqual(resolved([series("x", [changes("a.c")]), ...ring], tree()), []);
  });

  test("where strangers give each of many names to many others, the ways are not all gone and nothing is said", () => {
    const all = Array.from({ length: 12 }, (_, by) =>
      series(
        `s${by}`,
        Array.from({ length: 12 * 14 }, (_, at) =>
          moves(`${Math.floor(at / 12)}/${((at % 12) + by) % 12}.c`, `${Math.floor(at / 12) + 1}/${at % 12}.c`),
        ),
      ),
    );
    assert.deepEqual(resolved(all, tree("0/0.c")), []);
    assert.deepEqual(resolved([series("above", [changes("b.c")]), series("one", [moves("a.c", "b.c")]), ...all], tree("a.c")), [
      "b.c ahead a.c one",
    ]);
  });

  suite("touches under all names", () => {
    const before: MovedName = { name: "old.c", path: "new.c", when: "before", by: { commit: "c" } };
    const ahead: MovedName = { name: "k/ahead.c", path: "k/here.c", when: "ahead", by: { series: "mover" } };
    const moved = movedNames([ahead, before]);
    const all = [
      series("direct", [changes("new.c")]),
      series("late", [changes("old.c")]),
      series("maker", [makes("old.c")]),
      series("mover", [moves("k/here.c", "k/ahead.c")], [changes("k/ahead.c")]),
      series("above", [changes("k/ahead.c")]),
      series("plain", [changes("k/here.c")]),
    ];
    const index = makeTouchIndex(all, () => "kernel");
    const touching = (path: string) => index.touching(path, null);
    const named = (path: string, known = moved): string[] =>
      touchesByNames(path, known, touching)
        .map(({ series: one, moved: by }) => `${one.id}${by ? ` ${by.name}` : ""}`)
        .sort();

    test("of the file, of an old name of it, and of a folder", () => {
      assert.deepEqual(named("new.c"), ["direct", "late old.c"]);
      assert.deepEqual(named("old.c"), ["direct", "late old.c"]);
      assert.deepEqual(named("k/here.c"), ["above k/ahead.c", "mover", "plain"]);
      assert.deepEqual(named("k/ahead.c"), ["above k/ahead.c", "mover", "plain"]);
      assert.deepEqual(named("k/"), ["above", "mover", "plain"]);
      assert.deepEqual(named("new.c", nothingMoved), ["direct"]);
    });

    test("of the end of a path", () => {
      const tails = touchesByTail("here.c", moved, { tail: (tail) => index.touchingSuffix(tail, null), path: touching });
      assert.deepEqual(tails.map(({ series: one }) => one.id).sort(), ["above", "mover", "plain"]);
    });

    test("which name a revision has for a file, and which of its files are called otherwise", () => {
      const [direct, late, , mover, above] = all.map(newestRevision);
      assert(direct && late && mover && above);
      assert.equal(nameIn(late, "new.c", moved), "old.c");
      assert.equal(nameIn(direct, "old.c", moved), "new.c");
      assert.equal(nameIn(above, "k/here.c", moved), "k/ahead.c");
      assert.equal(nameIn(mover, "k/here.c", moved), "k/here.c");
      assert.deepEqual([movedIn(late, moved), movedIn(above, moved), movedIn(mover, moved)], [[before], [ahead], []]);
    });
  });
});
