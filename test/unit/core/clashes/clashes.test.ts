/** What series claim, and where two of them, or one and a tree, claim the same. */
import assert from "node:assert/strict";
import { ClaimReader, type Definition } from "../../../../src/core/clashes/claimKinds";
import { type Claim, claimsOfSeries, editedDefinitions, patchDefinitions, type SeriesClaims } from "../../../../src/core/clashes/claims";
import { type Clash, clashSteps, type TreeDefinitions } from "../../../../src/core/clashes/clashes";
import { readDiff } from "../../../../src/core/diff/diff";
import type { HunkRange } from "../../../../src/core/diff/diffstat";
import type { Patch, Series } from "../../../../src/core/series/series";
import { finished } from "../../../../src/core/steps";
import { revision, seriesWith } from "../../../support/invented";

const kvm = "include/uapi/linux/kvm.h";
const riscv = "arch/riscv/include/uapi/asm/kvm.h";

/** The lines of a hunk of each file, with their marks; a file that begins at nothing is new. */
type Change = Readonly<Record<string, readonly string[]>>;

function diffOf(change: Change): string {
  const files = Object.entries(change).map(([path, lines]) => {
    const count = (left: string): number => lines.filter((line) => !line.startsWith(left)).length;
    const [isNew, isGone] = ["+", "-"].map((mark) => lines.every((line) => line.startsWith(mark)));
    const names = `--- ${isNew ? "/dev/null" : `a/${path}`}\n+++ ${isGone ? "/dev/null" : `b/${path}`}`;
    const ranges = `@@ -${isNew ? "0,0" : `10,${count("+")}`} +${isGone ? "0,0" : `${isNew ? 1 : 10},${count("-")}`} @@`;
    return `diff --git a/${path} b/${path}\n${isNew ? "new file mode 100644\n" : isGone ? "deleted file mode 100644\n" : ""}${names}\n${ranges}\n${lines.join("\n")}\n`;
  });
  return `Because.\n---\n${files.join("")}`;
}

const around = [" /* above */", " /* below */"] as const;

/** A hunk that adds lines between two others. */
function adding(...lines: readonly string[]): string[] {
  return [around[0], ...lines.map((line) => `+${line}`), around[1]];
}

interface Made {
  readonly title?: string;
  readonly author?: string;
  readonly patchId?: string;
}

function claims(id: string, changes: readonly Change[], { title = id, author = id, patchId }: Made = {}): SeriesClaims {
  const texts = changes.map(diffOf);
  const patches = texts.map((text, at): Patch => {
    const files = readDiff(text).files.map(({ path, hunks }) => {
      const ranges = hunks.map(({ oldStart, oldLines, newStart, newLines }): HunkRange => [oldStart, oldLines, newStart, newLines]);
      return { path, changed: 1, added: 1, deleted: 0, hunks: ranges };
    });
    const person = { name: author, email: `${author}@example.org` };
    return {
      ...{ index: at + 1, title: `${title} ${at + 1}`, author: person, messageId: null, message: null, diff: null, files, trailers: [] },
      ...(patchId === undefined ? {} : { patchId }),
    };
  });
  const series = seriesWith([revision({ title, patches })], { id, title });
  return claimsOfSeries(series, (at) => patchDefinitions(texts[at] ?? ""));
}

function clashes(all: readonly SeriesClaims[], tree: TreeDefinitions | null = null, below: readonly Series[] = []): Clash[] {
  return finished(clashSteps(all, { below: (series) => (series.id === "b" ? below : []), tree }));
}

function told(found: readonly Clash[]): unknown[] {
  return found.map(({ reason, kind, space, number, names, claims: own, tree }) => [
    `${reason} ${kind} ${space} ${number}`,
    names.join(" "),
    own.map(({ series }) => series.id).join(" "),
    ...(tree ? [tree.name] : []),
  ]);
}

function treeOf(path: string, ...lines: readonly string[]): TreeDefinitions {
  const reader = new ClaimReader(path);
  return { all: lines.flatMap((line, at) => reader.read(line, at + 1, false) ?? []), landed: new Set() };
}

