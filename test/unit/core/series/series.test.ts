import assert from "node:assert/strict";
import { newestRevision } from "../../../../src/core/series/series";
import { humanMessage, HumanError } from "../../../../src/core/humanError";
import { revision, seriesWith } from "../../../support/invented";
import { formatAuthor, parseAuthor } from "../../../../src/core/mail/author";

suite("author", () => {
  const rows: ReadonlyArray<readonly [string, string, string, string]> = [
    ["Ada Lind <ada@example.org>", "Ada Lind", "ada@example.org", "Ada Lind <ada@example.org>"],
    ['"Lind, Ada" <ada@example.org>', "Lind, Ada", "ada@example.org", "Lind, Ada <ada@example.org>"],
    ['"Ada \\"the A\\" Lind" <ada@example.org>', 'Ada "the A" Lind', "ada@example.org", 'Ada "the A" Lind <ada@example.org>'],
    ["ada@example.org", "", "ada@example.org", "<ada@example.org>"],
    ["<ada@example.org>", "", "ada@example.org", "<ada@example.org>"],
    ["Ada Lind", "Ada Lind", "", "Ada Lind"],
    ["", "", "", ""],
    [" Zoë Ångström  <zoe@example.org> ", "Zoë Ångström", "zoe@example.org", "Zoë Ångström <zoe@example.org>"],
  ];
  for (const [text, name, email, printed] of rows) {
    test(JSON.stringify(text), () => {
      assert.deepEqual(parseAuthor(text), { name, email });
      assert.equal(formatAuthor({ name, email }), printed);
    });
  }
});

suite("series", () => {
  test("the newest revision is the last, and there is one", () => {
    assert.equal(newestRevision(seriesWith([revision(), revision({ version: 2 })])).version, 2);
    assert.throws(() => newestRevision(seriesWith([])), /at least one/);
  });

  test("whatever is thrown has a message", () => {
    assert.deepEqual([humanMessage(new HumanError("No.")), humanMessage("text"), new HumanError("x").name], ["No.", "text", "HumanError"]);
  });
});
