import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Correction } from "../../../src/core/postings/corrections";
import type { Problem, Series } from "../../../src/core/series/series";
import { type ArchiveEngine, Archives, type ArchivesParts, type OpenIndex, SyncProgress } from "../../../src/engines/archives";
import type { BuildResult } from "../../../src/index/build";
import { type ArchivedSeries, Library } from "../../../src/library/library";
import { Arrivals } from "../../../src/engines/unread";
import { FakeClock, settled } from "../../support/fakeClock";
import { FakeLog, FakeStorage } from "../../support/fakePorts";
import { revision, seriesWith } from "../../support/invented";
import { uncaughtOf } from "../../support/uncaught";

const one = seriesWith([revision({ messageId: "1@example.org" })], { id: "aaaaaaaaaaaa" });
const two = seriesWith([revision({ messageId: "2@example.org" })], { id: "bbbbbbbbbbbb" });
const join12: Correction = { kind: "join", first: "1@example.org", second: "2@example.org" };
const denied = Object.assign(new Error("EACCES: permission denied, stat 'own.db'"), { code: "EACCES" });

/** An index whose content and faults the test sets. */
class FakeIndex implements OpenIndex {
  stored: readonly Series[] = [one];
  series: readonly Series[] = [];
  loaded = false;
  damaged = false;
  arrived = 1;
  isNew = true;
  isDisposed = false;
  verified = 0;
  /** Thrown by whatever reads the index. */
  fault: Error | null = null;
  /** Thrown where it is asked for its problems alone. */
  problemFault: Error | null = null;
  hold: Promise<void> = Promise.resolve();
  told: Problem[] = [];

  get problems(): readonly Problem[] {
    const fault = this.fault ?? this.problemFault;
    if (fault) throw fault;
    return this.told;
  }
  async verify(): Promise<void> {
    this.verified++;
    await this.hold;
  }
  refresh(): boolean {
    if (this.fault) throw this.fault;
    const { isNew } = this;
    this.isNew = false;
    return isNew;
  }
  load(): Promise<boolean> {
    this.series = this.stored;
    this.loaded = true;
    return Promise.resolve(true);
  }
  surround = (): Promise<boolean> => Promise.resolve(true);
  touching = () => [];
  /** The files whose series were assembled. */
  readonly assembled: string[] = [];
  *touchingSteps(path: string): Generator {
    yield path;
    this.assembled.push(path);
  }
  find = () => undefined;
  search = () => [];
  readonly newest = null;
  searchSoon = () => Promise.resolve([]);
  idsBeginning = () => [];
  touchedPaths = () => [];
  changedSince = () => [];
  untaken = () => [];
  readonly untakenCount = 0;
  readonly mailCount = 1;
  mailBytes = () => Promise.resolve(new Map<string, Uint8Array>());
  dispose(): void {
    this.isDisposed = true;
  }
}

const built: BuildResult = {
  mails: 1,
  patches: 1,
  revisions: 1,
  series: 1,
  untaken: 0,
  seconds: 0,
  problems: [],
  added: 1,
  removed: 0,
  busy: false,
  repaired: false,
};

interface Ground {
  readonly archives: Archives;
  readonly progress: SyncProgress;
  readonly clock: FakeClock;
  readonly log: FakeLog;
  readonly storage: string;
  /** The indexes that were opened, in order. */
  readonly opened: FakeIndex[];
  readonly noted: string[];
  /** What the library was told last. */
  readonly now: () => { readonly archives: ArchivedSeries | null; readonly problems: readonly Problem[] };
  readonly told: () => number;
  /** The archives the library was told of, in order. */
  readonly lists: ReadonlyArray<ArchivedSeries | null>;
}

