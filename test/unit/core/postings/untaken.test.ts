import assert from "node:assert/strict";
import { assembleMails, unusedDiffs } from "../../../../src/core/postings/assembleMails";
import type { MailFacts } from "../../../../src/core/postings/mailFacts";
import { untakenText } from "../../../../src/render/seriesText";
import { bea, diffOf, hour, made, madeSeries, minute, patchBody, start } from "../../../support/madeMail";

const path = "virt/kvm/teapot.c";

function untaken(...mails: ReadonlyArray<MailFacts | readonly MailFacts[]>): Array<readonly [string, string]> {
  const facts = mails.flat<ReadonlyArray<MailFacts | readonly MailFacts[]>>();
  return unusedDiffs(facts, assembleMails(facts).postings).map(({ messageId, reason }) => [messageId, reason]);
}

suite("diffs in no series", () => {
  const series = madeSeries({ id: "v1" });
  const answer = made({
    id: "answer@example.org",
    subject: "Re: [PATCH 2/3] KVM: x86: Warm the teapots",
    from: bea,
    at: start + hour,
    to: "v1-2@example.org",
    body: `Why not this?\n\n${diffOf(path)}`,
  });

  test("whole series leave none; what an answer shows, a program sends or a letter holds is listed with the reason", () => {
    assert.deepEqual(untaken(series), []);
    const robot = made({
      id: "robot@example.org",
      subject: "[tip: x86] KVM: Warm it",
      from: { name: "tip-bot2", email: "tip-bot2@example.org" },
      body: patchBody(path),
    });
    const letter = made({ id: "letter@example.org", subject: "[PATCH 0/9] KVM: All of it", body: patchBody(path) });
    assert.deepEqual(untaken(series, answer, robot, letter).sort(), [
      ["answer@example.org", "It is an answer, and a diff in an answer counts as a suggestion."],
      ["letter@example.org", "It is a cover letter, and cover letters change no files."],
      ["robot@example.org", "A program sent it."],
    ]);
  });

  test("a quoted diff is nobody's, and a patch that came again unchanged is there", () => {
    const quote = made({
      id: "q@example.org",
      subject: "Re: [PATCH 1/3] T",
      to: "v1-1@example.org",
      body: diffOf(path).replace(/^/gm, "> "),
    });
    const again = madeSeries({ id: "again", words: "PATCH RESEND", change: "v1", at: start + hour });
    assert.deepEqual(untaken(series, quote, again), []);
  });

  test("of two mails for one place the one that does not count is listed", () => {
    const second = made({
      id: "v1-9@example.org",
      subject: "[PATCH 2/3] KVM: x86: Warm the teapots",
      at: start + minute,
      to: "v1-0@example.org",
      body: patchBody(path, "other"),
    });
    const found = untaken(series, second);
    assert.deepEqual(
      found.map(([, reason]) => reason),
      ["Another mail stands in its place in the series."],
    );
  });

  test("the order of the mails does not matter, and the list names who, when and what", () => {
    const facts = [...series, answer];
    assert.deepEqual(untaken(facts), untaken([...facts].reverse()));
    const text = untakenText(unusedDiffs(facts, assembleMails(facts).postings));
    assert.equal(
      text,
      `It is an answer, and a diff in an answer counts as a suggestion.\n  ${answer.line}\n      2026-03-01 · Bea Baker <bea@example.org> · answer@example.org\n\n1 mail holds a diff that is in no series.\n`,
    );
    assert.equal(untakenText([]), "Every diff belongs to a series.\n");
  });
});
