import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeText } from "../../../../src/core/mail/charset";
import { formatDigest, parseDigest, type Digest } from "../../../../src/core/digest/digest";

const dashes = "-".repeat(70);

const small: Digest = {
  from: "0123456789",
  to: "abcdef012",
  list: "KVM",
  domains: [{ count: 12, name: "example.org" }],
  contributors: [{ count: 11, name: "Ada Lind <ada@example.org>" }],
  patchList: [],
  entries: [
    { subject: "[PATCH v2 1/2] KVM: Fix it ", author: "Zoë Ångström <zoe@example.org>", body: "Why.\n---\n a.c | 1 +\n 1 file changed" },
    { subject: "[PATCH v2 0/2] KVM: Fix all", author: "Ada Lind <ada@example.org>", body: "\nHello.\n\n" },
  ],
};

const smallText = `From 0123456789 to abcdef012
KVM mailing list update from 0123456789 to abcdef012

Top 15 contributor Email domains (Based on Email Body)

     12 example.org

Top 15 contributors (Based on Email Body)

     11  Ada Lind <ada@example.org>

===== Patch list in this time period =====


===== Patch Commit Messages ====

New:  KVM: Fix it${" "}
[PATCH v2 1/2] KVM: Fix it${" "}
Author: Zoë Ångström <zoe@example.org>

Why.
---
 a.c | 1 +
 1 file changed

${dashes}

New:  KVM: Fix all
[PATCH v2 0/2] KVM: Fix all
Author: Ada Lind <ada@example.org>


Hello.



${dashes}

`;

/** A sentence a person can be shown: one line that ends as sentences do. */
function assertSentences(problems: readonly string[]): void {
  for (const problem of problems) assert.match(problem, /^[^\n]+\.$/);
}

