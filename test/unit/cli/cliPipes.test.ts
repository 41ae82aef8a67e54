/** The command line beside other programs: what reads from it, what it reads from, and what it may not read. */
import { root } from "../../host/paths";
import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { formatDigest } from "../../../src/core/digest/digest";
import { digestOf, patchEntry } from "../../support/invented";
import { plainGit, writeSampleMbox } from "../../support/sampleArchive";

const cli = path.join(root, "dist", "cli.js");

suite("command line among others", function () {
  let folder = "";
  const at = (...names: string[]): string => path.join(folder, ...names);

  suiteSetup(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "kvm-series-pipes-"));
    const many = Array.from({ length: 4000 }, (_, at) =>
      patchEntry(`[PATCH] KVM: arm64: Number ${at}`, { [`arch/arm64/kvm/file${at}.c`]: 1 }),
    );
    writeFileSync(at("many.txt"), formatDigest(digestOf(...many)));
    await writeSampleMbox(at("list.mbox"));
    mkdirSync(at("tmp"));
    execFileSync("mkfifo", [at("fifo")]);
    mkdirSync(at("repository"));
    const ada = ["-c", "user.name=Ada Lind", "-c", "user.email=ada@example.org"];
    const git = (...args: string[]): string =>
      execFileSync("git", [...ada, ...args], { cwd: at("repository"), env: { ...plainGit }, encoding: "utf8" });
    git("init", "-q");
    for (const title of ["KVM: Three", "KVM: Four"]) {
      writeFileSync(at("repository", "file.c"), title);
      git("add", "file.c");
      git("commit", "-q", "-m", title);
    }
  });
  suiteTeardown(() => rmSync(folder, { recursive: true, force: true }));

  test("a folder without permission is said, not thrown", function () {
    const closed = at("closed");
    mkdirSync(closed, { recursive: true });
    chmodSync(closed, 0o000);
    const asOther = process.getuid?.() === 0 ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : [];
    // The other user must be able to reach the folder; the digests' own folder is made for this user alone.
    chmodSync(folder, 0o755);
    const [command, ...args] = [...asOther, process.execPath, cli, "series", closed];
    const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: "utf8" });
    chmodSync(closed, 0o755);
    if (error || stderr.includes("setpriv:") || /Cannot find module|EACCES.*cli\.js/.test(stderr)) {
      console.log("      skipped: root cannot become another user here");
      this.skip();
    }
    assert.deepEqual([status, stdout], [1, ""]);
    assert.match(stderr, /: You have no permission to read it[^\n]+\n$/);
  });

  test("a reader that leaves after a line is no error", async () => {
    const child = spawn(process.execPath, [cli, "series", "many.txt", "--json"], { cwd: folder });
    let stderr = "";
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    child.stdout.once("data", () => child.stdout.destroy());
    const code = await new Promise((resolve) => child.once("close", resolve));
    assert.deepEqual([code, stderr], [0, ""]);
  });

  test("a slow reader gets all of it", async () => {
    const child = spawn(process.execPath, [cli, "series", "many.txt", "--json"], { cwd: folder });
    const chunks: Buffer[] = [];
    for await (const chunk of child.stdout) {
      chunks.push(chunk as Buffer);
      if (chunks.length < 5) await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const text = Buffer.concat(chunks).toString();
    assert(text.length > 1_000_000);
    assert.equal((JSON.parse(text) as { series: unknown[] }).series.length, 4000);
  });

  /** Runs a line of a shell in the folder, `kvm-series` being the command line, and `node20` the same by the Node that npm runs on. */
  function shell(line: string): { readonly code: number | null; readonly stdout: string; readonly stderr: string } {
    const older = process.env["npm_node_execpath"] ?? process.execPath;
    const words = `kvm_series() { "${process.execPath}" "${cli}" "$@"; }; node20() { "${older}" "${cli}" "$@"; }; set -o pipefail; `;
    const { status, stdout, stderr } = spawnSync("bash", ["-c", words + line.replaceAll("kvm-series", "kvm_series")], {
      encoding: "utf8",
      cwd: folder,
      maxBuffer: 64 * 1024 * 1024,
      env: { ...process.env, XDG_CACHE_HOME: at("cache"), TMPDIR: at("tmp") },
    });
    return { code: status, stdout, stderr };
  }

  function said(line: string): string {
    const { code, stdout, stderr } = shell(line);
    assert.deepEqual([code, stderr], [0, ""], line);
    return stdout;
  }

  const piped = [
    "cat list.mbox | kvm-series series -",
    "kvm-series series - < list.mbox",
    "gzip -c list.mbox | kvm-series series -",
    "cat list.mbox | kvm-series series /dev/stdin",
    "kvm-series series /dev/stdin < list.mbox",
    "kvm-series series <(cat list.mbox)",
    "kvm-series series <(gzip -c list.mbox)",
    "(cat list.mbox > fifo &) ; kvm-series series fifo",
    "cat list.mbox | node20 series -",
    "kvm-series series <(cat list.mbox) list.mbox",
  ];
  for (const line of piped) {
    test(`what is piped is read as the file is, and nothing is left of it: ${line}`, () => {
      assert.equal(said(line), said("kvm-series series list.mbox"));
      assert.deepEqual(readdirSync(at("tmp")), []);
    });
  }

  test("every command takes a pipe", () => {
    const { series } = JSON.parse(said("cat list.mbox | kvm-series series - --json")) as { series: ReadonlyArray<{ readonly id: string }> };
    const id = series[0]?.id ?? "";
    for (const call of [`show - --id ${id}`, `mbox - --id ${id}`, "touching arch/x86/kvm/x86.c -", "digest -", "digest - --format json"]) {
      const words = call.replace(" -", " list.mbox");
      assert.equal(
        said(`cat list.mbox | kvm-series ${call}`).replaceAll("standard input", at("list.mbox")),
        said(`kvm-series ${words}`),
        call,
      );
    }
    assert.equal(said("cat many.txt | kvm-series digest -"), said("cat many.txt"));
    assert.equal(said("git -C repository format-patch --stdout -2 | kvm-series series -").split("\n").at(-2), "1 series");
  });

  test("an index comes through a pipe too, on an older Node as well", () => {
    said("kvm-series index list.mbox --db list.db");
    for (const command of ["kvm-series", "node20"])
      assert.equal(said(`cat list.db | ${command} series -`), said("kvm-series series list.mbox"), command);
    assert.deepEqual(readdirSync(at("tmp")), []);
  });

  test("a full disk is said, and nothing where nobody can be told", () => {
    const { code, stdout, stderr } = shell("kvm-series series list.mbox > /dev/full");
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, /^What was found could not be written \(ENOSPC[^\n]*\); free some space there, or write it elsewhere\.\n$/);
    assert.deepEqual(shell("kvm-series sreies 2> /dev/full"), { code: 2, stdout: "", stderr: "" });
    assert.deepEqual(shell("kvm-series series gone 2> /dev/full"), { code: 1, stdout: "", stderr: "" });
  });

  const refused: ReadonlyArray<readonly [string, RegExp]> = [
    ["kvm-series series - < /dev/null", /^standard input: The pipe had no input; /],
    ["kvm-series series - <&-", /^standard input: The pipe had no input; /],
    ["kvm-series series <(true)", /^\/dev\/fd\/\d+: The pipe had no input; /],
    ["echo hello | kvm-series series -", /^standard input: This is neither a digest nor mail; /],
    ["printf 'PK\\003\\004' | kvm-series series -", /^standard input: This is a zip archive; /],
    ["cat list.mbox | kvm-series index - --db x.db", /^standard input: An index finds mails where they lie/],
    ["gzip -c list.mbox | head -c 20 | kvm-series series -", /^standard input: It is damaged or cut off/],
  ];
  for (const [line, sentence] of refused) {
    test(`what cannot be read of a pipe is one sentence: ${line}`, () => {
      const { stdout, stderr } = shell(line);
      assert.equal(stdout, "");
      assert.match(stderr, sentence);
      assert.match(stderr, /^[^\n]+\n$/);
      assert.deepEqual(readdirSync(at("tmp")), []);
    });
  }

  test("what was read is gone also where the call is interrupted", async () => {
    const child = spawn(process.execPath, [cli, "series", "-"], { cwd: folder, env: { ...process.env, TMPDIR: at("tmp") } });
    const closed = new Promise((resolve) => child.once("close", resolve));
    child.stdin.write("From nobody\n");
    for (let tries = 0; tries < 200 && readdirSync(at("tmp")).length === 0; tries++)
      await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(readdirSync(at("tmp")).length, 1);
    child.kill("SIGINT");
    assert.equal(await closed, 130);
    assert.deepEqual(readdirSync(at("tmp")), []);
  });

  test("a digest may come through a pipe", () => {
    const { status, stdout } = spawnSync("bash", ["-c", `"${process.execPath}" "${cli}" series <(cat many.txt)`], {
      encoding: "utf8",
      cwd: folder,
    });
    assert.equal(status, 0);
    assert.match(stdout, /4000 series\n$/);
  });
});
