/** Blobs in bulk: few and many, and what is told of those that cannot be had. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Blob, fetchBlobs, findObjects, listCommits, listObjects, startReading, streamBlobs } from "../../../src/git/catFile";
import { blobId } from "../../../src/sources/blobId";
import { type Commit, commitMails, git } from "../../support/makeArchive";

const largest = 1024 * 1024;

suite("blobs in bulk", () => {
  const folder = mkdtempSync(join(tmpdir(), "kvm-series-bulk-"));
  const repository = join(folder, "list.git");
  /** More than are read without FIFOs; some are longer than what a pipe holds. */
  const texts = Array.from({ length: 3200 }, (_, at) => Buffer.from(`Mail ${at}\n`.repeat(at % 400 === 0 ? 20_000 : (at % 7) * 20)));
  const oids = [...new Set(texts.map(blobId))];
  suiteSetup(async () => {
    const commits = texts.map((add, at): Commit => ({ add, time: 1_700_000_000 + at }));
    await commitMails(repository, [...commits, { add: Buffer.alloc(largest + 1, "x"), time: 1_800_000_000 }]);
  });
  suiteTeardown(() => rmSync(folder, { recursive: true, force: true }));

  async function readAll(wanted: readonly string[], started = false): Promise<Map<string, Blob | string>> {
    const found = new Map<string, Blob | string>();
    const take = (blob: Blob): void => void found.set(blob.oid, blob.bytes ? blobId(blob.bytes) : blob);
    await streamBlobs(repository, wanted, { largest }, take, started ? startReading(repository, {}) : undefined);
    return found;
  }

  test("many and few are handed out whole, by a git that was started early too", async () => {
    assert(oids.length > 2700 && oids.length < 3000, "of equal texts there is one");
    const { commits, blobs } = await listObjects(repository);
    assert.deepEqual([commits, blobs.length], [texts.length + 1, oids.length + 1]);
    assert.deepEqual((await listCommits(repository)).sort(), git(repository, ["rev-list", "master"]).trim().split("\n").sort());
    const many = [...oids, ...oids.slice(0, 400)];
    for (const [wanted, started] of [
      [many, false],
      [many, true],
      [oids.slice(0, 500), false],
      [oids.slice(0, 500), true],
      [[], true],
    ] as const) {
      const found = await readAll(wanted, started);
      assert.equal(found.size, new Set(wanted).size);
      for (const [oid, id] of found) assert.equal(id, oid);
    }
  });

  for (const filler of [0, 3100]) {
    test(`what is missing, too large or no blob is told, ${filler > 0 ? "among many" : "alone"}`, async () => {
      const large = blobId(Buffer.alloc(largest + 1, "x"));
      const [commit, missing] = [git(repository, ["rev-parse", "master"]).trim(), "1".repeat(40)];
      const found = await readAll([large, ...Array.from({ length: filler }, (_, at) => oids[at % oids.length] ?? ""), commit, missing]);
      const told = [large, commit, missing].map((oid) => found.get(oid));
      assert.deepEqual(told, [
        { oid: large, bytes: null, problem: "is 1 MB; mails are read up to 1 MB" },
        { oid: commit, bytes: null, problem: "is not a mail" },
        { oid: missing, bytes: null, problem: "is missing from the repository" },
      ]);
      assert.equal(found.size, 3 + Math.min(filler, oids.length));
    });
  }

  test("names of objects are looked up, each by its own", async () => {
    const names = ["master:m", "master:d", "master~1:m", "nothing:m"];
    const [newest, ...others] = await findObjects(repository, names);
    assert.equal(newest, blobId(Buffer.alloc(largest + 1, "x")));
    assert.deepEqual(others, [null, blobId(texts.at(-1) ?? Buffer.alloc(0)), null]);
  });

  for (const count of [400, 3100]) {
    test(`the reading of ${count} ends when it is told to`, async () => {
      let read = 0;
      const wanted = Array.from({ length: count }, (_, at) => oids[at % oids.length] ?? "");
      await streamBlobs(repository, wanted, { largest, stopped: () => read > 0 }, () => read++);
      assert(read > 0 && read < count);
    });
  }

  test("a git that is not there is an error, however many are asked for", async () => {
    const options = { largest, binary: join(folder, "no-git") };
    for (const count of [1, 3100])
      await assert.rejects(fetchBlobs(repository, Array<string>(count).fill(oids[1] ?? ""), options), /ENOENT/);
    await assert.rejects(listObjects(repository, options.binary), /ENOENT/);
  });
});
