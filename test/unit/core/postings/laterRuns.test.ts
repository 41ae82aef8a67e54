import assert from "node:assert/strict";
import { newestRevision } from "../../../../src/core/series/series";
import {
  alex,
  assembled,
  bea,
  cleo,
  day,
  hour,
  inShort,
  made,
  type MadeMail,
  madeSeries,
  minute,
  patchBody,
  revisionOf,
  start,
} from "../../../support/madeMail";

const warm = "KVM: x86: Warm the teapots";
const files = ["arch/x86/kvm/teapot.c", "arch/x86/kvm/warm.c", "tools/testing/selftests/kvm/tea.c"];
const atWork = { name: "Archer, Alex", email: "aarcher@work.example.net" };

/** What a reviewer answers to 2/3 of v3. */
function review(body: string, more: Partial<MadeMail> = {}): ReturnType<typeof made> {
  return made({
    id: "r@example.org",
    subject: `Re: [PATCH v3 2/3] ${warm}`,
    from: bea,
    at: start + hour,
    to: "v3-2@example.org",
    body,
    ...more,
  });
}

/** 2/3 of v3 once more, with another change. */
function fixed(more: Partial<MadeMail> = {}): ReturnType<typeof made> {
  const body = patchBody("arch/x86/kvm/warm.c", "fixed");
  return made({ id: "fixed@example.org", subject: `[PATCH v3 2/3] ${warm}`, at: start + 5 * hour, to: "r@example.org", body, ...more });
}

const third = (): ReturnType<typeof madeSeries> => madeSeries({ id: "v3", words: "PATCH v3" });

function verdicts(revision: ReturnType<typeof revisionOf>, index: number): string[] {
  const trailers = revision.patches.find((patch) => patch.index === index)?.trailers ?? [];
  return trailers.filter(({ key }) => key !== "Signed-off-by").map(({ key, value }) => `${key}: ${value.split(" <")[0] ?? ""}`);
}

