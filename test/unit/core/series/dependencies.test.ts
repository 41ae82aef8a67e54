import assert from "node:assert/strict";
import { dependencyIndex, seriesBelow } from "../../../../src/core/series/dependencies";
import { newestRevision, type Series } from "../../../../src/core/series/series";
import { assembled, day, madeSeries, start } from "../../../support/madeMail";

const series = assembled([
  ...madeSeries({ id: "low", title: "KVM: low", letter: "change-id: 20260301-low-0123456789ab\n", paths: ["a.c", "b.c", "c.c"] }),
  ...madeSeries({
    id: "middle",
    title: "KVM: middle",
    at: start + 5 * day,
    letter: "prerequisite-change-id: 20260301-low-0123456789ab:v1\nprerequisite-message-id: <gone@example.org>\n",
    titles: ["KVM: One", "KVM: Two"],
    paths: ["d.c", "e.c"],
  }),
  ...madeSeries({
    id: "high",
    title: "KVM: high",
    at: start + 10 * day,
    letter:
      "Depends-on: <middle-2@example.org>\nprerequisite-patch-id: 00112233445566778899aabbccddeeff00112233\nprerequisite-base-commit: 0123456789ab\nBased on top of kvm-x86/next.\n",
    titles: ["KVM: Three", "KVM: Four"],
    paths: ["f.c", "g.c"],
  }),
]).series;
const named = (title: string): Series => series.find((one) => one.title === title) ?? assert.fail(`no ${title}`);

suite("what a series needs", () => {
  test("by change-id with b4's version behind it; what is not known stays named", () => {
    const found = dependencyIndex(series).of(named("KVM: middle"));
    assert.deepEqual(
      found.map(({ kind, value, series: one, present }) => [kind, value, one?.title, present]),
      [
        ["change-id", "20260301-low-0123456789ab:v1", "KVM: low", true],
        ["message-id", "gone@example.org", undefined, false],
      ],
    );
  });

  test("by any mail of it, by a patch id and a commit as far as the caller knows these", () => {
    const kinds = (knowledge: Parameters<typeof dependencyIndex>[1]) =>
      dependencyIndex(series, knowledge)
        .of(named("KVM: high"))
        .map(({ kind, series: one, present }) => [kind, one?.title, present]);
    assert.deepEqual(kinds({}), [
      ["message-id", "KVM: middle", true],
      ["patch-id", undefined, false],
      ["base-commit", undefined, false],
      ["text", undefined, false],
    ]);
    const low = named("KVM: low");
    assert.deepEqual(kinds({ ofPatchId: () => low, hasCommit: (commit) => commit === "0123456789ab" }).slice(1, 3), [
      ["patch-id", "KVM: low", true],
      ["base-commit", undefined, true],
    ]);
  });

  test("a mail of a series that is no longer among them, and none of its own", () => {
    const low = named("KVM: low");
    const [, gone] = dependencyIndex([low], { ofMessageId: (id) => (id === "gone@example.org" ? low : undefined) }).of(
      named("KVM: middle"),
    );
    assert.deepEqual([gone?.series?.title, gone?.present], ["KVM: low", true]);
    const own = named("KVM: high");
    const [, itself] = dependencyIndex(series, { ofPatchId: () => own }).of(own);
    assert.deepEqual([itself?.series, itself?.present], [undefined, true]);
  });

  test("what is below comes in the order in which it goes in, each once", () => {
    const below = (one: Series, all = series) => seriesBelow(one, dependencyIndex(all)).map(({ title }) => title);
    assert.deepEqual(below(named("KVM: high")), ["KVM: low", "KVM: middle"]);
    assert.deepEqual(below(named("KVM: low")), []);
  });

  test("a circle ends, and nothing waits for itself", () => {
    const [low, middle] = [named("KVM: low"), named("KVM: middle")];
    const revision = newestRevision(low);
    assert(revision.posted);
    const prerequisites = [
      { kind: "message-id", value: "middle-1@example.org" },
      { kind: "message-id", value: "low-1@example.org" },
    ] as const;
    const turned = { ...low, revisions: [{ ...revision, posted: { ...revision.posted, prerequisites } }] };
    const index = dependencyIndex([turned, middle]);
    assert.deepEqual(
      seriesBelow(turned, index).map(({ title }) => title),
      ["KVM: middle"],
    );
    assert.deepEqual(
      seriesBelow(middle, index).map(({ title }) => title),
      ["KVM: low"],
    );
  });
});
