import assert from "node:assert/strict";
import type { Sender } from "../../../../src/core/mail/trailers";
import { replyTrailers } from "../../../../src/core/postings/replyTrailers";

const ada: Sender = { name: "Ada Lind", email: "ada@example.org", isMunged: false };
const clean = "Reviewed-by: Ada Lind <ada@example.org>";

function given(body: string, sender: Sender = ada, hasDiff = false): string[] {
  return replyTrailers(body, sender, hasDiff).map(({ key, value, giver }) => `${key}: ${value}${giver === "sender" ? "" : ` [${giver}]`}`);
}

suite("trailers of replies", () => {
  suite("what mail programs make of an address is undone", () => {
    for (const value of [
      "Ada Lind <ada@example.org<mailto:ada@example.org>>",
      "Ada Lind <ada@example.org <mailto:ada@example.org> >",
      "Ada Lind <[ada@example.org](mailto:ada@example.org)>",
      "Ada Lind [ada@example.org](mailto:ada@example.org)",
      "Ada Lind <mailto:ada@example.org>",
      "Ada Lind [mailto:ada@example.org]",
      "Ada Lind <ada@example.org> <mailto:ada@example.org>",
      "Ada Lind &lt;ada@example.org&gt;",
      "Ada Lind < ada@example.org >",
      "Ada Lind <<ada@example.org>>",
      "Ada Lind <ada@example.org",
      "Ada Lind <ada@example.org>.",
      "Ada Lind <[1]ada@example.org>",
      "Ada Lind <ada at example.org>",
      "Ada\u00a0Lind\u00a0<ada@example.org>",
      "Ada Lind <ada@example.org>\u200b",
      '"Ada Lind" <ada@example.org>',
      "Ada Lind ada@example.org",
      "*Ada Lind* <ada@example.org>",
      "Ada Lind \\<ada@example.org\\>",
      "Ada Lind \\<ada\\@example.org>",
    ]) {
      test(value, () => assert.deepEqual(given(`Fine.\n\nReviewed-by: ${value}\n`), [clean]));
    }
  });

  test("a note stays, and so does an address alone", () => {
    assert.deepEqual(given("Tested-by: Ada Lind <ada@example.org> # arm64\n"), ["Tested-by: Ada Lind <ada@example.org> # arm64"]);
    assert.deepEqual(given("Acked-by: Ada Lind <ada@example.org> (the x86 part)\n"), [
      "Acked-by: Ada Lind <ada@example.org> (the x86 part)",
    ]);
    assert.deepEqual(given("Reviewed-by: ada@example.org\n"), ["Reviewed-by: ada@example.org"]);
  });

  suite("the sender's own", () => {
    const senders: ReadonlyArray<readonly [name: string, sender: Sender, suffix: string]> = [
      ["another case", { ...ada, email: "Ada@Example.ORG" }, ""],
      ["a plus address", { ...ada, email: "ada+kernel@example.org" }, ""],
      ["a sub-domain", { ...ada, email: "ada@linux.example.org" }, ""],
      ["a list's address", { name: "Ada Lind", email: "kvm@lists.example.org", isMunged: true }, ""],
      ["an address that a list wrote into its own", { ...ada, email: "ada=40example.org@lists.example.net" }, ""],
      ["an address that a list wrote into its own, otherwise", { ...ada, email: "ada=example.org@lists.example.net" }, ""],
      ["another address", { ...ada, email: "ada@work.example.net" }, " [sender-elsewhere]"],
      [
        "another address, the name turned round",
        { name: "Lind, Ada", email: "al@work.example.net", isMunged: false },
        " [sender-elsewhere]",
      ],
      ["another person", { name: "Bo Quist", email: "bo@example.org", isMunged: false }, " [other]"],
      ["another person of the same first name", { name: "Ada Berg", email: "ada@example.net", isMunged: false }, " [other]"],
      ["another person behind a list", { name: "Bo Quist", email: "kvm@lists.example.org", isMunged: true }, " [other]"],
      ["nobody known", { name: "", email: "", isMunged: false }, " [other]"],
    ];
    for (const [name, sender, suffix] of senders) test(name, () => assert.deepEqual(given(`${clean}\n`, sender), [clean + suffix]));
  });

  suite("forms of the line", () => {
    const forms: ReadonlyArray<readonly [body: string, expected: readonly string[]]> = [
      ["Reviewed-by:Ada Lind <ada@example.org>", [clean]],
      ["Reviewed-by : Ada Lind <ada@example.org>", [clean]],
      ["reviewed-by: Ada Lind <ada@example.org>", ["reviewed-by: Ada Lind <ada@example.org>"]],
      ["  Reviewed-by: Ada Lind <ada@example.org>", [clean]],
      ["        Reviewed-by: Ada Lind <ada@example.org>", [clean]],
      ["\tReviewed-by: Ada Lind <ada@example.org>", [clean]],
      ["\u00a0 Reviewed-by:\u00a0Ada Lind <ada@example.org>", [clean]],
      ["         Reviewed-by: Ada Lind <ada@example.org>", []],
      ["*Reviewed-by:* Ada Lind <ada@example.org>", [clean]],
      ["**Reviewed-by**: Ada Lind <ada@example.org>", [clean]],
      ["Reviewed-by: Ada Lind\n<ada@example.org>", [clean]],
      ["Reviewed-by: Ada Lind <ada@example.org>\r", [clean]],
      ["Looks good.  Reviewed-by: Ada Lind <ada@example.org>", [clean]],
      ["Not yet.  Reviewed-by: Ada Lind <ada@example.org>", []],
      ["Reviewed-and-tested-by: Ada Lind <ada@example.org>", ["Reviewed-and-tested-by: Ada Lind <ada@example.org>"]],
      ["Feel free to add\n\n    Reviewed-by: Ada Lind <ada@example.org>\n\nto the next one", [clean]],
      ["With that fixed:\nReviewed-by: Ada Lind <ada@example.org>", [clean]],
      ["I cannot give a\nReviewed-by: Ada Lind <ada@example.org>\nyet", []],
      ["Please drop my\nReviewed-by: Ada Lind <ada@example.org>", []],
      ["I see nothing wrong with it\nReviewed-by: Ada Lind <ada@example.org>", [clean]],
      ["Reviewed-by: Ada Lind", []],
      ["Not-reviewed-by: Ada Lind <ada@example.org>", []],
      ["Reviewed-by: Ada Lind <ada@example.org>, Bo Quist <bo@example.org>", [clean, "Reviewed-by: Bo Quist <bo@example.org> [other]"]],
      ["R-b: Ada Lind <ada@example.org>", []],
      ["| Reviewed-by: Ada Lind <ada@example.org>", []],
      ["-- \nReviewed-by: Ada Lind <ada@example.org>", []],
      ["> Reviewed-by: Ada Lind <ada@example.org>", []],
      ["    Reviewed-by: Bo Quist <bo@example.org>", []],
      ["commit 0123456789abcdef\nAuthor: Bo Quist <bo@example.org>\n\n    Fix it.\n\n    Reviewed-by: Ada Lind <ada@example.org>", []],
    ];
    for (const [body, expected] of forms) {
      test(JSON.stringify(body), () => assert.deepEqual(given(`Hello,\n\n${body}\n`), expected));
    }
  });

  test("of an unquoted patch only verdicts count", () =>
    assert.deepEqual(given(`${clean}\nSigned-off-by: Ada Lind <ada@example.org>\n`, ada, true), [clean]));
});
