import assert from "node:assert/strict";
import type { Author } from "../../../../src/core/mail/author";
import { mailFactsOf } from "../../../../src/core/postings/mailFacts";
import type { Revision } from "../../../../src/core/series/series";
import { projectOfPatches } from "../../../../src/core/subsystem/project";
import {
  alex,
  assembled,
  bea,
  cleo,
  context,
  day,
  diffOf,
  hour,
  inShort,
  made,
  madeMail,
  madeSeries,
  patchBody,
  revisionOf,
  start,
} from "../../../support/madeMail";

/** A reply to one of the mails of `v1`. */
function reply(index: number, body: string, from: Author = bea): ReturnType<typeof made> {
  return made({
    id: `r${index}-${body.length}@example.org`,
    subject: `Re: [PATCH ${index}/3] Tea`,
    from,
    at: start + hour,
    to: `v1-${index}@example.org`,
    body,
  });
}

/** Who reviewed which patch: `1: Bea via reply`. */
function reviews(revision: Revision): string[] {
  return revision.patches.flatMap(({ index, trailers }) =>
    trailers
      .filter(({ via }) => via !== "patch")
      .map(({ key, value, via, giver }) => `${index ?? "?"}: ${key} ${value.split(" ")[0] ?? ""} via ${via}${giver ? `, ${giver}` : ""}`),
  );
}

