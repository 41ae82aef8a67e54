import assert from "node:assert/strict";
import { parseShortlog } from "../../../../src/core/mail/shortlog";

suite("shortlog", () => {
  const rows: ReadonlyArray<readonly [string, string, ReadonlyArray<readonly [string, number, readonly string[]]> | null]> = [
    ["one author", "Ada Lind (2):\n  KVM: One\n  KVM: Two\n", [["Ada Lind", 2, ["KVM: One", "KVM: Two"]]]],
    ["no line end at the end", "Ada Lind (1):\n  KVM: One", [["Ada Lind", 1, ["KVM: One"]]]],
    [
      "titles that wrap",
      "Ada Lind (2):\n  KVM: One that is\n    long\n    indeed\n  KVM: Two\n",
      [["Ada Lind", 2, ["KVM: One that is long indeed", "KVM: Two"]]],
    ],
    [
      "several authors",
      "Ada Lind (1):\n  KVM: One\n\nBruno Vale (1):\n  KVM: Two\n",
      [
        ["Ada Lind", 1, ["KVM: One"]],
        ["Bruno Vale", 1, ["KVM: Two"]],
      ],
    ],
    ["names with parentheses", "Ada (the elder) Lind (1):\n  KVM: One\n", [["Ada (the elder) Lind", 1, ["KVM: One"]]]],
    ["letters beyond ASCII", "Zoë Ångström (1):\n  KVM: Größe\n", [["Zoë Ångström", 1, ["KVM: Größe"]]]],
    ["prose", "Some words (and more):\n\nnothing.\n", null],
    ["no titles", "Ada Lind (1):\n\nKVM: One\n", null],
    ["nothing", "", null],
  ];
  for (const [name, text, expected] of rows) {
    test(name, () =>
      assert.deepEqual(parseShortlog(text)?.authors.map(({ name: who, count, titles }) => [who, count, titles]) ?? null, expected),
    );
  }

  test("a list in the letter is not taken for it", () => {
    const text = "Left to do (3):\n  - tests\n\nCleanups (1):\n  KVM: None\n\nand so on\n\nAda Lind (1):\n  KVM: One\n\n a.c | 1 +\n";
    assert.deepEqual(
      parseShortlog(text)?.authors.map(({ name }) => name),
      ["Ada Lind"],
    );
  });

  test("nor one below it", () => {
    assert.deepEqual(
      parseShortlog("Ada Lind (1):\n  KVM: One\n\n a.c | 1 +\n\nLeft to do (3):\n  - tests\n")?.authors.map(({ name }) => name),
      ["Ada Lind"],
    );
  });

  test("where no number is right, the last is taken", () => {
    assert.deepEqual(
      parseShortlog("A (9):\n  x\n\ntext\n\nB (9):\n  y\n")?.authors.map(({ name }) => name),
      ["B"],
    );
  });

  test("tells where it stands", () => {
    const text = "Hello.\n\nAda Lind (1):\n  KVM: One\n\nBruno Vale (1):\n  KVM: Two\n\n a.c | 1 +\n";
    const found = parseShortlog(text);
    assert.equal(text.slice(found?.start, found?.end), "Ada Lind (1):\n  KVM: One\n\nBruno Vale (1):\n  KVM: Two");
  });
});
