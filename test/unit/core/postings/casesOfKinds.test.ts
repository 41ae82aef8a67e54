import assert from "node:assert/strict";
import { readMail } from "../../../../src/core/mail/mail";
import { openPatchMail, patchMbox } from "../../../../src/core/mail/patchMail";
import { mailFactsOf } from "../../../../src/core/postings/mailFacts";
import { alex, assembled, bea, context, diffOf, hour, made, madeSeries, patchBody, revisionOf, start } from "../../../support/madeMail";

const path = "virt/kvm/teapot.c";
const stat = `---\n ${path} | 1 +\n 1 file changed, 1 insertion(+)\n\n`;
const quoted = diffOf("arch/x86/kvm/warm.c").replace(/^/gm, "> ");

/** The kind of a mail, and whether its diff is taken. */
function kindOf(subject: string, body: string, to?: string): string {
  const { kind, patches } = made({ id: "m@example.org", subject, body, from: bea, ...(to === undefined ? {} : { to }) });
  return `${kind} ${patches.flatMap(({ files }) => files).length}`;
}

suite("which mail is a patch", () => {
  test("a diff that its sender wrote, whatever the subject says", () => {
    for (const subject of [
      "KVM: Warm it",
      "[kvm] KVM: Warm it",
      "[next] KVM: Warm it",
      "PATCH v2: KVM: Warm it",
      "[PATCH]][next] KVM: Warm it",
      "fix",
    ]) {
      assert.equal(kindOf(subject, patchBody(path)), "patch 1", subject);
      assert.equal(kindOf(subject, `It is cold.\n\n${stat}${diffOf(path)}`), "patch 1", `${subject}, unsigned`);
      assert.equal(kindOf(subject, diffOf(path)), "patch 1", `${subject}, nothing but a diff`);
    }
  });

  test("in a thread too, where it is made as patches are or speaks to nobody", () => {
    const to = "v1-0@example.org";
    for (const body of [
      patchBody(path),
      `From: Bea Baker <bea@example.org>\n\n${stat}${diffOf(path)}`,
      `${stat}${diffOf(path)}`,
      `The teapot needs it too.\n\n${diffOf(path)}`,
      `Hi,\n\nthe teapot needs it too.\n\n${stat}${diffOf(path)}`,
    ])
      assert.equal(kindOf("KVM: The teapot needs it too", body, to), "patch 1", body);
    const lone = made({ id: "t@example.org", subject: "KVM: The teapot needs it too", body: patchBody(path), from: bea, to });
    const { series } = assembled([...madeSeries({ id: "v1" }), lone]);
    assert.deepEqual(series.map(({ title }) => title).sort(), ["KVM: The teapot needs it too", "KVM: x86: Add teapots"]);
  });

  test("what an answer shows or quotes is none", () => {
    const to = "v1-1@example.org";
    for (const [subject, body] of [
      ["Re: [PATCH 1/3] KVM: Warm it", `How about this?\n\n${patchBody(path)}`],
      ["AW: KVM: Warm it", patchBody(path)],
      ["[EXT] Re: [PATCH 1/3] KVM: Warm it", patchBody(path)],
      ["KVM: Warm it", `Hi Alex,\n\ncould you try it?\n\n${diffOf(path)}`],
      ["KVM: Warm it", `On Monday, Alex Archer wrote:\n> It is cold.\n\nThen warm it:\n\n${diffOf(path)}`],
      ["KVM: Warm it", `Does this help?\n\n${diffOf(path)}`],
      ["[teapots] it is cold", `Hello,\n\nuntested:\n\n${diffOf(path)}`],
    ] as const)
      assert.match(kindOf(subject, body, to), /^reply 0$/, `${subject}\n${body}`);
    // Neither a thread nor a mark: the quote is all that tells.
    assert.equal(kindOf("KVM: Warm it", `> It is cold.\n\nThen:\n\n${diffOf(path)}`), "reply 0");
    const forwarded = "-----Original Message-----\nFrom: Alex Archer\nSent: Monday\nTo: Bea\nSubject: [PATCH] KVM: Warm it\n\n";
    assert.equal(kindOf("[PATCH] KVM: Warm it", `Works.\n\n${forwarded}${patchBody(path)}`), "reply 0");
  });

  test("a patch may quote why it was made", () => {
    assert.equal(kindOf("[PATCH] KVM: Warm it", `On Monday, Alex wrote:\n> It is cold.\n\nWarm it.\n\n${stat}${diffOf(path)}`), "patch 1");
    assert.equal(kindOf("[PATCH 0/3] KVM: Teapots", "Alex asked:\n\n> Why?\n\nBecause tea is better warm, and so on.\n"), "cover 0");
  });

  test("a mail with the subject of a patch that only quotes is an answer, in a thread or not", () => {
    const head = "> On 3 March 2025 at 08:00, Alex Archer <alex@example.org> wrote:\n> \n";
    for (const body of [
      `${head}> Keep it warm.\n> \n${quoted}\nWorks for me.\n`,
      `\ufeff\n\n${head}${quoted}\nWorks for me.\n`,
      `\ufeff${head}> Keep it warm.\n\nWorks for me.\n\nBea\n`,
      `Works for me.\n\nOn Monday, Alex Archer wrote:\n> Keep it warm.\n`,
      `Am 3. März schrieb Alex:\n> Keep it warm.\n\nGut.\n`,
      quoted,
      "bb> it is\nbb> warm\nOk.\n",
      `Works.\n\n-----Original Message-----\nFrom: Alex\nSent: Monday\n\nKeep it warm.\n`,
      `Works.\n\nFrom: Alex Archer <alex@example.org>\nSent: Monday, 3 March 2025 08:00\nTo: Bea\n\nKeep it warm.\n`,
    ]) {
      assert.equal(kindOf("[PATCH] KVM: Warm it", body), "reply 0", body);
      assert.equal(kindOf("[PATCH v2 2/3] KVM: Warm it", body), "reply 0", body);
    }
    assert.equal(kindOf("[PATCH 0/3] KVM: Teapots", `${head}> Hello.\n\nWorks.\n`), "reply 0");
    const answer = made({
      id: "x@example.org",
      subject: "[PATCH] KVM: Warm it",
      from: bea,
      at: start + hour,
      body: `${head}${quoted}\nWorks.\n`,
    });
    const patch = made({ id: "p@example.org", subject: "[PATCH] KVM: Warm it", body: patchBody(path) });
    assert.equal(assembled([patch, answer]).series.length, 1);
  });

  test("a patch whose diff got lost is still one", () => {
    assert.equal(kindOf("[PATCH 2/3] KVM: Warm it", "Warm it.\n\nSigned-off-by: Bea Baker <bea@example.org>\n"), "patch 0");
    assert.equal(kindOf("[PATCH] KVM: Teapots", "Hello.\n\nThis adds teapots.\n"), "cover 0");
  });
});

