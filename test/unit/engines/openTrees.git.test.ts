import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { HeadMoves, OpenTrees } from "../../../src/engines/openTrees";
import { baseFiles, commit, type Files, git } from "../../support/applyGround";
import { until } from "../../support/fakeClock";
import { FakeLog, FakeUri, FakeWorkspace } from "../../support/fakePorts";

/** A project without a mark of its own. */
const plainFiles: Files = { "src/main.c": "int main;\n" };

suite("open trees", () => {
  let folder = "";
  let workspace = new FakeWorkspace();
  let trees: OpenTrees;
  const at = (name: string): string => path.join(folder, name);
  const uri = (name: string): FakeUri => new FakeUri(at(name));

  function repository(name: string, files: Files): string {
    mkdirSync(at(name), { recursive: true });
    git(at(name), ["init", "-q", "--initial-branch=main", "--template="]);
    commit(at(name), files, "base");
    return at(name);
  }

  suiteSetup(() => {
    folder = realpathSync(mkdtempSync(path.join(tmpdir(), "kvm-series-trees-")));
    repository("kernel", baseFiles);
    git(at("kernel"), ["worktree", "add", "-q", at("second")]);
    repository("plain", plainFiles);
  });
  suiteTeardown(() => rmSync(folder, { recursive: true, force: true }));

  setup(() => {
    workspace = new FakeWorkspace();
    trees = new OpenTrees({ workspace, git: () => ({}), log: new FakeLog() });
  });
  teardown(() => trees.dispose());

  async function open(...names: readonly string[]): Promise<void> {
    workspace.openFolders(...names.map(at));
    await trees.read();
  }

  test("a file is mapped within the tree of its folder, whose top may lie further up", async () => {
    await open("kernel/virt/kvm", "plain");
    assert.deepEqual(trees.locate(uri("kernel/virt/kvm/kvm_main.c")), { path: "virt/kvm/kvm_main.c", project: "kernel" });
    assert.deepEqual(trees.locate(uri("plain/src/main.c")), { path: "src/main.c", project: null });
    assert.equal(trees.locate(uri("elsewhere/main.c")), null);
    assert.equal(trees.topOf(uri("kernel/Kbuild")), at("kernel"));
  });

  test("a file of a tree that lies in another one is of the inner one, in whichever order they are open", async () => {
    mkdirSync(at("kernel/tools/inner"), { recursive: true });
    git(at("kernel/tools/inner"), ["init", "-q", "--initial-branch=main", "--template="]);
    for (const names of [
      ["kernel", "kernel/tools/inner"],
      ["kernel/tools/inner", "kernel"],
    ]) {
      await open(...names);
      assert.equal(trees.topOf(uri("kernel/tools/inner/a.c")), at("kernel/tools/inner"));
      assert.equal(trees.topOf(uri("kernel/tools/a.c")), at("kernel"));
    }
    rmSync(at("kernel/tools/inner"), { recursive: true });
  });

  test("both worktrees of a kernel are trees of the project, the preferred one first", async () => {
    await open("kernel", "second");
    assert.deepEqual(trees.topsFor("kernel"), [at("kernel"), at("second")]);
    trees.prefer(at("second"));
    assert.deepEqual(trees.topsFor("kernel"), [at("second"), at("kernel")]);
    assert.deepEqual(trees.topsFor("qemu"), []);
  });

  test("a path of a series is found in the preferred tree", async () => {
    await open("kernel", "second");
    trees.prefer(at("second"));
    assert.equal(trees.find("Kbuild", "kernel")?.path, at("second/Kbuild"));
    assert.equal(trees.find("no/such.c", "kernel"), null);
  });

  test("folders that change while they are read: those of now are there", async () => {
    workspace.openFolders(at("kernel"));
    workspace.openFolders(at("plain"));
    await until(() => trees.trees.length > 0);
    await trees.read();
    assert.deepEqual(
      trees.trees.map(({ top }) => top),
      [at("plain")],
    );
  });

  test("in a window that is not trusted no git is run, and when it is the trees are read again", async () => {
    let isTrusted = false;
    trees.dispose();
    trees = new OpenTrees({ workspace, git: () => (isTrusted ? {} : null), log: new FakeLog() });
    await open("kernel");
    const [untrusted] = trees.trees;
    isTrusted = true;
    workspace.grantTrust();
    assert.equal(untrusted?.has(".git/HEAD"), false);
    await until(() => trees.trees[0] !== untrusted);
    assert.equal(trees.trees[0]?.project, "kernel");
  });

  suite("moves of HEAD", () => {
    test("a watched folder tells, also that of a repository above the tree", async () => {
      const moves = new HeadMoves({ trees, workspace, log: new FakeLog() });
      let moved = 0;
      moves.onDidMove(() => moved++);
      await open("kernel");
      await until(() => workspace.watchedFolders.length > 0);
      workspace.touch(at("kernel/.git"));
      assert.equal(moved, 1);
      moves.dispose();
      assert.deepEqual(workspace.watchedFolders, []);
    });

    test("one that is disposed while it looks for folders watches none", async () => {
      const moves = new HeadMoves({ trees, workspace, log: new FakeLog() });
      await open("kernel");
      moves.dispose();
      // Reading the trees takes longer than looking for the folders.
      await trees.read();
      assert.deepEqual(workspace.watchedFolders, []);
    });

    test("trees that change twice in one moment leave one watcher for each", async () => {
      const moves = new HeadMoves({ trees, workspace, log: new FakeLog() });
      workspace.openFolders(at("kernel"));
      await trees.read();
      await trees.read();
      await trees.read();
      await until(() => workspace.watchedFolders.length > 0);
      await trees.read();
      assert.deepEqual(workspace.watchedFolders, [at("kernel/.git")]);
      moves.dispose();
      assert.deepEqual(workspace.watchedFolders, []);
    });
  });
});
