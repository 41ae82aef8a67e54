import assert from "node:assert/strict";
import { eventually, type Window } from "./fixture";
import { closeMenu, contextMenu, copySample, iconOf, openSample, picture, rowsBelow, rowShown, type SampleCopy } from "./sampleWindow";

const tdx = "KVM: x86/tdx: Reclaim the pages of a torn-down guest lazily";
const s390 = "KVM: s390: Keep the interrupt mask in one place";
const arm64 = "KVM: arm64: Count traps per guest";
const unitTests = "x86: Exercise the deadline timer";

suite("the view Series", () => {
  let copy: SampleCopy;
  let window: Window;

  suiteSetup(async () => {
    copy = await copySample();
    // High enough for all rows: VS Code draws those on the screen only.
    window = await openSample(copy, { height: 2000 });
    await rowShown(window, tdx);
  });

  suiteTeardown(async () => {
    await (window as Window | undefined)?.dispose();
    await copy.dispose();
  });

  test("groups the series by subsystem, each group with its count", async () => {
    assert.deepEqual(await window.treeTexts("Series"), [
      ...["arm64 1", `  ${arm64} v2 · 2 patches`],
      ...["docs 1", "  Documentation: KVM: Draw the states of a vCPU v1 · 1 patch"],
      ...["generic 1", "  KVM: Put the file when a dying guest refuses a reference v1 resend · 1 patch"],
      ...["guest_memfd 1", "  KVM: guest_memfd: Bound the time a hole punch holds the lock v1 · 3 patches"],
      ...["kvm-unit-tests 1", `  ${unitTests} v2 · 2 patches`],
      ...["loongarch 1", "  LoongArch: KVM: Deliver extended interrupts without an exit v2 · 3 patches"],
      ...["pmu 1", "  KVM: x86: Keep the vPMUs of paused guests quiet v2 · 3 patches"],
      ...["qemu 1", "  target/i386/kvm: Forget the steal time page on machine reset v1 · 1 patch"],
      ...["riscv 1", "  RISC-V: KVM: Report timer interrupts that were lost v4 · 3 patches"],
      ...["s390 1", `  ${s390} v1 · 1 of 3 patches`],
      ...["selftests 1", "  KVM: selftests: Move the APIC helpers into the library v1 · 2 patches"],
      ...["vfio 1", "  vfio/pci: Say which device refused a reset v1 · 2 patches"],
      ...["x86/apic 1", "  KVM: x86: Fold the modes of the local APIC timer v1 · 4 patches"],
      ...["x86/mmu 1", "  KVM: x86/mmu: Zap what was asked for, and no more v1 · 12 patches"],
      ...["x86/svm 1", "  KVM: SVM: Don't complain twice about a missing control block v2 · 1 patch · 1R"],
      ...["x86/tdx 1", `  ${tdx} v3 · 5 patches · 1R`],
    ]);
  });

  test("a screen reader hears what a row is, without symbols", async () => {
    const spoken = (await window.treeRows("Series")).map(({ ariaLabel }) => ariaLabel);
    assert.ok(spoken.includes("x86/tdx, 1 series"), spoken.join("\n"));
    assert.ok(spoken.includes(`${tdx}, version 3, 5 patches, by Ada Lindqvist, new`), spoken.join("\n"));
  });

  test("a series opens into revisions, the newest into patches and files, a patch into its files", async () => {
    await window.expandRow(tdx);
    await eventually(
      "the patches of v3",
      () => rowsBelow(window, tdx),
      (rows) => rows.length >= 9,
    );
    assert.deepEqual(await rowsBelow(window, tdx), [
      "v3 5 patches · 1R",
      "  KVM: x86/tdx: Don't treat a missing module as fatal when the vendor driver is loaded 1/5 · +7 −2 · Nikolaï Brandt",
      "  KVM: x86/tdx: Move the list of pages out of struct sample_td –/5",
      "  KVM: x86/tdx: Reclaim pages from a worker –/5",
      "  KVM: x86/tdx: Bound the number of pages that wait for the worker so that memory pressure is felt –/5",
      "  KVM: VMX: Wait for the worker when the module is unloaded –/5",
      "  Files 5 files",
      "v2 4 patches · 1R",
      "v1 RFC 3 patches",
    ]);
    await window.expandRow("KVM: x86/tdx: Don't treat a missing module as fatal when the vendor driver is loaded");
    await window.expandRow("Files");
    assert.deepEqual(await rowsBelow(window, "KVM: x86/tdx: Don't treat a missing module as fatal when the vendor driver is loaded"), [
      "tdx.c +7 −2 · arch/x86/kvm/vmx",
    ]);
    assert.deepEqual(await rowsBelow(window, "Files"), [
      "tdx-teardown.rst 48 lines · Documentation/virt/kvm/x86 · not in the open tree",
      "tdx.c 184 lines · arch/x86/kvm/vmx",
      "tdx.h 7 lines · arch/x86/kvm/vmx",
      "vmx.c 7 lines · arch/x86/kvm/vmx",
      "x86.c 5 lines · arch/x86/kvm",
    ]);
  });

  test("patches that never came have a row each, and revisions known from a link have one", async () => {
    await window.expandRow(s390);
    await rowShown(window, "Not seen");
    assert.deepEqual(await rowsBelow(window, s390), ["v1 1 of 3 patches", `  ${s390} 1/3 · +33 −41`, "  Not seen 2/3", "  Not seen 3/3"]);
    await window.expandRow(unitTests);
    await rowShown(window, "v1");
    assert.equal((await rowsBelow(window, unitTests)).at(-1), "v1 not in these sources");
    const spoken = (await window.treeRows("Series")).map(({ ariaLabel }) => ariaLabel);
    assert.ok(spoken.includes("patch 2 of 3 was not seen"), spoken.join("\n"));
    assert.ok(spoken.includes("version 1, known only from a link"), spoken.join("\n"));
  });

  test("it looks right beside an editor", async () => {
    await window.openFile("arch/x86/kvm/vmx/tdx.c");
    await picture(window, "sidebar");
  });

  test("each kind of row has its icon", async () => {
    const named = (label: string) => iconOf(window.row(label, "Series"));
    assert.deepEqual(
      {
        group: await named("x86/tdx"),
        series: await named(arm64),
        revision: await named("v3"),
        patch: await named("KVM: x86/tdx: Reclaim pages from a worker"),
        missing: await named("Not seen"),
        elsewhere: await iconOf(window.view("Series").locator(".monaco-list-row").filter({ hasText: "not in these sources" })),
        files: await named("Files"),
        file: await named("tdx.h"),
      },
      {
        group: "symbol-namespace",
        series: "git-pull-request",
        revision: "versions",
        patch: "git-commit",
        missing: "circle-slash",
        elsewhere: "link-external",
        files: "files",
        file: "file",
      },
    );
  });

  test("tooltips say more, when the pointer rests on a row", async () => {
    const lines = async (label: string) => (await window.hoverRow(label, "Series")).split("\n").filter(Boolean);
    assert.deepEqual(await lines(tdx), [
      tdx,
      "x86/tdx · v3 · 5 patches · 1R · new",
      "Ada Lindqvist <ada@tdx.example.com>",
      "5 files",
      "v1 RFC → v2: the changelog links to it; same title",
      "v2 → v3: the changelog links to it; same title",
    ]);
    assert.deepEqual(await lines("v3"), [
      `v3 ${tdx}`,
      "Ada Lindqvist · 2026-10-19.txt",
      "Joined with v2: the changelog links to it; same title",
    ]);
    assert.deepEqual(await lines("KVM: x86/tdx: Don't treat a missing module as fatal when the vendor driver is loaded"), [
      "KVM: x86/tdx: Don't treat a missing module as fatal when the vendor driver is loaded",
      "Signed-off-by: Nikolaï Brandt <nikolai@tdx.example.com>",
      "Reviewed-by: Ines Sample <ines@example.org>",
      "Signed-off-by: Ada Lindqvist <ada@tdx.example.com>",
    ]);
    assert.deepEqual(await lines("tdx-teardown.rst"), ["Documentation/virt/kvm/x86/tdx-teardown.rst", "Not in the open tree"]);
  });

  test("the context menu of a row offers what can be done with it", async () => {
    assert.deepEqual(await contextMenu(window, tdx), [
      "Open Series Page",
      "Compare Revisions...",
      "Open in the List's Archive",
      "Follow",
      "Copy Link",
      "Copy Message-ID",
      "Copy b4 Command",
    ]);
    await closeMenu(window);
    const single = await contextMenu(window, s390);
    assert.ok(!single.includes("Compare Revisions..."), single.join("\n"));
    await closeMenu(window);
  });

  test("a click on a file opens it in the editor", async () => {
    await window.row("tdx.h", "Series").click();
    await window.page.locator('.tab.active[data-resource-name="tdx.h"]').waitFor();
    assert.match(await window.page.locator(".monaco-breadcrumbs").first().innerText(), /arch\s+x86\s+kvm\s+vmx\s+tdx\.h/);
  });

  test("with the keyboard alone: arrows move, open and close, Enter opens the page", async () => {
    const { keyboard } = window.page;
    const focused = () => window.view("Series").locator(".monaco-list-row.focused .label-name").innerText();
    await window.row("arm64", "Series").locator(".monaco-tl-twistie").click();
    await eventually(
      "the group arm64 to close",
      () => rowsBelow(window, "arm64"),
      (rows) => rows.length === 0,
    );
    await keyboard.press("ArrowRight");
    await eventually(
      "the group arm64 to open",
      () => rowsBelow(window, "arm64"),
      (rows) => rows.length === 1,
    );
    await keyboard.press("ArrowDown");
    assert.equal(await focused(), arm64);
    await keyboard.press("ArrowRight");
    await rowShown(window, "KVM: arm64: Let user space read the trap counters");
    await keyboard.press("ArrowDown");
    assert.equal(await focused(), "v2");
    await keyboard.press("ArrowLeft");
    await keyboard.press("ArrowLeft");
    assert.equal(await focused(), arm64);
    await keyboard.press("Enter");
    await window.page.locator(".tab.active").getByText(`v2 ${arm64}`, { exact: true }).waitFor();
  });
});