suite("cases 41 to 55: senders, dates, kinds of mail, trailers", () => {
  test("case 41: the author is the From of the body, the sender that of the header, also through a list that munges", () => {
    const sent = made({
      id: "m@example.org",
      subject: "[PATCH] KVM: T",
      from: bea,
      body: `From: Cleo Carver <cleo@example.net>\n\n${patchBody("made/a.c")}`,
    });
    assert.deepEqual([sent.author, sent.sender], [cleo, bea]);
    const listed: Author = { name: "Bea Baker via Tea-devel", email: "tea-devel@lists.example.org" };
    const body = patchBody("made/a.c");
    assert.deepEqual(
      mailFactsOf({ ...madeMail({ id: "m@example.org", subject: "[PATCH] T", from: listed, body }), originalFrom: bea }, context).author,
      bea,
    );
    assert.deepEqual(made({ id: "m@example.org", subject: "[PATCH] T", from: listed, cc: [cleo, bea], body }).author, bea);
    assert.equal(made({ id: "m@example.org", subject: "[PATCH] T", from: listed, body }).author.name, "Bea Baker");
  });

  test("case 42: a wrong, bad or missing date is the archive's, never now", () => {
    const committed = start;
    const dated = (date: number | null, at: number | null = committed): number =>
      mailFactsOf({ ...madeMail({ id: "m@example.org", subject: "T" }), date }, { ...context, committed: at }).date;
    assert.equal(dated(start - hour), start - hour);
    assert.equal(dated(start + hour), start + hour);
    assert.equal(dated(Date.UTC(2099, 0, 1)), committed);
    assert.equal(dated(0), committed);
    assert.equal(dated(null), committed);
    assert.equal(dated(null, null), 0);
    assert.equal(
      revisionOf(
        mailFactsOf({ ...madeMail({ id: "m@example.org", subject: "[PATCH] T", body: patchBody("made/a.c") }), date: null }, context),
      ).date,
      null,
    );
  });

  test("case 43: no Message-ID, and references that are not there", () => {
    const facts = mailFactsOf(madeMail({ id: "", subject: "[PATCH] KVM: T", body: patchBody("made/a.c"), to: "gone@example.org" }), {
      ...context,
      place: "0123abcd",
    });
    assert.equal(facts.messageId, "0123abcd@no-message-id.invalid");
    assert.equal(inShort(revisionOf(facts)), "v1 n=1: 1");
  });

  test("case 44: a pull request has no files", () => {
    const pull = made({
      id: "p@example.org",
      subject: "[GIT PULL] KVM: teapots for 7.1",
      body: "The following changes since commit 0123:\n\nare available in the Git repository at:\n\n  https://git.example.org/tea tags/tea-7.1\n\n arch/x86/kvm/teapot.c | 3 +++\n 1 file changed, 3 insertions(+)\n",
    });
    const revision = revisionOf(pull);
    assert.deepEqual([revision.posted?.kind, revision.expected, revision.files, revision.title], ["pull", 0, [], "KVM: teapots for 7.1"]);
    const below = revisionOf(pull, madeSeries({ id: "v1", cover: false, to: "p@example.org" }));
    assert.deepEqual([below.posted?.kind, inShort(below), below.messageId], ["pull", "v1 n=3 cover: 1 2 3", "p@example.org"]);
  });

  test("case 45: a pull request in parts is one", () => {
    const parts = [0, 1, 2].map((index) =>
      made({
        id: `p${index}@example.org`,
        subject: `[GIT PULL ${index}/2] KVM: part ${index}`,
        at: start + index * 1000,
        ...(index > 0 ? { to: "p0@example.org" } : {}),
        body: "Please pull.\n",
      }),
    );
    const revision = revisionOf(parts);
    assert.deepEqual([inShort(revision), revision.posted?.kind, revision.files], ["v1 n=2 cover: 1 2", "pull", []]);
    assert.equal(inShort(revisionOf(parts.slice(1).map((mail) => ({ ...mail, inReplyTo: null })))), "v1 n=2: 1 2");
  });

  test("case 46: stable and AUTOSEL mail is of its own kind and names the mainline commit", () => {
    const body = `commit 0123456789abcdef0123456789abcdef01234567 upstream.\n\n${patchBody("arch/x86/kvm/teapot.c", "v1_1")}`;
    const stable = made({
      id: "s@example.org",
      subject: "[PATCH 6.6 012/300] KVM: x86: Count the teapots",
      from: cleo,
      at: start + day,
      body,
    });
    const picked = made({
      id: "a@example.org",
      subject: "[PATCH AUTOSEL 6.6-5.10 3/9] KVM: x86: Count the teapots",
      from: cleo,
      at: start + 2 * day,
      body,
    });
    const { series } = assembled([...madeSeries({ id: "v1" }), stable, picked]);
    assert.deepEqual(
      series.map(({ revisions }) => revisions[0]?.posted?.kind),
      ["stable", "stable", "patches"],
    );
    assert.equal(series[1]?.revisions[0]?.patches[0]?.upstream, "0123456789abcdef0123456789abcdef01234567");
    assert.deepEqual([series[1].revisions[0].expected, series[1].revisions[0].missing.length], [300, 299]);
    // What a distribution picks for its kernels is no later version of the patch either.
    const backports = [
      "EMBARGOED RHEL8.0 PATCH v5 01/11",
      "PATCH RHEL-9.4 v2",
      "PATCH SLE15-SP3",
      "SRU][jammy:linux][PATCH",
      "PATCH OLK-5.10 v2",
    ];
    for (const words of backports) {
      const backport = made({ id: "d@example.org", subject: `[${words}] KVM: x86: Count the teapots`, from: cleo, at: start + day, body });
      assert(backport.stable, words);
      const { series: apart } = assembled([
        made({ id: "p@example.org", subject: "[PATCH] KVM: x86: Count the teapots", from: cleo, body }),
        backport,
      ]);
      assert.equal(apart.length, 2, words);
    }
    // A fix that is only to be applied to stable trees later is reviewed like any other.
    assert.equal(made({ id: "f@example.org", subject: "[PATCH/FIXUP FOR STABLE] KVM: T", body: patchBody("made/a.c") }).stable, false);
  });

  test("case 47: `Applied, thanks` with commits in its lines", () => {
    const thanks = reply(
      0,
      "On Sun, 01 Mar 2026, Alex wrote:\n> These add teapots.\n\nApplied to kvm-x86 tea, thanks!\n\n[1/3] KVM: x86: Count the teapots\n      commit: 0123456789abcdef0123456789abcdef01234567\n[3/3] KVM: selftests: Pour the tea\n      https://git.example.org/kvm/c/89abcdef0123\n",
    );
    const posted = revisionOf(madeSeries({ id: "v1" }), thanks).posted;
    assert.deepEqual(
      posted?.applied.map(({ patches, commit }) => [patches, commit]),
      [
        [[1], "0123456789abcdef0123456789abcdef01234567"],
        [[3], "89abcdef0123"],
      ],
    );
    assert.equal(posted.replies[0]?.kind, "applied");
    assert.deepEqual(reply(0, "I have not applied this, since it does not build.\n").applied, []);
    assert.deepEqual(reply(0, "> Applied, thanks.\n\nThank you!\n").applied, []);
  });

  test("case 48: mails of programs are no patches, and hang under what they answer", () => {
    const tip = made({
      id: "tip@example.org",
      subject: "[tip: x86/urgent] KVM: x86: Warm the teapots",
      from: { name: "tip-bot2 for Alex Archer", email: "tip-bot2@example.org" },
      at: start + day,
      to: "v1-2@example.org",
      body: `The following commit has been merged into the x86/urgent branch of tip:\n\nCommit-ID:     0123456789abcdef0123456789abcdef01234567\n\n${patchBody("arch/x86/kvm/warm.c", "v1_2")}`,
    });
    const robot = made({
      id: "lkp@example.org",
      subject: "Re: [PATCH 1/3] KVM: x86: Count the teapots",
      from: { name: "kernel test robot", email: "lkp@intel.com" },
      at: start + day,
      to: "v1-1@example.org",
      body: `Build error.\n\nReported-by: kernel test robot <lkp@intel.com>\n`,
    });
    const revision = revisionOf(madeSeries({ id: "v1" }), tip, robot);
    assert.deepEqual(
      revision.posted?.replies.map(({ kind, patch }) => [kind, patch]),
      [
        ["bot", 1],
        ["applied", 2],
      ],
    );
    assert.deepEqual(
      revision.posted.applied.map(({ patches, commit }) => [patches, commit]),
      [[[2], "0123456789abcdef0123456789abcdef01234567"]],
    );
    assert.deepEqual(reviews(revision), []);
    const syzbot = made({
      id: "z@example.org",
      subject: "[syzbot] [kvm?] WARNING in teapot",
      from: { name: "syzbot", email: "syzbot+0123@example.org" },
      body: diffOf("made/x.c"),
    });
    assert.deepEqual(assembled([syzbot]).unplaced, [{ messageId: "z@example.org", reason: "A program sent it, and it answers no mail." }]);
  });

  test("case 49: trailers of replies: another address, quoted, for some patches, folded, with a note", () => {
    const on = (index: number, body: string, from: Author = bea): string[] =>
      reviews(revisionOf(madeSeries({ id: "v1" }), reply(index, body, from)));
    assert.deepEqual(on(2, "Reviewed-by: Bea Baker <bea@example.org>\n"), ["2: Reviewed-by Bea via reply"]);
    assert.deepEqual(on(2, "Reviewed-by: Bea Baker <bea@work.example>\n"), ["2: Reviewed-by Bea via reply, sender-elsewhere"]);
    assert.deepEqual(on(2, "> Reviewed-by: Cleo Carver <cleo@example.net>\n\nReally?\n"), []);
    assert.deepEqual(on(0, "Reviewed-by: Bea Baker <bea@example.org> [for patches 1-2]\n"), [
      "1: Reviewed-by Bea via cover",
      "2: Reviewed-by Bea via cover",
    ]);
    assert.deepEqual(on(0, "For patches 1 and 3:\n\nAcked-by: Bea Baker <bea@example.org>\n"), [
      "1: Acked-by Bea via cover",
      "3: Acked-by Bea via cover",
    ]);
    assert.deepEqual(on(2, "Reviewed-by: Bea Baker\n <bea@example.org>\n"), ["2: Reviewed-by Bea via reply"]);
    const noted = revisionOf(madeSeries({ id: "v1" }), reply(2, "Acked-by: Bea Baker <bea@example.org> # the selftest part\n"));
    assert.equal(noted.patches[1]?.trailers.at(-1)?.value, "Bea Baker <bea@example.org> # the selftest part");
    assert.deepEqual(on(2, "Reviewed-by: me, tomorrow\n"), []);
  });

  test("case 50: a review of the cover letter counts for every patch", () => {
    const revision = revisionOf(madeSeries({ id: "v1" }), reply(0, "For the series:\nReviewed-by: Bea Baker <bea@example.org>\n"));
    assert.deepEqual(reviews(revision), ["1: Reviewed-by Bea via cover", "2: Reviewed-by Bea via cover", "3: Reviewed-by Bea via cover"]);
    const own = revisionOf(madeSeries({ id: "v1", letter: "Hello.\n\nTested-by: Cleo Carver <cleo@example.net>\n" }));
    assert.deepEqual(reviews(own).length, 3);
  });

  suite("a review of a part of the series counts for no other patch", () => {
    const titles = ["vdpa: Count the teapots", "KVM: x86: Warm the teapots", "vhost/vdpa: Pour the tea"];
    const tag = "Acked-by: Bea Baker <bea@example.org>";
    const acked = (body: string): string[] =>
      reviews(revisionOf(madeSeries({ id: "v1", titles }), reply(0, body))).map((line) => line.slice(0, 1));
    for (const [words, places] of [
      ["vdpa bits:", "13"],
      ["For the vdpa changes,", "13"],
      ["for the vhost/vdpa part", "3"],
      ["Looks good for the x86 and vhost parts:", "23"],
      ["For all the KVM-related patches:", "2"],
      ["FWIW, for everything that touches code which is not only KVM:", ""],
      ["For the s390 side:", ""],
      ["For the last patch:", ""],
      ["For the remaining patches:", ""],
      ["For everything except patch 2:", ""],
      ["Based on this testing for patches 1 to 2", "12"],
      ["For the series:", "123"],
      ["For the whole series,", "123"],
      ["For all patches:", "123"],
      ["Thanks for the quick changes:", "123"],
      ["I like these changes:", "123"],
      ["Nice changes.", "123"],
      ["I re-ran my matrix of firmware tests:", "123"],
    ] as const) {
      test(words, () => assert.equal(acked(`Hello.\n\n${words}\n\n${tag}\n`).join(""), places));
    }
    test("the words are its sender's own", () => assert.equal(acked(`> vdpa bits:\n\n${tag}\n`).join(""), "123"));
    test("on a patch it is for that patch", () => {
      const revision = revisionOf(madeSeries({ id: "v1" }), reply(2, `For the s390 parts:\n${tag}\n`));
      assert.deepEqual(reviews(revision), ["2: Acked-by Bea via reply"]);
    });
  });

  test("what answers a patch that somebody suggests in the thread is said of that one", () => {
    for (const index of [0, 2]) {
      const suggestion = reply(index, `How about this?\n\n${diffOf("made/other.c")}`, cleo);
      const answer = {
        ...reply(index, "Better. This one:\n\nReviewed-by: Bea Baker <bea@example.org>\n"),
        inReplyTo: suggestion.messageId,
        date: suggestion.date + 1000,
      };
      const revision = revisionOf(madeSeries({ id: "v1" }), suggestion, answer);
      assert.deepEqual(reviews(revision), []);
      assert.deepEqual(
        revision.posted?.replies.map(({ kind, trailers }) => [kind, trailers.length]),
        [
          ["loose-patch", 0],
          ["comment", 1],
        ],
      );
    }
  });

  test("case 51: a big series arriving over minutes and out of order", () => {
    const titles = Array.from({ length: 44 }, (_, at) => `KVM: Step ${at + 1}`);
    const mails = madeSeries({ id: "v6", words: "PATCH v6", titles }).map((mail, at) => ({
      ...mail,
      date: start + ((at * 17) % 45) * 20_000,
    }));
    const revision = revisionOf(mails.toReversed());
    assert.deepEqual(
      [revision.expected, revision.patches.map(({ index }) => index), revision.missing],
      [44, titles.map((_, at) => at + 1), []],
    );
  });

  test("case 52: a cover letter with a diffstat, an interdiff or a range-diff touches no files", () => {
    const letter = `Hello.\n\n made/old.c | 3 +++\n 1 file changed, 3 insertions(+)\n\nInterdiff against v1:\n${diffOf("made/interdiff.c")}Range-diff against v1:\n1:  0123 ! 1:  4567 KVM: x86: Count\n`;
    const revision = revisionOf(madeSeries({ id: "v2", words: "PATCH v2", letter }));
    assert.deepEqual(revision.files, ["arch/x86/kvm/teapot.c", "arch/x86/kvm/warm.c", "tools/testing/selftests/kvm/tea.c"]);
    assert.deepEqual(revision.diffstat, []);
  });

  test("case 53: a patch that went to another list only has a slot, its title and the list", () => {
    const letter =
      "Hello.\n\nAlex Archer (3):\n  KVM: x86: Count the teapots\n  KVM: x86: Warm the teapots\n  KVM: selftests: Pour the tea\n";
    const mails = madeSeries({ id: "v1", letter, without: [3] }).map((mail) => ({
      ...mail,
      to: [...mail.to, { name: "", email: "linux-kselftest@vger.kernel.org" }],
    }));
    const revision = revisionOf(mails);
    assert.equal(inShort(revision), "v1 n=3 cover: 1 2 -");
    assert.deepEqual([revision.patches[2]?.title, revision.patches[2]?.author], ["KVM: selftests: Pour the tea", alex]);
    assert.deepEqual(revision.missing, []);
    assert.deepEqual(revision.posted?.otherLists, ["linux-kselftest@vger.kernel.org"]);
  });

  test("case 54: patches of another project on the list stay apart", () => {
    const qemu = madeSeries({
      id: "q",
      words: "PATCH QEMU",
      title: "target/i386: Use teapots",
      titles: ["target/i386: a", "target/i386: b", "target/i386: c"],
      paths: ["target/i386/a.c", "target/i386/b.c", "target/i386/c.c"],
      cover: false,
      to: "v1-0@example.org",
      at: start + 60_000,
    });
    const { series } = assembled([...madeSeries({ id: "v1" }), ...qemu]);
    assert.deepEqual(
      series.map(({ revisions }) => revisions.map(inShort).join()),
      ["v1 n=3: 1 2 3", "v1 n=3 cover: 1 2 3"],
    );
    const [newest] = series[0]?.revisions ?? [];
    assert.equal(projectOfPatches({ prefixes: newest?.prefixes ?? [], paths: newest?.files ?? [] }), "qemu");
  });

  test("case 55: mercurial's `1 of 3` and `# HG changeset`", () => {
    const mails = [0, 1, 2].map((index) =>
      made({
        id: `hg${index}@example.org`,
        subject: `[PATCH ${index} of 2] KVM: Part ${index}`,
        at: start + index * 1000,
        ...(index > 0
          ? {
              to: "hg0@example.org",
              body: `# HG changeset patch\n# User alex@example.org\n# Node ID 0123456789ab\nKVM: Part ${index}\n\ndiff -r 0123456789ab made/part${index}.c\n--- a/made/part${index}.c\n+++ b/made/part${index}.c\n@@ -1,1 +1,2 @@\n int a;\n+int b;\n`,
            }
          : { body: "Two parts.\n" }),
      }),
    );
    const revision = revisionOf(mails);
    assert.equal(inShort(revision), "v1 n=2 cover: 1 2");
    assert.deepEqual(revision.files, ["made/part1.c", "made/part2.c"]);
  });
});
