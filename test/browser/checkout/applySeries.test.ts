/** A series applied from the side bar: to a branch, with a conflict that is finished in the merge editor, and taken back. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { makeHistory, type History } from "../../support/pendingHistory";
import { screenshots } from "../../host/paths";
import { eventually, openWindow, waitFor, type Window } from "../fixture";
import { chooseInMenu, pickLabels, rowSettled, rowShown, saidInNotification, saveAs, showSideBar } from "../sampleWindow";

const title = "KVM: x86: Count and report wakeups";
const file = "arch/x86/kvm/wakeup.c";
const other = "arch/x86/kvm/report.c";

/** A file of C whose functions are told apart. */
function functions(bodies: Readonly<Record<string, string>>): string {
  return Object.entries(bodies)
    .map(([name, body]) => `static int ${name}(struct kvm_vcpu *vcpu)\n{\n\tint r = 0;\n\n${body}\n\treturn r;\n}\n`)
    .join("\n");
}

const plain = { wait: "\tr = sleep(vcpu);", wake: "\tr = kick(vcpu);", report: "\tr = say(vcpu);" };
const mine = { ...plain, wake: "\tr = kick_gently(vcpu);" };
const counted = { ...plain, wake: "\tr = kick(vcpu);\n\tvcpu->wakeups++;" };

