/** What a real tree has of a real archive: it is an unpacked release, so that what it contains tells; and no patch that applies to it is in it. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { checkApplies } from "../../src/checkout/applies";
import { InputStreams } from "../../src/cli/keptFiles";
import { movedFiles } from "../../src/cli/movedFiles";
import { openSources } from "../../src/cli/sources";
import { readSeriesStates } from "../../src/library/seriesStates";
import { evidenceWords } from "../../src/render/seriesStatus";
import { git } from "../support/applyGround";

const data = path.join(process.env["KVM_SERIES_SHARED"] ?? "", "data");
const bundle = path.join(data, "kvm-recent.bundle");
const kernel = path.join(data, "linux-7.3-rc7-kvm.tar.xz");

suite("what has landed of a real list", function () {
  this.timeout(900_000);
  if (!existsSync(bundle) || !existsSync(kernel)) {
    console.log("    skipped: KVM_SERIES_SHARED names no folder with data/kvm-recent.bundle and the kernel");
    return;
  }
  let folder = "";
  suiteSetup(() => {
    folder = mkdtempSync(path.join(tmpdir(), "kvm-series-shared-"));
    git(folder, ["clone", "-q", "--bare", "--branch", "master", bundle, "list.git"]);
    mkdirSync(path.join(folder, "linux"));
    execFileSync("tar", ["-xJf", kernel, "-C", path.join(folder, "linux"), "--strip-components=1"]);
    git(path.join(folder, "linux"), ["init", "-q"]);
    git(path.join(folder, "linux"), ["add", "-A"]);
    // Somebody made the release after all that was posted.
    const date = "2026-11-01T10:00:00Z";
    execFileSync("git", ["-c", "user.name=L", "-c", "user.email=l@example.org", "commit", "-q", "-m", "Release"], {
      cwd: path.join(folder, "linux"),
      env: { ...process.env, GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date },
    });
    process.env["XDG_CACHE_HOME"] = path.join(folder, "cache");
  });
  suiteTeardown(() => rmSync(folder, { recursive: true, force: true }));

  test("kvm-recent against 7.3-rc7", async () => {
    const environment = { git: undefined, streams: new InputStreams({}) };
    const tree = path.join(folder, "linux");
    const opened = await openSources([path.join(folder, "list.git")], environment, tree);
    const { library } = opened;
    const { states, problems } = await readSeriesStates(library, library.series, tree, {
      moved: () => movedFiles(opened, environment, { all: true }),
    });
    assert.deepEqual(problems, []);
    assert.equal(states.length, library.series.length);
    const counts = new Map<string, number>();
    for (const { series, status, evidence, patches } of states) {
      for (const key of [status, ...patches.map(({ state }) => `patch ${state}`)]) counts.set(key, (counts.get(key) ?? 0) + 1);
      if (status !== "landed" && !evidence.some(({ kind }) => kind === "in-tree")) continue;
      console.log(`    ${series.id} ${status} ${series.title}`);
      for (const said of evidence) console.log(`        ${evidenceWords(said)}`);
    }
    for (const [key, count] of [...counts].sort()) console.log(`    ${String(count).padStart(4)}  ${key}`);
    const landed = states.filter(({ status }) => status === "landed").map(({ series }) => series);
    assert(landed.length >= 5);
    const { answers } = await checkApplies(tree, { base: "HEAD" }, landed, { mails: (ids) => library.mailBytes(ids), known: [] });
    for (const one of landed) assert.notEqual(answers.get(one.id)?.state, "applies", one.title);
  });
});
