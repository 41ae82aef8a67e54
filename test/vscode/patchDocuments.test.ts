import assert from "node:assert/strict";
import * as vscode from "vscode";
import { HumanError } from "../../src/core/humanError";
import { LoadedMails } from "../../src/library/loadedMails";
import { type OpenedPatch, openPatchDiff, registerPatchDocuments } from "../../src/ui/patchDocuments";
import { diffOf } from "../support/pageBuilders";

const hunk = [" {", "-\tone(v);", "+\ttwo(v);", " }"];

function mailOf(id: string, paths: readonly string[]): Uint8Array {
  const diff = diffOf(paths.map((path) => ({ path, hunks: [hunk] })));
  return new TextEncoder().encode(
    `From: Ada <ada@example.org>\nSubject: [PATCH] x\nMessage-ID: <${id}>\n\nMessage.\n---\n${diff}-- \n2.52.0\n`,
  );
}

/** A mail of a patch that changes a file and gives it another name. */
function movingMail(id: string, from: string, to: string): Uint8Array {
  const names = `similarity index 90%\nrename from ${from}\nrename to ${to}\nindex`;
  const text = new TextDecoder().decode(mailOf(id, [to]));
  return new TextEncoder().encode(text.replaceAll(`a/${to}`, `a/${from}`).replace("\nindex", `\n${names}`));
}

suite("patch in the diff editor", () => {
  const mails = new LoadedMails({
    mailBytes: (ids) =>
      Promise.resolve(
        new Map(
          [
            ["one@test", mailOf("one@test", ["arch/x86/kvm/a.c"])] as const,
            ["two@test", mailOf("two@test", ["a.c", "../../etc/passwd"])] as const,
            ["moving@test", movingMail("moving@test", "old.c", "new.c")] as const,
          ].filter(([id]) => ids.includes(id)),
        ),
      ),
  });
  const patch = (messageId: string): OpenedPatch => ({ messageId, place: 0, name: "patch 3/16", title: "KVM: A title" });
  let documents: vscode.Disposable;
  suiteSetup(() => (documents = registerPatchDocuments(mails)));
  suiteTeardown(async () => {
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
    documents.dispose();
  });

  function activeTab(): vscode.Tab {
    const tab = vscode.window.tabGroups.activeTabGroup.activeTab;
    assert.ok(tab, "no tab is open");
    return tab;
  }

  test("one file: both sides, with their lines and the language of the file", async () => {
    await openPatchDiff(mails, patch("one@test"), null);
    const { label, input } = activeTab();
    assert.equal(label, "arch/x86/kvm/a.c (patch 3/16)");
    assert.ok(input instanceof vscode.TabInputTextDiff);
    const header = "@@ -40,3 +40,3 @@ static int vcpu_setup(struct vcpu *v)\n";
    const before = await vscode.workspace.openTextDocument(input.original);
    const after = await vscode.workspace.openTextDocument(input.modified);
    assert.equal(before.getText(), `${header}{\n\tone(v);\n}\n`);
    assert.equal(after.getText(), `${header}{\n\ttwo(v);\n}\n`);
    assert.equal(after.uri.path, "/arch/x86/kvm/a.c");
  });

  test("a file that is moved has its former name on the left", async () => {
    await openPatchDiff(mails, patch("moving@test"), null);
    const { label, input } = activeTab();
    assert.ok(input instanceof vscode.TabInputTextDiff);
    assert.deepEqual([label, input.original.path, input.modified.path], ["new.c (patch 3/16)", "/old.c", "/new.c"]);
  });

  test("a file of several, also one with a name that would lead out of the tree", async () => {
    await openPatchDiff(mails, patch("two@test"), "../../etc/passwd");
    const { input } = activeTab();
    assert.ok(input instanceof vscode.TabInputTextDiff);
    assert.equal(input.modified.path, "/file");
  });

  test("all files of a patch in one tab", async () => {
    await openPatchDiff(mails, patch("two@test"), null);
    assert.equal(activeTab().label.startsWith("KVM: A title (patch 3/16)"), true, activeTab().label);
  });

  test("a mail that is gone and a path that is not there are told in a sentence", async () => {
    await assert.rejects(openPatchDiff(mails, patch("gone@test"), null), HumanError);
    await assert.rejects(openPatchDiff(mails, patch("one@test"), "b.c"), /does not change b\.c/);
  });
});
