import assert from "node:assert/strict";
import type { Trailer } from "../../../src/core/mail/trailers";
import { patchRows, type Series } from "../../../src/core/series/series";
import { hunksHtml, readPageHunks } from "../../../src/render/diffView";
import { filesSectionHtml, revisionCounts } from "../../../src/render/fileList";
import { markedNames, trailerMarks } from "../../../src/render/labels";
import { fileDiffsHtml, givenTrailersHtml, patchMarksHtml } from "../../../src/render/patchList";
import { pageHtml, seriesHtml } from "../../../src/render/seriesPage";
import { pageSeries, revisionWithReviews } from "../../../src/shared/pageSeries";
import { samplePatch, sampleRevision, sampleSeries } from "../../support/pageBuilders";
import { fileDiffs } from "../../support/pageHarness";
import { digestSeries, hostileSeries, longSeries, reviewedSeries } from "../../support/pageSamples";

function html(series: Series, open: readonly number[] = []): string {
  const page = pageSeries(series);
  return seriesHtml({
    series: page,
    revision: page.revisions.length - 1,
    layout: "line",
    open: new Set(open),
    openReplies: new Set(),
    folded: new Set(),
    now: Date.parse("2026-01-15T00:00:00Z"),
  });
}

/** What a person reads of some HTML, blanks joined. */
function read(text: string): string {
  return text
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ")
    .trim();
}

