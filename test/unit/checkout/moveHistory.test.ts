/** Where files went and where they come from, on small histories made for it. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openMoveCache } from "../../../src/checkout/cachedAnswers";
import { type MoveHistoryOptions, openMoveHistory } from "../../../src/checkout/moveHistory";
import { type History, makeHistory, numbered } from "../../support/pendingHistory";

suite("moved files in the history", () => {
  let history: History;
  setup(() => (history = makeHistory({ "kvm/old.c": numbered(40), "kvm/other.c": numbered(30, { 3: "other" }), "top.c": numbered(9) })));
  teardown(() => history.dispose());

  const move = (from: string, to: string, title = `Move ${from}`): string => {
    const text = readFileSync(join(history.folder, from), "utf8");
    return history.commit(title, { [from]: null, [to]: text });
  };
  const find = async (names: readonly string[], options: MoveHistoryOptions = {}, bases: readonly string[] = []) => {
    const opened = await openMoveHistory(history.folder, "HEAD", options);
    assert(opened);
    const found = await opened.find(names, bases);
    return Object.fromEntries([...found].map(([name, { path, when }]) => [name, `${when} ${path}`]));
  };

  test("a file that was moved, edited in the same commit or not, into another folder or not", async () => {
    move("kvm/old.c", "kvm/s/new.c");
    history.commit("Move and edit", { "kvm/other.c": null, "arch/another.c": numbered(30, { 3: "other", 9: "edited" }) });
    history.commit("Go on", { "kvm/s/new.c": numbered(40, { 7: "later" }) });
    assert.deepEqual(await find(["kvm/old.c", "kvm/other.c", "kvm/none.c", "top.c"]), {
      "kvm/old.c": "before kvm/s/new.c",
      "kvm/other.c": "before arch/another.c",
    });
  });

  test("many names at once, in a folder too", async () => {
    history.commit(
      "More",
      Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`in/many${at}.c`, numbered(20, { 1: `many ${at}` })])),
    );
    move("in/many7.c", "in/k/seven.c");
    const names = [...Array.from({ length: 30 }, (_, at) => `many${at}.c`), ...Array.from({ length: 300 }, (_, at) => `no${at}.c`)];
    const opened = await openMoveHistory(join(history.folder, "in"), "HEAD");
    const found = await opened?.find(names);
    assert.deepEqual(
      [...(found ?? [])].map(([name, { path }]) => [name, path]),
      [["many7.c", "k/seven.c"]],
    );
  });

  test("the commit that moved it is named", async () => {
    const commit = move("kvm/old.c", "kvm/new.c");
    const opened = await openMoveHistory(history.folder, "HEAD");
    assert.deepEqual((await opened?.find(["kvm/old.c"]))?.get("kvm/old.c"), { path: "kvm/new.c", when: "before", by: { commit } });
  });

  test("a chain is followed to its end, from each of its names", async () => {
    move("kvm/old.c", "kvm/second.c");
    move("kvm/second.c", "kvm/third.c");
    history.commit("Between", { "top.c": numbered(9, { 2: "x" }) });
    move("kvm/third.c", "deep/er/fourth.c");
    const names = ["kvm/old.c", "kvm/second.c", "kvm/third.c"];
    assert.deepEqual(await find(names), Object.fromEntries(names.map((name) => [name, "before deep/er/fourth.c"])));
  });

  test("a chain whose end was deleted leads nowhere, and neither does a file that was deleted", async () => {
    move("kvm/old.c", "kvm/second.c");
    history.commit("Delete", { "kvm/second.c": null, "kvm/other.c": null });
    assert.deepEqual(await find(["kvm/old.c", "kvm/second.c", "kvm/other.c"]), {});
  });

  test("a move that was undone maps the other name back", async () => {
    move("kvm/old.c", "kvm/new.c");
    move("kvm/new.c", "kvm/old.c");
    assert.deepEqual(await find(["kvm/old.c", "kvm/new.c"]), { "kvm/new.c": "before kvm/old.c" });
  });

  test("a file that was made again at the old place, and deleted or moved since, ends the mapping", async () => {
    move("kvm/old.c", "kvm/new.c");
    history.commit("Make again", { "kvm/old.c": numbered(25, { 1: "quite", 2: "another", 3: "file" }) });
    assert.deepEqual(await find(["kvm/old.c"]), {});
    history.commit("Delete", { "kvm/old.c": null });
    assert.deepEqual(await find(["kvm/old.c"]), {});
    history.commit("Make a third time", { "kvm/old.c": "alpha\nbeta\ngamma\ndelta\nepsilon\n" });
    move("kvm/old.c", "kvm/greek.c");
    assert.deepEqual(await find(["kvm/old.c"]), { "kvm/old.c": "before kvm/greek.c" });
  });

  test("a name on the way that was used again means what the file became then", async () => {
    move("kvm/old.c", "kvm/between.c");
    move("kvm/between.c", "kvm/end.c");
    history.commit("Use again", { "kvm/between.c": "alpha\nbeta\ngamma\ndelta\nepsilon\n" });
    move("kvm/between.c", "kvm/greek.c");
    assert.deepEqual(await find(["kvm/old.c", "kvm/between.c"]), {
      "kvm/old.c": "before kvm/end.c",
      "kvm/between.c": "before kvm/greek.c",
    });
  });

  test("a copy is no move, nor a file that is made while one like it stays", async () => {
    history.commit("Copy", { "kvm/copy.c": numbered(40) });
    history.commit("Delete the first", { "kvm/old.c": null });
    assert.deepEqual(await find(["kvm/old.c"]), {});
  });

  test("a file that is replaced by one unlike it was not moved", async () => {
    history.commit("Replace", { "kvm/old.c": null, "kvm/new.c": "alpha\nbeta\ngamma\ndelta\nepsilon\nzeta\neta\ntheta\n" });
    assert.deepEqual(await find(["kvm/old.c"]), {});
  });

  test("a move on a branch that was merged, and one that only the merge made", async () => {
    history.git("checkout", "-q", "-b", "topic");
    move("kvm/old.c", "kvm/new.c");
    history.git("checkout", "-q", "main");
    history.commit("Meanwhile", { "top.c": numbered(9, { 1: "main" }) });
    history.git("merge", "-q", "--no-ff", "--no-commit", "topic");
    history.git("mv", "kvm/other.c", "kvm/merged.c");
    history.git("commit", "-q", "-m", "Merge and move");
    assert.deepEqual(await find(["kvm/old.c", "kvm/other.c"]), {
      "kvm/old.c": "before kvm/new.c",
      "kvm/other.c": "before kvm/merged.c",
    });
  });

  test("a branch that never had the file does not hide what the other one did with it", async () => {
    history.git("checkout", "-q", "-b", "topic");
    history.commit("On the topic", { "kvm/other.c": numbered(30, { 3: "other", 20: "topic" }) });
    history.git("checkout", "-q", "main");
    history.commit("Make", { "kvm/young.c": "alpha\nbeta\ngamma\ndelta\nepsilon\n" });
    move("kvm/young.c", "virt/grown.c");
    history.git("checkout", "-q", "topic");
    history.git("merge", "-q", "--no-edit", "main");
    assert.deepEqual(await find(["kvm/young.c"]), { "kvm/young.c": "before virt/grown.c" });
  });

  test("branches that moved one file to two places leave it unsaid; one that deletes it does not", async () => {
    history.git("checkout", "-q", "-b", "topic");
    move("kvm/old.c", "kvm/left.c");
    move("kvm/other.c", "kvm/kept.c");
    history.git("checkout", "-q", "main");
    move("kvm/old.c", "kvm/right.c");
    history.commit("Delete", { "kvm/other.c": null });
    history.git("merge", "-q", "-s", "ours", "--no-commit", "topic");
    history.git("checkout", "-q", "topic", "--", "kvm/left.c", "kvm/kept.c");
    history.git("commit", "-q", "-m", "Keep all");
    assert.deepEqual(await find(["kvm/old.c", "kvm/other.c"]), { "kvm/other.c": "before kvm/kept.c" });
  });

  test("of two places to which branches moved a file the one counts that the merge kept", async () => {
    history.git("checkout", "-q", "-b", "topic");
    move("kvm/old.c", "kvm/left.c");
    history.git("checkout", "-q", "main");
    move("kvm/old.c", "kvm/right.c");
    history.git("merge", "-q", "-s", "ours", "--no-commit", "topic");
    history.git("checkout", "-q", "topic", "--", "kvm/left.c");
    history.git("rm", "-q", "-f", "kvm/right.c");
    history.git("commit", "-q", "-m", "Keep theirs");
    assert.deepEqual(await find(["kvm/old.c"]), { "kvm/old.c": "before kvm/left.c" });
  });

  test("a name that another branch has is mapped back, and so is one of a commit that a series is made on", async () => {
    history.git("checkout", "-q", "-b", "next");
    move("kvm/old.c", "kvm/between.c");
    move("kvm/between.c", "kvm/ahead.c");
    history.git("update-ref", "refs/remotes/next/master", "HEAD");
    const base = move("kvm/other.c", "kvm/based.c");
    history.commit("Make", { "kvm/quite-new.c": "new\n" });
    history.git("checkout", "-q", "main");
    history.git("branch", "-q", "-D", "next");
    const names = ["kvm/ahead.c", "kvm/between.c", "kvm/based.c", "kvm/quite-new.c"];
    const ahead = { "kvm/ahead.c": "ahead kvm/old.c", "kvm/between.c": "ahead kvm/old.c" };
    assert.deepEqual(await find(names), ahead);
    assert.deepEqual(await find(names, {}, [base, "0".repeat(40)]), { ...ahead, "kvm/based.c": "ahead kvm/other.c" });
  });

  test("in a folder of a larger repository names are those of the folder, and a file that left it is gone", async () => {
    history.commit("A kernel below", {
      "linux/kvm/inner.c": numbered(50, { 1: "inner" }),
      "linux/kvm/leaves.c": numbered(50, { 1: "leaves" }),
    });
    move("linux/kvm/inner.c", "linux/kvm/s/inner.c");
    move("linux/kvm/leaves.c", "elsewhere.c");
    const opened = await openMoveHistory(join(history.folder, "linux"), "HEAD");
    assert.equal(opened?.has("kvm/s/inner.c"), true);
    const found = await opened.find(["kvm/inner.c", "kvm/leaves.c"]);
    assert.deepEqual(
      [...found].map(([name, { path }]) => [name, path]),
      [["kvm/inner.c", "kvm/s/inner.c"]],
    );
  });

  test("a history of one commit, a folder without git, a repository without a commit", async () => {
    assert.deepEqual(await find(["kvm/none.c"]), {});
    const beside = mkdtempSync(join(tmpdir(), "kvm-series-bare-"));
    assert.equal(await openMoveHistory(beside, "HEAD"), null);
    execFileSync("git", ["init", "-q", beside]);
    assert.equal(await openMoveHistory(beside, "HEAD"), null);
    rmSync(beside, { recursive: true });
  });

  test("names are a stranger's: none becomes an option, a pathspec or a second name", async () => {
    move("kvm/old.c", "kvm/new.c");
    const odd = ["--output=hacked", ":(glob)**", "kvm/*.c", "../up.c", "/etc/passwd", "a\nkvm/old.c", "-", "--", "\\"];
    assert.deepEqual(await find([...odd, "kvm/old.c"]), { "kvm/old.c": "before kvm/new.c" });
    assert.equal(existsSync(join(history.folder, "hacked")), false);
  });

  test("a clone without blobs tells the moves that left a file as it was, and loads nothing", async () => {
    move("kvm/old.c", "kvm/new.c");
    history.commit("Move and edit", { "kvm/other.c": null, "arch/another.c": numbered(30, { 3: "other", 9: "edited" }) });
    history.commit("Edit more", { "kvm/new.c": numbered(40, { 8: "x" }), "arch/another.c": numbered(30, { 4: "x" }) });
    history.git("config", "uploadpack.allowFilter", "true");
    const beside = mkdtempSync(join(tmpdir(), "kvm-series-partial-"));
    const clone = join(beside, "clone");
    execFileSync("git", ["clone", "-q", "--filter=blob:none", `file://${history.folder}`, clone]);
    const objects = (): string => execFileSync("git", ["count-objects", "-v"], { cwd: clone, encoding: "utf8" });
    const before = objects();
    const opened = await openMoveHistory(clone, "HEAD");
    const found = await opened?.find(["kvm/old.c", "kvm/other.c"]);
    assert.deepEqual(
      [...(found ?? [])].map(([name, { path }]) => [name, path]),
      [["kvm/old.c", "kvm/new.c"]],
    );
    assert.equal(objects(), before);
    rmSync(beside, { recursive: true });
  });

  test("a shallow clone tells what its commits do", async () => {
    move("kvm/old.c", "kvm/new.c");
    history.commit("Go on", { "top.c": "1\n" });
    move("kvm/other.c", "kvm/another.c");
    const beside = mkdtempSync(join(tmpdir(), "kvm-series-shallow-"));
    const clone = join(beside, "clone");
    execFileSync("git", ["clone", "-q", "--depth=2", `file://${history.folder}`, clone]);
    const opened = await openMoveHistory(clone, "HEAD");
    const found = await opened?.find(["kvm/old.c", "kvm/other.c"]);
    assert.deepEqual(
      [...(found ?? [])].map(([name, { path }]) => [name, path]),
      [["kvm/other.c", "kvm/another.c"]],
    );
    rmSync(beside, { recursive: true });
  });

  test("settings of the person change nothing of it", async () => {
    for (const setting of [
      "log.follow=true",
      "diff.renames=false",
      "diff.relative=true",
      "log.showSignature=true",
      "diff.noprefix=true",
      "diff.renameLimit=1",
      "color.ui=always",
      "log.diffMerges=m",
      "core.quotePath=true",
    ]) {
      const [key = "", value = ""] = setting.split("=");
      history.git("config", key, value);
    }
    move("kvm/old.c", "kvm/näch.c");
    assert.deepEqual(await find(["kvm/old.c"]), { "kvm/old.c": "before kvm/näch.c" });
  });

  suite("what is kept", () => {
    let folder: string;
    setup(() => (folder = mkdtempSync(join(tmpdir(), "kvm-series-moves-"))));
    teardown(() => rmSync(folder, { recursive: true }));
    const kept = (): string => join(folder, "sub", "moves.json");

    test("says the same again, also after new commits, other names and a rebase", async () => {
      const again = async (names: readonly string[]): Promise<Record<string, string>> => {
        const found = await find(names, { cache: await openMoveCache(kept()) });
        assert.deepEqual(found, await find(names));
        return found;
      };
      move("kvm/old.c", "kvm/new.c");
      assert.deepEqual(await again(["kvm/old.c", "kvm/none.c"]), { "kvm/old.c": "before kvm/new.c" });
      const head = history.git("rev-parse", "HEAD");
      move("kvm/new.c", "kvm/newer.c");
      assert.deepEqual(await again(["kvm/old.c"]), { "kvm/old.c": "before kvm/newer.c" });
      move("kvm/other.c", "kvm/another.c");
      assert.deepEqual(await again(["kvm/old.c", "kvm/other.c", "kvm/new.c"]), {
        "kvm/old.c": "before kvm/newer.c",
        "kvm/other.c": "before kvm/another.c",
        "kvm/new.c": "before kvm/newer.c",
      });
      history.git("reset", "-q", "--hard", head);
      history.commit("Other", { "top.c": "2\n" });
      assert.deepEqual(await again(["kvm/old.c", "kvm/other.c", "kvm/new.c"]), { "kvm/old.c": "before kvm/new.c" });
      history.git("reset", "-q", "--hard", `${head}~1`);
      assert.deepEqual(await again(["kvm/old.c", "kvm/new.c"]), {});
    });

    test("the second time the history is not walked", async () => {
      move("kvm/old.c", "kvm/new.c");
      const first = await find(["kvm/old.c", "kvm/none.c"], { cache: await openMoveCache(kept()) });
      // Without the commits of the history no walk can succeed.
      const parent = history.git("rev-parse", "HEAD~1");
      rmSync(join(history.folder, ".git", "objects", parent.slice(0, 2), parent.slice(2)));
      assert.deepEqual(await find(["kvm/old.c", "kvm/none.c"], { cache: await openMoveCache(kept()) }), first);
    });

    test("what one list asks for is known when another one was asked since, also after new commits", async () => {
      move("kvm/old.c", "kvm/new.c");
      history.git("switch", "-q", "-c", "side");
      const side = move("kvm/other.c", "kvm/ahead.c");
      history.git("switch", "-q", "main");
      const one = ["kvm/old.c", "kvm/ahead.c"];
      const cached = async (names: readonly string[], bases: readonly string[] = []) =>
        find(names, { cache: await openMoveCache(kept()) }, bases);
      const first = await cached(one, [side]);
      assert.deepEqual(first, { "kvm/old.c": "before kvm/new.c", "kvm/ahead.c": "ahead kvm/other.c" });
      await cached(["kvm/none.c"]);
      const next = history.commit("Go on", { "top.c": "2\n" });
      await cached(["kvm/none.c"]);
      assert.deepEqual(await cached(["kvm/ahead.c"], [side]), { "kvm/ahead.c": "ahead kvm/other.c" });
      await cached(["kvm/nobody.c"]);
      // Without the commits of the history no walk can succeed.
      for (const commit of history.git("rev-list", "--all").split("\n"))
        if (commit !== next && commit !== side) rmSync(join(history.folder, ".git", "objects", commit.slice(0, 2), commit.slice(2)));
      assert.deepEqual(await cached(one, [side]), first);
    });

    test("a file that is damaged is none", async () => {
      move("kvm/old.c", "kvm/new.c");
      const right = await find(["kvm/old.c"], { cache: await openMoveCache(kept()) });
      const text = readFileSync(kept(), "utf8");
      for (const damaged of [
        "",
        "{",
        "[]",
        "null",
        text.slice(0, -20),
        text.replace(/"D"/g, '"X"'),
        text.replace(/[0-9a-f]{40}/g, "zz"),
        text.replaceAll("[", "{"),
      ]) {
        writeFileSync(kept(), damaged);
        assert.deepEqual(await find(["kvm/old.c"], { cache: await openMoveCache(kept()) }), right);
      }
    });
  });

  test("a search that takes too long says nothing, and one that is cancelled throws", async () => {
    move("kvm/old.c", "kvm/new.c");
    assert.deepEqual(await find(["kvm/old.c"], { milliseconds: 0 }), {});
    const stopped = new AbortController();
    stopped.abort();
    await assert.rejects(find(["kvm/old.c"], { signal: stopped.signal }));
  });
});
