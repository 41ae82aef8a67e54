import assert from "node:assert/strict";
import { type ApplyAnswer, parseApplyAnswer, plainAnswer } from "../../../src/core/series/applyAnswer";
import { appliesHtml, applyLabel, applySentence, applyTone, pageApplies } from "../../../src/render/applies";

const path = "arch/x86/kvm/vmx/tdx.c";
const said = (answer: ApplyAnswer): [string, string] => [applyLabel(answer, 16), applySentence(answer, "HEAD")];

suite("what is said of whether a series applies", () => {
  test("in a word and in a sentence", () => {
    assert.deepEqual(said(plainAnswer("applies")), ["✓ applies", "It applies to HEAD."]);
    assert.deepEqual(said(plainAnswer("applies", { offset: 1 })), ["✓ applies", "It applies to HEAD, moved by up to 1 line."]);
    assert.deepEqual(said(plainAnswer("applies-3way", { alreadyIn: [1, 2, 4] })), [
      "✓ merges, 3 of 16 in",
      "It applies to HEAD with a three-way merge that leaves nothing to resolve. Patches 1-2, 4 are already in.",
    ]);
    assert.deepEqual(said(plainAnswer("conflicts", { patch: 3, file: path })), [
      "conflicts in tdx.c at 3/16",
      `It conflicts with HEAD in ${path} at patch 3.`,
    ]);
    assert.deepEqual(said(plainAnswer("base-unknown", { patch: 1, file: path, base: { commit: "0123456789abcdef", applies: true } })), [
      "does not apply in tdx.c at 1/16",
      `It does not apply to HEAD in ${path} at patch 1, and what it was made for is not in this repository, so that no merge can be tried. It does apply to the commit 0123456789ab, which it says it was made for.`,
    ]);
    assert.deepEqual(said(plainAnswer("already-in", { alreadyIn: [1] })), ["already in", "HEAD has all of it already."]);
    assert.deepEqual(said(plainAnswer("not-in-this-tree")), ["another tree", "None of the files it changes is in HEAD."]);
    assert.deepEqual(said(plainAnswer("incomplete", { missing: [2] })), [
      "patches missing",
      "Patch 2 is missing, so that it cannot be checked.",
    ]);
    assert.deepEqual(said(plainAnswer("incomplete", { mangled: [2], patch: 2 })), [
      "damaged at 2/16",
      "Patch 2 is damaged on the way, so that git cannot read all of it.",
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
        "the series with change-id 20260301-x, which is not among the pending ones",
        "<<b>gone@example.org>, which is not in these archives",
        "the patch with the id 000000000000, which is not in these archives",
        "the patch with the id 111111111111, which is not in these archives",
        "the patch with the id 222222222222, which is not in these archives",
        "2 more patches not in these archives",
      ],
    );
    assert.deepEqual(page.bases, [
      "based on “kvm/next <img>”, which this repository has as origin/kvm/next",
      "based on “kvm/next <img>”",
      "this repository does not have 222222222222",
      "this repository has 222222222222",
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
