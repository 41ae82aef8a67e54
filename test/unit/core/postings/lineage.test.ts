import fc from "fast-check";
import assert from "node:assert/strict";
import type { DigestEntry } from "../../../../src/core/digest/digest";
import { assembleSeries } from "../../../../src/core/postings/assembleSeries";
import { digestSigns, type Posting, seriesId } from "../../../../src/core/postings/posting";
import type { Series } from "../../../../src/core/series/series";
import { bruno, coverEntry, patchEntry, postingsOf, revision, seriesOf, sha256 } from "../../../support/invented";

const lore = "https://lore.kernel.org/all/";
const shortlog = { "Ada Lind": ["KVM: One", "KVM: Two"] };
const files = { "arch/x86/kvm/x86.c": 3 };

function all(title = "KVM: All", prefix = "PATCH", parts: Parameters<typeof coverEntry>[1] = {}): DigestEntry {
  return coverEntry(`[${prefix} 0/2] ${title}`, { shortlog, files, ...parts });
}

/** Series in short: `v1,v2 changelog-link+same-title`. */
function summary(series: readonly Series[]): string[] {
  return series.map(({ revisions, links }) => {
    const names = revisions.map(({ version, rfc, resend }) => `v${version}${rfc ? "r" : ""}${resend ? "s" : ""}`);
    return [names.join(","), ...links.map(({ from, to, evidence }) => `${from}-${to}:${evidence.join("+")}`)].join(" ");
  });
}

