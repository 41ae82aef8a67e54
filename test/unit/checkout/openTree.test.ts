import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { openTree, topOfTree } from "../../../src/checkout/openTree";

suite("open tree", () => {
  let top = "";
  const at = (...names: string[]): string => path.join(top, ...names);
  const write = (name: string, text = ""): void => {
    mkdirSync(path.dirname(at(name)), { recursive: true });
    writeFileSync(at(name), text);
  };
  setup(() => (top = realpathSync(mkdtempSync(path.join(tmpdir(), "kvm-series-tree-")))));
  teardown(() => rmSync(top, { recursive: true, force: true }));

  function git(...args: readonly string[]): void {
    execFileSync("git", args, { cwd: top, stdio: "ignore" });
  }

  test("a folder without git: its files are walked", async () => {
    write("virt/kvm/kvm_main.c");
    write("node_modules/x.c");
    const tree = await openTree(top, { git: true });
    assert.deepEqual(
      [tree.has("virt/kvm/kvm_main.c"), tree.has("node_modules/x.c"), tree.project, tree.maintainers],
      [true, false, "kernel", null],
    );
  });

  test("a repository: what git knows, and nothing of it is run", async () => {
    git("init", "-q");
    write("virt/kvm/kvm_main.c");
    write("built.o");
    write("Zoë.c");
    git("add", "virt", "Zoë.c");
    // A file system monitor is a command that git runs; here it would leave a file behind.
    git("config", "core.fsmonitor", `touch ${at("ran")};`);
    const tree = await openTree(top, { git: true });
    assert.deepEqual([tree.has("virt/kvm/kvm_main.c"), tree.has("Zoë.c"), tree.has("built.o")], [true, true, false]);
    assert(!existsSync(at("ran")));
  });

  test("without leave to run git the files are walked", async () => {
    git("init", "-q");
    write("tracked.c");
    git("add", "tracked.c");
    write("untracked.c");
    const tree = await openTree(top, { git: false });
    assert(tree.has("untracked.c"));
    assert(!tree.has(".git/HEAD"));
  });

  test("a git that is not there, and a folder that is not there, are trees all the same", async () => {
    write("a.c");
    assert((await openTree(top, { git: true, binary: at("no-git") })).has("a.c"));
    assert.equal((await openTree(at("gone"), { git: true })).project, null);
  });

  test("MAINTAINERS is read", async () => {
    write("MAINTAINERS", "Maintainers List\n----------------\n\nODD FILE SYSTEM\nM:\tAda Lind <ada@example.org>\nF:\tfs/odd/\n");
    const tree = await openTree(top, { git: true });
    assert.deepEqual(
      tree.maintainers?.("fs/odd/x.c").map(({ title }) => title),
      ["ODD FILE SYSTEM"],
    );
  });

  test("the top is the nearest folder with .git or MAINTAINERS, else the folder itself", async () => {
    write("linux/MAINTAINERS");
    write("linux/arch/x86/kvm/x86.c");
    mkdirSync(at("qemu", ".git"), { recursive: true });
    mkdirSync(at("qemu", "target"));
    mkdirSync(at("plain", "folder"), { recursive: true });
    assert.equal(await topOfTree(at("linux", "arch", "x86")), at("linux"));
    assert.equal(await topOfTree(at("qemu", "target")), at("qemu"));
    assert.equal(await topOfTree(at("plain", "folder")), at("plain", "folder"));
  });
});
