import assert from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import path from "node:path";
import type { BrowserContext, Page } from "playwright-core";
import type { LandingCell, PageApplies, PageLanding } from "../../src/shared/protocol";
import { openBrowser } from "../host/chromium";
import { root, screenshots } from "../host/paths";
import { contrast, over, parseColor } from "../support/contrast";
import { openSeriesPage, postMessage } from "../support/pageHarness";
import { commentedSeries } from "../support/pageComments";
import { digestSeries, reviewedSeries } from "../support/pageSamples";
import type { ThemeName } from "../support/pageThemes";
import { threadSeries } from "../support/pageThread";

/** Words that are longer than a narrow page is wide. */
const conflicting = {
  tone: "bad",
  label: "does not apply in lapic.c at 2/4",
  sentence:
    "It does not apply to HEAD in arch/x86/kvm/lapic.c at patch 2. The blobs it is based on are not in this repository, so a three-way merge is not possible.",
  needs: [],
  unknown: [],
  bases: ["based on “v7.1-rc7” (not in this repository)"],
} as const satisfies PageApplies;

const commit = "0123456789abcdef0123456789abcdef01234567";
function cell(kind: LandingCell["kind"], text: string): LandingCell {
  return { kind, text, about: "In kvm/next: same patch id", commit: kind === "none" || kind === "unknown" ? null : commit };
}

/** Each kind of cell, and more columns than a narrow page has room for. */
const partlyLanded: PageLanding = {
  evidence: ["Patches 1-2 are in kvm/next, patch 2 with changes.", "Patch 4 was reverted.", "3 answers from Ben Okoro."],
  columns: ["HEAD", "kvm", "kvm-x86", "linux-next", "stable"].map((name) => ({ name, about: "" })),
  rows: [
    ["found", "changed", "none", "none", "unknown"] as const,
    ["none", "changed", "older", "unproven", "unknown"] as const,
    ["none", "none", "none", "none", "unknown"] as const,
    ["none", "reverted", "found", "none", "unknown"] as const,
  ].map((kinds, at) => ({
    index: at + 1,
    title: `KVM: x86: Take the timer lock once while a vCPU is loaded, part ${at + 1} of a long title`,
    cells: kinds.map((kind) => cell(kind, kind === "none" ? "not found" : kind === "unknown" ? "never fetched" : kind)),
  })),
  notes: ["Commits from before 1 Jan 2026 were not read.", "Nothing is fetched for this: it is what your last fetch brought."],
};

