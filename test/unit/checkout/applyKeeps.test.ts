/** Whatever an apply is stopped at, or taken back after: no work of the person is lost, by the git of this machine. */
import assert from "node:assert/strict";
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { type ApplyOutcome, type ApplyRequest, continueApply, skipPatch, startApply } from "../../../src/checkout/amSession";
import { readApply } from "../../../src/checkout/applyRecord";
import { abortApply, restoreStash, undoApply } from "../../../src/checkout/undoApply";
import { freshHistory, type History, makeHistory, numbered } from "../../support/pendingHistory";

suite("an apply loses nothing of the person's", () => {
  let history: History;
  let other = "";
  freshHistory(
    { "file.c": numbered(40), "other.c": numbered(20), "gone.c": "gone\n", ".gitignore": ".*\n*.o\n!.gitignore\n" },
    (made, beside) => ([history, other] = [made, beside]),
  );

  const git = (...args: string[]): string => history.git(...args);
  const head = (): string => git("rev-parse", "HEAD");
  const place = (path: string): string => join(history.folder, path);
  const text = (path: string): string | null => (existsSync(place(path)) ? readFileSync(place(path), "utf8") : null);
  const five = { "file.c": numbered(40, { 5: "five" }) };

  /** Commits on a branch of their own, and the mbox of them; main is checked out again. */
  function series(...commits: ReadonlyArray<Readonly<Record<string, string>>>): string {
    const from = head();
    git("switch", "--quiet", "--detach");
    for (const files of commits) {
      history.write(files);
      git("add", "--force", "--", ...Object.keys(files));
      git("commit", "--quiet", "-m", "KVM: Change it\n\nBecause.");
    }
    const mbox = `${git("format-patch", "--stdout", "--full-index", from)}\n`;
    git("switch", "--quiet", "main");
    return mbox;
  }

  function request(mbox: string, more: Partial<ApplyRequest> = {}): ApplyRequest {
    const titles = [...mbox.matchAll(/^Subject: /gm)].map(() => "KVM: Change it");
    return {
      top: history.folder,
      mbox,
      title: "KVM: Change",
      titles,
      branch: "series",
      base: head(),
      worktree: null,
      stash: false,
      ...more,
    };
  }

  /** A base in which a file is changed, one is gone and one is new. */
  function otherBase(): string {
    git("switch", "--quiet", "-c", "base");
    const base = history.commit("Another base", { "other.c": numbered(20, { 2: "base" }), "gone.c": null, "more/brought.c": "brought\n" });
    git("switch", "--quiet", "main");
    return base;
  }

  /** A git that runs a script in place of one command, and says where that has come to. */
  function gitWith(command: string, script: string): { readonly binary: string; readonly ran: string } {
    const binary = join(other, "git.sh");
    writeFileSync(binary, `#!/bin/sh\ncase " $* " in\n*${command}*)\n${script}\n;;\n*) exec git "$@";;\nesac\n`);
    chmodSync(binary, 0o755);
    return { binary, ran: `${binary}.ran` };
  }
  const stays = 'touch "$0.ran"; exec sleep 600';

  /** Cancels an apply when its git has come to a place. */
  async function cancelledAt(ran: string, begin: (signal: AbortSignal) => Promise<ApplyOutcome>): Promise<void> {
    const stop = new AbortController();
    const outcome = begin(stop.signal).then(
      () => "applied",
      (error: unknown) => (error instanceof Error ? error.name : ""),
    );
    while (!existsSync(ran)) await setTimeout(10);
    stop.abort();
    assert.notEqual(await outcome, "applied");
    assert.notEqual(await outcome, "HumanError");
  }

  const state = (): string[] => [
    git("for-each-ref"),
    git("stash", "list"),
    git("rev-parse", "--symbolic-full-name", "HEAD"),
    git("status", "--porcelain", "--untracked-files=all", "--ignored"),
    git("worktree", "list"),
    git("diff", "HEAD"),
    git("diff", "--cached"),
  ];
  const refused = (what: Promise<unknown>, sentence: RegExp): Promise<void> =>
    assert.rejects(what, (error: Error) => {
      assert.equal(error.name, "HumanError", error.stack);
      assert.match(error.message, sentence);
      return true;
    });

  suite("stopped while the base is written", () => {
    const half = 'rm gone.c; echo half > other.c; mkdir -p more; echo half > more/brought.c; : > "$(git rev-parse --git-path index.lock)"';

    test("by the person: the files are as they were, and the changes are back", async () => {
      const mbox = series(five);
      const base = otherBase();
      history.write({ "other.c": numbered(20, { 9: "mine" }), "notes.txt": "mine\n" });
      const before = state();
      const { binary, ran } = gitWith('" switch "*" -c "', `${half}; ${stays}`);
      await cancelledAt(ran, (signal) => startApply(request(mbox, { base, stash: true }), { binary, signal }));
      assert.deepEqual(state(), before);
      assert.equal(await readApply(history.folder), null);
    });

    test("by an error of git", async () => {
      const mbox = series(five);
      const base = otherBase();
      const before = state();
      const { binary } = gitWith('" switch "*" -c "', `${half}; echo "fatal: no such object" >&2; exit 128`);
      await refused(
        startApply(request(mbox, { base }), { binary }),
        /^git could not make the branch series \(no such object\); nothing was changed\.$/,
      );
      assert.deepEqual(state(), before);
    });

    test("what the person saves meanwhile in other files stays", async () => {
      const mbox = series(five);
      const base = otherBase();
      const { binary, ran } = gitWith('" switch "*" -c "', `${half}; echo meanwhile > file.c; ${stays}`);
      await cancelledAt(ran, (signal) => startApply(request(mbox, { base }), { binary, signal }));
      assert.equal(text("file.c"), "meanwhile\n");
      assert.equal(git("status", "--porcelain", "--untracked-files=all"), "M file.c");
    });
  });

  test("cancelled while the changes are put into the stash, they come back", async () => {
    const mbox = series(five);
    history.write({ "other.c": "mine\n" });
    const before = state();
    const { binary, ran } = gitWith('" stash push "', 'git "$@"; touch "$0.ran"; while [ ! -e "$0.go" ]; do sleep 0.05; done');
    const stop = new AbortController();
    const outcome = assert.rejects(startApply(request(mbox, { stash: true }), { binary, signal: stop.signal }));
    while (!existsSync(ran)) await setTimeout(10);
    stop.abort();
    writeFileSync(`${binary}.go`, "");
    await outcome;
    assert.deepEqual(state(), before);
  });

  suite("a git am of the person's own", () => {
    test("is not taken for the one of a series that was applied", async () => {
      const mbox = series(five);
      await startApply(request(mbox));
      history.commit("My work on top", { "mine.c": "hours\n" });
      git("switch", "--quiet", "main");
      writeFileSync(join(other, "own.mbox"), mbox.replace("-line 5", "-line V"));
      assert.throws(() => git("am", join(other, "own.mbox")));
      const before = state();
      assert.equal((await readApply(history.folder))?.stop, null);
      await refused(abortApply(history.folder), /^The series is already applied; undo it instead\.$/);
      await refused(undoApply(history.folder), /^series is no longer checked out/);
      assert.deepEqual(state(), before);
    });

    test("is not aborted with one that stopped and that git ended otherwise", async () => {
      const mbox = series(five);
      history.commit("Mine", { "file.c": numbered(40, { 5: "mine" }) });
      await startApply(request(mbox));
      git("am", "--abort");
      writeFileSync(join(other, "own.mbox"), mbox + mbox.replace("-line 5", "-line V"));
      assert.throws(() => git("am", join(other, "own.mbox")));
      assert.equal((await readApply(history.folder))?.stop, null);
      await refused(abortApply(history.folder), /^Another apply \(git am\) is in progress in this worktree;/);
      await refused(continueApply(history.folder), /^No series is being applied/);
      git("am", "--abort");
      // On another branch nothing is done at all.
      git("switch", "--quiet", "main");
      history.write({ "other.c": "mine\n" });
      await refused(abortApply(history.folder), /^series is no longer checked out, so nothing was changed here\.$/);
      assert.equal(text("other.c"), "mine\n");
      assert.equal(await readApply(history.folder), null);
    });
  });

  test("changes in a submodule stay, also where git is told to look into submodules", async () => {
    const sub = makeHistory({ "s.c": "1\n" });
    git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", sub.folder, "sub");
    git("commit", "--quiet", "-m", "Add it");
    sub.dispose();
    git("config", "submodule.recurse", "true");
    const mbox = series(five);
    history.write({ "sub/s.c": "mine\n" });
    const { binary, ran } = gitWith('" am --patch"', stays);
    await cancelledAt(ran, (signal) => startApply(request(mbox), { binary, signal }));
    assert.equal(text("sub/s.c"), "mine\n");
    await startApply(request(mbox));
    await undoApply(history.folder);
    assert.equal(text("sub/s.c"), "mine\n");
  });

  suite("files git does not know", () => {
    test("ignored or not, in the place of one of the base or of the series: it is refused", async () => {
      git("switch", "--quiet", "-c", "base");
      history.write({ ".settings": "base\n" });
      git("add", "--force", ".settings");
      git("commit", "--quiet", "-m", "Settings");
      const base = head();
      git("switch", "--quiet", "main");
      const mbox = series({ ".clangd": "theirs\n", "new/file.c": "theirs\n" });
      for (const [path, more] of [
        [".settings", { base }],
        [".clangd", {}],
        ["new/file.c", {}],
        ["new", {}],
        [".clangd/config", {}],
      ] as const) {
        history.write({ [path]: "mine\n" });
        const before = state();
        await refused(
          startApply(request(mbox, more)),
          /^\S+ is untracked here and the (?:base|series) would overwrite it\. Move it first\./,
        );
        assert.deepEqual(state(), before, path);
        assert.equal(text(path), "mine\n");
        rmSync(place(path.split("/")[0] ?? ""), { recursive: true });
      }
    });

    test("that came while it was stopped, in the place of one that is still to come", async () => {
      const mbox = series(five, { ".clangd": "theirs\n" });
      history.commit("Mine", { "file.c": numbered(40, { 5: "mine" }) });
      assert.equal((await startApply(request(mbox))).kind, "stopped");
      history.write({ ".clangd": "mine\n", "file.c": numbered(40, { 5: "both" }) });
      const sentence = /^\.clangd is untracked here and a patch that is still to come would overwrite it\./;
      await refused(skipPatch(history.folder), sentence);
      await refused(continueApply(history.folder), sentence);
      assert.equal(text(".clangd"), "mine\n");
      rmSync(place(".clangd"));
      assert.equal((await continueApply(history.folder)).kind, "applied");
    });

    test("cancelled within a patch, its new files go and the others stay", async () => {
      const mbox = series({ ...five, "new/a.c": "a\n", "new/b.c": "b\n" });
      history.write({ "notes.txt": "mine\n" });
      const before = state();
      const half = "mkdir new; echo half > new/a.c; echo half > file.c; echo mine > new.txt";
      const { binary, ran } = gitWith('" am --patch"', `${half}; ${stays}`);
      await cancelledAt(ran, (signal) => startApply(request(mbox), { binary, signal }));
      assert.equal(text("new.txt"), "mine\n");
      rmSync(place("new.txt"));
      assert.deepEqual(state(), before);
    });

    test("in place of a file git knows: such changes are not stashed", async () => {
      const mbox = series(five);
      const cases: Array<readonly [change: () => void, sentence: RegExp]> = [
        [
          () => {
            rmSync(place("other.c"));
            history.write({ "other.c/in": "mine\n" });
          },
          /^git cannot stash the folder other\.c, which stands in place of a file,/,
        ],
        [
          () => {
            git("rm", "--quiet", "other.c");
            history.write({ "other.c/in.o": "mine\n" });
          },
          /^git cannot stash the folder other\.c, which stands in place of a file,/,
        ],
        [
          () => {
            history.write({ "n.c": "1\n" });
            git("add", "n.c");
            rmSync(place("n.c"));
          },
          /^git cannot stash n\.c, which was added and then deleted,/,
        ],
      ];
      for (const [change, sentence] of cases) {
        change();
        const before = state();
        await refused(startApply(request(mbox, { stash: true })), sentence);
        assert.deepEqual(state(), before);
        rmSync(place("other.c"), { recursive: true });
        git("reset", "--quiet", "--hard");
      }
    });
  });

  suite("changes git was told not to look for", () => {
    for (const mark of ["--assume-unchanged", "--skip-worktree"])
      test(mark, async () => {
        const mbox = series(five);
        git("update-index", mark, "other.c");
        // The mark alone hides nothing.
        await startApply(request(mbox));
        history.write({ "other.c": "mine\n" });
        const sentence = /^other\.c has changes that git was told to ignore and could overwrite; /;
        await refused(undoApply(history.folder), sentence);
        history.write({ "other.c": numbered(20) });
        await undoApply(history.folder);
        history.write({ "other.c": "mine\n", "gone.c": "changed\n" });
        await refused(startApply(request(mbox, { stash: true })), sentence);
        assert.equal(text("other.c"), "mine\n");
        assert.equal((await startApply(request(mbox, { worktree: join(other, "made") }))).kind, "applied");
        assert.equal(text("other.c"), "mine\n");
      });
  });

  suite("in a worktree that was made", () => {
    test("files git ignores keep it", async () => {
      const worktree = join(other, "made");
      await startApply(request(series(five), { worktree }));
      writeFileSync(join(worktree, ".config"), "CONFIG_MINE=y\n");
      await refused(undoApply(history.folder), /made was kept because \.config in it is ignored by git and would be lost; /);
      rmSync(join(worktree, ".config"));
      await undoApply(history.folder);
      assert(!existsSync(worktree));
      assert.equal(git("branch", "--list", "series"), "");
    });

    test("cancelled while its files are written, it is gone, and no other worktree is forgotten", async () => {
      const mbox = series(five);
      git("worktree", "add", "--quiet", "--detach", join(other, "away"));
      // As where its disk is not at hand.
      rmSync(join(other, "away"), { recursive: true });
      const before = state();
      const worktree = join(other, "new", "made");
      const { binary, ran } = gitWith('" reset --quiet --hard "', `echo half > file.c; ${stays}`);
      await cancelledAt(ran, (signal) => startApply(request(mbox, { worktree }), { binary, signal }));
      assert(!existsSync(worktree));
      assert.deepEqual(state(), before);
      assert.equal((await startApply(request(mbox, { worktree }))).kind, "applied");
    });

    test("aborted from within it stays, since a window may have it open; undone from outside it goes", async () => {
      const mbox = series(five);
      history.commit("Mine", { "file.c": numbered(40, { 5: "mine" }) });
      const worktree = join(other, "made");
      assert.equal((await startApply(request(mbox, { worktree }))).kind, "stopped");
      assert.equal(await abortApply(worktree), "open");
      assert.equal(readFileSync(join(worktree, "file.c"), "utf8"), numbered(40, { 5: "mine" }));
      assert.equal((await readApply(worktree))?.stop, null);
      await undoApply(history.folder);
      assert(!existsSync(worktree));
      assert.equal(await readApply(history.folder), null);
    });

    test("removed by the person, it is no longer known", async () => {
      const worktree = join(other, "made");
      await startApply(request(series(five), { worktree }));
      rmSync(worktree, { recursive: true });
      await refused(undoApply(history.folder), /^The worktree .*made is already gone; its branch was left unchanged\.$/);
      assert.equal(await readApply(history.folder), null);
      assert.notEqual(git("branch", "--list", "series"), "");
    });
  });

  suite("what becomes of the author's patch", () => {
    test("a submodule of another commit is none of it, and does not keep undo from going back", async () => {
      const sub = makeHistory({ "s.c": "1\n" });
      git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", sub.folder, "sub");
      git("commit", "--quiet", "-m", "Add it");
      git("switch", "--quiet", "-c", "base");
      const base = history.commit("Mine", { "file.c": numbered(40, { 5: "mine" }) });
      git("switch", "--quiet", "main");
      sub.commit("Two", { "s.c": "2\n" });
      git("-C", "sub", "pull", "--quiet", sub.folder, "main");
      sub.dispose();
      git("commit", "--quiet", "-am", "Bump it");
      const before = state();
      const mbox = series(five);
      assert.equal((await startApply(request(mbox, { base }))).kind, "stopped");
      history.write({ "file.c": numbered(40, { 5: "both" }) });
      assert.equal((await continueApply(history.folder)).kind, "applied");
      assert.equal(git("show", "--name-only", "--format=", "HEAD"), "file.c");
      assert.equal(await undoApply(history.folder), "none");
      assert.deepEqual(state(), before);
    });

    test("a change elsewhere is put into it only where the person staged it", async () => {
      const mbox = series(five);
      history.commit("Mine", { "file.c": numbered(40, { 5: "mine" }) });
      await startApply(request(mbox));
      history.write({ "file.c": numbered(40, { 5: "both" }), "other.c": "mine\n" });
      await refused(continueApply(history.folder), /^other\.c was changed but is not part of patch 1\. Stage it \(git add\) if /);
      git("add", "other.c");
      assert.equal((await continueApply(history.folder)).kind, "applied");
      assert.equal(git("show", "--name-only", "--format=", "HEAD"), "file.c\nother.c");
    });

    test("outside of a sparse checkout it is staged too", async () => {
      history.commit("More", { "in/a.c": "a\n", "out/b.c": numbered(40) });
      const mbox = series({ "out/b.c": numbered(40, { 5: "five" }) });
      history.commit("Mine", { "out/b.c": numbered(40, { 5: "mine" }) });
      git("sparse-checkout", "set", "in");
      assert.equal((await startApply(request(mbox))).kind, "stopped");
      history.write({ "out/b.c": numbered(40, { 5: "both" }) });
      assert.equal((await continueApply(history.folder)).kind, "applied");
      assert.equal(git("show", "HEAD:out/b.c"), numbered(40, { 5: "both" }).trim());
    });

    test("a conflict that was resolved is not refused where the same lines stand elsewhere", async () => {
      const block = (first: string, last: string): string =>
        `{\n.a = ${first},\n.b = 1,\n.c = 1,\n.d = 1,\n.e = ${last},\n.f = 3,\n.g = 3,\n},\n`;
      const blocks = (first: string, last: string): string =>
        Array.from({ length: 10 }, (_, at) => (at === 4 ? block(first, last) : block(String(at), "2"))).join("");
      history.commit("Table", { "table.c": blocks("4", "2") });
      const mbox = series({ "table.c": blocks("44", "7") });
      history.commit("Mine", { "table.c": blocks("4", "5") });
      assert.equal((await startApply(request(mbox))).kind, "stopped");
      history.write({ "table.c": blocks("44", "2") });
      await refused(continueApply(history.folder), /^table\.c still has an unresolved conflict;/);
      history.write({ "table.c": blocks("44", "7") });
      assert.equal((await continueApply(history.folder)).kind, "applied");
    });
  });

  suite("changes that were put aside", () => {
    test("are named and still brought back where an abort has to keep the branch", async () => {
      const mbox = series(five, { "other.c": numbered(20, { 3: "three" }) });
      history.commit("Mine", { "file.c": numbered(40, { 5: "mine" }) });
      history.write({ "gone.c": "mine\n" });
      const { record } = await startApply(request(mbox, { stash: true }));
      history.write({ "file.c": numbered(40, { 5: "both" }) });
      git("commit", "--quiet", "-a", "-m", "Resolved by hand");
      const sentence = /^Commits were made on series meanwhile, .*; your changes are still in the stash “KVM Series: before series”\.$/;
      await refused(abortApply(history.folder), sentence);
      await refused(abortApply(history.folder), sentence);
      assert.equal((await readApply(history.folder))?.record.stash, record.stash);
      assert.equal(await restoreStash(history.folder, record.stash, {}), "back");
      assert.equal(text("gone.c"), "mine\n");
      assert.equal(await readApply(history.folder), null);
      assert.equal(git("log", "-1", "--format=%s"), "Resolved by hand");
    });

    test("and conflict with the series leave nothing behind where they are tried", async () => {
      const mbox = series(five);
      history.write({ "file.c": numbered(40, { 5: "mine" }), "n.c": "new\n" });
      git("add", "n.c");
      const before = state();
      const { record } = await startApply(request(mbox, { stash: true }));
      assert.equal(await restoreStash(history.folder, record.stash, {}), "kept");
      assert.equal(git("status", "--porcelain", "--untracked-files=all"), "");
      assert.equal(await undoApply(history.folder), "back");
      assert.deepEqual(state(), before);
    });
  });
});
