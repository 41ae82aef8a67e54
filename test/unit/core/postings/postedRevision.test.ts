/** What a revision keeps of its mails that `series --json` does not print; what it prints is in test/cases. */
import assert from "node:assert/strict";
import type { Author } from "../../../../src/core/mail/author";
import type { Revision } from "../../../../src/core/series/series";
import { alex, assembled, bea, cleo, day, diffOf, hour, made, madeSeries, patchBody, revisionOf, start } from "../../../support/madeMail";

const otherList: Author = { name: "", email: "linux-kselftest@vger.kernel.org" };

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

/** Who reviewed which patch: `1: Acked-by Bea`. */
function reviews(revision: Revision): string[] {
  return revision.patches.flatMap(({ index, trailers }) =>
    trailers.filter(({ via }) => via !== "patch").map(({ key, value }) => `${index ?? "?"}: ${key} ${value.split(" ")[0] ?? ""}`),
  );
}

/** What the replies to a series are, and which patch each is about. */
function replyKinds(...mails: ReadonlyArray<ReturnType<typeof made>>): unknown[] {
  return revisionOf(madeSeries({ id: "v1" }), ...mails).posted?.replies.map(({ kind, patch }) => [kind, patch]) ?? [];
}

suite("replies of a revision", () => {
  test("a new patch is a loose patch, a quoted diff a comment", () => {
    assert.deepEqual(
      replyKinds(reply(2, `Why not this?\n\n-- >8 --\nSubject: KVM: x86: Warm them better\n\n${diffOf("arch/x86/kvm/better.c")}`)),
      [["loose-patch", 2]],
    );
    assert.deepEqual(replyKinds(reply(2, diffOf("arch/x86/kvm/warm.c").replace(/^/gm, "> "))), [["comment", 2]]);
  });

  test("a reply that repeats the patch under its subject is one, whatever its id", () => {
    const subject = "[PATCH 2/3] KVM: x86: Warm the teapots";
    const body = `Looks good to me.\n\n${patchBody("arch/x86/kvm/warm.c", "v1_2")}`;
    const at = start + hour;
    assert.equal(replyKinds(made({ id: "r@example.org", subject, from: bea, at, to: "v1-2@example.org", body })).length, 1);
    const imposter = made({ id: "v1-2@example.org", subject: "Re: x", from: bea, at, to: "v1-1@example.org", body: "Another mail." });
    assert.deepEqual(
      revisionOf(madeSeries({ id: "v1" }), imposter).posted?.replies.map(({ messageId, author }) => [messageId, author]),
      [["v1-2@example.org", bea]],
    );
  });

  test("mails of programs, and one that says what was applied", () => {
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
      body: "Build error.\n\nReported-by: kernel test robot <lkp@intel.com>\n",
    });
    assert.deepEqual(replyKinds(tip, robot), [
      ["bot", 1],
      ["applied", 2],
    ]);
    assert.deepEqual(replyKinds(reply(0, "Applied to kvm-x86 tea, thanks!\n")), [["applied", 0]]);
    const syzbot = made({
      id: "z@example.org",
      subject: "[syzbot] [kvm?] WARNING in teapot",
      from: { name: "syzbot", email: "syzbot+0123@example.org" },
      body: diffOf("made/x.c"),
    });
    assert.deepEqual(assembled([syzbot]).unplaced, [{ messageId: "z@example.org", reason: "A program sent it, and it answers no mail." }]);
  });

  test("an answer to a suggested patch gives no trailer, and says what it said", () => {
    for (const index of [0, 2]) {
      const suggestion = reply(index, `How about this?\n\n${diffOf("made/other.c")}`, cleo);
      const answer = {
        ...reply(index, "Better. This one:\n\nReviewed-by: Bea Baker <bea@example.org>\n"),
        inReplyTo: suggestion.messageId,
        date: suggestion.date + 1000,
      };
      assert.deepEqual(
        revisionOf(madeSeries({ id: "v1" }), suggestion, answer).posted?.replies.map(({ kind, trailers }) => [kind, trailers.length]),
        [
          ["loose-patch", 0],
          ["comment", 1],
        ],
      );
    }
  });

  test("a trailer knows the mail it came with", () => {
    const revision = revisionOf(madeSeries({ id: "v1" }), reply(2, "Reviewed-by: Bea Baker <bea@example.org>\n"));
    assert.deepEqual(revision.patches[1]?.trailers.at(-1), {
      key: "Reviewed-by",
      value: "Bea Baker <bea@example.org>",
      via: "reply",
      messageId: "r2-41@example.org",
    });
  });
});

