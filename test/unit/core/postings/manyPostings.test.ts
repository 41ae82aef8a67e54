import assert from "node:assert/strict";
import { assembleMails } from "../../../../src/core/postings/assembleMails";
import { assembleSeries } from "../../../../src/core/postings/assembleSeries";
import type { MailFacts } from "../../../../src/core/postings/mailFacts";
import { day, made, patchBody, sha256, start } from "../../../support/madeMail";
import { kindsOfMany, type Steps } from "../../../support/manyPostings";

/** Each key may bring a posting together with so many others. */
const mostSharing = 64;

suite("thousands of postings", () => {
  for (const [name, make] of Object.entries(kindsOfMany)) {
    test(`${name}: twice as many take twice as many comparisons`, () => {
      const [once, twice] = [1000, 2000].map((count) => {
        const steps: Steps = { taken: 0 };
        const { postings, corrections } = make(count, steps);
        const series = assembleSeries(postings, sha256, () => "", corrections);
        assert.equal(
          series.reduce((sum, { revisions }) => sum + revisions.length, 0),
          count,
        );
        return steps.taken;
      });
      assert.ok(once !== undefined && twice !== undefined);
      assert.ok(twice <= once * 2.1 + 1000, `${once} and ${twice}`);
      assert.ok(twice <= 2000 * mostSharing * 8, `${twice}`);
    });
  }

  for (const [name, subject, body] of [
    ["cover letters", "[PATCH 0/3] KVM: x86: Fixes", "Hello.\n"],
    ["lone patches", "[PATCH] KVM: x86: Fix it", patchBody("made/x.c")],
  ] as const) {
    test(`${name} of one title over the years are each compared with few others`, () => {
      const [once, twice] = [1000, 2000].map((count) => {
        const steps: Steps = { taken: 0 };
        const mails = Array.from({ length: count }, (_, at) =>
          countingDates(made({ id: `m${at}@example.org`, subject, body, at: start + at * day }), steps),
        );
        assert.equal(assembleMails(mails).postings.length, name === "cover letters" ? count : 1);
        return steps.taken;
      });
      assert.ok(once !== undefined && twice !== undefined);
      assert.ok(twice <= once * 2.1 + 1000, `${once} and ${twice}`);
    });
  }
});

/** The same mail, whose date counts how often it is looked at. */
function countingDates(mail: MailFacts, steps: Steps): MailFacts {
  const { date } = mail;
  return Object.defineProperty({ ...mail }, "date", {
    enumerable: true,
    get() {
      steps.taken++;
      return date;
    },
  });
}
