import assert from "node:assert/strict";
import { bytesOfRaw, rawOf, rawText, utf8OfRaw } from "../../../../src/core/mail/charset";
import { exactPart } from "../../../../src/core/mail/mime";

/** A text as bytes, each letter of which is one. */
const latin = (text: string): Buffer => Buffer.from(text, "latin1");

suite("texts for git", () => {
  test("one character for each byte, whatever is decoded", () => {
    const bytes = Buffer.from("é € \u{1f600}");
    assert.deepEqual(Buffer.from(bytesOfRaw(rawOf("é € \u{1f600}"))), bytes);
    assert.equal(utf8OfRaw(rawText(bytes)), "é € \u{1f600}");
    assert.equal(utf8OfRaw(rawText(Buffer.from("\uFEFFé"))), "\uFEFFé", "a byte order mark stays");
    assert.equal(utf8OfRaw(rawText(latin("é"))), null);
  });

  const diff = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+\xe9\x93\n";
  for (const [name, label, message, expected] of [
    ["what declares nothing stays", null, "\xe9\n", "\xe9\n"],
    ["and what says UTF-8 and is none", "UTF-8", "\xe9\n", "\xe9\n"],
    ["Latin-1", "iso-8859-1", "\xe9\n", "\xc3\xa9\n"],
    ["for git Latin-1 is not windows-1252", "ISO-8859-1", "\x93\n", "\xc2\x93\n"],
    ["windows-1252", "windows-1252", "\x93\n", "\xe2\x80\x9c\n"],
    ["a wave in Shift-JIS as iconv has it", "Shift_JIS", "\x81\x60\n", "\xe3\x80\x9c\n"],
    ["letters of GBK in what says GB2312, which git refuses", "gb2312", "\x81\x40\n", "\xe4\xb8\x82\n"],
    ["UTF-8 that says ASCII, which git refuses", "us-ascii", "\xc3\xa9\n", "\xc3\xa9\n"],
    ["a charset nobody knows", "klingon", "\xc3\xa9\n", "\xc3\xa9\n"],
  ] as const)
    test(`the message becomes UTF-8, the diff stays: ${name}`, () => {
      const raw = (text: string): string => rawText(latin(text));
      assert.equal(exactPart(raw(`${message}---\n${diff}`), label), raw(`${expected}---\n${diff}`));
    });

  test("two bytes for each letter are decoded, since no diff is found in them otherwise", () => {
    const utf16 = Buffer.from(`Wörter\n---\n${diff}`, "utf16le");
    assert.equal(utf8OfRaw(exactPart(rawText(utf16), "utf-16le")), `Wörter\n---\n${diff}`);
  });
});
