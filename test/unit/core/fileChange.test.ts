import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { composeChanges, type FileChange } from "../../../src/core/fileChange";
import { plainGit } from "../../support/sampleArchive";

/** A patch of one file without what stands around a diff. */
function patch(index: number, path: string, ...hunks: readonly string[]): { index: number; text: string } {
  return { index, text: `A patch.\n---\ndiff --git a/${path} b/${path}\n--- a/${path}\n+++ b/${path}\n${hunks.join("\n")}\n-- \n2.47.0\n` };
}

/** What a change makes of a text. */
function applied(lines: readonly string[], { blocks }: FileChange): string[] {
  const result = [...lines];
  for (const edit of blocks.flatMap((block) => block.edits).reverse()) result.splice(edit.start, edit.removed.length, ...edit.added);
  return result;
}

suite("the changes of a series, composed", () => {
  test("a line that two patches change is changed once, by both", () => {
    const [change] = composeChanges([
      patch(1, "a.c", "@@ -3,3 +3,3 @@ int one(void)", " two", "-three", "+drei", " four"),
      patch(2, "a.c", "@@ -2,4 +2,5 @@", " one", " two", "-drei", "+trois", "+et demi", " four"),
    ]);
    assert.deepEqual(change?.blocks, [
      {
        start: 1,
        heading: "int one(void)",
        before: ["one", "two", "three", "four"],
        after: ["one", "two", "trois", "et demi", "four"],
        edits: [{ start: 3, removed: ["three"], added: ["trois", "et demi"], patches: [1, 2] }],
      },
    ]);
  });

  test("what is added and taken away again is no change", () => {
    const [change] = composeChanges([
      patch(1, "a.c", "@@ -1,2 +1,3 @@", " one", "+new", " two"),
      patch(2, "a.c", "@@ -1,3 +1,2 @@", " one", "-new", " two"),
    ]);
    assert.deepEqual(change?.blocks, []);
    assert.deepEqual(change.patches, [1, 2]);
  });

  test("lines below what an earlier patch added are counted in the file before the series", () => {
    const [change] = composeChanges([
      patch(1, "a.c", "@@ -1,1 +1,4 @@", " one", "+a", "+b", "+c"),
      patch(2, "a.c", "@@ -20,2 +20,2 @@ void far(void)", " line 17", "-line 18", "+changed"),
    ]);
    assert.deepEqual(
      change?.blocks.flatMap(({ heading, edits }) => edits.map(({ start, removed }) => [heading, start, ...removed])),
      [
        ["", 1],
        ["void far(void)", 17, "line 18"],
      ],
    );
  });

  test("a missing patch shifts the lines of the next one; what contradicts everything is kept as it is", () => {
    const changes = composeChanges([
      patch(1, "a.c", "@@ -10,4 +10,4 @@", " a line of its own", " another one", "-old", "+new", " the last one"),
      // Patch 2, which is missing, added five lines above.
      patch(3, "a.c", "@@ -15,4 +15,4 @@", " a line of its own", " another one", "-new", "+newest", " the last one"),
      patch(4, "a.c", "@@ -12,2 +12,2 @@", " nothing like it", "-at all", "+anywhere"),
    ]);
    const blocks = changes[0]?.blocks ?? [];
    assert.deepEqual(
      blocks.map(({ start, edits, loose }) => [start, edits.map(({ added }) => added), loose ?? false]),
      [
        [9, [["newest"]], false],
        [11, [["anywhere"]], true],
      ],
    );
  });

  test("a file that is moved, made and deleted", () => {
    const moved =
      "diff --git a/old.c b/new.c\nsimilarity index 90%\nrename from old.c\nrename to new.c\nindex 1234567..89abcde 100644\n--- a/old.c\n+++ b/new.c\n@@ -1 +1 @@\n-one\n+uno\n";
    const later = "diff --git a/new.c b/new.c\nindex 89abcde..fedcba9 100644\n--- a/new.c\n+++ b/new.c\n@@ -1 +1 @@\n-uno\n+eins\n";
    const made =
      "diff --git a/made.c b/made.c\nnew file mode 100644\nindex 0000000..1111111\n--- /dev/null\n+++ b/made.c\n@@ -0,0 +1,2 @@\n+a\n+b\n";
    const gone =
      "diff --git a/gone.c b/gone.c\ndeleted file mode 100644\nindex 2222222..0000000\n--- a/gone.c\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-a\n-b\n";
    const changes = composeChanges([
      { index: 1, text: moved },
      { index: 2, text: later + made },
      { index: 3, text: gone },
    ]);
    assert.deepEqual(
      changes.map(({ path, newPath, oldBlob, newBlob, blocks }) => [path, newPath, oldBlob, newBlob, blocks.map(({ edits }) => edits)]),
      [
        ["old.c", "new.c", "1234567", "fedcba9", [[{ start: 0, removed: ["one"], added: ["eins"], patches: [1, 2] }]]],
        [null, "made.c", null, "1111111", [[{ start: 0, removed: [], added: ["a", "b"], patches: [2] }]]],
        ["gone.c", null, "2222222", null, [[{ start: 0, removed: ["a", "b"], added: [], patches: [3] }]]],
      ],
    );
    assert.equal(composeChanges([{ index: 1, text: moved }], "new.c").length, 1);
    assert.equal(composeChanges([{ index: 1, text: moved }], "other.c").length, 0);
  });

  test("as many changes as a mail can hold, in one hunk and in several, take one walk over the text", () => {
    const count = 30_000;
    const rows = Array.from({ length: count }, (_, at) => `-old ${at}\n+new ${at}\n line ${at}`);
    const [change] = composeChanges([
      patch(1, "a.c", `@@ -1,${2 * count} +1,${2 * count} @@`, ...rows),
      patch(2, "a.c", ...rows.map((_, at) => `@@ -${2 * at + 1} +${2 * at + 1} @@\n-new ${at}\n+newest ${at}`)),
    ]);
    const edits = change?.blocks.flatMap((block) => block.edits) ?? [];
    assert.equal(edits.length, count);
    assert.deepEqual(edits.at(-1), {
      start: 2 * count - 2,
      removed: [`old ${count - 1}`],
      added: [`newest ${count - 1}`],
      patches: [1, 2],
    });
  });

  test("hunks that contradict all that is known are looked for only so often", () => {
    const count = 3000;
    const known = Array.from({ length: count }, (_, at) => ` line ${at}`);
    const [change] = composeChanges([
      patch(1, "a.c", `@@ -1,${count} +1,${count + 1} @@`, "+first", ...known),
      patch(2, "a.c", ...known.map((_, at) => `@@ -${at + 2},1 +${at + 2},2 @@\n word\n+new`)),
    ]);
    assert.equal(change?.blocks.filter(({ loose }) => loose).length, count);
  });

  test("a hunk that stands above the one before it is no part of what is composed", () => {
    const [change] = composeChanges([patch(1, "a.c", "@@ -20 +20 @@", "-twenty", "+zwanzig", "@@ -5 +5 @@", "-five", "+fünf")]);
    assert.deepEqual(
      change?.blocks.map(({ start, after, loose }) => [start, after, loose]),
      [
        [4, ["fünf"], true],
        [19, ["zwanzig"], undefined],
      ],
    );
  });

  test("more lines than a call takes arguments", () => {
    const lines = "\n+".repeat(200_000);
    const [change] = composeChanges([patch(1, "a.c", `@@ -1,2 +1,200002 @@\n a${lines}\n b`)]);
    assert.deepEqual([change?.blocks[0]?.edits[0]?.added.length, change?.blocks[0]?.after.length], [200_000, 200_002]);
  });

  test("any history of a file: the composed change leads from its first text to its last", () => {
    const folder = mkdtempSync(join(tmpdir(), "kvm-series-"));
    const line = fc.constantFrom("{", "}", "", "a();", "b();", "return 0;", "c = 1;");
    const text = fc.array(line, { maxLength: 40 });
    try {
      fc.assert(
        fc.property(fc.array(text, { minLength: 2, maxLength: 4 }), (texts) => {
          const files = texts.map((lines, at) => {
            const name = join(folder, String(at));
            writeFileSync(name, lines.map((one) => `${one}\n`).join(""));
            return name;
          });
          const patches = files.slice(1).map((file, at) => ({ index: at + 1, text: difference(files[at] ?? "", file) }));
          const [change] = composeChanges(patches);
          assert.equal(change?.blocks.filter(({ loose }) => loose).length ?? 0, 0);
          assert.deepEqual(change ? applied(texts[0] ?? [], change) : texts[0], texts.at(-1));
        }),
        { numRuns: 60 },
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

/** The diff between two files as git prints it, under one name. */
function difference(before: string, after: string): string {
  try {
    execFileSync("git", ["diff", "--no-index", "--no-color", before, after], { env: plainGit, encoding: "utf8" });
    return "";
  } catch (error) {
    const { stdout } = error as { stdout: string };
    return stdout.replace(/^(diff --git|---|\+\+\+) .*$/gm, (_, word: string) =>
      word === "diff --git" ? "diff --git a/file b/file" : word === "---" ? "--- a/file" : "+++ b/file",
    );
  }
}
