/**
 * Whether the pending series of a real archive apply to a real tree, beside what `git am -3` says in a clone:
 * counts, and a reason for each one that differs.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { checkApplies } from "../../src/checkout/applies";
import { InputStreams } from "../../src/cli/keptFiles";
import { openSources } from "../../src/cli/sources";
import { patchDiff } from "../../src/core/diff/patchFiles";
import { bytesOfRaw } from "../../src/core/mail/charset";
import { readMail } from "../../src/core/mail/mail";
import type { ApplyAnswer } from "../../src/core/series/applyAnswer";
import { mailIdsOf, readyPatches } from "../../src/core/series/revisionTexts";
import type { Library } from "../../src/library/library";
import { newestRevision, type Series } from "../../src/core/series/series";
import { git } from "../support/applyGround";

const data = path.join(process.env["KVM_SERIES_SHARED"] ?? "", "data");
const bundle = path.join(data, "kvm-recent.bundle");
const kernel = path.join(data, "linux-7.3-rc7-kvm.tar.xz");

suite("which pending series apply, beside git apply --check and git am -3", function () {
  this.timeout(900_000);
  if (!existsSync(bundle) || !existsSync(kernel)) {
    console.log("    skipped: KVM_SERIES_SHARED names no folder with data/kvm-recent.bundle and the kernel");
    return;
  }
  let folder = "";
  let tree = "";
  let library: Library;
  let all: readonly Series[] = [];
  suiteSetup(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "kvm-series-shared-"));
    git(folder, ["clone", "-q", "--bare", "--branch", "master", bundle, "list.git"]);
    const unpacked = path.join(folder, "unpacked");
    mkdirSync(unpacked);
    execFileSync("tar", ["-xJf", kernel, "-C", unpacked, "--strip-components=1"]);
    tree = path.join(folder, "linux");
    process.env["XDG_CACHE_HOME"] = path.join(folder, "cache");
    ({ library } = await openSources([path.join(folder, "list.git")], { git: undefined, streams: new InputStreams({}) }));
    // All that were ever posted, not only what is pending: the more there are, the more is compared.
    all = library.series.filter((one) => newestRevision(one).posted?.kind !== "stable");
    // Of the kernel what any of them touches: git looks at each file of the tree again for every series it applies and takes back.
    const touched = new Set(all.flatMap((one) => newestRevision(one).files).filter((file) => existsSync(path.join(unpacked, file))));
    assert(touched.size > 50);
    git(unpacked, ["init", "-q"]);
    git(unpacked, ["--literal-pathspecs", "add", "--pathspec-from-file=-", "--pathspec-file-nul"], [...touched].join("\0"));
    git(unpacked, ["commit", "-q", "-m", "kernel"]);
    git(folder, ["clone", "-q", unpacked, tree]);
  });
  suiteTeardown(() => rmSync(folder, { recursive: true, force: true }));

  test("all that were posted", async () => {
    const { answers } = await checkApplies(tree, { base: "HEAD" }, all, { mails: (ids) => library.mailBytes(ids), known: [] });
    const counts = new Map<string, number>();
    const differing: string[] = [];
    const unexplained: string[] = [];
    for (const series of all) {
      const answer = answers.get(series.id) ?? assert.fail();
      const mails = await library.mailBytes(mailIdsOf(newestRevision(series)));
      const { patches, missing } = readyPatches(newestRevision(series), new Map([...mails].map(([id, bytes]) => [id, readMail(bytes)])));
      const takes =
        patches.length === 0 || missing.length > 0 ? null : gitTakes(tree, patches.map(({ number, raw }) => mailOf(number, raw)).join(""));
      const fits = takes === null ? null : gitFits(tree, patches.map(({ raw }) => patchDiff(raw)).join(""));
      const said = (answered: boolean | null): string => (answered === null ? "not asked" : answered ? "takes it" : "does not");
      const key = `${answer.state.padEnd(16)} git apply --check: ${said(fits).padEnd(9)} git am -3: ${said(takes)}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
      // The check takes nothing that needs a merge, and knows of nothing that is in already.
      if (fits !== null && fits !== (answer.state === "applies"))
        unexplained.push(`git apply --check ${said(fits)}: ${series.title}, ${answer.state}`);
      if (takes === null || takes === ["applies", "applies-3way", "already-in"].includes(answer.state)) continue;
      const reason = reasonOf(series, answer, takes);
      differing.push(
        `${series.id} ${series.title}: ${answer.state}, git am -3 ${takes ? "takes it" : "does not"}: ${reason ?? "NO REASON KNOWN"}`,
      );
      if (reason === null) unexplained.push(series.title);
    }
    for (const [key, count] of [...counts].sort()) console.log(`    ${String(count).padStart(4)}  ${key}`);
    for (const line of differing) console.log(`    ${line}`);
    assert.deepEqual(unexplained, []);
    assert(counts.size > 3);
  });
});

/** The patch as git am takes it, so that both look at the same change. */
function mailOf(number: number, text: string): string {
  return `From mboxrd@z Thu Jan  1 00:00:00 1970\nFrom: A <a@example.org>\nDate: Sun, 1 Mar 2026 10:00:00 +0000\nSubject: [PATCH ${number}] patch ${number}\n\ntext\n\n${text.replace(/^>*From /gm, ">$&")}\n`;
}

function gitFits(tree: string, diffs: string): boolean {
  try {
    git(tree, ["apply", "--check", "-"], Buffer.from(bytesOfRaw(diffs)));
    return true;
  } catch {
    return false;
  }
}

function gitTakes(tree: string, mbox: string): boolean {
  const head = git(tree, ["rev-parse", "HEAD"]).trim();
  try {
    git(tree, ["am", "-q", "-3", "--patch-format=mboxrd"], Buffer.from(bytesOfRaw(mbox)));
    return true;
  } catch {
    git(tree, ["am", "--abort"]);
    return false;
  } finally {
    git(tree, ["reset", "-q", "--hard", head]);
  }
}

/** Why an answer differs from git am's where it is meant to; null where nothing explains it. */
function reasonOf(series: Series, answer: ApplyAnswer, takes: boolean): string | null {
  if (takes) return null;
  const patches = newestRevision(series).patches.length;
  if (answer.state === "already-in" || answer.alreadyIn.length > 0)
    return patches === 1 && answer.state === "already-in"
      ? "it is in the tree, which git am sees only where it has the blob it was made for"
      : `patches ${answer.alreadyIn.join(", ")} are in the tree, which git am sees only where it has the blobs they were made for`;
  return null;
}
