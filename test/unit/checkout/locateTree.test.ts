import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { applyReadiness, type ApplyRequest, continueApply, startApply, stoppedPatch } from "../../../src/checkout/amSession";
import { readApply } from "../../../src/checkout/applyRecord";
import { fileOfCommit, folderOfCommit, readCommitted, readFilesAt } from "../../../src/checkout/committedFiles";
import { proveMerge } from "../../../src/checkout/mergeProof";
import { readMyChanges } from "../../../src/checkout/myChanges";
import { previewTree } from "../../../src/checkout/previewTree";
import { abortApply, undoApply } from "../../../src/checkout/undoApply";
import { freshHistory, type History, numbered } from "../../support/pendingHistory";
import { repositories, teapot, teapotText } from "../../support/myRepository";

/** What is posted for teapots knows nothing of the folder they lie in here. */
suite("a tree that is a folder of a larger repository", () => {
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
      assert.match(proof.files[0]?.regions[0]?.text ?? "", /<<<<<<< mine\n.*111;\n\|{7} common base\n.*\n=======\n.*11;\n>>>>>>> theirs/);
    }
  });
});

/** What is posted is made of the folder alone; it is applied to the folder, whatever lies beside it. */
suite("applying to a tree that is a folder of a larger repository", () => {
  let history: History;
  let beside = "";
  freshHistory(
    { "os/linux/file.c": numbered(40), "os/linux/other.c": numbered(20), "file.c": "another\n", "os/tools.c": numbered(9) },
    (made, folder) => {
      [history, beside] = [made, folder];
    },
  );
  const git = (...args: string[]): string => history.git(...args);
  const top = (): string => join(history.folder, "os/linux");
  const state = (): string[] => [
    git("for-each-ref"),
    git("stash", "list"),
    git("symbolic-ref", "HEAD"),
    git("status", "--porcelain"),
    git("worktree", "list"),
    git("diff", "HEAD"),
  ];

  function request(more: Partial<ApplyRequest> = {}): ApplyRequest {
    const from = git("rev-parse", "HEAD");
    git("switch", "--quiet", "--detach");
    history.commit("KVM: Change it", { "os/linux/file.c": numbered(40, { 5: "five" }) });
    history.commit("KVM: Add one", { "os/linux/new/file.c": "new\n" });
    const mbox = `${git("format-patch", "--stdout", "--full-index", "--relative=os/linux", from)}\n`;
    git("switch", "--quiet", "main");
    const titles = ["KVM: Change it", "KVM: Add one"];
    return { top: top(), mbox, title: "KVM: Change", titles, branch: "series", base: from, worktree: null, stash: false, ...more };
  }

  test("on a branch, and undone; changes beside the folder are stashed and come back", async () => {
    const asked = request({ stash: true });
    history.write({ "os/tools.c": numbered(9, { 2: "mine" }), "os/linux/other.c": numbered(20, { 2: "mine" }) });
    const before = state();
    assert.equal((await applyReadiness(top(), {})).dirty, true);
    const outcome = await startApply(asked);
    assert.equal(outcome.kind, "applied");
    assert.equal(git("show", "series:os/linux/new/file.c"), "new");
    assert.equal(git("diff", "--name-only", "main", "series"), "os/linux/file.c\nos/linux/new/file.c");
    assert.equal((await readApply(top()))?.record.branch, "series");
    assert.equal(await undoApply(top()), "back");
    assert.deepEqual(state(), before);
  });

  test("in a worktree of its own", async () => {
    const asked = request({ worktree: join(beside, "made") });
    const before = state();
    const outcome = await startApply(asked);
    assert.equal(outcome.kind, "applied");
    assert.equal(readFileSync(join(beside, "made/os/linux/new/file.c"), "utf8"), "new\n");
    assert.equal(await undoApply(top()), "none");
    assert.deepEqual(state(), before);
  });

  test("a conflict is named from the folder, resolved there, or aborted", async () => {
    const asked = request();
    const base = history.commit("Another text", { "os/linux/file.c": numbered(40, { 5: "another" }) });
    const before = state();
    for (const way of ["continue", "abort"]) {
      const outcome = await startApply({ ...asked, base });
      assert(outcome.kind === "stopped");
      assert.deepEqual([outcome.stopped.conflicts, outcome.stopped.mergeable], [["file.c"], ["file.c"]]);
      assert.deepEqual(
        (await stoppedPatch(top()))?.files.map(({ path }) => path),
        ["file.c"],
      );
      if (way === "abort") assert.equal(await abortApply(top()), "none");
      else {
        await assert.rejects(continueApply(top()), { name: "HumanError", message: /os\/linux\/file\.c still has conflict markers/ });
        history.write({ "os/linux/file.c": numbered(40, { 5: "both" }) });
        const done = await continueApply(top());
        assert.equal(done.kind, "applied");
        assert.equal(git("diff", "--name-only", "main", "series"), "os/linux/file.c\nos/linux/new/file.c");
        await undoApply(top());
      }
      assert.deepEqual(state(), before);
    }
  });

  test("an untracked file in the place of one that a patch adds is refused", async () => {
    const asked = request();
    history.write({ "os/linux/new/file.c": "mine\n" });
    await assert.rejects(startApply(asked), { name: "HumanError", message: /^os\/linux\/new\/file\.c is untracked here/ });
  });
});
