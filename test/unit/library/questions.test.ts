import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { patchId } from "../../../src/core/diff/patchId";
import { movedNames } from "../../../src/core/series/movedFiles";
import { newestRevisionKey, type Series } from "../../../src/core/series/series";
import { makeTouchIndex } from "../../../src/core/series/touches";
import { type ArchivedSeries, Library, projectOfSeries } from "../../../src/library/library";
import { readMailsInMemory } from "../../../src/library/mailsInMemory";
import { movedInTree } from "../../../src/library/movedInTree";
import { holderInIndex, patchHolders, NeededSeries } from "../../../src/library/needs";
import { digestOf, patchEntry, revision, seriesWith } from "../../support/invented";
import { emptyArchive } from "../../support/madeLibrary";

const path = "arch/x86/kvm/x86.c";

/** An archive that holds some series. */
function archiveOf(...series: readonly Series[]): ArchivedSeries {
  const touches = makeTouchIndex(series, projectOfSeries);
  return {
    ...emptyArchive,
    series,
    touching: (name, { suffix = false } = {}) => (suffix ? touches.touchingSuffix(name, null) : touches.touching(name, null)),
    find: (id) => series.find((one) => one.id === id || one.aliases.includes(id)),
    idsBeginning: (digits, most) =>
      series
        .flatMap(({ id }) => (id.startsWith(digits) ? [id] : []))
        .sort()
        .slice(0, most),
    touchedPaths: () => series.flatMap(({ revisions }) => revisions.at(-1)?.files ?? []),
    untakenCount: 2,
    mailBytes: (ids) => Promise.resolve(new Map(ids.map((id) => [id, new TextEncoder().encode(`archived ${id}`)]))),
  };
}

function posted(id: string, title: string, day: string, more: Parameters<typeof revision>[0] = {}): Series {
  const date = `${day}T09:00:00Z`;
  return seriesWith([revision({ title, date, messageId: `${id}@example.org`, files: [path], ...more })], { id, title });
}

const titles = (touches: ReadonlyArray<{ readonly series: Series }>): string[] => touches.map(({ series }) => series.title);

