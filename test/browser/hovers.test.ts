import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { eventually, type Window } from "./fixture";
import { explorerBadge, hoverLine, hoverStatusBar, linesOf } from "./hoverText";
import { chooseInMenuOf, copySample, openSample, rowShown, textsWhen, welcomeText, type SampleCopy } from "./sampleWindow";

const x86 = "arch/x86/kvm/x86.c";
const fold = "KVM: x86: Fold the modes of the local APIC timer";
const zap = "KVM: x86/mmu: Zap what was asked for, and no more";
const tdx = "KVM: x86/tdx: Reclaim the pages of a torn-down guest lazily";

suite("what is pending for a file", () => {
  let copy: SampleCopy;
  let window: Window;
  const codeLenses = () => window.page.locator(".codelens-decoration").allInnerTexts();

  suiteSetup(async () => {
    copy = await copySample();
    await writeFile(path.join(copy.linux, "notes.txt"), ` ${x86} | 23 +-\n .../selftests/kvm/x86/apic_timer_test.c | 33 +++++\n`);
    window = await openSample(copy);
    await rowShown(window, "arm64");
  });

  suiteTeardown(async () => {
    await (window as Window | undefined)?.dispose();
    await copy.dispose();
  });

  test("without an editor the view This File says what to do", async () => {
    assert.equal(await welcomeText(window, "This File"), "Open a file of a kernel tree to see which pending series touch it.");
  });

  test("the view This File follows the active editor and names it", async () => {
    await window.openFile(x86);
    assert.deepEqual(await textsWhen(window, "the series of x86.c", (rows) => rows.length === 3, "This File"), [
      `${fold} v1 · 4 patches`,
      `${zap} v1 · 12 patches`,
      `${tdx} v3 · 5 patches · 1R`,
    ]);
    assert.equal(await window.view("This File").locator(".pane-header .description").innerText(), "x86.c");
    await window.openFile("arch/s390/kvm/kvm-s390.c");
    await textsWhen(window, "the series of kvm-s390.c", (rows) => rows.length === 2 && rows[0]?.startsWith(zap) === true, "This File");
    await window.openFile("Kbuild");
    await eventually(
      "the text for an untouched file",
      () => welcomeText(window, "This File"),
      (text) => text === "No pending series touches this file.",
    );
  });

  test("it keeps the file when a series page or the log takes the focus", async () => {
    await window.openFile(x86);
    await textsWhen(window, "the series of x86.c", (rows) => rows.length === 3, "This File");
    await window.row(fold, "This File").click();
    await window.webviewFrame().getByRole("heading", { name: fold }).waitFor();
    assert.equal((await window.treeRows("This File")).length, 3);
    await window.statusBarItem("3 series").waitFor();
    await window.runCommand("Output: Focus on Output View");
    assert.equal((await window.treeRows("This File")).length, 3);
    await window.runCommand("View: Hide Panel");
  });

  test("the status bar counts, its tooltip names, a click lists", async () => {
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
    const box = window.page.locator(".quick-input-widget");
    await box.getByText(`3 pending series touch ${x86}`).waitFor();
    const picks = ["x86/apic · Ines Sample", "x86/mmu · Lee Quill", "x86/tdx · Ada Lindqvist"];
    assert.deepEqual(await window.quickPickTexts(), [fold, picks[0], zap, picks[1], tdx, picks[2]]);
    await window.answer("zap");
    await window.page
      .locator(".tab.active")
      .getByText(`v1 ${zap.slice(0, 40)}`)
      .waitFor();
  });

  test("a link in the tooltip opens the page of that series", async () => {
    await window.openFile("arch/x86/kvm/lapic.c");
    await window.statusBarItem("1 series").waitFor();
    const text = linesOf(await hoverStatusBar(window, "1 series"));
    assert.deepEqual(text, ["1 pending series touches arch/x86/kvm/lapic.c", fold, "v1 · 4 patches · here: patch 1 · Ines Sample"]);
    await window.page.locator(".workbench-hover a").getByText(fold).click();
    await window.page
      .locator(".tab.active")
      .getByText(`v1 ${fold.slice(0, 40)}`)
      .waitFor();
  });

  test("resting on an #include names the series that touch the header", async () => {
    await window.openFile(x86);
    assert.deepEqual(linesOf(await hoverLine(window, '#include "x86.h"', 0.8)), [
      "1 pending series touches arch/x86/kvm/x86.h",
      zap,
      "v1 · 12 patches · Lee Quill",
    ]);
    assert.deepEqual(linesOf(await hoverLine(window, '#include "lapic.h"', 0.8)).slice(0, 2), [
      "1 pending series touches arch/x86/kvm/lapic.h",
      fold,
    ]);
  });

  test("resting on a path in text does too, also where a diffstat cut it", async () => {
    await window.openFile("notes.txt");
    assert.equal(linesOf(await hoverLine(window, "23 +-", 0.3))[0], `3 pending series touch ${x86}`);
    const shortened = linesOf(await hoverLine(window, "33 +++++", 0.3));
    assert.equal(shortened[0], "2 pending series touch tools/testing/selftests/kvm/x86/apic_timer_test.c");
  });

  test("a line above the file counts, once the setting asks for it", async () => {
    await window.openFile(x86);
    assert.deepEqual(await codeLenses(), []);
    await window.setSettings({ "kvmSeries.codeLens": true });
    await eventually("the line above the file", codeLenses, (shown) => shown.includes("3 pending series touch this file"));
    await window.page.locator(".codelens-decoration a").getByText("3 pending series").click();
    await window.page.locator(".quick-input-widget").getByText(`3 pending series touch ${x86}`).waitFor();
    await window.page.keyboard.press("Escape");
    await window.setSettings({ "kvmSeries.codeLens": false });
    await eventually("the line above the file to go", codeLenses, (shown) => shown.length === 0);
  });

  test("the Explorer counts the series of a file and names them", async () => {
    await window.openFile(x86);
    await window.runCommand("View: Show Explorer");
    await rowShownInExplorer("x86.c");
    await eventually(
      "the badge of x86.c",
      () => explorerBadge(window, "x86.c"),
      (badge) => badge === "3",
    );
    assert.equal(await explorerBadge(window, "svm"), "", "a folder has no badge");
    const [first = "", ...lines] = linesOf(await window.hoverRow("x86.c"));
    assert.ok(first.endsWith("3 pending series:"), first);
    assert.deepEqual(lines, [`v1 ${fold}`, `v1 ${zap}`, `v3 ${tdx}`]);
    await window.screenshot("explorer-hover");
  });

  test("badges and status bar item go when their settings say so", async () => {
    await window.setSettings({ "kvmSeries.explorerBadges": false, "kvmSeries.statusBar": false });
    await eventually(
      "the badge of x86.c to go",
      () => explorerBadge(window, "x86.c"),
      (badge) => badge === "",
    );
    await window.statusBarItem("3 series").waitFor({ state: "hidden" });
    await window.setSettings({ "kvmSeries.explorerBadges": true, "kvmSeries.statusBar": true });
    await eventually(
      "the badge of x86.c again",
      () => explorerBadge(window, "x86.c"),
      (badge) => badge === "3",
    );
    await window.statusBarItem("3 series").waitFor();
  });

  test("the context menu of a file in the Explorer lists the series that touch it", async () => {
    // On a busy machine the Explorer may have folded or scrolled since; the file at hand is shown in it.
    await window.openFile("arch/x86/kvm/x86.h");
    await window.runCommand("View: Show Explorer");
    await rowShownInExplorer("x86.h");
    const list = window.page.locator(".quick-input-widget").getByText("1 pending series touches arch/x86/kvm/x86.h");
    await chooseInMenuOf(window, window.row("x86.h"), "Show Series Touching This File");
    await list.waitFor();
    assert.deepEqual(await window.quickPickTexts(), [zap, "x86/mmu · Lee Quill"]);
    await window.page.keyboard.press("Escape");
  });

  async function rowShownInExplorer(label: string): Promise<void> {
    await eventually(`${label} in the Explorer`, async () => (await window.treeRows()).some((row) => row.label === label), Boolean);
  }
});
