import assert from "node:assert/strict";
import { type ApplyAnswer, parseApplyAnswer, plainAnswer } from "../../../src/core/series/applyAnswer";
import { appliesHtml, applyLabel, applySentence, applyTone, pageApplies } from "../../../src/render/applies";

const path = "arch/x86/kvm/vmx/tdx.c";
const said = (answer: ApplyAnswer): [string, string] => [applyLabel(answer, 16), applySentence(answer, "HEAD")];

suite("what is said of whether a series applies", () => {
  test("in a word and in a sentence", () => {
    assert.deepEqual(said(plainAnswer("applies")), ["✓ applies", "It applies to HEAD."]);
    assert.deepEqual(said(plainAnswer("applies", { offset: 1 })), ["✓ applies", "It applies to HEAD with an offset of up to 1 line."]);
    assert.deepEqual(said(plainAnswer("applies-3way", { alreadyIn: [1, 2, 4] })), [
      "✓ merges, 3 of 16 applied",
      "It applies to HEAD with a clean three-way merge. Patches 1-2, 4 are already applied.",
    ]);
    assert.deepEqual(said(plainAnswer("conflicts", { patch: 3, file: path })), [
      "conflicts in tdx.c at 3/16",
      `It conflicts with HEAD in ${path} at patch 3.`,
    ]);
    assert.deepEqual(said(plainAnswer("base-unknown", { patch: 1, file: path, base: { commit: "0123456789abcdef", applies: true } })), [
      "does not apply in tdx.c at 1/16",
      `It does not apply to HEAD in ${path} at patch 1. The blobs it is based on are not in this repository, so a three-way merge is not possible. It does apply to its stated base 0123456789ab.`,
    ]);
    assert.deepEqual(said(plainAnswer("already-in", { alreadyIn: [1] })), ["already applied", "All of it is already in HEAD."]);
    assert.deepEqual(said(plainAnswer("not-in-this-tree")), ["different tree", "HEAD has none of the files it changes."]);
    assert.deepEqual(said(plainAnswer("incomplete", { missing: [2] })), [
      "patches missing",
      "Patch 2 is missing, so it cannot be checked.",
    ]);
    assert.deepEqual(said(plainAnswer("incomplete", { mangled: [2], patch: 2 })), [
      "damaged at 2/16",
      "Patch 2 is damaged in transit, so git cannot read all of it.",
    ]);
    assert.deepEqual(said(plainAnswer("unknown", { why: "There is nothing." })), [
      "",
      "Whether it applies to HEAD is not known. There is nothing.",
    ]);
    assert.match(applySentence(plainAnswer("applies", { onTopOf: [{ id: "1", title: "KVM: low" }] }), "HEAD"), /on top of “KVM: low”\.$/);
  });

  test("a lone patch needs no number, and what does not apply is no error", () => {
    assert.equal(applyLabel(plainAnswer("conflicts", { patch: 1, file: path }), 1), "conflicts in tdx.c");
    assert.deepEqual(
      (["applies", "conflicts", "already-in", "incomplete"] as const).map((state) => applyTone(plainAnswer(state))),
      ["good", "bad", "past", null],
    );
  });

  test("what is needed and not known is named, by the dozen counted; what it is based on is said as far as git was asked", () => {
    const patches = Array.from({ length: 5 }, (_, at) => ({ kind: "patch-id", value: `${at}`.repeat(40), present: false }) as const);
    const mail = { kind: "message-id", value: "<b>gone@example.org", present: false } as const;
    const known = { name: "origin/kvm/next", commit: "1".repeat(40) };
    const said = { kind: "words", value: "kvm/next <img>", names: ["kvm/next"] } as const;
    const commit = { kind: "base-commit", value: "2".repeat(40), names: ["2".repeat(40)] } as const;
    const page = pageApplies(null, 1, [...patches, mail, { kind: "change-id", value: "20260301-x", present: false }], {
      bases: [
        { said, known },
        { said, known: undefined },
        { said: commit, known: null },
        { said: commit, known: { name: commit.value, commit: commit.value } },
        { said: { ...said, value: "whatever", names: [] }, known: null },
      ],
      urlOf: (id) => `https://lore.example.org/${encodeURIComponent(id)}/`,
    });
    assert.deepEqual(
      page.unknown.map(({ text }) => text),
      [
        "the series with change-id 20260301-x (not among the pending series)",
        "<<b>gone@example.org> (not in your archives)",
        "the patch with id 000000000000 (not in your archives)",
        "the patch with id 111111111111 (not in your archives)",
        "the patch with id 222222222222 (not in your archives)",
        "2 more patches (not in your archives)",
      ],
    );
    assert.deepEqual(page.bases, [
      "based on “kvm/next <img>” (origin/kvm/next in this repository)",
      "based on “kvm/next <img>”",
      "base commit 222222222222 is not in this repository",
      "base commit 222222222222 is in this repository",
      "based on “whatever”",
    ]);
    const html = appliesHtml(page);
    assert.doesNotMatch(html, /<b>|<img>/);
    assert.match(html, /data-do="openLink" data-url="https:\/\/lore\.example\.org\/%3Cb%3Egone%40example\.org\/"/);
  });

  test("names from mail are text", () => {
    const file = 'a/<img src=x onerror="x">\u202e.c';
    const dependencies = [{ kind: "text", value: "x", present: false } as const];
    const html = appliesHtml(pageApplies({ answer: plainAnswer("conflicts", { patch: 1, file }), base: "HEAD" }, 2, dependencies));
    assert.doesNotMatch(html, /<img|\u202e/);
    assert.match(html, /It conflicts with HEAD in a\/&lt;img/);
    assert.equal(appliesHtml(null), "");
    assert.equal(appliesHtml(pageApplies(null, 1, [])), "");
  });

  test("what is kept is read back, and nothing else", () => {
    const answer = plainAnswer("conflicts", { patch: 2, file: path, alreadyIn: [1], base: { commit: "abc", applies: false } });
    assert.deepEqual(parseApplyAnswer(JSON.parse(JSON.stringify(answer))), answer);
    for (const bad of [null, 1, {}, { ...answer, state: "fine" }, { ...answer, alreadyIn: ["1"] }, { ...answer, patch: "2" }])
      assert.equal(parseApplyAnswer(bad), null);
  });
});
