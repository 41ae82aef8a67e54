import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import type { Page } from "playwright-core";
import { openBrowser } from "./chromium";
import { readCounts, type Counts } from "./mochaCounts";
import { hostSuite, root, screenshots } from "./paths";
import { temporarySample } from "./sampleFolder";
import { startServer, windowUrl, type Server } from "./vscodeHost";

const limitMs = 10 * 60_000;

/** Runs the mocha suite of test/vscode in the extension host of a real VS Code and shows what mocha prints there. */
export async function runInHost(grep?: string): Promise<Counts | undefined> {
  const sample = await temporarySample();
  const resultFile = path.join(sample.outside, "result.json");
  const server = await startServer({
    environment: { KVM_SERIES_TEST_RESULT: resultFile, ...(grep === undefined ? {} : { KVM_SERIES_TEST_GREP: grep }) },
  });
  const browser = await openBrowser();
  try {
    const page = await browser.newPage();
    await page.goto(windowUrl(server, { folder: sample.folder, extension: root, tests: hostSuite }));
    await followLog(`${resultFile}.log`, resultFile);
    const counts = await readCounts(resultFile);
    if (counts === undefined) console.log(`The extension host wrote no result within ${limitMs / 1000} s.`);
    if (counts === undefined || counts.failed > 0) await showWhatHappened(page, server);
    return counts;
  } finally {
    await browser.close();
    await server.dispose();
    await sample.dispose();
  }
}

/** Prints the growing log until the result is there, or the time is over. */
async function followLog(log: string, resultFile: string): Promise<void> {
  const end = Date.now() + limitMs;
  let shown = 0;
  for (;;) {
    const ended = existsSync(resultFile) || Date.now() > end;
    const text = await readFile(log, "utf8").catch(() => "");
    process.stdout.write(text.slice(shown));
    shown = text.length;
    if (ended) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function showWhatHappened(page: Page, server: Server): Promise<void> {
  const picture = path.join(screenshots, "extension-host.png");
  await page.screenshot({ path: picture });
  console.log(`Screenshot: ${path.relative(root, picture)}\nEnd of the extension host's log:\n${await server.logTail()}`);
}
