import assert from "node:assert/strict";
import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { badDigests, writeBadDigests } from "../support/badDigests";
import { digestText, lonePatch } from "../support/digestText";
import { eventually, openWindow, type Window } from "./fixture";
import { chooseInMenu, copySample, iconOf, openSample, rowsBelow, rowShown, showSideBar, textsWhen, type SampleCopy } from "./sampleWindow";

suite("bad input", () => {
  let copy: SampleCopy;
  let window: Window;
  const own = () => path.join(copy.folder, "own.txt");

  suiteSetup(async () => {
    copy = await copySample();
    const odd = path.join(copy.folder, "odd");
    await mkdir(odd);
    await writeBadDigests(odd);
    await writeFile(own(), digestText([lonePatch("KVM: x86: Before")]));
    const sources = [copy.digests, ...badDigests.map(([name]) => path.join(odd, name)), own()];
    window = await openSample(copy, { height: 2000, settings: { "kvmSeries.sources": sources } });
    await rowShown(window, "x86");
  });

  suiteTeardown(async () => {
    await (window as Window | undefined)?.dispose();
    await copy.dispose();
  });

  test("each source that cannot be read has one row with one sentence, above all series", async () => {
    const expected = badDigests.flatMap(([name, sentence]) => (sentence === null ? [] : [`${sentence} ${path.basename(name)}`]));
    assert.deepEqual((await window.treeTexts("Series")).slice(0, expected.length), expected);
    const [, first = ""] = badDigests.find(([, sentence]) => sentence !== null) ?? [];
    assert.equal(await iconOf(window.row(first ?? "", "Series")), "warning");
    assert.equal(await window.hoverRow(first ?? "", "Series"), `${path.join(copy.folder, "odd", "not-a-digest.txt")}: ${first ?? ""}`);
    await window.screenshot("problems");
  });

  test("the others are read, whatever their line ends and charset, and what is whole of a truncated one", async () => {
    assert.deepEqual((await rowsBelow(window, "x86")).map((row) => row.replace(/ v1 · 1 patch$/, "")).sort(), [
      "KVM: x86: Before",
      "KVM: x86: Cut short",
      "KVM: x86: From Windows",
      "KVM: x86: From the west",
      "KVM: x86: Still whole",
      "KVM: x86: Two bytes a letter",
    ]);
    assert.ok((await window.hoverRow("KVM: x86: From the west", "Series")).includes("Greta Blüm <greta@z.example.com>"));
    assert.ok((await window.treeTexts("Series")).includes("x86/tdx 1"));
  });

  test("nothing of it is a toast", async () => {
    assert.deepEqual(await window.notificationTexts(), []);
  });

  test("a source can be taken out where it is complained of", async () => {
    const sentence = "There is no such file or folder; check its name.";
    await chooseInMenu(window, sentence, "Remove Archive...");
    await textsWhen(window, "the row to go", (rows) => !rows.some((row) => row.startsWith(sentence)));
  });

  test("a digest that changes while its page is open changes the page", async () => {
    await window.row("KVM: x86: Before", "Series").click();
    await window.webviewFrame().getByText("Hello.").waitFor();
    await writeFile(own(), digestText([{ ...lonePatch("KVM: x86: Before"), body: "Hello again." }, lonePatch("KVM: x86: After")]));
    await rowShown(window, "KVM: x86: After");
    await window.webviewFrame().getByText("Hello again.").waitFor();
  });

  test("a digest that is deleted takes its series along, and the page says so", async () => {
    await rm(own());
    await textsWhen(window, "the series to go", (rows) => !rows.some((row) => row.includes("KVM: x86: Before")));
    await window.webviewFrame().getByText("This series is no longer in any source. Sync, or add the digest it came from.").waitFor();
    await rowShown(window, "There is no such file or folder; check its name.");
    await writeFile(own(), digestText([lonePatch("KVM: x86: Before")]));
    await rowShown(window, "KVM: x86: Before");
    await eventually(
      "the page to come back",
      () => window.webviewFrame().locator("body").innerText(),
      (text) => text.includes("Hello.") && !text.includes("no longer in any source"),
    );
  });
});

suite("a window without a folder", () => {
  let copy: SampleCopy;
  let window: Window;

  suiteSetup(async () => {
    copy = await copySample();
    window = await openWindow({ settings: { "kvmSeries.sources": [copy.digests] } });
    await showSideBar(window);
  });

  suiteTeardown(async () => {
    await (window as Window | undefined)?.dispose();
    await copy.dispose();
  });

  test("lists the series and opens their pages", async () => {
    await rowShown(window, "KVM: arm64: Count traps per guest");
    await window.row("KVM: arm64: Count traps per guest", "Series").click();
    await window.webviewFrame().getByText("Traps are counted per host CPU").waitFor();
    assert.equal(await window.webviewFrame().getByText("not in this tree").filter({ visible: true }).count(), 0);
    assert.deepEqual(await window.notificationTexts(), []);
  });
});