suite("digest", () => {
  test("is written byte by byte as described", () => assert.equal(formatDigest(small), smallText));

  test("is read back as it was", () => assert.deepEqual(parseDigest(smallText), { digest: small, problems: [] }));

  const line = fc.stringMatching(/^[^\n]{0,60}$/);
  const words = fc.string({ unit: "grapheme", maxLength: 40 }).map((text) => text.replace(/\n/g, " "));
  const bodyLine = fc.oneof(
    { weight: 3, arbitrary: words },
    line,
    fc.constantFrom("", "", dashes, "-".repeat(69), "New:  x", "Author: y", " a.c | 1 +", "  ", "\t"),
  );
  const body = fc
    .array(bodyLine, { maxLength: 12 })
    .map((lines) => lines.join("\n"))
    // The one thing the format cannot hold: a body that looks like the end of its entry and the next one.
    .filter((text) => !`\n\n${text}\n`.includes(`\n\n${dashes}\n\nNew:  `));
  const word = fc.stringMatching(/^[\w.@-]{1,12}$/);
  const tally = fc.record({ count: fc.nat(9_999_999), name: words.map((name) => name.trimStart()) }, { noNullPrototype: true });
  const digest: fc.Arbitrary<Digest> = fc.record(
    {
      from: word,
      to: word,
      list: word,
      domains: fc.array(tally, { maxLength: 4 }),
      contributors: fc.array(tally, { maxLength: 4 }),
      patchList: fc.array(fc.oneof(fc.constant(""), word), { maxLength: 3 }),
      entries: fc.array(
        fc.record(
          {
            subject: fc.oneof(
              words,
              words.map((text) => `[PATCH] ${text} `),
            ),
            author: words,
            body,
          },
          { noNullPrototype: true },
        ),
        { maxLength: 6 },
      ),
    },
    { noNullPrototype: true },
  );

  test("whatever a digest holds, it is read back from what was written", () => {
    fc.assert(
      fc.property(digest, (model) => {
        const text = formatDigest(model);
        const read = parseDigest(text);
        assert.deepEqual(read, { digest: model, problems: [] });
        assert.equal(formatDigest(read.digest), text);
      }),
      { numRuns: 500 },
    );
  });

  test("one count and one line of a body changed, and just these bytes change", () => {
    const [first, second] = small.entries;
    assert(first && second);
    const changed = formatDigest({
      ...small,
      domains: [{ count: 13, name: "example.org" }],
      entries: [{ ...first, body: first.body.replace("Why.", "Why not?") }, second],
    });
    assert.equal(changed, smallText.replace("     12 example", "     13 example").replace("Why.", "Why not?"));
  });

  test("a digest is the same in every way files are stored", () => {
    const utf8 = new TextEncoder();
    const utf16 = (text: string, little: boolean): Uint8Array => {
      const bytes = Buffer.from(text, "utf16le");
      return little ? bytes : bytes.swap16();
    };
    const windows = smallText.replaceAll("\n", "\r\n");
    for (const [name, bytes] of [
      ["as it is", utf8.encode(smallText)],
      ["CR LF", utf8.encode(windows)],
      ["a byte order mark", utf8.encode(`\uFEFF${smallText}`)],
      ["both", utf8.encode(`\uFEFF${windows}`)],
      ["UTF-16, little end first", utf16(`\uFEFF${smallText}`, true)],
      ["UTF-16, big end first", utf16(`\uFEFF${windows}`, false)],
      ["windows-1252", Buffer.from(smallText, "latin1")],
    ] as const) {
      assert.deepEqual(parseDigest(decodeText(bytes).text), { digest: small, problems: [] }, name);
    }
  });

  test("a CR in a mail stays where the file is not one with CR LF", () => {
    const text = smallText.replace("Why.\n", "Why.\r\n");
    assert.equal(formatDigest(parseDigest(text).digest ?? small), text);
  });

  test("one mail in another charset spoils no other name", () => {
    const bytes = Buffer.concat([
      Buffer.from(smallText.replace("Hello.", "Gr"), "utf8").subarray(0, -76),
      Buffer.from("\xfc\xdfe\n", "latin1"),
    ]);
    const { digest: read } = parseDigest(decodeText(bytes).text);
    assert.equal(read?.entries[0]?.author, "Zoë Ångström <zoe@example.org>");
  });

  test("cut off anywhere it is read as far as it goes, and what is wrong is said in sentences", () => {
    const bytes = new TextEncoder().encode(smallText);
    for (let length = 0; length <= bytes.length; length++) {
      const { digest: read, problems } = parseDigest(decodeText(bytes.subarray(0, length)).text);
      assertSentences(problems);
      if (length < smallText.indexOf("=====")) assert(problems.length > 0, `${length} bytes`);
      if (length > bytes.length - 60) assert.equal(read?.entries.length, 2, `${length} bytes`);
    }
  });

  test("cut off inside an entry it names the entry", () => {
    const { digest: read, problems } = parseDigest(smallText.slice(0, smallText.indexOf(" a.c")));
    assert.equal(read?.entries[0]?.body, "Why.\n---\n");
    assert.deepEqual(problems, ["The digest ends in the middle of the entry “[PATCH v2 1/2] KVM: Fix it”; what is there was read."]);
  });

  const odd: ReadonlyArray<readonly [string, string, number | null, RegExp]> = [
    ["an empty file", "", null, /empty/],
    ["blank lines", " \n\n", null, /empty/],
    ["a letter", "Dear list,\n\nno digest.\n", null, /not a digest/],
    ["an mbox", "From ada@example.org Mon Sep 17 00:00:00 2001\nSubject: x\n\ny\n", null, /not a digest/],
    ["no headings at all", "From a to b\n", 0, /incomplete/],
    ["lines between entries", smallText.replace("New:  KVM: Fix it ", "stray\nNew:  KVM: Fix it "), 2, /skipped, beginning with “stray”/],
    ["an entry without author", smallText.replace("\nAuthor: Zoë", "\nWriter: Zoë"), 1, /no subject and author/],
  ];
  for (const [name, text, entries, problem] of odd) {
    test(`${name}: a sentence, no error`, () => {
      const read = parseDigest(text);
      assert.equal(read.digest?.entries.length ?? null, entries);
      assert.match(read.problems.join("\n"), problem);
      assertSentences(read.problems);
    });
  }

  test("blank lines at the end of the file, or none, change nothing", () => {
    for (const text of [`${smallText}\n\n`, smallText.slice(0, -1), smallText.slice(0, -2)]) {
      assert.deepEqual(parseDigest(text), { digest: small, problems: [] });
    }
  });

  test("never throws", () => {
    const pieces = fc.constantFrom(
      "New:  ",
      "\n",
      "\n\n",
      dashes,
      "Author: ",
      "From a to b\n",
      "===== Patch Commit Messages ====\n",
      "\r\n",
      "x",
      "\0",
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => assertSentences(parseDigest(`From a to b\n${parts.join("")}`).problems)),
    );
  });
});
