/** An apply that is left at a conflict: nothing of the merge editor stays behind. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { eventually, waitFor, type Window } from "../fixture";
import { saidInNotification } from "../sampleWindow";
import { ApplyGround, branchName, file, functions, mine, title } from "./applyGround";

suite("leaving an apply at a conflict", () => {
  let ground: ApplyGround;
  let window: Window;

  suiteSetup(async () => {
    ground = await ApplyGround.open();
    ({ window } = ground);
  });

  suiteTeardown(() => (ground as ApplyGround | undefined)?.dispose());

  async function beginMerge(): Promise<void> {
    await ground.begin();
    await waitFor("the merge editor", window.page.locator(".merge-editor").first().waitFor(), 60_000);
    await eventually(
      "the conflicts to be counted",
      () => window.page.locator(".merge-editor").innerText(),
      (text) => /1 Conflict Remaining/i.test(text),
    );
  }

  async function nothingOfItStays(): Promise<void> {
    await eventually(
      "no tab of a merge editor",
      () => window.page.locator(".tab").allInnerTexts(),
      (tabs) => tabs.every((tab) => !tab.includes("Merging")),
    );
    assert.equal(await window.page.locator(".monaco-dialog-box").count(), 0);
    assert.equal(await readFile(path.join(ground.history.folder, file), "utf8"), functions(mine));
  }

  test("a patch that is skipped takes its merge editor along", async () => {
    await beginMerge();
    await window.runCommand("KVM Series: Skip This Patch");
    await saidInNotification(window, `1 patch of “${title}” applied to ${branchName}. 1 patch was in already or skipped.`);
    await nothingOfItStays();
    await window.runCommand("KVM Series: Undo Apply");
    await ground.eventuallyOn("main");
  });

  test("so does an apply that is aborted", async () => {
    await beginMerge();
    await window.runCommand("KVM Series: Abort Applying");
    await ground.eventuallyOn("main");
    await saidInNotification(window, "The apply was aborted, and all is as it was.");
    await nothingOfItStays();
  });
});
