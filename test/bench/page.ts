/** How fast the series page is in a browser, on a long series that is made up. */
import type { BrowserContext, Page } from "playwright-core";
import { openBrowser } from "../host/chromium";
import { openSeriesPage } from "../support/pageHarness";
import { longSeries } from "../support/pageSamples";

export interface PageFigures {
  readonly patches: number;
  readonly lines: number;
  /** From the start of the navigation until a key moved the focus to the first patch. */
  readonly firstKeyMs: number;
  /** From unfolding or scrolling to a patch until the frame in which its diff is drawn, the extension's answer included. */
  readonly patchDrawnMs: { readonly median: number; readonly worst: number };
  /** The same side by side. */
  readonly sideBySideDrawnMs: { readonly median: number; readonly worst: number };
  /** From "unfold all" until every line of every diff is in the page, in idle time. */
  readonly allDrawnMs: number;
}

/** Measures the page of a series of 44 patches with 8,000 lines of diff. */
export async function benchPage(): Promise<PageFigures> {
  const patches = 44;
  const lines = 8000;
  const browser = await openBrowser();
  try {
    // The first page of a browser also starts it; a person has VS Code running.
    await (await openSeriesPage(browser, longSeries(2, 100))).close();
    const firstKeyMs = await middle(5, () => measureFirstKey(browser, patches, lines));
    const page = await openSeriesPage(browser, longSeries(patches, lines));
    const places = [0, 7, 14, 21, 28, 35, 42];
    const patchDrawnMs = await measureDrawn(page, places);
    await page.keyboard.press("s");
    const sideBySideDrawnMs = await measureDrawn(
      page,
      places.map((place) => place + 1),
    );
    await page.close();
    const allDrawnMs = await measureAll(browser, patches, lines);
    return { patches, lines, firstKeyMs, patchDrawnMs, sideBySideDrawnMs, allDrawnMs };
  } finally {
    await browser.close();
  }
}

async function middle(times: number, measure: () => Promise<number>): Promise<number> {
  const figures: number[] = [];
  for (let at = 0; at < times; at += 1) figures.push(await measure());
  return summary(figures).median;
}

/** A key is pressed every few milliseconds from the start, as a person does who does not wait. */
async function measureFirstKey(browser: BrowserContext, patches: number, lines: number): Promise<number> {
  const page = await openSeriesPage(browser, longSeries(patches, lines), { impatient: true });
  const handled = await page.waitForFunction(() => globalThis.record.firstKey);
  const figure = await handled.jsonValue();
  await page.close();
  return figure ?? Number.NaN;
}

async function measureDrawn(page: Page, places: readonly number[]): Promise<{ median: number; worst: number }> {
  const figures: number[] = [];
  for (const place of places) {
    const figure = await page.evaluate(async (at) => {
      const patch = document.querySelector<HTMLDetailsElement>(`details.patch[data-patch="${at}"]`);
      if (!patch) throw new Error(`no patch ${at}`);
      const start = performance.now();
      patch.open = true;
      patch.scrollIntoView();
      const frame = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve));
      while (!patch.querySelector("table.diff")) await frame();
      // One frame more, so that layout and paint of the rows count too.
      await frame();
      return performance.now() - start;
    }, place);
    figures.push(figure);
    // What the page does in idle time after a patch belongs to none of the figures.
    await page.evaluate(() => new Promise<void>((resolve) => void requestIdleCallback(() => resolve())));
  }
  return summary(figures);
}

async function measureAll(browser: BrowserContext, patches: number, lines: number): Promise<number> {
  const page = await openSeriesPage(browser, longSeries(patches, lines));
  const start = Date.now();
  await page.keyboard.press("e");
  await page.waitForFunction((files) => document.querySelectorAll("table.diff").length >= files, patches * 3, { timeout: 120_000 });
  const figure = Date.now() - start;
  await page.close();
  return figure;
}

function summary(figures: readonly number[]): { median: number; worst: number } {
  const sorted = figures.map(Math.round).sort((a, b) => a - b);
  return { median: sorted[Math.floor(sorted.length / 2)] ?? Number.NaN, worst: sorted.at(-1) ?? Number.NaN };
}
