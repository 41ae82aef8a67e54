/** The revisions that are really in the threads of ../shared/data/threads, read from their headers by a person. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { patchId } from "../../src/core/diff/patchId";
import { readMail } from "../../src/core/mail/mail";
import { readMbox } from "../../src/core/mail/mbox";
import { versionLabel } from "../../src/core/mail/subject";
import { assembleMails } from "../../src/core/postings/assembleMails";
import { assembleSeries } from "../../src/core/postings/assembleSeries";
import { type MailFacts, mailFactsOf } from "../../src/core/postings/mailFacts";
import type { Revision } from "../../src/core/series/series";
import { threadTruth } from "./threadTruth";

const folder = path.join(process.env["KVM_SERIES_SHARED"] ?? "", "data", "threads");

/**
 * A revision in few words: `v8 rfc n=7` has its cover letter and all patches. What differs is said: `no cover`, `has 9 22`,
 * `kept 1-13 of v7` (a partial reroll), `twice 4`, `pull`, `stable`, `resend`.
 */
function inWords(revision: Revision): string {
  const { version, rfc, resend, expected, cover, patches, posted } = revision;
  const own = patches.filter((patch) => patch.messageId !== null && patch.carriedFrom === undefined).map(({ index }) => index ?? 0);
  const kept = patches.filter(({ carriedFrom }) => carriedFrom !== undefined);
  const twice = patches.filter(({ rivals }) => rivals !== undefined).map(({ index }) => index ?? 0);
  const isWhole = own.length === expected && own.every((index, at) => index === at + 1);
  return [
    versionLabel(version, revision.point ?? 0),
    rfc ? "rfc" : "",
    resend ? "resend" : "",
    posted && posted.kind !== "patches" ? posted.kind : "",
    `n=${expected}`,
    cover || expected === 1 ? "" : "no cover",
    isWhole ? "" : `has ${ranges(own)}`,
    kept.length > 0 ? `kept ${ranges(kept.map(({ index }) => index ?? 0))} of ${kept[0]?.carriedFrom ?? ""}` : "",
    twice.length > 0 ? `twice ${ranges(twice)}` : "",
  ]
    .filter(Boolean)
    .join(" ");
}

/** `1-3 5`. */
function ranges(numbers: readonly number[]): string {
  const parts: Array<[number, number]> = [];
  for (const number of [...numbers].sort((a, b) => a - b)) {
    const last = parts.at(-1);
    if (last?.[1] === number - 1) last[1] = number;
    else parts.push([number, number]);
  }
  return parts.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(" ") || "none";
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function factsOfFile(file: string): MailFacts[] {
  const sha1 = (bytes: Uint8Array): Uint8Array => createHash("sha1").update(bytes).digest();
  const mails = readMbox(gunzipSync(readFileSync(path.join(folder, file))));
  return mails.map((bytes, at) =>
    mailFactsOf(readMail(bytes), { place: `${file}.${at}`, committed: null, source: file, patchId: (text) => patchId(text, sha1) }),
  );
}

suite("threads", () => {
  if (!existsSync(folder)) {
    console.log("    skipped: KVM_SERIES_SHARED names no folder with data/threads");
    return;
  }
  const files = readdirSync(folder).filter((file) => file.endsWith(".mbox.gz"));

  test("the truth is written down for every thread", () => {
    assert.deepEqual(Object.keys(threadTruth).sort(), files.map((file) => file.slice(0, -".mbox.gz".length)).sort());
  });

  for (const file of files) {
    test(file, () => {
      const facts = factsOfFile(file);
      const { postings, unplaced } = assembleMails(facts);
      const series = assembleSeries(postings, sha256, () => "");
      const found = series
        .map(({ revisions }) => revisions.map(inWords))
        .sort((a, b) => b.length - a.length || (a.join() < b.join() ? -1 : 1));
      const name = file.slice(0, -".mbox.gz".length);
      assert.deepEqual(found, threadTruth[name], name);
      // Every patch stands in a revision.
      const patches = new Set(facts.filter(({ kind }) => kind === "patch" || kind === "cover").map(({ messageId }) => messageId));
      assert.deepEqual(
        unplaced.filter(({ messageId }) => patches.has(messageId)),
        [],
      );
      const backwards = assembleSeries(assembleMails(facts.toReversed()).postings, sha256, () => "");
      assert.deepEqual(backwards, series);
    });
  }
});
