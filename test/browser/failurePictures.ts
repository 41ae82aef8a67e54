import path from "node:path";
import type { Page } from "playwright-core";
import { screenshots } from "../host/paths";

const open = new Set<Page>();

/** Has pictures taken of a window when a test that uses it fails; the answer ends that. */
export function pictureOfFailures(page: Page): () => void {
  open.add(page);
  return () => open.delete(page);
}

/** Mocha's root hooks. */
export const mochaHooks = {
  async afterEach(this: Mocha.Context): Promise<void> {
    const test = this.currentTest;
    if (test === undefined || test.isPassed() || test.isPending()) return;
    const name = test
      .fullTitle()
      .replace(/[^\w]+/g, "-")
      .slice(0, 100);
    let at = 0;
    // It is for the test itself to say what is wrong.
    for (const page of open) await page.screenshot({ path: path.join(screenshots, `failed-${name}-${at++}.png`) }).catch(() => undefined);
  },
};
