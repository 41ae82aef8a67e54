import assert from "node:assert/strict";
import { readPostingBase } from "../../../../src/core/postings/postingBase";

/** What people are told a posting is based on, of a letter's words. */
function words(...texts: readonly string[]): string[] {
  return readPostingBase(...texts).prerequisites.flatMap(({ kind, value }) => (kind === "text" ? [value] : []));
}

suite("what a letter says it is based on, in words", () => {
  for (const [letter, said] of [
    ["This series is based on kvm-x86/next.\n", "kvm-x86/next"],
    ["This series is based on\nkvm-x86/next.\n", "kvm-x86/next"],
    ['This is based\non sha1\n0123456789ab Ada Lind "KVM: Begin".\n\nPlease comment.\n', '0123456789ab Ada Lind "KVM: Begin"'],
    ["Based on kvm/next (commit 0123456789ab), tested on two hosts.\n", "kvm/next (commit 0123456789ab)"],
    ["Words.\n\nBased on kernel 7.2-rc1, tested with and without it.\n", "kernel 7.2-rc1"],
    ["Patch series based on v5.3-rc6.\n", "v5.3-rc6"],
    ["The patches are based on\nv7.1-rc7 and can be used to run a guest.\n", "v7.1-rc7"],
    ["[ based on kvm/next ]\n", "kvm/next"],
    ["(Based on v6.1.)\n", "v6.1"],
    ["They're based on today's linux-next,\nwith few patches pending.\n", "today's linux-next"],
    ["This patchset is based on hmm.git\nbecause that has the cleanup.\n", "hmm.git"],
    ["This series applies on 5.6-rc2. It has been built.\n", "5.6-rc2"],
    ["Patches in this series applies fine on top of powerpc/next (9a77c4a0a125)\nplus those.\n", "powerpc/next (9a77c4a0a125) plus those"],
    ["Applies on ada/kvm-next branch\n\n file.c | 2 +-\n", "ada/kvm-next branch"],
    ["That is all.\n\nAgainst v5.2-rc1.\n", "v5.2-rc1"],
    [
      'This applies on top of "[PATCH v3 0/3] Begin" patchset that was posted at:\n\nhttps://example.org/\n',
      '"[PATCH v3 0/3] Begin" patchset',
    ],
    ["v2: based on linux-next(20200917), and can be applied to mainline.\n", "linux-next(20200917)"],
    ["Changes in v3:\n- Rebased on v6.2\n  Link: https://example.org/\n\nChanges in v2:\n- Rebased on v6.1\n", "v6.2"],
    ["v1 -> v2:\n* rebased onto v6.1\n\nv2 -> v3:\n* rebased onto v6.2\n", "v6.2"],
    // What is said of the posting comes first, wherever it stands.
    ["Changes in v2:\n- Rebased on v6.1\n\nThis series is based on kvm/queue.\n", "kvm/queue"],
    ["Based on v6.1.\n\nThe series applies to kvm/next\n", "kvm/next"],
  ] as const)
    test(`“${letter.trim()}”`, () => {
      const [value, ...more] = words(letter);
      assert.equal(value?.replace(/^sha1 /, ""), said);
      assert.deepEqual(more, []);
    });

  for (const letter of [
    "Compute the effective mask based on the guest's CPUID model.\n",
    "KVM should decide this based on whether the vCPU is in guest mode; fix it.\n",
    "The timeout is now rebased on top of the host TSC.\n",
    'Do not unregister the subchannel\nbased on DNV"), subchannel behavior has changed.\n',
    "The code posted here is based on prior work by Ada Lind, Bea Baker.\n",
    "This patch is based on an idea of Bea Baker.\n",
    "- Added fixes based on the reports by Ada.\n",
    "Based on a comment from Bea:\n1. Fixed it\n",
    "This series is based on suggestions from Ada[1] and biweekly upstream calls.\n",
    "The series is based on\nthe size of the queue.\n",
    "Based on patches and discussion with Ada Lind and\nBea Baker.\n",
    'Based on "powernv/opal-msglog.c", this patch provides an interface.\n',
    "They are based on primitives using 64-bit sized values anyway.\n",
    "Currently this only applies to s390, but a\nfuture patch will move it.\n",
    "This part does not apply to v6.1.\n",
    "It guards against v6.1 guests.\n",
    "This applies on top of these series:\n\nhttps://example.org/\n",
    "> This series is based on kvm/next.\n",
    "Changes in v3:\n- Typos\nChanges in v2:\n- Rebased on v6.1\n",
    "which this patchset is based upon.\n\nOutside of it, kvm/next needs a change.\n",
    "",
  ])
    test(`nothing in “${letter.trim()}”`, () => assert.deepEqual(words(letter), []));

  test("a long letter is read in one walk", () => {
    const many = 5000;
    for (const text of [
      "based on ",
      "this series is ",
      "based on\n",
      "v1 ",
      "Changes in v1\n- based on v6.1\n",
      "applies a b c ",
      "(",
      '("',
      " ",
    ])
      assert.ok(words(text.repeat(many)).length < 2);
  });
});
