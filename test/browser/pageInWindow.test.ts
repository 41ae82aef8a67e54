import assert from "node:assert/strict";
import { eventually, type Window } from "./fixture";
import { copySample, openSample, picture, rowShown, type SampleCopy } from "./sampleWindow";

const tdx = "KVM: x86/tdx: Reclaim the pages of a torn-down guest lazily";
const unitTests = "x86: Exercise the deadline timer";

suite("the series page in a window", () => {
  let copy: SampleCopy;
  let window: Window;
  const frame = () => window.webviewFrame();
  const activeTab = () => window.page.locator(".tab.active").innerText();
  const clipboard = () => window.page.evaluate<string>("navigator.clipboard.readText()");

  suiteSetup(async () => {
    copy = await copySample();
    window = await openSample(copy, { height: 1000 });
    await rowShown(window, "arm64");
    await window.runCommand("KVM Series: Filter Series...", "tdx lazily");
    await rowShown(window, tdx);
  });

  suiteTeardown(async () => {
    await (window as Window | undefined)?.dispose();
    await copy.dispose();
  });

  test("a click on a series opens it, with its title on the tab", async () => {
    await window.row(tdx, "Series").click();
    await frame().getByRole("heading", { name: tdx, level: 1 }).waitFor();
    assert.equal((await activeTab()).trim(), `v3 ${tdx.slice(0, 40)}…`);
    const text = await frame().locator("body").innerText();
    for (const expected of ["I think this is ready now.", "Ada Lindqvist", "5 patches", "5 files", "Drop the RFC; the time is charged"])
      assert.ok(text.includes(expected), `the page lacks “${expected}”:\n${text}`);
  });

  test("a file that the open tree lacks is marked, the others are not", async () => {
    const row = (name: string) => frame().locator(".file-row").filter({ hasText: name }).first();
    await row("tdx-teardown.rst").getByText("not in this tree").waitFor();
    assert.equal(await row("tdx-teardown.rst").locator("button.path").getAttribute("aria-disabled"), "true");
    assert.equal(await row("tdx.c").getByText("not in this tree").isVisible(), false);
  });

  test("the revision picker switches, and so does a row of the tree", async () => {
    await frame().getByRole("button", { name: "v2", exact: true }).click();
    await frame().getByText("Bound the number of pages in flight. [Bruno]").first().waitFor();
    await eventually(
      "v2 without what v3 says",
      () => frame().locator("body").innerText(),
      (text) => !text.includes("I think this is ready now."),
    );
    await window.expandRow(tdx);
    await rowShown(window, "v1 RFC");
    await window.row("v1 RFC", "Series").click();
    await eventually(
      "v1 to be the current revision",
      () => frame().locator(".revision[aria-current=true]").innerText(),
      (name) => name === "v1 RFC",
    );
    assert.equal(await window.page.locator(".tab").filter({ hasText: "KVM: x86/tdx" }).count(), 1, "one tab for each series");
    await window.row("v3", "Series").click();
    await frame().getByText("I think this is ready now.").waitFor();
  });

  test("a click on a file of the diffstat opens it in the editor", async () => {
    await frame().locator(".files button.path").filter({ hasText: "tdx.h" }).click();
    await window.page.locator('.tab.active[data-resource-name="tdx.h"]').waitFor();
    assert.match(await window.page.locator(".monaco-breadcrumbs").first().innerText(), /arch\s+x86\s+kvm\s+vmx\s+tdx\.h/);
  });

  test("a link asks before it leaves the editor", async () => {
    const tabs = window.page.context().pages().length;
    await window.row(tdx, "Series").click();
    await frame().locator("a.link").getByText("20261007074500.4177-1-ada@example.org").first().click();
    const dialog = window.page.locator(".monaco-dialog-box");
    await dialog.waitFor();
    assert.match(await dialog.innerText(), /https:\/\/lore\.kernel\.org\/all\/20261007074500\.4177-1-ada@example\.org/);
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await dialog.waitFor({ state: "detached" });
    assert.equal(window.page.context().pages().length, tabs);
  });

  test("its buttons copy, and its commands are in the palette while it is active", async () => {
    await frame()
      .getByRole("button", { name: /Copy Link/ })
      .click();
    const link = await eventually("a link on the clipboard", clipboard, (text) => text.startsWith("https://"));
    assert.equal(new URL(link).origin + new URL(link).pathname, "https://lore.kernel.org/kvm/");
    assert.match(decodeURIComponent(link), /Reclaim the pages of a torn-down guest lazily/);
    await window.runCommand("KVM Series: Previous Revision");
    await eventually(
      "v2",
      () => frame().locator(".revision[aria-current=true]").innerText(),
      (name) => name === "v2",
    );
    await window.runCommand("KVM Series: Find in Page");
    await window.page.locator(".simple-find-part.visible").waitFor();
    await window.page.keyboard.press("Escape");
    await window.runCommand("KVM Series: Next Revision");
    await eventually(
      "v3",
      () => frame().locator(".revision[aria-current=true]").innerText(),
      (name) => name === "v3",
    );
  });

  test("a revision known from a link only can be followed to the archive", async () => {
    await window.runCommand("KVM Series: Open Series...", unitTests);
    await frame().getByRole("heading", { name: unitTests, level: 1 }).waitFor();
    assert.match(await frame().locator(".revisions").innerText(), /v1/);
    await frame().locator(".revision.elsewhere").click();
    const dialog = window.page.locator(".monaco-dialog-box");
    await dialog.waitFor();
    assert.match(await dialog.innerText(), /20260921090807\.12-1-bruno@example\.org/);
    await dialog.getByRole("button", { name: "Cancel" }).click();
  });

  test("it looks right in every theme", async () => {
    await window.runCommand("KVM Series: Open Series...", tdx);
    await frame().getByRole("heading", { name: tdx, level: 1 }).waitFor();
    for (const [name, theme] of [
      ["series-page-dark", "Dark Modern"],
      ["series-page-hc-dark", "Default High Contrast"],
      ["series-page-hc-light", "Default High Contrast Light"],
      ["series-page-light", "Light Modern"],
    ] as const) {
      await window.setTheme(theme);
      await picture(window, name, 300);
    }
    const colours = await frame()
      .locator("body")
      .evaluate((body) => [getComputedStyle(body).color, getComputedStyle(body).backgroundColor]);
    assert.notEqual(colours[0], colours[1]);
  });
});
