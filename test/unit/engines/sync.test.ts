import assert from "node:assert/strict";
import { Emitter } from "../../../src/engines/ports";
import { Sync, type WatchedFiles } from "../../../src/engines/sync";
import type { Settings } from "../../../src/engines/settings";
import { Library, type Source } from "../../../src/library/library";
import { FakeClock, settled } from "../../support/fakeClock";
import { FakeLog } from "../../support/fakePorts";
import { patchEntry, seriesOf } from "../../support/invented";
import { emptyArchive } from "../../support/madeLibrary";

const noArchives = {
  sync: (): Promise<void> => Promise.resolve(),
  stop: (): void => undefined,
  noticeOthers: (): Promise<void> => Promise.resolve(),
  surround: (): Promise<void> => Promise.resolve(),
};

function makeGround(archives: Partial<typeof noArchives> = {}) {
  const settings = { sources: ["/a.txt", "/list.git"] as readonly string[], syncMinutes: 30, subsystems: [] };
  const library = new Library();
  const clock = new FakeClock();
  const log = new FakeLog();
  const trees = new Emitter<void>();
  const watched = new Map<WatchedFiles, () => void>();
  const asked: string[][] = [];
  const progress: string[] = [];
  const sync = new Sync({
    library,
    archives: {
      ...noArchives,
      sync: (sources: readonly string[]) => {
        asked.push([...sources]);
        return Promise.resolve();
      },
      ...archives,
    },
    progress: { set: (text) => progress.push(text) },
    trees: { trees: [], onDidChange: trees.event },
    log,
    clock,
    settings: () => settings,
    watch: (files, changed) => {
      watched.set(files, changed);
      return { dispose: () => watched.delete(files) };
    },
    showing: (run) => run(),
    sourceOf: (name): Source => ({ name, read: () => Promise.resolve({ digests: [], problems: [{ source: name, message: "Odd." }] }) }),
    isArchive: (path) => path.endsWith(".git"),
  });
  const changed = (...names: ReadonlyArray<keyof Settings>): void => sync.settingsChanged((name) => names.includes(name));
  return { sync, settings, library, clock, log, trees, watched, asked, changed };
}

suite("sync", () => {
  test("begins with all sources, and reads them again at intervals", async () => {
    const { sync, clock, asked, log, settings, changed } = makeGround();
    assert.equal(sync.state, "syncing");
    sync.begin();
    assert.equal(sync.isRunning, true);
    await settled();
    assert.deepEqual([asked, sync.isRunning, sync.state], [[["/list.git"]], false, "empty"]);
    assert.deepEqual(log.warnings, ["/a.txt: Odd."]);
    await clock.pass(30 * 60_000);
    assert.equal(asked.length, 2);
    settings.syncMinutes = 0;
    changed("syncMinutes");
    await clock.pass(90 * 60_000);
    assert.equal(asked.length, 2);
    sync.dispose();
  });

  test("waits until the files of a source are quiet", async () => {
    const { sync, clock, asked, watched } = makeGround();
    sync.begin();
    await settled();
    assert.equal(watched.size, 10);
    const [change] = watched.values();
    change!();
    await clock.pass(200);
    change!();
    await clock.pass(299);
    assert.equal(asked.length, 1);
    await clock.pass(1);
    assert.equal(asked.length, 2);
    sync.dispose();
  });

  test("follows its settings, and watches other files for other sources", async () => {
    const { sync, settings, asked, watched, changed } = makeGround();
    sync.begin();
    await settled();
    settings.sources = ["https://example.org/list/"];
    changed("sources");
    await settled();
    assert.deepEqual([asked.at(-1), watched.size], [["https://example.org/list/"], 0]);
    changed("listName");
    await settled();
    assert.equal(asked.length, 2);
    changed("gitPath");
    await settled();
    assert.equal(asked.length, 3);
    settings.sources = [];
    assert.equal(sync.state, "noSources");
    sync.dispose();
  });

  test("what fails where nobody waits ends in the log, and where somebody waits with them", async () => {
    const fails = (what: string) => (): Promise<void> => Promise.reject(new Error(what));
    const { sync, clock, log, trees } = makeGround({
      sync: fails("sync failed"),
      noticeOthers: fails("notice failed"),
      surround: fails("surround failed"),
    });
    sync.begin();
    await settled();
    assert.deepEqual(log.errors, ["surround failed", "sync failed"]);
    assert.equal(sync.isRunning, false);
    trees.fire();
    await clock.pass(3000);
    assert.deepEqual(log.errors.slice(2), ["surround failed", "notice failed"]);
    await assert.rejects(sync.sync(), /sync failed/);
    sync.dispose();
  });

  test("tells of each change of its state", async () => {
    const { sync, library } = makeGround();
    const states: string[] = [];
    sync.onDidChange(() => states.push(`${sync.state} ${sync.isRunning}`));
    await sync.sync();
    assert.deepEqual(states, ["syncing true", "syncing true", "empty false"]);
    const series = seriesOf([patchEntry("[PATCH] KVM: Do a thing")]);
    library.archivesChanged({ ...emptyArchive, series });
    assert.equal(states.at(-1), "ready false");
    sync.dispose();
  });

  test("ends with all its timers and watchers", async () => {
    const { sync, clock, watched, asked, trees } = makeGround();
    sync.begin();
    await settled();
    const [change] = watched.values();
    change!();
    sync.dispose();
    trees.fire();
    assert.deepEqual([clock.waiting, watched.size], [0, 0]);
    await sync.sync();
    assert.equal(asked.length, 1);
  });
});
