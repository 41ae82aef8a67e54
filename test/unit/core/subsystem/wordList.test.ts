import assert from "node:assert/strict";
import { compileWords } from "../../../../src/core/subsystem/subsystemRules";

suite("word list", () => {
  const rows: ReadonlyArray<readonly [string, string, boolean]> = [
    ["apic", "KVM: x86: APIC and I/O APIC cleanups", true],
    ["apic", "KVM: VMX: Fix APICv", false],
    ["apic", "xapic", false],
    ["apic", "two APICs", true],
    ["bus", "two buses", true],
    ["tdx", "x86/tdx: Run", true],
    ["tdx", "tdx_run", false],
    ["tdx", "étdx", false],
    ["tdx", "“TDX”", true],
    ["tdp mmu", "the TDP\t MMU", true],
    ["guest_memfd", "guest_memfd: Fix", true],
    ["é", "É", true],
    ["/dev", "open /dev", true],
    ["/dev", "x/dev", true],
  ];
  for (const [word, text, expected] of rows)
    test(`${word} in ${text}: ${expected}`, () => assert.equal(compileWords(["zzz", word])?.test(text), expected));

  test("no words are no list", () => assert.deepEqual([compileWords([]), compileWords([" ", ""])], [null, null]));
});