suite("applying a series", () => {
  let history: History;
  let folder: string;
  let window: Window;
  const git = (...args: string[]): string => history.git(...args);
  const branch = (): string => git("rev-parse", "--abbrev-ref", "HEAD");
  const eventuallyOn = (name: string) =>
    eventually(
      `the branch ${name}`,
      () => Promise.resolve(branch()),
      (now) => now === name,
    );

  suiteSetup(async () => {
    history = makeHistory({ [file]: functions(plain), [other]: functions(plain), MAINTAINERS: "List of maintainers\n" });
    folder = await mkdtemp(path.join(tmpdir(), "kvm-series-apply-"));
    git("switch", "--quiet", "-c", "author");
    history.commit("KVM: x86: Count wakeups", { [file]: functions(counted) });
    history.commit("KVM: x86: Report wakeups", { [other]: functions({ ...plain, report: "\tr = say(vcpu, vcpu->wakeups);" }) });
    const mails = history.mails("main..author", { version: 2, cover: title });
    git("switch", "--quiet", "main");
    history.commit("KVM: x86: Kick gently", { [file]: functions(mine) });
    git("branch", "--quiet", "-D", "author");
    const list = path.join(folder, "list.mbox");
    await writeFile(list, mails.map((mail) => `From mboxrd@z Thu Jan  1 00:00:00 1970\n${new TextDecoder().decode(mail)}\n`).join(""));
    window = await openWindow({ folder: history.folder, settings: { "kvmSeries.sources": [list] } });
    // A window that is reloaded may for a moment read the user's settings without them; those of the machine stay.
    await window.setSettings({ "kvmSeries.sources": [list] });
    await showSideBar(window);
    await rowShown(window, title);
    await rowSettled(window, title);
  });

  teardown(async function () {
    if (this.currentTest?.state === "failed") await window.page.screenshot({ path: path.join(screenshots, "apply-failed.png") });
  });

  suiteTeardown(async () => {
    await (window as Window | undefined)?.dispose();
    history.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  async function begin(entry: string): Promise<void> {
    await showSideBar(window);
    await rowSettled(window, title);
    await chooseInMenu(window, title, entry);
    await eventually(
      "the bases to choose from",
      () => pickLabels(window),
      (labels) => labels.some((label) => label.includes("HEAD")),
    );
    await window.answer("HEAD");
    const name = window.page.locator(".quick-input-widget input[type=text]").first();
    await eventually(
      "the name of the branch",
      () => name.inputValue(),
      (value) => value === "x86-count-and-report-wakeups-v2",
    );
    await name.press("Enter");
  }

  test("its mbox is saved under a name as b4 gives it", async () => {
    const saved = path.join(folder, "series.mbx");
    await chooseInMenu(window, title, "Save as mbox...");
    await saveAs(window, saved, /\/v2_\d{8}_ada_kvm_x86_count_and_report_wakeups\.mbx$/);
    await saidInNotification(window, `2 patches saved in ${saved}.`);
    assert.match(await readFile(saved, "utf8"), /^From mboxrd@z .*\nFrom: Ada Lind <ada@example\.org>\n/);
  });

  test("a conflict opens the merge editor", async () => {
    await begin("Apply to New Branch...");
    await waitFor("the merge editor", window.page.locator(".merge-editor").first().waitFor(), 60_000);
    await waitFor("the status bar item", window.statusBarItem("Applying 1 of 2").waitFor());
    assert.equal(branch(), "x86-count-and-report-wakeups-v2");
    await window.page.waitForTimeout(1500);
    await window.screenshot("apply-merge-editor");
  });

  test("before the merge is completed it does not go on", async () => {
    await window.pressInNotification("Patch 1 of 2", "Continue");
    await saidInNotification(window, `${file} has a conflict of which neither side was taken; resolve it, then continue.`);
    assert.equal(git("rev-list", "--count", "main..HEAD"), "0");
  });

  test("after a reload the window knows where it was", async () => {
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
  });

  test("finished in the merge editor, the series is applied", async () => {
    // Both sides are taken as they stand.
    const { page } = window;
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
      () => readFile(path.join(history.folder, file), "utf8"),
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
    await page.waitForTimeout(1000);
    await window.runCommand("KVM Series: Continue Applying");
    await saidInNotification(window, `2 patches of “${title}” applied to x86-count-and-report-wakeups-v2.`);
    await waitFor("the status bar item to go", window.statusBarItem("Applying").waitFor({ state: "hidden" }));
    assert.match(git("show", `HEAD~1:${file}`), /kick_gently\(vcpu\);\n\tvcpu->wakeups\+\+;/);
    assert.equal(git("log", "--format=%s", "main..HEAD"), "KVM: x86: Report wakeups\nKVM: x86: Count wakeups");
    await window.screenshot("apply-done");
  });

  test("undo goes back and deletes the branch", async () => {
    await window.pressInNotification("applied to", "Undo");
    await eventuallyOn("main");
    await saidInNotification(window, "The apply was undone; x86-count-and-report-wakeups-v2 is gone.");
    assert.equal(git("branch", "--list", "x86*"), "");
  });

  test("in a worktree of its own, beside changes that are not committed", async () => {
    history.write({ MAINTAINERS: "My own list\n" });
    await showSideBar(window);
    await rowSettled(window, title);
    await chooseInMenu(window, title, "Apply in New Worktree...");
    const offered = "Another Branch, Tag or Commit...";
    await eventually(
      "the bases to choose from",
      () => pickLabels(window),
      (labels) => labels.some((label) => label.includes(offered)),
    );
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
    await answer("the question for the folder", null, /Folder of the new worktree/);
    const made = await box.inputValue();
    assert.equal(made, `${history.folder}-x86-count-and-report-wakeups-v2`);
    await window.screenshot("apply-worktree-folder");
    await box.press("Enter");
    await saidInNotification(window, `2 patches of “${title}” applied to x86-count-and-report-wakeups-v2.`);
    await window.screenshot("apply-worktree");
    assert.equal(branch(), "main");
    assert.equal(execFileSync("git", ["log", "-1", "--format=%s"], { cwd: made, encoding: "utf8" }), "KVM: x86: Report wakeups\n");
    assert.equal(git("status", "--porcelain"), "M MAINTAINERS");
    await window.pressInNotification(`applied to x86-count-and-report-wakeups-v2.`, "Undo");
    // The notification of an earlier undo says the same.
    await eventually(
      "the worktree to go",
      () => Promise.resolve(existsSync(made) || git("branch", "--list", "x86*") !== ""),
      (there) => !there,
    );
    git("checkout", "--quiet", "--", "MAINTAINERS");
  });

  test("changes that are not committed are stashed when the person says so, and come back", async () => {
    history.write({ MAINTAINERS: "My own list\n" });
    // The merge editor has brought the source control view to the front.
    await showSideBar(window);
    await rowSettled(window, title);
    await chooseInMenu(window, title, "Apply to New Branch...");
    const dialog = window.page.locator(".monaco-dialog-box");
    await waitFor("the question about the changes", dialog.waitFor());
    await window.screenshot("apply-dirty");
    await dialog.getByRole("button", { name: "Stash My Changes" }).click();
    await window.answer("HEAD");
    await window.page.waitForTimeout(500);
    await window.page.keyboard.press("Enter");
    await waitFor("the status bar item", window.statusBarItem("Applying 1 of 2").waitFor(), 60_000);
    await waitFor("the merge editor", window.page.locator(".merge-editor").first().waitFor(), 60_000);
    // It fills in the common version a moment after it is drawn, sooner than a person decides to skip.
    await window.page.waitForTimeout(2500);
    await window.runCommand("KVM Series: Skip This Patch");
    await waitFor("the merge editor to close", window.page.locator(".merge-editor").first().waitFor({ state: "hidden" }));
    await saidInNotification(
      window,
      `1 patch of “${title}” applied to x86-count-and-report-wakeups-v2. 1 patch was in already or skipped. Your changes are in a stash; Undo brings them back too.`,
    );
    // What the merge editor held is gone with it: the file is shown as it is on the disk.
    await eventually(
      "no editor to be left unsaved",
      () => window.page.locator(".tab.dirty").count(),
      (count) => count === 0,
    );
    const shown = await window.page.locator(".editor-instance .view-lines").first().innerText();
    assert.match(shown.replaceAll("\u00a0", " "), /kick_gently\(vcpu\)/);
    await window.runCommand("KVM Series: Undo Apply");
    await saidInNotification(window, "The apply was undone; x86-count-and-report-wakeups-v2 is gone. Your changes are back.");
    assert.equal(branch(), "main");
    assert.equal(await readFile(path.join(history.folder, "MAINTAINERS"), "utf8"), "My own list\n");
    assert.equal(git("stash", "list"), "");
  });

  test("where git has nothing to merge the patch stands beside the file", async () => {
    history.git("checkout", "--quiet", "--", "MAINTAINERS");
    // In a repository that begins here no blob is one of those the series was made on.
    const text = functions({ ...mine, wait: "\tr = nap(vcpu);" }).replaceAll("int r = 0;", "int r = -EINTR;");
    history.write({ [file]: text, [other]: `${functions(plain)}\n` });
    await rm(path.join(history.folder, ".git"), { recursive: true });
    git("init", "--quiet", "--initial-branch=main", ".");
    git("config", "user.name", "Ada Lind");
    git("config", "user.email", "ada@example.org");
    git("add", ".");
    git("commit", "--quiet", "-m", "Begin");
    await begin("Apply to New Branch...");
    await waitFor("the status bar item", window.statusBarItem("Applying 1 of 2").waitFor(), 60_000);
    await waitFor("the patch", window.page.locator('.tab.active[data-resource-name="wakeup.c.diff"]').waitFor());
    await window.page.waitForTimeout(1500);
    await window.screenshot("apply-beside");
    await window.runCommand("KVM Series: Abort Applying");
    await eventuallyOn("main");
    await saidInNotification(window, "The apply was aborted, and all is as it was.");
  });
});
