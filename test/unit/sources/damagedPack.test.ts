/** A pack with one hole: what can be read of its repository is read, and the hole is named. */
import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildIndex } from "../../../src/index/build";
import { openIndex } from "../../../src/index/reader";
import { readRange } from "../../../src/sources/mailRange";
import { makeMail, messageIdOf, planArchive } from "../../support/archiveMails";
import { commitMails, git, seededCommits } from "../../support/makeArchive";

const seed = 41;
const count = 60;

suite("a pack with a hole", () => {
  const folder = mkdtempSync(join(tmpdir(), "kvm-series-hole-"));
  const archive = join(folder, "list.git");
  const { plans } = planArchive(seed, count);
  const removed = plans[4];
  assert.ok(removed);
  const file = join(folder, "before.db");
  let pack = "";
  /** The eleventh commit. */
  let base = "";
  let whole = Buffer.alloc(0);
  suiteSetup(async () => {
    await commitMails(archive, seededCommits(seed, plans, 0, count - 10));
    await commitMails(archive, [{ remove: makeMail(seed, removed), time: (plans[count - 11]?.time ?? 0) + 61 }]);
    await commitMails(archive, seededCommits(seed, plans, count - 10));
    git(archive, ["repack", "-adfq", "--depth=0"]);
    const packs = join(archive, "objects", "pack");
    pack = join(packs, readdirSync(packs).find((name) => name.endsWith(".pack")) ?? "");
    chmodSync(pack, 0o644);
    whole = readFileSync(pack);
    base = git(archive, ["rev-list", "--reverse", "master"]).split("\n")[10] ?? "";
    assert.equal((await buildIndex([archive], file)).mails, count - 1);
  });
  suiteTeardown(() => rmSync(folder, { recursive: true, force: true }));

  /** Destroys an object and leaves the others as they are. */
  function destroy(name: string): string {
    writeFileSync(pack, whole);
    const oid = git(archive, ["rev-parse", name]).trim();
    const [, size = "0", offset = "0"] =
      new RegExp(`^${oid} \\w+ +\\d+ (\\d+) (\\d+)`, "m").exec(git(archive, ["verify-pack", "-v", pack])) ?? [];
    const bytes = Buffer.from(whole);
    // Behind the object's own header, which tells its kind and size.
    bytes.fill(0xaa, Number(offset) + 4, Number(offset) + Number(size));
    writeFileSync(pack, bytes);
    return oid;
  }

  const holes = [
    ["a mail", "master~20:m", 1],
    ["a tree", "master~20^{tree}", 0],
    ["a commit", "master~20", 0],
    ["the tree of the newest commit", "master^{tree}", 0],
  ] as const;
  for (const [what, name, lost] of holes) {
    test(`in ${what}`, async () => {
      const oid = destroy(name);
      const fresh = join(folder, `${what}.db`);
      const { mails, problems } = await buildIndex([archive], fresh);
      assert.equal(mails, count - 1 - lost);
      assert.deepEqual([problems.length, problems[0]?.source], [1, archive]);
      assert.match(problems.flatMap(({ message, details = [] }) => [message, ...details]).join("\n"), new RegExp(oid));
      const reader = openIndex(fresh);
      assert.ok(reader);
      assert.deepEqual(reader.facts(messageIdOf(seed, removed)), [], "what was taken away does not come back");
      reader.close();
    });

    test(`in ${what}: ranges of mail`, async () => {
      const oid = destroy(name);
      for (const [from, expected] of [
        [null, count],
        [base, count - 11],
      ] as const) {
        const range = await readRange(archive, "public-inbox", { from, to: null });
        assert.match(range.problems.join("\n"), new RegExp(oid));
        // Behind a commit that cannot be read nothing can be reached; what came after the one above it is here.
        const least = what === "a commit" ? 18 : expected - 3;
        assert.ok(range.count >= least && range.count <= expected, `${range.count} of ${expected}`);
      }
    });
  }

  test("what was read before the repository was damaged stays, and is right again when it is whole", async () => {
    writeFileSync(pack, whole);
    const more = [{ add: makeMail(seed + 1, removed), time: (plans.at(-1)?.time ?? 0) + 100 }];
    await commitMails(archive, more);
    destroy("master~1^{tree}");
    const { mails, removed: gone, problems } = await buildIndex([archive], file);
    assert.deepEqual([mails, gone, problems.length], [count, 0, 1]);
    assert.deepEqual((await buildIndex([archive], file)).problems, []);
    writeFileSync(pack, whole);
    await commitMails(archive, [{ add: makeMail(seed + 2, removed), time: (plans.at(-1)?.time ?? 0) + 101 }]);
    const mended = await buildIndex([archive], file);
    assert.deepEqual([mended.mails, mended.problems], [count + 1, []]);
  });
});
