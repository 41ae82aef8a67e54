import assert from "node:assert/strict";
import { readMail } from "../../../../src/core/mail/mail";
import { versionLabel } from "../../../../src/core/mail/subject";
import { mailFactsOf } from "../../../../src/core/postings/mailFacts";
import { readFacts, RecordReader, RecordWriter, writeFacts } from "../../../../src/index/componentFormat";
import { WordTable } from "../../../../src/index/wordTable";
import {
  alex,
  assembled,
  bea,
  context,
  day,
  diffOf,
  hour,
  inShort,
  made,
  madeMail,
  madeSeries,
  minute,
  patchBody,
  revisionOf,
  revisionsOf,
  start,
} from "../../../support/madeMail";

const encoder = new TextEncoder();

/** A mail as it stands in an archive. */
function mailText(headers: string, body: string): Uint8Array {
  return encoder.encode(
    `Message-ID: <m@example.org>\nDate: Sun, 1 Mar 2026 10:00:00 +0000\nFrom: Alex Archer <alex@example.org>\n${headers}\n\n${body}`,
  );
}

suite("cases 21 to 40: revisions, and what is in a patch", () => {
  test("case 21: a RESEND is attached to what it repeats, and replies to both are kept", () => {
    const again = madeSeries({ id: "again", words: "PATCH RESEND", at: start + 7 * day, change: "v1" });
    const before = made({
      id: "r1@example.org",
      subject: "Re: [PATCH 1/3] x",
      from: bea,
      at: start + hour,
      to: "v1-1@example.org",
      body: "Acked-by: Bea Baker <bea@example.org>",
    });
    const after = made({
      id: "r2@example.org",
      subject: "Re: [PATCH RESEND 2/3] x",
      from: bea,
      at: start + 8 * day,
      to: "again-2@example.org",
      body: "Acked-by: Bea Baker <bea@example.org>",
    });
    const revision = revisionOf(madeSeries({ id: "v1" }), again, before, after);
    assert.equal(inShort(revision), "v1 n=3 cover: 1 2 3");
    assert.deepEqual(revision.posted?.resentAs, [{ messageId: "again-0@example.org", date: "2026-03-08T10:00:00Z" }]);
    assert.deepEqual(
      revision.patches.map(({ trailers }) => trailers.filter(({ key }) => key === "Acked-by").length),
      [1, 1, 0],
    );
    // The same without saying so, and a resend of which the first posting is not here.
    assert.equal(
      revisionOf(madeSeries({ id: "v1" }), madeSeries({ id: "again", at: start + day, change: "v1" })).posted?.resentAs.length,
      1,
    );
    assert.equal(revisionOf(again).resend, true);
  });

  test("case 22: a new version without vN is one only where something changed, later than ten minutes", () => {
    const changed = madeSeries({ id: "again", at: start + day, change: "changed" });
    assert.deepEqual(revisionsOf(madeSeries({ id: "v1" }), changed).map(inShort), ["v1 n=3 cover: 1 2 3", "v1 n=3 cover: 1 2 3"]);
    const soon = madeSeries({ id: "again", at: start + 5 * minute, change: "changed" });
    const revision = revisionOf(madeSeries({ id: "v1" }), soon);
    assert.equal(inShort(revision), "v1 n=3 cover: 1 2 3");
    assert.equal(revision.patches[0]?.messageId, "again-1@example.org");
  });

  test("case 23: the version stands on the cover letter only, or on the patches only", () => {
    const [cover, ...patches] = madeSeries({ id: "v3", words: "PATCH v3" });
    const [plainCover, ...plain] = madeSeries({ id: "v3" });
    assert.ok(cover && plainCover);
    assert.equal(inShort(revisionOf(cover, plain)), "v3 n=3 cover: 1 2 3");
    assert.equal(inShort(revisionOf(plainCover, patches)), "v3 n=3 cover: 1 2 3");
  });

  test("case 24: a partial reroll is filled from the newest earlier revision that has the patch", () => {
    const second = made({
      id: "v2@example.org",
      subject: "[PATCH v2 2/3] KVM: x86: Warm the teapots",
      at: start + day,
      to: "v1-2@example.org",
      body: patchBody("arch/x86/kvm/warm.c", "two"),
    });
    const third = made({
      id: "v3@example.org",
      subject: "[PATCH v3 2/3] KVM: x86: Warm the teapots",
      at: start + 2 * day,
      to: "v2@example.org",
      references: ["v1-2@example.org"],
      body: patchBody("arch/x86/kvm/warm.c", "three"),
    });
    const other = made({
      id: "v3b@example.org",
      subject: "[PATCH v3 3/3] KVM: selftests: Pour the tea",
      at: start + 2 * day,
      to: "v1-3@example.org",
      body: patchBody("tools/testing/selftests/kvm/tea.c", "three"),
    });
    assert.deepEqual(revisionsOf(madeSeries({ id: "v1" }), second, third).map(inShort), [
      "v1 n=3 cover: 1 2 3",
      "v2 n=3: 1<v1 2 3<v1",
      "v3 n=3: 1<v1 2 3<v1",
    ]);
    // It is called what v1 is called, which is no sign that its sender gave it.
    assert.deepEqual(
      assembled([...madeSeries({ id: "v1" }), second]).series.map(({ revisions, links }) => [revisions.length, links]),
      [[2, [{ from: 0, to: 1, evidence: ["in-reply-to"] }]]],
    );
    assert.deepEqual(revisionsOf(madeSeries({ id: "v1" }), third, other).map(inShort), ["v1 n=3 cover: 1 2 3", "v3 n=3: 1<v1 2 3"]);
    // A v2 of which the other patches went to another list is none: it does not answer its old place.
    const lonely = made({
      id: "x@example.org",
      subject: "[PATCH v2 2/3] KVM: x86: Warm the teapots",
      at: start + day,
      to: "v1-0@example.org",
      body: patchBody("arch/x86/kvm/warm.c", "x"),
    });
    assert.deepEqual(revisionsOf(madeSeries({ id: "v1" }), lonely).map(inShort), ["v1 n=3 cover: 1 2 3", "v2 n=3: - 2 -"]);
  });

  test("case 25: a renamed series, by link or by its patches", () => {
    const link = madeSeries({
      id: "v2",
      words: "PATCH v2",
      title: "KVM: x86: Tea for all",
      titles: ["KVM: A new start"],
      at: start + day,
      letter: "Changes since v1:\n - https://lore.kernel.org/kvm/v1-0@example.org/\n",
    });
    assert.deepEqual(
      assembled([...madeSeries({ id: "v1" }), ...link]).series.map(({ links }) => links),
      [[{ from: 0, to: 1, evidence: ["changelog-link"] }]],
    );
    const same = madeSeries({ id: "v2", words: "PATCH v2", title: "KVM: x86: Tea for all", at: start + day });
    assert.deepEqual(
      assembled([...madeSeries({ id: "v1" }), ...same]).series.map(({ links }) => links),
      [[{ from: 0, to: 1, evidence: ["overlap"] }]],
    );
  });

  test("case 26: another author takes the series over", () => {
    const link = madeSeries({
      id: "v2",
      words: "PATCH v2",
      title: "KVM: x86: Tea for all",
      from: bea,
      at: start + day,
      letter: "v2:\n - https://lore.kernel.org/kvm/v1-0@example.org/\n",
    });
    assert.equal(revisionsOf(madeSeries({ id: "v1" }), link).length, 2);
    const title = madeSeries({ id: "v2", words: "PATCH v2", from: bea, at: start + day });
    assert.equal(revisionsOf(madeSeries({ id: "v1" }), title).length, 2);
    const patches = madeSeries({
      id: "v2",
      words: "PATCH v2",
      title: "Tea",
      titles: ["X: a", "X: b", "X: c"],
      from: bea,
      at: start + day,
      change: "v1",
    });
    assert.deepEqual(assembled([...madeSeries({ id: "v1" }), ...patches]).series[0]?.links[0]?.evidence, ["same-patches"]);
  });

  test("case 27: a prerequisite-change-id is no change-id", () => {
    const first = madeSeries({ id: "a", letter: "change-id: 20260301-teapots-0123456789ab\n" });
    const needs = madeSeries({
      id: "b",
      words: "PATCH v2",
      title: "KVM: arm64: Kettles",
      titles: ["KVM: arm64: Boil"],
      paths: ["arch/arm64/kvm/k.c"],
      letter: "change-id: 20260302-kettles-ba9876543210\nprerequisite-change-id: 20260301-teapots-0123456789ab:v1\n",
      at: start + day,
    });
    const { series } = assembled([...first, ...needs]);
    assert.equal(series.length, 2);
    const kettles = series.find(({ title }) => title.includes("Kettles"))?.revisions[0]?.posted;
    assert.equal(kettles?.changeId, "20260302-kettles-ba9876543210");
    assert.deepEqual(kettles.prerequisites, [{ kind: "change-id", value: "20260301-teapots-0123456789ab:v1" }]);
  });

  test("case 28: a change-id used again for another series, or quoted in a reply", () => {
    const id = "change-id: 20260301-teapots-0123456789ab\n";
    const first = madeSeries({ id: "a", letter: id });
    const copied = madeSeries({
      id: "b",
      words: "PATCH v2",
      title: "KVM: arm64: Kettles",
      titles: ["KVM: arm64: Boil"],
      paths: ["arch/arm64/kvm/k.c"],
      letter: id,
      at: start + day,
    });
    const reply = made({
      id: "r@example.org",
      subject: "Re: [PATCH 0/3] KVM: x86: Add teapots",
      from: bea,
      to: "a-0@example.org",
      body: "change-id: 20260101-other-0123456789ab\n",
    });
    assert.equal(reply.changeId, null);
    assert.equal(assembled([...first, ...copied, reply]).series.length, 2);
    const below = made({
      id: "l@example.org",
      subject: "[PATCH] KVM: One",
      body: `${patchBody("made/one.c")}---\nbase-commit: 0123456789abcdef0123456789abcdef01234567\nchange-id: 20260301-one-0123456789ab\n`,
    });
    assert.equal(below.changeId, "20260301-one-0123456789ab");
    const renamed = madeSeries({
      id: "c",
      words: "PATCH v2",
      title: "KVM: x86: Tea for all",
      titles: ["KVM: x86: All new"],
      paths: ["arch/x86/kvm/teapot.c"],
      letter: id,
      at: start + day,
    });
    assert.deepEqual(assembled([...first, ...renamed]).series[0]?.links[0]?.evidence, ["change-id"]);
  });

  test("case 29: the same title over the years", () => {
    const title = "KVM: x86: Fixes for 6.x";
    const older = madeSeries({ id: "a", title, titles: ["KVM: x86: Fix a"], paths: ["arch/x86/kvm/a.c"] });
    const newer = madeSeries({
      id: "b",
      title,
      words: "PATCH v2",
      titles: ["KVM: x86: Fix b"],
      paths: ["arch/x86/kvm/b.c"],
      at: start + 400 * day,
    });
    assert.equal(assembled([...older, ...newer]).series.length, 2);
  });

  test("case 30: base-commit and what a posting needs", () => {
    const letter =
      "This is based on kvm-x86/next.\n\nBased-on: <20260228.1-1-bea@example.org>\nDepends-on: https://lore.kernel.org/kvm/20260227.1-1-cleo@example.net/\n\nbase-commit: 0123456789abcdef0123456789abcdef01234567\nprerequisite-patch-id: 89abcdef0123456789abcdef0123456789abcdef\n";
    const posted = revisionOf(madeSeries({ id: "v1", letter })).posted;
    assert.equal(posted?.baseCommit, "0123456789abcdef0123456789abcdef01234567");
    assert.deepEqual(posted.prerequisites, [
      { kind: "message-id", value: "20260228.1-1-bea@example.org" },
      { kind: "message-id", value: "20260227.1-1-cleo@example.net" },
      { kind: "patch-id", value: "89abcdef0123456789abcdef0123456789abcdef" },
      { kind: "text", value: "kvm-x86/next" },
    ]);
  });

  test("case 31: prerequisite-base-commit", () => {
    const posted = revisionOf(
      madeSeries({ id: "v1", letter: "prerequisite-base-commit: 0123456789abcdef0123456789abcdef01234567\n" }),
    ).posted;
    assert.deepEqual(
      [posted?.baseCommit, posted?.prerequisites],
      [null, [{ kind: "base-commit", value: "0123456789abcdef0123456789abcdef01234567" }]],
    );
  });

  test("case 32: base64, quoted-printable and 8bit bodies are the same patch", () => {
    const body = patchBody("arch/x86/kvm/ä.c".replace("ä", "a"), "1", "Größe.");
    const base64 = Buffer.from(body).toString("base64").replace(/.{76}/g, "$&\n");
    const quoted = body.replace(/=/g, "=3D").replaceAll("ö", "=C3=B6").replaceAll("ß", "=C3=9F");
    const encoded: Array<[string, string]> = [
      ["8bit", body],
      ["base64", base64],
      ["quoted-printable", quoted],
    ];
    for (const [encoding, text] of encoded) {
      const mail = mailText(
        `Subject: [PATCH] KVM: x86: T\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: ${encoding}`,
        text,
      );
      const facts = mailFactsOf(readMail(mail), context);
      assert.deepEqual(
        facts.patches[0]?.files.map(({ path, added }) => [path, added]),
        [["arch/x86/kvm/a.c", 1]],
        encoding,
      );
      assert.equal(facts.patches[0].patchId, made({ id: "x@example.org", subject: "[PATCH] T", body }).patches[0]?.patchId, encoding);
    }
  });

  test("case 33: an unknown charset is read as well as it can be", () => {
    const mail = mailText(
      "Subject: [PATCH] KVM: x86: T\nMIME-Version: 1.0\nContent-Type: text/plain; charset=x-unheard-of\nContent-Transfer-Encoding: 8bit",
      patchBody("arch/x86/kvm/a.c"),
    );
    assert.deepEqual(
      mailFactsOf(readMail(mail), context).patches[0]?.files.map(({ path }) => path),
      ["arch/x86/kvm/a.c"],
    );
  });

  test("case 34: encoded, raw and folded headers", () => {
    for (const subject of [
      "=?UTF-8?q?=5BPATCH_v2_1/3=5D_KVM=3A_x86=3A_Gr=C3=B6=C3=9Fe?=",
      "[PATCH v2 1/3] KVM: x86:\n Größe",
      "[PATCH v2 1/3] KVM: =?UTF-8?q?x86=3A_Gr?=\n =?UTF-8?q?=C3=B6=C3=9Fe?=",
    ]) {
      const facts = mailFactsOf(readMail(mailText(`Subject: ${subject}`, patchBody("arch/x86/kvm/a.c"))), context);
      assert.deepEqual([facts.subject.title, facts.subject.version, facts.subject.index], ["KVM: x86: Größe", 2, 1], subject);
    }
  });

  test("case 35: several attached patches are several patches", () => {
    const second = `From: Bea Baker <bea@example.org>\nSubject: [PATCH 2/2] KVM: Second\n\n${patchBody("made/second.c", "2")}`;
    const revision = revisionOf(
      mailFactsOf(
        madeMail({ id: "m@example.org", subject: "[PATCH] KVM: Two of them", body: patchBody("made/first.c"), attached: [second] }),
        context,
      ),
    );
    assert.equal(inShort(revision), "v1 n=2: 1 2");
    assert.deepEqual(
      revision.patches.map(({ title, author, files }) => [title, author.email, files[0]?.path]),
      [
        ["KVM: Two of them", alex.email, "made/first.c"],
        ["KVM: Second", bea.email, "made/second.c"],
      ],
    );
  });

  test("case 36: a hunk that a mail program broke is said, and its file is still touched", () => {
    const body = patchBody("arch/x86/kvm/a.c")
      .replace("+int added_1;", "+int added_1\n= a_long_line_that_was_wrapped;")
      .replace("+10,3 @@", "+10,3 @@");
    const broken = patchBody("arch/x86/kvm/b.c").replace(" int b;\n", "");
    const revision = revisionOf(
      made({
        id: "m@example.org",
        subject: "[PATCH] KVM: Two",
        body: `${body.slice(0, body.indexOf("-- \n"))}${broken.slice(broken.indexOf("diff --git"))}`,
      }),
    );
    assert.deepEqual(revision.files, ["arch/x86/kvm/a.c", "arch/x86/kvm/b.c"]);
    assert.ok((revision.patches[0]?.mangled?.length ?? 0) > 0);
  });

  test("case 37: CRLF line ends", () => {
    const facts = mailFactsOf(
      readMail(mailText("Subject: [PATCH] KVM: x86: T", patchBody("arch/x86/kvm/a.c").replace(/\n/g, "\r\n"))),
      context,
    );
    assert.deepEqual(
      facts.patches[0]?.files.map(({ path }) => path),
      ["arch/x86/kvm/a.c"],
    );
    assert.deepEqual(facts.patches[0].trailers, [{ key: "Signed-off-by", value: "Alex Archer <alex@example.org>", via: "patch" }]);
  });

  test("case 38: plain `diff -u` and `Index:`", () => {
    const plain = "--- arch/x86/kvm/a.c.orig\t2026-03-01\n+++ arch/x86/kvm/a.c\t2026-03-01\n@@ -1,1 +1,2 @@\n int a;\n+int b;\n";
    for (const diff of [
      plain,
      `Index: arch/x86/kvm/a.c\n===================================================================\n${plain.replace(".orig", "")}`,
    ]) {
      const facts = made({
        id: "m@example.org",
        subject: "[PATCH] KVM: T",
        body: `Do it.\n\nSigned-off-by: Alex Archer <alex@example.org>\n\n${diff}`,
      });
      assert.equal(facts.kind, "patch");
      assert.ok(facts.patches[0]?.files[0]?.path.includes("arch/x86/kvm/a.c"), diff);
    }
  });

  test("case 39: renames, modes, empty and binary files all touch", () => {
    const diff =
      "diff --git a/old.c b/new.c\nsimilarity index 100%\nrename from old.c\nrename to new.c\n" +
      "diff --git a/run.sh b/run.sh\nold mode 100644\nnew mode 100755\n" +
      "diff --git a/empty.c b/empty.c\nnew file mode 100644\nindex 0000000..e69de29\n" +
      "diff --git a/logo.png b/logo.png\nindex 1111111..2222222 100644\nBinary files a/logo.png and b/logo.png differ\n";
    const revision = revisionOf(made({ id: "m@example.org", subject: "[PATCH] KVM: Move", body: `Move.\n\n${diff}-- \n2.39\n` }));
    assert.deepEqual(revision.files, ["empty.c", "logo.png", "new.c", "old.c", "run.sh"]);
    assert.equal(revision.patches[0]?.files.find(({ path }) => path === "logo.png")?.changed, null);
  });

  test("case 40: a signature ends a reply, and a removed `- ` line in a diff does not", () => {
    const diff =
      "diff --git a/made/x.c b/made/x.c\n--- a/made/x.c\n+++ b/made/x.c\n@@ -1,2 +1,1 @@\n int a;\n-- \ndiff --git a/made/y.c b/made/y.c\n--- a/made/y.c\n+++ b/made/y.c\n@@ -1,1 +1,2 @@\n int a;\n+int b;\n-- \n2.39\n";
    const revision = revisionOf(made({ id: "m@example.org", subject: "[PATCH] KVM: T", body: `T.\n\n${diff}` }));
    assert.deepEqual(revision.files, ["made/x.c", "made/y.c"]);
    const reply = made({
      id: "r@example.org",
      subject: "Re: [PATCH] KVM: T",
      from: bea,
      to: "m@example.org",
      body: "No.\n\n-- \nAcked-by: Bea Baker <bea@example.org>\n",
    });
    assert.deepEqual(reply.given, []);
    assert.ok(diffOf("x.c").length > 0);
  });

  test("a series that began to count at zero has a v0, a v1 and no second v1", () => {
    const { series } = assembled([
      ...madeSeries({ id: "v0", words: "RFC PATCH v0" }),
      ...madeSeries({ id: "v1", words: "PATCH v1", at: start + day }),
      ...madeSeries({ id: "v2", words: "PATCH v2", at: start + 2 * day }),
    ]);
    assert.deepEqual(
      series.map(({ revisions }) => revisions.map((one) => [versionLabel(one.version, one.point ?? 0), one.patches.length])),
      [
        [
          ["v0", 3],
          ["v1", 3],
          ["v2", 3],
        ],
      ],
    );
    // Only the letter says it, as with any other version.
    const [letter, ...patches] = madeSeries({ id: "zero", words: "PATCH v0" });
    assert(letter);
    const plain = madeSeries({ id: "zero" }).slice(1);
    // The index keeps it.
    const writer = new RecordWriter();
    const words = new WordTable();
    writeFacts(writer, letter, words);
    assert.deepEqual(readFacts(new RecordReader(writer.take(0), 0), words, letter.source).subject, letter.subject);
    assert.equal(patches.length, plain.length);
    const zero = revisionOf([letter], plain);
    assert.equal(versionLabel(zero.version, zero.point ?? 0), "v0");
  });
});
