import assert from "node:assert/strict";
import { composeChanges, type ComposedChange } from "../../../../src/core/lines/fileChange";
import { applyToText } from "../../../../src/core/lines/placeChange";

/** The change of a diff of one file. */
function change(diff: string): ComposedChange {
  const [only] = composeChanges([{ index: 1, text: diff }]);
  assert.ok(only);
  return only;
}

const second = change(
  "diff --git a/x.c b/x.c\n--- a/x.c\n+++ b/x.c\n@@ -1,5 +1,5 @@\n int one;\n int two;\n-int three;\n+int drei;\n int four;\n int five;\n",
);
const text = "int one;\nint two;\nint three;\nint four;\nint five;\n";

suite("a change put into a file", () => {
  test("with the line ends the file has, and none at its end where it has none", () => {
    const wanted = "int one;\nint two;\nint drei;\nint four;\nint five;\n";
    assert.deepEqual(applyToText(second, text, null), { after: wanted, left: 0 });
    assert.deepEqual(applyToText(second, text.replaceAll("\n", "\r\n"), null), { after: wanted.replaceAll("\n", "\r\n"), left: 0 });
    assert.deepEqual(applyToText(second, text.trimEnd(), null), { after: wanted.trimEnd(), left: 0 });
  });

  test("what is there already changes nothing, and what has no place is counted", () => {
    const there = text.replace("three", "drei");
    assert.deepEqual(applyToText(second, there, null), { after: there, left: 0 });
    assert.deepEqual(applyToText(second, "void other;\n", null), { after: "void other;\n", left: 1 });
  });

  test("a file that is added, deleted, or not there", () => {
    const added = change(
      "diff --git a/n.c b/n.c\nnew file mode 100644\n--- /dev/null\n+++ b/n.c\n@@ -0,0 +1,2 @@\n+int new;\n+int more;\n",
    );
    assert.deepEqual(applyToText(added, null, null), { after: "int new;\nint more;\n", left: 0 });
    const deleted = change("diff --git a/n.c b/n.c\ndeleted file mode 100644\n--- a/n.c\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-int old;\n");
    assert.deepEqual(applyToText(deleted, "int old;\n", null), { after: null, left: 0 });
    assert.deepEqual(applyToText(second, null, null), { after: null, left: 1 });
  });
});
