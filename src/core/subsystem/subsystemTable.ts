/** The groups of the KVM list, and what a rule that makes a group looks like; settings have rules of the same shape. */

/** A rule of the settings. The first rule that fits wins. */
export interface SubsystemRule {
  readonly name: string;
  /** Words or phrases looked for in the title: whole words, any case, plural too. */
  readonly titles?: readonly string[];
  /** Files or folders of the tree; `*` stands for anything within a name, `**` for any number of folders. */
  readonly paths?: readonly string[];
}

/**
 * How a default group lies among the others: `support` (tests, documentation) wins when the title opens with it; an `area`
 * is an architecture or driver framework; a `part` is a more exact word for the area x86; a `topic` is above the areas.
 */
export type RuleKind = "support" | "area" | "part" | "topic";

export interface DefaultRule extends SubsystemRule {
  readonly kind: RuleKind;
  /** Words that count only before a colon, because in a sentence they are English. */
  readonly heads?: readonly string[];
  /** Words that count only where the title also says x86, because elsewhere they are everybody's. */
  readonly afterX86?: readonly string[];
}

/** The one table of defaults. Of several rules that fit a path the first one has it, so the more exact ones stand first. */
export const DEFAULT_RULES: readonly DefaultRule[] = [
  // The folders below kvm/ are named so that a path git shortened to `.../kvm/x86/foo.c` is recognised by its tail.
  rule(
    "selftests",
    "support",
    { heads: "selftest|kselftest" },
    "tools/testing/selftests/ tools/testing/selftests/kvm/x86/ tools/testing/selftests/kvm/arm64/ tools/testing/selftests/kvm/s390/ " +
      "tools/testing/selftests/kvm/riscv/ tools/testing/selftests/kvm/loongarch/ tools/testing/selftests/kvm/include/ " +
      "tools/testing/selftests/kvm/lib/",
  ),
  rule("docs", "support", { heads: "doc|documentation" }, "Documentation/ Documentation/virt/kvm/ Documentation/admin-guide/"),
  rule(
    "x86/tdx",
    "part",
    { titles: "tdx" },
    "arch/x86/kvm/vmx/tdx* arch/x86/virt/vmx/tdx/ arch/x86/coco/tdx/ arch/x86/include/asm/tdx* arch/x86/include/asm/shared/tdx* " +
      "drivers/virt/coco/tdx-*",
  ),
  rule(
    "pmu",
    "part",
    { titles: "pmu|vpmu", heads: "perf/x86|perf/core", afterX86: "pebs|lbr" },
    "arch/x86/kvm/pmu* arch/x86/kvm/*/pmu* arch/x86/events/ arch/x86/include/asm/kvm-x86-pmu-ops.h arch/x86/include/asm/perf_event.h " +
      "include/linux/perf_event.h kernel/events/",
  ),
  rule(
    "x86/hyper-v",
    "part",
    { titles: "hyper-v|hyperv" },
    "arch/x86/kvm/hyperv* arch/x86/kvm/*/hyperv* arch/x86/kvm/*onhyperv* arch/x86/kvm/*/*onhyperv* arch/x86/hyperv/",
  ),
  rule("x86/xen", "part", { heads: "x86/xen", afterX86: "xen" }, "arch/x86/kvm/xen* arch/x86/xen/"),
  rule("x86/mmu", "part", { titles: "tdp mmu|shadow mmu", heads: "x86/mmu", afterX86: "mmu|spte" }, "arch/x86/kvm/mmu/ arch/x86/kvm/mmu*"),
  rule(
    "x86/apic",
    "part",
    { titles: "apic|lapic|ioapic|x2apic|xapic" },
    "arch/x86/kvm/lapic* arch/x86/kvm/ioapic* arch/x86/kernel/apic/ arch/x86/include/asm/apic*",
  ),
  rule(
    "x86/svm",
    "part",
    { titles: "svm|nsvm|sev|sev-es|snp|avic" },
    "arch/x86/kvm/svm/ arch/x86/include/asm/svm.h arch/x86/include/asm/sev* arch/x86/include/uapi/asm/svm.h arch/x86/coco/sev/ " +
      "arch/x86/virt/svm/ drivers/crypto/ccp/sev* include/linux/psp-sev.h include/uapi/linux/psp-sev.h drivers/virt/coco/sev-guest/",
  ),
  rule("x86/vmx", "part", { titles: "vmx|nvmx" }, "arch/x86/kvm/vmx/ arch/x86/include/asm/vmx* arch/x86/include/uapi/asm/vmx.h"),
  rule("guest_memfd", "topic", { titles: "guest_memfd|guest-memfd|guest memfd|gmem" }, "virt/kvm/guest_memfd*"),
  rule("x86", "area", { titles: "x86|x86_64" }, "arch/x86/"),
  rule(
    "arm64",
    "area",
    { titles: "arm64|kvmarm|vgic|pkvm", heads: "arm" },
    "arch/arm64/ arch/arm/ include/kvm/arm_* drivers/irqchip/irq-gic*",
  ),
  rule("loongarch", "area", { titles: "loongarch" }, "arch/loongarch/ drivers/irqchip/irq-loongarch* drivers/irqchip/irq-loongson*"),
  rule("riscv", "area", { titles: "riscv|risc-v" }, "arch/riscv/ drivers/irqchip/irq-riscv*"),
  rule("s390", "area", { titles: "s390|s390x|vfio-ap|vfio-ccw" }, "arch/s390/ drivers/s390/"),
  rule("ppc", "area", { titles: "ppc|ppc64|ppc64le|powerpc|book3s|book3s_64|book3s_hv|pseries|powernv" }, "arch/powerpc/"),
  rule("mips", "area", { titles: "mips" }, "arch/mips/"),
  rule(
    "vfio",
    "area",
    { titles: "vfio|vfio_device|vfio_pci|mdev" },
    "drivers/vfio/ include/linux/vfio* include/uapi/linux/vfio* samples/vfio-mdev/ virt/kvm/vfio*",
  ),
  rule("iommu", "area", { titles: "iommu|iommufd" }, "drivers/iommu/ include/linux/iommu* include/uapi/linux/iommu*"),
  rule("vsock", "area", { titles: "vsock" }, "net/vmw_vsock/ drivers/vhost/vsock*"),
  rule("vhost", "area", { titles: "vhost" }, "drivers/vhost/ include/uapi/linux/vhost*"),
  rule("virtio", "area", { heads: "virtio" }, "drivers/virtio/ include/linux/virtio* include/uapi/linux/virtio*"),
  rule("generic", "topic", {}, "virt/ include/linux/kvm* include/uapi/linux/kvm* include/kvm/ include/trace/events/kvm.h"),
];

/**
 * Parts of the kernel that a title opens with when it is about them, however many lines of a KVM folder come along: there they
 * only prepare it. Others (`irqchip`, `perf`) are what KVM's own work is often called.
 */
export const OTHER_SUBSYSTEMS: ReadonlySet<string> = new Set(
  (
    "mm slub slab memcg memblock hugetlb thp madvise mremap vmalloc sched net netdev bpf block blk fs ext4 xfs btrfs nfs pci acpi crypto drm " +
    "rcu locking lockdep tracing ftrace cgroup workqueue kbuild modules rust usb scsi nvme rdma genirq cpufreq cpuidle dma swiotlb kasan"
  ).split(" "),
);

function rule(name: string, kind: RuleKind, words: { titles?: string; heads?: string; afterX86?: string }, paths: string): DefaultRule {
  const list = (text: string | undefined): readonly string[] => text?.split("|") ?? [];
  return { name, kind, titles: list(words.titles), heads: list(words.heads), afterX86: list(words.afterX86), paths: paths.split(" ") };
}
