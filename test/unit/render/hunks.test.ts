import fc from "fast-check";
import assert from "node:assert/strict";
import { hunkPatch, type PageHunk, readPageHunks, sliceHunks } from "../../../src/render/diffView";

const changed = `diff --git a/a.sql b/a.sql
index 1..2 100644
--- a/a.sql
+++ b/a.sql
@@ -1,3 +1,3 @@ begin
 one
--- a comment
+++ two
 three
\\ No newline at end of file
@@ -9 +9,0 @@
-gone
-- 
2.52.0
`;

suite("hunks", () => {
  test("are cut by their counts, whatever their lines look like", () => {
    const { hunks, added, deleted, change } = readPageHunks(changed);
    assert.deepEqual({ added, deleted, change }, { added: 1, deleted: 2, change: "changed" });
    assert.deepEqual(
      hunks.map(({ lines }) => lines),
      [[" one", "--- a comment", "+++ two", " three", "\\ No newline at end of file"], ["-gone"]],
    );
  });

  for (const [what, text, expected] of [
    [
      "a new file",
      "diff --git a/x b/x\nnew file mode 100644\n--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+x\n",
      { change: "new", binary: false, mode: null },
    ],
    ["a deleted file", "--- a/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n", { change: "deleted", binary: false, mode: null }],
    [
      "a rename",
      "diff --git a/x b/y\nsimilarity index 100%\nrename from x\nrename to y\n",
      { change: "renamed", binary: false, mode: null },
    ],
    ["a copy", "copy from x\ncopy to y\n", { change: "copied", binary: false, mode: null }],
    ["a mode", "diff --git a/x b/x\nold mode 100644\nnew mode 100755\n", { change: "changed", binary: false, mode: ["100644", "100755"] }],
    ["a binary file", "index 1..2\nBinary files a/x and b/x differ\n", { change: "changed", binary: true, mode: null }],
  ] as const) {
    test(`${what} is known by its headers`, () => {
      const { change, binary, mode } = readPageHunks(text);
      assert.deepEqual({ change, binary, mode }, expected);
    });
  }

  test("a hunk alone is a patch", () => {
    const { hunks, change } = readPageHunks(changed);
    assert.equal(hunkPatch({ path: "a.sql", text: changed }, change, hunks[1]!), "--- a/a.sql\n+++ b/a.sql\n@@ -9 +9,0 @@\n-gone\n");
    assert.match(hunkPatch({ path: "n", oldPath: "o", text: "" }, "renamed", hunks[0]!), /^--- a\/o\n\+\+\+ b\/n\n/);
    assert.match(hunkPatch({ path: "n", text: "" }, "new", hunks[0]!), /^--- \/dev\/null\n\+\+\+ b\/n\n/);
    assert.match(hunkPatch({ path: "n", text: "" }, "deleted", hunks[0]!), /^--- a\/n\n\+\+\+ \/dev\/null\n/);
  });

  test("slices keep every line, in order and with its number, and none is longer than the limit", () => {
    const line = fc.constantFrom(" same", "+new", "-old");
    fc.assert(
      fc.property(
        fc.array(fc.array(line, { minLength: 1, maxLength: 30 }), { maxLength: 8 }),
        fc.integer({ min: 1, max: 40 }),
        (bodies, limit) => {
          const hunks: PageHunk[] = bodies.map((lines, place) => ({ header: "@@", oldStart: 10, newStart: 20, lines, place }));
          const slices = sliceHunks(hunks, limit);
          assert.deepEqual(slices.flat().flatMap(numbered), hunks.flatMap(numbered));
          for (const slice of slices) assert.ok(slice.reduce((sum, { lines }) => sum + lines.length, 0) <= limit);
          assert.equal(slices.flat().filter(({ header }) => header !== "").length, hunks.length);
        },
      ),
    );
  });

  test("nothing of nothing", () => {
    assert.deepEqual(readPageHunks("").hunks, []);
    assert.deepEqual(sliceHunks([], 10), []);
    assert.deepEqual(readPageHunks("@@ -1,5 +1,5 @@\n cut").hunks[0]?.lines, [" cut"]);
  });
});

function numbered({ oldStart, newStart, lines }: PageHunk): string[] {
  let before = oldStart;
  let after = newStart;
  return lines.map((line) => `${line.startsWith("+") ? "" : before++}/${line.startsWith("-") ? "" : after++} ${line}`);
}
