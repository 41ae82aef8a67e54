import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { formatDigest, parseDigest, type Digest } from "../../../../src/core/digest/digest";
import { digestOfMails, type DigestMail } from "../../../../src/core/digest/digestOfMails";
import { parseDiffstat } from "../../../../src/core/diff/diffstat";
import { sampleMails } from "../../../support/sampleMails";
import { root } from "../../../host/paths";

const range = { from: "2026-10-05", to: "2026-10-12", list: "KVM" };
const ada = "Ada Lindqvist <ada@tdx.example.com>";
const diff = "\ndiff --git a/one.c b/one.c\n--- a/one.c\n+++ b/one.c\n@@ -1 +1 @@\n-one\n+two\n-- \n2.51.0\n";
const stat = " one.c | 2 +-\n 1 file changed, 1 insertion(+), 1 deletion(-)";

function mail(subject: string, more: Partial<DigestMail> = {}): DigestMail {
  return { subject, fromHeader: ada, body: `Because.\n---\n${stat}\n${diff}`, hasDiff: true, ...more };
}

function digestOf(...mails: DigestMail[]): Digest {
  return digestOfMails(mails, range);
}

suite("digestOfMails", () => {
  const subjects: ReadonlyArray<readonly [subject: string, hasDiff: boolean, counted: boolean, listed: boolean]> = [
    ["[PATCH] KVM: One", true, true, true],
    ["[PATCH 0/3] KVM: Cover", false, true, true],
    ["[PATCH v2 01/12] KVM: First", true, true, true],
    ["[PATCH v2 02/12] KVM: Second", true, true, false],
    ["[kvm-unit-tests PATCH 1/2] x86: First", true, true, true],
    ["[RFC 0/2] KVM: Numbered", false, true, true],
    ["[RFC] KVM: With a diff", true, true, true],
    ["[RFC] KVM: What do you think?", false, false, false],
    ["Re: [PATCH] KVM: One", true, false, false],
    ["AW: [PATCH 1/2] KVM: One", false, false, false],
    ["[GIT PULL] KVM: Changes", false, false, false],
    ["KVM: A patch without brackets", true, false, false],
    ["[PATCH AUTOSEL 6.18-6.12] KVM: Picked", true, true, false],
    ["[PATCH 6.6 1/9] KVM: Backported", true, true, false],
    ["[PATCH 5.15.y] KVM: Backported", true, true, false],
  ];
  for (const [subject, hasDiff, counted, listed] of subjects) {
    test(`“${subject}” ${hasDiff ? "with" : "without"} a diff is ${counted ? "counted" : "not counted"} and ${listed ? "listed" : "not listed"}`, () => {
      const digest = digestOf(mail(subject, { hasDiff }));
      assert.deepEqual([digest.contributors.length, digest.entries.length], [counted ? 1 : 0, listed ? 1 : 0]);
    });
  }

  test("the From that opens the body is the author, its line is left out and the blank one below stays", () => {
    const digest = digestOf(mail("[PATCH] One", { body: `From: "Brandt, N." <nikolai@z.example.com>\n\nBecause.\n---\n${stat}\n${diff}` }));
    assert.deepEqual(digest.contributors, [{ count: 1, name: "Brandt, N. <nikolai@z.example.com>" }]);
    assert.deepEqual(digest.domains, [{ count: 1, name: "z.example.com" }]);
    assert.deepEqual(digest.entries, [{ subject: "[PATCH] One", author: ada, body: `\nBecause.\n---\n${stat}` }]);
  });

  test("encoded words of that From are decoded, and other headers of the body stay", () => {
    const body = `From: =?utf-8?q?Nikola=C3=AF_Brandt?= <n@example.org>\nSubject: [PATCH] Two\n\nBecause.\n---\n${stat}\n${diff}`;
    const digest = digestOf(mail("[PATCH] One", { body }));
    assert.deepEqual(digest.contributors, [{ count: 1, name: "Nikolaï Brandt <n@example.org>" }]);
    assert.equal(digest.entries[0]?.body, `Subject: [PATCH] Two\n\nBecause.\n---\n${stat}`);
  });

  test("names in the tables have no quotes", () => {
    const digest = digestOf(mail("[PATCH] One", { fromHeader: '"Brandt, N." <n@example.org>' }));
    assert.deepEqual(digest.contributors, [{ count: 1, name: "Brandt, N. <n@example.org>" }]);
  });

  test("a word From in the middle of the text is no author", () => {
    const digest = digestOf(mail("[PATCH] One", { body: `Because.\nFrom: nobody <n@example.org>\n---\n${stat}\n${diff}` }));
    assert.equal(digest.contributors[0]?.name, ada);
  });

  const bodies: ReadonlyArray<readonly [what: string, body: string, printed: string]> = [
    ["ends with its diffstat", `Text.\n---\n${stat}\n create mode 100644 one.c\n${diff}`, `Text.\n---\n${stat}`],
    ["ends with the last of two diffstats", `${stat}\n\nText.\n${stat}\n\n-- \n2.51.0\n`, `${stat}\n\nText.\n${stat}`],
    ["without one ends at the diff", `Text.  \n\n${diff}`, "Text."],
    ["without one ends at the signature", "Text.\n\n-- \n2.51.0\n", "Text."],
    ["without anything ends where it ends", "Text.\n\n\n", "Text."],
    ["keeps a line that only looks like a sum", "Text.\n 1 file changed, I swear\n\nMore.\n", "Text.\n 1 file changed, I swear\n\nMore."],
    ["is not cut by dashes", "Text.\n\n--\nMore.\n", "Text.\n\n--\nMore."],
    ["is not taken from the diff", "Text.\n\ndiff --git a/a b/a\n+ one.c | 2 +-\n+ 1 file changed\n", "Text."],
    ["may be empty", "", ""],
  ];
  for (const [what, body, printed] of bodies) {
    test(`a text ${what}`, () => assert.equal(digestOf(mail("[PATCH] One", { body })).entries[0]?.body, printed));
  }

  test("equal counts stand in reverse order of their bytes, and fifteen lines are enough", () => {
    const names = ["a", "B", "é", "z", "\u{1F427}", "\uFF5A", ...Array.from("0123456789")];
    const mails = names.map((name) => mail("[PATCH] One", { fromHeader: `${name} <x@example.org>` }));
    const digest = digestOf(...mails, mail("[PATCH] One", { fromHeader: "1 <x@example.org>" }));
    const order = ["1", "\u{1F427}", "\uFF5A", "é", "z", "a", "B", "9", "8", "7", "6", "5", "4", "3", "2"];
    assert.deepEqual(
      digest.contributors.map(({ name }) => name.split(" ")[0]),
      order,
    );
    assert.deepEqual(digest.domains, [{ count: 17, name: "example.org" }]);
  });

  test("entries keep the order of the mails and the blank at the end of a subject", () => {
    const digest = digestOf(mail("[PATCH 1/2] First"), mail("[PATCH 0/2] Cover "));
    assert.deepEqual(
      digest.entries.map(({ subject }) => subject),
      ["[PATCH 1/2] First", "[PATCH 0/2] Cover "],
    );
    assert.match(formatDigest(digest), /^New: {2}Cover \n\[PATCH 0\/2\] Cover \nAuthor: Ada/m);
  });

  test("no mails make a digest without entries that can be read again", () => {
    const digest = digestOf();
    assert.deepEqual(parseDigest(formatDigest(digest)), { digest, problems: [] });
  });

  for (const [to, from] of [
    ["2026-10-05", "2026-09-28"],
    ["2026-10-12", "2026-10-05"],
    ["2026-10-19", "2026-10-12"],
  ] as const) {
    test(`the sample mails of the week up to ${to} tell what the sample digest of that day tells`, () => {
      const file = resolve(root, `test/fixtures/sample/digests/${to}.txt`);
      const expected = parseDigest(readFileSync(file, "utf8")).digest!;
      const week = sampleMails().filter(({ arrived }) => arrived * 1000 >= Date.parse(from) && arrived * 1000 < Date.parse(to));
      const mails = week.map(({ subject, from: fromHeader, body }) => ({ subject, fromHeader, body, hasDiff: /^diff --git/m.test(body) }));
      const digest = digestOfMails(mails.reverse(), { from: expected.from, to: expected.to, list: expected.list });
      assert.deepEqual(digest.domains, expected.domains);
      assert.deepEqual(digest.contributors, expected.contributors);
      // The changes of the mails are made for a tree of forty files; those of the digests are as large as real ones.
      assert.deepEqual(digest.entries.map(withoutDiffstat), expected.entries.map(withoutDiffstat));
    });
  }
});

function withoutDiffstat<Entry extends { readonly body: string }>(entry: Entry): Entry {
  return { ...entry, body: entry.body.slice(0, parseDiffstat(entry.body)?.start) };
}
