import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { eventually, waitFor, type Window } from "./fixture";
import { linesOf } from "./hoverText";
import {
  chooseInMenu,
  copySample,
  openSample,
  picture,
  pickLabels,
  rowShown,
  saidInNotification,
  saveAs,
  type SampleCopy,
} from "./sampleWindow";

const tdx = "KVM: x86/tdx: Reclaim the pages of a torn-down guest lazily";
const unitTests = "x86: Exercise the deadline timer";

suite("commands", () => {
  let copy: SampleCopy;
  let window: Window;
  const clipboard = () => window.page.evaluate<string>("navigator.clipboard.readText()");
  const quickInput = () => window.page.locator(".quick-input-widget");
  const choose = async (label: string) => {
    const row = quickInput().locator(".monaco-list-row .label-name").getByText(label, { exact: true });
    await waitFor(`the entry "${label}"`, row.first().click());
  };

  suiteSetup(async () => {
    copy = await copySample();
    window = await openSample(copy, { height: 1700 });
    await rowShown(window, tdx);
  });

  suiteTeardown(async () => {
    await (window as Window | undefined)?.dispose();
    await copy.dispose();
  });

  test("the palette offers what can be run without a row, and no more", async () => {
    await window.page.keyboard.press("F1");
    await quickInput().locator("input[type=text]").first().fill(">KVM Series: ");
    const names = quickInput().locator(".monaco-list-row .label-name");
    await eventually(
      "the commands",
      async () => (await names.allInnerTexts()).filter((name) => name.startsWith("KVM Series: ")),
      (found) => found.length > 10,
    );
    // Only the rows on the screen are there; the list goes on below.
    const shown = new Set<string>();
    const place = async (which: string) => Number(await quickInput().locator(".monaco-list-row.focused").first().getAttribute(which));
    for (let at = 0; at < (await place("aria-setsize"));) {
      for (const name of await names.allInnerTexts()) shown.add(name);
      const before = at;
      await window.page.keyboard.press("PageDown");
      at = await eventually(
        "the next rows",
        () => place("aria-posinset"),
        (now) => now > before,
      );
    }
    for (const name of await names.allInnerTexts()) shown.add(name);
    const own = [...shown].filter((name) => name.startsWith("KVM Series: ") && !name.startsWith("KVM Series: Focus on "));
    assert.deepEqual(
      own.map((name) => name.slice("KVM Series: ".length)).sort(),
      [
        ...["Add Archive...", "Compare Revisions...", "Copy Link", "Copy Message-ID", "Copy b4 Command", "Export Digest..."],
        ...["Fetch Older Mail...", "Filter Series...", "Follow", "Group By...", "Join with Another Series..."],
        ...["List Diffs in No Series", "Mark All as Read"],
        ...["Only Lines in View", "Open Series...", "Open in the List's Archive", "Open the File of Joins and Splits"],
        ...["Remove Archive...", "Reveal in the Series View", "Show Series Touching This File", "Sort By...", "Split This Revision Off..."],
        ...["Sync", "Undo a Join or Split...", "Unfollow"],
        // On the checkout; what goes on with an apply is there while one is under way, and what is about lines with an editor.
        ...["Apply in New Worktree...", "Apply to New Branch...", "Check Against...", "Check Whether It Applies", "Save as mbox..."],
        ...["Compare with My File...", "Hide Marks of Pending Lines", "Open Series as Multi-Diff", "Show Collisions..."],
      ].sort(),
    );
    await window.page.keyboard.press("Escape");
  });

  test("Open Series finds by a few letters of title, author and subsystem", async () => {
    await window.runCommand("KVM Series: Open Series...");
    await quickInput().locator("input[type=text]").first().fill("tdxlazily");
    await eventually(
      "one series",
      () => window.quickPickTexts(),
      (texts) => texts[0] === tdx && texts[1] === "x86/tdx · Ada Lindqvist",
    );
    assert.match(await quickInput().locator(".monaco-list-row").first().innerText(), /v3 · 5 patches · 1R/);
    await window.page.keyboard.press("Enter");
    await window.webviewFrame().getByRole("heading", { name: tdx, level: 1 }).waitFor();
  });

  test("a command from the palette is about the page in front, and about the revision shown there", async () => {
    await window.runCommand("KVM Series: Copy Link");
    const link = await eventually("a link on the clipboard", clipboard, (text) => text.startsWith("https://lore.kernel.org/kvm/?q="));
    assert.match(decodeURIComponent(link.replaceAll("+", " ")), /Reclaim the pages of a torn-down guest lazily/);
    await window.webviewFrame().getByRole("button", { name: "v2", exact: true }).click();
    await window.webviewFrame().locator(".revision[aria-current]").getByText("v2").waitFor();
    await window.runCommand("KVM Series: Compare Revisions...");
    await eventually(
      "the revision shown beside the newest",
      () => window.page.locator(".tab.active").innerText(),
      (text) => text.trim() === `v2 ↔ v3: ${tdx}`,
    );
  });

  test("Show Series Touching This File says what is missing when there is no file", async () => {
    await window.runCommand("View: Close All Editors");
    await window.runCommand("KVM Series: Show Series Touching This File");
    await saidInNotification(window, "Open a file of a kernel tree first; then the series that touch it are listed.");
  });

  test("Compare Revisions shows two revisions in the diff editor", async () => {
    await chooseInMenu(window, tdx, "Compare Revisions...");
    await waitFor(
      "the question which one",
      quickInput().getByText("Compare v3 with").or(quickInput().locator("input[placeholder='Compare v3 with']")).first().waitFor(),
    );
    assert.deepEqual(await pickLabels(window), ["v2", "v1 RFC"]);
    await choose("v2");
    const diff = window.page.locator(".monaco-diff-editor");
    await diff.waitFor();
    assert.equal((await window.page.locator(".tab.active").innerText()).trim(), `v2 ↔ v3: ${tdx}`);
    const side = (name: string) => diff.locator(`.editor.${name} .view-lines`).innerText();
    await eventually(
      "the older text",
      () => side("original"),
      (text) => text.replace(/\u00a0/g, " ").includes(`v2  ${tdx}`),
    );
    await eventually(
      "the newer text",
      () => side("modified"),
      (text) => text.replace(/\u00a0/g, " ").includes("I think this is ready now."),
    );
    await picture(window, "compare-revisions", 300);
  });

  test("Copy Link, Copy b4 Command and Copy Message-ID copy, or say why they cannot", async () => {
    await chooseInMenu(window, tdx, "Copy Link");
    const link = await eventually("a link on the clipboard", clipboard, (text) => text.startsWith("https://lore.kernel.org/kvm/?q="));
    assert.match(decodeURIComponent(link.replaceAll("+", " ")), /Reclaim the pages of a torn-down guest lazily/);
    await eventually(
      "a word in the status bar",
      () => window.statusBarItem("Copied").count(),
      (count) => count === 1,
    );
    await chooseInMenu(window, unitTests, "Copy b4 Command");
    await eventually("the command on the clipboard", clipboard, (text) => text.startsWith("b4"));
    assert.equal(await clipboard(), "b4 am --check-newer-revisions 20260921090807.12-1-bruno@example.org");
    await chooseInMenu(window, tdx, "Copy Message-ID");
    await saidInNotification(window, "A digest does not hold Message-IDs; copy the link instead, which finds it in the list's archive.");
  });

  test("Export Digest writes several digests as one Markdown document", async () => {
    await window.runCommand("KVM Series: Export Digest...");
    await quickInput().getByText("KVM Series: Export Digest (Digests)").waitFor();
    assert.deepEqual(await pickLabels(window), ["2026-10-05.txt", "2026-10-12.txt", "2026-10-19.txt"]);
    await quickInput().getByRole("button", { name: "OK" }).click();
    await quickInput().getByText("KVM Series: Export Digest (Format)").waitFor();
    assert.deepEqual(await pickLabels(window), ["Markdown", "HTML", "Text", "JSON"], "classic holds one digest");
    await choose("Markdown");
    await choose("Untitled Document");
    await window.page.locator(".tab.active").getByText("Untitled-1").waitFor();
    const text = await editorText();
    assert.match(text, /^# KVM/);
    assert.match(text, /## arm64/);
    await window.runCommand("Markdown: Open Preview");
    await window.webviewFrame().getByRole("heading", { name: "arm64", exact: true }).waitFor();
    await picture(window, "exported-digest", 300);
    await window.runCommand("View: Close Editor");
    await window.runCommand("View: Revert and Close Editor");
  });

  test("Export Digest gives a classic digest back byte for byte, to a file that is opened", async () => {
    await window.setSettings({ "kvmSeries.sources": [path.join(copy.digests, "2026-10-19.txt")] });
    await eventually(
      "the series of one digest",
      () => window.treeTexts("Series"),
      (rows) => !rows.some((row) => row.startsWith("s390")),
    );
    await window.runCommand("KVM Series: Export Digest...");
    await choose("Classic");
    await choose("File...");
    const target = path.join(copy.folder, "exported.txt");
    await saveAs(window, target);
    await window.page.locator('.tab.active[data-resource-name="exported.txt"]').waitFor();
    assert.deepEqual(await readFile(target), await readFile(path.join(copy.digests, "2026-10-19.txt")));
  });

  for (const [format, first] of [
    ["HTML", "<!DOCTYPE html>"],
    ["Text", "KVM"],
    ["JSON", "{"],
  ] as const) {
    test(`Export Digest writes ${format} to an untitled document`, async () => {
      await window.runCommand("KVM Series: Export Digest...");
      await choose(format);
      await choose("Untitled Document");
      await window.page.locator(".tab.active").getByText("Untitled-1").waitFor();
      const text = await editorText();
      assert.ok(text.toLowerCase().startsWith(first.toLowerCase()), text.slice(0, 200));
      await window.runCommand("View: Revert and Close Editor");
    });
  }

  test("with nothing to export it says so", async () => {
    await window.setSettings({ "kvmSeries.sources": [] });
    await eventually(
      "no rows",
      () => window.treeTexts("Series"),
      (rows) => rows.length === 0,
    );
    await window.runCommand("KVM Series: Export Digest...");
    await saidInNotification(window, "There is no digest to export yet; add one with “KVM Series: Add Archive...”.");
  });

  /** The lines of the active editor that are on the screen. */
  async function editorText(): Promise<string> {
    const text = await eventually(
      "the text of the editor",
      () => window.page.locator(".editor-instance .view-lines").first().innerText(),
      (shown) => shown.trim() !== "",
    );
    return linesOf(text.replace(/\u00a0/g, " ")).join("\n");
  }
});
