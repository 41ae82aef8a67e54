/** `kvm-series clashes`, and what `collides` says of the numbers that a person takes. */
import { root } from "../../host/paths";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { day, start } from "../../support/madeMail";
import { rawMail, rawMbox } from "../../support/rawMail";
import { MyRepository } from "../../support/myRepository";

const cli = path.join(root, "dist", "cli.js");
const header = "include/uapi/linux/kvm.h";
const before = ["#define KVM_CAP_A 1", "#define KVM_CAP_B 2", "", "struct kvm;", ""];

interface Report {
  readonly schema: number;
  readonly clashes: ReadonlyArray<{
    readonly reason: string;
    readonly space: string;
    readonly number: number | null;
    readonly names: readonly string[];
    readonly claims: ReadonlyArray<{ readonly title: string; readonly patch: number; readonly path: string; readonly line: number | null }>;
    readonly tree: { readonly name: string; readonly line: number } | null;
  }>;
}

/** A patch that takes a number and adds a file. */
function taking(id: string, title: string, name: string, file: string, days: number): Buffer {
  const hunk = `@@ -1,4 +1,5 @@\n ${before[0]}\n ${before[1]}\n+#define ${name} 3\n \n ${before[3]}\n`;
  const diff = `diff --git a/${header} b/${header}\n--- a/${header}\n+++ b/${header}\n${hunk}`;
  const made = `diff --git a/${file} b/${file}\nnew file mode 100644\n--- /dev/null\n+++ b/${file}\n@@ -0,0 +1 @@\n+int ${name.toLowerCase()};\n`;
  return rawMail({
    id: `${id}@example.org`,
    subject: `[PATCH] ${title}`,
    at: start + days * day,
    body: `Because.\n---\n${diff}${made}-- \n2.39.5\n`,
  });
}

suite("command line, clashes", () => {
  const mine = new MyRepository({ [header]: before.join("\n"), MAINTAINERS: "", "virt/kvm/kettle.c": "int kettle_that_was_here;\n" });
  const folder = mkdtempSync(path.join(tmpdir(), "kvm-series-clashes-"));
  const mbox = path.join(folder, "list.mbox");
  const run = (command: string, ...args: readonly string[]) =>
    spawnSync(process.execPath, [cli, command, mbox, ...args], { encoding: "utf8" });
  const report = (command: string, ...args: readonly string[]): Report => {
    const { status, stdout, stderr } = run(command, "--json", ...args);
    assert.deepEqual([status, stderr], [0, ""]);
    return JSON.parse(stdout) as Report;
  };
  const told = ({ clashes }: Report): unknown[] =>
    clashes.map(({ reason, number, names, claims, tree }) => [reason, number, names.join(" "), claims.length, tree?.name ?? null]);

  suiteSetup(() => {
    const mails = [
      taking("tea", "KVM: Add teapots", "KVM_CAP_TEA", "virt/kvm/teapot.c", 1),
      taking("cup", "KVM: Add cups", "KVM_CAP_CUP", "virt/kvm/kettle.c", 0),
    ];
    writeFileSync(mbox, rawMbox(mails));
  });
  suiteTeardown(() => {
    mine.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  test("two series; with a tree, also what the tree has", () => {
    const found = report("clashes");
    assert.deepEqual(told(found), [["same-number", 3, "KVM_CAP_TEA KVM_CAP_CUP", 2, null]]);
    const [claim] = found.clashes[0]?.claims ?? [];
    assert.deepEqual([claim?.title, claim?.patch, claim?.path, claim?.line], ["KVM: Add teapots", 1, header, 3]);
    assert.deepEqual(told(report("clashes", "--tree", mine.top)), [
      ["same-number", 3, "KVM_CAP_TEA KVM_CAP_CUP", 2, null],
      ["same-name", null, "virt/kvm/kettle.c", 1, "virt/kvm/kettle.c"],
    ]);
    assert.match(
      run("clashes", "--tree", mine.top).stdout,
      /^capability 3 \(KVM_CAP_\*\)\n {2}KVM_CAP_TEA 3 {2}[0-9a-f]{12} {2}KVM: Add teapots {2}v1 · patch 1\n {2}KVM_CAP_CUP 3 .*\nfile virt\/kvm\/kettle\.c\n {2}adds it {2}[0-9a-f]{12} {2}KVM: Add cups {2}v1 · patch 1\n {2}the tree has it\n$/,
    );
  });

  test("what I take myself, beside what I change", () => {
    mine.write({ [header]: [...before.slice(0, 2), "#define KVM_CAP_SPOON 3", ...before.slice(2)].join("\n") });
    assert.deepEqual(told(report("collides", "--tree", mine.top)), [
      ["same-number", 3, "KVM_CAP_TEA KVM_CAP_CUP KVM_CAP_SPOON", 2, "KVM_CAP_SPOON"],
    ]);
    assert.match(run("collides", "--tree", mine.top).stdout, /KVM_CAP_SPOON 3 {2}your changes {2}include\/uapi\/linux\/kvm\.h:3\n$/);
  });
});
