import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Project, projectOfPatches, projectOfTree } from "../../../../src/core/subsystem/project";
import { root } from "../../../host/paths";

suite("project", () => {
  const byPrefix: ReadonlyArray<readonly [readonly string[], Project]> = [
    [["kvm-unit-tests", "PATCH"], "kvm-unit-tests"],
    [["PATCH kvm-unit-tests v2"], "kvm-unit-tests"],
    [["PATCH", "QEMU"], "qemu"],
    [["qemu-devel,PATCH"], "qemu"],
    [["RFC", "PATCH", "kvmtool"], "kvmtool"],
    [["PATCH", "net-next"], "kernel"],
    [["RFC", "PATCH"], "kernel"],
  ];
  for (const [prefixes, expected] of byPrefix) {
    test(`the brackets [${prefixes.join(" ")}] say ${expected}`, () => {
      assert.equal(projectOfPatches({ prefixes, paths: ["virt/kvm/kvm_main.c"] }), expected);
    });
  }

  const byPaths: ReadonlyArray<readonly [Project, readonly string[]]> = [
    ["qemu", ["target/i386/kvm/kvm.c"]],
    ["qemu", ["hw/intc/apic.c", "include/hw/i386/apic.h", "MAINTAINERS"]],
    ["qemu", ["accel/kvm/kvm-all.c", "include/system/kvm.h"]],
    ["qemu", ["linux-headers/linux/kvm.h", "tests/qtest/meson.build"]],
    ["qemu", ["qapi/misc.json", "ui/console.c", "block/io.c"]],
    ["kvm-unit-tests", ["x86/vmx_tests.c", "x86/unittests.cfg"]],
    ["kvm-unit-tests", ["lib/x86/apic.c", "lib/libcflat.h", "Makefile"]],
    ["kvm-unit-tests", ["s390x/stsi.c"]],
    ["kvm-unit-tests", ["scripts/arch-run.bash", "riscv/sbi.c", "README.md"]],
    ["kvmtool", ["builtin-run.c", "Makefile"]],
    ["kvmtool", ["arm/aarch64/kvm-cpu.c", "include/kvm/kvm.h"]],
    ["kvmtool", ["x86/boot.c"]],
    ["kvmtool", ["virtio/net.c", "hw/serial.c"]],
    ["kernel", ["arch/x86/kvm/x86.c"]],
    ["kernel", ["block/blk-mq.c"]],
    ["kernel", ["include/linux/kvm_host.h", "scripts/Makefile.build", "tools/testing/selftests/kvm/Makefile.kvm"]],
    ["kernel", ["include/kvm/arm_vgic.h"]],
    ["kernel", ["crypto/aead.c", "net/socket.c", "lib/sort.c", "rust/kernel/lib.rs"]],
    ["kernel", ["MAINTAINERS"]],
    ["kernel", ["Makefile", "README"]],
    ["kernel", [".../selftests/kvm/x86/foo_test.c"]],
  ];
  for (const [expected, paths] of byPaths) {
    test(`${paths.join(" ")} is ${expected}`, () => {
      assert.equal(projectOfPatches({ prefixes: ["PATCH"], paths }), expected);
    });
  }

  test("a file of the open kernel tree votes where its name alone would not tell", () => {
    const paths = ["tools/kvm/kvm_stat/kvm_stat", "scripts/foo", "target/readme"];
    const existsInKernelTree = (path: string): boolean => path !== "target/readme";
    assert.equal(projectOfPatches({ prefixes: [], paths, existsInKernelTree }), "kernel");
    assert.equal(projectOfPatches({ prefixes: [], paths }), "qemu");
  });

  test("without any path the title may tell", () => {
    assert.equal(projectOfPatches({ prefixes: [], paths: [], title: "target/i386: Expose a feature" }), "qemu");
    assert.equal(projectOfPatches({ prefixes: [], paths: [], title: "i386/kvm: Expose a feature" }), "qemu");
    assert.equal(projectOfPatches({ prefixes: [], paths: [], title: "KVM: x86: Fix the target/hw mix-up" }), "kernel");
  });

  test("a tree is known by its files", () => {
    const tree = (...files: readonly string[]): Project | null => projectOfTree((path) => files.includes(path));
    assert.equal(tree("virt/kvm/kvm_main.c", "MAINTAINERS"), "kernel");
    assert.equal(tree("Kbuild", "MAINTAINERS", "scripts/get_maintainer.pl"), "kernel");
    assert.equal(tree("accel/kvm/kvm-all.c", "configure", "MAINTAINERS"), "qemu");
    assert.equal(tree("lib/libcflat.h", "configure"), "kvm-unit-tests");
    assert.equal(tree("builtin-run.c", "include/kvm/kvm.h"), "kvmtool");
    assert.equal(tree("configure", "meson.build"), null);
    assert.equal(tree(), null);
  });

  test("the sample trees are known for what they imitate", () => {
    const sample = join(root, "test/fixtures/sample");
    assert.equal(
      projectOfTree((path) => existsSync(join(sample, "linux", path))),
      "kernel",
    );
    assert.equal(
      projectOfTree((path) => existsSync(join(sample, "qemu", path))),
      "qemu",
    );
  });
});
