/** The tree with a series applied: the multi-diff of the series, and one's own file compared with it. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { makeHistory, type History } from "../../support/pendingHistory";
import { eventually, openWindow, waitFor, type Window } from "../fixture";
import { chooseInMenu, saidInNotification, showSideBar, textsWhen } from "../sampleWindow";

const title = "KVM: x86: Rework wakeups";
const file = "arch/x86/kvm/wakeup.c";

/** A file in which a line stands twice; what is put above the first function stands there a third time. */
function code(kick: string, above = ""): string {
  const rest = `static int rest(struct kvm_vcpu *vcpu)\n{\n\treturn 0;\n}\n`;
  return `#include <linux/kvm_host.h>\n\n${above}static int wake(struct kvm_vcpu *vcpu)\n{\n\t${kick};\n\treturn 0;\n}\n\n${rest}`;
}

const ready = "static int ready(struct kvm_vcpu *vcpu)\n{\n\treturn 0;\n}\n\n";

suite("a preview of a series", () => {
  let history: History;
  let folder: string;
  let window: Window;

  suiteSetup(async () => {
    history = makeHistory({
      [file]: code("kick(vcpu)"),
      "arch/x86/kvm/old.c": "int old;\n",
      "scripts/get_maintainer.pl": "#\n",
      "virt/kvm/kvm_main.c": "int main;\n",
      MAINTAINERS: "List\n",
    });
    folder = await mkdtemp(path.join(tmpdir(), "kvm-series-preview-"));
    history.git("switch", "--quiet", "-c", "author");
    history.commit("KVM: x86: Kick gently", { [file]: code("kick_gently(vcpu)", ready) });
    history.commit("KVM: x86: Add and delete", { "arch/x86/kvm/old.c": null, "arch/x86/kvm/new.c": "int new;\n" });
    const mails = history.mails("main..author", { version: 3, cover: title, more: ["--base=main"] });
    history.git("switch", "--quiet", "main");
    history.git("branch", "--quiet", "-D", "author");
    const list = path.join(folder, "list.mbox");
    await writeFile(list, mails.map((mail) => `From mboxrd@z Thu Jan  1 00:00:00 1970\n${new TextDecoder().decode(mail)}\n`).join(""));
    window = await openWindow({ folder: history.folder, settings: { "kvmSeries.sources": [list] } });
    // A window that is reloaded may for a moment read the user's settings without them; those of the machine stay.
    await window.setSettings({ "kvmSeries.sources": [list] });
    await showSideBar(window);
    await textsWhen(window, "whether it applies", (rows) => rows.some((row) => row.includes("✓ applies")));
  });

  suiteTeardown(async () => {
    await (window as Window | undefined)?.dispose();
    history.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  test("the whole series in one editor, added and deleted files included", async () => {
    const diff = window.page.locator(".multiDiffEntry");
    await chooseInMenu(window, title, "Open Series as Multi-Diff", "Series", diff);
    await waitFor("the multi-diff", diff.first().waitFor(), 60_000);
    await eventually(
      "its files",
      async () => (await diff.allInnerTexts()).join("\n").replaceAll("\u00a0", " "),
      (text) => ["wakeup.c", "new.c", "old.c", "kick_gently(vcpu)", "int new;"].every((words) => text.includes(words)),
    );
    await window.screenshot("preview-multi-diff");
    assert.equal(history.git("status", "--porcelain"), "");
  });

  test("my file compared with what the series makes of it, not saved as it is", async () => {
    await window.openFile(file);
    await window.runCommand("KVM Series: Compare with My File...", "Rework");
    const editor = window.page.locator(".diff-editor, .monaco-diff-editor").first();
    await waitFor("the diff", editor.waitFor());
    await eventually(
      "both sides",
      async () => (await editor.innerText()).replaceAll("\u00a0", " "),
      (text) => text.includes("kick(vcpu)") && text.includes("kick_gently(vcpu)"),
    );
    await window.screenshot("preview-compare");
  });

  test("from there to the real file, at the same line", async () => {
    const [made, kept] = [0, 1];
    for (const [which, line] of [
      [kept, 6],
      // The real file has no such line yet: it would stand above the function.
      [made, 3],
    ] as const) {
      await window.openFile(file);
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
        (name) => name.startsWith("wakeup.c") && !name.includes("mine"),
      );
      await window.page.locator(".monaco-diff-editor").first().waitFor({ state: "hidden" });
      await eventually(
        "the line of the cursor",
        async () => (await window.page.locator(".statusbar-item").allInnerTexts()).join(" "),
        (text) => text.includes(`Ln ${line}`),
      );
    }
  });

  test("found again after a reload", async () => {
    await showSideBar(window);
    await chooseInMenu(window, title, "Open Series as Multi-Diff");
    await waitFor("the multi-diff", window.page.locator(".multiDiffEntry").first().waitFor(), 60_000);
    await window.reload();
    await eventually(
      "the files of the multi-diff",
      async () => (await window.page.locator(".multiDiffEntry").allInnerTexts()).join("\n").replaceAll("\u00a0", " "),
      (text) => text.includes("kick_gently(vcpu)"),
      90_000,
    );
  });

  test("where it does not apply its changes stand where their lines do, and the commit it was made on is offered", async () => {
    const base = history.git("rev-parse", "HEAD").slice(0, 12);
    history.commit("KVM: x86: Kick hard", { [file]: code("kick_hard(vcpu)"), "arch/x86/kvm/old.c": "int changed;\n" });
    await window.runCommand("View: Close All Editors");
    await showSideBar(window);
    const diff = window.page.locator(".multiDiffEntry");
    await chooseInMenu(window, title, "Open Series as Multi-Diff", "Series", diff);
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
