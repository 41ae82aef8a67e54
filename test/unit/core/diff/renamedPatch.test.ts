import assert from "node:assert/strict";
import { renamedPatch } from "../../../../src/core/diff/patchFiles";

const nameOf = (path: string): string | null => ({ "k/old.c": "k/s/new.c", "odd.c": "a b.c" })[path] ?? null;
const message =
  "diff --git is what the message speaks of\n--- and k/old.c too\n\nSigned-off-by: Ada Lind <ada@example.org>\n---\n k/old.c | 2 +-\n\n";
const body = "@@ -1,3 +1,3 @@ k/old.c\n a\n--- a/k/old.c\n+++ b/k/old.c\n c\n";

const cases: ReadonlyArray<readonly [string, string, string]> = [
  [
    "a change",
    `diff --git a/k/old.c b/k/old.c\nindex 1111111..2222222 100644\n--- a/k/old.c\n+++ b/k/old.c\n${body}`,
    `diff --git a/k/s/new.c b/k/s/new.c\nindex 1111111..2222222 100644\n--- a/k/s/new.c\n+++ b/k/s/new.c\n${body}`,
  ],
  ["one without the line of git", `--- a/k/old.c\n+++ b/k/old.c\n${body}`, `--- a/k/s/new.c\n+++ b/k/s/new.c\n${body}`],
  [
    "a deletion",
    "diff --git a/k/old.c b/k/old.c\ndeleted file mode 100644\nindex 1111111..0000000\n--- a/k/old.c\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n",
    "diff --git a/k/s/new.c b/k/s/new.c\ndeleted file mode 100644\nindex 1111111..0000000\n--- a/k/s/new.c\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n",
  ],
  [
    "a move on",
    "diff --git a/k/old.c b/k/other.c\nsimilarity index 100%\nrename from k/old.c\nrename to k/other.c\n",
    "diff --git a/k/s/new.c b/k/other.c\nsimilarity index 100%\nrename from k/s/new.c\nrename to k/other.c\n",
  ],
];

/** What stays as it is. */
const same: ReadonlyArray<readonly [string, string]> = [
  ["another file", `diff --git a/k/x.c b/k/x.c\n--- a/k/x.c\n+++ b/k/x.c\n${body}`],
  [
    "a new file of that name",
    "diff --git a/k/old.c b/k/old.c\nnew file mode 100644\nindex 0000000..1111111\n--- /dev/null\n+++ b/k/old.c\n@@ -0,0 +1 @@\n+a\n",
  ],
  ["the move that the tree has", "diff --git a/k/old.c b/k/s/new.c\nsimilarity index 100%\nrename from k/old.c\nrename to k/s/new.c\n"],
  ["a name that git would quote", `diff --git a/odd.c b/odd.c\n--- a/odd.c\n+++ b/odd.c\n${body}`],
];

suite("a patch under other names", () => {
  for (const [name, text, wanted] of cases) {
    test(name, () => {
      assert.equal(renamedPatch(text, nameOf), wanted);
      const other = `diff --git a/z.c b/z.c\n--- a/z.c\n+++ b/z.c\n${body}`;
      assert.equal(renamedPatch(`${message}${text}${other}-- \n2.50\n`, nameOf), `${message}${wanted}${other}-- \n2.50\n`);
    });
  }
  for (const [name, text] of same) test(`left: ${name}`, () => assert.equal(renamedPatch(text, nameOf), text));
});
