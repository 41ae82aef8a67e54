import assert from "node:assert/strict";
import { eventually, waitFor, type Window } from "../fixture";
import { linesOf } from "../hoverText";
import { picture, pickLabels } from "../sampleWindow";
import { eachFromTheBeginning } from "../sharedWindow";
import { digestsWindow } from "./digestsWindow";

const tdx = "KVM: x86/tdx: Reclaim the pages of a torn-down guest lazily";

suite("commands", () => {
  let window: Window;
  const quickInput = () => window.page.locator(".quick-input-widget");
  const choose = async (label: string) => {
    const row = quickInput().locator(".monaco-list-row .label-name").getByText(label, { exact: true });
    await waitFor(`the entry "${label}"`, row.first().click());
  };

  eachFromTheBeginning(async () => ({ window } = await digestsWindow(1700)));

  test("the palette offers what can be run without a row, and no more", async () => {
    await (await window.openPalette()).fill(">KVM Series: ");
    const names = quickInput().locator(".monaco-list-row .label-name");
    await eventually(
      "the commands",
      async () => (await names.allInnerTexts()).filter((name) => name.startsWith("KVM Series: ")),
      (found) => found.length > 10,
    );
    // Only the rows on the screen are there; the list goes on below.
    const shown = new Set<string>();
    const place = async (which: string) => Number(await quickInput().locator(".monaco-list-row.focused").first().getAttribute(which));
    for (let at = 0; at < (await place("aria-setsize"));) {
      for (const name of await names.allInnerTexts()) shown.add(name);
      const before = at;
      await window.page.keyboard.press("PageDown");
      at = await eventually(
        "the next rows",
        () => place("aria-posinset"),
        (now) => now > before,
      );
    }
    for (const name of await names.allInnerTexts()) shown.add(name);
    const own = [...shown].filter((name) => name.startsWith("KVM Series: ") && !name.startsWith("KVM Series: Focus on "));
    assert.deepEqual(
      own.map((name) => name.slice("KVM Series: ".length)).sort(),
      [
        ...["Add Archive...", "Compare Revisions...", "Copy Link", "Copy Message-ID", "Copy b4 Command", "Export Digest..."],
        ...["Fetch Older Mail...", "Filter Series...", "Follow", "Group By...", "Join with Another Series..."],
        ...["List Diffs Outside Any Series", "Mark All as Read"],
        ...["Only Lines in View", "Open Series...", "Open in the List's Archive", "Open Joins and Splits File"],
        ...["Remove Archive...", "Reveal in the Series View", "Show Landed Series", "Show Series Touching This File"],
        ...["Sort By...", "Split Off Revision..."],
        ...["Sync", "Undo a Join or Split...", "Unfollow"],
        // On the checkout; what goes on with an apply is there while one is under way, and what is about lines with an editor.
        ...["Apply in New Worktree...", "Apply to New Branch...", "Check Against...", "Check Whether It Applies", "Save as mbox..."],
        ...["Compare with My File...", "Hide Marks of Pending Lines", "Open Series as Multi-Diff"],
        ...["Show Clashes...", "Show Collisions..."],
      ].sort(),
    );
    await window.page.keyboard.press("Escape");
  });

  test("Open Series finds by a few letters, and a command is about the page in front and the revision shown there", async () => {
    await window.runCommand("KVM Series: Open Series...");
    await quickInput().locator("input[type=text]").first().fill("tdxlazily");
    await eventually(
      "one series",
      () => window.quickPickTexts(),
      (texts) => texts[0] === tdx && texts[1] === "x86/tdx · Ada Lindqvist",
    );
    assert.match(await quickInput().locator(".monaco-list-row").first().innerText(), /v3 · 5 patches · 1R/);
    await window.page.keyboard.press("Enter");
    await window.webviewFrame().getByRole("heading", { name: tdx, level: 1 }).waitFor();
    await window.webviewFrame().getByRole("button", { name: "v2", exact: true }).click();
    await window.webviewFrame().locator(".revision[aria-current]").getByText("v2").waitFor();
    await window.runCommand("KVM Series: Compare Revisions...");
    await eventually(
      "the revision shown beside the newest",
      () => window.page.locator(".tab.active").innerText(),
      (text) => text.trim() === `v2 ↔ v3: ${tdx}`,
    );
    const sides = window.page.locator(".monaco-diff-editor .view-lines");
    await eventually(
      "the texts of both",
      async () => (await sides.allInnerTexts()).map((text) => text.replaceAll("\u00a0", " ")),
      (texts) => texts.some((text) => text.includes(`v2  ${tdx}`)) && texts.some((text) => text.includes("I think this is ready now.")),
    );
    await picture(window, "compare-revisions", 300);
  });

  test("Export Digest writes several digests as one Markdown document", async () => {
    await window.runCommand("KVM Series: Export Digest...");
    await quickInput().getByText("KVM Series: Export Digest (Digests)").waitFor();
    assert.deepEqual(await pickLabels(window), ["2026-10-05.txt", "2026-10-12.txt", "2026-10-19.txt"]);
    await quickInput().getByRole("button", { name: "OK" }).click();
    await quickInput().getByText("KVM Series: Export Digest (Format)").waitFor();
    assert.deepEqual(await pickLabels(window), ["Markdown", "HTML", "Text", "JSON"], "classic holds one digest");
    await choose("Markdown");
    await choose("Untitled Document");
    await window.page.locator(".tab.active").getByText("Untitled-1").waitFor();
    const text = await editorText();
    assert.match(text, /^# KVM/);
    assert.match(text, /## arm64/);
    await window.runCommand("Markdown: Open Preview");
    await window.webviewFrame().getByRole("heading", { name: "arm64", exact: true }).waitFor();
    await picture(window, "exported-digest", 300);
    await window.runCommand("View: Close Editor");
    await window.runCommand("View: Revert and Close Editor");
  });

  /** The lines of the active editor that are on the screen. */
  async function editorText(): Promise<string> {
    const text = await eventually(
      "the text of the editor",
      () => window.page.locator(".editor-instance .view-lines").first().innerText(),
      (shown) => shown.trim() !== "",
    );
    return linesOf(text.replace(/\u00a0/g, " ")).join("\n");
  }
});
