/** Real archives of two lists, served on loopback as lore.kernel.org serves them, and mirrored. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildIndex } from "../../src/index/build";
import { openIndex } from "../../src/index/reader";
import { fetchArchive, type FetchedArchive } from "../../src/sources/mirror";
import { type InboxServer, startInboxServer, withoutPublicInbox } from "../support/inboxServer";
import { git } from "../support/makeArchive";

const data = join(process.env["KVM_SERIES_SHARED"] ?? "", "data");

suite("remote archives of real lists", function () {
  this.timeout(300_000);
  const folder = mkdtempSync(join(tmpdir(), "kvm-series-real-"));
  const served = (list: string): string => join(folder, "served", list);
  let server: InboxServer | null = null;

  suiteSetup(async function () {
    const reason = existsSync(join(data, "kvm-recent.bundle")) ? withoutPublicInbox() : "The archives of shared/data are not here.";
    if (reason !== null) {
      console.log(`    ${reason}`);
      this.skip();
    }
    for (const [list, bundle] of [
      ["kvm", "kvm-recent"],
      ["kvm-ppc", "kvm-ppc"],
    ] as const) {
      const repository = join(served(list), "git", "0.git");
      git(folder, ["clone", "--quiet", "--bare", "--branch", "master", join(data, `${bundle}.bundle`), repository]);
    }
    server = await startInboxServer({ kvm: served("kvm"), "kvm-ppc": served("kvm-ppc") });
  });
  suiteTeardown(() => {
    server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const fetchList = async (list: string, months: number | null): Promise<FetchedArchive & { commits: number }> => {
    const result = await fetchArchive(`${server?.url ?? ""}/${list}/`, { storage: join(folder, "mirrors"), months });
    assert.deepEqual(result.problems, []);
    return { ...result, commits: commitsOf(join(result.folder, "git", "0.git")) };
  };
  const commitsOf = (repository: string, ...since: string[]): number =>
    Number(git(repository, ["rev-list", "--count", ...since, "master"]));

  test("kvm-ppc: the last six months of the list, then years, then all of it", async () => {
    const repository = join(served("kvm-ppc"), "git", "0.git");
    const newest = Number(git(repository, ["log", "-1", "--format=%ct", "master"]));
    const file = join(folder, "ppc.db");
    let before = 0;
    for (const months of [6, 36, null]) {
      const { folder: mirror, commits, changed } = await fetchList("kvm-ppc", months);
      assert(changed);
      assert(commits > before);
      // Git counts from the newest commit back to the first that is too old; so does this, up to commits that are out of order.
      if (months !== null) {
        const since = new Date(newest * 1000);
        since.setUTCMonth(since.getUTCMonth() - months);
        const expected = commitsOf(repository, `--since=${since.toISOString()}`);
        assert(Math.abs(commits - expected) <= expected * 0.01 + 2, `${commits} of ${expected} commits in ${months} months`);
      }
      before = commits;
      // The index follows each deepening and equals one that is made anew.
      const refreshed = await buildIndex([mirror], file);
      assert.deepEqual(refreshed.problems, []);
      const fresh = join(folder, "ppc-fresh.db");
      rmSync(fresh, { force: true });
      await buildIndex([mirror], fresh);
      assert.deepEqual(openIndex(file)?.counts, openIndex(fresh)?.counts);
    }
    assert.equal(before, commitsOf(repository));
  });

  test("kvm: as the archive it is a mirror of, mail by mail", async () => {
    await fetchList("kvm", 1);
    const { folder: mirror, commits } = await fetchList("kvm", null);
    assert.equal(commits, 3000);
    const counts = await Promise.all(
      [mirror, served("kvm")].map(async (source, at) => {
        const file = join(folder, `kvm${at}.db`);
        assert.deepEqual((await buildIndex([source], file)).problems, []);
        return openIndex(file)?.counts;
      }),
    );
    assert.deepEqual(counts[0], counts[1]);
    const again = await fetchArchive(`${server?.url ?? ""}/kvm`, { storage: join(folder, "mirrors"), git: "/nonexistent/git" });
    assert.deepEqual([again.changed, again.problems], [false, []], "nothing is new, and no git is needed to know");
  });
});
