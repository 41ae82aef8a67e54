/** Shell completion: what bash completes, and that the scripts of the others name all there is. */
import { root } from "../../host/paths";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { commands } from "../../../src/cli/commands";
import { formatDigest } from "../../../src/core/digest/digest";
import { digestOf, patchEntry } from "../../support/invented";

const cli = path.join(root, "dist", "cli.js");
const shells = ["bash", "zsh", "fish"] as const;

suite("shell completion", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "kvm-series-completion-"));
  const run = (...args: readonly string[]) => spawnSync(process.execPath, [cli, "completion", ...args], { cwd: folder, encoding: "utf8" });
  const scripts = new Map<(typeof shells)[number], string>();
  suiteSetup(() => {
    for (const shell of shells) scripts.set(shell, run(shell).stdout);
    mkdirSync(path.join(folder, "kvm folder"));
    writeFileSync(path.join(folder, "kvm.txt"), formatDigest(digestOf(patchEntry("[PATCH] KVM: arm64: Lone", { "a.c": 1 }))));
    writeFileSync(path.join(folder, "complete.sh"), scripts.get("bash") ?? "");
  });
  suiteTeardown(() => rmSync(folder, { recursive: true, force: true }));

  /** What bash offers where the last of some words is being typed. */
  function offered(...words: readonly string[]): string[] {
    const script = `kvm-series() { "${process.execPath}" "${cli}" "$@"; }; compopt() { :; }; source complete.sh; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _kvm_series; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = spawnSync("bash", ["-c", script, "bash", "kvm-series", ...words], { cwd: folder, encoding: "utf8" });
    assert.equal(stderr, "");
    return stdout.split("\n").filter((line) => line !== "");
  }

  test("commands, options, words of options, files and ids", () => {
    assert.deepEqual(offered("to"), ["touching"]);
    assert.deepEqual(offered(""), [...Object.keys(commands), "help", "--help", "--version"]);
    assert.deepEqual(offered("help", "di"), ["digest"]);
    assert.deepEqual(offered("series", "--s"), ["--subsystem", "--status", "--since"]);
    assert.deepEqual(offered("mbox", "kvm.txt", "-P"), ["-P"]);
    assert.deepEqual(offered("digest", "kvm.txt", "--format", "m"), ["markdown"]);
    assert.deepEqual(offered("series", "--status", "in"), ["in-review"]);
    assert.deepEqual(offered("series", "kvm."), ["kvm.txt"]);
    assert.deepEqual(offered("applies", "kvm.txt", "--tree", "k"), ["kvm folder"]);
    const [id = "", ...others] = offered("show", "kvm.txt", "--id", "");
    assert.match(id, /^[0-9a-f]{12}$/);
    assert.deepEqual(others, []);
    assert.deepEqual(offered("show", "kvm.txt", "--id", id.slice(0, 4)), [id]);
    assert.deepEqual(offered("show", "gone.txt", "--id", ""), []);
  });

  test("every script names every command and option", () => {
    for (const [shell, script] of scripts) {
      for (const [name, { options }] of Object.entries(commands)) {
        assert(script.includes(name), `${shell} ${name}`);
        for (const option of Object.keys(options)) assert(script.includes(option), `${shell} ${name} ${option}`);
      }
    }
  });

  test("the ids come with their titles, and a wrong shell is told", () => {
    assert.match(run("ids", "kvm.txt").stdout, /^[0-9a-f]{12}\tKVM: arm64: Lone\n$/);
    for (const [args, said] of [
      [[], /^completion needs a SHELL: bash, zsh, fish\.\nUsage:\n/],
      [["bsah"], /^There is no completion for “bsah”; perhaps “bash” is meant\.\n/],
      [["bash", "x"], /^completion takes one SHELL/],
    ] as const) {
      const { status, stdout, stderr } = run(...args);
      assert.deepEqual([status, stdout], [2, ""]);
      assert.match(stderr, said);
    }
  });

  test("the scripts of shells that are here have no slip in them", () => {
    for (const [shell, input] of scripts) {
      const { error, status, stderr } = spawnSync(shell, ["-n"], { input, encoding: "utf8" });
      if (!error) assert.deepEqual([status, stderr], [0, ""], shell);
    }
  });
});
