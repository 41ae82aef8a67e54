import assert from "node:assert/strict";
import { assembled, made } from "../../../support/madeMail";
import { apart, joined, type JoinCase } from "../../../support/joinCases";
import type { MailFacts } from "../../../../src/core/assembly/mailFacts";

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
