import path from "node:path";
import type { Page } from "playwright-core";
import { screenshots } from "../host/paths";
import { noHover } from "./noHover";

interface OpenWindow {
  readonly page: Page;
  readonly reload: () => Promise<void>;
}

const open = new Set<OpenWindow>();

/** Has a window put in order before a test that uses it is tried again; the answer ends that. */
export function putInOrderBeforeRetry(window: OpenWindow): () => void {
  open.add(window);
  return () => open.delete(window);
}

/** Mocha's root hooks. What made a try fail, a list left open or a hover that stays, would make the next one fail too. */
export const mochaHooks = {
  async beforeEach(this: Mocha.Context): Promise<void> {
    const tries = triesOf(this.currentTest);
    if (tries === 0) return;
    for (const window of open) await putInOrder(window, tries);
  },
  async afterEach(this: Mocha.Context): Promise<void> {
    const test = this.currentTest;
    if (test === undefined || test.isPassed() || test.isPending()) return;
    const name = test
      .fullTitle()
      .replace(/[^\w]+/g, "-")
      .slice(0, 100);
    let at = 0;
    for (const { page } of open)
      await quietly(page.screenshot({ path: path.join(screenshots, `failed-${name}-${triesOf(test)}-${at++}.png`) }));
  },
};

async function putInOrder(window: OpenWindow, tries: number): Promise<void> {
  for (let times = 0; times < 2; times++) await quietly(window.page.keyboard.press("Escape"));
  if (tries > 1) await quietly(reloadWithRows(window));
  await quietly(noHover(window.page));
}

/** Reloads, and waits until the views have as many rows as before. */
async function reloadWithRows({ page, reload }: OpenWindow): Promise<void> {
  const rows = page.locator(".part.sidebar .monaco-list-row");
  const count = await rows.count();
  await reload();
  if (count > 0) await rows.nth(count - 1).waitFor({ timeout: 20_000 });
}

/** How often a test was tried before; mocha counts it without saying so in its types. */
function triesOf(test: Mocha.Runnable | undefined): number {
  return (test as { _currentRetry?: number } | undefined)?._currentRetry ?? 0;
}

/** It is for the test itself to say what is wrong. */
async function quietly(action: Promise<unknown>): Promise<void> {
  await action.catch(() => undefined);
}
