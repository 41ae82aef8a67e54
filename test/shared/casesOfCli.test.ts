/** Ranges of a real archive, by the dates of its mails as Python's email package reads them. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readRange } from "../../src/sources/mailRange";

const bundle = join(process.env["KVM_SERIES_SHARED"] ?? "", "data", "kvm-recent.bundle");

/** Mails of a week that came in one push days later, of its days, and of all. */
const counts: ReadonlyArray<readonly [from: string | null, to: string | null, mails: number]> = [
  ["2026-06-20", "2026-06-27", 104],
  ["2026-06-22", "2026-06-22", 23],
  ["2026-06-20", "2026-06-20", 0],
  ["2026-06-29", "2026-06-30", 56],
  [null, null, 3000],
];

suite("ranges of the real archive", function () {
  this.timeout(120_000);
  if (!existsSync(bundle)) {
    console.log("    skipped: KVM_SERIES_SHARED names no folder with data/kvm-recent.bundle");
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), "kvm-series-range-"));
  const repository = join(folder, "kvm.git");
  suiteSetup(() => execFileSync("git", ["clone", "-q", "--bare", "--branch", "master", bundle, repository]));
  suiteTeardown(() => rmSync(folder, { recursive: true, force: true }));
  for (const [from, to, mails] of counts) {
    test(`${from ?? "the beginning"} to ${to ?? "the end"}: ${mails} mails`, async () => {
      assert.equal((await readRange(repository, "public-inbox", { from, to })).count, mails);
    });
  }
});
