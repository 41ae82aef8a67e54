import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { digestText, lonePatch } from "../support/digestText";
import { writeSampleMbox } from "../support/sampleArchive";
import { eventually, openWindow, type Window } from "./fixture";
import { copySample, rowShown, saidInNotification, showSideBar, viewMessage, welcomeText, type SampleCopy } from "./sampleWindow";

const restricted = "This window is in Restricted Mode, so only sources from your user settings are read, and there are none.";

/** A repository whose own configuration runs programs, and whose settings name sources, in a window that does not trust it. */
suite("a workspace that is not trusted", () => {
  let copy: SampleCopy;
  let window: Window;
  let mark = "";
  const arm64 = "KVM: arm64: Count traps per guest";

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

  test("does not get the sources read that it names, and the view says so; the person's own are", async () => {
    await eventually(
      "the text of a restricted window",
      () => welcomeText(window),
      (text) => text === `${restricted}\nAdd Archive...\nManage Workspace Trust`,
    );
    assert.deepEqual(await window.treeTexts("Series"), []);
    await window.screenshot("restricted");
    await window.setSettings({ "kvmSeries.sources": [path.join(copy.digests, "2026-10-19.txt")] });
    await rowShown(window, arm64);
    const word = "Restricted Mode: sources in the workspace settings are not read.";
    await eventually(
      "the word about the others",
      () => viewMessage(window),
      (message) => message === word,
    );
    await window.row(arm64, "Series").click();
    await window.webviewFrame().getByText("Traps are counted per host CPU").waitFor();
    await window.webviewFrame().locator("button.path").filter({ hasText: "arm.c" }).first().click();
    await window.page.locator('.tab.active[data-resource-name="arm.c"]').waitFor();
    assert.deepEqual(await window.notificationTexts(), []);
  });

  test("is looked at by no git until it is trusted, also where one asks for collisions", async () => {
    await window.setSettings({ "kvmSeries.sources": [path.join(copy.digests, "2026-10-19.txt")] });
    await rowShown(window, arm64);
    const file = path.join(copy.linux, "arch", "arm64", "kvm", "arm.c");
    await window.openFile(file);
    await writeFile(file, "/* Another file altogether. */\n");
    await window.runCommand("KVM Series: Show Collisions...");
    const said = "git does not run in an untrusted workspace. Trust it to see collisions.";
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
    await saidInNotification(window, "git does not run in Restricted Mode. Trust the workspace to check series against it.");
    assert.equal(existsSync(mark), false, "a program of the repository ran");
    // It would have: this is what git does when it is asked.
    execFileSync("git", ["-C", copy.linux, "diff"], { stdio: "ignore" });
    assert.equal(existsSync(mark), true);
  });
});
