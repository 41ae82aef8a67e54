/** Over real archives: every patch and cover letter stands in a revision, or is listed with a reason why not. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { patchId } from "../../src/core/diff/patchId";
import { readMail } from "../../src/core/mail/mail";
import { assembleMails } from "../../src/core/postings/assembleMails";
import { type MailFacts, mailFactsOf } from "../../src/core/postings/mailFacts";
import type { Revision } from "../../src/core/series/series";
import { listObjects, streamBlobs } from "../../src/git/catFile";

const data = join(process.env["KVM_SERIES_SHARED"] ?? "", "data");
const largest = 32 * 1024 * 1024;

suite("every patch mail of a real archive", function () {
  this.timeout(120_000);
  const folder = mkdtempSync(join(tmpdir(), "kvm-series-every-"));
  suiteTeardown(() => rmSync(folder, { recursive: true, force: true }));

  for (const name of ["kvm-recent", "kvm-ppc"]) {
    test(`${name}: in a revision, or with a reason`, async () => {
      const bundle = join(data, `${name}.bundle`);
      assert(existsSync(bundle), `KVM_SERIES_SHARED names no folder with data/${name}.bundle`);
      const repository = join(folder, `${name}.git`);
      execFileSync("git", ["clone", "--quiet", "--bare", "--branch", "master", bundle, repository]);
      const facts: MailFacts[] = [];
      await streamBlobs(repository, (await listObjects(repository)).blobs, { largest }, ({ oid, bytes }) => {
        if (bytes) facts.push(mailFactsOf(readMail(bytes), { place: oid, committed: null, source: name, patchId: patchIdOf }));
      });
      const { postings, unplaced } = assembleMails(facts);
      const placed = new Set(postings.flatMap(({ revision, signs }) => [...mailsOf(revision), ...signs.messageIds]));
      const reasons = new Map(unplaced.map(({ messageId, reason }) => [messageId, reason]));
      const wanted = facts.filter(({ kind }) => kind === "patch" || kind === "cover" || kind === "pull");
      const lost = wanted.filter(({ messageId }) => !placed.has(messageId) && !reasons.get(messageId));
      assert.deepEqual(
        lost.map(({ messageId, line }) => `${messageId} ${line}`),
        [],
      );
      const listed = wanted.filter(({ messageId }) => !placed.has(messageId));
      console.log(`      ${wanted.length} mails, ${listed.length} of them in no revision:`);
      for (const [reason, count] of counted(listed.map(({ messageId }) => reasons.get(messageId) ?? "")))
        console.log(`      ${count}  ${reason}`);
      assert(listed.length < wanted.length / 50, "more than one in fifty patch mails is in no revision");
    });
  }
});

function patchIdOf(diff: string): string | null {
  return patchId(diff, (bytes) => createHash("sha1").update(bytes).digest());
}

function mailsOf({ messageId, cover, patches, posted }: Revision): string[] {
  const ids = [
    messageId,
    cover?.messageId ?? null,
    ...patches.flatMap((patch) => [patch.messageId, ...(patch.rivals ?? [])]),
    ...(posted?.resentAs ?? []).map((resent) => resent.messageId),
    ...(posted?.replies ?? []).map((reply) => reply.messageId),
  ];
  return ids.filter((id) => id !== null);
}

/** How often each text occurs, most often first; ids in them are left out. */
function counted(texts: readonly string[]): Array<[text: string, count: number]> {
  const counts = new Map<string, number>();
  for (const text of texts) {
    const plain = text.replace(/<[^>]*>/g, "<…>");
    counts.set(plain, (counts.get(plain) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1]);
}
