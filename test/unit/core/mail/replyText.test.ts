import fc from "fast-check";
import assert from "node:assert/strict";
import { replyText } from "../../../../src/core/mail/mail";
import { replyBlocks } from "../../../../src/core/mail/quoting";
import { threadMails } from "../../../support/pageThread";
import { sampleMails } from "../../../support/sampleMails";

function threadMail(id: string): Uint8Array {
  return threadMails().find((bytes) => new TextDecoder().decode(bytes).includes(`Message-ID: <${id}@`))!;
}

suite("reply text", () => {
  test("the signature is left out, the rest stays", () => {
    const { text, cut } = replyText(threadMail("r1"));
    assert.match(text, /^On Mon, Jan 12, 2026[^]*^> \+\ttimer_step\(v, 11\);$/m);
    assert.doesNotMatch(text, /^Ben$/m);
    assert.equal(cut, false);
  });

  test("attachments are named, whatever their name is made of", () => {
    assert.deepEqual(replyText(threadMail("r4")), { text: "The whole log is attached.", attachments: ["dmesg <b>.log.gz"], cut: false });
    const nested = `Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\nHi\n--b--\n--a\nContent-Type: image/png; name="=?utf-8?B?w7xiZXI=?=.png"\n\nx\n--a\nContent-Type: text/plain\nContent-Disposition: attachment\n\ny\n--a--\n`;
    assert.deepEqual(replyText(new TextEncoder().encode(nested)).attachments, ["über.png", "a file without a name"]);
    for (const { bytes } of sampleMails()) assert.ok(replyText(bytes).attachments.length <= 1);
  });

  test("a very long text is cut, and says so", () => {
    const { text, cut } = replyText(new TextEncoder().encode(`Subject: x\n\n${"word ".repeat(100_000)}`));
    assert.deepEqual([text.length, cut], [120_000, true]);
  });

  test("own words and quotes are parted", () => {
    assert.deepEqual(replyBlocks("On Monday Ada wrote:\n> one\n>\n> two\n\n> three\n\nNo.\n\n  > indented\nYes."), [
      { kind: "own", lines: ["On Monday Ada wrote:"] },
      { kind: "quote", lines: ["> one", ">", "> two", "", "> three"] },
      { kind: "own", lines: ["No."] },
      { kind: "quote", lines: ["  > indented"] },
      { kind: "own", lines: ["Yes."] },
    ]);
    assert.deepEqual(replyBlocks(""), []);
    assert.deepEqual(replyBlocks("\n \n"), []);
  });

  test("no line with text is lost, in order", () => {
    const line = fc.constantFrom("", "> a", ">> b", "c", " d", "AB> e", "\t");
    fc.assert(
      fc.property(fc.array(line, { maxLength: 30 }), (lines) => {
        const kept = replyBlocks(lines.join("\n")).flatMap((block) => block.lines);
        const isText = (one: string): boolean => one.trim() !== "";
        assert.deepEqual(kept.filter(isText), lines.filter(isText));
      }),
    );
  });
});
