import assert from "node:assert/strict";
import type { MailFacts } from "../../../../src/core/postings/mailFacts";
import { apart, type JoinCase, joined } from "../../../support/joinCases";
import { assembled, made } from "../../../support/madeMail";

/** The revisions and the evidence of each series, sorted. */
function summary(facts: readonly MailFacts[]): string[] {
  return assembled(facts)
    .series.map(
      ({ revisions, links }) =>
        `${revisions.map(({ version }) => `v${version}`).join(" ")}: ${links.map(({ evidence }) => evidence.join("+")).join(" ")}`,
    )
    .sort();
}

function factsOfCase({ postings }: JoinCase): MailFacts[] {
  return postings.flat().map(made);
}

suite("joins", () => {
  for (const one of [...joined, ...apart]) {
    test(one.name, () => {
      const facts = factsOfCase(one);
      assert.deepEqual(summary(facts), one.expected);
      assert.deepEqual(summary(facts.toReversed()), one.expected);
    });
  }
});
