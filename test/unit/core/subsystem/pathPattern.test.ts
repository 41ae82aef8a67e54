import assert from "node:assert/strict";
import { firstPattern, readPathPattern, tailOverlap } from "../../../../src/core/subsystem/subsystemRules";

suite("path patterns", () => {
  const rows: ReadonlyArray<readonly [string, string, boolean]> = [
    ["arch/x86/", "arch/x86/kvm/x86.c", true],
    ["arch/x86", "arch/x86", true],
    ["arch/x86/", "arch/x86_64/a.c", false],
    ["./arch//x86/", "arch/x86/a.c", true],
    ["/arch", "arch/x86/a.c", true],
    ["arch/x86/kvm/vmx/tdx*", "arch/x86/kvm/vmx/tdx_arch.h", true],
    ["arch/x86/kvm/vmx/tdx*", "arch/x86/kvm/vmx/vmx.c", false],
    ["arch/*/kvm/irq*", "arch/arm64/kvm/irq.c", true],
    ["arch/*/kvm/irq*", "arch/arm64/irq.c", false],
    ["a*b*c", "aXbYc/d", true],
    ["a*b*c", "acb", false],
    ["ab*ba", "aba", false],
    ["*", "a", true],
    ["virt/**/eventfd.c", "virt/eventfd.c", true],
    ["virt/**/eventfd.c", "virt/a/b/eventfd.c", true],
    ["virt/**/eventfd.c", "virt/a/b.c", false],
    ["**/b", "a/b", true],
    ["virt/**", "virt", true],
    ["a.c", "abc", false],
  ];
  for (const [pattern, path, expected] of rows) {
    test(`${pattern} ${expected ? "fits" : "does not fit"} ${path}`, () =>
      assert.equal(firstPattern([readPathPattern(pattern)])(path), expected ? 0 : -1));
  }

  test("of several the first counts, however they are written", () => {
    const find = firstPattern(["virt/**", "arch/x86/kvm/pmu*", "arch/x86", "arch/*/kvm", "arch", "arch/x86"]);
    assert.deepEqual(
      ["virt/a", "arch/x86/kvm/pmu.c", "arch/x86/kvm/x86.c", "arch/s390/kvm/a.c", "arch/s390/a.c", "mm/a.c"].map(find),
      [0, 1, 2, 3, 4, -1],
    );
  });

  test("a pattern without names is none", () => assert.deepEqual(["", " / ", "./"].map(readPathPattern), ["", "", ""]));

  test("a shortened path shares names with the end of a pattern", () =>
    assert.deepEqual(
      [
        tailOverlap(["kvm", "x86", "a.c"], "t/kvm/x86"),
        tailOverlap(["x86", "a.c"], "t/kvm/x86"),
        tailOverlap(["t", "kvm"], "t/kvm"),
        tailOverlap(["pmu.c"], "a/pmu*"),
      ],
      [2, 1, 0, 1],
    ));
});