suite("numbers and names that patches claim", () => {
  const read = (path: string, line: string): readonly unknown[] | null => {
    const found: Definition | null = new ClaimReader(path).read(line, 7, false);
    return found && [found.kind, found.space, found.name, found.number, found.variant];
  };
  for (const [path, line, expected] of [
    [kvm, "#define KVM_CAP_TEAPOT 249", ["capability", "KVM_CAP_*", "KVM_CAP_TEAPOT", 249, ""]],
    [`tools/${kvm}`, "#define KVM_CAP_TEAPOT\t0xf9 /* hot */", ["capability", "KVM_CAP_*", "KVM_CAP_TEAPOT", 249, ""]],
    [kvm, "#define KVM_POUR _IOW(KVMIO, 0xe4, struct kvm_tea)", ["ioctl", "ioctl KVMIO", "KVM_POUR", 0xe4, "_IOW struct kvm_tea"]],
    [
      "include/uapi/linux/vfio.h",
      "#define VFIO_DEVICE_POUR _IO(VFIO_TYPE, VFIO_BASE + 21)",
      ["ioctl", "ioctl VFIO_TYPE VFIO_BASE VFIO_DEVICE_*", "VFIO_DEVICE_POUR", 21, "_IO"],
    ],
    ["include/uapi/linux/tea.h", "#define TEA_POUR _IO('T', 1)", ["ioctl", "ioctl 'T' in include/uapi/linux/tea.h", "TEA_POUR", 1, "_IO"]],
    [kvm, "#define /* a */ KVM_CAP_TEAPOT /* b */ 249 // c /* d", ["capability", "KVM_CAP_*", "KVM_CAP_TEAPOT", 249, ""]],
    [kvm, "#define KVM_EXIT_TEA 44", ["exit", "KVM_EXIT_*", "KVM_EXIT_TEA", 44, ""]],
    [kvm, "#define KVM_EXIT_XEN_TEA 1", null],
    [kvm, "#define KVM_MEM_TEA (1UL << 3)", ["memory flag", "KVM_MEM_*", "KVM_MEM_TEA", 8, ""]],
    [
      "arch/powerpc/include/uapi/asm/kvm.h",
      "#define KVM_REG_PPC_TEA (KVM_REG_PPC | KVM_REG_SIZE_U64 | 0xc4)",
      ["register", "KVM_REG_* KVM_REG_PPC", "KVM_REG_PPC_TEA", 0xc4, "KVM_REG_SIZE_U64"],
    ],
    [
      "arch/arm64/include/uapi/asm/kvm.h",
      "#define KVM_REG_ARM_TEA KVM_REG_ARM_FW_REG(9)",
      ["register", "KVM_REG_* KVM_REG_ARM_FW_REG", "KVM_REG_ARM_TEA", 9, ""],
    ],
    [
      "arch/x86/include/asm/cpufeatures.h",
      "#define X86_FEATURE_TEA ( 3*32+ 7) /* Tea */",
      ["CPU feature", "X86_FEATURE_* word 3", "X86_FEATURE_TEA", 7, ""],
    ],
    [
      "arch/x86/kvm/reverse_cpuid.h",
      "#define X86_FEATURE_TEA KVM_X86_FEATURE(CPUID_7_1_EDX, 4)",
      ["CPU feature", "X86_FEATURE_* CPUID_7_1_EDX", "X86_FEATURE_TEA", 4, ""],
    ],
    ["arch/x86/kvm/reverse_cpuid.h", "\tCPUID_7_1_EDX,", ["CPUID leaf", "CPUID_*", "CPUID_7_1_EDX", null, ""]],
    [
      "arch/x86/include/uapi/asm/kvm_para.h",
      "#define KVM_FEATURE_TEA 20",
      ["feature", "KVM_FEATURE_* in arch/x86/include/uapi/asm/kvm_para.h", "KVM_FEATURE_TEA", 20, ""],
    ],
    [
      "arch/x86/include/asm/kvm_host.h",
      "#define KVM_REQ_TEA KVM_ARCH_REQ_FLAGS(35, KVM_REQUEST_WAIT)",
      ["request", "KVM_REQ_* KVM_ARCH_REQ in arch/x86/include/asm/kvm_host.h", "KVM_REQ_TEA", 35, ""],
    ],
    ["virt/kvm/Kconfig", "config HAVE_TEA", ["Kconfig symbol", "Kconfig", "HAVE_TEA", null, ""]],
    ["arch/x86/kvm/Kconfig", "menuconfig TEA", ["Kconfig symbol", "Kconfig of arch/x86", "TEA", null, ""]],
    [kvm, "#define KVM_TEA_SIZE 249", null],
    ["virt/kvm/kvm_main.c", "#define KVM_CAP_TEAPOT 249", null],
    [riscv, "\tKVM_RISCV_ISA_EXT_MAX,", null],
  ] as const)
    test(`${line} in ${path}`, () => assert.deepEqual(read(path, line), expected));

  test("counts are as at the end of the series, and a line that is only moved claims nothing", () => {
    const { claims: own, removed } = claims("a", [
      { [kvm]: adding("#define KVM_CAP_TEAPOT 249", "#define KVM_CAP_CUP 250", "#define KVM_CAP_SPOON 251") },
      { [kvm]: [around[0], "-#define KVM_CAP_CUP 250", "-#define KVM_CAP_SPOON 251", "+#define KVM_CAP_CUP 252", around[1]] },
      { [kvm]: [around[0], "-#define KVM_CAP_OLD 100", "+#define KVM_CAP_OLD\t\t100", "-#define KVM_CAP_GONE 90", around[1]] },
    ]);
    assert.deepEqual(
      own.map(({ name, number, at, line }) => [name, number, at, line]),
      [
        ["KVM_CAP_TEAPOT", 249, 0, 11],
        ["KVM_CAP_CUP", 252, 1, 11],
      ],
    );
    assert.deepEqual([...removed], ["KVM_CAP_*\nKVM_CAP_GONE"]);
  });

  test("a header and its copy in tools are one claim, told of the header", () => {
    for (const change of [
      { [`tools/${kvm}`]: adding("#define KVM_CAP_TEAPOT 250"), [kvm]: adding("#define KVM_CAP_TEAPOT 249") },
      { [kvm]: adding("#define KVM_CAP_TEAPOT 249"), [`tools/${kvm}`]: adding("#define KVM_CAP_TEAPOT 250") },
    ])
      assert.deepEqual(
        claims("a", [change]).claims.map(({ path, number }) => [path, number]),
        [[kvm, 249]],
      );
  });

  test("new files, without those that a later patch takes away again or that were there before", () => {
    const made = { "virt/kvm/teapot.c": ["+int pour;"], "virt/kvm/cup.c": ["+int drink;"] };
    const namesOf = (...changes: readonly Change[]) => claims("a", changes).claims.map(({ kind, name }) => `${kind} ${name}`);
    assert.deepEqual(namesOf(made), ["file virt/kvm/teapot.c", "file virt/kvm/cup.c"]);
    assert.deepEqual(namesOf(made, { "virt/kvm/cup.c": ["-int drink;"] }), ["file virt/kvm/teapot.c"]);
    // A file that was there before is taken away and made anew.
    assert.deepEqual(namesOf({ "virt/kvm/cup.c": ["-int drink;"] }, { "virt/kvm/cup.c": ["+int sip;"] }), []);
  });

  test("what a person's edits add, with the lines that it stands in", () => {
    const edits = [
      { start: 4, removed: [], added: ["#define KVM_CAP_A 1", "#define KVM_CAP_B 2"] },
      { start: 9, removed: ["#define KVM_CAP_C 3"], added: ["#define KVM_CAP_C  3", "#define KVM_CAP_D 4"] },
    ];
    assert.deepEqual(
      editedDefinitions(kvm, edits).map(({ name, line }) => [name, line]),
      [
        ["KVM_CAP_A", 5],
        ["KVM_CAP_B", 6],
        ["KVM_CAP_D", 13],
      ],
    );
  });
});

