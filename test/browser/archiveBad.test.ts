/** Archives that are broken, that change or go while a window has them open, or whose mail is hostile. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { appendFile, chmod, cp, mkdir, readdir, readFile, rm, symlink, truncate, writeFile } from "node:fs/promises";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { gzipSync } from "node:zlib";
import { badMail, mboxOf } from "../support/badMails";
import { hostileAuthor, outsidePaths, visibleTitle } from "../support/hostileDigest";
import { hostileFiles, hostileMails, hostileText } from "../support/hostileMails";
import { commitMails } from "../support/makeArchive";
import { writeSampleArchive } from "../support/sampleArchive";
import { eventually, type Window } from "./fixture";
import { nothingOf } from "./hostileFrames";
import { hoverStatusBar } from "./hoverText";
import { clickRow, copySample, openSample, rowShown, saidInNotification, textsWhen, viewMessage, type SampleCopy } from "./sampleWindow";

const tdx = "KVM: x86/tdx: Reclaim the pages of a torn-down guest lazily";
const halted = "KVM: Account halted time where the guest is entered";
const change = (number: number): string => `KVM: x86: Change number ${number}`;

suite("bad archives", () => {
  let copy: SampleCopy;
  let window: Window;
  const at = (...names: string[]): string => path.join(copy.folder, ...names);
  const git = (...args: string[]): string => execFileSync("git", ["-C", at("kvm", "git", "1.git"), ...args], { encoding: "utf8" }).trim();
  const index = async (): Promise<string> => {
    const storage = path.join(window.server.dataFolder, "data", "User", "globalStorage");
    const names = await readdir(storage, { recursive: true });
    return path.join(storage, names.find((name) => name.endsWith(path.join("index", "own.db"))) ?? "");
  };
  const labels = async (): Promise<string[]> => (await window.treeRows("Series")).map(({ label }) => label);
  const goes = (label: string) => textsWhen(window, `the row "${label}" to go`, (rows) => !rows.some((row) => row.includes(label)));
  const dialogs: string[] = [];

  suiteSetup(async () => {
    copy = await copySample();
    await writeSampleArchive(at("kvm"));
    await cp(at("kvm", "git", "0.git"), at("cut.git"), { recursive: true });
    const packs = at("cut.git", "objects", "pack");
    const pack = path.join(packs, (await readdir(packs)).find((name) => name.endsWith(".pack")) ?? "");
    await chmod(pack, 0o644);
    await truncate(pack, 5000);
    await commitMails(
      at("hostile.git"),
      hostileMails().map((add, number) => ({ add, time: 1_792_400_000 + number })),
    );
    await writeFile(at("bomb.eml.gz"), gzipSync(Buffer.concat([badMail({ number: 1 }), Buffer.alloc(40 * 1024 * 1024)])));
    await symlink("round", at("round"));
    await mkdir(at("maildir", "cur"), { recursive: true });
    await mkdir(at("maildir", "new"));
    await writeFile(at("maildir", "new", "2"), badMail({ number: 2 }));
    await writeFile(at("grows.mbox"), mboxOf(badMail({ number: 3 })));
    await writeFile(at("corrections.txt"), Buffer.from([0xff, 0xfe, 0x00, 0x6a]));
    const names = ["kvm", "cut.git", "bomb.eml.gz", "round", "nowhere.mbox", "maildir", "grows.mbox", "hostile.git"];
    const settings = { "kvmSeries.sources": names.map((name) => at(name)), "kvmSeries.corrections": at("corrections.txt") };
    window = await openSample(copy, { height: 2400, settings });
    window.page.on("dialog", (dialog) => {
      dialogs.push(dialog.message());
      void dialog.dismiss();
    });
    await rowShown(window, "x86");
  });

  suiteTeardown(async () => {
    await (window as Window | undefined)?.dispose();
    await copy.dispose();
  });

  test("each has one row with one sentence above the series of the others, and none is a toast", async () => {
    const rows = await textsWhen(
      window,
      "the rows of all problems",
      (texts) => texts.filter((text) => problems.some((one) => one.test(text))).length >= problems.length,
    );
    assert.equal(rows.findIndex((row) => row.startsWith("x86")) >= problems.length, true, rows.join("\n"));
    for (const [place, row] of rows.slice(0, problems.length).entries()) {
      assert.equal(problems.filter((one) => one.test(row)).length, 1, `${place}: ${row}`);
    }
    await window.screenshot("bad-archives");
    assert.deepEqual(await window.notificationTexts(), []);
  });

  test("a file of corrections that cannot be read is left as it is", async () => {
    const before = await readFile(at("corrections.txt"));
    await window.runCommand("KVM Series: Join with Another Series...", tdx, "hole punch");
    const sentence = `${at("corrections.txt")} could not be read as a whole, so it was left as it is; see its row in the view Series.`;
    await saidInNotification(window, sentence);
    assert.deepEqual(await readFile(at("corrections.txt")), before);
    await writeFile(at("corrections.txt"), `join <img@example.org> ${hostileText}\n`);
    const row = "Line 1 is no correction and has no effect: ";
    await textsWhen(window, "the line that was not understood", (texts) => texts.some((text) => text.startsWith(row)));
    assert.equal(await window.view("Series").locator(".codicon-bug, img").count(), 0);
    await writeFile(at("corrections.txt"), "");
    await goes(row);
  });

  test("an mbox that grows, a maildir whose mails go, a history that is rewritten", async () => {
    await window.expandRow("x86");
    await rowShown(window, change(2));
    await appendFile(at("grows.mbox"), mboxOf(badMail({ number: 4 })));
    await rowShown(window, change(4));
    await rm(at("maildir", "new", "2"));
    await goes(change(2));
    const newest = git("rev-parse", "HEAD");
    const count = (await labels()).length;
    git("update-ref", "refs/heads/master", git("rev-parse", "HEAD~12"));
    await textsWhen(window, "fewer series", (rows) => rows.length < count);
    git("update-ref", "refs/heads/master", newest);
    await textsWhen(window, "all series again", (rows) => rows.length === count);
  });

  test("an archive that is deleted: its row says so, its page says so, and the others stay", async () => {
    await clickRow(window, change(4), window.webviewFrame().getByText("Some words.").first());
    await rm(at("grows.mbox"));
    await textsWhen(window, "its problem", (texts) => texts.some((text) => /^There is no such file or folder.*grows\.mbox/.test(text)));
    await goes(change(4));
    await window.webviewFrame().getByText("This series is no longer in any source").first().waitFor();
    await writeFile(at("grows.mbox"), mboxOf(badMail({ number: 4 })));
    await rowShown(window, change(4));
    await window.webviewFrame().getByText("Some words.").first().waitFor();
  });

  test("an index that another one writes is waited for", async () => {
    const lock = new DatabaseSync(`${await index()}.lock`);
    lock.exec("BEGIN EXCLUSIVE");
    try {
      await appendFile(at("grows.mbox"), mboxOf(badMail({ number: 5 })));
      await window.runCommand("KVM Series: Sync");
      await eventually(
        "the message",
        () => viewMessage(window),
        (message) => message === "Another window is reading the mail",
      );
      assert.ok((await labels()).includes(change(4)));
    } finally {
      lock.exec("ROLLBACK");
      lock.close();
    }
    await rowShown(window, change(5));
  });

  test("hostile mail in the tree, the tooltips and the status bar", async () => {
    await rowShown(window, visibleTitle);
    await window.openFile("arch/x86/kvm/x86.c");
    await window.statusBarItem("5 series").waitFor();
    const status = await hoverStatusBar(window, "5 series");
    assert.ok(status.includes(visibleTitle), status);
    assert.equal(await hover().locator("img, script, .codicon-bug, .codicon-flame").count(), 0);
    assert.equal(await window.view("Series").locator(".codicon-bug, .codicon-flame, img").count(), 0);
    const text = await window.hoverRow(visibleTitle, "Series");
    for (const part of [visibleTitle, hostileAuthor]) assert.ok(text.includes(part), text);
    await isInert();
  });

  test("hostile mail on the page: letter, message, diffs, names of files, replies", async () => {
    await window.row(visibleTitle, "Series").click();
    const frame = window.webviewFrame();
    await frame.getByText("A cover letter with").first().waitFor();
    const patch = frame.locator("details.patch").first();
    // The only patch of a series is unfolded already.
    await patch.getByText("A message with").first().waitFor();
    await patch.locator(".diff .added").first().waitFor();
    await patch.locator("details.reply > summary").first().click();
    await patch.getByText("An answer with").first().waitFor();
    const shown = await frame.locator("body").innerText();
    for (const part of [hostileText, hostileAuthor, ...hostileFiles]) assert.ok(shown.includes(part), `${part} is not in\n${shown}`);
    for (const outside of outsidePaths) assert.equal(await frame.locator("button.path").filter({ hasText: outside }).count(), 0);
    const links = await frame
      .locator("[data-url], a[href]")
      .evaluateAll((all) => all.map((each) => each.getAttribute("data-url") ?? each.getAttribute("href") ?? ""));
    assert.deepEqual(
      links.filter((link) => !/^(?:https?:\/\/|#)/.test(link)),
      [],
    );
    await window.screenshot("hostile-archive-page");
    for (const each of window.page.frames()) assert.deepEqual(await nothingOf(each), []);
    assert.deepEqual(dialogs, []);
  });

  test("an index that is damaged is built again when the window finds out, and without git that is said", async () => {
    const file = await index();
    await window.setSettings({ "git.path": at("no-such-git") });
    const bytes = await readFile(file);
    bytes.fill(0xaa, Math.floor(bytes.length / 4));
    await writeFile(file, bytes);
    await window.reload();
    await textsWhen(window, "what is missing", (texts) =>
      texts.some((text) => text.startsWith("Git was not found; install it, or name it")),
    );
    await window.setSettings({ "git.path": "" });
    await textsWhen(window, "the series", (texts) => texts.some((text) => text.includes(halted)));
    await goes("Git was not found");
  });

  const hover = () => window.page.locator(".workbench-hover, .monaco-resizable-hover").filter({ visible: true });

  async function isInert(): Promise<void> {
    assert.deepEqual(await hover().locator("a").allInnerTexts(), []);
    assert.equal(await hover().locator("img, script, .codicon-bug, .codicon-flame").count(), 0);
  }
});

/** One row each. */
const problems = [
  /^The repository is damaged \(.*\); run git fsck in it, or clone the archive again\. cut\.git$/,
  /^The file .*bomb\.eml\.gz could not be read \(it unpacks to more than the 32 MB that mails are read up to\)\. bomb\.eml\.gz$/,
  /^The path is a circle of symbolic links; check where they lead\. round$/,
  /^There is no such file or folder; check its name\. nowhere\.mbox$/,
  /^This file is no text in UTF-8, so nothing in it was joined or split\. corrections\.txt$/,
];
