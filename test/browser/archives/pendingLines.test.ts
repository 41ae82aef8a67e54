/** The lines that pending series change, beside the text that a person edits. */
import assert from "node:assert/strict";
import { eventually, type Window } from "../fixture";
import { hoverLine, linesOf } from "../hoverText";
import { pressViewButton, rowShown, saidInNotification, viewMessage } from "../sampleWindow";
import { eachFromTheBeginning } from "../sharedWindow";
import { archiveWindow, tdx } from "./archiveWindow";

const file = "arch/x86/kvm/vmx/tdx.c";

suite("pending lines", () => {
  let window: Window;

  /** The marks in the gutter, each with the number of the line it stands beside, from top to bottom. */
  const marks = (): Promise<string[]> =>
    window.page
      .locator(".editor-instance .monaco-editor")
      .first()
      .evaluate((editor) => {
        const numbers = [...editor.querySelectorAll(".line-numbers")].map((one) => ({ text: one.textContent, ...place(one) }));
        function place(element: Element): { top: number; middle: number } {
          const { top, height } = element.getBoundingClientRect();
          return { top, middle: top + height / 2 };
        }
        return [...editor.querySelectorAll(".glyph-margin-widgets .cgmr")]
          .flatMap((icon) => {
            const name = /marks\/(\w+)-\w+\.svg/.exec(decodeURIComponent(getComputedStyle(icon).backgroundImage))?.[1];
            const { top, middle } = place(icon);
            const line = numbers.find((one) => Math.abs(one.middle - middle) < 5);
            return name === undefined || !line ? [] : [{ top, text: `${line.text.trim()} ${name}` }];
          })
          .sort((one, other) => one.top - other.top)
          .map(({ text }) => text);
      });
  const cursorLine = async (): Promise<number> => {
    const text = await window.page
      .locator(".statusbar-item")
      .filter({ hasText: /^Ln \d+/ })
      .innerText();
    return Number(/^Ln (\d+)/.exec(text)?.[1]);
  };
  const type = async (text: string): Promise<void> => {
    await window.runCommand("View: Focus Active Editor Group");
    await window.page.keyboard.press("Control+Home");
    await window.page.keyboard.type(text);
  };

  eachFromTheBeginning(async () => {
    ({ window } = await archiveWindow());
    await window.openFile(file);
    await rowShown(window, tdx, "This File");
  });

  test("marks stand beside the lines that change and those that get new ones above them; a click hides and shows them", async () => {
    const shown = await eventually("the marks", marks, (names) => names.length >= 8);
    assert.deepEqual(shown.slice(0, 4), ["8 add", "13 add", "14 change", "17 change"]);
    await window.screenshot("pending-lines");
    await pressViewButton(window, "Hide Marks of Pending Lines", "This File");
    await eventually("no marks", marks, (names) => names.length === 0);
    await pressViewButton(window, "Show Marks of Pending Lines", "This File");
    await eventually("the marks again", marks, (names) => names.length >= 8);
  });

  test("hovering a line tells what it becomes, and in which patch", async () => {
    const text = linesOf(await hoverLine(window, "return ret == -ENODEV"));
    assert.equal(text[0], tdx);
    assert.match(text[1] ?? "", /^v3 · patch 1\/5 · Ada Lindqvist · reviewed · /);
    assert.match(text[2] ?? "", /^Reviewed by \w/);
    // The code is drawn as plain text first, and in lines when it was coloured.
    const code = text.slice(3).join(" ").replace(/\s+/g, " ");
    assert.equal(code, "- return ret == -ENODEV ? 0 : ret; + return ret; Peek");
    await window.screenshot("pending-line-hover");
  });

  test("marks follow an edit that is not saved", async () => {
    await type("/* one */\n/* two */\n");
    await eventually("the marks to move", marks, (names) => names.slice(0, 4).join() === "10 add,15 add,16 change,19 change");
    const firstLine = window.page.locator(".editor-instance .view-line").first();
    // How many steps the editor made of the typing is its own affair.
    await eventually(
      "the text to be as it was",
      async () => {
        await window.page.keyboard.press("Control+z");
        return firstLine.innerText();
      },
      (text) => text.includes("SPDX"),
    );
    await eventually("the marks to come back", marks, (names) => names[0] === "8 add");
  });

  test("from one change to the next, which series it is, and how the file looks with it", async () => {
    await type("");
    await window.runCommand("KVM Series: Show Series Touching These Lines");
    await saidInNotification(window, "No pending series changes line 1.");
    await window.runCommand("KVM Series: Go to Next Pending Change");
    await eventually("the first change", cursorLine, (line) => line === 8);
    await window.runCommand("KVM Series: Show Series Touching These Lines");
    await window.page.locator(".quick-input-widget").getByText("1 pending series changes line 8").waitFor();
    assert.deepEqual((await window.quickPickTexts())[0], tdx);
    await window.page.keyboard.press("Escape");
    await window.runCommand("KVM Series: Go to Previous Pending Change");
    await eventually("the last change", cursorLine, (line) => line === 40);
    await window.runCommand("KVM Series: Peek Pending Change");
    await window.page.locator(".tab.active").getByText("tdx.c ↔ with v3 KVM").waitFor();
    const right = window.page.locator(".editor.modified .view-lines");
    // The 32 lines that the series adds above have moved the change, and the cursor stands on it.
    await eventually("the cursor on the change", cursorLine, (line) => line === 72);
    await window.screenshot("pending-peek");
    // The commands mean the file there, whose lines stand elsewhere.
    await window.runCommand("KVM Series: Show Series Touching These Lines");
    await window.page.locator(".quick-input-widget").getByText("1 pending series changes line 37").waitFor();
    await window.page.keyboard.press("Escape");
    await window.runCommand("KVM Series: Go to Previous Pending Change");
    await eventually("the change above", cursorLine, (line) => line < 72);
    await window.page.keyboard.press("Control+Home");
    await eventually(
      "the lines of the series",
      () => right.innerText(),
      (text) => text.replaceAll("\u00a0", " ").includes("workqueue_struct *reclaim_queue"),
    );
    await window.runCommand("View: Close Editor");
  });

  test("the view narrows to the series of the lines that can be seen", async () => {
    await pressViewButton(window, "Only Lines in View", "This File");
    await eventually(
      "the message",
      () => viewMessage(window, "This File"),
      (message) => message.startsWith("Lines in view:"),
    );
    await rowShown(window, tdx, "This File");
    await pressViewButton(window, "All Lines of the File", "This File");
    await eventually(
      "the message to go",
      () => viewMessage(window, "This File"),
      (message) => message === "",
    );
  });
});
