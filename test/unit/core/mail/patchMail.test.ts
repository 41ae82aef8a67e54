import assert from "node:assert/strict";
import { patchSides } from "../../../../src/core/diff/patchFiles";
import { readMail } from "../../../../src/core/mail/mail";
import { openPatchMail, patchMbox } from "../../../../src/core/mail/patchMail";
import { encodeQuotedPrintable } from "../../../../src/core/mail/transferEncoding";

const head = "From: A <a@example.org>\nSubject: [PATCH] x\nMessage-ID: <a@example.org>\n";
const bytesOf = (mail: string): Uint8Array => new TextEncoder().encode(mail);

suite("patch as a mail", () => {
  test("lines that flow stay as they are where the patch is whole only so, and in an answer", () => {
    const flowed = (text: string): string =>
      readMail(bytesOf(`${head}Content-Type: text/plain;\n charset="utf-8"; format=flowed\n\n${text}`)).body;
    const stuffed = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,3 +1,3 @@\n  kept\n-a\n+b \nmore\n  last\n-- \n2.39\n";
    const plain = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,4 +1,4 @@\n kept\n-a\n+b\n \n last\n";
    const unlikeGit = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,4 +1,4 @@\n  kept\n-a\n+b\n  \n  last\n";
    for (const patch of [plain, unlikeGit]) assert.ok(flowed(patch).endsWith(plain));
    const answer = "> quoted \n> text\n\nI think \nso.\n";
    for (const text of [answer, answer + stuffed]) assert.equal(flowed(text), text);
  });

  test("long lines and many blank ones are walked through once", () => {
    const diff = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n";
    const many = 400_000;
    const text = patchMbox(
      openPatchMail(
        bytesOf(
          `${head}\nFrom ${"1:11 1111".repeat(many / 9)}x\nFrom ${" ".repeat(many)}x\n${"\n".repeat(many)}\u{2028}x${"\n".repeat(many)}${diff}`,
        ),
      ),
      0,
    );
    // A quadratic walk would take minutes, which the time a test may take does not allow.
    assert.ok((text?.length ?? 0) > 3 * many);
  });

  test("a long line is folded in one walk, and no octet is taken apart", () => {
    // Searching the whole line for each piece would take minutes, which the time a test may take does not allow.
    const folded = encodeQuotedPrintable(`${"x".repeat(8_000_000)}${"\xfc".repeat(100)}`).split("\n");
    assert.deepEqual(
      folded.filter((line) => line.length > 76 || !/^(?:x|=FC)*=?$/.test(line)),
      [],
    );
    assert.equal(folded.map((line) => line.replace(/=$/, "")).join("").length, 8_000_300);
  });
});

suite("sides of a patch", () => {
  test("both have the lines they share and the hunks' own lines", () => {
    const text = "--- a/x\n+++ b/x\n@@ -1,3 +1,3 @@ f()\n a\n-b\n+c\n d\n\\ No newline at end of file\n@@ -9 +9,0 @@\n--- gone\n";
    assert.deepEqual(patchSides(text), {
      before: "@@ -1,3 +1,3 @@ f()\na\nb\nd\n@@ -9 +9,0 @@\n-- gone\n",
      after: "@@ -1,3 +1,3 @@ f()\na\nc\nd\n@@ -9 +9,0 @@\n",
    });
    assert.deepEqual(patchSides("rename from x\nrename to y\n"), { before: "", after: "" });
  });
});
