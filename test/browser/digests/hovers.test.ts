import assert from "node:assert/strict";
import { eventually, type Window } from "../fixture";
import { explorerBadge, hoverLine, hoverStatusBar, linesOf } from "../hoverText";
import { chooseInMenuOf, textsWhen, welcomeText } from "../sampleWindow";
import { eachFromTheBeginning } from "../sharedWindow";
import { digestsWindow } from "./digestsWindow";

const x86 = "arch/x86/kvm/x86.c";
const fold = "KVM: x86: Fold the modes of the local APIC timer";
const zap = "KVM: x86/mmu: Zap what was asked for, and no more";
const tdx = "KVM: x86/tdx: Reclaim the pages of a torn-down guest lazily";

suite("what is pending for a file", () => {
  let window: Window;

  eachFromTheBeginning(async () => ({ window } = await digestsWindow(800)));

  test("the view This File follows the active editor, and keeps its file when a page or the log takes the focus", async () => {
    await eventually(
      "the text without an editor",
      () => welcomeText(window, "This File"),
      (text) => text === "Open a file of a kernel tree to see which pending series touch it.",
    );
    await window.openFile("arch/s390/kvm/kvm-s390.c");
    await textsWhen(window, "the series of kvm-s390.c", (rows) => rows.length === 2 && rows[0]?.startsWith(zap) === true, "This File");
    await window.openFile("Kbuild");
    await eventually(
      "the text for an untouched file",
      () => welcomeText(window, "This File"),
      (text) => text === "No pending series touches this file.",
    );
    await window.openFile(x86);
    assert.deepEqual(await textsWhen(window, "the series of x86.c", (rows) => rows.length === 3, "This File"), [
      `${fold} v1 · 4 patches`,
      `${zap} v1 · 12 patches`,
      `${tdx} v3 · 5 patches · 1R`,
    ]);
    assert.equal(await window.view("This File").locator(".pane-header .description").innerText(), "x86.c");
    await window.row(fold, "This File").click();
    await window.webviewFrame().getByRole("heading", { name: fold }).waitFor();
    assert.equal((await window.treeRows("This File")).length, 3);
    await window.statusBarItem("3 series").waitFor();
    await window.runCommand("Output: Focus on Output View");
    assert.equal((await window.treeRows("This File")).length, 3);
    await window.runCommand("View: Hide Panel");
  });

  test("the status bar counts, its tooltip names and opens, a click lists", async () => {
    await window.openFile(x86);
    await window.statusBarItem("3 series").waitFor();
    assert.equal(await window.statusBarItem("3 series").locator("a").getAttribute("aria-label"), "3 pending series touch this file");
    assert.deepEqual(linesOf(await hoverStatusBar(window, "3 series")), [
      `3 pending series touch ${x86}`,
      ...[fold, "v1 · 4 patches · Ines Sample"],
      ...[zap, "v1 · 12 patches · Lee Quill"],
      ...[tdx, "v3 · 5 patches · Ada Lindqvist · 1R"],
    ]);
    await window.screenshot("status-bar-tooltip");
    await window.statusBarItem("3 series").click();
    await window.page.locator(".quick-input-widget").getByText(`3 pending series touch ${x86}`).waitFor();
    const picks = ["x86/apic · Ines Sample", "x86/mmu · Lee Quill", "x86/tdx · Ada Lindqvist"];
    assert.deepEqual(await window.quickPickTexts(), [fold, picks[0], zap, picks[1], tdx, picks[2]]);
    await window.answer("zap");
    await window.page
      .locator(".tab.active")
      .getByText(`v1 ${zap.slice(0, 40)}`)
      .waitFor();
    await window.webviewFrame().getByRole("heading", { name: zap, level: 1 }).waitFor();
    await window.openFile("arch/x86/kvm/lapic.c");
    await window.statusBarItem("1 series").waitFor();
    const text = linesOf(await hoverStatusBar(window, "1 series"));
    assert.deepEqual(text, ["1 pending series touches arch/x86/kvm/lapic.c", fold, "v1 · 4 patches · here: patch 1 · Ines Sample"]);
    await window.page.locator(".workbench-hover a").getByText(fold).click();
    await window.page
      .locator(".tab.active")
      .getByText(`v1 ${fold.slice(0, 40)}`)
      .waitFor();
    await window.webviewFrame().getByRole("heading", { name: fold, level: 1 }).waitFor();
  });

  test("resting on an #include names the series that touch the header", async () => {
    await window.openFile(x86);
    assert.deepEqual(linesOf(await hoverLine(window, '#include "x86.h"', 0.8)), [
      "1 pending series touches arch/x86/kvm/x86.h",
      zap,
      "v1 · 12 patches · Lee Quill",
    ]);
  });

  test("the Explorer counts the series of a file, names and lists them, unless the settings say no", async () => {
    await window.openFile(x86);
    await window.runCommand("View: Show Explorer");
    const badgeIs = (wanted: string) =>
      eventually(
        `“${wanted}” as the badge of x86.c`,
        () => explorerBadge(window, "x86.c"),
        (badge) => badge === wanted,
      );
    await badgeIs("3");
    assert.equal(await explorerBadge(window, "svm"), "", "a folder has no badge");
    const [first = "", ...lines] = linesOf(await window.hoverRow("x86.c"));
    assert.ok(first.endsWith("3 pending series:"), first);
    assert.deepEqual(lines, [`v1 ${fold}`, `v1 ${zap}`, `v3 ${tdx}`]);
    await window.screenshot("explorer-hover");
    await chooseInMenuOf(window, window.row("x86.h"), "Show Series Touching This File");
    await window.page.locator(".quick-input-widget").getByText("1 pending series touches arch/x86/kvm/x86.h").waitFor();
    assert.deepEqual(await window.quickPickTexts(), [zap, "x86/mmu · Lee Quill"]);
    await window.page.keyboard.press("Escape");
    await window.setSettings({ "kvmSeries.explorerBadges": false, "kvmSeries.statusBar": false });
    await badgeIs("");
    await window.statusBarItem("3 series").waitFor({ state: "hidden" });
    await window.setSettings({ "kvmSeries.explorerBadges": true, "kvmSeries.statusBar": true });
    await badgeIs("3");
    await window.statusBarItem("3 series").waitFor();
  });
});
