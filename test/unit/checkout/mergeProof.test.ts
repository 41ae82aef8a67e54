import assert from "node:assert/strict";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type MergeProof, type MergeSide, proveMerge } from "../../../src/checkout/mergeProof";
import { readMail } from "../../../src/core/mail/mail";
import { exactPatchTexts } from "../../../src/core/mail/patchMail";
import type { IndexedPatch } from "../../../src/core/series/revisionTexts";
import { type MyRepository, repositories, teapot, teapotText } from "../../support/myRepository";

const names = { ours: "my changes", theirs: "KVM: Warm the teapots" };

suite("proof of a collision", () => {
  const repository = repositories();
  /** Merges onto HEAD and holds that nothing of the person's changed. */
  async function prove(
    mine: MyRepository,
    ours: MergeSide,
    theirs: MergeSide,
    base = mine.git("rev-parse", "HEAD").trim(),
  ): Promise<MergeProof> {
    const before = mine.state();
    try {
      return await proveMerge(mine.top, { base, ours, theirs, names });
    } finally {
      assert.deepEqual(mine.state(), before);
    }
  }
  const worktree = (paths: readonly string[], buffers: ReadonlyMap<string, string> = new Map()): MergeSide => ({
    kind: "worktree",
    paths,
    buffers,
  });
  const series = (patches: readonly IndexedPatch[], only?: ReadonlySet<string>): MergeSide => ({
    kind: "patches",
    patches,
    ...(only ? { only } : {}),
  });
  /** Two patches: they take a step out of the first function, then change what the second returns. */
  const twoPatches = (mine: MyRepository): IndexedPatch[] =>
    mine.posted(
      "HEAD",
      () => mine.change(teapot, "\tstep_0_3(pot);\n", ""),
      () => mine.change(teapot, "\treturn 1;\n", "\treturn 11;\n"),
    );

  test("a file that is no UTF-8 is merged by its bytes", async () => {
    const mine = repository();
    const latin = (third: string, last: string): Buffer =>
      Buffer.from(`/* J\xfcrgen */\none\n${third}\n${"line\n".repeat(8)}${last}\n`, "latin1");
    const write = (bytes: Buffer): void => writeFileSync(join(mine.top, "latin.c"), bytes);
    write(latin("three", "last"));
    mine.commit("latin");
    const mail = (text: string): Uint8Array =>
      Buffer.concat([Buffer.from("Message-ID: <a@example.org>\nContent-Type: text/plain; charset=UTF-8\n\n"), Buffer.from(text, "latin1")]);
    const diff =
      "diff --git a/latin.c b/latin.c\n--- a/latin.c\n+++ b/latin.c\n@@ -1,4 +1,4 @@\n /* J\xfcrgen */\n one\n-three\n+\xfcber\n line\n";
    const [text = ""] = exactPatchTexts(readMail(mail(`Words.\n---\n${diff}`)));
    write(latin("three", "mine"));
    assert.equal((await prove(mine, worktree(["latin.c"]), series([{ index: 1, text }]))).kind, "clean");
    write(latin("\xe4ndern", "last"));
    const proof = await prove(mine, worktree(["latin.c"]), series([{ index: 1, text }]));
    assert(proof.kind === "conflict");
    assert.match(proof.files[0]?.regions[0]?.text ?? "", /^ändern$[^]*^über$/m);
  });

  test("the same line: the conflict with its markers, and three lines around", async () => {
    const mine = repository();
    const patches = twoPatches(mine);
    mine.change(teapot, "\treturn 1;\n", "\treturn 111;\n");
    const proof = await prove(mine, worktree([teapot]), series(patches));
    assert.equal(proof.kind, "conflict");
    assert.equal(proof.whole, true);
    const [file, ...others] = proof.files;
    assert.deepEqual([file?.path, others], [teapot, []]);
    assert.match(file?.message ?? "", /^CONFLICT \(content\)/);
    assert.deepEqual(file?.regions, [
      {
        // The merged text has one line less above it, since the first patch applied.
        line: 19,
        text: [
          ...["\tstep_1_3(pot);", "\tstep_1_4(pot);", "\tstep_1_5(pot);"],
          ...["<<<<<<< my changes", "\treturn 111;", "||||||| common base", "\treturn 1;", "=======", "\treturn 11;"],
          ...[">>>>>>> KVM: Warm the teapots", "}", "", "int pour_2(struct teapot *pot)"],
        ].join("\n"),
      },
    ]);
  });

  test("elsewhere in the file, or the same change on both sides, is clean", async () => {
    const mine = repository();
    const patches = twoPatches(mine);
    mine.change(teapot, "\treturn 7;\n", "\treturn 77;\n");
    assert.deepEqual(await prove(mine, worktree([teapot]), series(patches)), { kind: "clean", whole: true });
    mine.change(teapot, "\treturn 1;\n", "\treturn 11;\n");
    assert.deepEqual(await prove(mine, worktree([teapot]), series(patches)), { kind: "clean", whole: true });
  });

  test("an editor's text counts and not the file's, with line ends as git stores them", async () => {
    const mine = repository({ [teapot]: teapotText(), ".gitattributes": "*.c text\n" });
    const patches = twoPatches(mine);
    mine.change(teapot, "\treturn 1;\n", "\treturn 111;\n");
    const typed = (text: string): MergeSide => worktree([teapot], new Map([[teapot, text.replaceAll("\n", "\r\n")]]));
    assert.equal((await prove(mine, typed(teapotText()), series(patches))).kind, "clean");
    const proof = await prove(mine, typed(teapotText().replace("\tstep_0_3(pot);", "\twarm(pot);")), series(patches));
    assert.equal(proof.kind, "conflict");
    assert.match(proof.files[0]?.regions[0]?.text ?? "", /^\twarm\(pot\);$/m);
  });

  test("one deletes what the other changes; both add a file; a rename is followed", async () => {
    const mine = repository();
    const patches = mine.posted(
      "HEAD",
      () => mine.change(teapot, "\treturn 1;\n", "\treturn 11;\n"),
      () => mine.write({ "new.c": "theirs\n" }),
    );
    mine.git("rm", "--quiet", teapot);
    mine.write({ "new.c": "mine\n" });
    mine.git("add", "new.c");
    const proof = await prove(mine, worktree([teapot, "new.c"]), series(patches));
    assert.equal(proof.kind, "conflict");
    assert.deepEqual(proof.files.map(({ path, message, regions }) => [path, message.slice(0, 30), regions.length]).sort(), [
      ["new.c", "CONFLICT (add/add): Merge conf", 1],
      [teapot, "CONFLICT (modify/delete): virt", 0],
    ]);
    mine.git("reset", "--quiet", "--hard");
    mine.git("mv", teapot, "virt/kvm/kettle.c");
    mine.change("virt/kvm/kettle.c", "\treturn 1;\n", "\treturn 111;\n");
    const renamed = await prove(mine, worktree([teapot, "virt/kvm/kettle.c"]), series(patches));
    assert.equal(renamed.kind, "conflict");
    assert.deepEqual(
      renamed.files.map(({ path }) => path),
      ["virt/kvm/kettle.c"],
    );
  });

  test("a branch against a series, and a series against a series", async () => {
    const mine = repository();
    const base = mine.git("rev-parse", "HEAD").trim();
    const patches = twoPatches(mine);
    const others = mine.posted("HEAD", () => mine.change(teapot, "\tstep_0_3(pot);\n\tstep_0_4(pot);\n", "\tstep_0_34(pot);\n"));
    mine.change(teapot, "\treturn 1;\n", "\treturn 111;\n");
    const commit = mine.commit("mine");
    assert.equal((await prove(mine, { kind: "commit", commit }, series(patches), base)).kind, "conflict");
    assert.equal((await prove(mine, { kind: "commit", commit }, series(others), base)).kind, "clean");
    assert.equal((await prove(mine, series(others), series(patches), base)).kind, "conflict");
    assert.equal((await prove(mine, series(patches), series(patches), base)).kind, "clean");
  });

  test("a series that does not apply is said so, with patch and file; of one that does on my files that part is merged", async () => {
    const mine = repository();
    const patches = mine.posted(
      "HEAD",
      () => mine.change(teapot, "\treturn 1;\n", "\treturn 11;\n"),
      () => mine.change("virt/kvm/cup.c", "\treturn 1;\n", "\treturn 11;\n"),
    );
    mine.write({ "virt/kvm/cup.c": "int other;\n" });
    mine.commit("the cup is another");
    mine.change(teapot, "\treturn 1;\n", "\treturn 111;\n");
    assert.deepEqual(await prove(mine, worktree([teapot]), series(patches)), {
      kind: "unapplied",
      side: "theirs",
      patch: 2,
      path: "virt/kvm/cup.c",
    });
    const part = await prove(mine, worktree([teapot]), series(patches, new Set([teapot])));
    assert.equal(part.kind, "conflict");
    assert.equal(part.whole, false);
    const nothing = series(patches, new Set(["virt/kvm/cup.c"]));
    assert.equal((await prove(mine, worktree([teapot]), nothing)).kind, "unapplied");
  });

  test("paths of a patch lead nowhere, its message is no diff, and a damaged one is said so", async () => {
    const mine = repository();
    const [patch] = twoPatches(mine);
    mine.change(teapot, "\tstep_0_3(pot);\n", "\twarm(pot);\n");
    const out = { index: 1, text: "--- /dev/null\n+++ b/../../out.c\n@@ -0,0 +1 @@\n+x\n" };
    assert.equal((await prove(mine, worktree([teapot]), series([out]))).kind, "unapplied");
    const quoted = { index: 1, text: `> --- a/x\n> +++ b/x\n\n${patch?.text ?? ""}` };
    assert.equal((await prove(mine, worktree([teapot]), series([quoted]))).kind, "conflict");
    const cut = { index: 1, text: (patch?.text ?? "").split("\n").slice(0, -8).join("\n") };
    assert.equal((await prove(mine, worktree([teapot]), series([cut]))).kind, "unapplied");
    await assert.rejects(prove(mine, worktree([teapot]), series([out]), "HEAD"), /full commit ids/);
  });

  test("hooks and settings of the person do nothing to it, nor does a rebase under way", async () => {
    const mine = repository();
    const patches = twoPatches(mine);
    mine.git("config", "merge.conflictStyle", "merge");
    mine.git("config", "commit.gpgSign", "true");
    mine.git("config", "core.autocrlf", "input");
    for (const hook of ["pre-applypatch", "post-index-change", "reference-transaction"]) {
      writeFileSync(join(mine.top, ".git", "hooks", hook), "#!/bin/sh\ntouch hook-ran\n");
      chmodSync(join(mine.top, ".git", "hooks", hook), 0o755);
    }
    mine.change(teapot, "\treturn 1;\n", "\treturn 111;\n");
    assert.equal((await prove(mine, worktree([teapot]), series(patches))).kind, "conflict");
    mine.git("-c", "core.hooksPath=/dev/null", "-c", "commit.gpgSign=false", "commit", "--quiet", "--all", "-m", "mine");
    mine.git("-c", "commit.gpgSign=false", "checkout", "--quiet", "-b", "side", "HEAD~1");
    mine.change(teapot, "\treturn 1;\n", "\treturn 1111;\n");
    mine.git("-c", "core.hooksPath=/dev/null", "-c", "commit.gpgSign=false", "commit", "--quiet", "--all", "-m", "side");
    assert.notEqual(mine.tryGit("rebase", "main"), 0);
    // The file has conflict markers now, and the index three stages of it.
    assert.equal((await prove(mine, worktree([teapot]), series(patches), mine.git("rev-parse", "main~1").trim())).kind, "conflict");
  });

  test("a git before 2.38 says what it needs", async () => {
    const mine = repository();
    const patches = twoPatches(mine);
    const old = join(mine.top, ".git", "old-git");
    // What 2.34 says to an option it does not have.
    writeFileSync(
      old,
      `#!/bin/sh\nfor word; do case $word in merge-tree) echo "usage: git merge-tree <base-tree> <branch1> <branch2>" >&2; exit 129;; esac; done\nexec git "$@"\n`,
    );
    chmodSync(old, 0o755);
    const merge = { base: mine.git("rev-parse", "HEAD").trim(), ours: worktree([teapot]), theirs: series(patches), names };
    await assert.rejects(proveMerge(mine.top, merge, { binary: old }), { name: "HumanError", message: /needs git 2\.38 or newer/ });
  });
});
