/** `kvm-series mbox`: what it prints is what git applies. */
import { root } from "../../host/paths";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type History, makeHistory, numbered, reply } from "../../support/pendingHistory";
import { plainGit, writeSampleMbox } from "../../support/sampleArchive";

const cli = path.join(root, "dist", "cli.js");

suite("command line, mbox", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "kvm-series-cli-"));
  const mails = path.join(folder, "mails.mbox");
  let history: History;
  const run = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], { encoding: "utf8" });
    return { status, stdout, stderr };
  };

  suiteSetup(() => {
    history = makeHistory();
    for (const version of [1, 2]) {
      history.git("switch", "--quiet", "-c", `v${version}`, "main");
      history.commit("KVM: x86: Change the fifth line", { "file.c": numbered(40, { 5: `five ${version}` }) });
      history.commit("KVM: x86: Change the ninth line", { "file.c": numbered(40, { 5: `five ${version}`, 9: "nine" }) });
    }
    const cover = "KVM: x86: Change two lines";
    const first = history.mails("main..v1", { version: 1, cover });
    const second = history.mails("main..v2", { version: 2, cover });
    const all = [...first, ...second, reply(second[1]!, "Bea Baker <bea@example.org>", "Reviewed-by: Bea Baker <bea@example.org>")];
    writeFileSync(mails, all.map((mail) => `From mboxrd@z Thu Jan  1 00:00:00 1970\n${new TextDecoder().decode(mail)}\n`).join(""));
  });
  suiteTeardown(() => {
    history.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  function id(): string {
    const { series } = JSON.parse(run("series", mails, "--json").stdout) as { series: Array<{ id: string }> };
    assert.equal(series.length, 1);
    return series[0]!.id;
  }

  function applied(text: string): string {
    history.git("switch", "--quiet", "--detach", "main");
    const am = spawnSync("git", ["am", "--quiet", "-3"], {
      cwd: history.folder,
      env: { ...plainGit, HOME: folder },
      input: text,
      encoding: "utf8",
    });
    assert.equal(am.status, 0, am.stderr);
    return history.git("rev-parse", "HEAD^{tree}");
  }

  test("the newest revision, with what replies gave", () => {
    const { status, stdout, stderr } = run("mbox", mails, "--id", id());
    assert.deepEqual([status, stderr], [0, ""]);
    assert.equal(applied(stdout), history.git("rev-parse", "v2^{tree}"));
    assert.match(history.git("log", "-1", "--format=%B", "HEAD~1"), /\nReviewed-by: Bea Baker <bea@example.org>$/);
  });

  test("another revision, and without what replies gave", () => {
    assert.equal(applied(run("mbox", mails, "--id", id(), "--revision", "1").stdout), history.git("rev-parse", "v1^{tree}"));
    assert.doesNotMatch(run("mbox", mails, "--id", id(), "--no-trailers").stdout, /^Reviewed-by/m);
  });

  test("chosen patches, as b4 has them", () => {
    const titles = (...numbers: string[]): string[] =>
      [...run("mbox", mails, "--id", id(), ...numbers).stdout.matchAll(/^Subject: .*?\] (.*)$/gm)].map(([, title]) => title ?? "");
    const [first, second] = ["KVM: x86: Change the fifth line", "KVM: x86: Change the ninth line"];
    for (const numbers of ["1-2", "1,2", "2,1", "1-", "-2", "1-9", " 1 , 2 ,"])
      assert.deepEqual(titles("-P", numbers), [first, second], numbers);
    assert.deepEqual(titles("-P1"), [first]);
    assert.deepEqual(titles("--patches=2-"), [second]);
    assert.deepEqual(run("mbox", mails, "--id", id(), "-P", "3"), {
      status: 1,
      stdout: "",
      stderr: "The series has 2 patches, so nothing matches -P 3.\n",
    });
    for (const wrong of ["x", "2-1", "0", "-", ",", "1-2-3"]) {
      const { status, stderr } = run("mbox", mails, "--id", id(), `--patches=${wrong}`);
      assert.deepEqual([status, stderr.split("\n")[0]], [2, `-P takes patch numbers such as 1-3,5 or 4-, not “${wrong}”.`]);
    }
  });

  test("of a series that is not whole comes what there is, and what is not there is said", () => {
    const three = path.join(folder, "three.mbox");
    history.git("switch", "--quiet", "-c", "three", "main");
    for (const line of [3, 5, 9]) history.commit(`KVM: x86: Change line ${line}`, { "file.c": numbered(40, { [line]: "x" }) });
    const [, one, , last] = history.mails("main..three", { cover: "KVM: x86: Change three lines" });
    writeFileSync(three, [one, last].map((mail) => `From mboxrd@z Thu Jan  1 00:00:00 1970\n${new TextDecoder().decode(mail)}\n`).join(""));
    const { series } = JSON.parse(run("series", three, "--json").stdout) as { series: Array<{ id: string }> };
    const call = (...more: string[]) => run("mbox", three, "--id", series[0]?.id ?? "", ...more);
    const warning = "Patch 2 of 3 is not in any source, so the series is incomplete. Sync, or add the list it was sent to.\n";
    const whole = call();
    assert.deepEqual([whole.status, whole.stderr], [0, `Left out: ${warning}`]);
    assert.equal(whole.stdout.match(/^Subject: /gm)?.length, 2);
    assert.deepEqual([call("-P", "1,3").stderr, call("-P", "1,3").stdout], ["", whole.stdout]);
    assert.deepEqual(call("-P", "2"), { status: 1, stdout: "", stderr: warning });
  });

  test("what cannot be is one line on standard error", async () => {
    const wrong = run("mbox", mails);
    assert.equal(wrong.status, 2);
    assert.match(wrong.stderr, /^mbox needs --id ID\.\n/);
    assert.deepEqual(run("mbox", mails, "--id", "000000000000"), {
      status: 1,
      stdout: "",
      stderr: "There is no series with the id “000000000000” in these sources; “kvm-series series” lists them.\n",
    });
    const sample = path.join(folder, "sample.mbox");
    await writeSampleMbox(sample);
    const { series } = JSON.parse(run("series", sample, "--json").stdout) as {
      series: Array<{ id: string; revisions: Array<{ missing: number[] }> }>;
    };
    const broken = series.find(({ revisions }) => (revisions.at(-1)?.missing.length ?? 0) > 0);
    assert(broken, "the sample has a series with a missing patch");
    const { status, stdout, stderr } = run("mbox", sample, "--id", broken.id);
    assert.deepEqual([status, stdout.includes("\nSubject: [PATCH ")], [0, true]);
    assert.match(stderr, /^Left out: Patch(?:es)? .* (?:is|are) not in any source, so the series is incomplete\. .*\n$/);
  });
});
