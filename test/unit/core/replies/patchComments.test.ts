/** The comments on a patch as they are read from its mails: whose they are, and which questions wait for the author. */
import assert from "node:assert/strict";
import { patchComments } from "../../../../src/core/replies/patchComments";
import type { Author } from "../../../../src/core/mail/author";
import { assembleMails } from "../../../../src/core/postings/assembleMails";
import { alex, bea, cleo, context, day, madeMail, patchBody, start } from "../../../support/madeMail";
import { mailFactsOf } from "../../../../src/core/postings/mailFacts";

const robot: Author = { name: "kernel test robot", email: "lkp@intel.com" };
const line = "> +int added_1;\n\n";

/** What is said of a patch by its replies, each given as who answers what: an open question, a robot, or nothing. */
function said(...replies: ReadonlyArray<readonly [from: Author, to: string, body: string]>): string[] {
  const subject = "[PATCH] KVM: Add a number";
  const mails = [
    madeMail({ id: "p", subject, body: patchBody("virt/kvm/kvm_main.c") }),
    ...replies.map(([from, to, body], at) =>
      madeMail({ id: `r${at}`, subject: `Re: ${subject}`, from, to, body, at: start + (at + 1) * day }),
    ),
  ];
  const [posting] = assembleMails(mails.map((mail) => mailFactsOf(mail, context))).postings;
  assert.ok(posting);
  const byId = new Map(mails.map((mail) => [mail.messageId ?? "", mail]));
  return patchComments(posting.revision, 0, byId).map(({ reply, robot: name, isOpen, place }) =>
    [`r${reply}`, name ?? "", isOpen ? "open" : "", place ? String(place.number) : ""].join(" "),
  );
}

suite("comments on a patch", () => {
  test("a question waits until the author answers it", () => {
    assert.deepEqual(said([bea, "p", `${line}Why is it here?`]), ["r0  open 11"]);
    assert.deepEqual(said([bea, "p", `${line}Why is it here?`], [alex, "r0", `> ${line}> Why is it here?\n\nIt has to be.`]), [
      "r0   11",
      "r1   11",
    ]);
    assert.deepEqual(said([bea, "p", `${line}It is wrong here.`]), ["r0   11"]);
  });

  test("the answer of somebody else is none, but the author may answer below it", () => {
    const asked = [bea, "p", `${line}Why is it here?`] as const;
    const other = [cleo, "r0", "> Why is it here?\n\nI think it counts."] as const;
    assert.deepEqual(said(asked, other), ["r0  open 11", "r1   11"]);
    assert.deepEqual(said(asked, other, [alex, "r1", "> I think it counts.\n\nIt does."]), ["r0   11", "r1   11", "r2   11"]);
  });

  test("of two questions the one that the author passes over waits; one answer to all is an answer to each", () => {
    const asked = [bea, "p", `${line}Why is it here?\n\n>  int b;\n\nAnd what is this?`] as const;
    assert.deepEqual(said(asked, [alex, "r0", "> And what is this?\n\nA number."]), ["r0  open 11", "r0   12", "r1   12"]);
    assert.deepEqual(said(asked, [alex, "r0", "Good questions, see v2."]), ["r0   11", "r0   12", "r1   "]);
  });

  test("neither the author nor a robot asks the author", () => {
    assert.deepEqual(said([alex, "p", `${line}Should this be static?`]), ["r0   11"]);
    assert.deepEqual(said([robot, "p", `${line}Does this leak?`]), ["r0 kernel test robot  11"]);
  });
});
