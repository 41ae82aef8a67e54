import assert from "node:assert/strict";
import { commitMessage, textAboveDiff } from "../../../../src/core/mail/mailinfo";
import { parseTrailers } from "../../../../src/core/mail/trailers";

const signed = "Signed-off-by: Ada Lind <ada@example.org>";
const reviewed = "Reviewed-by: Bruno Vale <bruno@example.org>";

suite("trailers", () => {
  const rows: ReadonlyArray<readonly [string, string, readonly string[]]> = [
    ["the last paragraph", `Fix it.\n\n${reviewed}\n${signed}`, [reviewed, signed]],
    ["several paragraphs of them", `Fix it.\n\n${reviewed}\n\n${signed}\n`, [reviewed, signed]],
    ["none above prose", `${reviewed}\n\nFix it.\n\n${signed}`, [signed]],
    [
      "keys without a hyphen",
      `Fix it.\n\nFixes: 0123456789ab ("KVM: Break it")\nCc: stable@example.org # 6.1\nLink: https://example.org/\n${signed}`,
      ['Fixes: 0123456789ab ("KVM: Break it")', "Cc: stable@example.org # 6.1", "Link: https://example.org/", signed],
    ],
    ["folded", `Fix it.\n\nFixes: 0123456789ab ("KVM: Break\n it")\n${signed}`, ['Fixes: 0123456789ab ("KVM: Break it")', signed]],
    ["a note of who applied it", `Fix it.\n\n${reviewed}\n[ada: reword, and say\nwhy]\n${signed}`, [reviewed, signed]],
    ["a note with spaces", `Fix it.\n\n${reviewed}\n[ bp: Massage. ]\n${signed}`, [reviewed, signed]],
    ["a note between two paragraphs", `Fix it.\n\n${reviewed}\n\n[ada: reword]\n\n${signed}`, [reviewed, signed]],
    ["taken from elsewhere", `Fix it.\n\n${signed}\n(cherry picked from commit 0123456789abcdef)\n${reviewed}`, [signed, reviewed]],
    ["taken from elsewhere, unsigned", `Fix it.\n\n${reviewed}\n(cherry picked from commit 0123456789abcdef)`, [reviewed]],
    ["no blank line above a sign-off", `Fix it\nfor good.\n${signed}`, [signed]],
    ["no blank line and nobody signed", "Note that\nReviewed-by: is a word here", []],
    ["a line below them", `Fix it.\n\n${signed}\n${reviewed}\n\nto be squashed later`, [signed, reviewed]],
    ["a rule and a changelog below", `Fix it.\n\n${signed}\n\n----------\n\nChanges from v1:\n * Drop a check.`, [signed]],
    ["a paragraph below that nobody signed", `Fix it.\n\n${reviewed}\n\nThat was all.`, []],
    ["much below", `Fix it.\n\n${signed}${"\n\nA paragraph.".repeat(6)}`, []],
    ["an indented line of a note below", `Fix it.\n\n${signed}\n--\nNote: the sums\n      did not change.`, [signed]],
    ["quoted", `Fix it.\n\n> ${reviewed}`, []],
    ["prose with a colon", "Fix it.\n\nNote: nothing more", []],
    ["nothing", "", []],
  ];
  for (const [name, text, expected] of rows) {
    test(name, () =>
      assert.deepEqual(
        parseTrailers(text, "patch").map(({ key, value }) => `${key}: ${value}`),
        expected,
      ),
    );
  }

  test("where they were read is told", () =>
    assert.deepEqual(parseTrailers(signed, "cover"), [{ key: "Signed-off-by", value: "Ada Lind <ada@example.org>", via: "cover" }]));

  test("the message ends at ---, the text at the diff", () => {
    const body = `\n\nFix it.\n\n${signed}\n---\nv2: Rebase.\n\n a.c | 1 +\n 1 file changed\n\ndiff --git a/a.c b/a.c\n+x\n`;
    assert.equal(commitMessage(body), `Fix it.\n\n${signed}`);
    assert.equal(textAboveDiff(body), `Fix it.\n\n${signed}\n---\nv2: Rebase.\n\n a.c | 1 +\n 1 file changed`);
    assert.equal(commitMessage("Fix it.\nIndex: a.c\n"), "Fix it.");
    assert.equal(commitMessage("Fix --- it.\n---- x\n"), "Fix --- it.\n---- x");
  });
});