suite("lineage", () => {
  /** Name, digests oldest first, and the series, newest first. */
  const rows: ReadonlyArray<readonly [string, ReadonlyArray<readonly DigestEntry[]>, readonly string[]]> = [
    ["same title, same author", [[all()], [all("KVM: All", "PATCH v2")]], ["v1,v2 0-1:same-title"]],
    [
      "a link to the one before",
      [[all()], [all("KVM: All", "PATCH v2", { text: `v2:\n - ${lore}1@example.org` })]],
      ["v1,v2 0-1:changelog-link+same-title"],
    ],
    [
      "both cite the same first version",
      [
        [all("KVM: Old name", "PATCH v2", { text: `v1: ${lore}1@example.org`, shortlog: {}, files: {} })],
        [all("KVM: New name", "PATCH v3", { text: `v1: ${lore}1@example.org`, author: bruno, shortlog: {}, files: {} })],
      ],
      ["v2,v3 0-1:changelog-link"],
    ],
    [
      "halves of what was split, both citing it, stay apart",
      [
        [
          all("KVM: Left", "PATCH v2", { text: `v1: ${lore}1@example.org`, shortlog: {}, files: {} }),
          all("KVM: Right", "PATCH v2", { text: `v1: ${lore}1@example.org`, shortlog: {}, files: {} }),
        ],
      ],
      ["v2", "v2"],
    ],
    [
      "another author goes on, and says so",
      [[all()], [all("KVM: All", "PATCH v2", { author: bruno, text: `v1: ${lore}1@example.org` })]],
      ["v1,v2 0-1:changelog-link+same-title"],
    ],
    ["renamed: its patches tell", [[all()], [all("KVM: Everything", "PATCH v2")]], ["v1,v2 0-1:overlap"]],
    [
      "renamed by another author",
      [[all()], [all("KVM: Everything", "PATCH v2", { author: bruno })]],
      ["v1", "v1"].map((_, at) => (at === 0 ? "v2" : "v1")),
    ],
    [
      "one title over the years, other patches and files",
      [[all()], [all("KVM: All", "PATCH v2", { shortlog: { "Ada Lind": ["KVM: Uno", "KVM: Due"] }, files: { "virt/kvm/kvm_main.c": 1 } })]],
      ["v2", "v1"],
    ],
    [
      "one title, nothing to compare by",
      [[all("KVM: All", "PATCH", { shortlog: {}, files: {} })], [all("KVM: All", "PATCH v2", { shortlog: {}, files: {} })]],
      ["v1,v2 0-1:same-title"],
    ],
    [
      "the same title again, nothing to compare by",
      [
        [all("KVM: All", "PATCH", { shortlog: {}, files: {}, text: "a" })],
        [all("KVM: All", "PATCH", { shortlog: {}, files: {}, text: "b" })],
      ],
      ["v1", "v1"],
    ],
    ["posted again without a version", [[all()], [all("KVM: All", "PATCH", { text: "Again." })]], ["v1,v1 0-1:same-title"]],
    [
      "a RESEND is a revision of its series",
      [[all()], [all("KVM: All", "PATCH RESEND")], [all("KVM: All", "PATCH v2")]],
      ["v1,v1s,v2 0-1:same-title 1-2:same-title"],
    ],
    [
      "a RESEND with nothing to compare by",
      [[all("KVM: All", "PATCH", { shortlog: {}, files: {} })], [all("KVM: All", "RESEND PATCH", { shortlog: {}, files: {} })]],
      ["v1,v1s 0-1:same-title"],
    ],
    [
      "an RFC comes before the real thing",
      [[all("KVM: All", "PATCH")], [all("KVM: All", "RFC PATCH v2")], [all("KVM: All", "RFC PATCH")]],
      ["v1r,v2r,v1 0-1:same-title 1-2:same-title"],
    ],
    [
      "a lone patch and its next version elsewhere",
      [[patchEntry("[PATCH] KVM: Fix the odd gadget", { "a.c": 1 })], [patchEntry("[PATCH v2] KVM: Fix the odd gadget", { "b.c": 1 })]],
      ["v1,v2 0-1:same-title"],
    ],
    [
      "a lone patch of a title that fits every other one, elsewhere",
      [[patchEntry("[PATCH] KVM: Fix typos", { "a.c": 1 })], [patchEntry("[PATCH v2] KVM: Fix typos", { "b.c": 1 })]],
      ["v2", "v1"],
    ],
    [
      "a lone patch of the same title by another, elsewhere",
      [[patchEntry("[PATCH] KVM: Fix typos", { "a.c": 1 })], [patchEntry("[PATCH] KVM: Fix typos", { "b.c": 1 }, bruno)]],
      ["v1", "v1"],
    ],
    [
      "a lone patch of the same title by the same author, elsewhere",
      [[patchEntry("[PATCH] KVM: Fix typos", { "a.c": 1 })], [patchEntry("[PATCH] KVM: Fix typos", { "b.c": 1 })]],
      ["v1", "v1"],
    ],
    ["a lone patch that went into a series", [[patchEntry("[PATCH] KVM: One", files)], [all()]], ["v1", "v1"]],
    [
      "a changelog below --- of a lone patch",
      [
        [patchEntry("[PATCH] KVM: Fix it", { "a.c": 1 })],
        [
          {
            subject: "[PATCH v2] KVM: Mend it",
            author: bruno,
            body: `Why.\n---\nv1: ${lore}1@example.org\n\n a.c | 1 +\n 1 file changed, 1 insertion(+)`,
          },
        ],
      ],
      ["v2", "v1"],
    ],
    ["one that skips a version is joined across it", [[all("KVM: All", "PATCH")], [all("KVM: All", "PATCH v3")]], ["v1,v3 0-1:same-title"]],
  ];
  for (const [name, digests, expected] of rows) test(name, () => assert.deepEqual(summary(seriesOf(...digests)), expected));

  test("a revision joined only through a newer one has its link from there", () => {
    const first = all("KVM: All", "PATCH", { text: "One." });
    const second = all("KVM: Every thing", "PATCH v2", { text: `v1: ${lore}0@example.org`, author: bruno, shortlog: {}, files: {} });
    const third = all("KVM: All", "PATCH v3", { text: `v2: ${lore}2@example.org\nv1: ${lore}0@example.org` });
    assert.deepEqual(summary(seriesOf([first], [second], [third])), ["v1,v2,v3 0-2:changelog-link+same-title 1-2:changelog-link"]);
  });

  test("what is known only by a link stands elsewhere, once, and not what was read", () => {
    const text = `v2:\n - ${lore}1@example.org\n\nv1 (RFC):\n - ${lore}0@example.org\n`;
    const [series] = seriesOf(
      [all("KVM: All", "PATCH v2", { text })],
      [all("KVM: All", "PATCH v3", { text: `v3:\n - ${lore}2@example.org\n\n${text}` })],
    );
    assert.deepEqual(
      series?.elsewhere.map(({ version, rfc, messageId }) => [version, rfc, messageId]),
      [
        [1, true, "0@example.org"],
        [1, false, "1@example.org"],
      ],
    );
  });

  test("title and subsystem are those of the newest revision", () => {
    const [series] = assembleSeries(postingsOf([all()], [all("KVM: All, really", "PATCH v2")]), sha256, ({ version }) => `of v${version}`);
    assert.deepEqual([series?.title, series?.subsystem], ["KVM: All, really", "of v2"]);
  });

  test("the id is the hash of the oldest title and author; those of all revisions stay valid", () => {
    const [one] = seriesOf([all("KVM: Everything", "PATCH v2")]);
    const [both] = seriesOf([all()], [all("KVM: Everything", "PATCH v2", { text: `v1: ${lore}1@example.org` })]);
    assert.equal(one?.id, sha256("KVM: Everything\nAda Lind <ada@example.org>").slice(0, 12));
    assert.equal(both?.id, sha256("KVM: All\nAda Lind <ada@example.org>").slice(0, 12));
    assert(both.aliases.includes(one.id));
    assert(both.aliases.includes("1@example.org"));
  });

  test("with a Message-ID the id is its hash", () => {
    assert.equal(seriesId(revision({ messageId: "1@example.org" }), sha256), sha256("1@example.org").slice(0, 12));
  });

  test("works that open alike have ids of their own, whatever the order of the sources", () => {
    const fixes = (...names: string[]): DigestEntry =>
      all("KVM: Fixes", "PATCH", { shortlog: { "Ada Lind": names.map((name) => `KVM: ${name}`) }, files: { [`${names.join("")}.c`]: 1 } });
    const years = [fixes("a", "b"), fixes("c", "d"), fixes("e", "f")];
    const ids = (digests: DigestEntry[][]): Record<string, string> =>
      Object.fromEntries(seriesOf(...digests).map(({ id, revisions }) => [revisions[0]?.files[0] ?? "", id]));
    const expected = ids(years.map((year) => [year]));
    assert.equal(new Set(Object.values(expected)).size, 3);
    assert.deepEqual(ids([...years].reverse().map((year) => [year])), expected);
    assert.deepEqual(ids([years]), expected);
  });

  test("newest first: by date, then later source, then higher in its digest", () => {
    const named = (title: string, source: number, position: number, date: string | null): Posting => ({
      revision: revision({ title, date, messageId: `${title}@example.org` }),
      source,
      position,
      signs: digestSigns([]),
    });
    const postings = [
      named("a", 0, 0, null),
      named("b", 1, 1, null),
      named("c", 1, 0, null),
      named("d", 0, 1, "2026-01-02T00:00:00Z"),
      named("e", 0, 2, "2026-01-03T00:00:00Z"),
    ];
    assert.deepEqual(
      assembleSeries(postings, sha256, () => "").map(({ title }) => title),
      ["e", "d", "c", "b", "a"],
    );
  });

  test("the order postings come in changes nothing", () => {
    const text = `v2:\n - ${lore}1@example.org\n`;
    const postings = postingsOf(
      [
        all(),
        patchEntry("[PATCH] KVM: Fix it", { "a.c": 1 }),
        all("KVM: Other", "RFC PATCH", { shortlog: { "Ada Lind": ["KVM: x", "KVM: y"] } }),
      ],
      [
        all("KVM: All", "PATCH v2", { text }),
        all("KVM: Fixes", "PATCH", { shortlog: {}, files: { "z.c": 1 } }),
        all("KVM: All", "PATCH RESEND"),
      ],
      [
        all("KVM: Everything", "PATCH v3", { text: `v2: ${lore}2@example.org\n` }),
        all("KVM: Fixes", "PATCH", { shortlog: {}, files: { "y.c": 1 } }),
        patchEntry("[PATCH v2] KVM: Fix it", { "a.c": 1 }),
      ],
      [
        all("KVM: Other", "PATCH", { shortlog: { "Ada Lind": ["KVM: x", "KVM: y", "KVM: z"] } }),
        all("KVM: Everything", "PATCH v4", { author: bruno, text: `v3: ${lore}3@example.org\n` }),
      ],
    );
    const expected = assembleSeries(postings, sha256, () => "other");
    assert(expected.some(({ revisions }) => revisions.length > 3));
    fc.assert(
      fc.property(fc.shuffledSubarray(postings, { minLength: postings.length }), (shuffled) => {
        assert.deepEqual(
          assembleSeries(shuffled, sha256, () => "other"),
          expected,
        );
      }),
    );
    assert.equal(new Set(expected.map(({ id }) => id)).size, expected.length);
  });
});
