import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { digestText, lonePatch } from "../support/digestText";
import { writeSampleMbox } from "../support/sampleArchive";
import { eventually, openWindow, type Window } from "./fixture";
import { copySample, rowShown, saidInNotification, showSideBar, viewMessage, welcomeText, type SampleCopy } from "./sampleWindow";

const restricted = "This window is in Restricted Mode, so only sources from your own settings are read, and those name none.";

suite("a workspace that is not trusted", () => {
  let copy: SampleCopy;
  let window: Window;

  suiteSetup(async () => {
    copy = await copySample();
    await mkdir(path.join(copy.linux, ".vscode"));
    const mbox = path.join(copy.folder, "list.mbox");
    await writeSampleMbox(mbox);
    const settings = { "kvmSeries.sources": [copy.digests, mbox], "kvmSeries.corrections": path.join(copy.linux, "corrections.txt") };
    await writeFile(path.join(copy.linux, ".vscode", "settings.json"), JSON.stringify(settings));
    window = await openWindow({ folder: copy.linux, trust: false });
    await showSideBar(window);
  });

  suiteTeardown(async () => {
    await (window as Window | undefined)?.dispose();
    await copy.dispose();
  });

  test("does not get the digests it names read, and the view says so", async () => {
    await eventually(
      "the text of a restricted window",
      () => welcomeText(window),
      (text) => text.startsWith(restricted),
    );
    assert.equal(await welcomeText(window), `${restricted}\nAdd Archive...\nManage Workspace Trust`);
    assert.deepEqual(await window.treeTexts("Series"), []);
    await window.screenshot("restricted");
  });

  test("leaves the person's own digests readable, with a word about the others", async () => {
    await window.setSettings({ "kvmSeries.sources": [path.join(copy.digests, "2026-10-19.txt")] });
    await rowShown(window, "KVM: arm64: Count traps per guest");
    const word = "Restricted Mode: sources named by this workspace are not read.";
    await eventually(
      "the word about the others",
      () => viewMessage(window),
      (message) => message === word,
    );
    await window.row("KVM: arm64: Count traps per guest", "Series").click();
    await window.webviewFrame().getByText("Traps are counted per host CPU").waitFor();
    await window.webviewFrame().locator("button.path").filter({ hasText: "arm.c" }).first().click();
    await window.page.locator('.tab.active[data-resource-name="arm.c"]').waitFor();
    assert.deepEqual(await window.notificationTexts(), []);
  });
});

suite("a repository whose own configuration runs programs", () => {
  let copy: SampleCopy;
  let window: Window;
  let mark = "";

  suiteSetup(async () => {
    copy = await copySample();
    mark = path.join(copy.folder, "it-ran");
    const git = (...args: string[]): void => void execFileSync("git", ["-C", copy.linux, ...args], { stdio: "ignore" });
    git("init", "--quiet", ".");
    git("add", ".");
    git("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "commit", "--quiet", "--message=all");
    const program = path.join(copy.folder, "program.sh");
    await writeFile(program, `#!/bin/sh\n: >"${mark}"\nexec cat\n`, { mode: 0o755 });
    for (const name of ["filter.evil.clean", "filter.evil.smudge", "diff.evil.textconv", "core.fsmonitor"]) git("config", name, program);
    await writeFile(path.join(copy.linux, ".gitattributes"), "* filter=evil diff=evil\n");
    window = await openWindow({ folder: copy.linux, trust: false });
    await showSideBar(window);
    await window.setSettings({ "kvmSeries.sources": [path.join(copy.digests, "2026-10-19.txt")] });
    await rowShown(window, "KVM: arm64: Count traps per guest");
  });

  suiteTeardown(async () => {
    await (window as Window | undefined)?.dispose();
    await copy.dispose();
  });

  test("is looked at by no git until it is trusted, also where one asks for collisions", async () => {
    const file = path.join(copy.linux, "arch", "arm64", "kvm", "arm.c");
    await window.openFile(file);
    await writeFile(file, "/* Another file altogether. */\n");
    await window.runCommand("KVM Series: Show Collisions...");
    const said = "git is not run in this workspace until it is trusted; trust it to see collisions.";
    await eventually(
      "what is said of trust",
      () => window.notificationTexts(),
      (texts) => texts.some((text) => text.includes(said)),
    );
    // Nor when new mail is checked against the tree: the answer to a question that would ask git comes after all of that.
    await writeFile(path.join(copy.digests, "2026-10-19.txt"), digestText([lonePatch("KVM: arm64: Later", "arch/arm64/kvm/arm.c")]));
    await rowShown(window, "KVM: arm64: Later");
    await rowShown(window, "KVM: arm64: Later", "This File");
    await window.runCommand("KVM Series: Check Whether It Applies", "Later");
    await saidInNotification(
      window,
      "In Restricted Mode git is not asked about this folder; trust the workspace to check series against it.",
    );
    assert.equal(existsSync(mark), false, "a program of the repository ran");
    // It would have: this is what git does when it is asked.
    execFileSync("git", ["-C", copy.linux, "diff"], { stdio: "ignore" });
    assert.equal(existsSync(mark), true);
  });
});

suite("the views before there are series", () => {
  let folder: string;
  let window: Window;
  const says = (text: string, view?: string) =>
    eventually(
      `the text "${text}"`,
      () => welcomeText(window, view),
      (shown) => shown === text,
    );

  suiteSetup(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "kvm-series-none-"));
    await writeFile(path.join(folder, "a.c"), "int a;\n");
    window = await openWindow({ folder });
    await showSideBar(window);
  });

  suiteTeardown(async () => {
    await (window as Window | undefined)?.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  test("say how to add a digest", async () => {
    await says(
      "No archive of a mailing list has been added yet.\nAdd Archive...\nAn archive is the mail of a list: its address, a public-inbox clone, an mbox or maildir; or a digest, the periodic text that lists the patches sent. Learn more",
    );
    await says("Open a file of a kernel tree to see which pending series touch it.", "This File");
    await window.screenshot("welcome");
    await window.openFile("a.c");
    await says("No archive has been added yet, so nothing is known of this file.\nAdd Archive...", "This File");
  });

  test("the button asks what to add", async () => {
    await window.view("Series").getByText("Add Archive...").click();
    await window.page.locator(".quick-input-widget").getByText("KVM Series: Add Archive").waitFor();
    const offered = (await window.quickPickTexts()).map((text) => text.trim());
    assert.ok(
      ["Address of a List...", "Archive or Folder...", "Files..."].every((label) => offered.includes(label)),
      offered.join("\n"),
    );
    await window.page.keyboard.press("Escape");
  });

  test("Learn more opens the walkthrough", async () => {
    await window.view("Series").getByText("Learn more").click();
    await window.page.locator(".gettingStartedContainer").getByText("Pending series beside your code").first().waitFor();
    await window.page.locator(".gettingStartedContainer").getByText("See what is pending for a file").first().waitFor();
    await window.screenshot("walkthrough");
  });

  test("digests without a series are told from none", async () => {
    const file = path.join(folder, "quiet.txt");
    await writeFile(file, digestText([]));
    await window.setSettings({ "kvmSeries.sources": [file] });
    await says("What was added holds no series.\nAdd Archive...\nRemove Archive...");
  });
});