suite("questions asked of a library", () => {
  const old = posted("aaaaaaaaaaaa", "KVM: x86: Old", "2026-01-01");
  const late = posted("aabbbbbbbbbb", "KVM: x86: Late", "2026-03-01");
  const middle = posted("cccccccccccc", "KVM: x86: Middle", "2026-02-01");
  const digests = [
    {
      name: "1.txt",
      digest: digestOf(patchEntry("[PATCH] KVM: x86: Of a digest", { [path]: 1 }), patchEntry("[PATCH] KVM: x86: Late", { [path]: 1 })),
    },
  ];
  const library = new Library({ digests, archives: [archiveOf(late, old), archiveOf(middle)] });

  test("series of all sources are newest first, those of digests last, and none twice", () => {
    assert.deepEqual(
      library.series.map(({ title }) => title),
      ["KVM: x86: Late", "KVM: x86: Middle", "KVM: x86: Old", "KVM: x86: Of a digest"],
    );
    assert.equal(library.series, library.series, "they are assembled once");
    assert.deepEqual(titles(library.touching({ path })), ["KVM: x86: Late", "KVM: x86: Middle", "KVM: x86: Old", "KVM: x86: Of a digest"]);
  });

  test("touching knows tails, lines, projects and the names a file had", () => {
    assert.equal(library.touching({ path: "/kvm/x86.c", suffix: true }).length, 4);
    assert.deepEqual(library.touching({ path, project: "qemu" }), []);
    const lined = posted("dddddddddddd", "KVM: x86: Lines", "2026-01-02", {
      patches: [
        {
          index: 1,
          title: "One",
          author: { name: "Ada Lind", email: "ada@example.org" },
          messageId: "1@example.org",
          message: null,
          diff: null,
          files: [{ path, changed: 1, added: 1, deleted: 0, hunks: [[10, 5, 10, 5]] }],
          trailers: [],
        },
      ],
    });
    const one = new Library({ archives: [archiveOf(lined)] });
    assert.equal(one.touching({ path, lines: [14, 20] }).length, 1);
    assert.equal(one.touching({ path, lines: [15, 20] }).length, 0);
    const moved = movedNames([{ name: path, path: "arch/x86/kvm/common.c", when: "before", by: { commit: "0123456789ab" } }]);
    const [touch] = one.touching({ path: "arch/x86/kvm/common.c", moved });
    assert.deepEqual([touch?.series.title, touch?.moved?.name], ["KVM: x86: Lines", path]);
  });

  test("what is meant by an id: the whole of it, its beginning, or that of a Message-ID", () => {
    const meant = (text: string, most = 5): string[] => library.meant(text, most).map(({ id }) => id);
    assert.deepEqual(meant("aaaaaaaaaaaa"), ["aaaaaaaaaaaa"]);
    assert.deepEqual(meant("aa"), ["aaaaaaaaaaaa", "aabbbbbbbbbb"]);
    assert.deepEqual(meant("aa", 1), ["aaaaaaaaaaaa"]);
    assert.deepEqual(meant("cccccccccccc@ex"), ["cccccccccccc"]);
    assert.deepEqual(meant("cccc@ex"), [], "fewer letters are the date in many");
    assert.deepEqual(meant("nothing of the kind"), []);
  });

  test("the paths and the unused diffs of all are counted together", () => {
    assert.deepEqual(library.touchedPaths(), [path]);
    assert.equal(library.untakenCount, 4);
  });

  suite("mails in memory", () => {
    let folder: string;
    setup(() => (folder = mkdtempSync(join(tmpdir(), "kvm-series-memory-"))));
    teardown(() => rmSync(folder, { recursive: true, force: true }));

    const diff = `diff --git a/${path} b/${path}\n--- a/${path}\n+++ b/${path}\n@@ -1 +1 @@\n-a\n+b\n`;
    const mail = (id: string, subject: string, body: string): string =>
      `From mboxrd@z Thu Jan  1 00:00:00 1970\nFrom: Ada Lind <ada@example.org>\nDate: Thu, 1 Jan 2026 09:00:00 +0000\nMessage-ID: <${id}@example.org>\nSubject: ${subject}\n\n${body}\n`;

    test("are assembled across files, and each file says what came of it", async () => {
      writeFileSync(join(folder, "1.mbox"), mail("1", "[PATCH 1/2] KVM: x86: One", `Do.\n---\n${diff}`));
      writeFileSync(join(folder, "2.mbox"), mail("2", "[PATCH 2/2] KVM: x86: Two", `Do.\n---\n${diff}`));
      writeFileSync(join(folder, "3.mbox"), "");
      const files = ["1.mbox", "2.mbox", "3.mbox"].map((name) => ({ kind: "mbox" as const, path: join(folder, name), source: name }));
      const { mails, files: read } = await readMailsInMemory(files);
      assert.deepEqual(
        read.map(({ count }) => count),
        [1, 1, 0],
      );
      assert.equal(mails.postings.length, 1);
      const memory = new Library({ mails, archives: [archiveOf(late)] });
      assert.equal(memory.find("2@example.org")?.revisions[0]?.patches.length, 2);
      const bytes = await memory.mailBytes(["1@example.org", "x@example.org"]);
      assert.match(new TextDecoder().decode(bytes.get("1@example.org")), /^From: Ada/);
      assert.equal(new TextDecoder().decode(bytes.get("x@example.org")), "archived x@example.org");
    });

    test("tell who holds a patch that another series needs", async () => {
      writeFileSync(join(folder, "1.mbox"), mail("1", "[PATCH] KVM: x86: One", `Do.\n---\n${diff}`));
      const needed = patchId(diff, (bytes) => hash("sha1", bytes, "buffer")) ?? "";
      const on = `Do.\n---\n${diff.replaceAll("x86.c", "y86.c")}\nprerequisite-patch-id: ${needed}\n`;
      writeFileSync(join(folder, "2.mbox"), mail("2", "[PATCH] KVM: x86: Two", on));
      const files = ["1.mbox", "2.mbox"].map((name) => ({ kind: "mbox" as const, path: join(folder, name), source: name }));
      const memory = new Library({ mails: (await readMailsInMemory(files)).mails });
      const two = memory.find("2@example.org");
      assert.ok(two);
      for (const pending of [memory.series, []]) {
        const needs: NeededSeries = new NeededSeries(memory, await patchHolders([two], pending, memory));
        assert.deepEqual(
          needs.of(two).map(({ kind, series, present }) => [kind, series?.title, present]),
          [["patch-id", "KVM: x86: One", true]],
        );
      }
    });
  });

  test("an index is asked for who holds a patch, and only for what is an id", () => {
    const asked: string[] = [];
    const find = holderInIndex({
      search(query) {
        asked.push(query);
        return [late];
      },
    });
    assert.equal(find("not an id"), undefined);
    assert.equal(find("0123456789abcdef0123456789abcdef01234567"), late);
    assert.deepEqual(asked, ["patchid:0123456789abcdef0123456789abcdef01234567"]);
  });

  test("the history of a tree is asked for the names it lacks, for series of its project alone", async () => {
    const asked: Array<readonly string[]> = [];
    const history = {
      find(names: readonly string[]) {
        asked.push(names);
        return Promise.resolve(new Map([[path, { path: "new.c", when: "before" as const, by: { commit: "0123456789ab" } }]]));
      },
    };
    const one = posted("eeeeeeeeeeee", "KVM: x86: Change it", "2026-01-02", {
      diffstat: [{ path, changed: 1, added: 1, deleted: 0 }],
      patches: [],
    });
    const other = posted("ffffffffffff", "target/i386: Change it", "2026-01-02", {
      files: ["target/i386/cpu.c"],
      diffstat: [{ path: "target/i386/cpu.c", changed: 1, added: 1, deleted: 0 }],
      patches: [],
    });
    const tree = { project: "kernel" as const, has: (name: string) => name === "new.c" };
    const found = await movedInTree([one, other], tree, history);
    assert.deepEqual(asked, [[path]]);
    assert.deepEqual(
      found.map(({ name, path: now }) => [name, now]),
      [[path, "new.c"]],
    );
    assert.deepEqual(await movedInTree([one], tree, null), [], "where nobody may be asked, other series tell");
  });

  test("where series stand: what a tree says, else their mails, and stale after 180 days", () => {
    const library = new Library({ archives: [{ ...archiveOf(late, middle), newest: Date.parse("2026-10-01T00:00:00Z") }] });
    const said = (): string[] => library.series.map(({ title, status }) => `${title}: ${status}`);
    assert.deepEqual(said(), ["KVM: x86: Late: stale", "KVM: x86: Middle: stale"]);
    let told = 0;
    library.onDidChange(() => told++);
    library.setTreeStatuses(new Map([[newestRevisionKey(late), "landed"]]));
    assert.deepEqual([said(), told], [["KVM: x86: Late: landed", "KVM: x86: Middle: stale"], 1]);
    assert.equal(library.find(late.id)?.status, "landed");
    assert.deepEqual(titles(library.touching({ path })), ["KVM: x86: Middle"]);
    assert.deepEqual(titles(library.touching({ path, all: true })), ["KVM: x86: Late", "KVM: x86: Middle"]);
    assert.deepEqual(
      ["status:landed", "status:sta", "late status:stale", "status:"].map((words) => library.search(words).map(({ title }) => title)),
      [["KVM: x86: Late"], ["KVM: x86: Middle"], [], ["KVM: x86: Late", "KVM: x86: Middle"]],
    );
  });
});
