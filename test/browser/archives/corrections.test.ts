/** Series joined by hand, from a row. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { eventually, type Window } from "../fixture";
import { chooseInMenu, pickLabels, rowShown, textsWhen } from "../sampleWindow";
import { eachFromTheBeginning } from "../sharedWindow";
import { archiveWindow, halted } from "./archiveWindow";

suite("corrections by hand", () => {
  let window: Window;
  let corrections: string;
  const text = (): Promise<string> => readFile(corrections, "utf8").catch(() => "");

  eachFromTheBeginning(async () => ({ window, corrections } = await archiveWindow(3000)));

  test("two series joined by hand", async () => {
    await chooseInMenu(window, halted, "Join with Another Series...");
    await window.answer("hole punch");
    await eventually("the correction in the file", text, (written) => written.startsWith("join <"));
    await textsWhen(window, "one series of the two", (texts) => !texts.some((text) => text.includes(halted) && /^ {2}\S/.test(text)));
    await window.runCommand("KVM Series: Undo a Join or Split...");
    await eventually(
      "the correction to take back",
      () => pickLabels(window),
      (labels) => labels.length === 1,
    );
    await window.page.locator(".quick-input-header [role=checkbox]").first().click();
    await window.page.keyboard.press("Enter");
    await rowShown(window, halted);
    assert.doesNotMatch(await text(), /join/);
    const spoken = (await window.treeRows("Series")).find((row) => row.label === halted)?.ariaLabel ?? "";
    assert.match(spoken, /version 1/);
  });
});
