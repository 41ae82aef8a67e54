/** The small inputs of ../shared/data/cases whose revisions were not joined, or joined wrongly. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { readMail } from "../../src/core/mail/mail";
import { readMbox } from "../../src/core/mail/mbox";
import { assembleMails } from "../../src/core/postings/assembleMails";
import { assembleSeries } from "../../src/core/postings/assembleSeries";
import { mailFactsOf } from "../../src/core/postings/mailFacts";
import { patchKey } from "../../src/index/hashes";
import { sha256 } from "../support/madeMail";

const folder = path.join(process.env["KVM_SERIES_SHARED"] ?? "", "data", "cases");

/** The revisions of each series, sorted, with what joins them. */
const cases: Readonly<Record<string, readonly string[]>> = {
  "04-supersedes": ["v1 v2: changelog-link"],
  "author-changed-address-and-title": ["v1 v2: overlap"],
  "change-id-of-a-reused-branch": ["v1 v2 v3: change-id+same-title change-id+same-title", "v1 v2: change-id+same-title"],
  "join-author-moved": ["v1 v2: overlap"],
  "join-cited-cover-absent": ["v3 v4: changelog-link"],
  "join-grew-once": ["v2 v3 v4: overlap same-title"],
  "join-renamed-said": ["v2 v3: former-title"],
  "join-resend-other-address": ["v3 v3: same-patches+same-title"],
  "join-title-parens": ["v2 v3: same-title"],
  "link-to-a-cover-that-is-not-here": ["v3 v4: changelog-link"],
  "title-differs-in-parentheses": ["v2 v3: same-title"],
  "v3-without-cover-has-the-patch-as-2-of-2": ["v2 v3 v4: overlap same-title"],
};

suite("cases of links", () => {
  if (!existsSync(folder)) {
    console.log("    skipped: KVM_SERIES_SHARED names no folder with data/cases");
    return;
  }
  for (const [name, expected] of Object.entries(cases)) {
    test(name, () => {
      const file = ["in.mbox", "input.mbox"].map((one) => path.join(folder, name, one)).find((one) => existsSync(one));
      const mails = readMbox(readFileSync(file!)).map((bytes, at) =>
        mailFactsOf(readMail(bytes), { place: String(at), committed: null, source: name, patchId: patchKey }),
      );
      for (const order of [mails, mails.toReversed()]) {
        const series = assembleSeries(assembleMails(order).postings, sha256, () => "").map(
          ({ revisions, links }) =>
            `${revisions.map(({ version }) => `v${version}`).join(" ")}: ${links.map(({ evidence }) => evidence.join("+")).join(" ")}`,
        );
        assert.deepEqual(series.sort(), [...expected].sort());
      }
    });
  }
});
