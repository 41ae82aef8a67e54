/** One window for all suites of a folder, which one process runs: to open a window takes longer than most tests in it. */
import { waitFor, type Window } from "./fixture";
import { showSideBar } from "./sampleWindow";

interface Ground {
  readonly window: Window;
  dispose(): Promise<void>;
}

/**
 * Opens a ground for the first suite that asks for it, and ends it behind the last test of the process.
 *
 * @returns asks for the ground; where it could not be opened each suite fails with the same error
 */
export function shared<T extends Ground>(open: () => Promise<T>): () => Promise<T> {
  let opened: Promise<T> | null = null;
  // Outside of a suite these are hooks of all of them.
  suiteTeardown(async () => {
    await (await opened?.catch(() => null))?.dispose();
  });
  return () => (opened ??= open());
}

/**
 * Has the ground of a suite put back before its first test and after each that failed, so that no test fails because of another one.
 *
 * @param begin asks for the ground and puts it back
 */
export function eachFromTheBeginning(begin: () => Promise<unknown>): void {
  suiteSetup(begin);
  teardown(async function () {
    if (this.currentTest?.isFailed()) await begin();
  });
}

/** Leaves whatever is asked, closes all editors without saving, forgets the notifications, and shows the views of the extension. */
export async function resetWindow(window: Window): Promise<void> {
  const { page } = window;
  const asked = page
    .locator(".monaco-dialog-box, .quick-input-widget, .context-view-block, .notifications-center")
    .filter({ visible: true });
  // One of them may lie behind the other; what has just closed is no longer there to be counted.
  for (let left = await asked.count(); left > 0; left--) await page.keyboard.press("Escape");
  await waitFor("nothing to be asked", asked.first().waitFor({ state: "hidden" }));
  if ((await page.locator(".tab").count()) > 0) {
    await window.runCommand("View: Close All Editors");
    const dialog = page.locator(".monaco-dialog-box");
    const none = page.locator(".part.editor .tab").first();
    await waitFor("the editors to close", Promise.race([none.waitFor({ state: "hidden" }), dialog.waitFor()]));
    if (await dialog.isVisible()) await dialog.getByRole("button", { name: "Don't Save" }).click();
    await waitFor("the editors to close", none.waitFor({ state: "hidden" }));
  }
  await window.runCommand("Notifications: Clear All Notifications");
  await showSideBar(window);
}
