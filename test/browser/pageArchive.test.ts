import assert from "node:assert/strict";
import path from "node:path";
import { writeSampleArchive } from "../support/sampleArchive";
import { eventually, type Window } from "./fixture";
import { copySample, openSample, picture, rowShown, type SampleCopy } from "./sampleWindow";

const tdx = "KVM: x86/tdx: Reclaim the pages of a torn-down guest lazily";

suite("the series page of an archive in a window", () => {
  let copy: SampleCopy;
  let window: Window;
  const frame = () => window.webviewFrame();
  const patch = (number: string) => frame().locator("details.patch").filter({ hasText: number });
  const clipboard = () => window.page.evaluate<string>("navigator.clipboard.readText()");

  suiteSetup(async () => {
    copy = await copySample();
    const archive = path.join(copy.folder, "kvm");
    await writeSampleArchive(archive);
    window = await openSample(copy, { height: 1000, settings: { "kvmSeries.sources": [archive] } });
    await rowShown(window, "arm64");
    await window.runCommand("KVM Series: Open Series...", "tdx lazily");
    await frame().getByRole("heading", { name: tdx, level: 1 }).waitFor();
  });

  suiteTeardown(async () => {
    await (window as Window | undefined)?.dispose();
    await copy.dispose();
  });

  test("shows the cover letter, a message and its diff", async () => {
    await frame().getByText("I think this is ready now.").waitFor();
    await patch("2/5").locator("> summary").click();
    await patch("2/5").getByText("A worker will outlive struct sample_td").waitFor();
    await patch("2/5").locator(".diff .added").first().waitFor();
    assert.deepEqual(await patch("2/5").locator(".file-head h4").allInnerTexts(), ["arch/x86/kvm/vmx/tdx.c", "arch/x86/kvm/vmx/tdx.h"]);
  });

  test("shows another revision when it is chosen", async () => {
    await frame().getByRole("button", { name: "v1 RFC", exact: true }).click();
    await frame().getByText("Tearing down a guest with a lot of memory takes minutes").waitFor();
    await frame().getByRole("button", { name: "replies to the cover letter" }).click();
    await frame().getByText("Charge the last owner.").first().waitFor();
    await picture(window, "series-page-replies", 300);
    await patch("2/3").locator("> summary").click();
    await patch("2/3").locator("details.reply > summary").click();
    await patch("2/3").getByText("What keeps somebody from starting and stopping guests in a loop?").waitFor();
    await frame().getByRole("button", { name: "v3", exact: true }).click();
    await frame().getByText("I think this is ready now.").waitFor();
  });

  test("copies a patch as a mail", async () => {
    await patch("2/5").locator("> summary").click();
    await patch("2/5").getByRole("button", { name: "Copy Patch 2/5" }).click();
    const text = await eventually("a mail on the clipboard", clipboard, (copied) => copied.startsWith("From "));
    assert.match(text, /^From mboxrd@z [^\n]*\nFrom: Ada Lindqvist <ada@tdx\.example\.com>\nDate: [^]*\nSubject: \[PATCH v3 2\/5\] /);
    assert.match(text, /^diff --git a\/arch\/x86\/kvm\/vmx\/tdx\.c /m);
  });

  test("opens a file of a patch, and the whole patch, in the diff editor", async () => {
    await patch("2/5").getByRole("button", { name: "Open in Diff Editor: arch/x86/kvm/vmx/tdx.h" }).click();
    const tab = () => window.page.locator(".tab.active").innerText();
    await eventually("the diff of a file", tab, (name) => name.includes("tdx.h (patch 2/5)"));
    await eventually(
      "the lines of both sides",
      () => window.page.locator(".editor-instance .view-lines").allInnerTexts(),
      (texts) => texts.some((text) => text.includes("struct")),
    );
    await picture(window, "patch-in-diff-editor", 300);
    await window.page.locator(".tab").filter({ hasText: "x86/tdx" }).first().click();
    await patch("2/5").getByRole("button", { name: "Open in Diff Editor: patch 2/5" }).click();
    await eventually("the diff of all files", tab, (name) => name.includes("(patch 2/5)") && !name.includes("tdx.h"));
  });
});
