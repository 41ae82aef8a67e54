import assert from "node:assert/strict";
import { knownBase, namesInWords, saidBases } from "../../../../src/core/series/dependencies";
import { newestRevision } from "../../../../src/core/series/series";
import { assembled, madeSeries } from "../../../support/madeMail";

suite("what a series says it is based on", () => {
  for (const [words, names] of [
    ["kvm-x86/next", ["kvm-x86/next"]],
    ["`kvm/next` (0123456789ab).", ["kvm/next", "0123456789ab"]],
    ["the tip/x86/sev branch, and v6.12-rc1", ["tip/x86/sev", "v6.12-rc1"]],
    ["Linux 6.12-rc1", ["v6.12-rc1"]],
    ["v6.12-rc1-35-g0123456789ab", ["0123456789ab"]],
    ["next-20260301", ["next-20260301"]],
    ["linux-next(20260301)", ["next-20260301"]],
    ["Ada's tree (linux-5.8.0-rc4)", ["v5.8-rc4"]],
    ["linux kernel V6.12.3", ["v6.12.3"]],
    // The title of a commit and a file are no branches.
    ['kvm/queue, commit 0123456789ab ("KVM: x86/mmu: Drop load/store', ["kvm/queue", "0123456789ab"]],
    ['"KVM: x86/mmu: Warn", arch/x86/kvm/mmu.c, patch 1/2', []],
    ["today's queue of kvm, and fixes", []],
    // A word of hexadecimal letters is one of English.
    ["the defaced facade", []],
    ["git://git.example.org/kvm.git next", []],
    ["--upload-pack=x ../../etc -x/y a..b/c HEAD@{1} kvm/next.lock", []],
  ] as const)
    test(`names in “${words}”`, () => assert.deepEqual(namesInWords(words), names));

  test("by a tool and by a person, in the newest revision", () => {
    const [series] = assembled(
      madeSeries({
        id: "one",
        title: "KVM: one",
        letter: "base-commit: 0123456789abcdef\n\nThis is based on kvm-x86/next.\n",
        paths: ["a.c", "b.c"],
      }),
    ).series;
    assert(series && newestRevision(series).posted);
    const said = saidBases(series);
    assert.deepEqual(said, [
      { kind: "base-commit", value: "0123456789abcdef", names: ["0123456789abcdef"] },
      { kind: "words", value: "kvm-x86/next", names: ["kvm-x86/next"] },
    ]);
    const next = { name: "origin/kvm-x86/next", commit: "f".repeat(40) };
    assert.deepEqual(
      said.map((one) => knownBase(one, new Map([["kvm-x86/next", next]]))),
      [null, next],
    );
  });
});
