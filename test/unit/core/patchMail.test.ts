import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { quoteFromLines } from "../../../src/core/fromLine";
import { patchMbox } from "../../../src/core/patchMail";
import { patchSides } from "../../../src/core/patchSides";
import { plainGit } from "../../support/sampleArchive";
import { sampleArchive } from "../../support/pageArchive";

suite("patch as a mail", () => {
  let folder: string;
  setup(() => (folder = mkdtempSync(join(tmpdir(), "kvm-series-patch-"))));
  teardown(() => rmSync(folder, { recursive: true, force: true }));

  /** What git takes from a mail: who, when, what, message and diff. */
  function mailinfo(mail: Uint8Array | string): string {
    const run = spawnSync("git", ["mailinfo", "--encoding=UTF-8", "msg", "patch"], { cwd: folder, env: plainGit, input: mail });
    assert.equal(run.status, 0, run.stderr.toString());
    return [run.stdout.toString(), readFileSync(join(folder, "msg"), "utf8"), readFileSync(join(folder, "patch"), "utf8")].join("\n");
  }

  test("git takes the same from the clipboard as from the archive, for every kind of mail of the sample", () => {
    const { series, mails } = sampleArchive();
    const revisions = series.flatMap((one) => one.revisions.slice(-1));
    let count = 0;
    for (const { messageId, title } of revisions.flatMap(({ patches }) => patches.slice(-1))) {
      const bytes = mails.get(messageId ?? "");
      if (!bytes) continue;
      const text = patchMbox(bytes, 0) ?? "";
      assert.match(text, /^From mboxrd@z Thu Jan {2}1 00:00:00 1970\nFrom: /);
      const body = text.slice(text.indexOf("\n") + 1);
      const isAttached = /^Content-Type: multipart/m.test(Buffer.from(bytes).toString("latin1"));
      // Of an attachment git keeps its boundary in the message; the clipboard has none.
      if (!isAttached) assert.equal(mailinfo(body), mailinfo(bytes), title);
      count++;
    }
    assert.ok(count > 15, `${count} patches`);
  });

  test("lines that flow are told to git as such", () => {
    const diff = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n  kept\n-a\n+b\n";
    const mail = `From: A <a@example.org>\nSubject: [PATCH] x\nContent-Type: text/plain;\n charset="utf-8"; format=flowed\n\nWords.\n\n${diff}`;
    const text = patchMbox(new TextEncoder().encode(mail), 0) ?? "";
    assert.match(mailinfo(mail), /\n kept\n/);
    assert.equal(mailinfo(text.slice(text.indexOf("\n") + 1)), mailinfo(mail));
  });

  test("one mail stays one, whatever lines are in it", () => {
    const bytes = new TextEncoder().encode(
      "From: A <a@example.org>\nSubject: [PATCH] x\nMessage-ID: <a@example.org>\n\nFrom here on it is text.\n\nFrom 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\nFrom: b\n\ndiff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n",
    );
    const text = patchMbox(bytes, 0) ?? "";
    const run = spawnSync("git", ["mailsplit", "-o.", "--", "-"], { cwd: folder, env: plainGit, input: text });
    assert.equal(run.stdout.toString().trim(), "1");
    assert.match(text, /^From here on/m);
    assert.equal(patchMbox(bytes, 1), null);
    assert.equal(patchMbox(new Uint8Array(), 0)?.includes("\r"), false);
  });

  /** How many mails git sees in an mbox. */
  function mailsplit(text: string): number {
    const out = mkdtempSync(join(folder, "split-"));
    const run = spawnSync("git", ["mailsplit", `-o${out}`, "--", "-"], { env: plainGit, input: text });
    assert.equal(run.status, 0, run.stderr.toString());
    return Number(run.stdout.toString().trim());
  }

  const diff = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n";
  const mailWith = (text: string): Uint8Array =>
    new TextEncoder().encode(`From: A <a@example.org>\nSubject: [PATCH] x\nMessage-ID: <a@example.org>\n\n${text}`);

  for (const line of [
    "From boot at 10:10:10 2026 on host",
    "From the host 12:34:56 2026, the guest",
    "From cpu 3, 12:34:56 99",
    "From abcd 1:02:03 91:",
    "From a 1:02:03\t+0091",
    "From a 1x02:03 2026",
    "From größe, größe 1:02:03 99999999999999999999999",
    "From éé 1:23:45 99",
    "From  1:02:03 1999:",
  ]) {
    test(`a line that git takes for another mail: ${line}`, () => {
      assert.equal(mailsplit(`From mboxrd@z Thu Jan  1 00:00:00 1970\nFrom: a\n\n${line}\n`), 2, "git splits there");
      const text = patchMbox(mailWith(`Words.\n${line}\nMore.\n---\n${diff}`), 0) ?? "";
      assert.equal(mailsplit(text), 1);
    });
  }

  test("a line that git takes for text stays as it is", () => {
    const lines = [
      "From here on, at 10:10:10 on host",
      "From boot at 10:10:10 90 and later",
      "From boot at 10:10:10 2026 on host: more",
      "From boot at 10:10:10 -2026, a number",
      "From:boot at 10:10:10 2026 on the host",
      "from boot at 10:10:10 2026 on the host",
      "From boot at 10:10:10",
      "From ",
      "From a:",
    ];
    const text = patchMbox(mailWith(`Words.\n${lines.join("\n")}\n---\n${diff}`), 0) ?? "";
    assert.ok(text.includes(`\n${lines.join("\n")}\n`), text);
    assert.equal(mailsplit(text), 1);
  });

  test("git and the mbox agree on lines that nearly begin a mail", () => {
    const pick = (choices: readonly string[], at: number): string => choices[at % choices.length] ?? "";
    const lines = Array.from({ length: 20_000 }, (_, at) => {
      const parts = [
        ["a", "1", " ", "é"],
        ["1", "x", ":"],
        [":", " ", "2"],
        ["0", "x"],
        ["5", ":"],
        [":", "."],
        ["03", "3", "03:"],
        [" ", " +", " -", "\t", ""],
        ["2026", "90", "91", "x", "091"],
        ["", ":", " x", " 1:02:03"],
      ];
      let rest = at * 7919;
      return `From somebody ${parts
        .map((choices) => {
          const one = pick(choices, rest);
          rest = Math.floor(rest / choices.length) + at;
          return one;
        })
        .join("")}`;
    });
    const start = "From mboxrd@z Thu Jan  1 00:00:00 1970\nFrom: a\n\n";
    const split = mailsplit(`${start}${lines.join("\n")}\n`) - 1;
    assert.ok(split > 20, `${split} of them begin a mail`);
    const text = quoteFromLines(`${lines.join("\n")}\n`);
    assert.equal(mailsplit(start + text), 1);
    assert.equal(text.split("\n").filter((line) => line.startsWith(">")).length, split);
  });

  test("long lines and many blank ones are walked through once", () => {
    const many = 400_000;
    const text = patchMbox(
      mailWith(
        `From ${"1:11 1111".repeat(many / 9)}x\nFrom ${" ".repeat(many)}x\n${"\n".repeat(many)}\u{2028}x${"\n".repeat(many)}${diff}`,
      ),
      0,
    );
    // A quadratic walk would take minutes, which the time a test may take does not allow.
    assert.ok((text?.length ?? 0) > 3 * many);
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