suite("series page in every theme", () => {
  let browser: BrowserContext;
  let page: Page;

  suiteSetup(async () => {
    await mkdir(screenshots, { recursive: true });
    browser = await openBrowser();
  });
  suiteTeardown(() => browser.close());

  for (const theme of ["dark", "light", "hc-black", "hc-light"] as const satisfies readonly ThemeName[]) {
    test(`looks right and is accessible in ${theme}`, async () => {
      page = await openSeriesPage(browser, reviewedSeries(), { theme, present: { "arch/x86/kvm/vmx/vmx.c": false } });
      await page.screenshot({ path: path.join(screenshots, `page-${theme}.png`) });
      assert.deepEqual(await axeViolations(theme), []);
      await page.keyboard.press("e");
      await page.waitForFunction(() => document.querySelectorAll("table.diff").length === 5);
      await page.evaluate(() => window.scrollTo(0, 0));
      await page.keyboard.press("n");
      await page.screenshot({ path: path.join(screenshots, `page-${theme}-diffs.png`) });
      assert.deepEqual(await axeViolations(theme), []);
      await page.keyboard.press("s");
      await page.waitForFunction(() => document.querySelectorAll(".sides").length === 5);
      await page.screenshot({ path: path.join(screenshots, `page-${theme}-sides.png`) });
      assert.deepEqual(await axeViolations(theme), []);
      await page.setViewportSize({ width: 460, height: 800 });
      await page.keyboard.press("s");
      await page.evaluate(() => window.scrollTo(0, 0));
      await page.screenshot({ path: path.join(screenshots, `page-${theme}-narrow.png`), fullPage: true });
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 460);
      await page.close();
      const { series, mails } = threadSeries();
      page = await openSeriesPage(browser, series, { theme, mails });
      await page.getByText("the timers are saved twice.").waitFor();
      await postMessage(page, { type: "applies", applies: conflicting, landing: partlyLanded });
      await page.getByText(conflicting.sentence).waitFor();
      await page.keyboard.press("r");
      await page.getByText("Applied to kvm-x86 misc").waitFor();
      await page.screenshot({ path: path.join(screenshots, `page-${theme}-archive.png`) });
      assert.deepEqual(await faintIcons(), []);
      assert.deepEqual(await axeViolations(theme), []);
      await page.keyboard.press("n");
      await page.keyboard.press("r");
      await page.getByText("Please not in this series.").waitFor();
      await page.screenshot({ path: path.join(screenshots, `page-${theme}-replies.png`) });
      assert.deepEqual(await axeViolations(theme), []);
      await page.setViewportSize({ width: 460, height: 800 });
      await page.screenshot({ path: path.join(screenshots, `page-${theme}-replies-narrow.png`) });
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 460);
      await page.close();
      const commented = commentedSeries();
      page = await openSeriesPage(browser, commented.series, { theme, mails: commented.mails });
      await page.getByText("Who clears this").waitFor();
      await page.screenshot({ path: path.join(screenshots, `page-${theme}-comments.png`), fullPage: true });
      assert.deepEqual(await faintIcons(), []);
      assert.deepEqual(await axeViolations(theme), []);
      await page.close();
      page = await openSeriesPage(browser, digestSeries(), { theme });
      await page.screenshot({ path: path.join(screenshots, `page-${theme}-digest.png`) });
      assert.deepEqual(await axeViolations(theme), []);
      await page.close();
    });
  }

  for (const width of [1000, 1500, 2200]) {
    test(`at ${width} pixels a letter has room for 80 columns, and paths break at slashes alone`, async () => {
      const { series, mails } = threadSeries();
      page = await openSeriesPage(browser, series, { mails });
      await page.setViewportSize({ width, height: 900 });
      await page.getByText("the timers are saved twice.").waitFor();
      const columns = await page
        .locator(".letter .message")
        .first()
        .evaluate((message) => {
          const ruler = document.createElement("span");
          ruler.textContent = "0".repeat(80);
          ruler.style.whiteSpace = "pre";
          ruler.style.position = "absolute";
          message.append(ruler);
          const wanted = ruler.getBoundingClientRect().width;
          ruler.remove();
          return message.getBoundingClientRect().width / wanted;
        });
      assert(columns >= 1, String(columns));
      const broken = await page
        .locator(".file-row .path :is(.folder, .name)")
        .evaluateAll((parts) =>
          parts
            .filter((part) => part.getBoundingClientRect().height > 1.6 * parseFloat(getComputedStyle(part).fontSize) * 1.5)
            .map((part) => part.textContent),
        );
      assert.deepEqual(broken, []);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width);
      await page.screenshot({ path: path.join(screenshots, `page-${width}.png`) });
      await page.close();
    });
  }

  test("no line of facts begins with a dot", async () => {
    const { series, mails } = threadSeries();
    page = await openSeriesPage(browser, series, { mails });
    for (const width of [300, 380, 460, 700]) {
      await page.setViewportSize({ width, height: 900 });
      const seen = await page.locator(".facts").evaluateAll((lines) =>
        lines.flatMap((line) => {
          const dot = parseFloat(getComputedStyle(line).getPropertyValue("--dot"));
          const left = line.getBoundingClientRect().left + dot - 4;
          // The first fact of each line stands at its left edge, where its dot is cut off.
          const firsts = [...line.querySelectorAll(".fact")].filter((fact) => fact.getBoundingClientRect().left < left - 1);
          return firsts.map((fact) => fact.getBoundingClientRect().left + dot >= left);
        }),
      );
      assert(seen.length > 0 && seen.every(Boolean), String(width));
    }
    await page.close();
  });

  /** Icons that stand out by less than 3:1 from what is behind them. */
  async function faintIcons(): Promise<string[]> {
    const icons = await page.locator(".codicon").evaluateAll((all) =>
      all
        .filter((icon) => icon.checkVisibility())
        .map((icon) => {
          const backs: string[] = [];
          for (let at: Element | null = icon; at !== null; at = at.parentElement) backs.push(getComputedStyle(at).backgroundColor);
          return { name: icon.getAttribute("class") ?? "", color: getComputedStyle(icon).color, backs };
        }),
    );
    assert(icons.length > 5);
    return icons.flatMap(({ name, color, backs }) => {
      const back = backs.map(parseColor).reduceRight((below, one) => over(one, below), parseColor("#ffffff"));
      const found = contrast(parseColor(color), back);
      return found >= 3 ? [] : [`${name} ${color} ${found.toFixed(2)}`];
    });
  }

  /** All rules in one theme; of the others only what a theme changes, since the elements are the same. */
  async function axeViolations(theme: ThemeName): Promise<string[]> {
    await page.evaluate(await readFile(path.join(root, "node_modules/axe-core/axe.min.js"), "utf8"));
    const rules = theme === "dark" ? null : ["color-contrast", "link-in-text-block"];
    return page.evaluate(async (only) => {
      interface Finding {
        id: string;
        impact: string;
        nodes: ReadonlyArray<{ html: string; failureSummary: string }>;
      }
      const { axe } = globalThis as unknown as { axe: { run(context: Document, options: object): Promise<{ violations: Finding[] }> } };
      const { violations } = await axe.run(document, only ? { runOnly: only } : {});
      return violations.map(
        ({ id, impact, nodes }) =>
          `${impact} ${id}: ${nodes
            .slice(0, 3)
            .map(({ html, failureSummary }) => `${html} ${failureSummary}`)
            .join(" | ")}`,
      );
    }, rules);
  }
});
