/** An archive that holds the mails of a seed gives the seed's text, through the commits of its range. */
import assert from "node:assert/strict";
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { formatDigest, parseDigest } from "../../src/core/digest/digest";
import { type DigestMail, digestOfMails } from "../../src/core/digest/digestOfMails";
import { readRange } from "../../src/sources/mailRange";
import { type Commit, commitMails, git } from "../support/makeArchive";
import { mailsOfDigest } from "./seedMails";

const folder = join(process.env["KVM_SERIES_SHARED"] ?? "", "data", "seeds");

suite("archives of the seeds", function () {
  this.timeout(60_000);
  if (!existsSync(folder)) {
    console.log("    skipped: KVM_SERIES_SHARED names no folder with data/seeds");
    return;
  }
  for (const file of globSync(join(folder, "*.txt")).sort()) {
    test(`${basename(file)} is the classic digest of its range, and of no mail before or after it`, async () => {
      const text = readFileSync(file, "utf8");
      const { digest } = parseDigest(text);
      assert(digest);
      const work = mkdtempSync(join(tmpdir(), "kvm-series-seed-"));
      try {
        const repository = join(work, "0.git");
        const other: DigestMail = {
          subject: "[PATCH] Out of range",
          fromHeader: "Nobody <nobody@example.org>",
          body: "Text.",
          hasDiff: false,
        };
        const mails = [other, ...mailsOfDigest(digest).mails, other].reverse();
        await commitMails(
          repository,
          mails.map((mail, at): Commit => ({ add: bytesOf(mail, at), time: 1_790_000_000 + at })),
        );
        const commits = git(repository, ["rev-list", "--reverse", "master"]).trim().split("\n");
        const ends = { from: commits[0] ?? "", to: commits.at(-2) ?? "" };
        const range = await readRange(repository, "public-inbox", ends);
        assert.deepEqual([range.from, range.to], [ends.from.slice(0, 9), ends.to.slice(0, 9)]);
        // The commits of the list's own archive had other names.
        const { from, to, list } = digest;
        assert.equal(formatDigest(digestOfMails(range.mails, { from, to, list })), text);
      } finally {
        rmSync(work, { recursive: true, force: true });
      }
    });
  }
});

function bytesOf({ subject, fromHeader, body }: DigestMail, at: number): Buffer {
  const head = [`From: ${fromHeader}`, `Subject: ${subject}`, `Message-ID: <${at}@example.org>`, "Date: Mon, 21 Sep 2026 10:00:00 +0000"];
  const type = ["MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit"];
  return Buffer.from(`${[...head, ...type].join("\n")}\n\n${body}`);
}
