import assert from "node:assert/strict";
import { root } from "../../host/paths";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildIndex } from "../../../src/index/build";
import { KeptWords } from "../../../src/index/wordTable";
import { planArchive } from "../../support/archiveMails";
import { dumpIndex } from "../../support/archivesDump";
import { commitMails, seededCommits } from "../../support/makeArchive";

suite("words kept from one run to the next", () => {
  const folder = mkdtempSync(join(tmpdir(), "kvm-series-words-"));
  suiteTeardown(() => rmSync(folder, { recursive: true, force: true }));

  test("are those of the file, whoever wrote to it or put another in its place", async () => {
    const kept = new KeptWords();
    const { plans } = planArchive(5, 250);
    const [path, file] = [join(folder, "0.git"), join(folder, "index.db")];
    for (const [at, how] of ["here", "here", "elsewhere", "here", "anew", "here"].entries()) {
      await commitMails(path, seededCommits(5, plans, at * 40, (at + 1) * 40));
      // Another window writes to it, or throws it away and builds it again.
      if (how === "anew") for (const suffix of ["", "-journal"]) rmSync(file + suffix, { force: true });
      if (how === "here") await buildIndex([path], file, { kept });
      else execFileSync(process.execPath, [join(root, "out", "test", "support", "archivesChild.js"), file, "0", path]);
    }
    const fresh = join(folder, "fresh.db");
    await buildIndex([path], fresh);
    assert.deepEqual(dumpIndex(file), dumpIndex(fresh));
  });
});
