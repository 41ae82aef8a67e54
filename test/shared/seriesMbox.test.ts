/** The mbox of every whole revision in ../shared/data/threads: git takes from it what it takes from the mails themselves. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { HumanError } from "../../src/core/humanError";
import { readMbox } from "../../src/core/mail/mbox";
import { mailIdsOf } from "../../src/core/series/revisionTexts";
import { seriesMbox } from "../../src/core/series/seriesMbox";
import { bytesById, seriesOfMails } from "../support/pageArchive";
import { plainGit } from "../support/sampleArchive";

const folder = path.join(process.env["KVM_SERIES_SHARED"] ?? "", "data", "threads");

suite("the mbox of real series", () => {
  if (!existsSync(folder)) {
    console.log("    skipped: KVM_SERIES_SHARED names no folder with data/threads");
    return;
  }
  const place = mkdtempSync(path.join(tmpdir(), "kvm-series-mbox-"));
  suiteTeardown(() => rmSync(place, { recursive: true, force: true }));
  const git = (args: readonly string[], input: Uint8Array | string): string => {
    const { status, stdout, stderr } = spawnSync("git", args, { cwd: place, env: plainGit, input });
    assert.equal(status, 0, stderr.toString());
    return stdout.toString();
  };
  /** The headers that count, the message, and the diff as git takes it. */
  const taken = (mail: Uint8Array | string): readonly [string, string, string] => {
    const head = git(["mailinfo", "--encoding=UTF-8", "msg", "patch"], mail);
    return [head, readFileSync(path.join(place, "msg"), "utf8"), readFileSync(path.join(place, "patch"), "latin1")];
  };

  for (const file of readdirSync(folder).filter((name) => name.endsWith(".mbox.gz"))) {
    test(file, function () {
      this.timeout(300_000);
      const mails = readMbox(gunzipSync(readFileSync(path.join(folder, file)))).map((bytes) => new Uint8Array(bytes));
      const byId = bytesById(mails);
      for (const { revisions } of seriesOfMails(mails)) {
        const revision = revisions.at(-1)!;
        const wanted = mailIdsOf(revision);
        let text: string;
        try {
          text = seriesMbox(revision, new Map([...byId].filter(([id]) => wanted.includes(id))), { trailers: true }).text;
        } catch (error) {
          assert(error instanceof HumanError, String(error));
          console.log(`      ${file} v${revision.version}: ${error.message}`);
          continue;
        }
        for (const name of readdirSync(place)) rmSync(path.join(place, name));
        assert.equal(git(["mailsplit", "-o.", "-d4", "--", "-"], text).trim(), String(revision.patches.length), revision.title);
        for (const [at, patch] of revision.patches.entries()) {
          const raw = byId.get(patch.messageId ?? "")!;
          if (/^Content-Type: multipart/im.test(Buffer.from(raw).toString("latin1").split("\n\n")[0] ?? "")) continue;
          // Below an answer, a patch file as it was saved: its first line would begin another mail.
          if (/^From [0-9a-f]{40} Mon Sep 17/m.test(Buffer.from(raw).toString("latin1"))) continue;
          const [head, message, diff] = taken(readFileSync(path.join(place, String(at + 1).padStart(4, "0"))));
          const [rawHead, rawMessage, rawDiff] = taken(raw);
          assert.equal(head, rawHead, patch.title);
          assert(message.startsWith(rawMessage.trimEnd()), patch.title);
          const given = patch.trailers.filter(({ key, value }) =>
            message.slice(rawMessage.trimEnd().length).includes(`\n${key}: ${value}`),
          );
          const added = message.trimEnd().slice(rawMessage.trimEnd().length).trim().split("\n").filter(Boolean);
          assert.equal(added.length, given.length, `${patch.title}: ${added.join("; ")}`);
          // Below the message nothing changes but the length of the signature's blank lines.
          assert.equal(
            diff.slice(Math.max(0, diff.indexOf("diff --git"))).trimEnd(),
            rawDiff.slice(Math.max(0, rawDiff.indexOf("diff --git"))).trimEnd(),
            patch.title,
          );
        }
      }
    });
  }
});
