import assert from "node:assert/strict";
import type { Series } from "../../../src/core/series/series";
import { SeriesNeeds } from "../../../src/engines/seriesNeeds";
import { assembled, day, madeSeries, start } from "../../support/madeMail";
import { MadeLibrary } from "../../support/madeLibrary";

const series = assembled([
  ...madeSeries({ id: "low", title: "KVM: low", paths: ["a.c", "b.c", "c.c"] }),
  ...madeSeries({
    id: "high",
    title: "KVM: high",
    at: start + 10 * day,
    letter: "Depends-on: <low-2@example.org>\nBased on top of kvm-x86/next.\n",
    titles: ["KVM: Three", "KVM: Four"],
    paths: ["f.c", "g.c"],
  }),
]).series;
const named = (title: string): Series => series.find((one) => one.title === title) ?? assert.fail(`no ${title}`);
const patchId = "00112233445566778899aabbccddeeff00112233";

suite("what series need", () => {
  let held = new MadeLibrary();
  let searched: string[] = [];
  let asked: Array<readonly [string, readonly string[]]> = [];

  function make(isTrusted = true): SeriesNeeds {
    [held, searched, asked] = [new MadeLibrary(series), [], []];
    const { library } = held;
    return new SeriesNeeds({
      library: {
        get series() {
          return library.series;
        },
        find: (id) => library.find(id),
        search: (query) => {
          searched.push(query);
          return [named("KVM: low")];
        },
      },
      trees: { topsForSeries: (one) => (one.title === "KVM: high" ? ["/second", "/first"] : []) },
      git: () => (isTrusted ? {} : null),
      engine: () =>
        Promise.resolve({
          findBases: (top, names) => {
            asked.push([top, names]);
            return Promise.resolve(new Map());
          },
        }),
    });
  }

  test("what they say they need is looked for among the series of now, and once for each state of the library", () => {
    const needs = make();
    assert.equal(needs.dependencies(named("KVM: high"))[0]?.series?.title, "KVM: low");
    const index = needs.index();
    assert.equal(needs.index(), index);
    held.hold([named("KVM: high")]);
    assert.notEqual(needs.index(), index);
    assert.equal(needs.dependencies(named("KVM: high"))[0]?.series, undefined);
  });

  test("a patch is searched for by its id once, and what is no id is not searched for", () => {
    const needs = make();
    assert.equal(needs.ofPatchId(patchId)?.title, "KVM: low");
    needs.ofPatchId(patchId);
    assert.equal(needs.ofPatchId("tea OR pot"), undefined);
    assert.deepEqual(searched, [`patchid:${patchId}`]);
    // What held it may be gone.
    held.hold([named("KVM: high")]);
    needs.ofPatchId(patchId);
    assert.equal(searched.length, 2);
  });

  test("bases are asked for in the tree that is asked first, and of no git before the workspace is trusted", async () => {
    const found = await make().bases(series);
    assert.deepEqual(
      asked.map(([top]) => top),
      ["/second"],
    );
    assert.deepEqual(found.get(named("KVM: low")), []);
    assert.equal(found.get(named("KVM: high"))?.[0]?.known, null);
    const untrusted = await make(false).bases(series);
    assert.deepEqual([asked, untrusted.get(named("KVM: high"))?.[0]?.known], [[], undefined]);
  });
});
