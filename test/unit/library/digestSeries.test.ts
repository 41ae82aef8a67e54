import assert from "node:assert/strict";
import type { NamedDigest } from "../../../src/core/digest/digestPostings";
import { DigestSeries, type JoinPostings } from "../../../src/library/digestSeries";
import { Library } from "../../../src/library/library";
import { digestOf, patchEntry, revision, seriesOf, seriesWith } from "../../support/invented";

const digests: readonly NamedDigest[] = [
  { name: "1.txt", digest: digestOf(patchEntry("[PATCH] KVM: Fix it"), patchEntry("[PATCH] KVM: Break it")) },
];
const known = seriesOf([patchEntry("[PATCH] KVM: Break it")]).flatMap(({ revisions }) => revisions);

suite("series of digests", () => {
  let joins = 0;
  const join: JoinPostings = (postings) => {
    joins++;
    return postings.map((posting) => seriesWith([posting.revision]));
  };
  setup(() => (joins = 0));

  test("are joined once for archives that change beside them", () => {
    const series = new DigestSeries();
    const corrections: never[] = [];
    const first = series.of(digests, [], corrections, join);
    assert.equal(first.length, 2);
    assert.equal(series.of(digests, [revision({ title: "KVM: Another one" })], corrections, join), first);
    assert.equal(joins, 1);
  });

  test("are joined anew for other digests, archives that tell of one, corrections, and trees", () => {
    const series = new DigestSeries();
    const corrections: never[] = [];
    series.of(digests, [], corrections, join);
    assert.deepEqual(
      series.of(digests, known, corrections, join).map(({ title }) => title),
      ["KVM: Fix it"],
    );
    series.of(digests, known, [], join);
    series.of(digests, known, corrections, (...asked) => join(...asked));
    series.of([...digests], known, corrections, join);
    assert.equal(joins, 5);
  });

  test("of a library stay the same series while archives change", async () => {
    const library = new Library();
    await library.sync([{ name: "1.txt", read: () => Promise.resolve({ digests, problems: [] }) }]);
    const before = library.series;
    library.archivesChanged(null, [{ source: "/mail", message: "Odd." }]);
    assert.deepEqual(
      library.series.map((one, at) => one === before[at]),
      [true, true],
    );
    library.surround({ rules: [{ name: "mine", titles: ["*fix*"], paths: [] }], trees: [] });
    assert.notEqual(library.series[0], before[0]);
  });
});
