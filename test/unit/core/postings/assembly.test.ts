import fc from "fast-check";
import assert from "node:assert/strict";
import { assembleMails } from "../../../../src/core/postings/assembleMails";
import { threadIds, workKeys } from "../../../../src/core/postings/linkKeys";
import type { MailFacts } from "../../../../src/core/postings/mailFacts";
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

/** More by KVM_SERIES_RUNS, when something was changed that could matter. */
const runs = Number(process.env["KVM_SERIES_RUNS"] ?? 300);

const titles = ["KVM: x86: Add teapots for all", "KVM: Fixes", "KVM: arm64: Remove the kettles", "Tea"];
const words = [
  "PATCH",
  "PATCH v2",
  "PATCH v3",
  "RFC PATCH",
  "PATCH RESEND",
  "PATCH v2.1",
  "GIT PULL",
  "PATCH 6.6",
  "PATCH QEMU",
  "Re: PATCH",
  "",
];
const people = [alex, bea, cleo];
const times = [0, 1000, 5 * minute, 20 * minute, 40 * minute, hour, day, 70 * day];

/** Mails that have everything in common with each other that the assembly looks at, in all combinations. */
const anyMail = fc
  .record({
    id: fc.integer({ min: 0, max: 14 }),
    stem: fc.constantFrom("plain", "20260301100000.1-", "20260302100000.2-"),
    title: fc.integer({ min: 0, max: titles.length - 1 }),
    words: fc.constantFrom(...words),
    index: fc.constantFrom(null, 0, 1, 2, 3),
    expected: fc.constantFrom(2, 3),
    person: fc.integer({ min: 0, max: people.length - 1 }),
    time: fc.constantFrom(...times),
    jitter: fc.integer({ min: 0, max: 3 }),
    parent: fc.option(fc.integer({ min: 0, max: 14 })),
    stemOfParent: fc.constantFrom("plain", "20260301100000.1-", "20260302100000.2-"),
    body: fc.constantFrom("none", "a", "b", "link", "change-id", "review", "letter", "whole", "cut"),
    list: fc.constantFrom("kvm.vger.kernel.org", "kvmarm.lists.linux.dev"),
  })
  .map((one): MailFacts => {
    const number = one.index === null ? "" : ` ${one.index}/${one.expected}`;
    const bodies: Record<string, string> = {
      none: "Nothing.\n",
      a: patchBody("made/a.c", "a"),
      b: patchBody("made/b.c", "b"),
      link: `Hello.\n\nv1: https://lore.kernel.org/kvm/${idOf("plain", one.jitter)}/\n`,
      "change-id": "change-id: 20260301-tea-0123456789ab\n",
      // Copies of one mail, of which a list cut one off: what tells mails apart stands at their beginning.
      whole: patchBody("made/a.c", "whole", "Tea. ".repeat(140)),
      cut: `${"Tea. ".repeat(140)}\n\nSigned-off-by: Alex Archer <alex@example.org>\n`,
      review: "Reviewed-by: Bea Baker <bea@example.org>\n",
      letter: "Alex Archer (2):\n  KVM: x86: Add teapots for all\n  Tea\n",
    };
    const bracket =
      one.words === "" ? "" : one.words.startsWith("Re: ") ? `Re: [${one.words.slice(4)}${number}]` : `[${one.words}${number}]`;
    const mail: MadeMail = {
      id: idOf(one.stem, one.id),
      subject: `${bracket} ${titles[one.title] ?? ""}`,
      from: people[one.person] ?? alex,
      at: start + one.time + one.jitter * 1000,
      body: bodies[one.body] ?? "",
      lists: [one.list],
      ...(one.parent === null ? {} : { to: idOf(one.stemOfParent, one.parent) }),
    };
    return made(mail);
  });

function idOf(stem: string, number: number): string {
  return stem === "plain" ? `m${number}@example.org` : `${stem}${number}-alex@example.org`;
}

const anyMails = fc.array(anyMail, { minLength: 1, maxLength: 24 });

/** All keys of a mail. */
function linkKeys(mail: MailFacts): string[] {
  return [...threadIds(mail).map((id) => `<${id}>`), ...workKeys(mail)];
}

/** The mails in the groups that share keys, directly or through others. */
function components(mails: readonly MailFacts[]): MailFacts[][] {
  const groupOf = new Map<string, MailFacts[]>();
  for (const mail of mails) {
    const keys = linkKeys(mail);
    const found = new Set(keys.flatMap((key) => groupOf.get(key) ?? []).concat(mail));
    const groups = new Set(keys.map((key) => groupOf.get(key)).filter((group) => group !== undefined));
    const joined = [...new Set([...groups].flat().concat([...found]))];
    for (const one of joined) for (const key of linkKeys(one)) groupOf.set(key, joined);
  }
  return [...new Set(groupOf.values())];
}

