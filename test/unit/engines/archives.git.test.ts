/** Archives as they lie on a disk, with the real index, its thread and git: what becomes of them while the library follows. */
import assert from "node:assert/strict";
import {
  appendFileSync,
  chmodSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { gzipSync } from "node:zlib";
import { digestOfMails } from "../../../src/core/digest/digestOfMails";
import { formatDigest } from "../../../src/core/digest/digest";
import { fetchMirror, openSeries, readRange, startIndexing } from "../../../src/engines/archiveEngine";
import { Archives, SyncProgress } from "../../../src/engines/archives";
import { RangeExport } from "../../../src/engines/exportRange";
import { Emitter } from "../../../src/engines/ports";
import { Sync } from "../../../src/engines/sync";
import { Arrivals } from "../../../src/engines/unread";
import { Library } from "../../../src/library/library";
import { detectSource, isArchiveKind } from "../../../src/sources/detect";
import { makeDigestReader } from "../../../src/sources/digestFile";
import { root } from "../../host/paths";
import { badMail, mboxOf } from "../../support/badMails";
import { FakeClock } from "../../support/fakeClock";
import { FakeLog, FakeStorage } from "../../support/fakePorts";
import { startInboxServer, withoutPublicInbox } from "../../support/inboxServer";
import { git } from "../../support/makeArchive";
import { writeSampleArchive } from "../../support/sampleArchive";

const halted = "KVM: Account halted time where the guest is entered";
const change = (number: number): string => `KVM: x86: Change number ${number}`;

suite("archives on a disk", () => {
  let folder = "";
  let sample = "";
  const at = (...names: string[]): string => path.join(folder, ...names);
  const opened: Archives[] = [];

  suiteSetup(async () => {
    sample = mkdtempSync(path.join(tmpdir(), "kvm-series-sample-"));
    await writeSampleArchive(path.join(sample, "kvm"));
  });
  suiteTeardown(() => rmSync(sample, { recursive: true, force: true }));
  setup(() => (folder = mkdtempSync(path.join(tmpdir(), "kvm-series-disk-"))));
  teardown(async () => {
    for (const archives of opened.splice(0)) await archives.dispose();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  function makeGround() {
    const [library, progress, clock, log] = [new Library(), new SyncProgress(), new FakeClock(), new FakeLog()];
    const arrivals = new Arrivals(new FakeStorage());
    const reader = makeDigestReader();
    const rested = new Emitter<void>();
    const settings = {
      gitPath: undefined as string | undefined,
      archiveMonths: null,
      sourcesOf: "user" as const,
      sources: [] as readonly string[],
      syncMinutes: 0,
      subsystems: [],
    };
    const archives = new Archives({
      library,
      arrivals,
      progress,
      log,
      clock,
      storage: at("storage"),
      settings: () => settings,
      engine: {
        openSeries: (options) => openSeries(options, path.join(root, "dist", "searchWorker.js")),
        readRange,
        fetch: fetchMirror,
        startIndexer: () => Promise.resolve(startIndexing(path.join(root, "dist", "indexWorker.js"), () => rested.fire())),
      },
      inView: () => [],
    });
    opened.push(archives);
    const sync = new Sync({
      library,
      archives,
      progress,
      trees: { trees: [], onDidChange: new Emitter<void>().event },
      log,
      clock,
      settings: () => settings,
      watch: () => ({ dispose: () => undefined }),
      showing: (run) => run(),
      sourceOf: (name) => ({ name, read: (signal) => reader.read(name, signal) }),
      isArchive: (source) => isArchiveKind(detectSource(source)),
    });
    const syncOf = (...sources: readonly string[]): Promise<void> => {
      settings.sources = sources;
      return sync.sync();
    };
    const titles = (): string[] => library.series.map(({ title }) => title);
    const problems = (): string[] => library.problems.map(({ source, message }) => `${message} ${path.basename(source)}`);
    return { library, progress, clock, log, arrivals, settings, archives, syncOf, titles, problems, rested };
  }

  /** Copies the sample archive; what came last in it is held back, until `release`. */
  function youngSample(): { readonly kvm: string; readonly release: () => void } {
    cpSync(path.join(sample, "kvm"), at("kvm"), { recursive: true });
    const epoch = at("kvm", "git", "1.git");
    const newest = git(epoch, ["rev-parse", "HEAD"]).trim();
    git(epoch, ["update-ref", "refs/heads/master", git(epoch, ["rev-parse", "HEAD~12"]).trim()]);
    return { kvm: at("kvm"), release: () => void git(epoch, ["update-ref", "refs/heads/master", newest]) };
  }

  test("each that cannot be read is one problem of one sentence, and the others are read", async () => {
    cpSync(path.join(sample, "kvm"), at("kvm"), { recursive: true });
    cpSync(at("kvm", "git", "0.git"), at("cut.git"), { recursive: true });
    const packs = at("cut.git", "objects", "pack");
    const pack = path.join(packs, readdirSync(packs).find((name) => name.endsWith(".pack")) ?? "");
    chmodSync(pack, 0o644);
    truncateSync(pack, 5000);
    writeFileSync(at("bomb.eml.gz"), gzipSync(Buffer.concat([badMail({ number: 1 }), Buffer.alloc(40 * 1024 * 1024)])));
    symlinkSync("round", at("round"));
    const { archives, syncOf, library, titles, problems, rested } = makeGround();
    // Words are searched for in the full text, which is filled behind the sync.
    const isRested = new Promise<void>((resolve) => rested.event(() => resolve()));
    await archives.correct(
      [],
      [{ source: at("corrections.txt"), message: "This file is not UTF-8 text, so its joins and splits are not used." }],
    );
    await syncOf(...["kvm", "cut.git", "bomb.eml.gz", "round", "nowhere.mbox"].map((name) => at(name)));
    const wanted = [
      /^This file is not UTF-8 text, so its joins and splits are not used\. corrections\.txt$/,
      /^The repository is damaged \(.*\); run git fsck in it, or clone the archive again\. cut\.git$/,
      /^The file .*bomb\.eml\.gz could not be read \(it unpacks to more than the 32 MB limit for mails\)\. bomb\.eml\.gz$/,
      /^The path has a loop of symbolic links; check where they lead\. round$/,
      /^There is no such file or folder; check its name\. nowhere\.mbox$/,
    ];
    assert.equal(problems().length, wanted.length, problems().join("\n"));
    for (const one of wanted)
      assert.equal(problems().filter((problem) => one.test(problem)).length, 1, `${one.source}\n${problems().join("\n")}`);
    assert.ok(titles().includes(halted) && titles().length > 20);
    await isRested;
    for (const [query, found] of [
      ["f:ruth", halted],
      ["dfn:arch/x86/kvm/vmx/tdx.c s:reclaim", "KVM: x86/tdx: Reclaim the pages of a torn-down guest lazily"],
    ] as const) {
      const answers = library.search(query).map(({ title }) => title);
      assert.ok(answers.includes(found) && answers.length < 8, `${query}: ${answers.join()}`);
    }
  });

  test("one that is deleted is a problem and takes its series along, until it is there again", async () => {
    cpSync(path.join(sample, "kvm"), at("kvm"), { recursive: true });
    writeFileSync(at("list.mbox"), mboxOf(badMail({ number: 4 })));
    const { syncOf, library, titles, problems } = makeGround();
    const sync = () => syncOf(at("kvm"), at("list.mbox"));
    await sync();
    assert.ok(titles().includes(change(4)));
    rmSync(at("list.mbox"));
    await sync();
    assert.deepEqual(problems(), ["There is no such file or folder; check its name. list.mbox"]);
    assert.deepEqual([titles().includes(change(4)), titles().includes(halted)], [false, true]);
    assert.equal(library.find("bad4@example.org"), undefined);
    writeFileSync(at("list.mbox"), mboxOf(badMail({ number: 4 })));
    await sync();
    assert.deepEqual([titles().includes(change(4)), problems()], [true, []]);
  });

  test("an index that another one writes is waited for, with what is known meanwhile", async () => {
    writeFileSync(at("list.mbox"), mboxOf(badMail({ number: 4 })));
    const { syncOf, progress, clock, titles, rested } = makeGround();
    // Its own thread goes on writing for a while, to fill the full text.
    const isRested = new Promise<void>((resolve) => rested.event(() => resolve()));
    await syncOf(at("list.mbox"));
    await isRested;
    const lock = new DatabaseSync(`${at("storage", "index", "own.db")}.lock`);
    lock.exec("BEGIN EXCLUSIVE");
    appendFileSync(at("list.mbox"), mboxOf(badMail({ number: 5 })));
    const said = new Promise<void>((resolve) => {
      progress.onDidChange(() => progress.text === "Another window is reading the mail" && resolve());
    });
    const sync = syncOf(at("list.mbox"));
    await said;
    assert.deepEqual(titles(), [change(4)]);
    lock.exec("ROLLBACK");
    lock.close();
    await clock.pass(500);
    await sync;
    assert.deepEqual([titles().includes(change(5)), progress.text], [true, ""]);
  });

  test("mail that comes is new in its series until it is read", async () => {
    const { kvm, release } = youngSample();
    const { syncOf, arrivals, library } = makeGround();
    const isNew = (): boolean => library.series.some((series) => arrivals.has(series));
    await syncOf(kvm);
    assert.equal(isNew(), false);
    release();
    await syncOf(kvm);
    assert.equal(isNew(), true);
    await arrivals.markAllRead();
    assert.equal(isNew(), false);
  });

  test("a damaged index is built again, and that git is not there is said", async () => {
    cpSync(path.join(sample, "kvm"), at("kvm"), { recursive: true });
    const first = makeGround();
    await first.syncOf(at("kvm"));
    const all = first.titles();
    await first.archives.dispose();
    const file = at("storage", "index", "own.db");
    const bytes = readFileSync(file);
    bytes.fill(0xaa, Math.floor(bytes.length / 4));
    writeFileSync(file, bytes);
    const { syncOf, settings, titles, problems } = makeGround();
    settings.gitPath = at("no-such-git");
    await syncOf(at("kvm"));
    assert.ok(
      problems().some((problem) => problem.startsWith("Git was not found; install it, or set git.path")),
      problems().join("\n"),
    );
    settings.gitPath = undefined;
    await syncOf(at("kvm"));
    assert.deepEqual([titles().sort(), problems()], [all.sort(), []]);
  });

  test("a digest of the last week is exported, and since then nothing", async () => {
    cpSync(path.join(sample, "kvm"), at("kvm"), { recursive: true });
    const { archives, syncOf, log } = makeGround();
    await syncOf(at("kvm"));
    const ranges = new RangeExport({ archives, storage: new FakeStorage(), log });
    const read = await ranges.read([at("kvm")], ranges.daysBack(7));
    const { mails, from, to } = read[0]!;
    const text = formatDigest(digestOfMails(mails, { from, to, list: "KVM" }));
    assert.match(text, /^From \d{4}-\d\d-\d\d to \d{4}-\d\d-\d\d\nKVM mailing list update from /);
    await ranges.reached([at("kvm")], read);
    const last = ranges.sinceLast([at("kvm")]);
    assert.ok(last);
    await assert.rejects(
      ranges.read([at("kvm")], last.ends),
      /^HumanError: There is no mail from [0-9a-f]{9} to the end; choose other ends\.$/,
    );
  });

  test("a list by its address is fetched, and stays when its server is gone, which is one sentence", async () => {
    assert.equal(withoutPublicInbox(), null);
    cpSync(path.join(sample, "kvm"), at("served"), { recursive: true });
    const server = await startInboxServer({ kvm: at("served") });
    const { syncOf, titles, problems } = makeGround();
    try {
      await syncOf(`${server.url}/kvm/`);
      assert.deepEqual([titles().includes(halted), problems()], [true, []]);
    } finally {
      server.stop();
    }
    await syncOf(`${server.url}/kvm/`);
    assert.equal(problems().length, 1);
    assert.match(problems()[0]!, /server|reach|connect/i);
    assert.ok(titles().includes(halted));
  });
});
