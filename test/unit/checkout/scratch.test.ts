import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withScratch } from "../../../src/checkout/scratch";
import { runGit } from "../../../src/git/git";
import { plainGit } from "../../support/sampleArchive";

suite("a scratch beside a repository", () => {
  const folder = mkdtempSync(join(tmpdir(), "kvm-series-"));
  const git = (...args: string[]): string => execFileSync("git", args, { cwd: folder, env: plainGit, encoding: "utf8" });
  suiteSetup(() => {
    git("init", "--quiet", ".");
    writeFileSync(join(folder, "file"), "one\n");
    git("add", "file");
    git("-c", "user.name=Ada Lind", "-c", "user.email=ada@example.org", "commit", "--quiet", "-m", "first");
  });
  suiteTeardown(() => rmSync(folder, { recursive: true, force: true }));

  test("what is made in it stays in it", async () => {
    const state = (): string[] => [git("count-objects", "-v"), readFileSync(join(folder, ".git", "index"), "latin1"), git("show-ref")];
    const before = state();
    let place = "";
    const patch = "--- a/file\n+++ b/file\n@@ -1 +1 @@\n-one\n+two\n";
    const tree = await withScratch(folder, {}, async (scratch) => {
      place = scratch.folder;
      assert.equal((await scratch.run(["read-tree", "HEAD"])).code, 0);
      assert.equal((await scratch.run(["apply", "--cached", "-"], { input: patch })).code, 0);
      const written = (await scratch.run(["write-tree"])).stdout.toString("utf8").trim();
      return (await scratch.run(["cat-file", "-p", `${written}:file`])).stdout.toString("utf8");
    });
    assert.equal(tree, "two\n");
    assert.deepEqual(state(), before);
    assert.throws(() => readdirSync(place));
  });

  test("in a repository whose path has colons, quotes and backslashes", async () => {
    const odd = join(folder, 'a:b "c" \\d ü');
    git("clone", "--quiet", folder, odd);
    const { code, stdout } = await withScratch(odd, {}, (scratch) => scratch.run(["cat-file", "blob", "HEAD:file"]));
    assert.deepEqual([code, stdout.toString("utf8")], [0, "one\n"]);
  });

  test("no half of a split index is left beside the person's", async () => {
    const split = join(folder, "split");
    git("clone", "--quiet", folder, split);
    git("-C", split, "config", "core.splitIndex", "true");
    git("-C", split, "update-index", "--split-index");
    const before = readdirSync(join(split, ".git")).sort();
    assert.ok(before.some((name) => name.startsWith("sharedindex.")));
    await withScratch(split, {}, async (scratch) => {
      assert.equal((await scratch.run(["read-tree", "HEAD"])).code, 0);
      const patch = "--- a/file\n+++ b/file\n@@ -1 +1 @@\n-one\n+two\n";
      assert.equal((await scratch.run(["apply", "--cached", "-"], { input: patch })).code, 0);
    });
    assert.deepEqual(readdirSync(join(split, ".git")).sort(), before);
  });

  test("what a killed process left is removed a day later, by the next one", () => {
    const temporary = mkdtempSync(join(tmpdir(), "kvm-series-temporary-"));
    try {
      for (const [name, days] of [
        ["kvm-series-scratch-old", 2],
        ["kvm-series-scratch-new", 0],
        ["another", 2],
      ] as const) {
        mkdirSync(join(temporary, name, "objects"), { recursive: true });
        const time = new Date(Date.now() - days * 86_400_000);
        utimesSync(join(temporary, name), time, time);
      }
      const program = `require(${JSON.stringify(require.resolve("../../../src/checkout/scratch"))}).withScratch(".", {}, async () => {})`;
      execFileSync(process.execPath, ["-e", program], { cwd: folder, env: { ...process.env, TMPDIR: temporary } });
      assert.deepEqual(readdirSync(temporary).sort(), ["another", "kvm-series-scratch-new"]);
    } finally {
      rmSync(temporary, { recursive: true, force: true });
    }
  });

  test("an empty input ends too", async () => {
    assert.equal((await runGit(folder, ["cat-file", "--batch-check"], { input: "" })).code, 0);
  });

  test("every exit code is an answer", async () => {
    assert.equal((await runGit(folder, ["diff", "--quiet"])).code, 0);
    writeFileSync(join(folder, "file"), "changed\n");
    assert.equal((await runGit(folder, ["diff", "--quiet"])).code, 1);
    const failed = await runGit(folder, ["rev-parse", "--verify", "nothing"]);
    assert.equal(failed.code, 128);
    assert.match(failed.stderr, /Needed a single revision/);
    await assert.rejects(runGit(folder, ["status"], { binary: "/nowhere/git" }));
  });
});
