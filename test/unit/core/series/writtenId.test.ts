/** Ids as people paste them. */
import assert from "node:assert/strict";
import { idsMeant } from "../../../../src/core/series/findSeries";

const id = "20261001.ab+c=d-1-ada@lists.example.org";
const escaped = "20261001.ab%2Bc%3Dd-1-ada%40lists.example.org";

suite("written ids", () => {
  const texts = [
    id,
    `<${id}>`,
    ` <${id}> `,
    `<${id}>,`,
    escaped,
    `<${escaped}>`,
    `Message-ID: <${id}>`,
    `In-Reply-To: <${id}>`,
    `id:${id}`,
    `mid:${id}`,
    `https://lore.kernel.org/all/${escaped}/`,
    `https://lore.kernel.org/kvm/${escaped}/T/#u`,
    `https://lore.kernel.org/kvm/${escaped}/t.mbox.gz`,
    `https://lore.kernel.org/r/${escaped}`,
    `lore.kernel.org/r/${escaped}`,
    `<https://lore.kernel.org/r/${escaped}>`,
    `Link: https://patch.msgid.link/${escaped}`,
    `https://msgid.link/${escaped}.`,
    `https://patchew.org/linux/${escaped}/`,
    `https://marc.info/?i=${escaped}`,
    `https://inbox.example.org/list/${escaped}/raw`,
    `(see https://lkml.kernel.org/r/${escaped})`,
  ];
  for (const text of texts) test(text, () => assert(idsMeant(text).includes(id), idsMeant(text).join(" | ")));

  test("the whole text comes first, since a Message-ID may hold anything", () => {
    for (const odd of ["a/b@example.org", "a%40b@example.org", "a=b&c@example.org"]) assert.equal(idsMeant(odd)[0], odd);
  });

  test("an id of a series, in either case, and its beginning", () => {
    assert.deepEqual(idsMeant("76545CADB4B7"), ["76545cadb4b7"]);
    assert.deepEqual(idsMeant(" 7654 "), ["7654"]);
  });

  test("nothing is nothing, and of a long text only the beginning is read", () => {
    assert.deepEqual(idsMeant(""), []);
    assert.deepEqual(idsMeant(" <> "), []);
    assert.deepEqual(idsMeant("%"), ["%"]);
    assert(idsMeant(`${"<".repeat(100_000)}${">".repeat(100_000)}`).join("").length < 10_000);
    assert(idsMeant("a@b/".repeat(100_000)).length < 10);
  });
});
