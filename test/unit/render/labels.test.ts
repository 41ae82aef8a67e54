import assert from "node:assert/strict";
import * as labels from "../../../src/render/labels";
import type { Patch } from "../../../src/core/series/series";
import { revision, seriesWith } from "../../support/invented";
import type { Trailer } from "../../../src/core/mail/trailers";

const now = Date.parse("2026-03-01T12:00:00Z");

function patch(index: number | null, ...trailers: readonly string[]): Patch {
  const read = trailers.map((text): Trailer => ({ key: text.split(": ")[0] ?? "", value: text.split(": ")[1] ?? "", via: "patch" }));
  return {
    index,
    title: "KVM: Fix it",
    author: { name: "", email: "" },
    messageId: null,
    message: null,
    diff: null,
    files: [],
    trailers: read,
  };
}

suite("labels", () => {
  const ages: ReadonlyArray<readonly [string | null, string]> = [
    [null, ""],
    ["2026-03-01T11:30:00Z", "now"],
    ["2026-03-01T12:30:00Z", "now"],
    ["2026-03-01T10:59:00Z", "1h"],
    ["2026-02-28T12:01:00Z", "23h"],
    ["2026-02-28T12:00:00Z", "1d"],
    ["2026-02-16T12:00:00Z", "13d"],
    ["2026-02-15T12:00:00Z", "2w"],
    ["2025-12-21T12:00:00Z", "2mo"],
    ["2024-03-01T12:00:00Z", "2y"],
  ];
  for (const [date, expected] of ages) test(`age of ${date ?? "nothing"}`, () => assert.equal(labels.age(date, now), expected));

  test("revisions", () => {
    const name = (version: number, rfc: boolean, resend?: boolean): string =>
      labels.revisionName({ version, rfc, ...(resend === undefined ? {} : { resend }) });
    assert.deepEqual(
      [name(3, false), name(1, true), name(2, false, true), name(2, true, true)],
      ["v3", "v1 RFC", "v2 resend", "v2 RFC resend"],
    );
  });

  test("counts", () => {
    assert.deepEqual(
      [labels.plural(1, "file"), labels.plural(2, "file"), labels.plural(0, "patch", "patches")],
      ["1 file", "2 files", "0 patches"],
    );
    assert.deepEqual(
      [
        labels.patchCount(revision()),
        labels.patchCount(revision({ expected: 5, missing: [2, 4] })),
        labels.patchCount(revision({ expected: 16 })),
      ],
      ["1 patch", "3 of 5 patches", "16 patches"],
    );
    assert.deepEqual([labels.patchNumber(patch(3), { expected: 16 }), labels.patchNumber(patch(null), { expected: 16 })], ["3/16", "–/16"]);
  });

  test("reviews: a person counts once for each kind", () => {
    const patches = [
      patch(1, "Reviewed-by: Ada", "Acked-by: Ada"),
      patch(2, "reviewed-by: Ada", "Reviewed-by: Bruno", "Tested-by: Chen", "Signed-off-by: Dora"),
    ];
    assert.equal(labels.reviewCounts(revision({ patches })), "2R 1A 1T");
    assert.equal(labels.reviewCounts(revision({ patches: [patch(1)] })), "");
  });

  test("what stands beside a series, and what is said of it", () => {
    const series = seriesWith([revision({ version: 3, expected: 2, date: "2026-02-26T12:00:00Z", patches: [patch(1, "Acked-by: Ada")] })], {
      status: "in-review",
    });
    assert.equal(labels.seriesDescription(series, now), "v3 · 2 patches · 1A · 3d");
    assert.equal(labels.seriesSpoken(series, now), "KVM: Do a thing, version 3, 2 patches, by Ada Lind, in review, sent 3d ago");
    assert.equal(labels.seriesDescription(seriesWith([revision()]), now), "v1 · 1 patch");
  });

  test("text of strangers shows what is hidden in it", () => {
    assert.equal(labels.titleText("KVM\u202e"), "KVM⟨U+202E⟩");
    assert.equal(labels.titleText(""), "(no subject)");
    assert.deepEqual(
      [labels.authorName({ author: { name: "", email: "a@example.org" } }), labels.authorName({ author: { name: "", email: "" } })],
      ["a@example.org", "unknown author"],
    );
    assert.equal(labels.trailerText({ key: "Acked-by", value: "Ada\u200b", via: "cover" }), "Acked-by: Ada⟨U+200B⟩ (on the cover letter)");
    assert.equal(labels.trailerText({ key: "Acked-by", value: "Ada", via: "reply" }), "Acked-by: Ada (in a reply)");
    const carried = { key: "Acked-by", value: "Ada", via: "cover", revision: "v1" } as const;
    assert.equal(labels.trailerText(carried), "Acked-by: Ada (from v1, on the cover letter)");
    assert.equal(labels.statusName("changes-requested"), "changes requested");
  });
});
