/** An exported digest as a browser shows it. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { BrowserContext } from "playwright-core";
import { seriesOfDigests } from "../../src/library/library";
import { digestReport, rangeOfDigests, writeDigestReport } from "../../src/render/digestReport";
import { makeDigestReader } from "../../src/sources/digestFile";
import { openBrowser } from "../host/chromium";
import { hostileAuthor, hostileDigest, visibleTitle } from "../support/hostileDigest";
import { nothingOf } from "./hostileFrames";

suite("an exported digest in a browser", () => {
  let browser: BrowserContext;
  let folder: string;

  suiteSetup(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "kvm-series-exported-"));
    browser = await openBrowser();
  });
  suiteTeardown(async () => {
    await browser.close();
    await rm(folder, { recursive: true, force: true });
  });

  test("hostile text stays text, and links lead to the list's archive alone", async () => {
    const source = path.join(folder, "hostile.txt");
    await writeFile(source, hostileDigest());
    const { digests } = await makeDigestReader().read(source, new AbortController().signal);
    const series = seriesOfDigests(digests, { rules: [], trees: [] });
    const report = digestReport(rangeOfDigests(digests, "KVM"), series, { listUrl: () => "https://lore.kernel.org/kvm/" });
    const page = await browser.newPage();
    const dialogs: string[] = [];
    page.on("dialog", (dialog) => {
      dialogs.push(dialog.message());
      void dialog.dismiss();
    });
    await page.setContent(writeDigestReport(report, "html"));
    const text = await page.locator("body").innerText();
    assert.ok(text.includes(visibleTitle) && text.includes(hostileAuthor), text);
    assert.deepEqual([await nothingOf(page.mainFrame()), dialogs], [[], []]);
    const links = await page.locator("a").evaluateAll((all) => all.map((each) => each.getAttribute("href") ?? ""));
    assert.ok(links.length > 0);
    assert.deepEqual(
      links.filter((link) => !link.startsWith("https://lore.kernel.org/")),
      [],
    );
  });
});
