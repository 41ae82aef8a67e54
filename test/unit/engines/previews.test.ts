import assert from "node:assert/strict";
import { type MovedNames, movedNames, nothingMoved } from "../../../src/core/series/movedFiles";
import type { Series } from "../../../src/core/series/series";
import { type Preview, type PreviewKey, Previews } from "../../../src/engines/previews";
import { FakeClock, settled } from "../../support/fakeClock";
import { emptyArchive, MadeLibrary } from "../../support/madeLibrary";
import { bytesById, seriesOfMails } from "../../support/pageArchive";
import { numbered } from "../../support/pendingHistory";
import { postedPatch, seriesWithMail } from "../../support/postedPatch";

const [file, oldName] = ["virt/kvm/one.c", "virt/kvm/old.c"];
const text = numbered(60);
const bytes = (words: string): Uint8Array => new TextEncoder().encode(words);

suite("previews", () => {
  let clock = new FakeClock();
  let held = new MadeLibrary();
  let names: MovedNames = nothingMoved;
  let series: Series;
  /** The patches that were asked to be applied, each time. */
  let asked: Array<readonly string[]> = [];
  /** What comes of it. */
  let make: () => Promise<Omit<Preview, "moved">> = () => assert.fail("nothing is made");
  let committed = new Map<string, Uint8Array>();
  let previews: Previews;

  setup(() => {
    const mail = postedPatch({ id: "a", path: oldName, text, line: 10, to: "changed" });
    series = seriesWithMail(seriesOfMails([mail]), "a");
    [clock, held, names, asked] = [new FakeClock(), new MadeLibrary([series]), nothingMoved, []];
    held.mails = () => Promise.resolve(bytesById([mail]));
    committed = new Map([[file, bytes("as committed")]]);
    const made = {
      files: [{ path: file, oldPath: file, before: bytes("before"), after: bytes("after") }],
      stoppedAt: null,
      left: 0,
      missing: [],
    };
    make = () => Promise.resolve(made);
    previews = new Previews({
      library: held.library,
      moved: { namesIn: () => names },
      engine: () =>
        Promise.resolve({
          previewTree: (_top, _commit, patches) => {
            asked.push(patches);
            return make();
          },
          fileOfCommit: (_top, _commit, path) => Promise.resolve(committed.get(path) ?? null),
          folderOfCommit: () =>
            Promise.resolve([
              { name: "one.c", isFolder: false },
              { name: "two.c", isFolder: false },
            ]),
        }),
      git: () => ({}),
      clock,
    });
  });

  const key = (more: Partial<PreviewKey> = {}): PreviewKey => ({
    id: series.id,
    revision: 0,
    patches: 1,
    top: "/linux",
    commit: "a".repeat(40),
    ...more,
  });

  test("a preview is made once, a file of it is read from it and another one from the commit", async () => {
    assert.deepEqual(await previews.contents(key(), file), bytes("after"));
    committed.set("virt/kvm/two.c", bytes("two"));
    assert.deepEqual(await previews.contents(key(), "virt/kvm/two.c"), bytes("two"));
    assert.equal(await previews.contents(key(), "virt/kvm/none.c"), null);
    assert.equal(asked.length, 1);
    await previews.preview(key({ commit: "b".repeat(40) }));
    assert.equal(asked.length, 2);
  });

  test("a preview whose mails were not there is made again once the library has changed", async () => {
    const { mails } = held;
    held.mails = () => Promise.resolve(new Map());
    await previews.preview(key());
    await previews.preview(key());
    assert.deepEqual(asked, [[]]);
    held.mails = mails;
    held.library.archivesChanged({ ...emptyArchive, find: () => series, mailBytes: (ids) => held.mails(ids) });
    await previews.preview(key());
    assert.deepEqual([asked.length, asked[1]?.length], [2, 1]);
  });

  test("before the first patch there is the commit alone, for which nothing is made", async () => {
    assert.deepEqual(await previews.contents(key({ patches: 0 }), file), bytes("as committed"));
    assert.deepEqual(asked, []);
  });

  test("a folder has what the commit has, less what was moved or deleted, and what was added", async () => {
    const added = { path: "virt/kvm/new/three.c", oldPath: "virt/kvm/new/three.c", before: null, after: bytes("3") };
    const gone = { path: "virt/kvm/two.c", oldPath: "virt/kvm/two.c", before: bytes("2"), after: null };
    make = () => Promise.resolve({ files: [added, gone], stoppedAt: null, left: 0, missing: [] });
    assert.deepEqual(
      [...((await previews.folder(key(), "virt/kvm")) ?? [])],
      [
        ["one.c", "file"],
        ["new", "folder"],
      ],
    );
  });

  test("a file of a preview is found in the checkout by its own name, else by the one before the series", async () => {
    const renamed = { path: "new.c", oldPath: "old.c", before: null, after: null };
    make = () => Promise.resolve({ files: [renamed], stoppedAt: null, left: 0, missing: [] });
    const asked: string[] = [];
    const found = (path: string, ...there: readonly string[]): Promise<string | null> =>
      previews.pathInCheckout(key(), path, (name) => {
        asked.push(name);
        return Promise.resolve(there.includes(name));
      });
    assert.deepEqual([await found("new.c", "new.c", "old.c"), asked.splice(0)], ["new.c", ["new.c"]]);
    assert.deepEqual([await found("new.c", "old.c"), asked.splice(0)], ["old.c", ["new.c", "old.c"]]);
    assert.deepEqual([await found("new.c"), await found("other.c", "old.c")], [null, null]);
  });

  test("where the tree calls a file otherwise it is shown by the name of the commit, and other names make another preview", async () => {
    await previews.preview(key());
    names = movedNames([{ name: oldName, path: file, when: "before", by: { commit: "c".repeat(40) } }]);
    const { moved } = await previews.preview(key());
    assert.deepEqual(
      moved.map(({ name, path }) => [name, path]),
      [[oldName, file]],
    );
    const renamed = { path: "virt/kvm/new.c", oldPath: file, before: bytes("1"), after: bytes("2") };
    make = () => Promise.resolve({ files: [renamed], stoppedAt: null, left: 0, missing: [] });
    assert.equal(await previews.contents(key({ commit: "d".repeat(40) }), file), null, "under its former name a moved file is gone");
    assert.match(asked[1]?.[0] ?? "", /^diff --git a\/virt\/kvm\/one\.c/m);
  });

  test("a series that comes with the archives is waited for, for half a minute", async () => {
    held.hold([]);
    const shown = previews.preview(key());
    await settled();
    held.hold([series]);
    assert.equal((await shown).files.length, 1);
    held.hold([]);
    const never = previews.preview(key({ id: "0123456789ab" }));
    const refused = assert.rejects(never, /no longer in any source/);
    await settled();
    await clock.pass(30_000);
    await refused;
  });

  test("one that fails is made again when it is asked for again", async () => {
    make = () => Promise.reject(new Error("git is busy"));
    await assert.rejects(previews.preview(key()), /git is busy/);
    make = () => Promise.resolve({ files: [], stoppedAt: null, left: 0, missing: [] });
    assert.deepEqual((await previews.preview(key())).files, []);
  });

  test("one that fails late takes none away that was made meanwhile", async () => {
    let fail: (error: Error) => void = () => undefined;
    make = () => new Promise((_, reject) => (fail = reject));
    const late = assert.rejects(previews.preview(key()), /too late/);
    await settled();
    make = () => Promise.resolve({ files: [], stoppedAt: null, left: 0, missing: [] });
    // So many others are looked at that the first is forgotten, and made again.
    for (let at = 0; at < 9; at++) await previews.preview(key({ commit: String(at).repeat(40) }));
    await previews.preview(key());
    fail(new Error("too late"));
    await late;
    const before = asked.length;
    await previews.preview(key());
    assert.equal(asked.length, before);
  });
});
