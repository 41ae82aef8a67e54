import assert from "node:assert/strict";
import { parseSubject } from "../../../../src/core/mail/subject";

/** `v2 1/3`, as a person reads it out of the brackets. */
function inShort(text: string): string {
  const { version, point, index, expected } = parseSubject(text);
  return `v${version}${point > 0 ? `.${point}` : ""}${index === null ? "" : ` ${index}/${expected ?? "?"}`}`;
}

const title = "KVM: x86: Fix it";

/** Each row of prefixes says the same; the title is what is left. */
function saysAll(expected: string, prefixes: readonly string[]): void {
  for (const prefix of prefixes) {
    const subject = prefix.includes("~") ? prefix.replace("~", title) : `${prefix} ${title}`;
    assert.deepEqual([inShort(subject), parseSubject(subject).title], [expected, title], subject);
  }
}

suite("forms of subjects", () => {
  test("a version that is written with a dash, an underscore or a slash", () => {
    saysAll("v2 1/3", ["[PATCH -v2 1/3]", "[PATCH - v2 1/3]", "[PATCH-v2 1/3]", "[PATCH_v2 1/3]", "[PATCH/v2 1/3]", "[PATCH v-2 1/3]"]);
    saysAll("v2 1/3", ["[PATCH v_2 1/3]", "[PATCH v.2 1/3]", "[PATCH v2-1/3]", "[PATCH v2_1/3]", "[PATCH-v2-1/3]", "[PATCH -v2- 1/3]"]);
    saysAll("v12 1/3", ["[PATCH net-next/v12 1/3]", "[PATCH bpf-next-v12 1/3]", "[PATCH kvm/v12 1/3]", "[PATCH kvm-x86/next/v12 1/3]"]);
    saysAll("v3", ["[PATCH rfc-v3]", "[RFC-v3 PATCH]", "[RFC/PATCH-v3]", "[PATCH v3-rfc]", "[PATCH RFC_v3]", "[PATCH v3/RFC]"]);
    saysAll("v2 1/3", [
      "[PATCH v2-next 1/3]",
      "[PATCHv2-next 1/3]",
      "[PATCH-next-v2 1/3]",
      "[PATCH v2-net 1/3]",
      "[PATCH mm-unstable-v2 1/3]",
    ]);
  });

  test("a version that is resent", () => {
    const all = [
      "[PATCH v2-resend]",
      "[PATCH resend-v2]",
      "[PATCH v2 RESEND]",
      "[RESEND-PATCH v2]",
      "[PATCH-RESEND v2]",
      "[PATCH v2 (repost)]",
    ];
    all.push(
      "[PATCH v2_resend]",
      "[PATCH v2/RESEND]",
      "[PATCH v2 re-send]",
      "[PATCH v2 RESENT]",
      "[PATCHv2RESEND]",
      "[PATCH] [v2 RESEND]",
      "[PATCH] (RESEND v2)",
    );
    saysAll("v2", all);
    for (const prefix of all) assert.equal(parseSubject(`${prefix} ${title}`).resend, true, prefix);
    assert.equal(parseSubject("[PATCH v2] KVM: Resend the interrupt").resend, false);
  });

  test("a version in brackets of its own or with punctuation", () => {
    saysAll("v2 1/3", [
      "[PATCH (v2) 1/3]",
      "[PATCH {v2} 1/3]",
      "[PATCH <v2> 1/3]",
      "[PATCH [v2] 1/3]",
      "[PATCH v2: 1/3]",
      "[PATCH: v2 1/3]",
      "[PATCH:v2 1/3]",
    ]);
    saysAll("v2 1/3", [
      "[PATCH | v2 | 1/3]",
      "[PATCH, v2, 1/3]",
      "[PATCH; v2; 1/3]",
      "[PATCH v2: RFC: 1/3]",
      '[PATCH "v2" 1/3]',
      "[PATCH *v2* 1/3]",
    ]);
    saysAll("v2 1/3", [
      "[PATCH 1/3] [v2]",
      "[PATCH 1/3] (v2)",
      "[v2] [PATCH 1/3]",
      "[PATCH][v2][1/3]",
      "[PATCH v2]: [1/3]",
      "[PATCH]: [v2]: [1/3]:",
    ]);
  });

  test("a version by another word", () => {
    saysAll("v2 1/3", [
      "[PATCH rev2 1/3]",
      "[PATCH rev 2 1/3]",
      "[PATCH rev.2 1/3]",
      "[PATCH REV2 1/3]",
      "[PATCH revision 2 1/3]",
      "[PATCH-rev2 1/3]",
    ]);
    saysAll("v2 1/3", [
      "[PATCH ver2 1/3]",
      "[PATCH ver 2 1/3]",
      "[PATCH ver. 2 1/3]",
      "[PATCH ver #2 1/3]",
      "[PATCH Ver#2 1/3]",
      "[PATCH version 2 1/3]",
      "[PATCH version2 1/3]",
    ]);
    saysAll("v2 1/3", [
      "[PATCH v 2 1/3]",
      "[PATCH V 2 1/3]",
      "[PATCH v #2 1/3]",
      "[PATCH v#2 1/3]",
      "[PATCH #2 1/3]",
      "[PATCH 1/3 #2]",
      "[PATCH (#2) 1/3]",
    ]);
    saysAll("v2 1/3", ["[PATCH take 2 1/3]", "[PATCH take2 1/3]", "[PATCH 1/3, take #2]", "[PATCH try 2 1/3]", "[PATCH try#2 1/3]"]);
  });

  test("a version behind the number, glued, twice", () => {
    saysAll("v2 1/3", [
      "[PATCH 1/3 v2]",
      "[PATCH 1/3v2]",
      "[PATCH1/3 v2]",
      "[PATCHv2 1/3]",
      "[v2PATCH1/3]",
      "[PATCHESv2 1/3]",
      "[PATCHSETv2 1/3]",
      "[PATCH V02 1/3]",
    ]);
    saysAll("v3 1/3", ["[PATCH v2 1/3 v3]", "[PATCH 1/3] [PATCH v3]", "[PATCH v2] [PATCH v3 1/3]"]);
    saysAll("v3", ["[PATCH v3]"]);
    assert.equal(parseSubject("[PATCH v3] v4 of it").title, "v4 of it");
  });

  test("a version in front of the title or at its end", () => {
    saysAll("v2", ["[PATCH] v2: ~", "[PATCH] V2 : ~", "[PATCH] (v2) ~", "[PATCH] [v2] ~", "[PATCH v2]: ~", "[PATCH]: v2: ~"]);
    saysAll("v2 1/3", [
      "[PATCH 1/3] ~ [ver #2]",
      "[PATCH 1/3] ~ (v2)",
      "[PATCH 1/3] ~ [v2]",
      "[PATCH 1/3] ~ (ver 2)",
      "[PATCH 1/3] ~ (rev 2)",
      "[PATCH 1/3] ~ (take 2)",
    ]);
    saysAll("v2 1/3", [
      "[PATCH 1/3] ~, v2",
      "[PATCH 1/3] ~, take 2",
      "[PATCH 1/3] ~ (version 2)",
      "[PATCH 1/3] ~ {v2}",
      "[PATCH 1/3] ~ [V2]",
      "[PATCH 1/3] ~ [try #2]",
    ]);
    assert.equal(inShort("[PATCH v3] KVM: Fix it (v2)"), "v3");
  });

  test("what is a version of something else is none", () => {
    const none = [
      "[PATCH 6.18.y] T",
      "[PATCH 6.18.y 1/2] T",
      "[PATCH v6.18] T",
      "[PATCH v6.12.y 1/2] T",
      "[PATCH v6.18-rc1] T",
      "[PATCH for-v6.19] T",
      "[PATCH for v6.6] T",
      "[PATCH stable v6.6] T",
      "[PATCH linux-6.6.y] T",
      "[PATCH v4l2] T",
      "[PATCH v9fs 1/2] T",
      "[PATCH gicv3] T",
      "[PATCH armv8] T",
      "[PATCH cgroup-v2] T",
      "[PATCH arm-smmu-v3 1/2] T",
      "[PATCH x86-64-v3] T",
      "[PATCH libv4l2] T",
      "[PATCH ipv6] T",
      "[PATCH kvm-6.18] T",
      "[PATCH part2] T",
      "[PATCH] KVM: x86: v2 of the API",
      "[PATCH] KVM: x86: Use the API v2",
      "[PATCH] KVM: arm64: Support the GIC (v3)",
      "[PATCH] KVM: arm64: vgic-v3: Fix it",
      "[PATCH] KVM: x86: Fix the bug (#2)",
      "[PATCH] KVM: x86: v2 and v3",
      "[PATCH v99999] T",
      "KVM: x86: Use it (v2)",
      "[Bug 12345] take 2 fails",
      "[RFC] KVM: GICv4.1",
    ];
    for (const subject of none) assert.match(inShort(subject), /^v1(?: \d\/\d)?$/, subject);
    assert.equal(inShort("[PATCH 6.18.y v2 1/2] T"), "v2 1/2");
    assert.equal(inShort("[PATCH v2 v6.6] T"), "v2");
    assert.equal(inShort("[PATCH v6.6 v2] T"), "v2");
    assert.equal(inShort("[PATCH v2.1 1/2] T"), "v2.1 1/2");
  });

  test("numbers", () => {
    saysAll("v1 1/3", [
      "[PATCH 1/3]",
      "[PATCH 1 / 3]",
      "[PATCH 1/ 3]",
      "[PATCH 1⁄3]",
      "[PATCH 1∕3]",
      "[PATCH 1／3]",
      "[PATCH 01of03]",
      "[PATCH 1 of 3]",
    ]);
    saysAll("v1 1/3", [
      "[PATCH 0001/0003]",
      "[PATCH part 1/3]",
      "[PATCH-1/3]",
      "[PATCH_1/3]",
      "[PATCH #1/3]",
      "[PATCH (1/3)]",
      "[PATCH 1\\3]",
      "[PATCH] (1/3)",
    ]);
    // A total that is not said is none, and three numbers say nothing.
    for (const words of ["00/N", "3/n", "1/x", "3/4/5"]) assert.equal(inShort(`[PATCH ${words}] T`), "v1", words);
  });

  test("brackets of other kinds", () => {
    saysAll("v2 1/3", [
      "(PATCH v2 1/3)",
      "{PATCH v2 1/3}",
      "<PATCH v2 1/3>",
      "【PATCH v2 1/3】",
      "［PATCH v2 1/3］",
      "（PATCH v2 1/3）",
      "「PATCH v2 1/3」",
      "〔PATCH v2 1/3〕",
    ]);
    assert.equal(parseSubject("(PATCH v2 1/3) T").patch, true);
    for (const subject of ["(re)start the timer", "<linux/kvm.h>: Fix it", "{get,put}_cpu: Fix it", "(v2) is not enough"])
      assert.equal(parseSubject(subject).title, subject);
    assert.equal(parseSubject("[PATCH] (re)start the timer").title, "(re)start the timer");
    assert.equal(parseSubject("[PATCH] <linux/kvm.h>: Fix it").title, "<linux/kvm.h>: Fix it");
  });

  test("brackets that are broken", () => {
    saysAll("v2 1/3", [
      "PATCH v2 1/3]",
      "[PATCH v2 1/3",
      "[[PATCH v2 1/3]",
      "[PATCH v2 1/3]]",
      "[PATCH v2 1/3}",
      "[PATCH v2 1/3)",
      "(PATCH v2 1/3]",
      "{PATCH v2 1/3]",
    ]);
    saysAll("v2 1/3", ["]PATCH v2 1/3]"]);
    saysAll("v2 1/3", ["net-next PATCH v2 1/3]", "[PATCH net-next v2 1/3", "RESEND PATCH v2 1/3]", "PATCH RFC v2 1/3]"]);
    saysAll("v1", ["[PATCH]][next]", "[PATCH]]", "[[PATCH]", "[PATCH)", "PATCH]", "[PATCH", "[PATCH]: ]", "[PATCH]:"]);
    saysAll("v2 1/3", ["[PATCH v2 1/3 [next]", "[PATCH [v2 1/3]"]);
    assert.equal(parseSubject("[PATCH Handle foo[3] and bar").title, "Handle foo[3] and bar");
    for (const prefix of ["PATCH v2 1/3]", "[PATCH v2 1/3", "[PATCH}", "[[PATCH]"])
      assert.equal(parseSubject(`${prefix} T`).patch, true, prefix);
  });

  test("no brackets at all", () => {
    saysAll("v2", ["PATCH v2: ~", "RFC PATCH v2: ~", "PATCHv2: ~", "Patch V2: ~", "RESEND PATCH v2: ~", "PATCH-v2: ~"]);
    saysAll("v2 1/3", ["PATCH v2 1/3: ~", "PATCH v2 1/3 ~", "PATCH 1/3 v2: ~"]);
    for (const subject of ["Patch for the timer", "PATCH the timer", "KVM: PATCH: Fix it", "RFC: KVM: Fix it", "patchwork: 1/3 of it"])
      assert.deepEqual([inShort(subject), parseSubject(subject).title], ["v1", subject]);
    // Whether such a mail is a patch its diff says.
    assert.equal(parseSubject("PATCH v2: T").patch, false);
  });

  test("reply marks behind the tag of a list or a gateway", () => {
    for (const tag of ["[EXT]", "[EXTERNAL]", "[kvm-devel]", "[SPAM?]", "[Bug 12345]"]) {
      const { reply, title: left } = parseSubject(`${tag} Re: [PATCH v2 1/3] ${title}`);
      assert.deepEqual([reply, left], [true, title], tag);
      assert.equal(parseSubject(`${tag} [PATCH v2 1/3] ${title}`).reply, false, tag);
    }
    assert.equal(parseSubject(`[EXT] AW: [PATCH] ${title}`).reply, true);
    assert.equal(parseSubject(`[PATCH v2] Re: [PATCH] ${title}`).reply, true);
    assert.deepEqual([parseSubject(`[PATCH] Re: ${title}`).reply, parseSubject(`[PATCH] Re: ${title}`).title], [false, title]);
  });
});
