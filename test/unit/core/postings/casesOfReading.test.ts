import assert from "node:assert/strict";
import { parseSubject } from "../../../../src/core/mail/subject";
import { parseTrailers } from "../../../../src/core/mail/trailers";
import type { Revision } from "../../../../src/core/series/series";
import { subsystemOf } from "../../../../src/core/subsystem/subsystem";
import {
  alex,
  assembled,
  bea,
  day,
  hour,
  inShort,
  made,
  madeSeries,
  minute,
  patchBody,
  revisionOf,
  revisionsOf,
  start,
} from "../../../support/madeMail";

const path = "arch/x86/kvm/teapot.c";

/** A patch that stands alone. */
function lone(
  id: string,
  subject: string,
  { at = start, from = alex, file = path }: { at?: number; from?: typeof alex; file?: string } = {},
) {
  return made({ id: `${id}@example.org`, subject, at, from, body: patchBody(file, id) });
}

/** The trailers of a patch that others gave, in short. */
function given(revision: Revision | undefined, index: number): string[] {
  const trailers = revision?.patches.find((patch) => patch.index === index)?.trailers ?? [];
  return trailers.filter(({ via }) => via !== "patch").map(({ key, value, via }) => `${key}: ${value} (${via})`);
}

suite("cases found by reading a hundred series of real lists", () => {
  test("a lone patch grows into a series: v3 has all of v2 and another title", () => {
    const v2 = lone("v2", "[PATCH v2] KVM: x86: Warm the teapots");
    const v3 = madeSeries({ id: "v3", words: "PATCH v3", at: start + day });
    assert.deepEqual(revisionsOf(v2, v3).map(inShort), ["v2 n=1: 1", "v3 n=3 cover: 1 2 3"]);
    assert.deepEqual(assembled([v2, ...v3]).series[0]?.links, [{ from: 0, to: 1, evidence: ["overlap"] }]);
    // Whoever split them does not get them back together.
    const split = [{ kind: "split", first: "v2@example.org", second: "v3-0@example.org", note: "" }] as const;
    assert.equal(assembled([v2, ...v3], split).series.length, 2);
  });

  test("a lone patch that went into a series with a version of its own before is another work", () => {
    const patch = lone("x", "[PATCH] KVM: x86: Warm the teapots", { at: start + day });
    const v1 = madeSeries({ id: "v1", titles: ["KVM: x86: Fill the kettle", "KVM: x86: Boil it"] });
    const v2 = madeSeries({
      id: "v2",
      words: "PATCH v2",
      at: start + 2 * day,
      titles: ["KVM: x86: Fill the kettle", "KVM: x86: Warm the teapots"],
    });
    assert.equal(assembled([patch, ...v1, ...v2]).series.length, 2);
    // So is one by somebody else, one that is no version before, and one the series cites another posting in place of.
    const v3 = madeSeries({ id: "v3", words: "PATCH v3", at: start + day });
    const others = [
      lone("b", "[PATCH v2] KVM: x86: Warm the teapots", { from: bea, file: "arch/x86/kvm/other.c" }),
      lone("y", "[PATCH] KVM: x86: Warm the teapots"),
    ];
    for (const other of others) assert.equal(assembled([other, ...v3]).series.length, 2);
    const letter = "Changes since v2:\n- Link to v2: https://lore.kernel.org/r/elsewhere@example.org\n";
    const citing = madeSeries({ id: "v3", words: "PATCH v3", at: start + day, letter });
    assert.equal(assembled([lone("v2", "[PATCH v2] KVM: x86: Warm the teapots"), ...citing]).series.length, 2);
  });

  test("an RFC of one patch becomes 1/1 below a letter with another title", () => {
    const rfc = lone("rfc", "[RFC] KVM: x86: Warm the teapots");
    const v1 = madeSeries({ id: "v1", at: start + day, title: "Teapots that are warm", titles: ["KVM: x86: Warm the teapots"] });
    assert.deepEqual(revisionsOf(rfc, v1).map(inShort), ["v1 rfc n=1: 1", "v1 n=1 cover: 1"]);
    // As one of three patches it went into something larger.
    assert.equal(assembled([rfc, ...madeSeries({ id: "v1", at: start + day })]).series.length, 2);
  });

  test("v6 under new titles goes on with v4 where a patch and most files stayed", () => {
    const paths = ["arch/x86/kvm/a.c", "arch/x86/kvm/b.c", "arch/x86/kvm/c.c"];
    const v4 = madeSeries({
      id: "v4",
      words: "PATCH v4",
      title: "Count walks",
      titles: ["a: Count", "b: Count", "c: Skip what is slow"],
      paths,
    });
    const titles = ["a: Track", "b: Track", "c: Skip what is slow"];
    const v6 = madeSeries({ id: "v6", words: "PATCH v6", title: "Track walks", titles, paths, at: start + 100 * day });
    assert.deepEqual(revisionsOf(v4, v6).map(inShort), ["v4 n=3 cover: 1 2 3", "v6 n=3 cover: 1 2 3"]);
    const late = madeSeries({ id: "v6", words: "PATCH v6", title: "Track walks", titles, paths, at: start + 200 * day });
    assert.equal(assembled([...v4, ...late]).series.length, 2);
  });

  test("a lone patch under a new title is the next version where files and most words are the same", () => {
    const v1 = lone("v1", "[PATCH] KVM: x86: Make KVM_CAP_TEAPOT platform dependent");
    const v2 = lone("v2", "[PATCH v2] KVM: x86: Make KVM_CAP_TEAPOT support platform dependent", { at: start + 100 * day });
    assert.deepEqual(revisionsOf(v1, v2).map(inShort), ["v1 n=1: 1", "v2 n=1: 1"]);
    const another = [
      lone("v2", "[PATCH v2] KVM: x86: Boil the kettle before it is filled", { at: start + day }),
      lone("v2", "[PATCH v2] KVM: x86: Make KVM_CAP_TEAPOT support platform dependent", { at: start + day, file: "arch/x86/kvm/b.c" }),
      lone("v3", "[PATCH v3] KVM: x86: Make KVM_CAP_TEAPOT support platform dependent", { at: start + day }),
      lone("v1b", "[PATCH] KVM: x86: Make KVM_CAP_TEAPOT support platform dependent", { at: start + day }),
    ];
    for (const other of another) assert.equal(assembled([v1, other]).series.length, 2);
  });

  test("the only patch of a letter 0/1 has no number", () => {
    const title = "KVM: x86: Warm the teapots";
    const cover = made({ id: "0@example.org", subject: `[PATCH v5 0/1] ${title}`, body: "Hello.\n" });
    const patch = (words: string, from = alex) =>
      made({ id: "1@example.org", subject: `[${words}] ${title}`, from, at: start + minute, to: "0@example.org", body: patchBody(path) });
    assert.equal(inShort(revisionOf(cover, patch("PATCH v5"))), "v5 n=1 cover: 1");
    assert.equal(assembled([cover, patch("PATCH v6")]).series[0]?.revisions.length, 2);
  });

  test("a new version of one patch under another title, sent below it, takes its place when it changes the same files", () => {
    const v1 = madeSeries({ id: "v1" });
    const comment = made({
      id: "c@example.org",
      subject: "Re: [PATCH 2/3] x",
      from: bea,
      at: start + hour,
      to: "v1-2@example.org",
      body: "Title?",
    });
    const again = (file: string) =>
      made({
        id: "v2@example.org",
        subject: "[PATCH v2] KVM: x86: teapot: Heat the teapots",
        at: start + day,
        to: "c@example.org",
        body: patchBody(file, "again"),
      });
    const [, second] = revisionsOf(v1, comment, again("arch/x86/kvm/warm.c"));
    assert.ok(second);
    assert.deepEqual([inShort(second), second.title], ["v2 n=3: 1<v1 2 3<v1", "KVM: x86: Add teapots"]);
    assert.deepEqual(
      assembled([...v1, comment, again("arch/x86/kvm/kettle.c")]).series.map(({ revisions }) => revisions.map(inShort)),
      [["v2 n=1: 1"], ["v1 n=3 cover: 1 2 3"]],
    );
  });

  test("what was said of a patch that a partial reroll leaves as it was still holds", () => {
    const reply = (id: string, to: string, body: string) =>
      made({ id: `${id}@example.org`, subject: "Re: [PATCH] x", from: bea, at: start + hour, to: `${to}@example.org`, body });
    const acked = "Acked-by: Bea Baker <bea@example.org>";
    const next = made({
      id: "v2-2@example.org",
      subject: "[PATCH v2 2/3] KVM: x86: Warm the teapots",
      at: start + day,
      to: "v1-2@example.org",
      body: patchBody("arch/x86/kvm/warm.c", "next"),
    });
    const tested = "Tested-by: Bea Baker <bea@example.org>";
    const mails = [...madeSeries({ id: "v1" }), next, reply("a", "v1-1", acked), reply("b", "v1-2", acked), reply("c", "v1-0", tested)];
    const second = revisionsOf(mails)[1];
    const [ack, test] = ["Acked-by: Bea Baker <bea@example.org> (reply)", "Tested-by: Bea Baker <bea@example.org> (cover)"];
    // The changed patch has to be looked at again.
    assert.deepEqual(
      [1, 2, 3].map((index) => given(second, index)),
      [[ack, test], [], [test]],
    );
  });

  test("Fixes: with the patch's own title is for what follows up on it", () => {
    const patch = lone("v1", "[PATCH] KVM: x86: Warm the teapots");
    const reply = made({
      id: "r@example.org",
      subject: "Re: [PATCH] KVM: x86: Warm the teapots",
      from: bea,
      to: "v1@example.org",
      body: 'Fixes: 0123456789ab ("KVM: x86: Warm the teapots")\nFixes: ba9876543210 ("KVM: x86: Add teapots")\n',
    });
    assert.deepEqual(given(revisionOf(patch, reply), 1), ['Fixes: ba9876543210 ("KVM: x86: Add teapots") (reply)']);
  });

  test("To: among the trailers is no prose, however many there are", () => {
    const to = Array.from({ length: 20 }, (_, at) => `To: Reader ${at} <reader${at}@example.org>\n`).join("");
    const body = patchBody(path, "1", `Do it.\n\n${to}Cc: Bea Baker <bea@example.org>`).replace("\n\nSigned-off", "\nSigned-off");
    const [patch] = revisionOf(made({ id: "1@example.org", subject: "[PATCH] KVM: x86: Warm the teapots", body })).patches;
    assert.deepEqual(
      patch?.trailers.map(({ key }) => key),
      ["Cc", "Signed-off-by"],
    );
  });

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

  test("a series is no RFC because a few of its patches are", () => {
    const mails = madeSeries({ id: "v1" }).map((mail) =>
      mail.subject.index === 3 ? { ...mail, subject: { ...mail.subject, rfc: true } } : mail,
    );
    assert.equal(revisionOf(mails).rfc, false);
  });

  test("a cover letter with patches of its own takes none of another series sent minutes before", () => {
    const sent = (id: string, cover: boolean, at: number) =>
      [1, 2, 3].map((index) =>
        made({
          id: `${id}-${index}@example.org`,
          subject: `[PATCH ${index}/3] KVM: x86: Step ${index} of ${id}`,
          at: at + index * 1000,
          ...(cover ? { to: `${id}-0@example.org` } : index > 1 ? { to: `${id}-1@example.org` } : {}),
          body: patchBody(path, `${id} ${index}`),
        }),
      );
    const letter = made({ id: "late-0@example.org", subject: "[PATCH 0/3] KVM: x86: Late", at: start + 5 * minute, body: "A letter.\n" });
    const { series } = assembled([letter, ...sent("early", false, start), ...sent("late", true, start + 5 * minute)]);
    const revisions = series.flatMap((one) => one.revisions).sort((a, b) => (a.date ?? "").localeCompare(b.date ?? ""));
    assert.deepEqual(
      revisions.map((one) => `${inShort(one)}; ${one.patches.map(({ messageId }) => messageId ?? "").join(" ")}`),
      [
        "v1 n=3: 1 2 3; early-1@example.org early-2@example.org early-3@example.org",
        "v1 n=3 cover: 1 2 3; late-1@example.org late-2@example.org late-3@example.org",
      ],
    );
  });

  test("a subject line that was pasted with its name", () => {
    const { title, prefixes, index, expected, reply } = parseSubject("[GIT PULL v1 0/1] Subject: [GIT PULL v1 0/1] KVM: s390: One fix");
    assert.deepEqual([title, prefixes, index, expected, reply], ["KVM: s390: One fix", ["GIT", "PULL"], 0, 1, false]);
    assert.equal(parseSubject("[PATCH] Subject: what it is").title, "Subject: what it is");
  });

  test("the ways to say PowerPC", () => {
    const files = [{ path: "arch/powerpc/kvm/book3s_64_vio.c", changed: 3 }];
    const group = (title: string) => subsystemOf({ title, prefixes: ["PATCH"], files }, { userRules: [] });
    assert.equal(group("kvm/book3s_64: Fix the cleaning of vhost IOTLB"), "ppc");
    assert.equal(group("Enable IOMMU support for pseries guests"), "ppc");
  });
});
