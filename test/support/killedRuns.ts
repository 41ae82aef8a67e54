/** Runs of the index that are killed on their way, each as a process of its own. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildIndex } from "../../src/index/build";
import { openForReading } from "../../src/index/database";
import { root } from "../host/paths";
import { planArchive } from "./archiveMails";
import { dumpIndex } from "./archivesDump";
import { commitMails, seededCommits } from "./makeArchive";

const seed = 23;
const mails = 240;

/**
 * Tests that kill a first build, a refresh and the repair of a rewritten history, and compare what comes of each with a fresh index.
 *
 * @param kills of each of the three
 * @param stepOf the step in front of which a kill comes, of so many steps, from 1 on
 */
export function testKilledRuns(kills: number, stepOf: (kill: number, steps: number) => number): void {
  const folder = mkdtempSync(join(tmpdir(), "kvm-series-killed-"));
  const { plans } = planArchive(seed, mails);
  const archive = join(folder, "list.git");
  const before = join(folder, "before.db");
  const rewritten = join(folder, "rewritten.db");
  let expected: string[] = [];

  suiteSetup(async function () {
    await commitMails(archive, seededCommits(seed, plans, 0, mails / 2));
    await buildIndex([archive], before);
    // An index of a history that is no more: every third mail was another one.
    cpSync(archive, join(folder, "kept.git"), { recursive: true });
    rmSync(archive, { recursive: true });
    await commitMails(archive, seededCommits(seed + 1, planArchive(seed + 1, 80).plans));
    await commitMails(archive, seededCommits(seed, plans, 0, 60));
    await buildIndex([archive], rewritten);
    rmSync(archive, { recursive: true });
    cpSync(join(folder, "kept.git"), archive, { recursive: true });
    await commitMails(archive, seededCommits(seed, plans, mails / 2));
    await buildIndex([archive], join(folder, "fresh.db"));
    expected = dumpIndex(join(folder, "fresh.db"));
  });
  suiteTeardown(() => rmSync(folder, { recursive: true, force: true }));

  const child = (file: string, step: number): { signal: string | null; steps: number } => {
    const run = spawnSync(process.execPath, [join(root, "out", "test", "support", "archivesChild.js"), file, String(step), archive], {
      encoding: "utf8",
    });
    if (run.signal === null && run.status !== 0) throw new Error(run.stderr);
    return { signal: run.signal, steps: Number(run.stdout) };
  };

  const runs: ReadonlyArray<readonly [name: string, from: string | null]> = [
    ["the first build", null],
    ["a refresh", before],
    ["the repair of a rewritten history", rewritten],
  ];
  for (const [name, from] of runs) {
    test(`ends as a fresh one after kills in ${name}`, async function () {
      this.timeout(300_000 + kills * 4000);
      const start = (file: string): void => {
        for (const suffix of ["", "-journal", ".new", ".reading"]) rmSync(file + suffix, { force: true });
        if (from !== null) cpSync(from, file);
      };
      const file = join(folder, "killed.db");
      start(file);
      const { steps } = child(file, 0);
      assert.deepEqual(dumpIndex(file), expected);
      assert.ok(steps > kills);
      for (let kill = 0; kill < kills; kill++) {
        const step = stepOf(kill, steps);
        start(file);
        assert.equal(child(file, step).signal, "SIGKILL", `step ${step} of ${steps}`);
        // Whoever reads meanwhile sees a sound index, the old one or none.
        openForReading(file)?.close();
        if (existsSync(file)) assert.ok(dumpIndex(file).includes('integrity ["ok"]'));
        // The run after a kill may be killed too, or get to its end because less is left to do.
        if (kill % 3 === 2) child(file, step);
        await buildIndex([archive], file);
        assert.deepEqual(dumpIndex(file), expected, `after step ${step} of ${steps}`);
      }
    });
  }
}