suite("later runs of one posting", () => {
  for (const [name, mail] of Object.entries({
    "in answer to the reviewer": fixed(),
    "in answer to the answer to the reviewer": fixed({ to: "r2@example.org" }),
    "in answer to the patch": fixed({ to: "v3-2@example.org", at: start + 3 * day }),
    "in answer to the cover letter": fixed({ to: "v3-0@example.org", at: start + 3 * day }),
    "in answer to what was said of another patch": fixed({ to: "r1@example.org" }),
    "under a new title": fixed({ subject: "[PATCH v3 2/3] KVM: x86: Heat the teapots" }),
    "under a new title, for other files": fixed({
      subject: "[PATCH v3 2/3] KVM: x86: Heat the teapots",
      body: patchBody("arch/x86/kvm/heat.c", "fixed"),
    }),
    "with a word in the brackets": fixed({ subject: `[PATCH v3 REPLACEMENT 2/3] ${warm}` }),
    "without its version": fixed({ subject: `[PATCH 2/3] ${warm}` }),
    "without its number": fixed({ subject: `[PATCH v3] ${warm}` }),
    "without its number, under a new title": fixed({ subject: "[PATCH v3] KVM: x86: Heat the teapots" }),
    "from another address": fixed({ from: atWork }),
    "from another address, without its number": fixed({ from: atWork, subject: `[PATCH v3] ${warm}` }),
    "to nobody": fixed({ to: "", references: [] }),
    "from a clock that is an hour slow": fixed({ at: start - hour }),
  })) {
    test(`a patch sent anew ${name} is the patch`, () => {
      const talk = [
        review("Please fix the number."),
        made({
          id: "r2@example.org",
          subject: `Re: [PATCH v3 2/3] ${warm}`,
          at: start + 2 * hour,
          to: "r@example.org",
          body: "Like this:",
        }),
        made({ id: "r1@example.org", subject: "Re: [PATCH v3 1/3] x", from: bea, at: start + hour, to: "v3-1@example.org", body: "Well." }),
      ];
      const mails = [...third(), ...talk, mail.inReplyTo === "" ? { ...mail, inReplyTo: null } : mail];
      for (const order of [mails, mails.toReversed()]) {
        const revision = revisionOf(order);
        assert.equal(inShort(revision), "v3 n=3 cover: 1 2 3");
        const patch = revision.patches[1];
        assert.deepEqual([patch?.messageId, patch?.rivals], ["fixed@example.org", ["v3-2@example.org"]]);
        assert.deepEqual(revision.posted?.oddities, ["2/3 was sent 2 times; the newest counts."]);
      }
    });
  }

  test("two patches sent anew, one of them twice, are in their places", () => {
    const again = fixed({
      id: "again@example.org",
      at: start + 9 * hour,
      to: "fixed@example.org",
      body: patchBody("arch/x86/kvm/warm.c", "2"),
    });
    const first = made({
      id: "first@example.org",
      subject: "[PATCH v3 1/3] KVM: x86: Count the teapots",
      at: start + 6 * hour,
      to: "v3-1@example.org",
      body: patchBody("arch/x86/kvm/teapot.c", "fixed"),
    });
    const revision = revisionOf(third(), review("Hm."), fixed(), again, first);
    assert.deepEqual(
      revision.patches.map(({ messageId, rivals = [] }) => [messageId, ...rivals]),
      [["first@example.org", "v3-1@example.org"], ["again@example.org", "fixed@example.org", "v3-2@example.org"], ["v3-3@example.org"]],
    );
  });

  test("a second point below the whole version goes on from the first", () => {
    const points = [
      fixed({ id: "one@example.org", subject: `[PATCH v3.1 2/3] ${warm}`, to: "v3-2@example.org" }),
      made({
        id: "two@example.org",
        subject: "[PATCH v3.2 3/3] KVM: selftests: Pour the tea",
        at: start + 9 * hour,
        to: "v3-3@example.org",
        body: patchBody("tools/testing/selftests/kvm/tea.c", "fixed"),
      }),
    ];
    for (const facts of [
      [...third(), ...points],
      [...points.toReversed(), ...third()],
    ]) {
      const { series } = assembled(facts);
      const revisions = series[0]?.revisions ?? [];
      assert.deepEqual(
        revisions.map(({ version, point = 0, patches }) => [
          `${version}.${point}`,
          ...patches.map(({ messageId }) => messageId?.split("@")[0]),
        ]),
        [
          ["3.0", "v3-1", "v3-2", "v3-3"],
          ["3.1", "v3-1", "one", "v3-3"],
          ["3.2", "v3-1", "one", "two"],
        ],
      );
    }
  });

  test("without a cover letter the series keeps its id when its first patch is sent anew", () => {
    const before = assembled(madeSeries({ id: "v3", words: "PATCH v3", cover: false }));
    const first = made({
      id: "first@example.org",
      subject: "[PATCH v3 1/3] KVM: x86: Count the teapots",
      at: start + 6 * hour,
      to: "r@example.org",
      body: patchBody("arch/x86/kvm/teapot.c", "fixed"),
    });
    const talk = review("Hm.", { to: "v3-1@example.org" });
    const after = assembled([...madeSeries({ id: "v3", words: "PATCH v3", cover: false }), talk, first]);
    assert.deepEqual(
      after.series.map(({ id, revisions }) => [id, revisions.map(({ patches }) => patches[0]?.messageId)]),
      [[before.series[0]?.id, ["first@example.org"]]],
    );
  });

  test("all patches sent anew below a letter that stays are its patches; without one they are a posting that is linked", () => {
    const whole = madeSeries({ id: "again", words: "PATCH v3", at: start + day, to: "r@example.org", cover: false });
    const revision = revisionOf(third(), review("Hm."), whole);
    assert.deepEqual(
      revision.patches.map(({ messageId }) => messageId),
      ["again-1@example.org", "again-2@example.org", "again-3@example.org"],
    );
    const alone = madeSeries({ id: "v3", words: "PATCH v3", cover: false });
    assert.deepEqual(
      assembled([...alone, review("Hm."), ...whole]).series.map(({ revisions }) => revisions.map(inShort)),
      [["v3 n=3: 1 2 3", "v3 n=3: 1 2 3"]],
    );
  });

  test("somebody else's patch, and one on top, are no patches of it", () => {
    const other = fixed({ from: cleo });
    const onTop = fixed({ subject: "[PATCH] KVM: x86: Warm them more", body: patchBody("arch/x86/kvm/warm.c", "more") });
    for (const mail of [other, onTop]) {
      const { series } = assembled([...third(), review("Hm."), mail]);
      assert.equal(series.find(({ title }) => title === "KVM: x86: Add teapots")?.revisions[0]?.patches[1]?.messageId, "v3-2@example.org");
    }
  });

  test("what was said of the old patch does not count for the new one, but what it was sent in answer to does", () => {
    const given = "Reviewed-by: Bea Baker <bea@example.org>";
    const before = made({
      id: "b@example.org",
      subject: `Re: [PATCH v3 2/3] ${warm}`,
      from: cleo,
      at: start + 2 * hour,
      to: "v3-2@example.org",
      body: "Acked-by: Cleo Carver <cleo@example.net>",
    });
    const revision = revisionOf(third(), review(`Fix the number, then\n\n${given}\n`), before, fixed());
    assert.deepEqual(verdicts(revision, 2), ["Reviewed-by: Bea Baker"]);
    assert.deepEqual(revision.posted?.oddities, [
      "2/3 was sent 2 times; the newest counts.",
      "Acked-by of Cleo Carver was given before 2/3 was changed and sent again, so it does not count.",
    ]);
    const joined = { ...before, given: before.given.map((one) => ({ ...one, key: "Reviewed-and-tested-by" })) };
    assert.deepEqual(verdicts(revisionOf(third(), review("Hm."), joined, fixed()), 2), []);
    // What is said later counts, also below the old one; what the author took over stands in his own mail.
    const after = { ...before, messageId: "a@example.org", date: start + 9 * hour };
    assert.deepEqual(verdicts(revisionOf(third(), review("Hm."), before, after, fixed()), 2), ["Acked-by: Cleo Carver"]);
    const takenOver = fixed({ body: patchBody("arch/x86/kvm/warm.c", "fixed", "Do it.\n\nAcked-by: Cleo Carver <cleo@example.net>") });
    assert.equal(revisionOf(third(), review("Hm."), before, takenOver).posted?.oddities.length, 1);
    // The same change sent once more is the same patch.
    const same = fixed({ to: "v3-2@example.org", body: patchBody("arch/x86/kvm/warm.c", "v3_2") });
    assert.deepEqual(verdicts(revisionOf(third(), review(given), before, same), 2), ["Reviewed-by: Bea Baker", "Acked-by: Cleo Carver"]);
  });

  test("what was said of the whole series counts for the patches that were not sent anew", () => {
    const all = review("Reviewed-by: Bea Baker <bea@example.org>", {
      id: "all@example.org",
      subject: "Re: [PATCH v3 0/3] x",
      to: "v3-0@example.org",
    });
    const revision = revisionOf(third(), all, review("Fix it.", { from: cleo }), fixed());
    assert.deepEqual(
      [1, 2, 3].map((index) => verdicts(revision, index).length),
      [1, 0, 1],
    );
    const later = { ...all, date: start + day };
    assert.deepEqual(
      [1, 2, 3].map((index) => verdicts(revisionOf(third(), later, fixed({ to: "v3-2@example.org" })), index).length),
      [1, 1, 1],
    );
  });

  for (const [name, more] of Object.entries({
    "from the same address": { from: alex, thread: "none" },
    "from another address": { from: atWork, thread: "none" },
    "from another address, in answer to it": { from: atWork, thread: "deep" },
  } as const)) {
    test(`the rest of a posting sent later ${name} is its rest`, () => {
      const first = madeSeries({ id: "v3", words: "PATCH v3", without: [2, 3] });
      const rest = madeSeries({ id: "v3", words: "PATCH v3", without: [0, 1], at: start + 8 * minute, ...more });
      const mails = [...first, ...rest];
      for (const order of [mails, mails.toReversed()]) assert.equal(inShort(revisionOf(order)), "v3 n=3 cover: 1 2 3");
    });
  }

  test("a posting in three runs, the last from another address", () => {
    const run = (index: number, from = alex): ReturnType<typeof madeSeries> =>
      madeSeries({
        id: "v3",
        words: "PATCH v3",
        without: [0, 1, 2, 3].filter((one) => one !== index),
        at: start + index * 8 * minute,
        thread: "none",
        from,
      });
    const mails = [...madeSeries({ id: "v3", words: "PATCH v3", without: [2, 3] }), ...run(2), ...run(3, atWork)];
    assert.equal(inShort(revisionOf(mails)), "v3 n=3 cover: 1 2 3");
  });

  test("a cover letter alone, and all its patches from another address", () => {
    const [cover] = third();
    const patches = madeSeries({ id: "v3", words: "PATCH v3", from: atWork, cover: false, thread: "none", at: start + 4 * minute });
    assert.ok(cover);
    assert.equal(inShort(revisionOf(cover, patches)), "v3 n=3 cover: 1 2 3");
  });

  test("other patches of the same size at the same time are no rest", () => {
    const letter = "Alex Archer (3):\n  KVM: x86: Count the teapots\n  KVM: x86: Warm the teapots\n  KVM: selftests: Pour the tea\n";
    const first = madeSeries({ id: "v3", words: "PATCH v3", without: [3], letter });
    const others = (words: string, titles: readonly string[]): ReturnType<typeof madeSeries> =>
      madeSeries({ id: "x", words, titles, without: [1, 2], cover: false, thread: "none", at: start + 5 * minute });
    const strange = others("PATCH v3", ["KVM: a", "KVM: b", "KVM: arm64: Wash the kettle"]);
    assert.equal(assembled([...first, ...strange]).series.length, 2);
    const older = others("PATCH v2", ["KVM: a", "KVM: b", "KVM: selftests: Pour the tea"]);
    assert.deepEqual(
      assembled([...first, ...older])
        .series.flatMap(({ revisions }) => revisions.map(inShort))
        .sort(),
      ["v2 n=3: - - 3", "v3 n=3 cover: 1 2 -"],
    );
  });

  test("a patch too many is the posting's, or stands alone without gaps", () => {
    const extra = (subject: string, more: Partial<MadeMail> = {}): ReturnType<typeof made> =>
      made({ id: "e@example.org", subject, at: start + hour, to: "v3-0@example.org", body: patchBody("made/e.c"), ...more });
    const shorts = (mail: ReturnType<typeof made>, before = third()): string[] =>
      assembled([...before, mail])
        .series.flatMap(({ revisions }) => revisions.map(inShort))
        .sort();
    assert.deepEqual(shorts(extra("[PATCH v3 4/3] KVM: Wash up")), ["v3 n=3 cover: 1 2 3 4"]);
    assert.deepEqual(shorts(extra("[PATCH v3 4/3] KVM: Wash up", { from: atWork })), ["v3 n=3 cover: 1 2 3 4"]);
    assert.deepEqual(shorts(extra("[PATCH v3 4/4] KVM: Wash up")), ["v3 n=3 cover: 1 2 3 4"]);
    for (const subject of ["[PATCH v3 4/3] KVM: Wash up", "[PATCH v3 4/4] KVM: Wash up", "[PATCH v3 5/3] KVM: Wash up"]) {
      assert.deepEqual(shorts(extra(subject, { from: bea })), ["v3 n=1: 1", "v3 n=3 cover: 1 2 3"], subject);
    }
    assert.deepEqual(shorts(extra("[PATCH 14/13] KVM: Wash up", { to: "gone@example.org" }), []), ["v1 n=1: 1"]);
    // The last patch of a series whose others are not here is none.
    assert.deepEqual(shorts(extra("[PATCH v3 4/4] KVM: Wash up", { to: "gone@example.org", references: ["v3-0@example.org"] })), [
      "v3 n=3 cover: 1 2 3",
      "v3 n=4: - - - 4",
    ]);
  });

  test("of two files of one run the one counts that the cover letter lists", () => {
    const run = (letter: string, old = "KVM: Old name"): ReturnType<typeof revisionOf> =>
      revisionOf(
        ["0/2] T", "1/2] KVM: New name", `1/2] ${old}`, "2/2] KVM: Second"].map((subject, at) =>
          made({
            id: `20260301100000.4711-${at + 1}-alex@example.org`,
            subject: `[PATCH ${subject}`,
            at: start + at * 1000,
            ...(at > 0 ? { to: "20260301100000.4711-1-alex@example.org", body: patchBody("made/x.c", `${at}`) } : { body: letter }),
          }),
        ),
      );
    const listed = run("Alex Archer (2):\n  KVM: New name\n  KVM: Second\n");
    assert.equal(listed.patches[0]?.title, "KVM: New name");
    assert.deepEqual(listed.posted?.oddities, ["1/2 was sent 2 times; the one that the cover letter lists counts."]);
    assert.equal(run("Hello.\n").patches[0]?.title, "KVM: Old name");
    // The letter lists whole titles, and this one is only how one of them begins.
    assert.equal(run("Alex Archer (2):\n  KVM: New name.\n  KVM: Second\n", "KVM: New").patches[0]?.title, "KVM: New name");
    // A patch that was renamed in answer to a review is no leftover.
    const letter = `Alex Archer (3):\n  KVM: x86: Count the teapots\n  ${warm}\n  KVM: selftests: Pour the tea\n`;
    const renamed = fixed({ subject: "[PATCH v3 2/3] KVM: x86: Heat the teapots" });
    const revision = revisionOf(madeSeries({ id: "v3", words: "PATCH v3", letter }), review("Rename it."), renamed);
    assert.equal(revision.patches[1]?.title, "KVM: x86: Heat the teapots");
  });
});

