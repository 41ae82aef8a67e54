import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readBlobTexts } from "../../../src/checkout/committedFiles";
import { plainGit } from "../../support/sampleArchive";

suite("the blobs that patches name", () => {
  const folder = mkdtempSync(join(tmpdir(), "kvm-series-"));
  const git = (...args: string[]): string => execFileSync("git", args, { cwd: folder, env: plainGit, encoding: "utf8" }).trim();
  suiteSetup(() => git("init", "--quiet", "."));
  suiteTeardown(() => rmSync(folder, { recursive: true, force: true }));

  test("by their first digits; what is missing, no blob or no id is left out", async () => {
    const ids = ["one\n", "", "two\n\nlines"].map((text) => {
      writeFileSync(join(folder, "file"), text);
      return git("hash-object", "-w", "file");
    });
    git("add", "file");
    const tree = git("write-tree");
    const short = ids.map((id) => id.slice(0, 10));
    const read = await readBlobTexts(folder, [...short, tree, "0000000", "deadbeef00", "--batch-all-objects", "HEAD:file", ids[0] ?? ""]);
    assert.deepEqual(
      [...read],
      [
        [short[0], "one\n"],
        [short[1], ""],
        [short[2], "two\n\nlines"],
        [ids[0], "one\n"],
      ],
    );
  });

  test("outside of a repository there are none", async () => {
    const empty = mkdtempSync(join(tmpdir(), "kvm-series-"));
    assert.equal((await readBlobTexts(empty, ["deadbeef00"])).size, 0);
    rmSync(empty, { recursive: true });
    assert.equal((await readBlobTexts(folder, [])).size, 0);
  });
});
