/** `kvm-series applies` on the made ground. */
import { root } from "../../host/paths";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { git, type Ground, makeGround, postStacked } from "../../support/applyGround";

const cli = path.join(root, "dist", "cli.js");

suite("command line, applies", () => {
  let folder = "";
  let ground: Ground;
  let box = "";

  suiteSetup(() => {
    assert(existsSync(cli), "dist/cli.js is missing: npm run build makes it");
    folder = mkdtempSync(path.join(tmpdir(), "kvm-series-cli-"));
    ground = makeGround(folder);
    postStacked(ground);
    const lone = ["prerequisite-change-id: 20260301-absent-0123456789ab:v1", "prerequisite-message-id: <absent@example.org>"];
    const letter = [...lone, `prerequisite-patch-id: ${"0123abcd".repeat(5)}`, "prerequisite-change-id: 20260301-needed-0123456789ab:v1"];
    ground.author.post({ name: "lonely", patches: [{ "virt/kvm/lonely.c": "lonely\n" }], onto: ground.base, letter: letter.join("\n") });
    box = path.join(folder, "list.mbox");
    writeFileSync(box, ground.author.mbox());
  });
  suiteTeardown(() => rmSync(folder, { recursive: true, force: true }));

  const run = (...args: string[]): { code: number | null; stdout: string; stderr: string } => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [cli, "applies", ...args], { encoding: "utf8" });
    return { code: status, stdout, stderr };
  };

  test("a line for each pending series", () => {
    const { code, stdout, stderr } = run(box, "--tree", ground.tree);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.equal(stdout.trimEnd().split("\n").length, ground.author.series().length);
    assert.match(stdout, /^[0-9a-f]{12} {2}applies {11}KVM: offset: part 1 {2}v1 · It applies to HEAD with an offset of up to 5 lines\.$/m);
    assert.match(stdout, /KVM: collides: part 1 {2}v1 · It conflicts with HEAD in virt\/kvm\/kvm_main\.c at patch 2\.$/m);
  });

  test("what a patch id names is put below, from an index too", () => {
    const index = path.join(folder, "list.db");
    assert.equal(spawnSync(process.execPath, [cli, "index", box, "--db", index]).status, 0);
    for (const source of [box, index]) {
      const { stdout } = run(source, "--tree", ground.tree);
      assert.match(stdout, /applies {11}KVM: stacked: part 1 {2}v1 · It applies to HEAD on top of “KVM: needed”\.$/m, source);
    }
  });

  test("what is needed and in no source is named", () => {
    const line = run(box, "--tree", ground.tree)
      .stdout.split("\n")
      .find((one) => one.includes("KVM: lonely"));
    const change = "the series with change-id 20260301-absent-0123456789ab:v1";
    const patch = "the patch with id 0123abcd0123";
    assert.equal(
      line?.slice(line.indexOf(" It needs")),
      ` It needs ${change}, <absent@example.org> and ${patch}, which are not in any source. Add the list they were sent to.`,
    );
    const { series } = JSON.parse(run(box, "--tree", ground.tree, "--id", "lonely-0@example.org", "--json").stdout) as {
      series: ReadonlyArray<{ readonly absent: unknown }>;
    };
    assert.deepEqual(series[0]?.absent, [
      { kind: "change-id", value: "20260301-absent-0123456789ab:v1" },
      { kind: "message-id", value: "absent@example.org" },
      { kind: "patch-id", value: "0123abcd".repeat(5) },
    ]);
  });

  test("JSON, one series, another commit", () => {
    const { code, stdout } = run(box, "--tree", ground.tree, "--onto", ground.base, "--id", "collides-1@example.org", "--json");
    assert.equal(code, 0);
    const said = JSON.parse(stdout) as { commit: string; series: Array<Record<string, unknown>> };
    assert.deepEqual(Object.keys(said), ["schema", "tree", "onto", "commit", "series", "problems"]);
    assert.equal(said.commit, ground.base);
    assert.deepEqual(said.series.length, 1);
    assert.equal(said.series[0]?.["state"], "applies");
  });

  test("what was asked wrongly is said in one line", () => {
    assert.equal(run(box).code, 2);
    const none = mkdtempSync(path.join(folder, "none-"));
    const noRepository = run(box, "--tree", none);
    assert.deepEqual([noRepository.code, noRepository.stdout], [1, ""]);
    assert.match(noRepository.stderr, /^.* is not in a git repository\. [^\n]*\n$/);
    git(none, ["init", "-q"]);
    assert.match(run(box, "--tree", none).stderr, /has no commits yet/);
    assert.match(run(box, "--tree", ground.tree, "--onto", "no/such").stderr, /no commit “no\/such”/);
    assert.match(run(box, "--tree", ground.tree, "--id", "nobody@example.org").stderr, /no series with the id/);
    assert.equal(run(box, "--tree", path.join(folder, "absent")).code, 1);
  });
});
