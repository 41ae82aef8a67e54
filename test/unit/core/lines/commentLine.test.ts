/** Where a line of a patch is in a text that has its change or not. */
import assert from "node:assert/strict";
import { lineOfComment } from "../../../../src/core/lines/commentLine";
import { composeChanges } from "../../../../src/core/lines/fileChange";
import { placeChange } from "../../../../src/core/lines/placeChange";
import { TextLines } from "../../../../src/core/lines/textLines";

const patch = `diff --git a/a.c b/a.c
--- a/a.c
+++ b/a.c
@@ -1,5 +1,6 @@
 int first_value;
-int second_value;
+int second_count;
+int third_count;
 int fourth_value;
 int fifth_value;
 int sixth_value;
`;
const before = ["int first_value;", "int second_value;", "int fourth_value;", "int fifth_value;", "int sixth_value;"];

/** The lines of the patch that are found in a text, each with its place. */
function found(lines: readonly string[], index = 1): Record<string, number | null> {
  const [change] = composeChanges([{ index: 1, text: patch }], "a.c");
  assert.ok(change);
  const text = new TextLines(lines);
  text.index();
  const placed = placeChange(text, change, null);
  const asked = patch.split("\n").slice(4, -1);
  return Object.fromEntries(asked.map((line) => [line, lineOfComment(placed, index, line, lines)]));
}

suite("line of a comment", () => {
  test("in the file as it is, an added line is where it would be added", () => {
    assert.deepEqual(found(["/* Moved. */", ...before]), {
      " int first_value;": 1,
      "-int second_value;": 2,
      "+int second_count;": 2,
      "+int third_count;": 2,
      " int fourth_value;": 3,
      " int fifth_value;": 4,
      " int sixth_value;": 5,
    });
  });

  test("where the change is in already, an added line is itself", () => {
    const lines = before.toSpliced(1, 1, "int second_count;", "int third_count;");
    const { "+int third_count;": added, " int fourth_value;": below } = found(lines);
    assert.deepEqual([added, below], [2, 3]);
  });

  test("a line that is gone, of another patch, or there twice is nowhere", () => {
    assert.deepEqual(Object.values(found(["int other;"])), [null, null, null, null, null, null, null]);
    assert.equal(found(before, 2)["-int second_value;"], null);
    assert.equal(found(before.with(3, "int edited_value;"))[" int fifth_value;"], null);
  });
});
