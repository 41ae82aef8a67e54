/** The tree with a series applied: the multi-diff of the series, and one's own file compared with it. */
import assert from "node:assert/strict";
import { eventually, waitFor, type Window } from "../fixture";
import type { History } from "../../support/pendingHistory";
import { chooseInMenu, saidInNotification, showSideBar } from "../sampleWindow";
import { eachFromTheBeginning } from "../sharedWindow";
import { applyGround, kicked, kicks, rework } from "./applyGround";

suite("a preview of a series", () => {
  let history: History;
  let window: Window;

  eachFromTheBeginning(async () => {
    ({ history, window } = await applyGround());
  });

  test("the whole series in one editor, added and deleted files included, also after a reload", async () => {
    const diff = window.page.locator(".multiDiffEntry");
    await chooseInMenu(window, rework, "Open Series as Multi-Diff", "Series", diff);
    await waitFor("the multi-diff", diff.first().waitFor(), 60_000);
    await eventually(
      "its files",
      async () => (await diff.allInnerTexts()).join("\n").replaceAll("\u00a0", " "),
      (text) => ["kick.c", "new.c", "old.c", "kick_gently(vcpu)", "int new;"].every((words) => text.includes(words)),
    );
    await window.screenshot("preview-multi-diff");
    assert.equal(history.git("status", "--porcelain"), "");
    await window.reload();
    await eventually(
      "the files of the multi-diff",
      async () => (await diff.allInnerTexts()).join("\n").replaceAll("\u00a0", " "),
      (text) => text.includes("kick_gently(vcpu)"),
    );
  });

  test("my file compared with what the series makes of it, and from there back to it", async () => {
    await window.openFile(kicked);
    await window.runCommand("KVM Series: Compare with My File...", "Rework");
    const editor = window.page.locator(".diff-editor, .monaco-diff-editor").first();
    await waitFor("the diff", editor.waitFor());
    await eventually(
      "both sides",
      async () => (await editor.innerText()).replaceAll("\u00a0", " "),
      (text) => text.includes("kick(vcpu)") && text.includes("kick_gently(vcpu)"),
    );
    await window.screenshot("preview-compare");
    // From there to the real file, at the same line.
    const [made, kept] = [0, 1];
    for (const [which, line] of [
      [kept, 6],
      // The real file has no such line yet: it would stand above the function.
      [made, 3],
    ] as const) {
      await window.openFile(kicked);
      await window.runCommand("KVM Series: Compare with My File...", "Rework");
      const right = window.page
        .locator(".monaco-diff-editor .modified-in-monaco-diff-editor .view-line")
        .filter({ hasText: "return 0" })
        .nth(which);
      await right.getByText("return", { exact: false }).first().click();
      await window.page.keyboard.press("F12");
      // The tab of the comparison is called otherwise.
      await eventually(
        "the real file",
        async () => (await window.page.locator(".tab.active").first().innerText()).replace(/\s/g, ""),
        (name) => name.startsWith("kick.c") && !name.includes("mine"),
      );
      await window.page.locator(".monaco-diff-editor").first().waitFor({ state: "hidden" });
      await eventually(
        "the line of the cursor",
        async () => (await window.page.locator(".statusbar-item").allInnerTexts()).join(" "),
        (text) => text.includes(`Ln ${line}`),
      );
    }
  });

  test("where it does not apply its changes stand where their lines do, and the commit it was made on is offered", async () => {
    const base = history.git("rev-parse", "HEAD~1").slice(0, 12);
    history.commit("KVM: x86: Kick hard", { [kicked]: kicks("kick_hard(vcpu)"), "arch/x86/kvm/old.c": "int changed;\n" });
    await window.runCommand("View: Close All Editors");
    await showSideBar(window);
    const diff = window.page.locator(".multiDiffEntry");
    await chooseInMenu(window, rework, "Open Series as Multi-Diff", "Series", diff);
    const shown = async (): Promise<string> => (await diff.allInnerTexts()).join("\n").replaceAll("\u00a0", " ");
    await eventually("the file that is added", shown, (text) => text.includes("int new;"));
    assert.ok(!(await shown()).includes("kick_gently"));
    const notice = "Patch 1 of 2 does not apply to HEAD. Its changes are shown at the current position of their lines. Left out: 1 change.";
    await saidInNotification(window, notice);
    await window.screenshot("preview-placed");
    await window.pressInNotification(notice, `Show on ${base}`);
    await eventually("the series on the commit it was made on", shown, (text) => text.includes("kick_gently(vcpu)"));
    await window.page.getByRole("tab", { name: new RegExp(`on ${base}`) }).waitFor();
    await window.screenshot("preview-on-base");
  });
});
