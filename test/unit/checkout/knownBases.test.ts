import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findBases } from "../../../src/checkout/commits";
import { MyRepository } from "../../support/myRepository";

suite("names of bases in a repository", () => {
  const mine = new MyRepository();
  suiteTeardown(() => mine.dispose());

  test("ids, tags, and branches of remotes by their tail; nothing of the repository changes", async () => {
    const head = mine.git("rev-parse", "HEAD").trim();
    const blob = mine.git("rev-parse", "HEAD:virt/kvm/cup.c").trim();
    mine.git("tag", "-a", "-m", "a tag", "v6.12-rc1");
    mine.git("tag", "v6.12", `${head}^{tree}`);
    mine.git("update-ref", "refs/remotes/kvm/next", head);
    mine.git("update-ref", "refs/remotes/upstream/kvm-x86/next", head);
    mine.git("branch", "topic/one");
    const before = mine.state();
    const absent = "0".repeat(40);
    const hostile = ["--exec=touch", "HEAD", "x86/next", "next", "kvm/next^{tree}", "kvm/next\nHEAD"];
    const found = await findBases(mine.top, [
      head.slice(0, 12),
      blob,
      absent,
      "v6.12-rc1",
      "v6.12",
      "kvm/next",
      "kvm-x86/next",
      "topic/one",
      "kvm/queue",
      ...hostile,
    ]);
    assert.deepEqual(mine.state(), before);
    assert.deepEqual(
      Array.from(found, ([name, one]) => [name, one.name]),
      [
        [head.slice(0, 12), head],
        ["v6.12-rc1", "v6.12-rc1"],
        ["kvm/next", "kvm/next"],
        ["kvm-x86/next", "upstream/kvm-x86/next"],
        ["topic/one", "topic/one"],
      ],
    );
    assert.deepEqual(new Set(Array.from(found.values(), ({ commit }) => commit)), new Set([head]));
  });

  test("in a clone that left the trees out, a tag of a tree hides no other name", async () => {
    const other = new MyRepository();
    other.git("tag", "-a", "-m", "a tree", "v2.6.11-tree", "HEAD^{tree}");
    other.change("virt/kvm/cup.c", "\treturn 1;\n", "\treturn 2;\n");
    const head = other.commit("later");
    other.git("tag", "v6.13");
    other.git("config", "uploadpack.allowFilter", "true");
    const clone = mkdtempSync(join(tmpdir(), "kvm-series-treeless-"));
    try {
      other.git("clone", "--quiet", "--no-checkout", "--filter=tree:0", `file://${other.top}`, clone);
      assert.deepEqual([...(await findBases(clone, ["v6.13", "v2.6.11-tree"]))], [["v6.13", { name: "v6.13", commit: head }]]);
    } finally {
      rmSync(clone, { recursive: true, force: true });
      other.dispose();
    }
  });

  test("a folder without a repository has none", async () => {
    assert.equal((await findBases(tmpdir(), ["0123456789ab", "kvm/next"])).size, 0);
  });
});