suite("a review of a part of the series counts for no other patch", () => {
  const titles = ["vdpa: Count the teapots", "KVM: x86: Warm the teapots", "vhost/vdpa: Pour the tea"];
  const tag = "Acked-by: Bea Baker <bea@example.org>";
  const acked = (body: string): string[] =>
    reviews(revisionOf(madeSeries({ id: "v1", titles }), reply(0, body))).map((line) => line.slice(0, 1));
  for (const [words, indexes] of [
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
    test(words, () => assert.equal(acked(`Hello.\n\n${words}\n\n${tag}\n`).join(""), indexes));
  }
  test("the words are its sender's own", () => assert.equal(acked(`> vdpa bits:\n\n${tag}\n`).join(""), "123"));
  test("on a patch it is for that patch", () => {
    assert.deepEqual(reviews(revisionOf(madeSeries({ id: "v1" }), reply(2, `For the s390 parts:\n${tag}\n`))), ["2: Acked-by Bea"]);
  });
});

suite("what else a revision keeps", () => {
  test("the lists it came over, and those that hold what is missing", () => {
    const mails = madeSeries({ id: "v1" });
    const crossPosted = mails.map((mail) => ({ ...mail, lists: ["kvmarm.lists.linux.dev"] }));
    assert.deepEqual(revisionOf(mails, crossPosted).posted?.lists, ["kvm.vger.kernel.org", "kvmarm.lists.linux.dev"]);
    const copied = madeSeries({ id: "v1", without: [2] }).map((mail) => ({ ...mail, cc: [otherList, cleo] }));
    assert.deepEqual(revisionOf(copied).posted?.otherLists, [otherList.email]);
    const letter =
      "Hello.\n\nAlex Archer (3):\n  KVM: x86: Count the teapots\n  KVM: x86: Warm the teapots\n  KVM: selftests: Pour the tea\n";
    const sentTo = madeSeries({ id: "v1", letter, without: [3] }).map((mail) => ({ ...mail, to: [...mail.to, otherList] }));
    assert.deepEqual(revisionOf(sentTo).posted?.otherLists, [otherList.email]);
  });

  test("more patches than announced are an oddity, and the mails a patch was chosen over its rivals", () => {
    const body = patchBody("made/wash.c");
    const fourth = made({
      id: "v1-4@example.org",
      subject: "[PATCH 4/3] KVM: x86: Wash up",
      to: "v1-2@example.org",
      at: start + hour,
      body,
    });
    assert.deepEqual(revisionOf(madeSeries({ id: "v1" }), fourth).posted?.oddities, ["4/3 is more than the subjects announce."]);
    const subject = "[PATCH 2/3] KVM: x86: Warm the teapots";
    const better = made({ id: "again@example.org", subject, to: "v1-2@example.org", at: start + hour, body });
    assert.deepEqual(revisionOf(madeSeries({ id: "v1" }), better).patches[1]?.rivals, ["v1-2@example.org"]);
  });

  test("its change-id, its base and what it needs", () => {
    const posted = (letter: string): Revision["posted"] => revisionOf(madeSeries({ id: "v1", letter })).posted;
    const kettles = posted("change-id: 20260302-kettles-ba9876543210\nprerequisite-change-id: 20260301-teapots-0123456789ab:v1\n");
    assert.equal(kettles?.changeId, "20260302-kettles-ba9876543210");
    assert.deepEqual(kettles.prerequisites, [{ kind: "change-id", value: "20260301-teapots-0123456789ab:v1" }]);
    const based = posted(
      "This is based on kvm-x86/next.\n\nBased-on: <20260228.1-1-bea@example.org>\nDepends-on: https://lore.kernel.org/kvm/20260227.1-1-cleo@example.net/\n\nbase-commit: 0123456789abcdef0123456789abcdef01234567\nprerequisite-patch-id: 89abcdef0123456789abcdef0123456789abcdef\n",
    );
    assert.equal(based?.baseCommit, "0123456789abcdef0123456789abcdef01234567");
    assert.deepEqual(based.prerequisites, [
      { kind: "message-id", value: "20260228.1-1-bea@example.org" },
      { kind: "message-id", value: "20260227.1-1-cleo@example.net" },
      { kind: "patch-id", value: "89abcdef0123456789abcdef0123456789abcdef" },
      { kind: "text", value: "kvm-x86/next" },
    ]);
    const needed = posted("prerequisite-base-commit: 0123456789abcdef0123456789abcdef01234567\n");
    assert.deepEqual(
      [needed?.baseCommit, needed?.prerequisites],
      [null, [{ kind: "base-commit", value: "0123456789abcdef0123456789abcdef01234567" }]],
    );
  });

  test("whether it is a pull request or stable mail, and of a stable patch the mainline commit", () => {
    const body = "Please pull.\n\n arch/x86/kvm/teapot.c | 3 +++\n 1 file changed, 3 insertions(+)\n";
    const pull = made({ id: "p@example.org", subject: "[GIT PULL] KVM: teapots for 7.1", body });
    assert.equal(revisionOf(pull).posted?.kind, "pull");
    assert.equal(revisionOf(pull, madeSeries({ id: "v1", cover: false, to: "p@example.org" })).posted?.kind, "pull");
    const parts = [0, 1, 2].map((index) =>
      made({
        id: `p${index}@example.org`,
        subject: `[GIT PULL ${index}/2] KVM: part ${index}`,
        at: start + index * 1000,
        ...(index > 0 ? { to: "p0@example.org" } : {}),
        body: "Please pull.\n",
      }),
    );
    assert.equal(revisionOf(parts).posted?.kind, "pull");
    const upstream = `commit 0123456789abcdef0123456789abcdef01234567 upstream.\n\n${patchBody("arch/x86/kvm/teapot.c", "v1_1")}`;
    const [stable, picked] = ["PATCH 6.6 012/300", "PATCH AUTOSEL 6.6-5.10 3/9"].map((words, at) =>
      revisionOf(
        made({ id: `s${at}@example.org`, subject: `[${words}] KVM: x86: Count the teapots`, from: cleo, at: start + day, body: upstream }),
      ),
    );
    assert.deepEqual([stable?.posted?.kind, picked?.posted?.kind], ["stable", "stable"]);
    assert.equal(revisionOf(madeSeries({ id: "v1" })).posted?.kind, "patches");
  });

  test("which hunks are broken, and no diffstat of an interdiff", () => {
    const wrapped = patchBody("arch/x86/kvm/a.c").replace("+int added_1;", "+int added_1\n= a_long_line_that_was_wrapped;");
    const broken = patchBody("arch/x86/kvm/b.c").replace(" int b;\n", "");
    const body = `${wrapped.slice(0, wrapped.indexOf("-- \n"))}${broken.slice(broken.indexOf("diff --git"))}`;
    const revision = revisionOf(made({ id: "m@example.org", subject: "[PATCH] KVM: Two", body }));
    assert.ok((revision.patches[0]?.mangled?.length ?? 0) > 0);
    const letter = `Hello.\n\n made/old.c | 3 +++\n 1 file changed, 3 insertions(+)\n\nInterdiff against v1:\n${diffOf("made/interdiff.c")}Range-diff against v1:\n1:  0123 ! 1:  4567 KVM: x86: Count\n`;
    assert.deepEqual(revisionOf(madeSeries({ id: "v2", words: "PATCH v2", letter })).diffstat, []);
  });

  test("the author of a patch that only the shortlog names is the shortlog's", () => {
    const letter = "Alex Archer (3):\n  KVM: x86: Count the teapots\n  KVM: x86: Warm the teapots\n  KVM: selftests: Pour the tea\n";
    assert.deepEqual(revisionOf(madeSeries({ id: "v1", letter, without: [3] })).patches[2]?.author, alex);
  });
});
