/**
 * The project that a patch or an opened folder belongs to: the KVM list carries patches of several trees. The words in the brackets of
 * the subject tell, else paths that only one of the trees can have.
 */

export type Project = "kernel" | "qemu" | "kvm-unit-tests" | "kvmtool";

interface ProjectEvidence {
  /** The words of the subject's brackets, as in `Revision.prefixes`; whole bracket texts are understood too. */
  readonly prefixes: readonly string[];
  /** All paths that the patches touch, old and new names. */
  readonly paths: readonly string[];
  /** Used only where no path is known: `target/i386/kvm: ...` is of QEMU. */
  readonly title?: string;
  /** Whether the open kernel tree has this file. */
  readonly existsInKernelTree?: (path: string) => boolean;
}

const PREFIX_WORDS: ReadonlyArray<readonly [RegExp, Project]> = [
  [/^(?:kvm-unit-tests?|kut)$/i, "kvm-unit-tests"],
  [/^kvmtool$/i, "kvmtool"],
  [/^qemu(?:-devel|-stable|-ppc|-arm|-s390x|-riscv|-kvm)?$/i, "qemu"],
];

/** Folders and files at the top of QEMU that no other tree has. */
const QEMU_ROOTS: ReadonlySet<string> = new Set(
  (
    "accel audio authz backends bsd-user chardev contrib common-user disas docs dump ebpf fpu fsdev gdb-xml gdbstub io libdecnumber " +
    "linux-headers linux-user migration monitor nbd pc-bios plugins po python qapi qga qobject qom replay roms scsi " +
    "semihosting softmmu storage-daemon stubs subprojects system target tcg trace " +
    "configure meson.build meson_options.txt hmp-commands.hx hmp-commands-info.hx qemu-options.hx qemu-img.c qemu-nbd.c qemu-io.c " +
    "block.c blockdev.c blockjob.c job.c cpu-common.c cpu-target.c cpus.c exec.c vl.c page-target.c target-info.c"
  ).split(" "),
);

/** Folders below `include/` that only QEMU has. */
const QEMU_INCLUDE: ReadonlySet<string> = new Set(
  (
    "accel authz block chardev disas exec fpu gdbstub hw io migration monitor qapi qemu qobject qom scsi semihosting " +
    "standard-headers sysemu system tcg ui user"
  ).split(" "),
);

/** Top folders of a kernel, without those that other trees have too: `block`, `crypto`, `include`, `lib`, `net`, `rust`, `scripts`, `tools`. */
const KERNEL_ROOTS: ReadonlySet<string> = new Set(
  "arch certs drivers Documentation fs init ipc kernel mm samples security sound usr virt".split(" "),
);

/** Folders of a kernel below top folders that other trees have too. */
const KERNEL_FOLDERS = foldersBelow({
  include: "linux uapi asm-generic trace net drm acpi crypto vdso dt-bindings",
  tools: "testing perf arch include lib objtool bpf",
  lib: "crypto vdso raid6 raid kunit tests",
  rust: "kernel bindings helpers",
});

function foldersBelow(folders: Readonly<Record<string, string>>): ReadonlyMap<string, ReadonlySet<string>> {
  return new Map(Object.entries(folders).map(([root, names]) => [root, new Set(names.split(" "))]));
}

function isKernelPath(path: string, names: readonly string[]): boolean {
  const [root = "", second = ""] = names;
  if (KERNEL_ROOTS.has(root) || path === "Kbuild" || path === "Kconfig") return true;
  if (root === "scripts") return /^(?:Makefile|Kbuild|Kconfig|mod|kconfig)/.test(second);
  return names.length > 2 && KERNEL_FOLDERS.get(root)?.has(second) === true;
}

const KVMTOOL_PATHS = new RegExp(
  [
    String.raw`^builtin-[\w-]+\.[ch]$`,
    String.raw`^(?:kvm|kvm-cpu|kvm-ipc|pci|irq|ioport|mmio|term|symbol|framebuffer|devices|epoll|guest_compat|main|code16gcc)\.[ch]$`,
    // Kvmtool has its devices directly in hw/, QEMU only in folders below it.
    String.raw`^hw/[\w-]+\.[chS]$`,
    String.raw`^include/kvm/(?!arm_|iodev)`,
    String.raw`^(?:virtio|vfio|disk|guest)/[\w-]+\.[chS]$`,
    String.raw`^(?:x86|arm|arm64|powerpc|riscv|mips|loongarch)/(?:include/kvm/|include/asm/kernel\.h|bios/|aarch32/|aarch64/)`,
    String.raw`^(?:x86|arm|arm64|powerpc|riscv|mips|loongarch)/(?:boot|cpuid|interrupt|ioport|irq|kvm|kvm-cpu|mptable|bios|fdt|gicv2m|pci|plic|aia|spapr_\w+)\.[ch]$`,
    String.raw`^net/uip/`,
  ].join("|"),
);

