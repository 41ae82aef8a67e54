/** Bytes that are no UTF-8, and mails that hold as many patches as the limits let in, take time that grows with them and no faster. */
import assert from "node:assert/strict";
import { readMail } from "../../src/core/mail/mail";
import { exactPatchTexts } from "../../src/core/mail/patchMail";
import { seriesMbox } from "../../src/core/series/seriesMbox";
import { bytesById, seriesOfMails } from "../support/pageArchive";

/** The quickest of three runs, which other work on the machine can only slow down. */
function quickest(work: () => unknown): number {
  const times = [0, 1, 2].map(() => {
    const start = performance.now();
    work();
    return performance.now() - start;
  });
  return Math.min(...times);
}

/** Four times as much may take four times as long, and the limit lies between that and sixteen; below `noise` a ratio says nothing. */
function assertLinear(name: string, make: (size: number) => () => unknown, size: number): void {
  const noise = 60;
  const [short, long] = [make(size / 4), make(size)];
  for (let attempt = 0; ; attempt++) {
    const taken = quickest(long);
    if (taken < noise) return;
    const before = quickest(short);
    if (taken / before < 9) return;
    assert.ok(attempt < 2, `${name}: ${before.toFixed(0)} ms, then ${taken.toFixed(0)} ms`);
  }
}

const head =
  "From: A <a@example.org>\nDate: Thu, 1 Jan 2026 09:00:00 +0100\nSubject: [PATCH] KVM: All of it\nMessage-ID: <a@example.org>\nMIME-Version: 1.0\n";

suite("bytes are read and written in linear time", function () {
  this.timeout(120_000);

  test("an mbox of a thousand attached patches", () => {
    const make = (count: number): (() => unknown) => {
      const patch = (at: number): string =>
        `Subject: [PATCH ${at}/${count}] KVM: Change ${at}\n\nWords \xfc.\n\nSigned-off-by: A <a@example.org>\n---\ndiff --git a/x${at}.c b/x${at}.c\n--- a/x${at}.c\n+++ b/x${at}.c\n@@ -1,1 +1,31 @@\n a\n${"+line \xfc\n".repeat(30)}`;
      const parts = Array.from({ length: count }, (_, at) => `--b\nContent-Type: text/x-patch; name="${at}.patch"\n\n${patch(at + 1)}\n`);
      const mail = new Uint8Array(Buffer.from(`${head}Content-Type: multipart/mixed; boundary=b\n\n${parts.join("")}--b--\n`, "latin1"));
      const revision = seriesOfMails([mail])[0]?.revisions[0] ?? assert.fail();
      assert.equal(revision.patches.length, count);
      return () => seriesMbox(revision, bytesById([mail]), { trailers: true });
    };
    assertLinear("attached", make, 960);
  });

  for (const [name, label, piece] of [
    ["lines that are UTF-8 and lines that are none by turns", "UTF-8", "\xff\n\xc3\xa9\n"],
    ["lines that fit their charset and lines that do not", "gbk", "\xff\xff\n\xc3\xa9\n\xb1\xe4\n"],
    ["letters that are cut", "UTF-8", "\xf0\x9f\x98"],
    ["one line", "shift_jis", "\x81"],
    ["lines of a diff", "iso-8859-1", "+\xe9\n"],
    ["NULs", "UTF-8", "\0"],
    ["CR", "UTF-8", "\r\r\n"],
  ] as const)
    test(name, () => {
      const make = (size: number): (() => unknown) => {
        const diff = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,1 +1,1 @@\n-a\n+b\n";
        const text = `${head}Content-Type: text/plain; charset=${label}\n\nWords.\n---\n${diff}${piece.repeat(size / piece.length)}`;
        const bytes = new Uint8Array(Buffer.from(text, "latin1"));
        return () => exactPatchTexts(readMail(bytes));
      };
      assertLinear(name, make, 1_600_000);
    });
});
