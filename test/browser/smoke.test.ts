import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { eventually, openWindow, type Window } from "./fixture";

suite("a window with the extension under development", () => {
  let folder: string;
  let window: Window;

  suiteSetup(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "kvm-series-smoke-"));
    await writeFile(path.join(folder, "vmx.c"), "int vmx_init(void);\n");
    window = await openWindow({ folder });
  });

  suiteTeardown(async () => {
    await window.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  test("the Explorer shows the file of the folder", async () => {
    await eventually(
      "vmx.c in the Explorer",
      () => window.treeTexts(),
      (rows) => rows.includes("vmx.c"),
    );
  });

  test("the window says that it develops an extension", async () => {
    await eventually(
      "the title of the window",
      () => window.page.title(),
      (title) => title.includes("[Extension Development Host]"),
    );
  });

  test("a file opens by its path and the window comes back after a reload", async () => {
    await window.openFile("vmx.c");
    // While extensions are being activated VS Code says so itself.
    await eventually(
      "nothing to be said",
      () => window.notificationTexts(),
      (texts) => texts.length === 0,
    );
    await window.reload();
    await window.page.locator(".tab.active[data-resource-name='vmx.c']").waitFor();
    await window.page.locator(".editor-instance .view-lines").getByText("vmx_init").waitFor();
    await window.screenshot("smoke");
  });
});