/** Everything, in an order of its own. */
function sorted({ series, unplaced }: ReturnType<typeof assembled>): unknown {
  return JSON.parse(
    JSON.stringify({
      series: [...series].sort((a, b) => (a.id + JSON.stringify(a.revisions) < b.id + JSON.stringify(b.revisions) ? -1 : 1)),
      unplaced: [...unplaced].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
    }),
  );
}

suite("assembly", () => {
  test("the order of the mails does not matter", () => {
    fc.assert(
      fc.property(
        anyMails.chain((mails) => fc.tuple(fc.constant(mails), fc.shuffledSubarray(mails, { minLength: mails.length }))),
        ([mails, shuffled]) => {
          assert.deepEqual(JSON.parse(JSON.stringify(assembled(shuffled))), JSON.parse(JSON.stringify(assembled(mails))));
        },
      ),
      { numRuns: runs },
    );
  });

  test("each component of the link keys by itself gives what all mails give at once", () => {
    fc.assert(
      fc.property(anyMails, (mails) => {
        const parts = components(mails).map((part) => assembled(part));
        const joined = { series: parts.flatMap(({ series }) => series), unplaced: parts.flatMap(({ unplaced }) => unplaced) };
        assert.deepEqual(sorted(joined), sorted(assembled(mails)));
      }),
      { numRuns: runs },
    );
  });

  test("every mail is in a revision or is listed with a reason, once", () => {
    fc.assert(
      fc.property(anyMails, (mails) => {
        const { postings, unplaced } = assembleMails(mails);
        const placed = postings.flatMap(({ revision, signs }) => [
          ...signs.messageIds,
          ...(revision.posted?.replies ?? []).map(({ messageId }) => messageId),
        ]);
        assert.deepEqual(
          new Set([...placed, ...unplaced.map(({ messageId }) => messageId)]),
          new Set(mails.map(({ messageId }) => messageId)),
        );
        assert.ok(unplaced.every(({ reason }) => reason.endsWith(".")));
      }),
      { numRuns: 300 },
    );
  });

  test("mails that answer each other in a circle end somewhere", () => {
    const circle = [0, 1, 2].map((at) => made({ id: `c${at}@example.org`, subject: "Re: tea", to: `c${(at + 1) % 3}@example.org` }));
    assert.equal(assembled(circle).unplaced.length, 3);
    const patches = [1, 2].map((at) =>
      made({ id: `p${at}@example.org`, subject: `[PATCH ${at}/2] T${at}`, to: `p${3 - at}@example.org`, body: patchBody(`made/${at}.c`) }),
    );
    assert.equal(assembled(patches).series.length, 1);
    assert.equal(
      assembled([made({ id: "self@example.org", subject: "[PATCH] T", to: "self@example.org", body: patchBody("made/x.c") })]).series
        .length,
      1,
    );
  });

  test("a cover letter that was counted wrong, or sent anew without the patches, is the patches' cover letter", () => {
    const [cover, ...patches] = madeSeries({ id: "v1" });
    assert.ok(cover);
    const wrong = { ...cover, subject: { ...cover.subject, expected: 2 } };
    assert.equal(inShort(revisionOf(wrong, patches)), "v1 n=3 cover: 1 2 3");
    const anew = { ...cover, messageId: "anew@example.org", date: cover.date + minute };
    assert.equal(inShort(revisionOf(anew, patches)), "v1 n=3 cover: 1 2 3");
  });

  test("a small patch sent into the thread of a series is no revision of it", () => {
    const mails = madeSeries({ id: "v1", words: "RFC PATCH" });
    const aside = made({
      id: "aside@example.org",
      subject: "[PATCH] KVM: x86: Polish the teapots",
      to: "v1-1@example.org",
      at: start + hour,
      body: patchBody("arch/x86/kvm/teapot.c", "aside"),
    });
    assert.equal(assembled([...mails, aside]).series.length, 2);
  });

  test("links carry all their evidence, strongest first", () => {
    const letter = "Changes since v1: https://lore.kernel.org/kvm/v1-0@example.org/\n\nchange-id: 20260301-tea-0123456789ab\n";
    const first = madeSeries({ id: "v1", letter: "change-id: 20260301-tea-0123456789ab\n" });
    const second = madeSeries({ id: "v2", words: "PATCH v2", letter, to: "v1-0@example.org", at: start + day, change: "v1" });
    assert.deepEqual(assembled([...first, ...second]).series[0]?.links, [
      { from: 0, to: 1, evidence: ["change-id", "changelog-link", "in-reply-to", "same-patches", "same-title"] },
    ]);
  });
});
