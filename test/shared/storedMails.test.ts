/** Over real archives: what an index stores of a mail comes back as it was. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readMail } from "../../src/core/mail/mail";
import { mailFactsOf } from "../../src/core/postings/mailFacts";
import { listObjects, streamBlobs } from "../../src/git/catFile";
import { type IndexEntry, packComponent, packMail, readComponent } from "../../src/index/componentFormat";
import { patchKey } from "../../src/index/hashes";

const data = join(process.env["KVM_SERIES_SHARED"] ?? "", "data");
const largest = 32 * 1024 * 1024;

suite("what is stored of the mails of a real archive", function () {
  this.timeout(120_000);
  const folder = mkdtempSync(join(tmpdir(), "kvm-series-stored-"));
  suiteTeardown(() => rmSync(folder, { recursive: true, force: true }));

  for (const name of ["kvm-recent", "kvm-ppc"]) {
    test(`${name}: comes back as it was`, async () => {
      const bundle = join(data, `${name}.bundle`);
      assert(existsSync(bundle), `KVM_SERIES_SHARED names no folder with data/${name}.bundle`);
      const repository = join(folder, `${name}.git`);
      execFileSync("git", ["clone", "--quiet", "--bare", "--branch", "master", bundle, repository]);
      const entries: IndexEntry[] = [];
      await streamBlobs(repository, (await listObjects(repository)).blobs, { largest }, ({ oid, bytes }) => {
        if (!bytes) return;
        const facts = mailFactsOf(readMail(bytes), { place: oid, committed: null, source: name, patchId: patchKey });
        entries.push({ oid, epoch: 1, arrived: facts.date, spot: null, unstamped: false, facts });
      });
      for (const many of [1, 40, entries.length]) {
        for (let at = 0; at < entries.length; at += many) {
          const some = entries.slice(at, at + many);
          assert.deepEqual(
            readComponent(packComponent(some.map(packMail), null), null, () => name),
            some,
          );
        }
      }
    });
  }
});
