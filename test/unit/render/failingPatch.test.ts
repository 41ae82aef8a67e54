import assert from "node:assert/strict";
import type { PatchFile } from "../../../src/core/diff/patchFiles";
import { failingPatchText, firstOpenLine } from "../../../src/render/failingPatch";
import { numbered } from "../../support/pendingHistory";

const lines = (changes: Readonly<Record<number, string>> = {}): string[] => numbered(40, changes).split("\n");

function hunk(line: number, added: string): string {
  const around = (at: number): string => ` line ${at}\n`;
  return `@@ -${line - 3},7 +${line - 3},7 @@ static int wake(void)\n${[-3, -2, -1].map((by) => around(line + by)).join("")}-line ${line}\n+${added}\n${[1, 2, 3].map((by) => around(line + by)).join("")}`;
}

function file(...hunks: string[]): PatchFile {
  return { path: "file.c", text: `diff --git a/file.c b/file.c\n--- a/file.c\n+++ b/file.c\n${hunks.join("")}` };
}

suite("a patch that git could not place", () => {
  const stop = { at: 3, of: 16, title: "KVM: x86: Wake\u202e up" };
  const notes = (text: string): string[] => Array.from(text.matchAll(/^# Hunk (.*)$/gm), ([, note = ""]) => note);

  test("each hunk with the place where it fits, nearly fits, is in already, or has none", () => {
    const text = failingPatchText(
      stop,
      file(hunk(5, "five"), hunk(15, "fifteen"), hunk(25, "twenty-five"), hunk(35, "thirty-five")),
      lines({
        3: "other",
        12: "other",
        25: "twenty-five",
        ...Object.fromEntries([31, 32, 33, 34, 35, 36, 37, 38, 39].map((at) => [at, "gone"])),
      }),
    );
    assert.deepEqual(notes(text), [
      "1 of 4: nearly fits at line 5",
      "2 of 4: nearly fits at line 15",
      "3 of 4: already applied at line 25",
      "4 of 4: no match found",
    ]);
    assert.match(text, /^# Patch 3 of 16: KVM: x86: Wake.+ up\n/);
    assert.doesNotMatch(text, /\u202e/);
    assert.match(text, /\n-line 5\n\+five\n/);
  });

  test("the file is shown at the first change that is not in yet", () => {
    assert.equal(firstOpenLine(file(hunk(5, "five"), hunk(15, "fifteen")), ["above", ...lines({ 5: "five" })]), 15);
    assert.equal(firstOpenLine(file(), []), 0);
  });

  test("a file that is not there, and a binary one", () => {
    assert.deepEqual(notes(failingPatchText(stop, file(hunk(5, "five")), null)), ["1 of 1: there is no file.c here"]);
    const binary = { path: "x.bin", text: "diff --git a/x.bin b/x.bin\nnew file mode 100644\nindex 0000000..1111111\nGIT binary patch\n" };
    assert.match(failingPatchText(stop, binary, null), /\nThis file is binary; get it from another source\.\n$/);
  });
});
