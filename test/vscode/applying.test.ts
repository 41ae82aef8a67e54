/** Series applied to the repository that is open, with the questions answered here that VS Code would ask. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import * as vscode from "vscode";
import { type ApplyRecord, type ApplyStep, beginStep, giveUpStep, writeRecord } from "../../src/checkout/applyRecord";
import type { Series } from "../../src/core/series/series";
import { Author, commit, git as runGit, lines } from "../support/applyGround";
import { until } from "../support/fakeClock";
import { bea, day, start } from "../support/madeMail";
import { rawMail, rawMbox } from "../support/rawMail";
import { windowAnswers, type WindowAnswers } from "./windowAnswers";

const file = "virt/kvm/told.c";
const stashIt = "Stash My Changes";
const head = "$(git-branch) HEAD";

suite("applying", function () {
  this.timeout(120_000);
  let outside = "";
  let top = "";
  /** The commit that series are made on, and the one that is checked out. */
  let [base, tip] = ["", ""];
  let author: Author;
  let answers: WindowAnswers;
  const git = (...args: readonly string[]): string => runGit(top, args).trim();
  const set = (name: string, value: unknown) =>
    vscode.workspace.getConfiguration("kvmSeries").update(name, value, vscode.ConfigurationTarget.Global);
  const run = (command: string, ...args: readonly unknown[]) => vscode.commands.executeCommand(`kvmSeries.${command}`, ...args);
  const text = (name: string): string => readFileSync(path.join(top, name), "utf8");
  const write = (name: string, written: string): void => writeFileSync(path.join(top, name), written);
  const seriesOf = (name: string): Series => {
    const found = author.series().find(({ title }) => title.startsWith(`KVM: ${name}: `));
    assert.ok(found, `there is no series ${name}`);
    return found;
  };

  suiteSetup(async () => {
    const folder = vscode.workspace.workspaceFolders?.[0];
    assert.ok(folder, "no folder is open");
    top = folder.uri.fsPath;
    outside = mkdtempSync(path.join(tmpdir(), "kvm-series-applying-"));
    base = commit(top, { [file]: lines("told", 40) }, "Something to change");
    author = new Author(path.join(outside, "author"), top);
    author.post({ name: "fits", patches: [{ [file]: lines("told", 40, { 25: "fits" }) }, { "virt/kvm/fresh.c": "fresh\n" }], onto: base });
    const first = { 10: "first" };
    author.post({
      name: "stops",
      patches: [{ [file]: lines("told", 40, first) }, { [file]: lines("told", 40, { ...first, 35: "second" }) }],
      onto: base,
    });
    tip = commit(top, { [file]: lines("told", 40, { 10: "mine" }) }, "What it collides with");
    const list = path.join(outside, "list.mbox");
    const review = rawMail({
      id: "review@example.org",
      subject: "Re: [PATCH 2/2] KVM: fits: part 2",
      from: bea,
      at: start + 3 * day,
      to: "fits-2@example.org",
      body: "Reviewed-by: Bea Baker <bea@example.org>\n",
    });
    writeFileSync(list, author.mbox() + rawMbox([review]).toString());
    await vscode.extensions.getExtension("kvm-series.kvm-series")?.activate();
    await set("sources", [list]);
    await run("sync");
  });
  suiteTeardown(async () => {
    await set("sources", undefined);
    rmSync(outside, { recursive: true, force: true, maxRetries: 5 });
  });
  setup(() => (answers = windowAnswers()));
  teardown(async () => {
    answers.dispose();
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
    rmSync(path.join(top, ".git", "rebase-apply"), { recursive: true, force: true });
    await writeRecord(top, null);
    git("checkout", "--quiet", "--force", "master");
    git("reset", "--quiet", "--hard", tip);
    git("stash", "clear");
    for (const name of git("for-each-ref", "--format=%(refname:short)", "refs/heads").split("\n"))
      if (name !== "master") git("branch", "--quiet", "-D", name);
  });

  /** Where the person is, what they have changed, and what is in the stash. */
  const state = (): string[] => [git("rev-parse", "--abbrev-ref", "HEAD"), git("status", "--porcelain"), git("stash", "list")];
  const branches = (): string => git("for-each-ref", "--format=%(refname:short)", "refs/heads");

  suite("beside changes that are not committed", () => {
    test("they are stashed when the person says so, and are brought to the branch from the notification", async () => {
      write("MAINTAINERS", "My own list\n");
      answers.press(stashIt);
      answers.pick(head);
      answers.type(null);
      answers.press("Bring My Changes Here");
      await run("applyToBranch", seriesOf("fits").id);
      await answers.hears("2 patches of “KVM: fits: part 1” applied to fits-part-1-v1. Your changes are stashed; Undo restores them.");
      // The record says so once git is done with it.
      await until(() => readFileSync(path.join(top, ".git", "kvm-series-apply.json"), "utf8").includes('"stash": null'));
      assert.deepEqual(state(), ["fits-part-1-v1", "M MAINTAINERS", ""]);
      assert.equal(text("MAINTAINERS"), "My own list\n");
      await run("undoApply");
      await answers.hears("Files have changed since the series was applied; commit, stash or discard those changes first.");
      git("checkout", "--quiet", "--", "MAINTAINERS");
      await run("undoApply");
      await answers.hears("The apply was undone; fits-part-1-v1 is gone.");
      assert.deepEqual([state(), branches()], [["master", "", ""], "master"]);
    });

    test("an undo from the notification brings them back", async () => {
      write("MAINTAINERS", "My own list\n");
      answers.press(stashIt);
      answers.pick(head);
      answers.type("other/name");
      answers.press("Undo");
      await run("applyToBranch", seriesOf("fits").id);
      await answers.hears("The apply was undone; other/name is gone. Your changes are back.");
      assert.deepEqual([state(), branches()], [["master", "M MAINTAINERS", ""], "master"]);
    });

    test("when the person leaves the question, or a later one, nothing is done", async () => {
      write("MAINTAINERS", "My own list\n");
      const { id } = seriesOf("fits");
      await run("applyToBranch", id);
      assert.deepEqual(answers.said, ["This worktree has uncommitted changes."]);
      assert.deepEqual(answers.offered, []);
      for (const left of ["base", "name"]) {
        answers.press(stashIt);
        answers.pick(left === "base" ? null : head);
        await run("applyToBranch", id);
      }
      assert.deepEqual([state(), branches()], [["master", "M MAINTAINERS", ""], "master"]);
    });

    test("where they do not fit on the branch they stay in the stash", async () => {
      write(file, text(file).replace("told line 25\n", "mine too\n"));
      answers.press(stashIt);
      answers.pick(head);
      answers.type(null);
      answers.press("Bring My Changes Here");
      await run("applyToBranch", seriesOf("fits").id);
      await answers.hears("Your changes conflict with the series here; they stay in the stash.");
      assert.deepEqual(state().slice(0, 2), ["fits-part-1-v1", ""]);
      assert.match(git("stash", "list"), /KVM Series: before fits-part-1-v1$/);
    });
  });

  suite("that was interrupted", () => {
    /** What a window that was closed leaves behind: the record of a step that nobody does any more. */
    async function interrupt(name: string, step: ApplyStep, more: Partial<ApplyRecord> = {}): Promise<void> {
      const { title, patches } = seriesOf(name).revisions[0]!;
      const titles = patches.map((patch) => patch.title);
      const before = { branch: "master", head: tip };
      const record = { title, titles, branch: name, base: tip, before, stash: null, tip: null, made: null, madeFrom: null, ...more };
      await beginStep(top, record, step);
      await giveUpStep(top);
    }

    /** Looks at the applies, as a window does that is opened. */
    async function look(): Promise<void> {
      await run("showConflicts");
    }

    function am(name: string, ...more: readonly string[]): void {
      git("switch", "--quiet", "-c", name);
      const mails = path.join(outside, `${name}.mbox`);
      writeFileSync(mails, author.mbox(`${name}-`));
      git("am", "--quiet", ...more, mails);
    }

    test("it is put back when the person says so, with the changes from the stash", async () => {
      write("MAINTAINERS", "My own list\n");
      git("stash", "push", "--quiet", "-m", "KVM Series: before fits");
      const stash = git("rev-parse", "refs/stash");
      git("switch", "--quiet", "-c", "fits");
      answers.press("Recover");
      await interrupt("fits", { kind: "switch" }, { stash });
      await look();
      await answers.hears(
        "Applying “KVM: fits: part 1” was interrupted while git was switching to fits. Recover it; nothing you had is lost.",
      );
      await answers.hears("The apply was undone and everything was restored. Your changes are back.");
      assert.deepEqual([state(), branches()], [["master", "M MAINTAINERS", ""], "master"]);
    });

    test("it stays as it is when the person leaves the question, which is asked once", async () => {
      git("switch", "--quiet", "-c", "left");
      const sentence = "Applying “KVM: fits: part 1” was interrupted while git was switching to left. Recover it; nothing you had is lost.";
      await interrupt("fits", { kind: "switch" }, { branch: "left" });
      await look();
      await answers.hears(sentence);
      await look();
      assert.equal(answers.said.filter((said) => said === sentence).length, 1);
      assert.deepEqual(state(), ["left", "", ""]);
    });

    test("what was changed meanwhile goes into a stash that the sentence names", async () => {
      git("switch", "--quiet", "-c", "fits");
      write(file, "changed meanwhile\n");
      answers.press("Recover");
      await interrupt("fits", { kind: "am", paths: [file, "virt/kvm/fresh.c"], absent: ["virt/kvm/fresh.c"] });
      await look();
      const aside = "KVM Series: found when fits was taken back";
      await answers.hears(`The apply was undone and everything was restored. Other changes in your files are in the stash “${aside}”.`);
      assert.deepEqual(state().slice(0, 2), ["master", ""]);
      assert.equal(git("show", `stash@{0}:${file}`), "changed meanwhile");
    });

    test("where something of the person's is in the way they are told so, and nothing is done", async () => {
      const made = path.join(outside, "made");
      mkdirSync(made);
      writeFileSync(path.join(made, "mine.txt"), "mine\n");
      answers.press("Recover");
      // It is asked about again at once, and stays known by its branch.
      await interrupt("fits", { kind: "worktree", tip }, { made, branch: "made" });
      await look();
      await answers.hears(`${made} was kept because mine.txt in it is yours. Move it away, then abort the apply.`);
      assert.equal(readFileSync(path.join(made, "mine.txt"), "utf8"), "mine\n");
    });

    test("where all patches had been applied the person is told so, and can undo it", async () => {
      am("fits");
      answers.press("Recover");
      await interrupt("fits", { kind: "am", paths: [file], absent: [] });
      await look();
      await answers.hears("All patches of “KVM: fits: part 1” had been applied to fits; Undo Apply takes them back.");
      assert.deepEqual(state(), ["fits", "", ""]);
      await run("undoApply");
      await answers.hears("The apply was undone; fits is gone.");
      assert.deepEqual([state(), branches()], [["master", "", ""], "master"]);
    });

    test("where git had stopped at a patch it is shown, and can be aborted", async () => {
      assert.throws(() => am("stops", "--3way"));
      answers.press("Recover");
      await interrupt("stops", { kind: "am", paths: [file], absent: [] });
      await look();
      await answers.hears("Patch 1 of 2: KVM: stops: part 1 conflicts in 1 file. Resolve what is marked, then continue.");
      await run("abortApply");
      await answers.hears("The apply was aborted and everything was restored.");
      assert.deepEqual([state(), branches()], [["master", "", ""], "master"]);
    });
  });

  test("its mbox is saved where the person says, and nothing where they leave the question", async () => {
    const { id } = seriesOf("fits");
    await run("saveMbox", id);
    assert.match(path.basename(answers.proposed ?? ""), /^v1_\d{8}_alex_kvm_fits_part_1\.mbx$/);
    const saved = path.join(outside, "saved.mbx");
    answers.save(saved);
    await run("saveMbox", id);
    await answers.hears(`2 patches with 1 trailer of replies saved in ${saved}.`);
    assert.match(readFileSync(saved, "utf8"), /^From mboxrd@z .*\nFrom: Alex Archer <alex@example\.org>\n/);
    assert.match(readFileSync(saved, "utf8"), /\nReviewed-by: Bea Baker <bea@example\.org>\n---\n/);
    assert.equal(answers.said.length, 1);
  });

  test("its mbox has no trailers of replies where the setting says so", async () => {
    await set("addTrailers", "none");
    try {
      const saved = path.join(outside, "plain.mbx");
      answers.save(saved);
      await run("saveMbox", seriesOf("fits").id);
      await answers.hears(`2 patches saved in ${saved}.`);
      assert.doesNotMatch(readFileSync(saved, "utf8"), /Reviewed-by/);
    } finally {
      await set("addTrailers", undefined);
    }
  });

  test("what the person changed is compared with all of them", async () => {
    await run("showCollisions", "uncommitted");
    await answers.hears("You have no changes.");
    write("MAINTAINERS", "My own list\n");
    await run("showCollisions", "uncommitted");
    await answers.hears("No pending series changes the lines you changed.");
  });

  suite("is checked", () => {
    teardown(async () => {
      answers.pick("HEAD");
      await run("chooseApplyBase");
    });

    test("against another branch, called on a row", async () => {
      git("branch", "before", base);
      const series = seriesOf("stops");
      answers.pick("before");
      await run("chooseApplyBase", { series });
      await answers.hears("“KVM: stops: part 1”: It applies to before.");
      assert.match(answers.described[0]?.[0] ?? "", /^current/);
      assert.equal(answers.offered[0]?.at(-1), "Another commit...");
      answers.pick("HEAD");
      await run("chooseApplyBase", { series });
      await answers.hears(`“KVM: stops: part 1”: It conflicts with HEAD in ${file} at patch 1.`);
      assert.deepEqual(
        answers.offered[1]?.filter((_, at) => answers.described[1]?.[at]?.startsWith("current")),
        ["before"],
      );
    });

    test("against a commit that is typed, also for all series at once", async () => {
      answers.pick("Another commit...");
      answers.type(` ${base} `);
      await run("chooseApplyBase");
      assert.deepEqual(answers.said, []);
      answers.press("Open Series");
      await run("checkApplies", seriesOf("stops").id);
      await answers.hears(`“KVM: stops: part 1”: It applies to ${base.slice(0, 12)}.`);
      await until(() => vscode.window.tabGroups.activeTabGroup.activeTab?.label.includes("KVM: stops: part 1") === true);
    });
  });
});
