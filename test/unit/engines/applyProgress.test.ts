import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ApplyOutcome, StoppedPatch } from "../../../src/checkout/amSession";
import { type ApplyRecord, beginStep, writeRecord } from "../../../src/checkout/applyRecord";
import { HumanError } from "../../../src/core/humanError";
import { type ApplyEngine, ApplySession } from "../../../src/engines/applyProgress";
import { Emitter } from "../../../src/engines/ports";
import { settled, until } from "../../support/fakeClock";
import { FakeLog } from "../../support/fakePorts";

const record: ApplyRecord = {
  title: "KVM: Do a thing",
  titles: ["KVM: One", "KVM: Two"],
  branch: "do-a-thing",
  base: "1".repeat(40),
  before: { branch: "main", head: "1".repeat(40) },
  stash: null,
  tip: null,
  made: null,
  madeFrom: null,
};
const stopped: StoppedPatch = { at: 1, of: 2, title: "KVM: One", conflicts: ["a.c"], mergeable: ["a.c"], files: [] };
const tip = "2".repeat(40);

suite("applies of the open worktrees", () => {
  let folder = "";
  setup(() => (folder = mkdtempSync(join(tmpdir(), "kvm-apply-"))));
  teardown(() => rmSync(folder, { recursive: true, force: true }));

  /** A worktree with what git writes; at a patch where `at` is not null. */
  async function makeTree(name: string, made: ApplyRecord | null, at: number | null = null): Promise<string> {
    const top = join(folder, name);
    const git = join(top, ".git");
    mkdirSync(git, { recursive: true });
    writeFileSync(join(git, "HEAD"), `ref: refs/heads/${record.branch}\n`);
    rmSync(join(git, "rebase-apply"), { recursive: true, force: true });
    if (at !== null) {
      mkdirSync(join(git, "rebase-apply"));
      for (const [file, text] of Object.entries({ applying: "", next: String(at), last: "2" }))
        writeFileSync(join(git, "rebase-apply", file), text);
    }
    await writeRecord(top, made);
    return top;
  }

  function makeGround(engine: Partial<ApplyEngine>, ...tops: readonly string[]) {
    const ground = { trees: tops.map((top) => ({ top })), unsaved: null as string | null, trusted: true };
    const [treesChanged, preferred] = [new Emitter<void>(), new Emitter<void>()];
    const watched = new Map<string, () => void>();
    const done: string[] = [];
    const log = new FakeLog();
    const refuse = (): Promise<never> => Promise.reject(new Error("This is not asked here."));
    const session = new ApplySession({
      trees: {
        get trees() {
          return ground.trees;
        },
        get tops() {
          return ground.trees.map(({ top }) => top);
        },
        onDidChange: treesChanged.event,
        onDidPrefer: preferred.event,
      },
      git: () => (ground.trusted ? { binary: "git" } : null),
      engine: () =>
        Promise.resolve({
          startApply: refuse,
          continueApply: refuse,
          skipPatch: refuse,
          stoppedPatch: () => Promise.resolve(stopped),
          abortApply: refuse,
          undoApply: refuse,
          restoreStash: refuse,
          applyReadiness: refuse,
          branchNameProblem: refuse,
          freeBranchName: refuse,
          commitOf: refuse,
          unfinishedApply: refuse,
          recoverApply: refuse,
          ...engine,
        }),
      watch: (files, changed) => {
        watched.set(files.folder, changed);
        return { dispose: () => watched.delete(files.folder) };
      },
      editors: {
        unsaved: () => ground.unsaved,
        leave: () => {
          done.push("leave");
          return Promise.resolve();
        },
        revert: () => {
          done.push("revert");
          return Promise.resolve();
        },
      },
      log,
    });
    return { ground, session, treesChanged, preferred, watched, done, log };
  }

  test("an apply that stands at a patch is found after a reload, and again when git writes", async () => {
    const top = await makeTree("linux", record, 1);
    const { session, watched } = makeGround({}, top);
    let fired = 0;
    session.onDidChange(() => fired++);
    session.begin();
    await until(() => fired === 1);
    assert.deepEqual([session.under?.stop, session.isApplied], [{ at: 1, of: 2 }, false]);
    await makeTree("linux", { ...record, tip });
    watched.get(join(top, ".git"))!();
    await until(() => fired === 2);
    assert.deepEqual([session.under, session.isApplied], [null, true]);
    session.dispose();
    assert.equal(watched.size, 0);
  });

  test("trees that change while they are looked at leave no watcher behind", async () => {
    const [one, two] = [await makeTree("one", null), await makeTree("two", null)];
    const { session, ground, treesChanged, watched } = makeGround({}, one);
    session.begin();
    ground.trees = [{ top: two }];
    treesChanged.fire();
    treesChanged.fire();
    await until(() => watched.size > 0);
    await settled();
    assert.deepEqual([...watched.keys()], [join(two, ".git")]);
    session.dispose();
    assert.equal(watched.size, 0);
  });

  test("a worktree that cannot be looked at is in the log and stops nothing", async () => {
    const { session, log, ground } = makeGround({}, "/nowhere");
    Object.defineProperty(ground, "trees", { get: () => assert.fail("The trees are away.") });
    session.begin();
    session.refreshInBackground();
    await until(() => log.errors.length === 2);
    assert.match(log.errors[0]!, /trees are away/);
  });

  test("it goes on only with files that are saved", async () => {
    const { session, ground } = makeGround({}, await makeTree("linux", record, 1));
    ground.unsaved = "a.c";
    await assert.rejects(
      session.goOn("continue", () => undefined),
      /^HumanError: a\.c is not saved yet; finish it with “Complete Merge”, then continue\.$/,
    );
    ground.unsaved = "b.c";
    await assert.rejects(
      session.goOn("continue", () => undefined),
      /b\.c is not saved yet; save it, then continue\./,
    );
  });

  test("it goes on, tells how far it is, and leaves the editors of what is skipped", async () => {
    const top = await makeTree("linux", record, 1);
    const outcome: ApplyOutcome = { kind: "applied", record: { ...record, tip }, commits: 1 };
    const said: string[] = [];
    const { session, done } = makeGround(
      {
        continueApply: () => Promise.resolve({ kind: "stopped", record, stopped: { ...stopped, at: 2 } }),
        skipPatch: (_top, options) => {
          options?.progress?.({ at: 2, of: 2 });
          done.push("skip");
          return Promise.resolve(outcome);
        },
      },
      top,
    );
    const ended = await session.goOn("continue", () => undefined);
    assert.deepEqual([ended.top, ended.outcome.kind, done], [top, "stopped", []]);
    assert.deepEqual((await session.goOn("skip", (at, { titles }) => said.push(titles[(at?.at ?? 0) - 1] ?? ""))).outcome, outcome);
    assert.deepEqual([done, said], [["leave", "skip", "revert"], ["KVM: Two"]]);
  });

  test("where it cannot go on that is said, and what is under way is known again", async () => {
    const top = await makeTree("linux", record, 1);
    const { session } = makeGround({ continueApply: () => Promise.reject(new HumanError("git is locked; try again.")) }, top);
    let fired = 0;
    session.onDidChange(() => fired++);
    await assert.rejects(
      session.goOn("continue", () => undefined),
      /git is locked/,
    );
    assert.equal(fired, 2);
    await makeTree("linux", null);
    await assert.rejects(
      session.goOn("continue", () => undefined),
      /No series is being applied in this window\./,
    );
  });

  test("an abort says what became of the person's changes", async () => {
    const top = await makeTree("linux", record, 1);
    const { session, done } = makeGround({ abortApply: () => Promise.resolve("back") }, top);
    assert.deepEqual(await session.abort(), { kind: "back", record, changes: "back" });
    assert.deepEqual(done, ["leave", "revert"]);
    const other = makeGround({ abortApply: () => Promise.resolve("open") }, top);
    assert.deepEqual(await other.session.abort(), { kind: "open", record });
    await makeTree("linux", { ...record, tip });
    await assert.rejects(session.abort(), /No series is being applied/);
  });

  test("where an abort keeps what is there, the changes in the stash are offered", async () => {
    const left = { ...record, stash: "3".repeat(40) };
    const top = await makeTree("linux", left);
    const fails = { stoppedPatch: () => Promise.resolve(null), abortApply: () => Promise.reject(new HumanError("It was kept.")) };
    const { session } = makeGround(fails, top);
    assert.deepEqual(await session.abort(), { kind: "stashed", top, record: left, sentence: "It was kept." });
    await makeTree("linux", record);
    await assert.rejects(session.abort(), /It was kept/);
  });

  test("only what was applied here can be undone", async () => {
    const top = await makeTree("linux", { ...record, tip });
    const { session, ground } = makeGround({ undoApply: () => Promise.resolve("none") }, top);
    const undone = await session.undo();
    assert.deepEqual([undone.kind, undone.record.tip], ["back", tip]);
    ground.trusted = false;
    await assert.rejects(session.undo(), /git does not run in an untrusted folder/);
    await makeTree("linux", { ...record, tip, madeFrom: "/home/ada/linux" });
    await assert.rejects(session.undo(), /undo it in the window of \/home\/ada\/linux/);
    await makeTree("linux", null);
    await assert.rejects(session.undo(), /nothing to undo/);
  });

  test("changes that do not fit stay in the stash", async () => {
    const stash = "3".repeat(40);
    const top = await makeTree("linux", { ...record, tip, stash });
    const asked: Array<string | null> = [];
    const { session } = makeGround(
      {
        restoreStash: (_top, wanted) => {
          asked.push(wanted);
          return Promise.resolve(asked.length === 1 ? "kept" : "back");
        },
      },
      top,
    );
    await assert.rejects(session.bringBack(), /they stay in the stash/);
    await session.bringBack();
    assert.deepEqual(asked, [stash, stash]);
    await makeTree("linux", { ...record, tip, stash });
    await assert.rejects(session.bringBack(join(folder, "closed")), /No changes are stashed for .*closed/);
    assert.equal(asked.length, 2);
    await makeTree("linux", record);
    await assert.rejects(session.bringBack(), /None of your changes/);
  });

  test("an apply that was interrupted is told of once, and brought to an end when the person wants it", async () => {
    const top = await makeTree("linux", record);
    await beginStep(top, record, { kind: "switch" });
    const unfinished = { place: top, record, step: { kind: "switch" }, sentence: "Applying it was interrupted." } as const;
    const recovered = { kind: "back", record, changes: "back", aside: null } as const;
    let runs = true;
    const { session, ground } = makeGround(
      {
        unfinishedApply: () => Promise.resolve(runs ? null : unfinished),
        recoverApply: async () => {
          await writeRecord(top, null);
          return recovered;
        },
      },
      top,
    );
    const told: string[] = [];
    session.onDidFindInterrupted((one) => told.push(`${one.top}: ${one.sentence}`));
    await session.refresh();
    assert.deepEqual(told, [], "while its process runs");
    runs = false;
    ground.trusted = false;
    await session.refresh();
    assert.deepEqual(told, [], "before git may be run");
    ground.trusted = true;
    await session.refresh();
    await session.refresh();
    assert.deepEqual(told, [`${top}: Applying it was interrupted.`]);
    assert.equal(await session.recover(top), recovered);
    assert.deepEqual([session.under, session.isApplied], [null, false]);
  });

  test("one that cannot be put back is offered again, and so is the next one on the same branch", async () => {
    const top = await makeTree("linux", record);
    await beginStep(top, record, { kind: "switch" });
    const unfinished = { place: top, record, step: { kind: "switch" }, sentence: "Applying it was interrupted." } as const;
    const { session } = makeGround(
      { unfinishedApply: () => Promise.resolve(unfinished), recoverApply: () => Promise.reject(new HumanError("git is busy.")) },
      top,
    );
    let told = 0;
    session.onDidFindInterrupted(() => told++);
    await session.refresh();
    await assert.rejects(session.recover(top), /git is busy/);
    assert.equal(told, 2);
  });

  test("what keeps an interrupted apply from being looked at keeps no command from its end", async () => {
    const top = await makeTree("linux", record, 1);
    await beginStep(top, record, { kind: "continue" });
    const { session, log } = makeGround({ unfinishedApply: () => Promise.reject(new Error("EACCES")) }, top);
    assert.equal((await session.underWay()).top, top);
    assert.deepEqual(log.errors, ["EACCES"]);
  });

  test("of two worktrees that one is meant which is named, else the one where the person works", async () => {
    const [one, two] = [await makeTree("one", record, 1), await makeTree("two", record, 1)];
    const asked: string[] = [];
    const { session, ground, preferred } = makeGround(
      {
        continueApply: (top) => Promise.resolve({ kind: "stopped", record, stop: { at: 2, of: 2 }, top: asked.push(top) } as never),
        abortApply: (top) => Promise.resolve(asked.push(top) > 0 ? "back" : "none"),
        undoApply: (top) => Promise.resolve(asked.push(top) > 0 ? "back" : "none"),
      },
      one,
      two,
    );
    await session.refresh();
    ground.trees = [{ top: two }, { top: one }];
    preferred.fire();
    await until(() => session.under?.top === two);
    await session.goOn("continue", () => undefined);
    await session.goOn("continue", () => undefined, one);
    await session.abort(one);
    await session.abort();
    for (const name of ["one", "two"]) await makeTree(name, { ...record, tip });
    await session.undo(one);
    await session.undo();
    assert.deepEqual(asked, [two, one, one, two, one, two]);
    session.dispose();
  });

  test("a record without a step asks git nothing", async () => {
    const { session } = makeGround({}, await makeTree("linux", { ...record, tip }));
    await session.refresh();
    assert.equal(session.isApplied, true);
  });
});
