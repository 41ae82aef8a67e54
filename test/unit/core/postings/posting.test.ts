import assert from "node:assert/strict";
import { bruno, coverEntry, entry, patchEntry, postingsOf } from "../../../support/invented";

/** A posting in short: title, number of patches, and the indexes of those that are known. */
function summary(postings: ReturnType<typeof postingsOf>): string[] {
  return postings.map(
    ({ revision: { version, title, patches } }) =>
      `v${version} ${title}: ${patches.map(({ index, files }) => `${index ?? "-"}${files.length > 0 ? "*" : ""}`).join(" ")}`,
  );
}

const titles = { "Ada Lind": ["KVM: One", "KVM: Two", "KVM: Three"] };

suite("posting", () => {
  const cover = coverEntry("[PATCH 0/3] KVM: All", { shortlog: titles, files: { "a.c": 1, "b.c": 2 } });
  const first = patchEntry("[PATCH 1/3] KVM: One", { "a.c": 1 });

  test("cover letter and first patch are one posting", () => {
    const [posting, ...others] = postingsOf([first, cover]);
    assert.deepEqual(others, []);
    assert(posting);
    const { revision } = posting;
    assert.deepEqual(summary([posting]), ["v1 KVM: All: 1* 2 3"]);
    assert.deepEqual(revision.missing, []);
    assert.deepEqual(revision.files, ["a.c", "b.c"]);
    assert.deepEqual(
      revision.patches.map(({ author }) => author.email),
      ["ada@example.org", "ada@example.org", "ada@example.org"],
    );
    assert.equal(revision.cover?.subject, "[PATCH 0/3] KVM: All");
  });

  test("also where they stand in neighbouring digests, in either order", () => {
    assert.deepEqual(summary(postingsOf([cover], [first])), ["v1 KVM: All: 1* 2 3"]);
    assert.deepEqual(summary(postingsOf([first], [cover])), ["v1 KVM: All: 1* 2 3"]);
  });

  test("a mail in two digests counts once", () => {
    assert.deepEqual(summary(postingsOf([first, cover], [first, cover])), ["v1 KVM: All: 1* 2 3"]);
  });

  test("a cover letter alone, a first patch alone, a lone patch", () => {
    assert.deepEqual(summary(postingsOf([cover])), ["v1 KVM: All: 1 2 3"]);
    const [alone] = postingsOf([first]);
    assert.deepEqual([alone?.revision.expected, alone?.revision.missing, alone?.revision.title], [3, [2, 3], "KVM: One"]);
    const [lone] = postingsOf([patchEntry("[PATCH] KVM: Lone", { "a.c": 1 })]);
    assert.deepEqual([lone?.revision.expected, lone?.revision.missing, lone?.revision.patches[0]?.index], [1, [], 1]);
  });

  test("a shortlog of one author is in patch order, one of several is not", () => {
    const several = coverEntry("[PATCH 0/3] KVM: All", {
      shortlog: { "Ada Lind": ["KVM: Two", "KVM: One"], "Bruno Vale": ["KVM: Three"] },
    });
    assert.deepEqual(summary(postingsOf([first, several])), ["v1 KVM: All: 1* - -"]);
    const [posting] = postingsOf([first, several]);
    assert.deepEqual(
      posting?.revision.patches.map(({ title }) => title),
      ["KVM: One", "KVM: Two", "KVM: Three"],
    );
    assert.deepEqual(posting.revision.missing, []);
  });

  test("of several authors even the first one's titles may be anywhere", () => {
    const several = coverEntry("[PATCH 0/3] KVM: All", {
      shortlog: { "Ada Lind": ["KVM: One", "KVM: Two"], "Bruno Vale": ["KVM: Three"] },
    });
    assert.deepEqual(summary(postingsOf([first, several])), ["v1 KVM: All: 1* - -"]);
    assert.deepEqual(summary(postingsOf([several])), ["v1 KVM: All: - - -"]);
  });

  test("a shortlog whose first title is not 1/n was not in patch order", () => {
    const odd = coverEntry("[PATCH 0/3] KVM: All", { shortlog: { "Ada Lind": ["KVM: Three", "KVM: One", "KVM: Two"] } });
    assert.deepEqual(summary(postingsOf([first, odd])), ["v1 KVM: All: 1* - -"]);
  });

  test("more titles than announced have no index", () => {
    const odd = coverEntry("[PATCH 0/2] KVM: All", { shortlog: titles });
    assert.deepEqual(summary(postingsOf([odd])), ["v1 KVM: All: 1 2 -"]);
  });

  test("without a shortlog the others are missing", () => {
    const bare = coverEntry("[PATCH 0/3] KVM: All");
    const [posting] = postingsOf([first, bare]);
    assert.deepEqual([summary(posting ? [posting] : []), posting?.revision.missing], [["v1 KVM: All: 1*"], [2, 3]]);
  });

  test("two postings of one author, version and size keep their own patches", () => {
    const other = coverEntry("[PATCH 0/3] KVM: Other", { shortlog: { "Ada Lind": ["KVM: Uno", "KVM: Due", "KVM: Tre"] } });
    const otherFirst = patchEntry("[PATCH 1/3] KVM: Uno", { "u.c": 1 });
    for (const entries of [
      [otherFirst, other, first, cover],
      [first, otherFirst, other, cover],
      [otherFirst, first, cover, other],
    ]) {
      assert.deepEqual(summary(postingsOf(entries)).sort(), ["v1 KVM: All: 1* 2 3", "v1 KVM: Other: 1* 2 3"]);
    }
  });

  test("a first patch that its shortlog names otherwise is known by its place", () => {
    const renamed = patchEntry("[PATCH 1/3] KVM: One, renamed", { "a.c": 1 });
    const [posting, ...others] = postingsOf([renamed, cover]);
    assert.deepEqual(others, []);
    assert.deepEqual(
      posting?.revision.patches.map(({ index, title }) => `${index ?? "-"} ${title}`),
      ["1 KVM: One, renamed", "2 KVM: Two", "3 KVM: Three"],
    );
  });

  test("a version only the cover letter tells is inherited", () => {
    const versioned = coverEntry("[PATCH v3 0/3] KVM: All", { shortlog: titles });
    assert.deepEqual(summary(postingsOf([first, versioned])), ["v3 KVM: All: 1* 2 3"]);
  });

  test("a RESEND and what it repeats do not share a patch", () => {
    const resent = coverEntry("[PATCH RESEND 0/3] KVM: All", { shortlog: titles });
    const resentFirst = patchEntry("[PATCH RESEND 1/3] KVM: One", { "a.c": 1 });
    assert.deepEqual(summary(postingsOf([first, cover], [resentFirst, resent])), ["v1 KVM: All: 1* 2 3", "v1 KVM: All: 1* 2 3"]);
  });

  test("another's first patch stays apart", () => {
    const stranger = patchEntry("[PATCH 1/3] KVM: One", { "a.c": 1 }, bruno);
    assert.deepEqual(summary(postingsOf([stranger, cover])).sort(), ["v1 KVM: All: 1 2 3", "v1 KVM: One: 1*"]);
  });

  test("the patch's author is the shortlog's, not the sender's, with the mail the digest knows", () => {
    const shared = coverEntry("[PATCH 0/2] KVM: All", { shortlog: { "Bruno Vale": ["KVM: One"], "Chen Ming": ["KVM: Two"] } });
    const sent = patchEntry("[PATCH 1/2] KVM: One", { "a.c": 1 });
    const [posting] = postingsOf([patchEntry("[PATCH] KVM: Lone", {}, bruno), sent, shared]);
    assert.deepEqual(
      posting?.revision.patches.map(({ author }) => author),
      [
        { name: "Bruno Vale", email: "bruno@example.org" },
        { name: "Chen Ming", email: "" },
      ],
    );
  });

  test("a review on the cover letter counts for every patch, a sign-off does not", () => {
    const reviewed = coverEntry("[PATCH 0/3] KVM: All", {
      text: `Hello.\n\nReviewed-by: ${bruno}\nSigned-off-by: ${bruno}`,
      shortlog: titles,
    });
    const [posting] = postingsOf([first, reviewed]);
    assert.deepEqual(
      posting?.revision.patches.map(({ trailers }) => trailers.filter(({ via }) => via === "cover").map(({ key }) => key)),
      [["Reviewed-by"], ["Reviewed-by"], ["Reviewed-by"]],
    );
  });

  test("the message keeps what stands below ---", () => {
    const [posting] = postingsOf([entry("[PATCH v2] KVM: Lone", "Why.\n---\nv2: Rebase.\n\n a.c | 1 +\n 1 file changed, 1 insertion(+)")]);
    assert.match(posting?.revision.patches[0]?.message ?? "", /v2: Rebase/);
  });

  test("old and new names of a rename are touched", () => {
    const [posting] = postingsOf([
      entry("[PATCH] KVM: Move", "Why.\n---\n a/{b => c}/d.c | 0\n 1 file changed, 0 insertions(+), 0 deletions(-)"),
    ]);
    assert.deepEqual(posting?.revision.files, ["a/b/d.c", "a/c/d.c"]);
  });

  test("the place is that of the newest mail", () => {
    assert.deepEqual(
      postingsOf([cover], [patchEntry("[PATCH] KVM: Lone"), first]).map(({ source, position }) => [source, position]),
      [
        [1, 1],
        [1, 0],
      ],
    );
  });
});
