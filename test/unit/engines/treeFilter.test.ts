import assert from "node:assert/strict";
import type { Series } from "../../../src/core/series/series";
import { Emitter } from "../../../src/engines/ports";
import { TreeFilter } from "../../../src/engines/treeFilter";
import { FakeClock, settled } from "../../support/fakeClock";
import { FakeLog } from "../../support/fakePorts";
import { revision, seriesWith } from "../../support/invented";

const [one, two] = ["aaaaaaaaaaaa", "bbbbbbbbbbbb"].map((id) => seriesWith([revision()], { id }));

function makeGround() {
  const changed = new Emitter<void>();
  const library = { series: [one!, two!] as readonly Series[], onDidChange: changed.event };
  const clock = new FakeClock();
  const log = new FakeLog();
  const searches: Array<{ words: string; signal: AbortSignal; find: (found: readonly Series[]) => void; fail: (error: Error) => void }> =
    [];
  const kept = new Set<string>();
  const filter = new TreeFilter({
    library,
    keeps: ({ id }) => kept.has(id),
    clock,
    log,
    search: (words, signal) => new Promise((find, fail) => searches.push({ words, signal, find, fail })),
  });
  const shown: string[] = [];
  filter.onDidChange(() => shown.push(`${filter.words}: ${filter.found.length}`));
  return { filter, kept, library, changed, clock, log, searches, shown };
}

suite("filter of the view", () => {
  test("without words all series are shown, as they are now", () => {
    const { filter, library, changed, searches, shown } = makeGround();
    assert.equal(filter.found, library.series);
    library.series = [one!];
    changed.fire();
    assert.deepEqual([filter.found, shown, searches], [[one], [": 1"], []]);
  });

  test("while a person types it is searched once, for what they typed last", async () => {
    const { filter, clock, searches, shown } = makeGround();
    for (const words of ["t", "td", "tdx"]) {
      filter.type(words);
      await clock.pass(30);
    }
    assert.equal(searches.length, 0);
    await clock.pass(30);
    assert.deepEqual(
      searches.map(({ words }) => words),
      ["tdx"],
    );
    assert.deepEqual([filter.words, shown], ["", []]);
    searches[0]!.find([two!]);
    await settled();
    assert.deepEqual([filter.words, filter.found, shown], ["tdx", [two], ["tdx: 1"]]);
  });

  test("a search that fails leaves what was found, and the view is drawn again, since it shows problems too", async () => {
    const { filter, changed, searches, shown, log } = makeGround();
    filter.narrow("tdx");
    searches[0]!.find([two!]);
    await settled();
    changed.fire();
    searches[1]!.fail(new Error("The index is away."));
    await settled();
    assert.deepEqual([filter.found, shown, log.errors], [[two], ["tdx: 1", "tdx: 1"], ["The index is away."]]);
  });

  test("newer words end the search for older ones, whose answer is dropped", async () => {
    const { filter, searches, shown } = makeGround();
    filter.narrow("old");
    filter.narrow("new");
    assert.deepEqual(
      searches.map(({ signal }) => signal.aborted),
      [true, false],
    );
    searches[1]!.find([two!]);
    searches[0]!.find([one!, two!]);
    await settled();
    assert.deepEqual(shown, ["new: 1"]);
    filter.narrow("newer");
    filter.narrow("");
    searches[2]!.find([]);
    await settled();
    assert.deepEqual([filter.words, filter.found.length], ["", 2]);
  });

  test("it is searched again when other series are known, and for nothing else", async () => {
    const { filter, changed, searches } = makeGround();
    filter.narrow("tdx");
    searches[0]!.find([one!]);
    await settled();
    assert.equal(searches.length, 1);
    changed.fire();
    assert.deepEqual([searches.length, filter.found], [2, [one]]);
    searches[1]!.find([two!]);
    await settled();
    assert.deepEqual(filter.found, [two]);
  });

  test("series that come while words are searched for are searched by the same words", () => {
    const { filter, changed, searches } = makeGround();
    filter.narrow("tdx");
    changed.fire();
    assert.deepEqual(
      searches.map(({ words, signal }) => [words, signal.aborted]),
      [
        ["tdx", true],
        ["tdx", false],
      ],
    );
  });

  test("a search that fails is in the log and leaves what was found", async () => {
    const { filter, log, searches } = makeGround();
    filter.narrow("tdx");
    searches[0]!.fail(new Error("The index is away."));
    await settled();
    assert.deepEqual([log.errors, filter.found.length], [["The index is away."], 2]);
    filter.narrow("mmu");
    filter.narrow("");
    searches[1]!.fail(new Error("The index was closed."));
    await settled();
    assert.equal(log.errors.length, 1);
  });

  test("taking the filter off forgets what was typed", async () => {
    const { filter, clock, searches } = makeGround();
    filter.type("tdx");
    filter.narrow("");
    filter.type("mmu");
    filter.dispose();
    await clock.pass(100);
    assert.deepEqual([searches, clock.waiting], [[], 0]);
  });

  test("what has landed is left out and counted, unless it is asked for or kept", async () => {
    const { filter, kept, library, changed, searches } = makeGround();
    const landed: Series = { ...two!, status: "landed" };
    library.series = [one!, landed];
    changed.fire();
    assert.deepEqual([filter.found, filter.hidden], [[one], 1]);
    filter.showLanded(true);
    assert.deepEqual([filter.found, filter.hidden, filter.showsLanded], [[one, landed], 0, true]);
    filter.showLanded(false);
    kept.add(landed.id);
    changed.fire();
    assert.deepEqual(filter.found, [one, landed]);
    kept.clear();
    filter.narrow("status:landed");
    searches[0]!.find([landed]);
    await settled();
    assert.deepEqual([filter.found, filter.hidden], [[landed], 0]);
  });
});
