/** Windows on a folder that is no kernel, and on none. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { digestText } from "../support/digestText";
import { eventually, openWindow, type Window } from "./fixture";
import { copySample, rowShown, showSideBar, welcomeText, type SampleCopy } from "./sampleWindow";

const arm64 = "KVM: arm64: Count traps per guest";

suite("a window without a kernel", () => {
  let copy: SampleCopy;
  let folder: string;
  let window: Window;
  const says = (text: string, view?: string) =>
    eventually(
      `the text "${text}"`,
      () => welcomeText(window, view),
      (shown) => shown === text,
    );

  suiteSetup(async () => {
    copy = await copySample();
    // Nothing in this folder wakes the extension.
    folder = await mkdtemp(path.join(tmpdir(), "kvm-series-none-"));
    await writeFile(path.join(folder, "a.c"), "int a;\n");
    window = await openWindow({ folder });
    await showSideBar(window);
  });

  suiteTeardown(async () => {
    await (window as Window | undefined)?.dispose();
    await copy.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  test("the views say how to add an archive, the button asks what to add, and Learn more opens the walkthrough", async () => {
    await says(
      "No archive of a mailing list has been added yet.\nAdd Archive...\nAn archive is the mail of a list: its address, a public-inbox clone, an mbox or maildir; or a digest, the periodic text that lists the patches sent. Learn more",
    );
    await says("Open a file of a kernel tree to see which pending series touch it.", "This File");
    await window.screenshot("welcome");
    await window.openFile("a.c");
    await says("Add an archive to see the pending series of this file.\nAdd Archive...", "This File");
    await window.runCommand("View: Close Editor");
    await window.view("Series").getByText("Add Archive...").click();
    await window.page.locator(".quick-input-widget").getByText("KVM Series: Add Archive").waitFor();
    const offered = (await window.quickPickTexts()).map((text) => text.trim());
    assert.ok(
      ["Address of a List...", "Archive or Folder...", "Files..."].every((label) => offered.includes(label)),
      offered.join("\n"),
    );
    await window.page.keyboard.press("Escape");
    await window.view("Series").getByText("Learn more").click();
    await window.page.locator(".gettingStartedContainer").getByText("Pending series beside your code").first().waitFor();
    await window.page.locator(".gettingStartedContainer").getByText("See what is pending for a file").first().waitFor();
    await window.screenshot("walkthrough");
  });

  test("digests without a series are told from none", async () => {
    const file = path.join(folder, "quiet.txt");
    await writeFile(file, digestText([]));
    await window.setSettings({ "kvmSeries.sources": [file] });
    await says("The sources contain no series.\nAdd Archive...\nRemove Archive...");
  });

  test("without a folder it lists the series and opens their pages", async () => {
    await window.setSettings({ "kvmSeries.sources": [copy.digests] });
    const second = await openWindow({ server: window.server, browser: window.page.context() });
    try {
      await showSideBar(second);
      await rowShown(second, arm64);
      await second.row(arm64, "Series").click();
      await second.webviewFrame().getByText("Traps are counted per host CPU").waitFor();
      assert.equal(await second.webviewFrame().getByText("not in this tree").filter({ visible: true }).count(), 0);
      assert.deepEqual(await second.notificationTexts(), []);
    } finally {
      await second.dispose();
    }
  });

  test("the page comes back where it was, also when it is all that is to be seen", async () => {
    await window.setSettings({ "kvmSeries.sources": [copy.digests] });
    await window.runCommand("View: Close All Editors");
    await showSideBar(window);
    await rowShown(window, arm64);
    await window.row(arm64, "Series").click();
    await window.webviewFrame().getByRole("button", { name: "v1", exact: true }).click();
    await current("v1");
    await window.runCommand("View: Show Explorer");
    await window.runCommand("View: Toggle Primary Side Bar Visibility");
    await window.reload();
    // The extension host starts anew first, and it is asked for the page last of all.
    await window.webviewFrame().getByRole("heading", { name: arm64, level: 1 }).waitFor({ timeout: 60_000 });
    await current("v1");
    await window.page.locator(".tab.active").getByText(`v2 ${arm64}`, { exact: true }).waitFor();
    await window.webviewFrame().getByText("Traps are counted per host CPU").waitFor();
    await window.screenshot("restored");
  });

  function current(name: string): Promise<string> {
    const marked = window.webviewFrame().locator(".revision[aria-current=true]");
    return eventually(
      `${name} as the current revision`,
      () => marked.innerText(),
      (shown) => shown === name,
    );
  }
});