suite("several patches in one mail", () => {
  const from = "From 2222222222222222222222222222222222222222 Mon Sep 17 00:00:00 2001\n";
  const second = `${from}From: Bea Baker <bea@example.org>\nDate: Mon, 2 Mar 2026 07:00:00 +0000\nSubject: [PATCH 2/2] KVM: Pour it\n\n${patchBody(path, "2", "Pour.")}`;

  test("files of git format-patch one below the other are as many patches", () => {
    const revision = revisionOf(
      made({ id: "p@example.org", subject: "[PATCH 1/2] KVM: Warm it", body: `${patchBody(path)}\n\n${second}` }),
    );
    assert.deepEqual(
      revision.patches.map(({ index, title, author, files }) => [index, title, author.name, files.length, files[0]?.added]),
      [
        [1, "KVM: Warm it", "Alex Archer", 1, 1],
        [2, "KVM: Pour it", "Bea Baker", 1, 1],
      ],
    );
    assert.deepEqual(revision.missing, []);
  });

  test("without a number they count what is there; attached in one file they have their own titles", () => {
    const first = second.replace("2/2] KVM: Pour it", "1/2] KVM: Fill it").replace(/Pour/g, "Fill");
    const file = `${first}\n${second}`;
    const inline = revisionOf(made({ id: "p@example.org", subject: "[PATCH] KVM: Two", body: `Both below.\n\n${file}` }));
    const attached = revisionOf(made({ id: "p@example.org", subject: "[PATCHES] KVM: Two", body: patchBody("a.c"), attached: [file] }));
    assert.deepEqual(
      [inline.title, inline.expected, inline.patches.map(({ title }) => title)],
      ["KVM: Two", 2, ["KVM: Fill it", "KVM: Pour it"]],
    );
    assert.deepEqual(attached.patches.map(({ title }) => title).slice(1), ["KVM: Fill it", "KVM: Pour it"]);
  });

  test("two diffs of one file that nothing parts are one patch, and name it once", () => {
    for (const between of ["", "\n", `>${from}Subject: [PATCH 2/2] KVM: Pour it\n\nPour.\n`, "---\n\nAnd this:\n\n"]) {
      const revision = revisionOf(
        made({
          id: "p@example.org",
          subject: "[PATCH] KVM: Warm it",
          body: `${patchBody(path)}${between}${diffOf(path, "2", 90)}${diffOf("a.c")}`,
        }),
      );
      assert.deepEqual(
        revision.patches.map(({ files }) => files.map((file) => [file.path, file.added, file.deleted, file.hunks?.length])),
        [
          [
            [path, 2, 0, 2],
            ["a.c", 1, 0, 1],
          ],
        ],
      );
    }
  });

  test("a line of git format-patch inside a diff or behind the last one parts nothing", () => {
    const body = `${patchBody(path)}\n${from}Subject: [PATCH 0/2] KVM: More\n\nNothing.\n`;
    assert.equal(made({ id: "p@example.org", subject: "[PATCH] KVM: Warm it", body }).patches.length, 1);
  });

  test("each is a mail of the mbox, by its own author and date", () => {
    const bytes = Buffer.from(
      `From: Alex Archer <alex@example.org>\nSubject: [PATCH] KVM: Warm it\nDate: Mon, 2 Mar 2026 08:00:00 +0000\nMessage-ID: <p@example.org>\n\n${patchBody(path)}\n${second}`,
    );
    const mail = openPatchMail(bytes);
    const [first, next, none] = [0, 1, 2].map((place) => patchMbox(mail, place));
    assert.match(first ?? "", /^From: Alex Archer.*\nDate: .* 08:00:00 .*\nSubject: \[PATCH\] KVM: Warm it$/m);
    assert.ok(!first?.includes("Pour"));
    assert.match(next ?? "", /^From: Bea Baker.*\nDate: .* 07:00:00 .*\nSubject: \[PATCH 2\/2\] KVM: Pour it$/m);
    assert.equal(none, null);
  });
});

