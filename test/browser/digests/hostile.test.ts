import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Dialog } from "playwright-core";
import { hostileAuthor, hostileDigest, outsidePaths, visibleTitle } from "../../support/hostileDigest";
import { eventually, type Window } from "../fixture";
import { nothingOf } from "../hostileFrames";
import { hoverLine, hoverStatusBar } from "../hoverText";
import { rowsBelow, rowShown, saveAs, type SampleCopy } from "../sampleWindow";
import { eachFromTheBeginning } from "../sharedWindow";
import { digestsWindow } from "./digestsWindow";

suite("hostile text stays text", () => {
  let copy: SampleCopy;
  let window: Window;
  const dialogs: string[] = [];
  const tabs = () => window.page.locator(".tab .label-name").allInnerTexts();
  const hover = () => window.page.locator(".workbench-hover, .monaco-resizable-hover").filter({ visible: true });

  const seen = (dialog: Dialog): void => {
    dialogs.push(dialog.message());
    void dialog.dismiss();
  };

  eachFromTheBeginning(async () => {
    ({ copy, window } = await digestsWindow(1200));
    const source = path.join(copy.folder, "hostile.txt");
    await writeFile(source, hostileDigest());
    await writeFile(path.join(copy.linux, "notes.txt"), "look at arch/x86/kvm/x86.c there\n");
    window.page.off("dialog", seen);
    window.page.on("dialog", seen);
    dialogs.length = 0;
    await window.setSettings({ "kvmSeries.sources": [source] });
    await rowShown(window, visibleTitle);
  });
  suiteTeardown(async () => {
    window.page.off("dialog", seen);
    await rm(path.join(copy.linux, "notes.txt"));
  });

  // Whatever a test did, nothing may have run and nothing may have been opened.
  teardown(async () => {
    assert.deepEqual(dialogs, []);
    assert.equal(await window.page.locator(".monaco-dialog-box").count(), 0);
    assert.deepEqual(
      (await tabs()).filter((name) => name.includes("passwd")),
      [],
    );
    assert.deepEqual(await nothingOf(window.page.mainFrame()), []);
  });

  test("in the rows of the tree and their tooltips", async () => {
    await window.expandRow(visibleTitle);
    await eventually(
      "the patches",
      () => rowsBelow(window, visibleTitle),
      (rows) => rows.length >= 4,
    );
    await window.expandRow("Files");
    assert.deepEqual(await rowsBelow(window, visibleTitle), [
      "v2 2 patches",
      "  KVM: First [a](command:workbench.action.quit) $(bug) 1/2 · <b>Eve</b>",
      "  KVM: <script>hacked()</script> second 2/2 · <b>Eve</b>",
      "  Files 5 files",
      "    passwd +2 −0 · ../../../../../../etc · not in the open tree",
      "    passwd +2 −0 · /etc · not in the open tree",
      "    <img src=x onerror=hacked()>.c +2 −0 · arch/x86/kvm · not in the open tree",
      "    [a](command:workbench.action.quit).c +2 −0 · arch/x86/kvm · not in the open tree",
      "    x86.c +2 −0 · arch/x86/kvm",
    ]);
    assert.equal(await window.view("Series").locator(".codicon-bug, .codicon-flame, img").count(), 0);
    await window.screenshot("hostile");
    // A click on a path outside the tree opens nothing.
    for (const folder of outsidePaths.map((each) => path.dirname(each))) {
      await window
        .view("Series")
        .locator(".monaco-list-row")
        .filter({ hasText: `${folder} ·` })
        .first()
        .click();
    }
    assert.deepEqual(await tabs(), []);
    const text = await window.hoverRow(visibleTitle, "Series");
    for (const part of [visibleTitle, hostileAuthor]) assert.ok(text.includes(part), text);
    await isInert();
    const patch = "KVM: First [a](command:workbench.action.quit) $(bug)";
    assert.ok((await window.hoverRow(patch, "Series")).includes(patch));
    await isInert();
  });

  test("in the status bar's tooltip, the hover in text, the Explorer's tooltip and the list to pick from", async () => {
    await window.openFile("arch/x86/kvm/x86.c");
    await window.statusBarItem("1 series").waitFor();
    const status = await hoverStatusBar(window, "1 series");
    assert.ok(status.includes(visibleTitle) && status.includes(hostileAuthor), status);
    await isInert([visibleTitle]);
    await window.openFile("notes.txt");
    const text = await hoverLine(window, "look at arch", 0.5);
    assert.ok(text.includes(visibleTitle) && text.includes(hostileAuthor), text);
    await isInert([visibleTitle]);
    await window.openFile("arch/x86/kvm/x86.c");
    await window.runCommand("View: Show Explorer");
    const explorer = await window.hoverRow("x86.c");
    assert.ok(explorer.includes(`v2 ${visibleTitle}`), explorer);
    await isInert();
    await window.runCommand("KVM Series: Open Series...");
    const list = window.page.locator(".quick-input-list");
    await list.getByText("Eve").first().waitFor();
    assert.deepEqual(await window.quickPickTexts(), [visibleTitle, `x86 · ${hostileAuthor}`]);
    assert.equal(await list.locator(".codicon-bug, .codicon-flame, img").count(), 0);
    await window.page.keyboard.press("Escape");
  });

  test("in exported Markdown, as VS Code shows it", async () => {
    const name = "hostile.md";
    await window.runCommand("KVM Series: Export Digest...", "Markdown", "File...");
    await saveAs(window, path.join(copy.folder, name));
    await window.page.locator(`.tab.active[data-resource-name="${name}"]`).waitFor();
    await window.runCommand("Markdown: Open Preview");
    const frame = window.webviewFrame();
    await frame.locator("h3").first().waitFor();
    const text = await frame.locator("body").innerText();
    assert.ok(text.includes(visibleTitle) && text.includes(hostileAuthor), text);
    const links = await frame.locator("a[href]").evaluateAll((all) => all.map((each) => each.getAttribute("href") ?? ""));
    assert.deepEqual(
      links.filter((link) => !link.startsWith("https://lore.kernel.org/") && !link.startsWith("mailto:") && !link.startsWith("#")),
      [],
    );
    for (const each of window.page.frames()) assert.deepEqual(await nothingOf(each), []);
  });

  /** The hover on the screen has no link but those that open these series, no picture and no icon but our own. */
  async function isInert(titles: readonly string[] = []): Promise<void> {
    assert.deepEqual(await hover().locator("a").allInnerTexts(), titles);
    assert.equal(await hover().locator("img, script, .codicon-bug, .codicon-flame").count(), 0);
  }
});
