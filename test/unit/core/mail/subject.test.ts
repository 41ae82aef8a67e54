import assert from "node:assert/strict";
import { parseSubject, titleKey, type Subject } from "../../../../src/core/mail/subject";

/** What the subjects of these tests have in common; each row says what differs. */
const plain: Omit<Subject, "title"> = {
  prefixes: ["PATCH"],
  version: 1,
  point: 0,
  index: null,
  expected: null,
  rfc: false,
  resend: false,
  reply: false,
  patch: true,
};

suite("subject", () => {
  const rows: ReadonlyArray<readonly [string, Partial<Subject>]> = [
    ["[PATCH] KVM: Fix it", {}],
    ["[PATCH v3 02/16] KVM: Fix it", { version: 3, index: 2, expected: 16 }],
    ["[PATCHv3] KVM: Fix it", { version: 3 }],
    ["[PATCHv3 1/2] KVM: Fix it", { version: 3, index: 1, expected: 2 }],
    ["[PATCH,v3] KVM: Fix it", { version: 3 }],
    ["[PATCH,v3,1/2] KVM: Fix it", { version: 3, index: 1, expected: 2 }],
    ["[PATCH v2,1/3] KVM: Fix it", { version: 2, index: 1, expected: 3 }],
    ["[PATCH;v2;1/3] KVM: Fix it", { version: 2, index: 1, expected: 3 }],
    ["[patch V2 1/3] KVM: Fix it", { prefixes: ["patch"], version: 2, index: 1, expected: 3 }],
    [
      "[RFC PATCH net-next v3 02/16] KVM: Fix it",
      { prefixes: ["RFC", "PATCH", "net-next"], version: 3, index: 2, expected: 16, rfc: true },
    ],
    ["[RFC/PATCH v2] KVM: Fix it", { prefixes: ["RFC/PATCH"], version: 2, rfc: true }],
    ["[PATCH RFCv2 0/4] KVM: Fix it", { prefixes: ["PATCH", "RFC"], version: 2, index: 0, expected: 4, rfc: true }],
    ["[RFC 1/4] KVM: Fix it", { prefixes: ["RFC"], index: 1, expected: 4, rfc: true }],
    ["[RFC] KVM: Fix it", { prefixes: ["RFC"], rfc: true, patch: false }],
    // Mercurial, and words written without a space.
    ["[PATCH 1 of 5] KVM: Fix it", { index: 1, expected: 5 }],
    ["[PATCH 1 of 5 v2] KVM: Fix it", { index: 1, expected: 5, version: 2 }],
    ["[PATCH1/8] KVM: Fix it", { index: 1, expected: 8 }],
    ["[v2PATCH12/15] KVM: Fix it", { index: 12, expected: 15, version: 2 }],
    ["[PATCH v5.1 10/12] KVM: Fix it", { version: 5, point: 1, index: 10, expected: 12 }],
    // More patches than announced are kept as they are.
    ["[PATCH 6/5] KVM: Fix it", { index: 6, expected: 5 }],
    ["[PATCH [foo] 1/2] KVM: Fix it", { prefixes: ["PATCH", "foo"], index: 1, expected: 2 }],
    ["[PATCH v2] [RFC] KVM: Fix it", { prefixes: ["PATCH", "RFC"], version: 2, rfc: true }],
    ["[RESEND][PATCH v2 1/2] KVM: Fix it", { prefixes: ["RESEND", "PATCH"], version: 2, index: 1, expected: 2, resend: true }],
    ["[PATCH RESEND] KVM: Fix it", { prefixes: ["PATCH", "RESEND"], resend: true }],
    ["[PATCH REPOST v4] KVM: Fix it", { prefixes: ["PATCH", "REPOST"], version: 4, resend: true }],
    ["Re: [PATCH] KVM: Fix it", { reply: true }],
    ["RE: Re[2]: [PATCH] KVM: Fix it", { reply: true }],
    ["AW: [PATCH] KVM: Fix it", { reply: true }],
    ["Fwd: [PATCH] KVM: Fix it", { reply: true }],
    ["SV: [PATCH] KVM: Fix it", { reply: true }],
    ["YNT: [PATCH] KVM: Fix it", { reply: true }],
    ["回复: [PATCH] KVM: Fix it", { reply: true }],
    ["答复：[PATCH] KVM: Fix it", { reply: true }],
    ["[PATCH 6.6 012/300] KVM: Fix it", { prefixes: ["PATCH", "6.6"], index: 12, expected: 300 }],
    ["[PATCH AUTOSEL 6.18-6.12 1/9] KVM: Fix it", { prefixes: ["PATCH", "AUTOSEL", "6.18-6.12"], index: 1, expected: 9 }],
    ["[PATCH kvm-unit-tests v2 0/3] KVM: Fix it", { prefixes: ["PATCH", "kvm-unit-tests"], version: 2, index: 0, expected: 3 }],
    ["[QEMU PATCH] KVM: Fix it", { prefixes: ["QEMU", "PATCH"] }],
    ["  [PATCH]\tKVM:  Fix it ", {}],
    ["KVM: Fix it", { prefixes: [], patch: false }],
    // Numbers that would make us list a million missing patches are none.
    ["[PATCH 1/4294967296] KVM: Fix it", { prefixes: ["PATCH", "1/4294967296"] }],
    ["[PATCH 12345/2] KVM: Fix it", { prefixes: ["PATCH", "12345/2"] }],
    ["[PATCH v99999999999] KVM: Fix it", { prefixes: ["PATCH", "v99999999999"] }],
    // Some people begin to count at zero, and then v1 is what they send next.
    ["[PATCH v0 1/1] KVM: Fix it", { version: 1, point: -1, index: 1, expected: 1 }],
  ];
  for (const [text, differs] of rows) {
    test(text, () => assert.deepEqual(parseSubject(text), { ...plain, ...differs, title: "KVM: Fix it" }));
  }

  test("brackets that never close, or have nothing behind them, are no error", () => {
    assert.deepEqual([parseSubject("[PATCH 1/2]").title, parseSubject("").title], ["", ""]);
    assert.equal(parseSubject("KVM: x86: [RFC] is not first").title, "KVM: x86: [RFC] is not first");
  });

  test("two spellings of one title have one key", () => {
    const key = titleKey("KVM: Fix it");
    for (const title of ["kvm: fix IT", " KVM:  Fix\tit ", "KVM: Fix it.", "KVM: Fix it. "]) assert.equal(titleKey(title), key, title);
    assert.notEqual(titleKey("KVM: Fix it twice"), key);
  });
});
