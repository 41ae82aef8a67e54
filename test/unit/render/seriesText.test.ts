import assert from "node:assert/strict";
import { countedFiles } from "../../../src/render/fileList";
import { seriesReport, showReport } from "../../../src/render/seriesJson";
import { problemLine, revisionText, seriesListText, seriesText, touchingText } from "../../../src/render/seriesText";
import { coverEntry, patchEntry, revision, seriesOf, seriesWith } from "../../support/invented";
import { threadSeries } from "../../support/pageThread";

const shortlog = { "Ada Lind": ["KVM: One", "KVM: Two"] };
const [series] = seriesOf(
  [coverEntry("[PATCH RFC 0/2] KVM: All", { shortlog, text: "v0." })],
  [
    patchEntry("[PATCH v2 1/2] KVM: One", { "a.c": 2 }),
    coverEntry("[PATCH v2 0/2] KVM: All", { shortlog, files: { "a.c": 2 }, text: "v1 (RFC): https://lore.kernel.org/all/1@example.org" }),
  ],
);
assert(series);

suite("series as text", () => {
  test("the list has a heading for each subsystem and ends with the count", () => {
    const text = seriesListText([
      seriesWith([revision({ title: "B" })], { subsystem: "x86", title: "B" }),
      seriesWith([revision({ title: "A" })], { subsystem: "arm64", title: "A" }),
      seriesWith([revision({ title: "C" })], { subsystem: "x86", title: "C" }),
    ]);
    assert.deepEqual(
      text.split("\n").filter((line) => !line.startsWith("      ")),
      ["arm64", "  0123456789ab  A", "", "x86", "  0123456789ab  B", "  0123456789ab  C", "", "3 series", ""],
    );
    assert.equal(seriesListText([]), "No series.\n");
  });

  test("a series tells its revisions, why they are joined, and the newest one whole", () => {
    const text = seriesText(series, null);
    assert.match(text, /^KVM: All\n[0-9a-f]{12} · other · new\n/);
    assert.match(text, /^v1 RFC {2}2 patches · Ada Lind <ada@example.org> · 0\.txt$/m);
    assert.match(text, /^v2 {2}2 patches · .* · 1\.txt · joined with v1 RFC by changelog-link, same-title$/m);
    assert.match(text, /\n {2}1\/2 {2}KVM: One\n {9}Signed-off-by: Ada Lind <ada@example.org>\n {2}2\/2 {2}KVM: Two\n/);
    assert.match(text, /\nFiles\n {2}a\.c {2}\+2 -0\n$/);
  });

  test("what replies report as applied stands in the text with their words, and in JSON", () => {
    const { series: thread } = threadSeries();
    const found = seriesText(thread, null).split("\nReported applied\n")[1] ?? "";
    assert.deepEqual(found.split("\n").slice(0, 3), [
      "  patch 1 as abcdef0123456789abcdef0123456789abcdef01  “Applied to kvm-x86 misc, thanks!”",
      "         Ben Okoro <ben@example.org> 2026-01-18T09:30:00Z <r6@example.org>",
      "  patch 2 as fedcba9876543210fedcba9876543210fedcba98  “Applied to kvm-x86 misc, thanks!”",
    ]);
    assert.doesNotMatch(seriesText(series, null), /Reported applied/);
    const report = {
      messageId: "r6@example.org",
      from: { name: "Ben Okoro", email: "ben@example.org" },
      date: "2026-01-18T09:30:00Z",
      patches: [1],
      commit: "abcdef0123456789abcdef0123456789abcdef01",
      quote: "Applied to kvm-x86 misc, thanks!",
    };
    const [newest] = thread.revisions;
    for (const json of [seriesReport([thread], []), showReport(thread, null, []), showReport(thread, newest ?? null, [])]) {
      const text = JSON.stringify(json);
      assert(text.includes(`"applied":[${JSON.stringify(report)},`), text);
    }
    assert(JSON.stringify(seriesReport([series], [])).includes('"applied":[]'));
  });

  test("only one revision where one is asked for", () => {
    const text = seriesText(series, series.revisions[0] ?? null);
    assert.doesNotMatch(text, /^v2/m);
  });

  test("without a cover letter only a lone patch has a text that is the revision's", () => {
    const patches = ["One", "Two"].map((name, at) => ({
      index: at + 1,
      title: `KVM: ${name}`,
      author: { name: "Ada Lind", email: "ada@example.org" },
      messageId: null,
      message: `The text of ${name}.`,
      diff: null,
      files: [],
      trailers: [],
    }));
    assert.match(revisionText(revision({ expected: 1, patches: patches.slice(0, 1) })), /The text of One\./);
    assert.doesNotMatch(revisionText(revision({ expected: 2, patches })), /The text of/);
    assert.doesNotMatch(revisionText(revision({ expected: 2, patches: patches.slice(0, 1), missing: [2] })), /The text of/);
  });

  test("patches that never came are lines of their own", () => {
    assert.match(revisionText(revision({ expected: 3, missing: [2, 3] })), /\n {2}2\/3 {2}\(not found\)\n {2}3\/3 {2}\(not found\)\n/);
  });

  test("files: counts, unknown counts, binary, renamed", () => {
    const file = { changed: 3, added: null, deleted: null };
    const text = revisionText(
      revision({
        diffstat: [
          { path: "a.c", ...file },
          { path: "b.png", ...file, changed: null },
          { path: "d.c", oldPath: "c.c", changed: 1, added: 1, deleted: 0 },
        ],
      }),
    );
    assert.match(text, /\nFiles\n {2}a\.c {2}3\n {2}b\.png {2}binary\n {2}c\.c => d\.c {2}\+1 -0\n$/);
    assert.equal(countedFiles(revision()).length, 0);
  });

  test("who touches a path", () => {
    const text = touchingText("a.c", [
      { series, patches: [1, 2], lines: [] },
      { series, patches: [], lines: [] },
    ]);
    assert.deepEqual(
      text.split("\n").map((line) => line.replace(/^[0-9a-f]{12}/, "id")),
      ["id  KVM: All  v2 · patch 1, 2", "id  KVM: All  v2 · named in the cover letter's diffstat", ""],
    );
    assert.equal(touchingText("a\u202e.c", []), "No pending series touches a⟨U+202E⟩.c.\n");
  });

  test("a problem is one line, whatever its source is called", () =>
    assert.equal(problemLine({ source: "a\nb", message: "Odd\u001b." }), "a b: Odd⟨U+001B⟩."));
});
