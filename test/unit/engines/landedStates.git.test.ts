/** Where series stand in open trees, on a real history. */
import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { refsStamp } from "../../../src/checkout/remotes";
import { nothingMoved } from "../../../src/core/series/movedFiles";
import { newestRevision, type Series } from "../../../src/core/series/series";
import { LandedStates } from "../../../src/engines/landedStates";
import { OpenTrees } from "../../../src/engines/openTrees";
import { Emitter } from "../../../src/engines/ports";
import type { LookForSeries } from "../../../src/library/landedThread";
import { readLandings } from "../../../src/library/landings";
import { bytesById } from "../../support/pageArchive";
import { FakeClock, settled, until } from "../../support/fakeClock";
import { FakeLog, FakeWorkspace } from "../../support/fakePorts";
import { files, LandedGround, text } from "../../support/landedGround";
import { MadeLibrary } from "../../support/madeLibrary";

const title = "KVM: teapot: Pour without spilling";
const poured = { 20: "one", 21: "two", 22: "three", 23: "four" };

suite("states of series in open trees", () => {
  let ground: LandedGround;
  let held: MadeLibrary;
  let trees: OpenTrees;
  let states: LandedStates;
  let clock: FakeClock;
  let log: FakeLog;
  const head = new Emitter<void>();
  const wish = new Emitter<void>();
  let [isTrusted, isWanted] = [true, true];
  /** How many series were asked about in each look. */
  let looks: number[] = [];
  /** How often the refs were asked for. */
  let stamps = 0;

  suiteSetup(() => {
    ground = new LandedGround();
    // By this file a kernel is known.
    const mark = { "virt/kvm/kvm_main.c": "a kernel\n" };
    ground.post({ name: "pour", day: 10, patches: [{ title, files: { [files.teapot]: text("teapot", poured) } }] });
    ground.post({ name: "wash", day: 11, patches: [{ title: "KVM: cup: Wash it", files: { [files.cup]: text("cup", { 9: "one" }) } }] });
    ground.commit(mark, { title: "A kernel", day: 11 });
  });
  suiteTeardown(() => ground.dispose());
  setup(() => {
    [isTrusted, isWanted] = [true, true];
    looks = [];
    stamps = 0;
    clock = new FakeClock();
    log = new FakeLog();
    held = new MadeLibrary(ground.series());
    const bytes = bytesById(ground.mails());
    held.mails = (ids) => Promise.resolve(new Map([...bytes].filter(([id]) => ids.includes(id))));
  });
  teardown(() => {
    states.dispose();
    trees.dispose();
  });

  const look: LookForSeries = ({ tree, now }, asked, { mails, signal }) => {
    looks.push(asked.length);
    return readLandings(asked, tree, { now, mails, signal, moved: () => Promise.resolve(nothingMoved) });
  };

  async function open(...folders: readonly string[]): Promise<void> {
    const workspace = new FakeWorkspace();
    trees = new OpenTrees({ workspace, git: () => ({}), log });
    states = new LandedStates({
      library: held.library,
      trees,
      moved: { movesIn: () => [], onDidChange: new Emitter<void>().event },
      git: () => (isTrusted ? {} : null),
      engine: () => Promise.resolve({ refsStamp: (...asked: Parameters<typeof refsStamp>) => refsStamp(...asked).finally(() => stamps++) }),
      look,
      storage: path.join(ground.folder, "storage"),
      isWanted: () => isWanted,
      onDidChangeWish: wish.event,
      clock,
      log,
      again: [head.event],
    });
    workspace.openFolders(...folders);
    await until(() => trees.trees.length === folders.length);
  }

  /** Waits for the end of the next look. */
  async function looked(): Promise<void> {
    let isDone = false;
    const listening = states.onDidChange(() => (isDone = true));
    await clock.pass(1500);
    await until(() => isDone);
    listening.dispose();
  }

  const said = (): string[] => held.library.series.map(({ title: of, status }) => `${of}: ${status}`);
  const seriesOf = (wanted: string): Series => held.library.series.find((one) => one.title === wanted)!;
  const touching = (): string[] => held.library.touching({ path: files.teapot }).map(({ series }) => series.title);

  test("what has landed touches nothing any more, and is pending again once it is gone", async () => {
    await open(ground.tree);
    await looked();
    assert.deepEqual(said(), ["KVM: cup: Wash it: new", `${title}: new`]);
    assert.deepEqual(touching(), [title]);
    ground.commit({ [files.teapot]: text("teapot", poured) }, { title, day: 12 });
    head.fire();
    await looked();
    assert.deepEqual(said(), ["KVM: cup: Wash it: new", `${title}: landed`]);
    assert.deepEqual(touching(), []);
    assert.deepEqual(
      held.library.touching({ path: files.teapot, all: true }).map(({ series }) => series.status),
      ["landed"],
    );
    const there = states.of(seriesOf(title));
    assert.deepEqual([there?.status, there?.evidence[0]?.kind, there?.patches[0]?.commits[0]?.commit.title], ["landed", "landed", title]);
    ground.git("reset", "-q", "--hard", "HEAD~1");
    head.fire();
    await looked();
    assert.deepEqual(touching(), [title]);
  });

  test("where no ref changed only series that were not asked about are looked for", async () => {
    held.hold(ground.series().slice(1));
    await open(ground.tree);
    await looked();
    const listening = states.onDidChange(() => assert.fail("nothing is new"));
    head.fire();
    await clock.pass(1500);
    await until(() => stamps === 2);
    await settled();
    listening.dispose();
    held.hold(ground.series());
    await looked();
    assert.deepEqual(looks, [1, 1]);
  });

  test("a newer revision has not landed with an older one", async () => {
    ground.commit({ [files.teapot]: text("teapot", poured) }, { title, day: 12 });
    await open(ground.tree);
    await looked();
    const series = seriesOf(title);
    const reroll = { ...newestRevision(series), version: 2, messageId: "again@example.org" };
    held.hold([{ ...series, status: "new", revisions: [...series.revisions, reroll] }]);
    assert.deepEqual(said(), [`${title}: new`]);
    ground.git("reset", "-q", "--hard", "HEAD~1");
  });

  test("landed in one of two trees it is for is pending in the other", async () => {
    const second = path.join(ground.folder, "second");
    ground.git("worktree", "add", "-q", "--detach", second);
    ground.commit({ [files.teapot]: text("teapot", poured) }, { title, day: 12 });
    await open(ground.tree, second);
    await looked();
    assert.deepEqual(said(), ["KVM: cup: Wash it: new", `${title}: new`]);
    assert.deepEqual([states.of(seriesOf(title))?.top, states.of(seriesOf(title))?.name], [second, "second"]);
    ground.git("reset", "-q", "--hard", "HEAD~1");
    ground.git("worktree", "remove", "--force", second);
  });

  test("nothing is asked in a folder without git, an untrusted window, or where nobody wants to know", async () => {
    const plain = path.join(ground.folder, "plain");
    mkdirSync(path.join(plain, "virt/kvm"), { recursive: true });
    writeFileSync(path.join(plain, "MAINTAINERS"), "");
    writeFileSync(path.join(plain, "virt/kvm/kvm_main.c"), "");
    await open(plain);
    await clock.pass(1500);
    await until(() => stamps === 1);
    await settled();
    assert.deepEqual([looks, log.warnings, states.of(seriesOf(title))], [[], [], null]);
    rmSync(plain, { recursive: true });
    states.dispose();
    isTrusted = false;
    await open(ground.tree);
    await clock.pass(1500);
    assert.deepEqual(looks, []);
    isTrusted = true;
    ground.commit({ [files.teapot]: text("teapot", poured) }, { title, day: 12 });
    head.fire();
    await looked();
    assert.equal(seriesOf(title).status, "landed");
    isWanted = false;
    wish.fire();
    await looked();
    assert.equal(seriesOf(title).status, "new");
    assert.equal(states.of(seriesOf(title)), null);
    ground.git("reset", "-q", "--hard", "HEAD~1");
  });

  test("a look that fails leaves what was known, and what happens meanwhile is looked at afterwards", async () => {
    await open(ground.tree);
    await looked();
    ground.commit({ [files.cup]: text("cup", { 40: "elsewhere" }) }, { title: "Elsewhere", day: 12 });
    const { mails } = held;
    held.mails = () => Promise.reject(new Error("the archive is gone"));
    ground.commit({ [files.teapot]: text("teapot", poured) }, { title, day: 12 });
    head.fire();
    await clock.pass(1500);
    await until(() => log.warnings.length > 0);
    assert.deepEqual([log.warnings, seriesOf(title).status], [["the archive is gone"], "new"]);
    held.mails = mails;
    head.fire();
    await looked();
    assert.equal(seriesOf(title).status, "landed");
    ground.git("reset", "-q", "--hard", "HEAD~2");
  });
});
