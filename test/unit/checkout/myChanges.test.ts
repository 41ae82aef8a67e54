import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readCommitted } from "../../../src/checkout/committedFiles";
import { type MyChanges, type MyScope, readMyChanges } from "../../../src/checkout/myChanges";
import { type MyRepository, repositories, teapot, teapotText } from "../../support/myRepository";

const uncommitted = { kind: "uncommitted" } as const;

/** `virt/kvm/teapot.c 6:1+2`: file, first line (one-based), lines removed and added. */
function inShort({ files }: MyChanges): string[] {
  return files.map(({ path, newPath, binary, edits }) =>
    [
      newPath === undefined ? path : `${path} > ${newPath}`,
      ...(binary ? ["binary"] : []),
      ...edits.map(({ start, removed, added }) => `${start + 1}:${removed.length}+${added.length}`),
    ].join(" "),
  );
}

suite("my changes", () => {
  const repository = repositories();
  /** Reads them and holds that nothing of the person's changed. */
  async function read(mine: MyRepository, scope: MyScope = uncommitted): Promise<MyChanges> {
    const before = mine.state();
    try {
      return await readMyChanges(mine.top, scope);
    } finally {
      assert.deepEqual(mine.state(), before);
    }
  }
  const sentence = (mine: MyRepository, scope: MyScope, expected: RegExp): Promise<void> =>
    assert.rejects(read(mine, scope), { name: "HumanError", message: expected });
  test("uncommitted: staged or not, added, deleted, renamed; what is untracked is nobody's business", async () => {
    const mine = repository({
      [teapot]: teapotText(),
      "virt/kvm/cup.c": teapotText(4),
      "old name.c": teapotText(3),
      "gone.c": "a\nb\n",
      pot: "x\n",
    });
    assert.deepEqual(inShort(await read(mine)), []);
    mine.change(teapot, "\tstep_0_0(pot);\n", "\twarm(pot);\n\twarm(pot);\n");
    mine.git("add", teapot);
    mine.change(teapot, "\tstep_3_2(pot);\n", "");
    mine.git("mv", "old name.c", "new name.c");
    mine.change("new name.c", "\treturn 1;\n", "\treturn 11;\n");
    mine.git("rm", "--quiet", "gone.c");
    mine.write({ "added.c": "new\n", "untracked.c": "x\n", pot: Buffer.from([0, 1, 2]) });
    mine.git("add", "added.c");
    const changes = await read(mine);
    assert.deepEqual(inShort(changes).sort(), [
      "added.c 1:0+1",
      "gone.c 1:2+0",
      "old name.c > new name.c 23:1+1",
      "pot binary",
      `${teapot} 6:1+2 41:1+0`,
    ]);
    assert.equal(changes.base, mine.git("rev-parse", "HEAD").trim());
    assert.equal(changes.commit, null);
    assert.deepEqual(changes.files.find(({ path }) => path === teapot)?.edits, [
      { start: 5, removed: ["\tstep_0_0(pot);"], added: ["\twarm(pot);", "\twarm(pot);"] },
      { start: 40, removed: ["\tstep_3_2(pot);"], added: [] },
    ]);
  });

  test("what stands in an editor is newer than what is on the disk", async () => {
    const mine = repository();
    mine.change(teapot, "\treturn 0;\n", "\treturn 100;\n");
    const typed = teapotText().replace("\treturn 5;\n", "\treturn 50;\n");
    const buffers = (text: string): MyScope => ({ ...uncommitted, buffers: new Map([[teapot, text]]) });
    assert.deepEqual(inShort(await read(mine, buffers(typed))), [`${teapot} 67:1+1`]);
    assert.deepEqual(inShort(await read(mine, buffers(teapotText()))), []);
    assert.deepEqual(inShort(await read(mine, { ...uncommitted, buffers: new Map([["not known.c", "x"]]) })), [`${teapot} 12:1+1`]);
  });

  test("line ends that git or the editor made others are no change", async () => {
    const dos = teapotText(2).replaceAll("\n", "\r\n");
    const mine = repository({ "unix.c": teapotText(2), "dos.c": dos, ".gitattributes": "unix.c text eol=crlf\n" });
    mine.git("rm", "--quiet", "--cached", "unix.c");
    mine.git("reset", "--quiet", "--hard");
    assert.match(mine.read("unix.c"), /\r\n/);
    const typed = (text: string): string => text.replace("\treturn 1;", "\treturn 7;");
    const buffers = new Map([
      ["unix.c", typed(dos)],
      ["dos.c", typed(dos)],
    ]);
    assert.deepEqual(inShort(await read(mine)), []);
    assert.deepEqual(inShort(await read(mine, { ...uncommitted, buffers })), ["unix.c 23:1+1", "dos.c 23:1+1"]);
  });

  test("a file that is not UTF-8 differs only where it was changed, however the editor reads it", async () => {
    const latin = Buffer.from("/* Ren\xe9 */\nint a;\n/* \xfc\xe4 */\n", "latin1");
    const mine = repository({ "latin.c": latin });
    for (const text of [latin.toString("latin1"), latin.toString("utf8")]) {
      const buffers = new Map([["latin.c", text.replace("int a;", "int b;")]]);
      assert.deepEqual(inShort(await read(mine, { ...uncommitted, buffers })), ["latin.c 2:1+1"]);
    }
  });

  test("a file of 100,000 lines", async () => {
    const lines = Array.from({ length: 100_000 }, (_, at) => `line ${at}\n`);
    const mine = repository({ "long.c": lines.join("") });
    const typed = lines.with(10, "first\n").with(99_000, "last\n").join("");
    assert.deepEqual(inShort(await read(mine, { ...uncommitted, buffers: new Map([["long.c", typed]]) })), ["long.c 11:1+1 99001:1+1"]);
  });

  test("a person's settings of diffs change nothing", async () => {
    const mine = repository();
    mine.write({ ".gitattributes": "*.c diff=loud\n" });
    mine.commit("attributes");
    for (const [name, value] of [
      ["diff.noprefix", "true"],
      ["diff.mnemonicPrefix", "true"],
      ["color.ui", "always"],
      ["diff.external", "false"],
      ["diff.loud.textconv", "false"],
      ["diff.context", "9"],
      ["diff.interHunkContext", "9"],
      ["diff.renames", "false"],
      ["core.quotePath", "true"],
    ] as const)
      mine.git("config", name, value);
    mine.change(teapot, "\treturn 0;\n", "\treturn 100;\n");
    mine.change(teapot, "\tstep_0_1(pot);\n", "");
    mine.git("mv", "virt/kvm/cup.c", "virt/kvm/größe.c");
    assert.deepEqual(inShort(await read(mine)).sort(), ["virt/kvm/cup.c > virt/kvm/größe.c", `${teapot} 7:1+0 12:1+1`]);
  });

  test("my branch since it left its upstream", async () => {
    const mine = repository();
    mine.git("checkout", "--quiet", "-b", "topic", "--track", "main");
    mine.change(teapot, "\treturn 2;\n", "\treturn 20;\n");
    const commit = mine.commit("mine");
    mine.git("checkout", "--quiet", "main");
    mine.change(teapot, "\treturn 9;\n", "\treturn 90;\n");
    mine.commit("theirs");
    mine.git("checkout", "--quiet", "topic");
    mine.change(teapot, "\treturn 4;\n", "\treturn 40;\n");
    const changes = await read(mine, { kind: "branch" });
    assert.deepEqual(inShort(changes), [`${teapot} 34:1+1`]);
    assert.deepEqual([changes.base, changes.commit], [mine.git("rev-parse", "main~1").trim(), commit]);
    for (const range of ["main..topic", "main..", " main..HEAD "])
      assert.deepEqual(inShort(await read(mine, { kind: "range", range })), [`${teapot} 34:1+1`], range);
    assert.deepEqual(inShort(await read(mine, { kind: "range", range: "topic..main" })), [`${teapot} 111:1+1`]);
  });

  test("a range that is none is said so, and is never an option", async () => {
    const mine = repository();
    for (const range of ["main", "main...main", "a..b..c", ""])
      await sentence(mine, { kind: "range", range }, /is not a range; write two commits/);
    for (const range of ["--output=/tmp/x..main", "main..nothing", "-h..main", "main..HEAD^{tree}"])
      await sentence(mine, { kind: "range", range }, /There is no commit “/);
  });

  test("no upstream, detached, in a rebase: a sentence each; what is not committed is still known", async () => {
    const mine = repository();
    await sentence(mine, { kind: "branch" }, /Your branch has no upstream; set one/);
    mine.git("checkout", "--quiet", "-b", "topic");
    mine.change(teapot, "\treturn 2;\n", "\treturn 20;\n");
    mine.commit("mine");
    mine.git("checkout", "--quiet", "main");
    mine.change(teapot, "\treturn 2;\n", "\treturn 200;\n");
    mine.commit("theirs");
    mine.git("checkout", "--quiet", "--detach", "topic");
    await sentence(mine, { kind: "branch" }, /HEAD is detached/);
    assert.deepEqual(inShort(await read(mine)), []);
    mine.git("checkout", "--quiet", "topic");
    assert.notEqual(mine.tryGit("rebase", "main"), 0);
    await sentence(mine, { kind: "branch" }, /a rebase is in progress/);
    const [file, ...others] = (await read(mine)).files;
    assert.deepEqual([file?.path, others], [teapot, []]);
    assert((file?.edits ?? []).some(({ added }) => added.some((line) => line.startsWith("<<<<<<<"))));
  });

  test("no commit yet, no repository, no history in common", async () => {
    const empty = mkdtempSync(join(tmpdir(), "kvm-series-none-"));
    try {
      await assert.rejects(readMyChanges(empty, uncommitted), { name: "HumanError", message: /is not in a git repository/ });
      execFileSync("git", ["init", "--quiet", empty]);
      writeFileSync(join(empty, "a.c"), "a\n");
      await assert.rejects(readMyChanges(empty, uncommitted), { name: "HumanError", message: /has no commits yet/ });
      assert.equal(await readCommitted(empty, "a.c"), null);
    } finally {
      rmSync(empty, { recursive: true, force: true });
    }
    const mine = repository();
    mine.git("checkout", "--quiet", "--orphan", "other");
    mine.commit("another beginning");
    await sentence(mine, { kind: "range", range: "main..other" }, /have no common commit, so/);
  });

  test("a shallow clone has no common commit, and says what to fetch", async () => {
    const origin = repository();
    origin.git("branch", "side");
    origin.change(teapot, "\treturn 2;\n", "\treturn 20;\n");
    origin.commit("on main");
    origin.git("checkout", "--quiet", "side");
    origin.change(teapot, "\treturn 3;\n", "\treturn 30;\n");
    origin.commit("on side");
    const mine = repository();
    mine.git("fetch", "--quiet", "--depth=1", `file://${origin.top}`, "main:a", "side:b");
    await sentence(mine, { kind: "range", range: "a..b" }, /no common commit in this shallow clone; fetch more/);
    assert.deepEqual(inShort(await read(mine)), []);
  });

  test("the file of the last commit", async () => {
    const mine = repository();
    mine.change(teapot, "\treturn 0;\n", "\treturn 100;\n");
    const committed = await readCommitted(mine.top, teapot);
    assert.equal(Buffer.from(committed?.bytes ?? []).toString("utf8"), teapotText());
    assert.equal(committed?.commit, mine.git("rev-parse", "HEAD").trim());
    assert.equal(await readCommitted(mine.top, "not/there.c"), null);
  });
});
