import assert from "node:assert/strict";
import { eventually, type Window } from "../fixture";
import { picture, rowShown } from "../sampleWindow";
import { eachFromTheBeginning } from "../sharedWindow";
import { digestsWindow } from "./digestsWindow";

const tdx = "KVM: x86/tdx: Reclaim the pages of a torn-down guest lazily";

suite("the series page in a window", () => {
  let window: Window;
  const frame = () => window.webviewFrame();
  const activeTab = () => window.page.locator(".tab.active").innerText();
  const clipboard = () => window.page.evaluate<string>("navigator.clipboard.readText()");

  eachFromTheBeginning(async () => ({ window } = await digestsWindow(1000)));

  /** Opens the page of the series by its row, the only one that the filter leaves. */
  async function openByRow(): Promise<void> {
    await window.runCommand("KVM Series: Filter Series...", "tdx lazily");
    await rowShown(window, tdx);
    await window.row(tdx, "Series").click();
    await frame().getByRole("heading", { name: tdx, level: 1 }).waitFor();
  }

  test("a click on a series opens it, its revisions and its files, each where it belongs", async () => {
    await openByRow();
    assert.equal((await activeTab()).trim(), `v3 ${tdx.slice(0, 40)}…`);
    const text = await frame().locator("body").innerText();
    for (const expected of ["I think this is ready now.", "Ada Lindqvist", "5 patches", "5 files", "Drop the RFC; the time is charged"])
      assert.ok(text.includes(expected), `the page lacks “${expected}”:\n${text}`);
    // A file that the open tree lacks is marked, the others are not.
    const row = (name: string) => frame().locator(".file-row").filter({ hasText: name }).first();
    await row("tdx-teardown.rst").getByText("not in this tree").waitFor();
    assert.equal(await row("tdx-teardown.rst").locator("button.path").getAttribute("aria-disabled"), "true");
    assert.equal(await row("tdx.c").getByText("not in this tree").isVisible(), false);
    await frame().getByRole("button", { name: "v2", exact: true }).click();
    await frame().getByText("Bound the number of pages in flight. [Bruno]").first().waitFor();
    await eventually(
      "v2 without what v3 says",
      () => frame().locator("body").innerText(),
      (shown) => !shown.includes("I think this is ready now."),
    );
    await window.expandRow(tdx);
    await rowShown(window, "v1 RFC");
    await window.row("v1 RFC", "Series").click();
    await currentIs("v1 RFC");
    assert.equal(await window.page.locator(".tab").filter({ hasText: "KVM: x86/tdx" }).count(), 1, "one tab for each series");
    await window.row("v3", "Series").click();
    await frame().getByText("I think this is ready now.").waitFor();
    await frame().locator(".files button.path").filter({ hasText: "tdx.h" }).click();
    await window.page.locator('.tab.active[data-resource-name="tdx.h"]').waitFor();
    assert.match(await window.page.locator(".monaco-breadcrumbs").first().innerText(), /arch\s+x86\s+kvm\s+vmx\s+tdx\.h/);
  });

  test("a link asks before it leaves the editor", async () => {
    const tabs = window.page.context().pages().length;
    await openByRow();
    await frame().locator("a.link").getByText("20261007074500.4177-1-ada@example.org").first().click();
    const dialog = window.page.locator(".monaco-dialog-box");
    await dialog.waitFor();
    assert.match(await dialog.innerText(), /https:\/\/lore\.kernel\.org\/all\/20261007074500\.4177-1-ada@example\.org/);
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await dialog.waitFor({ state: "detached" });
    assert.equal(window.page.context().pages().length, tabs);
  });

  test("its buttons copy, and its commands are in the palette while it is active", async () => {
    await openByRow();
    await frame()
      .getByRole("button", { name: /Copy Link/ })
      .click();
    const link = await eventually("a link on the clipboard", clipboard, (text) => text.startsWith("https://"));
    assert.equal(new URL(link).origin + new URL(link).pathname, "https://lore.kernel.org/kvm/");
    assert.match(decodeURIComponent(link), /Reclaim the pages of a torn-down guest lazily/);
    await window.runCommand("KVM Series: Previous Revision");
    await currentIs("v2");
    await window.runCommand("KVM Series: Find in Page");
    await window.page.locator(".simple-find-part.visible").waitFor();
    await window.page.keyboard.press("Escape");
    await window.runCommand("KVM Series: Next Revision");
    await currentIs("v3");
  });

  test("it looks right in every theme", async () => {
    await openByRow();
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

  function currentIs(name: string): Promise<string> {
    return eventually(
      `${name} as the current revision`,
      () => frame().locator(".revision[aria-current=true]").innerText(),
      (shown) => shown === name,
    );
  }
});
