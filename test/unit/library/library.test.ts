import assert from "node:assert/strict";
import type { DigestEntry } from "../../../src/core/digest/digest";
import type { NamedDigest } from "../../../src/core/digest/digestPostings";
import { findSeries } from "../../../src/core/series/findSeries";
import type { Patch } from "../../../src/core/series/series";
import { makeTree } from "../../../src/core/series/treePaths";
import {
  type ArchivedSeries,
  correctionNameOf,
  Library,
  projectOfSeries,
  seriesOfDigests,
  type Source,
} from "../../../src/library/library";
import { coverEntry, digestOf, patchEntry, revision, seriesWith } from "../../support/invented";
import { emptyArchive } from "../../support/madeLibrary";

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

const revisionPatch: Omit<Patch, "title" | "messageId"> = {
  index: 1,
  author: { name: "Ada Lind", email: "ada@example.org" },
  message: null,
  diff: null,
  files: [{ path: "arch/x86/kvm/x86.c", changed: 1, added: 1, deleted: 0 }],
  trailers: [],
};

const nowhere = { rules: [], trees: [] };

suite("library", () => {
  test("reads its sources in order, joins them, and tells who touches a file", async () => {
    const library = new Library();
    let changes = 0;
    const listener = library.onDidChange(() => changes++);
    assert.deepEqual([library.synced, library.series, library.touching({ path: "arch/x86/kvm/x86.c" })], [false, [], []]);
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
      library.touching({ path: "arch/x86/kvm/x86.c", project: "kernel" }).map(({ series }) => series.title),
      ["KVM: x86: Fix it"],
    );
    assert.deepEqual(library.touching({ path: "target/i386/cpu.c", project: "kernel" }), []);
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
      maintainers: () => [{ title: "ODD FILE SYSTEM", files: [] }] as never,
    };
    const digest = named("1.txt", coverEntry("[PATCH 0/1] Do odd things", { files: { "fs/odd/x.c": 1, ".../odd/x.c": 1 } }));
    const [one] = seriesOfDigests([digest], { rules: [], trees: [tree] });
    assert.deepEqual([one?.subsystem, one?.revisions[0]?.files], ["odd file system", ["fs/odd/x.c"]]);
  });

  suite("of a series that a digest and an archive tell of", () => {
    const archived = seriesWith(
      [
        revision({
          version: 2,
          title: "KVM: x86: Fix it",
          messageId: "v2@example.org",
          date: "2026-03-01T10:00:00Z",
          files: ["arch/x86/kvm/x86.c"],
          patches: [{ ...revisionPatch, title: "KVM: x86: Fix it", messageId: "v2@example.org" }],
        }),
      ],
      { id: "222222222222", subsystem: "x86" },
    );
    const archives: ArchivedSeries = {
      ...emptyArchive,
      series: [archived],
      touching: () => [{ series: archived, patches: [1], lines: [] }],
      find: (id) => (id === archived.id || id === "v2@example.org" ? archived : undefined),
      search: () => [archived],
      searchSoon: () => Promise.resolve([archived]),
    };
    const versions = (library: Library): number[][] => library.series.map(({ revisions }) => revisions.map(({ version }) => version));

    /** A library that has read digests and the archive. */
    async function read(...digests: readonly NamedDigest[]): Promise<Library> {
      const library = new Library();
      await library.sync([source(digests)]);
      library.archivesChanged(archives);
      return library;
    }

    test("the revision that only the digest has is in it, and all its ids find it", async () => {
      const library = await read(first);
      assert.deepEqual(versions(library), [[1, 2]]);
      const [whole] = library.series;
      assert.deepEqual(whole?.links, [{ from: 0, to: 1, evidence: ["same-title"] }]);
      const digested = seriesOfDigests([first], nowhere)[0]?.id ?? "";
      assert.equal(whole.id, digested);
      for (const id of [digested, archived.id, "v2@example.org"]) assert.equal(library.find(id), whole, id);
      assert.deepEqual(
        library.touching({ path: "arch/x86/kvm/x86.c" }).map(({ series }) => series),
        [whole],
      );
      assert.deepEqual(library.search("fix"), [whole]);
      for (const query of ["fix", "s:fix", ""])
        assert.deepEqual(await library.searchSoon(query, new AbortController().signal), library.search(query), query);
    });

    test("where the digest has the newest revision, or other work, they stay apart", async () => {
      const third = named("3.txt", patchEntry("[PATCH v3] KVM: x86: Fix it", { "arch/x86/kvm/x86.c": 1 }));
      assert.deepEqual(versions(await read(third)), [[2], [3]]);
      const other = named("4.txt", patchEntry("[PATCH] KVM: x86: Mend it", { "arch/x86/kvm/mmu.c": 1 }));
      assert.deepEqual(versions(await read(other)), [[2], [1]]);
    });

    test("a person splits and joins them, and what digests tell alone", async () => {
      const library = await read(first);
      const [names] = library.series.map(({ revisions }) => revisions.map(correctionNameOf));
      assert.ok(names);
      assert.equal(names[1], "v2@example.org");
      await library.correct([{ kind: "split", first: names[0] ?? "", second: "v2@example.org" }]);
      assert.deepEqual(versions(library), [[2], [1]]);
      let changes = 0;
      library.onDidChange(() => changes++);
      await library.correct([{ kind: "split", first: names[0] ?? "", second: "v2@example.org" }]);
      assert.equal(changes, 0);
      await library.correct([]);
      assert.deepEqual(versions(library), [[1, 2]]);
      const other = named("4.txt", patchEntry("[PATCH] KVM: x86: Mend it", { "arch/x86/kvm/mmu.c": 1 }));
      const both = await read(first, other);
      const mended = both.series.find(({ title }) => title.includes("Mend"))?.revisions[0];
      assert.ok(mended);
      await both.correct([{ kind: "join", first: correctionNameOf(mended), second: "v2@example.org" }]);
      assert.deepEqual(versions(both), [[1, 1, 2]]);
      const split = new Library();
      await split.sync([source([first, second])]);
      const [fixed] = split.series.map(({ revisions }) => revisions.map(correctionNameOf));
      await split.correct([{ kind: "split", first: fixed?.[0] ?? "", second: fixed?.[1] ?? "" }]);
      assert.equal(split.series.length, 3);
    });
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
