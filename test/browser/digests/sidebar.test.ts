import assert from "node:assert/strict";
import { eventually, type Window } from "../fixture";
import { closeMenu, contextMenu, iconOf, picture, rowsBelow, rowShown } from "../sampleWindow";
import { eachFromTheBeginning } from "../sharedWindow";
import { digestsWindow } from "./digestsWindow";

const tdx = "KVM: x86/tdx: Reclaim the pages of a torn-down guest lazily";
const firstPatch = "KVM: x86/tdx: Don't treat a missing module as fatal when the vendor driver is loaded";
const s390 = "KVM: s390: Keep the interrupt mask in one place";
const arm64 = "KVM: arm64: Count traps per guest";

suite("the view Series", () => {
  let window: Window;

  eachFromTheBeginning(async () => ({ window } = await digestsWindow()));

  test("a series opens into revisions, the newest into patches and files; a click on a file opens it", async () => {
    assert.match(await window.page.title(), /\[Extension Development Host\]/);
    await window.expandRow(tdx);
    await eventually(
      "the patches of v3",
      () => rowsBelow(window, tdx),
      (rows) => rows.length >= 9,
    );
    assert.deepEqual(await rowsBelow(window, tdx), [
      "v3 5 patches · 1R",
      `  ${firstPatch} 1/5 · +7 −2 · Nikolaï Brandt`,
      "  KVM: x86/tdx: Move the list of pages out of struct sample_td –/5",
      "  KVM: x86/tdx: Reclaim pages from a worker –/5",
      "  KVM: x86/tdx: Bound the number of pages that wait for the worker so that memory pressure is felt –/5",
      "  KVM: VMX: Wait for the worker when the module is unloaded –/5",
      "  Files 5 files",
      "v2 superseded · 4 patches · 1R",
      "v1 RFC superseded · 3 patches",
    ]);
    await window.expandRow(firstPatch);
    await window.expandRow("Files");
    assert.deepEqual(await rowsBelow(window, firstPatch), ["tdx.c +7 −2 · arch/x86/kvm/vmx"]);
    assert.equal((await rowsBelow(window, "Files"))[0], "tdx-teardown.rst 48 lines · Documentation/virt/kvm/x86 · not in the open tree");
    assert.deepEqual([await iconOf(window.row(tdx, "Series")), await iconOf(window.row("tdx.h", "Series"))], ["git-pull-request", "file"]);
    const spoken = (await window.treeRows("Series")).map(({ ariaLabel }) => ariaLabel);
    assert.ok(spoken.includes(`${tdx}, version 3, 5 patches, by Ada Lindqvist, new`), spoken.join("\n"));
    await window.row("tdx.h", "Series").click();
    await window.page.locator('.tab.active[data-resource-name="tdx.h"]').waitFor();
    assert.match(await window.page.locator(".monaco-breadcrumbs").first().innerText(), /arch\s+x86\s+kvm\s+vmx\s+tdx\.h/);
    await window.openFile("arch/x86/kvm/vmx/tdx.c");
    await picture(window, "sidebar");
  });

  test("tooltips say more, when the pointer rests on a row", async () => {
    const lines = (await window.hoverRow(tdx, "Series")).split("\n").filter(Boolean);
    assert.deepEqual(lines, [
      tdx,
      "x86/tdx · v3 · 5 patches · 1R · new",
      "Ada Lindqvist <ada@tdx.example.com>",
      "5 files",
      "Reviewed by Ines Sample",
      "v1 RFC → v2: the changelog links to it; same title and author",
      "v2 → v3: the changelog links to it; same title and author",
    ]);
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

  test("with the keyboard alone: arrows move, open and close, Enter opens the page", async () => {
    const { keyboard } = window.page;
    const focused = () => window.view("Series").locator(".monaco-list-row.focused .label-name").innerText();
    const focusIs = (label: string) => eventually(`the focus on "${label}"`, focused, (now) => now === label);
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
    await focusIs(arm64);
    await keyboard.press("ArrowRight");
    await rowShown(window, "KVM: arm64: Let user space read the trap counters");
    await keyboard.press("ArrowDown");
    await focusIs("v2");
    await keyboard.press("ArrowLeft");
    await keyboard.press("ArrowLeft");
    await focusIs(arm64);
    await keyboard.press("Enter");
    await window.page.locator(".tab.active").getByText(`v2 ${arm64}`, { exact: true }).waitFor();
  });
});
