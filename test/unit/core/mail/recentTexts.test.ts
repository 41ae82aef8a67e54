import assert from "node:assert/strict";
import { RecentTexts } from "../../../../src/core/mail/mailCache";

suite("values of long texts", () => {
  test("what was put in is found by an equal text and by no other", () => {
    const values = new RecentTexts<number>();
    const text = "Ann <ann@example.org>,\n Ben <ben@example.org>".repeat(20);
    values.set(text, 1);
    values.set("", 2);
    assert.equal(values.get(["", text].join("")), 1);
    assert.equal(values.get(""), 2);
    assert.equal(values.get(`${text} `), undefined);
    assert.equal(values.get(text.replace("Ben", "Bea")), undefined);
  });

  test("texts that look alike take each other's place and are never mistaken", () => {
    const values = new RecentTexts<string>();
    const texts = Array.from({ length: 20_000 }, (_, number) => `${"x".repeat(200)}${number}${"y".repeat(200)}`);
    for (const text of texts) values.set(text, text);
    for (const text of texts) assert.ok([text, undefined].includes(values.get(text)));
    assert.equal(values.get(texts.at(-1) ?? ""), texts.at(-1));
  });
});
