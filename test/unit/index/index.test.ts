import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildIndex } from "../../../src/index/build";
import { takeWriterLock } from "../../../src/index/database";
import { openIndex } from "../../../src/index/reader";
import { fillSearch } from "../../../src/index/search";
import { type MailPlan, makeMail, messageIdOf, planArchive } from "../../support/archiveMails";
import { dumpIndex } from "../../support/archivesDump";
import { mboxOf } from "../../support/badMails";
import { type Commit, commitMails, seededCommits } from "../../support/makeArchive";

const seed = 7;
const mails = 400;

suite("index of a public-inbox archive", () => {
  const folder = mkdtempSync(join(tmpdir(), "kvm-series-index-"));
  const { plans, truth } = planArchive(seed, mails);
  const whole = join(folder, "whole.git");
  const db = join(folder, "whole.db");
  let count = 0;

  suiteSetup(async () => {
    await commitMails(whole, seededCommits(seed, plans));
    await buildIndex([whole], db);
  });
  suiteTeardown(() => rmSync(folder, { recursive: true, force: true }));

  test("holds every mail, revision and series that was sent", () => {
    const reader = openIndex(db);
    assert.ok(reader);
    const { mails, patches, revisions, series } = reader.counts;
    assert.deepEqual(
      { mails, patches, revisions, series },
      { mails: truth.mails, patches: truth.patches, revisions: truth.revisions, series: truth.series },
    );
    assert.equal(reader.pending(10_000).length, truth.series);
    reader.close();
  });

  test("tells how far it is, of how many only where that is known before", async () => {
    const told = async (source: string): Promise<string[]> => {
      const said: string[] = [];
      const file = join(folder, `told${++count}.db`);
      await buildIndex([source], file, { progress: (done, total) => void said.push(`${done} of ${total ?? "?"}`) });
      return said;
    };
    const many = planArchive(seed, 510).plans;
    const archive = join(folder, "many.git");
    await commitMails(archive, seededCommits(seed, many));
    assert.deepEqual(await told(archive), ["500 of 510"]);
    const mbox = join(folder, "many.mbox");
    writeFileSync(mbox, mboxOf(...many.map((plan) => makeMail(seed, plan))));
    assert.deepEqual(await told(mbox), ["500 of ?"]);
  });

  test("gives a series by its id, by a former id and by the Message-ID of any of its mails", () => {
    const reader = openIndex(db);
    assert.ok(reader);
    const rerolled = reader.pending(10_000).find(({ revisions }) => revisions.length > 1);
    assert.ok(rerolled);
    assert.equal(reader.series(rerolled.id)?.id, rerolled.id);
    for (const alias of rerolled.aliases) assert.equal(reader.series(alias)?.id, rerolled.id, alias);
    const reply = plans.find(({ reply }) => reply > 0);
    assert.ok(reply);
    assert.ok(reader.series(`<${messageIdOf(seed, reply)}>`));
    reader.close();
  });

  test("tells which series touch a path and lines of it, newest revisions only", () => {
    const reader = openIndex(db);
    assert.ok(reader);
    for (const one of reader.pending(10_000).slice(0, 20)) {
      const [file] = one.revisions.at(-1)?.patches.find(({ files }) => files.length > 0)?.files ?? [];
      if (!file) continue;
      const hit = reader.touching(file.path, undefined, 10_000).find(({ id }) => id === one.id);
      assert.ok(hit, file.path);
      const [start] = file.hunks?.[0] ?? [0];
      assert.ok(reader.touching(file.path, [start, start], 10_000).some(({ id }) => id === one.id));
      assert.ok(reader.touchedPaths({ tail: file.path.split("/").slice(-2).join("/") }, 10_000).includes(file.path));
    }
    assert.deepEqual(reader.touching("no/such/file.c"), []);
    reader.close();
  });

  test("reads a mail again as it lies in the archive", async () => {
    const reader = openIndex(db);
    assert.ok(reader);
    const plan = plans[10]!;
    const id = messageIdOf(seed, plan);
    assert.deepEqual(await reader.mails([id, "no.such@mail.example.org"]), new Map([[id, makeMail(seed, plan)]]));
    reader.close();
  });

  test("does nothing where nothing is new", async () => {
    const before = dumpIndex(db);
    const { added, removed } = await buildIndex([whole], db);
    assert.deepEqual({ added, removed }, { added: 0, removed: 0 });
    assert.deepEqual(dumpIndex(db), before);
  });

  test("a mail read on two lists is one mail", async () => {
    const other = join(folder, "other.git");
    const elsewhere = (plan: MailPlan): Commit => ({
      add: Buffer.from(makeMail(seed, plan).toString("latin1").replace("<kvm.vger.example.org>", "<other.vger.example.org>"), "latin1"),
      time: plan.time + 90,
    });
    await commitMails(other, plans.slice(100, 200).map(elsewhere));
    const file = join(folder, "lists.db");
    const { mails: known } = await buildIndex([whole, other], file);
    assert.equal(known, mails);
    const reader = openIndex(file);
    assert.ok(reader);
    assert.deepEqual(
      reader
        .facts(messageIdOf(seed, plans[120]!))
        .flatMap(({ lists }) => lists)
        .sort(),
      ["kvm.vger.example.org", "other.vger.example.org"],
    );
    reader.close();
  });

  test("another process that writes is left alone", async () => {
    const lock = takeWriterLock(db);
    assert.ok(lock);
    const { busy } = await buildIndex([whole], db);
    assert.equal(busy, true);
    lock.release();
  });

  test("what is no index, or one of another version, is built again", async () => {
    const file = join(folder, "foreign.db");
    writeFileSync(file, "this is no database at all, however long it may be".repeat(100));
    await buildIndex([whole], file);
    assert.deepEqual(dumpIndex(file), dumpIndex(db));
  });

  test("finds series by lore's prefixes", async () => {
    const file = join(folder, "search.db");
    await buildIndex([whole], file);
    while (((await fillSearch(file, { slice: 10 })) ?? 0) > 0);
    const reader = openIndex(file);
    assert.ok(reader);
    const all = reader.pending(10_000);
    const one = all.find(({ revisions }) => revisions.at(-1)?.cover);
    assert.ok(one);
    const newest = one.revisions.at(-1)!;
    const ids = (query: string): string[] => reader.search(query).map(({ id }) => id);
    assert.ok(ids(`s:"${newest.title}"`).includes(one.id));
    assert.ok(ids(`"${newest.title}" f:${newest.author.email}`).includes(one.id));
    assert.ok(ids(`dfn:${newest.files[0]!}`).includes(one.id));
    assert.ok(!ids(`s:"${newest.title}" -f:${newest.author.email}`).includes(one.id));
    assert.deepEqual(ids("d:19990101..19990201"), []);
    assert.ok(ids("d:20240101..").length > 0);
    assert.deepEqual(ids('"unbalanced AND ( NEAR'), []);
    reader.close();
    assert.equal(await fillSearch(file), 0);
  });
});
