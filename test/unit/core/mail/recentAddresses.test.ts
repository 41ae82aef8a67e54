import assert from "node:assert/strict";
import { parseAddresses, RecentAddresses } from "../../../../src/core/mail/address";

suite("recent addresses", () => {
  test("an equal list is the same object again, and no other is", () => {
    const recent = new RecentAddresses();
    const text = Array.from({ length: 20 }, (_, at) => `Ann <ann${at}@example.org>`).join(",\n ");
    const list = parseAddresses(text, recent);
    assert.equal(parseAddresses(["", text].join(""), recent), list);
    assert.notEqual(parseAddresses(text), list);
    for (const other of [`${text} `, text.replace("ann3@", "bea3@")])
      assert.deepEqual(parseAddresses(other, recent), parseAddresses(other));
  });

  test("lists that look alike take each other's place and are never mistaken", () => {
    const recent = new RecentAddresses();
    const texts = Array.from({ length: 20_000 }, (_, at) => `${"x".repeat(200)}${at}@example.org, ${"y".repeat(200)}@example.org`);
    for (const text of texts) parseAddresses(text, recent);
    for (const text of texts.slice(-5000)) assert.equal(parseAddresses(text, recent)[0]?.email, text.split(", ")[0]);
  });

  test("a list longer than any that people write is not kept", () => {
    const recent = new RecentAddresses();
    const text = Array.from({ length: 1000 }, (_, at) => `ann${at}@example.org`).join(", ");
    assert.equal(parseAddresses(text, recent).length, 1000);
    assert.equal(recent.get(text), undefined);
  });
});
