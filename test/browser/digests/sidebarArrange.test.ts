import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { digestText, lonePatch } from "../../support/digestText";
import { eventually, type Window } from "../fixture";
import { chooseInMenu, picture, pressViewButton, rowShown, textsWhen, viewMessage, welcomeText, type SampleCopy } from "../sampleWindow";
import { eachFromTheBeginning } from "../sharedWindow";
import { digestsWindow } from "./digestsWindow";

const arm64 = "KVM: arm64: Count traps per guest";
const mmu = "KVM: x86/mmu: Zap what was asked for, and no more";

suite("grouping, sorting and filtering the view Series", () => {
  let copy: SampleCopy;
  let window: Window;
  const labels = async (level: number) => (await window.treeRows("Series")).filter((row) => row.level === level).map((row) => row.label);
  const allAgain = () => textsWhen(window, "all series again", (rows) => rows.length === 32);
  const messageIs = (text: string) =>
    eventually(
      `the message "${text}"`,
      () => viewMessage(window),
      (shown) => shown === text,
    );

  eachFromTheBeginning(async () => ({ copy, window } = await digestsWindow()));

  test("the filter narrows the tree while it is typed, and Escape brings all back", async () => {
    await messageIs("");
    // The view keeps no gap for a message that is not there.
    const body = await window.view("Series").locator(".pane-body").boundingBox();
    const first = await window.row("arm64", "Series").boundingBox();
    assert.ok(body && first && first.y - body.y < 4, `the first row begins ${(first?.y ?? 0) - (body?.y ?? 0)} pixels below the title`);
    await pressViewButton(window, "Filter Series...");
    const box = window.page.locator(".quick-input-widget input[type=text]").first();
    await box.waitFor();
    await box.pressSequentially("zap");
    await textsWhen(window, "the tree to narrow", (rows) => rows.length === 2);
    assert.deepEqual(await window.treeTexts("Series"), ["x86/mmu 1", `  ${mmu} v1 · 12 patches`]);
    await messageIs("Filter “zap”: 1 of 16 series");
    await picture(window, "filter");
    await window.page.keyboard.press("Escape");
    await allAgain();
    await messageIs("");
  });

  test("an accepted filter stays, finds authors and paths, and is cleared with one click", async () => {
    await pressViewButton(window, "Filter Series...");
    await window.answer("OKORO pmu.h");
    await textsWhen(window, "the series of Okoro", (rows) => rows.length === 2);
    assert.deepEqual(await labels(2), ["KVM: x86: Keep the vPMUs of paused guests quiet"]);
    await messageIs("Filter “OKORO pmu.h”: 1 of 16 series");
    await pressViewButton(window, "Clear Filter");
    await allAgain();
    await messageIs("");
    await window.runCommand("KVM Series: Filter Series...", "no such words");
    await eventually(
      "the text in place of rows",
      () => welcomeText(window),
      (text) => text === "No series matches the filter.\nClear Filter",
    );
    assert.equal(await window.view("Series").locator(".pane-header .description").innerText(), "“no such words”");
    await window.view("Series").locator(".welcome-view-content").getByText("Clear Filter").click();
    await allAgain();
  });

  test("groups and sorts as it is asked to", async () => {
    await window.runCommand("KVM Series: Group By...", "Status");
    await rowShown(window, "new");
    await window.runCommand("KVM Series: Sort By...", "Number of patches");
    await textsWhen(window, "the largest first", (rows) => rows[1]?.includes(mmu) === true);
    await window.runCommand("KVM Series: Sort By...", "Newest first");
    await window.runCommand("KVM Series: Group By...", "Subsystem");
    await rowShown(window, "arm64");
  });

  test("what is expanded stays so when the sources are read again, and a series of This File is found in it", async () => {
    await window.expandRow(arm64);
    await rowShown(window, "KVM: arm64: Let user space read the trap counters");
    const before = await window.treeTexts("Series");
    // A digest of its own brings one more series; all other rows keep their ids, and with them their state.
    await writeFile(path.join(copy.digests, "2026-10-26.txt"), digestText([lonePatch("KVM: x86: Say hello")]));
    await rowShown(window, "KVM: x86: Say hello");
    const after = await window.treeTexts("Series");
    assert.deepEqual(
      after.filter((row) => !row.includes("Say hello") && row !== "x86 1"),
      before,
    );
    await window.openFile("arch/arm64/kvm/arm.c");
    await rowShown(window, arm64, "This File");
    await chooseInMenu(window, arm64, "Reveal in the Series View", "This File");
    await eventually(
      "the selected row",
      () => window.view("Series").locator(".monaco-list-row.selected .label-name").allInnerTexts(),
      (selected) => selected.length === 1 && selected[0] === arm64,
    );
  });
});
