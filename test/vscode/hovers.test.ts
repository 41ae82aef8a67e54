/** Where nothing hovers: a window shows nothing then, so the providers are asked themselves. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import * as vscode from "vscode";
import { writeSampleMbox } from "../support/sampleArchive";

const limitMs = 50_000;

suite("hovers", () => {
  const settings = () => vscode.workspace.getConfiguration("kvmSeries");
  const set = (name: string, value: unknown) => settings().update(name, value, vscode.ConfigurationTarget.Global);
  const inTree = (file: string): vscode.Uri => {
    const folder = vscode.workspace.workspaceFolders?.[0];
    assert.ok(folder, "no folder is open");
    return vscode.Uri.joinPath(folder.uri, file);
  };
  let outside: string;

  suiteSetup(async () => {
    outside = await mkdtemp(path.join(tmpdir(), "kvm-series-hovers-"));
    const list = path.join(outside, "list.mbox");
    await writeSampleMbox(list);
    await vscode.extensions.getExtension("kvm-series.kvm-series")?.activate();
    await set("sources", [list]);
  });

  suiteTeardown(async () => {
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
    await set("sources", undefined);
    await rm(outside, { recursive: true, force: true });
  });

  /** All that hovers where these words stand in a file. */
  async function hoverAt(file: vscode.Uri, words: string): Promise<string> {
    const { document } = await vscode.window.showTextDocument(file);
    const at = document.getText().indexOf(words);
    assert.ok(at >= 0, `“${words}” is not in the file`);
    return hoverOn(file, document.positionAt(at + 3));
  }

  async function hoverOn(file: vscode.Uri, place: vscode.Position): Promise<string> {
    const hovers = await vscode.commands.executeCommand<vscode.Hover[]>("vscode.executeHoverProvider", file, place);
    return hovers
      .flatMap(({ contents }) => contents)
      .map((content) => (content instanceof vscode.MarkdownString ? content.value : ""))
      .join("\n")
      .replace(/\*\*|\\/g, "");
  }

  /** Asked until this is said, since mail is read and files are looked up meanwhile; what is asked after that is answered for good. */
  async function says(file: vscode.Uri, words: string, said: string): Promise<void> {
    const end = Date.now() + limitMs;
    for (;;) {
      const shown = await hoverAt(file, words);
      if (shown.includes(said)) return;
      assert.ok(Date.now() < end, `“${said}” is not in “${shown}”`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  test("a path that no pending series touches has none, beside one that has", async () => {
    const notes = vscode.Uri.file(path.join(outside, "notes.txt"));
    await writeFile(notes.fsPath, "arch/x86/kvm/x86.c\nsee scripts/get_maintainer.pl and arch/x86\n");
    await says(notes, "arch/x86/kvm/x86.c", "2 pending series touch");
    assert.equal(await hoverAt(notes, "scripts/get_maintainer.pl"), "");
  });

  test("a line that no pending series changes has none, beside one that has", async () => {
    const file = inTree("arch/x86/kvm/vmx/tdx.c");
    await says(file, "return ret == -ENODEV", "KVM: x86/tdx: Reclaim the pages");
    assert.equal(await hoverAt(file, "SPDX-License-Identifier"), "");
  });

  test("the next line that a series changes is gone to, and its change is peeked at", async () => {
    const file = inTree("arch/x86/kvm/vmx/tdx.c");
    const words = "return ret == -ENODEV";
    await says(file, words, "KVM: x86/tdx: Reclaim the pages");
    const editor = await vscode.window.showTextDocument(file, { selection: new vscode.Range(0, 0, 0, 0) });
    await vscode.commands.executeCommand("kvmSeries.nextPendingChange");
    const { active } = editor.selection;
    assert.ok(active.line > 0);
    assert.match(await hoverOn(file, active), /KVM: x86\/tdx: Reclaim the pages/);
    await vscode.commands.executeCommand("kvmSeries.peekPendingChange");
    const { activeTab } = vscode.window.tabGroups.activeTabGroup;
    assert.equal(activeTab?.label, "tdx.c ↔ with v3 KVM: x86/tdx: Reclaim the pages of a torn-down guest lazily");
  });

  test("there are none once the setting says so", async () => {
    const file = inTree("arch/x86/kvm/x86.c");
    await says(file, 'x86.h"', "1 pending series touches");
    await set("pathHovers", false);
    try {
      assert.equal(await hoverAt(file, 'x86.h"'), "");
    } finally {
      await set("pathHovers", undefined);
    }
    await says(file, 'x86.h"', "1 pending series touches");
  });
});
