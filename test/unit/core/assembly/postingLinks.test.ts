import assert from "node:assert/strict";
import { postingLinks, supersededPostings } from "../../../../src/core/assembly/postingLinks";

const lore = "https://lore.kernel.org/all/";
const v1 = "2026.1-1-ada@example.org";
const v2 = "2026.2-1-ada@example.org";
const v3 = "2026.3-1-ada@example.org";

suite("links to earlier postings", () => {
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
    [
      "said behind the link",
      `Earlier postings:\n${lore}${v2} (v2)\n${lore}${v1} (RFC)\n`,
      3,
      [
        [2, "", v2],
        [1, "r", v1],
      ],
    ],
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
    ["the archive's own first number", `v0: ${lore}${v1}\n`, 1, [[0, "", v1]]],
    [
      "versions without a colon",
      `[1] Previous versions:\n v1 ${lore}${v1}\n v2 ${lore}${v2}\n`,
      3,
      [
        [2, "", v2],
        [1, "", v1],
      ],
    ],
    ["a Message-ID in angle brackets", `v1: <${v1}>\n`, 2, [[1, "", v1]]],
    ["a bare Message-ID", `Link to v1: ${v1}\n`, 2, [[1, "", v1]]],
    ["id:", `v1: id:${v1}\n`, 2, [[1, "", v1]]],
    ["id: with quotes", `Changes since v1 (id:"${v1}"):\n - Rebase.\n`, 2, [[1, "", v1]]],
    [
      "Message-ID: below a heading",
      `Changes since v1:\n - Message-ID: <first@example.org>\n - Rebase.\n`,
      2,
      [[1, "", "first@example.org"]],
    ],
    ["message-id words", `Previous version: Message-Id: <${v1}>\n`, 2, [[1, "", v1]]],
    ["in the heading", `Changes since v1 (${lore}${v1}):\n - Rebase.\n`, 2, [[1, "", v1]]],
    ["in the heading, in square brackets", `v1 -> v2 [<${v1}>]:\n - Rebase.\n`, 2, [[1, "", v1]]],
    ["words behind the brackets", `v2 (${lore}${v2}): Rebased onto next.\n`, 3, [[2, "", v2]]],
    ["as Markdown has it", `- [v1](${lore}${v1})\n`, 2, [[1, "", v1]]],
    ["a version as a footnote", `[v1] ${lore}${v1}\n`, 2, [[1, "", v1]]],
    [
      "two on one line",
      `v2: ${lore}${v2}, v1: ${lore}${v1}\n`,
      3,
      [
        [2, "", v2],
        [1, "", v1],
      ],
    ],
    ["a sentence that says nothing else", `The previous version of this series was posted here: ${lore}${v1}.\n`, 2, [[1, "", v1]]],
    ["such a sentence and a blank line", `The previous version can be found at:\n\n  ${lore}${v1}\n`, 2, [[1, "", v1]]],
    ["an RFC before a first version", `Link to RFC v1: ${lore}${v1}\n`, 1, [[1, "r", v1]]],
    ["an RFC with its number behind the link", `${lore}${v1} [RFC v1]\n`, 1, [[1, "r", v1]]],
    ["what it replaces", `This series supersedes ${lore}${v1}.\n`, 1, [[1, "", v1]]],
    ["the first posting", `Original posting: ${lore}${v1}\n`, 3, [[1, "", v1]]],
    ["version as a word", `Version 2: ${lore}${v2}\n`, 3, [[2, "", v2]]],
    ["marc", `v1: https://marc.info/?i=${v1}\n`, 2, [[1, "", v1]]],
    ["escaped", `v1: https://lore.kernel.org/r/${v1.replace("@", "%40")}\n`, 2, [[1, "", v1]]],
    ["no scheme", `v1: lore.kernel.org/r/${v1}\n`, 2, [[1, "", v1]]],
    ["an address of a person", `v1: alex@example.org\n`, 2, []],
    ["a reviewer below a heading", `v2:\n - Rebase, as asked by\n   <alex@example.org>\n - <alex@example.org>\n`, 2, []],
    ["a reviewer in an item", `Changes in v2:\n - Use a lock (Alex Archer <alex.archer.1@example.org>)\n`, 2, []],
    ["what it stands on", `Based-on: <${v1}>\nDepends on v1: <${v2}>\n`, 3, []],
    ["v2 of another series", `v2 of the kettle series: ${lore}${v2}\n`, 3, []],
    ["of another project", `QEMU v2: ${lore}${v2}\nkvmtool v1: ${lore}${v1}\n`, 3, []],
    ["like it", `Similar to v1: ${lore}${v1}\n`, 3, []],
    ["below a dependency", `Depends on:\n\n  ${lore}${v1}\n`, 3, []],
    ["on top of v2 of it", `This applies on top of v2: ${lore}${v2}\n`, 3, []],
    ["a discussion", `Previous discussion: ${lore}${v1}\nEarlier report: ${lore}${v2}\n`, 3, []],
    ["an answer below a heading", `v3:\n - Fix what the bot found: ${lore}${v1}\n`, 3, []],
    ["an earlier patch for something", `Earlier fix: ${lore}${v1}\n`, 3, []],
    ["a trailer of ids", `Message-ID: <${v1}>\nSigned-off-by: Ada Lind <ada.lind.2026@example.org>\n`, 3, []],
    ["no link at all", "v2:\n - Rebase.\n", 2, []],
  ];
  for (const [name, text, version, expected] of rows) {
    test(name, () => {
      const found = postingLinks(text, version).map((link) => [link.version, link.rfc ? "r" : "", link.messageId]);
      assert.deepEqual(found, expected);
    });
  }

  test("of an answer only what it says is replaced", () => {
    const ids = (text: string): string[] => supersededPostings(text, 3).map(({ version, messageId }) => `${version} ${messageId}`);
    assert.deepEqual(ids(`Hello.\n\nSupersedes: <${v2}>\n`), [`2 ${v2}`]);
    assert.deepEqual(ids(`supersedes: ${lore}${v2}\n`), [`2 ${v2}`]);
    assert.deepEqual(ids(`This supersedes v1: id:${v1}\n`), [`1 ${v1}`]);
    assert.deepEqual(ids(`Supersedes: <${v2}>, <${v1}>\n`), [`2 ${v2}`, `2 ${v1}`]);
    assert.deepEqual(ids(`v2: ${lore}${v2}\nThis is superseded by ${lore}${v1}\nSupersedes what Bea sent in <${v1}>\n`), []);
  });
});
