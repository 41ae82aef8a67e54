/** `kvm-series status` on a made history. */
import { root } from "../../host/paths";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import path from "node:path";
import { files, LandedGround, text } from "../../support/landedGround";

const cli = path.join(root, "dist", "cli.js");

suite("command line, status", () => {
  let ground: LandedGround;
  let box = "";
  suiteSetup(() => {
    assert(existsSync(cli), "dist/cli.js is missing: npm run build makes it");
    ground = new LandedGround();
    const [title, other] = ["KVM: teapot: Pour without spilling", "KVM: cup: Wash it well"];
    ground.post({ name: "pour", day: 10, patches: [{ title, files: { [files.teapot]: text("teapot", { 20: "one" }) } }] });
    ground.post({ name: "wash", day: 11, patches: [{ title: other, files: { [files.cup]: text("cup", { 20: "one" }) } }] });
    ground.answer(ground.id("wash", 1), "Bea Baker <bea@example.org>", "Reviewed-by: Bea Baker <bea@example.org>", 12);
    ground.commit({ [files.teapot]: text("teapot", { 20: "one" }) }, { title, day: 12 });
    box = path.join(ground.folder, "list.mbox");
    writeFileSync(box, ground.mbox());
  });
  suiteTeardown(() => ground.dispose());

  const run = (...args: string[]): { code: number | null; stdout: string; stderr: string } => {
    const env = { ...process.env, XDG_CACHE_HOME: path.join(ground.folder, "cache") };
    const { status, stdout, stderr } = spawnSync(process.execPath, [cli, "status", ...args], { encoding: "utf8", env });
    return { code: status, stdout, stderr };
  };

  test("a line for each series, its evidence below; the same again from what is kept", () => {
    const first = run(box, "--tree", ground.tree);
    assert.deepEqual([first.code, first.stderr], [0, ""]);
    const ids = first.stdout.replace(/^[0-9a-f]{12}/gm, "ID");
    assert.equal(
      ids,
      [
        "ID  reviewed    KVM: cup: Wash it well  v1",
        "    Patch 1 was reviewed by Bea Baker.",
        "    1 answer from Bea Baker.",
        "ID  landed      KVM: teapot: Pour without spilling  v1",
        "    All of it is in HEAD.",
        "",
      ].join("\n"),
    );
    assert.equal(run(box, "--tree", ground.tree).stdout, first.stdout);
    assert(existsSync(path.join(ground.folder, "cache", "kvm-series", "commits.json")));
  });

  test("what has landed in the tree touches nothing any more, unless all are asked for", () => {
    const touching = (...args: string[]): string => {
      const env = { ...process.env, XDG_CACHE_HOME: path.join(ground.folder, "cache") };
      const all = [cli, "touching", files.teapot, box, ...args];
      return spawnSync(process.execPath, all, { encoding: "utf8", env }).stdout;
    };
    assert.match(touching(), /Pour without spilling/);
    assert.match(touching("--tree", ground.tree), /^No pending series touches/);
    const { series } = JSON.parse(touching("--tree", ground.tree, "--all", "--json")) as { series: Array<{ status: string }> };
    assert.deepEqual(
      series.map(({ status }) => status),
      ["landed"],
    );
  });

  test("one series, with each patch and its commits", () => {
    const { stdout } = run(box, "--tree", ground.tree, "--id", ground.id("pour", 1));
    assert.match(
      stdout,
      /^ {2}1 {2}landed {2}KVM: teapot: Pour without spilling\n {5}[0-9a-f]{12} KVM: .* · same: same patch id, same title, same author · in HEAD\n$/m,
    );
  });

  test("JSON, and a folder without history", () => {
    const said = JSON.parse(run(box, "--tree", ground.tree, "--json").stdout) as { series: Array<Record<string, unknown>> };
    assert.deepEqual(Object.keys(said), ["schema", "tree", "refs", "since", "series", "problems"]);
    assert.deepEqual(said.series[1]?.["evidence"], [
      { kind: "landed", words: "All of it is in HEAD.", ref: "HEAD", patches: [1], changed: [] },
    ]);
    const { code, stdout, stderr } = run(box, "--tree", path.join(ground.folder, "cache"));
    assert.equal(code, 0);
    assert.match(stdout, /^[0-9a-f]{12} {2}new {9}KVM: teapot/m);
    assert.match(stderr, /is not in a git repository, so what has landed is not known\. Open a git checkout\.\n$/);
    assert.equal(run(box).code, 2);
    assert.equal(run(box, "--tree", path.join(ground.folder, "absent")).code, 1);
  });
});
