/** What I type against what is pending: said while I type, listed, and proven by git's merge. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { eventually, waitFor, type Window } from "../fixture";
import { hoverStatusBar, linesOf } from "../hoverText";
import { iconOf, rowShown, saidInNotification, type SampleCopy } from "../sampleWindow";
import { eachFromTheBeginning } from "../sharedWindow";
import { archiveWindow, halted, tdx, zap } from "./archiveWindow";

const main = "virt/kvm/kvm_main.c";

suite("collisions", () => {
  let copy: SampleCopy;
  let window: Window;
  let git: (...args: readonly string[]) => string;
  const rowOf = async (label: string): Promise<string> => (await window.treeTexts("This File")).find((row) => row.startsWith(label)) ?? "";
  const collides = () => window.statusBarItem("collides with");

  eachFromTheBeginning(async () => {
    ({ copy, window, git } = await archiveWindow(800));
    await window.openFile(main);
    await rowShown(window, halted, "This File");
  });

  /** Puts the cursor behind a line and types. */
  async function typeAt(line: number, text: string): Promise<void> {
    await window.page.keyboard.press("Control+G");
    await window.answer(`:${line}:100`);
    await eventually(
      `the cursor in line ${line}`,
      () => window.page.locator(".part.statusbar").innerText(),
      (said) => said.includes(`Ln ${line},`),
    );
    await window.page.keyboard.type(text);
  }

  test("what I type on the lines of a series is said at once, and shown as git merges it, until the text is as it was", async () => {
    assert.equal(await collides().isVisible(), false);
    await typeAt(24, " /* mine */");
    // What is typed farther up in the same file is followed by what is typed on the lines of the series.
    await typeAt(50, " /* mine */");
    await waitFor("the item of the status bar", collides().waitFor());
    assert.equal((await collides().innerText()).trim(), "collides with 1 series");
    assert.match((await collides().getAttribute("class")) ?? "", /warning-kind/);
    assert.equal(await collides().locator("a").getAttribute("aria-label"), "What you changed here collides with 1 series");
    assert.deepEqual(linesOf(await hoverStatusBar(window, "collides with")), ["The same lines are changed by", `${halted} v1`]);
    await window.screenshot("collision-while-typing");
    // The row of the series in This File says so, to a screen reader too; the others do not.
    assert.match(await rowOf(halted), /collides with your changes · v1/);
    assert.equal(await iconOf(window.row(halted, "This File")), "warning");
    const row = (await window.treeRows("This File")).find(({ label }) => label === halted);
    assert.match(row?.ariaLabel ?? "", /collides with your changes/);
    assert.equal((await window.treeTexts("This File")).filter((text) => text.includes("collides")).length, 1);
    assert.equal(git("status", "--porcelain"), "");
    const index = await readFile(path.join(copy.linux, ".git", "index"));
    const objects = git("count-objects", "-v");
    await collides().click();
    await eventually(
      "the list",
      () => window.quickPickTexts(),
      (texts) => texts.some((text) => text.includes(halted)),
    );
    await window.screenshot("collision-list");
    await window.answer(halted);
    await window.page.locator(".tab.active").getByText("Collision with KVM: Account halted time").waitFor();
    const editor = window.page.locator(".editor-group-container.active .view-lines");
    const text = await eventually(
      "the conflict",
      async () => (await editor.innerText()).replaceAll("\u00a0", " "),
      (shown) => shown.includes("=======") && shown.includes(">>>>>>> KVM: Account halted time"),
    );
    assert.match(text, /virt\/kvm\/kvm_main\.c:50 · patch 1/);
    assert.match(text, /<<<<<<< your changes\n.*halted_ns \+= wait_for_event\(vcpu\); \/\* mine \*\//);
    assert.match(text, /account_halt\(vcpu, wait_for_event\(vcpu\)\);\n>>>>>>> KVM: Account halted time/);
    // What is read beside the file is about the file, which stays the one at hand.
    assert.match(await rowOf(halted), /collides with your changes/);
    await window.screenshot("collision-proof");
    assert.equal(git("status", "--porcelain"), "");
    assert.deepEqual(await readFile(path.join(copy.linux, ".git", "index")), index);
    assert.equal(git("count-objects", "-v"), objects);
    // It goes when the text is as it was.
    await window.openFile(main);
    await waitFor("the item of the status bar", collides().waitFor());
    await window.runCommand("File: Revert File");
    await waitFor("the item of the status bar to go", collides().waitFor({ state: "hidden" }));
    await eventually(
      "the row of the series",
      () => rowOf(halted),
      (row) => row !== "" && !row.includes("collides"),
    );
  });

  test("the page of a series names the others on the same lines, git proves it, and a click shows the lines", async () => {
    const objects = git("count-objects", "-v");
    await window.row(zap, "This File").click();
    const section = window.webviewFrame().locator("section.related");
    await waitFor("the section", section.getByText("conflicts with").waitFor());
    const said = (await section.locator("li").allInnerTexts()).map((text) => text.replace(/\s+/g, " ").trim());
    assert.ok(said[0]?.startsWith(`conflicts with ${tdx} v3`), said.join("\n"));
    const entry = window.webviewFrame().locator("section.related li", { hasText: tdx });
    await entry.getByRole("button", { name: "Try to merge with" }).click();
    const place = entry.locator(".proof button");
    await waitFor("the proof", place.waitFor());
    assert.match((await entry.locator(".proof").innerText()).replace(/\s+/g, " "), /^conflicts in x86\.c:38$/);
    await window.screenshot("related-proof");
    await place.click();
    await waitFor("the document", window.page.locator(".tab.active").getByText("Collision with KVM: x86 tdx").waitFor());
    const editor = window.page.locator(".editor-group-container.active .view-lines");
    const text = await eventually(
      "the conflict",
      async () => (await editor.innerText()).replaceAll("\u00a0", " "),
      (shown) => shown.includes(`>>>>>>> ${tdx} v3`),
    );
    assert.ok(text.includes(`<<<<<<< ${zap}`), text);
    await window.screenshot("related-conflict");
    assert.equal(git("status", "--porcelain"), "");
    assert.equal(git("count-objects", "-v"), objects);
  });

  test("a branch against its upstream, and a range; what cannot be answered is one sentence", async () => {
    const show = async (scope: string): Promise<void> => {
      await window.runCommand("KVM Series: Show Collisions...", scope);
    };
    await show("My branch");
    await saidInNotification(window, "Your branch has no upstream; set one with “git branch --set-upstream-to”, or choose a range.");
    git("checkout", "--quiet", "-b", "topic", "--track", "main");
    const text = await readFile(path.join(copy.linux, main), "utf8");
    execFileSync("sed", ["-i", "50s/halted_ns/halted/", path.join(copy.linux, main)]);
    assert.notEqual(await readFile(path.join(copy.linux, main), "utf8"), text);
    git("commit", "--quiet", "--all", "-m", "mine");
    for (const scope of ["My branch", "A range"]) {
      await show(scope);
      if (scope === "A range") await window.answer("main..topic");
      await eventually(
        "the list",
        () => window.quickPickTexts(),
        (texts) => texts.some((label) => label.includes(halted)),
      );
      await window.page.keyboard.press("Escape");
    }
    await show("My uncommitted");
    await saidInNotification(window, "You have no changes.");
    assert.equal(await collides().isVisible(), false);
  });
});
