import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Correction } from "../../../src/core/postings/corrections";
import { newestRevision } from "../../../src/core/series/series";
import { buildIndex } from "../../../src/index/build";
import { storeSum } from "../../../src/index/checksum";
import { openIndex } from "../../../src/index/reader";
import { fillSearch } from "../../../src/index/search";
import { startSearcher } from "../../../src/index/searcher";
import { ArchiveSeries } from "../../../src/library/archiveSeries";
import { root } from "../../host/paths";
import { patchBody } from "../../support/madeMail";
import { commitMails } from "../../support/makeArchive";
import { writeSampleArchive } from "../../support/sampleArchive";

const tdx = "KVM: x86/tdx: Reclaim the pages of a torn-down guest lazily";
const halted = "KVM: Account halted time where the guest is entered";
const punch = "KVM: guest_memfd: Bound the time a hole punch holds the lock";

suite("series of archives", () => {
  let folder = "";
  let file = "";
  const git = (...args: string[]): string =>
    execFileSync("git", ["-C", join(folder, "kvm", "git", "1.git"), ...args], { encoding: "utf8" }).trim();
  const open: ArchiveSeries[] = [];

  async function opened(corrections: readonly Correction[] = []): Promise<ArchiveSeries> {
    const series = new ArchiveSeries({ file, corrections });
    open.push(series);
    assert.equal(series.refresh(), true);
    assert.equal(await series.load(), true);
    return series;
  }

  const named = (series: ArchiveSeries, title: string) =>
    series.series.filter((one) => one.revisions.some((revision) => revision.title === title));
  const firstId = (series: ArchiveSeries, title: string, revision = -1): string =>
    named(series, title)[0]?.revisions.at(revision)?.messageId ?? "";

  suiteSetup(async () => {
    folder = await mkdtemp(join(tmpdir(), "kvm-series-archive-"));
    file = join(folder, "list.db");
    await writeSampleArchive(join(folder, "kvm"));
    await buildIndex([join(folder, "kvm")], file);
  });
  suiteTeardown(async () => {
    for (const series of open) series.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  test("without an index there is nothing, and no error", async () => {
    const none = new ArchiveSeries({ file: join(folder, "none.db"), corrections: [] });
    assert.equal(none.refresh(), false);
    assert.equal(await none.load(), true);
    assert.deepEqual(
      [none.series, none.problems, none.touching("a.c"), none.find("x"), none.search("x"), none.arrived],
      [[], [], [], undefined, [], 0],
    );
    assert.equal((await none.mailBytes(["x@example.org"])).size, 0);
  });

  test("pending ones newest first, no mail for stable trees, subsystems by the rules given", async () => {
    const series = await opened();
    const dates = series.series.map((one) => newestRevision(one).date ?? "");
    assert.deepEqual(dates, [...dates].sort().reverse());
    assert(series.series.every((one) => newestRevision(one).posted?.kind !== "stable"));
    assert.equal(await series.surround(({ title }) => title.slice(0, 3)), true);
    assert.deepEqual([...new Set(series.series.map(({ subsystem }) => subsystem.length))], [3]);
    assert.equal(series.find(firstId(series, tdx))?.subsystem, "KVM");
  });

  test("other rules that come while the series are loaded hold, and the series are loaded all the same", async () => {
    const series = new ArchiveSeries({ file, corrections: [] });
    open.push(series);
    series.refresh();
    const load = series.load();
    const surround = series.surround(({ title }) => title.slice(0, 3));
    assert.deepEqual([await load, series.loaded], [true, true]);
    await surround;
    assert.deepEqual([...new Set(series.series.map(({ subsystem }) => subsystem.length))], [3]);
    assert.equal(series.refresh(), false);
  });

  test("who touches a path or a folder; mails by their ids", async () => {
    const series = await opened();
    const [hit] = series.touching("arch/x86/kvm/vmx/tdx.c").filter((touch) => touch.series.title === tdx);
    assert(hit && hit.patches.length > 0 && hit.lines.length > 0);
    assert(series.touching("arch/x86/kvm/vmx/").some((touch) => touch.series.title === tdx));
    const id = firstId(series, tdx);
    const mails = await series.mailBytes([id, "nobody@example.org"]);
    assert.deepEqual([...mails.keys()], [id]);
    assert.match(Buffer.from(mails.get(id) ?? []).toString("utf8"), /Reclaim the pages/);
  });

  test("the first question about a file is answered in steps, a series a step, and then from memory", async () => {
    const series = new ArchiveSeries({ file, corrections: [] });
    open.push(series);
    series.refresh();
    const path = "arch/x86/kvm/x86.c";
    const steps = [...series.touchingSteps(path)];
    const touches = series.touching(path);
    // Mail for stable trees is among the steps.
    assert(touches.length > 1 && steps.length >= touches.length, `${steps.length} steps for ${touches.length} series`);
    await series.load();
    assert.deepEqual([...series.touchingSteps(path)], []);
  });

  test("found by fields and words, when the full text is filled", async () => {
    while (((await fillSearch(file)) ?? 0) > 0);
    const series = await opened();
    for (const [query, title] of [
      ["s:reclaim f:ada", tdx],
      ["dfn:arch/x86/kvm/vmx/tdx.c", tdx],
      ["f:ruth halted", halted],
      ["t:kvm s:punch", punch],
    ] as const) {
      assert(
        series.search(query).some((one) => one.title === title),
        query,
      );
      // In slices it finds the same, unless it is stopped on the way.
      assert.deepEqual(await series.searchSoon(query, new AbortController().signal), series.search(query));
    }
    assert.deepEqual(await series.searchSoon("s:reclaim f:nobody", new AbortController().signal), []);
    const mail = (await series.mailBytes([named(series, halted)[0]?.revisions[0]?.patches[0]?.messageId ?? ""])).values().next().value;
    const { stdout } = spawnSync("git", ["patch-id", "--stable"], { input: mail ?? "", encoding: "utf8" });
    assert.equal(series.search(`patchid:${stdout.slice(0, 40)}`)[0]?.title, halted);
    assert(series.search("s:reclaim d:2.years.ago..").length > 0);
    assert.deepEqual(series.search("s:reclaim d:..2.years.ago"), []);
    assert.deepEqual(series.search("s:reclaim f:nobody"), []);
    assert.deepEqual(series.search("d:19990101..19991231 s:reclaim"), []);
  });

  test("a window asks the full text in a thread of its own, which finds the same", async () => {
    while (((await fillSearch(file)) ?? 0) > 0);
    const here = await opened();
    const searcher = startSearcher(join(root, "dist", "searchWorker.js"));
    const series = new ArchiveSeries({ file, corrections: [], searcher });
    open.push(series);
    series.refresh();
    const found = async (query: string, signal = new AbortController().signal): Promise<string[]> =>
      (await series.searchSoon(query, signal)).map(({ id }) => id);
    for (const query of ["k", "s:reclaim f:ada", "t:kvm s:punch", "s:reclaim f:nobody", '"'])
      assert.deepEqual(
        await found(query),
        here.search(query).map(({ id }) => id),
        query,
      );
    // Of words that a person types on, only those are asked for that are still wanted when it is their turn.
    const typing = new AbortController();
    const [first, second, third] = [found("halted"), found("halted guest", typing.signal), found("halted")];
    typing.abort();
    const halts = here.search("halted").map(({ id }) => id);
    assert.deepEqual([await first, await second, await third], [halts, [], halts]);
    // The words are in no other index, and a file that is none is no answer.
    const { signal } = new AbortController();
    assert.equal(await searcher.search({ file: join(folder, "none.db"), query: "k" }, signal), null);
  });

  test("where the thread finds nothing out the index is asked here", async () => {
    while (((await fillSearch(file)) ?? 0) > 0);
    const series = new ArchiveSeries({ file, corrections: [], searcher: startSearcher(join(folder, "none.js")) });
    open.push(series);
    series.refresh();
    assert.deepEqual(await series.searchSoon("halted", new AbortController().signal), series.search("halted"));
  });

  test("between the mails that are asked for others have a turn, and none is read where the index is wanted no more", async () => {
    const series = await opened();
    const ids = series.series.flatMap(({ revisions }) => revisions.flatMap(({ messageId }) => messageId ?? []));
    const reader = openIndex(file);
    let turns = 0;
    const breathe = (isOver: boolean) => () => Promise.resolve(++turns > 0 && isOver);
    const all = await reader?.mails(ids, breathe(false));
    assert.deepEqual([turns, all?.size], [ids.length, new Set(ids).size]);
    assert.equal((await reader?.mails(ids, breathe(true)))?.size, 0);
    reader?.close();
  });

  test("a split by hand makes two series, found by their ids and by what they touch; each answers to its own mails", async () => {
    const plain = await opened();
    const [first, second, third] = [0, 1, 2].map((at) => firstId(plain, tdx, at));
    const series = await opened([
      { kind: "split", first: second ?? "", second: first ?? "" },
      { kind: "split", first: second ?? "", second: third ?? "" },
    ]);
    const parts = named(series, tdx);
    assert.deepEqual(parts.map(({ revisions }) => revisions.length).sort(), [1, 2]);
    assert.equal(series.series.length, plain.series.length + 1);
    for (const part of parts) {
      assert.equal(series.find(part.id)?.revisions.length, part.revisions.length);
      assert.equal(series.find(part.revisions[0]?.messageId ?? "")?.id, part.id);
    }
    assert.equal(series.touching("arch/x86/kvm/vmx/tdx.c").filter((touch) => touch.series.title === tdx).length, 2);
  });

  test("a revision split off is found by a path that the newest does not touch", async () => {
    const time = Date.UTC(2026, 9, 5, 10) / 1000;
    const mail = (version: number, path: string, parent: string): Buffer =>
      Buffer.from(
        `From: Ada Lind <ada@example.org>\nTo: kvm@lists.example.org\nSubject: [PATCH v${version}] KVM: Warm the teapots\n` +
          `Date: ${new Date((time + version * 86_400) * 1000).toUTCString()}\nMessage-ID: <warm-${version}@example.org>\n${parent}\n${patchBody(path)}`,
      );
    const mails = [mail(1, "virt/kvm/cold.c", ""), mail(2, "virt/kvm/warm.c", "In-Reply-To: <warm-1@example.org>\n")];
    const archive = join(folder, "teapots.git");
    await commitMails(
      archive,
      mails.map((add, at) => ({ add, time: time + (at + 1) * 86_400 })),
    );
    const [db, split] = [join(folder, "teapots.db"), { kind: "split", first: "warm-1@example.org", second: "warm-2@example.org" } as const];
    await buildIndex([archive], db);
    const found: string[][] = [];
    for (const corrections of [[], [split]]) {
      const series = new ArchiveSeries({ file: db, corrections });
      open.push(series);
      series.refresh();
      for (const path of ["virt/kvm/cold.c", "virt/kvm/warm.c", "virt/kvm/"])
        found.push(series.touching(path).map((touch) => newestRevision(touch.series).messageId ?? ""));
    }
    const [first, second] = ["warm-1@example.org", "warm-2@example.org"];
    assert.deepEqual(found, [[], [second], [second], [first], [second], [second, first]]);
  });

  test("a join by hand makes one of two that nothing else connects, whatever the order of the line", async () => {
    const plain = await opened();
    const ids = [firstId(plain, halted), firstId(plain, punch)] as const;
    const together = [halted, punch].reduce((sum, title) => sum + (named(plain, title)[0]?.revisions.length ?? 0), 0);
    for (const [first, second] of [ids, [ids[1], ids[0]] as const]) {
      const series = await opened([{ kind: "join", first, second }]);
      const [joined, ...others] = [...new Set([...named(series, halted), ...named(series, punch)])];
      assert.deepEqual([others.length, joined?.revisions.length], [0, together]);
      assert(joined?.links.some(({ evidence }) => evidence[0] === "by-hand"));
      assert.equal(series.find(first)?.id, series.find(second)?.id);
      assert.equal(series.series.length, plain.series.length - 1);
    }
  });

  test("a window looks through the index in pieces before it reads what was written to it", async () => {
    const copy = join(folder, "copy.db");
    copyFileSync(file, copy);
    const series = new ArchiveSeries({ file: copy, corrections: [], isVerified: true });
    open.push(series);
    await series.verify();
    assert.deepEqual([series.damaged, series.refresh(), await series.load()], [false, true, true]);
    const paths = named(series, tdx)[0]?.revisions.at(-1)?.files ?? [];
    assert(series.touching(paths[0] ?? "").length > 0);
    // Between what was written and its checksum nobody may read: that is no damage.
    const writer = new DatabaseSync(copy);
    writer.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = OFF; INSERT INTO meta VALUES ('a', 'b')");
    await series.verify();
    assert.equal(series.damaged, false);
    storeSum(writer, copy);
    writer.close();
    await series.verify();
    assert.deepEqual([series.damaged, series.refresh()], [false, true]);
    const bytes = readFileSync(copy);
    bytes.fill(0xaa, Math.floor(bytes.length / 2), Math.floor(bytes.length / 2) + 3000);
    writeFileSync(copy, bytes);
    await series.verify();
    assert.deepEqual([series.damaged, series.refresh(), series.touching(paths[0] ?? "")], [true, false, []]);
  });

  test("what came in is noticed, what did not change is the same object, and the corrections hold after the index is built anew", async () => {
    const newest = git("rev-parse", "HEAD");
    git("update-ref", "refs/heads/master", git("rev-parse", "HEAD~9"));
    const other = join(folder, "other.db");
    await buildIndex([join(folder, "kvm")], other);
    const series = new ArchiveSeries({ file: other, corrections: [] });
    open.push(series);
    series.refresh();
    await series.load();
    const [before, arrived] = [new Set(series.series), series.arrived];
    assert.deepEqual(series.changedSince(arrived), []);
    git("update-ref", "refs/heads/master", newest);
    await buildIndex([join(folder, "kvm")], other);
    assert.equal(series.refresh(), true);
    await series.load();
    assert(series.arrived > arrived);
    const changed = series.changedSince(arrived);
    assert(changed.length > 0 && changed.every((id) => series.find(id)));
    const kept = series.series.filter((one) => before.has(one));
    assert(kept.length > 5 && kept.every(({ id }) => !changed.includes(id)));
    assert.equal(series.refresh(), false);
  });
});
