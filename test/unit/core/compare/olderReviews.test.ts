/** Reviews of older revisions: which hold for the next one, and which are of what a patch was. */
import assert from "node:assert/strict";
import { mailIdsToCompare, revisionsToCompare, withOlderReviews } from "../../../../src/core/compare/olderReviews";
import type { Author } from "../../../../src/core/mail/author";
import type { Mail } from "../../../../src/core/mail/mail";
import { mailFactsOf } from "../../../../src/core/postings/mailFacts";
import { finished } from "../../../../src/core/steps";
import { patchKey } from "../../../../src/index/hashes";
import { adding, bodyOf, drifted, hunk, type MadePatch, postingOf } from "../../../support/comparedSeries";
import { bea, cleo, context, day, madeMail, revisionsOf, start } from "../../../support/madeMail";

const count = adding("KVM: x86: Count the teapots", "arch/x86/kvm/teapot.c", "	count_teapots(kvm);", "	tell_teapots(kvm);");
const warm = adding("KVM: x86: Warm the teapots", "arch/x86/kvm/warm.c", "	warm_teapot(vcpu);", "	wait_for_steam(vcpu);");
const hot = adding("KVM: x86: Warm the teapots", "arch/x86/kvm/warm.c", "	warm_teapot(vcpu);", "	wait_for_whistle(vcpu);");
const byBea = "Reviewed-by: Bea Baker <bea@example.org>\n";
const byCleo = "Acked-by: Cleo Carver <cleo@example.net>\n";

/** An answer to a mail such as `v1-2`. */
function answer(to: string, body: string, from: Author = bea): Mail {
  const at = start + Number(to.slice(1, to.indexOf("-"))) * day + 60_000;
  return madeMail({ id: `${to}-${from.name}`, subject: "Re: Tea", from, at, to: `${to}@example.org`, body });
}

/** What is said of the patches of the newest revision: `1: Reviewed-by Bea of v1`, with `was` for one that changed since. */
function said(mails: readonly Mail[], lost: readonly string[] = []): string[] {
  const revisions = revisionsOf(mails.map((mail) => mailFactsOf(mail, { ...context, patchId: patchKey })));
  const newest = revisions.at(-1);
  assert(newest);
  const compared = revisionsToCompare(revisions, revisions.length - 1);
  const ids = mailIdsToCompare(newest, compared).filter((id) => !lost.includes(id));
  const wanted = mails.filter(({ messageId }) => ids.includes(messageId ?? ""));
  const read = finished(withOlderReviews(newest, compared, new Map(wanted.map((mail) => [mail.messageId ?? "", mail]))));
  return read.patches.flatMap(({ index, trailers, former = [] }) =>
    [trailers.filter(({ via }) => via !== "patch"), former].flatMap((list, which) =>
      list.map(
        ({ key, value, revision }) =>
          `${index ?? "?"}: ${which === 1 ? "was " : ""}${key} ${value.split(" ")[0] ?? ""}${revision === undefined ? "" : ` of ${revision}`}`,
      ),
    ),
  );
}

