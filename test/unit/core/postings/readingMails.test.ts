/** What is read of subjects, dates and texts of mails, where it needs no whole mail; whole ones are in test/cases/mail. */
import assert from "node:assert/strict";
import { readMail } from "../../../../src/core/mail/mail";
import { openPatchMail, patchMbox } from "../../../../src/core/mail/patchMail";
import { parseSubject } from "../../../../src/core/mail/subject";
import { parseTrailers } from "../../../../src/core/mail/trailers";
import { mailFactsOf } from "../../../../src/core/postings/mailFacts";
import { subsystemNamer } from "../../../../src/core/subsystem/subsystem";
import { context, hour, inShort, madeMail, patchBody, revisionOf, start } from "../../../support/madeMail";

const body = patchBody("virt/kvm/teapot.c");

suite("subjects", () => {
  test("version, comma and several words in the brackets", () => {
    const read = (text: string): unknown[] => {
      const { version, index, expected, prefixes } = parseSubject(text);
      return [version, index, expected, prefixes.join(" ")];
    };
    assert.deepEqual(read("[PATCHv3] T"), [3, null, null, "PATCH"]);
    assert.deepEqual(read("[PATCH,v3,1/2] T"), [3, 1, 2, "PATCH"]);
    assert.deepEqual(read("[PATCH;V3;1/2] T"), [3, 1, 2, "PATCH"]);
    assert.deepEqual(read("[RFC PATCH net-next v3 02/16] T"), [3, 2, 16, "RFC PATCH net-next"]);
    assert.deepEqual(read("[patch v2,1/3] T"), [2, 1, 3, "patch"]);
    assert.deepEqual(read("PATCH v4 00/11] T"), [4, 0, 11, "PATCH"]);
  });

  test("`1 of 5`, `PATCH1/8`, `v2PATCH12/15`", () => {
    const read = (text: string): unknown[] => [parseSubject(text).version, parseSubject(text).index, parseSubject(text).expected];
    assert.deepEqual(read("[PATCH 1 of 5] T"), [1, 1, 5]);
    assert.deepEqual(read("[PATCH1/8] T"), [1, 1, 8]);
    assert.deepEqual(read("[v2PATCH12/15] T"), [2, 12, 15]);
  });

  test("brackets in brackets", () => {
    const { index, expected, title } = parseSubject("[PATCH [foo] 1/2] KVM: Do it");
    assert.deepEqual([index, expected, title], [1, 2, "KVM: Do it"]);
  });

  test("a subject line that was pasted with its name", () => {
    const { title, prefixes, index, expected, reply } = parseSubject("[GIT PULL v1 0/1] Subject: [GIT PULL v1 0/1] KVM: s390: One fix");
    assert.deepEqual([title, prefixes, index, expected, reply], ["KVM: s390: One fix", ["GIT", "PULL"], 0, 1, false]);
    assert.equal(parseSubject("[PATCH] Subject: what it is").title, "Subject: what it is");
  });

  test("the ways to say PowerPC", () => {
    const files = [{ path: "arch/powerpc/kvm/book3s_64_vio.c", changed: 3 }];
    const group = (title: string): string => subsystemNamer({ userRules: [] })({ title, prefixes: ["PATCH"], files });
    assert.equal(group("kvm/book3s_64: Fix the cleaning of vhost IOTLB"), "ppc");
    assert.equal(group("Enable IOMMU support for pseries guests"), "ppc");
  });
});

suite("dates and ids", () => {
  test("a wrong, bad or missing date is the archive's, never now", () => {
    const committed = start;
    const dated = (date: number | null, at: number | null = committed): number =>
      mailFactsOf({ ...madeMail({ id: "m@example.org", subject: "T" }), date }, { ...context, committed: at }).date;
    assert.equal(dated(start - hour), start - hour);
    assert.equal(dated(start + hour), start + hour);
    assert.equal(dated(Date.UTC(2099, 0, 1)), committed);
    assert.equal(dated(0), committed);
    assert.equal(dated(null), committed);
    assert.equal(dated(null, null), 0);
    const undated = { ...madeMail({ id: "m@example.org", subject: "[PATCH] T", body }), date: null };
    assert.equal(revisionOf(mailFactsOf(undated, context)).date, null);
  });

  test("a mail without a Message-ID is named by its place", () => {
    const mail = madeMail({ id: "", subject: "[PATCH] KVM: T", body, to: "gone@example.org" });
    const facts = mailFactsOf(mail, { ...context, place: "0123abcd" });
    assert.equal(facts.messageId, "0123abcd@no-message-id.invalid");
    assert.equal(inShort(revisionOf(facts)), "v1 n=1: 1");
  });
});

suite("texts", () => {
  test("a changelog or a note below the trailers does not hide them", () => {
    const keys = (below: string): string[] =>
      parseTrailers(
        `Do it.\n\nReviewed-by: Bea Baker <bea@example.org>\nSigned-off-by: Alex Archer <alex@example.org>\n\n${below}`,
        "patch",
      ).map(({ key }) => key);
    const both = ["Reviewed-by", "Signed-off-by"];
    assert.deepEqual(keys("v3: fix the message.\n    and say who reviewed it.\n\nChanges since v1:\n- Rebase.\n"), both);
    assert.deepEqual(keys("References:\n1 : https://example.org/\n"), both);
  });

  test("a sentence with a colon is no field", () => {
    const text = "From: a@example.org\nSubject: T\nMessage-ID: <m@example.org>\nThis is so : I think.\n";
    const read = readMail(Buffer.from(text));
    assert.deepEqual([read.problems[0], read.body], ["The headers end without an empty line.", "This is so : I think.\n"]);
  });

  test("each patch of a mail is a mail of the mbox, by its own author and date", () => {
    const from = "From 2222222222222222222222222222222222222222 Mon Sep 17 00:00:00 2001\n";
    const second = `${from}From: Bea Baker <bea@example.org>\nDate: Mon, 2 Mar 2026 07:00:00 +0000\nSubject: [PATCH 2/2] KVM: Pour it\n\n${patchBody("virt/kvm/teapot.c", "2", "Pour.")}`;
    const head = "From: Alex Archer <alex@example.org>\nSubject: [PATCH] KVM: Warm it\nDate: Mon, 2 Mar 2026 08:00:00 +0000\n";
    const mail = openPatchMail(Buffer.from(`${head}Message-ID: <p@example.org>\n\n${body}\n${second}`));
    const [first, next, none] = [0, 1, 2].map((place) => patchMbox(mail, place));
    assert.match(first ?? "", /^From: Alex Archer.*\nDate: .* 08:00:00 .*\nSubject: \[PATCH\] KVM: Warm it$/m);
    assert.ok(!first?.includes("Pour"));
    assert.match(next ?? "", /^From: Bea Baker.*\nDate: .* 07:00:00 .*\nSubject: \[PATCH 2\/2\] KVM: Pour it$/m);
    assert.equal(none, null);
  });
});