const KVM_UNIT_TESTS_PATHS = new RegExp(
  [
    String.raw`^(?:x86|arm|arm64|s390x|powerpc|ppc64|riscv)/`,
    String.raw`^lib/(?:x86|arm|arm64|s390x|powerpc|ppc64|riscv|asm-generic|generic|linux|libcflat\.h)(?:/|$)`,
    String.raw`^lib/(?:auxinfo|chr-testdev|devicetree|efi|errata|getchar|migrate|on-cpus|pci[\w-]*|powerpc|setjmp|vmalloc|virtio[\w-]*)\.[ch]$`,
    String.raw`^scripts/(?:arch-run\.bash|runtime\.bash|common\.bash|vmm\.bash|mkstandalone\.sh|checkbashisms\.sh|s390x/)`,
    String.raw`^(?:run_tests\.sh|errata\.txt)$`,
  ].join("|"),
);

/** The top folders in the patterns of kvmtool and kvm-unit-tests. */
const SMALL_ROOTS: ReadonlySet<string> = new Set(
  "hw include virtio vfio disk guest x86 arm arm64 powerpc riscv mips loongarch net s390x ppc64 lib scripts".split(" "),
);

/** The beginning of a title for QEMU, where no path is known. */
const QEMU_TITLE =
  /^(?:(?:target|hw|accel|linux-user|linux-headers|tests\/(?:qtest|functional)|pc-bios|qapi|migration|hmp|qmp)(?=[/:])|i386\/kvm:)/i;

/** The project that a path is typical of; null where several trees could have it. */
function projectOfPath(path: string): Project | null {
  // Most paths are of a kernel and tell by their first name.
  if (KERNEL_ROOTS.has(path.slice(0, Math.max(path.indexOf("/"), 0)))) return "kernel";
  const names = path.split("/");
  const [root = "", second = ""] = names;
  if (isKernelPath(path, names)) return "kernel";
  // V8 takes longer to compile the long patterns than to check all paths of a digest, so they are the last resort.
  if (names.length === 1 || SMALL_ROOTS.has(root)) {
    if (KVMTOOL_PATHS.test(path)) return "kvmtool";
    if (KVM_UNIT_TESTS_PATHS.test(path)) return "kvm-unit-tests";
  }
  if (QEMU_ROOTS.has(root) || root === "hw" || root === "ui") return "qemu";
  if (root === "tests" && /^(?:qtest|functional|tcg|unit|qemu-iotests|avocado|migration|docker|lcitool|vm|data)$/.test(second))
    return "qemu";
  if (root === "include" && QEMU_INCLUDE.has(second)) return "qemu";
  return null;
}

function projectOfPrefixes(prefixes: readonly string[]): Project | null {
  for (const word of prefixes.flatMap((prefix) => prefix.split(/[\s,[\]]+/))) {
    if (word === "PATCH" || word === "RFC") continue;
    const known = PREFIX_WORDS.find(([pattern]) => pattern.test(word));
    if (known) return known[1];
  }
  return null;
}

/**
 * The project that patches are written for. The brackets of the subject come first; then each path votes for the only tree that
 * could have it. Paths that every tree has (MAINTAINERS, Makefile) do not vote, and without votes it is the kernel.
 */
export function projectOfPatches(evidence: ProjectEvidence): Project {
  const said = projectOfPrefixes(evidence.prefixes);
  if (said) return said;
  const paths = evidence.paths.filter((path) => !path.startsWith(".../"));
  if (paths.length === 0) return evidence.title !== undefined && QEMU_TITLE.test(evidence.title) ? "qemu" : "kernel";

  // A top folder of another tree counts more than a file of that name in the open tree.
  const projectOf = (path: string): Project | null =>
    projectOfPath(path) ?? (evidence.existsInKernelTree?.(path) === true ? "kernel" : null);
  // Nearly always all paths agree, and then nothing has to be counted.
  const first = paths.findIndex((path) => projectOf(path) !== null);
  const only = projectOf(paths[first] ?? "");
  if (paths.every((path, at) => at <= first || (projectOf(path) ?? only) === only)) return only ?? "kernel";
  const votes = new Map<Project, number>();
  for (const path of new Set(paths)) {
    const project = projectOf(path);
    if (project) votes.set(project, (votes.get(project) ?? 0) + 1);
  }
  let best: Project = "kernel";
  for (const [project, count] of votes) {
    if (count > (votes.get(best) ?? 0)) best = project;
  }
  return best;
}

/** Files that together prove a project. Only files are checked, so that a sparse or half-written tree is recognised too. */
const TREE_MARKS: ReadonlyArray<readonly [Project, ReadonlyArray<readonly string[]>]> = [
  ["qemu", [["accel/kvm/kvm-all.c"], ["target/i386/cpu.c"], ["qapi/qapi-schema.json"], ["configure", "meson.build", "qemu-options.hx"]]],
  ["kvm-unit-tests", [["lib/libcflat.h"], ["x86/unittests.cfg"], ["arm/unittests.cfg"], ["s390x/unittests.cfg"]]],
  ["kvmtool", [["builtin-run.c"], ["include/kvm/kvm.h"]]],
  ["kernel", [["virt/kvm/kvm_main.c"], ["include/linux/kvm_host.h"], ["scripts/get_maintainer.pl"], ["Kbuild", "MAINTAINERS"]]],
];

/** All files that are looked for to tell the project of a tree. */
export const projectMarks: readonly string[] = TREE_MARKS.flatMap(([, marks]) => marks.flat());

/** The project of an opened tree, told by the files it has; null where it is none of them. */
export function projectOfTree(has: (path: string) => boolean): Project | null {
  for (const [project, marks] of TREE_MARKS) {
    if (marks.some((files) => files.every(has))) return project;
  }
  return null;
}
