import assert from "node:assert/strict";
import { changelogSections } from "../../../../src/core/mail/changelog";

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
