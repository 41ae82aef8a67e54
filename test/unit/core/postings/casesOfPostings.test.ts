import assert from "node:assert/strict";
import { parseSubject } from "../../../../src/core/mail/subject";
import {
  alex,
  assembled,
  bea,
  cleo,
  day,
  diffOf,
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

/** Numbers and sentences are those of the research on how peers assemble series; what is right was thought out on the mails. */
suite("cases 1 to 20: which mails are one posting", () => {
  test("case 1: version, comma and several words in the brackets", () => {
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

  test("case 2: `1 of 5`, `PATCH1/8`, `v2PATCH12/15`", () => {
    const read = (text: string): unknown[] => [parseSubject(text).version, parseSubject(text).index, parseSubject(text).expected];
    assert.deepEqual(read("[PATCH 1 of 5] T"), [1, 1, 5]);
    assert.deepEqual(read("[PATCH1/8] T"), [1, 1, 8]);
    assert.deepEqual(read("[v2PATCH12/15] T"), [2, 12, 15]);
  });

  test("case 3: `v5.1 2/3` is a re-roll point of v5", () => {
    const again = made({
      id: "p@example.org",
      subject: "[PATCH v5.1 2/3] KVM: x86: Warm the teapots",
      at: start + day,
      to: "v5-2@example.org",
      body: patchBody("arch/x86/kvm/warm.c", "point"),
    });
    const revisions = revisionsOf(madeSeries({ id: "v5", words: "PATCH v5" }), again);
    assert.deepEqual(revisions.map(inShort), ["v5 n=3 cover: 1 2 3", "v5.1 n=3: 1<v5 2 3<v5"]);
    assert.equal(revisions[1]?.title, "KVM: x86: Add teapots");
  });

  test("case 4: brackets in brackets", () => {
    const { index, expected, title } = parseSubject("[PATCH [foo] 1/2] KVM: Do it");
    assert.deepEqual([index, expected, title], [1, 2, "KVM: Do it"]);
  });

  test("case 5: reply marks of many languages are no patches", () => {
    for (const mark of ["Re:", "AW:", "Fwd:", "SV:", "回复：", "RE: Re:"]) {
      const reply = made({
        id: "r@example.org",
        subject: `${mark} [PATCH 1/3] KVM: x86: Count the teapots`,
        from: bea,
        to: "v1-1@example.org",
        body: "Fine.",
      });
      assert.equal(reply.kind, "reply", mark);
      assert.equal(inShort(revisionOf(madeSeries({ id: "v1" }), reply)), "v1 n=3 cover: 1 2 3");
    }
  });

  test("case 6: a reply that lost its Re: and holds only a trailer", () => {
    const reply = made({
      id: "r@example.org",
      subject: "[PATCH 2/3] KVM: x86: Warm the teapots",
      from: bea,
      at: start + hour,
      to: "v1-2@example.org",
      body: "Reviewed-by: Bea Baker <bea@example.org>\n",
    });
    const revision = revisionOf(madeSeries({ id: "v1" }), reply);
    assert.equal(inShort(revision), "v1 n=3 cover: 1 2 3");
    assert.deepEqual(revision.patches[1]?.trailers.at(-1), {
      key: "Reviewed-by",
      value: "Bea Baker <bea@example.org>",
      via: "reply",
      messageId: "r@example.org",
    });
  });

  test("case 7: a new patch in a reply is listed as a loose patch of the thread", () => {
    const reply = made({
      id: "r@example.org",
      subject: "Re: [PATCH 2/3] KVM: x86: Warm the teapots",
      from: bea,
      at: start + hour,
      to: "v1-2@example.org",
      body: `Why not this?\n\n-- >8 --\nSubject: KVM: x86: Warm them better\n\n${diffOf("arch/x86/kvm/better.c")}`,
    });
    const revision = revisionOf(madeSeries({ id: "v1" }), reply);
    assert.deepEqual(
      revision.posted?.replies.map(({ kind, patch }) => [kind, patch]),
      [["loose-patch", 2]],
    );
    assert.ok(!revision.files.includes("arch/x86/kvm/better.c"));
  });

  test("case 8: a quoted diff touches no files", () => {
    const quoted = diffOf("arch/x86/kvm/warm.c").replace(/^/gm, "> ");
    const reply = made({
      id: "r@example.org",
      subject: "Re: [PATCH 2/3] KVM: x86: Warm the teapots",
      from: bea,
      to: "v1-2@example.org",
      body: quoted,
    });
    assert.equal(reply.hasDiff, false);
    assert.deepEqual(reply.patches, []);
    assert.equal(revisionOf(madeSeries({ id: "v1" }), reply).posted?.replies[0]?.kind, "comment");
  });

  test("case 9: a top-posted reply without Re: that repeats the diff is no patch", () => {
    const [, , second] = madeSeries({ id: "v1" });
    const reply = made({
      id: "r@example.org",
      subject: "[PATCH 2/3] KVM: x86: Warm the teapots",
      from: bea,
      at: start + hour,
      to: "v1-2@example.org",
      body: `Looks good to me.\n\n${patchBody("arch/x86/kvm/warm.c", "v1_2")}`,
    });
    assert.equal(second?.patches[0]?.patchId, reply.patches[0]?.patchId);
    const revision = revisionOf(madeSeries({ id: "v1" }), reply);
    assert.equal(inShort(revision), "v1 n=3 cover: 1 2 3");
    assert.equal(revision.posted?.replies.length, 1);
    assert.equal(revision.patches[1]?.messageId, "v1-2@example.org");
  });

  test("case 10: a cover letter without a number", () => {
    const letter = made({ id: "c@example.org", subject: "[PATCH] KVM: x86: Add teapots", body: "These add teapots.\n" });
    const revision = revisionOf(letter, madeSeries({ id: "v1", cover: false, to: "c@example.org", at: start + minute }));
    assert.equal(inShort(revision), "v1 n=3 cover: 1 2 3");
    assert.deepEqual([revision.title, revision.messageId], ["KVM: x86: Add teapots", "c@example.org"]);
  });

  test("case 11: patches that do not answer their cover letter", () => {
    const cover = made({ id: "hand-written@example.org", subject: "[PATCH 0/3] KVM: x86: Add teapots", body: "Hello.\n" });
    const patches = madeSeries({ id: "20260301100500.4711", cover: false, at: start + 5 * minute });
    assert.equal(inShort(revisionOf(cover, patches)), "v1 n=3 cover: 1 2 3");
  });

  test("case 12: no cover letter, patches answer 1/n", () => {
    const revision = revisionOf(madeSeries({ id: "v1", cover: false }));
    assert.equal(inShort(revision), "v1 n=3: 1 2 3");
    assert.equal(revision.title, "KVM: x86: Count the teapots");
  });

  test("case 13: no cover letter and no thread, by the Message-IDs of git-send-email or by time", () => {
    const id = (number: number): string => `20260301100000.4711-${number}-alex@example.org`;
    const sent = [1, 2, 3].map((index) =>
      made({
        id: id(index),
        subject: `[PATCH ${index}/3] KVM: Part ${index}`,
        at: start + index * hour,
        body: patchBody(`made/${index}.c`),
      }),
    );
    assert.equal(inShort(revisionOf(sent)), "v1 n=3: 1 2 3");
    assert.equal(inShort(revisionOf(madeSeries({ id: "v1", cover: false, thread: "none" }))), "v1 n=3: 1 2 3");
    // A day apart nothing says that they belong together.
    const apart = [1, 2].map((index) =>
      made({
        id: `m${index}@example.org`,
        subject: `[PATCH ${index}/2] KVM: Part ${index}`,
        at: start + index * day,
        body: patchBody(`made/${index}.c`),
      }),
    );
    assert.equal(assembled(apart).series.length, 2);
  });

  test("case 14: each patch answers the one before", () => {
    assert.equal(inShort(revisionOf(madeSeries({ id: "v1", thread: "deep" }))), "v1 n=3 cover: 1 2 3");
  });

  test("case 15: v2 as a reply to v1 is a revision of its own", () => {
    const second = madeSeries({ id: "v2", words: "PATCH v2", at: start + day, to: "v1-0@example.org" });
    const { series } = assembled([...madeSeries({ id: "v1" }), ...second]);
    assert.deepEqual(series[0]?.revisions.map(inShort), ["v1 n=3 cover: 1 2 3", "v2 n=3 cover: 1 2 3"]);
    assert.deepEqual(series[0].links, [{ from: 0, to: 1, evidence: ["in-reply-to", "same-title"] }]);
  });

  test("case 16: a different series as a reply to a series stays apart", () => {
    const other = madeSeries({
      id: "20260301120000.12",
      title: "KVM: arm64: Remove kettles",
      titles: ["KVM: arm64: Drop kettles", "KVM: arm64: Drop lids", "KVM: arm64: Drop spouts"],
      paths: ["arch/arm64/kvm/a.c", "arch/arm64/kvm/b.c", "arch/arm64/kvm/c.c"],
      at: start + 2 * hour,
      to: "v1-2@example.org",
    });
    for (const cover of [true, false]) {
      const mails = cover
        ? other
        : other
            .slice(1)
            .map((mail, at) =>
              at === 0 ? { ...mail, inReplyTo: "v1-0@example.org" } : { ...mail, inReplyTo: "20260301120000.12-1@example.org" },
            );
      const { series } = assembled([...madeSeries({ id: "v1" }), ...mails]);
      assert.deepEqual(
        series.map(({ revisions }) => revisions.map(inShort).join()).sort(),
        ["v1 n=3 cover: 1 2 3", `v1 n=3${cover ? " cover" : ""}: 1 2 3`].sort(),
      );
    }
  });

  test("case 17: patch 2/3 is missing and has a slot", () => {
    const mails = madeSeries({ id: "v1", without: [2] });
    const revision = revisionOf(mails.map((mail) => ({ ...mail, cc: [{ name: "", email: "linux-kselftest@vger.kernel.org" }, cleo] })));
    assert.equal(inShort(revision), "v1 n=3 cover: 1 - 3");
    assert.deepEqual(revision.missing, [2]);
    assert.deepEqual(revision.posted?.otherLists, ["linux-kselftest@vger.kernel.org"]);
  });

  test("case 18: more patches than announced", () => {
    const sixth = made({
      id: "v1-4@example.org",
      subject: "[PATCH 4/3] KVM: x86: Wash up",
      to: "v1-2@example.org",
      at: start + hour,
      body: patchBody("made/wash.c"),
    });
    const revision = revisionOf(madeSeries({ id: "v1" }), sixth);
    assert.equal(inShort(revision), "v1 n=3 cover: 1 2 3 4");
    assert.deepEqual(revision.posted?.oddities, ["4/3 is more than the subjects announce."]);
  });

  test("case 19: two mails for one slot", () => {
    const better = made({
      id: "again@example.org",
      subject: "[PATCH 2/3] KVM: x86: Warm the teapots",
      to: "v1-2@example.org",
      at: start + hour,
      body: patchBody("arch/x86/kvm/warm.c", "better"),
    });
    const revision = revisionOf(madeSeries({ id: "v1" }), better);
    assert.equal(inShort(revision), "v1 n=3 cover: 1 2 3");
    assert.equal(revision.patches[1]?.messageId, "again@example.org");
    assert.deepEqual(revision.patches[1].rivals, ["v1-2@example.org"]);
    // A file left over in the folder that git-send-email was given.
    const run = ["0/2] T", "1/2] KVM: Old name", "1/2] KVM: New name", "2/2] KVM: Second"].map((subject, at) =>
      made({
        id: `20260301100000.4711-${at + 1}-alex@example.org`,
        subject: `[PATCH ${subject}`,
        at: start + at * 1000,
        ...(at > 0 ? { to: "20260301100000.4711-1-alex@example.org", body: patchBody("made/x.c", `${at}`) } : {}),
      }),
    );
    const leftover = revisionOf(run);
    assert.equal(inShort(leftover), "v1 n=2 cover: 1 2");
    assert.equal(leftover.patches[0]?.title, "KVM: New name");
  });

  test("case 20: one Message-ID twice: one mail on many lists, or two mails", () => {
    const mails = madeSeries({ id: "v1" });
    const crossPosted = mails.map((mail) => ({ ...mail, lists: ["kvmarm.lists.linux.dev"] }));
    const revision = revisionOf(mails, crossPosted);
    assert.equal(inShort(revision), "v1 n=3 cover: 1 2 3");
    assert.deepEqual(revision.posted?.lists, ["kvm.vger.kernel.org", "kvmarm.lists.linux.dev"]);
    const imposter = made({
      id: "v1-2@example.org",
      subject: "Re: [PATCH 1/3] KVM: x86: Count the teapots",
      from: bea,
      at: start + hour,
      to: "v1-1@example.org",
      body: "Another mail.",
    });
    const both = revisionOf(mails, imposter);
    assert.equal(inShort(both), "v1 n=3 cover: 1 2 3");
    assert.deepEqual(
      both.posted?.replies.map(({ messageId, author }) => [messageId, author]),
      [["v1-2@example.org", bea]],
    );
    assert.equal(both.patches[1]?.author.email, alex.email);
  });
});
