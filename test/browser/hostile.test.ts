import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { hostileAuthor, hostileDigest, outsidePaths, visibleTitle } from "../support/hostileDigest";
import { eventually, type Window } from "./fixture";
import { nothingOf } from "./hostileFrames";
import { hoverLine, hoverStatusBar } from "./hoverText";
import { copySample, openSample, rowsBelow, rowShown, saveAs, type SampleCopy } from "./sampleWindow";

suite("hostile text stays text", () => {
  let copy: SampleCopy;
  let window: Window;
  const dialogs: string[] = [];
  const tabs = () => window.page.locator(".tab .label-name").allInnerTexts();
  const hover = () => window.page.locator(".workbench-hover, .monaco-resizable-hover").filter({ visible: true });

  suiteSetup(async () => {
    copy = await copySample();
    const source = path.join(copy.folder, "hostile.txt");
    await writeFile(source, hostileDigest());
    await writeFile(path.join(copy.linux, "notes.txt"), "look at arch/x86/kvm/x86.c there\n");
    window = await openSample(copy, { settings: { "kvmSeries.sources": [source] }, height: 1200 });
    window.page.on("dialog", (dialog) => {
      dialogs.push(dialog.message());
      void dialog.dismiss();
    });
    await rowShown(window, visibleTitle);
  });

  suiteTeardown(async () => {
    await (window as Window | undefined)?.dispose();
    await copy.dispose();
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

  test("in the rows of the tree", async () => {
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
  });

  test("a click on a path outside the tree opens nothing", async () => {
    for (const folder of outsidePaths.map((each) => path.dirname(each))) {
      await window
        .view("Series")
        .locator(".monaco-list-row")
        .filter({ hasText: `${folder} ·` })
        .first()
        .click();
    }
    assert.deepEqual(await tabs(), []);
  });

  test("in the tooltips of the tree", async () => {
    const text = await window.hoverRow(visibleTitle, "Series");
    for (const part of [visibleTitle, hostileAuthor]) assert.ok(text.includes(part), text);
    await isInert();
    const patch = "KVM: First [a](command:workbench.action.quit) $(bug)";
    assert.ok((await window.hoverRow(patch, "Series")).includes(patch));
    await isInert();
  });

  test("in the status bar's tooltip, the hover in text and the Explorer's tooltip", async () => {
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
    await window.runCommand("View: Show KVM Series");
  });

  test("in the list to pick from", async () => {
    await window.runCommand("KVM Series: Open Series...");
    const list = window.page.locator(".quick-input-list");
    await list.getByText("Eve").first().waitFor();
    assert.deepEqual(await window.quickPickTexts(), [visibleTitle, `x86 · ${hostileAuthor}`]);
    assert.equal(await list.locator(".codicon-bug, .codicon-flame, img").count(), 0);
    await window.page.keyboard.press("Escape");
  });

  test("on the series page", async () => {
    await window.row(visibleTitle, "Series").click();
    const frame = window.webviewFrame();
    await frame.getByText("A cover letter with").first().waitFor();
    const text = await frame.locator("body").innerText();
    for (const part of [
      "<img src=x onerror=hacked()>",
      "<script>hacked()</script>",
      "[click](command:workbench.action.quit)",
      hostileAuthor,
    ])
      assert.ok(text.includes(part), `${part} is not in\n${text}`);
    for (const outside of outsidePaths) assert.equal(await frame.locator("button").filter({ hasText: outside }).count(), 0);
    const links = await frame
      .locator("[data-url], a[href]")
      .evaluateAll((all) => all.map((each) => each.getAttribute("data-url") ?? each.getAttribute("href")));
    assert.deepEqual(
      links.filter((link) => !/^https?:\/\//.test(link ?? "")),
      [],
    );
    for (const each of window.page.frames()) assert.deepEqual(await nothingOf(each), []);
  });

  test("in exported HTML", async () => {
    const file = await exportAs("HTML", "hostile.html");
    const page = await window.page.context().newPage();
    try {
      await page.setContent(await readFile(file, "utf8"));
      const text = await page.locator("body").innerText();
      assert.ok(text.includes(visibleTitle) && text.includes(hostileAuthor), text);
      assert.deepEqual(await nothingOf(page.mainFrame()), []);
      const links = await page.locator("a").evaluateAll((all) => all.map((each) => each.getAttribute("href") ?? ""));
      assert.deepEqual(
        links.filter((link) => !link.startsWith("https://lore.kernel.org/")),
        [],
      );
    } finally {
      await page.close();
    }
  });

  test("in exported Markdown, as VS Code shows it", async () => {
    await exportAs("Markdown", "hostile.md");
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

  async function exportAs(format: string, name: string): Promise<string> {
    const list = window.page.locator(".quick-input-widget .monaco-list-row .label-name");
    const choose = (label: string) => list.getByText(label, { exact: true }).click({ timeout: 5000 });
    // A page that has just been opened takes the focus when it is there, and with it goes a list to pick from.
    await eventually(
      "the dialog to save",
      async () => {
        await window.runCommand("KVM Series: Export Digest...");
        return choose(format)
          .then(() => choose("File..."))
          .then(
            () => true,
            () => false,
          );
      },
      (asked) => asked,
    );
    await saveAs(window, path.join(copy.folder, name));
    await window.page.locator(`.tab.active[data-resource-name="${name}"]`).waitFor();
    return path.join(copy.folder, name);
  }

  /** The hover on the screen has no link but those that open these series, no picture and no icon but our own. */
  async function isInert(titles: readonly string[] = []): Promise<void> {
    assert.deepEqual(await hover().locator("a").allInnerTexts(), titles);
    assert.equal(await hover().locator("img, script, .codicon-bug, .codicon-flame").count(), 0);
  }
});
