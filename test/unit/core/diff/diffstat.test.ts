import assert from "node:assert/strict";
import { parseDiffstatPath } from "../../../../src/core/diff/diffPath";
import { parseDiffstat } from "../../../../src/core/diff/diffstat";

suite("diffstat", () => {
  const rows: ReadonlyArray<readonly [string, string, object]> = [
    [
      "a graph that is whole",
      " a.c | 5 +++--\n b.c | 1 +\n 2 files changed, 4 insertions(+), 2 deletions(-)",
      { path: "a.c", changed: 5, added: 3, deleted: 2 },
    ],
    [
      "a graph that is scaled",
      " a.c | 210 ++----\n b.c | 1 +\n 2 files changed, 90 insertions(+), 121 deletions(-)",
      { path: "a.c", changed: 210, added: null, deleted: null },
    ],
    [
      "a single file tells its counts by the total",
      " a.c | 210 ++----\n 1 file changed, 90 insertions(+), 120 deletions(-)",
      { path: "a.c", changed: 210, added: 90, deleted: 120 },
    ],
    ["only insertions", " a.c | 300 +++\n 1 file changed, 300 insertions(+)", { path: "a.c", changed: 300, added: 300, deleted: 0 }],
    ["only deletions", " a.c | 300 ---\n 1 file changed, 300 deletions(-)", { path: "a.c", changed: 300, added: 0, deleted: 300 }],
    [
      "a total that is another file's says nothing",
      " a.c | 9 +++\n 1 file changed, 3 insertions(+)",
      { path: "a.c", changed: 9, added: null, deleted: null },
    ],
    [
      "binary",
      " a.png | Bin 0 -> 120 bytes\n 1 file changed, 0 insertions(+), 0 deletions(-)",
      { path: "a.png", changed: null, added: null, deleted: null },
    ],
    ["binary in short", " a.png | Bin\n 1 file changed", { path: "a.png", changed: null, added: null, deleted: null }],
    ["unmerged", " a.c | Unmerged\n 1 file changed", { path: "a.c", changed: null, added: null, deleted: null }],
    ["a mode change", " a.sh | 0\n 1 file changed, 0 insertions(+), 0 deletions(-)", { path: "a.sh", changed: 0, added: 0, deleted: 0 }],
    [
      "shortened",
      " .../kvm/x86/a.c     | 1 +\n 1 file changed, 1 insertion(+)",
      { path: ".../kvm/x86/a.c", changed: 1, added: 1, deleted: 0 },
    ],
    ["a name with a bar", " a | b.c | 1 -\n 1 file changed, 1 deletion(-)", { path: "a | b.c", changed: 1, added: 0, deleted: 1 }],
    ["a name with spaces", " a file.c | 1 -\n 1 file changed, 1 deletion(-)", { path: "a file.c", changed: 1, added: 0, deleted: 1 }],
    [
      "renamed",
      " a/{b => c}/d.c | 2 +-\n 1 file changed, 1 insertion(+), 1 deletion(-)",
      { path: "a/c/d.c", oldPath: "a/b/d.c", changed: 2, added: 1, deleted: 1 },
    ],
  ];
  for (const [name, text, file] of rows) test(name, () => assert.deepEqual(parseDiffstat(text)?.files[0], file));

  const names: ReadonlyArray<readonly [string, string, string?]> = [
    ["a/b.c", "a/b.c"],
    ["a/{b => c}/d.c", "a/c/d.c", "a/b/d.c"],
    ["{ => x}/d.c", "x/d.c", "d.c"],
    ["{x => }/d.c", "d.c", "x/d.c"],
    ["a/{ => b}/c.c", "a/b/c.c", "a/c.c"],
    ["a/{b => }/c.c", "a/c.c", "a/b/c.c"],
    ["a/{b.c => c.c}", "a/c.c", "a/b.c"],
    ["{old/x => new/y}/z.c", "new/y/z.c", "old/x/z.c"],
    ["old.c => new.c", "new.c", "old.c"],
    [".../{b => c}/d.c", ".../c/d.c", ".../b/d.c"],
    ['"a\\tb.c"', "a\tb.c"],
    ['"z\\303\\266e.c"', "zöe.c"],
    ['"a\\"b\\\\c.c"', 'a"b\\c.c'],
    ['"a\\tb.c" => "c\\td.c"', "c\td.c", "a\tb.c"],
    ['plain.c => "q\\tx.c"', "q\tx.c", "plain.c"],
    ['"q\\tx.c" => plain.c', "plain.c", "q\tx.c"],
    ['"half', '"half'],
  ];
  for (const [printed, path, oldPath] of names) {
    test(`name ${printed}`, () => assert.deepEqual(parseDiffstatPath(printed), oldPath === undefined ? { path } : { path, oldPath }));
  }

  test("of several the last counts, and where it stands is told", () => {
    const text =
      "old:\n x.c | 1 +\n 1 file changed, 1 insertion(+)\n\nnew:\n\n a.c | 1 +\n b.c | 1 +\n 2 files changed, 2 insertions(+)\n\nbye";
    const stat = parseDiffstat(text);
    assert.deepEqual(
      stat?.files.map(({ path }) => path),
      ["a.c", "b.c"],
    );
    assert.deepEqual(stat.total, { files: 2, added: 2, deleted: 0 });
    assert.equal(text.slice(stat.start, stat.end), " a.c | 1 +\n b.c | 1 +\n 2 files changed, 2 insertions(+)");
  });

  test("a sum without rows is no diffstat, and does not hide the one above it", () => {
    assert.equal(parseDiffstat(" 3 files changed, 1 insertion(+)"), null);
    assert.equal(parseDiffstat("nothing has changed\n"), null);
    assert.equal(parseDiffstat(""), null);
    assert.deepEqual(
      parseDiffstat(" a.c | 1 +\n 1 file changed, 1 insertion(+)\n\n 9 files changed\n")?.files.map(({ path }) => path),
      ["a.c"],
    );
  });

  test("a table that only looks like one is none", () => {
    assert.equal(parseDiffstat("guest | host\n a | b\n 1 file changed\n"), null);
    assert.equal(parseDiffstat("> a.c | 1 +\n> 1 file changed, 1 insertion(+)\n"), null);
  });
});
