import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import type { NamedDigest } from "../../../src/core/digest/digestPostings";
import { finished } from "../../../src/core/steps";
import { DigestSeries, type JoinPostings } from "../../../src/library/digestSeries";
import { correctionNameOf, Library } from "../../../src/library/library";
import type { makeSlicer } from "../../../src/library/slices";
import { digestOf, patchEntry, revision, seriesOf, seriesWith } from "../../support/invented";

const digests: readonly NamedDigest[] = [
  { name: "1.txt", digest: digestOf(patchEntry("[PATCH] KVM: Fix it"), patchEntry("[PATCH] KVM: Break it")) },
];
const known = seriesOf([patchEntry("[PATCH] KVM: Break it")]).flatMap(({ revisions }) => revisions);

suite("series of digests", () => {
  let joins = 0;
  const join: JoinPostings = function* (postings) {
    joins++;
    yield;
    return postings.map((posting) => seriesWith([posting.revision]));
  };
  setup(() => (joins = 0));

  test("are joined once for archives that change beside them", () => {
    const series = new DigestSeries();
    const corrections: never[] = [];
    const first = finished(series.of(digests, [], corrections, join));
    assert.equal(first.length, 2);
    assert.equal(finished(series.of(digests, [revision({ title: "KVM: Another one" })], corrections, join)), first);
    assert.equal(joins, 1);
  });

  test("are joined anew for other digests, archives that tell of one, corrections, and trees", () => {
    const series = new DigestSeries();
    const corrections: never[] = [];
    finished(series.of(digests, [], corrections, join));
    assert.deepEqual(
      finished(series.of(digests, known, corrections, join)).map(({ title }) => title),
      ["KVM: Fix it"],
    );
    finished(series.of(digests, known, [], join));
    finished(series.of(digests, known, corrections, (...asked) => join(...asked)));
    finished(series.of([...digests], known, corrections, join));
    assert.equal(joins, 5);
  });

  test("what was begun for other digests and given up is not taken for these", () => {
    const series = new DigestSeries();
    const corrections: never[] = [];
    const first = finished(series.of(digests, [], corrections, join));
    series.of([], [], corrections, join).next();
    assert.equal(finished(series.of(digests, [], corrections, join)).length, first.length);
  });

  test("many are joined in slices; until then a library knows what it knew, and the last change counts", async () => {
    const many: readonly NamedDigest[] = Array.from({ length: 10 }, (_, at) => ({
      name: `${at}.txt`,
      digest: digestOf(...Array.from({ length: 10 }, (_, each) => patchEntry(`[PATCH] KVM: Fix ${at}.${each}`))),
    }));
    let pauses = 0;
    const slicer: typeof makeSlicer = (isOver) => async () => {
      pauses++;
      await setImmediate();
      return isOver();
    };
    const library = new Library({ slicer });
    const read = (all: readonly NamedDigest[]) => ({ name: "many", read: () => Promise.resolve({ digests: all, problems: [] }) });
    const told: number[] = [];
    library.onDidChange(() => told.push(library.series.length));
    const first = library.sync([read(many)]);
    await setImmediate();
    library.surround({ rules: [{ name: "mine", titles: ["fix"] }], trees: [] });
    await first;
    assert.deepEqual(told, [100]);
    assert(pauses > 5, `${pauses} pauses`);
    assert.equal(library.series[0]?.subsystem, "mine");
    const [one, other] = library.series.map(({ revisions }) => correctionNameOf(revisions[0]!));
    await library.correct([{ kind: "join", first: one ?? "", second: other ?? "" }]);
    assert.equal(library.series.length, 99);
    const before = library.series;
    library.surround({ rules: [], trees: [] });
    assert.equal(library.series, before);
    library.dispose();
    for (let turn = 0; turn < 50; turn++) await setImmediate();
    assert.equal(library.series, before);
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
