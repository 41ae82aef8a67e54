import assert from "node:assert/strict";
import type { DigestEntry } from "../../../src/core/digest/digest";
import type { NamedDigest } from "../../../src/core/digest/digestPostings";
import { findSeries } from "../../../src/core/series/findSeries";
import { makeTree } from "../../../src/core/series/treePaths";
import { Library, projectOfSeries, seriesOfDigests, type Source } from "../../../src/library/library";
import { coverEntry, digestOf, patchEntry, revision, seriesWith } from "../../support/invented";

function named(name: string, ...entries: readonly DigestEntry[]): NamedDigest {
  return { name, digest: digestOf(...entries) };
}

const first = named("1.txt", patchEntry("[PATCH] KVM: x86: Fix it", { "arch/x86/kvm/x86.c": 1 }));
const second = named(
  "2.txt",
  patchEntry("[PATCH v2] KVM: x86: Fix it", { "arch/x86/kvm/x86.c": 1 }),
  patchEntry("[PATCH] target/i386: Fix it", { "target/i386/cpu.c": 1 }),
);

function source(digests: readonly NamedDigest[], message?: string): Source {
  return {
    name: "invented",
    read: () => Promise.resolve({ digests, problems: message === undefined ? [] : [{ source: "invented", message }] }),
  };
}

const nowhere = { rules: [], trees: [] };

suite("library", () => {
  test("reads its sources in order, joins them, and tells who touches a file", async () => {
    const library = new Library();
    let changes = 0;
    const listener = library.onDidChange(() => changes++);
    assert.deepEqual([library.synced, library.series, library.touching("arch/x86/kvm/x86.c", null)], [false, [], []]);
    await library.sync([source([first], "Odd."), source([second])]);
    assert.deepEqual([library.synced, changes, library.digests.length, library.problems.length], [true, 1, 2, 1]);
    assert.deepEqual(
      library.series.map(({ title, revisions }) => [title, revisions.length]),
      [
        ["KVM: x86: Fix it", 2],
        ["target/i386: Fix it", 1],
      ],
    );
    assert.deepEqual(
      library.touching("arch/x86/kvm/x86.c", "kernel").map(({ series }) => series.title),
      ["KVM: x86: Fix it"],
    );
    assert.deepEqual(library.touching("target/i386/cpu.c", "kernel"), []);
    assert.equal(library.find(library.series[0]?.id ?? "")?.title, "KVM: x86: Fix it");
    listener.dispose();
    await library.sync([]);
    assert.deepEqual([changes, library.series], [1, []]);
  });

  test("a later sync replaces one under way", async () => {
    const library = new Library();
    let finish = (): void => undefined;
    const slow: Source = {
      name: "slow",
      read: (signal) => new Promise((resolve) => (finish = () => resolve({ digests: signal.aborted ? [] : [first], problems: [] }))),
    };
    const given = library.sync([slow]);
    await library.sync([source([second])]);
    finish();
    await given;
    assert.deepEqual(library.digests, [second]);
  });

  test("a library that was closed changes no more", async () => {
    const library = new Library();
    let changes = 0;
    library.onDidChange(() => changes++);
    const read = library.sync([source([first])]);
    library.dispose();
    await read;
    assert.deepEqual([changes, library.synced], [0, false]);
  });

  test("rules and trees are heeded, at once where something was read", async () => {
    const library = new Library();
    library.surround({ rules: [{ name: "mine", titles: ["fix"] }], trees: [] });
    assert.equal(library.synced, false);
    await library.sync([source([first])]);
    const subsystems = (): string[] => library.series.map(({ subsystem }) => subsystem);
    assert.deepEqual(subsystems(), ["mine"]);
    library.surround(nowhere);
    assert.deepEqual(subsystems(), ["x86"]);
  });

  test("MAINTAINERS of the kernel tree names what no rule knows, and shortened paths become files", () => {
    const tree = {
      ...makeTree(["virt/kvm/kvm_main.c", "fs/odd/x.c"]),
      maintainers: () => [{ section: { title: "ODD FILE SYSTEM", files: [] } }] as never,
    };
    const digest = named("1.txt", coverEntry("[PATCH 0/1] Do odd things", { files: { "fs/odd/x.c": 1, ".../odd/x.c": 1 } }));
    const [one] = seriesOfDigests([digest], { rules: [], trees: [tree] });
    assert.deepEqual([one?.subsystem, one?.revisions[0]?.files], ["odd file system", ["fs/odd/x.c"]]);
  });

  test("what a person means by an id", () => {
    const one = seriesWith([revision()], { id: "aaaaaaaaaaaa", aliases: ["bbbbbbbbbbbb", "1@example.org"] });
    const other = seriesWith([revision()], { id: "bbbbbbbbbbbb" });
    const rows: ReadonlyArray<readonly [string, string | undefined]> = [
      ["aaaaaaaaaaaa", "aaaaaaaaaaaa"],
      ["bbbbbbbbbbbb", "bbbbbbbbbbbb"],
      [" <1@example.org> ", "aaaaaaaaaaaa"],
      ["cccccccccccc", undefined],
      ["", undefined],
    ];
    for (const [wanted, id] of rows) assert.equal(findSeries([one, other], wanted)?.id, id, wanted);
  });

  test("the project is that of the newest revision, by title where no file is known", () => {
    assert.equal(projectOfSeries(seriesWith([revision({ title: "target/i386/kvm: Fix it" })])), "qemu");
    assert.equal(projectOfSeries(seriesWith([revision({ files: ["arch/x86/kvm/x86.c"] })])), "kernel");
  });
});
