/** The command line beside other programs: what reads from it, what it reads from, and what it may not read. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { formatDigest } from "../../src/core/digest/digest";
import { digestOf, patchEntry } from "../support/invented";

const cli = path.resolve(__dirname, "..", "..", "..", "dist", "cli.js");

suite("command line among others", () => {
  let folder = "";
  const at = (...names: string[]): string => path.join(folder, ...names);

  suiteSetup(() => {
    folder = mkdtempSync(path.join(tmpdir(), "kvm-series-pipes-"));
    const many = Array.from({ length: 4000 }, (_, at) =>
      patchEntry(`[PATCH] KVM: arm64: Number ${at}`, { [`arch/arm64/kvm/file${at}.c`]: 1 }),
    );
    writeFileSync(at("many.txt"), formatDigest(digestOf(...many)));
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

  test("a digest may come through a pipe", () => {
    const { status, stdout } = spawnSync("bash", ["-c", `"${process.execPath}" "${cli}" series <(cat many.txt)`], {
      encoding: "utf8",
      cwd: folder,
    });
    assert.equal(status, 0);
    assert.match(stdout, /4000 series\n$/);
  });
});
