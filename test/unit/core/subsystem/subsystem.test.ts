import assert from "node:assert/strict";
import { maintainersMatcher, parseMaintainers } from "../../../../src/core/subsystem/maintainers";
import { maintainersSection, subsystemNamer } from "../../../../src/core/subsystem/subsystem";
import type { SubsystemContext, SubsystemFile } from "../../../../src/core/subsystem/subsystem";

/** `path:lines path:lines` as files; `-` stands for a binary file. */
function filesOf(text: string): readonly SubsystemFile[] {
  return text
    .split(" ")
    .filter((part) => part !== "")
    .map((part) => {
      const [path = "", lines = "1"] = part.split(":");
      return { path, changed: lines === "-" ? null : Number(lines) };
    });
}

function subsystem(title: string, files = "", context: Partial<SubsystemContext> & { prefixes?: readonly string[] } = {}): string {
  const { prefixes = ["PATCH"], userRules = [], ...rest } = context;
  return subsystemNamer({ userRules, ...rest })({ title, prefixes, files: filesOf(files) });
}

/** Title, files, group: each judged by reading it, as a kernel developer would sort it. */
const CASES: ReadonlyArray<readonly [string, string, string]> = [
  // The words before the colon.
  ["KVM: x86/tdx: Let the module own VMXON", "arch/x86/virt/hw.c:359 arch/x86/kvm/vmx/vmx.c:138", "x86/tdx"],
  ["KVM: TDX: Drop a stale comment", "arch/x86/kvm/vmx/tdx.c:2", "x86/tdx"],
  ["x86/virt/tdx: KVM: Tag helpers as __init", "arch/x86/virt/vmx/tdx/tdx.c:9", "x86/tdx"],
  ["KVM: VMX: Fix APICv toggling", "arch/x86/kvm/vmx/vmx.c:104 tools/testing/selftests/kvm/x86/apicv_test.c:181", "x86/vmx"],
  ["KVM: nVMX: Disable PMU interception while L2 runs", "arch/x86/kvm/pmu.c:90 arch/x86/kvm/vmx/nested.c:4", "x86/vmx"],
  ["KVM: SEV: Refuse types the firmware lacks", "drivers/crypto/ccp/sev-dev.c:100", "x86/svm"],
  ["KVM: x86/mmu: Zap less", "arch/x86/kvm/mmu/mmu.c:10", "x86/mmu"],
  ["KVM: x86/hyper-v: Skip a flush", "arch/x86/kvm/hyperv.c:10", "x86/hyper-v"],
  ["KVM: x86/xen: Remove a semicolon", "tools/testing/selftests/kvm/x86/xen_test.c:3", "x86/xen"],
  ["KVM: arm64: PMU: Split the counters", "arch/arm64/kvm/pmu.c:60", "arm64"],
  ["RISC-V: KVM: Redirect a trap", "arch/riscv/kvm/vcpu.c:4", "riscv"],
  ["KVM: PPC: Book3S HV: XIVE: Close a race", "arch/powerpc/kvm/book3s_xive.c:51", "ppc"],
  ["KVM: s390: Introduce arm64 guests", "arch/arm64/kvm/sys_regs.c:900 arch/s390/kvm/arm64/arm.c:700", "s390"],
  ["s390/vfio-ap: Migrate guests", "drivers/s390/crypto/vfio_ap_ops.c:300 include/uapi/linux/vfio.h:20", "s390"],
  ["vfio-ccw: Close a race", "drivers/s390/cio/vfio_ccw_cp.c:11", "s390"],
  ["vfio/pci: Read eight bytes at once", "drivers/vfio/pci/vfio_pci_rdwr.c:39", "vfio"],
  ["KVM: guest_memfd: Add a flag", "virt/kvm/guest_memfd.c:72 arch/x86/kvm/x86.c:80", "guest_memfd"],
  ["KVM: arm/arm64: Flush less", "virt/kvm/arm/mmu.c:20", "arm64"],
  // Tests and documentation that say so.
  ["KVM: selftests: Add a test for TDX", "tools/testing/selftests/kvm/x86/tdx_test.c:90", "selftests"],
  ["KVM: s390: selftests: Load a PSW", "tools/testing/selftests/kvm/s390/psw.c:90", "selftests"],
  ["KVM selftests for s390x", "arch/s390/kvm/kvm-s390.c:1", "selftests"],
  ["Documentation: KVM: Describe planes", "Documentation/virt/kvm/api.rst:103", "docs"],
  // The words of the sentence.
  ["KVM: x86: APIC and I/O APIC tidying", "arch/x86/kvm/ioapic.c:81 arch/x86/kvm/x86.c:400", "x86/apic"],
  ["KVM: x86: Wake a vCPU when APICv goes away", "arch/x86/kvm/lapic.c:7", "x86"],
  ["KVM: x86: Support mediated vPMUs", "kernel/events/core.c:517 arch/x86/kvm/vmx/vmx.c:912 arch/x86/kvm/pmu.c:271", "pmu"],
  ["KVM: x86: Fix the MMU role", "arch/x86/kvm/cpuid.c:7", "x86/mmu"],
  ["KVM: Use MMU notifiers lazily", "virt/kvm/kvm_main.c:40", "generic"],
  ["KVM: Various SEV/SNP fixes", "tools/testing/selftests/kvm/x86/sev_test.c:47 drivers/crypto/ccp/sev-dev.c:9", "x86/svm"],
  ["Migrate the pages of a SVM", "arch/powerpc/kvm/book3s_hv_uvmem.c:498", "ppc"],
  ["KVM: Drop struct page from x86 and arm64", "virt/kvm/kvm_main.c:123 arch/x86/kvm/mmu/mmu.c:60 arch/arm64/kvm/mmu.c:42", "generic"],
  ["KVM: x86: Don't arm a timer twice", "arch/x86/kvm/lapic.c:3", "x86"],
  // The paths, where the title says nothing.
  ["LongArch: KVM: Add an interrupt controller", "arch/loongarch/kvm/intc/dintc.c:116 include/uapi/linux/kvm.h:2", "loongarch"],
  ["KVM: Make a struct plain", "include/linux/kvm_host.h:83 virt/kvm/kvm_main.c:20 arch/x86/kvm/x86.c:4 arch/s390/kvm/vm.c:4", "generic"],
  ["KVM: Give each architecture its own", "arch/arm64/kvm/arm.c:13 arch/x86/kvm/x86.c:12 arch/mips/kvm/mips.c:13", "generic"],
  ["KVM: Shut down in order", "tools/testing/selftests/kvm/fd_test.c:129 arch/arm64/kvm/mmu.c:39", "arm64"],
  ["KVM: Try a bad descriptor", "tools/testing/selftests/kvm/fd_test.c:129", "selftests"],
  ["KVM: Count what was missed", ".../kvm/x86/long_name_of_a_test.c:120 .../selftests/kvm/include/util.h:4", "selftests"],
  ["KVM: Replace the firmware image", "arch/x86/kvm/svm/firmware.bin:-", "x86/svm"],
  // Not KVM's.
  ["mm/slub: Fix a leak", "mm/slub.c:10", "mm/slub"],
  // A file is not what patches are grouped by.
  ["mm/slub.c: Fix a leak", "mm/slub.c:10", "mm"],
  ["boot/fs/packages/disk.fs: Fix a leak", "boot/fs/packages/disk.fs:10", "boot/fs/packages"],
  ["mm: Zap in one place", "mm/memory.c:200 arch/x86/kvm/mmu/mmu.c:3", "mm"],
  ["Drivers: hv: vmbus: Check the version", "drivers/hv/vmbus_drv.c:43", "hv"],
  ["mm: thp: Let it be a no-op", "arch/s390/kvm/gaccess.c:16 include/linux/huge_mm.h:5", "mm"],
  ["PCI/ASPM: Ask first", "arch/x86/kvm/x86.c:90 drivers/pci/pcie/aspm.c:3", "pci/aspm"],
  ["sched/fair: KVM: Yield to a guest", "arch/x86/kvm/x86.c:90 kernel/sched/fair.c:3", "x86"],
  // What is undone is what it is about.
  ['Revert "PCI: Skip the reset"', "drivers/pci/pci.c:2", "pci"],
  ['Revert "KVM: arm64: Flush less"', "virt/kvm/kvm_main.c:2", "arm64"],
  ['Revert "Revert "drm/tea: Add a cup""', "drivers/gpu/drm/tea.c:1", "drm/tea"],
  ['Reapply "drm/tea: Add a cup"', "drivers/gpu/drm/tea.c:1", "drm/tea"],
  ['Partially revert "drm/tea: Add a cup"', "drivers/gpu/drm/tea.c:1", "drm/tea"],
  ["Revert: drm/tea: Add a cup", "drivers/gpu/drm/tea.c:1", "drm/tea"],
  ['Revert "[PATCH v2] drm/tea: Add a cup"', "drivers/gpu/drm/tea.c:1", "drm/tea"],
  ["fixup! squash! drm/tea: Add a cup", "drivers/gpu/drm/tea.c:1", "drm/tea"],
  ["Revert to the old way of counting", "virt/kvm/kvm_main.c:2", "generic"],
  // Several architectures, one of them with most of the lines.
  ["KVM: Drop old hosts on all architectures", "arch/mips/kvm/a.c:2 arch/powerpc/kvm/a.c:700 arch/x86/kvm/x86.c:22", "generic"],
  ["KVM: Use it on every architecture", "arch/powerpc/kvm/a.c:700 arch/x86/kvm/x86.c:22", "generic"],
  ["KVM: x86: Do as all architectures do", "arch/x86/kvm/x86.c:22", "x86"],
  ["KVM: Frobnicate", "", "generic"],
  ["Frobnicate", "", "other"],
  ["", "", "other"],
];