suite("clashes", () => {
  const a = claims("a", [{ [kvm]: adding("#define KVM_CAP_TEAPOT 249") }]);
  const b = claims("b", [{ [kvm]: adding("#define KVM_CAP_CUP 249") }]);

  test("one number with two names", () => {
    assert.deepEqual(told(clashes([a, b])), [["same-number capability KVM_CAP_* 249", "KVM_CAP_TEAPOT KVM_CAP_CUP", "a b"]]);
  });

  test("one name with two numbers, one path, one symbol", () => {
    const change = (cap: number): Change => ({
      [kvm]: adding(`#define KVM_CAP_TEAPOT ${cap}`),
      "virt/kvm/teapot.c": ["+int pour;"],
      "virt/kvm/Kconfig": adding("config TEAPOT"),
    });
    assert.deepEqual(told(clashes([claims("a", [change(1)]), claims("b", [change(2)])])), [
      ["same-name capability KVM_CAP_* null", "KVM_CAP_TEAPOT", "a b"],
      ["same-name Kconfig symbol Kconfig null", "TEAPOT", "a b"],
      ["same-name file file null", "virt/kvm/teapot.c", "a b"],
    ]);
  });

  test("enumerators that are counted clash where both come behind the same one", () => {
    const enumerators = (name: string): Change => ({
      [riscv]: [" \tKVM_RISCV_ISA_EXT_LAST_ONE,", `+\tKVM_RISCV_ISA_EXT_${name},`, ` \tKVM_RISCV_ISA_EXT_MAX,`],
    });
    assert.deepEqual(told(clashes([claims("a", [enumerators("TEA")]), claims("b", [enumerators("CUP")])])), [
      ["same-number ISA extension KVM_RISCV_ISA_EXT_* null", "KVM_RISCV_ISA_EXT_TEA KVM_RISCV_ISA_EXT_CUP", "a b"],
    ]);
  });

  test("architectures may have symbols of one name, and each header of an architecture counts for itself", () => {
    const of = (arch: string): Change => ({
      [`arch/${arch}/kvm/Kconfig`]: adding("config TEAPOT"),
      [`arch/${arch}/include/asm/kvm_host.h`]: adding(`#define KVM_REQ_${arch.toUpperCase()} KVM_ARCH_REQ(9)`),
    });
    assert.deepEqual(clashes([claims("a", [of("x86")]), claims("b", [of("s390")])]), []);
  });

  test("the same work is none: an equal patch, one made again, a series on top of the other", () => {
    const change = [{ [kvm]: adding("#define KVM_CAP_CUP 249") }];
    assert.deepEqual(clashes([claims("a", change, { patchId: "1" }), claims("b", change, { patchId: "1" })]), []);
    const again = { title: "KVM: Add cups", author: "ada" };
    assert.deepEqual(clashes([claims("a", change, again), claims("b", [{ [kvm]: adding("#define KVM_CAP_CUP 250") }], again)]), []);
    assert.deepEqual(clashes([a, b], null, [a.series]), []);
    // A file that one author adds in two series is a revision that does not tell of the one before.
    const file = [{ "virt/kvm/teapot.c": ["+int pour;"] }];
    assert.equal(clashes([claims("a", file, { author: "ada" }), claims("b", file, { author: "ben" })]).length, 1);
    assert.deepEqual(clashes([claims("a", file, { author: "ada" }), claims("b", file, { author: "ada" })]), []);
  });

  test("the tree: what it has given away, and not what it has from the series itself", () => {
    const taken = treeOf(kvm, "#define KVM_CAP_KETTLE 249");
    assert.deepEqual(told(clashes([a], taken)), [
      ["same-number capability KVM_CAP_* 249", "KVM_CAP_TEAPOT KVM_CAP_KETTLE", "a", "KVM_CAP_KETTLE"],
    ]);
    const applied = treeOf(kvm, "#define KVM_CAP_TEAPOT 249");
    assert.deepEqual(told(clashes([a, b], applied)), [
      ["same-number capability KVM_CAP_* 249", "KVM_CAP_CUP KVM_CAP_TEAPOT", "b", "KVM_CAP_TEAPOT"],
    ]);
    // It was given another number when it was applied.
    const other = treeOf(kvm, "#define KVM_CAP_TEAPOT 248", "#define KVM_CAP_KETTLE 249");
    assert.deepEqual(told(clashes([a], other)), [["same-name capability KVM_CAP_* null", "KVM_CAP_TEAPOT", "a", "KVM_CAP_TEAPOT"]]);
  });

  test("a name that a series gives another number, or another name its number, meets itself in the tree", () => {
    const change = [
      around[0],
      "-#define KVM_CAP_KETTLE 249",
      "+#define KVM_CAP_TEAPOT 249",
      "-#define KVM_CAP_CUP 7",
      "+#define KVM_CAP_CUP 8",
      around[1],
    ];
    assert.deepEqual(clashes([claims("a", [{ [kvm]: change }])], treeOf(kvm, "#define KVM_CAP_KETTLE 249", "#define KVM_CAP_CUP 7")), []);
  });

  test("ioctls of a tree may have one number where their direction or argument tells them apart; pending ones may not", () => {
    const pour = claims("a", [{ [kvm]: adding("#define KVM_POUR _IOW(KVMIO, 0xe4, struct kvm_tea)") }]);
    const drink = claims("b", [{ [kvm]: adding("#define KVM_DRINK _IOR(KVMIO, 0xe4, struct kvm_tea)") }]);
    assert.deepEqual(clashes([pour], treeOf(kvm, "#define KVM_BOIL _IO(KVMIO, 0xe4)")), []);
    assert.equal(clashes([pour], treeOf(kvm, "#define KVM_BOIL _IOW(KVMIO, 0xe4, struct kvm_tea)")).length, 1);
    assert.equal(clashes([pour, drink]).length, 1);
  });

  test("files: those that the tree has from the series itself are none", () => {
    const made = claims("a", [{ "virt/kvm/teapot.c": ["+int pour;"] }]);
    const [claim] = made.claims;
    assert(claim);
    const there = (landed: readonly Claim[]): TreeDefinitions => ({ all: [{ ...claim }], landed: new Set(landed) });
    assert.equal(clashes([made], there([])).length, 1);
    assert.deepEqual(clashes([made], there([claim])), []);
  });

  test("many claims of one number are not told without end", () => {
    const many = Array.from({ length: 3000 }, (_, at) => claims(`s${at}`, [{ [kvm]: adding(`#define KVM_CAP_TEAPOT_${at} 249`) }]));
    assert.equal(clashes(many)[0]?.claims.length, 40);
  });
});
