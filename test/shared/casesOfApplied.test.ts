/** The small inputs of the shared data in which something was taken for a report that a patch was applied, or was not. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readMail } from "../../src/core/mail/mail";
import { readMbox } from "../../src/core/mail/mbox";
import { assembleMails } from "../../src/core/postings/assembleMails";
import { mailFactsOf } from "../../src/core/postings/mailFacts";

const cases = join(process.env["KVM_SERIES_SHARED"] ?? "", "data", "cases");

/** What `expected.txt` of each folder says: patches (null for all) and the commit they became. */
const expected: Readonly<Record<string, ReadonlyArray<readonly [patches: readonly number[] | null, commit: string | null]>>> = {
  "applied-no-author": [],
  "applied-no-hardware-word": [],
  "applied-no-other": [],
  "applied-no-question": [],
  "applied-no-robot-boilerplate": [],
  "applied-no-tested": [],
  "applied-no-wish": [],
  "applied-no-wrapped-line": [],
  "applied-no-you": [],
  "applied-scope-minus": [[[1, 3], null]],
  "applied-scope-no-commit-info": [
    [[1], "aaaaaaaaaaaa"],
    [[2], "bbbbbbbbbbbb"],
  ],
  "applied-scope-no-matching-commit": [
    [[1], "aaaaaaaaaaaa"],
    [[3], "cccccccccccc"],
  ],
  "applied-scope-prose-subset": [[[1, 3], null]],
  "applied-scope-series-on-first": [[null, null]],
  "applied-yes-applied-patch-n": [[[1], null]],
  "applied-yes-both": [[null, null]],
  "applied-yes-i-applied-to": [[null, null]],
  "applied-yes-i-queued": [[null, null]],
  "applied-yes-patches-n": [[[1, 2], null]],
  "applied-yes-thanks-comma": [[null, null]],
};

suite("cases of what is reported as applied", () => {
  test("each folder is tried", () => {
    assert(existsSync(cases), "KVM_SERIES_SHARED names no folder with data/cases");
    const folders = readdirSync(cases).filter((name) => name.startsWith("applied-"));
    assert.deepEqual(folders.sort(), Object.keys(expected).sort());
  });

  for (const [name, reports] of Object.entries(expected)) {
    test(name, () => {
      const mails = readMbox(readFileSync(join(cases, name, "in.mbox"))).map((bytes, at) =>
        mailFactsOf(readMail(bytes), { place: `${name} ${at}`, committed: null, source: name, patchId: null }),
      );
      const [posting, ...others] = assembleMails(mails).postings;
      assert.deepEqual(others, []);
      const applied = posting?.revision.posted?.applied ?? [];
      assert.deepEqual(
        applied.map(({ patches, commit }) => [patches, commit]),
        reports,
      );
      for (const { messageId, quote, from } of applied) {
        assert.equal(messageId, "r1@example.org");
        assert.match(quote, /applied|queued/i);
        assert.notEqual(from.email, "");
      }
    });
  }
});
