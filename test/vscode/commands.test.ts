/** What commands do, with the questions answered here that VS Code would ask. */
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import * as vscode from "vscode";
import { HumanError } from "../../src/core/humanError";
import type { Series } from "../../src/core/series/series";
import { seriesOfDigests } from "../../src/library/library";
import { makeDigestReader } from "../../src/sources/digestFile";
import { answering } from "../../src/ui/commands";
import { sampleDigests } from "../host/sampleFolder";
import { FakeLog } from "../support/fakePorts";
import { writeSampleArchive } from "../support/sampleArchive";
import { windowAnswers, type WindowAnswers } from "./windowAnswers";

const tdx = "KVM: x86/tdx: Reclaim the pages of a torn-down guest lazily";
const unitTests = "x86: Exercise the deadline timer";

suite("commands", () => {
  let outside = "";
  let series: readonly Series[] = [];
  let answers: WindowAnswers;
  const sources = (): string[] => vscode.workspace.getConfiguration("kvmSeries").get<string[]>("sources") ?? [];
  const set = (name: string, value: unknown) =>
    vscode.workspace.getConfiguration("kvmSeries").update(name, value, vscode.ConfigurationTarget.Global);
  const run = (command: string, ...args: readonly unknown[]) => vscode.commands.executeCommand(`kvmSeries.${command}`, ...args);
  const idOf = (title: string): string => {
    const found = series.find((one) => one.title === title);
    assert.ok(found, `there is no series “${title}”`);
    return found.id;
  };

  /** Has other sources read, and all of them. */
  async function readFrom(...paths: readonly string[]): Promise<void> {
    await set("sources", paths);
    await run("sync");
  }

  suiteSetup(async () => {
    outside = await mkdtemp(path.join(tmpdir(), "kvm-series-commands-"));
    series = seriesOfDigests((await makeDigestReader().read(sampleDigests, new AbortController().signal)).digests, {
      rules: [],
      trees: [],
    });
    await vscode.extensions.getExtension("kvm-series.kvm-series")?.activate();
    await readFrom(sampleDigests);
  });
  suiteTeardown(async () => {
    await set("sources", undefined);
    await rm(outside, { recursive: true, force: true });
  });
  setup(() => (answers = windowAnswers()));
  teardown(async () => {
    answers.dispose();
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
  });

  /** The text of the active editor, which is closed without a question. */
  async function takeText(): Promise<string> {
    const document = vscode.window.activeTextEditor?.document;
    assert.ok(document, "no editor is open");
    const text = document.getText();
    // The next untitled document gets the same name, and VS Code takes it for this one as long as this one is there.
    const gone = new Promise<void>((resolve) => {
      const listener = vscode.workspace.onDidCloseTextDocument((closed) => {
        if (closed !== document) return;
        listener.dispose();
        resolve();
      });
    });
    await vscode.commands.executeCommand("workbench.action.revertAndCloseActiveEditor");
    if (document.isUntitled) await gone;
    return text;
  }

  test("Copy Link, Copy b4 Command and Copy Message-ID copy, or say why they cannot", async () => {
    await run("copyLink", idOf(tdx));
    const link = new URL(await vscode.env.clipboard.readText());
    assert.equal(link.origin + link.pathname, "https://lore.kernel.org/kvm/");
    assert.match(link.searchParams.get("q") ?? "", /Reclaim the pages of a torn-down guest lazily/);
    assert.match(answers.statusBar.at(-1) ?? "", /^\$\(check\) Copied https:/);
    await run("copyB4Command", idOf(unitTests));
    assert.equal(await vscode.env.clipboard.readText(), "b4 am --check-newer-revisions 20260921090807.12-1-bruno@example.org");
    await run("copyMessageId", idOf(tdx));
    assert.deepEqual(answers.said, ["Digests do not contain Message-IDs. Copy the link instead; it finds the mail in the list's archive."]);
  });

  test("the action of a button reports its failure as a command does: one sentence, and a bug whole in the log", async () => {
    const log = Object.assign(new FakeLog(), { show: () => assert.fail("the log cannot be shown") });
    const press = (error: Error): void => answering(log as unknown as vscode.LogOutputChannel, () => Promise.reject(error));
    press(new HumanError("The branch is gone; fetch it."));
    await answers.hears("The branch is gone; fetch it.");
    press(new TypeError("it is not a function"));
    await answers.hears("Unexpected error: it is not a function");
    assert.equal(log.errors[0], "The branch is gone; fetch it.");
    assert.match(log.errors[1] ?? "", /^TypeError: it is not a function\n\s+at /);
    assert.deepEqual([answers.said.length, log.errors.length], [2, 2]);
    answers.press("Show Log");
    press(new HumanError("The tag is gone; fetch it."));
    await answers.hears("The tag is gone; fetch it.");
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(log.errors.slice(2), ["The tag is gone; fetch it.", "the log cannot be shown"]);
  });

  test("Compare Revisions shows two revisions in the diff editor", async () => {
    answers.pick("v2");
    await run("compareRevisions", idOf(tdx));
    assert.deepEqual(answers.offered, [["v2", "v1 RFC"]]);
    const tab = vscode.window.tabGroups.activeTabGroup.activeTab;
    assert.equal(tab?.label, `v2 ↔ v3: ${tdx}`);
    const { input } = tab;
    assert.ok(input instanceof vscode.TabInputTextDiff);
    assert.ok((await vscode.workspace.openTextDocument(input.original)).getText().includes(`v2  ${tdx}`));
    assert.ok((await vscode.workspace.openTextDocument(input.modified)).getText().includes("I think this is ready now."));
  });

  test("Split Off Revision takes a revision out of a series by hand, and that is undone", async () => {
    const corrections = path.join(outside, "corrections.txt");
    const kept = async (): Promise<string[]> =>
      (await readFile(corrections, "utf8")).split("\n").filter((line) => line.startsWith("split "));
    await set("corrections", corrections);
    try {
      const lone = series.find(({ revisions }) => revisions.length === 1);
      await run("splitRevision", { kind: "revision", series: lone, revision: lone?.revisions[0] });
      answers.pick(tdx);
      answers.pick("v1 RFC");
      await run("splitRevision");
      assert.deepEqual(answers.offered[1], ["v3", "v2", "v1 RFC"]);
      assert.equal((await kept()).length, 2);
      // Of the two series of this title only one has revisions to compare, and it has no other two.
      answers.pick(tdx);
      await run("compareRevisions");
      assert.equal(answers.offered.length, 3);
      assert.equal(answers.offered[2]?.filter((title) => title === tdx).length, 1);
      assert.equal(vscode.window.tabGroups.activeTabGroup.activeTab?.label, `v2 ↔ v3: ${tdx}`);
      const [first, second] = ["v2", "v3"].map((from) => `from ${from} ${tdx}`);
      answers.pick(null);
      await run("undoCorrection");
      assert.deepEqual(answers.described[3], [second, first]);
      const label = `$(split-horizontal) Split: v1 RFC ${tdx}`;
      assert.deepEqual(answers.offered[3], [label, label]);
      answers.pickAll();
      await run("undoCorrection");
      assert.deepEqual(await kept(), []);
      answers.pick(null);
      await run("compareRevisions", idOf(tdx));
      assert.deepEqual(answers.offered[5], ["v2", "v1 RFC"]);
      await run("undoCorrection");
      await run("undoCorrection", idOf(tdx));
      // Nothing happens when either list is left.
      answers.pick(null);
      await run("splitRevision");
      answers.pick(tdx);
      answers.pick(null);
      await run("splitRevision");
      assert.deepEqual([answers.offered.length, await kept()], [9, []]);
      assert.deepEqual(answers.said, [
        "This series has only one revision, so there is nothing to split off.",
        "Nothing was joined or split by hand yet.",
        "Nothing was joined or split by hand in this series.",
      ]);
    } finally {
      await set("corrections", undefined);
    }
  });

  test("Show Series Touching This File says what is missing when there is no file", async () => {
    await run("showSeriesTouchingFile");
    assert.deepEqual(answers.said, ["Open a file of a kernel tree to list the series that touch it."]);
  });

  test("Show Series Touching This File lists them for the file a menu was opened on", async () => {
    const folder = vscode.workspace.workspaceFolders?.[0];
    assert.ok(folder, "no folder is open");
    answers.pick(null);
    await run("showSeriesTouchingFile", vscode.Uri.joinPath(folder.uri, "arch/x86/kvm/x86.h"));
    assert.deepEqual(answers.titles, ["1 pending series touches arch/x86/kvm/x86.h"]);
    assert.deepEqual(answers.offered, [["KVM: x86/mmu: Zap what was asked for, and no more"]]);
  });

  test("a source can be taken out where it is complained of", async () => {
    const nowhere = path.join(outside, "nowhere.txt");
    await readFrom(sampleDigests, nowhere);
    await run("removeArchive", { problem: { source: nowhere, message: "There is no such file or folder; check its name." } });
    assert.deepEqual([sources(), answers.offered], [[sampleDigests], []]);
  });

  test("a list is added by its address, which is looked at while it is typed", async () => {
    answers.pick("$(globe) Address of a List...");
    answers.type("http://127.0.0.1:9/kvm/");
    await run("addArchive");
    assert.deepEqual(sources(), [sampleDigests, "http://127.0.0.1:9/kvm/"]);
    assert.equal(answers.complaint("http://127.0.0.1:9/kvm/"), undefined);
    assert.match(answers.complaint("lore.kernel.org") ?? "", /^An address begins with https:/);
    await readFrom(sampleDigests);
  });

  test("Export Digest asks which digests, and offers the formats that hold several", async () => {
    answers.pick(["2026-10-05.txt", "2026-10-12.txt", "2026-10-19.txt"]);
    answers.pick("Markdown");
    answers.pick("$(new-file) Untitled Document");
    await run("exportDigest");
    assert.deepEqual(answers.offered.slice(0, 2), [
      ["2026-10-05.txt", "2026-10-12.txt", "2026-10-19.txt"],
      ["Markdown", "HTML", "Text", "JSON"],
    ]);
    assert.equal(vscode.window.activeTextEditor?.document.languageId, "markdown");
    const text = await takeText();
    assert.match(text, /^# KVM/);
    assert.match(text, /^## arm64$/m);
  });

  test("Export Digest gives a classic digest back byte for byte, to a file that is opened", async () => {
    const [source, target] = [path.join(sampleDigests, "2026-10-19.txt"), path.join(outside, "exported.txt")];
    await readFrom(source);
    answers.pick("Classic");
    answers.pick("$(save) File...");
    answers.save(target);
    await run("exportDigest");
    assert.equal(path.basename(answers.proposed ?? ""), "digest.txt");
    assert.deepEqual(await readFile(target), await readFile(source));
    assert.equal(vscode.window.activeTextEditor?.document.uri.fsPath, target);
  });

  for (const [format, language, first] of [
    ["HTML", "html", /^<!doctype html>/i],
    ["Text", "plaintext", /^KVM/],
    ["JSON", "json", /^\{/],
  ] as const)
    test(`Export Digest writes ${format} to an untitled document`, async () => {
      await readFrom(path.join(sampleDigests, "2026-10-19.txt"));
      answers.pick(format);
      answers.pick("$(new-file) Untitled Document");
      await run("exportDigest");
      assert.equal(vscode.window.activeTextEditor?.document.languageId, language);
      assert.match(await takeText(), first);
    });

  test("Export Digest into a file that cannot be written says so, and with nothing to export it says that", async () => {
    await writeFile(path.join(outside, "file"), "");
    const target = path.join(outside, "file", "below.txt");
    await readFrom(path.join(sampleDigests, "2026-10-19.txt"));
    answers.pick("Text");
    answers.pick("$(save) File...");
    answers.save(target);
    await run("exportDigest");
    await readFrom();
    await run("exportDigest");
    assert.deepEqual(answers.said, [
      `${target} could not be written; choose a folder you can write to.`,
      "There is no digest to export yet; add one with “KVM Series: Add Archive...”.",
    ]);
    await readFrom(sampleDigests);
  });

  test("Export Digest from an archive asks for a range, which may be typed, and exports nothing where that is left", async () => {
    const archive = path.join(outside, "archive");
    await writeSampleArchive(archive);
    await readFrom(archive);
    answers.pick("Choose a Range...");
    answers.type("2026-10-01");
    await run("exportDigest");
    assert.equal(answers.offered.length, 1);
    answers.pick("Choose a Range...");
    answers.type("2026-10-01");
    answers.type("");
    answers.pick("Text");
    answers.pick("$(new-file) Untitled Document");
    await run("exportDigest");
    assert.match(await takeText(), /^KVM/);
    assert.deepEqual(answers.said, []);
    await readFrom(sampleDigests);
  });

  suite("of a text in an editor", () => {
    const inTree = (file: string): vscode.Uri => {
      const folder = vscode.workspace.workspaceFolders?.[0];
      assert.ok(folder, "no folder is open");
      return vscode.Uri.joinPath(folder.uri, file);
    };

    test("a line above the file counts, once the setting asks for it, and lists the series", async () => {
      const uri = inTree("arch/x86/kvm/x86.c");
      const lenses = () => vscode.commands.executeCommand<vscode.CodeLens[]>("vscode.executeCodeLensProvider", uri);
      await vscode.window.showTextDocument(uri);
      assert.deepEqual(await lenses(), []);
      await set("codeLens", true);
      try {
        const [lens] = await lenses();
        assert.equal(lens?.command?.title, "3 pending series touch this file");
        answers.pick(null);
        await run("showSeriesTouchingFile", ...(lens.command.arguments as unknown[]));
        assert.equal(lens.command.command, "kvmSeries.showSeriesTouchingFile");
        assert.deepEqual(answers.titles, ["3 pending series touch arch/x86/kvm/x86.c"]);
      } finally {
        await set("codeLens", undefined);
      }
      assert.deepEqual(await lenses(), []);
    });

    test("a path in text hovers, also where a diffstat cut it", async () => {
      const notes = vscode.Uri.file(path.join(outside, "notes.txt"));
      await writeFile(notes.fsPath, " arch/x86/kvm/x86.c | 23 +-\n .../selftests/kvm/x86/apic_timer_test.c | 33 +++++\n");
      const { document } = await vscode.window.showTextDocument(notes);
      const hoverAt = async (words: string): Promise<string> => {
        const place = document.positionAt(document.getText().indexOf(words) + 5);
        const hovers = await vscode.commands.executeCommand<vscode.Hover[]>("vscode.executeHoverProvider", notes, place);
        return hovers
          .flatMap(({ contents }) => contents.map((content) => (content as vscode.MarkdownString).value.replace(/[*\\]/g, "")))
          .join("\n");
      };
      assert.match(await hoverAt("arch/x86"), /3 pending series touch.*arch\/x86\/kvm\/x86\.c/);
      assert.match(await hoverAt(".../selftests"), /2 pending series touch.*tools\/testing\/selftests\/kvm\/x86\/apic_timer_test\.c/);
    });
  });
});
