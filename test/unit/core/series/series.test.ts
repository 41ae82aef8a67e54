import assert from "node:assert/strict";
import { newestRevision, newestRevisionKey, type Patch } from "../../../../src/core/series/series";
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

/** A patch of which only some parts matter. */
function patchOf(parts: Partial<Patch>): Patch {
  const author = { name: "Ada Lind", email: "ada@example.org" };
  return { index: 1, title: "KVM: Add a", author, messageId: null, message: null, diff: null, files: [], trailers: [], ...parts };
}

suite("series", () => {
  test("the newest revision is the last, and there is one", () => {
    assert.equal(newestRevision(seriesWith([revision(), revision({ version: 2 })])).version, 2);
    assert.throws(() => newestRevision(seriesWith([])), /at least one/);
  });

  test("another mail in the place of a patch is another content of the revision", () => {
    const key = (...patches: ReadonlyArray<Partial<Patch>>): string =>
      newestRevisionKey(seriesWith([revision({ messageId: "0@example.org", patches: patches.map((parts) => patchOf(parts)) })]));
    const first = key({ messageId: "1@example.org" }, { messageId: "2@example.org" });
    assert.equal(key({ messageId: "1@example.org" }, { messageId: "2@example.org" }), first);
    assert.notEqual(key({ messageId: "1@example.org" }, { messageId: "2-fixed@example.org" }), first);
    assert.notEqual(key({ messageId: "1@example.org" }), first);
    assert.notEqual(key({ title: "KVM: Add a" }), key({ title: "KVM: Add b" }));
  });

  test("whatever is thrown has a message", () => {
    assert.deepEqual([humanMessage(new HumanError("No.")), humanMessage("text"), new HumanError("x").name], ["No.", "text", "HumanError"]);
  });
});
