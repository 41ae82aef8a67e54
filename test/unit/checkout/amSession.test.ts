/** Series applied to a history with known truth, by the git of this machine; what is the person's stays. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type ApplyOutcome,
  type ApplyRequest,
  branchNameProblem,
  continueApply,
  freeBranchName,
  skipPatch,
  startApply,
  stoppedPatch,
} from "../../../src/checkout/amSession";
import { readApply } from "../../../src/checkout/applyRecord";
import { commitOf } from "../../../src/checkout/commits";
import { abortApply, restoreStash, undoApply } from "../../../src/checkout/undoApply";
import { branchNameOf, seriesMbox } from "../../../src/core/series/seriesMbox";
import { freshHistory, type History, makeHistory, numbered, sent } from "../../support/pendingHistory";

suite("applying a series", () => {
  let history: History;
  let other = "";
  freshHistory({ "file.c": numbered(40), "other.c": numbered(20) }, (made, beside) => ([history, other] = [made, beside]));

  const git = (...args: string[]): string => history.git(...args);
  const head = (): string => git("rev-parse", "HEAD");
  const text = (path: string): string => readFileSync(join(history.folder, path), "utf8");

  /** Three patches on main, sent; main is left where it was. */
  function threePatches(): ReturnType<typeof sent> {
    git("switch", "--quiet", "-c", "author", "main");
    history.commit("KVM: Change the fifth line", { "file.c": numbered(40, { 5: "five" }) });
    history.commit("KVM: Change the other file", { "other.c": numbered(20, { 10: "ten" }) });
    history.commit("KVM: Add a file", { "new/file.c": "new\n" });
    const one = sent(history.mails("main..author", { version: 2, cover: "KVM: x86: Change three things" }));
    git("switch", "--quiet", "main");
    return one;
  }

  function request({ revision, bytes }: ReturnType<typeof sent>, more: Partial<ApplyRequest> = {}): ApplyRequest {
    const { text: mbox, titles } = seriesMbox(revision, bytes, { trailers: true });
    const branch = branchNameOf(revision);
    return { top: history.folder, mbox, title: revision.title, titles, branch, base: head(), worktree: null, stash: false, ...more };
  }

  function assertApplied(outcome: ApplyOutcome): asserts outcome is ApplyOutcome & { kind: "applied" } {
    assert.equal(outcome.kind, "applied");
  }

  function assertStopped(outcome: ApplyOutcome): asserts outcome is ApplyOutcome & { kind: "stopped" } {
    assert.equal(outcome.kind, "stopped");
  }

  /** Everything of the person's that an apply that was taken back must leave alone. */
  const state = (): string[] => [
    git("for-each-ref"),
    git("stash", "list"),
    git("symbolic-ref", "HEAD"),
    git("status", "--porcelain"),
    git("worktree", "list"),
    git("diff", "HEAD"),
    git("diff", "--cached"),
  ];

  test("to a new branch, with what git says of the patches", async () => {
    const said: string[] = [];
    const outcome = await startApply(request(threePatches()), { progress: (stop) => said.push(stop ? `${stop.at}/${stop.of}` : "base") });
    assertApplied(outcome);
    assert.equal(outcome.commits, 3);
    assert.equal(said[0], "base");
    assert.equal(git("symbolic-ref", "--short", "HEAD"), "x86-change-three-things-v2");
    assert.equal(git("rev-parse", "HEAD^{tree}"), git("rev-parse", "author^{tree}"));
    assert.equal(git("log", "-1", "--format=%an, %cn"), "Ada Lind, Ada Lind");
    assert.equal((await readApply(history.folder))?.record.tip, head());
  });

  test("undone it is as if nothing had been", async () => {
    const one = threePatches();
    const before = state();
    await startApply(request(one));
    assert.equal(await undoApply(history.folder), "none");
    assert.deepEqual(state(), before);
    assert.equal(await readApply(history.folder), null);
    await assert.rejects(undoApply(history.folder), { name: "HumanError", message: "No series was applied in this worktree." });
  });

  test("undo refuses where something of the person's would be lost", async () => {
    const { branch } = request(threePatches());
    await startApply(request(sent(history.mails("main..author", { version: 2, cover: "KVM: x86: Change three things" }))));
    history.write({ "file.c": "mine\n" });
    await assert.rejects(undoApply(history.folder), /^HumanError: Files have changed since the series was applied;/);
    history.commit("Mine", { "file.c": "mine\n" });
    await assert.rejects(undoApply(history.folder), /^HumanError: Something else was committed on x86-change-three-things-v2 since/);
    git("switch", "--quiet", "main");
    await assert.rejects(undoApply(history.folder), /^HumanError: x86-change-three-things-v2 is no longer checked out/);
    assert.notEqual(git("rev-parse", branch), "");
  });

  test("on another base, with offset and by three-way merge", async () => {
    const one = threePatches();
    const first = head();
    history.commit("Lines above", { "file.c": `above\nabove\n${numbered(40, { 7: "seven" })}` });
    const outcome = await startApply(request(one));
    assertApplied(outcome);
    assert.match(text("file.c"), /^above\nabove\nline 1\n(?:line .\n)*five\nline 6\nseven\n/);
    await undoApply(history.folder);
    assertApplied(await startApply(request(one, { base: first })));
    assert.equal(git("rev-parse", "HEAD^{tree}"), git("rev-parse", "author^{tree}"));
  });

  test("what is in already makes no commit", async () => {
    const one = threePatches();
    history.commit("The fifth line", { "file.c": numbered(40, { 5: "five" }) });
    const outcome = await startApply(request(one));
    assertApplied(outcome);
    assert.equal(outcome.commits, 2);
  });

  test("with a detached HEAD", async () => {
    const one = threePatches();
    git("switch", "--quiet", "--detach", "main");
    const at = head();
    assertApplied(await startApply(request(one)));
    await undoApply(history.folder);
    assert.equal(head(), at);
    assert.throws(() => git("symbolic-ref", "--quiet", "HEAD"));
  });

  suite("a conflict", () => {
    async function conflicting(): Promise<ApplyOutcome> {
      const one = threePatches();
      history.commit("My fifth line", { "file.c": numbered(40, { 5: "mine" }) });
      return startApply(request(one));
    }

    test("leaves both sides in the file; resolved, it goes on", async () => {
      const outcome = await conflicting();
      assertStopped(outcome);
      const { at, of, title, conflicts, files } = outcome.stopped;
      assert.deepEqual([at, of, title, conflicts], [1, 3, "KVM: Change the fifth line", ["file.c"]]);
      assert.deepEqual(
        files.map(({ path }) => path),
        ["file.c"],
      );
      assert.match(text("file.c"), /^<{7} .*\nmine\n/m);
      await assert.rejects(continueApply(history.folder), {
        name: "HumanError",
        message: "file.c still has conflict markers; resolve it, then continue.",
      });
      // As the merge editor begins, and as it is saved where files are saved by themselves.
      history.write({ "file.c": numbered(40) });
      await assert.rejects(continueApply(history.folder), {
        name: "HumanError",
        message: "file.c still has an unresolved conflict; resolve it, then continue.",
      });
      // A window that is opened again finds it.
      assert.deepEqual((await readApply(history.folder))?.stop, { at: 1, of: 3 });
      assert.deepEqual(await stoppedPatch(history.folder), outcome.stopped);
      history.write({ "file.c": numbered(40, { 5: "mine and five" }) });
      assertApplied(await continueApply(history.folder));
      assert.equal(git("show", "HEAD~2:file.c").split("\n")[4], "mine and five");
      assert.equal(git("rev-list", "--count", "main..HEAD"), "3");
    });

    test("skipped, the others are applied", async () => {
      assertStopped(await conflicting());
      const outcome = await skipPatch(history.folder);
      assertApplied(outcome);
      assert.equal(outcome.commits, 2);
      assert.equal(text("file.c").split("\n")[4], "mine");
    });

    test("resolved to nothing it is to be skipped", async () => {
      assertStopped(await conflicting());
      history.write({ "file.c": numbered(40, { 5: "mine" }) });
      await assert.rejects(continueApply(history.folder), /^HumanError: None of patch 1 has been applied yet\./);
    });

    test("aborted, it is as if nothing had been", async () => {
      const one = threePatches();
      history.commit("My fifth line", { "file.c": numbered(40, { 5: "mine" }) });
      history.write({ "other.c": numbered(20, { 20: "not committed" }), untracked: "mine\n" });
      git("add", "other.c");
      history.write({ "other.c": numbered(20, { 19: "neither", 20: "not committed" }) });
      const before = state();
      assertStopped(await startApply(request(one, { stash: true })));
      await assert.rejects(undoApply(history.folder), /^HumanError: The series is still being applied;/);
      assert.equal(await abortApply(history.folder), "back");
      assert.deepEqual(state(), before);
      await assert.rejects(continueApply(history.folder), /^HumanError: No series is being applied in this worktree\.$/);
    });

    test("of files the patch deletes, or that are there already", async () => {
      git("switch", "--quiet", "-c", "author", "main");
      history.commit("KVM: Delete and add", { "other.c": null, "new.c": "theirs\n" });
      const one = sent(history.mails("main..author"));
      git("switch", "--quiet", "main");
      history.commit("Mine", { "other.c": numbered(20, { 3: "mine" }), "new.c": "mine\n" });
      const outcome = await startApply(request(one));
      assertStopped(outcome);
      assert.deepEqual([...outcome.stopped.conflicts].sort(), ["new.c", "other.c"]);
      assert.deepEqual(outcome.stopped.mergeable, ["new.c"]);
      rmSync(join(history.folder, "other.c"));
      history.write({ "new.c": "both\n" });
      assertApplied(await continueApply(history.folder));
      assert.equal(git("ls-tree", "-r", "--name-only", "HEAD"), "file.c\nnew.c");
    });
  });

  suite("where git has no blobs to merge", () => {
    /** The author's blobs are of another repository. */
    async function unplaced(): Promise<ApplyOutcome> {
      const elsewhere = makeHistory({ "file.c": numbered(40, { 3: "theirs", 6: "theirs too" }), "other.c": numbered(20) });
      elsewhere.commit("KVM: Change the fifth line", {
        "file.c": numbered(40, { 3: "theirs", 5: "five", 6: "theirs too" }),
        "new.c": "new\n",
      });
      elsewhere.commit("KVM: Change the other file", { "other.c": numbered(20, { 10: "ten" }) });
      const one = sent(elsewhere.mails("HEAD~2", { cover: "KVM: Change two" }));
      elsewhere.dispose();
      return startApply(request(one));
    }

    test("the files stay as they were, and the patch is at hand", async () => {
      const before = text("file.c");
      const outcome = await unplaced();
      assertStopped(outcome);
      assert.deepEqual(outcome.stopped.conflicts, []);
      assert.deepEqual(
        outcome.stopped.files.map(({ path }) => path),
        ["file.c", "new.c"],
      );
      assert.match(outcome.stopped.files[0]?.text ?? "", /^\+five$/m);
      assert.equal(text("file.c"), before);
      await assert.rejects(continueApply(history.folder), /^HumanError: None of patch 1 has been applied yet\./);
    });

    test("done by hand, new files included, it goes on", async () => {
      assertStopped(await unplaced());
      history.write({ "file.c": numbered(40, { 5: "five" }), "new.c": "new\n" });
      assertApplied(await continueApply(history.folder));
      assert.equal(git("log", "--reverse", "--format=%s", "main..HEAD"), "KVM: Change the fifth line\nKVM: Change the other file");
      assert.equal(git("show", "HEAD~1:new.c"), "new");
    });
  });

  suite("in a new worktree", () => {
    test("the person's own is not touched, dirty or not; undone it is gone", async () => {
      const one = threePatches();
      history.write({ "file.c": "not committed\n" });
      const before = state();
      const worktree = join(other, "applied");
      const outcome = await startApply(request(one, { worktree }));
      assertApplied(outcome);
      assert.equal(history.git("-C", worktree, "rev-parse", "HEAD^{tree}"), git("rev-parse", "author^{tree}"));
      assert.equal(text("file.c"), "not committed\n");
      writeFileSync(join(worktree, "notes"), "mine\n");
      await assert.rejects(undoApply(history.folder), /^HumanError: .* contains your files and was kept\./);
      rmSync(join(worktree, "notes"));
      await undoApply(history.folder);
      assert.deepEqual(state(), before);
      assert(!existsSync(worktree));
    });

    test("a conflict in it is finished in it, or aborted from outside", async () => {
      const one = threePatches();
      history.commit("My fifth line", { "file.c": numbered(40, { 5: "mine" }) });
      const before = state();
      const worktree = join(other, "applied");
      assertStopped(await startApply(request(one, { worktree })));
      assert.deepEqual((await readApply(worktree))?.stop, { at: 1, of: 3 });
      assert.equal((await readApply(history.folder))?.stop, null);
      await abortApply(history.folder);
      assert.deepEqual(state(), before);
      assertStopped(await startApply(request(one, { worktree })));
      writeFileSync(join(worktree, "file.c"), numbered(40, { 5: "both" }));
      assertApplied(await continueApply(worktree));
    });

    test("a folder that is there is refused", async () => {
      const one = threePatches();
      mkdirSync(join(other, "applied"));
      await assert.rejects(startApply(request(one, { worktree: join(other, "applied") })), /^HumanError: .* already exists;/);
      assert.equal(git("branch", "--list", "x86*"), "");
    });
  });

  suite("it refuses", () => {
    const refused = async (sentence: RegExp, more: Partial<ApplyRequest> = {}): Promise<void> => {
      const base = "0".repeat(40);
      const plain = { top: history.folder, mbox: "", title: "", titles: [], branch: "wanted", base, worktree: null, stash: false };
      await assert.rejects(startApply({ ...plain, ...more }), (error: Error) => {
        assert.equal(error.name, "HumanError", error.stack);
        assert.match(error.message, sentence);
        return true;
      });
    };

    test("a dirty worktree, unless the changes may be stashed", async () => {
      const one = threePatches();
      history.write({ "file.c": numbered(40, { 40: "mine" }), untracked: "mine\n" });
      const before = state();
      await refused(/^This worktree has uncommitted changes\./);
      const outcome = await startApply(request(one, { stash: true }));
      assertApplied(outcome);
      assert.equal(text("file.c"), numbered(40, { 5: "five" }));
      assert.equal(await undoApply(history.folder), "back");
      assert.deepEqual(state(), before);
      // Changes can also be brought to the new branch.
      const again = await startApply(request(one, { stash: true }));
      assert.equal(await restoreStash(history.folder, again.record.stash, {}), "back");
      assert.equal(text("file.c"), numbered(40, { 5: "five", 40: "mine" }));
    });

    test("another operation under way", async () => {
      const one = threePatches();
      history.commit("My fifth line", { "file.c": numbered(40, { 5: "mine" }) });
      assert.throws(() => git("rebase", "author"));
      await refused(/^A rebase is in progress in this worktree; finish or abort it first, or apply in a new worktree\.$/);
      git("rebase", "--abort");
      assert.throws(() => git("merge", "author"));
      await refused(/^A merge is in progress/);
      git("merge", "--abort");
      assertStopped(await startApply(request(one)));
      await refused(/^An apply \(git am\) is in progress/);
    });

    test("a repository without commits, a bare one, and none", async () => {
      const bare = join(other, "bare.git");
      git("clone", "--quiet", "--bare", ".", bare);
      await refused(/^This repository is bare/, { top: bare });
      git("init", "--quiet", join(other, "unborn"));
      await refused(/^This repository has no commits yet/, { top: join(other, "unborn") });
      mkdirSync(join(other, "none"));
      await refused(/^This folder is not in a git repository/, { top: join(other, "none") });
    });

    test("a git that does not know who the person is", async () => {
      const home = process.env["HOME"];
      git("config", "--unset", "user.email");
      process.env["HOME"] = other;
      try {
        await refused(/^git does not know who you are and cannot commit; set user\.name and user\.email/);
      } finally {
        process.env["HOME"] = home;
      }
      assert.equal(git("branch", "--list", "wanted"), "");
    });

    test("names of branches that are none, or are there", async () => {
      const problem = (name: string) => branchNameProblem(history.folder, name, {});
      for (const name of ["-d", "a..b", "a b", "", "@{-1}", "x.lock", "a\nb"])
        assert.equal(await problem(name), "This is not a valid branch name.", name);
      assert.equal(await problem("main"), "A branch with this name already exists.");
      assert.equal(await problem("new/name"), null);
      assert.equal(await freeBranchName(history.folder, "main", {}), "main-2");
      await refused(/^A branch with this name already exists: main; choose another one\.$/, { branch: "main" });
    });

    test("a base that is not there", async () => {
      assert.equal(await commitOf(history.folder, "0123456789ab", {}), null);
      assert.equal(await commitOf(history.folder, "--all", {}), null);
      assert.equal(await commitOf(history.folder, "main", {}), head());
      const before = state();
      await refused(/^git could not make the branch wanted \(.*\); nothing was changed\.$/);
      assert.deepEqual(state(), before);
    });
  });

  test("nothing is waited for: no passphrase, no editor, no hook", async () => {
    const waits = join(other, "waits.sh");
    writeFileSync(waits, '#!/bin/sh\ntouch "$0.ran"\nsleep 600\n', { mode: 0o755 });
    const one = threePatches();
    history.commit("My fifth line", { "file.c": numbered(40, { 5: "mine" }) });
    for (const [key, value] of [
      ["commit.gpgSign", "true"],
      ["gpg.program", waits],
      ["core.editor", waits],
      ["core.fsmonitor", waits],
      ["core.askPass", waits],
    ] as const)
      git("config", key, value);
    for (const hook of [
      "applypatch-msg",
      "pre-applypatch",
      "post-applypatch",
      "post-checkout",
      "pre-commit",
      "post-index-change",
      "post-rewrite",
    ])
      writeFileSync(join(history.folder, ".git", "hooks", hook), readFileSync(waits), { mode: 0o755 });
    history.write({ "other.c": numbered(20, { 20: "mine" }) });
    assertStopped(await startApply(request(one, { stash: true })));
    history.write({ "file.c": numbered(40, { 5: "both" }) });
    assertApplied(await continueApply(history.folder));
    assert.equal(await undoApply(history.folder), "back");
    assert(!existsSync(`${waits}.ran`));
    for (const hook of ["post-checkout", "applypatch-msg"]) assert(!existsSync(join(history.folder, ".git", "hooks", `${hook}.ran`)), hook);
  });

  /** So many patches that git is still at work when the first of them is told. */
  function manyPatches(branch: string): ReturnType<typeof sent> {
    git("switch", "--quiet", "-c", branch, "main");
    for (let number = 1; number <= 40; number++)
      history.commit(`KVM: Change line ${number}`, {
        "file.c": numbered(40, Object.fromEntries(Array.from({ length: number }, (_, at) => [at + 1, `changed ${at + 1}`]))),
      });
    const mails = history.mails(`main..${branch}`, { cover: "KVM: Change all" });
    git("switch", "--quiet", "main");
    return sent(mails);
  }

  for (const [title, left] of [
    ["cancelled on the way, all is as it was", () => undefined],
    ["cancelled with a lock left on the packed refs too", () => writeFileSync(join(history.folder, ".git", "packed-refs.lock"), "")],
  ] as const) {
    test(title, async () => {
      const one = manyPatches("author");
      history.write({ "other.c": numbered(20, { 20: "mine" }) });
      const before = state();
      const stop = new AbortController();
      const cancel = () => {
        left();
        stop.abort();
      };
      const outcome = startApply(request(one, { stash: true }), { signal: stop.signal, progress: (at) => (at ? cancel() : undefined) });
      await assert.rejects(outcome);
      assert.deepEqual(state(), before);
      assert.equal(await readApply(history.folder), null);
    });
  }
});
