import assert from "node:assert/strict";
import { eventually, type Window } from "../fixture";
import { picture } from "../sampleWindow";
import { eachFromTheBeginning } from "../sharedWindow";
import { archiveWindow, tdx } from "./archiveWindow";

suite("the series page of an archive in a window", () => {
  let window: Window;
  const frame = () => window.webviewFrame();
  const patch = (number: string) => frame().locator("details.patch").filter({ hasText: number });
  const clipboard = () => window.page.evaluate<string>("navigator.clipboard.readText()");

  eachFromTheBeginning(async () => ({ window } = await archiveWindow()));

  test("shows revisions, messages, replies and diffs, copies a patch and opens it in the diff editor", async () => {
    await window.runCommand("KVM Series: Open Series...", "tdx lazily");
    await frame().getByRole("heading", { name: tdx, level: 1 }).waitFor();
    await frame().getByText("I think this is ready now.").waitFor();
    await patch("2/5").locator("> summary").click();
    await patch("2/5").getByText("A worker will outlive struct sample_td").waitFor();
    await patch("2/5").locator(".diff .added").first().waitFor();
    assert.deepEqual(await patch("2/5").locator(".file-head h4").allInnerTexts(), ["arch/x86/kvm/vmx/tdx.c", "arch/x86/kvm/vmx/tdx.h"]);
    await frame().getByRole("button", { name: "v1 RFC", exact: true }).click();
    await frame().getByText("Tearing down a guest with a lot of memory takes minutes").waitFor();
    await frame().getByRole("button", { name: "replies to the cover letter" }).click();
    await frame().getByText("Charge the last owner.").first().waitFor();
    await picture(window, "series-page-replies", 300);
    await patch("2/3").locator("> summary").click();
    await patch("2/3").locator("details.reply > summary").click();
    const question = "What keeps somebody from starting and stopping guests in a loop?";
    await patch("2/3")
      .getByRole("region", { name: /^Replies to patch 2\/3/ })
      .getByText(question)
      .waitFor();
    await patch("2/3")
      .getByRole("group", { name: /^Comments on arch\/x86\/kvm\/vmx\// })
      .getByText(question)
      .waitFor();
    await frame().getByRole("button", { name: "v3", exact: true }).click();
    await frame().getByText("I think this is ready now.").waitFor();
    await patch("2/5").locator("> summary").click();
    await patch("2/5").getByRole("button", { name: "Copy Patch 2/5" }).click();
    const text = await eventually("a mail on the clipboard", clipboard, (copied) => copied.startsWith("From "));
    assert.match(text, /^From mboxrd@z [^\n]*\nFrom: Ada Lindqvist <ada@tdx\.example\.com>\nDate: [^]*\nSubject: \[PATCH v3 2\/5\] /);
    assert.match(text, /^diff --git a\/arch\/x86\/kvm\/vmx\/tdx\.c /m);
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
