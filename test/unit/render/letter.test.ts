import assert from "node:assert/strict";
import { letterParts, messageParts } from "../../../src/render/letter";

const shortlog =
  "Ada Marsh (2):\n  One\n  A title so long that it\n    wraps\n\n a.c | 2 +-\n 1 file changed, 1 insertion(+), 1 deletion(-)\n";

suite("letter", () => {
  test("shortlog, diffstat and signature are cut, what follows them stays", () => {
    assert.deepEqual(letterParts(`Hello.\n\n${shortlog}\nbase-commit: abc\n-- \n2.52.0\n`), [
      { kind: "text", text: "Hello." },
      { kind: "text", text: "base-commit: abc" },
    ]);
  });

  test("a changelog begins at its first heading and ends where prose goes on", () => {
    const body = `Hello.\n\nv2:\n - Fix it. [Ben]\n   And more.\n\nv1:\n - https://example.org/1\n\nThanks,\nAda\n\n${shortlog}`;
    assert.deepEqual(letterParts(body), [
      { kind: "text", text: "Hello." },
      { kind: "changelog", text: "v2:\n - Fix it. [Ben]\n   And more.\n\nv1:\n - https://example.org/1" },
      { kind: "text", text: "Thanks,\nAda" },
    ]);
  });

  test("as b4 writes it, between dashes", () => {
    const body = `Hello.\n\nSigned-off-by: Ada <ada@example.org>\n---\nChanges in v2:\n- Fix it\n- Link to v1: https://example.org/1\n\n---\n${shortlog}\n---\nbase-commit: abc\nchange-id: x\n`;
    assert.deepEqual(letterParts(body), [
      { kind: "text", text: "Hello.\n\nSigned-off-by: Ada <ada@example.org>" },
      { kind: "changelog", text: "Changes in v2:\n- Fix it\n- Link to v1: https://example.org/1" },
      { kind: "text", text: "base-commit: abc\nchange-id: x" },
    ]);
  });

  test("prose right below a heading belongs to it", () => {
    assert.deepEqual(
      letterParts(
        "v3: Fix the setter (patch 3)\n\nV2:\nhttps://example.org/2\n\nChanges since v1:\n\nAll of it was reworked\nat the margin.\n\nRegards",
      ),
      [
        {
          kind: "changelog",
          text: "v3: Fix the setter (patch 3)\n\nV2:\nhttps://example.org/2\n\nChanges since v1:\n\nAll of it was reworked\nat the margin.",
        },
        { kind: "text", text: "Regards" },
      ],
    );
  });

  test("nothing of nothing", () => {
    assert.deepEqual(letterParts(""), []);
    assert.deepEqual(letterParts("\r\n\r\n"), []);
  });

  test("two thousand lines take no time", () => {
    const start = process.cpuUsage();
    letterParts(`${"A line of a long letter: v2 of the device\n".repeat(2000)}v2:\n${" - item\n\n".repeat(500)}${shortlog}`);
    const { user } = process.cpuUsage(start);
    assert.ok(user < 500_000, `${user / 1000} ms`);
  });

  test("a message is parted from the notes below its dashes", () => {
    const body =
      "Do it.\n\nSigned-off-by: Ada <ada@example.org>\n---\nv2: as Ben said\n\n a.c | 2 +-\n 1 file changed, 1 insertion(+), 1 deletion(-)\n";
    assert.deepEqual(messageParts(body), { message: "Do it.\n\nSigned-off-by: Ada <ada@example.org>", notes: "v2: as Ben said" });
    assert.deepEqual(messageParts("Do it.\n---\n a.c | 2 +-\n 1 file changed, 1 insertion(+), 1 deletion(-)\n"), {
      message: "Do it.",
      notes: null,
    });
    assert.deepEqual(messageParts("Do it.\n"), { message: "Do it.", notes: null });
  });

  test("of megabytes the beginning is shown, and that it is", () => {
    const rest = "(Text too long; the rest is not shown.)";
    const body = `Hello.\n${"A line of it.\n".repeat(200_000)}`;
    const [only, ...more] = letterParts(body);
    assert.deepEqual([only?.text.slice(0, 6), only?.text.split("\n").at(-1), more], ["Hello.", rest, []]);
    assert.ok(messageParts(body).message.endsWith(`A line of it.\n\n${rest}`));
  });
});
