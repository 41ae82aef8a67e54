/** The cases of ../shared/data/cases whose bytes are not all UTF-8: what `kvm-series mbox` prints is for git what the mail is. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { makeHistory, type History } from "../support/pendingHistory";
import { plainGit } from "../support/sampleArchive";

const cli = path.resolve(__dirname, "..", "..", "..", "dist", "cli.js");
const cases = path.join(process.env["KVM_SERIES_SHARED"] ?? "", "data", "cases", "24b-latin1-file");

suite("cases of bytes", function () {
  if (!existsSync(cases)) {
    console.log("    skipped: KVM_SERIES_SHARED names no folder with data/cases/24b-latin1-file");
    return;
  }
  this.timeout(60_000);
  const home = mkdtempSync(path.join(tmpdir(), "kvm-series-bytes-"));
  let history: History;
  const lines = (letter: string): string => Array.from({ length: 12 }, (_, at) => `int ${letter}${at + 1};\n`).join("");

  suiteSetup(() => {
    history = makeHistory({
      "virt/kvm/lat.c": Buffer.from(`/* Copyright Jürgen Müller */\n${lines("a")}`, "latin1"),
      "virt/kvm/utf.c": `/* Copyright Jürgen Müller € */\n${lines("b")}`,
    });
  });
  suiteTeardown(() => {
    history.dispose();
    rmSync(home, { recursive: true, force: true });
  });

  const run = (...args: string[]): Buffer => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], { env: { ...process.env, HOME: home } });
    assert.equal(status, 0, stderr.toString());
    return stdout;
  };

  /** What git makes of an mbox: the tree, and the commit's author and message. */
  const taken = (mbox: Uint8Array): readonly [tree: string, author: string, message: string] => {
    history.git("switch", "--quiet", "--detach", "--discard-changes", "main");
    const { status, stderr } = spawnSync("git", ["am", "--quiet"], { cwd: history.folder, env: { ...plainGit, HOME: home }, input: mbox });
    assert.equal(status, 0, stderr.toString());
    return [
      history.git("rev-parse", "HEAD^{tree}"),
      history.git("log", "-1", "--format=%an <%ae> %ad"),
      history.git("log", "-1", "--format=%B"),
    ];
  };

  for (const name of readdirSync(cases).filter((one) => one.endsWith(".mbox"))) {
    test(name, () => {
      const file = path.join(cases, name);
      const { series } = JSON.parse(run("series", file, "--json").toString()) as { series: Array<{ id: string }> };
      assert.equal(series.length, 1);
      const id = series[0]?.id ?? "";
      const mbox = run("mbox", file, "--id", id);
      const [, author, message] = taken(mbox);
      assert.deepEqual(taken(mbox), taken(readFileSync(file)));
      assert.match(author, /^Jörg Müller <joerg@example\.org> /);
      assert.match(message, /\nSigned-off-by: Jörg Müller <joerg@example\.org>$/);
      history.git("switch", "--quiet", "--detach", "--discard-changes", "main");
      const { state } =
        (
          JSON.parse(run("applies", file, "--id", id, "--tree", history.folder, "--json").toString()) as {
            series: Array<{ state: string }>;
          }
        ).series[0] ?? {};
      assert.equal(state, "applies");
    });
  }
});