suite("series page", () => {
  test("the document lets nothing in but our own files", () => {
    const text = pageHtml({
      cspSource: "https://x.test",
      nonce: "abc",
      scriptUri: "https://x.test/p.js",
      styleUris: ["https://x.test/p.css"],
      title: "<b>",
    });
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(text)?.[1]?.replaceAll("&#39;", "'");
    assert.equal(
      policy,
      "default-src 'none'; style-src https://x.test; font-src https://x.test; script-src 'nonce-abc'; base-uri 'none'; form-action 'none'",
    );
    assert.deepEqual(text.match(/<(?:script|link|style|img)[^>]*>/g), [
      '<link rel="stylesheet" href="https://x.test/p.css">',
      '<script nonce="abc" src="https://x.test/p.js">',
    ]);
    assert.match(text, /<title>&lt;b&gt;<\/title>/);
  });

  test("a series is sent without its diffs, but with word of them", () => {
    const series = reviewedSeries();
    const page = pageSeries(series);
    assert.deepEqual(
      page.revisions[1]?.patches.map(({ diff, hasDiff }) => [diff, hasDiff]),
      series.revisions[1]?.patches.map(() => [null, true]),
    );
    assert.equal(pageSeries(digestSeries()).revisions[0]?.patches[0]?.hasDiff, false);
    assert.equal(JSON.stringify(page).includes("@@ -40"), false);
  });

  test("gaps stand between the patches, patches without a number last", () => {
    const patches = [samplePatch(1, "a", []), samplePatch(3, "b", []), samplePatch(null, "c", []), samplePatch(null, "d", [])];
    const page = pageSeries(sampleSeries([sampleRevision({ patches, expected: 6, missing: [2, 4] })]));
    assert.deepEqual(
      patchRows(page.revisions[0]!).map((slot) => ("gap" in slot ? slot.gap : slot.patch.title)),
      ["a", 2, "b", 4, "c", "d"],
    );
  });

  test("the files of a revision are its diffstat, else its patches' files once each", () => {
    const change = { path: "a.c", hunks: [["+x", "-y"]] };
    const patches = [samplePatch(1, "a", [change, { path: "b.c", hunks: [["+x"]] }]), samplePatch(2, "b", [change])];
    const page = pageSeries(sampleSeries([sampleRevision({ patches })]));
    const rows = filesSectionHtml(page.revisions[0]!).match(/data-row="[^"]*"|\d+ (?:added|deleted)/g) ?? [];
    assert.deepEqual(rows.slice(0, 6), ['data-row="a.c"', "2 added", "2 deleted", 'data-row="b.c"', "1 added", "0 deleted"]);
    assert.deepEqual(revisionCounts(page.revisions[0]!), { files: 2, added: 3, deleted: 2 });
    assert.deepEqual(revisionCounts(pageSeries(digestSeries()).revisions[0]!), { files: 12, added: 717, deleted: 480 });
  });

  test("a bar shows what part was added even where the graph is scaled", () => {
    const rows = html(digestSeries()).match(/<span class="graph".*?<\/span><\/span>/g) ?? [];
    assert.equal(rows[2], '<span class="graph" aria-hidden="true"><span class="plus w-13"></span><span class="minus w-7"></span></span>');
    assert.equal(rows[9], '<span class="graph" aria-hidden="true"><span class="plus w-1"></span><span class="minus w-0"></span></span>');
  });

  test("a person who reviewed several patches counts once", () => {
    const ben = { key: "reviewed-by", value: "Ben <ben@example.org>", via: "reply" } as const;
    assert.deepEqual(trailerMarks([ben, { ...ben, key: "Reviewed-by", via: "patch" }, { ...ben, key: "Cc" }]), [
      { letter: "R", key: "Reviewed-by", word: "Reviewed", people: [{ person: "Ben <ben@example.org>", from: null }] },
    ]);
  });

  test("a review that is carried over counts once, and is said to be only where it was not given again", () => {
    const given = (name: string, revision?: string) =>
      ({ key: "Reviewed-by", value: `${name} <${name}@example.org>`, via: "reply", ...(revision ? { revision } : {}) }) as const;
    const marks = trailerMarks([given("Ben", "v1"), given("Ben", "v2"), given("Chen", "v1"), given("Chen"), given("Dora")]);
    assert.deepEqual(
      [3, 2].map((most) => marks.map(({ people }) => markedNames(people, most))),
      [["Ben (from v1), Chen, Dora"], ["Ben (from v1), Chen and 1 more"]],
    );
  });

  test("what still holds of older revisions is added to a patch, and what was said before it changed is told apart", () => {
    const page = pageSeries(reviewedSeries());
    const [revision] = page.revisions;
    const [first] = revision?.patches ?? [];
    assert(revision && first);
    const review = (name: string): Trailer => ({ key: "Reviewed-by", value: `${name} <x@example.org>`, via: "reply", revision: "v<2>" });
    const trailers = [...first.trailers, review("Ben")];
    const former = [
      review("Chen"),
      { ...review("Di\u202e"), giver: "other" as const },
      { ...review("Ed"), key: "acked-by", via: "cover" as const },
    ];
    const full = revisionWithReviews(revision, [{ trailers, former }]);
    assert.equal(full.awaitsReviews, false);
    const html = givenTrailersHtml(full.patches[0]!);
    assert.match(read(html), /Reviewed-by: Ben &lt;x@example.org&gt; from v&lt;2&gt; in a reply/);
    assert.match(read(html), /Reviewed by Chen and Di⟨U\+202E⟩ \(given by someone else\) in v&lt;2&gt;; the patch changed since/);
    assert.match(read(html), /Acked by Ed in v&lt;2&gt;; the patch changed since/);
    assert.match(patchMarksHtml(full.patches[0]!, full), /Ben \(from v&lt;2&gt;\)/);
  });

  test("of many trailers the first are shown, and the others counted", () => {
    const many = Array.from({ length: 5000 }, (_, at): Trailer => ({
      key: "Reviewed-by",
      value: `P${at} <p${at}@example.org>`,
      via: "reply",
      revision: "v1",
    }));
    const text = read(givenTrailersHtml({ trailers: many, former: many }));
    assert.match(
      text,
      /P39 &lt;p39@example.org&gt; from v1 in a reply Reviewed by P0, .*, P18, P19 and 4980 more in v1; the patch changed since 4960 more trailers/,
    );
    assert(
      patchMarksHtml(
        { ...pageSeries(reviewedSeries()).revisions[0]!.patches[0]!, trailers: many },
        pageSeries(reviewedSeries()).revisions[0]!,
      ).length < 3000,
    );
  });

  test("a joined verdict is each of them, near addresses are one person, and what somebody else says is not counted", () => {
    const of = (key: string, value: string, giver?: "other") => ({ key, value, via: "reply" as const, ...(giver ? { giver } : {}) });
    const ben = "Ben <ben@example.org>";
    const letters = (...trailers: Array<ReturnType<typeof of>>): string =>
      trailerMarks(trailers)
        .map((one) => `${one.letter}${one.people.length}`)
        .join(" ");
    assert.equal(letters(of("Reviewed-and-tested-by", ben)), "R1 T1");
    assert.equal(letters(of("Reviewed-by", ben), of("Reviewed-by", "Ben B <Ben+kvm@example.org>")), "R1");
    assert.equal(letters(of("Acked-by", ben, "other")), "");
    assert.equal(letters(of("Not-reviewed-by", ben)), "");
  });

  test("ages are told by the clock that is passed in", () => {
    assert.match(read(html(reviewedSeries())), /Ada Marsh 12 Jan 2026 , 2d ago 4 of 5 patches 4 files \+43 −6 1R 1A/);
  });

  test("what a digest does not tell is not made up", () => {
    const text = read(html(digestSeries()));
    assert.match(text, /Ada Marsh 001_digest.txt 6 patches/);
    assert.match(text, /359 changed/);
    assert.match(text, /–\/6 KVM: VMX: Move part 5 of the enablement to the kernel title only/);
    assert.doesNotMatch(text, /null|undefined|NaN/);
  });

  test("nothing in a mail becomes markup", () => {
    const series = hostileSeries();
    const files = fileDiffs(series.revisions[0]?.patches[0]?.diff ?? "").map((diff) => ({ diff, read: readPageHunks(diff.text) }));
    const diffs = files.flatMap(({ diff, read: { hunks } }) => [
      hunksHtml(hunks, "line", diff.path, 10),
      hunksHtml(hunks, "side", diff.path, 10),
    ]);
    const all = [html(series, [0]), fileDiffsHtml(files), ...diffs].join("");
    const allowed =
      /^(?:a|bdi|button|col|colgroup|details|div|h[1-4]|header|li|main|nav|ol|p|section|span|summary|table|tbody|td|time|tr|ul)$/;
    for (const [tag, name = ""] of all.matchAll(/<\/?([a-z0-9]+)(?:\s[^>]*)?>/gi)) {
      assert.match(name, allowed, tag);
      // What stands in quotes is data; what is left are the names of attributes.
      assert.doesNotMatch(tag.replace(/"[^"]*"/g, '""'), /\s(?:on\w+|style|href|src|srcdoc|action)=/i, tag);
    }
    assert.doesNotMatch(all, /[\u202a-\u202e\u2066-\u2069]/);
    assert.doesNotMatch(all, /data-url="(?!https?:)/);
  });

  test("changed words are marked, unless nearly all of a line changed", () => {
    const marked = (...lines: string[]): string =>
      hunksHtml([{ header: "@@ -1 +1 @@", oldStart: 1, newStart: 1, lines, place: 0 }], "line", "a.c", 2);
    assert.match(marked("-call(first, second);", "+call(first, third);"), /call\(first, <span class="word">third<\/span>\);/);
    assert.doesNotMatch(marked("-x", "+while (true) continue;"), /class="word"/);
  });

  test("both layouts have every line with its number", () => {
    const lines = [" a", "-b", "+c", "+d", " e", "\\ No newline at end of file"];
    const hunk = { header: "@@ -7,3 +7,4 @@ f()", oldStart: 7, newStart: 7, lines, place: 0 };
    const numbers = (text: string): string[] => Array.from(text.matchAll(/data-line="(\d+)"/g), ([, number]) => number ?? "");
    assert.deepEqual(numbers(hunksHtml([hunk], "line", "a.c", 6)), ["7", "7", "8", "8", "9", "9", "10"]);
    const [left = "", right = ""] = hunksHtml([hunk], "side", "a.c", 6).split('aria-label="New');
    assert.deepEqual(
      [numbers(left), numbers(right)],
      [
        ["7", "8", "9"],
        ["7", "8", "9", "10"],
      ],
    );
    assert.equal(left.match(/<tr/g)?.length, right.match(/<tr/g)?.length);
    assert.doesNotMatch(hunksHtml([{ ...hunk, header: "" }], "line", "a.c", 6), /class="hunk"/);
  });

  test("the page of a long series is made in little time", () => {
    const series = longSeries(44, 8000);
    const start = process.cpuUsage();
    html(series);
    const { user } = process.cpuUsage(start);
    assert.ok(user < 500_000, `${user / 1000} ms`);
  });
});