suite("what the body and the header say of a mail", () => {
  function read(header: string, body = patchBody(path)): ReturnType<typeof mailFactsOf> {
    return mailFactsOf(readMail(Buffer.from(`${header}\nDate: Mon, 2 Mar 2026 08:00:00 +0000\n\n${body}`)), context);
  }
  const ids = "Message-ID: <m@example.org>";

  test("a Subject: that opens the body is the title", () => {
    const inner = "From: Bea Baker <bea@example.org>\nSubject: KVM: Warm it\nDate: Mon, 2 Mar 2026 07:00:00 +0000\n\n";
    for (const subject of ["[PATCH] forwarded for Bea", "[PATCH v2 1/2] see below", "for Bea"]) {
      const { subject: said, author, kind } = read(`From: Alex <alex@example.org>\nSubject: ${subject}\n${ids}`, inner + patchBody(path));
      assert.deepEqual([kind, said.title, author.name], ["patch", "KVM: Warm it", "Bea Baker"], subject);
    }
    const named = read(
      `From: Alex <alex@example.org>\nSubject: for Bea\n${ids}`,
      inner.replace("KVM", "[PATCH v3 2/4] KVM") + patchBody(path),
    );
    assert.deepEqual([named.subject.title, named.subject.version, named.subject.index], ["KVM: Warm it", 3, 2]);
  });

  for (const [from, more, expected] of [
    ["ada at example.org (Ada Lind)", "", "Ada Lind <ada@example.org>"],
    ["Ada Lind <ada at example.org>", "", "Ada Lind <ada@example.org>"],
    ["Ada Lind via kvm-dev <kvm-dev@lists.example.org>", "Reply-To: Ada Lind <ada@example.org>", "Ada Lind <ada@example.org>"],
    ["'Ada Lind' via kvm-dev <kvm-dev@lists.example.org>", "Reply-To: ada@example.org", "Ada Lind <ada@example.org>"],
    [
      '"Ada Lind via groups.example.org" <ada=example.org@groups.example.org>',
      "Reply-To: kvm-dev@groups.example.org,ada@example.org",
      "Ada Lind <ada@example.org>",
    ],
    ["Ada Lind via kvm-dev <ada=example.org@lists.example.org>", "", "Ada Lind <ada@example.org>"],
    [
      "Ada Lind via kvm-dev <kvm-dev@lists.example.org>",
      "List-Id: <kvm-dev.lists.example.org>\nReply-To: kvm-dev@lists.example.org, ada@example.org",
      "Ada Lind <ada@example.org>",
    ],
    [
      "Ada Lind via kvm-dev <kvm-dev@lists.example.org>",
      "Cc: Ada Lind <ada@example.org>, Bo <bo@example.org>",
      "Ada Lind <ada@example.org>",
    ],
    ["ada@example.org via kvm-dev <kvm-dev@lists.example.org>", "", " <ada@example.org>"],
    [
      "Ada Lind via B4 Relay <devnull+ada.example.org@kernel.example.org>",
      "X-Original-From: Ada Lind <ada@example.org>",
      "Ada Lind <ada@example.org>",
    ],
    ["Via Lind <via@example.org>", "", "Via Lind <via@example.org>"],
  ] as const) {
    test(`sent by ${from} ${more.split(":", 1)[0] ?? ""}`, () => {
      const { sender } = read(`From: ${from}\n${more === "" ? "" : `${more}\n`}Subject: [PATCH] KVM: Warm it\n${ids}`);
      assert.equal(`${sender.name} <${sender.email}>`, expected);
    });
  }

  test("addresses that an archive of Mailman obscured", () => {
    const body = patchBody(path).replaceAll("alex@example.org", "alex at example.org");
    const { patches } = read(`From: alex at example.org (Alex Archer)\nSubject: [PATCH] KVM: Warm it\n${ids}`, body);
    assert.deepEqual(
      patches[0]?.trailers.map(({ value }) => value),
      ["Alex Archer <alex@example.org>"],
    );
    // Only there: elsewhere somebody may write so.
    assert.equal(
      read(`From: Alex <${alex.email}>\nSubject: [PATCH] T\n${ids}`, body).patches[0]?.trailers[0]?.value.includes("@") ?? false,
      false,
    );
  });

  test("fields that stand twice: git makes the commit of the last From, Subject and Date", () => {
    const { subject, sender } = read(
      `From: Bo <bo@example.org>\nSubject: [PATCH] One\n${ids}\nSubject: [PATCH v2] Two\nFrom: Ada <ada@example.org>`,
    );
    assert.deepEqual([subject.title, subject.version, sender.email], ["Two", 2, "ada@example.org"]);
    assert.equal(read(`From: a@example.org\nSubject: [PATCH] T\n${ids}\nMessage-ID: <other@example.org>`).messageId, "m@example.org");
  });

  for (const [field, id] of [
    ["Message-ID:\n <m@example.org>", "m@example.org"],
    ["MESSAGE-ID : <m@example.org>", "m@example.org"],
    ["Message-Id\t: <m@example.org>", "m@example.org"],
    ["Message-ID: m@example.org", "m@example.org"],
    ["Message-ID: <m 1@example.org>", "m 1@example.org"],
    ["Message-ID: <m-long\n -id@example.org>", "m-long-id@example.org"],
    ["Message-ID: <m@example.org> (added by postmaster@example.org)", "m@example.org"],
    ["Message-ID: <m/1+%25@[127.0.0.1]>", "m/1+%25@[127.0.0.1]"],
  ] as const) {
    test(`the id of ${field.replace("\n", "\\n")}`, () => {
      const { messageId, patches } = read(`From: Ada <ada@example.org>\nSubject: [PATCH] KVM: Warm it\n${field}`);
      assert.deepEqual([messageId, patches.length], [id, 1]);
    });
  }

  test("a sentence with a colon is no field", () => {
    const { problems, body } = readMail(Buffer.from(`From: a@example.org\nSubject: T\n${ids}\nThis is so : I think.\n`));
    assert.deepEqual([problems[0], body], ["The headers end without an empty line.", "This is so : I think.\n"]);
  });

  test("what the scripts of those who take patches say of one is no patch", () => {
    for (const subject of [
      'FAILED: patch "[PATCH] KVM: Warm it" failed to apply to 6.1-stable tree',
      'WTF: patch "[PATCH] KVM: Warm it" was seriously submitted to be applied to the 6.1-stable tree?',
      'Patch "KVM: Warm it" has been added to the 6.6-stable tree',
      'patch "KVM: Warm it" added to usb-next',
      "+ kvm-warm-it.patch added to mm-unstable branch",
      "[merged mm-stable] kvm-warm-it.patch removed from -mm tree",
    ]) {
      assert.equal(kindOf(subject, `This is a note.\n\nFrom: Alex Archer <alex@example.org>\n\n${patchBody(path)}`), "bot 0", subject);
    }
    assert.equal(kindOf('FAILED: patch "[PATCH] KVM: Warm it" failed to apply to 6.1-stable tree', "It does not fit.\n"), "bot 0");
    assert.equal(kindOf('[PATCH] Patch "it" away', patchBody(path)), "patch 1");
    assert.equal(kindOf("[PATCH] KVM: Failed: patch it", patchBody(path)), "patch 1");
  });
});
