/** A series applied from the side bar to a branch: with a conflict that is finished in the merge editor, and taken back. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { eventually, waitFor, type Window } from "../fixture";
import { chooseInMenu, pickLabels, saidInNotification, saveAs } from "../sampleWindow";
import { eachFromTheBeginning } from "../sharedWindow";
import { applyGround, type ApplyGround, branchName, file, rootless, title } from "./applyGround";

suite("applying a series", () => {
  let ground: ApplyGround;
  let window: Window;
  const git = (...args: string[]): string => ground.history.git(...args);

  eachFromTheBeginning(async () => {
    ground = await applyGround();
    ({ window } = ground);
  });

  test("its mbox is saved under a name as b4 gives it", async () => {
    const saved = path.join(ground.folder, "series.mbx");
    await chooseInMenu(window, title, "Save as mbox...");
    await saveAs(window, saved, /\/v2_\d{8}_ada_kvm_x86_count_and_report_wakeups\.mbx$/);
    await saidInNotification(window, `2 patches saved in ${saved}.`);
    assert.match(await readFile(saved, "utf8"), /^From mboxrd@z .*\nFrom: Ada Lind <ada@example\.org>\n/);
  });

  test("a conflict is finished in the merge editor, also after a reload, and the series is applied and taken back", async () => {
    const { page } = window;
    await ground.begin();
    await ground.mergeEditorFilled();
    await waitFor("the status bar item", window.statusBarItem("Applying 1 of 2").waitFor());
    assert.equal(ground.branch, branchName);
    await window.screenshot("apply-merge-editor");
    await window.pressInNotification("Patch 1 of 2", "Continue");
    await saidInNotification(window, `${file} still has an unresolved conflict; resolve it, then continue.`);
    assert.equal(git("rev-list", "--count", "main..HEAD"), "0");
    await window.reload();
    await waitFor("the status bar item", window.statusBarItem("Applying 1 of 2").waitFor(), 60_000);
    await window.statusBarItem("Applying 1 of 2").click();
    await eventually(
      "the menu of what can be done",
      () => pickLabels(window),
      (labels) => labels.join() === "Continue Applying,Show What Conflicts,Skip This Patch,Abort Applying",
    );
    await window.screenshot("apply-menu");
    await window.answer("Show What Conflicts");
    await waitFor("the merge editor", window.page.locator(".merge-editor").first().waitFor(), 60_000);
    // Both sides are taken as they stand.
    await waitFor("the choice of both sides", page.locator(".merge-editor").getByText("Accept Combination").first().click());
    await eventually(
      "no conflict to remain",
      () => page.locator(".merge-editor").innerText(),
      (text) => /0 Conflicts Remaining/i.test(text),
    );
    await window.screenshot("apply-merged");
    // A window in a browser saves by itself a second later; where it is in between, it asks whether to save.
    await eventually(
      "the merged file on disk",
      () => readFile(path.join(ground.history.folder, file), "utf8"),
      (text) => text.includes("kick_gently(vcpu);\n\tvcpu->wakeups++;"),
    );
    await page.locator(".merge-editor").getByText("Complete Merge").first().click();
    // It closes, stages the file and brings the source control view to the front, which takes the focus.
    await waitFor("the merge editor to close", page.locator(".merge-editor").first().waitFor({ state: "hidden" }));
    await eventually(
      "the file to be staged",
      () => Promise.resolve(git("diff", "--cached", "--name-only", "--diff-filter=M")),
      (staged) => staged === file,
    );
    await waitFor("the source control view", page.locator(".sidebar .scm-view").first().waitFor());
    await window.runCommand("KVM Series: Continue Applying");
    await saidInNotification(window, `2 patches of “${title}” applied to ${branchName}.`);
    await waitFor("the status bar item to go", window.statusBarItem("Applying").waitFor({ state: "hidden" }));
    assert.match(git("show", `HEAD~1:${file}`), /kick_gently\(vcpu\);\n\tvcpu->wakeups\+\+;/);
    assert.equal(git("log", "--format=%s", "main..HEAD"), "KVM: x86: Report wakeups\nKVM: x86: Count wakeups");
    await window.screenshot("apply-done");
    await window.pressInNotification("applied to", "Undo");
    await ground.eventuallyOn("main");
    await saidInNotification(window, `The apply was undone; ${branchName} is gone.`);
    assert.equal(git("branch", "--list", "x86*"), "");
  });

  test("an abort takes the merge editor along", async () => {
    await ground.begin();
    await ground.mergeEditorFilled();
    await window.runCommand("KVM Series: Abort Applying");
    await ground.eventuallyOn("main");
    await saidInNotification(window, "The apply was aborted and everything was restored.");
    await ground.nothingStaysOfMerge();
  });

  test("where git has nothing to merge the patch stands beside the file", async () => {
    await ground.begin(rootless, "x86-nap-for-a-while-v1");
    await waitFor("the status bar item", window.statusBarItem("Applying 1 of 1").waitFor());
    await waitFor("the patch", window.page.locator('.tab.active[data-resource-name="nap.c.diff"]').waitFor());
    await waitFor("its text", window.page.locator(".editor-instance .view-lines").getByText("naps++").first().waitFor());
    await window.screenshot("apply-beside");
    await window.runCommand("KVM Series: Abort Applying");
    await ground.eventuallyOn("main");
    await saidInNotification(window, "The apply was aborted and everything was restored.");
  });
});
