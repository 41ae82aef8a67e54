/** An apply whose process is killed in the middle of a step: the next one finds it and puts everything back, by the git of this machine. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { type ApplyRequest, startApply } from "../../../src/checkout/amSession";
import { readApply } from "../../../src/checkout/applyRecord";
import { recoverApply, unfinishedApply } from "../../../src/checkout/recoverApply";
import { abortApply, undoApply } from "../../../src/checkout/undoApply";
import type { ChildRequest } from "../../support/applyChild";
import { freshHistory, type History, numbered } from "../../support/pendingHistory";

suite("an apply whose process was killed", () => {
  let history: History;
  let beside = "";
  freshHistory(
    { "file.c": numbered(40), "other.c": numbered(20), "gone.c": "gone\n" },
    (made, folder) => ([history, beside] = [made, folder]),
  );

  const git = (...args: string[]): string => history.git(...args);
  const head = (): string => git("rev-parse", "HEAD");
  const top = (): string => history.folder;
  const text = (path: string): string => readFileSync(join(top(), path), "utf8");

  /** Patches that each change a line of one file and add another one, as an mbox; main is checked out. */
  function series(count: number): string {
    const from = head();
    git("switch", "--quiet", "--detach");
    const lines: Record<number, string> = {};
    for (let number = 1; number <= count; number++) {
      lines[number] = `changed ${number}`;
      history.commit("KVM: Change it", { "file.c": numbered(40, lines), [`new/${number}.c`]: `${number}\n` });
    }
    const mbox = `${git("format-patch", "--stdout", "--full-index", from)}\n`;
    git("switch", "--quiet", "main");
    return mbox;
  }

  /** A base in which a file is changed, one is gone and one is new. */
  function otherBase(): string {
    git("switch", "--quiet", "-c", "base");
    const base = history.commit("Another base", { "other.c": numbered(20, { 2: "base" }), "gone.c": null, "more/brought.c": "brought\n" });
    git("switch", "--quiet", "main");
    return base;
  }

  function request(mbox: string, more: Partial<ApplyRequest> = {}): ApplyRequest {
    const titles = [...mbox.matchAll(/^Subject: /gm)].map(() => "KVM: Change it");
    const plain = { top: top(), mbox, title: "KVM: Change", titles, branch: "series", base: head(), worktree: null, stash: false };
    return { ...plain, ...more };
  }

  /** The person's changes: staged, not staged, a file that is new, and one that git does not know. */
  function change(): void {
    history.write({ "other.c": numbered(20, { 9: "staged" }), "mine.c": "mine\n" });
    git("add", "other.c", "mine.c");
    history.write({ "other.c": numbered(20, { 9: "staged", 12: "mine" }), "notes.txt": "mine\n" });
  }

  /** Runs a child with a git that runs a script in place of one command. In it `die` kills the child, as closing its window may. */
  function killedAt(command: string, script: string, asked: ChildRequest): void {
    const binary = join(beside, "git.sh");
    const die = "die() { kill -9 $PPID; }";
    writeFileSync(binary, `#!/bin/sh\n${die}\ncase " $* " in\n*${command}*)\n${script}\n;;\n*) exec git "$@";;\nesac\n`);
    chmodSync(binary, 0o755);
    const file = join(beside, "request.json");
    writeFileSync(file, JSON.stringify(asked));
    const child = join(__dirname, "../../support/applyChild.js");
    const ended = spawnSync(process.execPath, [child, file, binary], { encoding: "utf8", stdio: ["ignore", "ignore", "pipe"] });
    assert.equal(ended.signal, "SIGKILL", ended.stderr);
  }

  const state = (): string[] => [
    git("for-each-ref"),
    git("stash", "list"),
    git("rev-parse", "--symbolic-full-name", "HEAD"),
    git("status", "--porcelain", "--untracked-files=all"),
    git("worktree", "list"),
    git("diff", "HEAD"),
    git("diff", "--cached"),
  ];

  async function assertPutBack(before: readonly string[], what: RegExp, changes: string): Promise<void> {
    const found = await unfinishedApply(top());
    assert.match(found?.sentence ?? "", what);
    const recovered = await recoverApply(top());
    assert.deepEqual([recovered?.kind, recovered?.changes, recovered?.aside], ["back", changes, null]);
    assert.deepEqual(state(), before);
    assert.equal(await readApply(top()), null);
    assert.equal(await unfinishedApply(top()), null);
    assert.equal(await recoverApply(top()), null);
  }

  const index = '"$(git rev-parse --git-path index.lock)"';
  const stashPush = '" stash push "';
  const toBranch = '" switch "*" -c "';

  suite("while changes are stashed", () => {
    for (const [when, script] of [
      ["before git begins", "die"],
      ["when the stash is there and no file is put back", 'git "$@" && git stash apply --quiet --index && : > INDEX; die'],
      ["when some files are put back", 'git "$@" && git cat-file blob stash@{0}:other.c > other.c && printf mi > mine.c && : > INDEX; die'],
      ["when it is done", 'git "$@"; die'],
      ["and git goes on without its window", 'die; sleep 1; exec git "$@"'],
    ] as const) {
      test(when, async () => {
        const mbox = series(2);
        const base = otherBase();
        change();
        const before = state();
        killedAt(stashPush, script.replace("INDEX", index), { kind: "start", request: request(mbox, { base, stash: true }) });
        await assertPutBack(before, /while your changes were being stashed/, when === "before git begins" ? "none" : "back");
      });
    }
  });

  suite("while the branch is switched", () => {
    for (const [when, script] of [
      ["before git begins", "die"],
      [
        "when some files are written",
        "rm gone.c; head -c 30 > other.c <<E\nline 1\nbase\nline 3\nline 4\nline 5\nE\nmkdir more; printf bro > more/brought.c; : > INDEX; die",
      ],
      ["when all files are written, and the index", "git read-tree -m -u HEAD base; git branch series base; die"],
      ["when the branch is checked out", 'git "$@"; die'],
      ["and git goes on without its window", 'die; sleep 1; exec git "$@"'],
    ] as const) {
      for (const isStashed of [false, true]) {
        test(`${when}${isStashed ? ", with changes in a stash" : ""}`, async () => {
          const mbox = series(2);
          const base = otherBase();
          if (isStashed) change();
          const before = state();
          killedAt(toBranch, script.replace("INDEX", index), { kind: "start", request: request(mbox, { base, stash: isStashed }) });
          await assertPutBack(before, /while git was switching to series/, isStashed ? "back" : "none");
        });
      }
    }
  });

  suite("while patches are applied", () => {
    const am = '" am "*" -3 "';
    for (const [when, script] of [
      ["before git begins", "die"],
      [
        "and git with it, after some of them",
        'exec 3<&0; git "$@" <&3 & until [ -f new/3.c ] || ! kill -0 $!; do :; done; kill -9 $!; wait; die',
      ],
    ] as const) {
      test(when, async () => {
        const mbox = series(20);
        change();
        const before = state();
        killedAt(am, script, { kind: "start", request: request(mbox, { stash: true }) });
        const recovered = await recoverApply(top());
        assert.equal(recovered?.kind, "back");
        assert.equal(recovered.changes, "back");
        // What git was writing when it was killed may be kept; it is told from the person's by nobody.
        if (recovered.aside !== null) git("stash", "drop", "--quiet");
        assert.deepEqual(state(), before);
        assert.equal(await readApply(top()), null);
      });
    }

    test("and git goes on without its window: then the series is applied, and can be undone", async () => {
      const mbox = series(3);
      change();
      const before = state();
      // The mails have reached git when its input has ended.
      killedAt(am, 'cat > "$0.mbox"; die; sleep 1; exec git "$@" < "$0.mbox"', { kind: "start", request: request(mbox, { stash: true }) });
      const recovered = await recoverApply(top());
      assert.equal(recovered?.kind, "applied");
      assert.equal(recovered.record.tip, head());
      assert.equal(git("rev-list", "--count", "main..series"), "3");
      assert.equal(await undoApply(top()), "back");
      assert.deepEqual(state(), before);
    });

    test("and git stops at a conflict without its window: it goes on from there", async () => {
      const mbox = series(3);
      history.commit("Other lines", { "file.c": numbered(40, { 2: "another text" }) });
      const before = state();
      killedAt(am, 'git "$@"; die', { kind: "start", request: request(mbox) });
      assert.equal((await recoverApply(top()))?.kind, "stopped");
      assert((await readApply(top()))?.stop);
      assert.equal(await abortApply(top()), "none");
      assert.deepEqual(state(), before);
    });
  });

  suite("while a worktree is made", () => {
    const worktree = (): string => join(beside, "made");
    for (const [when, command, script] of [
      ["before git begins", '" worktree add "', "die"],
      ["without its files", '" worktree add "', 'git "$@"; die'],
      [
        "when some files are written",
        '" reset "*" --hard "',
        'git "$@"; rm file.c; printf li > other.c; : > "$(git rev-parse --git-path index.lock)"; die',
      ],
      ["when it is done", '" reset "*" --hard "', 'git "$@"; die'],
      ["and patches are applied to it", '" am "*" -3 "', 'git "$@"; git reset --quiet --hard HEAD~1; die'],
    ] as const) {
      test(when, async () => {
        const mbox = series(2);
        change();
        const before = state();
        killedAt(command, script, { kind: "start", request: request(mbox, { worktree: worktree() }) });
        await assertPutBack(before, /interrupted while/, "none");
        assert(!existsSync(worktree()));
      });
    }

    test("a file that the person put there is kept", async () => {
      const mbox = series(2);
      killedAt('" reset "*" --hard "', 'git "$@"; die', { kind: "start", request: request(mbox, { worktree: worktree() }) });
      writeFileSync(join(worktree(), "notes.txt"), "mine\n");
      await assert.rejects(recoverApply(top()), { name: "HumanError", message: /made was kept because notes\.txt in it is yours\./ });
      assert.equal(readFileSync(join(worktree(), "notes.txt"), "utf8"), "mine\n");
      assert(await unfinishedApply(top()));
    });
  });

  suite("while it is taken back", () => {
    for (const [when, command, script] of [
      ["before git begins", '" switch "', "die"],
      ["when some files are written", '" switch "', "rm -r new; printf line > file.c; : > INDEX; die"],
      ["when the branch is left", '" switch "', 'git "$@"; die'],
      [
        "when some changes are brought back",
        '" stash apply "',
        "git cat-file blob stash@{0}:other.c > other.c; printf mi > mine.c; : > INDEX; die",
      ],
      ["when all changes are brought back", '" stash apply "', 'git "$@"; die'],
      ["when the stash is gone", '" stash drop "', 'git "$@"; die'],
    ] as const) {
      test(when, async () => {
        const mbox = series(2);
        change();
        const before = state();
        await startApply(request(mbox, { stash: true }));
        killedAt(command, script.replace("INDEX", index), { kind: "undo", top: top() });
        await assertPutBack(before, /while git was going back from series/, when === "when the stash is gone" ? "none" : "back");
      });
    }
  });

  suite("and found later", () => {
    const half = "rm gone.c; : > INDEX; die".replace("INDEX", index);

    test("what the person did since is kept: in a stash, and beside it", async () => {
      const mbox = series(2);
      const base = otherBase();
      change();
      const before = state();
      killedAt(toBranch, half, { kind: "start", request: request(mbox, { base, stash: true }) });
      history.write({ "other.c": "done since\n", "more/brought.c": "done since\n", "file.c": "done since\n" });
      const recovered = await recoverApply(top());
      assert.equal(recovered?.aside, "KVM Series: found when series was taken back");
      assert.equal(text("more/brought.c"), "done since\n");
      assert.equal(text("file.c"), "done since\n");
      assert.equal(git("show", "stash@{0}:other.c"), "done since");
      assert.equal(text("other.c"), numbered(20, { 9: "staged", 12: "mine" }));
      assert.equal(recovered.changes, "back");
      assert.deepEqual(
        state()[0]
          ?.split("\n")
          .filter((line) => !line.includes("stash")),
        before[0]?.split("\n"),
      );
    });

    test("aborting puts it back, and nothing else is applied before", async () => {
      const mbox = series(2);
      const base = otherBase();
      change();
      const before = state();
      killedAt(toBranch, half, { kind: "start", request: request(mbox, { base, stash: true }) });
      await assert.rejects(startApply(request(mbox, { branch: "second" })), { name: "HumanError", message: /was interrupted/ });
      assert.equal(await abortApply(top()), "back");
      assert.deepEqual(state(), before);
    });

    test("nothing is unfinished while its process runs", async () => {
      const mbox = series(2);
      const binary = join(beside, "git.sh");
      const wait = 'touch "$0.ran"; until [ -f "$0.go" ]; do sleep 0.05; done';
      writeFileSync(binary, `#!/bin/sh\ncase " $* " in *" switch "*) ${wait};; esac\nexec git "$@"\n`);
      chmodSync(binary, 0o755);
      const outcome = startApply(request(mbox), { binary });
      while (!existsSync(`${binary}.ran`)) await setTimeout(10);
      assert.equal((await readApply(top()))?.step?.kind, "switch");
      assert.equal(await unfinishedApply(top()), null);
      writeFileSync(`${binary}.go`, "");
      assert.equal((await outcome).kind, "applied");
      assert.equal((await readApply(top()))?.step, null);
    });
  });
});
