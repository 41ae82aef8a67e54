import assert from "node:assert/strict";
import { changelogSections, messageIdOfUrl, postingLinks } from "../../../../src/core/assembly/changelog";

const lore = "https://lore.kernel.org/all/";
const v1 = "2026.1-1-ada@example.org";
const v2 = "2026.2-1-ada@example.org";
const v3 = "2026.3-1-ada@example.org";

suite("changelog links", () => {
  /** Name, text, version of the letter, and what it names: version, `r` for an RFC, Message-ID. */
  const rows: ReadonlyArray<readonly [string, string, number, ReadonlyArray<readonly [number, string, string]>]> = [
    [
      "each under the heading of the version after it",
      `v3:\n - ${lore}${v2}\n - Split.\n\nv2:\n - Rework.\n\nv1 (RFC):\n - ${lore}${v1}\n`,
      3,
      [
        [2, "", v2],
        [1, "r", v1],
      ],
    ],
    [
      "each under its own heading",
      `v3:\n - Split.\n\nv2:\n${lore}${v2}\n\nv1:\n${lore}${v1}\n`,
      3,
      [
        [2, "", v2],
        [1, "", v1],
      ],
    ],
    [
      "all one heading late: versions that clash tell so",
      `v3:\n - ${lore}${v2}\n\nv2:\n - ${lore}${v1}\n`,
      3,
      [
        [2, "", v2],
        [1, "", v1],
      ],
    ],
    [
      "said beside the link",
      `- Link to v2: ${lore}${v2}\n- Link to v1: ${lore}${v1}\n`,
      3,
      [
        [2, "", v2],
        [1, "", v1],
      ],
    ],
    ["said behind the link", `Earlier postings:\n${lore}${v2} (v2)\n${lore}${v1} (RFC)\n`, 3, [[2, "", v2]]],
    [
      "on one line with the version",
      `v2: ${lore}${v2}\nv1: ${lore}${v1}\n`,
      3,
      [
        [2, "", v2],
        [1, "", v1],
      ],
    ],
    ["the letter's own version on one line", `v3: ${lore}${v2}\n`, 3, [[2, "", v2]]],
    [
      "b4's way",
      `Changes in v3:\n- Rebase.\n- Link to v2: ${lore}r/${v2}\n\nChanges in v2:\n- Link to v1: ${lore}${v1}\n`,
      3,
      [
        [2, "", v2],
        [1, "", v1],
      ],
    ],
    [
      "since",
      `Changes since v2:\n - ${lore}${v2}\n\nChanges since v1:\n - ${lore}${v1}\n`,
      3,
      [
        [2, "", v2],
        [1, "", v1],
      ],
    ],
    ["from, to", `v1 -> v2:\n - ${lore}${v1}\n`, 2, [[1, "", v1]]],
    [
      "an RFC with its own numbers",
      `RFC v2:\n - ${lore}${v2}\nRFC v1:\n - ${lore}${v1}\n`,
      1,
      [
        [2, "r", v2],
        [1, "r", v1],
      ],
    ],
    ["an RFC without", `RFC: ${lore}${v1}\n`, 1, [[1, "r", v1]]],
    ["previous", `Previous version: ${lore}${v1}\n`, 2, [[1, "", v1]]],
    ["patchew", `V2:\nhttps://patchew.org/linux/${v2}/\n`, 3, [[2, "", v2]]],
    ["msgid.link", `V2:\nhttps://patch.msgid.link/${v2}\n`, 3, [[2, "", v2]]],
    ["in angle brackets", `v2: <${lore}${v2}>\n`, 3, [[2, "", v2]]],
    ["a heading is enough where a blank line follows", `v2:\n\n${lore}${v2}\n`, 3, [[2, "", v2]]],
    ["the same link twice counts once", `v3:\n - ${lore}${v2}\n\nv2:\n - ${lore}${v2}\n`, 3, [[2, "", v2]]],
    ["in a sentence", `See ${lore}${v1} for more.\n\nv2:\n - As ${lore}${v1} says.\n`, 2, []],
    ["a sentence that goes on with it", `v2:\n - Do as was said in\n   ${lore}${v1}\n`, 2, []],
    ["alone on a line, but no changelog", `The idea is from\n\n  ${lore}${v1}\n\nv2:\n - Rebase.\n`, 2, []],
    ["a trailer", `Fix it.\n\nLink: ${lore}${v1}\nCloses: ${lore}${v2}\n`, 2, []],
    ["a first version has none before", `v1:\n - ${lore}${v1}\n`, 1, []],
    ["a version that is not earlier", `Link to v3: ${lore}${v3}\n`, 3, []],
    ["no archive of a list", `v1:\nhttps://example.org/${v1}\n`, 2, []],
    ["below the changelog", `v2:\n - Rebase.\n\n\nThe tree is at\n\n${lore}${v1}\n`, 2, []],
    ["below the shortlog", `v2:\n - Rebase.\n\nAda Lind (1):\n  KVM: One\n\n${lore}${v1}\n`, 2, []],
    ["a footnote of a heading", `Hello.\n\nChanges since v1 [1]:\n- Rebase.\n\n[1] ${lore}${v1}\n`, 2, [[1, "", v1]]],
    ["a footnote of a sentence", `My previous version of this patch series [2] did it.\n\n[2]: ${lore}${v1}\n`, 2, [[1, "", v1]]],
    ["a raised footnote", `Somebody has beaten my initial proof of concept¹ into shape.\n\n¹ ${lore}${v1}#r\n`, 2, [[1, "", v1]]],
    ["a footnote for something else", `Based on [1].\n\nChanges since V1:\n- Rebase\n\n[1]: ${lore}${v1}/T/#t\n`, 2, []],
    ["a footnote for a thread", `As discussed in the previous thread[1].\n\n[1] ${lore}${v1}\n`, 2, []],
    ["a footnote for what it needs", `Applies on top of Bea's v2 series [0], which orders it.\n\n[0] ${lore}${v1}\n`, 4, []],
    ["a footnote for an answer", `Having said that, in v2 Bea suggested [3] to do it.\n\n[3] ${lore}${v1}\n`, 3, []],
    ["a footnote beside a kernel", `Rebased onto v6.1 [1].\n\n[1] ${lore}${v1}\n`, 8, []],
    ["a footnote nobody mentions", `v2:\n - Rebase.\n\n[1] ${lore}${v1}\n`, 3, [[2, "", v1]]],
    ["below its label", `Changes in v3:\n- Rebase\n- Link to v2:\n  ${lore}${v2}\n`, 3, [[2, "", v2]]],
    ["labelled as something else", `Changes in v3:\n- Link to dependency: ${lore}${v1}\n- Link to v2: ${lore}${v2}\n`, 3, [[2, "", v2]]],
    ["no link at all", "v2:\n - Rebase.\n", 2, []],
  ];
  for (const [name, text, version, expected] of rows) {
    test(name, () => {
      const found = postingLinks(text, version).map((link) => [link.version, link.rfc ? "r" : "", link.messageId]);
      assert.deepEqual(found, expected);
    });
  }

  const urls: ReadonlyArray<readonly [string, string | null]> = [
    [`${lore}${v1}`, v1],
    [`${lore}${v1}/`, v1],
    [`http://lore.kernel.org/r/${v1}/T/#u`, v1],
    [`https://lore.kernel.org/kvm/a%2Fb%2Bc@example.org/`, "a/b+c@example.org"],
    [`https://lkml.kernel.org/r/%3C${v1}%3E`, v1],
    [`https://marc.info/?i=${v1}`, v1],
    [`${lore}${v1}.`, v1],
    ["https://lore.kernel.org/kvm/", null],
    ["https://lore.kernel.org/kvm/%E0%A4%A/", null],
    [`https://lore.kernel.org.example.org/${v1}`, null],
    ["https://github.com/ada@example/linux", null],
  ];
  for (const [url, id] of urls) test(`Message-ID of ${url}`, () => assert.equal(messageIdOfUrl(url), id));
});

