import assert from "node:assert/strict";
import type { BrowserContext, Page } from "playwright-core";
import type { Series } from "../../src/core/series/series";
import { openBrowser } from "../host/chromium";
import { hostileAuthor, outsidePaths, visibleTitle } from "../support/hostileDigest";
import { hostileFiles, hostileMails, hostileText } from "../support/hostileMails";
import { bytesById, seriesOfMails } from "../support/pageArchive";
import { samplePatch, sampleRevision, sampleSeries } from "../support/pageBuilders";
import { openSeriesPage, type PageOptions, postMessage } from "../support/pageHarness";
import { hostileSeries } from "../support/pageSamples";
import { nothingOf } from "./hostileFrames";

suite("series page of odd mail", () => {
  let browser: BrowserContext;
  let page: Page;
  const errors: string[] = [];

  suiteSetup(async () => {
    browser = await openBrowser();
  });
  suiteTeardown(() => browser.close());
  teardown(async () => {
    const violations = await page.evaluate(() => globalThis.record.violations);
    await page.close();
    assert.deepEqual({ errors: errors.splice(0), violations }, { errors: [], violations: [] });
  });

  async function open(series: Series, options: PageOptions = {}): Promise<void> {
    page = await openSeriesPage(browser, series, options);
    page.on("pageerror", (error) => errors.push(error.message));
    page.on("dialog", (dialog) => {
      errors.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
  }

  const text = (selector: string): Promise<string> => page.locator(selector).first().innerText();
  const texts = (selector: string): Promise<string[]> => page.locator(selector).allInnerTexts();
  const patch = (at: number) => page.locator(`details.patch[data-patch="${at}"]`);

  test("hostile text stays text", async () => {
    await open(hostileSeries());
    await patch(0).locator(".diff").first().waitFor();
    await page.keyboard.press("s");
    await patch(0).locator(".sides").first().waitFor();
    // Whatever a script or a picture in it could do it does before the next picture of the page is painted.
    await page.evaluate(() => new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted))));
    assert.match(
      await text("h1"),
      /^<img src=x onerror="alert\(1\)"> \[click\]\(command:workbench.action.quit\) ⟨U\+202E⟩evil⟨U\+202C⟩ <script>alert\(2\)<\/script>$/,
    );
    assert.match(await patch(0).innerText(), /<script>alert\(4\)<\/script>[^]*if \(admin⟨U\+202E⟩\)/);
    assert.deepEqual(await texts(".files .file-row"), [
      '../../etc/<b onmouseover="alert(3)">passwd not a path in a tree\n+2 −1',
      "/etc/passwd not a path in a tree\n+1 −0",
    ]);
    const found = await page.evaluate(() => ({
      foreign: [
        ...document.querySelectorAll("#page :is(script, img, iframe, svg, style, b, i, u, link, object, embed, form:not([method=dialog]))"),
      ].map(({ outerHTML }) => outerHTML),
      handlers: [...document.querySelectorAll("*")].filter(({ attributes }) => [...attributes].some(({ name }) => name.startsWith("on")))
        .length,
      styled: document.querySelectorAll("body [style], body[style]").length,
      hrefs: document.querySelectorAll("body [href], body [src]:not(script)").length,
      links: [...document.querySelectorAll<HTMLElement>("[data-url]")].map(({ dataset }) => dataset["url"]),
      headings: document.querySelectorAll("h1").length,
      raw: /[\u202a-\u202e\u2066-\u2069]/.test(document.body.innerText),
    }));
    assert.deepEqual(found, {
      foreign: [],
      handlers: 0,
      styled: 0,
      hrefs: 0,
      links: ["https://ok.example.org/?a=1&b=", "https://evil.example/", "https://ok.example.org/?a=1&b=", "https://evil.example/"],
      headings: 1,
      raw: false,
    });
  });

  test("hostile mail stays text: letter, message, diffs, names of files, replies", async () => {
    const bytes = hostileMails().map((mail) => new Uint8Array(mail));
    const [series] = seriesOfMails(bytes);
    assert.ok(series);
    await open(series, { mails: bytesById(bytes) });
    await page.locator(".letter").getByText("A cover letter with").first().waitFor();
    // The only patch of a series is unfolded already.
    await patch(0).getByText("A message with").first().waitFor();
    await patch(0).locator(".diff .added").first().waitFor();
    await patch(0).locator("details.reply > summary").first().click();
    await patch(0).getByText("An answer with").first().waitFor();
    const shown = await text("body");
    for (const part of [visibleTitle, hostileText, hostileAuthor, ...hostileFiles])
      assert.ok(shown.includes(part), `${part} is not in\n${shown}`);
    for (const outside of outsidePaths) assert.equal(await page.locator("button.path").filter({ hasText: outside }).count(), 0);
    const links = await page
      .locator("[data-url], a[href]")
      .evaluateAll((all) => all.map((each) => each.getAttribute("data-url") ?? each.getAttribute("href") ?? ""));
    assert.deepEqual(
      links.filter((link) => !/^(?:https?:\/\/|#)/.test(link)),
      [],
    );
    assert.deepEqual(await nothingOf(page.mainFrame()), []);
  });

  test("odd data: no patches, no names, no dates, long texts", async () => {
    const empty = sampleRevision({
      patches: [],
      expected: 3,
      missing: [1, 2, 3],
      title: "x".repeat(300),
      date: null,
      source: "",
      author: { name: "", email: "" },
    });
    await open(sampleSeries([empty]));
    assert.deepEqual(
      (await texts(".patch-list > li")).map((row) => row.replace(/\s+/g, " ")),
      ["1/3 not found", "2/3 not found", "3/3 not found"],
    );
    assert.equal((await text("h1")).length, 300);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), true);
    await page.close();
    const body = Array.from({ length: 2000 }, (_, at) => `line ${at}`).join("\n");
    await open(sampleSeries([sampleRevision({ patches: [samplePatch(1, "", [])], cover: { messageId: null, subject: "", body } })]));
    assert.match(await text(".letter"), /line 159\n[^]*1,840 more lines$/);
    assert.equal(await text("h3"), "(no subject)");
    await postMessage(page, { type: "problem", message: "This series is no longer in any source." });
    assert.equal(await text("[role=alert]"), "This series is no longer in any source.");
  });

  test("a long file is drawn in parts", async () => {
    const hunks = Array.from({ length: 100 }, (_, hunk) => Array.from({ length: 40 }, (_, at) => `+\tline ${hunk} ${at}`));
    await open(sampleSeries([sampleRevision({ patches: [samplePatch(1, "Long", [{ path: "a/long.c", hunks }])] })]));
    const drawn = (lines: number) =>
      page.waitForFunction((count) => document.querySelectorAll(".diff .added").length === count, lines, { timeout: 10_000 });
    await drawn(1560);
    assert.equal(await text(".more"), "Show more (2,440 lines left)");
    await page.locator(".more").click();
    await drawn(3120);
    await page.locator(".more").click();
    await drawn(4000);
    assert.equal(await page.locator(".more").count(), 0);
  });
});
