/** `kvm-series collides`, on a checkout and an mbox of our own making. */
import { root } from "../../host/paths";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { IndexedPatch } from "../../../src/core/series/revisionTexts";
import { MyRepository, teapot } from "../../support/myRepository";

const cli = path.join(root, "dist", "cli.js");

interface Report {
  readonly schema: number;
  readonly base: string;
  readonly commit: string | null;
  readonly series: ReadonlyArray<{
    readonly title: string;
    readonly conflicts: boolean;
    readonly files: ReadonlyArray<{ readonly path: string; readonly places: unknown }>;
    readonly proof?: {
      readonly kind: string;
      readonly files?: ReadonlyArray<{ readonly regions: ReadonlyArray<{ readonly text: string }> }>;
    };
  }>;
}

suite("command line, collides", () => {
  const mine = new MyRepository();
  const folder = mkdtempSync(path.join(tmpdir(), "kvm-series-collides-"));
  const mbox = path.join(folder, "list.mbox");
  const run = (...args: readonly string[]) => spawnSync(process.execPath, [cli, "collides", ...args], { encoding: "utf8" });
  const report = (...args: readonly string[]): Report => {
    const { status, stdout, stderr } = run(mbox, "--tree", mine.top, "--json", ...args);
    assert.deepEqual([status, stderr], [0, ""]);
    return JSON.parse(stdout) as Report;
  };

  suiteSetup(() => {
    assert(existsSync(cli), "dist/cli.js is missing: npm run build makes it");
    const warm = mine.posted("HEAD", () => mine.change(teapot, "\treturn 3;\n", "\treturn 33;\n"));
    const cool = mine.posted("HEAD", () => mine.change(teapot, "\treturn 7;\n", "\treturn 77;\n"));
    const mail = (title: string, [patch]: readonly IndexedPatch[]): string => {
      const headers = `From: Ada Lind <ada@example.org>\nTo: kvm@lists.example.org\nSubject: [PATCH] ${title}\nDate: Mon, 05 Oct 2026 10:00:00 +0000`;
      const body = patch?.text.slice(patch.text.indexOf("\n\n") + 2) ?? "";
      return `From mboxrd@z Thu Jan  1 00:00:00 1970\n${headers}\nMessage-ID: <${title.replaceAll(/\W/g, "-")}@example.org>\n\n${body}\n`;
    };
    writeFileSync(mbox, `${mail("KVM: Warm the teapots", warm)}${mail("KVM: Cool the teapots", cool)}`);
  });
  suiteTeardown(() => {
    mine.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  test("what is not committed, my branch, a range; proven where that is asked for", () => {
    assert.deepEqual(report().series, []);
    mine.git("checkout", "--quiet", "-b", "topic", "--track", "main");
    mine.change(teapot, "\treturn 3;\n", "\treturn 300;\n");
    const before = mine.state();
    const found = report("--prove");
    const [one, ...others] = found.series;
    assert.deepEqual([found.schema, found.commit, others], [1, null, []]);
    assert.deepEqual([one?.title, one?.conflicts], ["KVM: Warm the teapots", true]);
    assert.deepEqual(one?.files, [{ path: teapot, places: [{ lines: [45, 45], patches: [1], same: false }] }]);
    assert.equal(one.proof?.kind, "conflict");
    assert.match(one.proof.files?.[0]?.regions[0]?.text ?? "", /<<<<<<< your changes\n\treturn 300;[\s\S]*>>>>>>> KVM: Warm the teapots\n/);
    const plain = run(mbox, "--tree", mine.top, "--prove");
    assert.match(
      plain.stdout,
      /^collides {2}[0-9a-f]{12} {2}KVM: Warm the teapots {2}v1\n +virt\/kvm\/teapot\.c:45 · patch 1\n +Merging conflicts in 1 file\./,
    );
    assert.deepEqual(mine.state(), before);

    mine.change(teapot, "\treturn 7;\n", "\treturn 77;\n");
    const commit = mine.commit("mine");
    for (const scope of [["--upstream"], ["--range", "main..topic"]]) {
      const { series, ...ends } = report(...scope);
      assert.deepEqual([ends.base, ends.commit], [mine.git("rev-parse", "main").trim(), commit]);
      assert.deepEqual(
        series.map(({ title, conflicts, proof }) => [title, conflicts, proof]),
        [
          ["KVM: Warm the teapots", true, undefined],
          ["KVM: Cool the teapots", false, undefined],
        ],
      );
    }
    assert.match(run(mbox, "--tree", mine.top).stdout, /^No pending series changes the lines you change\.\n$/);
  });

  test("one sentence, and nothing on standard output, for what cannot be answered", () => {
    for (const [args, status, sentence] of [
      [[mbox], 2, /^collides needs --tree DIR\./],
      [[mbox, "--tree", mine.top, "--range", "a..b", "--upstream"], 2, /^--range and --upstream cannot be combined/],
      [[mbox, "--tree", folder], 1, /: This folder is not in a git repository/],
      [[mbox, "--tree", path.join(folder, "nowhere")], 1, /There is no such folder/],
      [[mbox, "--tree", mine.top, "--range", "nothing..main"], 1, /: There is no commit “nothing”/],
      [["--tree", mine.top], 2, /^No SOURCE was given\./],
    ] as const) {
      const ran = run(...args);
      assert.deepEqual([ran.status, ran.stdout], [status, ""], ran.stderr);
      assert.match(ran.stderr, sentence);
    }
  });
});
