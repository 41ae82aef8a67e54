/** A series applied where the person has changes that are not committed, or changes their mind: nothing of theirs is lost. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { eventually, waitFor, type Window } from "../fixture";
import { chooseInMenu, pickEntry, saidInNotification } from "../sampleWindow";
import { eachFromTheBeginning } from "../sharedWindow";
import { applyGround, type ApplyGround, branchName, title } from "./applyGround";

suite("applying a series beside one's own work", () => {
  let ground: ApplyGround;
  let window: Window;
  const git = (...args: string[]): string => ground.history.git(...args);

  eachFromTheBeginning(async () => {
    ground = await applyGround();
    ({ window } = ground);
  });

  test("cancelled under way, all is as it was", async () => {
    const { hold, held } = ground.slowGit;
    await writeFile(hold, "");
    await ground.begin();
    await eventually(
      "git to apply",
      () => Promise.resolve(existsSync(held)),
      (there) => there,
    );
    assert.equal(ground.branch, branchName);
    await window.screenshot("apply-progress");
    await rm(hold);
    await window.pressInNotification("Applying", "Cancel");
    await ground.eventuallyOn("main");
    await waitFor("the word of it", window.statusBarItem("Not applied; nothing was changed").waitFor());
    await window.screenshot("apply-cancelled");
    assert.equal(git("branch", "--list", "x86*"), "");
    assert.equal(git("status", "--porcelain"), "");
  });

  test("in a worktree of its own, beside changes that are not committed", async () => {
    ground.history.write({ MAINTAINERS: "My own list\n" });
    await ground.showSeries();
    const offered = "Another Branch, Tag or Commit...";
    await chooseInMenu(window, title, "Apply in New Worktree...", "Series", pickEntry(window, offered));
    const box = window.page.locator(".quick-input-widget input[type=text]").first();
    /** Goes on to the next question, which comes in the same box. */
    const answer = async (what: string, typed: string | null, next: RegExp): Promise<void> => {
      if (typed !== null) await box.fill(typed);
      await box.press("Enter");
      await eventually(
        what,
        () => window.page.locator(".quick-input-widget").first().innerText(),
        (text) => next.test(text),
      );
    };
    await answer("the question for a commit", offered, /such as kvm\/next/);
    await answer("the question for the branch", "HEAD~1", /Name of the new branch/);
    await answer("the question for the folder", null, /Folder for the new worktree/);
    const made = await box.inputValue();
    assert.equal(made, `${ground.history.folder}-${branchName}`);
    await window.screenshot("apply-worktree-folder");
    await box.press("Enter");
    await saidInNotification(window, `2 patches of “${title}” applied to ${branchName}.`);
    await window.screenshot("apply-worktree");
    assert.equal(ground.branch, "main");
    assert.equal(execFileSync("git", ["log", "-1", "--format=%s"], { cwd: made, encoding: "utf8" }), "KVM: x86: Report wakeups\n");
    assert.equal(git("status", "--porcelain"), "M MAINTAINERS");
    await window.pressInNotification(`applied to ${branchName}.`, "Undo");
    // The notification of an earlier undo says the same.
    await eventually(
      "the worktree to go",
      () => Promise.resolve(existsSync(made) || git("branch", "--list", "x86*") !== ""),
      (there) => !there,
    );
    git("checkout", "--quiet", "--", "MAINTAINERS");
  });

  test("changes that are not committed are stashed when the person says so, and come back", async () => {
    ground.history.write({ MAINTAINERS: "My own list\n" });
    await ground.showSeries();
    const dialog = window.page.locator(".monaco-dialog-box");
    await chooseInMenu(window, title, "Apply to New Branch...", "Series", dialog);
    await window.screenshot("apply-dirty");
    await dialog.getByRole("button", { name: "Stash My Changes" }).click();
    await window.answer("HEAD");
    await ground.acceptBranchName();
    await ground.mergeEditorFilled();
    await window.runCommand("KVM Series: Skip This Patch");
    await waitFor("the merge editor to close", window.page.locator(".merge-editor").first().waitFor({ state: "hidden" }));
    await saidInNotification(
      window,
      `1 patch of “${title}” applied to ${branchName}. 1 patch was already applied or skipped. Your changes are stashed; Undo restores them.`,
    );
    await ground.nothingStaysOfMerge();
    await window.runCommand("KVM Series: Undo Apply");
    await saidInNotification(window, `The apply was undone; ${branchName} is gone. Your changes are back.`);
    assert.equal(ground.branch, "main");
    assert.equal(await readFile(path.join(ground.history.folder, "MAINTAINERS"), "utf8"), "My own list\n");
    assert.equal(git("stash", "list"), "");
  });
});
