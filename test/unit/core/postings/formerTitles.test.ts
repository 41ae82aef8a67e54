import assert from "node:assert/strict";
import { formerTitles } from "../../../../src/core/postings/earlierPostings";

const title = "KVM: x86: Count the teapots";
const words = "kvm x86 count the teapots";

suite("titles a posting had", () => {
  const said = [
    `Renamed from "${title}"`,
    `renamed from '${title}' to 'KVM: New'`,
    `Retitled (was "${title}")`,
    `- Changed the subject from "${title}"`,
    `Title was "${title}"`,
    `Previously titled "${title}"`,
    `formerly "${title}"`,
    `v1 was called "${title}"`,
    `This was posted as "${title}"`,
    `Old title: ${title}`,
    `Previous subject: "${title}"`,
    `Rename the patch; the old title was “${title}”`,
    `New subject, was: "${title}"`,
    `Patch renamed, previously "${title}"`,
    `Previously sent as "[PATCH v1 1/3] ${title}"`,
    `Change patch title from\n  "${title}"\n  to "KVM: New"`,
    `Subject changed (was ${title})`,
    `Reworded the subject (previously: "${title}")`,
    `v2: rename: "${title}" -> "KVM: New"`,
    `This series was formerly known as "${title}".`,
    `Original title: "${title}"`,
    `changed title: "${title}" => "KVM: New"`,
    `The patch was titled \`${title}\` before.`,
    `Supersedes "${title}"`,
    `v1 title: "${title}"`,
    `Was "${title}" in v1.`,
  ];
  for (const text of said) {
    test(text, () =>
      assert.ok(formerTitles(text, "[PATCH v2] KVM: New").includes(words), formerTitles(text, "[PATCH v2] KVM: New").join("; ")),
    );
  }

  const others = [
    `Depends on "${title}"`,
    `Applied on top of "${title}".`,
    `Fixes: 0123456789ab ("${title}")`,
    `Follow-up of "${title}"`,
    `After commit 0123 ("${title}") was renamed`,
    `See "${title}" for details`,
    `The rename was done in "${title}"`,
    `Drop "${title}" (already applied)`,
    `Squash "${title}" into this`,
    `Split "${title}" in two`,
  ];
  for (const text of others) test(`no: ${text}`, () => assert.deepEqual(formerTitles(text, "[PATCH v2] KVM: New"), []));

  test("in the subject, without its brackets", () => {
    assert.deepEqual(formerTitles("", `[PATCH v2] KVM: New (was: [PATCH] ${title})`), [words]);
    assert.deepEqual(formerTitles("", "[PATCH v2] KVM: Warn when it was (not) set"), []);
  });

  test("over the end of a line, and not over a paragraph", () => {
    assert.deepEqual(formerTitles('Renamed from "KVM: x86: Count\n  the teapots".', ""), [words]);
    assert.deepEqual(formerTitles('Renamed from "KVM: x86: Count\n\nthe teapots".', ""), []);
  });

  test("only so many", () => {
    const text = Array.from({ length: 100 }, (_, at) => `Renamed from "Title number ${at}"\n`).join("");
    assert.equal(formerTitles(text, "").length, 8);
  });
});