suite("reviews of older revisions", () => {
  test("hold while only context and line numbers drift, and are past where the patch changed", () => {
    const mails = [
      ...postingOf(1, [count, warm]),
      answer("v1-1", byBea),
      answer("v1-2", byBea),
      answer("v1-0", byCleo, cleo),
      ...postingOf(2, [drifted(count), hot]),
    ];
    assert.deepEqual(said(mails), [
      "1: Reviewed-by Bea of v1",
      "1: Acked-by Cleo of v1",
      "2: was Reviewed-by Bea of v1",
      "2: was Acked-by Cleo of v1",
    ]);
  });

  test("are not past when they were given again, or the author kept them", () => {
    const kept = { ...hot, trailers: [byCleo.trim()] };
    const mails = [
      ...postingOf(1, [count, warm]),
      answer("v1-2", byBea),
      answer("v1-2", byCleo, cleo),
      ...postingOf(2, [count, kept]),
      answer("v2-2", byBea),
    ];
    assert.deepEqual(said(mails), ["2: Reviewed-by Bea"]);
  });

  test("are those of the nearest revision, and hold again for a patch that is as it was", () => {
    const mails = [
      ...postingOf(1, [count, warm]),
      answer("v1-1", byBea),
      answer("v1-2", byBea),
      ...postingOf(2, [count, hot]),
      answer("v2-2", byBea),
      answer("v2-2", byCleo, cleo),
      ...postingOf(3, [drifted(count), drifted(warm)]),
    ];
    assert.deepEqual(said(mails), ["1: Reviewed-by Bea of v1", "2: Reviewed-by Bea of v1", "2: was Acked-by Cleo of v2"]);
  });

  test("of a patch that was split are past for its parts", () => {
    const both: MadePatch = {
      title: "KVM: x86: Boil the teapots",
      files: {
        "a.c": [hunk("one", ["+	fill_the_teapot();", "+	close_the_lid();", "+	light_the_stove();", "+	wait_for_boiling();"])],
        "b.c": [hunk("two", ["+	take_a_cup();", "+	take_a_saucer();", "+	take_a_spoon();", "+	take_the_sugar();"])],
      },
    };
    const parts = Object.entries(both.files).map(([path, hunks], at): MadePatch => ({
      title: at === 0 ? both.title : "KVM: x86: Set the table",
      files: { [path]: hunks },
    }));
    const mails = [...postingOf(1, [both]), answer("v1-1", byBea), ...postingOf(2, parts)];
    assert.deepEqual(said(mails), ["1: was Reviewed-by Bea of v1", "2: was Reviewed-by Bea of v1"]);
  });

  test("say nothing where a mail is gone, and need none where the patches are the same", () => {
    const mails = [...postingOf(1, [count, warm]), answer("v1-2", byBea), ...postingOf(2, [count, hot])];
    assert.deepEqual(said(mails, ["v1-2@example.org"]), []);
    const same = [...postingOf(1, [count, warm]), answer("v1-2", byBea), ...postingOf(2, [warm, hot])];
    assert.deepEqual(said(same, ["v1-2@example.org", "v2-1@example.org"]), ["1: Reviewed-by Bea of v1"]);
  });

  test("five thousand reviews, answers in a circle and answers to nothing are read in time", () => {
    const person = (at: number): Author => ({ name: `P${at}`, email: `p${at}@example.org` });
    const many = Array.from({ length: 5000 }, (_, at) =>
      madeMail({
        id: `many-${at}`,
        subject: "Re: Tea",
        from: person(at),
        at: start + day + at * 1000,
        to: at % 2 === 0 ? "v1-2@example.org" : "v1-1@example.org",
        body: `Reviewed-by: P${at} <p${at}@example.org>\n`,
      }),
    );
    const odd = [
      madeMail({ id: "to-nothing", subject: "Re: Tea", from: bea, to: "nowhere@example.org", body: byBea }),
      madeMail({ id: "in-circle", subject: "Re: Tea", from: bea, to: "in-circle", references: ["in-circle", "in-circle-2"], body: byBea }),
      madeMail({ id: "in-circle-2", subject: "Re: Tea", from: bea, to: "in-circle", references: ["in-circle"], body: byBea }),
      madeMail({
        id: "no-address",
        subject: "Re: Tea",
        from: bea,
        to: "v1-1@example.org",
        body: "Reviewed-by: Bea Baker\nReviewed-by:\nAcked-by: <>\n",
      }),
    ];
    const began = performance.now();
    const rows = said([...postingOf(1, [count, warm]), ...many, ...odd, ...postingOf(2, [drifted(count), hot])]);
    assert.equal(rows.filter((row) => /^1: Reviewed-by P\d+ of v1$/.test(row)).length, 2500);
    assert.equal(rows.filter((row) => /^2: was Reviewed-by P\d+ of v1$/.test(row)).length, 2500);
    assert.equal(rows.length, 5000);
    assert(performance.now() - began < 10_000);
  });

  test("of two mails that claim one patch the one that counts has the reviews", () => {
    const again = madeMail({
      id: "again",
      subject: `[PATCH v2 2/2] ${warm.title}`,
      at: start + 2 * day + 3_600_000,
      to: "v2-2@example.org",
      body: bodyOf(drifted(warm)),
    });
    const mails = [...postingOf(1, [count, warm]), answer("v1-2", byBea), ...postingOf(2, [count, hot]), answer("v2-2", byCleo, cleo)];
    assert.deepEqual(said(mails), ["2: Acked-by Cleo", "2: was Reviewed-by Bea of v1"]);
    assert.deepEqual(said([...mails, again]), ["2: Reviewed-by Bea of v1"]);
  });
});