suite("subsystem", () => {
  for (const [title, files, expected] of CASES) {
    test(`${expected}: ${title}`, () => assert.equal(subsystem(title, files), expected));
  }

  test("another tree is decided before the title", () => {
    assert.equal(subsystem("target/i386/kvm: Reset PMU state", "target/i386/kvm/kvm.c:8"), "qemu");
    assert.equal(subsystem("x86: Test the PMU", "x86/pmu.c:8"), "kvm-unit-tests");
    assert.equal(subsystem("arm64: Boot faster", "Makefile:1", { prefixes: ["PATCH", "kvmtool"] }), "kvmtool");
  });

  test("rules of the settings go first, in their order, by whole words of the title", () => {
    const userRules = [
      { name: "timers", titles: ["tsc", "pv clock"] },
      { name: "bringup", titles: ["TDX"] },
    ];
    assert.equal(subsystem("KVM: x86/tdx: Set the TSC", "", { userRules }), "timers");
    assert.equal(subsystem("KVM: x86: Unify PV  clocks", "", { userRules }), "timers");
    assert.equal(subsystem("KVM: x86/tdx: Have it", "", { userRules }), "bringup");
    assert.equal(subsystem("KVM: x86: Untscable", "", { userRules }), "x86");
  });

  test("a path rule of the settings needs more lines than any other group", () => {
    const userRules = [{ name: "irq", paths: ["/arch/*/kvm/irq*", "virt/**/eventfd.c"] }];
    assert.equal(subsystem("KVM: x86: Deliver", "arch/x86/kvm/irq.c:30 arch/x86/kvm/x86.c:20", { userRules }), "irq");
    assert.equal(subsystem("KVM: x86: Deliver", "arch/x86/kvm/irq.c:3 arch/x86/kvm/x86.c:20", { userRules }), "x86");
    assert.equal(subsystem("KVM: Signal", "virt/kvm/eventfd.c:3", { userRules }), "irq");
    assert.equal(
      subsystem("KVM: Signal", "virt/kvm/eventfd.c:3", { userRules: [{ name: "x", titles: [" "], paths: ["", "/"] }] }),
      "generic",
    );
  });

  test("MAINTAINERS tells before the prefix does, unless the change is all over the tree", () => {
    const maintainers = maintainersMatcher(parseMaintainers("TOASTERS\nF:\tdrivers/toast/\n\nTHE REST\nF:\t*\nF:\t*/\n"));
    assert.equal(subsystem("toast: Brown less", "drivers/toast/slot.c:9", { maintainers }), "toast");
    assert.equal(subsystem("heat: Brown less", "drivers/toast/slot.c:9 fs/a.c:30", { maintainers }), "heat");
    assert.equal(subsystem("heat: Brown less", "fs/a.c:30", { maintainers }), "heat");
    assert.equal(subsystem("KVM: x86: Toast", "drivers/toast/slot.c:9", { maintainers }), "x86");
  });

  test("a section of MAINTAINERS is called as its folder is, like the groups of prefixes", () => {
    const text = [
      "MEMORY MAPPING\nF:\tinclude/trace/events/mmap.h\nF:\tmm/mmap.c\nF:\tmm/vma.*",
      "BREAD SUBSYSTEM\nF:\tDocumentation/bread/\nF:\tdrivers/bread/\nF:\tinclude/linux/bread.h",
      "BREAD (RYE)\nF:\tdrivers/bread/rye/",
      "UM TOAST\nF:\tarch/um/toast/",
      "ONLY HEADERS\nF:\tinclude/linux/only.h",
    ].join("\n\n");
    const maintainers = maintainersMatcher(parseMaintainers(text));
    const of = (path: string): string => subsystem("Tidy up", `${path}:9`, { maintainers });
    assert.deepEqual(
      ["mm/mmap.c", "drivers/bread/oven.c", "drivers/bread/rye/mill.c", "arch/um/toast/slot.c", "include/linux/only.h"].map(of),
      ["mm", "bread", "bread/rye", "um/toast", "only headers"],
    );
    assert.equal(maintainersSection(filesOf("mm/mmap.c:9"), maintainers)?.title, "MEMORY MAPPING");
  });

  test("the order of the files decides nothing", () => {
    const files = filesOf("arch/x86/kvm/x86.c:5 arch/arm64/kvm/arm.c:5 virt/kvm/kvm_main.c:5");
    const evidence = { title: "KVM: Rename", prefixes: [], files };
    const nameOf = subsystemNamer({ userRules: [] });
    const turned = { ...evidence, files: [...files].reverse() };
    assert.equal(nameOf(evidence), nameOf(turned));
  });

  test("a rename counts for its new place, else for its old one", () => {
    const files = [{ path: "misc/pit.c", oldPath: "arch/x86/kvm/i8254.c", changed: 0 }];
    assert.equal(subsystemNamer({ userRules: [] })({ title: "KVM: Move the timer", prefixes: [], files }), "x86");
  });
});
