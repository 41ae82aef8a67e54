/** The sample list as a public-inbox archive: what a person sees, finds, corrects and exports. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFile, rm } from "node:fs/promises";
import path from "node:path";
import { writeSampleArchive } from "../support/sampleArchive";
import { eventually, type Window } from "./fixture";
import {
  chooseInMenu,
  copySample,
  openSample,
  pickLabels,
  pressViewButton,
  rowShown,
  rowsBelow,
  textsWhen,
  viewMessage,
  type SampleCopy,
} from "./sampleWindow";

const tdx = "KVM: x86/tdx: Reclaim the pages of a torn-down guest lazily";
const halted = "KVM: Account halted time where the guest is entered";

suite("an archive", () => {
  let copy: SampleCopy;
  let window: Window;
  let inbox: string;
  let newest: string;
  const git = (...args: string[]): string =>
    execFileSync("git", ["-C", path.join(inbox, "git", "1.git"), ...args], { encoding: "utf8" }).trim();
  const corrections = async (): Promise<string> => readFile(path.join(copy.folder, "corrections.txt"), "utf8").catch(() => "");
  const spokenOf = async (label: string) => (await window.treeRows("Series")).find((row) => row.label === label)?.ariaLabel ?? "";

  suiteSetup(async () => {
    copy = await copySample();
    inbox = path.join(copy.folder, "kvm");
    await writeSampleArchive(inbox);
    newest = git("rev-parse", "HEAD");
    // What came last is fetched later.
    git("update-ref", "refs/heads/master", git("rev-parse", "HEAD~12"));
    const settings = { "kvmSeries.sources": [inbox], "kvmSeries.corrections": path.join(copy.folder, "corrections.txt") };
    window = await openSample(copy, { height: 3000, settings });
    await rowShown(window, tdx);
  });

  suiteTeardown(async () => {
    await (window as Window | undefined)?.dispose();
    await rm(copy.folder, { recursive: true, force: true, maxRetries: 5 });
  });

  test("its series with revisions, patches and files", async () => {
    await window.expandRow(tdx);
    await eventually(
      "the revisions and the patches of the newest",
      async () => (await rowsBelow(window, tdx)).join("\n"),
      (below) => below.includes("v1 RFC") && /v3 .*5 patches/.test(below) && below.includes("1/5"),
    );
    await window.row(tdx, "Series").locator(".monaco-tl-twistie").click();
    await window.screenshot("archive");
  });

  test("the file at hand, all of it and the lines in view", async () => {
    await window.openFile("arch/x86/kvm/vmx/tdx.c");
    await rowShown(window, tdx, "This File");
    await pressViewButton(window, "Only Lines in View", "This File");
    await eventually(
      "the message of the narrowed view",
      () => viewMessage(window, "This File"),
      (message) => message.startsWith("Lines in view: "),
    );
    await pressViewButton(window, "All Lines of the File", "This File");
    await eventually(
      "the message to go",
      () => viewMessage(window, "This File"),
      (message) => message === "",
    );
  });

  test("the filter takes lore's prefixes", async () => {
    for (const [query, found] of [
      ["f:ruth", halted],
      ["dfn:arch/x86/kvm/vmx/tdx.c s:reclaim", tdx],
    ] as const) {
      await window.runCommand("KVM Series: Filter Series...", query);
      await textsWhen(window, `the series that fit ${query}`, (rows) => rows.some((row) => row.includes(found)) && rows.length < 8);
      await eventually(
        "the filter in the message",
        () => viewMessage(window),
        (message) => message.startsWith(`Filter “${query}”: `),
      );
      await window.runCommand("KVM Series: Clear Filter");
      await textsWhen(window, "all series", (rows) => rows.length > 20);
    }
  });

  test("mail that comes is marked until it is read", async () => {
    assert.doesNotMatch((await window.treeTexts("Series")).join("\n"), /●/);
    git("update-ref", "refs/heads/master", newest);
    await window.runCommand("KVM Series: Sync");
    await textsWhen(window, "the marks of new mail", (texts) =>
      ["●", "with new mail"].every((mark) => texts.some((text) => text.includes(mark))),
    );
    await window.runCommand("KVM Series: Mark All as Read");
    await textsWhen(window, "the marks to go", (texts) => !texts.some((text) => text.includes("●")));
  });

  test("a revision split off by hand, told why, and taken back", async () => {
    await window.expandRow(tdx);
    await window.expandRow("v2");
    await chooseInMenu(window, "v2", "Split This Revision Off...");
    await eventually("the correction in the file", corrections, (text) => (text.match(/^split /gm)?.length ?? 0) === 2);
    await textsWhen(window, "the series in two", (texts) => texts.filter((text) => text.includes(tdx)).length === 2);
    await window.runCommand("KVM Series: Undo a Join or Split...");
    await eventually(
      "the corrections to take back",
      () => pickLabels(window),
      (labels) => labels.length === 2,
    );
    await window.page.locator(".quick-input-header [role=checkbox]").first().click();
    await window.page.keyboard.press("Enter");
    await eventually("the file without corrections", corrections, (text) => !text.includes("split"));
    await textsWhen(window, "one series again", (texts) => texts.filter((text) => text.includes(tdx)).length === 1);
  });

  test("two series joined by hand", async () => {
    await chooseInMenu(window, halted, "Join with Another Series...");
    await window.answer("hole punch");
    await eventually("the correction in the file", corrections, (text) => text.startsWith("join <"));
    await textsWhen(window, "one series of the two", (texts) => !texts.some((text) => text.includes(halted) && /^ {2}\S/.test(text)));
    await window.runCommand("KVM Series: Undo a Join or Split...");
    await window.page.locator(".quick-input-header [role=checkbox]").first().click();
    await window.page.keyboard.press("Enter");
    await rowShown(window, halted);
    assert.match(await spokenOf(halted), /version 1/);
  });

  test("a classic digest of the last week, and since then nothing", async () => {
    await window.runCommand("KVM Series: Export Digest...", "Last 7 Days", "Classic", "Untitled Document");
    const lines = window.page.locator(".editor-instance .view-lines").first();
    await eventually(
      "the digest in an editor",
      async () => (await lines.innerText()).replaceAll("\u00a0", " "),
      (text) => /^From \d{4}-\d\d-\d\d to \d{4}-\d\d-\d\d\n\s*KVM mailing list update from /.test(text),
    );
    await window.runCommand("KVM Series: Export Digest...", "Since the Last Export", "Markdown");
    await eventually(
      "the notification that nothing came since",
      () => window.notificationTexts(),
      (texts) => texts.some((text) => /^There is no mail from [0-9a-f]{9} to the end; choose other ends\.$/.test(text)),
    );
  });
});