suite("archives", () => {
  let storage = "";
  setup(() => (storage = mkdtempSync(join(tmpdir(), "kvm-archives-"))));
  teardown(() => rmSync(storage, { recursive: true, force: true }));

  function makeGround(engine: Partial<ArchiveEngine> = {}, more: Partial<ArchivesParts> = {}): Ground {
    const opened: FakeIndex[] = [];
    const noted: string[] = [];
    const progress = new SyncProgress();
    const clock = new FakeClock();
    const log = new FakeLog();
    let state: ReturnType<Ground["now"]> = { archives: null, problems: [] };
    const lists: Array<ArchivedSeries | null> = [];
    let told = 0;
    const archives = new Archives({
      library: {
        archivesChanged: (archived: ArchivedSeries | null, problems?: readonly Problem[]) => {
          state = { archives: archived, problems: problems ?? [] };
          lists.push(archived);
          told++;
        },
      },
      arrivals: {
        note: (name) => {
          noted.push(name);
          return Promise.resolve();
        },
      },
      progress,
      log,
      clock,
      storage,
      settings: () => ({ gitPath: undefined, archiveMonths: 6, sourcesOf: "user" }),
      engine: {
        openSeries: () => {
          const index = new FakeIndex();
          opened.push(index);
          return Promise.resolve(index);
        },
        startIndexer: () => Promise.resolve({ sync: () => Promise.resolve(built), dispose: () => Promise.resolve() }),
        readRange: () => Promise.reject(new Error("No range is read here.")),
        fetch: () => Promise.resolve({ folder: "/mirror", problems: [] }),
        ...engine,
      },
      inView: () => [],
      ...more,
    });
    return { archives, progress, clock, log, storage, opened, noted, lists, now: () => state, told: () => told };
  }

  test("a sync opens the index, brings it up to date and hands it on", async () => {
    const { archives, opened, now, noted } = makeGround();
    await archives.sync(["/mail", "https://example.org/list/"]);
    assert.deepEqual([opened.length, now().archives, now().problems], [1, opened[0], []]);
    assert.deepEqual(archives.folders, ["/mail", "/mirror"]);
    assert.deepEqual(noted, [join(storage, "index", "own.db")]);
    await archives.sync([]);
    assert.deepEqual([now().archives, opened[0]!.isDisposed], [null, true]);
  });

  test("nothing is left to export of archives that were taken out", async () => {
    const { archives } = makeGround();
    await archives.sync(["/mail"]);
    await archives.sync([]);
    assert.deepEqual(archives.folders, []);
  });

  test("what touches the files in view is assembled, in steps, before the library is told of a stored index for the first time", async () => {
    const index = new FakeIndex();
    const told: number[] = [];
    const { archives } = makeGround(
      { openSeries: () => Promise.resolve(index) },
      { inView: () => ["a.c", "b.c"], library: { archivesChanged: () => void told.push(index.assembled.length) } },
    );
    await archives.sync(["/mail"]);
    await archives.sync(["/mail"]);
    assert.deepEqual(index.assembled, ["a.c", "b.c"]);
    assert.deepEqual([...new Set(told)], [2]);
  });

  test("an index that could not be opened is opened by the next try", async () => {
    let fails = true;
    const index = new FakeIndex();
    const { archives, log, now } = makeGround({ openSeries: () => (fails ? Promise.reject(denied) : Promise.resolve(index)) });
    await archives.sync(["/mail"]);
    assert.match(now().problems[0]?.message ?? "", /^The index cannot be read \(EACCES: .*\); it is tried again automatically\./);
    await archives.noticeOthers();
    await archives.sync(["/mail"]);
    assert.deepEqual([now().problems.length, log.errors.length], [1, 1]);
    fails = false;
    await archives.noticeOthers();
    assert.deepEqual([now().archives, now().problems], [index, []]);
    fails = true;
    await archives.sync([]);
    await archives.sync(["/mail"]);
    fails = false;
    await archives.sync(["/mail"]);
    assert.deepEqual([now().archives, now().problems], [index, []]);
  });

  test("an index that cannot be read is one row and one line of the log, however often it is tried", async () => {
    const { archives, opened, log, now, told } = makeGround();
    await archives.sync(["/mail"]);
    opened[0]!.fault = denied;
    const before = told();
    for (let notice = 0; notice < 3; notice++) await archives.noticeOthers();
    assert.deepEqual([now().problems.length, log.errors.length, told() - before], [1, 1, 1]);
    assert.equal(now().archives, opened[0]);
    await archives.sync(["/mail"]);
    assert.deepEqual([now().problems.length, log.errors.length], [1, 1]);
    opened[0]!.fault = null;
    await archives.noticeOthers();
    assert.deepEqual(now().problems, []);
    opened[0]!.fault = denied;
    await archives.noticeOthers();
    assert.deepEqual([now().problems.length, log.errors.length], [1, 2]);
  });

  test("so is one whose problems alone cannot be read", async () => {
    const { archives, opened, log, now } = makeGround();
    await archives.sync(["/mail"]);
    Object.assign(opened[0]!, { problemFault: denied, isNew: true, stored: [one, two] });
    for (let notice = 0; notice < 3; notice++) await archives.noticeOthers();
    assert.deepEqual([now().problems.length, log.errors.length, now().archives?.series], [1, 1, [one, two]]);
    opened[0]!.problemFault = null;
    await archives.noticeOthers();
    assert.deepEqual(now().problems, []);
  });

  test("a notice that takes long is not begun once more", async () => {
    const { archives, opened } = makeGround();
    await archives.sync(["/mail"]);
    const { verified } = opened[0]!;
    let release = (): void => undefined;
    opened[0]!.hold = new Promise((resolve) => (release = resolve));
    const notices = [archives.noticeOthers(), archives.noticeOthers()];
    await settled();
    assert.equal(opened[0]!.verified - verified, 1);
    release();
    await Promise.all(notices);
    await archives.noticeOthers();
    assert.equal(opened[0]!.verified - verified, 2);
  });

  test("the library is told of what another window wrote, and not of what changes no series", async () => {
    const { archives, opened, now, told } = makeGround();
    await archives.sync(["/mail"]);
    const before = told();
    opened[0]!.isNew = true;
    await archives.noticeOthers();
    assert.equal(told(), before);
    Object.assign(opened[0]!, { isNew: true, stored: [one, two] });
    await archives.noticeOthers();
    assert.deepEqual([told() - before, now().archives?.series], [1, [one, two]]);
  });

  test("corrections that come while the index is opened hold, and the sync goes on", async () => {
    const asked: Array<readonly Correction[]> = [];
    const indexes = [new FakeIndex(), new FakeIndex()];
    let release = (): void => undefined;
    const first = new Promise<void>((resolve) => (release = resolve));
    let synced = 0;
    const { archives, now } = makeGround({
      openSeries: async ({ corrections }) => {
        const index = indexes[asked.push(corrections) - 1]!;
        if (asked.length === 1) await first;
        return index;
      },
      startIndexer: () =>
        Promise.resolve({
          sync: () => {
            synced++;
            return Promise.resolve(built);
          },
          dispose: () => Promise.resolve(),
        }),
    });
    const sync = archives.sync(["/mail"]);
    await settled();
    const correct = archives.correct([join12], []);
    await settled();
    release();
    await Promise.all([sync, correct]);
    assert.deepEqual(asked, [[], [join12]]);
    assert.deepEqual([now().archives, indexes[0]!.isDisposed, synced], [indexes[1], true, 1]);
  });

  test("corrections that come while an index that was opened gets its subsystems empty no list", async () => {
    const indexes = [new FakeIndex(), new FakeIndex()];
    let asked = 0;
    let surrounded = (): void => undefined;
    let openedAgain = (): void => undefined;
    const held = new Promise<void>((resolve) => (openedAgain = resolve));
    const { archives, now, lists } = makeGround({
      openSeries: async () => {
        const index = indexes[asked++]!;
        if (index === indexes[1]) await held;
        else index.surround = () => new Promise((resolve) => (surrounded = () => resolve(true)));
        return index;
      },
    });
    const sync = archives.sync(["/mail"]);
    await settled();
    const correct = archives.correct([join12], []);
    await settled();
    surrounded();
    await settled();
    assert.equal(lists.length, 0);
    openedAgain();
    await Promise.all([sync, correct]);
    assert.equal(now().archives, indexes[1]);
    assert.deepEqual([...new Set(lists)], [indexes[1]]);
  });

  test("another git is that of the open index too", async () => {
    const gits: Array<string | undefined> = [];
    const settings = { gitPath: "/old/git" as string | undefined, archiveMonths: 6, sourcesOf: "user" as const };
    const { archives, now } = makeGround(
      {
        openSeries: ({ git }) => {
          gits.push(git);
          return Promise.resolve(new FakeIndex());
        },
      },
      { settings: () => settings },
    );
    await archives.sync(["/mail"]);
    settings.gitPath = "/new/git";
    await archives.sync(["/mail"]);
    assert.deepEqual(gits, ["/old/git", "/new/git"]);
    assert.equal(now().archives?.series.length, 1);
  });

  test("what came in is taken note of before a page that shows it can mark it read", async () => {
    const arrivals = new Arrivals(new FakeStorage());
    let marked: Promise<void> = Promise.resolve();
    const index = new FakeIndex();
    const archivesChanged = (archived: ArchivedSeries | null): void => {
      marked = arrivals.markRead(archived?.series ?? []);
    };
    const { archives } = makeGround({ openSeries: () => Promise.resolve(index) }, { arrivals, library: { archivesChanged } });
    await archives.sync(["/mail"]);
    Object.assign(index, { isNew: true, arrived: 2, stored: [one, two], changedSince: () => [one.id] });
    await archives.noticeOthers();
    await marked;
    assert.equal(arrivals.has(one), false);
  });

  test("whoever is told by the library and fails ends neither the sync nor keeps it from others", async () => {
    const library = new Library();
    let told = 0;
    library.onDidChange(() => {
      throw new Error("it cannot be drawn");
    });
    library.onDidChange(() => told++);
    const { archives, log } = makeGround({}, { library });
    const uncaught = await uncaughtOf(() => archives.sync(["/mail"]));
    assert(told > 0);
    assert.deepEqual([archives.folders, library.series, library.problems, log.errors], [["/mail"], [one], [], []]);
    assert.deepEqual([...new Set(uncaught.map(String))], ["Error: it cannot be drawn"]);
  });

  test("while another window writes the index, this one waits, shows what came, and then looks after it", async () => {
    const answers = [true, true, false];
    const { archives, clock, opened, now } = makeGround({
      startIndexer: () =>
        Promise.resolve({ sync: () => Promise.resolve({ ...built, busy: answers.shift() ?? false }), dispose: () => Promise.resolve() }),
    });
    const sync = archives.sync(["/mail"]);
    await settled();
    Object.assign(opened[0]!, { isNew: true, stored: [one, two] });
    await clock.pass(500);
    assert.deepEqual(now().archives?.series, [one, two]);
    await clock.pass(500);
    await sync;
    assert.equal(answers.length, 0);
  });

  test("how far it is read is told in words, and no more once it is", async () => {
    const { archives, progress } = makeGround({
      startIndexer: () =>
        Promise.resolve({
          sync: (_sources, _file, options) => {
            options?.progress?.(1500, null);
            options?.progress?.(3000, 4000);
            return Promise.resolve(built);
          },
          dispose: () => Promise.resolve(),
        }),
    });
    const said: string[] = [];
    progress.onDidChange(() => said.push(progress.text));
    await archives.sync(["/mail"]);
    assert.deepEqual(said, ["Reading mail 1,500", "Reading mail 3,000 of 4,000", ""]);
  });

  test("a damaged index is thrown away once; damaged again it is a problem", async () => {
    const { archives, opened, now, log } = makeGround();
    const file = join(storage, "index", "own.db");
    mkdirSync(join(storage, "index"));
    writeFileSync(file, "damaged");
    await archives.sync(["/mail"]);
    opened[0]!.damaged = true;
    await archives.noticeOthers();
    assert.deepEqual([existsSync(file), log.warnings.length], [false, 1]);
    await archives.noticeOthers();
    await archives.sync(["/mail"]);
    assert.match(now().problems.at(-1)?.message ?? "", /although it was built again/);
  });

  test("a sync that is stopped hands on nothing of it, and the next one does", async () => {
    let release = (): void => undefined;
    let signal: AbortSignal | undefined;
    const { archives } = makeGround({
      fetch: async (_url, options) => {
        signal = options.signal;
        await new Promise<void>((resolve) => (release = resolve));
        return { folder: "/mirror", problems: [] };
      },
    });
    const sync = archives.sync(["https://example.org/list/"]);
    await settled();
    archives.stop();
    assert.equal(signal?.aborted, true);
    release();
    await sync;
    assert.deepEqual(archives.folders, []);
  });

  test("problems are told once a source, though two sources say the same", async () => {
    const said = (source: string): Problem => ({ source, message: "One mail cannot be read." });
    const { archives, opened, now } = makeGround({
      startIndexer: () =>
        Promise.resolve({ sync: () => Promise.resolve({ ...built, problems: [said("a.git")] }), dispose: () => Promise.resolve() }),
    });
    const sync = archives.sync(["/mail"]);
    await settled();
    opened[0]!.told = [said("a.git"), said("b.git")];
    await sync;
    await archives.surround({ rules: [], trees: [] });
    assert.deepEqual(now().problems, [said("a.git"), said("b.git")]);
  });

  test("an indexer that did not start is started by the next sync", async () => {
    let started = 0;
    const { archives, now } = makeGround({
      startIndexer: () =>
        ++started === 1
          ? Promise.reject(new Error("No thread is free."))
          : Promise.resolve({ sync: () => Promise.resolve(built), dispose: () => Promise.resolve() }),
    });
    await archives.sync(["/mail"]);
    assert.match(now().problems[0]?.message ?? "", /could not be written/);
    await archives.sync(["/mail"]);
    assert.deepEqual([started, now().problems], [2, []]);
  });

  test("nothing goes on once it is disposed: neither an index that is being opened nor the thread of one", async () => {
    const index = new FakeIndex();
    let release = (): void => undefined;
    let ended = 0;
    const { archives, told } = makeGround({
      openSeries: async () => {
        await new Promise<void>((resolve) => (release = resolve));
        return index;
      },
      startIndexer: () =>
        Promise.resolve({
          sync: () => Promise.resolve(built),
          dispose: () => {
            ended++;
            return Promise.resolve();
          },
        }),
    });
    const opening = archives.sync(["/mail"]);
    await settled();
    const before = told();
    const end = archives.dispose();
    release();
    await Promise.all([opening, end]);
    assert.deepEqual([index.isDisposed, told() - before], [true, 0]);
    await archives.sync(["/mail"]);
    await archives.noticeOthers();
    assert.equal(told(), before);
    const other = makeGround({
      startIndexer: () =>
        Promise.resolve({
          sync: () => Promise.resolve(built),
          dispose: () => {
            ended++;
            return Promise.resolve();
          },
        }),
    });
    await other.archives.sync(["/mail"]);
    await other.archives.dispose();
    assert.deepEqual([ended, other.opened[0]!.isDisposed], [1, true]);
  });
});