suite("what was sent again", () => {
  const again = (more: Partial<Parameters<typeof madeSeries>[0]> = {}): ReturnType<typeof madeSeries> =>
    madeSeries({ id: "again", words: "PATCH RESEND v3", at: start + 200 * day, change: "v3", ...more });

  test("the mail that was sent last is the patch, and its date the posting's", () => {
    const { series } = assembled([...third(), ...again()]);
    const revision = newestRevision(series[0] ?? assert.fail());
    assert.equal(series.length, 1);
    assert.deepEqual([revision.date?.slice(0, 10), revision.messageId], ["2026-09-17", "v3-0@example.org"]);
    assert.deepEqual(revision.posted?.firstSent, "2026-03-01T10:00:00Z");
    assert.deepEqual(
      [revision.cover?.messageId, ...revision.patches.map(({ messageId }) => messageId)],
      [0, 1, 2, 3].map((index) => `again-${index}@example.org`),
    );
    assert.deepEqual(revision.posted.oddities, []);
    assert.deepEqual(revision.files, [...files].sort());
  });

  test("what was sent again without its letter, or only in part, is the same posting", () => {
    for (const [more, ids] of [
      [{ cover: false }, ["again-1@example.org", "again-2@example.org", "again-3@example.org"]],
      [{ without: [0, 2] }, ["again-1@example.org", "v3-2@example.org", "again-3@example.org"]],
      [{ without: [0, 1, 2] }, ["v3-1@example.org", "v3-2@example.org", "again-3@example.org"]],
    ] as const) {
      const { patches, title, posted } = revisionOf(third(), again(more));
      assert.deepEqual([title, patches.map(({ messageId }) => messageId), posted?.resentAs.length], ["KVM: x86: Add teapots", ids, 1]);
    }
    // What does something else is another posting.
    assert.equal(
      assembled([...third(), ...again({ cover: false, change: "else" })]).series.flatMap(({ revisions }) => revisions).length,
      2,
    );
  });

  test("what was sent again in its own thread is sent again too", () => {
    const more = { to: "v3-2@example.org", at: start + 200 * day, body: patchBody("arch/x86/kvm/warm.c", "v3_2") };
    const { date, posted } = revisionOf(third(), fixed({ ...more, subject: `[PATCH v3 RESEND 2/3] ${warm}` }));
    assert.deepEqual([date, posted?.resentAs], ["2026-09-17T10:00:00Z", [{ messageId: "fixed@example.org", date }]]);
    assert.deepEqual(revisionOf(third(), fixed(more)).posted?.resentAs, []);
    assert.deepEqual(revisionOf(third(), fixed({ to: "v3-2@example.org" })).posted?.resentAs, []);
  });

  test("a patch that was not sent again stays, and tags of both count", () => {
    const tagged = again({ without: [3] }).map((mail) =>
      mail.subject.index === 1
        ? made({
            id: "again-1@example.org",
            subject: "[PATCH RESEND v3 1/3] KVM: x86: Count the teapots",
            at: mail.date,
            to: "again-0@example.org",
            body: patchBody("arch/x86/kvm/teapot.c", "v3_1", "Do it.\n\nAcked-by: Cleo Carver <cleo@example.net>"),
          })
        : mail,
    );
    const revision = revisionOf(third(), review("Reviewed-by: Bea Baker <bea@example.org>", { to: "v3-1@example.org" }), tagged);
    assert.deepEqual(
      revision.patches.map(({ messageId }) => messageId),
      ["again-1@example.org", "again-2@example.org", "v3-3@example.org"],
    );
    assert.deepEqual(verdicts(revision, 1), ["Acked-by: Cleo Carver", "Reviewed-by: Bea Baker"]);
  });

  test("some patches alone, without the letter and outside the thread, are of the posting", () => {
    const patch = (more: Partial<MadeMail> = {}): ReturnType<typeof made> =>
      made({
        id: "again-2@example.org",
        subject: `[PATCH RESEND v3 2/3] ${warm}`,
        at: start + 40 * day,
        body: patchBody("arch/x86/kvm/warm.c", "v3_2", "Do it.\n\nAcked-by: Cleo Carver <cleo@example.net>"),
        ...more,
      });
    for (const facts of [
      [...third(), patch()],
      [patch(), ...third()],
    ]) {
      const revision = revisionOf(facts);
      assert.deepEqual(
        revision.patches.map(({ messageId }) => messageId),
        ["v3-1@example.org", "again-2@example.org", "v3-3@example.org"],
      );
      assert.deepEqual([revision.date?.slice(0, 10), verdicts(revision, 2)], ["2026-04-10", ["Acked-by: Cleo Carver"]]);
    }
    // Another change, another version or another sender's is no part of it.
    for (const other of [
      patch({ body: patchBody("arch/x86/kvm/warm.c", "changed") }),
      patch({ subject: `[PATCH RESEND v2 2/3] ${warm}` }),
      patch({ from: cleo }),
    ])
      assert.equal(assembled([...third(), other]).series.flatMap(({ revisions }) => revisions).length, 2, other.subject.title);
  });

  test("all of it under a letter with another title", () => {
    const revision = revisionOf(third(), again({ title: "KVM: x86: Teapots, once more" }));
    assert.deepEqual([revision.date?.slice(0, 10), revision.title], ["2026-09-17", "KVM: x86: Add teapots"]);
    assert.equal(revision.cover?.messageId, "again-0@example.org");
    const other = again({ title: "KVM: x86: Teapots, once more", change: "changed" });
    assert.equal(assembled([...third(), ...other]).series.flatMap(({ revisions }) => revisions).length, 2);
  });

  test("all of it from another address of its sender, with the same changes", () => {
    const revision = revisionOf(third(), again({ from: atWork }));
    assert.deepEqual([revision.date?.slice(0, 10), revision.posted?.resentAs.length], ["2026-09-17", 1]);
    for (const other of [again({ from: atWork, change: "changed" }), again({ from: { name: "Alex", email: "alex@example.com" } })])
      assert.equal(assembled([...third(), ...other]).series.flatMap(({ revisions }) => revisions).length, 2);
  });
});
