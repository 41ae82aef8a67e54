import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { digestText, lonePatch } from "../support/digestText";
import { eventually, type Window } from "./fixture";
import {
  chooseInMenu,
  copySample,
  openSample,
  picture,
  pressViewButton,
  rowsBelow,
  rowShown,
  textsWhen,
  viewMessage,
  welcomeText,
  type SampleCopy,
} from "./sampleWindow";

const arm64 = "KVM: arm64: Count traps per guest";
const mmu = "KVM: x86/mmu: Zap what was asked for, and no more";

suite("grouping, sorting and filtering the view Series", () => {
  let copy: SampleCopy;
  let window: Window;
  const labels = async (level: number) => (await window.treeRows("Series")).filter((row) => row.level === level).map((row) => row.label);
  const messageIs = (text: string) =>
    eventually(
      `the message "${text}"`,
      () => viewMessage(window),
      (shown) => shown === text,
    );
  const arrange = async (command: string, choice: string) => {
    await window.runCommand(`KVM Series: ${command}`, choice);
  };

  suiteSetup(async () => {
    copy = await copySample();
    window = await openSample(copy, { height: 2000 });
    await rowShown(window, arm64);
  });

  suiteTeardown(async () => {
    await (window as Window | undefined)?.dispose();
    await copy.dispose();
  });

  test("the view keeps no gap for a message that is not there", async () => {
    await messageIs("");
    const body = await window.view("Series").locator(".pane-body").boundingBox();
    const first = await window.row("arm64", "Series").boundingBox();
    assert.ok(body && first && first.y - body.y < 4, `the first row begins ${(first?.y ?? 0) - (body?.y ?? 0)} pixels below the title`);
  });

  test("the filter narrows the tree while it is typed, and Escape brings all back", async () => {
    await pressViewButton(window, "Filter Series...");
    const box = window.page.locator(".quick-input-widget input[type=text]").first();
    await box.waitFor();
    await box.pressSequentially("zap");
    await textsWhen(window, "the tree to narrow", (rows) => rows.length === 2);
    assert.deepEqual(await window.treeTexts("Series"), ["x86/mmu 1", `  ${mmu} v1 · 12 patches`]);
    await messageIs("Filter “zap”: 1 of 16 series");
    await picture(window, "filter");
    await window.page.keyboard.press("Escape");
    await textsWhen(window, "all series again", (rows) => rows.length === 32);
    await messageIs("");
  });

  test("an accepted filter stays, finds authors and paths, and is cleared with one click", async () => {
    await pressViewButton(window, "Filter Series...");
    await window.answer("OKORO pmu.h");
    await textsWhen(window, "the series of Okoro", (rows) => rows.length === 2);
    assert.deepEqual(await labels(2), ["KVM: x86: Keep the vPMUs of paused guests quiet"]);
    await messageIs("Filter “OKORO pmu.h”: 1 of 16 series");
    await pressViewButton(window, "Clear Filter");
    await textsWhen(window, "all series again", (rows) => rows.length === 32);
    await messageIs("");
  });

  test("a filter that nothing matches says so and can be cleared there", async () => {
    await window.runCommand("KVM Series: Filter Series...", "no such words");
    await eventually("the text in place of rows", () => welcomeText(window), Boolean);
    assert.equal(await welcomeText(window), "No series matches the filter.\nClear Filter");
    assert.equal(await window.view("Series").locator(".pane-header .description").innerText(), "“no such words”");
    await window.view("Series").locator(".welcome-view-content").getByText("Clear Filter").click();
    await textsWhen(window, "all series again", (rows) => rows.length === 32);
  });

  test("groups by author, by status and by file", async () => {
    await arrange("Group By...", "Author");
    await rowShown(window, "Ada Lindqvist");
    assert.deepEqual(await labels(1), [
      ...["Ada Lindqvist", "Bruno Öztürk", "Đào Thị Hạnh", "Greta Blüm", "Ines Sample", "Lee Quill", "Mei Tan", "Okoro Adé"],
      ...["Piotr Nowák", "Ruth Vega", "Tomás Arce"],
    ]);
    assert.deepEqual(await rowsBelow(window, "Lee Quill"), [
      `${mmu} v1 · 12 patches`,
      "target/i386/kvm: Forget the steal time page on machine reset v1 · 1 patch",
    ]);
    await arrange("Group By...", "Status");
    await rowShown(window, "new");
    assert.equal((await window.treeTexts("Series"))[0], "new 16");
    await arrange("Group By...", "File");
    await rowShown(window, "arch/x86/kvm/x86.c");
    await window.expandRow("arch/x86/kvm/x86.c");
    assert.deepEqual(await rowsBelow(window, "arch/x86/kvm/x86.c"), [
      "KVM: x86: Fold the modes of the local APIC timer v1 · 4 patches",
      `${mmu} v1 · 12 patches`,
      "KVM: x86/tdx: Reclaim the pages of a torn-down guest lazily v3 · 5 patches · 1R",
    ]);
  });

  test("sorts by title and by number of patches within a group", async () => {
    await arrange("Group By...", "Status");
    await rowShown(window, "new");
    assert.equal((await labels(2))[0], "KVM: x86: Fold the modes of the local APIC timer");
    await arrange("Sort By...", "Title");
    await textsWhen(window, "the order of titles", (rows) => rows[1]?.includes("Documentation") === true);
    assert.equal((await labels(2)).at(-1), "x86: Exercise the deadline timer");
    await arrange("Sort By...", "Number of patches");
    await textsWhen(window, "the largest first", (rows) => rows[1]?.includes(mmu) === true);
    assert.equal((await labels(2))[1], "KVM: x86/tdx: Reclaim the pages of a torn-down guest lazily");
    await arrange("Sort By...", "Newest first");
    await arrange("Group By...", "Subsystem");
    await rowShown(window, "arm64");
  });

  test("what is expanded stays so when the sources are read again", async () => {
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
  });

  test("Collapse All leaves the groups", async () => {
    await pressViewButton(window, "Collapse All");
    await textsWhen(window, "the groups alone", (rows) => rows.every((row) => !row.startsWith(" ")));
    assert.equal((await labels(1)).length, 17);
  });

  test("a series of This File is found again in the view Series", async () => {
    await window.openFile("arch/arm64/kvm/arm.c");
    await rowShown(window, arm64, "This File");
    await chooseInMenu(window, arm64, "Reveal in the Series View", "This File");
    await rowShown(window, "v2");
    await eventually(
      "the selected row",
      () => window.view("Series").locator(".monaco-list-row.selected .label-name").allInnerTexts(),
      (selected) => selected.length === 1 && selected[0] === arm64,
    );
  });
});
