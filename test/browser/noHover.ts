import type { Page } from "playwright-core";
import { eventually } from "./waiting";

/** Takes the pointer away until nothing hovers, so that the next hover is the one asked for. */
export async function noHover(page: Page): Promise<void> {
  const hovers = page.locator(".workbench-hover, .monaco-resizable-hover").filter({ visible: true });
  let times = 0;
  await eventually(
    "all hovers to close",
    async () => {
      // A hover that came up just after the pointer had left sees it leave only when it moves again.
      await page.mouse.move(640 + (times++ % 2) * 40, 5, { steps: 2 });
      return hovers.count();
    },
    (count) => count === 0,
  );
}