suite("changelog sections", () => {
  const headings: ReadonlyArray<readonly [string, number, boolean]> = [
    ["v3:", 3, false],
    ["V3:", 3, false],
    ["v3", 3, false],
    ["v1 (RFC):", 1, true],
    ["RFC v2:", 2, true],
    ["Changes in v3:", 3, false],
    ["Changes since v1:", 2, false],
    ["Changes since RFC v1:", 2, true],
    ["Changelog v2..v3:", 3, false],
    ["v1 -> v2:", 2, false],
    ["* v2 changes:", 2, false],
    ["v4 (rebased):", 4, false],
    ["V3: Fix a thing", 3, false],
  ];
  for (const [text, version, rfc] of headings) {
    test(text, () =>
      assert.deepEqual(
        changelogSections(`Hello.\n\n${text}\n - More.\n`).map((one) => [one.version, one.rfc]),
        [[version, rfc]],
      ),
    );
  }

  for (const text of ["v2 of this adds a thing", "see v3 for that", "ipv6: no version", "arch/x86/v8.c | 3 +++"]) {
    test(`no heading: ${text}`, () => assert.deepEqual(changelogSections(`${text}\n`), []));
  }

  test("a section ends where the next begins, at two blank lines, at the shortlog", () => {
    const text = "v3:\n - c\n\nv2:\n - b\n\n\nThanks\n";
    assert.deepEqual(
      changelogSections(text).map(({ start, end }) => text.slice(start, end)),
      ["v3:\n - c\n\n", "v2:\n - b"],
    );
    const listed = "v2:\n - b\n\nAda Lind (1):\n  KVM: One\n";
    assert.deepEqual(
      changelogSections(listed).map(({ start, end }) => listed.slice(start, end)),
      ["v2:\n - b\n"],
    );
  });
});
