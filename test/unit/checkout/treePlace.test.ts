import assert from "node:assert/strict";
import { join } from "node:path";
import { fileOfCommit, folderOfCommit, readCommitted, readFilesAt } from "../../../src/checkout/committedFiles";
import { proveMerge } from "../../../src/checkout/mergeProof";
import { readMyChanges } from "../../../src/checkout/myChanges";
import { previewTree } from "../../../src/checkout/previewTree";
import { repositories, teapot, teapotText } from "../../support/myRepository";

/** What is posted for teapots knows nothing of the folder they lie in here. */
suite("a tree that is a folder of a larger repository", function () {
  this.timeout(60_000);
  const repository = repositories();
  const inside = `linux/${teapot}`;
  const series = (): Array<{ readonly index: number; readonly text: string }> => {
    const theirs = repository();
    return theirs.posted("HEAD", () => theirs.change(teapot, "\treturn 1;\n", "\treturn 11;\n"));
  };
  const larger = () => repository({ [inside]: teapotText(), "tools/other.c": teapotText(2), [`other/${teapot}`]: teapotText(3) });
  const text = (bytes: Uint8Array | null | undefined): string => Buffer.from(bytes ?? []).toString("utf8");

  test("my changes are named from the folder, and what is beside it is none of them", async () => {
    const mine = larger();
    const top = join(mine.top, "linux");
    mine.change(inside, "\treturn 1;\n", "\treturn 111;\n");
    mine.change("tools/other.c", "\treturn 1;\n", "\treturn 111;\n");
    const { files, base } = await readMyChanges(top, { kind: "uncommitted" });
    assert.deepEqual(
      files.map(({ path }) => path),
      [teapot],
    );
    assert.equal(text((await readFilesAt(top, base, [teapot])).get(teapot)), teapotText());
    assert.equal(text((await readCommitted(top, teapot))?.bytes), teapotText());
    const buffers = new Map([[teapot, teapotText().replace("return 2;", "return 22;")]]);
    const unsaved = await readMyChanges(top, { kind: "uncommitted", buffers });
    assert.deepEqual(
      unsaved.files.map(({ path, edits }) => [path, edits.map(({ added }) => added)]),
      [[teapot, [["\treturn 22;"]]]],
    );
  });

  test("a preview is of the folder", async () => {
    const mine = larger();
    const top = join(mine.top, "linux");
    const head = mine.git("rev-parse", "HEAD").trim();
    const before = mine.state();
    const { files, stoppedAt } = await previewTree(
      top,
      head,
      series().map((patch) => patch.text),
    );
    assert.deepEqual(mine.state(), before);
    assert.deepEqual([stoppedAt, files.map(({ path }) => path)], [null, [teapot]]);
    assert.equal(text(files[0]?.after), teapotText().replace("return 1;", "return 11;"));
    assert.equal(text(await fileOfCommit(top, head, teapot)), teapotText());
    assert.deepEqual(await folderOfCommit(top, head, ""), [{ name: "virt", isFolder: true }]);
    assert.deepEqual(await folderOfCommit(top, head, "virt/kvm"), [{ name: "teapot.c", isFolder: false }]);
  });

  test("a proof is of the folder: saved, not saved, committed, and between two series", async () => {
    const mine = larger();
    const top = join(mine.top, "linux");
    const base = mine.git("rev-parse", "HEAD").trim();
    const theirs = { kind: "patches", patches: series() } as const;
    const names = { ours: "mine", theirs: "theirs" };
    const conflicting = teapotText().replace("return 1;", "return 111;");
    mine.write({ [inside]: conflicting });
    const worktree = { kind: "worktree", paths: [teapot], buffers: new Map<string, string>() } as const;
    const before = mine.state();
    const unsaved = { ...worktree, buffers: new Map([[teapot, teapotText().replace("return 5;", "return 55;")]]) };
    const proofs = [
      await proveMerge(top, { base, ours: worktree, theirs, names }),
      await proveMerge(top, { base, ours: unsaved, theirs, names }),
      await proveMerge(top, { base, ours: theirs, theirs, names }),
    ];
    assert.deepEqual(mine.state(), before);
    const commit = mine.commit("mine");
    proofs.push(await proveMerge(top, { base, ours: { kind: "commit", commit }, theirs, names }));
    assert.deepEqual(
      proofs.map(({ kind }) => kind),
      ["conflict", "clean", "clean", "conflict"],
    );
    for (const proof of proofs) {
      if (proof.kind !== "conflict") continue;
      assert.deepEqual(
        proof.files.map(({ path }) => path),
        [teapot],
      );
      assert.match(
        proof.files[0]?.regions[0]?.text ?? "",
        /<<<<<<< mine\n.*111;\n\|{7} common base\n.*\n=======\n.*11;\n>>>>>>> theirs/,
      );
    }
  });
});
