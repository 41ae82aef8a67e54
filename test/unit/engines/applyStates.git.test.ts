import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { checkApplies } from "../../../src/checkout/applies";
import { openApplyCache } from "../../../src/checkout/cachedAnswers";
import type { Series } from "../../../src/core/series/series";
import { nothingMoved } from "../../../src/core/series/movedFiles";
import { type ApplyChecks, ApplyStates } from "../../../src/engines/applyStates";
import { OpenTrees } from "../../../src/engines/openTrees";
import { Emitter } from "../../../src/engines/ports";
import { SeriesNeeds } from "../../../src/engines/seriesNeeds";
import { Author, baseFiles, commit, git, lines } from "../../support/applyGround";
import { FakeClock, until } from "../../support/fakeClock";
import { FakeLog, FakeStorage, FakeWorkspace } from "../../support/fakePorts";
import { MadeLibrary } from "../../support/madeLibrary";

/** A file that marks a kernel, and one that does not. */
const [mainFile, x86File] = ["virt/kvm/kvm_main.c", "arch/x86/kvm/x86.c"];

suite("apply states", () => {
  let folder = "";
  let author: Author;
  let series: Series;
  let ofX86: Series;
  const at = (name: string): string => path.join(folder, name);

  suiteSetup(() => {
    folder = realpathSync(mkdtempSync(path.join(tmpdir(), "kvm-series-states-")));
    const tree = at("kernel");
    mkdirSync(tree);
    git(tree, ["init", "-q", "--initial-branch=main", "--template="]);
    const base = commit(tree, baseFiles, "base");
    author = new Author(at("author"), tree);
    author.post({ name: "easy", patches: [{ [mainFile]: lines("main", 60, { 30: "changed" }) }], onto: base });
    author.post({ name: "x86", patches: [{ [x86File]: lines("x86", 60, { 30: "changed" }) }], onto: base });
    const posted = author.series();
    const touching = (file: string): Series => posted.find(({ revisions }) => revisions[0]?.files.includes(file))!;
    [series, ofX86] = [touching(mainFile), touching(x86File)];
    // The second worktree has other lines where the series changes them.
    git(tree, ["worktree", "add", "-q", "-b", "other", at("second")]);
    commit(at("second"), { [mainFile]: lines("main", 60, { 30: "other", 31: "lines" }) }, "in the way");
    // A part of a kernel has none of the marks by which a kernel is known.
    mkdirSync(at("part"));
    git(at("part"), ["init", "-q", "--initial-branch=main", "--template="]);
    commit(at("part"), { [x86File]: lines("x86", 60) }, "a part");
    mkdirSync(at("plain"));
    git(at("plain"), ["init", "-q", "--initial-branch=main", "--template="]);
    commit(at("plain"), { "a.txt": "a\n" }, "no kernel");
  });
  suiteTeardown(() => rmSync(folder, { recursive: true, force: true }));

  let [clock, log, storage] = [new FakeClock(), new FakeLog(), new FakeStorage()];
  let [head, wish] = [new Emitter<void>(), new Emitter<void>()];
  let [isWanted, isTrusted] = [true, true];
  let held = new MadeLibrary();
  let trees: OpenTrees;
  let states: ApplyStates;
  let engine: ApplyChecks = { checkApplies, openApplyCache };

  setup(() => {
    [clock, log, storage] = [new FakeClock(), new FakeLog(), new FakeStorage()];
    [head, wish] = [new Emitter<void>(), new Emitter<void>()];
    [isWanted, isTrusted] = [true, true];
    held = new MadeLibrary([series]);
    held.mails = (ids) => author.mails(ids);
    engine = { checkApplies, openApplyCache };
  });
  teardown(() => {
    states.dispose();
    trees.dispose();
    rmSync(at("cache"), { recursive: true, force: true });
  });

  async function open(...names: readonly string[]): Promise<void> {
    const workspace = new FakeWorkspace();
    const { library } = held;
    trees = new OpenTrees({ workspace, git: () => ({}), log });
    states = new ApplyStates({
      library,
      trees,
      moved: { namesIn: () => nothingMoved, onDidChange: new Emitter<void>().event },
      needs: new SeriesNeeds({ library, trees, git: () => ({}), engine: () => assert.fail("no bases are asked for") }),
      git: () => (isTrusted ? {} : null),
      engine: () => Promise.resolve(engine),
      storage,
      cacheFile: at("cache/applies.json"),
      isWanted: () => isWanted,
      onDidChangeWish: wish.event,
      clock,
      log,
      again: [head.event],
    });
    workspace.folders = [];
    workspace.openFolders(...names.map(at));
    await until(() => trees.trees.length === names.length);
  }

  /** Waits for the next time the views are drawn again. */
  async function drawn(): Promise<void> {
    let isDrawn = false;
    const listening = states.onDidChange(() => (isDrawn = true));
    await clock.pass(1000);
    await until(() => isDrawn);
    listening.dispose();
  }

  const said = (): string | null => {
    const known = states.of(series);
    return known && `${known.answer.state} ${known.base}`;
  };

  test("pending series are checked against HEAD once it is quiet", async () => {
    await open("kernel");
    assert.equal(said(), null);
    await drawn();
    assert.equal(said(), "applies HEAD");
  });

  test("each of two trees is checked, and what holds is what holds where the person works", async () => {
    await open("kernel", "second");
    await drawn();
    await until(() => said() !== null);
    assert.equal(said(), "applies HEAD of kernel");
    await until(() => states.of(series) !== null);
    let isDrawn = false;
    states.onDidChange(() => (isDrawn = true));
    trees.prefer(at("second"));
    assert(isDrawn, "rows are drawn again where the person goes to another tree");
    await until(() => said() !== "applies HEAD of kernel");
    assert.equal(said(), "conflicts HEAD of second");
  });

  test("a tree without the marks of a kernel counts for series that change files of it, another repository does not", async () => {
    held = new MadeLibrary([ofX86]);
    held.mails = (ids) => author.mails(ids);
    await open("plain", "part");
    assert.deepEqual([trees.topsFor("kernel"), trees.topsForSeries(ofX86)], [[], [at("part")]]);
    await drawn();
    assert.equal(states.of(ofX86)?.answer.state, "applies");
  });

  test("a tree of another project does not count, though it has a file of that name", async () => {
    await open("kernel");
    const [newest] = series.revisions;
    const ofQemu: Series = { ...series, revisions: [{ ...newest!, prefixes: ["PATCH", "qemu"] }] };
    assert.deepEqual([trees.topsForSeries(series), trees.topsForSeries(ofQemu)], [[at("kernel")], []]);
  });

  test("a series with another patch in the same place has no answer until it is checked", async () => {
    await open("kernel");
    await drawn();
    const [newest] = series.revisions;
    const patches = newest!.patches.map((patch) => ({ ...patch, messageId: "instead@example.org" }));
    const other: Series = { ...series, revisions: [{ ...newest!, patches }] };
    assert.equal(states.of(other), null);
  });

  test("a cache that cannot be written hides neither what was found nor what went wrong", async () => {
    const broken: ApplyChecks["openApplyCache"] = async (file) => ({
      ...(await openApplyCache(file)),
      save: () => Promise.reject(new Error("the disk is full")),
    });
    engine = { ...engine, openApplyCache: broken };
    await open("kernel");
    await drawn();
    await until(() => log.warnings.length > 0);
    assert.deepEqual([said(), log.warnings], ["applies HEAD", ["the disk is full"]]);
    engine = { openApplyCache: broken, checkApplies: () => Promise.reject(new Error("no git")) };
    await assert.rejects(states.check(series, new AbortController().signal), /no git/);
    assert.deepEqual(log.errors, []);
  });

  test("a check that is begun anew ends the one under way, which says nothing more", async () => {
    const begun: AbortSignal[] = [];
    engine = {
      openApplyCache,
      checkApplies: async (top, base, all, options) => {
        begun.push(options.signal!);
        if (begun.length === 1) await new Promise((resolve) => options.signal?.addEventListener("abort", resolve));
        options.signal?.throwIfAborted();
        return checkApplies(top, base, all, options);
      },
    };
    await open("kernel");
    await clock.pass(1000);
    await until(() => begun.length === 1);
    head.fire();
    await drawn();
    assert.deepEqual(
      begun.map(({ aborted }) => aborted),
      [true, false],
    );
    assert.deepEqual([said(), log.infos.filter((line) => line.includes("abort"))], ["applies HEAD", []]);
  });

  test("in a window that is not trusted git is asked for nothing, not even where one series is asked about", async () => {
    isTrusted = false;
    let asked = 0;
    engine = {
      openApplyCache,
      checkApplies: (...all) => {
        asked++;
        return checkApplies(...all);
      },
    };
    await open("kernel");
    await clock.pass(1000);
    await assert.rejects(states.check(series, new AbortController().signal), /Trust it with/);
    assert.deepEqual([asked, said()], [0, null]);
  });

  test("answers of another base are forgotten, and those of nobody's wish", async () => {
    await open("kernel");
    await drawn();
    await states.choose("other");
    assert.deepEqual([states.base, said()], ["other", null]);
    await drawn();
    assert.equal(said(), "conflicts other");
    isWanted = false;
    wish.fire();
    assert.equal(said(), null);
    await clock.pass(5000);
    assert.equal(said(), null);
    await states.choose("HEAD");
    assert.equal(storage.get("applyBase"), undefined);
  });
});
