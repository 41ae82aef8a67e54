import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { openMoveCache } from "../../../src/checkout/cachedAnswers";
import { openMoveHistory } from "../../../src/checkout/moveHistory";
import type { Series } from "../../../src/core/series/series";
import { MovedFiles } from "../../../src/engines/movedFiles";
import { OpenTrees } from "../../../src/engines/openTrees";
import { Emitter } from "../../../src/engines/ports";
import { Author, baseFiles, commit, git, lines } from "../../support/applyGround";
import { FakeClock, until } from "../../support/fakeClock";
import { FakeLog, FakeWorkspace } from "../../support/fakePorts";
import { MadeLibrary } from "../../support/madeLibrary";

/** What a series changes, by its name, and where both trees have it by now. */
const [oldName, newName] = ["arch/x86/kvm/old.c", "arch/x86/kvm/new.c"];
/** What another series changes besides; no mark of a kernel. */
const kept = "arch/x86/kvm/x86.c";

suite("moved files", () => {
  let folder = "";
  let series: Series[] = [];
  const at = (name: string): string => path.join(folder, name);

  suiteSetup(() => {
    folder = realpathSync(mkdtempSync(path.join(tmpdir(), "kvm-series-moved-")));
    const tree = at("kernel");
    mkdirSync(tree);
    git(tree, ["init", "-q", "--initial-branch=main", "--template="]);
    const base = commit(tree, baseFiles, "base");
    const author = new Author(at("author"), tree);
    author.post({ name: "ahead", patches: [{ [oldName]: lines("old", 60, { 5: "changed" }) }], onto: base });
    author.post({
      name: "both",
      patches: [{ [oldName]: lines("old", 60, { 9: "changed" }), [kept]: lines("x86", 60, { 9: "changed" }) }],
      onto: base,
    });
    series = author.series();
    git(tree, ["mv", oldName, newName]);
    commit(tree, {}, "move it");
    git(tree, ["worktree", "add", "-q", at("second")]);
    // A part of a kernel has none of the marks by which a kernel is known.
    mkdirSync(at("part"));
    git(at("part"), ["init", "-q", "--initial-branch=main", "--template="]);
    commit(at("part"), { [oldName]: lines("old", 60), [kept]: lines("x86", 60) }, "a part");
    git(at("part"), ["mv", oldName, newName]);
    commit(at("part"), {}, "move it");
  });
  suiteTeardown(() => rmSync(folder, { recursive: true, force: true }));

  interface Made {
    readonly moved: MovedFiles;
    readonly trees: OpenTrees;
    readonly clock: FakeClock;
    readonly log: FakeLog;
    readonly head: Emitter<void>;
    /** Told each time the history is opened, and may keep it from being read. */
    opened: (top: string) => void;
  }

  async function make(names: readonly string[]): Promise<Made> {
    const [clock, log, workspace, head] = [new FakeClock(), new FakeLog(), new FakeWorkspace(), new Emitter<void>()];
    const { library } = new MadeLibrary(series);
    const trees = new OpenTrees({ workspace, git: () => ({}), log });
    const made: { opened: (top: string) => void } = { opened: () => undefined };
    const moved = new MovedFiles({
      library,
      trees,
      git: () => ({}),
      engine: () =>
        Promise.resolve({
          openMoveCache,
          openMoveHistory: (top: string, ...others) => {
            made.opened(top);
            return openMoveHistory(top, ...others);
          },
        }),
      storage: at("storage"),
      clock,
      log,
      again: [head.event],
    });
    workspace.openFolders(...names.map(at));
    await until(() => trees.trees.length === names.length);
    return Object.assign(made, { moved, trees, clock, log, head });
  }

  async function read({ moved, clock }: Made): Promise<void> {
    let isRead = false;
    const listening = moved.onDidChange(() => (isRead = true));
    await clock.pass(1000);
    await until(() => isRead);
    listening.dispose();
  }

  test("a file that was moved is found by the name the series has for it, in both worktrees", async () => {
    const made = await make(["kernel", "second"]);
    await read(made);
    const { moved, trees } = made;
    assert.equal(moved.find(series[0]!, oldName)?.path, at(`kernel/${newName}`));
    trees.prefer(at("second"));
    assert.equal(moved.find(series[0]!, oldName)?.path, at(`second/${newName}`));
    assert.equal(moved.touching(newName, "kernel", at("second"))[0]?.moved?.name, oldName);
    moved.dispose();
  });

  test("once disposed it asks nothing of the history any more", async () => {
    const made = await make(["kernel"]);
    await read(made);
    const asked: string[] = [];
    made.opened = (top) => asked.push(top);
    made.moved.dispose();
    made.head.fire();
    await made.clock.pass(60_000);
    // What it would have asked would be asked before another one has read all of it.
    await read(await make(["kernel"]));
    assert.deepEqual(asked, []);
  });

  test("it is found too in a tree without the marks of a kernel that the series is for", async () => {
    const made = await make(["part"]);
    await read(made);
    const both = series.find((one) => one.revisions.some(({ files }) => files.includes(kept)))!;
    assert.deepEqual(made.trees.topsForSeries(both), [at("part")]);
    assert.deepEqual(made.trees.topsFor("kernel"), []);
    assert.equal(made.moved.find(both, oldName)?.path, at(`part/${newName}`));
    assert.equal(made.moved.touchingInProject(newName, null)[0]?.moved?.name, oldName);
    made.moved.dispose();
  });

  test("a tree whose history cannot be read keeps the names that were known of it", async () => {
    const made = await make(["kernel"]);
    await read(made);
    made.opened = () => {
      throw new Error("git went away");
    };
    made.head.fire();
    await made.clock.pass(1000);
    await until(() => made.log.warnings.length > 0);
    await made.clock.pass(0);
    assert.deepEqual(made.log.warnings, ["git went away"]);
    assert.equal(made.moved.namesIn(at("kernel")).ofName(oldName)?.path, newName);
    made.moved.dispose();
  });

  test("a reading that finds what was known tells nobody", async () => {
    const made = await make(["kernel"]);
    await read(made);
    let [opened, told] = [0, 0];
    made.opened = () => opened++;
    made.moved.onDidChange(() => told++);
    made.head.fire();
    await made.clock.pass(1000);
    await until(() => opened > 0);
    // The same work done twice over ends behind it.
    for (let time = 0; time < 2; time++) await (await openMoveHistory(at("kernel"), "HEAD", {}))?.find([oldName], []);
    await made.clock.pass(0);
    assert.equal(told, 0);
    made.moved.dispose();
  });

  test("events that come together are one reading", async () => {
    const made = await make(["kernel"]);
    let opened = 0;
    made.opened = () => opened++;
    made.head.fire();
    await made.clock.pass(500);
    made.head.fire();
    await read(made);
    assert.equal(opened, 1);
    made.moved.dispose();
  });
});
